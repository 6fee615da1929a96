//! A thread for the code of plugins, so that guild can leave behind what never returns.

use std::cell::RefCell;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

/// As much as a program's main thread has, as a rule: what plugins call may recurse deeply.
const STACK: usize = 8 << 20;

type Job = Box<dyn FnOnce() + Send>;

/// One thread that does one thing after the other. It is started when there is something to do.
#[derive(Default)]
pub struct Worker {
    jobs: RefCell<Option<Sender<Job>>>,
}

/// Why there is no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// It took too long. It goes on by itself, until guild ends.
    TooLong,
    /// It ended its thread.
    Ended,
}

impl Worker {
    /// Does `work` on the thread and waits for the result, at most for `limit` if there is one.
    pub fn run<T: Send + 'static>(
        &self,
        limit: Option<Duration>,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let (send, receive) = mpsc::channel();
        self.start(Box::new(move || {
            let _ = send.send(work());
        }));
        let result = wait(&receive, limit);
        if result.is_err() {
            // Whatever comes next gets a thread of its own.
            self.jobs.take();
        }
        result
    }

    /// Hands the job to the thread; does it here where there can be no thread.
    fn start(&self, job: Job) {
        let mut jobs = self.jobs.borrow_mut();
        let job = match jobs.as_ref() {
            Some(thread) => match thread.send(job) {
                Ok(()) => return,
                Err(unsent) => unsent.0,
            },
            None => job,
        };
        let (send, receive) = mpsc::channel::<Job>();
        let thread = thread::Builder::new().name("plugins".into()).stack_size(STACK);
        let started = thread.spawn(move || receive.iter().for_each(|job| job()));
        match started {
            Ok(_) => {
                let _ = send.send(job);
                *jobs = Some(send);
            }
            Err(_) => {
                drop(jobs);
                job();
            }
        }
    }
}

fn wait<T>(result: &Receiver<T>, limit: Option<Duration>) -> Result<T, Lost> {
    match limit {
        None => result.recv().map_err(|_| Lost::Ended),
        Some(limit) => result.recv_timeout(limit).map_err(|e| match e {
            RecvTimeoutError::Timeout => Lost::TooLong,
            RecvTimeoutError::Disconnected => Lost::Ended,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_does_all() {
        let worker = Worker::default();
        let id = || thread::current().id();
        let first = worker.run(None, id).unwrap();
        assert_ne!(first, id());
        assert_eq!(worker.run(Some(Duration::from_secs(60)), id), Ok(first));
    }

    #[test]
    fn what_never_returns_is_left_behind() {
        let worker = Worker::default();
        let (hold, held) = mpsc::channel::<()>();
        let stuck = worker.run(Some(Duration::from_millis(1)), move || held.recv().is_ok());
        assert_eq!(stuck, Err(Lost::TooLong));
        assert_eq!(worker.run(None, || 3), Ok(3));
        drop(hold);
    }

    #[test]
    fn a_thread_that_ends_is_replaced() {
        let worker = Worker::default();
        let quiet = || std::panic::resume_unwind(Box::new(()));
        assert_eq!(worker.run::<()>(None, quiet), Err(Lost::Ended));
        assert_eq!(worker.run(None, || 3), Ok(3));
    }
}
