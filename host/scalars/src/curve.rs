//! The values of one scalar while its run goes on.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::directories::{EventFiles, find};
use crate::events::read_from;
use crate::summary::Point;

/// Reads the values of a scalar of a run that may still be running, again and again. What was read
/// before is not read again.
#[derive(Debug)]
pub struct CurveReader {
    run_dir: PathBuf,
    tag: String,
    prefix: Option<String>,
    files: HashMap<PathBuf, Followed>,
}

/// How far a file has been read, and what it held.
#[derive(Debug, Default)]
struct Followed {
    at: u64,
    points: Vec<Point>,
}

impl CurveReader {
    /// Reads scalar `key` of the run in `run_dir`: `TAG`, or `PREFIX#TAG` where the start of the
    /// prefix counts, whatever the case of its letters.
    pub fn new(run_dir: &Path, key: &str) -> CurveReader {
        let (prefix, tag) = match key.split_once('#') {
            Some((prefix, tag)) => (Some(prefix.to_lowercase()), tag),
            None => (None, key),
        };
        CurveReader { run_dir: run_dir.into(), tag: tag.into(), prefix, files: HashMap::new() }
    }

    /// The values that there are, by step; of one step the one written last. Of several prefixes
    /// with the scalar it is the first, as in [`crate::summary::for_run`].
    ///
    /// Where all values have the same step, as those of a script that says none, they are counted:
    /// the first has step 1.
    pub fn read(&mut self) -> Vec<Point> {
        let (tag, wanted, files) = (&self.tag, &self.prefix, &mut self.files);
        let mut first: Option<(String, Vec<Point>)> = None;
        for EventFiles { prefix, files: paths } in find(&self.run_dir).events {
            let taken = wanted.as_ref().is_none_or(|w| prefix.to_lowercase().starts_with(w));
            if !taken || first.as_ref().is_some_and(|(before, _)| *before < prefix) {
                continue;
            }
            let points: Vec<Point> = paths
                .iter()
                .flat_map(|path| {
                    let followed = files.entry(path.clone()).or_default();
                    followed.read(path, tag);
                    followed.points.clone()
                })
                .collect();
            if !points.is_empty() {
                first = Some((prefix, points));
            }
        }
        by_step(first.map(|(_, points)| points).unwrap_or_default())
    }
}

impl Followed {
    fn read(&mut self, path: &Path, tag: &str) {
        let Ok(metadata) = path.metadata() else { return };
        if metadata.len() < self.at {
            // It was begun anew.
            *self = Followed::default();
        }
        if metadata.len() > self.at {
            let points = &mut self.points;
            // What cannot be read now may be later.
            let _ = read_from(path, &mut self.at, |found, value, step| {
                if found == tag {
                    points.push(Point { value, step });
                }
            });
        }
    }
}

fn by_step(points: Vec<Point>) -> Vec<Point> {
    if points.len() > 1 && points.iter().all(|p| p.step == points[0].step) {
        return (1..).zip(points).map(|(step, p)| Point { step, ..p }).collect();
    }
    let steps: BTreeMap<i64, f64> = points.into_iter().map(|p| (p.step, p.value)).collect();
    steps.into_iter().map(|(step, value)| Point { value, step }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::EventWriter;

    fn read(reader: &mut CurveReader) -> Vec<(i64, f64)> {
        reader.read().into_iter().map(|p| (p.step, p.value)).collect()
    }

    #[test]
    fn what_is_written_meanwhile_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let mut reader = CurveReader::new(dir.path(), "loss");
        assert!(read(&mut reader).is_empty());
        let mut writer = EventWriter::new(dir.path().join("logs"));
        writer.add("loss", 0.5, 10).unwrap();
        writer.add("acc", 0.1, 10).unwrap();
        writer.flush().unwrap();
        assert_eq!(read(&mut reader), [(10, 0.5)]);
        writer.add("loss", 0.25, 20).unwrap();
        writer.add("loss", 0.75, 15).unwrap();
        writer.flush().unwrap();
        assert_eq!(read(&mut reader), [(10, 0.5), (15, 0.75), (20, 0.25)]);
        assert_eq!(read(&mut reader), [(10, 0.5), (15, 0.75), (20, 0.25)]);
        assert_eq!(read(&mut CurveReader::new(dir.path(), "Log#acc")).len(), 1);
        assert!(read(&mut CurveReader::new(dir.path(), "x#acc")).is_empty());
        // The run's own events come before those of directories.
        let mut writer = EventWriter::new(dir.path());
        writer.add("loss", 4.0, 1).unwrap();
        writer.flush().unwrap();
        assert_eq!(read(&mut reader), [(1, 4.0)]);
    }

    #[test]
    fn values_without_steps_are_counted() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::new(dir.path());
        let mut reader = CurveReader::new(dir.path(), "loss");
        let mut add = |value| {
            writer.add("loss", value, 0).unwrap();
            writer.flush().unwrap();
            read(&mut reader)
        };
        assert_eq!(add(0.5), [(0, 0.5)]);
        assert_eq!(add(0.25), [(1, 0.5), (2, 0.25)]);
    }
}
