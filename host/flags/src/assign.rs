//! Which values and batch files the arguments of a command give: `lr=0.1 @trials.csv`.

use guild_plugin_api::Value;
use guild_plugin_api::model::Flags;
use indexmap::{IndexMap, IndexSet};

use crate::Warnings;
use crate::path::expand_user;
use crate::value::decode_noting;

/// What the flag arguments of a command say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Assigns {
    /// The values by name, in the order in which names came first; the last value of a name wins.
    pub values: IndexMap<String, Value>,
    /// The batch files, without their `@`.
    pub batch_files: Vec<String>,
    /// What is wrong with the arguments.
    pub errors: AssignErrors,
    /// What the user should be told about the values.
    pub warnings: Warnings,
}

/// The arguments that assign nothing, each once, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
#[error("invalid argument(s):\n{}\nexpected NAME=VAL", .args.iter().map(String::as_str).collect::<Vec<_>>().join("\n"))]
pub struct AssignErrors {
    /// The arguments, with `~` expanded.
    pub args: IndexSet<String>,
}

impl AssignErrors {
    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.args.is_empty()
    }

    /// `Ok` when nothing is wrong, for use with `?`.
    ///
    /// # Errors
    /// Itself, when there is something.
    pub fn into_result(self) -> Result<(), AssignErrors> {
        if self.is_empty() { Ok(()) } else { Err(self) }
    }
}

/// Reads all flag arguments: assignments and batch files.
pub fn read(args: &[String], flags: Option<&Flags>) -> Assigns {
    let (batch_files, rest) = split_batch_files(args);
    let mut warnings = Warnings::new();
    let (values, errors) = parse_assigns_noting(&rest, flags, &mut warnings);
    Assigns { values, batch_files, errors, warnings }
}

/// Parts the arguments that name batch files (`@FILE`, here without the `@`) from the others.
pub fn split_batch_files(args: &[String]) -> (Vec<String>, Vec<String>) {
    let (files, rest): (Vec<_>, Vec<_>) = args.iter().partition(|arg| arg.starts_with('@'));
    let files = files.into_iter().map(|file| file[1..].to_string()).collect();
    (files, rest.into_iter().cloned().collect())
}

/// Reads `NAME=VALUE` arguments; batch files are not among them any more ([`split_batch_files`]).
///
/// A value is decoded by the type of the flag that has its name, or else of one that has it as
/// alias; see [`decode`](crate::value::decode). A `~` at the start of an argument, so in front of
/// the name, is expanded.
///
/// ```
/// let args = ["x=1".to_string(), "y".to_string()];
/// let (values, errors) = guild_flags::assign::parse_assigns(&args, None);
/// assert_eq!(values["x"], 1.into());
/// assert_eq!(errors.to_string(), "invalid argument(s):\ny\nexpected NAME=VAL");
/// ```
pub fn parse_assigns(
    args: &[String],
    flags: Option<&Flags>,
) -> (IndexMap<String, Value>, AssignErrors) {
    parse_assigns_noting(args, flags, &mut Warnings::new())
}

/// As [`parse_assigns`]; also says what is odd about the values.
pub fn parse_assigns_noting(
    args: &[String],
    flags: Option<&Flags>,
    warnings: &mut Warnings,
) -> (IndexMap<String, Value>, AssignErrors) {
    let mut values = IndexMap::new();
    let mut errors = AssignErrors::default();
    for arg in args {
        let arg = expand_user(arg);
        match arg.split_once('=') {
            Some((name, text)) => {
                let kind = flags.and_then(|flags| kind_of(name, flags));
                values.insert(name.to_string(), decode_noting(text, kind, warnings));
            }
            None => {
                errors.args.insert(arg);
            }
        }
    }
    (values, errors)
}

/// The type of the flag called `name`; flags without a type are passed over.
fn kind_of<'a>(name: &str, flags: &'a Flags) -> Option<&'a str> {
    let kind = |kind: &'a Option<String>| kind.as_deref().filter(|kind| !kind.is_empty());
    flags.get(name).and_then(|def| kind(&def.kind)).or_else(|| {
        let aliased =
            |alias: &Option<String>| alias.as_deref().is_some_and(|a| !a.is_empty() && a == name);
        // Definitions count in the order of their names, as everywhere.
        let by_name = flags.iter().filter(|(_, def)| aliased(&def.alias)).min_by_key(|(n, _)| *n);
        by_name.and_then(|(_, def)| kind(&def.kind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_plugin_api::model::FlagDef;

    fn args(args: &[&str]) -> Vec<String> {
        args.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn types_come_from_names_and_aliases() {
        let def = |kind: &str, alias: Option<&str>| FlagDef {
            kind: Some(kind.into()),
            alias: alias.map(Into::into),
            ..FlagDef::default()
        };
        let flags: Flags =
            [("a".into(), def("string", Some("b"))), ("c".into(), FlagDef::default())].into();
        let (values, errors) =
            parse_assigns(&args(&["a=1", "b=2", "c=3", "d=", "a=4=5"]), Some(&flags));
        let values: Vec<_> = values.into_iter().collect();
        assert_eq!(
            values,
            [
                ("a".to_string(), "4=5".into()),
                ("b".to_string(), "2".into()),
                ("c".to_string(), 3.into()),
                ("d".to_string(), "".into()),
            ]
        );
        assert!(errors.into_result().is_ok());
    }

    #[test]
    fn what_assigns_nothing_is_listed_once() {
        let read = read(&args(&["x", "@a.csv", "y=1", "x", "z", "@"]), None);
        assert_eq!(read.batch_files, ["a.csv", ""]);
        assert_eq!(read.errors.to_string(), "invalid argument(s):\nx\nz\nexpected NAME=VAL");
        assert!(read.errors.into_result().is_err());
        assert_eq!(read.values.len(), 1);
    }

    #[test]
    fn a_home_folder_is_expanded_before_the_name_only() {
        let (values, _) = parse_assigns(&args(&["x=~/a", "~/x=1"]), None);
        assert_eq!(values["x"], "~/a".into());
        assert_eq!(values.keys().nth(1), Some(&expand_user("~/x")));
    }
}
