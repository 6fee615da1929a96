//! `guild compare` on a terminal.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use nix::sys::termios::{LocalFlags, tcgetattr};

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

/// What is left when the screen is left: by a key, by the terminal's own interrupt, by a signal.
#[test]
fn the_terminal_is_as_before() {
    let project = Project::with(&[("a.py", "x = 1\nprint('loss: 0.25')\n")]);
    project.guild("run a.py -y").succeeds();
    for end in ["q", "\x03", "signal"] {
        let size = Winsize { ws_row: 24, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).unwrap();
        let before = tcgetattr(&pty.slave).unwrap();
        let stdio = || Stdio::from(pty.slave.try_clone().unwrap());
        let mut child = Command::new(env!("CARGO_BIN_EXE_guild"))
            .args(["compare"])
            .current_dir(project.dir())
            .env("GUILD_HOME", project.home())
            .env("TERM", "xterm")
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .unwrap();
        let mut keys = File::from(pty.master.try_clone().unwrap());
        let output = read_aside(File::from(pty.master));
        wait_for(&output, "0.25");
        assert!(!tcgetattr(&pty.slave).unwrap().local_flags.contains(LocalFlags::ICANON));
        keys.write_all(b"\r").unwrap();
        wait_for(&output, "sourcecode_digest:");
        keys.write_all(b"x").unwrap();
        wait_for(&output, "1 of 1");
        match end {
            "signal" => {
                let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
                nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
            }
            key => keys.write_all(key.as_bytes()).unwrap(),
        }
        assert!(child.wait().unwrap().success(), "{end:?}");
        wait_for(&output, "\x1b[?1049l");
        assert_eq!(tcgetattr(&pty.slave).unwrap().local_flags, before.local_flags, "{end:?}");
    }
}
