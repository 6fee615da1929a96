//! Going through a project in the order of 0.9.0.
//!
//! Source: `guild/file_util.py` of 0.9.0, `copytree`, and Python's `os.walk` with links followed:
//! in each folder first its files in the order of their names, then, folder by folder, what is
//! below.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use crate::select::{Candidate, Select, Selection, Verdict};

/// How many folders are walked that only links lead to. Each loop of links ends by itself, but
/// folders that all link to each other make more ways than anybody can walk, and a link to `/`
/// leads everywhere.
const MAX_LINKED_FOLDERS: usize = if cfg!(test) { 500 } else { 100_000 };

/// Something that was met.
#[derive(Debug)]
pub(crate) enum Met<'a> {
    /// A file, or what looks like one: broken links, pipes and sockets are met like this, too.
    File {
        /// Its path from the root, with `/`.
        path: &'a str,
        /// Where it is.
        full: &'a Path,
        verdict: Verdict,
        /// What the rules found odd about it.
        warning: Option<String>,
        /// Whether the path says all of its name, which may have bytes that are not UTF-8.
        exact: bool,
    },
    /// A folder that the rules leave out.
    PrunedFolder {
        /// Its path from the root, with `/`.
        path: &'a str,
    },
    /// A folder that could not be read.
    UnreadableFolder {
        /// Its path from the root, with `/`.
        path: &'a str,
        full: &'a Path,
        error: std::io::Error,
    },
    /// Links lead to more folders than are walked.
    TooManyLinks,
}

