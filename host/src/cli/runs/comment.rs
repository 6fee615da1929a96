//! `guild comment`: adds, lists and deletes the comments of runs.

use guild_plugin_api::{Map, Value};
use guild_store::format::Context;
use guild_store::format::list::{self, Columns};
use guild_store::{Run, clock};

use super::choose::{ChosenRuns, Question, change, check_incompatible, failed};
use super::comments;
use crate::cli::refused;
use crate::editor;
use crate::error::{Error, Result};
use crate::run::{host, user};
use crate::session::Session;
use crate::terminal;

/// Add or remove run comments.
///
/// Opens the editor for a new comment, unless --add gives its text. The editor is the one of VISUAL
/// or EDITOR.
///
/// Without RUN, the latest run is commented.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    chosen: ChosenRuns,

    /// List comments for specified runs.
    #[arg(short, long)]
    list: bool,

    /// Add comment to specified runs.
    #[arg(short, long, value_name = "COMMENT", allow_hyphen_values = true)]
    add: Option<String>,

    /// Use an editor to type a comment. Enabled by default if COMMENT is not specified using --add.
    #[arg(short, long)]
    edit: bool,

    /// Delete comment at INDEX from specified runs. Use `--list` to show available indexes.
    #[arg(short, long, value_name = "INDEX", allow_hyphen_values = true)]
    delete: Option<i64>,

    /// Clear all comments associated with specified runs.
    #[arg(short, long)]
    clear: bool,

    /// User associated with new comments. May include host as USER@HOST. By default the current
    /// user is used.
    #[arg(short, long, value_name = "USER")]
    user: Option<String>,

    /// Do not prompt before modifying comments.
    #[arg(short, long)]
    yes: bool,

    #[command(flatten)]
    _remote: refused::Remote,
}

/// Runs the command.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let list = ("--list", args.list);
    let add = ("--add", args.add.as_ref().is_some_and(|text| !text.is_empty()));
    let edit = ("--edit", args.edit);
    let delete = ("--delete", args.delete.is_some());
    let clear = ("--clear", args.clear);
    let pairs = [
        (list, add),
        (list, delete),
        (list, clear),
        (add, delete),
        (add, clear),
        (edit, delete),
        (edit, clear),
        (delete, clear),
    ];
    check_incompatible(session, &pairs)?;
    let runs = args.chosen.get(session, "1")?;
    if args.list {
        list_comments(session, &runs);
        return Ok(());
    }
    if runs.is_empty() {
        terminal::err("No runs to modify.");
        return Ok(());
    }
    match args.delete {
        Some(index) => delete_comment(session, args, &runs, index),
        None if args.clear => clear_comments(session, args, &runs),
        None => add_comment(session, args, &runs),
    }
}

fn list_comments(session: &Session, runs: &[Run]) {
    let context = Context::of_process(&session.cwd);
    let lines = list::lines(runs, Columns::ShortId, terminal::screen(), &context);
    for (run, line) in runs.iter().zip(lines) {
        terminal::print(&format!("{line}\n{}", comments::numbered(run, &context)));
    }
}

fn ask(session: &Session, args: &Args, runs: &[Run], preview: (String, bool)) -> Result<()> {
    if args.yes {
        return Ok(());
    }
    // To lose all comments takes a typed yes.
    let default = !args.clear;
    Question { preview: &[preview], question: "Continue?", default }.ask(session, runs)
}

fn delete_comment(session: &Session, args: &Args, runs: &[Run], index: i64) -> Result<()> {
    let preview = format!("You are about to delete comment {index} from the following runs:");
    ask(session, args, runs, (preview, false))?;
    let at = usize::try_from(index).ok().and_then(|index| index.checked_sub(1));
    let count = change(runs, |run| {
        let mut comments = held(run)?;
        match at.filter(|at| *at < comments.len()) {
            Some(at) => drop(comments.remove(at)),
            None => {
                terminal::warning(&format!("run {} has no comment {index}", run.short_id()));
                return Ok(());
            }
        }
        run.set_attr("comments", &Value::List(comments)).map_err(failed)
    })?;
    terminal::err(&format!("Deleted comment for {count} run(s)"));
    Ok(())
}

fn clear_comments(session: &Session, args: &Args, runs: &[Run]) -> Result<()> {
    let preview = "WARNING: You are about to delete ALL comments from the following runs:";
    ask(session, args, runs, (preview.into(), true))?;
    let count = change(runs, |run| run.del_attr("comments").map_err(failed))?;
    terminal::err(&format!("Deleted all comments for {count} run(s)"));
    Ok(())
}

fn add_comment(session: &Session, args: &Args, runs: &[Run]) -> Result<()> {
    let given = args.add.as_deref().unwrap_or_default();
    let edited = given.is_empty() || args.edit;
    let text = if edited { edit(session, given, runs)? } else { given.to_string() };
    let body = editor::not_empty(&text)?;
    // Who has written a comment in an editor has seen the runs there.
    if !edited {
        let preview = "You are about to add a comment to the following runs:";
        ask(session, args, runs, (preview.into(), false))?;
    }
    let (user, host) = match args.user.as_deref().filter(|user| !user.is_empty()) {
        Some(given) => match given.split_once('@') {
            Some((user, host)) => (user.to_string(), host.to_string()),
            None => (given.to_string(), host()),
        },
        None => (user(), host()),
    };
    let count = change(runs, |run| {
        let mut comments = held(run)?;
        let entry: Map = [
            ("body", Value::from(body)),
            ("user", user.as_str().into()),
            ("host", host.as_str().into()),
            ("time", clock::now().into()),
        ]
        .into_iter()
        .collect();
        comments.push(entry.into());
        run.set_attr("comments", &Value::List(comments)).map_err(failed)
    })?;
    terminal::err(&format!("Added comment to {count} run(s)"));
    Ok(())
}

/// The comments that a change goes on from. What cannot be read is not written over.
fn held(run: &Run) -> Result<Vec<Value>> {
    match run.attr("comments").map_err(failed)? {
        None => Ok(Vec::new()),
        Some(Value::List(comments)) => Ok(comments),
        Some(_) => Err(Error::new(format!("the comments of run {} are no list", run.short_id()))),
    }
}

/// Lets the user write a comment in an editor.
fn edit(session: &Session, given: &str, runs: &[Run]) -> Result<String> {
    let context = Context::of_process(&session.cwd);
    let screen = guild_store::format::table::Screen::default();
    let table = list::text(runs, Columns::Preview, false, screen, &context);
    let mut notes = String::from(
        "Type a comment for the runs below. Lines starting with '#' are \nignored. An empty \
         comment aborts the command.\n\nRuns:\n",
    );
    for line in table.lines() {
        notes += &format!(" {}\n", line.trim());
    }
    editor::comment(given, &notes)
}
