//! What a batch says and what its trials print: on the screen and in the batch's own output.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use guild_plugin_api::{Level, LogRecord};
use guild_runner::{Lines, OutputFiles, Stream};
use guild_store::Run;

use crate::error::{Error, Result};
use crate::session::Session;
use crate::terminal;

/// The output of a batch: what Guild AI 0.9.0's batch process would have printed.
pub struct Log {
    output: BufWriter<File>,
    index: BufWriter<File>,
    quiet: bool,
}

impl Log {
    /// Creates the files of the batch `run`.
    pub fn create(run: &Run, quiet: bool) -> Result<Log> {
        let files = OutputFiles::in_dir(run.guild_path(""));
        let create = |path: &std::path::Path| {
            File::create(path)
                .map(BufWriter::new)
                .map_err(|e| Error::new(format!("cannot write {}: {e}", path.display())))
        };
        Ok(Log { output: create(&files.output)?, index: create(&files.index)?, quiet })
    }

    /// Says what happens.
    pub fn info(&mut self, text: &str) {
        self.say(&format!("INFO: [guild] {text}"));
    }

    /// Says what is not as it should be.
    pub fn warning(&mut self, text: &str) {
        self.say(&format!("WARNING: [guild] {text}"));
    }

    /// Says what went wrong.
    pub fn error(&mut self, text: &str) {
        self.say(&format!("ERROR: [guild] {text}"));
    }

    /// Says what a plugin has to say.
    pub fn record(&mut self, record: &LogRecord, session: &Session) {
        match record.level {
            Level::Warning => self.warning(&record.message),
            Level::Info => self.info(&record.message),
            _ => session.say_debug(|| record.message.clone()),
        }
    }

    fn say(&mut self, text: &str) {
        if !self.quiet {
            terminal::err(text);
        }
        for line in text.lines() {
            self.line(format!("{line}\n").as_bytes(), Stream::Stderr);
        }
        self.flush();
    }
}

impl Lines for Log {
    fn line(&mut self, line: &[u8], stream: Stream) {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut entry = [0; 9];
        entry[..8].copy_from_slice(&(time.as_millis() as u64).to_be_bytes());
        entry[8] = stream as u8;
        // A full disk: the trials have their own records, and end with an error of their own.
        let _ = self.output.write_all(line).and_then(|()| self.index.write_all(&entry));
    }

    fn flush(&mut self) {
        let _ = self.output.flush().and_then(|()| self.index.flush());
    }
}
