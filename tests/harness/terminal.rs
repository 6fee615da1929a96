//! Commands on a terminal.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};

use nix::pty::{Winsize, openpty};

use super::{Project, python};

impl Project {
    /// What a terminal of 60 columns gets from the command of these words, which must succeed.
    pub fn on_a_terminal(&self, line: &str, env: &[(&str, &str)]) -> String {
        let size = Winsize { ws_row: 24, ws_col: 60, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = openpty(Some(&size), None).unwrap();
        let stdio = || Stdio::from(pty.slave.try_clone().unwrap());
        let mut child = Command::new(env!("CARGO_BIN_EXE_guild"))
            .args(line.split(' '))
            .current_dir(self.dir())
            .env("GUILD_HOME", self.home())
            .env("GUILD_PYTHON", python())
            .env("TERM", "xterm")
            .env_remove("COLUMNS")
            .env_remove("LINES")
            .env_remove("NO_COLOR")
            .envs(env.iter().copied())
            .stdin(stdio())
            .stdout(stdio())
            .stderr(stdio())
            .spawn()
            .unwrap();
        drop(pty.slave);
        let mut terminal = File::from(pty.master);
        let (mut got, mut block) = (Vec::new(), [0; 4096]);
        // Its other end is closed when the reading fails.
        while let Ok(n @ 1..) = terminal.read(&mut block) {
            got.extend_from_slice(&block[..n]);
        }
        let text = String::from_utf8(got).unwrap().replace("\r\n", "\n");
        assert!(child.wait().unwrap().success(), "{text}");
        text
    }
}
