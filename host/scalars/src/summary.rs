//! What the scalars of a run come to.

use std::collections::HashMap;
use std::fs::Metadata;
use std::path::Path;

use crate::directories::{EventFiles, find};
use crate::events::{Ending, EventFile};

/// A value and where it was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// The value. A 32 bit number of an event file keeps its bits: `0.1` is `0.10000000149011612`.
    pub value: f64,
    /// The step.
    pub step: i64,
}

/// A value as the script gave it: a number of 32 bits, as event files have them, in its own digits.
pub fn shown(value: f64) -> String {
    let short = value as f32;
    if f64::from(short) == value { short.to_string() } else { value.to_string() }
}

/// A scalar of a run, over all event files of one directory.
///
/// NaN is a value like others: a first NaN stays the least and the greatest, for nothing is less
/// or greater, and one anywhere makes the total NaN. (Guild AI 0.9.0 keeps NaN as null and shows
/// it as `nan`.)
#[derive(Clone, Debug, PartialEq)]
pub struct ScalarSummary {
    /// The directory below the run's, with `/`: empty for the run's own, `.guild` for output
    /// scalars.
    pub prefix: String,
    /// The name in the event file.
    pub tag: String,
    /// The value of the least step; of several the one read first.
    pub first: Point,
    /// The value of the greatest step; of several the one read last.
    pub last: Point,
    /// The least value; of several the one read first.
    pub min: Point,
    /// The greatest value; of several the one read first.
    pub max: Point,
    /// The sum of all values, added in the order of reading.
    pub total: f64,
    /// How many values there are, at least one.
    pub count: i64,
}

impl ScalarSummary {
    fn new(prefix: &str, tag: &str, point: Point) -> ScalarSummary {
        let (first, last, min, max) = (point, point, point, point);
        // Python's sum starts at 0, which makes 0 of a -0.
        let total = 0.0 + point.value;
        let (prefix, tag) = (prefix.into(), tag.into());
        ScalarSummary { prefix, tag, first, last, min, max, total, count: 1 }
    }

    fn add(&mut self, point: Point) {
        if point.step < self.first.step {
            self.first = point;
        }
        if point.step >= self.last.step {
            self.last = point;
        }
        if point.value < self.min.value {
            self.min = point;
        }
        if point.value > self.max.value {
            self.max = point;
        }
        self.total += point.value;
        self.count += 1;
    }

    /// The mean of all values.
    pub fn avg(&self) -> f64 {
        self.total / self.count as f64
    }

    /// What the user sees: the tag, behind `PREFIX#` unless the prefix is empty or `.guild`.
    pub fn key(&self) -> String {
        match self.prefix.as_str() {
            "" | ".guild" => self.tag.clone(),
            prefix => format!("{prefix}#{}", self.tag),
        }
    }
}

/// The scalars of a run: of the event files in its directory and those below, by prefix and tag in
/// the order of their bytes.
///
/// As in Guild AI 0.9.0 a directory counts when the name of a file in it has `.tfevents.`, a linked
/// directory is looked into only when it is a run, and the files of a directory are read in the
/// order of their names. What cannot be read is left out ([`for_run_noting`] tells).
pub fn for_run(run_dir: &Path) -> Vec<ScalarSummary> {
    for_run_noting(run_dir, &mut Vec::new())
}

/// [`for_run`], with a line for the user for each file that could not be read. (0.9.0 leaves out
/// the files after it, too.) A file whose end is missing is read as far as it goes, silently.
pub fn for_run_noting(run_dir: &Path, warnings: &mut Vec<String>) -> Vec<ScalarSummary> {
    summarize(&find(run_dir).events, warnings, &mut |_, _| {})
}

