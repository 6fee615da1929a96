//! Which paths `--path` and `--all` let through.

use guild_sourcecode::fnmatch::fnmatch;

/// What is listed, by path. Hidden names are left out unless all are wanted or named.
pub enum PathFilter {
    /// All paths.
    Any,
    /// A path and what is below it.
    Below(Vec<String>),
    /// A path with `*` or `?` in it: a pattern for each of its parts.
    Pattern(Vec<String>),
}

impl PathFilter {
    /// The filter that the value of `--path` stands for.
    pub fn new(path: Option<&str>) -> PathFilter {
        match path {
            Some(path) if path.contains(['*', '?']) => PathFilter::Pattern(split(path)),
            Some(path) if !path.is_empty() => PathFilter::Below(split(path)),
            _ => PathFilter::Any,
        }
    }

    /// Whether `path` is to be listed; `all` also lists hidden names.
    pub fn matches(&self, path: &str, all: bool) -> bool {
        let parts = split(path);
        let hidden = parts.last().is_some_and(|name| is_hidden(name));
        match self {
            PathFilter::Any => all || !hidden,
            PathFilter::Below(wanted) if hidden && !all => parts == *wanted,
            PathFilter::Below(wanted) => parts.starts_with(wanted),
            PathFilter::Pattern(patterns) => {
                parts.len() >= patterns.len()
                    && parts.iter().zip(patterns).all(|(part, pattern)| fnmatch(part, pattern))
                    && (all || parts.iter().enumerate().all(|(i, part)| self.may_show(i, part)))
            }
        }
    }

    /// Whether the folder `path`, which does not match itself, may hold something that does.
    pub fn enters(&self, path: &str, all: bool) -> bool {
        let parts = split(path);
        let Some(name) = parts.last() else { return true };
        match self {
            PathFilter::Any => all || !is_hidden(name),
            PathFilter::Below(wanted) => wanted.starts_with(&parts),
            PathFilter::Pattern(patterns) => {
                all || parts.len() > patterns.len() || self.may_show(parts.len() - 1, name)
            }
        }
    }

    /// Whether a part is not hidden, or the pattern's part at the same place is hidden too.
    fn may_show(&self, i: usize, part: &str) -> bool {
        let PathFilter::Pattern(patterns) = self else { return true };
        !is_hidden(part) || patterns.get(i).is_some_and(|p| is_hidden(p))
    }
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

fn split(path: &str) -> Vec<String> {
    path.split(['/', '\\']).filter(|part| !part.is_empty()).map(String::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_names_must_be_asked_for() {
        let any = PathFilter::new(None);
        assert!(any.matches("a", false) && !any.matches(".a", false) && any.matches(".a", true));
        let below = PathFilter::new(Some(".guild/attrs"));
        assert!(below.matches(".guild/attrs/id", false) && !below.matches(".guild/x", false));
        assert!(below.enters(".guild", false) && !below.enters("src", false));
        let pattern = PathFilter::new(Some("*/*.txt"));
        assert!(pattern.matches("src/a.txt", false) && !pattern.matches(".git/a.txt", false));
        assert!(!pattern.enters(".git", false));
        let pattern = PathFilter::new(Some(".g*/a*"));
        assert!(pattern.matches(".guild/attrs/id", false) && pattern.enters(".guild", false));
    }
}
