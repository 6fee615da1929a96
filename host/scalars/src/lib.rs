//! Scalars: from a run's output to event files, and back.
mod python_re;
