//! The rules that hold when nobody says what source code is.
//!
//! Source: `guild/op_util.py` (`_base_sourcecode_select_rules`) and `guild/vcs_util.py`
//! (`project_select_rules`) of 0.9.0. In a git work tree, all that git does not ignore is source
//! code. Elsewhere the first hundred text files up to a megabyte are, except in hidden folders and
//! in those that the plugins of the operation leave out.

use std::collections::HashSet;
use std::env;
use std::path::{Path, PathBuf};

use guild_plugin_api::model::SourceRule;

use crate::error::Error;
use crate::fnmatch;
use crate::git::{Failure, Git, in_repository, nul_separated};
use crate::paths;
use crate::rules::Rule;
use crate::transfer;

/// A file that keeps a folder, and all that is in it, from being copied.
const NO_COPY: &str = ".guild-nocopy";

/// Patterns beside git's own of what is not source code.
const GUILD_IGNORE: &str = ".guildignore";

/// Rules to start from; those of a Guild file come after them.
#[derive(Clone, Debug, Default)]
pub struct BaseRules {
    /// The rules.
    pub rules: Vec<Rule>,
    /// What the user is to be told, in the words of 0.9.0.
    pub warnings: Vec<String>,
}

/// The rules for the source code in `root`.
///
/// `plugin_rules` are those of the operation's plugins, in the order of the plugins' priority.
/// They count only outside of git work trees, as in 0.9.0. The variables
/// `MAX_DEFAULT_SOURCECODE_FILE_SIZE` and `MAX_DEFAULT_SOURCECODE_COUNT` change the limits.
///
/// Costs one git process in a repository (three for a git before 2.35) and none elsewhere. When
/// git is missing or does not answer, it is as if there was no repository.
///
/// # Errors
///
/// [`Error::RuleType`] for a rule of a plugin that is of no known type.
pub fn default_rules(root: &Path, plugin_rules: &[SourceRule]) -> Result<BaseRules, Error> {
    default_rules_with(&Git::default(), root, plugin_rules)
}

/// Like [`default_rules`], for a certain git.
///
/// # Errors
///
/// As [`default_rules`].
pub fn default_rules_with(
    git: &Git,
    root: &Path,
    plugin_rules: &[SourceRule],
) -> Result<BaseRules, Error> {
    let mut warnings = Vec::new();
    if let Some(rules) = git_rules(git, root, &mut warnings) {
        return Ok(BaseRules { rules, warnings });
    }
    let limits = Limits::from_env(|name| env::var(name).ok());
    let mut rules = rules_without_git(&limits)?;
    for rule in plugin_rules {
        rules.push(Rule::try_from(rule.clone())?);
    }
    Ok(BaseRules { rules, warnings })
}

/// How much the default rule takes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Limits {
    file_size: u64,
    count: u64,
}

impl Limits {
    /// Reads them from variables. What is not a number above zero counts as unset.
    fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        let number = |name: &str, default: u64| {
            let text = var(name).unwrap_or_default();
            text.trim().parse().ok().filter(|&number| number > 0).unwrap_or(default)
        };
        Self {
            file_size: number("MAX_DEFAULT_SOURCECODE_FILE_SIZE", 1024 * 1024),
            count: number("MAX_DEFAULT_SOURCECODE_COUNT", 100),
        }
    }
}

fn rules_without_git(limits: &Limits) -> Result<Vec<Rule>, Error> {
    let mut default = Rule::try_from(SourceRule {
        include: true,
        patterns: vec!["*".into()],
        kind: Some("text".into()),
        size_lt: Some(limits.file_size.saturating_add(1)),
        max_matches: Some(limits.count),
        ..SourceRule::default()
    })?;
    default.is_default = true;
    Ok(vec![Rule::exclude_dirs([".*"]), no_copy_rule(), default])
}

fn no_copy_rule() -> Rule {
    Rule::exclude_dirs(["*"]).containing(NO_COPY)
}

