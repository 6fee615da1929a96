//! A project's Guild file (`guild.yml`), read as Guild AI 0.9.0 reads it.
//!
//! | room | what it answers |
//! |---|---|
//! | `guildfile` | [`Guildfile`]: a file, read |
//! | `lookup` | which operation a user means |
//! | `load` | from files, what they include, and packages to models |
//! | `coerce` | what shorthands stand for |
//! | `extend`, `params` | what a model inherits, and `{{name}}` in it |
//! | `place` | where in the files something is |
//! | `include` | `$include` in flags, operations and resources |
//! | `import` | flags that a plugin finds in a program, put to those that a file defines |
//! | `model`, `operation`, `flag`, `optimizer`, `select`, `resource`, `package` | the parts |
//!
//! Attributes that only plugins understand (`main`, `steps`, `notebook`) are kept in
//! [`OpDef::other`](guild_plugin_api::model::OpDef::other), and so is every other attribute of an
//! operation that has no field: `requires`, `compare`, `flags-import`, `default`, `publish`, …
//!
//! Nothing here prints, runs anything or knows any kind of program. Errors and warnings are in the
//! words of 0.9.0. Where that one breaks down with a traceback there is an error, or, where the
//! rest of the file is of use, a warning.
//!
//! ```
//! use guild_guildfile::{Guildfile, Options};
//! # fn main() -> Result<(), guild_guildfile::Error> {
//! let text = "train:\n  exec: ./train ${flag_args}\n  flags: {lr: 0.1}\n";
//! let file = Guildfile::from_text(text, "/project/guild.yml".as_ref(), &Options::new())?;
//! let train = &file.models[0].operations["train"];
//! assert_eq!(train.exec.as_deref(), Some("./train ${flag_args}"));
//! assert_eq!(train.flags["lr"].default, 0.1.into());
//! # Ok(())
//! # }
//! ```

mod coerce;
mod context;
mod error;
mod extend;
mod flag;
mod guildfile;
mod import;
mod include;
mod load;
mod lookup;
mod model;
mod operation;
mod optimizer;
mod origin;
mod package;
mod params;
mod place;
mod resource;
mod select;

pub use context::Options;
pub use error::{Error, ErrorKind, Warning};
pub use guildfile::Guildfile;
pub use import::import_flags;
pub use load::NAME;
pub use lookup::{LookupError, parse_spec};
pub use model::Model;
pub use optimizer::{Optimizer, default_optimizer, optimizers};
pub use package::Package;
pub use place::{Place, Places};
pub use resource::{SOURCE_ATTRS, SOURCE_TYPES};
pub use select::SourceRules;
