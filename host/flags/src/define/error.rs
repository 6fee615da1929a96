//! What can be wrong with the values of flags, and how the user is told.

use guild_plugin_api::Value;
use guild_plugin_api::model::Choice;

use crate::value::{encode, repr, text};

/// What is wrong with the values of an operation's flags.
///
/// [`render`](FlagError::render) gives the text for the user; `Display` is the same with
/// `OPERATION` for the operation's name.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", self.render("OPERATION"))]
#[non_exhaustive]
pub enum FlagError {
    /// A flag is given under its alias and under its name.
    AliasAndName {
        /// The flag's name.
        flag: String,
        /// Its alias.
        alias: String,
    },
    /// A value is none of its flag's type, or out of range.
    InvalidValue {
        /// The flag's name.
        flag: String,
        /// The value, or the item of a list, that is wrong.
        value: Value,
        /// Why.
        reason: String,
    },
    /// The operation has no such flag.
    NoSuchFlag {
        /// The name that the user gave.
        flag: String,
        /// The name of a flag that the user may have meant.
        near: Option<String>,
    },
    /// A value is none of its flag's choices.
    InvalidChoice {
        /// The flag's name.
        flag: String,
        /// The value, or the item of a list, that is wrong.
        value: Value,
        /// What may be chosen.
        choices: Vec<Choice>,
    },
    /// Required flags have no value.
    MissingRequired(Vec<MissingFlag>),
    /// Several things are wrong; at least two, and none of them of this kind. The first is the one
    /// that Guild AI 0.9.0 tells.
    Errors(Vec<FlagError>),
}

/// A required flag that has no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingFlag {
    /// The flag's name.
    pub name: String,
    /// What it is for, in one line or more.
    pub description: String,
}

/// What kind of thing is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the names are those of FlagError")]
pub enum FlagErrorKind {
    AliasAndName,
    InvalidValue,
    NoSuchFlag,
    InvalidChoice,
    MissingRequired,
    Several,
}

impl FlagError {
    /// One error for a list of them; none for none.
    pub(super) fn of(mut errors: Vec<FlagError>) -> Option<FlagError> {
        if errors.len() > 1 { Some(FlagError::Errors(errors)) } else { errors.pop() }
    }

    /// What kind of thing is wrong.
    pub fn kind(&self) -> FlagErrorKind {
        match self {
            FlagError::AliasAndName { .. } => FlagErrorKind::AliasAndName,
            FlagError::InvalidValue { .. } => FlagErrorKind::InvalidValue,
            FlagError::NoSuchFlag { .. } => FlagErrorKind::NoSuchFlag,
            FlagError::InvalidChoice { .. } => FlagErrorKind::InvalidChoice,
            FlagError::MissingRequired(_) => FlagErrorKind::MissingRequired,
            FlagError::Errors(_) => FlagErrorKind::Several,
        }
    }

    /// The single errors, the one that Guild AI 0.9.0 tells first.
    pub fn each(&self) -> &[FlagError] {
        match self {
            FlagError::Errors(errors) => errors,
            one => std::slice::from_ref(one),
        }
    }

    /// Whether the text goes after the program's name, `guild: invalid value ..`. Lists of choices
    /// and of missing flags stand by themselves.
    pub fn after_program_name(&self) -> bool {
        !self.each().first().is_some_and(FlagError::is_list)
    }

    fn is_list(&self) -> bool {
        matches!(self, FlagError::InvalidChoice { .. } | FlagError::MissingRequired(_))
    }

    /// The text for the user, without a line end after it. `op_name` is the operation's full name,
    /// for the hint at its help.
    ///
    /// For a single error the text is Guild AI 0.9.0's; the name that an unknown flag may be a slip
    /// for is on a line of its own after that. Of several errors that are of one kind, only the
    /// last one has the hint.
    pub fn render(&self, op_name: &str) -> String {
        let errors = self.each();
        let mut out = Vec::new();
        for (i, error) in errors.iter().enumerate() {
            let group_ends = errors.get(i + 1).is_none_or(|next| next.kind() != error.kind());
            if i > 0 && error.is_list() {
                out.push(String::new());
            }
            out.push(error.message());
            if !group_ends {
                continue;
            }
            out.extend(error.hint(op_name));
            let group = errors[..=i].iter().rev().take_while(|e| e.kind() == error.kind());
            let mut near: Vec<_> = group.filter_map(FlagError::suggestion).collect();
            near.reverse();
            out.extend(near);
        }
        out.join("\n")
    }

    fn message(&self) -> String {
        match self {
            // Guild AI has alias and name the wrong way round here, and so has whoever looks for
            // its text.
            FlagError::AliasAndName { flag, alias } => {
                format!(
                    "cannot specify both alias {} and name for flag {}",
                    repr(flag),
                    repr(alias)
                )
            }
            FlagError::InvalidValue { flag, value, reason } => {
                format!("invalid value {} for {flag}: {reason}", text(value))
            }
            FlagError::NoSuchFlag { flag, .. } => format!("unsupported flag '{flag}'"),
            FlagError::InvalidChoice { flag, choices, .. } => {
                let rows = choices.iter().map(|c| (encode(&c.value), c.description.as_deref()));
                format!("Unsupported value for '{flag}' - supported values are:\n\n{}", table(rows))
            }
            FlagError::MissingRequired(flags) => {
                let rows = flags.iter().map(|f| (f.name.clone(), f.description.split('\n').next()));
                format!("Operation requires the following missing flags:\n\n{}", table(rows))
            }
            FlagError::Errors(_) => self.render("OPERATION"),
        }
    }

    fn hint(&self, op_name: &str) -> Option<String> {
        match self {
            FlagError::AliasAndName { .. } => Some("Use --force-flags to skip this check.".into()),
            FlagError::NoSuchFlag { .. } => Some(format!(
                "Try 'guild run {op_name} --help-op' for a list of flags or use --force-flags to \
                 skip this check."
            )),
            FlagError::InvalidChoice { .. } => {
                Some("\nRun the command again using one of these options.".into())
            }
            FlagError::MissingRequired(_) => {
                Some("\nRun the command again with these flags specified as NAME=VAL.".into())
            }
            _ => None,
        }
    }

    fn suggestion(&self) -> Option<String> {
        match self {
            FlagError::NoSuchFlag { near: Some(near), .. } => {
                Some(format!("Did you mean '{near}'?"))
            }
            _ => None,
        }
    }
}

/// Two columns, indented, each line as wide as the first column even where the second is empty.
fn table<'a>(rows: impl Iterator<Item = (String, Option<&'a str>)>) -> String {
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|(first, _)| first.chars().count()).max().unwrap_or_default() + 2;
    let line = |(first, second): &(String, Option<&str>)| {
        format!("  {first:width$}{}", second.unwrap_or_default())
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
