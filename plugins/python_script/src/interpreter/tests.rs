use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

struct Box {
    _dir: tempfile::TempDir,
    root: PathBuf,
    around: Surroundings,
}

/// An empty box with `usr/bin/python3` and `usr/bin/python` on the search path.
fn start() -> Box {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap();
    let cwd = root.join("proj");
    std::fs::create_dir(&cwd).unwrap();
    let around = Surroundings { cwd: cwd.clone(), project_dir: cwd, ..Surroundings::default() };
    let mut b = Box { _dir: dir, root, around };
    b.program("usr/bin/python3");
    b.program("usr/bin/python");
    b.set("PATH", "usr/bin");
    b.set("HOME", "home");
    b
}

impl Box {
    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    fn file(&self, path: &str, text: &str) {
        std::fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        std::fs::write(self.at(path), text).unwrap();
    }

    fn program(&self, path: &str) {
        self.file(path, "#!/bin/sh\n");
        std::fs::set_permissions(self.at(path), PermissionsExt::from_mode(0o755)).unwrap();
    }

    fn venv(&self, path: &str) {
        self.file(&format!("{path}/pyvenv.cfg"), "");
        self.program(&format!("{path}/bin/python"));
    }

    /// Sets a variable to a path below the box, or several with colons between.
    fn set(&mut self, name: &str, paths: &str) {
        let paths: Vec<_> = paths.split(':').map(|p| self.at(p)).collect();
        self.around.env.insert(name.into(), std::env::join_paths(paths).unwrap());
    }

    fn raw(&mut self, name: &str, value: &str) {
        self.around.env.insert(name.into(), value.into());
    }

    fn found(&self) -> (String, Origin) {
        let found = find(&self.around).unwrap();
        let path = found.path.strip_prefix(&self.root).unwrap().display().to_string();
        (path, found.origin)
    }

    fn error(&self) -> String {
        let root = format!("{}/", self.root.display());
        find(&self.around).unwrap_err().to_string().replace(&root, "")
    }
}

#[test]
fn each_place_goes_before_the_next() {
    let mut b = start();
    assert_eq!(b.found(), ("usr/bin/python3".into(), Origin::SearchPath));
    b.program("env/bin/guild");
    b.program("env/bin/python3");
    b.around.exe = Some(b.at("env/bin/guild"));
    assert_eq!(b.found(), ("env/bin/python3".into(), Origin::BesideGuild));
    b.venv("proj/venv");
    assert_eq!(b.found(), ("proj/venv/bin/python".into(), Origin::ProjectEnv));
    b.venv("proj/.venv");
    assert_eq!(b.found(), ("proj/.venv/bin/python".into(), Origin::ProjectEnv));
    b.venv("active");
    b.set("VIRTUAL_ENV", "active");
    assert_eq!(b.found(), ("active/bin/python".into(), Origin::ActiveEnv("VIRTUAL_ENV")));
    b.program("old/python");
    b.set("GUILD_PYTHON_EXE", "old/python");
    assert_eq!(b.found(), ("old/python".into(), Origin::Variable("GUILD_PYTHON_EXE")));
    b.program("new/python");
    b.raw("GUILD_PYTHON", "../new/python");
    assert_eq!(b.found(), ("new/python".into(), Origin::Variable("GUILD_PYTHON")));
    b.raw("GUILD_PYTHON", "python");
    assert_eq!(b.found(), ("usr/bin/python".into(), Origin::Variable("GUILD_PYTHON")));
    b.raw("GUILD_PYTHON", "");
    assert_eq!(b.found().0, "old/python");
}

#[test]
fn what_was_asked_for_must_work() {
    let mut b = start();
    b.raw("GUILD_PYTHON", "python9");
    assert_eq!(
        b.error(),
        "GUILD_PYTHON is 'python9', which is not a command on PATH: set it to a Python \
         interpreter or unset it"
    );
    b.file("plain", "");
    b.set("GUILD_PYTHON", "plain");
    assert!(b.error().starts_with("GUILD_PYTHON is 'plain', which is not executable: "));
    b.set("GUILD_PYTHON", "usr/bin");
    assert!(b.error().starts_with("GUILD_PYTHON is 'usr/bin', which is not a file: "));
    b.raw("GUILD_PYTHON", "");
    b.file("proj/.venv/pyvenv.cfg", "");
    std::fs::create_dir_all(b.at("proj/.venv/bin")).unwrap();
    symlink("/no/python3.8", b.at("proj/.venv/bin/python")).unwrap();
    assert_eq!(
        b.error(),
        "the virtual environment proj/.venv has no working interpreter (is a link to a file that \
         is gone): create it anew, or set GUILD_PYTHON to the interpreter to use"
    );
}

