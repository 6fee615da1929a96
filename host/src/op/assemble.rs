//! From an operation and what the user asks of it to a command: flags, arguments, environment.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use guild_deps::Dependency;
use guild_flags::command::{self, OpCmd};
use guild_flags::define::FlagError;
use guild_flags::{Warnings, assign, batch_file, define, label};
use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::{
    CommandParts, Debugging, Enabled, Flags, OpDef, OpRequest, Shortcut,
};
use guild_plugin_api::{Map, Value};
use indexmap::IndexMap;

use super::recall::Kept;
use super::resolve::Resolved;
use crate::error::{EXIT_ERROR, Error, Result};
use crate::plugins::CallError;
use crate::session::Session;
use crate::terminal;

/// What the user asks of an operation.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `FLAG=VAL` arguments.
    pub flags: Vec<String>,
    /// Whether the user edits the flags' values before they are used.
    pub edit_flags: bool,
    /// Whether flags are taken as they are, known or not.
    pub force_flags: bool,
    /// `--label`
    pub label: Option<String>,
    /// `--tag`
    pub tags: Vec<String>,
    /// `--dep`: files that the run needs beside what the operation requires.
    pub dependencies: Vec<String>,
    /// `--gpus`, `--no-gpus`: which devices the process may see.
    pub visible_gpus: Option<String>,
    /// `--keep-run`: the run stays, whatever the operation says.
    pub keep_run: bool,
    /// `--break`, `--break-on-error`, `--debug-sourcecode`.
    pub debugging: Option<Debugging>,
}

/// The variable that says which devices a process may see.
pub const VISIBLE_GPUS: &str = "CUDA_VISIBLE_DEVICES";

/// A command that can be run.
#[derive(Clone, Debug, Default)]
pub struct Operation {
    /// What is run.
    pub resolved: Resolved,
    /// The plugins that work for it, by name.
    pub plugins: Vec<String>,
    /// The values of its flags.
    pub flags: IndexMap<String, Value>,
    /// The values that the user gave.
    pub user_flags: IndexMap<String, Value>,
    /// The entries of batch files: for each, values of flags that a trial gets.
    pub trials: Option<Vec<IndexMap<String, Value>>>,
    /// The command's template, as the run keeps it.
    pub template: OpCmd,
    /// The words of the template to run, where it is another.
    pub exec: Option<Vec<String>>,
    /// What the process gets in the place of parts of the command.
    pub shortcuts: Vec<Shortcut>,
    /// Attributes of the run that plugins give it.
    pub attrs: Map,
    /// What the plugins give for `${NAME}` in the template.
    pub params: IndexMap<String, String>,
    /// Whether flags are passed that the template does not know.
    pub open: bool,
    /// The command, program first.
    pub args: Vec<String>,
    /// What the command adds to the environment.
    pub env: IndexMap<String, String>,
    /// What only the next start adds to the environment.
    pub passing_env: IndexMap<String, String>,
    /// What the process must not have in its environment.
    pub unset: Vec<String>,
    /// The template of the label, if there is one.
    pub label_template: Option<String>,
    /// The label.
    pub label: String,
    /// The tags.
    pub tags: Vec<String>,
    /// What the run needs to be put into it.
    pub dependencies: Vec<Dependency>,
    /// Where the source code lands below the run's folder.
    pub sourcecode_dest: String,
    /// Whether a run of it that succeeds is deleted.
    pub delete_on_success: bool,
    /// The operation as an earlier run keeps it, which is started again or taken as prototype.
    pub kept: Option<Kept>,
}

