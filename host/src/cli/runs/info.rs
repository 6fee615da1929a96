//! `guild runs info`: what there is to know about a run.

use guild_scalars::summary;
use guild_store::Run;
use guild_store::format::Context;
use guild_store::format::info::{self, Scalar, ScalarValues};

use super::one_run;
use crate::cli::filters::FilterArgs;
use crate::cli::refused;
use crate::error::Result;
use crate::session::Session;
use crate::terminal;

/// Show run information.
///
/// RUN is a run ID, the start of one, or a one-based index into the list of runs. Without it, the
/// latest run is shown.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run to show.
    #[arg(value_name = "RUN")]
    run: Option<String>,

    /// Show run comments.
    #[arg(short, long)]
    comments: bool,

    /// Show run environment.
    #[arg(short, long)]
    env: bool,

    /// Show resolved dependencies.
    #[arg(short, long)]
    deps: bool,

    /// Show manifest.
    #[arg(short, long)]
    manifest: bool,

    /// Show plugins.
    #[arg(short, long)]
    plugins: bool,

    /// Show all scalar values. By default only shows last values for non-system scalars.
    #[arg(short = 's', long)]
    all_scalars: bool,

    /// Show private attributes.
    #[arg(long, hide = true)]
    private_attrs: bool,

    /// Format information as JSON.
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    filters: FilterArgs,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let run = one_run(session, &args.filters, args.run.as_deref(), "guild runs info")?;
    let scalars = scalars(&run, args.all_scalars);
    let options = info::Options {
        comments: args.comments,
        env: args.env,
        deps: args.deps,
        manifest: args.manifest,
        plugins: args.plugins,
        private_attrs: args.private_attrs,
        json: args.json,
    };
    let context = Context::of_process(&session.cwd);
    if args.json {
        terminal::out(&info::to_json(&run, &scalars, options, &context));
    } else {
        terminal::print(&info::text(&run, &scalars, options, &context));
    }
    Ok(())
}

/// What is shown of a run without further options.
pub fn describe(run: &Run, context: &Context) -> String {
    info::text(run, &last_scalars(run), info::Options::default(), context)
}

/// The same as JSON.
pub fn json(run: &Run, context: &Context) -> String {
    info::to_json(run, &last_scalars(run), info::Options::default(), context)
}

fn last_scalars(run: &Run) -> Vec<Scalar> {
    summary::distinct(summary::for_run(run.dir()))
        .into_iter()
        .filter(|s| info::is_default_scalar(&s.key()))
        .map(|s| Scalar { key: s.key(), values: ScalarValues::Last(s.last.value, s.last.step) })
        .collect()
}

/// The run's scalars, read from its event files.
fn scalars(run: &Run, all: bool) -> Vec<Scalar> {
    let mut warnings = Vec::new();
    let summaries = summary::distinct(summary::for_run_noting(run.dir(), &mut warnings));
    warnings.iter().for_each(|w| terminal::warning(w));
    let shown = summaries.iter().filter(|s| all || info::is_default_scalar(&s.key()));
    shown
        .map(|s| {
            let values = if all {
                ScalarValues::All(vec![
                    ("first", s.first.value, s.first.step),
                    ("last", s.last.value, s.last.step),
                    ("min", s.min.value, s.min.step),
                    ("max", s.max.value, s.max.step),
                    ("avg", s.avg(), s.count),
                    ("total", s.total, s.count),
                ])
            } else {
                ScalarValues::Last(s.last.value, s.last.step)
            };
            Scalar { key: s.key(), values }
        })
        .collect()
}
