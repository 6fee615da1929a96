//! The plugin: what the host asks, answered by the modules beside this one.

use std::env;
use std::path::{Path, PathBuf};

use guild_plugin_api::model::{
    CommandParts, Debugging, Enabled, Flags, LoadedOp, OpRequest, PluginInfo, ResolveOp,
    ResolveResource, ResolvedOp, ResolvedResource, RunChanges, RunEvent, SourceRule,
};
use guild_plugin_api::setup::{
    CheckSetup, EnvironmentPlan, FindPackages, PlanEnvironment, SetupReport,
};
use guild_plugin_api::{Context, HookError, HookResult, Map, Plugin, Value};
use indexmap::IndexMap;

use crate::ask::{self, Asker};
use crate::flags::import::{self, ImportError, Importer, Script};
use crate::flags::{self, Declared, argparse, click, libraries, neighbours};
use crate::interpreter::{self, Interpreter, Surroundings};
use crate::op::{self, Location};
use crate::reading::Reading;
use crate::script::Tree;
use crate::setup;
use crate::shim::{self, Shim};
use crate::{
    facts, flag_data, freeze, main_attribute, module_source, paths, reading, rules, shell,
};

/// What parts the folders of `PYTHONPATH`.
const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// Python scripts as operations.
pub struct PythonScript;

impl Plugin for PythonScript {
    fn info(&self) -> PluginInfo {
        PluginInfo {
            name: "python_script".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            description: env!("CARGO_PKG_DESCRIPTION").into(),
        }
    }

    fn resolve_op(&self, cx: &Context, req: &ResolveOp) -> HookResult<Option<ResolvedOp>> {
        if !op::is_script(&req.spec, &cx.cwd) {
            return Ok(None);
        }
        let process_dir = env::current_dir().unwrap_or_else(|_| cx.cwd.clone());
        let location = Location::of(&req.spec, &cx.cwd, &process_dir).map_err(failed)?;
        let asker = || asker(cx, Path::new(&location.project_dir));
        let reading = reading::read(&location, asker).map_err(failed)?;
        cx.debug(format!("{} was read by {:?}", location.shown, reading.reader));
        if let Some(warning) = reading.warning.as_ref().filter(|_| wants_warnings()) {
            cx.warn(warning);
        }
        let mut op = op::op_def(&location, reading.analysis.as_ref());
        if let Some(dest) = op.flags_dest.clone().filter(|dest| dest.starts_with("args")) {
            let script = op::script(&location, dest);
            let shown = paths::parent(&location.shown).to_owned();
            let found = self.declared(cx, &location, &script, &shown, &reading);
            (op.flags, op.allow_other_flags) = found;
        } else {
            let script = op::script(&location, "args".to_owned());
            let shown = paths::parent(&location.shown);
            if let Some(found) = by_library(&location, &script, shown, &reading) {
                (op.flags, op.allow_other_flags) = found;
                op.flags_dest = Some(script.dest);
            }
        }
        Ok(Some(ResolvedOp {
            op,
            name: location.name,
            base_dir: location.base_dir,
            project_dir: location.project_dir,
            ..ResolvedOp::default()
        }))
    }

