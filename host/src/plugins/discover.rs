//! Which plugins there are: manifests in the search folders, and those built in.
//!
//! No library is opened here, so whatever is wrong with one cannot hurt.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::manifest::Manifest;
use super::trust;
use crate::program;

/// The manifests of the plugins built with this host.
const BUILTIN: &[&str] = include!(concat!(env!("OUT_DIR"), "/builtin_manifests.rs"));

/// How a manifest's file name ends.
pub const MANIFEST_SUFFIX: &str = ".plugin.yml";

/// A plugin that was found.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What its manifest says. Of a manifest that cannot be read, only the name, from the file's.
    pub manifest: Manifest,
    /// Where it was found.
    pub origin: Origin,
    /// The folder of its manifest, or for built-in ones of its library.
    pub folder: Option<PathBuf>,
    /// The library's file, whether it is there or not.
    pub library: PathBuf,
    /// What the host makes of it.
    pub state: State,
    /// Whether it is the one of its name that is used, or would be if it could be.
    pub used: bool,
}

/// Where a plugin comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A folder named by `GUILD_PLUGIN_PATH`, the user's plugin folder, or one beside guild.
    Installed,
    /// The manifest is part of this guild.
    BuiltIn,
}

/// What the host makes of a plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It is used when something that it handles is at hand.
    Ready,
    /// An earlier one of the same name that is ready is used instead.
    Shadowed,
    /// Its manifest cannot be used, or its library is missing.
    Broken(String),
    /// It was built for another plugin api.
    Incompatible(String),
    /// Others than the user and root could have written what would be loaded.
    Untrusted(String),
}

impl State {
    /// Why the plugin cannot be used, if it cannot.
    pub fn reason(&self) -> Option<&str> {
        match self {
            State::Ready | State::Shadowed => None,
            State::Broken(reason) | State::Incompatible(reason) | State::Untrusted(reason) => {
                Some(reason)
            }
        }
    }
}

/// Where plugins are looked for, in order. The first of a name that is ready wins.
#[derive(Clone, Debug, Default)]
pub struct SearchPath {
    /// Folders that may hold manifests with their libraries.
    pub folders: Vec<PathBuf>,
    /// Folders that may hold the libraries of built-in plugins beside those.
    pub libraries: Vec<PathBuf>,
    /// The one of the folders that is the user's own, where plugins are installed.
    pub user: Option<PathBuf>,
    /// The one of the folders that is guild's own.
    pub own: Option<PathBuf>,
}

impl SearchPath {
    /// `GUILD_PLUGIN_PATH`, then `~/.guild/plugins`, then what is installed with guild: from
    /// `BIN/guild` in `BIN/../lib/guild/plugins`, or for a development tree beside the program.
    ///
    /// `deps` comes before the program's own folder, as cargo refreshes the library there and may
    /// leave an outdated link beside the program.
    pub fn new(plugin_path: Option<&OsStr>, user_home: Option<&Path>, exe: &Path) -> SearchPath {
        let mut folders: Vec<PathBuf> = plugin_path
            .map(|p| std::env::split_paths(p).filter(|f| !f.as_os_str().is_empty()).collect())
            .unwrap_or_default();
        let user = user_home.map(|h| h.join(".guild").join("plugins"));
        folders.extend(user.clone());
        let own = exe.parent().and_then(Path::parent).map(|p| p.join(program::PLUGINS));
        folders.extend(own.clone());
        let libraries =
            exe.parent().map(|bin| vec![bin.join("deps"), bin.to_path_buf()]).unwrap_or_default();
        SearchPath { folders, libraries, user, own }
    }
}

/// Every plugin on the search path, in its order, then the built-in ones that were not met there.
pub fn discover(path: &SearchPath) -> Vec<Entry> {
    let builtin: Vec<Manifest> =
        BUILTIN.iter().filter_map(|text| Manifest::parse(text).ok()).collect();
    let mut entries: Vec<Entry> = path.folders.iter().flat_map(|f| in_folder(f)).collect();
    for entry in &mut entries {
        // The same name and version in guild's own folder is the built-in one where it is installed.
        let own = path.own.is_some() && entry.folder == path.own;
        if own && builtin.iter().any(|m| m.name == entry.manifest.name) {
            entry.origin = Origin::BuiltIn;
        }
        // Whoever can write beside guild can change guild itself.
        if own && matches!(entry.state, State::Untrusted(_)) {
            entry.state = State::Ready;
        }
    }
    for manifest in builtin {
        if entries.iter().any(|e| e.origin == Origin::BuiltIn && e.manifest.name == manifest.name) {
            continue;
        }
        entries.push(built_in(manifest, path));
    }
    mark_shadowed(&mut entries);
    entries
}

