//! The flags of a script's `argparse` parser, from the script's tree where that is exact.
//!
//! The script is followed statement by statement, up to the point where a parser parses: what
//! modules it imports do takes no part, what has to do with a parser is known to the last value.
//! Anything else that may have a part ends the attempt, and the script is run instead
//! ([`super::import`]). That a script fails before it parses is not considered: the flags are then
//! those that its parser would declare.

use std::path::Path;

use super::Declared;
use crate::script::Tree;

mod call;
mod eval;
mod follow;
mod mentions;
mod parser;
mod value;

/// It is not sure what the script does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsure;

/// What is sure.
type Sure<T> = Result<T, Unsure>;

/// The flags that the script of this tree declares when it gets `base_args`; none where the tree
/// does not tell. `file` is named as the place of each flag.
///
/// `is_involved` says of a module that the script imports (with a dot for each level of a relative
/// import) whether it belongs to the project and has to do with parsers.
pub fn flags(
    tree: &Tree,
    file: &Path,
    base_args: &[String],
    is_involved: &dyn Fn(&str) -> bool,
) -> Option<Vec<Declared>> {
    let mut script = follow::Follow::new(&tree.text, file, base_args, is_involved);
    script.flags(&tree.body).ok()
}