    fn op_loaded(&self, cx: &Context, req: &OpRequest) -> HookResult<Option<LoadedOp>> {
        let implied = main_attribute::implied(&req.name);
        let main = req.op.other.get("main").and_then(Value::as_str).unwrap_or(&implied);
        let module = main_attribute::module(main);
        let mut search_path = main_attribute::search_path(&req.op, &req.project_dir);
        search_path.extend(req.parents.iter().cloned());
        if module.starts_with("guild.") {
            search_path.push(Shim::lay_out(&cx.cache_dir).map_err(failed)?.dir);
        }
        let file = match main_attribute::find(module, &search_path) {
            Ok(file) => file,
            Err(e) => {
                if wants_warnings() {
                    cx.warn(format!("cannot import flags from {module}: {e}"));
                }
                return Ok(Some(main_attribute::loaded(
                    main,
                    &req.op,
                    None,
                    Path::new(""),
                    &req.project_dir,
                    "",
                )));
            }
        };
        let name = file.to_string_lossy();
        let location = Location::of(&name, &req.project_dir, &req.project_dir).map_err(failed)?;
        let asker = || asker(cx, &req.project_dir);
        let reading = reading::read(&location, asker).map_err(failed)?;
        if let Some(warning) = reading.warning.as_ref().filter(|_| wants_warnings()) {
            cx.warn(warning);
        }
        let shown = main_attribute::shown_dir(module, &file, &search_path);
        let mut loaded = main_attribute::loaded(
            main,
            &req.op,
            reading.analysis.as_ref(),
            &file,
            &req.project_dir,
            &shown,
        );
        let parses = loaded.flags_dest.clone().filter(|dest| dest.starts_with("args"));
        if let Some(dest) = parses
            && reading.analysis.is_some()
            && main_attribute::wants_flags(&req.op)
        {
            let script = main_attribute::script(main, &file, search_path, dest);
            let found = self.declared(cx, &location, &script, &shown, &reading);
            (loaded.flags, loaded.allow_other_flags) = found;
        } else if req.op.flags_dest.is_none() && loaded.flags_dest.as_deref() == Some("globals") {
            let script = main_attribute::script(main, &file, search_path, "args".to_owned());
            if let Some(found) = by_library(&location, &script, &shown, &reading) {
                (loaded.flags, loaded.allow_other_flags) = found;
                loaded.flags_dest = Some(script.dest.clone());
            }
        }
        Ok(Some(loaded))
    }

    fn enabled_for_op(&self, _: &Context, req: &OpRequest) -> HookResult<Enabled> {
        // The manifest has the host ask about Python commands only.
        let exec = req.op.exec.as_deref().unwrap_or_default();
        let reason = format!("command '{exec}' is a Python operation");
        Ok(Enabled { enabled: true, reason })
    }

    fn default_sourcecode_rules(&self, _: &Context, _: &OpRequest) -> HookResult<Vec<SourceRule>> {
        Ok(rules::default_rules())
    }

    fn command(&self, cx: &Context, req: &OpRequest) -> HookResult<CommandParts> {
        let python = find(cx, &req.project_dir)?;
        cx.debug(format!("interpreter {} ({:?})", python.path.display(), python.origin));
        let shim = Shim::lay_out(&cx.cache_dir).map_err(failed)?;
        let dir = shim.dir.to_string_lossy();
        if dir.contains(SEPARATOR) {
            let hint = format!("Choose a Guild home without '{SEPARATOR}' in its path.");
            let message = format!("Python cannot be given a path with '{SEPARATOR}': {dir}");
            return Err(HookError::new(message).with_hint(hint));
        }
        if env::var_os("PYTHONDONTWRITEBYTECODE").is_some_and(|v| !v.is_empty()) {
            shim.compile(&python.path);
        }
        let own = req.op.env.get("PYTHONPATH").and_then(Value::as_str);
        let from_environment = env::var("PYTHONPATH").ok();
        let path = |sourcecode: &[String]| {
            shim::python_path(sourcecode, &shim, from_environment.as_deref(), own)
        };
        let python = python.path.display().to_string();
        Ok(CommandParts {
            params: ["python_exe", "guild_python_exe"]
                .map(|name| (name.to_string(), python.clone()))
                .into(),
            env: [("PYTHONPATH".into(), path(std::slice::from_ref(&req.sourcecode_dest)))].into(),
            passing_env: req.debugging.as_ref().map(|d| debug_env(d, path)).unwrap_or_default(),
            shortcuts: vec![shim::shortcut()],
            ..CommandParts::default()
        })
    }

    fn resolve_resource(
        &self,
        cx: &Context,
        req: &ResolveResource,
    ) -> HookResult<Option<ResolvedResource>> {
        let python = find(cx, &req.project_dir)?;
        module_source::check(&python.path, &req.value, &req.project_dir).map_err(failed)?;
        Ok(Some(ResolvedResource::default()))
    }

    fn check(&self, cx: &Context, req: &CheckSetup) -> HookResult<SetupReport> {
        Ok(setup::check(&cx.cwd, &cx.cache_dir, req))
    }

