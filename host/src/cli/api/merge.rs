//! `guild api merge`: `guild merge` without a question.

use guild_plugin_api::Value;
use guild_store::format::Context;

use super::{OutputArgs, map, runs};
use crate::cli::runs::merge;
use crate::error::{Error, Result};
use crate::files::merge::{Obstacle, Plan};
use crate::session::Session;

/// Merge without a question, and say as JSON what was done.
///
/// Use --preview for what would be done.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    output: OutputArgs,

    #[command(flatten)]
    merge: merge::Args,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    if !args.merge.preview && !args.merge.yes {
        return Err(Error::new(
            "--yes must be specified for this command when --preview is not used",
        )
        .hint(format!("Try '{} --help' for more information.", session.typed_command)));
    }
    let plan = merge::plan(session, &args.merge)?;
    let answer = match merge::obstacle(session, &args.merge, &plan) {
        Some(Obstacle::Replaced(paths)) => {
            map([("resp", "replacement-paths".into()), ("paths", paths.into())])
        }
        Some(Obstacle::Unstaged(paths)) => {
            map([("resp", "unstaged-paths".into()), ("paths", paths.into())])
        }
        None if args.merge.preview => preview(session, &plan),
        None if plan.is_empty() => map([("resp", "nothing-to-copy".into())]),
        None => {
            let mut copied = Vec::new();
            merge::apply(&plan, |path| copied.push(path.to_string()))?;
            map([("resp", "ok".into()), ("copied", copied.into())])
        }
    };
    args.output.show(&answer);
    Ok(())
}

fn preview(session: &Session, plan: &Plan) -> Value {
    let to_copy = plan.to_copy.iter().map(|file| {
        map([
            ("fileType", file.kind.as_str().into()),
            ("runPath", file.run_path.as_str().into()),
            ("targetPath", file.target_path.as_str().into()),
        ])
    });
    let to_skip = plan.to_skip.iter().map(|file| {
        map([
            ("fileType", file.kind.as_str().into()),
            ("runPath", file.run_path.as_str().into()),
            ("targetPath", file.target_path.clone().into()),
            ("reason", file.reason.code().into()),
        ])
    });
    let summary = plan.summary.iter().map(|summary| {
        map([("fileType", "summary".into()), ("targetPath", summary.target_path.as_str().into())])
    });
    let context = Context::of_process(&session.cwd);
    let target_dir = guild_store::paths::absolute(&plan.target_dir, &session.cwd);
    map([
        ("resp", "preview".into()),
        ("run", runs::brief(&plan.run, &context)),
        ("targetDir", target_dir.display().to_string().into()),
        ("toCopy", Value::List(to_copy.chain(summary).collect())),
        ("toSkip", Value::List(to_skip.collect())),
    ])
}
