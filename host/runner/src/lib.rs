//! Starting, watching and stopping the process of a run.
//!
//! [`run`] starts a program as a child of guild, copies what it writes to guild's own standard
//! output and error and to the run's `output` and `output.index`, hands complete lines to whoever
//! looks for scalars in them, and says how it ended. It follows `op.py` and `op_util.RunOutput` of
//! Guild AI 0.9.0; where it does better on purpose the item in question says so.
//!
//! | room | what is in it |
//! |---|---|
//! | [`spec`](Spec) | what to run and how |
//! | `start` | finding the program, starting it, Python's words for why that failed |
//! | `copy` | the one loop: pipes, signals and times |
//! | `record` | `output`, `output.index`, lines |
//! | `supervise` | what a signal, a time limit and the end of the child lead to |
//! | `screen` | how two streams share a terminal on which a progress bar is drawn |
//! | `signals` | which signals reach the loop, and what they do when nothing runs |
//! | `tree` | a process with all that descend from it |
//! | [`exit`](Exit) | how it ended, as a run's attribute and as guild's own exit code |
//!
//! # When guild itself is killed
//!
//! With `kill -9` nothing is left to record the end. The child goes on, as under Guild AI 0.9.0,
//! until it writes to the pipe that nobody reads (`SIGPIPE`, or `BrokenPipeError` in Python). Its
//! process id is in the run's lock file and there is no exit status, so the run reads `running`
//! while the child lives and `error` afterwards, never `completed`. The child is not tied to
//! guild's life (`PR_SET_PDEATHSIG`): that would take work away that may still be saved, exists on
//! Linux only, and is bound to the *thread* that started the child.

mod copy;
mod error;
mod exit;
mod notice;
mod record;
mod screen;
mod signals;
mod spec;
mod start;
mod supervise;
mod tree;

pub use copy::run;
pub use error::{Error, StartErrorKind};
pub use exit::Exit;
pub use notice::{Level, Notice};
pub use spec::{Lines, OutputFiles, Spec, Stream, Streams, Timing};
pub use tree::{parent, terminate};