#[test]
fn nothing_found() {
    let mut b = start();
    b.set("PATH", "proj");
    assert!(b.error().starts_with("cannot find a Python interpreter: install Python 3"));
    b.around.env.remove(OsStr::new("PATH"));
    assert!(b.error().starts_with("cannot find a Python interpreter"));
}

#[test]
fn links_of_an_environment_are_kept() {
    let mut b = start();
    b.file("active/pyvenv.cfg", "");
    std::fs::create_dir(b.at("active/bin")).unwrap();
    symlink(b.at("usr/bin/python3"), b.at("active/bin/python")).unwrap();
    b.set("VIRTUAL_ENV", "active");
    assert_eq!(b.found().0, "active/bin/python");
    // One that is gone is none.
    b.set("VIRTUAL_ENV", "gone");
    assert_eq!(b.found().0, "usr/bin/python3");
}

#[test]
fn of_two_active_environments_the_first_on_the_path() {
    let mut b = start();
    b.venv("venv");
    b.venv("conda");
    b.set("VIRTUAL_ENV", "venv");
    b.set("CONDA_PREFIX", "conda");
    assert_eq!(b.found().0, "venv/bin/python");
    b.set("PATH", "conda/bin:venv/bin:usr/bin");
    assert_eq!(b.found(), ("conda/bin/python".into(), Origin::ActiveEnv("CONDA_PREFIX")));
}

#[test]
fn a_project_environment_may_be_above() {
    let mut b = start();
    b.venv("proj/.venv");
    b.around.project_dir = b.at("proj/a/b");
    std::fs::create_dir_all(b.at("proj/a/b")).unwrap();
    assert_eq!(b.found().0, "usr/bin/python3");
    b.file("proj/pyproject.toml", "");
    assert_eq!(b.found().0, "proj/.venv/bin/python");
    // Not of the home folder, and not beyond the project's root.
    b.set("HOME", "proj");
    assert_eq!(b.found().0, "usr/bin/python3");
    b.set("HOME", "home");
    b.file("proj/a/.git/HEAD", "");
    assert_eq!(b.found().0, "usr/bin/python3");
}

#[test]
fn an_environment_for_guild_alone_has_no_packages_for_scripts() {
    let mut b = start();
    b.program("tool/bin/guild");
    b.program("tool/bin/python3");
    b.file("tool/uv-receipt.toml", "");
    b.around.exe = Some(b.at("tool/bin/guild"));
    assert_eq!(b.found().0, "usr/bin/python3");
}

fn with_pyenv() -> Box {
    let mut b = start();
    b.program("pyenv/shims/python3");
    b.program("pyenv/shims/python");
    for version in ["3.9.1", "3.11.2", "3.11.10", "3.12.0-dev", "2.7.18"] {
        b.program(&format!("pyenv/versions/{version}/bin/python"));
        if version != "2.7.18" {
            b.program(&format!("pyenv/versions/{version}/bin/python3"));
        }
    }
    b.set("PATH", "pyenv/shims:usr/bin");
    b
}

#[test]
fn a_shim_of_pyenv_is_seen_through() {
    let mut b = with_pyenv();
    assert_eq!(b.found().0, "usr/bin/python3");
    b.file("pyenv/version", "2.7.18\n3.9.1\n");
    assert_eq!(b.found().0, "pyenv/versions/3.9.1/bin/python3");
    b.file("proj/.python-version", "# ours\n\n  3.11.2  \r\n");
    b.around.cwd = b.at("proj/deep/er");
    assert_eq!(b.found().0, "pyenv/versions/3.11.2/bin/python3");
    b.raw("PYENV_VERSION", "3.9.1:3.11.2");
    assert_eq!(b.found().0, "pyenv/versions/3.9.1/bin/python3");
    b.raw("PYENV_VERSION", "python-3.11.2");
    assert_eq!(b.found().0, "pyenv/versions/3.11.2/bin/python3");
    b.raw("PYENV_VERSION", "3.11");
    assert_eq!(b.found().0, "pyenv/versions/3.11.10/bin/python3");
    b.raw("PYENV_VERSION", "system");
    assert_eq!(b.found().0, "usr/bin/python3");
    b.raw("PYENV_VERSION", "2.7.18");
    assert_eq!(b.found().0, "usr/bin/python3");
}

#[test]
fn what_is_not_sure_is_left_to_the_shim() {
    let mut b = with_pyenv();
    b.raw("PYENV_VERSION", "3.8.0");
    assert_eq!(b.found().0, "pyenv/shims/python3");
    assert!(find(&b.around).unwrap().is_shim);
    b.raw("PYENV_VERSION", "");
    b.file("proj/.python-version", "../../evil\n");
    assert_eq!(b.found().0, "pyenv/shims/python3");
    // Of another manager.
    b.program("asdf/shims/python3");
    b.set("PATH", "asdf/shims:usr/bin");
    assert_eq!(b.found().0, "asdf/shims/python3");
    assert!(find(&b.around).unwrap().is_shim);
}