/// Makes a command of an operation. What `kept` says wins over the operation's own defaults, and
/// what the user asks for over both.
pub fn assemble(
    session: &Session,
    resolved: Resolved,
    request: &Request,
    kept: Option<Kept>,
) -> Result<Operation> {
    super::project::warn_of_ignored(session, &resolved);
    let op = &resolved.op;
    let sourcecode_dest = resolved.sourcecode.dest.clone().unwrap_or_else(|| ".".into());
    let (user_flags, mut flags, trials) = flag_values(session, &resolved, request)?;
    if let Some(kept) = &kept {
        // Aliases are gone from `flags`; what the user named stays, by its own name.
        let mut named = user_flags.clone();
        define::normalize_aliases(&op.flags, &mut named);
        for (name, value) in &kept.flags {
            if !named.contains_key(name) {
                flags.insert(name.clone(), value.clone());
            }
        }
    }
    if request.edit_flags {
        let check = !(request.force_flags || takes_any_flag(&resolved));
        flags = super::edit::edit_flags(&resolved, flags, check)?;
    }
    flags.sort_keys();
    let mut dependencies = dependencies(&resolved, &flags)?;
    let more = request.dependencies.iter().map(|path| guild_deps::dependency::for_path(path));
    dependencies.extend(more);

    let ask = OpRequest {
        name: resolved.name.clone(),
        project_dir: resolved.project_dir.clone(),
        op: op.clone(),
        sourcecode_dest,
        flags: flag_map(&flags),
        debugging: request.debugging.clone(),
        ..OpRequest::default()
    };
    let exec = exec_words(&resolved, op.exec.as_deref())?;
    // Whose operation it is may have another command for it, which others are then asked about.
    let own = match &resolved.plugin {
        Some(plugin) => Some((plugin.as_str(), command_part(session, plugin, &ask)?)),
        None => None,
    };
    let instead = match own.as_ref().and_then(|(_, own)| own.exec.as_deref()) {
        Some(instead) => Some(exec_words(&resolved, Some(instead))?),
        None => None,
    };
    let words = instead.as_ref().unwrap_or(&exec);
    let plugins = enabled_plugins(session, &resolved, words, &ask)?;
    let mut parts = command_parts(session, &plugins, &ask, own)?;
    let instead = match &parts.exec {
        Some(other) if instead.is_none() => Some(exec_words(&resolved, Some(other))?),
        _ => instead,
    };
    let plugin_env = std::mem::take(&mut parts.env);
    let mut env = template_env(&resolved, &plugins, plugin_env, request);
    env.retain(|name, _| !parts.unset.contains(name));
    let template = OpCmd {
        args: exec,
        env,
        flags: command::cmd_flags_with(&op.flags, skips_args(op)),
        flags_dest: op.flags_dest.clone().unwrap_or_else(|| "args".into()),
    };
    let open = request.force_flags || takes_any_flag(&resolved);
    let project_dir = resolved.project_dir.display().to_string();
    parts.params.insert("project_dir".into(), project_dir.clone());
    guild_param(session, &op.flags, &mut parts);
    let label_template = match &kept {
        Some(kept) if request.label.is_none() && request.tags.is_empty() => kept.label_template(),
        _ => label::label_template(request.label.as_deref(), &request.tags, op.label.as_deref()),
    };
    let tags = match &kept {
        Some(_) => request.tags.clone(),
        None => request.tags.iter().chain(&op.tags).cloned().collect(),
    };
    let delete = op.other.get("delete-on-success") == Some(&Value::Bool(true));
    let delete = kept.as_ref().map_or(delete, Kept::delete_on_success);
    let mut operation = Operation {
        plugins,
        flags: IndexMap::new(),
        user_flags,
        trials: trials.or_else(|| kept.as_ref().and_then(Kept::trials)),
        args: Vec::new(),
        env: IndexMap::new(),
        passing_env: parts.passing_env,
        unset: parts.unset,
        template,
        exec: instead,
        shortcuts: parts.shortcuts,
        attrs: parts.attrs,
        params: parts.params,
        open,
        label: String::new(),
        label_template,
        tags,
        dependencies,
        sourcecode_dest: ask.sourcecode_dest,
        delete_on_success: delete && !request.keep_run,
        kept,
        resolved,
    };
    operation.set_flags(flags)?;
    operation.template = kept_template(operation.template, &project_dir);
    Ok(operation)
}

