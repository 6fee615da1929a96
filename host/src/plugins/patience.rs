//! How long guild waits for a plugin.

use std::env;
use std::time::Duration;

use guild_plugin_api::dispatch::hooks;

/// The seconds that a plugin has for one answer, and to be loaded; 0 for as long as it takes.
pub const VARIABLE: &str = "GUILD_PLUGIN_TIMEOUT";

/// The time for one answer. A hook may start an interpreter or ask a server, so this is only to
/// tell what never comes back from what is slow.
const ANSWER: Duration = Duration::from_secs(120);

/// The time to be loaded: a library only makes itself ready then.
const LOADING: Duration = Duration::from_secs(10);

/// How long a hook may take for its answer; none for as long as it takes.
pub fn for_hook(hook: &str) -> Option<Duration> {
    if hook == hooks::MAIN {
        // It is the program of a run.
        return None;
    }
    match wanted() {
        Some(limit) => Some(limit).filter(|limit| !limit.is_zero()),
        // It may fetch all that an operation works on.
        None if hook == hooks::RESOLVE_RESOURCE => None,
        None => Some(ANSWER),
    }
}

/// How long a library may take to be loaded.
pub fn for_loading() -> Duration {
    match wanted() {
        Some(limit) if limit.is_zero() => Duration::MAX,
        Some(limit) => limit,
        None => LOADING,
    }
}

/// What the user wants; none where that cannot be read.
fn wanted() -> Option<Duration> {
    let seconds = env::var(VARIABLE).ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}