    fn package_path(&self, cx: &Context, req: &FindPackages) -> HookResult<Vec<PathBuf>> {
        let python = find(cx, &req.project_dir)?;
        let facts = facts::facts(&python, &cx.cache_dir).map_err(failed)?;
        let own = env::var_os("PYTHONPATH");
        let own = own.iter().flat_map(env::split_paths).filter(|dir| !dir.as_os_str().is_empty());
        Ok(own.map(|dir| cx.cwd.join(dir)).chain(facts.sys_path).collect())
    }

    fn plan_environment(
        &self,
        cx: &Context,
        req: &PlanEnvironment,
    ) -> HookResult<Option<EnvironmentPlan>> {
        setup::plan(&cx.cwd, &cx.cache_dir, req).map(Some).map_err(failed)
    }

    fn run_starting(&self, cx: &Context, run: &RunEvent) -> HookResult<RunChanges> {
        let mut attrs = Map::new();
        let requires = run.op.other.get("python-requires").cloned().unwrap_or_default();
        attrs.insert("op", [("python-requires", requires)].into_iter().collect::<Map>());
        let Some(program) = run.cmd.first().map(Path::new) else {
            return Ok(RunChanges { attrs });
        };
        // The interpreter of the command, which may not be the one that would be found now. Where
        // another program comes first, that is given one.
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let python = match name.starts_with("python") {
            true => Interpreter::of_command(program),
            false => find(cx, &run.project_dir)?,
        };
        match facts::facts(&python, &cx.cache_dir) {
            Ok(facts) => {
                let version = facts.version.replace('\n', "");
                let platform: Map = [("python_version", version)].into_iter().collect();
                attrs.insert("platform", platform);
                if wants_freeze(run) {
                    let path = env::var_os("PYTHONPATH");
                    attrs.insert("pip_freeze", freeze::freeze(&facts, path.as_deref(), &cx.cwd));
                }
            }
            // The process will say it better, should it matter.
            Err(e) => cx.debug(e.to_string()),
        }
        Ok(RunChanges { attrs })
    }
}

impl PythonScript {
    /// The flags that the script's own parser declares, and whether it takes others: it may where
    /// they could not be found. `shown` is what defaults that are paths start with.
    fn declared(
        &self,
        cx: &Context,
        location: &Location,
        script: &Script,
        shown: &str,
        reading: &Reading,
    ) -> (Flags, bool) {
        let by_tree = reading.tree.as_ref().and_then(|tree| by_tree(tree, script));
        if by_tree.is_none()
            && script.dest == "args"
            && let Some(found) = by_library(location, script, shown, reading)
        {
            return found;
        }
        let how = if by_tree.is_some() { "by its tree" } else { "by running it" };
        cx.debug(format!("flags of {} are found {how}", location.shown));
        let found = match by_tree.map_or_else(|| imported(cx, location, script), Ok) {
            Ok(found) => found,
            Err(message) => {
                if wants_warnings() {
                    cx.warn(format!("cannot import flags from {message}"));
                }
                return (Flags::new(), true);
            }
        };
        let mut flags = flags::with_origin(&found, &location.project_dir, script);
        let dir = script.file.parent().unwrap_or(Path::new("/"));
        flag_data::apply_paths(&mut flags, dir, shown);
        (flags, false)
    }
}

/// The flags of a script by its tree, where that tells.
fn by_tree(tree: &Tree, script: &Script) -> Option<Vec<Declared>> {
    let is_involved = |module: &str| neighbours::is_involved(module, script);
    let (file, args) = (&script.file, &script.base_args);
    match script.dest.as_str() {
        "args" => argparse::flags(tree, file, args, &is_involved),
        "args:click" => click::flags(tree, file, args, &is_involved),
        _ => None,
    }
}

