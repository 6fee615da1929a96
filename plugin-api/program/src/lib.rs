//! For plugins whose operations run a program of their own (the hook `main`): what it says, and the
//! processes that it starts.

pub mod log;
mod processes;

pub use processes::Processes;
