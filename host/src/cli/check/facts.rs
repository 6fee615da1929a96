//! What guild itself knows about the set-up.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use guild_plugin_api::setup::SetupFact;
use guild_store::format::size;
use guild_store::home;

use crate::op;
use crate::plugins::{Origin, State};
use crate::session::Session;

/// A run's files need room: less than this many bytes is a problem.
const ROOM: u64 = 100 << 20;

/// Guild, its home and its plugins.
pub fn of_guild(session: &Session, environment_only: bool) -> Vec<SetupFact> {
    let resources = session.home().join("cache/resources");
    let resources = resources.canonicalize().unwrap_or(resources);
    let mut facts = vec![
        SetupFact::new("guild_version", env!("CARGO_PKG_VERSION")),
        SetupFact::new("guild_install_location", session.program.display().to_string()),
        guild_home(session.home()),
        SetupFact::new("guild_resource_cache", resources.display().to_string()),
    ];
    if !environment_only {
        let mut names = session.plugins.used();
        names.sort_unstable();
        facts.push(SetupFact::new("installed_plugins", names.join(", ")));
        facts.extend(broken_plugins(session));
    }
    facts
}

fn guild_home(home: &Path) -> SetupFact {
    let fact = SetupFact::new("guild_home", home.display().to_string());
    // One that is not there yet is made by the first run: what counts is whether it can be.
    let there = home.ancestors().find(|dir| dir.exists()).unwrap_or(home);
    let runs = home.join("runs");
    let unreadable = std::fs::read_dir(&runs).err().filter(|e| e.kind() != ErrorKind::NotFound);
    let fix = match home::ensure(there) {
        Err(e) => Some(format!("{e} - name another by -H or GUILD_HOME, or change its owner")),
        Ok(()) if unreadable.is_some() => unreadable.map(|e| {
            format!(
                "cannot read {}: {e} - mend it, or name another home by -H or GUILD_HOME",
                runs.display()
            )
        }),
        Ok(()) => room(there).filter(|free| *free < ROOM).map(|free| {
            format!(
                "only {} left on its disk - delete runs for good by 'guild runs purge', or name \
                 another home by -H or GUILD_HOME",
                size(free)
            )
        }),
    };
    SetupFact { fix, ..fact }
}

/// The bytes that the user may still write.
fn room(dir: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(dir).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn broken_plugins(session: &Session) -> Vec<SetupFact> {
    let unusable = session.plugins.entries().filter(|entry| entry.state != State::Shadowed);
    let unusable = unusable.filter_map(|entry| {
        let reason = entry.state.reason()?;
        let name = &entry.manifest.name;
        let remedy = match entry.origin {
            Origin::BuiltIn => "it is part of guild: install guild again".into(),
            _ => format!("see 'guild plugins check {name}', or remove it"),
        };
        let fix = format!("{reason} - {remedy}");
        let fact = SetupFact::new(format!("plugin_{name}"), format!("ERROR: {reason}"));
        Some(SetupFact { fix: Some(fix), ..fact })
    });
    unusable.collect()
}

/// The machine and its tools.
pub fn of_machine(session: &Session) -> Vec<SetupFact> {
    let name = rustix::system::uname();
    let platform = [name.sysname(), name.release(), name.machine()]
        .map(|part| part.to_string_lossy().into_owned())
        .join(" ");
    let mut git = SetupFact::new("git_version", "not installed");
    match said(Command::new("git").arg("--version")) {
        Some(line) => git.value = line.trim_start_matches("git version ").into(),
        None if session.cwd.ancestors().any(|dir| dir.join(".git").exists()) => {
            git.fix = Some(
                "the project is a repository, of which runs keep the commit and the files that \
                 git knows - install git, or put it on the path"
                    .into(),
            );
        }
        None => {}
    }
    vec![SetupFact::new("platform", platform), git]
}

/// The devices for computing.
pub fn of_devices() -> Vec<SetupFact> {
    let behind = |text: &str, word: &str| {
        let rest = &text[text.find(word)? + word.len()..];
        let rest = rest.trim_start_matches([' ', ':']);
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        (end > 0).then(|| rest[..end].to_string())
    };
    let smi = said(&mut Command::new("nvidia-smi"));
    let cuda = said(Command::new("nvcc").arg("--version")).and_then(|text| behind(&text, " V"));
    let cuda = cuda.or_else(|| behind(smi.as_deref()?, "CUDA Version"));
    let smi = smi.and_then(|text| behind(&text, "NVIDIA-SMI"));
    let fact = |name: &str, value: Option<String>| {
        SetupFact::new(name, value.unwrap_or_else(|| "not installed".into()))
    };
    vec![fact("cuda_version", cuda), fact("nvidia_smi_version", smi)]
}

/// The Guild file of the folder that the user works in, if there is one.
pub fn of_project(session: &Session) -> Vec<SetupFact> {
    let path = session.cwd.join(guild_guildfile::NAME);
    let mut fact = SetupFact::new("guildfile", path.display().to_string());
    match op::read_guildfile(session) {
        Ok(None) => return Vec::new(),
        Ok(Some(file)) => {
            let odd = file.warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            fact.fix = Some(odd).filter(|odd| !odd.is_empty());
        }
        Err(e) => fact.fix = Some([vec![e.to_string()], e.details()].concat().join("\n")),
    }
    vec![fact]
}

/// What a program says, unless it is not there or fails.
fn said(command: &mut Command) -> Option<String> {
    let out = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout).trim().to_string();
    out.status.success().then_some(text)
}
