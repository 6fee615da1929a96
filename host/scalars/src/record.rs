//! A run's output scalars, from lines to an event file.

use std::path::Path;

use guild_plugin_api::Value;
use guild_runner::{Lines, Stream};

use crate::events::EventWriter;
use crate::output::Patterns;

/// Finds scalars in a run's output while it goes on and writes them to an event file in the run's
/// `.guild` directory. Give it to [`guild_runner::Spec::on_line`].
///
/// There is a file once there is a scalar, and it is up to date after each read of the output. When
/// it cannot be written the user is told and no more are looked for.
#[derive(Debug)]
pub struct OutputScalars {
    patterns: Patterns,
    writer: Option<EventWriter>,
    warnings: Vec<String>,
}

impl OutputScalars {
    /// For an operation with these `output-scalars` and flags ([`Patterns::new`]), writing to
    /// `dir`; none when they are disabled.
    pub fn for_run<S: AsRef<str>>(
        config: &Value,
        flags: impl IntoIterator<Item = S>,
        dir: &Path,
    ) -> Option<OutputScalars> {
        let patterns = Patterns::new(config, flags)?;
        Some(OutputScalars { patterns, writer: Some(EventWriter::new(dir)), warnings: Vec::new() })
    }

    /// What the user should be told and has not been.
    pub fn take_warnings(&mut self) -> Vec<String> {
        let mut warnings = self.patterns.take_warnings();
        warnings.append(&mut self.warnings);
        warnings
    }

    /// Completes the file and tells what the user should be told.
    pub fn finish(mut self) -> Vec<String> {
        self.flush();
        self.take_warnings()
    }

    /// Gives up when writing failed.
    fn check(&mut self, written: std::io::Result<()>) {
        if let Err(error) = written {
            self.warnings.push(format!("output scalars are not written any further: {error}"));
            self.writer = None;
        }
    }
}

impl Lines for OutputScalars {
    fn line(&mut self, line: &[u8], _stream: Stream) {
        let Some(writer) = &mut self.writer else { return };
        let mut written = Ok(());
        self.patterns.line(line, |scalar| {
            if written.is_ok() {
                written = writer.add(scalar.tag, scalar.value, scalar.step);
            }
        });
        self.check(written);
    }

    fn flush(&mut self) {
        if let Some(writer) = &mut self.writer {
            let written = writer.flush();
            self.check(written);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary;

    #[test]
    fn lines_become_an_event_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut scalars = OutputScalars::for_run(&Value::Null, ["lr"], dir.path()).unwrap();
        for line in ["lr: 1\n", "nothing\n"] {
            scalars.line(line.as_bytes(), Stream::Stdout);
            scalars.flush();
        }
        assert_eq!(dir.path().read_dir().unwrap().count(), 0, "no scalar, no file");
        for line in ["loss: 3 (step 1)\n", "loss: 2 (step 2)\n"] {
            scalars.line(line.as_bytes(), Stream::Stderr);
        }
        scalars.flush();
        let found = summary::for_run(dir.path());
        assert_eq!((found.len(), found[0].key(), found[0].last.value), (1, "loss".into(), 2.0));
        assert_eq!(scalars.finish(), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_cannot_be_written_is_told_once() {
        let dir = Path::new("/dev/null/nowhere");
        let mut scalars = OutputScalars::for_run(&Value::Null, [""; 0], dir).unwrap();
        scalars.line(b"loss: 1\n", Stream::Stdout);
        scalars.line(b"loss: 1\n", Stream::Stdout);
        let told = scalars.finish();
        assert_eq!(told.len(), 1);
        assert!(told[0].contains("/dev/null/nowhere"), "{told:?}");
    }
}
