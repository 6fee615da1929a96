//! `guild api runs`: all there is about runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use guild_flags::value::{is_true, text};
use guild_index::Index;
use guild_plugin_api::{Map, Value};
use guild_scalars::summary::ScalarSummary;
use guild_store::format::info::is_other_attr;
use guild_store::format::{Context, Details, operation};
use guild_store::{OpRef, Run, batch, manifest, paths};

use super::{OutputArgs, map, opref_data};
use crate::cli::filters::FilterArgs;
use crate::cli::runs::selected;
use crate::error::Result;
use crate::files::{self, natural};
use crate::run::RunFacts;
use crate::session::Session;

/// Show runs as JSON.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The runs to show.
    #[arg(value_name = "RUN")]
    runs: Vec<String>,

    #[command(flatten)]
    output: OutputArgs,

    /// API version.
    #[arg(short = 'v', long, value_parser = ["2"], default_value = "2", value_name = "VERSION")]
    api_version: String,

    /// Show deleted runs.
    #[arg(short, long)]
    deleted: bool,

    /// Include batch runs.
    #[arg(long)]
    include_batch: bool,

    #[command(flatten)]
    filters: FilterArgs,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let runs = selected(session, &args.filters, &args.runs, args.deleted)?;
    let shown = |run: &&Run| args.include_batch || args.deleted || !batch::is_batch(run);
    let context = Context::of_process(&session.cwd);
    let runs_dir = session.store().runs_dir();
    let data =
        runs.iter().filter(shown).map(|run| whole(run, &runs_dir, &context, session.index()));
    args.output.show(&Value::List(data.collect()));
    Ok(())
}

/// What `guild api merge` says of its run: times as the user reads them.
pub fn brief(run: &Run, context: &Context) -> Value {
    let details = Details::of(run, None, context);
    let detail = |name| details.value(name).cloned().unwrap_or_default();
    map([
        ("id", detail("id")),
        ("shortId", detail("short_id")),
        ("dir", run.dir().display().to_string().into()),
        ("operation", detail("operation")),
        ("started", detail("started")),
        ("stopped", detail("stopped")),
        ("label", detail("label")),
        ("status", detail("status")),
        ("projectDir", project_dir(run)),
        ("opRef", run_opref(run).as_ref().map(opref_data).unwrap_or_default()),
    ])
}

/// Everything, in version 2 of the form: times as they are kept. An attribute that cannot be read
/// is as one that is not there.
fn whole(run: &Run, runs_dir: &Path, context: &Context, index: &Index) -> Value {
    let details = Details::of(run, None, context);
    let detail = |name| details.value(name).cloned().unwrap_or_default();
    let attr = |name: &str| run.attr(name).ok().flatten();
    let or = |name: &str, default: Value| attr(name).filter(is_true).unwrap_or(default);
    let (list, empty) = (|| Value::List(Vec::new()), || Value::Map(Map::new()));
    let others = run.attr_names().into_iter().filter(|name| is_other_attr(name));
    let others: Map =
        others.map(|name| (Value::str(&name), attr(&name).unwrap_or_default())).collect();
    let facts = RunFacts::new(run, context, index);
    let scalars = facts.scalars().iter().map(|scalar| scalar_data(run, scalar));
    map([
        ("id", detail("id")),
        ("shortId", detail("short_id")),
        ("dir", run.dir().display().to_string().into()),
        ("operation", detail("operation")),
        ("started", attr("started").into()),
        ("stopped", attr("stopped").into()),
        ("label", detail("label")),
        ("tags", or("tags", list())),
        ("comments", or("comments", list())),
        ("status", detail("status")),
        ("exitStatus", detail("exit_status")),
        ("command", detail("command")),
        ("otherAttrs", Value::Map(others)),
        ("flags", attr("flags").unwrap_or_else(empty)),
        ("env", attr("env").unwrap_or_else(empty)),
        ("deps", dependencies(attr("deps"), runs_dir)),
        ("files", file_list(run, runs_dir)),
        ("sourcecode", sourcecode(run)),
        ("projectDir", project_dir(run)),
        ("opRef", run_opref(run).as_ref().map(opref_data).unwrap_or_default()),
        ("marked", or("marked", false.into())),
        ("scalars", Value::List(scalars.collect())),
    ])
}

fn run_opref(run: &Run) -> Option<OpRef> {
    run.opref().ok().flatten()
}

/// The folder of the operation, or of what a batch runs.
fn project_dir(run: &Run) -> Value {
    let opref = run_opref(run.proto().as_ref().unwrap_or(run));
    opref.and_then(|opref| opref.dir()).map(|dir| dir.display().to_string()).into()
}

