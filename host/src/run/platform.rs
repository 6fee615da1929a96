//! The machine that a run is on: its `platform`, `host` and `user` attributes.

use std::env;
use std::thread;

use guild_plugin_api::{Map, Value};

/// The `platform` attribute in Guild AI 0.9.0's form. What a language's runtime has to add
/// (`python_version`) is its plugin's to say.
pub fn platform() -> Map {
    let cpus = thread::available_parallelism().map_or(1, |n| n.get() as i64);
    let bits = usize::BITS;
    let format = if cfg!(target_os = "linux") { "ELF" } else { "" };
    [
        ("architecture", Value::from(format!("{bits}bit {format}"))),
        ("cpus", Value::from(cpus)),
        ("processor", Value::from("")),
        ("uname", Value::from(uname())),
    ]
    .into_iter()
    .collect()
}

/// System, node, release, version and machine, with an empty place for the processor.
#[cfg(unix)]
fn uname() -> String {
    let uname = rustix::system::uname();
    let parts =
        [uname.sysname(), uname.nodename(), uname.release(), uname.version(), uname.machine()];
    let mut text: Vec<_> = parts.iter().map(|p| p.to_string_lossy()).collect();
    text.push("".into());
    text.join(" ")
}

#[cfg(not(unix))]
fn uname() -> String {
    format!("{} {}", env::consts::OS, env::consts::ARCH)
}

/// `HOST`, or the name of the machine.
pub fn host() -> String {
    if let Some(host) = env::var("HOST").ok().filter(|h| !h.is_empty()) {
        return host;
    }
    #[cfg(unix)]
    return rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    env::var("COMPUTERNAME").unwrap_or_default()
}

/// `USER`, or nothing.
pub fn user() -> String {
    env::var("USER").unwrap_or_default()
}
