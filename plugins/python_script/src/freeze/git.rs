//! What a Git repository's own files say: its remote and the commit that is checked out.

use std::path::{Path, PathBuf};

/// A repository.
pub(super) struct Repository {
    /// The folder that is checked out.
    pub root: PathBuf,
    /// `.git`, or what that leads to in a work tree.
    git_dir: PathBuf,
    /// What all work trees share.
    common_dir: PathBuf,
}

/// The first remote, or `origin`.
#[derive(Debug, PartialEq)]
pub(super) enum Remote {
    /// There is none.
    None,
    /// A URL that pip understands.
    Url(String),
    /// Something else.
    Odd(String),
}

impl Repository {
    /// The repository that `dir` is in.
    pub(super) fn around(dir: &Path) -> Option<Repository> {
        let root = dir.ancestors().find(|d| d.join(".git").exists())?;
        let mut git_dir = root.join(".git");
        if let Ok(text) = std::fs::read_to_string(&git_dir) {
            git_dir = root.join(text.trim().strip_prefix("gitdir:")?.trim());
        }
        let common = std::fs::read_to_string(git_dir.join("commondir"));
        let common_dir = common.map_or(git_dir.clone(), |text| git_dir.join(text.trim()));
        // `git` does not take a folder without these for a repository either.
        let complete = git_dir.join("HEAD").is_file() && common_dir.join("objects").is_dir();
        complete.then(|| Repository { root: root.to_owned(), git_dir, common_dir })
    }

    /// The commit that is checked out. None in a repository without commits.
    pub(super) fn head(&self) -> Option<String> {
        let mut name = "HEAD".to_owned();
        // A reference may lead to a reference, in theory for ever.
        for _ in 0..5 {
            let text = match name.as_str() {
                "HEAD" => std::fs::read_to_string(self.git_dir.join("HEAD")).ok()?,
                name => std::fs::read_to_string(self.common_dir.join(name))
                    .ok()
                    .or_else(|| self.packed(name))?,
            };
            match text.trim().strip_prefix("ref:") {
                Some(next) => name = next.trim().to_owned(),
                None => return Some(text.trim().to_owned()).filter(|t| is_commit(t)),
            }
        }
        None
    }

    fn packed(&self, name: &str) -> Option<String> {
        let text = std::fs::read_to_string(self.common_dir.join("packed-refs")).ok()?;
        let pairs = text.lines().filter_map(|line| line.split_once(' '));
        pairs.filter(|(_, n)| *n == name).map(|(commit, _)| commit.to_owned()).next()
    }

    /// The remote to name as the place that the package can be had from.
    pub(super) fn remote(&self) -> Remote {
        let config = std::fs::read_to_string(self.common_dir.join("config")).unwrap_or_default();
        let mut urls = remote_urls(&config);
        let origin = urls.iter().position(|(name, _)| name == "origin").unwrap_or(0);
        if urls.is_empty() {
            return Remote::None;
        }
        pip_url(urls.swap_remove(origin).1)
    }
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Names and URLs of the remotes in a configuration file, in its order.
fn remote_urls(config: &str) -> Vec<(String, String)> {
    let mut urls = Vec::new();
    let mut remote = None;
    for line in config.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let section = section.split(']').next().unwrap_or_default();
            remote = section.strip_prefix("remote \"").and_then(|s| s.strip_suffix('"'));
        } else if let (Some(remote), Some((key, value))) = (remote, line.split_once('='))
            && key.trim().eq_ignore_ascii_case("url")
        {
            let value = value.trim();
            let bare = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
            // What is behind a blank is lost in pip as well.
            let url = bare.split(' ').next().unwrap_or_default();
            urls.push((remote.to_owned(), url.to_owned()));
        }
    }
    urls
}

/// A remote as pip writes it: `git@host:path` is short for `ssh://git@host/path`.
fn pip_url(url: String) -> Remote {
    let is_word =
        |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if url.split_once("://").is_some_and(|(scheme, _)| is_word(scheme)) {
        return Remote::Url(url);
    }
    if Path::new(&url).exists() {
        // Only an absolute path has a URL.
        return if url.starts_with('/') {
            Remote::Url(format!("file://{}", escaped(&url)))
        } else {
            Remote::Odd(url)
        };
    }
    let is_host = |s: &str| !s.is_empty() && !s.contains('/');
    if let Some((host, path)) = url.split_once(':')
        && is_host(host)
        && path.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && !path.contains(':')
    {
        return Remote::Url(format!("ssh://{host}/{path}"));
    }
    Remote::Odd(url)
}

/// A path as it stands in a `file:` URL.
fn escaped(path: &str) -> String {
    let keep = |b: u8| b.is_ascii_alphanumeric() || b"/_.-~".contains(&b);
    path.bytes()
        .map(|b| if keep(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remotes() {
        let config = "[core]\n\turl = no\n[remote \"up\"]\n\turl = https://x/y.git\n\tpushurl = z\n\
                      [remote \"origin\"]\n\tfetch = +a:b\n\tURL = \"git@host.org:me/it.git\"\n[branch \"a\"]\n";
        let urls = remote_urls(config);
        assert_eq!(urls.len(), 2);
        assert_eq!(urls[0], ("up".into(), "https://x/y.git".into()));
        assert_eq!(urls[1], ("origin".into(), "git@host.org:me/it.git".into()));
    }

    #[test]
    fn urls_for_pip() {
        let url = |s: &str| pip_url(s.to_owned());
        assert_eq!(url("https://x/y.git"), Remote::Url("https://x/y.git".into()));
        assert_eq!(
            url("git@host.org:me/it.git"),
            Remote::Url("ssh://git@host.org/me/it.git".into())
        );
        assert_eq!(url("host:it"), Remote::Url("ssh://host/it".into()));
        assert_eq!(url("../gone"), Remote::Odd("../gone".into()));
        let dir = tempfile::Builder::new().prefix("a b").tempdir().unwrap();
        let path = dir.path().to_str().unwrap();
        assert_eq!(url(path), Remote::Url(format!("file://{}", path.replace(' ', "%20"))));
    }
}
