//! What a Tab completes a command line with: from the words up to the cursor to candidates.
//!
//! The commands and their options are those of the command line itself ([`clap::Command`]); what
//! their values are is told by the names that help shows for them (`RUN`, `PATH`). Whatever goes
//! wrong gives no candidates: nobody wants to read an error while typing.

mod files;
mod operations;
mod runs;
mod words;

use clap::{Arg, Command};

use crate::cli::deferred;
use crate::cli::filters::spell_out;
use crate::session::{Session, Settings};

pub use words::split;

/// What the word at the cursor could become.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// The whole word.
    pub value: String,
    /// What it is, in a line; empty where there is nothing to say.
    pub about: String,
}

impl Candidate {
    fn new(value: impl Into<String>, about: impl Into<String>) -> Candidate {
        Candidate { value: value.into(), about: about.into() }
    }
}

/// The candidates for the last of `words`, which follow the program's name. It may be empty. Who does
/// not want them `described` may get them sooner.
pub fn complete(root: Command, words: &[String], described: bool) -> Vec<Candidate> {
    let Some((word, before)) = words.split_last() else { return Vec::new() };
    let mut line = Line::new(root, described);
    let program = std::iter::once("guild".into());
    let before = spell_out(program.chain(before.iter().map(Into::into)).collect());
    before.iter().skip(1).filter_map(|word| word.to_str()).for_each(|word| line.push(word));
    let mut found = line.candidates(word);
    found.retain(|candidate| candidate.value.starts_with(word.as_str()));
    found
}

/// A command line up to the word that is being typed.
struct Line {
    command: Command,
    /// The names of the commands: `runs`, `rm`.
    path: Vec<String>,
    positionals: Vec<String>,
    /// Options with their values, by id.
    values: Vec<(String, String)>,
    /// The option whose value comes next.
    pending: Option<Arg>,
    /// Whether `--` was there: no option follows.
    escaped: bool,
    described: bool,
}

impl Line {
    fn new(command: Command, described: bool) -> Line {
        Line {
            command,
            path: Vec::new(),
            positionals: Vec::new(),
            values: Vec::new(),
            pending: None,
            escaped: false,
            described,
        }
    }

    /// Goes on by a word that is complete.
    fn push(&mut self, word: &str) {
        if let Some(arg) = self.pending.take() {
            self.values.push((arg.get_id().to_string(), word.into()));
        } else if self.escaped {
            self.positionals.push(word.into());
        } else if word == "--" {
            self.escaped = true;
        } else if let Some(long) = word.strip_prefix("--") {
            self.push_long(long);
        } else if word.len() > 1 && word.starts_with('-') {
            self.push_short(word);
        } else if let Some(sub) = self.subcommand(word) {
            self.path.push(sub.get_name().into());
            self.command = sub;
        } else {
            self.positionals.push(word.into());
        }
    }

    fn subcommand(&self, word: &str) -> Option<Command> {
        let first = self.positionals.is_empty();
        let mut found = first.then(|| self.command.find_subcommand(word).cloned()).flatten()?;
        deferred::reveal(&mut found);
        Some(found)
    }

