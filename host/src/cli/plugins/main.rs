//! `guild plugins main`: a plugin's own program, the process of a run.

use std::env;
use std::path::PathBuf;

use guild_plugin_api::Map;
use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::{MainReply, MainRequest};
use guild_store::Run;

use crate::error::{Error, Result};
use crate::session::Session;

/// Be the program of a run, as a plugin has it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plugin's name.
    #[arg(value_name = "NAME")]
    name: String,

    /// What the program is given.
    #[arg(value_name = "ARG", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Runs the command; gives what guild exits with.
pub fn main(session: &Session, args: Args) -> Result<u8> {
    super::named(session, &args.name)?;
    let Some(dir) = env::var_os("RUN_DIR").filter(|dir| !dir.is_empty()) else {
        return Err(Error::new("there is no run: RUN_DIR is not set")
            .hint("This command is the process of runs. Try 'guild run' for a run."));
    };
    let run = Run::at(&dir);
    let request = request(session, &run, args.args)?;
    let reply: Option<MainReply> = session.call(&args.name, hooks::MAIN, &request)?;
    let Some(reply) = reply else {
        return Err(Error::new(format!("plugin '{}' has no program of its own", args.name)));
    };
    Ok(exit(reply.exit_status))
}

fn request(session: &Session, run: &Run, args: Vec<String>) -> Result<MainRequest> {
    let unreadable = |e: String| Error::new(format!("cannot read run {}: {e}", run.id()));
    let opref = run.opref().map_err(|e| unreadable(e.to_string()))?.unwrap_or_default();
    let mut attrs = Map::new();
    for name in run.attr_names() {
        // What cannot be read is not the plugin's, as a rule; it will miss it if it is.
        if let Ok(Some(value)) = run.attr(&name) {
            attrs.insert(name.as_str(), value);
        }
    }
    let project = env::var_os("PROJECT_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    Ok(MainRequest {
        args,
        guild: session.program.clone(),
        run_id: run.id().into(),
        run_dir: run.dir().into(),
        model: opref.model_name,
        name: opref.op_name,
        project_dir: project.unwrap_or_else(|| session.cwd.clone()),
        attrs,
    })
}

/// What guild exits with. A signal ends it here.
fn exit(status: i32) -> u8 {
    if status < 0 {
        // Only what is no signal comes back.
        let _ = signal_hook::low_level::emulate_default_handler(-status);
    }
    (status & 0xff) as u8
}
