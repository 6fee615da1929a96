//! The options by which commands choose runs, and their two-letter forms (`-Fo`).

use std::ffi::{OsStr, OsString};

use guild_query::{filter, timerange};
use guild_store::filter::Started;
use guild_store::format::Context;
use guild_store::{Filters, Run, Status, clock};

use crate::error::{Error, Result};
use crate::run::RunFacts;
use crate::session::Session;

/// What help shows these options under.
const HEADING: &str = "Filters";

/// The options by which commands choose runs.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
#[group(skip)]
pub struct FilterArgs {
    #[command(flatten)]
    common: CommonFilterArgs,

    #[command(flatten)]
    status: StatusFilterArgs,
}

/// The options about everything but the status.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
#[group(skip)]
pub struct CommonFilterArgs {
    /// Filter runs using a filter expression such as 'op = train and loss < 0.5'.
    #[arg(help_heading = HEADING, short = 'F', long = "filter", value_name = "EXPR", allow_hyphen_values = true)]
    expression: Option<String>,

    /// Filter runs with operations matching VAL (-Fo).
    #[arg(help_heading = HEADING, long = "operation", value_name = "VAL", allow_hyphen_values = true)]
    operations: Vec<String>,

    /// Filter runs with labels matching VAL (-Fl). To show unlabeled runs, use --unlabeled.
    #[arg(help_heading = HEADING, long = "label", value_name = "VAL", allow_hyphen_values = true)]
    labels: Vec<String>,

    /// Filter runs without labels (-Fu).
    #[arg(help_heading = HEADING, long)]
    unlabeled: bool,

    /// Filter runs with TAG (-Ft).
    #[arg(help_heading = HEADING, long = "tag", value_name = "TAG", allow_hyphen_values = true)]
    tags: Vec<String>,

    /// Filter runs with comments matching VAL (-Fc).
    #[arg(help_heading = HEADING, long = "comment", value_name = "VAL", allow_hyphen_values = true)]
    comment: Vec<String>,

    /// Filter marked runs (-Fm).
    #[arg(help_heading = HEADING, long)]
    marked: bool,

    /// Filter unmarked runs (-Fn).
    #[arg(help_heading = HEADING, long)]
    unmarked: bool,

    /// Filter runs started within RANGE (-Fs), such as 'last 2 hours', 'today', '3 days ago',
    /// 'after 7-1' or 'between 1-1 and 4-30'.
    #[arg(help_heading = HEADING, long, value_name = "RANGE")]
    started: Option<String>,

    /// Filter runs with a matching source code digest (-Fd).
    #[arg(help_heading = HEADING, long, value_name = "VAL", allow_hyphen_values = true)]
    digest: Option<String>,
}

/// The options about the status.
#[derive(Clone, Debug, Default, PartialEq, clap::Args)]
#[group(skip)]
pub struct StatusFilterArgs {
    /// Filter runs that are still running (-Sr).
    #[arg(help_heading = HEADING, long, overrides_with = "not_running")]
    running: bool,

    /// Leave out runs that are still running.
    #[arg(help_heading = HEADING, long, overrides_with = "running")]
    not_running: bool,

    /// Filter completed runs (-Sc).
    #[arg(help_heading = HEADING, long, overrides_with = "not_completed")]
    completed: bool,

    /// Leave out completed runs.
    #[arg(help_heading = HEADING, long, overrides_with = "completed")]
    not_completed: bool,

    /// Filter runs that exited with an error (-Se).
    #[arg(help_heading = HEADING, long, overrides_with = "not_error")]
    error: bool,

    /// Leave out runs that exited with an error.
    #[arg(help_heading = HEADING, long, overrides_with = "error")]
    not_error: bool,

    /// Filter runs terminated by the user (-St).
    #[arg(help_heading = HEADING, long, overrides_with = "not_terminated")]
    terminated: bool,

    /// Leave out runs terminated by the user.
    #[arg(help_heading = HEADING, long, overrides_with = "terminated")]
    not_terminated: bool,

    /// Filter pending runs (-Sp).
    #[arg(help_heading = HEADING, long, overrides_with = "not_pending")]
    pending: bool,

    /// Leave out pending runs.
    #[arg(help_heading = HEADING, long, overrides_with = "pending")]
    not_pending: bool,

    /// Filter staged runs (-Ss).
    #[arg(help_heading = HEADING, long, overrides_with = "not_staged")]
    staged: bool,

    /// Leave out staged runs.
    #[arg(help_heading = HEADING, long, overrides_with = "staged")]
    not_staged: bool,

