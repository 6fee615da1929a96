//! `guild select`: prints the ids of runs, or something else about them, for other commands.

use std::cmp::Ordering;

use guild_plugin_api::Value;
use guild_query::{columns, order};
use guild_store::format::{Context, Details};
use guild_store::{Run, select};

use super::choose::{ChosenRuns, check_incompatible};
use super::{filtered_for, not_selected};
use crate::cli::refused;
use crate::error::{Error, Result};
use crate::run::RunFacts;
use crate::session::Session;
use crate::terminal;

/// Select a run and show its ID.
///
/// This is for commands that need a run: guild run --restart $(guild select -Fo train). Without
/// RUN, the latest run that passes the filters is selected.
///
/// COLSPEC is a scalar such as loss, 'min loss' or 'loss step', a flag such as =lr, or an attribute
/// such as .started. Runs without it are passed over, unless no run has it.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    chosen: ChosenRuns,

    /// Select all matching runs, not just the latest.
    #[arg(short = 'A', long)]
    all: bool,

    /// Select the run with the lowest value for the specified COLSPEC (-min).
    #[arg(long, value_name = "COLSPEC", allow_hyphen_values = true)]
    min: Option<String>,

    /// Select the run with the highest value for the specified COLSPEC (-max).
    #[arg(long, value_name = "COLSPEC", allow_hyphen_values = true)]
    max: Option<String>,

    /// Use short ID.
    #[arg(short, long)]
    short_id: bool,

    /// Show specified run attribute rather than run ID.
    #[arg(short, long, value_name = "ATTR")]
    attr: Option<String>,

    /// Show run path.
    #[arg(short, long, visible_alias = "dir")]
    path: bool,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let given = |option: &Option<String>| option.as_ref().is_some_and(|v| !v.is_empty());
    let (min, max) = (given(&args.min), given(&args.max));
    check_incompatible(
        session,
        &[
            (("--short-id", args.short_id), ("--attr", given(&args.attr))),
            (("--min", min), ("--max", max)),
        ],
    )?;
    let specs = &args.chosen.runs;
    let latest = ["1".to_string()];
    let reach = if specs.is_empty() && !(args.all || min || max) { &latest[..] } else { specs };
    let runs = filtered_for(session, &args.chosen.filters, reach, false)?;
    let wrong = |e| not_selected(&e, &session.command);
    let selected = if min || max {
        let mut among = select::select(&runs, specs).map_err(wrong)?;
        session.index().note_all(&mut among);
        let (spec, better) =
            if min { (&args.min, Ordering::Less) } else { (&args.max, Ordering::Greater) };
        vec![best(session, &among, spec.as_deref().unwrap_or_default(), better)?]
    } else if args.all || specs.len() > 1 {
        select::select(&runs, specs).map_err(wrong)?
    } else {
        vec![select::select_one(&runs, specs.first().map(String::as_str)).map_err(wrong)?]
    };
    let context = Context::of_process(&session.cwd);
    for run in &selected {
        terminal::out(&shown(run, args, &context)?);
    }
    Ok(())
}

/// The first of the runs whose value of the column is `better` than that of all others.
fn best(session: &Session, runs: &[Run], spec: &str, better: Ordering) -> Result<Run> {
    let columns =
        columns::parse(spec).map_err(|e| Error::new(format!("invalid col spec '{spec}': {e}")))?;
    let [column] = columns.as_slice() else {
        return Err(Error::new(format!("invalid col spec '{spec}': multiple cols not supported")));
    };
    if let Some(name) = &column.named_as {
        terminal::warning(&format!("ignoring 'as {name}' in scalar"));
    }
    let context = Context::of_process(&session.cwd);
    let _held = session.index().hold();
    let value = |run: &Run| RunFacts::new(run, &context, session.index()).column(&column.source);
    let is_there =
        |value: &Value| !value.is_null() && !matches!(value, Value::Float(f) if f.is_nan());
    let mut valued = runs.iter().filter_map(|run| Some((run, value(run).filter(is_there)?)));
    let first = valued.next();
    let best =
        first.map(|first| {
            valued.fold(first, |best, other| {
                if order::natural(&other.1, &best.1) == better { other } else { best }
            })
        });
    let run = best.map(|(run, _)| run).or(runs.first());
    run.cloned().ok_or_else(|| Error::new("no matching runs"))
}

fn shown(run: &Run, args: &Args, context: &Context) -> Result<String> {
    Ok(match args.attr.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => return attribute(run, name, context),
        None if args.short_id => run.short_id().into(),
        None if args.path => run.dir().display().to_string(),
        None => run.id().into(),
    })
}

/// What Guild shows of a run under this name, else the attribute as YAML.
fn attribute(run: &Run, name: &str, context: &Context) -> Result<String> {
    if let Some(text) = Details::of(run, None, context).get(name) {
        return Ok(text);
    }
    let read = run.attr(name);
    match read {
        Ok(Some(value)) => Ok(guild_yaml::encode(&value)),
        Ok(None) if run.has_attr(name) => Ok(guild_yaml::encode(&Value::Null)),
        Ok(None) => Err(Error::new(format!("no such run attribute '{name}'"))),
        Err(guild_store::AttrError::Name(_)) => {
            Err(Error::new(format!("no such run attribute '{name}'")))
        }
        Err(e) => Err(Error::new(e.to_string())),
    }
}
