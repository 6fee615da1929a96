//! What a step expects of its run.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use fancy_regex::Regex;
use guild_flags::command::resolve_references;
use guild_flags::value::{repr, text};
use guild_plugin_api::Value;
use indexmap::IndexMap;
use similar::TextDiff;

use guild_plugin_program::log::{Level, log};

/// One expectation.
#[derive(Debug)]
pub enum Check {
    /// Of files.
    File {
        /// A pattern for their paths in the run's folder.
        path: String,
        /// A path relative to the run's folder: what they have to be equal to.
        compare_to: Option<String>,
        /// What they have to contain.
        contains: Option<Pattern>,
    },
    /// Of the output: what it has to contain.
    Output(Pattern),
}

/// A regular expression.
#[derive(Debug)]
pub struct Pattern {
    text: String,
    regex: Regex,
}

impl Pattern {
    fn read(value: &Value) -> Result<Pattern, String> {
        let text = text(value);
        match Regex::new(&text) {
            Ok(regex) => Ok(Pattern { text, regex }),
            Err(_) => Err(format!("invalid regular expression: {}", repr(&text))),
        }
    }

    fn is_in(&self, text: &str) -> bool {
        // A pattern that takes too many steps has found nothing.
        let found = |text: &str| self.regex.is_match(text).unwrap_or(false);
        // In Python `$` stands before a last line end as well.
        found(text) || text.strip_suffix('\n').is_some_and(found)
    }
}

impl Check {
    /// Reads the attribute `expect`.
    ///
    /// # Errors
    /// One line about what is wrong with it.
    pub fn read_all(expect: Option<&Value>) -> Result<Vec<Check>, String> {
        match expect {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::List(checks)) => checks.iter().map(Check::read).collect(),
            Some(check) => Ok(vec![Check::read(check)?]),
        }
    }

    fn read(data: &Value) -> Result<Check, String> {
        let given = |name: &str| data.get(name).filter(|value| !value.is_null());
        if let Some(path) = given("file") {
            return Ok(Check::File {
                path: text(path),
                compare_to: given("compare-to").map(text),
                contains: given("contains").map(Pattern::read).transpose()?,
            });
        }
        match given("output") {
            Some(pattern) => Ok(Check::Output(Pattern::read(pattern)?)),
            None => Err("invalid check config - expected one of: file, output".into()),
        }
    }

    /// Checks a run; the error is what is not as it should be.
    fn run(&self, id: &str, dir: &Path) -> Result<(), String> {
        match self {
            Check::File { path, compare_to, contains } => {
                log(Level::Info, &format!("checking run {id} files {}", repr(path)));
                let files = matching(dir, path);
                if files.is_empty() {
                    return Err(format!("no files matching {path} in run {id}"));
                }
                for file in files {
                    let name = file.strip_prefix(dir).unwrap_or(&file).display().to_string();
                    if let Some(other) = compare_to {
                        let other = dir.join(with_environment(other)?);
                        let shown = other.display();
                        log(Level::Info, &format!("comparing run {id} file {name} to {shown}"));
                        compare(&file, &other)?;
                    }
                    if let Some(pattern) = contains {
                        let shown = repr(&pattern.text);
                        log(Level::Info, &format!("checking run {id} file {name} for {shown}"));
                        if !pattern.is_in(&read(&file)?) {
                            return Err(format!(
                                "could not find pattern {shown} in run {id} file {name}"
                            ));
                        }
                    }
                }
                Ok(())
            }
            Check::Output(pattern) => {
                let shown = repr(&pattern.text);
                log(Level::Info, &format!("checking run {id} output for {shown}"));
                if pattern.is_in(&read(&dir.join(".guild/output"))?) {
                    return Ok(());
                }
                Err(format!("could not find pattern {shown} in run {id} output"))
            }
        }
    }
}

