//! Which files of a run are listed, and in which order.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use guild_store::{PathError, Run, manifest, paths};

use super::natural;
use super::path_filter::PathFilter;

/// What to list.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// A path or a pattern for paths in the run; none for all.
    pub path: Option<String>,
    /// Also names that start with a dot.
    pub all: bool,
    /// Also what is below links to folders.
    pub follow_links: bool,
    /// Files of these kinds only; none of them for everything, folders too.
    pub kinds: Kinds,
}

/// Kinds of files, told by the run's manifest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds {
    /// Source code.
    pub sourcecode: bool,
    /// Files of dependencies.
    pub dependencies: bool,
    /// What the manifest does not name: made by the run.
    pub generated: bool,
}

impl Kinds {
    fn any(self) -> bool {
        self.sourcecode || self.dependencies || self.generated
    }

    /// Whether files with this letter in the manifest are wanted; `g` for those not in it.
    fn has(self, letter: &str) -> bool {
        match letter {
            "s" => self.sourcecode,
            "d" => self.dependencies,
            "g" => self.generated,
            _ => false,
        }
    }
}

/// A file or folder of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The path in the run's folder.
    pub path: String,
    /// Whether it is a folder, or a link to one.
    pub is_dir: bool,
}

/// The files and folders of a run that `options` ask for, in natural order.
///
/// What a run's process keeps from being read is left out, as is what vanishes meanwhile.
pub fn list(run: &Run, options: &Options) -> Result<Vec<Listed>, PathError> {
    let filter = PathFilter::new(options.path.as_deref());
    let found = match options.kinds.any() {
        false => {
            let all = options.all;
            let visit = |path: &str| {
                let matches = filter.matches(path, all);
                (matches, matches || filter.enters(path, all))
            };
            walk(run.dir(), options.follow_links, visit)
        }
        true => {
            let index = Index::of(run, options.follow_links)?;
            let visit = |path: &str| {
                let kind = index.kind(run, path);
                let matches = kind.is_some_and(|k| options.kinds.has(k));
                (matches && filter.matches(path, true), matches || index.holds(path))
            };
            walk(run.dir(), options.follow_links, visit)
        }
    };
    let mut found = found;
    found.sort_by(|a, b| natural::compare(&a.path, &b.path));
    Ok(found)
}

/// What the manifest says of each file in the run's folder.
struct Index {
    kinds: HashMap<String, String>,
    folders: HashSet<PathBuf>,
}

impl Index {
    fn of(run: &Run, follow_links: bool) -> Result<Index, PathError> {
        let entries = manifest::read(run)?.unwrap_or_default().entries;
        let named: HashMap<PathBuf, &str> = entries
            .iter()
            .filter_map(|e| {
                Some((paths::relative(&Path::new("/").join(e.dest()?), Path::new("/")), e.kind()))
            })
            .collect();
        let mut index = Index { kinds: HashMap::new(), folders: HashSet::new() };
        for file in walk(run.dir(), follow_links, |_| (true, true)) {
            let path = Path::new(&file.path);
            let kind = match named.get(path) {
                Some(kind) => *kind,
                None if file.is_dir || path.starts_with(".guild") => continue,
                // A file of a folder that is a dependency as a whole.
                None => path.ancestors().find_map(|p| named.get(p)).copied().unwrap_or("g"),
            };
            index.kinds.insert(file.path.clone(), kind.to_string());
            index.folders.extend(path.ancestors().skip(1).map(PathBuf::from));
        }
        Ok(index)
    }

    fn kind(&self, run: &Run, path: &str) -> Option<&str> {
        match self.kinds.get(path) {
            Some(kind) => Some(kind),
            None if Path::new(path).starts_with(".guild") || run.dir().join(path).is_dir() => None,
            None => Some("g"),
        }
    }

    fn holds(&self, dir: &str) -> bool {
        self.folders.contains(Path::new(dir))
    }
}

/// What is below `root` and wanted. `visit` is told a path and says whether it is, and for a
/// folder whether to go into it. A link that leads to a folder that it is in is not followed.
fn walk(root: &Path, follow_links: bool, visit: impl Fn(&str) -> (bool, bool)) -> Vec<Listed> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_path_buf(), String::new())];
    while let Some((dir, prefix)) = folders.pop() {
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let full = entry.path();
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let is_dir = full.is_dir();
            let (wanted, enter) = visit(&path);
            let is_link = entry.file_type().is_ok_and(|t| t.is_symlink());
            if is_dir && enter && (!is_link || follow_links && !leads_up(&full)) {
                folders.push((full, format!("{path}/")));
            }
            if wanted {
                found.push(Listed { path, is_dir });
            }
        }
    }
    found
}

/// Whether a link leads to a folder that it is in.
fn leads_up(link: &Path) -> bool {
    let parent = link.parent().and_then(|p| p.canonicalize().ok());
    match (parent, link.canonicalize()) {
        (Some(parent), Ok(target)) => parent.starts_with(target),
        _ => true,
    }
}
