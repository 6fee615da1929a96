//! The modules of the project that a script imports: whether one has to do with parsers.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::import::Script;
use crate::{script, source};

/// What a module that has a part in parsing mentions.
const SIGNS: [&str; 9] = [
    "argparse",
    "ArgumentParser",
    "parse_args",
    "parse_known_args",
    "click",
    "sys.argv",
    "absl",
    "typer",
    "exec(",
];

/// How many names of one import are looked at as modules.
const MOST_NAMES: usize = 40;

/// Whether `module`, imported by the script, is a file of its project that has to do with parsers,
/// or imports one that has. A dot stands before it for each level of a relative import.
pub fn is_involved(module: &str, script: &Script) -> bool {
    let own = script.file.parent().unwrap_or(Path::new("/"));
    let mut roots: Vec<&Path> = script.search_path.iter().map(PathBuf::as_path).collect();
    roots.extend(script.folder.as_deref());
    // Where it is started from: no module of the environment is there, as a rule.
    roots.push(own);
    let mut seen = HashSet::new();
    is_involved_in(module, own, &roots, &mut seen)
}

fn is_involved_in(module: &str, from: &Path, roots: &[&Path], seen: &mut HashSet<PathBuf>) -> bool {
    let name = module.trim_start_matches('.');
    let level = module.len() - name.len();
    let above = from.ancestors().nth(level.saturating_sub(1));
    let relative: Vec<&Path> = above.into_iter().collect();
    let roots_of = if level > 0 { &*relative } else { roots };
    let files = roots_of.iter().flat_map(|root| files(root, name));
    for file in files.collect::<Vec<_>>() {
        if file.is_file() && seen.insert(file.clone()) && is_involved_file(&file, roots, seen) {
            return true;
        }
    }
    false
}

/// The files that importing a module may run: its own, and those of the packages above it.
fn files(root: &Path, module: &str) -> Vec<PathBuf> {
    let mut base = root.to_owned();
    let mut files = Vec::new();
    for part in module.split('.').filter(|part| !part.is_empty()) {
        files.push(base.join(format!("{part}.py")));
        base.push(part);
        files.push(base.join("__init__.py"));
        files.extend(["so", "pyd", "pyc"].map(|end| base.with_extension(end)));
    }
    if module.is_empty() {
        files.push(base.join("__init__.py"));
    }
    files
}

fn is_involved_file(file: &Path, roots: &[&Path], seen: &mut HashSet<PathBuf>) -> bool {
    // What cannot be read may do anything.
    let Ok(text) = source::read(file, "") else { return true };
    if SIGNS.iter().any(|sign| text.contains(sign)) {
        return true;
    }
    let Ok(analysis) = script::analyse(&text) else { return true };
    let from = file.parent().unwrap_or(Path::new("/"));
    // Names that are imported from a module may be modules below it, and the analysis does not
    // keep the dots of relative imports.
    let mut own = roots.to_vec();
    own.extend(from.ancestors().take(3));
    let imports = &analysis.imports;
    let names = imports.iter().enumerate().flat_map(|(i, name)| {
        // A name comes after the module that it is imported from.
        let before = &imports[i.saturating_sub(MOST_NAMES)..i];
        let package = |of: &&String| own.iter().any(|r| r.join(of.replace('.', "/")).is_dir());
        let below = before.iter().filter(package).map(move |of| format!("{of}.{name}"));
        below.chain([name.clone()]).collect::<Vec<_>>()
    });
    let mut all = names.flat_map(|name| [format!(".{name}"), name]).collect::<Vec<_>>().into_iter();
    all.any(|module| is_involved_in(&module, from, &own, seen))
}
