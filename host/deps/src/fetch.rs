//! From an address to a file, as far as that gets.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use crate::request::{self, Event, Head, Resume};
use crate::resolve::{Progress, Surroundings};

/// How often an interrupt is looked for while nothing comes.
const TICK: Duration = Duration::from_millis(100);

/// A file that is fetched.
pub(crate) struct Fetch<'a> {
    /// Where from.
    pub url: &'a str,
    /// What the user is told that it is.
    pub name: &'a str,
    /// Where it is written. What is there already is what an earlier attempt got.
    pub part: &'a Path,
    /// Which version of the file the part is of, as the server tells it.
    pub stamp: &'a Path,
    /// The run that it is for.
    pub around: &'a dyn Surroundings,
}

/// How an attempt ended that did not fail.
enum Attempt {
    Whole,
    /// The server has nothing after what is there.
    NothingMore,
}

/// How much is there.
#[derive(Clone, Copy, Debug, Default)]
struct Amount {
    done: u64,
    total: Option<u64>,
}

impl Fetch<'_> {
    /// Fetches the file; goes on with what is there if the server still has the same.
    ///
    /// # Errors
    /// Why it is not whole. The part is kept.
    pub(crate) fn run(&self) -> Result<(), String> {
        let file = OpenOptions::new().create(true).append(true).open(self.part);
        let mut file = file.map_err(|e| self.cannot_write(&e))?;
        let done = file.metadata().map_err(|e| self.cannot_write(&e))?.len();
        let stamp = fs::read_to_string(self.stamp).ok().filter(|_| done > 0);
        if let Some(stamp) = stamp
            && let Attempt::Whole = self.attempt(&mut file, Some(Resume { start: done, stamp }))?
        {
            return Ok(());
        }
        match self.attempt(&mut file, None)? {
            Attempt::Whole => Ok(()),
            Attempt::NothingMore => Err("the server does not send the file from its start".into()),
        }
    }

    fn attempt(&self, file: &mut File, resume: Option<Resume>) -> Result<Attempt, String> {
        let start = resume.as_ref().map_or(0, |resume| resume.start);
        let mut amount = Amount { done: start, total: None };
        let events = request::start(self.url, resume).map_err(|e| e.to_string())?;
        loop {
            match self.next(&events, amount)? {
                Event::Head(Head { status: 416, .. }) => return Ok(Attempt::NothingMore),
                Event::Head(head) => amount = self.begin(&head, start, file)?,
                Event::Data(bytes) => {
                    file.write_all(&bytes).map_err(|e| self.cannot_write(&e))?;
                    amount.done += bytes.len() as u64;
                }
                Event::End if amount.total.is_none_or(|total| total == amount.done) => {
                    return Ok(Attempt::Whole);
                }
                Event::End => return Err(amount.broken("the server announced another length")),
                Event::Failed(why) if amount.done > start => return Err(amount.broken(&why)),
                Event::Failed(why) => return Err(why),
            }
            let Amount { done, total } = amount;
            self.around.progress(Some(Progress::Download { name: self.name, done, total }));
        }
    }

    /// What happens next, unless that takes too long or the user does not want it any more.
    fn next(&self, events: &Receiver<Event>, amount: Amount) -> Result<Event, String> {
        let (since, limit) = (Instant::now(), request::patience());
        loop {
            self.around.interrupted().map_err(|e| e.to_string())?;
            match events.recv_timeout(TICK) {
                Ok(event) => return Ok(event),
                Err(RecvTimeoutError::Timeout) if since.elapsed() < limit => {}
                Err(RecvTimeoutError::Timeout) => {
                    let why = format!("nothing came for {} seconds", limit.as_secs_f64());
                    return Err(amount.broken(&why));
                }
                Err(RecvTimeoutError::Disconnected) => return Err(amount.broken("it was given up")),
            }
        }
    }

    /// Makes the file ready for what the server is about to send.
    fn begin(&self, head: &Head, start: u64, file: &mut File) -> Result<Amount, String> {
        match head.status {
            200 => {
                file.set_len(0).map_err(|e| self.cannot_write(&e))?;
                match &head.stamp {
                    Some(stamp) => fs::write(self.stamp, stamp),
                    None => fs::remove_file(self.stamp).or_else(absent),
                }
                .map_err(|e| self.cannot_write(&e))?;
                Ok(Amount { done: 0, total: head.length })
            }
            206 if start > 0 && head.start == Some(start) => {
                let rest = head.length.map(|length| start + length);
                Ok(Amount { done: start, total: head.total.or(rest) })
            }
            206 => Err("the server sent a part that was not asked for".into()),
            status => Err(format!("HTTP Error {status}: {}", head.reason)),
        }
    }

    fn cannot_write(&self, e: &io::Error) -> String {
        format!("cannot write {}: {e}", self.part.display())
    }
}

impl Amount {
    fn broken(self, why: &str) -> String {
        let of = self.total.map(|total| format!(" of {total}")).unwrap_or_default();
        format!("the download ended after {}{of} bytes: {why}", self.done)
    }
}

fn absent(e: io::Error) -> io::Result<()> {
    if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) }
}
