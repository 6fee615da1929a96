//! Runs Node.js scripts as operations, with their constants as flags.

mod program;
mod script;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use guild_plugin_api::model::{
    CommandParts, Enabled, OpDef, OpRequest, PluginInfo, ResolveOp, ResolvedOp, SourceRule,
};
use guild_plugin_api::{Context, HookError, HookResult, Plugin, export_plugin};

/// What stands for the interpreter in a command.
const NODE_EXE: &str = "${node_exe}";

/// The plugin.
pub struct NodeScript;

export_plugin!(NodeScript);

impl Plugin for NodeScript {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: "node_script".into(),
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
        let (project_dir, file) = place(&cx.cwd, &req.spec)?;
        Ok(Some(ResolvedOp {
            // The run's folder holds a copy of the project, so that the script is found there.
            op: OpDef {
                exec: Some(format!("{NODE_EXE} {} ${{flag_args}}", quoted(&file))),
                flags: script::flags(&String::from_utf8_lossy(&bytes)),
                flags_dest: Some("args".into()),
                ..OpDef::default()
            },
            name: file,
            base_dir: project_dir.clone(),
            project_dir,
            ..ResolvedOp::default()
        }))
    }

    fn enabled_for_op(&self, _: &Context, req: &OpRequest) -> HookResult<Enabled> {
        let enabled = req.op.exec.as_deref().is_some_and(|exec| exec.starts_with(NODE_EXE));
        let reason =
            format!("the command does {}start with {NODE_EXE}", if enabled { "" } else { "not " });
        Ok(Enabled { enabled, reason })
    }

    fn default_sourcecode_rules(&self, _: &Context, _: &OpRequest) -> HookResult<Vec<SourceRule>> {
        let packages = SourceRule {
            include: false,
            patterns: vec!["node_modules".into()],
            kind: Some("dir".into()),
            ..SourceRule::default()
        };
        Ok(vec![packages])
    }

    fn command(&self, cx: &Context, req: &OpRequest) -> HookResult<CommandParts> {
        let path = env::var_os("PATH").unwrap_or_default();
        let node = program::find("node", &path, &cx.cwd).ok_or_else(|| {
            HookError::new(format!("cannot find node, which is to run '{}'", req.name))
                .with_hint("Install Node.js, or put the folder of node on PATH.")
        })?;
        let node = node.to_str().ok_or("the path of node is not valid UTF-8")?;
        let mut parts = CommandParts::default();
        parts.params.insert("node_exe".into(), node.into());
        let packages = req.project_dir.join("node_modules");
        if let (true, Some(packages)) = (packages.is_dir(), packages.to_str()) {
            // Packages stay in the project: they are no source code.
            parts.env.insert("NODE_PATH".into(), packages.into());
        }
        Ok(parts)
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
    use guild_plugin_api::Value;
    use guild_plugin_api::testkit::Host;

    use super::*;

    #[test]
    fn a_script_is_an_operation() {
        let dir = env::temp_dir().join(format!("node_script-{}", std::process::id()));
        fs::create_dir_all(dir.join("sub")).unwrap();
        fs::write(dir.join("sub/train.mjs"), "const rate = 0.1;\n").unwrap();
        let host = Host::new(NodeScript, &dir, "/no/home");
        let found = host.resolve_op("sub/train.mjs").unwrap().result.unwrap();
        let elsewhere = Host::new(NodeScript, dir.join("other"), "/no/home");
        assert_eq!(elsewhere.resolve_op("train.mjs").unwrap().result, None);
        fs::remove_dir_all(&dir).unwrap();

        assert_eq!((found.name.as_str(), &found.project_dir), ("sub/train.mjs", &dir));
        let exec = "${node_exe} sub/train.mjs ${flag_args}";
        assert_eq!(found.op.exec.as_deref(), Some(exec));
        assert_eq!(found.op.flags["rate"].default, Value::from(0.1));

        let mut req = OpRequest { op: found.op, ..OpRequest::default() };
        assert!(host.enabled_for_op(req.clone()).unwrap().result.enabled);
        assert_eq!(host.default_sourcecode_rules(req.clone()).unwrap().result.len(), 1);
        req.op.exec = Some("node x.js".into());
        assert!(!host.enabled_for_op(req).unwrap().result.enabled);
    }

    #[test]
    fn odd_names() {
        let of = |spec| place(Path::new("/p"), spec).unwrap();
        assert_eq!(of("./-x.js"), ("/p".into(), "./-x.js".into()));
        assert_eq!(of("/q/x.js"), ("/q".into(), "x.js".into()));
        assert_eq!(quoted("it's.js"), "'it'\"'\"'s.js'");
    }

    #[test]
    fn the_manifest_agrees_with_the_plugin() {
        let manifest = include_str!("../node_script.plugin.yml");
        let info = NodeScript.info();
        assert!(manifest.starts_with(&format!("name: {}\nversion: {}\n", info.name, info.version)));
    }
}