    /// First letters of statuses.
    #[arg(help_heading = HEADING, short = 'S', value_name = "CHARS", hide = true)]
    letters: Option<String>,
}

impl FilterArgs {
    /// Whether none is given.
    pub fn are_none(&self) -> bool {
        *self == FilterArgs::default()
    }

    /// Those of `runs` that pass, in their order.
    pub fn apply(&self, session: &Session, runs: Vec<Run>) -> Result<Vec<Run>> {
        let (wanted, unwanted) = self.status.statuses(session)?;
        self.common.apply_with(session, runs, wanted, unwanted)
    }

    /// Whether marked runs are asked for.
    pub fn wants_marked(&self) -> bool {
        self.common.marked
    }

    /// Also asks for marked runs.
    pub fn only_marked(&mut self) {
        self.common.marked = true;
    }

    /// Also asks for unmarked runs.
    pub fn only_unmarked(&mut self) {
        self.common.unmarked = true;
    }
}

impl CommonFilterArgs {
    /// Those of `runs` that pass, and have one of the statuses if any is given.
    pub fn apply(
        &self,
        session: &Session,
        runs: Vec<Run>,
        statuses: &[Status],
    ) -> Result<Vec<Run>> {
        self.apply_with(session, runs, statuses.to_vec(), Vec::new())
    }

    /// Whether one of the options is used that `--pid` of `guild watch` excludes.
    pub fn is_used(&self) -> bool {
        !self.operations.is_empty() || !self.labels.is_empty() || self.unlabeled
    }

    fn apply_with(
        &self,
        session: &Session,
        mut runs: Vec<Run>,
        statuses: Vec<Status>,
        not_statuses: Vec<Status>,
    ) -> Result<Vec<Run>> {
        let context = Context::of_process(&session.cwd);
        let filters = Filters {
            operations: self.operations.clone(),
            labels: self.labels.clone(),
            unlabeled: self.unlabeled,
            tags: self.tags.clone(),
            comments: self.comment.clone(),
            marked: self.marked,
            unmarked: self.unmarked,
            started: self.started_range(session, &context)?,
            digest: self.digest.clone(),
            statuses,
            not_statuses,
        };
        filters.check().map_err(|e| Error::new(e.to_string()))?;
        let expression = match self.expression.as_deref() {
            None | Some("") => None,
            Some(text) => Some(filter::parse(text).map_err(|e| Error::new(e.to_string()))?),
        };
        let (index, passes) = (session.index(), filters.test());
        let _held = index.hold();
        let noting = expression.is_some() || filters.asks_what_is_noted();
        runs.retain_mut(|run| {
            if noting {
                index.note(run);
            }
            let holds = |expression: &filter::Filter| {
                expression.passes(&RunFacts::new(run, &context, index))
            };
            passes(run) && expression.as_ref().is_none_or(holds)
        });
        Ok(runs)
    }

    fn started_range(&self, session: &Session, context: &Context) -> Result<Option<Started>> {
        let Some(spec) = self.started.as_deref().filter(|spec| !spec.is_empty()) else {
            return Ok(None);
        };
        let now = clock::civil_now(&context.zone).ok_or_else(|| Error::new("it is no year"))?;
        let range = timerange::parse(spec, now).map_err(|e| {
            Error::new(format!("invalid RANGE: {e}"))
                .hint(format!("Try '{} --help' for help specifying time ranges.", session.command))
        })?;
        Ok(Some(Started { start: range.start, end: range.end, zone: context.zone.clone() }))
    }
}

impl StatusFilterArgs {
    /// The statuses that are asked for, and those that are not wanted.
    fn statuses(&self, session: &Session) -> Result<(Vec<Status>, Vec<Status>)> {
        let letters = self.letters.as_deref().unwrap_or_default();
        if let Some(unknown) = letters.chars().find(|c| !"rcetps".contains(*c)) {
            return Err(Error::new(format!("unrecognized status char '{unknown}' in option '-S'"))
                .hint(format!("Try '{} --help' for more information.", session.typed_command)));
        }
        let all = [
            ('r', self.running, self.not_running, Status::Running),
            ('c', self.completed, self.not_completed, Status::Completed),
            ('e', self.error, self.not_error, Status::Error),
            ('t', self.terminated, self.not_terminated, Status::Terminated),
            ('p', self.pending, self.not_pending, Status::Pending),
            ('s', self.staged, self.not_staged, Status::Staged),
        ];
        let (mut wanted, mut unwanted) = (Vec::new(), Vec::new());
        for (letter, yes, no, status) in all {
            if yes || letters.contains(letter) {
                wanted.push(status);
            } else if no {
                unwanted.push(status);
            }
        }
        Ok((wanted, unwanted))
    }
}

