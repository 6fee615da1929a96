//! Which file the running program is, as it was installed.
//!
//! The system gives the file that all links lead to. Installers may put such links between the folder
//! that guild was installed in and the file: `uv pip install --link-mode symlink` leads into uv's
//! cache, where nothing of guild's lies beside it. So what the user called is followed link by link,
//! up to the first one that has guild's own plugins where they belong.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Where guild's own plugins are, from the folder of the program's folder.
pub const PLUGINS: &str = "lib/guild/plugins";

/// More links are a loop.
const MOST_LINKS: usize = 16;

/// The path of the program, absolute.
pub fn path() -> PathBuf {
    let called = || called(&env::args_os().next()?, &env::var_os("PATH").unwrap_or_default());
    let exe = env::current_exe().and_then(|path| path.canonicalize()).ok();
    // A system without /proc does not know.
    let exe = exe.or_else(|| called()?.canonicalize().ok()).unwrap_or_default();
    if has_plugins(&exe) {
        return exe;
    }
    called().and_then(|path| installed(path, &exe)).unwrap_or(exe)
}

fn has_plugins(program: &Path) -> bool {
    program.parent().and_then(Path::parent).is_some_and(|dir| dir.join(PLUGINS).is_dir())
}

/// What a shell has started for `name`, absolute.
fn called(name: &OsStr, search_path: &OsStr) -> Option<PathBuf> {
    let here = env::current_dir().ok()?;
    let name = Path::new(name);
    if name.components().count() > 1 {
        return Some(here.join(name));
    }
    let mut found = env::split_paths(search_path).map(|dir| here.join(dir).join(name));
    found.find(|path| path.is_file())
}

/// The first of the links from `path` to `exe` that has plugins where they belong.
fn installed(mut path: PathBuf, exe: &Path) -> Option<PathBuf> {
    // Whoever called it may have said anything.
    if path.canonicalize().ok()? != exe {
        return None;
    }
    for _ in 0..MOST_LINKS {
        if has_plugins(&path) {
            return Some(path);
        }
        let target = path.read_link().ok()?;
        path = path.parent()?.join(target);
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_up_to_the_one_with_plugins() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().canonicalize().unwrap();
        for folder in ["cache", "env/bin", "env/lib/guild/plugins", "local/bin"] {
            fs::create_dir_all(dir.join(folder)).unwrap();
        }
        let exe = dir.join("cache/guild");
        fs::write(&exe, "").unwrap();
        let (env, local) = (dir.join("env/bin/guild"), dir.join("local/bin/guild"));
        symlink("../../cache/guild", &env).unwrap();
        symlink(&env, &local).unwrap();
        assert_eq!(installed(local.clone(), &exe), Some(env.clone()));
        assert_eq!(installed(env, &exe).unwrap().parent().unwrap(), dir.join("env/bin"));
        // What does not lead to the program says nothing about it.
        fs::write(dir.join("other"), "").unwrap();
        assert_eq!(installed(local, &dir.join("other")), None);
        assert_eq!(installed(exe.clone(), &exe), None);
    }

    #[test]
    fn a_name_is_looked_up_as_a_shell_does() {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("guild");
        fs::write(&program, "").unwrap();
        let path = env::join_paths([Path::new("/nowhere"), dir.path()]).unwrap();
        assert_eq!(called(OsStr::new("guild"), &path), Some(program.clone()));
        assert_eq!(called(program.as_os_str(), OsStr::new("")), Some(program));
        assert_eq!(called(OsStr::new("other"), &path), None);
    }
}
