//! A plugin's manifest: `NAME.plugin.yml`, all that the host knows before it loads the library.

use std::path::Path;

use serde::{Deserialize, Serialize};

/// What a manifest says. Unknown entries are ignored, so that newer manifests can be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Manifest {
    /// The plugin's name: letters, digits, `_` and `-`.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// One line about it.
    pub description: String,
    /// The version of `plugin-api` that it was built with.
    pub api: String,
    /// The library's name without the system's `lib` and ending; the plugin's name when absent.
    pub library: Option<String>,
    /// What kinds of things it provides: `operation`.
    pub provides: Vec<String>,
    /// What it wants to be asked about.
    pub handles: Handles,
    /// Who is asked first when several handle the same thing: the lower number.
    #[serde(default = "default_priority")]
    pub priority: i32,
}

/// What a plugin wants to be asked about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Handles {
    /// Shell patterns for the names of files.
    pub files: Vec<String>,
    /// Shell patterns for the first word of exec templates; of several words, for the first words.
    pub commands: Vec<String>,
    /// Attributes of operations in Guild files that the plugin makes exec templates of.
    pub attributes: Vec<String>,
    /// Whether it wants operations of Guild files that do not say how they are run.
    pub implied: bool,
    /// Kinds of sources of resources: the attribute that says what a source is.
    pub resources: Vec<String>,
    /// Values of `flags-dest`, or what comes before `:` in them.
    pub flags_dest: Vec<String>,
    /// Names of optimizers.
    pub optimizers: Vec<String>,
    /// Whether it knows where packages are that Guild files inherit from and include.
    pub packages: bool,
    /// Kinds of environments that `guild init` makes.
    pub environments: Vec<String>,
}

/// The priority of a manifest that names none.
fn default_priority() -> i32 {
    100
}

/// The api major version that this host speaks.
pub const API_MAJOR: u64 = 1;

impl Manifest {
    /// Reads a manifest. The error is one line about what is wrong with it.
    pub fn parse(text: &str) -> Result<Manifest, String> {
        let manifest: Manifest =
            serde_yaml::from_str(text).map_err(|e| format!("invalid manifest: {e}"))?;
        let valid = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if manifest.name.is_empty() || !manifest.name.chars().all(valid) {
            return Err("invalid manifest: `name` must be letters, digits, `_` and `-`".into());
        }
        if let Some(library) = &manifest.library
            && (library.is_empty() || !library.chars().all(valid))
        {
            return Err("invalid manifest: `library` must be a bare name".into());
        }
        Ok(manifest)
    }

    /// The file name of the library on this system.
    pub fn library_file(&self) -> String {
        let library = self.library.as_deref().unwrap_or(&self.name);
        format!("{}{library}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
    }

    /// Why this host cannot use the plugin's api version, if it cannot.
    pub fn incompatibility(&self) -> Option<String> {
        let major = self.api.split('.').next().and_then(|m| m.parse::<u64>().ok());
        match major {
            Some(API_MAJOR) => None,
            Some(_) => {
                Some(format!("built for plugin api {}, this guild speaks {API_MAJOR}.x", self.api))
            }
            None => Some(format!("`api: {}` is not a version", self.api)),
        }
    }

    /// Whether the plugin wants to be asked about a file of this name.
    pub fn handles_file(&self, path: &Path) -> bool {
        let name = path.file_name().map(|n| n.to_string_lossy()).unwrap_or_default();
        self.handles.files.iter().any(|p| fast_glob::glob_match(p, name.as_bytes()))
    }

    /// Whether the plugin wants to be asked about an exec template of these words: by how it starts,
    /// or by a parameter among the words.
    pub fn handles_command(&self, words: &[String]) -> bool {
        let Some((program, args)) = words.split_first() else { return false };
        self.handles.commands.iter().any(|pattern| match pattern.split_once(' ') {
            None => {
                let is_parameter = pattern.starts_with("${");
                let is_given = is_parameter && args.iter().any(|arg| arg.contains(pattern));
                is_given || matches_word(pattern, program)
            }
            Some(_) => {
                let patterns: Vec<&str> = pattern.split_whitespace().collect();
                let both = patterns.iter().zip(words);
                words.len() >= patterns.len() && both.into_iter().all(|(p, w)| matches_word(p, w))
            }
        })
    }
}

/// A pattern with `${` is a literal; others are shell patterns, `*` reaching across folders.
fn matches_word(pattern: &str, word: &str) -> bool {
    if pattern == word {
        return true;
    }
    !pattern.contains("${")
        && fast_glob::glob_match(
            pattern.strip_prefix("*/").unwrap_or(pattern),
            if pattern.contains('/') { word.rsplit('/').next().unwrap_or(word) } else { word },
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_from_the_future_can_be_read() {
        let text = "name: x\napi: 1.7.3\nhandles: {files: ['*.x'], moons: [1]}\nwings: 2\n";
        let m = Manifest::parse(text).unwrap();
        assert_eq!((m.priority, m.incompatibility()), (100, None));
        assert_eq!(Manifest::parse("name: x\npriority: 0\n").unwrap().priority, 0);
        assert!(m.handles_file(Path::new("a/b.x")) && !m.handles_file(Path::new("a/b.y")));
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        for text in ["", "name: [1]", "name: ../x", "name: x\nlibrary: /lib/y", "{", "- 1"] {
            let e = Manifest::parse(text).unwrap_err();
            assert!(e.starts_with("invalid manifest: ") && !e.contains('\n'), "{text}: {e}");
        }
        let m = Manifest::parse("name: x\napi: 2.0.0").unwrap();
        assert_eq!(
            m.incompatibility().unwrap(),
            "built for plugin api 2.0.0, this guild speaks 1.x"
        );
        assert!(Manifest::parse("name: x\napi: new").unwrap().incompatibility().is_some());
    }

    #[test]
    fn commands_are_matched_by_name() {
        let m =
            Manifest::parse("name: x\nhandles: {commands: ['${lang_exe}', 'lang*', '*/lang*']}\n")
                .unwrap();
        let handles = |m: &Manifest, exec: &str| {
            let words: Vec<String> = exec.split_whitespace().map(Into::into).collect();
            m.handles_command(&words)
        };
        for exec in [
            "${lang_exe}",
            "lang",
            "lang3.11 -x",
            "/usr/bin/lang3",
            "time ${lang_exe} x",
            "env A=${lang_exe} x",
        ] {
            assert!(handles(&m, exec), "{exec}");
        }
        for exec in ["${other_exe}", "slang", "/lang/bin/sh", "time lang", ""] {
            assert!(!handles(&m, exec), "{exec}");
        }
        let m =
            Manifest::parse("name: x\nhandles: {commands: ['${lang_exe} -m jobs.*']}\n").unwrap();
        assert!(handles(&m, "${lang_exe} -m jobs.a b"));
        assert!(!handles(&m, "${lang_exe} -m") && !handles(&m, "a ${lang_exe} -m jobs.a"));
    }
}
