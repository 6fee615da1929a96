//! [`OpRef`]: which operation a run is of, as in the file `.guild/opref`.

use std::fmt;
use std::path::{Path, PathBuf};

use guild_flags::shell;

use crate::paths;

/// Reference to an operation.
///
/// In the file it is one line of four words, quoted as for a shell:
/// `PKG_TYPE:PKG_NAME PKG_VERSION MODEL_NAME OP_NAME`.
///
/// ```
/// use guild_store::OpRef;
/// let text = "script:'/my project' '' '' train.py";
/// let opref: OpRef = text.parse().unwrap();
/// assert_eq!(opref, OpRef::new("script", "/my project", "", "", "train.py"));
/// assert_eq!(opref.to_string(), text);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpRef {
    /// `guildfile`, `script`, `package`, `builtin`, `pending`, `test`, `func`, `import`, or what
    /// another program writes.
    pub pkg_type: String,
    /// The Guild file's path for `guildfile`, the script's folder for `script`, else a name.
    pub pkg_name: String,
    /// A digest for `guildfile`, a version for `package` and `builtin`.
    pub pkg_version: String,
    /// The model; empty for the default one and for scripts.
    pub model_name: String,
    /// The operation's name, or the script's path below `pkg_name`.
    pub op_name: String,
}

/// The text is no operation reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid operation reference {0:?}")]
pub struct OpRefError(pub String);

impl OpRef {
    /// A reference from its five parts.
    pub fn new(
        pkg_type: impl Into<String>,
        pkg_name: impl Into<String>,
        pkg_version: impl Into<String>,
        model_name: impl Into<String>,
        op_name: impl Into<String>,
    ) -> OpRef {
        OpRef {
            pkg_type: pkg_type.into(),
            pkg_name: pkg_name.into(),
            pkg_version: pkg_version.into(),
            model_name: model_name.into(),
            op_name: op_name.into(),
        }
    }

    /// What a user would type to run this operation: the script's path (seen from `cwd` when
    /// given), `[package/][model:]operation` for all others.
    pub fn to_opspec(&self, cwd: Option<&Path>) -> String {
        if self.pkg_type == "script" {
            let script = PathBuf::from(&self.pkg_name).join(&self.op_name);
            let shown = match cwd {
                Some(cwd) => paths::relative(&paths::absolute(&script, cwd), cwd),
                None => script,
            };
            return shown.display().to_string();
        }
        let mut spec = String::new();
        if self.pkg_type == "package" && !self.pkg_name.is_empty() {
            spec = format!("{}/", self.pkg_name);
        }
        if !self.model_name.is_empty() {
            spec += &format!("{}:", self.model_name);
        }
        spec + &self.op_name
    }

    /// The folder that the operation is defined in: the script's or the Guild file's. None where
    /// the reference names no place on this disk.
    pub fn dir(&self) -> Option<PathBuf> {
        match self.pkg_type.as_str() {
            _ if self.pkg_name.is_empty() => None,
            "script" => Some(PathBuf::from(&self.pkg_name)),
            "guildfile" | "import" => {
                Some(Path::new(&self.pkg_name).parent().unwrap_or(Path::new("/")).to_path_buf())
            }
            _ => None,
        }
    }
}

impl std::str::FromStr for OpRef {
    type Err = OpRefError;

    fn from_str(text: &str) -> Result<OpRef, OpRefError> {
        let error = || OpRefError(text.to_string());
        let words = shell::split(text).map_err(|_| error())?;
        let [package, version, model, op] = words.try_into().map_err(|_| error())?;
        let (pkg_type, pkg_name) = package.split_once(':').ok_or_else(error)?;
        Ok(OpRef::new(pkg_type, pkg_name, version, model, op))
    }
}

impl fmt::Display for OpRef {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(
            f,
            "{}:{} {} {} {}",
            shell::quote(&self.pkg_type),
            shell::quote(&self.pkg_name),
            shell::quote(&self.pkg_version),
            shell::quote(&self.model_name),
            shell::quote(&self.op_name)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn garbage_is_an_error() {
        for text in ["", "a b c d", "a:b c d", "a:b c d e f", "a:b 'c d e", "\0"] {
            assert!(text.parse::<OpRef>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn opspecs() {
        for (text, cwd, want) in [
            ("script:/p/x '' '' t.py", Some("/p"), "x/t.py"),
            ("script:/p/x '' '' t.py", Some("/p/y"), "../x/t.py"),
            ("script:/p/x '' '' t.py", None, "/p/x/t.py"),
            ("package:gpkg.x 1.0 m train", None, "gpkg.x/m:train"),
            ("guildfile:/p/guild.yml abc m train", None, "m:train"),
            ("guildfile:/p/guild.yml abc '' train", None, "train"),
            ("builtin:guildai 0.9.0 '' +", None, "+"),
        ] {
            assert_eq!(text.parse::<OpRef>().unwrap().to_opspec(cwd.map(Path::new)), want);
        }
    }

    #[test]
    fn folders() {
        let dir = |t: &str| t.parse::<OpRef>().unwrap().dir();
        assert_eq!(dir("script:/p '' '' a"), Some("/p".into()));
        assert_eq!(dir("guildfile:/p/guild.yml '' '' a"), Some("/p".into()));
        assert_eq!(dir("builtin:guildai '' '' +"), None);
        assert_eq!(dir("guildfile:'' '' '' a"), None);
    }

    proptest! {
        #[test]
        fn any_parts_survive(
            parts in proptest::array::uniform4("[^:\0]{0,8}"), op in "\\PC{0,8}"
        ) {
            let [kind, name, version, model] = parts;
            let opref = OpRef::new(kind, name, version, model, op);
            prop_assert_eq!(opref.to_string().parse::<OpRef>(), Ok(opref));
        }

        #[test]
        fn no_text_makes_parsing_panic(text in "\\PC{0,20}|[ab:' \"\\\\\n]{0,20}") {
            let _ = text.parse::<OpRef>();
        }
    }
}
