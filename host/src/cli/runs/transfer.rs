//! What exporting and importing runs have in common: showing the runs and asking.

use guild_store::Run;
use guild_store::archive::Links;

use super::choose::{Question, agreed};
use crate::error::Result;
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

/// Says what happens to a run.
pub(super) fn tell(moved: bool, run: &Run) {
    let verb = if moved { "Moving" } else { "Copying" };
    terminal::err(&format!("{verb} {}", run.id()));
}
