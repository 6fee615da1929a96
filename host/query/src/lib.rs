//! The small languages in which a user says which runs are meant.
//!
//! | room | what for |
//! |---|---|
//! | [`filter`] | `--filter 'loss < 0.8 and op = train'` |
//! | [`columns`] | `--min loss`, `--cols 'loss, =lr as rate'` |
//! | [`timerange`] | `--started 'last 2 hours'` |
//! | [`order`] | which of two values comes first in a list |
//!
//! Texts go in, trees come out; what a run holds is asked for through [`filter::Facts`]. What is
//! accepted and what it means is as in Guild AI 0.9.0.

pub mod columns;
pub mod filter;
pub mod order;
mod quoted;
pub mod timerange;
