//! The flags of scripts that use a library which Guild AI 0.9.0 knows nothing of.

use std::path::Path;

use super::module::Module;
use super::{Declared, absl, hf, typer};
use crate::script::{Analysis, Tree};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The flags.
    pub flags: Vec<Declared>,
    /// Whether the script takes others as well.
    pub open: bool,
}

/// Where flags are looked for.
pub(super) struct Place {
    /// The script.
    pub file: String,
    /// Whether the script imports modules of its project that have to do with parsers.
    pub imports_involved: bool,
}

/// The libraries: what a script imports that uses one, and its name.
const LIBRARIES: [(&str, &str); 3] =
    [("typer", "typer"), ("absl", "absl"), ("HfArgumentParser", "transformers")];

/// The library that a script seems to use.
pub fn library(analysis: &Analysis) -> Option<&'static str> {
    LIBRARIES.iter().find(|(name, _)| analysis.imports(name)).map(|(_, library)| *library)
}

/// The flags that a script of this tree declares to the library; none where it is not sure.
/// `is_involved` is as [`super::argparse::flags`] has it.
pub fn flags(
    library: &str,
    tree: &Tree,
    file: &Path,
    is_involved: &dyn Fn(&str) -> bool,
) -> Option<Found> {
    // Its flags are of another parser, or of both.
    if tree.text.contains("add_argument") {
        return None;
    }
    let module = Module::of(tree)?;
    let imports_involved = module.imports().iter().any(|name| is_involved(name));
    let place = Place { file: file.display().to_string(), imports_involved };
    match library {
        "typer" => typer::flags(&module, &place),
        "absl" => absl::flags(&module, &place),
        _ => hf::flags(&module, &place),
    }
}