/// Short options of more than one letter, and the long ones that they stand for. What starts like
/// one and goes on is an option of one letter with its value: `-Floss<1`.
/// The words are the commands that have it, none for all.
const SHORT: [(&str, &str, &[&str]); 20] = [
    ("-Fo", "--operation", &[]),
    ("-Fl", "--label", &[]),
    ("-Fu", "--unlabeled", &[]),
    ("-Ft", "--tag", &[]),
    ("-Fc", "--comment", &[]),
    ("-Fm", "--marked", &[]),
    ("-Fn", "--unmarked", &[]),
    ("-Fs", "--started", &[]),
    ("-Fd", "--digest", &[]),
    ("-Sr", "--running", &[]),
    ("-Sc", "--completed", &[]),
    ("-Se", "--error", &[]),
    ("-St", "--terminated", &[]),
    ("-Sp", "--pending", &[]),
    ("-Ss", "--staged", &[]),
    ("-min", "--min", &[]),
    ("-max", "--max", &[]),
    ("-rm", "--remove", &["label", "runs"]),
    ("-pa", "--page", &["cat"]),
    ("-cc", "--strict-cols", &["compare"]),
];

/// The same of `guild run`.
const RUN_SHORT: [(&str, &str, &[&str]); 6] = [
    ("-ec", "--edit-comment", &[]),
    ("-ebc", "--edit-batch-comment", &[]),
    ("-Fo", "--opt-flag", &[]),
    ("-bl", "--batch-label", &[]),
    ("-bt", "--batch-tag", &[]),
    ("-bc", "--batch-comment", &[]),
];

/// Replaces short options of more than one letter by the long ones: `-Fo` by `--operation`.
///
/// Only before a `--`. `guild run` has its own.
pub fn spell_out(args: Vec<OsString>) -> Vec<OsString> {
    let command = command_word(&args).cloned().unwrap_or_default();
    let mut out = Vec::with_capacity(args.len());
    let mut rest = args.into_iter();
    for arg in rest.by_ref() {
        if arg == "--" {
            out.push(arg);
            break;
        }
        out.push(arg.to_str().and_then(|arg| long_form(arg, &command)).unwrap_or(arg));
    }
    out.extend(rest);
    out
}

/// The first argument that is neither an option nor an option's value.
fn command_word(args: &[OsString]) -> Option<&OsString> {
    let mut rest = args.iter().skip(1);
    while let Some(arg) = rest.next() {
        if arg == "-C" || arg == "-H" {
            rest.next();
        } else if !arg.to_string_lossy().starts_with('-') {
            return Some(arg);
        }
    }
    None
}

fn long_form(arg: &str, command: &OsStr) -> Option<OsString> {
    let (name, value) = match arg.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (arg, None),
    };
    let of = |commands: &[&str]| commands.is_empty() || commands.iter().any(|c| command == *c);
    let table: &[_] = if command == "run" { &RUN_SHORT } else { &SHORT };
    let (_, long, _) = table.iter().find(|(short, _, commands)| *short == name && of(commands))?;
    Some(value.map_or_else(|| (*long).into(), |value| format!("{long}={value}").into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(line: &str) -> String {
        let args = line.split(' ').map(OsString::from).collect();
        let out: Vec<_> = spell_out(args).iter().map(|a| a.to_str().unwrap().to_string()).collect();
        out.join(" ")
    }

    #[test]
    fn short_filters_are_spelled_out() {
        assert_eq!(spelled("guild runs -Fo train"), "guild runs --operation train");
        assert_eq!(spelled("guild runs -Fo=train -Fm"), "guild runs --operation=train --marked");
        assert_eq!(spelled("guild runs -Floss<1 -Set"), "guild runs -Floss<1 -Set");
        assert_eq!(spelled("guild runs -Sr -Sc"), "guild runs --running --completed");
        assert_eq!(spelled("guild label -rm x -y"), "guild label --remove x -y");
        assert_eq!(spelled("guild runs rm -Sx -- -Fo"), "guild runs rm -Sx -- -Fo");
        assert_eq!(spelled("guild run x.py -Fo a=1"), "guild run x.py --opt-flag a=1");
        assert_eq!(spelled("guild cat -O -pa"), "guild cat -O --page");
        assert_eq!(spelled("guild -C run runs -Fo run"), "guild -C run runs --operation run");
    }
}
