//! Help about operations, models and Guild files, in the layout of Guild AI 0.9.0.
//!
//! Source: `guild/help.py` and `guild/click_util.py` of 0.9.0.

mod document;
mod flags;
mod guildfile;
mod operation;
mod page;
mod wrap;

pub use document::Form;
pub use flags::edit_help;
pub use guildfile::{guildfile, package};
pub use operation::{model, operation};

/// How wide lines may get on a screen of `columns` characters.
pub fn page_width(columns: Option<usize>) -> usize {
    (columns.unwrap_or(80).min(80).saturating_sub(2)).max(50)
}
