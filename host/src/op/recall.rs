//! An operation from what a run keeps of it: to start the run again, or to use it as prototype.

use guild_deps::Dependency;
use guild_flags::command::{OpCmd, template_args};
use guild_flags::{assign, shell, value};
use guild_guildfile::SourceRules;
use guild_plugin_api::model::{FlagDef, OpDef, OpRequest};
use guild_plugin_api::{Map, Value};
use guild_store::{OpRef, Run};
use indexmap::IndexMap;

use super::assemble::{
    Operation, Request, VISIBLE_GPUS, command_part, command_parts, flag_map, guild_param,
    is_enabled, literal_around,
};
use super::resolve::{self, Resolved};
use crate::error::{Error, Result};
use crate::session::{Session, Settings};

/// What the host writes into the attribute `op`.
const OWN: [&str; 9] = [
    "flag-null-labels",
    "op-cmd",
    "label-template",
    "output-scalars",
    "deps",
    "sourcecode",
    "sourcecode-root",
    "flags-extra",
    "delete-on-success",
];

/// An operation as a run keeps it, in its attributes `op`, `flags` and `plugins`.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The run.
    pub run: Run,
    /// How the run refers to the operation.
    pub opref: OpRef,
    /// The values of its flags.
    pub flags: IndexMap<String, Value>,
    /// The attribute `op`.
    pub config: Map,
    template: OpCmd,
}

impl Kept {
    /// Reads what the run `run` keeps.
    ///
    /// # Errors
    /// When something is missing or unreadable: the run was never made whole.
    pub fn of(run: &Run) -> Result<Kept> {
        let cannot = |what: &str| {
            Error::new(format!("cannot restart run in {}: {what}", run.dir().display()))
        };
        let attr = |name: &str| run.attr(name).map_err(|e| cannot(&e.to_string()));
        let opref = run.opref().map_err(|e| cannot(&e.to_string()))?;
        let config = attr("op")?;
        let (Some(opref), Some(Value::Map(config))) = (opref, config) else {
            return Err(cannot("missing op configuration").hint(
                "The run may not have been initialized correctly. Try starting the operation \
                 without the --start/--restart flag.",
            ));
        };
        let template = match config.get("op-cmd") {
            Some(data) => OpCmd::from_value(data).map_err(|e| cannot(&e.to_string()))?,
            None => return Err(cannot("invalid op configuration")),
        };
        let flags = match attr("flags")? {
            Some(Value::Map(flags)) => {
                flags.iter().map(|(name, v)| (value::text(name), v.clone())).collect()
            }
            _ => IndexMap::new(),
        };
        Ok(Kept { run: run.clone(), opref, flags, config, template })
    }

    /// The template of the run's label.
    pub fn label_template(&self) -> Option<String> {
        self.config.get("label-template").and_then(Value::as_str).map(Into::into)
    }

    /// The entries of batch files, where the run is the prototype of a batch that has some.
    pub fn trials(&self) -> Option<Vec<IndexMap<String, Value>>> {
        let Ok(Some(Value::List(trials))) = self.run.attr("trials") else { return None };
        let trial = |trial: &Value| {
            let flags = trial.as_map()?.iter();
            Some(flags.map(|(name, v)| (value::text(name), v.clone())).collect())
        };
        Some(trials.iter().filter_map(trial).collect())
    }

    /// What the user gave, where it still counts: it wins over the entries of batch files.
    fn user_flags(&self) -> IndexMap<String, Value> {
        match self.run.attr("user_flags") {
            Ok(Some(Value::Map(flags))) if self.run.has_attr("trials") => {
                flags.iter().map(|(name, v)| (value::text(name), v.clone())).collect()
            }
            _ => IndexMap::new(),
        }
    }

    /// Whether the run is deleted once it has succeeded.
    pub fn delete_on_success(&self) -> bool {
        self.config.get("delete-on-success").is_some_and(value::is_true)
    }

