//! What a queue says, in the form of Guild AI 0.9.0's queues.

use std::env;
use std::io::{self, Write};

use guild_store::{Zone, clock};

/// Says what happens.
pub fn info(text: &str) {
    // Python's number of the level.
    if least() <= 20 {
        line("INFO", text);
    }
}

/// Says what went wrong.
pub fn error(text: &str) {
    line("ERROR", text);
}

fn least() -> i32 {
    env::var("LOG_LEVEL").ok().and_then(|level| level.parse().ok()).unwrap_or(20)
}

fn line(level: &str, text: &str) {
    let now = clock::format_time(clock::now(), &Zone::system());
    // Nobody is there to be told when it is closed.
    let _ = writeln!(io::stderr(), "{level}: [guild] {now} {text}");
}
