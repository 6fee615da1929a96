//! Scalars: from a run's output to event files, and back.
//!
//! While a run goes on, [`OutputScalars`] takes the lines of its output, finds numbers in them
//! ([`output::Patterns`]) and writes these to a TensorBoard event file in the run's `.guild`
//! directory ([`events::EventWriter`]). Afterwards [`summary::for_run`] reads every event file in
//! the run's directory ([`events::read`]), whoever wrote it, and tells each scalar's first, last,
//! least and greatest value. The behaviour is that of `summary.py`, `tfevent.py` and `index.py` of
//! Guild AI 0.9.0; where it does better on purpose the item in question says so.

mod curve;
pub mod directories;
pub mod events;
pub mod output;
pub mod python_re;
mod record;
pub mod summary;

pub use curve::CurveReader;
pub use record::OutputScalars;
