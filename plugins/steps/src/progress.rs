//! How far a pipeline has come, so that it can go on there when it is started again.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The steps that were begun, in order.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    steps: Vec<Begun>,
}

/// A step that was begun.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Begun {
    /// The words of its `guild run`.
    pub words: Vec<String>,
    /// The id of its run.
    pub run: String,
    /// The name of the link to it; empty for none, when the run was not needed.
    pub link: String,
    /// Whether it has ended as it should.
    pub done: bool,
}

/// The file that it is in, in a run's folder.
const FILE: &str = ".guild/steps.json";

/// Whether the run in a folder is a pipeline of this plugin's, which can go on.
pub fn is_pipeline(run_dir: &Path) -> bool {
    run_dir.join(FILE).is_file()
}

impl Progress {
    /// How far the pipeline in a folder has come. What cannot be read has not begun.
    pub fn read(run_dir: &Path) -> Progress {
        let text = fs::read_to_string(run_dir.join(FILE)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// The steps that were begun.
    pub fn steps(&self) -> &[Begun] {
        &self.steps
    }

    /// How many of the steps need not be run again: those from the first that are done with these
    /// words, and whose runs are there. None of a pipeline that has come to its end.
    pub fn done(&self, words: &[Vec<String>], is_there: impl Fn(&str) -> bool) -> usize {
        let stands = |begun: &Begun| begun.done && (begun.link.is_empty() || is_there(&begun.run));
        let done = self.steps.iter().zip(words).take_while(|(b, w)| stands(b) && b.words == **w);
        match done.count() {
            all if all == words.len() => 0,
            some => some,
        }
    }

    /// Notes the step `index` down, and that none after it was begun.
    ///
    /// # Errors
    /// One line about why that could not be written.
    pub fn set(&mut self, run_dir: &Path, index: usize, step: Begun) -> Result<(), String> {
        self.steps.truncate(index);
        self.steps.push(step);
        let path: PathBuf = run_dir.join(FILE);
        let text = serde_json::to_string(self).map_err(|e| e.to_string())?;
        // Beside it first: what is there is never half of something.
        let beside = path.with_extension("json.new");
        fs::write(&beside, text)
            .and_then(|()| fs::rename(&beside, &path))
            .map_err(|e| format!("cannot write {}: {e}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails loudly")]

    use super::*;

    #[test]
    fn a_pipeline_goes_on_at_the_first_step_that_is_not_done() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join(".guild")).unwrap();
        assert!(!is_pipeline(dir.path()));
        let words = ["a", "b", "c"].map(|word| vec![word.to_string()]);
        let mut progress = Progress::read(dir.path());
        assert_eq!(progress.done(&words, |_| true), 0);
        for (index, done) in [(0, true), (1, false), (1, true), (2, false)] {
            let words = words[index].clone();
            let step = Begun { words, done, ..Begun::default() };
            progress.set(dir.path(), index, step).unwrap();
        }
        let read = Progress::read(dir.path());
        assert_eq!(read.done(&words, |_| true), 2);
        let other = [words[0].clone(), vec!["x".into()], words[2].clone()];
        assert_eq!(read.done(&other, |_| true), 1);
        // Its link is what a step with a run has.
        assert_eq!(read.done(&words, |_| false), 2);
        // At its end it starts over.
        assert_eq!(read.done(&words[..2], |_| true), 0);
        fs::write(dir.path().join(FILE), "{").unwrap();
        assert_eq!(Progress::read(dir.path()).done(&words, |_| true), 0);
    }
}
