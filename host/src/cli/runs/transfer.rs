//! What exporting and importing runs have in common: showing the runs and asking.

use guild_store::Run;
use guild_store::archive::Links;
use guild_store::format::Context;
use guild_store::format::list::{self, Columns};

use crate::error::{Error, Result};
use crate::session::Session;
use crate::terminal;

/// What a refused question exits with, as in Guild AI 0.9.0.
const EXIT_ABORTED: u8 = 4;

/// Shows the runs below `preview` and asks whether to go on.
pub(super) fn confirm(session: &Session, preview: &str, runs: &[Run], links: Links) -> Result<()> {
    terminal::err(preview);
    let context = Context::of_process(&session.cwd);
    let table = list::text(runs, Columns::Preview, false, terminal::screen(), &context);
    terminal::err(table.trim_end_matches('\n'));
    let sure = |question: &str, default| match terminal::confirm(question, default)? {
        true => Ok(()),
        false => Err(Error::silent(EXIT_ABORTED)),
    };
    sure("Continue?", true)?;
    if links == Links::Follow {
        terminal::warning(
            "You specified --copy-resources, which will copy resources used by each run.",
        );
        sure("Really copy resources exported runs?", false)?;
    }
    Ok(())
}

/// Says what happens to a run.
pub(super) fn tell(moved: bool, run: &Run) {
    let verb = if moved { "Moving" } else { "Copying" };
    terminal::err(&format!("{verb} {}", run.id()));
}