/// The kinds of environments that the plugins built with this host make, sorted.
pub fn environments() -> &'static [String] {
    static KINDS: OnceLock<Vec<String>> = OnceLock::new();
    KINDS.get_or_init(|| {
        let manifests = BUILTIN.iter().filter_map(|text| Manifest::parse(text).ok());
        let mut kinds: Vec<String> = manifests.flat_map(|m| m.handles.environments).collect();
        kinds.sort();
        kinds.dedup();
        kinds
    })
}

/// The plugins whose manifests are in a folder, by name. One that cannot be read holds none.
pub fn in_folder(folder: &Path) -> Vec<Entry> {
    let Ok(files) = fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = files
        .filter_map(|f| f.ok()?.file_name().into_string().ok())
        .filter(|n| n.ends_with(MANIFEST_SUFFIX))
        .collect();
    names.sort();
    names.iter().map(|name| from_manifest(folder, name)).collect()
}

/// The plugin of the manifest `file` in a folder.
pub fn from_manifest(folder: &Path, file: &str) -> Entry {
    let named = file.strip_suffix(MANIFEST_SUFFIX).unwrap_or(file);
    let read = fs::read_to_string(folder.join(file))
        .map_err(|e| format!("cannot read its manifest: {e}"))
        .and_then(|text| Manifest::parse(&text))
        .and_then(|m| match m.name == named {
            true => Ok(m),
            false => Err(format!("{file} is the manifest of `{}`", m.name)),
        });
    let (manifest, defect) = match read {
        Ok(manifest) => (manifest, None),
        Err(defect) => (Manifest { name: named.into(), ..Manifest::default() }, Some(defect)),
    };
    let library = folder.join(manifest.library_file());
    let state = match defect {
        Some(defect) => State::Broken(defect),
        None => judge(&manifest, &library, Some(folder)),
    };
    Entry {
        manifest,
        origin: Origin::Installed,
        folder: Some(folder.into()),
        library,
        state,
        used: true,
    }
}

fn built_in(manifest: Manifest, path: &SearchPath) -> Entry {
    let file = manifest.library_file();
    let places = || path.libraries.iter().map(|f| f.join(&file));
    let library =
        places().find(|p| p.exists()).or_else(|| places().next_back()).unwrap_or_default();
    // Beside guild itself: see above.
    let state = judge(&manifest, &library, None);
    let folder = library.parent().map(Path::to_path_buf);
    Entry { manifest, origin: Origin::BuiltIn, folder, library, state, used: true }
}

/// What to make of a plugin; `folder` is where its manifest was found.
fn judge(manifest: &Manifest, library: &Path, folder: Option<&Path>) -> State {
    if let Some(reason) = manifest.incompatibility() {
        State::Incompatible(reason)
    } else if !library.is_file() {
        State::Broken(format!("its library {} is missing", library.display()))
    } else if let Some(reason) = folder.and_then(|f| trust::objection(f, library)) {
        State::Untrusted(reason)
    } else {
        State::Ready
    }
}

