//! From dependencies to files in a run, its `deps` attribute and its manifest.
//!
//! Source: "Resolve deps" in `op.py`, `resolve_source` in `op_dep.py` and `resolved_source_args`
//! in `run_manifest.py` of 0.9.0.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use guild_flags::command::resolve_references;
use guild_flags::value::repr;
use guild_plugin_api::{Map, Value};
use guild_store::manifest::{Entry, Writer};
use guild_store::{Run, Store, paths};
use indexmap::IndexMap;

use crate::dependency::{Dependency, reference_error};
use crate::resource::Source;
use crate::{download, file, hash, operation, place};

/// Who resolves: told what happens, and asked about kinds of sources that plugins know.
pub trait Surroundings {
    /// A resource is looked at.
    fn note(&self, message: &str);
    /// Something that a user wants to know.
    fn info(&self, message: &str);
    /// A warning.
    fn warn(&self, message: &str);
    /// Something is wrong, and not the end.
    fn error(&self, message: &str);
    /// For whoever runs with `--debug`.
    fn debug(&self, message: &str);
    /// What takes its time now, and how far it has come; none when it is over.
    fn progress(&self, progress: Option<Progress>);
    /// # Errors
    /// The user wants it to end.
    fn interrupted(&self) -> io::Result<()>;
    /// Resolves a source of a kind that this crate does not know; none where nobody does. `value`
    /// is what it says, references resolved, `given` what the user says instead, and `folder` the
    /// one to look in.
    ///
    /// # Errors
    /// Why it cannot be resolved.
    fn resolve(
        &self,
        source: &Source,
        value: &str,
        given: &Value,
        folder: &Path,
    ) -> Option<Result<Found, String>>;
}

/// What takes its time now.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// A download.
    Download {
        /// The file's name.
        name: &'a str,
        /// How much is there, in bytes.
        done: u64,
        /// How much it will be, in bytes, where that is known.
        total: Option<u64>,
    },
    /// Something that does not say how far it has come: `Unpacking data.zip`.
    Busy(fmt::Arguments<'a>),
}

/// Says that something is done with the file at `path`, by its name.
pub(crate) fn busy(around: &dyn Surroundings, verb: &str, path: &Path) {
    let name = path.file_name().unwrap_or(path.as_os_str()).display();
    around.progress(Some(Progress::Busy(format_args!("{verb} {name}"))));
}

/// What a source of a plugin's kind stands for.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Files and folders, absolute.
    pub paths: Vec<PathBuf>,
}

/// The run that dependencies are resolved for.
pub struct Context<'a> {
    /// The run.
    pub run: &'a Run,
    /// All runs, and the home with what is kept of resources.
    pub store: &'a Store,
    /// The folder that the user works in, absolute.
    pub cwd: &'a Path,
    /// The values of the run's flags.
    pub flags: &'a IndexMap<String, Value>,
    /// Whether the run is staged: which runs it takes files from is decided when it starts.
    pub stage: bool,
    /// Whether to go on where a dependency cannot be resolved.
    pub force: bool,
    /// Who resolves.
    pub around: &'a dyn Surroundings,
}

/// Why an operation cannot run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What could not be resolved, and why.
    pub message: String,
    /// What the Guild file says to do about it.
    pub help: Option<String>,
}

/// A source's dependency, and a folder to look from.
pub(crate) struct Place<'a> {
    pub dependency: &'a Dependency,
    pub location: PathBuf,
}