    fn push_long(&mut self, long: &str) {
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (long, None),
        };
        let Some(arg) = self.option(name).filter(|arg| arg.get_action().takes_values()) else {
            return;
        };
        match value {
            Some(value) => self.values.push((arg.get_id().to_string(), value.into())),
            None => self.pending = Some(arg.clone()),
        }
    }

    fn push_short(&mut self, word: &str) {
        let letters = word.trim_start_matches('-');
        for (at, letter) in letters.char_indices() {
            let found = self.command.get_arguments().find(|arg| arg.get_short() == Some(letter));
            let Some(arg) = found.filter(|arg| arg.get_action().takes_values()) else { continue };
            let value = &letters[at + letter.len_utf8()..];
            match value.is_empty() {
                true => self.pending = Some(arg.clone()),
                false => self.values.push((arg.get_id().to_string(), value.into())),
            }
            return;
        }
    }

    fn option(&self, long: &str) -> Option<&Arg> {
        self.command.get_arguments().find(|arg| {
            arg.get_long() == Some(long)
                || arg.get_all_aliases().is_some_and(|all| all.contains(&long))
        })
    }

    fn candidates(&self, word: &str) -> Vec<Candidate> {
        if let Some(arg) = &self.pending {
            return self.of_arg(arg, word);
        }
        if word.starts_with('-') && !self.escaped {
            return match word.strip_prefix("--").and_then(|long| long.split_once('=')) {
                Some((name, value)) => self.option(name).map_or_else(Vec::new, |arg| {
                    let mut found = self.of_arg(arg, value);
                    found.iter_mut().for_each(|c| c.value.insert_str(0, &format!("--{name}=")));
                    found
                }),
                None => self.options(),
            };
        }
        let mut found = Vec::new();
        if self.positionals.is_empty() && !self.escaped {
            found.extend(self.subcommands());
        }
        let positionals: Vec<&Arg> = self.command.get_positionals().collect();
        let at = self.positionals.len();
        // The last one takes what is left.
        if let Some(arg) = positionals.get(at).or_else(|| positionals.last().filter(|a| many(a))) {
            found.extend(self.of_arg(arg, word));
        }
        found
    }

    fn subcommands(&self) -> Vec<Candidate> {
        let shown = self.command.get_subcommands().filter(|sub| !sub.is_hide_set());
        shown.map(|sub| Candidate::new(sub.get_name(), first_line(sub.get_about()))).collect()
    }

    fn options(&self) -> Vec<Candidate> {
        let mut found = Vec::new();
        for arg in self.command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let about = first_line(arg.get_help());
            for long in arg.get_long_and_visible_aliases().into_iter().flatten() {
                found.push(Candidate::new(format!("--{long}"), about.as_str()));
            }
        }
        if !found.iter().any(|candidate| candidate.value == "--help") {
            found.push(Candidate::new("--help", "Print help"));
        }
        found
    }

    /// The values of an option or an argument.
    fn of_arg(&self, arg: &Arg, word: &str) -> Vec<Candidate> {
        let known = arg.get_possible_values();
        if !known.is_empty() {
            let shown = known.iter().filter(|value| !value.is_hide_set());
            return shown
                .map(|value| Candidate::new(value.get_name(), first_line(value.get_help())))
                .collect();
        }
        let name = arg.get_value_names().and_then(<[_]>::first).map_or("", |name| name.as_str());
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        match (name, arg.get_id().as_str(), path.as_slice()) {
            ("PATH", "cwd" | "home", _) | ("DIR", ..) => files::folders(&self.cwd(), word),
            ("PATH", "path", [.., "ls" | "cat" | "open"]) | ("PATH", "paths", [.., "diff"]) => {
                self.with_session(|session| runs::files(session, self.positionals.first(), word))
            }
            ("PATH" | "LOCATION" | "ARCHIVE" | "PIDFILE" | "OUTPUT" | "PATH_OR_PACKAGE", ..) => {
                files::all(&self.cwd(), word)
            }
            ("RUN" | "RUN2", _, path) => {
                let which = runs::Which::of(path);
                self.with_session(|session| match self.described {
                    true => runs::described(session, which, word),
                    false => runs::ids(session, which, word),
                })
            }
            ("TAG", ..) => self.with_session(runs::tags),
            ("VAL", "labels", _) => self.with_session(runs::labels),
            ("VAL", "operations", _) => self.with_session(runs::operations),
            ("[MODEL:]OPERATION" | "OPERATION", ..) => {
                self.with_session(|session| operations::specs(session, word))
            }
            ("FLAG=VAL", "flags", _) => self.with_session(|session| {
                // What looks like a flag is one: the default operation is meant.
                let (spec, given) = match self.positionals.split_first() {
                    Some((spec, given)) if !spec.contains('=') => (Some(spec.as_str()), given),
                    _ => (None, self.positionals.as_slice()),
                };
                operations::flags(session, spec, given, word)
            }),
            ("ALGORITHM", ..) => self.with_session(|session| {
                let names = session.plugins.optimizers().into_iter();
                names.map(|name| Candidate::new(name, "")).collect()
            }),
            ("NAME" | "NAME|PATH", _, ["plugins", ..]) => self.with_session(|session| {
                let used = session.plugins.entries().filter(|entry| entry.used);
                let about = used.map(|e| (e.manifest.name.clone(), e.manifest.description.clone()));
                about.map(|(name, about)| Candidate::new(name, about)).collect()
            }),
            _ => Vec::new(),
        }
    }

    /// The value of an option before the command.
    fn setting(&self, id: &str) -> Option<std::path::PathBuf> {
        let found = self.values.iter().rev().find(|(of, _)| of == id);
        found.map(|(_, value)| value.into())
    }

    /// The folder that the command will work in.
    fn cwd(&self) -> std::path::PathBuf {
        let here = std::env::current_dir().unwrap_or_default();
        self.setting("cwd").map_or_else(|| here.clone(), |dir| here.join(files::expanded(&dir)))
    }

    fn with_session(&self, find: impl FnOnce(&Session) -> Vec<Candidate>) -> Vec<Candidate> {
        let settings = Settings {
            cwd: self.setting("cwd"),
            home: self.setting("home"),
            debug: false,
            command: format!("guild {}", self.path.join(" ")),
        };
        Session::new(&settings).map_or_else(|_| Vec::new(), |session| find(&session))
    }
}

fn many(arg: &Arg) -> bool {
    matches!(arg.get_action(), clap::ArgAction::Append)
        || arg.get_num_args().is_some_and(|n| n.max_values() > 1)
}

fn first_line(text: Option<&clap::builder::StyledStr>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    text.lines().next().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(line: &str) -> Vec<String> {
        let root = Command::new("guild").arg(Arg::new("cwd").short('C').value_name("PATH"));
        let train = Command::new("train")
            .about("Train it\nand more")
            .arg(Arg::new("mode").long("mode").short('m').value_parser(["fast", "slow"]))
            .arg(Arg::new("secret").long("secret").hide(true))
            .arg(Arg::new("what").value_parser(["one", "two"]).num_args(0..));
        let root = root.subcommand(train).subcommand(Command::new("hidden").hide(true));
        let words: Vec<String> = line.split(' ').map(String::from).collect();
        complete(root, &words, true).into_iter().map(|c| c.value).collect()
    }

    #[test]
    fn commands_options_and_their_values() {
        assert_eq!(values(""), ["train"]);
        assert_eq!(values("t"), ["train"]);
        assert_eq!(values("h"), Vec::<String>::new());
        assert_eq!(values("-C x tr"), ["train"]);
        assert_eq!(values("train -"), ["--mode", "--help"]);
        assert_eq!(values("train --mode "), ["fast", "slow"]);
        assert_eq!(values("train -m f"), ["fast"]);
        assert_eq!(values("train --mode=s"), ["--mode=slow"]);
        assert_eq!(values("train -mfast t"), ["two"]);
        assert_eq!(values("train one "), ["one", "two"]);
        assert_eq!(values("train -- o"), ["one"]);
        assert_eq!(values("train -- -"), Vec::<String>::new());
        assert_eq!(values("nope --"), ["--help"]);
    }
}
