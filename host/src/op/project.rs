//! Operations of a project's Guild file.

use std::fs;
use std::path::{Path, PathBuf};

use guild_flags::value::is_true;
use guild_guildfile::{ErrorKind, Guildfile, Model, Options, SourceRules};
use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::{ImportFlags, ImportedFlags, LoadedOp, OpDef, OpRequest};
use guild_plugin_api::setup::FindPackages;
use guild_plugin_api::{Map, Value};
use guild_store::OpRef;
use indexmap::IndexMap;
use md5::{Digest, Md5};

use super::requires::Requires;
use super::resolve::Resolved;
use crate::error::{Error, Result};
use crate::plugins::CallError;
use crate::session::Session;
use crate::terminal;

/// The project's Guild file for who lists what is in it; none where there is none. In which lines
/// flags are defined is not said.
pub fn guildfile(session: &Session) -> Result<Option<Guildfile>> {
    let file = read_here(session, Options::new().no_lines());
    let file = file.map_err(|e| file_error(session, &e))?;
    file.iter().flat_map(|f| &f.warnings).for_each(|w| terminal::warning(&w.to_string()));
    Ok(file)
}

/// Reads the project's Guild file, in which sources may be of kinds that plugins know.
pub fn read(session: &Session) -> std::result::Result<Option<Guildfile>, guild_guildfile::Error> {
    read_here(session, Options::new())
}

fn read_here(
    session: &Session,
    options: Options,
) -> std::result::Result<Option<Guildfile>, guild_guildfile::Error> {
    let path = session.cwd.join(guild_guildfile::NAME);
    // Most projects have none, and then no manifest is read for it.
    path.is_file().then(|| read_with(session, &path, options)).transpose()
}

/// Reads a Guild file, which may inherit from installed packages.
pub fn read_file(
    session: &Session,
    path: &Path,
) -> std::result::Result<Guildfile, guild_guildfile::Error> {
    read_with(session, path, Options::new())
}

fn read_with(
    session: &Session,
    path: &Path,
    options: Options,
) -> std::result::Result<Guildfile, guild_guildfile::Error> {
    let options = options.source_types(session.plugins.resource_kinds());
    let read = Guildfile::for_file(path, &options);
    let Err(e) = &read else { return read };
    if !matches!(e.kind, ErrorKind::Reference | ErrorKind::Include) {
        return read;
    }
    // It may be a package that is missing: to know where these are takes longer than to read it.
    let request = FindPackages { project_dir: path.parent().unwrap_or(path).into() };
    let mut folders: Vec<PathBuf> = Vec::new();
    for plugin in session.plugins.for_packages() {
        match session.call::<_, Vec<PathBuf>>(plugin, hooks::PACKAGE_PATH, &request) {
            Ok(found) => folders.extend(found.unwrap_or_default()),
            Err(e) => session.say_debug(|| format!("packages of '{plugin}': {e}")),
        }
    }
    match folders.is_empty() {
        true => read,
        false => Guildfile::for_file(path, &options.package_path(folders)),
    }
}

/// The operation `name` of a model, ready to be run.
pub fn operation(
    session: &Session,
    file: &Guildfile,
    model: &Model,
    name: &str,
    op: &OpDef,
) -> Result<Resolved> {
    file.warnings.iter().for_each(|w| terminal::warning(&w.to_string()));
    let full_name = model.full_name(name);
    let invalid = |reason: &str| {
        Error::new(format!("invalid definition for operation '{full_name}': {reason}"))
    };
    let sourcecode = SourceRules::for_op(model, op).map_err(|e| invalid(&e))?;
    let (mut op, plugin, shows_attribute) = loaded(session, (file, model), name, op, &sourcecode)?;
    let more = flags_behind_dest(session, file, name, &mut op)?;
    let requires = Requires::of(file, model, name, &op, more);
    add_dependency_flags(&mut op, &requires, &full_name, name);
    let version = fs::read(&file.path)
        .map_or_else(|_| "unknown".to_string(), |bytes| format!("{:x}", Md5::digest(bytes)));
    let path = file.path.display().to_string();
    Ok(Resolved {
        name: name.into(),
        full_name,
        opref: OpRef::new("guildfile", path, version, model.name.as_str(), name),
        project_dir: file.dir.clone(),
        op,
        plugin,
        shows_attribute,
        sourcecode,
        requires,
    })
}

/// Warns of attributes that say how the operation is run beside the one that counts, in Guild AI
/// 0.9.0's words.
pub fn warn_of_ignored(session: &Session, resolved: &Resolved) {
    let said = resolved.op.other.iter().filter(|(_, value)| is_true(value));
    let owned: Vec<(&str, Vec<&str>)> = said
        .map(|(attribute, _)| (attribute.as_str(), session.plugins.for_attribute(attribute)))
        .filter(|(_, plugins)| !plugins.is_empty())
        .collect();
    let counts = match &resolved.plugin {
        None => "exec",
        Some(plugin) => {
            let own = |(_, plugins): &&(&str, Vec<&str>)| plugins.contains(&plugin.as_str());
            let Some((attribute, _)) = owned.iter().find(own) else { return };
            attribute
        }
    };
    for (attribute, _) in owned.iter().filter(|(attribute, _)| *attribute != counts) {
        terminal::warning(&format!(
            "operation '{counts}' and '{attribute}' both specified, ignoring '{attribute}'"
        ));
    }
}

