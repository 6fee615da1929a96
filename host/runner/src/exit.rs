//! How a process ended.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// What Guild AI 0.9.0 records for a run that Ctrl-C ended: `exit_code.KEYBOARD_INTERRUPT`. Its
/// batches know an interrupted trial by this number.
const KEYBOARD_INTERRUPT: i32 = -16;

const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exit {
    /// The exit code, unless a signal ended the process.
    pub code: Option<i32>,
    /// The number of the signal that ended the process.
    pub signal: Option<i32>,
    /// The number of the signal by which guild was told to stop (2, 15 or 1) before the run was
    /// over. The run is over when the process has ended and its output has been read.
    pub interrupted_by: Option<i32>,
    /// Whether guild stopped the process because its time was up.
    pub stopped: bool,
    /// Whether guild stopped the process because [`crate::Spec::judge`] said so.
    pub judged: bool,
}

impl Exit {
    pub(crate) fn new(status: ExitStatus, interrupted_by: Option<i32>) -> Exit {
        let (code, signal) = (status.code(), status.signal());
        Exit { code, signal, interrupted_by, stopped: false, judged: false }
    }

    /// Whether guild was told to stop before the run was over.
    pub fn interrupted(&self) -> bool {
        self.interrupted_by.is_some()
    }

    /// What belongs into the run's `exit_status`: 0 reads `completed`, below 0 `terminated`, above
    /// 0 `error`.
    ///
    /// The exit code, or minus the number of the signal that ended the process. An interrupted run
    /// is always `terminated`, whatever its process made of the interrupt: a script that catches
    /// Ctrl-C and exits with 0, or with 1 after a traceback, has not done what it was started for.
    /// So it is -16 for Ctrl-C, the number that Guild AI 0.9.0 records, -15 for `SIGTERM` and -1
    /// for `SIGHUP` (of which 0.9.0 dies without recording anything). The same goes for one that was
    /// judged: it is -15, the signal that it got.
    pub fn exit_status(&self) -> i32 {
        match (self.interrupted_by, self.code, self.signal) {
            (Some(SIGINT), ..) => KEYBOARD_INTERRUPT,
            (Some(signal), ..) => -signal,
            _ if self.judged => -SIGTERM,
            (None, Some(code), _) => code,
            (None, None, Some(signal)) => -signal,
            // `wait` without WUNTRACED reports nothing else than these two.
            (None, None, None) => 1,
        }
    }

    /// What guild itself exits with after the run: [`Exit::exit_status`] as a byte, as Python's
    /// `sys.exit` has it. So 241 for `SIGTERM`, 247 for `SIGKILL`, 240 for Ctrl-C.
    pub fn process_exit_code(&self) -> u8 {
        (self.exit_status() & 0xff) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(code: Option<i32>, signal: Option<i32>, interrupted_by: Option<i32>) -> Exit {
        Exit { code, signal, interrupted_by, stopped: false, judged: false }
    }

    #[test]
    fn status_and_code() {
        for (exit, status, code) in [
            (exit(Some(0), None, None), 0, 0),
            (exit(Some(3), None, None), 3, 3),
            (exit(None, Some(15), None), -15, 241),
            (exit(None, Some(9), None), -9, 247),
            (exit(None, Some(2), None), -2, 254),
            (exit(Some(0), None, Some(2)), -16, 240),
            (exit(Some(1), None, Some(2)), -16, 240),
            (exit(None, Some(9), Some(2)), -16, 240),
            (exit(Some(0), None, Some(15)), -15, 241),
            (exit(Some(0), None, Some(1)), -1, 255),
        ] {
            assert_eq!((exit.exit_status(), exit.process_exit_code()), (status, code), "{exit:?}");
        }
        let judged = Exit { judged: true, ..exit(Some(0), None, None) };
        assert_eq!(judged.exit_status(), -15);
    }
}
