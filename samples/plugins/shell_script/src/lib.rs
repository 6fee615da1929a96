//! Runs shell scripts as operations, with the variables that they take from outside as flags.

mod script;

use std::fs;
use std::path::{Path, PathBuf};

use guild_plugin_api::model::{LoadedOp, OpDef, OpRequest, PluginInfo, ResolveOp, ResolvedOp};
use guild_plugin_api::{Context, HookError, HookResult, Plugin, Value, export_plugin};

use script::Script;

/// The plugin.
pub struct ShellScript;

export_plugin!(ShellScript);

impl Plugin for ShellScript {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: "shell_script".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: env!("CARGO_PKG_DESCRIPTION").into(),
        }
    }

    fn resolve_op(&self, cx: &Context, req: &ResolveOp) -> HookResult<Option<ResolvedOp>> {
        let path = cx.cwd.join(&req.spec);
        if !path.is_file() {
            return Ok(None);
        }
        let bytes = fs::read(&path).map_err(|e| format!("cannot read it: {e}"))?;
        let script = Script::read(&String::from_utf8_lossy(&bytes));
        let (project_dir, file) = place(&cx.cwd, &req.spec)?;
        Ok(Some(ResolvedOp {
            // The run's folder holds a copy of the project, so that the script is found there.
            op: OpDef {
                exec: Some(format!("{} {}", script.shell, quoted(&file))),
                description: script.description,
                flags: script.flags,
                plugins: Some(vec!["shell_script".into()]),
                ..OpDef::default()
            },
            name: file,
            base_dir: project_dir.clone(),
            project_dir,
            ..ResolvedOp::default()
        }))
    }
    /// `shell: train.sh` in a Guild file, with arguments of its own after it.
    fn op_loaded(&self, _: &Context, req: &OpRequest) -> HookResult<Option<LoadedOp>> {
        let command = match req.op.other.get("shell") {
            None => return Ok(None),
            Some(Value::Str(command)) => command.trim(),
            Some(_) => return Err("`shell` must be the path of a script".into()),
        };
        let file = command.split_whitespace().next().unwrap_or_default();
        let bytes = fs::read(req.project_dir.join(file)).map_err(|e| {
            HookError::new(format!("cannot read script '{file}': {e}"))
                .with_hint("`shell` is the path of a script in the project.")
        })?;
        let script = Script::read(&String::from_utf8_lossy(&bytes));
        Ok(Some(LoadedOp {
            exec: format!("{} {command}", script.shell),
            flags: script.flags,
            ..LoadedOp::default()
        }))
    }
}

/// The project of a script and the script's place in it: the folder that the user works in, or the
/// script's own when it is elsewhere.
fn place(cwd: &Path, spec: &str) -> HookResult<(PathBuf, String)> {
    let clean: PathBuf = cwd.join(spec).components().collect();
    let within =
        clean.strip_prefix(cwd).ok().filter(|p| !p.components().any(|c| c.as_os_str() == ".."));
    let (project, file) = match (within, clean.parent(), clean.file_name()) {
        (Some(file), ..) => (cwd.to_path_buf(), file.to_path_buf()),
        (None, Some(folder), Some(name)) => {
            (folder.canonicalize().unwrap_or(folder.into()), name.into())
        }
        _ => return Err(HookError::new("it has no name")),
    };
    let file = file.to_str().ok_or("its name is not valid UTF-8")?;
    // A name like an option would be taken for one.
    Ok((project, if file.starts_with('-') { format!("./{file}") } else { file.to_string() }))
}

/// The text as one word of an exec template.
fn quoted(text: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if text.chars().all(safe) {
        text.into()
    } else {
        format!("'{}'", text.replace('\'', "'\"'\"'"))
    }
}

#[cfg(test)]
mod tests {
    use guild_plugin_api::testkit::Host;

    use super::*;

    struct Project(PathBuf);

    impl Project {
        /// A folder of this test's own with these files.
        fn new(test: &str, files: &[(&str, &str)]) -> Project {
            let dir =
                std::env::temp_dir().join(format!("shell_script-{test}-{}", std::process::id()));
            for (name, text) in files {
                let path = dir.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, text).unwrap();
            }
            Project(dir.canonicalize().unwrap())
        }

        fn resolve(&self, cwd: &str, spec: &str) -> Option<ResolvedOp> {
            let host = Host::new(ShellScript, self.0.join(cwd), "/no/home");
            host.resolve_op(spec).unwrap().result
        }
    }

    impl Drop for Project {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_script_is_an_operation() {
        let text = "#!/bin/bash\n# Trains.\nLR=${LR:-0.1}\necho $LR\n";
        let project = Project::new("op", &[("train.sh", text)]);
        let found = project.resolve("", "train.sh").unwrap();
        assert_eq!((found.name.as_str(), &found.project_dir), ("train.sh", &project.0));
        assert_eq!(found.op.exec.as_deref(), Some("/bin/bash train.sh"));
        assert_eq!(found.op.description.as_deref(), Some("Trains."));
        let flag = &found.op.flags["LR"];
        assert_eq!(flag.default, Value::from(0.1));
        assert_eq!((flag.env_name.as_deref(), flag.arg_skip), (Some("LR"), Some(true)));
    }

    #[test]
    fn scripts_in_other_places() {
        let files = [("sub/a b.sh", ""), ("-x.sh", ""), ("other/y", "")];
        let project = Project::new("places", &files);
        let of = |cwd: &str, spec: &str| {
            let found = project.resolve(cwd, spec).unwrap();
            (found.project_dir, found.op.exec.unwrap())
        };
        assert_eq!(of("", "sub/a b.sh"), (project.0.clone(), "sh 'sub/a b.sh'".into()));
        assert_eq!(of("", "./-x.sh"), (project.0.clone(), "sh ./-x.sh".into()));
        assert_eq!(of("other", "../-x.sh"), (project.0.clone(), "sh ./-x.sh".into()));
        assert_eq!(project.resolve("", "none.sh"), None);
        assert_eq!(project.resolve("", "sub"), None);
    }

    #[test]
    fn an_operation_of_a_guild_file() {
        let project = Project::new("file", &[("sub/train.sh", "LR=${LR:-0.1}\n")]);
        let host = Host::new(ShellScript, &project.0, "/no/home");
        let load = |shell: Value| {
            let mut req = OpRequest { project_dir: project.0.clone(), ..OpRequest::default() };
            req.op.other.insert("shell".into(), shell);
            host.op_loaded(req)
        };
        let loaded = load("sub/train.sh --fast".into()).unwrap().result.unwrap();
        assert_eq!(loaded.exec, "sh sub/train.sh --fast");
        assert_eq!(loaded.flags["LR"].default, Value::from(0.1));
        assert!(load("none.sh".into()).unwrap_err().message.starts_with("cannot read script"));
        assert_eq!(load(1.into()).unwrap_err().message, "`shell` must be the path of a script");
        assert_eq!(host.op_loaded(OpRequest::default()).unwrap().result, None);
    }

    #[test]
    fn the_manifest_agrees_with_the_plugin() {
        let manifest = include_str!("../shell_script.plugin.yml");
        let info = ShellScript.info();
        assert!(manifest.starts_with(&format!("name: {}\nversion: {}\n", info.name, info.version)));
    }
}
