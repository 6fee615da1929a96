//! The options by which commands choose runs, and their two-letter forms (`-Fo`, `-Set`).

use std::ffi::OsString;

use guild_store::{Filters, Status};

use crate::error::{Error, Result};

/// The options by which commands choose runs.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Filters")]
#[group(skip)]
pub struct FilterArgs {
    /// Filter runs with operations matching VAL (-Fo).
    #[arg(long = "operation", value_name = "VAL")]
    operations: Vec<String>,

    /// Filter runs with labels matching VAL (-Fl). To show unlabeled runs, use --unlabeled.
    #[arg(long = "label", value_name = "VAL")]
    labels: Vec<String>,

    /// Filter runs without labels (-Fu).
    #[arg(long)]
    unlabeled: bool,

    /// Filter runs with TAG (-Ft).
    #[arg(long = "tag", value_name = "TAG")]
    tags: Vec<String>,

    /// Filter runs with comments matching VAL (-Fc).
    #[arg(long = "comment", value_name = "VAL")]
    comment: Vec<String>,

    /// Filter marked runs (-Fm).
    #[arg(long)]
    marked: bool,

    /// Filter unmarked runs (-Fn).
    #[arg(long)]
    unmarked: bool,

    /// Filter runs with a matching source code digest (-Fd).
    #[arg(long, value_name = "VAL")]
    digest: Option<String>,

    /// Filter runs that are still running (-Sr).
    #[arg(long)]
    running: bool,

    /// Leave out runs that are still running.
    #[arg(long, hide = true)]
    not_running: bool,

    /// Filter completed runs (-Sc).
    #[arg(long)]
    completed: bool,

    /// Leave out completed runs.
    #[arg(long, hide = true)]
    not_completed: bool,

    /// Filter runs that exited with an error (-Se).
    #[arg(long)]
    error: bool,

    /// Leave out runs that exited with an error.
    #[arg(long, hide = true)]
    not_error: bool,

    /// Filter runs terminated by the user (-St).
    #[arg(long)]
    terminated: bool,

    /// Leave out runs terminated by the user.
    #[arg(long, hide = true)]
    not_terminated: bool,

    /// Filter pending runs (-Sp).
    #[arg(long)]
    pending: bool,

    /// Leave out pending runs.
    #[arg(long, hide = true)]
    not_pending: bool,

    /// Filter staged runs (-Ss). Each status has a --not-STATUS too.
    #[arg(long)]
    staged: bool,

    /// Leave out staged runs.
    #[arg(long, hide = true)]
    not_staged: bool,
}

impl FilterArgs {
    /// The filters that the options stand for.
    pub fn filters(&self) -> Result<Filters> {
        let chosen = |states: [(bool, Status); 6]| {
            states.into_iter().filter(|(on, _)| *on).map(|(_, status)| status).collect()
        };
        let filters = Filters {
            operations: self.operations.clone(),
            labels: self.labels.clone(),
            unlabeled: self.unlabeled,
            tags: self.tags.clone(),
            comments: self.comment.clone(),
            marked: self.marked,
            unmarked: self.unmarked,
            digest: self.digest.clone(),
            statuses: chosen([
                (self.running, Status::Running),
                (self.completed, Status::Completed),
                (self.error, Status::Error),
                (self.terminated, Status::Terminated),
                (self.pending, Status::Pending),
                (self.staged, Status::Staged),
            ]),
            not_statuses: chosen([
                (self.not_running, Status::Running),
                (self.not_completed, Status::Completed),
                (self.not_error, Status::Error),
                (self.not_terminated, Status::Terminated),
                (self.not_pending, Status::Pending),
                (self.not_staged, Status::Staged),
            ]),
        };
        filters.check().map_err(|e| Error::new(e.to_string()))?;
        Ok(filters)
    }
}

/// `-F` followed by a letter, and the long option that it stands for.
const FILTERS: [(&str, &str); 8] = [
    ("-Fo", "--operation"),
    ("-Fl", "--label"),
    ("-Fu", "--unlabeled"),
    ("-Ft", "--tag"),
    ("-Fc", "--comment"),
    ("-Fm", "--marked"),
    ("-Fn", "--unmarked"),
    ("-Fd", "--digest"),
];

/// The letters that may follow `-S`.
const STATUSES: [(char, &str); 6] = [
    ('r', "--running"),
    ('c', "--completed"),
    ('e', "--error"),
    ('t', "--terminated"),
    ('p', "--pending"),
    ('s', "--staged"),
];

/// Replaces the short filter options by the long ones: `-Set` by `--error --terminated`.
///
/// Only before a `--`, and never in `guild run`, where what looks like an option may be a flag's.
pub fn spell_out(args: Vec<OsString>) -> Vec<OsString> {
    let word = command_word(&args).cloned().unwrap_or_default();
    if word == "run" {
        return args;
    }
    let mut out = Vec::with_capacity(args.len());
    let mut rest = args.into_iter();
    for arg in rest.by_ref() {
        if arg == "--" {
            out.push(arg);
            break;
        }
        match arg.to_str().and_then(long_forms) {
            Some(long) => out.extend(long),
            None if word == "cat" && arg == "-pa" => out.push("--page".into()),
            None => out.push(arg),
        }
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

fn long_forms(arg: &str) -> Option<Vec<OsString>> {
    for (short, long) in FILTERS {
        if let Some(value) = arg.strip_prefix(short) {
            let mut forms = vec![OsString::from(long)];
            if !value.is_empty() {
                forms.push(value.into());
            }
            return Some(forms);
        }
    }
    let letters = arg.strip_prefix("-S").filter(|l| !l.is_empty())?;
    let status = |c| STATUSES.iter().find(|(letter, _)| *letter == c).map(|(_, long)| long);
    letters.chars().map(|c| status(c).map(OsString::from)).collect()
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
        assert_eq!(
            spelled("guild runs -Fotrain -Set"),
            "guild runs --operation train --error --terminated"
        );
        assert_eq!(spelled("guild runs rm -Sx -- -Fo"), "guild runs rm -Sx -- -Fo");
        assert_eq!(spelled("guild run x.py -Fo"), "guild run x.py -Fo");
        assert_eq!(spelled("guild cat -O -pa"), "guild cat -O --page");
        assert_eq!(spelled("guild -C run runs -Fo run"), "guild -C run runs --operation run");
    }
}