impl Operation {
    /// Gives the flags other values: makes the arguments, the environment and the label again.
    pub fn set_flags(&mut self, flags: IndexMap<String, Value>) -> Result<()> {
        let template = match &self.exec {
            Some(args) => Cow::Owned(OpCmd { args: args.clone(), ..self.template.clone() }),
            None => Cow::Borrowed(&self.template),
        };
        let (args, mut env, mut warnings) =
            command::generate(&template, &flags, &self.params, self.open)
                .map_err(|e| Error::new(e.to_string()))?;
        let template = self.label_template.as_deref();
        let label = label::render_label_noting(template, &flags, &mut warnings);
        warn(warnings);
        env.extend(self.passing_env.clone());
        (self.args, self.env, self.label, self.flags) = (args, env, label, flags);
        Ok(())
    }
}

/// What a plugin contributes to the command.
pub(super) fn command_part(
    session: &Session,
    plugin: &str,
    ask: &OpRequest,
) -> Result<CommandParts> {
    let answer: Option<CommandParts> = session.call(plugin, hooks::COMMAND, ask)?;
    Ok(answer.unwrap_or_default())
}

/// What the plugins contribute to the command. What one of them was asked already is `asked`.
pub(super) fn command_parts(
    session: &Session,
    plugins: &[String],
    ask: &OpRequest,
    mut asked: Option<(&str, CommandParts)>,
) -> Result<CommandParts> {
    let mut parts = CommandParts::default();
    for plugin in plugins {
        let more = match asked.take_if(|(name, _)| name == plugin) {
            Some((_, more)) => more,
            None => command_part(session, plugin, ask)?,
        };
        parts.params.extend(more.params);
        parts.env.retain(|name, _| !more.unset.contains(name));
        parts.unset.extend(more.unset);
        parts.env.extend(more.env);
        parts.passing_env.extend(more.passing_env);
        parts.exec = more.exec.or(parts.exec);
        parts.shortcuts.extend(more.shortcuts);
        for (name, value) in more.attrs {
            parts.attrs.push(name, value);
        }
    }
    parts.unset.retain(|name| !parts.env.contains_key(name));
    Ok(parts)
}

/// The parameter `guild`: the program that is running. A flag of that name comes first, unless a
/// plugin has made the command.
pub(super) fn guild_param(session: &Session, flags: &Flags, parts: &mut CommandParts) {
    if parts.exec.is_some() || !flags.contains_key("guild") {
        let program = session.program.display().to_string();
        parts.params.entry("guild".into()).or_insert(program);
    }
}

/// Whether flags stay off the command line unless they say otherwise.
fn skips_args(op: &OpDef) -> bool {
    op.other.get("default-flag-arg-skip") == Some(&Value::Bool(true))
}

fn warn(warnings: Warnings) {
    warnings.iter().for_each(|w| terminal::warning(w));
}

type FlagValues = IndexMap<String, Value>;

/// What the user gave, and with the defaults what the operation gets.
fn flag_values(
    session: &Session,
    resolved: &Resolved,
    request: &Request,
) -> Result<(FlagValues, FlagValues, Option<Vec<FlagValues>>)> {
    let defs = &resolved.op.flags;
    let mut assigns = assign::read(&request.flags, Some(defs));
    warn(assigns.warnings);
    assigns.errors.into_result().map_err(|e| lines_error(&e.to_string()))?;
    let open = request.force_flags || takes_any_flag(resolved);
    let mut trials = Vec::new();
    for file in &assigns.batch_files {
        trials.extend(batch_file_trials(session, file, (!open).then_some(resolved))?);
    }
    // A single trial is no batch.
    if let ([trial], false) = (trials.as_slice(), assigns.batch_files.is_empty()) {
        for (name, value) in trial {
            assigns.values.entry(name.clone()).or_insert_with(|| value.clone());
        }
        trials.clear();
        assigns.batch_files.clear();
    }
    let trials = (!assigns.batch_files.is_empty()).then_some(trials);
    // What is required may be in the batch files.
    let open = open || trials.is_some();
    let mut warnings = Warnings::new();
    let values = define::flag_vals_noting(defs, &assigns.values, open, &mut warnings);
    warn(warnings);
    let mut values = values.map_err(|e| flag_error(&e, &resolved.full_name))?;
    let dependencies = dependencies(resolved, &values)?;
    if !dependencies.is_empty() {
        let store = session.store();
        warn(guild_deps::flags::fill_in_runs(&store, defs, &dependencies, &mut values));
    }
    Ok((assigns.values, values, trials))
}

