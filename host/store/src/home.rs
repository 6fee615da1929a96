//! Where the Guild home is: the folder that holds `runs`, `trash` and `cache`.
//!
//! The first of these that applies (Guild AI 0.9.0, `guild/config.py`):
//!
//! 1. `-H PATH`, then `GUILD_HOME`;
//! 2. `.guild` in the activated environment (`CONDA_PREFIX`, else `VIRTUAL_ENV`), when it exists;
//! 3. the nearest `.guild` from the current directory upwards, not beyond the user's home;
//! 4. `~/.guild`.
//!
//! With the scheme `pre-0.9` it is, instead of 2 to 4, `.guild` in the activated environment or in
//! the user's home, existing or not.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::paths;

/// What [`find`] needs to know of the process it runs in.
#[derive(Clone, Debug, Default)]
pub struct Env {
    /// `GUILD_HOME`.
    pub guild_home: Option<OsString>,
    /// `GUILD_HOME_SCHEME`, or else the user configuration's `legacy: guild-home:`, which is for
    /// the caller to fill in.
    pub scheme: Option<String>,
    /// `CONDA_PREFIX`.
    pub conda_prefix: Option<OsString>,
    /// `VIRTUAL_ENV`.
    pub virtual_env: Option<OsString>,
    /// The user's home folder.
    pub user_home: PathBuf,
    /// The process's current directory, from which `-H` and `GUILD_HOME` are taken when relative.
    /// It differs from Guild's own current directory under `-C`.
    pub process_dir: PathBuf,
}

impl Env {
    /// The environment of this process. Variables that are empty count as not set.
    pub fn of_process() -> Env {
        let var = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
        Env {
            guild_home: var("GUILD_HOME"),
            scheme: var("GUILD_HOME_SCHEME").map(|s| s.to_string_lossy().into_owned()),
            conda_prefix: var("CONDA_PREFIX"),
            virtual_env: var("VIRTUAL_ENV"),
            user_home: user_home(),
            process_dir: std::env::current_dir().unwrap_or_else(|_| PathBuf::from("/")),
        }
    }

    fn activated(&self) -> Option<&Path> {
        let set = |v: &Option<OsString>| v.as_ref().is_some_and(|v| !v.is_empty());
        [&self.conda_prefix, &self.virtual_env]
            .into_iter()
            .find(|v| set(v))
            .and_then(|v| v.as_ref())
            .map(Path::new)
    }

    /// A warning when [`Env::scheme`] is none that exists; [`find`] then goes by the current one.
    pub fn scheme_warning(&self) -> Option<String> {
        let scheme = self.scheme.as_deref().filter(|s| !s.is_empty() && *s != PRE_0_9)?;
        Some(format!(
            "unsupported legacy scheme for 'guild-home': '{scheme}' - using default scheme"
        ))
    }
}

const PRE_0_9: &str = "pre-0.9";

/// The user's home folder: `HOME`, else what the system's user database says, else `/`.
pub fn user_home() -> PathBuf {
    std::env::home_dir().filter(|h| h.is_absolute()).unwrap_or_else(|| PathBuf::from("/"))
}

/// The Guild home for a command with `-H explicit` in the directory `cwd` (absolute).
///
/// The answer is absolute; it need not exist ([`ensure`] creates it).
pub fn find(explicit: Option<&Path>, cwd: &Path, env: &Env) -> PathBuf {
    let given = explicit
        .or(env.guild_home.as_ref().map(Path::new))
        .filter(|path| !path.as_os_str().is_empty());
    if let Some(path) = given {
        return paths::absolute(&paths::expand_user(path, &env.user_home), &env.process_dir);
    }
    if env.scheme.as_deref() == Some(PRE_0_9) {
        return paths::real(&env.activated().unwrap_or(&env.user_home).join(".guild"));
    }
    env.activated()
        .map(|activated| paths::real(&activated.join(".guild")))
        .filter(|home| home.is_dir())
        .or_else(|| upwards(cwd, &env.user_home))
        .unwrap_or_else(|| env.user_home.join(".guild"))
}

fn upwards(cwd: &Path, user_home: &Path) -> Option<PathBuf> {
    let stop = paths::real(user_home);
    for dir in cwd.ancestors() {
        let home = dir.join(".guild");
        if home.is_dir() {
            return Some(home);
        }
        if paths::real(dir) == stop {
            return None;
        }
    }
    None
}