/// Walks `root` and calls `visit` with all that is met.
///
/// Files in `ignore` are left out. Folders that are one of `not_into` are not there at all; so
/// are links to a folder that the walk is in.
pub(crate) fn walk(
    root: &Path,
    select: &Select,
    ignore: &HashSet<String>,
    not_into: &[FolderId],
    visit: &mut dyn FnMut(Met<'_>),
) {
    let mut selection = Selection::new(&select.rules);
    let mut todo = vec![Folder {
        path: String::new(),
        full: root.to_path_buf(),
        depth: 0,
        linked: false,
        exact: true,
    }];
    // The folders on the way to the current one.
    let mut within: Vec<FolderId> = Vec::new();
    let mut linked_folders = 0;

    while let Some(folder) = todo.pop() {
        within.truncate(folder.depth);
        let Some(id) = FolderId::of(&folder.full) else { continue };
        // Without links there are no loops, so only where there are some is the id relied on.
        if not_into.contains(&id) || (folder.linked && within.contains(&id)) {
            continue;
        }
        within.push(id);
        if folder.linked {
            linked_folders += 1;
            if linked_folders > MAX_LINKED_FOLDERS {
                if linked_folders == MAX_LINKED_FOLDERS + 1 {
                    visit(Met::TooManyLinks);
                }
                continue;
            }
        }
        let (folders, files) = match read_folder(&folder.full) {
            Ok(entries) => entries,
            Err(error) => {
                visit(Met::UnreadableFolder { path: &folder.path, full: &folder.full, error });
                continue;
            }
        };

        let mut below = Vec::new();
        for (name, is_link) in folders {
            let (path, exact) = folder.join(&name);
            let full = folder.full.join(&name);
            if selection.prunes(&Candidate::new(&path, &full)) {
                visit(Met::PrunedFolder { path: &path });
                continue;
            }
            below.push(Folder {
                path,
                full,
                depth: folder.depth + 1,
                linked: folder.linked || is_link,
                exact,
            });
        }
        for name in files {
            let (path, exact) = folder.join(&name);
            let full = folder.full.join(&name);
            let candidate = Candidate::new(&path, &full);
            let verdict =
                if ignore.contains(&path) { Verdict::Left } else { selection.file(&candidate) };
            let warning = candidate.into_warning();
            visit(Met::File { path: &path, full: &full, verdict, warning, exact });
        }
        // The last one put there is walked first.
        todo.extend(below.into_iter().rev());
    }
}

/// A folder to walk.
#[derive(Debug)]
struct Folder {
    path: String,
    full: PathBuf,
    depth: usize,
    /// Whether it is a link or there is one on the way to it.
    linked: bool,
    /// Whether the path says all of its name.
    exact: bool,
}

impl Folder {
    /// The path of something in the folder, and whether it says all of its name.
    fn join(&self, name: &OsString) -> (String, bool) {
        let text = name.to_string_lossy();
        let exact = self.exact && name.to_str().is_some();
        let path = match self.path.is_empty() {
            true => text.into_owned(),
            false => format!("{}/{text}", self.path),
        };
        (path, exact)
    }
}

/// The names in a folder, each kind in order: folders with whether they are links, and all else.
#[expect(clippy::type_complexity, reason = "both parts are taken apart at once")]
fn read_folder(path: &Path) -> std::io::Result<(Vec<(OsString, bool)>, Vec<OsString>)> {
    #[cfg(all(test, unix))]
    tests::FOLDERS_READ.with(|read| read.set(read.get() + 1));
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    // What cannot be read of a folder is not there for 0.9.0.
    for entry in fs::read_dir(path)?.flatten() {
        match folder_or_link(&entry) {
            (true, is_link) => folders.push((entry.file_name(), is_link)),
            (false, _) => files.push(entry.file_name()),
        }
    }
    folders.sort();
    files.sort();
    Ok((folders, files))
}

/// Whether it is a folder or a link to one, and whether it is a link.
fn folder_or_link(entry: &DirEntry) -> (bool, bool) {
    match entry.file_type() {
        Ok(kind) if kind.is_symlink() => (entry.path().is_dir(), true),
        Ok(kind) => (kind.is_dir(), false),
        Err(_) => (false, false),
    }
}

/// Tells whether two paths lead to the same folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FolderId(Id);

#[cfg(unix)]
type Id = (u64, u64);
#[cfg(not(unix))]
type Id = PathBuf;

impl FolderId {
    /// None when there is no such folder.
    #[cfg(unix)]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        let meta = fs::metadata(path).ok()?;
        meta.is_dir().then(|| Self((meta.dev(), meta.ino())))
    }

    /// None when there is no such folder.
    #[cfg(not(unix))]
    pub(crate) fn of(path: &Path) -> Option<Self> {
        path.canonicalize().ok().filter(|path| path.is_dir()).map(Self)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::rules::Rule;
    use std::cell::Cell;
    use std::os::unix::fs::symlink;

    thread_local! {
        /// How many folders were read on this thread.
        pub(super) static FOLDERS_READ: Cell<usize> = const { Cell::new(0) };
    }

    fn all_files(root: &Path, rules: Vec<Rule>) -> Vec<String> {
        let mut paths = Vec::new();
        walk(root, &Select::new(rules), &HashSet::new(), &[], &mut |met| {
            if let Met::File { path, .. } = met {
                paths.push(path.to_owned());
            }
        });
        paths
    }

    #[test]
    fn files_come_before_folders_and_in_order() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["b.py", "a/x.py", "a.b/y.py", "Z.py", "a/d/e.py", "é.py"] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        assert_eq!(
            all_files(dir.path(), vec![]),
            ["Z.py", "b.py", "é.py", "a/x.py", "a/d/e.py", "a.b/y.py"]
        );
    }

    #[test]
    fn pruned_folders_are_not_walked() {
        let dir = tempfile::tempdir().unwrap();
        for i in 0..100 {
            fs::create_dir_all(dir.path().join(format!("a/build/{i}"))).unwrap();
        }
        fs::write(dir.path().join("a/build/x"), "").unwrap();
        fs::write(dir.path().join("a/y"), "").unwrap();
        let before = FOLDERS_READ.get();
        assert_eq!(all_files(dir.path(), vec![Rule::exclude_dirs(["build"])]), ["a/y"]);
        assert_eq!(FOLDERS_READ.get() - before, 2, "the root and `a`, none in `build`");
    }

    #[test]
    fn links_are_followed_but_loops_end() {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        fs::create_dir_all(path("a")).unwrap();
        fs::create_dir_all(path("b")).unwrap();
        fs::write(path("a/f"), "").unwrap();
        symlink("..", path("a/up")).unwrap();
        symlink("../a", path("b/to_a")).unwrap();
        symlink("../b", path("a/to_b")).unwrap();
        symlink("self", path("self")).unwrap();
        symlink("none", path("broken")).unwrap();
        assert_eq!(all_files(dir.path(), vec![]), ["broken", "self", "a/f", "b/to_a/f"]);
    }

    #[test]
    fn folders_that_all_link_to_each_other_end() {
        let dir = tempfile::tempdir().unwrap();
        for folder in 0..9 {
            let folder = dir.path().join(folder.to_string());
            fs::create_dir(&folder).unwrap();
            for other in 0..9 {
                symlink(format!("../{other}"), folder.join(format!("to-{other}"))).unwrap();
            }
        }
        let mut told = 0;
        walk(dir.path(), &Select::default(), &HashSet::new(), &[], &mut |met| {
            told += u32::from(matches!(met, Met::TooManyLinks));
        });
        assert_eq!(told, 1);
    }

    #[test]
    fn a_missing_root_is_an_empty_one() {
        assert!(all_files(Path::new("/nonexistent/guild"), vec![]).is_empty());
    }
}
