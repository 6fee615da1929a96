//! Operations of a Guild file that have a `main:` attribute.
//!
//! `main: train` names a module of the project, perhaps in a folder (`sub/train`) or a package
//! (`pkg.train`), with arguments of its own after it. The behaviour is that of Guild AI 0.9.0's
//! `guildfile_loaded` and `flags_import_util`.

use std::path::{Path, PathBuf};

use guild_plugin_api::model::{FlagDef, Flags, OpDef};
use guild_plugin_api::{HookError, HookResult, Value};

use crate::op::{ALLOW_OTHER_FLAGS, flags_dest};
use crate::script::Analysis;
use crate::{flag_data, shell};

/// The exec template of an operation with this `main`.
pub fn exec(main: &str) -> String {
    format!("${{python_exe}} -um guild.op_main {main} -- ${{flag_args}}")
}

/// The module that `main` names, without its arguments.
pub fn module(main: &str) -> &str {
    main.split_whitespace().next().unwrap_or_default()
}

/// Where modules are looked for: `python-path`, else the root of the source code, else the
/// project.
pub fn search_path(op: &OpDef, project_dir: &Path) -> Vec<PathBuf> {
    if let Some(Value::List(paths)) = op.other.get("python-path") {
        return paths.iter().filter_map(Value::as_str).map(|p| project_dir.join(p)).collect();
    }
    let root = op.sourcecode.get("root").and_then(Value::as_str).unwrap_or_default();
    vec![project_dir.join(root)]
}