/// Puts what `dependencies` stand for into the run, adds to its manifest and sets its `deps`
/// attribute. What the attribute holds already was resolved when the run was started before: it is
/// left as it is, but for sources that are always resolved.
///
/// # Errors
/// The first dependency that cannot be resolved, unless told to go on.
pub fn resolve(dependencies: &[Dependency], cx: &Context) -> Result<(), Error> {
    let plain = |message: String| Error { message, help: None };
    let mut all = match cx.run.attr("deps") {
        Ok(Some(Value::Map(held))) => held,
        _ => Map::new(),
    };
    for dependency in dependencies {
        let name = dependency.resource.resolving_name();
        let mut held = match all.remove(&name) {
            Some(Value::Map(held)) => held,
            _ => Map::new(),
        };
        let resolved = resolve_one(dependency, &name, &mut held, cx);
        all.insert(name, held);
        match resolved {
            Err(e) if cx.force && cx.around.interrupted().is_ok() => {
                let help = e.help.map(|help| format!("\n{help}")).unwrap_or_default();
                cx.around.warn(&format!("a dependency was not met: {}{help}", e.message));
            }
            other => other?,
        }
    }
    cx.run.set_attr("deps", &Value::Map(all)).map_err(|e| plain(e.to_string()))
}

fn resolve_one(
    dependency: &Dependency,
    name: &str,
    held: &mut Map,
    cx: &Context,
) -> Result<(), Error> {
    cx.around.note(&format!("Resolving {name}"));
    for source in &dependency.resource.sources {
        let source_name = source.resolving_name();
        if !source.always_resolve && held.get(source_name).is_some() {
            cx.around.info(&format!(
                "Skipping resolution of {source_name} because it's already resolved"
            ));
            continue;
        }
        if cx.stage && source.is_operation() {
            cx.around
                .info(&format!("Skipping resolution of {source_name} because it's being staged"));
            continue;
        }
        let resolved = resolve_source(source, dependency, cx);
        cx.around.progress(None);
        match resolved {
            Ok(paths) => {
                held.insert(source_name, entry(source, dependency, &paths, cx));
            }
            Err(e) if source.optional && cx.around.interrupted().is_ok() => {
                cx.around.debug(&e.message);
                cx.around.info(&format!(
                    "Could not resolve {source_name} - skipping because dependency is optional"
                ));
            }
            Err(e) => return Err(e),
        }
    }
    Ok(())
}

/// What the `deps` attribute says about a source.
fn entry(source: &Source, dependency: &Dependency, found: &[PathBuf], cx: &Context) -> Value {
    let seen = |path: &PathBuf| paths::relative(path, cx.run.dir()).display().to_string();
    let found: Vec<String> = found.iter().map(seen).collect();
    let mut entry = Map::from_iter([("uri", Value::from(source.uri.as_str()))]);
    entry.insert("paths", found);
    let names = [source.name.as_deref(), source.flag_name.as_deref(), Some(&source.uri)];
    let mut names = names.into_iter().chain([Some(source.path())]).flatten();
    if let Some(config) = names.find_map(|name| dependency.config.get(name)) {
        entry.insert("config", config.clone());
    }
    entry.into()
}

/// Finds a source's files and puts them into the run. Returns where they were found.
fn resolve_source(
    source: &Source,
    dependency: &Dependency,
    cx: &Context,
) -> Result<Vec<PathBuf>, Error> {
    let fail = |message: String| Error { message, help: source.help.clone() };
    let plain = |message: String| Error { message, help: None };
    let mut last = String::new();
    for folder in [&dependency.location].into_iter().chain(&dependency.parents) {
        cx.around.interrupted().map_err(|e| plain(e.to_string()))?;
        let place = Place { dependency, location: folder.clone() };
        let found = match find(source, &place, cx) {
            Some(Ok(found)) => found,
            Some(Err(e)) => {
                last = e;
                continue;
            }
            None => {
                let name = dependency.resource.resolving_name();
                return Err(plain(format!(
                    "unsupported source '{}' in {name} resource",
                    source.uri
                )));
            }
        };
        for path in &found {
            busy(cx.around, "Adding", path);
            if let Some(target) =
                place::put(path, folder, source, &dependency.resource, cx).map_err(plain)?
            {
                let written = Writer::append(cx.run)
                    .and_then(|mut w| w.write(&manifest_entry(path, &target, folder, source, cx)));
                written.map_err(|e| plain(e.to_string()))?;
            }
        }
        return Ok(found);
    }
    Err(fail(format!(
        "could not resolve '{}' in {} resource: {last}",
        source.resolving_name(),
        dependency.resource.resolving_name()
    )))
}

