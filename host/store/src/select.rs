//! The `RUN` arguments of Guild's commands: `1`, `2:5`, `:3`, `05bebab9`.
//!
//! Indexes count from 1 in the list as it is shown under the same filters. What is no index in
//! the list is the start of a run id.

use guild_flags::value;
use guild_plugin_api::Value;

use crate::run::Run;

/// Why an argument selects no run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectError {
    /// There are no runs, or none that pass the filters.
    NoRuns,
    /// No run is meant by this argument.
    NoMatch(String),
    /// More than one run is meant where one is needed: the argument and the runs' short ids.
    Ambiguous(String, Vec<String>),
}

impl SelectError {
    /// The text that Guild shows. `command` is the command's name, such as `guild runs info`, for
    /// the hint to its help.
    ///
    /// Guild puts `guild: ` before it, but not for [`SelectError::Ambiguous`].
    pub fn message(&self, command: Option<&str>) -> String {
        match self {
            SelectError::NoRuns => "no matching runs".into(),
            SelectError::NoMatch(spec) => {
                let help = command
                    .map(|c| format!(" or '{c} --help' for more information"))
                    .unwrap_or_default();
                format!(
                    "could not find a run matching '{spec}'\n\
                     Try 'guild runs list' for a list{help}."
                )
            }
            SelectError::Ambiguous(spec, ids) => {
                let lines: String = ids.iter().map(|id| format!("\n  {id}")).collect();
                format!("'{spec}' matches multiple runs:{lines}")
            }
        }
    }
}

impl std::fmt::Display for SelectError {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str(&self.message(None))
    }
}

impl std::error::Error for SelectError {}

/// The runs that `specs` mean, out of `runs` as they are listed: in the order of `specs`, a run
/// that two of them mean twice. No specs mean all runs.
pub fn select<S: AsRef<str>>(runs: &[Run], specs: &[S]) -> Result<Vec<Run>, SelectError> {
    if specs.is_empty() {
        return Ok(runs.to_vec());
    }
    let mut selected = Vec::new();
    for spec in specs {
        let spec = spec.as_ref();
        match slice(runs, spec) {
            Some(slice) => selected.extend_from_slice(slice),
            None => selected.push(by_id(runs, spec)?),
        }
    }
    Ok(selected)
}

/// As [`select`], each run once: for commands that delete or change them. Without specs, `default`
/// counts: `:` for all runs, `1` for the latest.
///
/// Guild AI 0.9.0 only drops repeated arguments, and so fails to delete `1:2` together with `1`.
pub fn select_once<S: AsRef<str>>(
    runs: &[Run],
    specs: &[S],
    default: &str,
) -> Result<Vec<Run>, SelectError> {
    let selected = match specs {
        [] => select(runs, &[default]),
        specs => select(runs, specs),
    }?;
    let mut seen = std::collections::HashSet::new();
    Ok(selected.into_iter().filter(|run| seen.insert(run.id().to_string())).collect())
}

/// The one run that `spec` means; without one, the latest.
pub fn select_one(runs: &[Run], spec: Option<&str>) -> Result<Run, SelectError> {
    if runs.is_empty() {
        return Err(SelectError::NoRuns);
    }
    let spec = spec.filter(|s| !s.is_empty()).unwrap_or("1");
    one(select(runs, &[spec])?, spec)
}

/// The runs at an index or in a range; none when `spec` is neither, or leads out of the list.
///
/// A range must end in the list but need not start there. After a range 0.9.0 ignores the rest of
/// the argument, so that `:foo` is all runs; here that is no range.
fn slice<'a>(runs: &'a [Run], spec: &str) -> Option<&'a [Run]> {
    let (start, end) = if let Some(index) = value::parse_int(spec) {
        let Value::Int(index) = index else { return None };
        let index = usize::try_from(index).ok()?;
        (index.checked_sub(1)?, index)
    } else {
        let (start, end) = spec.split_once(':')?;
        let start = match start {
            "" => 0,
            start => bound(start)?.checked_sub(1)?,
        };
        (start, if end.is_empty() { runs.len() } else { bound(end)? })
    };
    (end <= runs.len()).then(|| runs.get(start..end).unwrap_or_default())
}

/// How many runs of a list must be known for [`select`], when all of `specs` are indexes and ranges
/// with an end; none when they are not, or there are none.
pub fn reach<S: AsRef<str>>(specs: &[S]) -> Option<usize> {
    let reach = |spec: &S| {
        let spec = spec.as_ref();
        match value::parse_int(spec) {
            Some(Value::Int(index)) => usize::try_from(index).ok(),
            Some(_) => None,
            None => bound(spec.split_once(':')?.1).filter(|_| !spec.ends_with(':')),
        }
    };
    specs.iter().map(reach).collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// Whether `spec` can only be the start of a run's id, whatever runs there are: no index, no range.
pub fn is_id(spec: &str) -> bool {
    !spec.is_empty()
        && !spec.contains(':')
        && !matches!(value::parse_int(spec), Some(Value::Int(_)))
}

fn bound(text: &str) -> Option<usize> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?
}

