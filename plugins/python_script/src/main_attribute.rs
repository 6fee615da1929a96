//! Operations of a Guild file that have a `main:` attribute.
//!
//! `main: train` names a module of the project, perhaps in a folder (`sub/train`) or a package
//! (`pkg.train`), with arguments of its own after it. The behaviour is that of Guild AI 0.9.0's
//! `guildfile_loaded` and `flags_import_util`.

use std::path::{Path, PathBuf};

use guild_plugin_api::model::{LoadedOp, OpDef};
use guild_plugin_api::{HookError, HookResult, Value};

use crate::flag_data;
use crate::flags::import::Script;
use crate::op::flags_dest;
use crate::script::Analysis;
use crate::shell;

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

/// The folder of a module's file as Guild AI 0.9.0 writes it, which defaults that are paths start
/// with: a module that is in no folder is in `.` there.
pub fn shown_dir(module: &str, file: &Path, search_path: &[PathBuf]) -> String {
    let dir = file.parent().unwrap_or(Path::new("/"));
    let below = |path: &PathBuf| Some((path.clone(), dir.strip_prefix(path).ok()?.to_owned()));
    match search_path.iter().find_map(below).filter(|_| !module.contains('/')) {
        Some((path, rest)) => {
            let path = path.display().to_string();
            let shown = format!("{}/./{}", path.trim_end_matches('/'), rest.display());
            shown.trim_end_matches('/').to_owned()
        }
        None => dir.to_string_lossy().into_owned(),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The operation with this `main`, whose module is `file`. No `analysis` means that the file could
/// not be read: running it will show what is wrong. `project_dir` is what places of flags leave out,
/// `shown` the module's folder as [`shown_dir`] has it.
pub fn loaded(
    main: &str,
    op: &OpDef,
    analysis: Option<&Analysis>,
    file: &Path,
    project_dir: &Path,
    shown: &str,
) -> LoadedOp {
    let mut loaded = LoadedOp { exec: exec(main), ..LoadedOp::default() };
    let Some(analysis) = analysis else { return loaded };
    let dest = op.flags_dest.clone().unwrap_or_else(|| flags_dest(analysis).to_string());
    let named = file.strip_prefix(project_dir).unwrap_or(file).to_string_lossy();
    if dest == "globals" {
        loaded.flags = flag_data::for_globals(&analysis.params);
        let dir = file.parent().unwrap_or(Path::new("/"));
        flag_data::apply_paths(&mut loaded.flags, dir, shown);
        flag_data::apply_origins(&mut loaded.flags, &analysis.lines, &named);
    } else if let Some(("global" | "dict" | "namespace", name)) = dest.split_once(':')
        && let Some(Value::Map(items)) = analysis.params.get(name)
    {
        loaded.flags = flag_data::for_items(items);
        let dir = file.parent().unwrap_or(Path::new("/"));
        flag_data::apply_paths(&mut loaded.flags, dir, shown);
        flag_data::apply_items_origins(&mut loaded.flags, &analysis.lines, &named, name);
    }
    // The flags that the script's own parser declares are looked for elsewhere, where wanted.
    loaded.flags_dest = Some(dest);
    loaded
}

/// Whether the operation's `flags-import` asks for any flag that the program declares.
pub fn wants_flags(op: &OpDef) -> bool {
    match op.other.get("flags-import") {
        Some(Value::Bool(wanted)) => *wanted,
        Some(Value::List(names)) => !names.is_empty(),
        None | Some(Value::Null) => !op.flags.is_empty(),
        Some(_) => true,
    }
}

/// The script `file` of this `main` as it is run for its flags; `dest` says who parses.
pub fn script(main: &str, file: &Path, search_path: Vec<PathBuf>, dest: String) -> Script {
    let words = shell::split(main);
    let module = module(main);
    let (folder, name) = module.rsplit_once('/').unwrap_or(("", module));
    let folder = (!folder.is_empty()).then(|| {
        let mut tried = search_path.iter().map(|path| path.join(folder));
        tried.find(|path| path.exists()).unwrap_or_else(|| folder.into())
    });
    let package = match file.file_name() {
        Some(main) if main == "__main__.py" => name,
        _ => name.rsplit_once('.').map_or("", |(package, _)| package),
    };
    Script {
        file: file.to_owned(),
        package: package.to_owned(),
        folder,
        search_path,
        base_args: words.into_iter().skip(1).collect(),
        dest,
    }
}

/// `main` of an operation that has none: its name, without what a file name adds.
pub fn implied(name: &str) -> String {
    let ends = name.len().checked_sub(3).filter(|at| name.is_char_boundary(*at));
    let stem =
        ends.filter(|at| name[*at..].eq_ignore_ascii_case(".py")).map_or(name, |at| &name[..at]);
    stem.replace('-', "_")
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

    #[test]
    fn folders_are_written_as_guild_ai_does() {
        let path = [PathBuf::from("/p/"), "/q".into()];
        let shown = |module, file| shown_dir(module, Path::new(file), &path);
        assert_eq!(shown("train", "/p/train.py"), "/p/.");
        assert_eq!(shown("pkg.train", "/q/pkg/train.py"), "/q/./pkg");
        assert_eq!(shown("sub/train", "/p/sub/train.py"), "/p/sub");
    }

    #[test]
    fn flags_are_found_where_they_are_globals() {
        let analysis = analyse("rate = 0.1\nname = 'x'\n").unwrap();
        let file = Path::new("/p/train.py");
        let op = OpDef::default();
        let found = loaded("train --deep", &op, Some(&analysis), file, Path::new("/p"), "/p/.");
        assert_eq!(found.exec, "${python_exe} -um guild.op_main train --deep -- ${flag_args}");
        assert_eq!(found.flags["name"].origin.as_deref(), Some("train.py:2, global"));
        assert_eq!(found.flags.keys().collect::<Vec<_>>(), ["rate", "name"]);
        assert_eq!(found.flags_dest.as_deref(), Some("globals"));
        let op = OpDef { flags_dest: Some("args".into()), ..op };
        let found = loaded("train", &op, Some(&analysis), file, Path::new("/p"), "/p/.");
        assert!(found.flags.is_empty() && !found.allow_other_flags);
    }
}
