//! From files to models: reads a file, what it includes, and packages that it extends.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use guild_flags::value::{repr_value, text};
use guild_plugin_api::{Map, Value};

use crate::coerce::Coerce;
use crate::context::{Context, Source, invalid};
use crate::error::{Error, ErrorKind};
use crate::model::{self, Model};
use crate::origin;
use crate::package::{self, Package};
use crate::place::{ITEM_TYPES as TYPES, Step};

/// What a Guild file is called.
pub const NAME: &str = "guild.yml";

/// Reads Guild files for one load.
pub(crate) struct Loader<'a> {
    pub context: &'a Context<'a>,
    packages: RefCell<HashMap<PathBuf, Rc<Source>>>,
}

/// What is in a file.
pub(crate) struct Loaded {
    pub source: Source,
    pub models: Vec<Model>,
    pub package: Option<Package>,
}

impl<'a> Loader<'a> {
    pub fn new(context: &'a Context<'a>) -> Loader<'a> {
        Loader { context, packages: RefCell::default() }
    }

    /// Reads the file at `path`. `included` are the files that include others so far, `seen` the
    /// names on the way here that `extends` gave.
    pub fn file(
        &self,
        path: &Path,
        included: &mut Vec<PathBuf>,
        seen: &[String],
    ) -> Result<Loaded, Error> {
        self.context.in_file(path, || {
            let bytes = std::fs::read(path).map_err(|e| {
                Error::new(ErrorKind::Read, path, format!("cannot read the file: {e}"))
            })?;
            let dir = path.parent().unwrap_or(Path::new(""));
            self.bytes(&bytes, path, dir, included, seen)
        })
    }

    /// Reads `bytes` as what the file at `path` holds.
    pub fn bytes(
        &self,
        bytes: &[u8],
        path: &Path,
        dir: &Path,
        included: &mut Vec<PathBuf>,
        seen: &[String],
    ) -> Result<Loaded, Error> {
        self.context.texts.borrow_mut().add(path, bytes);
        self.context.locating(path, || self.items(bytes, path, dir, included, seen))
    }

    fn items(
        &self,
        bytes: &[u8],
        path: &Path,
        dir: &Path,
        included: &mut Vec<PathBuf>,
        seen: &[String],
    ) -> Result<Loaded, Error> {
        let (data, places) = guild_yaml::decode_with_places(bytes)
            .map_err(|e| Error::syntax(path, &e, &self.context.texts.borrow()))?;
        let parts = Arc::new(places);
        self.context.texts.borrow_mut().parsed(path, parts.clone());
        let mut items = Coerce { context: self.context, path }.file(data)?;
        if !self.context.options.no_lines {
            origin::note(&mut items, &parts, path);
        }
        let (items, places) = self.expand(items, path, dir, included)?;
        let source = Rc::new(Source { path: path.into(), dir: dir.into(), items });
        let (mut models, mut package) = (Vec::<Model>::new(), None);
        for (item, place) in source.items.iter().zip(places) {
            match item_type(item, path)
                .map_err(|e| place.map(Step::Item).into_iter().fold(e, Error::at))?
            {
                ("model", name) if models.iter().any(|m| m.name == name) => {
                    return Err(invalid(path, format!("duplicate model '{name}'"))
                        .at(Step::key("model"))
                        .at(Step::Named(name.into(), 1)));
                }
                ("model", name) => {
                    let model = self.context.within(
                        || Step::Named(name.into(), 0),
                        || model::build(self, name, item, &source, seen),
                    )?;
                    models.push(model);
                }
                ("package", _) if package.is_some() => {
                    // As 0.9.0 spells it.
                    let name = item.get("package").map(text).unwrap_or_default();
                    return Err(invalid(path, "mutiple package definitions")
                        .at(Step::key("package"))
                        .at(Step::Named(name, 0)));
                }
                ("package", name) => {
                    let built = self.context.within(
                        || Step::Named(name.into(), 0),
                        || package::build(name, item, path),
                    );
                    package = Some(built?);
                }
                _ => {}
            }
        }
        // Models keep nothing of it.
        let source = Rc::try_unwrap(source).unwrap_or_else(|shared| Source {
            path: shared.path.clone(),
            dir: shared.dir.clone(),
            items: shared.items.clone(),
        });
        Ok(Loaded { source, models, package })
    }

    /// Replaces each item that includes files by what is in these. Of the others it tells the
    /// places in the file.
    fn expand(
        &self,
        items: Vec<Map>,
        path: &Path,
        dir: &Path,
        included: &mut Vec<PathBuf>,
    ) -> Result<(Vec<Map>, Vec<Option<usize>>), Error> {
        let mut out = Vec::with_capacity(items.len());
        let mut places = Vec::with_capacity(items.len());
        for (at, item) in items.into_iter().enumerate() {
            let Some(includes) = item.get("include") else {
                out.push(item);
                places.push(Some(at));
                continue;
            };
            included.push(path.to_owned());
            for (index, include) in includes.as_list().unwrap_or_default().iter().enumerate() {
                let loaded = self.include(include, path, dir, included).map_err(|e| {
                    let way = [Step::Index(index), Step::key("include"), Step::Item(at)];
                    if e.place.is_some() { e } else { way.into_iter().fold(e, Error::at) }
                })?;
                for item in &loaded.source.items {
                    self.context.spend(path, item)?;
                }
                places.resize(places.len() + loaded.source.items.len(), None);
                out.extend(loaded.source.items);
            }
        }
        Ok((out, places))
    }

    fn include(
        &self,
        include: &Value,
        path: &Path,
        dir: &Path,
        included: &mut Vec<PathBuf>,
    ) -> Result<Loaded, Error> {
        let Value::Str(include) = include else {
            let include = repr_value(include);
            return Err(invalid(path, format!("invalid include {include}: expected a string")));
        };
        let found = self.find_include(include, path, dir)?;
        if included.contains(&found) {
            let names = included.iter().chain([&found]).map(|p| p.display().to_string());
            let chain = names.collect::<Vec<_>>().join(" -> ");
            let message = format!("cycle in 'includes' ({chain})");
            return Err(Error::new(ErrorKind::Cycle, &included[0], message));
        }
        self.file(&found, included, &[])
    }

    fn find_include(&self, include: &str, path: &Path, dir: &Path) -> Result<PathBuf, Error> {
        let local = normal(&dir.join(include));
        if local.exists() {
            return Ok(local);
        }
        let package = |name: &str| self.find_package(name, false);
        package(include).or_else(|| package(&format!("gpkg.{include}"))).ok_or_else(|| {
            let message = format!(
                "cannot find include '{include}' (includes must be local to including Guild file \
                 or a Guild package on the system path)"
            );
            let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
            let files: Vec<String> =
                files.filter_map(|file| file.file_name().into_string().ok()).collect();
            let known = files.iter().filter(|name| name.ends_with(".yml")).map(String::as_str);
            Error::new(ErrorKind::Include, path, message).near(include, known)
        })
    }

    /// The Guild file of a package, whose name may have `-` for `_` if `dashes`.
    pub fn find_package(&self, name: &str, dashes: bool) -> Option<PathBuf> {
        let name = if dashes { name.replace('-', "_") } else { name.into() };
        let below = name.replace('.', "/");
        let folders = self.context.options.package_path.iter();
        folders.map(|folder| folder.join(&below).join(NAME)).find(|path| path.exists())
    }

    /// What is in a package's Guild file, all its models made once to see that they can be.
    pub fn package(&self, path: &Path, seen: &[String]) -> Result<Rc<Source>, Error> {
        let key = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if let Some(known) = self.packages.borrow().get(&key) {
            return Ok(known.clone());
        }
        let source = Rc::new(self.file(path, &mut Vec::new(), seen)?.source);
        self.packages.borrow_mut().insert(key, source.clone());
        Ok(source)
    }
}

/// An absolute path freed of `.` and `..` without looking at the file system.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            part => out.push(part),
        }
    }
    out
}

fn item_type<'a>(item: &'a Map, path: &Path) -> Result<(&'static str, &'a str), Error> {
    let shown = || {
        let mut item = Value::Map(item.clone());
        origin::forget(&mut item);
        repr_value(&item)
    };
    let used: Vec<&'static str> =
        TYPES.into_iter().filter(|name| item.get(name).is_some()).collect();
    let name = match used.as_slice() {
        [] => {
            let types = TYPES.join(", ");
            let message = format!("missing required type (one of: {types}) in {}", shown());
            return Err(invalid(path, message));
        }
        [name] => *name,
        many => {
            let message = format!("multiple types ({}) in {}", many.join(", "), shown());
            return Err(invalid(path, message));
        }
    };
    match item.get(name) {
        Some(Value::Str(value)) => Ok((name, value)),
        other => {
            let other = repr_value(other.unwrap_or(&Value::Null));
            let message = format!("invalid {name} name ${other}: expected a string");
            Err(invalid(path, message))
        }
    }
}
