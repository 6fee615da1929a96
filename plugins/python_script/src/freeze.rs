//! The list of installed packages that a run keeps, without starting `pip`.
//!
//! Guild AI 0.9.0 runs `python -m pip freeze`, which takes 0.4 seconds and more for each run. The
//! lines are made here of the same files, by the same rules: those of pip's `importlib` backend
//! (pip 23 and 24).

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::facts::Facts;
use crate::paths;

mod direct_url;
mod editable;
mod git;
mod metadata;
mod version;

use direct_url::DirectUrl;

/// An installed package.
#[derive(Debug)]
struct Package {
    /// The name as the package spells it.
    name: String,
    /// What follows the name: where it is from, or its version.
    origin: Origin,
}

#[derive(Debug)]
enum Origin {
    /// `name==version`, whole.
    Version(String),
    /// `name @ url`, whole.
    Url(String),
    /// A folder that is worked on, and `name==version`.
    Editable(PathBuf, String),
}

/// The lines of `pip freeze` for an interpreter, sorted by name, case aside.
///
/// `python_path` is the `PYTHONPATH` of the process, relative folders in it relative to `cwd`.
/// As pip does, it leaves out pip itself and, before Python 3.12, what builds packages. What
/// cannot be read is left out.
///
/// Different from pip: packages in zip files are not seen, and an editable package under another
/// version control system than Git is shown by its folder.
pub fn freeze(facts: &Facts, python_path: Option<&OsStr>, cwd: &Path) -> Vec<String> {
    let mut packages = packages(&search_path(facts, python_path, cwd));
    packages.sort_by_key(|p| p.name.to_lowercase());
    let builders = facts.version_info < (3, 12, 0);
    let skipped = |name: &str| match &*canonical(name) {
        "pip" => true,
        "setuptools" | "distribute" | "wheel" => builders,
        _ => false,
    };
    packages.iter().filter(|p| !skipped(&p.name)).flat_map(lines).collect()
}

/// The version of an installed package, by its name in any spelling.
pub fn version(
    facts: &Facts,
    python_path: Option<&OsStr>,
    cwd: &Path,
    name: &str,
) -> Option<String> {
    let found = packages(&search_path(facts, python_path, cwd));
    let package = found.into_iter().find(|p| canonical(&p.name) == canonical(name))?;
    let line = match package.origin {
        Origin::Version(line) | Origin::Editable(_, line) => line,
        Origin::Url(url) => return Some(url),
    };
    Some(line.split_once("==").map_or(line.clone(), |(_, version)| version.into()))
}

fn lines(package: &Package) -> Vec<String> {
    match &package.origin {
        Origin::Version(line) | Origin::Url(line) => vec![line.clone()],
        Origin::Editable(dir, version) => editable::lines(dir, &package.name, version),
    }
}

/// The folders to look into, in the order of Python's search path.
fn search_path(facts: &Facts, python_path: Option<&OsStr>, cwd: &Path) -> Vec<PathBuf> {
    let first = python_path.map(|p| std::env::split_paths(p).collect::<Vec<_>>());
    let first = first.unwrap_or_default().into_iter().filter(|p| !p.as_os_str().is_empty());
    let mut seen = HashSet::new();
    first
        .map(|dir| paths::absolute(cwd, &dir))
        .chain(facts.sys_path.iter().cloned())
        .filter(|dir| seen.insert(dir.clone()))
        .collect()
}

/// The packages in the given folders. Of several with one name, the first counts.
fn packages(folders: &[PathBuf]) -> Vec<Package> {
    let listings: Vec<_> = folders.iter().map(|dir| (dir, Listing::of(dir))).collect();
    let links: BTreeSet<&str> = listings.iter().flat_map(|(_, l)| &l.links).map(|s| &**s).collect();
    let mut found = Found { links, names: HashSet::new(), packages: IndexMap::new() };
    for (dir, listing) in &listings {
        found.infos(dir, listing);
        for egg in &listing.eggs {
            found.egg(&dir.join(egg));
        }
        for link in &listing.links {
            if let Some(target) = link_target(&dir.join(link)) {
                let target = dir.join(target);
                found.infos(&target, &Listing::of(&target));
            }
        }
    }
    found.packages.into_values().collect()
}

