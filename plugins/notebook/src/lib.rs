//! Jupyter notebooks as operations: `guild run train.ipynb`, and `notebook: train.ipynb` in Guild
//! files.
//!
//! The constants that its cells assign are its flags; their values are put into a copy of it in the
//! run, which the Jupyter of the run's Python environment executes. Behaviour of Guild AI 0.9.0's
//! `ipynb` and `nbexec`. Runs keep its command, so that they can be started again by either.

pub mod cell;
pub mod document;
pub mod flags;
pub mod kernels;
pub mod output;
pub mod program;
pub mod rewrite;

use std::env;
use std::path::{Component, Path, PathBuf};

use document::Notebook;
use guild_flags::shell;
use guild_plugin_api::model::{
    CommandParts, Enabled, Flags, LoadedOp, MainReply, MainRequest, OpDef, OpRequest, PluginInfo,
    ResolveOp, ResolvedOp,
};
use guild_plugin_api::{Context, HookError, HookResult, Plugin, export_plugin};

/// The plugin.
pub struct Notebooks;

export_plugin!(Notebooks);

/// The command as Guild AI 0.9.0 has it, which runs keep, but for the notebook and what follows.
const KEPT_EXEC: &str = "${python_exe} -um guild.op_main guild.plugins.nbexec";

/// The command that is run, likewise.
const EXEC: &str = "${guild} plugins main notebook ${python_exe}";

/// The words after [`KEPT_EXEC`], of an operation that has it.
fn kept_words(req: &OpRequest) -> Option<Vec<String>> {
    let words = shell::split(req.op.exec.as_deref()?).ok()?;
    let kept: Vec<&str> = KEPT_EXEC.split(' ').collect();
    let is_ours = words.len() >= kept.len() && words.iter().zip(&kept).all(|(a, b)| a == b);
    is_ours.then(|| words[kept.len()..].to_vec())
}

fn kept_exec(notebook: &str) -> String {
    format!("{KEPT_EXEC} {notebook} -- ${{flag_args}}")
}

impl Plugin for Notebooks {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: "notebook".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: "Jupyter notebooks".into(),
        }
    }

    fn resolve_op(&self, cx: &Context, req: &ResolveOp) -> HookResult<Option<ResolvedOp>> {
        let file = cx.cwd.join(&req.spec);
        if !program::is_notebook(&req.spec) || !file.is_file() {
            return Ok(None);
        }
        let (Some(dir), Some(name)) = (file.parent(), file.file_name().and_then(|n| n.to_str()))
        else {
            return Ok(None);
        };
        let spec = Path::new(&req.spec);
        let flags = found_flags(cx, &file, &req.spec, &Flags::new());
        let op = OpDef {
            exec: Some(kept_exec(&quoted(&format!("./{name}")))),
            flags: flags.map_err(HookError::new)?,
            ..OpDef::default()
        };
        let apart = spec.is_absolute() || req.spec.starts_with("..");
        Ok(Some(ResolvedOp {
            name: if apart { name.into() } else { req.spec.clone() },
            base_dir: plain(if apart { dir } else { &cx.cwd }),
            // What the notebook imports and reads is beside it.
            project_dir: plain(dir),
            op,
            ..ResolvedOp::default()
        }))
    }

    fn op_loaded(&self, cx: &Context, req: &OpRequest) -> HookResult<Option<LoadedOp>> {
        let said = req.op.other.get("notebook").and_then(program::attribute);
        let words = match said {
            Some(said) => said.to_owned(),
            None if program::is_notebook(&req.name) => quoted(&req.name),
            None => return Ok(None),
        };
        let notebook = shell::split(&words).ok().and_then(|words| words.into_iter().next());
        let file = req.project_dir.join(notebook.clone().unwrap_or_default());
        let flags = match file.is_file() {
            true => {
                let name = notebook.unwrap_or_default();
                found_flags(cx, &file, &name, &req.op.flags).unwrap_or_else(|e| {
                    warn(cx, e);
                    Flags::new()
                })
            }
            false => Flags::new(),
        };
        Ok(Some(LoadedOp { exec: kept_exec(&words), flags, ..LoadedOp::default() }))
    }

    fn enabled_for_op(&self, _: &Context, req: &OpRequest) -> HookResult<Enabled> {
        let enabled = kept_words(req).is_some();
        let reason = if enabled { "it runs a notebook" } else { "it runs no notebook" };
        Ok(Enabled { enabled, reason: reason.into() })
    }

    fn command(&self, _: &Context, req: &OpRequest) -> HookResult<CommandParts> {
        let exec = kept_words(req).map(|words| {
            let rest = words.iter().map(|word| quoted(word)).collect::<Vec<_>>();
            format!("{EXEC} {}", rest.join(" "))
        });
        Ok(CommandParts { exec, ..CommandParts::default() })
    }

    fn main(&self, _: &Context, req: &MainRequest) -> HookResult<MainReply> {
        let exit_status = program::run(req).map_err(HookError::new)?;
        Ok(MainReply { exit_status })
    }
}