/// The files of a source; none when nobody knows its kind.
fn find(source: &Source, place: &Place, cx: &Context) -> Option<Result<Vec<PathBuf>, String>> {
    match source.scheme() {
        "file" => Some(file::resolve(source, place, cx)),
        "http" | "https" => Some(download::resolve(source, place, cx)),
        "operation" => Some(operation::resolve(source, place, cx)),
        _ => {
            let value = match cx.references(source.path(), Some(source.resolving_name())) {
                Ok(value) => guild_flags::value::text(&value),
                Err(e) => return Some(Err(e)),
            };
            let given = place.given(source).unwrap_or_default();
            let found = cx.around.resolve(source, &value, &given, &place.location)?;
            Some(found.map(|found| found.paths))
        }
    }
}

/// The line of the manifest. Files of the project are named as such; what is kept among the cached
/// resources has its place in the archive as well.
fn manifest_entry(
    path: &Path,
    target: &Path,
    origin: &Path,
    source: &Source,
    cx: &Context,
) -> Entry {
    let dest = paths::relative(target, cx.run.dir()).display().to_string();
    let sha1 = target.is_file().then(|| hash::sha1(target, cx.around).ok()).flatten();
    if origin.is_absolute() && path.starts_with(origin) {
        let local = format!("file:{}", paths::relative(path, origin).display());
        return Entry::dependency(&dest, sha1.as_deref(), &[&local]);
    }
    let uri = match source.scheme() {
        "file" => format!("file:{}", source.path()),
        _ => source.uri.clone(),
    };
    let cached = path.strip_prefix(cx.store.cache_dir("resources")).ok();
    let within = cached.map(|p| p.components().skip(1).collect::<PathBuf>().display().to_string());
    match within {
        Some(within) => Entry::dependency(&dest, sha1.as_deref(), &[&uri, &within]),
        None => Entry::dependency(&dest, sha1.as_deref(), &[&uri]),
    }
}

impl Context<'_> {
    /// A text with its references to flags resolved.
    pub(crate) fn references(&self, text: &str, what: Option<&str>) -> Result<Value, String> {
        resolve_references(text, &|name| self.flags.get(name)).map_err(|e| {
            let within = what.map(|what| format!(" in {what}")).unwrap_or_default();
            format!("cannot resolve {}{within}: {}", repr(text), reference_error(&e))
        })
    }

    /// Where files are kept that were made of the thing that `parts` name.
    pub(crate) fn cache_dir(&self, parts: &[&str]) -> PathBuf {
        cache_dir(self.store, parts)
    }
}

/// Where files are kept in a home that were made of the thing that `parts` name.
pub(crate) fn cache_dir(store: &Store, parts: &[&str]) -> PathBuf {
    store.cache_dir("resources").join(hash::sha224(&parts.join("\n")))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Keeps what it is told.
    #[derive(Debug, Default)]
    pub(crate) struct Told(pub RefCell<Vec<String>>);

    impl Told {
        fn push(&self, level: &str, message: &str) {
            self.0.borrow_mut().push(format!("{level}{message}"));
        }
    }

    impl Surroundings for Told {
        fn note(&self, message: &str) {
            self.push("", message);
        }
        fn info(&self, message: &str) {
            self.push("", message);
        }
        fn warn(&self, message: &str) {
            self.push("WARNING: ", message);
        }
        fn error(&self, message: &str) {
            self.push("ERROR: ", message);
        }
        fn debug(&self, _: &str) {}
        fn progress(&self, _: Option<Progress>) {}
        fn interrupted(&self) -> io::Result<()> {
            Ok(())
        }
        fn resolve(
            &self,
            _: &Source,
            _: &str,
            _: &Value,
            _: &Path,
        ) -> Option<Result<Found, String>> {
            None
        }
    }
}