/// What the scalars of event files come to, as [`for_run_noting`]. `opened` is told of each file that
/// is read, and what it was before.
pub fn summarize(
    events: &[EventFiles],
    warnings: &mut Vec<String>,
    opened: &mut dyn FnMut(&Path, &Metadata),
) -> Vec<ScalarSummary> {
    let mut summaries = Vec::new();
    for directory in events {
        summarize_directory(directory, &mut summaries, warnings, opened);
    }
    summaries.sort_by(|a, b| (&a.prefix, &a.tag).cmp(&(&b.prefix, &b.tag)));
    summaries
}

/// One scalar for each key, as `guild runs info` shows them: a script's own events in the run's
/// directory and its output scalars may share a name, and then the output scalar counts. Takes and
/// keeps the order of [`for_run`].
pub fn distinct(summaries: Vec<ScalarSummary>) -> Vec<ScalarSummary> {
    let mut at = HashMap::new();
    let mut kept: Vec<ScalarSummary> = Vec::with_capacity(summaries.len());
    for summary in summaries {
        match at.get(&summary.key()) {
            Some(at) => kept[*at] = summary,
            None => {
                at.insert(summary.key(), kept.len());
                kept.push(summary);
            }
        }
    }
    kept
}

fn summarize_directory(
    directory: &EventFiles,
    summaries: &mut Vec<ScalarSummary>,
    warnings: &mut Vec<String>,
    opened: &mut dyn FnMut(&Path, &Metadata),
) {
    let mut tags: HashMap<String, usize> = HashMap::new();
    let first = summaries.len();
    // Each step gives the same scalars in the same order, as a rule.
    let mut expected = first;
    for file in &directory.files {
        let mut add = |tag: &str, value: f64, step: i64| {
            let point = Point { value, step };
            let at = match summaries.get(expected) {
                Some(summary) if summary.tag == tag => Some(expected),
                _ => tags.get(tag).copied(),
            };
            match at {
                Some(at) => {
                    summaries[at].add(point);
                    expected = if at + 1 < summaries.len() { at + 1 } else { first };
                }
                None => {
                    tags.insert(tag.into(), summaries.len());
                    summaries.push(ScalarSummary::new(&directory.prefix, tag, point));
                }
            }
        };
        let mut read = || match EventFile::open(file)? {
            Some(events) => {
                opened(file, &events.metadata);
                events.read_from(&mut 0, &mut add)
            }
            None => Ok(Ending::Complete),
        };
        let problem = match read() {
            Ok(Ending::Complete | Ending::Cut) => continue,
            Ok(Ending::NoEvent) => "it holds something else than events".to_string(),
            Err(error) => error.to_string(),
        };
        let file = file.display();
        warnings.push(format!("error reading TF events from {file}: {problem}"));
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use super::*;
    use crate::events::EventWriter;

    fn write(dir: &Path, scalars: &[(&str, f32, i64)]) {
        let mut writer = EventWriter::new(dir);
        for (tag, value, step) in scalars {
            writer.add(tag, *value, *step).unwrap();
        }
    }

    fn point(value: f64, step: i64) -> Point {
        Point { value, step }
    }

    #[test]
    fn values_by_step_and_size() {
        let dir = tempfile::tempdir().unwrap();
        let values = [("a", 2.0, 5), ("a", 4.0, 1), ("a", 1.0, 7), ("a", 3.0, 7), ("a", 1.0, 1)];
        write(dir.path(), &values);
        let found = for_run(dir.path());
        assert_eq!(
            found,
            [ScalarSummary {
                prefix: "".into(),
                tag: "a".into(),
                first: point(4.0, 1),
                last: point(3.0, 7),
                min: point(1.0, 7),
                max: point(4.0, 1),
                total: 11.0,
                count: 5,
            }]
        );
        assert_eq!(found[0].avg(), 2.2);
    }

    #[test]
    fn directories_are_prefixes() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        write(&at("logs/train"), &[("b", 1.0, 1), ("a", 1.0, 1)]);
        write(&at(".guild"), &[("x", 1.0, 1)]);
        write(dir.path(), &[("x", 2.0, 1), ("y", 1.0, 1)]);
        let all = for_run(dir.path());
        let keys = |all: &[ScalarSummary]| all.iter().map(ScalarSummary::key).collect::<Vec<_>>();
        assert_eq!(keys(&all), ["x", "y", "x", "logs/train#a", "logs/train#b"]);
        let distinct = distinct(all);
        assert_eq!(keys(&distinct), ["x", "y", "logs/train#a", "logs/train#b"]);
        assert_eq!((&*distinct[0].prefix, distinct[0].last.value), (".guild", 1.0));
    }

    #[test]
    fn of_linked_directories_only_runs() {
        let dir = tempfile::tempdir().unwrap();
        let (run, other) = (dir.path().join("run"), dir.path().join("other"));
        for linked in ["plain", "upstream"] {
            write(&other.join(linked).join("logs"), &[("a", 1.0, 1)]);
        }
        fs::create_dir_all(other.join("upstream/.guild")).unwrap();
        fs::write(other.join("upstream/.guild/opref"), "x").unwrap();
        fs::create_dir(&run).unwrap();
        for linked in ["plain", "upstream"] {
            std::os::unix::fs::symlink(other.join(linked), run.join(linked)).unwrap();
        }
        // A circle, through a run.
        fs::create_dir(run.join(".guild")).unwrap();
        fs::write(run.join(".guild/opref"), "x").unwrap();
        std::os::unix::fs::symlink(&run, other.join("upstream/back")).unwrap();
        let keys: Vec<_> = for_run(&run).iter().map(ScalarSummary::key).collect();
        assert_eq!(keys, ["upstream/logs#a"]);
    }

    #[test]
    fn what_is_no_event_file_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), &[("a", 1.0, 1)]);
        let at = |name: &str| dir.path().join(name);
        fs::write(at("x.tfevents.garbage"), "no events at all, just text").unwrap();
        fs::write(at("empty.tfevents.0"), "").unwrap();
        fs::create_dir(at("dir.tfevents.0")).unwrap();
        std::os::unix::fs::symlink("nowhere", at("broken.tfevents.0")).unwrap();
        // Reading these would wait, fail or never end.
        assert!(Command::new("mkfifo").arg(at("pipe.tfevents.0")).status().unwrap().success());
        let _socket = UnixListener::bind(at("socket.tfevents.0")).unwrap();
        std::os::unix::fs::symlink("/dev/zero", at("device.tfevents.0")).unwrap();
        let mut warnings = Vec::new();
        assert_eq!(for_run_noting(dir.path(), &mut warnings).len(), 1);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("broken.tfevents.0"));
        assert!(for_run(&at("nowhere")).is_empty());
        // Names with `tfevents` count beside one that makes the directory count, not alone.
        fs::create_dir(at("sub")).unwrap();
        fs::copy(at("empty.tfevents.0"), at("sub/tfevents")).unwrap();
        assert_eq!(for_run(dir.path()).len(), 1);
    }

    #[test]
    fn nan_and_infinity() {
        let dir = tempfile::tempdir().unwrap();
        let (nan, inf) = (f32::NAN, f32::INFINITY);
        write(dir.path(), &[("a", nan, 1), ("a", 1.0, 2), ("b", inf, 1), ("b", -inf, 2)]);
        let found = for_run(dir.path());
        assert!(found[0].min.value.is_nan() && found[0].max.value.is_nan());
        assert!(found[0].total.is_nan() && found[1].total.is_nan());
        assert_eq!((found[0].last, found[1].min.step), (point(1.0, 2), 2));
    }

    #[test]
    fn numbers_of_32_bits_are_short() {
        assert_eq!(shown(f64::from(0.1_f32)), "0.1");
        assert_eq!(
            (shown(0.1), shown(3.0), shown(f64::NAN)),
            ("0.1".into(), "3".into(), "NaN".into())
        );
    }
}
