//! Flags that are the settings of a configuration file: `flags-dest: config:settings.yml`.
//!
//! The file's values are the operation's flags, and the run gets the file with the flags' values in
//! it. Behaviour of Guild AI 0.9.0's plugin of the same name and of its resolver for `config`
//! sources.

mod format;
mod ini;
mod nested;
mod toml;

use std::fs;
use std::path::{Path, PathBuf};

use guild_flags::shell;
use guild_flags::value::{decode, split_encoded, text};
use guild_flags::{did_you_mean, nearest_path};
use guild_plugin_api::model::{
    FlagDef, ImportFlags, ImportedFlags, PluginInfo, ResolveResource, ResolvedResource,
};
use guild_plugin_api::{Context, HookError, HookResult, Map, Plugin, Value, export_plugin};

use format::Format;

/// The plugin.
pub struct ConfigFlags;

export_plugin!(ConfigFlags);

impl Plugin for ConfigFlags {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: "config_flags".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: env!("CARGO_PKG_DESCRIPTION").into(),
        }
    }

    fn import_flags(&self, _: &Context, req: &ImportFlags) -> HookResult<Option<ImportedFlags>> {
        let Some(file) = req.flags_dest.strip_prefix("config:") else { return Ok(None) };
        let off = match req.op.other.get("flags-import") {
            Some(Value::Bool(false)) => true,
            Some(Value::List(names)) => names.is_empty(),
            _ => false,
        };
        if off {
            return Ok(None);
        }
        let path = req.project_dir.join(file);
        let Some(format) = Format::of(&path) else {
            return Err(HookError::new(format!("config type for {file} not supported")));
        };
        let failed =
            |e: String| HookError::new(format!("cannot read flags from {}: {e}", path.display()));
        let written = read(&path).map_err(|e| {
            let near = nearest_path(&req.project_dir, Path::new(file)).filter(|_| !path.exists());
            failed(e + &did_you_mean(near))
        })?;
        let settings = format.settings(&written).map_err(failed)?;
        let lines = format.lines(&written);
        let flags = settings.into_iter().filter_map(|(name, value)| {
            let line = lines.get(&name).map(|line| format!(":{line}")).unwrap_or_default();
            let origin = Some(format!("{file}{line}, config"));
            Some((name, FlagDef { origin, ..flag(value)? }))
        });
        let requires = Map::from_iter([
            ("config", Value::from(file)),
            ("replace-existing", true.into()),
            ("always-resolve", true.into()),
        ]);
        Ok(Some(ImportedFlags {
            flags: flags.collect(),
            requires: vec![requires],
            ..ImportedFlags::default()
        }))
    }

    fn resolve_resource(
        &self,
        cx: &Context,
        req: &ResolveResource,
    ) -> HookResult<Option<ResolvedResource>> {
        let path = find(cx, req)?;
        let shown = path.display();
        let failed = |e: String| HookError::new(format!("error loading config from {shown}: {e}"));
        let Some(format) = Format::of(&path) else {
            return Err(failed(format!("unsupported file type for '{shown}'")));
        };
        let before = read(&path).map_err(failed)?;
        let mut config = format.decode(&before).map_err(failed)?;
        match req.source.get("params") {
            Some(Value::Map(params)) => nested::apply(params, &mut config),
            None | Some(Value::Null) => Ok(()),
            Some(other) => {
                let other = guild_flags::value::repr_value(other);
                cx.warn(format!("unexpected params {other} - cannot apply to config"));
                Ok(())
            }
        }
        .and_then(|()| nested::apply(&flag_values(req)?, &mut config))
        .map_err(HookError::new)?;
        let target = req.staging_dir.join(path.file_name().unwrap_or_default());
        let text = format.encode(&config, &before).map_err(failed)?;
        fs::write(&target, text)
            .map_err(|e| HookError::new(format!("cannot write {}: {e}", target.display())))?;
        Ok(Some(ResolvedResource { paths: vec![target] }))
    }
}

/// The file of a source, or the one that the user names instead.
fn find(cx: &Context, req: &ResolveResource) -> HookResult<PathBuf> {
    if !req.given.is_null() {
        let given = text(&req.given);
        let path = cx.cwd.join(&given);
        if !path.exists() {
            let near = did_you_mean(nearest_path(&cx.cwd, Path::new(&given)));
            return Err(HookError::new(format!("{} does not exist{near}", path.display())));
        }
        cx.inform(format!("Using {given} for {}", req.name));
        return Ok(path);
    }
    let path = req.project_dir.join(&req.value);
    if !path.exists() {
        let near = did_you_mean(nearest_path(&req.project_dir, Path::new(&req.value)));
        return Err(HookError::new(format!("cannot find source file '{}'{near}", req.value)));
    }
    Ok(path)
}

/// The values to put into the file, by their names in it.
fn flag_values(req: &ResolveResource) -> Result<Map, String> {
    let mut values = Map::new();
    for (name, value) in &req.flags {
        let Some(name) = name.as_str().filter(|_| !value.is_null()) else { continue };
        let def = req.op.flags.get(name);
        let argument = def.and_then(|def| def.arg_name.as_deref()).unwrap_or(name);
        let split = def.map(|def| &def.arg_split).filter(|s| guild_flags::value::is_true(s));
        let value = match (split, value) {
            (Some(split), Value::Str(items)) => {
                let parts = split_encoded(items, split)
                    .map_err(|e| format!("cannot split the value of flag '{name}': {e}"))?;
                Value::List(parts.iter().map(|part| decode(part, None)).collect())
            }
            (_, value) => value.clone(),
        };
        values.insert(argument, value);
    }
    Ok(values)
}

/// The flag for a setting; none for what no flag can be.
fn flag(value: Value) -> Option<FlagDef> {
    let (kind, arg_split, default) = match value {
        Value::Null => (None, Value::Null, Value::Null),
        Value::Str(_) => (Some("string"), Value::Null, value),
        Value::Bool(_) => (Some("boolean"), Value::Null, value),
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => (Some("number"), Value::Null, value),
        Value::List(items) => {
            let items = items.iter().map(|item| {
                let item = guild_yaml::encode(item);
                shell::quote(&item).into_owned()
            });
            let joined = items.collect::<Vec<_>>().join(" ");
            (None, Value::Bool(true), joined.into())
        }
        _ => return None,
    };
    Some(FlagDef { kind: kind.map(String::from), arg_split, default, ..FlagDef::default() })
}

/// How large a file of settings may be, in bytes.
const MAX_SIZE: u64 = 10 << 20;

/// The text of a file of settings.
fn read(path: &Path) -> Result<String, String> {
    let about = fs::metadata(path).map_err(|e| e.to_string())?;
    if !about.is_file() {
        return Err("it is no file".into());
    }
    if about.len() > MAX_SIZE {
        return Err(format!("it is larger than {} MB", MAX_SIZE >> 20));
    }
    let bytes = fs::read(path).map_err(|e| e.to_string())?;
    String::from_utf8(bytes).map_err(|e| {
        let line = e.as_bytes()[..e.utf8_error().valid_up_to()].split(|b| *b == b'\n').count();
        format!("it is not UTF-8 text (line {line})")
    })
}
