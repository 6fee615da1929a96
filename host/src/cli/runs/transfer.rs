//! What exporting and importing runs have in common: showing the runs and asking.

use guild_store::Run;
use guild_store::archive::Links;

use super::choose::{Question, agreed};
use crate::error::Result;
use crate::progress::Activity;
use crate::session::Session;
use crate::terminal;

/// Shows the runs below `preview` and asks whether to go on.
pub(super) fn confirm(session: &Session, preview: &str, runs: &[Run], links: Links) -> Result<()> {
    let preview = [(preview.to_string(), false)];
    Question { preview: &preview, question: "Continue?", default: true }.ask(session, runs)?;
    if links == Links::Follow {
        terminal::warning(
            "You specified --copy-resources, which will copy resources used by each run.",
        );
        agreed("Really copy resources exported runs?", false)?;
    }
    Ok(())
}

/// Shows how far a transfer of runs is, and says what happens to each.
pub(super) struct Telling {
    activity: Activity,
    verb: &'static str,
    runs: usize,
    done: usize,
}

impl Telling {
    /// A transfer of so many runs.
    pub(super) fn new(moved: bool, runs: usize) -> Telling {
        let verb = if moved { "Moving" } else { "Copying" };
        Telling { activity: Activity::start(verb), verb, runs, done: 0 }
    }

    /// Goes on to the next run, which may be left out.
    pub(super) fn next(&mut self, run: &Run, left_out: bool) {
        self.done += 1;
        let (verb, done, runs) = (self.verb, self.done, self.runs);
        self.activity.is_now(|| format!("{verb} {} (run {done} of {runs})", run.short_id()));
        if !left_out {
            terminal::err(&format!("{verb} {}", run.id()));
        }
    }
}
