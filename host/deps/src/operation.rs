//! Results of another operation: which run they are taken from, and which files.
//!
//! Source: `OperationResolver` in `resolver.py`, `OpRef.for_string` in `opref.py` and
//! `iter_run_files` in `run_manifest.py` of 0.9.0.

use std::collections::{BTreeSet, HashMap};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use guild_flags::value::{is_true, text};
use guild_scalars::python_re::Pattern;
use guild_store::{Run, Status, Store, manifest, paths};

use crate::file::{check_any, files_in};
use crate::resolve::{Context, Place};
use crate::resource::Source;

/// Runs of these are good enough to take files from.
const STATUSES: [Status; 3] = [Status::Completed, Status::Running, Status::Terminated];

/// The files that a required run holds.
pub(crate) fn resolve(
    source: &Source,
    place: &Place,
    cx: &Context,
) -> Result<Vec<PathBuf>, String> {
    let given = place.given(source).map(|v| text(&v)).unwrap_or_default();
    let spec = text(&cx.references(&given, Some(source.resolving_name()))?);
    let folder = paths::absolute(Path::new(&spec), cx.cwd);
    let run = if !spec.is_empty() && folder.is_dir() {
        cx.around.info(&format!("Using run {spec} for {}", source.resolving_name()));
        Run::at(folder)
    } else {
        let spec = Some(spec.as_str()).filter(|s| !s.is_empty());
        let run = find_run(cx.store, source, spec, &STATUSES)?;
        cx.around.info(&format!("Using run {} for {}", run.id(), source.resolving_name()));
        run
    };
    let mut found = files_in(run.dir(), source, cx)?;
    if source.select.is_empty() {
        let made = generated(&run)?;
        found.retain(|path| path.file_name().is_some_and(|name| made.contains(Path::new(name))));
    }
    check_any(&found, source, cx)?;
    Ok(found)
}

/// The run that a source stands for: a marked one, or else the latest, of its operations. `spec` is
/// the start of an id, or a whole one, which counts for a run of any operation and status.
///
/// # Errors
/// There is no such run; the source names no operation.
pub fn find_run(
    store: &Store,
    source: &Source,
    spec: Option<&str>,
    statuses: &[Status],
) -> Result<Run, String> {
    let operations = operations(source)?;
    let none = || {
        let names: Vec<String> = operations.iter().map(ToString::to_string).collect();
        format!("no suitable run for {}", names.join(","))
    };
    if let Some(id) = spec.filter(|s| s.len() == 32) {
        let run = plain_name(id).then(|| store.run(id));
        return run.filter(|run| run.guild_path("opref").is_file()).ok_or_else(none);
    }
    let prefix = spec.unwrap_or_default();
    let suits = |run: &Run| {
        run.id().starts_with(prefix)
            && run.opref().ok().flatten().is_some_and(|o| operations.iter().any(|op| op.is(&o)))
            && statuses.contains(&run.status())
    };
    let runs = store.runs().map_err(|e| e.to_string())?;
    let mut latest = None;
    for run in runs.into_iter().filter(suits) {
        if run.attr("marked").ok().flatten().is_some_and(|m| is_true(&m)) {
            return Ok(run);
        }
        latest.get_or_insert(run);
    }
    latest.ok_or_else(none)
}

fn plain_name(id: &str) -> bool {
    !id.contains('/')
}

/// An operation that a source names: `[[PACKAGE/]MODEL:]OPERATION`, model and operation being
/// regular expressions.
struct Wanted {
    package: Option<String>,
    model: Option<(String, Option<Pattern>)>,
    operation: (String, Option<Pattern>),
}

fn operations(source: &Source) -> Result<Vec<Wanted>, String> {
    source.value.split(',').map(|spec| Wanted::read(spec.trim())).collect()
}

impl Wanted {
    fn read(spec: &str) -> Result<Wanted, String> {
        let invalid = || format!("invalid operation reference '{spec}'");
        let (before, operation) = match spec.rsplit_once(':') {
            Some((before, operation)) => (Some(before), operation),
            None => (None, spec),
        };
        let (package, model) = match before.map(|b| b.split_once('/').ok_or(b)) {
            None => (None, None),
            Some(Ok((package, model))) => (Some(package), Some(model)),
            Some(Err(model)) => (None, Some(model)),
        };
        let parts = [package, model, Some(operation)];
        if operation.contains('/')
            || parts.iter().flatten().any(|part| part.is_empty())
            || model.is_some_and(|m| m.contains(':'))
        {
            return Err(invalid());
        }
        let compiled = |text: &str| {
            let exactly = text == "+";
            let pattern = (!exactly).then(|| Pattern::new(&format!("{text}$")).ok()).flatten();
            (text.to_string(), pattern)
        };
        Ok(Wanted {
            package: package.map(String::from),
            model: model.map(compiled),
            operation: compiled(operation),
        })
    }

