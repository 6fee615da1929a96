//! `extends`: what a model inherits from models and configs, of its file or of packages.
//!
//! Source: `_extended_data` and its neighbours in `guildfile.py` of 0.9.0. What the model says
//! wins; of several parents the first. Mappings are merged at every depth, lists are not.

use std::rc::Rc;

use guild_flags::value::{is_true, repr_value, text};
use guild_plugin_api::{Map, Value};

use crate::context::{MAX_DEPTH, SearchPath, Source, invalid, limit};
use crate::error::{Error, ErrorKind};
use crate::include::item_name;
use crate::load::Loader;
use crate::params;
use crate::place::Step;

const INHERITED: [&str; 9] = [
    "description",
    "extra",
    "flags",
    "operation-defaults",
    "operations",
    "params",
    "references",
    "resources",
    "sourcecode",
];

/// A model's data with all that it inherits, and the files in which it may include from.
pub(crate) struct Extended {
    pub data: Map,
    pub search: SearchPath,
}

/// Extends `item` of `file`. `seen` are the names of parents on the way here.
///
/// # Errors
///
/// Names that stand for nothing; a name that comes up a second time on one way.
pub(crate) fn extend(
    loader: &Loader,
    item: &Map,
    file: &Rc<Source>,
    seen: &[String],
) -> Result<Extended, Error> {
    let (data, parents) = inherit(loader, item, file, seen)?;
    let data = params::resolve(data, loader.context, &file.path)?;
    let mut search = vec![file.clone()];
    for parent in parents {
        // The model's own file is not looked at for this: one in its folder is looked in twice.
        if !search[1..].iter().any(|known| known.dir == parent.dir) {
            search.push(parent);
        }
    }
    Ok(Extended { data, search })
}

fn inherit(
    loader: &Loader,
    item: &Map,
    file: &Rc<Source>,
    seen: &[String],
) -> Result<(Map, SearchPath), Error> {
    loader.context.spend(&file.path, item)?;
    if seen.len() > MAX_DEPTH {
        return Err(limit(&file.path, "'extends' is nested too deep"));
    }
    let context = loader.context;
    let name = || Step::Named(item_name(item).unwrap_or_default().into(), 0);
    // Parents may be in another file.
    context.locating(&file.path, || {
        context.within(name, || {
            context.within(|| Step::key("extends"), || from_parents(loader, item, file, seen))
        })
    })
}

fn from_parents(
    loader: &Loader,
    item: &Map,
    file: &Rc<Source>,
    seen: &[String],
) -> Result<(Map, SearchPath), Error> {
    let mut data = item.clone();
    let mut packages = SearchPath::new();
    let names = match item.get("extends") {
        Some(Value::List(names)) => names.as_slice(),
        Some(other) if is_true(other) => {
            let other = repr_value(other);
            let message = format!("invalid extends value {other}: expected a string or list");
            return Err(invalid(&file.path, message));
        }
        _ => &[],
    };
    for (index, name) in names.iter().enumerate() {
        let (parent, parents_packages) = loader
            .context
            .within(|| Step::Index(index), || parent(loader, text(name), item, file, seen))?;
        packages.extend(parents_packages);
        loader.context.spend(&file.path, &parent)?;
        for (attr, value) in &parent {
            if attr.as_str().is_some_and(|attr| INHERITED.contains(&attr)) {
                inherit_value(attr, value, &mut data);
            }
        }
    }
    Ok((data, packages))
}

/// The parent `name` of `item`, with what it inherits itself.
fn parent(
    loader: &Loader,
    name: String,
    item: &Map,
    file: &Rc<Source>,
    seen: &[String],
) -> Result<(Map, SearchPath), Error> {
    let on_the_way = [seen, std::slice::from_ref(&name)].concat();
    if seen.contains(&name) {
        let message = format!("cycle in 'extends' ({})", on_the_way.join(" -> "));
        return Err(Error::new(ErrorKind::Cycle, &file.path, message));
    }
    let Some((package, model)) = name.split_once('/') else {
        let parent = named(&name, file).ok_or_else(|| {
            let others = names(file).filter(|known| Some(*known) != item_name(item));
            reference(file, format!("undefined model or config '{name}'")).near(&name, others)
        })?;
        return inherit(loader, parent, file, &on_the_way);
    };
    let package_file = package_file(loader, &name, package, model, file, &on_the_way)?;
    let parent = named(model, &package_file).ok_or_else(|| {
        let message = format!("undefined model or config '{model}' in package '{package}'");
        reference(file, message).near(model, names(&package_file))
    })?;
    let (data, mut packages) = inherit(loader, parent, &package_file, &on_the_way)?;
    packages.push(package_file);
    Ok((data, packages))
}

fn package_file(
    loader: &Loader,
    name: &str,
    package: &str,
    model: &str,
    file: &Source,
    seen: &[String],
) -> Result<Rc<Source>, Error> {
    if model.is_empty() {
        let message = format!("invalid model or config reference '{name}': missing model name");
        return Err(reference(file, message));
    }
    let found = loader.find_package(package, true);
    let path = found.ok_or_else(|| {
        reference(file, format!("cannot find Guild file for package '{package}'"))
    })?;
    loader.package(&path, seen)
}

fn named<'a>(name: &str, file: &'a Source) -> Option<&'a Map> {
    file.items.iter().find(|item| item_name(item) == Some(name))
}

fn names(file: &Source) -> impl Iterator<Item = &str> {
    file.items.iter().filter_map(item_name)
}

fn reference(file: &Source, message: String) -> Error {
    Error::new(ErrorKind::Reference, &file.path, message)
}

/// Gives `child` the value unless it has one; where both are mappings, what it lacks of it.
fn inherit_value(name: &Value, value: &Value, child: &mut Map) {
    let Some(old) = child.iter().find(|(k, _)| k == name).map(|(_, v)| v) else {
        child.push(name.clone(), value.clone());
        return;
    };
    let (Value::Map(parent), Value::Map(_)) = (value, old) else { return };
    // Taken out and put back, as a copy at each depth would be dear.
    if let Some(Value::Map(mut merged)) = child.insert(name.clone(), Value::Null) {
        for (name, value) in parent {
            inherit_value(name, value, &mut merged);
        }
        child.insert(name.clone(), merged);
    }
}