/// The flags that a script declares to a library that Guild AI 0.9.0 does not know, and whether it
/// takes others; `shown` is what defaults that are paths start with.
fn by_library(
    location: &Location,
    script: &Script,
    shown: &str,
    reading: &Reading,
) -> Option<(Flags, bool)> {
    let library = libraries::library(reading.analysis.as_ref()?)?;
    let is_involved = |module: &str| neighbours::is_involved(module, script);
    let found = libraries::flags(library, reading.tree.as_ref()?, &script.file, &is_involved)?;
    let script = Script { dest: format!("args:{library}"), ..script.clone() };
    let mut flags = flags::with_origin(&found.flags, &location.project_dir, &script);
    let dir = script.file.parent().unwrap_or(Path::new("/"));
    flag_data::apply_paths(&mut flags, dir, shown);
    Some((flags, found.open))
}

/// The flags of a script that is run for them, or why there are none, after the script's name.
fn imported(cx: &Context, location: &Location, script: &Script) -> Result<Vec<Declared>, String> {
    let process_dir = env::current_dir().unwrap_or_else(|_| cx.cwd.clone());
    let name = paths::relative(&process_dir, &location.file).display().to_string();
    let told = |e: &dyn std::fmt::Display| format!("{name}: {e}");
    let python = find(cx, &location.project_dir).map_err(|e| told(&e.message))?;
    let facts = facts::facts(&python, &cx.cache_dir).map_err(|e| told(&e))?;
    let shim = Shim::lay_out(&cx.cache_dir).map_err(|e| told(&e))?;
    let keeps = env::var_os("NO_IMPORT_FLAGS_CACHE").is_none_or(|v| v != "1");
    let importer = Importer {
        python: &python.path,
        facts: &facts,
        shim: &shim,
        cwd: &cx.cwd,
        cache_dir: keeps.then_some(cx.cache_dir.as_path()),
        limit: import::time_limit(),
    };
    importer.flags(script).map_err(|e| match e {
        ImportError::Failed { message, details: Some(details) } => {
            cx.debug(details);
            let more = if cx.debug { "" } else { " (run with guild --debug for details)" };
            format!("{name}: {message}{more}")
        }
        e => told(&e),
    })
}

/// What the process is told so that the user can look into it; `path` makes a PYTHONPATH.
fn debug_env(asked: &Debugging, path: impl Fn(&[String]) -> String) -> IndexMap<String, String> {
    let mut env = IndexMap::new();
    if !asked.breakpoints.is_empty() {
        let breaks: Vec<String> =
            asked.breakpoints.iter().map(|b| shell::quote(b).into_owned()).collect();
        env.insert("PDB_BREAKS".into(), breaks.join(" "));
    }
    if asked.break_on_error {
        env.insert("BREAK_ON_ERROR".into(), "1".into());
    }
    if !asked.sourcecode.is_empty() {
        let folders = asked.sourcecode.iter().map(|dir| dir.to_string_lossy().into_owned());
        env.insert("PYTHONPATH".into(), path(&folders.collect::<Vec<_>>()));
    }
    env
}

/// Guild AI 0.9.0's way to do without warnings about flags.
fn wants_warnings() -> bool {
    env::var_os("NO_WARN_FLAGS_IMPORT").is_none_or(|v| v != "1")
}

/// Guild AI 0.9.0's ways to do without the list of packages.
fn wants_freeze(run: &RunEvent) -> bool {
    run.op.other.get("pip-freeze") != Some(&Value::Bool(false))
        && env::var_os("NO_PIP_FREEZE").is_none_or(|v| v != "1")
}

fn find(cx: &Context, project_dir: &Path) -> HookResult<Interpreter> {
    let mut around = Surroundings::of_process(&cx.cwd, project_dir);
    if cx.program.is_absolute() {
        around.exe = Some(cx.program.clone());
    }
    interpreter::find(&around).map_err(failed)
}

/// Who to ask about a script that the parser cannot read; nobody where there is no interpreter.
fn asker(cx: &Context, project_dir: &Path) -> Option<Asker> {
    let python = find(cx, project_dir).ok()?;
    let shim = Shim::lay_out(&cx.cache_dir).ok()?;
    let script_info = shim.script_info();
    Some(Asker { python: python.path, script_info, limit: ask::TIME_LIMIT })
}

fn failed(e: impl std::fmt::Display) -> HookError {
    HookError::new(e.to_string())
}
