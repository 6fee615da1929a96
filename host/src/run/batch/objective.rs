//! What a search makes small or great, and by which the best trial is known.

use std::fmt;

use guild_plugin_api::Value;
use guild_plugin_api::search::Direction;
use guild_query::columns::{self, Column};
use guild_store::Run;
use guild_store::format::Context;

use super::super::facts::RunFacts;
use crate::error::{Error, Result};
use crate::session::Session;

/// A column of runs, and which way it is better.
#[derive(Clone, Debug)]
pub struct Objective {
    /// The column, as the user names it.
    pub name: String,
    /// The column.
    pub column: Column,
    /// Which way it is better.
    pub direction: Direction,
}

impl Objective {
    /// Reads `COLUMN` or, for a column to maximize, `-COLUMN`.
    pub fn parse(spec: &str) -> Result<Objective> {
        let (direction, name) = match spec.strip_prefix('-') {
            Some(name) => (Direction::Maximize, name),
            None => (Direction::Minimize, spec),
        };
        let invalid =
            |why: String| Error::new(format!("invalid objective '{name}': {why}")).logged();
        let mut columns = columns::parse(name).map_err(|e| invalid(e.to_string()))?;
        match columns.pop() {
            Some(column) if columns.is_empty() => {
                Ok(Objective { name: name.into(), column, direction })
            }
            _ => Err(invalid("too many columns".into())),
        }
    }

    /// What `run` has come to; none where it is no finite number.
    pub fn value(&self, session: &Session, run: &Run) -> Option<f64> {
        let context = Context::of_process(&session.cwd);
        match RunFacts::new(run, &context, session.index()).column(&self.column.source)? {
            Value::Int(n) => Some(n as f64),
            Value::Float(x) => Some(x).filter(|x| x.is_finite()),
            _ => None,
        }
    }

    /// Whether `a` is better than `b`.
    pub fn is_better(&self, a: f64, b: f64) -> bool {
        match self.direction {
            Direction::Minimize => a < b,
            Direction::Maximize => a > b,
        }
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_and_directions() {
        let least = Objective::parse("loss").unwrap();
        assert!(least.is_better(1.0, 2.0) && !least.is_better(1.0, 1.0));
        let most = Objective::parse("-max acc").unwrap();
        assert!(most.is_better(2.0, 1.0) && most.name == "max acc");
        for (wrong, why) in [("a,b", "too many columns"), ("-min step", "unexpected")] {
            let told = Objective::parse(wrong).err().map(|e| e.message).unwrap_or_default();
            assert!(told.starts_with("invalid objective") && told.contains(why), "{wrong}: {told}");
        }
    }
}