/// Of each name the first that is ready is used; where none is, the first, which has to say why.
fn mark_shadowed(entries: &mut [Entry]) {
    let mut used: HashMap<String, usize> = HashMap::new();
    for ready in [true, false] {
        for (i, entry) in entries.iter().enumerate() {
            if !ready || entry.state == State::Ready {
                used.entry(entry.manifest.name.clone()).or_insert(i);
            }
        }
    }
    for (i, entry) in entries.iter_mut().enumerate() {
        entry.used = used.get(&entry.manifest.name) == Some(&i);
        if !entry.used && entry.state == State::Ready {
            entry.state = State::Shadowed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, name: &str, text: &str) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(format!("{name}{MANIFEST_SUFFIX}")), text).unwrap();
        fs::write(folder.join(format!("lib{name}.so")), "x").unwrap();
    }

    #[test]
    fn the_first_of_a_name_wins_and_bad_ones_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a"), dir.path().join("b"));
        put(&a, "one", "name: one\napi: 1.0.0\nversion: 2.0.0\n");
        put(&b, "one", "name: one\napi: 1.0.0\nversion: 1.0.0\n");
        put(&b, "old", "name: old\napi: 0.9.0\n");
        put(&b, "bad", "name: [\n");
        put(&b, "liar", "name: one\napi: 1.0.0\n");
        put(&b, "lost", "name: lost\napi: 1.0.0\nlibrary: nowhere\n");
        let path =
            SearchPath { folders: vec![a, b, dir.path().join("c")], ..SearchPath::default() };
        let entries = discover(&path);
        let state = |name: &str, i: usize| {
            entries.iter().filter(|e| e.manifest.name == name).nth(i).unwrap().state.clone()
        };
        if cfg!(target_os = "linux") {
            assert_eq!(state("one", 0), State::Ready);
        }
        assert_eq!(state("one", 1), State::Shadowed);
        assert!(matches!(state("old", 0), State::Incompatible(r) if r.contains("0.9.0")));
        assert!(matches!(state("bad", 0), State::Broken(r) if r.starts_with("invalid manifest")));
        assert!(matches!(state("liar", 0), State::Broken(r) if r.contains("`one`")));
        assert!(matches!(state("lost", 0), State::Broken(r) if r.contains("missing")));
    }

    #[test]
    fn the_search_path_has_its_order() {
        let path = SearchPath::new(
            Some(OsStr::new("/x:/y")),
            Some(Path::new("/home/u")),
            Path::new("/v/bin/guild"),
        );
        let folders: Vec<_> = path.folders.iter().map(|f| f.to_str().unwrap()).collect();
        assert_eq!(folders, ["/x", "/y", "/home/u/.guild/plugins", "/v/lib/guild/plugins"]);
        let libraries: Vec<_> = path.libraries.iter().map(|f| f.to_str().unwrap()).collect();
        assert_eq!(libraries, ["/v/bin/deps", "/v/bin"]);
        assert_eq!(path.own.unwrap(), Path::new("/v/lib/guild/plugins"));
    }

    #[test]
    fn a_plugin_that_cannot_be_used_leaves_its_name_to_the_next() {
        let dir = tempfile::tempdir().unwrap();
        let folders: Vec<_> = ["a", "b", "c", "d"].iter().map(|f| dir.path().join(f)).collect();
        put(&folders[0], "one", "name: one\napi: 2.0.0\n");
        put(&folders[1], "one", "name: [");
        put(&folders[2], "one", "name: one\napi: 1.0.0\n");
        put(&folders[3], "one", "name: one\napi: 1.0.0\n");
        put(&folders[3], "two", "name: two\napi: 3.0.0\n");
        let library = Manifest { name: "one".into(), ..Manifest::default() }.library_file();
        folders[2..].iter().for_each(|f| fs::write(f.join(&library), "x").unwrap());
        let found = discover(&SearchPath { folders, ..SearchPath::default() });
        let of = |name: &str| {
            let named = found.iter().filter(move |e| e.manifest.name == name);
            named.map(|e| (e.used, e.state.clone())).collect::<Vec<_>>()
        };
        let one = of("one");
        assert!(matches!(one[0], (false, State::Incompatible(_))), "{one:?}");
        assert!(matches!(one[1], (false, State::Broken(_))), "{one:?}");
        assert_eq!(one[2..], [(true, State::Ready), (false, State::Shadowed)]);
        // Where none is ready, the first says why.
        assert!(matches!(of("two")[..], [(true, State::Incompatible(_))]));
    }

    #[test]
    fn what_is_the_users_is_not_guilds_own_where_guild_does_not_know_where_it_is() {
        let home = tempfile::tempdir().unwrap();
        let mut builtin = BUILTIN.iter().filter_map(|text| Manifest::parse(text).ok());
        let Some(builtin) = builtin.next() else { return };
        let user = home.path().join(".guild/plugins");
        put(&user, &builtin.name, &format!("name: {}\napi: 1.0.0\n", builtin.name));
        let path = SearchPath::new(None, Some(home.path()), Path::new(""));
        let found = discover(&path);
        assert_eq!((&found[0].folder, found[0].origin), (&Some(user), Origin::Installed));
    }
}