/// Adds the flags by which users choose what an operation requires.
fn add_dependency_flags(op: &mut OpDef, requires: &Requires, full_name: &str, name: &str) {
    // What is not defined is said once the flags are known, on which it may depend.
    if let Ok(dependencies) = requires.dependencies(full_name, &IndexMap::new()) {
        let warnings = guild_deps::flags::add_flags(&mut op.flags, &dependencies, name);
        warnings.iter().for_each(|w| terminal::warning(w));
    }
}

/// The Guild file with the flags that plugins find in programs and files of settings, and those of
/// dependencies, for all its operations. An operation whose plugin fails stays as the file has it,
/// with a warning.
pub fn with_found_flags(session: &Session, mut file: Guildfile) -> Guildfile {
    let whole = file.clone();
    for model in &mut file.models {
        for (name, op) in whole.model(&model.name).into_iter().flat_map(|m| &m.operations) {
            let found = SourceRules::for_op(model, op).map_err(Error::new);
            let op = found.and_then(|rules| {
                let (mut op, ..) = loaded(session, (&whole, model), name, op, &rules)?;
                let more = flags_behind_dest(session, &whole, name, &mut op)?;
                let requires = Requires::of(&whole, model, name, &op, more);
                add_dependency_flags(&mut op, &requires, &model.full_name(name), name);
                Ok(op)
            });
            match op {
                Ok(op) => drop(model.operations.insert(name.clone(), op)),
                Err(e) => terminal::warning(&e.message),
            }
        }
    }
    file
}

/// The model that an operation belongs to. A script is the only operation of one without a name.
pub fn model(session: &Session, resolved: &Resolved) -> Result<Model> {
    let opref = &resolved.opref;
    if opref.pkg_type == "guildfile"
        && let Some(file) = read(session).map_err(|e| file_error(session, &e))?
        && let Some(model) = file.model(&opref.model_name)
    {
        return Ok(model.clone());
    }
    let mut model = Model::default();
    model.operations.insert(resolved.name.clone(), resolved.op.clone());
    Ok(model)
}

/// The operation completed by the plugin that owns how it is run, that plugin, and whether its
/// attribute says more than the exec template.
fn loaded(
    session: &Session,
    (file, model): (&Guildfile, &Model),
    name: &str,
    op: &OpDef,
    sourcecode: &SourceRules,
) -> Result<(OpDef, Option<String>, bool)> {
    let mut op = op.clone();
    if op.exec.is_some() {
        return Ok((op, None, false));
    }
    let mut owners: Vec<&str> = op
        .other
        .iter()
        .filter(|(_, value)| !value.is_null())
        .flat_map(|(attribute, _)| session.plugins.for_attribute(attribute))
        .collect();
    if owners.is_empty() {
        owners = session.plugins.for_implied(name);
    }
    let request = OpRequest {
        name: name.into(),
        project_dir: file.dir.clone(),
        op: op.clone(),
        sourcecode_dest: sourcecode.dest.clone().unwrap_or_else(|| ".".into()),
        parents: model.parents.clone(),
        ..OpRequest::default()
    };
    for plugin in owners {
        let answer: Option<Option<LoadedOp>> = session.call(plugin, hooks::OP_LOADED, &request)?;
        let Some(loaded) = answer.flatten() else { continue };
        op.exec = Some(loaded.exec);
        op.flags_dest = op.flags_dest.or(loaded.flags_dest);
        let import = op.other.get("flags-import");
        let all = import == Some(&Value::Bool(true)) || import == Some(&Value::from("all"));
        op.allow_other_flags |= loaded.allow_other_flags && all;
        // Flags that a plugin finds elsewhere are not those of the program.
        let elsewhere = op.flags_dest.as_deref().map(|dest| session.plugins.for_flags_dest(dest));
        if elsewhere.is_none_or(|plugins| plugins.is_empty()) {
            guild_guildfile::import_flags(&mut op, loaded.flags);
        }
        return Ok((op, Some(plugin.into()), loaded.shows_attribute));
    }
    Ok((op, None, false))
}

/// Adds the flags behind the operation's flags-dest, where a plugin knows it. Returns what the
/// operation requires for them.
fn flags_behind_dest(
    session: &Session,
    file: &Guildfile,
    name: &str,
    op: &mut OpDef,
) -> Result<Vec<Map>> {
    let Some(dest) = op.flags_dest.clone() else { return Ok(Vec::new()) };
    for plugin in session.plugins.for_flags_dest(&dest) {
        let request = ImportFlags {
            name: name.into(),
            project_dir: file.dir.clone(),
            op: op.clone(),
            flags_dest: dest.clone(),
        };
        let answer = session.call(plugin, hooks::IMPORT_FLAGS, &request);
        let found: Option<Option<ImportedFlags>> = match answer {
            Ok(found) => found,
            Err(CallError::Failed(e)) => {
                terminal::warning(&e.message);
                return Ok(Vec::new());
            }
            Err(e) => return Err(e.into()),
        };
        let Some(found) = found.flatten() else { continue };
        guild_guildfile::import_flags(op, found.flags);
        op.flags_dest = found.flags_dest.or(Some(dest));
        return Ok(found.requires);
    }
    Ok(Vec::new())
}

/// The error of a Guild file that cannot be read. What is wrong is said at once, as in Guild AI
/// 0.9.0, and the command ends with where.
pub fn file_error(session: &Session, e: &guild_guildfile::Error) -> Error {
    terminal::error(&e.to_string());
    e.details().iter().for_each(|line| terminal::err(line));
    let here = std::env::current_dir().is_ok_and(|dir| dir == session.cwd);
    let place = match here {
        true => "the current directory".to_string(),
        false => format!("'{}'", session.cwd.display()),
    };
    Error::new(format!("guildfile in {place} contains an error (see above for details)"))
}
