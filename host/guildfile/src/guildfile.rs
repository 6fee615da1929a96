//! [`Guildfile`]: a file, read.

use std::path::{Path, PathBuf};

use guild_plugin_api::model::OpDef;

use crate::context::{Context, Options};
use crate::error::{Error, Warning};
use crate::load::{Loaded, Loader, NAME, normal};
use crate::model::Model;
use crate::package::Package;
use crate::place::Places;

/// A project's Guild file.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Guildfile {
    /// The project's folder, absolute.
    pub dir: PathBuf,
    /// The file, absolute.
    pub path: PathBuf,
    /// The models in the order of the file, with those of the files that it includes.
    pub models: Vec<Model>,
    /// The package that the file defines.
    pub package: Option<Package>,
    /// What the user should be told, one line each.
    pub warnings: Vec<Warning>,
    /// Where in the files things are.
    pub places: Places,
}

impl Guildfile {
    /// Reads the Guild file of the folder `dir`; none when there is none.
    ///
    /// # Errors
    ///
    /// As [`Guildfile::for_file`].
    pub fn for_dir(dir: &Path) -> Result<Option<Guildfile>, Error> {
        Guildfile::for_dir_with(dir, &Options::default())
    }

    /// As [`Guildfile::for_dir`], with packages and plugins.
    ///
    /// # Errors
    ///
    /// As [`Guildfile::for_file`].
    pub fn for_dir_with(dir: &Path, options: &Options) -> Result<Option<Guildfile>, Error> {
        let path = dir.join(NAME);
        if path.is_file() { Guildfile::for_file(&path, options).map(Some) } else { Ok(None) }
    }

    /// Reads the file at `path`, whatever its name.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is no YAML, or says what 0.9.0 refuses; and some of what 0.9.0
    /// breaks down over. What would exhaust time or memory is an error as well.
    pub fn for_file(path: &Path, options: &Options) -> Result<Guildfile, Error> {
        let context = Context::new(options);
        let path = normal(path);
        let loaded = Loader::new(&context).file(&path, &mut Vec::new(), &[])?;
        Ok(Guildfile::new(loaded, context))
    }

    /// Reads `text` as if it were in the file at `path`, which need not exist.
    ///
    /// # Errors
    ///
    /// As [`Guildfile::for_file`].
    pub fn from_text(text: &str, path: &Path, options: &Options) -> Result<Guildfile, Error> {
        let context = Context::new(options);
        let path = normal(path);
        let dir = path.parent().unwrap_or(Path::new(""));
        let loader = Loader::new(&context);
        let loaded = loader.bytes(text.as_bytes(), &path, dir, &mut Vec::new(), &[])?;
        Ok(Guildfile::new(loaded, context))
    }

    fn new(loaded: Loaded, context: Context) -> Guildfile {
        let (warnings, texts) = context.into_parts();
        let places = Places::new(loaded.source.path.clone(), texts);
        Guildfile {
            dir: loaded.source.dir,
            path: loaded.source.path,
            models: loaded.models,
            package: loaded.package,
            warnings,
            places,
        }
    }

    /// The model `name`.
    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.iter().find(|model| model.name == name)
    }

    /// The model that is meant when none is named: the only one, or the first with `default`.
    pub fn default_model(&self) -> Option<&Model> {
        match self.models.as_slice() {
            [only] => Some(only),
            many => many.iter().find(|model| model.default),
        }
    }

    /// The default operation of the default model.
    pub fn default_operation(&self) -> Option<(&Model, &str, &OpDef)> {
        let model = self.default_model()?;
        model.default_operation().map(|(name, op)| (model, name, op))
    }
}
