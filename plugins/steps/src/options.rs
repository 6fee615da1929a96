//! The options of `guild run` that stand in a step's `run`, as Guild AI 0.9.0's command line reads
//! them.

use guild_plugin_api::Value;
use indexmap::IndexMap;

/// What an option takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    /// Nothing: it is there or not.
    Nothing,
    /// A value, the last of which counts.
    Value,
    /// A value, all of which count.
    Values,
}

/// An option: the name of its parameter, its names on the command line, what it takes.
type Opt = (&'static str, &'static [&'static str], Takes);

/// The options that count for a step, in the order in which they are passed on.
const STEP: [Opt; 19] = [
    ("batch_label", &["--batch-label", "-bl"], Takes::Value),
    ("batch_tags", &["--batch-tag", "-bt"], Takes::Values),
    ("additional_deps", &["--dep", "-D"], Takes::Values),
    ("fail_on_trial_error", &["--fail-on-trial-error"], Takes::Nothing),
    ("force_flags", &["--force-flags", "-f"], Takes::Nothing),
    ("gpus", &["--gpus"], Takes::Value),
    ("label", &["--label", "-l"], Takes::Value),
    ("max_trials", &["--max-trials", "--trials", "-m"], Takes::Value),
    ("maximize", &["--maximize", "-X"], Takes::Value),
    ("minimize", &["--minimize", "-N"], Takes::Value),
    ("needed", &["--needed"], Takes::Nothing),
    ("no_gpus", &["--no-gpus"], Takes::Nothing),
    ("opt_flags", &["--opt-flag", "-Fo"], Takes::Values),
    ("optimize", &["--optimize", "-O"], Takes::Nothing),
    ("optimizer", &["--optimizer", "-o"], Takes::Value),
    ("random_seed", &["--random-seed"], Takes::Value),
    ("remote", &["--remote", "-r"], Takes::Value),
    ("stop_after", &["--stop-after"], Takes::Value),
    ("tags", &["--tag", "-t"], Takes::Values),
];

/// The options that are the pipeline's own business.
const OTHER: [Opt; 29] = [
    ("background", &["-b", "--background"], Takes::Nothing),
    ("batch_comment", &["-bc", "--batch-comment"], Takes::Value),
    ("break_", &["--break"], Takes::Values),
    ("break_on_error", &["--break-on-error"], Takes::Nothing),
    ("comment", &["-c", "--comment"], Takes::Value),
    ("debug_sourcecode", &["--debug-sourcecode"], Takes::Value),
    ("edit_batch_comment", &["-ebc", "--edit-batch-comment"], Takes::Nothing),
    ("edit_comment", &["-ec", "--edit-comment"], Takes::Nothing),
    ("edit_flags", &["-e", "--edit-flags"], Takes::Nothing),
    ("force_deps", &["--force-deps"], Takes::Nothing),
    ("force_sourcecode", &["--force-sourcecode"], Takes::Nothing),
    ("help_model", &["--help-model"], Takes::Nothing),
    ("help_op", &["-h", "--help-op"], Takes::Nothing),
    ("keep_batch", &["--keep-batch"], Takes::Nothing),
    ("keep_run", &["--keep-run"], Takes::Nothing),
    ("no_wait", &["-n", "--no-wait"], Takes::Nothing),
    ("pidfile", &["--pidfile"], Takes::Value),
    ("print_cmd", &["--print-cmd"], Takes::Nothing),
    ("print_env", &["--print-env"], Takes::Nothing),
    ("print_trials", &["--print-trials"], Takes::Nothing),
    ("proto", &["--proto"], Takes::Value),
    ("quiet", &["-q", "--quiet"], Takes::Nothing),
    ("restart", &["--start", "--restart"], Takes::Value),
    ("run_dir", &["-d", "--run-dir"], Takes::Value),
    ("run_id", &["--run-id"], Takes::Value),
    ("save_trials", &["--save-trials"], Takes::Value),
    ("stage", &["--stage"], Takes::Nothing),
    ("stage_trials", &["--stage-trials"], Takes::Nothing),
    ("yes", &["-y", "--yes"], Takes::Nothing),
];

/// What a command line of `guild run` says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Params {
    /// What is run, and values of its flags.
    pub words: Vec<String>,
    /// The values of the options that were given, by the names of their parameters.
    pub given: IndexMap<&'static str, Value>,
}

impl Params {
    /// Reads the words after `guild run`.
    ///
    /// # Errors
    /// One line about a word that is no option.
    pub fn read(args: Vec<String>) -> Result<Params, String> {
        let mut params = Params::default();
        let mut args = args.into_iter();
        while let Some(arg) = args.next() {
            if arg == "--" {
                params.words.extend(args.by_ref());
            } else if arg.len() < 2 || !arg.starts_with('-') {
                params.words.push(arg);
            } else if let Some(opt) = named(&arg) {
                params.take(opt, &arg, None, &mut args)?;
            } else if arg.starts_with("--") {
                let (name, value) = arg.split_once('=').unwrap_or((&arg, ""));
                match named(name) {
                    Some(opt) if opt.2 == Takes::Nothing => {
                        return Err(format!("Option '{name}' does not take a value."));
                    }
                    Some(opt) if name != arg => {
                        params.take(opt, name, Some(value.into()), &mut args)?;
                    }
                    _ => return Err(format!("No such option: {name}")),
                }
            } else {
                params.short(&arg, &mut args)?;
            }
        }
        Ok(params)
    }

    /// Options of a letter in one word, the last of which may have its value there.
    fn short(&mut self, arg: &str, rest: &mut impl Iterator<Item = String>) -> Result<(), String> {
        for (at, letter) in arg.char_indices().skip(1) {
            let name = format!("-{letter}");
            let opt = named(&name).ok_or_else(|| format!("No such option: {name}"))?;
            let value = Some(&arg[at + letter.len_utf8()..]).filter(|value| !value.is_empty());
            let takes = opt.2 != Takes::Nothing;
            self.take(opt, &name, value.filter(|_| takes).map(Into::into), rest)?;
            if takes {
                break;
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        (param, _, takes): Opt,
        name: &str,
        value: Option<String>,
        rest: &mut impl Iterator<Item = String>,
    ) -> Result<(), String> {
        let mut value = || {
            value
                .clone()
                .or_else(|| rest.next())
                .ok_or(format!("Option '{name}' requires an argument."))
        };
        match takes {
            Takes::Nothing => drop(self.given.insert(param, true.into())),
            Takes::Value => drop(self.given.insert(param, value()?.into())),
            Takes::Values => {
                let value = value()?.into();
                match self.given.entry(param).or_insert_with(|| Value::List(Vec::new())) {
                    Value::List(values) => values.push(value),
                    other => *other = value,
                }
            }
        }
        Ok(())
    }

    /// The parameters that were given and do not count for a step, by name.
    pub fn ignored(&self) -> Vec<&'static str> {
        let mut names: Vec<_> =
            OTHER.iter().map(|(param, ..)| *param).filter(|p| self.given.contains_key(p)).collect();
        names.sort_unstable();
        names
    }

    /// Whether an attribute of a step stands for an option.
    pub fn is_attribute(name: &str) -> bool {
        STEP.iter().any(|(param, ..)| param.replace('_', "-") == name)
    }

    /// Puts what a step's own attributes say in the place of options.
    pub fn apply(&mut self, attribute: impl Fn(&str) -> Option<Value>) {
        for (param, _, takes) in STEP {
            let says = attribute(&param.replace('_', "-"));
            let Some(value) = says.filter(|value| !value.is_null()) else { continue };
            let value = match value {
                value @ Value::List(_) => value,
                value if takes == Takes::Values => Value::List(vec![value]),
                value => value,
            };
            self.given.insert(param, value);
        }
    }

    /// The options to pass on: values are made text by `text`.
    ///
    /// # Errors
    /// What `text` gives.
    pub fn options(
        &self,
        text: impl Fn(&Value) -> Result<String, String>,
    ) -> Result<Vec<String>, String> {
        let mut options = Vec::new();
        for (param, names, takes) in STEP {
            let Some(value) = self.given.get(param) else { continue };
            let name = names[0].to_string();
            let values = match (takes, value) {
                (Takes::Nothing, value) => {
                    options.extend(guild_flags::value::is_true(value).then_some(name));
                    continue;
                }
                (_, Value::List(values)) => values.as_slice(),
                (_, value) => std::slice::from_ref(value),
            };
            for value in values {
                let value = text(value)?;
                if !value.is_empty() || param == "gpus" {
                    options.extend([name.clone(), value]);
                }
            }
        }
        Ok(options)
    }
}

fn named(name: &str) -> Option<Opt> {
    STEP.into_iter().chain(OTHER).find(|(_, names, _)| names.contains(&name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails loudly")]

    use super::*;

    fn read(line: &str) -> Result<Params, String> {
        Params::read(line.split(' ').map(Into::into).collect())
    }

    fn options(params: &Params) -> String {
        params.options(|value| Ok(guild_flags::value::text(value))).unwrap().join(" ")
    }

    #[test]
    fn words_and_options() {
        let params = read("op x=1 -m3 --tag=a -t b @f -fO -bl L --needed -- -y").unwrap();
        assert_eq!(params.words, ["op", "x=1", "@f", "-y"]);
        let passed =
            "--batch-label L --force-flags --max-trials 3 --needed --optimize --tag a --tag b";
        assert_eq!(options(&params), passed);
        assert!(params.ignored().is_empty());
        assert_eq!(read("op -y --stage -d x").unwrap().ignored(), ["run_dir", "stage", "yes"]);
    }

    #[test]
    fn what_is_no_option() {
        for (line, error) in [
            ("op --foo", "No such option: --foo"),
            ("op --foo=1", "No such option: --foo"),
            ("op -xy", "No such option: -x"),
            ("op --label", "Option '--label' requires an argument."),
            ("op --yes=1", "Option '--yes' does not take a value."),
        ] {
            assert_eq!(read(line).unwrap_err(), error, "{line}");
        }
    }

    #[test]
    fn attributes_win() {
        let mut params = read("op --label a --max-trials 3").unwrap();
        params.apply(|name| match name {
            "label" => Some("b".into()),
            "tags" => Some("t".into()),
            "needed" => Some(false.into()),
            "max-trials" => Some(5.into()),
            _ => None,
        });
        assert_eq!(options(&params), "--label b --max-trials 5 --tag t");
    }
}