fn scalar_data(run: &Run, scalar: &ScalarSummary) -> Value {
    map([
        ("run", run.id().into()),
        ("prefix", scalar.prefix.as_str().into()),
        ("tag", scalar.tag.as_str().into()),
        ("firstVal", scalar.first.value.into()),
        ("firstStep", scalar.first.step.into()),
        ("lastVal", scalar.last.value.into()),
        ("lastStep", scalar.last.step.into()),
        ("minVal", scalar.min.value.into()),
        ("minStep", scalar.min.step.into()),
        ("maxVal", scalar.max.value.into()),
        ("maxStep", scalar.max.step.into()),
        ("avgVal", scalar.avg().into()),
        ("total", scalar.total.into()),
        ("count", scalar.count.into()),
    ])
}

/// The runs whose files the run uses, by the form in which Guild AI kept them before 0.7: a list of
/// paths for each resource. Later forms name no runs here.
fn dependencies(deps: Option<Value>, runs_dir: &Path) -> Value {
    let mut runs: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let Some(Value::Map(deps)) = deps else { return Value::List(Vec::new()) };
    for path in deps.iter().filter_map(|(_, paths)| paths.as_list()).flatten() {
        let path = text(path);
        let Ok(below) = Path::new(&path).strip_prefix(runs_dir) else { continue };
        let mut parts = below.components();
        let Some(id) = parts.next().and_then(|id| id.as_os_str().to_str()) else { continue };
        let rest = parts.as_path().display().to_string();
        runs.entry(id.into()).or_default().push(rest.into());
    }
    let there = |id: &String| runs_dir.join(id).join(".guild").is_dir();
    let mut found: Vec<(String, Value)> = Vec::new();
    for (id, paths) in runs.into_iter().filter(|(id, _)| there(id)) {
        let run = Run::new(id.as_str(), runs_dir.join(&id));
        let operation = operation(&run);
        let data = map([
            ("run", run.short_id().into()),
            ("operation", operation.as_str().into()),
            ("paths", Value::List(paths)),
        ]);
        found.push((operation, data));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Value::List(found.into_iter().map(|(_, data)| data).collect())
}

/// Where the source code is, and its files.
fn sourcecode(run: &Run) -> Value {
    let root = paths::relative(&files::sourcecode_dir(run), run.dir());
    let mut files = manifest::sourcecode_files(run).unwrap_or_default();
    files.sort();
    map([("root", root.display().to_string().into()), ("files", files.into())])
}

/// Files and links of the run, but for Guild's own.
fn file_list(run: &Run, runs_dir: &Path) -> Value {
    let mut found = Vec::new();
    find(run.dir(), "", &mut found);
    found.sort_by(|a, b| natural::compare(a, b));
    Value::List(found.iter().map(|path| file_data(run, path, runs_dir)).collect())
}

fn find(dir: &Path, prefix: &str, found: &mut Vec<String>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_file() || kind.is_symlink() {
            found.push(format!("{prefix}{name}"));
        } else if kind.is_dir() && !(prefix.is_empty() && name == ".guild") {
            find(&entry.path(), &format!("{prefix}{name}/"), found);
        }
    }
}

fn file_data(run: &Run, path: &str, runs_dir: &Path) -> Value {
    let full = run.dir().join(path);
    let meta = full.metadata().ok();
    let modified = meta.as_ref().and_then(|meta| meta.modified().ok());
    let modified = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let milliseconds = modified.and_then(|time| i64::try_from(time.as_millis()).ok());
    let (operation, of) = source_run(&full, runs_dir);
    map([
        ("path", path.into()),
        ("size", meta.and_then(|meta| i64::try_from(meta.len()).ok()).into()),
        ("mtime", milliseconds.into()),
        ("operation", operation.into()),
        ("run", of.into()),
    ])
}

/// The operation and the short id of the run that a link leads to.
fn source_run(path: &Path, runs_dir: &Path) -> (Option<String>, Option<String>) {
    if !path.is_symlink() {
        return (None, None);
    }
    let target = paths::real(path);
    let below = target.strip_prefix(paths::real(runs_dir)).ok();
    let id = below.and_then(|below| below.components().next()?.as_os_str().to_str());
    match id.map(|id| Run::new(id, runs_dir.join(id))) {
        None => (None, None),
        Some(run) if run.dir().is_dir() => (Some(operation(&run)), Some(run.short_id().into())),
        Some(run) => (Some(format!("{} (deleted)", run.id())), None),
    }
}
