//! Operations and their flags as candidates.

use std::path::Path;

use guild_flags::value::{encode, is_true, text};
use guild_plugin_api::Value;
use guild_plugin_api::model::FlagDef;

use super::{Candidate, files};
use crate::op;
use crate::session::Session;

/// The operations of the project, and the files that could be run as one.
pub fn specs(session: &Session, word: &str) -> Vec<Candidate> {
    let mut found = Vec::new();
    if let Ok(Some(file)) = op::guildfile(session) {
        for model in &file.models {
            for (name, op) in &model.operations {
                let about = op.description.as_deref().and_then(|d| d.lines().next());
                let shown = !name.starts_with('_') && !model.name.starts_with('_');
                if shown {
                    found.push(Candidate::new(model.full_name(name), about.unwrap_or_default()));
                }
            }
        }
    }
    found.sort_by(|a, b| a.value.cmp(&b.value));
    found.extend(files::matching(&session.cwd, word, |path| can_run(session, path)));
    found
}

/// Whether a plugin wants a file for its name, or the system could run it.
fn can_run(session: &Session, path: &Path) -> bool {
    let takers = |path: &Path| session.plugins.for_file(path).len();
    // Some plugins look at every file.
    takers(path) > takers(Path::new("")) || is_executable(path)
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0)
}

/// The flags of an operation that are not given yet, as `NAME=`, or the values of the one whose name
/// is complete. `@` stands for a batch file.
pub fn flags(
    session: &Session,
    spec: Option<&str>,
    given: &[String],
    word: &str,
) -> Vec<Candidate> {
    if let Some(path) = word.strip_prefix('@') {
        let mut found = files::all(&session.cwd, path);
        found.iter_mut().for_each(|candidate| candidate.value.insert(0, '@'));
        return found;
    }
    let Ok(resolved) = op::resolve(session, spec) else { return Vec::new() };
    let flags = &resolved.op.flags;
    if let Some((name, value)) = word.split_once('=') {
        let Some(flag) = flags.get(name) else { return Vec::new() };
        let mut found = values(session, flag, value);
        found.iter_mut().for_each(|c| c.value.insert_str(0, &format!("{name}=")));
        return found;
    }
    let is_given =
        |name: &str| given.iter().any(|g| g.split_once('=').is_some_and(|(n, _)| n == name));
    let left = flags.iter().filter(|(name, _)| !is_given(name));
    left.map(|(name, flag)| Candidate::new(format!("{name}="), about(flag))).collect()
}

fn about(flag: &FlagDef) -> String {
    let description = flag.description.as_deref().and_then(|d| d.lines().next());
    let default = match &flag.default {
        Value::Null if flag.required => "(required)".to_string(),
        Value::Null => String::new(),
        value => format!("(default is {})", encode(value)),
    };
    [description.unwrap_or_default(), &default].join(" ").trim().to_string()
}

fn values(session: &Session, flag: &FlagDef, word: &str) -> Vec<Candidate> {
    if !flag.choices.is_empty() {
        let choices = flag.choices.iter();
        let shown = choices.map(|c| {
            let value = if is_true(&c.alias) { &c.alias } else { &c.value };
            let about = c.description.as_deref().and_then(|d| d.lines().next());
            Candidate::new(text(value), about.unwrap_or_default())
        });
        return shown.collect();
    }
    let is = |kinds: &[&str]| flag.kind.as_deref().is_some_and(|kind| kinds.contains(&kind));
    if is(&["boolean"]) || matches!(flag.default, Value::Bool(_)) {
        return ["yes", "no"].map(|value| Candidate::new(value, "")).into();
    }
    if is(&["path", "existing-path"]) {
        return files::all(&session.cwd, word);
    }
    match &flag.default {
        Value::Null => Vec::new(),
        default => vec![Candidate::new(encode(default), "default")],
    }
}
