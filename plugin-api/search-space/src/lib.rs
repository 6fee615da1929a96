//! What an optimizer searches, as numbers.
//!
//! An optimizer is asked for trials over flags of all kinds ([`SuggestTrials`]). This room reads the
//! flags' ranges and lists into a [`Space`], whose trials are [`Point`]s: one number for each flag.
//! A model reckons with points; the space takes care of whole numbers, logarithms, bounds that are as
//! far apart as numbers go, and of trials that were there already.
//!
//! ```
//! use guild_plugin_api::search::{Dimension, DimensionKind, SuggestTrials};
//! use guild_search_space::{Space, chance};
//!
//! let lr = Dimension {
//!     kind: DimensionKind::Float, low: 1e-4.into(), high: 1.into(), log: true, ..Default::default()
//! };
//! let space = [("lr".to_string(), lr)].into();
//! let request = SuggestTrials { space, seed: 7, ..Default::default() };
//!
//! let space = Space::of(&request)?;
//! let point = space.draw(&mut chance::of_trial(request.seed, 0));
//! assert!((0.0..=1.0).contains(&point[0]));
//! let trial = space.trial(&[0.5]);
//! assert_eq!(space.point(&trial), Some(vec![0.5]));
//! # Ok::<(), guild_plugin_api::HookError>(())
//! ```

pub mod chance;
mod dim;
mod seen;
mod space;

pub use dim::Dim;
pub use seen::Seen;
pub use space::{Point, Space};

#[cfg(doc)]
use guild_plugin_api::search::SuggestTrials;
