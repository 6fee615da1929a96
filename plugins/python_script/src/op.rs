//! From a script to an operation.

use std::path::{Path, PathBuf};

use guild_plugin_api::model::{Flags, OpDef};

use crate::flags::import::Script;
use crate::script::Analysis;
use crate::{flag_data, paths, shell};

/// A script, and what its operation is called and belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The script from the root, links not followed: what to read.
    pub file: PathBuf,
    /// The script as messages name it: `./train.py`, `./../sub/train.py`, `/project/train.py`.
    pub shown: String,
    /// The operation's name: the script's file name.
    pub name: String,
    /// The script's folder from the root, links not followed: a run's `opref` holds it.
    pub base_dir: PathBuf,
    /// The project: the folder that both the script and the user are in, links followed.
    pub project_dir: PathBuf,
    /// What `guild.op_main` is to run: the script below the project's folder, without `.py`.
    pub module: String,
}

/// Why a script cannot be an operation.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpError {
    /// The path cannot be part of a command or a run's attributes.
    #[error("the path of script {0} is not valid UTF-8: rename the file or its folder")]
    NotUtf8(String),
}

/// Whether `spec`, typed in `cwd`, is a Python script: an existing file with `.py` at its end.
pub fn is_script(spec: &str, cwd: &Path) -> bool {
    spec.ends_with(".py") && cwd.join(spec).is_file()
}

impl Location {
    /// The script that `spec` names in the folder `cwd`.
    ///
    /// `cwd` is where the user works (`-C`), absolute; `process_dir` is the process's own folder,
    /// on which only [`Location::shown`] depends.
    ///
    /// # Errors
    ///
    /// [`OpError::NotUtf8`] where a folder above the script has such a name.
    pub fn of(spec: &str, cwd: &Path, process_dir: &Path) -> Result<Location, OpError> {
        let text = |path: &Path| match path.to_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(OpError::NotUtf8(path.display().to_string())),
        };
        let real = paths::real(cwd, Path::new(spec));
        let project_dir = project_dir(&real, &paths::real(Path::new("/"), cwd));
        let below = text(real.strip_prefix(&project_dir).unwrap_or(&real))?;
        let file = paths::absolute(cwd, Path::new(spec));
        let base_dir = paths::absolute(cwd, Path::new(paths::parent(spec)));
        text(&base_dir)?;
        text(&project_dir)?;
        let shown_cwd = match cwd.strip_prefix(process_dir) {
            Ok(rest) if rest.as_os_str().is_empty() => ".".to_owned(),
            Ok(rest) => text(rest)?,
            Err(_) => text(cwd)?,
        };
        Ok(Location {
            shown: paths::join(&shown_cwd, spec),
            name: spec.rsplit('/').next().unwrap_or_default().to_owned(),
            module: without_extension(&below).to_owned(),
            file,
            base_dir,
            project_dir,
        })
    }
}

/// The project of a script: the folder that the user works in when the script is in it, else the
/// script's own. Guild AI 0.9.0 takes the folder above both, whose whole content it then walks.
/// Nobody's project is the whole disk or all that a user has.
fn project_dir(script: &Path, cwd: &Path) -> PathBuf {
    let own = script.parent().unwrap_or(script);
    let everything = cwd.parent().is_none() || std::env::home_dir().is_some_and(|home| home == cwd);
    if script.starts_with(cwd) && !everything { cwd.to_owned() } else { own.to_owned() }
}

/// `sub/train` for `sub/train.py`. A file that is called `.py` or that a link leads to may have no
/// extension.
fn without_extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    match name.trim_start_matches('.').rfind('.') {
        Some(_) => &path[..path.rfind('.').unwrap_or(path.len())],
        None => path,
    }
}

/// The operation that runs a script. No `analysis` means that the script could not be read: it
/// has no flags then, and running it will show what is wrong.
///
/// The flags of a script that parses its arguments itself are not looked for here, and so are open.
pub fn op_def(location: &Location, analysis: Option<&Analysis>) -> OpDef {
    let dest = analysis.map(flags_dest);
    let mut flags = Flags::new();
    if let (Some(analysis), Some("globals")) = (analysis, dest) {
        flags = flag_data::for_globals(&analysis.params);
        let dir = location.file.parent().unwrap_or(Path::new("/"));
        flag_data::apply_paths(&mut flags, dir, paths::parent(&location.shown));
        let named = location.shown.strip_prefix("./").unwrap_or(&location.shown);
        flag_data::apply_origins(&mut flags, &analysis.lines, named);
    }
    OpDef {
        exec: Some(exec(&location.module)),
        flags,
        flags_dest: dest.map(str::to_owned),
        plugins: Some(Vec::new()),
        allow_other_flags: dest.is_some_and(|dest| dest.starts_with("args")),
        ..OpDef::default()
    }
}

/// The script as it is run for its flags; `dest` says who parses.
pub fn script(location: &Location, dest: String) -> Script {
    let folder = location.module.rsplit_once('/').map(|(f, _)| location.project_dir.join(f));
    let name = location.module.rsplit('/').next().unwrap_or_default();
    Script {
        file: location.file.clone(),
        package: name.rsplit_once('.').map(|(p, _)| p.to_owned()).unwrap_or_default(),
        folder,
        search_path: vec![location.project_dir.clone()],
        base_args: Vec::new(),
        dest,
    }
}

fn exec(module: &str) -> String {
    format!("${{python_exe}} -um guild.op_main {} ${{flag_args}}", shell::quote(module))
}

