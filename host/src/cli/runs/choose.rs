//! The runs that a command changes: chosen, shown, and changed when the user agrees.

use guild_store::format::Context;
use guild_store::format::list::{self, Columns};
use guild_store::{Run, select};

use super::{filtered_for, not_selected};
use crate::cli::filters::FilterArgs;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::terminal;

/// What a refused question exits with, as in Guild AI 0.9.0.
const EXIT_ABORTED: u8 = 4;

/// The arguments by which runs are chosen.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub struct ChosenRuns {
    /// Runs: an ID, the start of one, a one-based index into the list of runs, or a range of such
    /// indexes as in 1:5.
    #[arg(value_name = "RUN")]
    pub runs: Vec<String>,

    #[command(flatten)]
    pub filters: FilterArgs,
}

impl ChosenRuns {
    /// The chosen runs, each once. Where none is named, `default` counts: `:` or `1`.
    pub fn get(&self, session: &Session, default: &str) -> Result<Vec<Run>> {
        self.get_from(session, default, false)
    }

    /// As [`ChosenRuns::get`], among the deleted runs.
    pub fn get_deleted(&self, session: &Session, default: &str) -> Result<Vec<Run>> {
        self.get_from(session, default, true)
    }

    fn get_from(&self, session: &Session, default: &str, deleted: bool) -> Result<Vec<Run>> {
        let fallback = [default.to_string()];
        let specs = if self.runs.is_empty() { &fallback[..] } else { &self.runs };
        let runs = filtered_for(session, &self.filters, specs, deleted)?;
        select::select_once(&runs, &self.runs, default)
            .map_err(|e| not_selected(&e, &session.command))
    }
}

/// What is asked before runs are changed.
pub struct Question<'a> {
    /// The lines above the runs, and whether each asks for attention.
    pub preview: &'a [(String, bool)],
    /// The question.
    pub question: &'a str,
    /// Whether an empty answer is a yes.
    pub default: bool,
}

impl Question<'_> {
    /// Shows the runs and asks. An answer that is no yes is an error without a message.
    pub fn ask(&self, session: &Session, runs: &[Run]) -> Result<()> {
        for (line, attention) in self.preview {
            if *attention { terminal::caution(line) } else { terminal::err(line) }
        }
        let context = Context::of_process(&session.cwd);
        let table = list::text(runs, Columns::Preview, false, terminal::screen(), &context);
        terminal::err(table.trim_end_matches('\n'));
        agreed(self.question, self.default)
    }
}

/// Asks; an answer that is no yes is an error without a message.
pub fn agreed(question: &str, default: bool) -> Result<()> {
    if terminal::confirm(question, default)? { Ok(()) } else { Err(Error::silent(EXIT_ABORTED)) }
}

/// Changes one run after the other and gives how many were changed. A run that cannot be changed
/// does not keep the others from it; it is an error at the end.
pub fn change(runs: &[Run], change: impl Fn(&Run) -> Result<()>) -> Result<usize> {
    let mut failures = Vec::new();
    for run in runs {
        if let Err(e) = change(run) {
            failures.push(if run.dir().exists() {
                e
            } else {
                Error::new(format!("run {} is gone: somebody else deleted it", run.short_id()))
            });
        }
    }
    let changed = runs.len() - failures.len();
    let Some(last) = failures.pop() else { return Ok(changed) };
    for e in failures {
        terminal::error(&e.message);
    }
    Err(last.hint(format!("{changed} of {} run(s) were changed.", runs.len())))
}

/// An option and whether it is used.
pub type Used = (&'static str, bool);

/// Refuses options that exclude each other, in 0.9.0's words.
pub fn check_incompatible(session: &Session, pairs: &[(Used, Used)]) -> Result<()> {
    match pairs.iter().find(|((_, a), (_, b))| *a && *b) {
        None => Ok(()),
        Some(((a, _), (b, _))) => Err(Error::new(format!("{a} and {b} cannot both be specified"))
            .hint(format!("Try '{} --help' for more information.", session.command))),
    }
}

/// Refuses a command line without any of the options, in 0.9.0's words.
pub fn check_required(session: &Session, options: &[Used]) -> Result<()> {
    if options.iter().any(|(_, used)| *used) {
        return Ok(());
    }
    let names: Vec<&str> = options.iter().map(|(name, _)| *name).collect();
    Err(Error::new(format!("missing one of: {}", names.join(", ")))
        .hint(format!("Try `{} --help` for more information.", session.command)))
}

/// An error of the store, in its own words.
pub fn failed(e: impl std::fmt::Display) -> Error {
    Error::new(e.to_string())
}