    fn is(&self, opref: &guild_store::OpRef) -> bool {
        let matches = |(wanted, pattern): &(String, Option<Pattern>), found: &str| match pattern {
            Some(pattern) => pattern.matches_start(found).is_some(),
            None => wanted == found,
        };
        self.package.as_ref().is_none_or(|p| opref.pkg_type == "package" && opref.pkg_name == *p)
            && self.model.as_ref().is_none_or(|m| matches(m, &opref.model_name))
            && matches(&self.operation, &opref.op_name)
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(package) = &self.package {
            write!(f, "{package}/")?;
        }
        if let Some((model, _)) = &self.model {
            write!(f, "{model}:")?;
        }
        f.write_str(&self.operation.0)
    }
}

/// The names in a run's folder of what its process made, or of what holds such a file.
///
/// `GUILD_LEGACY_OPDEP_SELECT` asks for what earlier versions took: `1` dependencies as well, `2`
/// everything.
fn generated(run: &Run) -> Result<BTreeSet<PathBuf>, String> {
    let legacy = env::var("GUILD_LEGACY_OPDEP_SELECT").unwrap_or_default();
    let entries = manifest::read(run).map_err(|e| e.to_string())?.unwrap_or_default().entries;
    let mut known: HashMap<PathBuf, String> = HashMap::new();
    for entry in &entries {
        if let Some(dest) = entry.dest() {
            let dest = paths::absolute(Path::new(dest), Path::new(""));
            known.insert(dest, entry.kind().to_string());
        }
    }
    let taken = |kind: Option<&String>| match (kind.map(String::as_str), legacy.as_str()) {
        (None, _) | (_, "2") | (Some("d"), "1") => true,
        (Some(_), _) => false,
    };
    let mut names = BTreeSet::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        let dir = run.dir().join(&folder);
        let entries =
            fs::read_dir(&dir).map_err(|e| format!("cannot read {}: {e}", dir.display()))?;
        for entry in entries.flatten() {
            let path = folder.join(entry.file_name());
            let Some(top) = path.components().next().map(|c| PathBuf::from(c.as_os_str())) else {
                continue;
            };
            if top.as_os_str() == ".guild" {
                continue;
            }
            let exactly = known.get(&path);
            let is_folder = entry.file_type().is_ok_and(|t| t.is_dir());
            let counts_as_folder = is_folder || entry.path().is_dir();
            let kind = exactly.or_else(|| path.ancestors().skip(1).find_map(|p| known.get(p)));
            if (exactly.is_some() || !counts_as_folder) && taken(kind) {
                names.insert(top);
            }
            if is_folder {
                folders.push(path);
            }
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_store::OpRef;

    #[test]
    fn operations_and_what_they_match() {
        let opref = |package: &str, model: &str, op: &str| {
            let kind = if package.is_empty() { "guildfile" } else { "package" };
            OpRef::new(kind, package, "", model, op)
        };
        for (spec, opref, want) in [
            ("prep", opref("", "", "prep"), true),
            ("prep", opref("", "m", "prep"), true),
            ("prep", opref("", "", "prepare"), false),
            ("prep.*", opref("", "", "prepare"), true),
            ("m:prep", opref("", "m", "prep"), true),
            ("m:prep", opref("", "n", "prep"), false),
            ("p/m:prep", opref("p", "m", "prep"), true),
            ("p/m:prep", opref("", "m", "prep"), false),
            ("+", opref("", "", "+"), true),
            ("(", opref("", "", "("), true),
        ] {
            let wanted = Wanted::read(spec).unwrap();
            assert_eq!(wanted.is(&opref), want, "{spec}");
            assert_eq!(wanted.to_string(), spec);
        }
        for spec in ["", "a/b", ":a", "a:", "/m:a", "a:b:c"] {
            assert!(Wanted::read(spec).is_err(), "{spec}");
        }
    }
}
