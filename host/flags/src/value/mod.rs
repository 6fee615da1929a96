//! What a text on the command line stands for, and how a value is written again.

mod arange;
mod compare;
mod decode;
mod encode;
mod format;
mod function;
mod number;
mod pformat;
mod sequence;
mod text;

pub use compare::{compare, is_true, same};
pub use decode::{decode, decode_noting};
pub use encode::{encode, join_split, split_encoded};
pub use format::{assign, assigns, format, format_with, shorten_path};
pub use function::{Function, is_function, parse_function, parse_function_noting};
pub use guild_yaml::python_float_repr;
pub use number::{parse_float, parse_int};
pub use pformat::pformat;
pub use text::{repr, repr_value, text};

pub(crate) use compare::{is_number, kind, short_kind};
pub(crate) use number::{big_digits_in_base, float_of_int, whole_digits};
pub(crate) use text::escape_non_ascii;
