//! Copying many files on several threads.

use std::path::Path;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use crate::transfer::{Copied, Failure, copy};

/// With fewer files than this a thread costs more than it saves.
const MANY: usize = 64;

/// More threads than this only wait for the file system.
const MAX_THREADS: usize = 4;

/// How many files each thread may be ahead: what it copied is in memory until it is taken.
const AHEAD: usize = 4;

/// What came of a file.
type Answer = Result<Copied, Failure>;

/// Copies each first path to the second, whose folder is there, and calls `take` with what came of
/// it, in their order. Ends at the first error that this returns; a few files behind the one it was
/// about may have been copied by then.
pub(crate) fn copy_all<E>(
    files: &[(&Path, &Path)],
    mut take: impl FnMut(usize, Answer) -> Result<(), E>,
) -> Result<(), E> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = if files.len() < MANY || cores == 1 { 0 } else { cores.min(MAX_THREADS) };
    thread::scope(|scope| {
        // Each thread has every n-th file, so that the answers come in order without being sorted.
        let answers: Vec<Receiver<Answer>> = (0..threads)
            .map(|first| {
                let (sender, receiver) = mpsc::sync_channel(AHEAD);
                let copy_part = move || {
                    for (from, to) in files.iter().skip(first).step_by(threads) {
                        // Nobody listens any more after an error.
                        if sender.send(copy(from, to)).is_err() {
                            return;
                        }
                    }
                };
                // Where no thread can be started there is no sender, and no answer below.
                let _ = thread::Builder::new().spawn_scoped(scope, copy_part);
                receiver
            })
            .collect();
        for (file, (from, to)) in files.iter().enumerate() {
            let answer = answers.get(file % threads.max(1)).and_then(|thread| thread.recv().ok());
            take(file, answer.unwrap_or_else(|| copy(from, to)))?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn answers_come_in_order() {
        let dir = tempfile::tempdir().unwrap();
        for count in [0, 1, MANY - 1, MANY, 5 * MANY + 3] {
            let paths: Vec<_> = (0..count)
                .map(|i| (dir.path().join(format!("from{i}")), dir.path().join(format!("to{i}"))))
                .collect();
            for (i, (from, _)) in paths.iter().enumerate() {
                fs::write(from, i.to_string()).unwrap();
            }
            let pairs: Vec<_> = paths.iter().map(|(from, to)| (&**from, &**to)).collect();
            let mut next = 0;
            let result: Result<(), ()> = copy_all(&pairs, |file, answer| {
                assert_eq!(file, next);
                next += 1;
                answer.unwrap();
                assert_eq!(fs::read_to_string(&paths[file].1).unwrap(), file.to_string());
                Ok(())
            });
            assert!(result.is_ok());
            assert_eq!(next, count);
        }
    }

    #[test]
    fn an_error_ends_it_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let from = dir.path().join("from");
        fs::write(&from, "x").unwrap();
        let to: Vec<_> = (0..20 * MANY).map(|i| dir.path().join(i.to_string())).collect();
        let pairs: Vec<_> = to.iter().map(|to| (&*from, &**to)).collect();
        let result = copy_all(&pairs, |file, _| if file == 3 { Err(file) } else { Ok(()) });
        assert_eq!(result, Err(3));
        let made = fs::read_dir(dir.path()).unwrap().count() - 1;
        assert!(made <= 4 + MAX_THREADS * (AHEAD + 2), "{made}");
    }
}