/// The rules for a git work tree; none where there is none.
fn git_rules(git: &Git, root: &Path, warnings: &mut Vec<String>) -> Option<Vec<Rule>> {
    if !in_repository(root) {
        return None;
    }
    let ignored = match ignored(git, root, &guild_ignore_patterns(root)) {
        Ok(ignored) => ignored,
        Err(why) => {
            warnings.extend(why.warning());
            return None;
        }
    };
    // By name for folders directly in the root, which leaves out folders of that name at any
    // depth: so it is in 0.9.0.
    let ignored_dirs = ignored
        .iter()
        .filter(|path| root.join(path).is_dir())
        .map(|path| fnmatch::escape(&paths::slashed(path)));
    let dirs: Vec<String> = [".git".to_owned()].into_iter().chain(ignored_dirs).collect();
    let files: HashSet<String> =
        ignored.iter().map(|path| paths::slashed(&paths::normal(path))).collect();
    Some(vec![
        Rule::exclude_dirs([".guild"]),
        no_copy_rule(),
        Rule::exclude_dirs(dirs),
        Rule::not_ignored(files),
        Rule::exclude([".git*", GUILD_IGNORE]),
    ])
}

/// Why git does not say what it ignores.
#[derive(Debug)]
enum NoAnswer {
    /// There is no git.
    NotInstalled,
    /// There is no repository, or none that git may use.
    NoRepository,
    Other(String),
}

impl NoAnswer {
    fn warning(self) -> Option<String> {
        match self {
            NoAnswer::NotInstalled => {
                let unwanted = env::var_os("NO_WARN_GIT_MISSING").is_some_and(|var| var == "1");
                (!unwanted).then(|| GIT_MISSING.to_owned())
            }
            NoAnswer::NoRepository => None,
            NoAnswer::Other(why) => Some(format!("error listing ignored files {why}")),
        }
    }
}

impl From<Failure> for NoAnswer {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotInstalled => NoAnswer::NotInstalled,
            other => NoAnswer::Other(format!("({other})")),
        }
    }
}

/// What git ignores below `root`, relative to it: files, tracked ones included, and folders of
/// which everything is ignored.
fn ignored(git: &Git, root: &Path, patterns: &[String]) -> Result<Vec<PathBuf>, NoAnswer> {
    const LIST: [&str; 4] = ["ls-files", "-z", "-ioc", "--exclude-standard"];
    /// Exit status of git for options that it does not know.
    const USAGE: i32 = 129;

    let excludes = patterns.iter().flat_map(|pattern| ["-x", pattern]);
    let list = |more: &[&'static str]| -> Result<Result<Vec<PathBuf>, i32>, NoAnswer> {
        let args = LIST.into_iter().chain(more.iter().copied()).chain(excludes.clone());
        let output = git.run(root, args)?;
        match output.status {
            0 => Ok(Ok(nul_separated(&output.out).collect())),
            USAGE => Ok(Err(USAGE)),
            128 => Err(NoAnswer::NoRepository),
            status => Err(NoAnswer::Other(format!("({status}): {}", output.text()))),
        }
    };
    let needed = |listed: Result<Vec<PathBuf>, i32>| {
        listed.map_err(|status| NoAnswer::Other(format!("({status})")))
    };
    // Before 2.32 git leaves out folders that are ignored by all of their files, and those files
    // with them. `--sparse` came in 2.35 and means nothing here but that git is new enough;
    // 0.9.0 asks for the version, which is one process more.
    match list(&["--directory", "--sparse"])? {
        Ok(paths) => Ok(paths),
        Err(_) => {
            let mut paths = needed(list(&[])?)?;
            paths.extend(needed(list(&["--directory"])?)?);
            Ok(paths)
        }
    }
}