/// The flags of the notebook `file`, which users know as `name`; what cannot be read of it is a
/// warning.
fn found_flags(cx: &Context, file: &Path, name: &str, defined: &Flags) -> Result<Flags, String> {
    let notebook =
        Notebook::read(file).map_err(|e| format!("error loading notebook '{name}': {e}"))?;
    let (flags, warnings) = flags::flags(&notebook, defined);
    warnings.into_iter().for_each(|w| warn(cx, format!("cannot read all flags of {name}: {w}")));
    Ok(flags)
}

/// Warns, unless the user does without warnings about flags as Guild AI 0.9.0 has it.
fn warn(cx: &Context, message: String) {
    if env::var_os("NO_WARN_FLAGS_IMPORT").is_none_or(|v| v != "1") {
        cx.warn(message);
    }
}

/// A word of an exec template.
fn quoted(word: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    let whole = !word.is_empty() && word.chars().all(safe);
    if whole || word == "${flag_args}" { word.into() } else { shell::quote(word).into_owned() }
}

/// A path without `.` and `..`, as text: links are not followed.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(out.pop()),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::fs;

    use guild_plugin_api::Value;
    use guild_plugin_api::testkit::Host;

    use super::*;

    const NOTEBOOK: &str =
        r#"{"cells": [{"cell_type": "code", "source": ["x = 1\n", "y = 'a'"]}]}"#;

    fn project() -> (tempfile::TempDir, Host<Notebooks>) {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sub")).unwrap();
        for file in ["nb.ipynb", "sub/my nb.ipynb"] {
            fs::write(dir.path().join(file), NOTEBOOK).unwrap();
        }
        fs::write(dir.path().join("bad.ipynb"), "{").unwrap();
        let host = Host::new(Notebooks, dir.path(), dir.path().join("home"));
        (dir, host)
    }

    #[test]
    fn a_notebook_is_an_operation() {
        let (dir, host) = project();
        let op = host.resolve_op("nb.ipynb").unwrap().result.unwrap();
        assert_eq!((op.name.as_str(), &*op.base_dir), ("nb.ipynb", dir.path()));
        assert_eq!(op.op.exec, Some(format!("{KEPT_EXEC} ./nb.ipynb -- ${{flag_args}}")));
        assert_eq!(op.op.flags.keys().collect::<Vec<_>>(), ["x", "y"]);
        let op = host.resolve_op("sub/my nb.ipynb").unwrap().result.unwrap();
        assert_eq!((op.name.as_str(), &*op.base_dir), ("sub/my nb.ipynb", dir.path()));
        assert_eq!(op.project_dir, dir.path().join("sub"));
        assert_eq!(op.op.exec, Some(format!("{KEPT_EXEC} './my nb.ipynb' -- ${{flag_args}}")));
        let whole = dir.path().join("sub/my nb.ipynb");
        let op = host.resolve_op(whole.to_str().unwrap()).unwrap().result.unwrap();
        assert_eq!((op.name.as_str(), op.base_dir), ("my nb.ipynb", dir.path().join("sub")));
        assert_eq!(host.resolve_op("no.ipynb").unwrap().result, None);
        let e = host.resolve_op("bad.ipynb").unwrap_err();
        assert!(e.message.starts_with("error loading notebook 'bad.ipynb': it is no notebook: "));
    }

    #[test]
    fn an_operation_names_its_notebook_or_is_called_after_it() {
        let (dir, host) = project();
        let request = |name: &str, notebook: Option<&str>| {
            let project_dir = dir.path().into();
            let mut req = OpRequest { name: name.into(), project_dir, ..OpRequest::default() };
            if let Some(notebook) = notebook {
                req.op.other.insert("notebook".into(), Value::str(notebook));
            }
            host.op_loaded(req).unwrap()
        };
        let op = request("train", Some("nb.ipynb --html-no-input")).result.unwrap();
        assert_eq!(op.exec, format!("{KEPT_EXEC} nb.ipynb --html-no-input -- ${{flag_args}}"));
        assert_eq!(op.flags.len(), 2);
        let op = request("sub/my nb.ipynb", None).result.unwrap();
        assert_eq!(op.exec, format!("{KEPT_EXEC} 'sub/my nb.ipynb' -- ${{flag_args}}"));
        assert_eq!(request("train", None).result, None);
        assert!(request("train", Some("no.ipynb")).result.unwrap().flags.is_empty());
        let bad = request("train", Some("bad.ipynb"));
        assert_eq!(bad.log.len(), 1);
        assert!(bad.result.unwrap().flags.is_empty());
    }

    #[test]
    fn the_command_is_guilds_own_and_what_runs_keep_is_known_again() {
        let (_dir, host) = project();
        let request = |exec: &str| {
            let op = OpDef { exec: Some(exec.into()), ..OpDef::default() };
            OpRequest { op, ..OpRequest::default() }
        };
        let kept = "'${python_exe}' -um guild.op_main guild.plugins.nbexec './my nb.ipynb' -- \
                    __flag_args__";
        assert!(host.enabled_for_op(request(kept)).unwrap().result.enabled);
        let parts = host.command(request(kept)).unwrap().result;
        let expected = format!("{EXEC} './my nb.ipynb' -- __flag_args__");
        assert_eq!(parts.exec, Some(expected));
        for other in ["${python_exe} -um guild.op_main train", "", "'"] {
            assert!(!host.enabled_for_op(request(other)).unwrap().result.enabled);
            assert_eq!(host.command(request(other)).unwrap().result.exec, None);
        }
    }
}