/// How flags reach a script: through its arguments when it parses them, else as globals.
pub fn flags_dest(analysis: &Analysis) -> &'static str {
    if analysis.imports("argparse") {
        "args"
    } else if analysis.imports("click") {
        "args:click"
    } else {
        "globals"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script;

    fn project() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("sub/deep")).unwrap();
        std::fs::create_dir(root.join("other")).unwrap();
        for file in ["train.py", "sub/train.py", "sub/with space.py", "sub/a.b.py"] {
            std::fs::write(root.join(file), "").unwrap();
        }
        std::os::unix::fs::symlink("sub/train.py", root.join("link.py")).unwrap();
        std::os::unix::fs::symlink("sub", root.join("linked")).unwrap();
        (dir, root)
    }

    #[test]
    fn modules_and_folders_as_guild_ai_has_them() {
        let (_keep, root) = project();
        for (cwd, spec, shown, project, module) in [
            ("", "train.py", "./train.py", "", "train"),
            ("", "./sub/train.py", "././sub/train.py", "", "sub/train"),
            ("", "sub/a.b.py", "./sub/a.b.py", "", "sub/a.b"),
            ("", "link.py", "./link.py", "", "sub/train"),
            ("", "linked/train.py", "./linked/train.py", "", "sub/train"),
            ("sub", "../train.py", "./../train.py", "", "train"),
            ("other", "../sub/train.py", "./../sub/train.py", "sub", "train"),
            ("sub/deep", "../train.py", "./../train.py", "sub", "train"),
        ] {
            let cwd = root.join(cwd);
            let at = Location::of(spec, &cwd, &cwd).unwrap();
            assert_eq!(at.shown, shown, "{spec}");
            assert_eq!(at.project_dir, root.join(project).components().collect::<PathBuf>());
            assert_eq!(at.module, module, "{spec}");
        }
        let at = Location::of("../linked/train.py", &root.join("other"), &root).unwrap();
        assert_eq!(at.base_dir, root.join("linked"));
        assert_eq!(at.file, root.join("linked/train.py"));
        assert_eq!(at.shown, "other/../linked/train.py");
        assert_eq!(at.name, "train.py");
        let whole = root.join("sub/train.py");
        let at = Location::of(whole.to_str().unwrap(), &root, &root).unwrap();
        assert_eq!(at.shown, whole.to_str().unwrap());
    }

    #[test]
    fn odd_names_are_quoted() {
        let (_keep, root) = project();
        let at = Location::of("sub/with space.py", &root, &root).unwrap();
        let exec = "${python_exe} -um guild.op_main 'sub/with space' ${flag_args}";
        assert_eq!(op_def(&at, None).exec.as_deref(), Some(exec));
    }

    #[test]
    fn is_script_wants_a_file() {
        let (_keep, root) = project();
        assert!(is_script("sub/train.py", &root));
        assert!(!is_script("sub", &root) && !is_script("no.py", &root));
        std::fs::create_dir(root.join("dir.py")).unwrap();
        assert!(!is_script("dir.py", &root));
    }

    /// Without what the seed does not have and is not set.
    fn as_seed(op: &OpDef) -> serde_json::Value {
        let mut json = serde_json::to_value(op).unwrap();
        let seed =
            ["exec", "flags", "flags-dest", "objective", "output-scalars", "plugins", "sourcecode"];
        let is_empty = |v: &serde_json::Value| {
            v.is_null()
                || v.as_array().is_some_and(Vec::is_empty)
                || v.as_object().is_some_and(serde_json::Map::is_empty)
        };
        json.as_object_mut().unwrap().retain(|k, v| seed.contains(&k.as_str()) || !is_empty(v));
        json
    }

    #[test]
    fn the_scripts_of_the_seed() {
        let (_keep, root) = project();
        let at = Location::of("train.py", &root, &root).unwrap();
        let analysis = script::analyse(
            "import time\nlayers = 32\nlayers = 4\nname = 'foo'\nnoise = 3\nskip_connections = True\n",
        )
        .unwrap();
        let mut op = op_def(&at, Some(&analysis));
        // Where a flag was found is ours.
        let origins: Vec<_> = op.flags.values_mut().filter_map(|f| f.origin.take()).collect();
        let lines = [2, 4, 5, 6].map(|line| format!("train.py:{line}, global"));
        assert_eq!(origins, lines);
        assert_eq!(
            as_seed(&op),
            serde_json::json!({
                "exec": "${python_exe} -um guild.op_main train ${flag_args}",
                "flags": {
                    "layers": {"arg-split": null, "default": 32, "type": "number"},
                    "name": {"arg-split": null, "default": "foo", "type": "string"},
                    "noise": {"arg-split": null, "default": 3, "type": "number"},
                    "skip_connections": {"arg-split": null, "default": true, "type": "boolean"},
                },
                "flags-dest": "globals",
                "objective": null,
                "output-scalars": null,
                "plugins": [],
                "sourcecode": null,
            })
        );
        let empty = op_def(&at, Some(&Analysis::default()));
        assert_eq!((empty.flags.len(), empty.flags_dest.as_deref()), (0, Some("globals")));
    }

    #[test]
    fn scripts_that_parse_arguments_take_any_flag() {
        let (_keep, root) = project();
        let at = Location::of("train.py", &root, &root).unwrap();
        let op = |text: &str| op_def(&at, Some(&script::analyse(text).unwrap()));
        for (text, dest) in [
            ("x = 1\ndef main():\n    import argparse", "args"),
            ("x = 1\nimport click", "args:click"),
            ("import click, argparse", "args"),
            ("from argparse import ArgumentParser", "args"),
        ] {
            let op = op(text);
            assert_eq!(op.flags_dest.as_deref(), Some(dest));
            assert!(op.flags.is_empty());
            assert!(op.allow_other_flags);
        }
        assert!(op("x = 1\nimport argparse_extra").other.is_empty());
        let unread = op_def(&at, None);
        assert_eq!(unread.flags_dest, None);
        assert!(unread.other.is_empty());
    }
}
