//! What plugins cost: `cargo bench -p guild --bench plugins`.
//!
//! The same commands with no plugin installed and with many, and a plugin's first use, as CPU time
//! with the ratio to the run of an empty program. CPU is user plus system time of guild and all its
//! children; each figure is the median of the rounds, in which the commands take turns.
//!
//! `cargo bench -p guild --bench plugins -- --rounds 101 --plugins 200`

#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod measure;

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A command to measure, with the folder of its plugins, and the row that it is compared with.
struct Row {
    name: String,
    args: &'static [&'static str],
    plugins: PathBuf,
    /// Whether guild has forgotten that it knows the library.
    forgets: bool,
    times: Vec<Duration>,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: usize| {
        let at = args.iter().position(|a| a == name);
        at.and_then(|i| args.get(i + 1)?.parse().ok()).unwrap_or(default)
    };
    let (rounds, many) = (number("--rounds", 41), number("--plugins", 50));
    let work = tempfile::tempdir().unwrap();
    let project = work.path().join("project");
    fs::create_dir(&project).unwrap();
    fs::write(project.join("empty"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(project.join("empty"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(project.join("a.faulty"), "").unwrap();
    let folder = |name: &str, count: usize| {
        let folder = work.path().join(name);
        install(&folder, count);
        folder
    };
    let (none, one, all) = (folder("none", 0), folder("one", 1), folder("many", many));

    let run: &[&str] = &["run", "empty", "-y"];
    let show: &[&str] = &["run", "empty", "--print-cmd"];
    let use_one: &[&str] = &["run", "a.faulty", "--print-cmd"];
    let row = |name: &str, args, plugins: &Path| Row {
        name: name.into(),
        args,
        plugins: plugins.into(),
        forgets: false,
        times: Vec::new(),
    };
    let with = |what: &str, count: usize| format!("{what}, {count} plugins");
    let mut rows = vec![
        row("run of an empty program", run, &none),
        row(&with("the same", many), run, &all),
        row("runs, 0 plugins", &["runs", "-n", "1"], &none),
        row(&with("runs", many), &["runs", "-n", "1"], &all),
        row("--print-cmd of the program", show, &none),
        row("… of a plugin's file, known", use_one, &one),
        Row { forgets: true, ..row("… of a plugin's file, at first", use_one, &one) },
        row(&with("… known", many), use_one, &all),
    ];
    for round in 0..=rounds {
        for row in &mut rows {
            let time = row.cpu(work.path());
            if round > 0 {
                row.times.push(time); // the first round only warms up
            }
        }
    }
    let median = |i: usize| {
        let mut times = rows[i].times.clone();
        times.sort();
        times[times.len() / 2].as_secs_f64() * 1e3
    };
    println!("CPU ms, median of {rounds} rounds");
    println!("{:34} {:>8} {:>12} {:>16}", "", "guild", "/ empty run", "/ without");
    for (i, row) in rows.iter().enumerate() {
        // What the row has a plugin more than.
        let without = match i {
            1 => Some(0),
            3 => Some(2),
            5 | 6 => Some(4),
            7 => Some(5),
            _ => None,
        };
        let without = without.map(|w| format!("{:.2}", median(i) / median(w))).unwrap_or_default();
        let ratio = median(i) / median(0);
        println!("{:34} {:>8.2} {ratio:>12.2} {without:>16}", row.name, median(i));
    }
}

impl Row {
    fn cpu(&self, work: &Path) -> Duration {
        let home = work.join(if self.forgets { "forgetful" } else { "home" });
        if self.forgets {
            let _ = fs::remove_dir_all(home.join("cache/plugins"));
        }
        measure::cpu(
            Command::new(env!("CARGO_BIN_EXE_guild"))
                .args(self.args)
                .current_dir(work.join("project"))
                .env("GUILD_HOME", &home)
                .env("HOME", work)
                .env("GUILD_PLUGIN_PATH", &self.plugins),
        )
    }
}

/// Installs `count` plugins in a folder: one that works for `*.faulty`, the others for files that
/// there are not.
fn install(folder: &Path, count: usize) {
    fs::create_dir(folder).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    let file = |name: &str| format!("{DLL_PREFIX}{name}{DLL_SUFFIX}");
    let deps = Path::new(env!("CARGO_BIN_EXE_guild")).with_file_name("deps");
    for i in 0..count {
        let name = if i == 0 { "faulty".to_string() } else { format!("other_{i}") };
        let manifest = format!(
            "name: {name}\nversion: 0.1.0\ndescription: A plugin\napi: 1.0.0\nprovides: \
             [operation]\nhandles:\n  files: ['*.{name}']\n  commands: ['${{{name}_exe}}']\n  \
             attributes: [{name}]\npriority: 100\n"
        );
        fs::write(folder.join(format!("{name}.plugin.yml")), manifest).unwrap();
        fs::copy(deps.join(file("guild_faulty")), folder.join(file(&name))).unwrap();
    }
}
