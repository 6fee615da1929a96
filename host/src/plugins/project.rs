//! A new plugin's project.

use std::fs;
use std::io;
use std::path::Path;

use guild_plugin_api::abi::API_VERSION;

use super::{Origin, Registry};
use crate::error::{Error, Result};

/// The files of a project, by their place in it.
const FILES: [(&str, &str); 6] = [
    ("Cargo.toml", include_str!("template/Cargo.toml.in")),
    ("src/lib.rs", include_str!("template/lib.rs.in")),
    ("{{name}}.plugin.yml", include_str!("template/plugin.yml.in")),
    ("README.md", include_str!("template/README.md.in")),
    ("hello.{{name}}", include_str!("template/hello.in")),
    (".gitignore", "/target\n"),
];

/// What the project depends on when nobody says where `plugin-api` is.
const FROM_REGISTRY: &str = "\
# Where it is on no registry that you use, name its folder:
# guild-plugin-api = { path = \"/path/to/guild/plugin-api\" }
guild-plugin-api = \"1\"";

/// Makes the project of a plugin `name` in the folder `parent`. `api` is the folder of
/// `plugin-api`, absolute; none to have it from the registry.
///
/// # Errors
/// When the name does not do or is taken, and when the project cannot be written.
pub fn create(plugins: &Registry, parent: &Path, name: &str, api: Option<&Path>) -> Result<()> {
    check_name(name)?;
    let built_in = |e: &super::Entry| e.manifest.name == name && e.origin == Origin::BuiltIn;
    if plugins.entries().any(built_in) {
        return Err(Error::new(format!("guild has a plugin '{name}': choose another name")));
    }
    let folder = parent.join(name);
    if folder.symlink_metadata().is_ok() {
        return Err(Error::new(format!("{} exists already", folder.display()))
            .hint("Choose another name, or move it away."));
    }
    let dependency = match api {
        None => FROM_REGISTRY.to_string(),
        Some(path) => dependency_on(path)?,
    };
    let fill = |text: &str| {
        text.replace("{{name}}", name)
            .replace("{{Name}}", &type_name(name))
            .replace("{{lib}}", &format!("guild_{}", name.replace('-', "_")))
            .replace("{{api}}", API_VERSION)
            .replace("{{dependency}}", &dependency)
    };
    // Written beside its place first, so that there is never half a project.
    let unfinished = parent.join(format!(".{name}.new"));
    let written = write(&unfinished, &fill).and_then(|()| fs::rename(&unfinished, &folder));
    written.map_err(|e| {
        let _ = fs::remove_dir_all(&unfinished);
        Error::new(format!("cannot write {}: {e}", folder.display()))
    })
}

fn write(folder: &Path, fill: &dyn Fn(&str) -> String) -> io::Result<()> {
    fs::create_dir(folder)?;
    fs::create_dir(folder.join("src"))?;
    FILES.iter().try_for_each(|(file, text)| fs::write(folder.join(fill(file)), fill(text)))
}

/// What cargo takes for a package's name, without what only some file systems tell apart.
fn check_name(name: &str) -> Result<()> {
    let start = name.starts_with(|c: char| c.is_ascii_lowercase());
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-';
    if start && name.chars().all(valid) && name.len() <= 40 {
        return Ok(());
    }
    Err(Error::new(format!("'{name}' cannot be the name of a plugin"))
        .hint("A name is lower case letters, digits, '_' and '-', a letter first, 40 at most."))
}

fn dependency_on(path: &Path) -> Result<String> {
    let real = path.canonicalize().unwrap_or_default();
    if !real.join("Cargo.toml").is_file() || !real.join("src/abi.rs").is_file() {
        return Err(Error::new(format!(
            "{} is not the folder of guild's plugin-api",
            path.display()
        ))
        .hint("It is the folder 'plugin-api' of guild's sources."));
    }
    // As TOML writes a string.
    let text = real.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    Ok(format!("guild-plugin-api = {{ path = \"{text}\" }}"))
}

/// `job_file` as a Rust type: `JobFile`.
fn type_name(name: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
    };
    name.split(['_', '-']).map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["a", "job_file", "job-2"] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["", "2", "-a", "_a", "A", "a b", "a/b", "../a", "ä", "."] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert_eq!(type_name("job_file-2"), "JobFile2");
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        let dir = tempfile::tempdir().unwrap();
        let plugins = Registry::new(Default::default());
        create(&plugins, dir.path(), "job-file", None).unwrap();
        for (file, _) in FILES {
            let text = fs::read_to_string(
                dir.path().join("job-file").join(file.replace("{{name}}", "job-file")),
            );
            assert!(!text.unwrap().contains("{{"), "{file}");
        }
        let again = create(&plugins, dir.path(), "job-file", None).unwrap_err();
        assert!(again.message.ends_with("exists already"));
        let lost = create(&plugins, dir.path(), "other", Some(dir.path())).unwrap_err();
        assert!(lost.message.ends_with("is not the folder of guild's plugin-api"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
