//! Which files of a folder are meant.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use guild_flags::value::{parse_float, repr};
use guild_plugin_api::Value;
use guild_scalars::python_re::Pattern;

use crate::resolve::Surroundings;
use crate::resource::{Select, Take};

/// How deep folders are walked.
const MAX_DEPTH: usize = 200;

/// The files and folders below `root` that `select` means, sorted. `paths` are those there are.
pub(crate) fn selected(
    root: &Path,
    mut paths: Vec<String>,
    select: &[Select],
    around: &dyn Surroundings,
) -> Vec<PathBuf> {
    paths.sort();
    let mut found = BTreeSet::new();
    for Select { pattern, take } in select {
        let compiled = match Pattern::new(&format!("{pattern}$")) {
            Ok(compiled) => compiled,
            Err(e) => {
                let pattern = repr(pattern);
                around.error(&format!("error compiling regular expression {pattern}: {e}"));
                continue;
            }
        };
        let matches = paths.iter().filter_map(|path| Some((path, compiled.matches_start(path)?)));
        if *take == Take::All {
            found.extend(matches.map(|(path, _)| path.clone()));
            continue;
        }
        let mut best: Option<(f64, &String)> = None;
        for (path, groups) in matches {
            let Some(Some(group)) = groups.get(1) else { continue };
            let Some(number) = parse_float(&path[group.clone()]) else { continue };
            let better = best.is_none_or(|(held, _)| match take {
                Take::Least => number < held,
                _ => number > held,
            });
            if better {
                best = Some((number, path));
            }
        }
        found.extend(best.map(|(_, path)| path.clone()));
    }
    found.iter().map(|path| root.join(path)).collect()
}

/// All files and folders below `dir`, links not followed, as paths with `/`. What cannot be read,
/// or has a name that is not UTF-8, is left out.
pub(crate) fn below(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    walk(dir, "", 0, &mut found);
    found
}

fn walk(dir: &Path, prefix: &str, depth: usize, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}{name}");
        if entry.file_type().is_ok_and(|t| t.is_dir()) && depth < MAX_DEPTH {
            walk(&entry.path(), &format!("{path}/"), depth + 1, found);
        }
        found.push(path);
    }
}

/// What is directly in `dir`, sorted, without what Guild keeps for itself.
pub(crate) fn children(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let names: io::Result<Vec<_>> = fs::read_dir(dir)?.map(|e| Ok(e?.file_name())).collect();
    let mut names = names?;
    names.retain(|name| !name.as_encoded_bytes().starts_with(b".guild"));
    names.sort();
    Ok(names.into_iter().map(|name| dir.join(name)).collect())
}

/// A value as a text for a pattern or a path.
pub(crate) fn as_text(value: &Value) -> String {
    guild_flags::value::text(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::tests::Told;

    fn chosen(pattern: &str, take: Take) -> Vec<String> {
        let paths = ["b.txt", "a.txt", "d/c.txt", "e-2.ckpt", "e-10.ckpt", "e-x.ckpt", "d"];
        let select = [Select { pattern: pattern.into(), take }];
        let paths = paths.map(String::from).to_vec();
        let found = selected(Path::new("/r"), paths, &select, &Told::default());
        found.iter().map(|p| p.strip_prefix("/r").unwrap().display().to_string()).collect()
    }

    #[test]
    fn patterns_are_for_the_whole_path() {
        assert_eq!(chosen(r".+\.txt", Take::All), ["a.txt", "b.txt", "d/c.txt"]);
        assert_eq!(chosen("d", Take::All), ["d"]);
        assert_eq!(chosen("txt", Take::All), Vec::<String>::new());
        assert_eq!(chosen(r"e-(.+)\.ckpt", Take::Greatest), ["e-10.ckpt"]);
        assert_eq!(chosen(r"e-(.+)\.ckpt", Take::Least), ["e-2.ckpt"]);
        assert_eq!(chosen("e-.*", Take::Least), Vec::<String>::new());
        assert_eq!(chosen("(", Take::All), Vec::<String>::new());
    }

    #[test]
    fn folders_are_walked_and_links_are_not() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("a/b")).unwrap();
        fs::write(dir.path().join("a/b/ä c.txt"), "").unwrap();
        std::os::unix::fs::symlink("..", dir.path().join("a/loop")).unwrap();
        let mut found = below(dir.path());
        found.sort();
        assert_eq!(found, ["a", "a/b", "a/b/ä c.txt", "a/loop"]);
        fs::write(dir.path().join(".guild-nocopy"), "").unwrap();
        assert_eq!(children(dir.path()).unwrap(), [dir.path().join("a")]);
    }
}