fn by_id(runs: &[Run], prefix: &str) -> Result<Run, SelectError> {
    one(runs.iter().filter(|run| run.id().starts_with(prefix)).cloned().collect(), prefix)
}

fn one(mut runs: Vec<Run>, spec: &str) -> Result<Run, SelectError> {
    match runs.len() {
        1 => Ok(runs.remove(0)),
        0 => Err(SelectError::NoMatch(spec.to_string())),
        _ => {
            let ids = runs.iter().map(|run| run.short_id().to_string()).collect();
            Err(SelectError::Ambiguous(spec.to_string(), ids))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn runs() -> Vec<Run> {
        ["a1aaaaaaaaaa", "a2bbbbbbbbbb", "12cccccccccc", "dddddddddddd"]
            .map(|id| Run::new(id, format!("/runs/{id}")))
            .to_vec()
    }

    fn selected(specs: &[&str]) -> Result<String, SelectError> {
        let ids = |runs: Vec<Run>| runs.iter().map(|r| r.id()[2..3].to_string()).collect();
        select(&runs(), specs).map(ids)
    }

    #[test]
    fn indexes_ranges_and_ids() {
        for (specs, want) in [
            (&[][..], "abcd"),
            (&["1"], "a"),
            (&[" +1_ "], "not found"),
            (&[" +2 "], "b"),
            (&["4", "1"], "da"),
            (&["1", "1"], "aa"),
            (&["2:3"], "bc"),
            (&[":2"], "ab"),
            (&["3:"], "cd"),
            (&[":"], "abcd"),
            (&["1:0"], ""),
            (&["3:2"], ""),
            (&["9:"], ""),
            (&[":0"], ""),
            (&["1:9"], "not found"),
            (&["0:"], "not found"),
            (&["0"], "not found"),
            (&["-1"], "not found"),
            (&["5"], "not found"),
            (&[":x"], "not found"),
            (&["1:2x"], "not found"),
            (&["99999999999999999999999"], "not found"),
            (&["12"], "c"),
            (&["a2"], "b"),
            (&["d", "1:2"], "dab"),
        ] {
            let got = selected(specs);
            match want {
                "not found" => assert_eq!(got, Err(SelectError::NoMatch(specs[0].into()))),
                want => assert_eq!(got.as_deref(), Ok(want), "{specs:?}"),
            }
        }
    }

    /// What is selected from so many of the list is what is selected from all.
    #[test]
    fn how_far_indexes_reach() {
        for (specs, want) in [
            (&["1"][..], Some(1)),
            (&["3", "1"], Some(3)),
            (&["1:2"], Some(2)),
            (&[":3", "2"], Some(3)),
            (&["9:0"], Some(0)),
            (&["99"], Some(99)),
            (&["2:"], None),
            (&[":"], None),
            (&["1", "a1"], None),
            (&[":x"], None),
            (&["-1"], None),
            (&[], None),
        ] {
            assert_eq!(reach(specs), want, "{specs:?}");
            let Some(reach) = want else { continue };
            let all = runs();
            let some = &all[..reach.min(all.len())];
            assert_eq!(select(some, specs), select(&all, specs), "{specs:?}");
        }
    }

    #[test]
    fn one_run_and_no_more() {
        let runs = runs();
        assert_eq!(select_one(&runs, None).unwrap(), runs[0]);
        assert_eq!(select_one(&runs, Some("")).unwrap(), runs[0]);
        assert_eq!(select_one(&runs, Some("2")).unwrap(), runs[1]);
        assert_eq!(select_one(&[], None), Err(SelectError::NoRuns));
        assert_eq!(select_one(&runs, Some("9:")), Err(SelectError::NoMatch("9:".into())));
        let e = select_one(&runs, Some("a")).unwrap_err();
        assert_eq!(e.to_string(), "'a' matches multiple runs:\n  a1aaaaaa\n  a2bbbbbb");
    }

    #[test]
    fn runs_are_selected_once_for_changes() {
        let runs = runs();
        assert_eq!(
            select_once(&runs, &["2", "1:2", "2"], ":").unwrap(),
            [runs[1].clone(), runs[0].clone()]
        );
        assert_eq!(select_once::<&str>(&runs, &[], ":").unwrap(), runs);
        assert_eq!(select_once::<&str>(&runs, &[], "1").unwrap(), runs[..1]);
        assert_eq!(select_once::<&str>(&[], &[], ":").unwrap(), []);
    }

    #[test]
    fn messages() {
        let e = SelectError::NoMatch("zz".into());
        assert_eq!(
            e.message(Some("guild select")),
            "could not find a run matching 'zz'\n\
             Try 'guild runs list' for a list or 'guild select --help' for more information."
        );
        assert_eq!(
            e.to_string(),
            "could not find a run matching 'zz'\nTry 'guild runs list' for a list."
        );
    }

    proptest! {
        #[test]
        fn nothing_makes_selecting_panic(spec in "\\PC{0,10}|[0-9:+_ -]{0,8}") {
            let _ = select(&runs(), &[spec.as_str()]);
            let _ = select_one(&runs(), Some(&spec));
        }
    }
}
