//! Runs any executable file as an operation, without flags of its own.
//!
//! Behaviour of Guild AI 0.9.0's plugin of the same name: the last to be asked about a file, so that
//! it also has the last word about files that nobody can run.

mod executable;

use std::path::Path;

use guild_plugin_api::model::{OpDef, PluginInfo, ResolveOp, ResolvedOp};
use guild_plugin_api::{Context, HookError, HookResult, Plugin, export_plugin};

/// The plugin.
pub struct ExecScript;

export_plugin!(ExecScript);

impl Plugin for ExecScript {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: "exec_script".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: env!("CARGO_PKG_DESCRIPTION").into(),
        }
    }

    fn resolve_op(&self, cx: &Context, req: &ResolveOp) -> HookResult<Option<ResolvedOp>> {
        let path = cx.cwd.join(&req.spec);
        if !path.exists() {
            return Ok(None);
        }
        if !executable::is_executable_file(&path) {
            return Err(HookError::new("must be an executable file"));
        }
        let path = std::path::absolute(&path)
            .map_err(|e| HookError::new(format!("cannot tell where it is: {e}")))?;
        let (Some(dir), Some(text)) = (path.parent(), path.to_str()) else {
            return Err(HookError::new("its name is not valid UTF-8"));
        };
        Ok(Some(ResolvedOp {
            name: req.spec.clone(),
            base_dir: base_dir(&path, &req.spec),
            project_dir: dir.to_path_buf(),
            op: OpDef { exec: Some(quoted(text)), ..OpDef::default() },
            ..ResolvedOp::default()
        }))
    }
}

/// What is left of the path without the spec: where the operation's name starts.
fn base_dir(path: &Path, spec: &str) -> std::path::PathBuf {
    let mut dir = path;
    for _ in Path::new(spec).components().filter(|c| !matches!(c, std::path::Component::CurDir)) {
        dir = dir.parent().unwrap_or(dir);
    }
    dir.to_path_buf()
}

/// The path as one word of an exec template, in which `${NAME}` stands for itself.
fn quoted(path: &str) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || "@%+=:,./-_".contains(c);
    if path.chars().all(safe) {
        return path.into();
    }
    format!("'{}'", path.replace('\'', "'\"'\"'").replace("${", "\\${"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use guild_plugin_api::testkit::Host;

    use super::*;

    #[test]
    fn an_executable_file_is_an_operation() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my tool");
        fs::write(&path, "#!/bin/sh\n").unwrap();
        let host = Host::new(ExecScript, dir.path(), dir.path().join("home"));
        let e = host.resolve_op("my tool").unwrap_err();
        assert_eq!(e.message, "must be an executable file");
        assert_eq!(host.resolve_op("no tool").unwrap().result, None);
        assert_eq!(host.resolve_op(".").unwrap_err().message, "must be an executable file");

        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let op = host.resolve_op("my tool").unwrap().result.unwrap();
        assert_eq!(op.name, "my tool");
        assert_eq!(op.base_dir, dir.path());
        assert_eq!(op.op.exec, Some(format!("'{}'", path.display())));
        assert!(op.op.flags.is_empty());
    }

    #[test]
    fn a_tool_in_a_folder_keeps_the_folder_in_its_name() {
        assert_eq!(base_dir(Path::new("/p/sub/tool"), "sub/tool"), Path::new("/p"));
        assert_eq!(base_dir(Path::new("/p/tool"), "./tool"), Path::new("/p"));
    }
}
