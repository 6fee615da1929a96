//! `guild compare` on a terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, Termios, tcgetattr};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::harness::Project;

/// What a terminal gets, as it comes.
fn read_aside(mut from: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut block = [0; 4096];
        while let Ok(n) = from.read(&mut block) {
            if n == 0 || sender.send(block[..n].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// Waits until the terminal got `text`, and forgets what it got before.
fn wait_for(output: &Receiver<Vec<u8>>, text: &str) {
    let (mut got, end) = (Vec::new(), Instant::now() + Duration::from_secs(20));
    while !String::from_utf8_lossy(&got).contains(text) {
        let left = end.saturating_duration_since(Instant::now());
        match output.recv_timeout(left) {
            Ok(more) => got.extend(more),
            Err(e) => panic!("{e}: no '{text}' in {}", String::from_utf8_lossy(&got)),
        }
    }
}

/// `guild compare` on a terminal of its own.
struct Screen {
    child: Child,
    keys: File,
    output: Receiver<Vec<u8>>,
    terminal: OwnedFd,
    before: Termios,
}

impl Screen {
    fn open(project: &Project) -> Screen {
        let size = Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).unwrap();
        // Or else every process that is started meanwhile would keep the terminal open.
        for end in [&pty.master, &pty.slave] {
            fcntl(end, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC)).unwrap();
        }
        let before = tcgetattr(&pty.slave).unwrap();
        let stdio = || Stdio::from(pty.slave.try_clone().unwrap());
        let child = Command::new(env!("CARGO_BIN_EXE_guild"))
            .args(["compare"])
            .current_dir(project.dir())
            .env("GUILD_HOME", project.home())
            .env("TERM", "xterm")
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .unwrap();
        let keys = File::from(pty.master.try_clone().unwrap());
        let output = read_aside(File::from(pty.master));
        Screen { child, keys, output, terminal: pty.slave, before }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    fn shows(&self, text: &str) {
        wait_for(&self.output, text);
    }
}

/// What is left when the screen is left: by a key, by the terminal's own interrupt, by a signal.
#[test]
fn the_terminal_is_as_before() {
    let project = Project::with(&[("a.py", "x = 1\nprint('loss: 0.25')\n")]);
    project.guild("run a.py -y").succeeds();
    for end in ["q", "\x03", "signal"] {
        let mut screen = Screen::open(&project);
        screen.shows("0.25");
        let raw = tcgetattr(&screen.terminal).unwrap();
        assert!(!raw.local_flags.contains(LocalFlags::ICANON));
        screen.press("\r");
        screen.shows("sourcecode_digest:");
        screen.press("x");
        screen.shows("1 of 1");
        match end {
            "signal" => {
                let pid = Pid::from_raw(i32::try_from(screen.child.id()).unwrap());
                kill(pid, Signal::SIGTERM).unwrap();
            }
            key => screen.press(key),
        }
        assert!(screen.child.wait().unwrap().success(), "{end:?}");
        screen.shows("\x1b[?1049l");
        let after = tcgetattr(&screen.terminal).unwrap();
        assert_eq!(after.local_flags, screen.before.local_flags, "{end:?}");
    }
}

/// Nobody is left who could see it, and nothing who could press a key.
#[test]
fn a_closed_terminal_is_the_end() {
    let project = Project::with(&[("a.py", "x = 1\nprint('loss: 0.25')\n")]);
    project.guild("run a.py -y").succeeds();
    let Screen { mut child, mut keys, output, terminal, .. } = Screen::open(&project);
    wait_for(&output, "0.25");
    drop((terminal, output));
    // What it shows now ends the thread that reads, which has the other end of the terminal, too.
    keys.write_all(b"?").unwrap();
    drop(keys);
    let end = Instant::now() + Duration::from_secs(20);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < end, "it goes on");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The shell gets its terminal back, and the table is there again when the shell goes on with it.
#[test]
fn it_is_suspended_and_goes_on() {
    let project = Project::with(&[("a.py", "x = 1\nprint('loss: 0.25')\n")]);
    project.guild("run a.py -y").succeeds();
    let mut screen = Screen::open(&project);
    let pid = Pid::from_raw(i32::try_from(screen.child.id()).unwrap());
    screen.shows("0.25");
    for by_key in [true, false] {
        if by_key {
            screen.press("\x1a");
        } else {
            kill(pid, Signal::SIGTSTP).unwrap();
        }
        screen.shows("\x1b[?1049l");
        let stopped = waitpid(pid, Some(WaitPidFlag::WUNTRACED)).unwrap();
        assert_eq!(stopped, WaitStatus::Stopped(pid, Signal::SIGSTOP));
        let shell = tcgetattr(&screen.terminal).unwrap();
        assert_eq!(shell.local_flags, screen.before.local_flags);
        kill(pid, Signal::SIGCONT).unwrap();
        screen.shows("0.25");
    }
    screen.press("q");
    assert!(screen.child.wait().unwrap().success());
}

/// A run that is made meanwhile appears, at once when that is asked for, and is found and opened.
#[test]
fn the_table_follows_the_runs() {
    let project = Project::with(&[("a.py", "x = 1\nprint('loss: 0.25')\n")]);
    project.guild("run a.py -y").succeeds();
    let mut screen = Screen::open(&project);
    screen.shows("0.25");
    project.guild("run a.py x=777 -y --label other").succeeds();
    screen.press("r");
    screen.shows("777");
    project.guild("run a.py x=888 -y --label third").succeeds();
    screen.shows("888");
    screen.press("/");
    screen.press("777\r");
    screen.shows("filter:");
    screen.press("\r");
    screen.shows("sourcecode_digest:");
    screen.press("x");
    // The filter holds for what comes later, too.
    project.guild("run a.py x=999 -y --label fourth").succeeds();
    screen.press("r\x1b");
    screen.shows("999");
    screen.press("q");
    assert!(screen.child.wait().unwrap().success());
}