/// Names of interest in a folder.
#[derive(Default)]
struct Listing {
    /// `.dist-info` and `.egg-info`, folders or files.
    infos: Vec<String>,
    /// Folders that hold a package and its information.
    eggs: Vec<String>,
    /// Files that lead to a folder that is worked on.
    links: Vec<String>,
}

impl Listing {
    fn of(dir: &Path) -> Listing {
        let mut listing = Listing::default();
        let is_egg = dir.extension() == Some(OsStr::new("egg"));
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let low = name.to_ascii_lowercase();
            if low.ends_with(".dist-info")
                || low.ends_with(".egg-info")
                || is_egg && low == "egg-info"
            {
                listing.infos.push(name);
            } else if name.ends_with(".egg") {
                listing.eggs.push(name);
            } else if name.ends_with(".egg-link") {
                listing.links.push(name);
            }
        }
        listing
    }
}

struct Found<'a> {
    /// The names of all link files on the search path.
    links: BTreeSet<&'a str>,
    names: HashSet<String>,
    /// By canonical name.
    packages: IndexMap<String, Package>,
}

impl Found<'_> {
    fn infos(&mut self, dir: &Path, listing: &Listing) {
        for info in &listing.infos {
            let Some(head) = metadata::read(&dir.join(info)) else { continue };
            let canonical = canonical(&head.name);
            // An interrupted pip leaves `~ackage-1.0.dist-info` behind, with the old name inside.
            if !self.names.insert(canonical.clone()) || !is_name(info.split('-').next()) {
                continue;
            }
            let package = self.package(dir, &dir.join(info), head);
            self.packages.insert(canonical, package);
        }
    }

    fn egg(&mut self, egg: &Path) {
        if let Some(head) = metadata::read(&egg.join("EGG-INFO")) {
            let package = self.package(egg, &egg.join("EGG-INFO"), head);
            self.packages.insert(canonical(&package.name), package);
        }
    }

    fn package(&self, dir: &Path, info: &Path, head: metadata::Head) -> Package {
        let version = match version::normal(&head.version) {
            Some(version) => format!("{}=={version}", head.name),
            None => format!("{}==={}", head.name, head.version),
        };
        let origin = match DirectUrl::read(info) {
            Some(DirectUrl::Editable(dir)) => Origin::Editable(dir, version),
            Some(DirectUrl::Reference(url)) => Origin::Url(format!("{} @ {url}", head.name)),
            None if self.links.contains(&*link_name(&head.name)) => {
                Origin::Editable(dir.to_owned(), version)
            }
            None => Origin::Version(version),
        };
        Package { name: head.name, origin }
    }
}

/// A name with every run of `-`, `_` and `.` as one `-`, in lower case (PEP 503).
fn canonical(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// Whether the first part of an information folder's name can be a package's.
fn is_name(name: Option<&str>) -> bool {
    let name = name.unwrap_or_default();
    let name = name.strip_suffix(".dist-info").or(name.strip_suffix(".egg-info")).unwrap_or(name);
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    edge(name.chars().next())
        && edge(name.chars().next_back())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

/// The name of the file that `setup.py develop` leaves behind for a package.
fn link_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 9);
    for c in name.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || c == '.' => out.push(c),
            _ if out.ends_with('-') => {}
            _ => out.push('-'),
        }
    }
    out + ".egg-link"
}

/// The folder that such a file leads to: its first line with text.
fn link_target(file: &Path) -> Option<PathBuf> {
    let text = std::fs::read_to_string(file).ok()?;
    text.lines().map(str::trim).find(|line| !line.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests;
