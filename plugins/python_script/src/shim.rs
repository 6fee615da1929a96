//! The Python package `guild` that a script's process imports: kept in this library, laid out in
//! the cache folder when a run needs it.

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use guild_plugin_api::model::Shortcut;

use crate::{process, stamp};

/// The package's files: paths with `/`, all of them in `guild/`.
const FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/package.rs"));

/// The package on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shim {
    /// The folder for `PYTHONPATH`. It holds `guild/` and nothing else.
    pub dir: PathBuf,
}

/// The package cannot be laid out. One line for the user, with what to do.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot write {}: {source}: scripts need it; {}", .dir.display(), remedy(source)
)]
pub struct ShimError {
    dir: PathBuf,
    source: io::Error,
}

fn remedy(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room on its disk or choose another GUILD_HOME"
        }
        _ => "make the folder writable or choose another GUILD_HOME",
    }
}

impl Shim {
    /// The package below `cache_dir`, complete: written if it is not there yet, and mended if it
    /// was changed.
    ///
    /// Each content has a folder of its own, so that a run keeps the package that it started with
    /// when guild is replaced. Any number of processes may do this at once.
    ///
    /// # Errors
    ///
    /// [`ShimError`] where the folder cannot be written and does not hold the package already.
    pub fn lay_out(cache_dir: &Path) -> Result<Shim, ShimError> {
        let parts = FILES.iter().flat_map(|(name, bytes)| [name.as_bytes(), *bytes]);
        let above = cache_dir.join("python");
        let dir = above.join(format!("guild-{:016x}", stamp::hash(parts)));
        if !is_complete(&dir) {
            let done = if dir.is_dir() { mend(&dir) } else { lay_out_new(&above, &dir) };
            if let Err(source) = done
                && !is_complete(&dir)
            {
                return Err(ShimError { dir, source });
            }
        }
        Ok(Shim { dir })
    }

    /// Makes byte code of the package for this interpreter, once, where `PYTHONDONTWRITEBYTECODE`
    /// keeps the interpreter from doing so itself: it reads what is there nevertheless, and each
    /// run saves the time to compile. What goes wrong costs that time and nothing else.
    pub fn compile(&self, python: &Path) {
        let mark = self.dir.join(format!(
            "compiled-{:016x}",
            stamp::hash([python.as_os_str().as_encoded_bytes()])
        ));
        if mark.exists() || std::fs::write(&mark, "").is_err() {
            return;
        }
        let files = ["__init__", "op_main", "flags_dest", "rerun"];
        let mut command = Command::new(python);
        command
            .args(["-I", "-S", "-c"])
            .arg("import py_compile, sys\nfor f in sys.argv[1:]: py_compile.compile(f)")
            .args(files.map(|name| self.dir.join(format!("guild/{name}.py"))));
        let _ = process::finish(&mut command, Duration::from_secs(5));
    }

    /// The program that reads a script in place of the parser: see [`crate::ask`].
    pub fn script_info(&self) -> PathBuf {
        self.dir.join("guild/script_info.py")
    }
}

/// Whether every file is there as it should be. Reading them takes a fifth of a millisecond.
fn is_complete(dir: &Path) -> bool {
    FILES.iter().all(|(name, bytes)| std::fs::read(dir.join(name)).is_ok_and(|b| b == *bytes))
}

/// Writes the package aside and moves it into place, so that nobody sees a part of it.
fn lay_out_new(above: &Path, dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(above)?;
    let temp = public(tempfile::Builder::new().prefix(".guild-"), 0o777).tempdir_in(above)?;
    for (name, bytes) in FILES {
        let file = temp.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap_or(temp.path()))?;
        std::fs::write(file, bytes)?;
    }
    // If another process was faster, its package is in the way, and as good.
    std::fs::rename(temp.path(), dir)
}

/// Puts right the files that differ, one by one: the folder may be in use.
fn mend(dir: &Path) -> io::Result<()> {
    for (name, bytes) in FILES {
        let file = dir.join(name);
        if std::fs::read(&file).is_ok_and(|b| b == *bytes) {
            continue;
        }
        let above = file.parent().unwrap_or(dir);
        std::fs::create_dir_all(above)?;
        let mut temp = public(tempfile::Builder::new().prefix("."), 0o666).tempfile_in(above)?;
        temp.write_all(bytes)?;
        temp.persist(&file)?;
    }
    Ok(())
}

/// Leaves it to the umask who may read what is written, as for any other file: a cache may be
/// shared. Temporary files are private otherwise.
fn public<'b>(
    builder: &'b mut tempfile::Builder<'static, 'static>,
    mode: u32,
) -> &'b mut tempfile::Builder<'static, 'static> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(mode));
    }
    let _ = mode;
    builder
}

