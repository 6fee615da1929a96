//! The one loop: pipes, signals and times.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::Errno;
use rustix::pipe::PIPE_BUF;
use rustix::termios::isatty;

use crate::error::Error;
use crate::exit::Exit;
use crate::notice::Notice;
use crate::record::Record;
use crate::screen::Screen;
use crate::signals::Watch;
use crate::spec::{Spec, Stream, Streams};
use crate::start::{Started, start};
use crate::supervise::Supervisor;

/// What one read takes: as much as a pipe holds.
const CHUNK: usize = 64 * 1024;

/// How long to let a stream that writes line after line go on before it is read again. A read, and
/// what it leads to, costs more than the write of one line; nobody sees a millisecond.
const NAP: Duration = Duration::from_millis(1);

/// How often to look after a child that has closed its output but lives on, should its end not be
/// signalled (a parent of guild may have blocked `SIGCHLD`).
const LOOK: Duration = Duration::from_secs(1);

/// Runs a process to its end and says how it ended.
///
/// The process is over when it has ended *and* nothing writes to its output any more: something
/// that it left in the background is waited for, as Guild AI 0.9.0 does, unless guild is told to
/// stop. What then arrives within [`crate::Timing::linger`] is still read.
///
/// A reader of guild's own output that goes away (`guild run | head`) ends the copying to it,
/// nothing else; one that reads slowly slows the process down.
///
/// Guild's standard output must not be left at a `SIGPIPE` that kills: Rust programs ignore it
/// unless told otherwise.
///
/// # Errors
/// [`Error::Start`] when the process cannot be started, [`Error::Output`] when the files for its
/// output cannot be created, [`Error::Watch`] when the system refuses what is needed to watch it.
/// In none of these a process is left.
pub fn run(mut spec: Spec) -> Result<Exit, Error> {
    // Before the start, so that no signal is missed; and what guild has to say itself comes first.
    let watch = Watch::new()?;
    let _ = io::stdout().flush();
    let Started { child, stdout, stderr } = start(&spec)?;
    if let Some(on_started) = spec.on_started.take() {
        on_started(child.id());
    }
    let mut supervisor = Supervisor::new(child, watch, &mut spec);
    let recorded = spec.output.as_ref().filter(|_| spec.streams != Streams::Inherited);
    let record = match Record::new(recorded, spec.on_line.take()) {
        Ok(record) => record,
        Err(error) => {
            supervisor.discard();
            return Err(error);
        }
    };
    let mut copy = Copy {
        sources: [stdout, stderr],
        echoes: [Echo::new(spec.stdout, spec.quiet), Echo::new(spec.stderr, spec.quiet)],
        screen: (!spec.quiet && one_terminal(spec.stdout, spec.stderr)).then(Screen::default),
        record,
        read_at: [None; 2],
        busy: None,
    };
    match copy.until_over(&mut supervisor) {
        Ok(()) => Ok(supervisor.finish()?),
        Err(error) => {
            supervisor.discard();
            Err(error.into())
        }
    }
}

struct Copy<'a> {
    sources: [Option<File>; 2],
    echoes: [Echo<'a>; 2],
    /// When both streams are copied to one terminal.
    screen: Option<Screen>,
    record: Record<'a>,
    /// When each stream was read last.
    read_at: [Option<Instant>; 2],
    /// The stream that will have more to read in a moment.
    busy: Option<Stream>,
}