/// The trials of a batch file, whose flags must be among those of `resolved` where it is given.
fn batch_file_trials(
    session: &Session,
    file: &str,
    resolved: Option<&Resolved>,
) -> Result<Vec<FlagValues>> {
    let given = guild_flags::path::expand_user(file);
    // As Guild AI 0.9.0 shows it.
    let name = Path::new(".").join(&given).display().to_string();
    let mut warnings = Warnings::new();
    let trials = batch_file::read_noting(&session.cwd.join(given), &name, &mut warnings);
    let trials = trials.map_err(|e| {
        let error = lines_error(&e.to_string());
        match e {
            batch_file::Error::Missing(_) => {
                error.did_you_mean(guild_flags::nearest_path(&session.cwd, file.as_ref()))
            }
            _ => error,
        }
    })?;
    warn(warnings);
    let Some(resolved) = resolved else { return Ok(trials) };
    let defs = &resolved.op.flags;
    let known = |name: &str| {
        defs.contains_key(name) || defs.values().any(|def| def.alias.as_deref() == Some(name))
    };
    match trials.iter().flat_map(IndexMap::keys).find(|name| !known(name)) {
        Some(name) => {
            let op = &resolved.full_name;
            Err(Error::new(format!("unsupported flag '{name}' in batch file {file}")).hint(format!(
                "Try 'guild run {op} --help-op' for a list of flags or use --force-flags to skip \
                 this check."
            )))
        }
        None => Ok(trials),
    }
}

/// What the operation requires with these flags.
fn dependencies(resolved: &Resolved, flags: &FlagValues) -> Result<Vec<Dependency>> {
    resolved.requires.dependencies(&resolved.full_name, flags)
}

/// What is wrong with values of the flags of `op`, in Guild AI 0.9.0's layout.
pub fn flag_error(e: &FlagError, op: &str) -> Error {
    let text = e.render(op);
    if e.after_program_name() {
        return lines_error(&text);
    }
    terminal::err(&text);
    Error::silent(EXIT_ERROR)
}

/// An error of several lines: what happened, then hints.
fn lines_error(text: &str) -> Error {
    let mut lines = text.lines();
    let error = Error::new(lines.next().unwrap_or_default());
    lines.fold(error, Error::hint)
}

/// Whether the operation takes flags that nobody declared, as one does whose flags are not read.
fn takes_any_flag(resolved: &Resolved) -> bool {
    resolved.op.allow_other_flags
}

/// The words of an exec template.
fn exec_words(resolved: &Resolved, exec: Option<&str>) -> Result<Vec<String>> {
    let invalid = |reason: &str| {
        Error::new(format!("invalid definition for operation '{}': {reason}", resolved.full_name))
    };
    let exec = exec.unwrap_or_default();
    let words =
        command::template_args(exec).map_err(|e| invalid(&format!("{e} in exec '{exec}'")))?;
    if words.is_empty() {
        return Err(invalid("must define either exec, main, or steps"));
    }
    Ok(words)
}

/// The template as it is kept with the run: it names no parameter that only this project has.
fn kept_template(template: OpCmd, project_dir: &str) -> OpCmd {
    let args = template.args.iter().map(|arg| arg.replace("${project_dir}", project_dir)).collect();
    OpCmd { args, ..template }
}

