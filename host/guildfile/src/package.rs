//! The package that a Guild file defines.
//!
//! Source: `PackageDef` in `guildfile.py` of 0.9.0.

use std::collections::BTreeMap;
use std::path::Path;

use guild_flags::value::{is_true, text};
use guild_plugin_api::{Map, Value};

use crate::coerce::str_to_list;
use crate::context::invalid;
use crate::error::Error;
use crate::flag::others;
use crate::model::description;

/// What a Guild file says of itself as a package.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Package {
    /// The name.
    pub name: String,
    /// What it is.
    pub description: Option<String>,
    /// The version, `0.0.0` where none is given.
    pub version: String,
    /// Packages that it needs.
    pub requires: Vec<String>,
    /// Everything else that is said of it: `url`, `author`, `author-email`, `license`, `tags`,
    /// `data-files`, `packages` and more.
    pub other: BTreeMap<String, Value>,
}

pub(crate) fn build(name: &str, item: &Map, path: &Path) -> Result<Package, Error> {
    let mut data = item.clone();
    data.remove("package");
    let mut take = |attr: &str| data.remove(attr);
    let requires = take("requires").filter(is_true).unwrap_or_default();
    let requires = str_to_list(requires, "requires").map_err(|m| invalid(path, m))?;
    Ok(Package {
        name: name.into(),
        description: description(take("description").unwrap_or_default()),
        version: take("version").map_or_else(|| "0.0.0".into(), |v| text(&v)),
        requires: requires.iter().map(text).collect(),
        other: others(data),
    })
}