/// The file of a module, as the operation's start will find it.
///
/// # Errors
///
/// The reason, in Guild AI 0.9.0's words, when there is none.
pub fn find(module: &str, search_path: &[PathBuf]) -> HookResult<PathBuf> {
    let (folder, name) = module.rsplit_once('/').unwrap_or(("", module));
    let below = name.replace('.', "/");
    for path in search_path {
        let base = path.join(folder).join(&below);
        let package = base.join("__main__.py");
        let file = base.with_file_name(format!("{}.py", file_name(&base)));
        if base.join("__init__.py").is_file() && !package.is_file() {
            return Err(HookError::new(format!(
                "No module named {name}.__main__ ('{name}' is a package and cannot be directly \
                 executed)"
            )));
        }
        if let Some(found) = [package, file].into_iter().find(|f| f.is_file()) {
            return Ok(found);
        }
    }
    Err(HookError::new(format!("No module named {module}")))
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Puts what the script says about its flags behind what the Guild file says.
///
/// Without `flags-import` only flags that the Guild file names are completed; `all` takes every
/// one, a list those in it, `no` none.
pub fn complete(op: &mut OpDef, analysis: &Analysis, file: &Path) {
    let dest = op.flags_dest.get_or_insert_with(|| flags_dest(analysis).to_string()).clone();
    let mut found = Flags::new();
    if dest == "globals" {
        found = flag_data::for_globals(&analysis.params);
        let dir = file.parent().unwrap_or(Path::new("/"));
        flag_data::apply_paths(&mut found, dir, &dir.to_string_lossy());
    }
    let import = op.other.get("flags-import").cloned().unwrap_or_default();
    let names = |list: &Value| -> Vec<String> {
        match list {
            Value::List(names) => names.iter().filter_map(Value::as_str).map(Into::into).collect(),
            Value::Str(name) => vec![name.clone()],
            _ => Vec::new(),
        }
    };
    let skip = op.other.get("flags-import-skip").map(&names).unwrap_or_default();
    let wanted = |name: &str, op: &OpDef| match &import {
        Value::Null => op.flags.contains_key(name),
        Value::Bool(all) => *all,
        Value::Str(all) if all == "all" => true,
        list => names(list).iter().any(|n| n == name),
    };
    let all = matches!(&import, Value::Bool(true)) || import.as_str() == Some("all");
    if all && dest.starts_with("args") {
        // Which flags the script's own arguments are is not read yet.
        op.other.insert(ALLOW_OTHER_FLAGS.to_owned(), Value::Bool(true));
    }
    for (name, flag) in found {
        if !wanted(&name, op) || skip.contains(&name) {
            continue;
        }
        let held = match op.flags.get_mut(&name) {
            Some(held) => Some(held),
            None => op.flags.values_mut().find(|f| f.arg_name.as_deref() == Some(&name)),
        };
        match held {
            Some(held) => fill(held, flag),
            None => {
                op.flags.insert(name, flag);
            }
        }
    }
    op.flags.sort_keys();
}

/// What the Guild file does not say about a flag.
fn fill(held: &mut FlagDef, found: FlagDef) {
    if held.default.is_null() {
        held.default = found.default;
    }
    if held.kind.is_none() {
        held.kind = found.kind;
    }
    if held.arg_split.is_null() {
        held.arg_split = found.arg_split;
    }
}

/// `main` of an operation that has none: its name, without what a file name adds.
pub fn implied(name: &str) -> String {
    shell::quote(name.strip_suffix(".py").unwrap_or(name)).replace('-', "_")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::script::analyse;

    #[test]
    fn modules_are_found_as_the_start_finds_them() {
        let dir = tempfile::tempdir().unwrap();
        for file in ["train.py", "sub/eval.py", "pkg/__init__.py", "pkg/mod.py", "app/__main__.py"]
        {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let path = [dir.path().to_path_buf()];
        let found =
            |module| find(module, &path).map(|f| f.strip_prefix(dir.path()).unwrap().to_owned());
        for (module, file) in [
            ("train", "train.py"),
            ("sub/eval", "sub/eval.py"),
            ("pkg.mod", "pkg/mod.py"),
            ("app", "app/__main__.py"),
        ] {
            assert_eq!(found(module).unwrap(), Path::new(file));
        }
        assert_eq!(found("nope").unwrap_err().message, "No module named nope");
        assert!(found("pkg").unwrap_err().message.starts_with("No module named pkg.__main__"));
    }

    fn completed(import: Value, flags: &[&str]) -> OpDef {
        let flags = flags.iter().map(|n| (n.to_string(), FlagDef::default())).collect();
        let mut op = OpDef { flags, ..OpDef::default() };
        if !import.is_null() {
            op.other.insert("flags-import".into(), import);
        }
        let analysis = analyse("rate = 0.1\nname = 'x'\n").unwrap();
        complete(&mut op, &analysis, Path::new("/p/train.py"));
        op
    }

    #[test]
    fn which_flags_are_imported() {
        let names = |op: &OpDef| op.flags.keys().cloned().collect::<Vec<_>>();
        let op = completed(Value::Null, &["rate"]);
        assert_eq!(names(&op), ["rate"]);
        assert_eq!(op.flags["rate"].default, Value::Float(0.1));
        assert_eq!(op.flags_dest.as_deref(), Some("globals"));
        assert_eq!(names(&completed("all".into(), &[])), ["name", "rate"]);
        assert_eq!(names(&completed(true.into(), &[])), ["name", "rate"]);
        assert_eq!(names(&completed(false.into(), &["rate"])), ["rate"]);
        assert!(completed(false.into(), &["rate"]).flags["rate"].default.is_null());
        assert_eq!(names(&completed(vec!["name"].into(), &[])), ["name"]);
    }

    #[test]
    fn the_guild_file_has_the_first_word() {
        let analysis = analyse("rate = 0.1\n").unwrap();
        let flag = FlagDef { default: Value::Int(5), ..FlagDef::default() };
        let mut op = OpDef { flags: [("rate".to_string(), flag)].into(), ..OpDef::default() };
        op.flags_dest = Some("args".into());
        complete(&mut op, &analysis, Path::new("/p/train.py"));
        assert_eq!(op.flags["rate"].default, Value::Int(5));
        assert_eq!(op.flags_dest.as_deref(), Some("args"));
    }
}
