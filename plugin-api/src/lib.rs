//! What a plugin for guild is written against.

pub mod model;
mod value;

pub use value::{Map, Value};