    /// What the run needs, and what the user adds to it.
    fn dependencies(&self, request: &Request) -> Result<Vec<Dependency>> {
        let kept = match self.config.get("deps") {
            Some(Value::List(kept)) => kept.as_slice(),
            _ => &[],
        };
        let read = |value| {
            Dependency::from_value(value).map_err(|e| {
                let dir = self.run.dir().display();
                Error::new(format!("cannot restart run in {dir}: invalid dependency: {e}"))
            })
        };
        let more = request.dependencies.iter().map(|path| guild_deps::dependency::for_path(path));
        kept.iter().map(read).chain(more.map(Ok)).collect()
    }

    /// Where the source code is, below the run's folder.
    fn sourcecode_dest(&self) -> String {
        let dest = self.config.get("sourcecode").and_then(|s| s.get("dest"));
        // Before 0.9 there was one name for both places.
        let dest = dest.or_else(|| self.config.get("sourcecode-root"));
        dest.and_then(Value::as_str).unwrap_or(".").into()
    }

    /// The operation as far as the run knows it.
    fn resolved(&self) -> Resolved {
        let maps = ["flag-null-labels", "flags-extra"].map(|name| match self.config.get(name) {
            Some(Value::Map(map)) => map.clone(),
            _ => Map::new(),
        });
        let [null_labels, extra] = maps;
        let mut flags: IndexMap<String, FlagDef> = IndexMap::new();
        for (name, label) in null_labels {
            flags.entry(value::text(&name)).or_default().null_label = label;
        }
        for (name, data) in extra {
            let Value::Map(data) = data else { continue };
            let data = data.into_iter().map(|(name, value)| (value::text(&name), value));
            flags.entry(value::text(&name)).or_default().other.extend(data);
        }
        // What plugins have added is theirs to read.
        let own = |name: &str| OWN.contains(&name);
        let theirs = self.config.iter().filter_map(|(name, v)| Some((name.as_str()?, v)));
        let other = theirs.filter(|(name, _)| !own(name)).map(|(n, v)| (n.into(), v.clone()));
        let other = other.collect();
        let env = self.template.env.iter().map(|(name, v)| (name.as_str(), v.clone())).collect();
        let op = OpDef {
            flags,
            flags_dest: Some(self.template.flags_dest.clone()).filter(|dest| !dest.is_empty()),
            output_scalars: self.config.get("output-scalars").cloned().unwrap_or_default(),
            other,
            env,
            ..OpDef::default()
        };
        let root = self.config.get("sourcecode").and_then(|s| s.get("root"));
        let mut sourcecode = SourceRules::default();
        sourcecode.root = root.and_then(Value::as_str).map(Into::into);
        sourcecode.dest = Some(self.sourcecode_dest());
        let project_dir = self.template.env.get("PROJECT_DIR").and_then(Value::as_str);
        let project_dir = project_dir.filter(|dir| !dir.is_empty()).map(Into::into);
        Resolved {
            name: self.opref.op_name.clone(),
            full_name: self.opref.to_opspec(None),
            project_dir: project_dir.or_else(|| self.opref.dir()).unwrap_or_default(),
            opref: self.opref.clone(),
            op,
            sourcecode,
            ..Resolved::default()
        }
    }

    /// The operation's definition as it is now, wherever the user works. Needed to read new values
    /// of flags, and for new source code.
    pub fn definition(&self, session: &Session) -> Result<Resolved> {
        let spec = match self.opref.pkg_type.as_str() {
            "script" => self.opref.op_name.clone(),
            _ => self.opref.to_opspec(None),
        };
        let there = self.opref.dir().filter(|dir| dir.is_dir());
        let settings = Settings {
            cwd: there.or_else(|| Some(session.cwd.clone())),
            home: Some(session.home().into()),
            debug: session.debug,
            ..Settings::default()
        };
        resolve::resolve(&Session::new(&settings)?, Some(&spec)).map_err(|e| {
            session.say_debug(|| e.message.clone());
            Error::new(format!(
                "cannot find definition for operation '{}' in run {}",
                self.opref.to_opspec(None),
                self.run.id()
            ))
            .hint(
                "This is required when setting flags or using '--force-sourcecode' for restart or \
                 a new run.",
            )
        })
    }
}

