//! The options of `guild run` that show something of an operation and run nothing.

use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};

use guild_flags::value::encode;
use guild_plugin_api::Value;
use guild_plugin_api::model::{FlagDef, OpDef};
use guild_scalars::output;

use super::{Args, optimizer};
use crate::error::{Error, Result};
use crate::help;
use crate::op::{self, Resolved};
use crate::run;
use crate::session::Session;
use crate::terminal;

/// Whether one of these options is given.
pub fn is_asked(args: &Args) -> bool {
    args.help_model
        || args.help_op
        || args.test_flags
        || args.test_sourcecode
        || args.test_output_scalars.is_some()
}

/// Shows what the first of these options asks for. The flags' values are not looked at.
pub fn main(session: &Session, args: &Args) -> Result<()> {
    let width = help::page_width(terminal::columns());
    let spec = args.spec.as_deref();
    let resolved = match op::resolve(session, spec) {
        Ok(resolved) => resolved,
        Err(e) => {
            let name = spec.filter(|_| args.help_op && e.no_operation);
            // What is wrong with a plugin is not all that is wrong.
            let of_plugin = |name: &str| {
                let found = optimizer::as_operation(session, name);
                found.unwrap_or_else(|broken| {
                    terminal::warning(&broken.message);
                    None
                })
            };
            let optimizer = name.and_then(of_plugin).ok_or(e)?;
            terminal::print(&help::operation(&optimizer.full_name, &optimizer.op, None, width));
            return Ok(());
        }
    };
    if args.help_model {
        terminal::print(&help::model(&op::model(session, &resolved)?, width));
    } else if args.help_op {
        let model = op::model(session, &resolved)?;
        terminal::print(&help::operation(&resolved.full_name, &resolved.op, Some(&model), width));
    } else if let Some(path) = &args.test_output_scalars {
        test_output_scalars(session, &resolved.op, path)?;
    } else if args.test_sourcecode {
        test_sourcecode(session, resolved)?;
    } else {
        test_flags(&resolved.op);
    }
    Ok(())
}

fn test_flags(op: &OpDef) {
    let line = |name: &str, value: Option<String>, indent: &str| match value {
        Some(value) => terminal::out(&format!("{indent}{name}: {value}")),
        None => terminal::out(&format!("{indent}{name}:")),
    };
    let import = op.other.get("flags-import").map(encode);
    line("flags-dest", op.flags_dest.as_deref().map(|dest| encode(&dest.into())), "");
    line("flags-import", import, "");
    terminal::out("flags:");
    let mut flags: Vec<_> = op.flags.iter().collect();
    flags.sort_by_key(|(name, _)| *name);
    for (name, flag) in flags {
        terminal::out(&format!("  {name}:"));
        for (attribute, value) in flag_attributes(flag) {
            line(attribute, value.filter(|v| !v.is_null()).map(|v| encode(&v)), "    ");
        }
    }
}

/// What `--test-flags` shows of a flag, in Guild AI 0.9.0's order.
fn flag_attributes(flag: &FlagDef) -> [(&'static str, Option<Value>); 16] {
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let map = |map: &guild_plugin_api::Map| (!map.is_empty()).then(|| Value::Map(map.clone()));
    let choices = flag.choices.iter().map(|c| Value::from(encode(&c.value))).collect();
    [
        ("default", Some(flag.default.clone())),
        ("type", text(&flag.kind)),
        ("required", Some(flag.required.into())),
        ("arg-name", text(&flag.arg_name)),
        ("arg-skip", flag.arg_skip.map(Value::from)),
        ("arg-switch", Some(flag.arg_switch.clone())),
        ("arg-split", Some(flag.arg_split.clone())),
        ("arg-encoding", map(&flag.arg_encoding)),
        ("env-name", text(&flag.env_name)),
        ("env-encoding", map(&flag.env_encoding)),
        ("choices", Some(Value::List(choices))),
        ("allow-other", Some(flag.allow_other.into())),
        ("distribution", text(&flag.distribution)),
        ("max", Some(flag.max.clone())),
        ("min", Some(flag.min.clone())),
        ("null-label", Some(flag.null_label.clone())),
    ]
}

fn test_output_scalars(session: &Session, op: &OpDef, path: &Path) -> Result<()> {
    let Some(mut tester) = output::Tester::new(&op.output_scalars) else {
        terminal::err("Output scalars disabled, nothing to test");
        return Ok(());
    };
    let typed = path == Path::new("-") && io::stdin().is_terminal();
    if typed {
        terminal::note("Type patterns and press Enter to test. Use Ctrl-c or empty line to exit.");
    }
    let mut lines = opened(session, path)?;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = lines.read_until(b'\n', &mut line);
        let read = read.map_err(|e| cannot_open(path, &e))?;
        if read == 0 || typed && line.trim_ascii().is_empty() {
            return Ok(());
        }
        for told in tester.line(&line) {
            terminal::out(&terminal::visible(&told));
        }
        tester.take_warnings().iter().for_each(|w| terminal::warning(w));
    }
}

fn opened(session: &Session, path: &Path) -> Result<Box<dyn BufRead>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    match std::fs::File::open(session.cwd.join(path)) {
        Ok(file) => Ok(Box::new(BufReader::new(file))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            Err(Error::new(format!("{} does not exist", path.display()))
                .did_you_mean(guild_flags::nearest_path(&session.cwd, path)))
        }
        Err(e) => Err(cannot_open(path, &e)),
    }
}

fn cannot_open(path: &Path, e: &io::Error) -> Error {
    Error::new(format!("error opening {}: {e}", path.display()))
}

fn test_sourcecode(session: &Session, resolved: Resolved) -> Result<()> {
    let project = resolved.project_dir.clone();
    let request = op::Request { force_flags: true, ..op::Request::default() };
    let operation = op::assemble(session, resolved, &request, None)?;
    let here = std::env::current_dir().unwrap_or_default();
    let Some(select) = run::sourcecode_select(session, &operation)? else {
        terminal::out(&format!("Copying from {}", place(&project, &here)));
        terminal::out("Rules:");
        terminal::out("  exclude *");
        terminal::out("Source code copy disabled");
        return Ok(());
    };
    let not_code = run::project_files(&operation.dependencies);
    let plan = guild_sourcecode::plan(&project, &select, &not_code);
    terminal::out(&format!("Copying from {}", place(&plan.root, &here)));
    terminal::out("Rules:");
    select.rules.iter().for_each(|rule| terminal::out(&format!("  {rule}")));
    if select.is_disabled() {
        terminal::out("Source code copy disabled");
        return Ok(());
    }
    let shown = |path: &str| {
        let full = plan.root.join(path);
        let slash = if full.is_dir() { "/" } else { "" };
        terminal::out(&terminal::visible(&format!(
            "  {}{slash}",
            relative(&full, &here).display()
        )));
    };
    terminal::out("Selected for copy:");
    plan.selected.iter().for_each(|path| shown(path));
    terminal::out("Skipped:");
    plan.skipped.iter().for_each(|path| shown(path));
    plan.warnings.iter().for_each(|w| terminal::warning(w));
    Ok(())
}

fn place(root: &Path, here: &Path) -> String {
    match relative(root, here) {
        path if path.as_os_str().is_empty() => "the current directory".into(),
        path => format!("'{}'", path.display()),
    }
}

/// `path` as seen from `here`: what is elsewhere stays absolute.
fn relative(path: &Path, here: &Path) -> PathBuf {
    path.strip_prefix(here).unwrap_or(path).to_path_buf()
}
