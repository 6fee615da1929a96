//! The lines for a package that is worked on where it lies.

use std::path::{Path, PathBuf};

use super::git::{Remote, Repository};

/// `-e` and the place, with a comment where the place is a mere folder. `version` is
/// `name==version`.
pub(super) fn lines(dir: &Path, name: &str, version: &str) -> Vec<String> {
    let folder = |comments: Vec<String>| {
        let mut lines = comments;
        lines.push(format!("-e {}", dir.display()));
        lines
    };
    let Some(repository) = Repository::around(dir) else {
        let other =
            [".hg", ".svn", ".bzr"].iter().any(|n| dir.ancestors().any(|d| d.join(n).exists()));
        return folder(vec![match other {
            true => "## !! Could not determine repository location".to_owned(),
            false => format!("# Editable install with no version control ({version})"),
        }]);
    };
    match repository.remote() {
        Remote::None => folder(vec![format!("# Editable Git install with no remote ({version})")]),
        Remote::Odd(url) => folder(vec![
            format!(
                "# Editable Git install ({version}) with either a deleted local remote or invalid URI:"
            ),
            format!("# '{url}'"),
        ]),
        Remote::Url(url) => match repository.head() {
            Some(commit) => {
                let egg = name.replace('-', "_");
                let sub = project_below(dir, &repository.root);
                let sub = sub.map(|s| format!("&subdirectory={}", s.display())).unwrap_or_default();
                vec![format!("-e git+{url}@{commit}#egg={egg}{sub}")]
            }
            None => folder(vec!["## !! Could not determine repository location".to_owned()]),
        },
    }
}

/// The folder with the package's build file, from the repository's root; none for the root itself.
fn project_below(dir: &Path, root: &Path) -> Option<PathBuf> {
    let built = |d: &&Path| d.join("pyproject.toml").is_file() || d.join("setup.py").is_file();
    let project = dir.ancestors().find(built)?.canonicalize().ok()?;
    let below = project.strip_prefix(root.canonicalize().ok()?).ok()?;
    (!below.as_os_str().is_empty()).then(|| below.to_owned())
}
