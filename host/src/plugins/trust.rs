//! Whether a plugin's library may be opened at all: opening it runs the code of whoever wrote it,
//! or could have changed it since.

use std::path::Path;

/// What to do about a plugin that is not trusted.
pub const HINT: &str = "Loading it would run their code: take the right to write from others \
                        ('chmod go-w') or install the plugin yourself.";

/// Why the library must not be opened: other users can write to it or to one of the folders that
/// it is found through, or it is somebody else's. None when nothing speaks against it.
///
/// The owner may be the user or root. A folder that everyone can write to is fine if only a file's
/// owner can replace it there (the sticky bit, as `/tmp` has it). A group of the user's own number
/// is taken for the user's private one, and group 0 for root's.
pub fn objection(folder: &Path, library: &Path) -> Option<String> {
    let real = library.canonicalize().ok()?;
    let mut places = vec![folder, &real];
    places.extend(real.parent().filter(|real| *real != folder));
    places.into_iter().find_map(objection_to)
}

/// What speaks against a single file or folder.
#[cfg(unix)]
pub fn objection_to(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt;

    let user = rustix::process::geteuid().as_raw();
    let meta = path.metadata().ok()?;
    let (mode, owner, group) = (meta.mode(), meta.uid(), meta.gid());
    if owner != user && owner != 0 {
        let shown = path.display();
        return Some(format!("{shown} belongs to user {owner}, who is neither you nor root"));
    }
    let sticky = meta.is_dir() && mode & 0o1000 != 0;
    let by_group = mode & 0o020 != 0 && group != user && group != 0;
    let open = !sticky && (mode & 0o002 != 0 || by_group);
    open.then(|| format!("other users can write to {}", path.display()))
}

/// Nothing is known about rights here.
#[cfg(not(unix))]
pub fn objection_to(_: &Path) -> Option<String> {
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::path::PathBuf;

    use super::*;

    struct Place {
        _root: tempfile::TempDir,
        folder: PathBuf,
        library: PathBuf,
    }

    impl Place {
        fn new() -> Place {
            let root = tempfile::tempdir().unwrap();
            let folder = root.path().canonicalize().unwrap().join("plugins");
            let library = folder.join("lib.so");
            fs::create_dir(&folder).unwrap();
            fs::write(&library, "x").unwrap();
            let place = Place { _root: root, folder, library };
            place.modes(0o755, 0o644);
            place
        }

        fn modes(&self, folder: u32, library: u32) {
            fs::set_permissions(&self.folder, Permissions::from_mode(folder)).unwrap();
            fs::set_permissions(&self.library, Permissions::from_mode(library)).unwrap();
        }

        fn objection(&self) -> Option<String> {
            objection(&self.folder, &self.library)
        }
    }

    #[test]
    fn what_only_the_user_can_write_to_is_trusted() {
        let place = Place::new();
        assert_eq!(place.objection(), None);
        place.modes(0o700, 0o600);
        assert_eq!(place.objection(), None);
        place.modes(0o1777, 0o644);
        assert_eq!(place.objection(), None, "only the owner can replace a file there");
    }

    #[test]
    fn what_everybody_can_write_to_is_not() {
        let place = Place::new();
        place.modes(0o755, 0o646);
        let told = format!("other users can write to {}", place.library.display());
        assert_eq!(place.objection(), Some(told));
        place.modes(0o777, 0o644);
        let told = format!("other users can write to {}", place.folder.display());
        assert_eq!(place.objection(), Some(told));
        // The sticky bit does not keep others from changing the file itself.
        place.modes(0o1777, 0o1646);
        assert!(place.objection().is_some());
    }

    #[test]
    fn a_link_is_judged_by_what_it_leads_to() {
        let (place, other) = (Place::new(), Place::new());
        fs::remove_file(&place.library).unwrap();
        std::os::unix::fs::symlink(&other.library, &place.library).unwrap();
        assert_eq!(place.objection(), None);
        other.modes(0o777, 0o644);
        assert!(place.objection().unwrap().contains(other.folder.to_str().unwrap()));
    }

    #[test]
    fn what_belongs_to_others_or_to_a_group_is_not() {
        if !rustix::process::geteuid().is_root() {
            eprintln!("skipped: only root can give files away");
            return;
        }
        let place = Place::new();
        chown(&place.library, None, Some(1234)).unwrap();
        assert_eq!(place.objection(), None);
        place.modes(0o755, 0o664);
        assert!(place.objection().unwrap().starts_with("other users can write to"));
        place.modes(0o755, 0o644);
        chown(&place.library, Some(1234), None).unwrap();
        assert!(place.objection().unwrap().contains("belongs to user 1234"));
    }
}