/// The plugins that work for the operation: the one that resolved it, those that it names, and those
/// that find it to be theirs by its command. Sorted by name, as Guild AI 0.9.0 lists them.
fn enabled_plugins(
    session: &Session,
    resolved: &Resolved,
    words: &[String],
    ask: &OpRequest,
) -> Result<Vec<String>> {
    let mut enabled: BTreeMap<String, ()> = BTreeMap::new();
    enabled.extend(resolved.plugin.clone().map(|name| (name, ())));
    for name in resolved.op.plugins.iter().flatten() {
        if session.plugins.has(name) {
            enabled.insert(name.clone(), ());
        } else {
            session.say_debug(|| format!("there is no plugin '{name}'"));
        }
    }
    for plugin in session.plugins.for_command(words) {
        if !enabled.contains_key(plugin) && is_enabled(session, plugin, ask)? {
            enabled.insert(plugin.to_string(), ());
        }
    }
    Ok(enabled.into_keys().collect())
}

/// Whether a plugin finds an operation to be its business.
pub(super) fn is_enabled(session: &Session, plugin: &str, ask: &OpRequest) -> Result<bool> {
    let answer = match session.call(plugin, hooks::ENABLED_FOR_OP, ask) {
        Ok(answer) => answer.unwrap_or_default(),
        Err(e @ CallError::Failed(_)) => return Err(e.into()),
        // It never said that the operation is its business.
        Err(e) => {
            terminal::warning(&e.to_string());
            Enabled::default()
        }
    };
    let not = if answer.enabled { "" } else { "not " };
    session
        .say_debug(|| format!("plugin '{plugin}' {not}enabled for operation: {}", answer.reason));
    Ok(answer.enabled)
}

/// The environment as it is kept with the run.
fn template_env(
    resolved: &Resolved,
    plugins: &[String],
    plugin_env: IndexMap<String, String>,
    request: &Request,
) -> IndexMap<String, Value> {
    let op = &resolved.op;
    let mut env: IndexMap<String, Value> = op
        .env
        .iter()
        .filter_map(|(name, value)| Some((name.as_str()?.to_string(), value.clone())))
        .collect();
    env.insert("GUILD_PLUGINS".into(), plugins.join(",").into());
    env.insert("PROJECT_DIR".into(), literal(&resolved.project_dir.display().to_string()));
    if let Some(dest) = &op.flags_dest {
        env.insert("FLAGS_DEST".into(), dest.as_str().into());
    }
    if op.other.get("handle-keyboard-interrupt") == Some(&Value::Bool(true)) {
        env.insert("HANDLE_KEYBOARD_INTERRUPT".into(), "1".into());
    }
    if let Some(gpus) = &request.visible_gpus {
        env.insert(VISIBLE_GPUS.into(), gpus.as_str().into());
    }
    for (name, value) in plugin_env {
        let value = literal_around(&value, env.get(&name));
        env.insert(name, value);
    }
    env
}

/// A text that is no template but for the references that `own` has, which it is made of: what a
/// plugin gives a variable that the operation sets as well.
pub(super) fn literal_around(text: &str, own: Option<&Value>) -> Value {
    let Value::Str(mut out) = literal(text) else { return Value::from(text) };
    let own = own.and_then(Value::as_str).unwrap_or_default();
    for (at, _) in own.match_indices("${") {
        let Some(end) = own[at..].find('}') else { continue };
        let reference = &own[at..=at + end];
        out = out.replace(&format!("\\{reference}"), reference);
    }
    Value::Str(out)
}

/// A text that is no template, whatever folders are called.
pub(super) fn literal(text: &str) -> Value {
    text.replace("${", "\\${").into()
}

/// Flag values as a map in the order of their names.
pub fn flag_map(flags: &IndexMap<String, Value>) -> Map {
    flags.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
}
