//! What an operation is made from: its definition, a run that starts again, or a prototype.

use std::path::Path;

use guild_flags::value;
use guild_store::{Run, Status, format, select};

use super::Args;
use crate::error::{Error, Result};
use crate::op::Kept;
use crate::session::Session;

/// An earlier run.
pub struct Earlier {
    /// The operation as the run keeps it; of a batch, as its prototype does.
    pub kept: Kept,
    /// The batch's own operation, if the run is a batch.
    pub batch: Option<Kept>,
}

impl Earlier {
    fn of(run: &Run) -> Result<Earlier> {
        let Some(proto) = run.proto() else {
            return Ok(Earlier { kept: Kept::of(run)?, batch: None });
        };
        Ok(Earlier { kept: Kept::of(&proto)?, batch: Some(Kept::of(run)?) })
    }

    /// The run.
    pub fn run(&self) -> &Run {
        self.batch.as_ref().map_or(&self.kept.run, |batch| &batch.run)
    }
}

/// What an operation is made from.
pub enum Origin {
    /// Its definition.
    Definition,
    /// The run that is started again.
    Restart(Earlier),
    /// The run whose operation, flags and source code are used.
    Proto(Earlier),
}

impl Origin {
    /// What `--restart` and `--proto` say.
    pub fn of(session: &Session, args: &Args) -> Result<Origin> {
        match (&args.restart, &args.proto) {
            (Some(spec), _) => Ok(Origin::Restart(Earlier::of(&find(session, spec)?)?)),
            (None, Some(spec)) => Ok(Origin::Proto(Earlier::of(&find(session, spec)?)?)),
            (None, None) => Ok(Origin::Definition),
        }
    }

    fn earlier(&self) -> Option<&Earlier> {
        match self {
            Origin::Definition => None,
            Origin::Restart(earlier) | Origin::Proto(earlier) => Some(earlier),
        }
    }

    /// The operation as the run keeps it.
    pub fn kept(&self) -> Option<&Kept> {
        self.earlier().map(|earlier| &earlier.kept)
    }

    /// The operation of the batch that the run is.
    pub fn batch(&self) -> Option<&Kept> {
        self.earlier().and_then(|earlier| earlier.batch.as_ref())
    }

    /// The run.
    pub fn run(&self) -> Option<&Run> {
        self.earlier().map(Earlier::run)
    }
}

/// The run that `spec` means: a folder, else the start of an id, else the marked or latest run of
/// an operation, else an index as `guild runs` shows it.
///
/// Guild AI 0.9.0 looks for operations before ids, and knows no index here.
fn find(session: &Session, spec: &str) -> Result<Run> {
    if spec.starts_with('.') || Path::new(spec).is_absolute() {
        return Ok(Run::at(session.cwd.join(spec)));
    }
    let store = session.store();
    let failed = |e: guild_store::PathError| Error::new(e.to_string());
    let mut found = store.find(&[spec]).map_err(failed)?;
    if found.len() == 1 {
        return Ok(found.remove(0));
    }
    let runs = session.index().runs().map_err(failed)?;
    let started = [Status::Completed, Status::Running, Status::Terminated];
    let of_operation: Vec<&Run> = runs
        .iter()
        .filter(|run| format::operation(run) == spec && started.contains(&run.status()))
        .collect();
    let marked = |run: &Run| run.attr("marked").ok().flatten().is_some_and(|v| value::is_true(&v));
    if let Some(run) = of_operation.iter().find(|run| marked(run)).or(of_operation.first()) {
        return Ok((*run).clone());
    }
    select::select_one(&runs, Some(spec)).map_err(|e| {
        let text = e.message(None);
        let mut lines = text.lines();
        let error = Error::new(lines.next().unwrap_or_default());
        lines.fold(error, Error::hint)
    })
}