impl Copy<'_> {
    fn until_over(&mut self, supervisor: &mut Supervisor) -> io::Result<()> {
        let mut buffer = vec![0; CHUNK];
        loop {
            let now = Instant::now();
            supervisor.tick(now);
            let open = self.sources.iter().any(Option::is_some);
            if supervisor.ended() && (!open || supervisor.abandoned(now)) {
                break;
            }
            let first = self.busy.take();
            if let Some(busy) = first {
                self.nap(supervisor, busy)?;
            }
            let look = (!open).then(|| now + LOOK);
            let ready = self.wait(supervisor, look, now)?;
            if ready.signal {
                supervisor.wake()?;
            } else if !open {
                supervisor.look(Instant::now())?;
            }
            // What made the nap end came after what was written meanwhile.
            let streams = match first {
                Some(Stream::Stderr) => [Stream::Stderr, Stream::Stdout],
                _ => [Stream::Stdout, Stream::Stderr],
            };
            for stream in streams {
                if ready.sources[stream as usize] {
                    self.read(stream, &mut buffer, supervisor)?;
                }
            }
        }
        // Abandoned streams end here.
        for stream in [Stream::Stdout, Stream::Stderr] {
            if self.sources[stream as usize].take().is_some() {
                self.end(stream, supervisor);
            }
        }
        Ok(())
    }

    /// Lets a stream collect what it writes, unless the other stream writes too: then no time is lost,
    /// for that would lose their order.
    fn nap(&self, supervisor: &Supervisor, busy: Stream) -> io::Result<()> {
        let now = Instant::now();
        let signal = PollFd::from_borrowed_fd(supervisor.watch().fd(), PollFlags::IN);
        let mut fds = vec![signal];
        let other = &self.sources[1 - busy as usize];
        fds.extend(other.as_ref().map(|source| PollFd::new(source, PollFlags::IN)));
        wait_until(&mut fds, Some(now + NAP), now)
    }

    /// Waits for output, a signal, or the time of the supervisor.
    fn wait(
        &self,
        supervisor: &Supervisor,
        look: Option<Instant>,
        now: Instant,
    ) -> io::Result<Ready> {
        let signal = supervisor.watch().fd();
        let source = |stream: Stream| match &self.sources[stream as usize] {
            Some(source) => PollFd::new(source, PollFlags::IN),
            // Asks for nothing.
            None => PollFd::from_borrowed_fd(signal, PollFlags::empty()),
        };
        let mut fds = [
            PollFd::from_borrowed_fd(signal, PollFlags::IN),
            source(Stream::Stdout),
            source(Stream::Stderr),
        ];
        wait_until(&mut fds, [supervisor.next(), look].into_iter().flatten().min(), now)?;
        // A pipe that nobody writes to any more is ready too, with HUP and without IN.
        let [signal, stdout, stderr] = fds.map(|fd| !fd.revents().is_empty());
        Ok(Ready { signal, sources: [stdout, stderr] })
    }

    fn read(
        &mut self,
        stream: Stream,
        buffer: &mut [u8],
        supervisor: &mut Supervisor,
    ) -> io::Result<()> {
        let Some(source) = &mut self.sources[stream as usize] else { return Ok(()) };
        let length = match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            read => read?,
        };
        if length == 0 {
            self.sources[stream as usize] = None;
            self.end(stream, supervisor);
            return Ok(());
        }
        let now = Instant::now();
        let last = self.read_at[stream as usize].replace(now);
        // One that fills its pipe meanwhile would have to wait itself.
        if length < CHUNK / 4 && last.is_some_and(|last| now - last < 4 * NAP) {
            self.busy = Some(stream);
        }
        let bytes = &buffer[..length];
        // Recorded first: writing to the terminal may take as long as its reader likes.
        if let Err(reason) = self.record.add(bytes, stream) {
            supervisor.notify(Notice::NotRecorded { reason });
        }
        let echo = &mut self.echoes[stream as usize];
        match &mut self.screen {
            Some(screen) => echo.write(&screen.arrange(bytes, stream), supervisor),
            None => echo.write(bytes, supervisor),
        }
    }

    fn end(&mut self, stream: Stream, supervisor: &mut Supervisor) {
        if let Err(reason) = self.record.end(stream) {
            supervisor.notify(Notice::NotRecorded { reason });
        }
    }
}

struct Ready {
    signal: bool,
    sources: [bool; 2],
}

/// Whether both are the same terminal.
fn one_terminal(a: BorrowedFd, b: BorrowedFd) -> bool {
    let terminal = |fd| isatty(fd).then(|| fstat(fd).ok().map(|stat| stat.st_rdev)).flatten();
    terminal(a).is_some_and(|a| terminal(b) == Some(a))
}

/// One of guild's own streams, as long as somebody reads it.
struct Echo<'a> {
    to: Option<BorrowedFd<'a>>,
    /// How much to write at once.
    at_once: usize,
    /// Whether a write may take as long as a reader likes.
    may_block: bool,
}

impl<'a> Echo<'a> {
    fn new(to: BorrowedFd<'a>, quiet: bool) -> Echo<'a> {
        let kind = fstat(to).map(|stat| FileType::from_raw_mode(stat.st_mode));
        let may_block = kind != Ok(FileType::RegularFile);
        // A pipe that is ready takes this much without blocking, and not always more.
        let pipe = matches!(kind, Ok(FileType::Fifo | FileType::Socket));
        let at_once = if pipe { PIPE_BUF } else { CHUNK };
        Echo { to: (!quiet).then_some(to), at_once, may_block }
    }

    /// Writes everything, unless the reader goes away or the run is left meanwhile.
    fn write(&mut self, bytes: &[u8], supervisor: &mut Supervisor) -> io::Result<()> {
        let mut rest = bytes;
        while let (Some(to), false) = (self.to, rest.is_empty()) {
            if self.may_block && !self.writable(to, supervisor)? {
                continue;
            }
            match rustix::io::write(to, &rest[..rest.len().min(self.at_once)]) {
                Ok(written) => rest = &rest[written..],
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(_) => self.to = None,
            }
        }
        Ok(())
    }

    /// Waits until a write can begin, and looks after signals and times meanwhile: a pager that
    /// nobody scrolls must not make guild deaf.
    fn writable(&mut self, to: BorrowedFd, supervisor: &mut Supervisor) -> io::Result<bool> {
        let now = Instant::now();
        supervisor.tick(now);
        if supervisor.abandoned(now) {
            self.to = None;
            return Ok(false);
        }
        let mut fds = [
            PollFd::from_borrowed_fd(to, PollFlags::OUT),
            PollFd::from_borrowed_fd(supervisor.watch().fd(), PollFlags::IN),
        ];
        wait_until(&mut fds, supervisor.next(), now)?;
        let [ready, signal] = fds.map(|fd| !fd.revents().is_empty());
        if signal {
            supervisor.wake()?;
        }
        Ok(ready)
    }
}

/// Waits for one of `fds` until a time. Nothing is ready then, nor after a signal.
fn wait_until(fds: &mut [PollFd], until: Option<Instant>, now: Instant) -> io::Result<()> {
    let timeout = until.and_then(|at| {
        // A little more, so that the time has come when it is over.
        let left = at.saturating_duration_since(now) + Duration::from_millis(1);
        Timespec::try_from(left).ok()
    });
    match poll(fds, timeout.as_ref()) {
        Ok(_) => Ok(()),
        Err(Errno::INTR) => {
            for fd in fds {
                fd.clear_revents();
            }
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}