/// Checks a run and says how that went; whether all is as expected.
pub fn check(checks: &[Check], id: &str, dir: &Path) -> bool {
    let mut failed = 0;
    for check in checks {
        if let Err(e) = check.run(id, dir) {
            log(Level::Error, &format!("check failed: {e}"));
            failed += 1;
        }
    }
    let passed = checks.len() - failed;
    log(Level::Info, &format!("{passed} of {} checks passed", checks.len()));
    if failed > 0 {
        log(Level::Error, &format!("{failed} check(s) failed - see above for details"));
    }
    failed == 0
}

/// The files in a folder that match a pattern, in the order of their names.
fn matching(dir: &Path, pattern: &str) -> Vec<PathBuf> {
    let whole = Path::new(&glob::Pattern::escape(&dir.to_string_lossy())).join(pattern);
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..Default::default() };
    match glob::glob_with(&whole.to_string_lossy(), options) {
        Ok(paths) => paths.flatten().collect(),
        Err(_) => Vec::new(),
    }
}

fn with_environment(path: &str) -> Result<String, String> {
    let variables: IndexMap<String, Value> = env::vars_os()
        .map(|(name, value)| {
            (name.to_string_lossy().into(), value.to_string_lossy().into_owned().into())
        })
        .collect();
    let resolved = resolve_references(path, &|name| variables.get(name));
    let resolved = resolved
        .map_err(|_| format!("{} refers to an environment variable that is not set", repr(path)))?;
    Ok(text(&resolved))
}

fn compare(actual: &Path, expected: &Path) -> Result<(), String> {
    let (actual_text, expected_text) = (read(actual)?, read(expected)?);
    if actual_text == expected_text {
        return Ok(());
    }
    let [from, to] = [expected, actual].map(|path| path.display().to_string());
    let diff = TextDiff::from_lines(&expected_text, &actual_text);
    log(Level::Error, diff.unified_diff().header(&from, &to).to_string().trim_end());
    Err("unexpected file contents - see above for details".into())
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path)
        .map_err(|e| format!("error reading run output from {}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails loudly")]

    use super::*;

    fn checks(json: &str) -> Result<Vec<Check>, String> {
        Check::read_all(Some(&serde_json::from_str(json).unwrap()))
    }

    #[test]
    fn files_and_output() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        fs::create_dir(dir.path().join(".guild")).unwrap();
        write(".guild/output", "loss: 1\nacc: 2\n");
        write("a-1", "hello\n");
        write("b-1", "hello\n");
        write("a-2", "bye\n");
        for (json, expected) in [
            (r#"{"output": "acc: [0-9]"}"#, Ok(())),
            (r#"{"output": "^acc"}"#, Err("could not find pattern '^acc' in run r output")),
            (r#"{"file": "a-*"}"#, Ok(())),
            (r#"{"file": "c-*"}"#, Err("no files matching c-* in run r")),
            (r#"{"file": "a-1", "contains": "^hel+o$"}"#, Ok(())),
            (
                r#"{"file": "a-*", "contains": "hello"}"#,
                Err("could not find pattern 'hello' in run r file a-2"),
            ),
            (r#"{"file": "a-1", "compare-to": "b-1"}"#, Ok(())),
            (
                r#"{"file": "a-2", "compare-to": "b-1"}"#,
                Err("unexpected file contents - see above for details"),
            ),
        ] {
            let found = checks(json).unwrap()[0].run("r", dir.path());
            assert_eq!(found, expected.map_err(String::from), "{json}");
        }
    }

    #[test]
    fn what_is_no_check() {
        for json in [r#"["x"]"#, "3", r#"{"outputs": "x"}"#] {
            let e = checks(json).unwrap_err();
            assert_eq!(e, "invalid check config - expected one of: file, output", "{json}");
        }
        let e = checks(r#"{"output": "("}"#).unwrap_err();
        assert_eq!(e, "invalid regular expression: '('");
        assert!(checks("[]").unwrap().is_empty());
    }
}