/// How Python starts a script without `-m`, for which it would import a fifth of its library first.
pub fn shortcut() -> Shortcut {
    let words = |words: [&str; 2]| words.map(String::from).into();
    Shortcut {
        words: words(["-um", "guild.op_main"]),
        by: words(["-uc", "from guild.op_main import main; main()"]),
    }
}

/// `PYTHONPATH` for a run's process: the run's source code, the package, what the user's own
/// `PYTHONPATH` has. Where the operation sets one as well (`existing`), that comes first.
///
/// `sourcecode` is where the run's source code is, relative to its folder (`.`), or the folders
/// to use instead while debugging.
pub fn python_path(
    sourcecode: &[String],
    shim: &Shim,
    os_python_path: Option<&str>,
    existing: Option<&str>,
) -> String {
    let shim = shim.dir.to_string_lossy();
    let users = os_python_path.filter(|p| !p.is_empty()).map(|p| p.split(SEPARATOR));
    let existing = existing.filter(|e| !e.is_empty()).map(|p| p.split(SEPARATOR));
    // A run that is started again brings the path of its first start: ours, or one that leads to
    // Guild AI's own package, which works with the interpreter of its installation only.
    let foreign = |path: &&str| *path != shim && Path::new(path).join("guild/op_main.py").exists();
    let (last, first): (Vec<&str>, Vec<&str>) = existing.into_iter().flatten().partition(foreign);
    let sourcecode = sourcecode.iter().map(String::as_str);
    let all = first.into_iter().chain(sourcecode).chain([&*shim]);
    let mut seen = HashSet::new();
    let paths = all.chain(users.into_iter().flatten()).chain(last);
    paths.filter(|path| seen.insert(path.to_owned())).collect::<Vec<_>>().join(SEPARATOR)
}

const SEPARATOR: &str = if cfg!(windows) { ";" } else { ":" };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_is_whole() {
        let names: Vec<_> = FILES.iter().map(|(name, _)| *name).collect();
        for name in ["guild/__init__.py", "guild/op_main.py", "guild/script_info.py"] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert!(names.iter().all(|n| n.starts_with("guild/") && n.ends_with(".py")));
    }

    #[test]
    fn it_is_written_once_and_mended() {
        let cache = tempfile::tempdir().unwrap();
        let shim = Shim::lay_out(cache.path()).unwrap();
        let file = shim.dir.join("guild/op_main.py");
        let before = std::fs::metadata(&file).unwrap().modified().unwrap();
        assert_eq!(Shim::lay_out(cache.path()).unwrap(), shim);
        assert_eq!(std::fs::metadata(&file).unwrap().modified().unwrap(), before);
        assert!(shim.script_info().is_file());
        std::fs::write(&file, "half").unwrap();
        std::fs::remove_file(shim.dir.join("guild/__init__.py")).unwrap();
        assert_eq!(Shim::lay_out(cache.path()).unwrap(), shim);
        assert!(is_complete(&shim.dir));
        let above = std::fs::read_dir(cache.path().join("python")).unwrap();
        assert_eq!(above.count(), 1);
    }

    #[test]
    fn others_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let cache = tempfile::tempdir().unwrap();
        let shim = Shim::lay_out(cache.path()).unwrap();
        let plain = cache.path().join("plain");
        std::fs::create_dir(&plain).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode();
        assert_eq!(mode(&shim.dir), mode(&plain));
    }

    #[test]
    fn many_at_once() {
        let cache = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            let tasks: Vec<_> =
                (0..16).map(|_| scope.spawn(|| Shim::lay_out(cache.path()))).collect();
            for task in tasks {
                assert!(is_complete(&task.join().unwrap().unwrap().dir));
            }
        });
        assert_eq!(std::fs::read_dir(cache.path().join("python")).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = Shim::lay_out(&file).unwrap_err().to_string();
        assert!(error.contains("file/python/guild-"), "{error}");
        assert!(error.contains("GUILD_HOME"), "{error}");
    }

    #[test]
    fn python_path_in_order_without_repetition() {
        let shim = Shim { dir: "/cache/guild-1".into() };
        let path = |os, existing| python_path(&[".".into()], &shim, os, existing);
        assert_eq!(path(None, None), ".:/cache/guild-1");
        assert_eq!(path(Some("/a:.:/b:/a"), None), ".:/cache/guild-1:/a:/b");
        assert_eq!(path(Some(""), Some("/op")), "/op:.:/cache/guild-1");
    }
}