/// Why a Guild home cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// The path, or a part of it, is something else than a folder.
    #[error("Guild home {} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// It is on a file system that is mounted read-only.
    #[error("Guild home {} is on a read-only file system", .0.display())]
    ReadOnly(PathBuf),
    /// The user may not write there.
    #[error("Guild home {} is not writable", .0.display())]
    NotWritable(PathBuf),
    /// Anything else: a full disk, a dangling link.
    #[error("cannot create Guild home {}: {source}", path.display())]
    Create {
        /// The home.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// Makes sure that `home` is a folder in which runs can be written, and creates it when missing.
///
/// For commands that write. Listing needs no home: without one there are no runs.
pub fn ensure(home: &Path) -> Result<(), HomeError> {
    use rustix::fs::Access;

    let named = |e: io::Error| match e.kind() {
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            HomeError::NotADirectory(home.into())
        }
        io::ErrorKind::ReadOnlyFilesystem => HomeError::ReadOnly(home.into()),
        io::ErrorKind::PermissionDenied => HomeError::NotWritable(home.into()),
        _ => HomeError::Create { path: home.into(), source: e },
    };
    fs::create_dir_all(home).map_err(named)?;
    rustix::fs::access(home, Access::WRITE_OK | Access::EXEC_OK).map_err(|e| named(e.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Tree(tempfile::TempDir);

    impl Tree {
        /// A folder with the sub-folders `dirs`.
        fn with(dirs: &[&str]) -> Tree {
            let tree = Tree(tempfile::tempdir().unwrap());
            for dir in dirs {
                fs::create_dir_all(tree.at(dir)).unwrap();
            }
            tree
        }

        fn at(&self, path: &str) -> PathBuf {
            paths::real(self.0.path()).join(path)
        }

        fn env(&self) -> Env {
            Env { user_home: self.at("u"), process_dir: self.at("u"), ..Env::default() }
        }
    }

    #[test]
    fn explicit_then_variable_then_default() {
        let t = Tree::with(&["u"]);
        let mut env = t.env();
        assert_eq!(find(None, &t.at("u"), &env), t.at("u/.guild"));
        env.guild_home = Some("~/h".into());
        assert_eq!(find(None, &t.at("u"), &env), t.at("u/h"));
        assert_eq!(find(Some(Path::new("rel/../x")), &t.at("u"), &env), t.at("u/x"));
        env.guild_home = Some("".into());
        assert_eq!(find(None, &t.at("u"), &env), t.at("u/.guild"));
    }

    #[test]
    fn the_nearest_folder_upwards_wins_but_not_beyond_the_users_home() {
        let t = Tree::with(&["u/p/q", "u/p/.guild", ".guild", "other/x"]);
        assert_eq!(find(None, &t.at("u/p/q"), &t.env()), t.at("u/p/.guild"));
        assert_eq!(find(None, &t.at("u"), &t.env()), t.at("u/.guild"));
        assert_eq!(find(None, &t.at("other/x"), &t.env()), t.at(".guild"));
    }

    #[test]
    fn a_file_named_like_the_home_is_passed_over() {
        let t = Tree::with(&["u/p"]);
        fs::write(t.at("u/p/.guild"), "").unwrap();
        assert_eq!(find(None, &t.at("u/p"), &t.env()), t.at("u/.guild"));
    }

    #[test]
    fn an_activated_environment_counts_when_it_has_a_home() {
        let t = Tree::with(&["u", "venv/.guild", "conda"]);
        let mut env = t.env();
        env.virtual_env = Some(t.at("venv").into());
        assert_eq!(find(None, &t.at("u"), &env), t.at("venv/.guild"));
        env.conda_prefix = Some(t.at("conda").into()); // without one, and it comes first
        assert_eq!(find(None, &t.at("u"), &env), t.at("u/.guild"));
        env.scheme = Some("pre-0.9".into());
        assert_eq!(find(None, &t.at("u"), &env), t.at("conda/.guild"));
        assert_eq!(env.scheme_warning(), None);
        env.scheme = Some("new".into());
        assert!(env.scheme_warning().unwrap().contains("'new'"));
        assert_eq!(find(None, &t.at("u"), &env), t.at("u/.guild"));
    }

    #[test]
    fn ensure_creates_and_tells_a_file() {
        let t = Tree::with(&["u"]);
        ensure(&t.at("u/a/b")).unwrap();
        ensure(&t.at("u/a/b")).unwrap();
        assert!(t.at("u/a/b").is_dir());
        fs::write(t.at("f"), "").unwrap();
        assert!(matches!(ensure(&t.at("f")), Err(HomeError::NotADirectory(_))));
        assert!(matches!(ensure(&t.at("f/x")), Err(HomeError::NotADirectory(_))));
    }

    #[test]
    fn ensure_tells_a_read_only_file_system() {
        // /proc refuses new entries for everybody, root included, but not as EROFS everywhere.
        let e = ensure(Path::new("/proc/guild-home")).unwrap_err();
        assert!(e.to_string().contains("/proc/guild-home"), "{e}");
    }
}