/// The operation that `kept` is, with nothing changed but what `request` says of labels, tags and
/// devices. No definition is needed.
pub fn recall(session: &Session, kept: Kept, request: &Request) -> Result<Operation> {
    debug_assert!(assign::split_batch_files(&request.flags).1.is_empty());
    let resolved = kept.resolved();
    let mut plugins: Vec<String> = match kept.run.attr("plugins").ok().flatten() {
        Some(Value::List(names)) => {
            let known = names.iter().filter_map(Value::as_str).filter(|n| session.plugins.has(n));
            known.map(Into::into).collect()
        }
        _ => Vec::new(),
    };
    let exec = Some(shell::join(&kept.template.args));
    let ask = OpRequest {
        name: resolved.name.clone(),
        project_dir: resolved.project_dir.clone(),
        op: OpDef { exec, ..resolved.op.clone() },
        sourcecode_dest: kept.sourcecode_dest(),
        flags: flag_map(&kept.flags),
        debugging: request.debugging.clone(),
        ..OpRequest::default()
    };
    let program = kept.template.args.first().map_or("", |word| word);
    let by_command = session.plugins.for_command(&kept.template.args);
    let mut asked = None;
    // A run of Guild AI 0.9.0 does not name plugins that it did not have.
    for plugin in by_command.iter().filter(|_| program.starts_with("${")) {
        if plugins.iter().any(|p| p == plugin) || !is_enabled(session, plugin, &ask)? {
            continue;
        }
        let part = command_part(session, plugin, &ask)?;
        let instead = part.exec.clone();
        plugins.push(plugin.to_string());
        asked = Some((*plugin, part));
        if let Some(exec) = instead {
            // The others are at work for a command that is not run.
            plugins.retain(|p| p == plugin || !by_command.contains(&p.as_str()));
            let words = template_args(&exec).map_err(|e| Error::new(e.to_string()))?;
            for other in session.plugins.for_command(&words) {
                if !plugins.iter().any(|p| p == other) && is_enabled(session, other, &ask)? {
                    plugins.push(other.to_string());
                }
            }
            break;
        }
    }
    let mut parts = command_parts(session, &plugins, &ask, asked)?;
    guild_param(session, &resolved.op.flags, &mut parts);
    let instead = match &parts.exec {
        Some(exec) => Some(template_args(exec).map_err(|e| Error::new(e.to_string()))?),
        None => None,
    };
    let mut template = kept.template.clone();
    for (name, value) in &parts.env {
        let value = literal_around(value, template.env.get(name));
        template.env.insert(name.clone(), value);
    }
    template.env.retain(|name, _| !parts.unset.contains(name));
    let given = guild_flags::label::label_template(request.label.as_deref(), &request.tags, None);
    let mut operation = Operation {
        plugins,
        flags: IndexMap::new(),
        user_flags: kept.user_flags(),
        trials: kept.trials(),
        args: Vec::new(),
        env: IndexMap::new(),
        passing_env: parts.passing_env,
        unset: parts.unset,
        template,
        exec: instead,
        shortcuts: parts.shortcuts,
        attrs: parts.attrs,
        params: parts.params,
        open: request.force_flags,
        label: String::new(),
        label_template: given.or_else(|| kept.label_template()),
        tags: request.tags.clone(),
        dependencies: kept.dependencies(request)?,
        sourcecode_dest: ask.sourcecode_dest,
        delete_on_success: kept.delete_on_success() && !request.keep_run,
        kept: None,
        resolved,
    };
    // For this start alone: the next one has those of the first again, as in Guild AI 0.9.0.
    if let Some(gpus) = &request.visible_gpus {
        operation.passing_env.insert(VISIBLE_GPUS.into(), gpus.clone());
    }
    operation.set_flags(kept.flags.clone())?;
    operation.kept = Some(kept);
    Ok(operation)
}
