//! `guild check`: what there is to know about the set-up, and what is wrong with it.

mod facts;
mod space;
mod version;

use std::process::Command;

use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::setup::{CheckSetup, SetupFact, SetupReport};

use super::refused;
use crate::error::{Error, Result};
use crate::session::Session;
use crate::terminal;

/// Check the Guild setup.
///
/// Prints information about the installation, the environment that operations run in, and the
/// project. What is wrong is told with what to do about it, and the command fails.
///
/// To see whether this version of guild will do, use `--version` with a version, or with a
/// specifier in quotes, such as `'>=0.7.0'`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Limit check to environment info.
    #[arg(long)]
    env: bool,

    /// Check TensorFlow status.
    #[arg(long)]
    tensorflow: bool,

    /// Check PyTorch status.
    #[arg(long)]
    pytorch: bool,

    /// Check the status of R.
    #[arg(long)]
    r_script: bool,

    /// Don't print info.
    #[arg(short, long)]
    no_info: bool,

    /// Show more information.
    #[arg(short, long)]
    verbose: bool,

    /// Show disk space usage for Guild files.
    #[arg(long)]
    space: bool,

    /// Check the installed version.
    #[arg(long, value_name = "REQUIRED")]
    version: Option<String>,

    /// Send system notification when check is complete.
    #[arg(long)]
    notify: bool,

    /// Don't look for newer versions. Guild never does.
    #[arg(long, overrides_with = "no_offline")]
    offline: bool,

    /// Look for newer versions. Guild has nowhere to look: pip tells.
    #[arg(long)]
    no_offline: bool,

    #[command(flatten)]
    _tests: refused::Tests,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let checked = check(session, args);
    if args.notify {
        notify(checked.as_ref().err());
    }
    checked
}

fn check(session: &Session, args: &Args) -> Result<()> {
    if let Some(required) = &args.version {
        version::check(required)?;
    }
    if args.no_info {
        return Ok(());
    }
    let mut shown = Shown::default();
    facts::of_guild(session, args.env).into_iter().for_each(|fact| shown.show(&fact));
    let (first, rest) = of_plugins(session, args);
    first.iter().for_each(|fact| shown.show(fact));
    if !args.env {
        facts::of_machine(session).iter().for_each(|fact| shown.show(fact));
        rest.iter().for_each(|fact| shown.show(fact));
        facts::of_devices().iter().for_each(|fact| shown.show(fact));
        facts::of_project(session).iter().for_each(|fact| shown.show(fact));
    }
    shown.show(&SetupFact::new("latest_guild_version", "unchecked (offline)"));
    if args.space && !args.env {
        terminal::out("disk_space:");
        space::facts(session.home()).iter().for_each(|fact| shown.show(fact));
    }
    if shown.fixes.is_empty() {
        return Ok(());
    }
    let error = Error::new("there are problems with your setup");
    Err(shown.fixes.into_iter().fold(error, Error::hint))
}

/// What the plugins know, that about the environment first.
fn of_plugins(session: &Session, args: &Args) -> (Vec<SetupFact>, Vec<SetupFact>) {
    let asked =
        [(args.tensorflow, "tensorflow"), (args.pytorch, "pytorch"), (args.r_script, "r-script")];
    let mut topics: Vec<String> =
        asked.into_iter().filter(|(asked, _)| *asked).map(|(_, topic)| topic.into()).collect();
    let request = CheckSetup {
        project_dir: session.cwd.clone(),
        topics: topics.clone(),
        verbose: args.verbose,
    };
    let mut facts = Vec::new();
    let usable = |name: &&str| {
        let own =
            session.plugins.entries().find(|entry| entry.used && entry.manifest.name == **name);
        own.is_none_or(|entry| entry.state.reason().is_none())
    };
    // Of the others it has been said why they cannot be asked.
    for plugin in session.plugins.used().into_iter().filter(usable) {
        let answer: std::result::Result<Option<SetupReport>, _> =
            session.call(plugin, hooks::CHECK, &request);
        match answer {
            Ok(report) => {
                let report = report.unwrap_or_default();
                topics.retain(|topic| !report.topics.contains(topic));
                facts.extend(report.facts);
            }
            Err(e) => {
                let e = Error::from(e);
                let fix = [vec![e.message.clone()], e.hints].concat().join(" - ");
                facts.push(SetupFact {
                    fix: Some(fix),
                    ..SetupFact::new(format!("plugin_{plugin}"), format!("ERROR: {}", e.message))
                });
            }
        }
    }
    for topic in topics {
        let name = topic.replace('-', "_");
        facts.push(SetupFact::new(name, "unknown: no plugin knows about it"));
    }
    facts.into_iter().partition(|fact| fact.environment)
}

/// What was shown, and what is to be done.
#[derive(Default)]
struct Shown {
    fixes: Vec<String>,
}

impl Shown {
    fn show(&mut self, fact: &SetupFact) {
        let line = format!("{:<27}{}", format!("{}:", fact.name), fact.value);
        match &fact.fix {
            None => terminal::out(&line),
            Some(fix) => {
                terminal::out(&terminal::highlighted(&line));
                self.fixes.push(format!("{}: {fix}", fact.name.trim()));
            }
        }
    }
}

/// Tells the user's desktop how it went.
fn notify(error: Option<&Error>) {
    let (body, urgency) = match error {
        None => ("PASSED".to_string(), "normal"),
        Some(e) if e.message.is_empty() => (format!("FAILED ({})", e.exit_code), "normal"),
        Some(e) => (format!("FAILED ({}): {}", e.exit_code, e.message), "critical"),
    };
    let sent = Command::new("notify-send").args(["-u", urgency, "guild check", &body]).status();
    if sent.is_err() {
        terminal::warning("cannot notify check result - notify-send not available");
    }
}