/// The patterns of `.guildignore`. 0.9.0 looks for it in the current folder; here the root's
/// counts when there is none.
fn guild_ignore_patterns(root: &Path) -> Vec<String> {
    let read = |path: PathBuf| transfer::read(&path).ok();
    let content = read(PathBuf::from(GUILD_IGNORE)).or_else(|| read(root.join(GUILD_IGNORE)));
    let content = content.unwrap_or_default();
    String::from_utf8_lossy(&content)
        .lines()
        .map(|line| line.trim().to_owned())
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

const GIT_MISSING: &str = "\
The current project appears to use Git for version control
but git is not available on the system path. To apply Git's source
code rules to this run, install Git [1] or specify the Git executable
in Guild user config [2].

[1] https://git-scm.com/book/en/v2/Getting-Started-Installing-Git)
[2] https://my.guild.ai/t/user-config-reference

To disable this warning, set 'NO_WARN_GIT_MISSING=1'
";

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(rules: &[Rule]) -> Vec<String> {
        rules.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn without_a_repository() {
        let dir = tempfile::tempdir().unwrap();
        let plugin_rule = SourceRule {
            patterns: vec!["build".into()],
            kind: Some("dir".into()),
            ..SourceRule::default()
        };
        let base = default_rules(dir.path(), &[plugin_rule]).unwrap();
        assert_eq!(
            shown(&base.rules),
            [
                "exclude dir .*",
                "exclude dir * containing .guild-nocopy",
                "include text * size < 1048577, max match 100",
                "exclude dir build",
            ]
        );
        assert!(base.warnings.is_empty());
        let odd = SourceRule { kind: Some("odd".into()), ..SourceRule::default() };
        assert!(matches!(default_rules(dir.path(), &[odd]), Err(Error::RuleType(_))));
    }

    #[test]
    fn limits_come_from_variables() {
        let limits = |text: &'static str| Limits::from_env(|_| Some(text.to_owned()));
        assert_eq!(limits("7"), Limits { file_size: 7, count: 7 });
        let defaults = Limits { file_size: 1_048_576, count: 100 };
        assert_eq!(limits("0"), defaults);
        assert_eq!(limits("many"), defaults);
        assert_eq!(Limits::from_env(|_| None), defaults);
    }

    #[cfg(unix)]
    mod with_stand_in {
        use super::*;
        use crate::git::stand_in::stand_in;
        use std::fs;

        fn repository() -> tempfile::TempDir {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join(".git")).unwrap();
            dir
        }

        #[test]
        fn a_missing_git_is_warned_about() {
            let dir = repository();
            let git = Git::new(dir.path().join("none"));
            let base = default_rules_with(&git, dir.path(), &[]).unwrap();
            assert_eq!(base.rules.len(), 3);
            assert_eq!(base.warnings, [GIT_MISSING]);
        }

        #[test]
        fn a_git_that_fails_is_warned_about_unless_it_sees_no_repository() {
            let dir = repository();
            for (script, expected) in [
                ("echo fatal >&2; exit 128", vec![]),
                ("echo bad >&2; exit 1", vec!["error listing ignored files (1): bad"]),
                ("exit 129", vec!["error listing ignored files (129)"]),
            ] {
                let git = stand_in(dir.path(), script);
                let base = default_rules_with(&git, dir.path(), &[]).unwrap();
                assert_eq!(base.rules.len(), 3, "{script}");
                assert_eq!(base.warnings, expected, "{script}");
            }
        }

        #[test]
        fn an_old_git_is_asked_twice() {
            let dir = repository();
            fs::create_dir_all(dir.path().join("sub/out[1]")).unwrap();
            fs::write(dir.path().join(GUILD_IGNORE), "# no\n\n *.tmp \n").unwrap();
            let git = stand_in(
                dir.path(),
                "case \"$*\" in\n\
                 *--sparse*) exit 129 ;;\n\
                 *'--directory -x *.tmp') printf 'sub/out[1]/\\0' ;;\n\
                 *'-x *.tmp') printf 'a b\\0sub/x\\0' ;;\n\
                 *) exit 1 ;; esac",
            );
            let base = default_rules_with(&git, dir.path(), &[]).unwrap();
            assert_eq!(
                shown(&base.rules),
                [
                    "exclude dir .guild",
                    "exclude dir * containing .guild-nocopy",
                    "exclude dir .git, sub/out[[]1]",
                    "gitignore + guildignore patterns",
                    "exclude .git*, .guildignore",
                ]
            );
            assert!(base.warnings.is_empty());
        }
    }
}
