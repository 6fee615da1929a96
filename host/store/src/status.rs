//! [`Status`]: how far a run is.

use std::fmt;

use guild_plugin_api::Value;

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Its process is alive, or another machine holds it.
    Running,
    /// It is being prepared.
    Pending,
    /// It is prepared and waits to be started.
    Staged,
    /// It ended with exit status 0.
    Completed,
    /// It ended with another exit status, or nobody knows how it ended.
    Error,
    /// A signal ended it.
    Terminated,
}

impl Status {
    /// All of them, in the order in which Guild's help lists them.
    pub const ALL: [Status; 6] = [
        Status::Completed,
        Status::Error,
        Status::Pending,
        Status::Running,
        Status::Staged,
        Status::Terminated,
    ];

    /// The word that Guild shows.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Running => "running",
            Status::Pending => "pending",
            Status::Staged => "staged",
            Status::Completed => "completed",
            Status::Error => "error",
            Status::Terminated => "terminated",
        }
    }

    /// The status of a run that ended with `exit_status`: the exit code, or the number of the
    /// signal that ended it as a negative number.
    pub(crate) fn of_exit(exit_status: &Value) -> Status {
        let (zero, negative) = match exit_status {
            Value::Int(i) => (*i == 0, *i < 0),
            Value::Float(f) => (*f == 0.0, *f < 0.0),
            Value::Bool(b) => (!b, false),
            Value::BigInt(digits) => (false, digits.starts_with('-')),
            _ => (false, false),
        };
        match (zero, negative) {
            (true, _) => Status::Completed,
            (_, true) => Status::Terminated,
            _ => Status::Error,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// No such status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such run status {0:?}")]
pub struct UnknownStatus(pub String);

impl std::str::FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Status, UnknownStatus> {
        let found = Status::ALL.into_iter().find(|s| s.as_str() == text);
        found.ok_or_else(|| UnknownStatus(text.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_statuses() {
        for (exit, want) in [
            (Value::Int(0), Status::Completed),
            (Value::Int(3), Status::Error),
            (Value::Int(-15), Status::Terminated),
            (Value::Float(-1.0), Status::Terminated),
            (Value::str("?"), Status::Error),
        ] {
            assert_eq!(Status::of_exit(&exit), want, "{exit:?}");
        }
    }

    #[test]
    fn words_come_back() {
        for status in Status::ALL {
            assert_eq!(status.as_str().parse(), Ok(status));
        }
        assert!("done".parse::<Status>().is_err());
    }
}
