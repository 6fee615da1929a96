//! The data that host and plugins exchange: plain structs, JSON on the wire.
//!
//! Every field has a default and unknown fields are ignored or kept, so that either side may be
//! older than the other. Names in JSON are those of a Guild file (`flags-dest`, `arg-split`).

use std::collections::BTreeMap;
use std::path::PathBuf;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::value::{Map, Value};

/// The flags of an operation by name, in the order in which they were found.
pub type Flags = IndexMap<String, FlagDef>;

/// What an operation is: how its command line is made and which flags it takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct OpDef {
    /// The command template, split like a shell splits it. `${NAME}` stands for a flag or a
    /// parameter that a plugin supplies; `${flag_args}` for the flags as arguments.
    pub exec: Option<String>,
    /// What the operation is for, one line or more.
    pub description: Option<String>,
    /// The flags.
    pub flags: Flags,
    /// How flag values reach the program: `args`, `globals`, `global:NAME`, …; none means `args`.
    pub flags_dest: Option<String>,
    /// The scalar that a search minimizes or maximizes.
    pub objective: Value,
    /// Which scalars to read from the output; null means the default ones, `false` none.
    pub output_scalars: Value,
    /// Names of plugins to use beside those that find the operation to be theirs.
    pub plugins: Option<Vec<String>>,
    /// What to copy as source code; null means the default rules.
    pub sourcecode: Value,
    /// Template of a run's label.
    pub label: Option<String>,
    /// Tags that each run gets.
    pub tags: Vec<String>,
    /// Environment of the process.
    pub env: Map,
    /// Whether the operation takes flags that are not declared, as one does whose program declares
    /// flags that could not be found.
    #[serde(skip_serializing_if = "is_false")]
    pub allow_other_flags: bool,
    /// Everything else that a Guild file or a newer plugin says about the operation.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// What a flag is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct FlagDef {
    /// How one value is split into several arguments: `true` or `shlex` like a shell, else a
    /// separator.
    pub arg_split: Value,
    /// The value when the user gives none.
    pub default: Value,
    /// `string`, `int`, `float`, `number`, `boolean`, `path`, `existing-path`, `auto`; none is
    /// `auto`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// What the flag is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The values that may be given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Whether other values than the choices may be given.
    #[serde(skip_serializing_if = "is_false")]
    pub allow_other: bool,
    /// Whether a value must be given.
    #[serde(skip_serializing_if = "is_false")]
    pub required: bool,
    /// The name of the argument when it is not the flag's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arg_name: Option<String>,
    /// Whether the flag is kept from the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arg_skip: Option<bool>,
    /// The value for which the bare argument is passed; for any other, nothing is.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub arg_switch: Value,
    /// What to pass as argument for a value.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub arg_encoding: Map,
    /// The name of the environment variable when it is not `FLAG_NAME`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env_name: Option<String>,
    /// What to set as environment variable for a value.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub env_encoding: Map,
    /// Another name that the user may use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// How a null value is shown.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub null_label: Value,
    /// The smallest value allowed.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub min: Value,
    /// The largest value allowed.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub max: Value,
    /// How a search draws values: `uniform`, `log-uniform`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distribution: Option<String>,
    /// Where the flag was found, for the user: `train.py:14, argparse`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// Everything else that is said about the flag.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

/// One of the values that a flag takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Choice {
    /// The value.
    pub value: Value,
    /// A name that stands for the value.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub alias: Value,
    /// What it means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Values that other flags get with it, unless the user gives them.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub flags: Map,
}

fn is_false(b: &bool) -> bool {
    !b
}

/// Who the plugin is. Must agree with its manifest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct PluginInfo {
    /// The plugin's name, as the manifest and `plugins:` attributes have it.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// One line about it.
    pub description: String,
}

/// Asks a plugin what a spec stands for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ResolveOp {
    /// What the user typed: `train.py`, `sub/train.py`, `./tool`.
    pub spec: String,
}

/// What a spec stands for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ResolvedOp {
    /// The operation's name, as runs are listed: `train.py`.
    pub name: String,
    /// The folder that the name is relative to, absolute. A run's `opref` holds it.
    pub base_dir: PathBuf,
    /// The project: where source code is copied from, absolute.
    pub project_dir: PathBuf,
    /// What the operation is.
    pub op: OpDef,
    /// What kind of thing the operation is, as the first word of a run's `opref` has it: letters,
    /// digits, `_` and `-`; `script` when absent. Since 1.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// What a plugin makes of an operation of a Guild file whose attribute it owns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct LoadedOp {
    /// The exec template.
    pub exec: String,
    /// The flags that the program declares. The operation gets those that its `flags-import` asks
    /// for; what the Guild file says about a flag wins.
    pub flags: Flags,
    /// How flag values reach the program, unless the Guild file says it.
    pub flags_dest: Option<String>,
    /// Whether the program takes flags that are not among `flags`, as one does whose flags cannot
    /// be found.
    pub allow_other_flags: bool,
    /// Whether the operation is shown with the attribute that the plugin owns, and not with the exec
    /// template, as one is that says less. Since 1.1.
    #[serde(skip_serializing_if = "is_false")]
    pub shows_attribute: bool,
}

/// Asks a plugin that is at work for an operation something about it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct OpRequest {
    /// The operation's name.
    pub name: String,
    /// The project's folder, absolute.
    pub project_dir: PathBuf,
    /// The operation.
    pub op: OpDef,
    /// Where the source code lands, relative to the run's folder: `.` unless configured.
    pub sourcecode_dest: String,
    /// The flags' values, once they are known: for [`crate::Plugin::command`].
    pub flags: Map,
    /// Folders of the packages that the operation's model inherits from, absolute: its program may
    /// be in one of them. For [`crate::Plugin::op_loaded`]. Since 1.1.
    pub parents: Vec<PathBuf>,
    /// How the user wants to look into the process, if at all. For [`crate::Plugin::command`]. Since
    /// 1.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub debugging: Option<Debugging>,
}

/// How the user wants to look into an operation's process while it runs: what serves it belongs into
/// [`CommandParts::passing_env`]. Since 1.1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Debugging {
    /// Where to stop: `[FILE:]LINE` or `MODULE.FUNCTION`, as the user wrote it.
    pub breakpoints: Vec<String>,
    /// Whether to stop where an error ends the program.
    pub break_on_error: bool,
    /// Folders to take modules from instead of the run's copy of the source code, absolute.
    pub sourcecode: Vec<PathBuf>,
}

/// Whether a plugin works for an operation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Enabled {
    /// Whether it does.
    pub enabled: bool,
    /// Why, for `--debug`.
    pub reason: String,
}

/// What a plugin contributes to an operation's command.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct CommandParts {
    /// Values for `${NAME}` in the exec template.
    pub params: IndexMap<String, String>,
    /// Environment variables to set; they win over the operation's own.
    pub env: IndexMap<String, String>,
    /// Environment variables for this start alone: the run does not keep them for the next one.
    /// They win over `env`. Since 1.1.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub passing_env: IndexMap<String, String>,
    /// Environment variables that the process must not have, whoever set them: the user, the
    /// operation or another plugin. One that `env` sets as well is set. Since 1.1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unset: Vec<String>,
    /// The exec template to run in the place of the operation's, which the run keeps: for an
    /// operation whose own template is there for others to read. Since 1.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exec: Option<String>,
    /// What the process is started with in the place of parts of the command. Since 1.1.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub shortcuts: Vec<Shortcut>,
    /// Attributes that the run has from the beginning, and the prototype of a batch. Since 1.1.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub attrs: Map,
}

/// Words of a command, right behind its program, in whose place the process gets others: those that
/// do the same and start quicker. The run keeps the command, and so it is printed. Since 1.1.
///
/// ```
/// # use guild_plugin_api::model::Shortcut;
/// # let words = |text: &str| text.split(' ').map(String::from).collect::<Vec<_>>();
/// let shortcut = Shortcut { words: words("-m train"), by: words("train.py") };
/// assert_eq!(shortcut.of(&words("python -m train --lr 1")), Some(words("python train.py --lr 1")));
/// assert_eq!(shortcut.of(&words("python -X dev -m train")), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Shortcut {
    /// The command's words.
    pub words: Vec<String>,
    /// The process's.
    pub by: Vec<String>,
}

impl Shortcut {
    /// The command as the process gets it; none where it has not these words.
    pub fn of(&self, command: &[String]) -> Option<Vec<String>> {
        let (program, args) = command.split_first()?;
        let rest = args.strip_prefix(&self.words[..])?;
        Some([std::slice::from_ref(program), &self.by[..], rest].concat())
    }
}

/// A rule about which files are source code. Later rules win over earlier ones.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SourceRule {
    /// Whether files that match are taken (`true`) or left out (`false`).
    pub include: bool,
    /// Shell patterns; one without `/` is matched against the last part of the path.
    pub patterns: Vec<String>,
    /// What the rule is about: `text`, `binary`, `dir`, or any file when absent.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// For `dir`: a pattern of something that the folder must hold for the rule to match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sentinel: Option<String>,
    /// Matches files larger than this, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_gt: Option<u64>,
    /// Matches files smaller than this, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_lt: Option<u64>,
    /// Matches no more than this many files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_matches: Option<u64>,
}

/// A run that is about to start, or that has stopped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RunEvent {
    /// The run's id: 32 hexadecimal digits.
    pub run_id: String,
    /// The run's folder, absolute.
    pub run_dir: PathBuf,
    /// The operation's name.
    pub name: String,
    /// The project's folder, absolute.
    pub project_dir: PathBuf,
    /// The operation.
    pub op: OpDef,
    /// The command, program first.
    pub cmd: Vec<String>,
    /// The flags' values.
    pub flags: Map,
    /// The run's label; empty when it has none.
    pub label: String,
    /// The run's tags.
    pub tags: Vec<String>,
    /// When the run has stopped: its exit status, negative for the signal that ended it.
    pub exit_status: Option<i32>,
}

/// What a plugin wants written into a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct RunChanges {
    /// Attributes to set. A map is merged into a map that the run holds under that name already.
    /// To `op`, which has what is needed to make the command again, entries can only be added.
    pub attrs: Map,
}

/// Asks a plugin for what a source of a resource stands for: a dependency of a run that is being
/// prepared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ResolveResource {
    /// The attribute that says what the source is, one that the plugin's manifest claims: `config`.
    pub kind: String,
    /// What that attribute says, references to flags resolved: `config.yml`.
    pub value: String,
    /// What users know the source as.
    pub name: String,
    /// The source as the Guild file has it.
    pub source: Map,
    /// The folder to look in, absolute: the project's, or that of a package it inherits from.
    pub project_dir: PathBuf,
    /// The run's folder, absolute.
    pub run_dir: PathBuf,
    /// An empty folder of the run for files that the plugin makes, absolute.
    pub staging_dir: PathBuf,
    /// The operation.
    pub op: OpDef,
    /// The flags' values.
    pub flags: Map,
    /// What the user gave for the source on the command line; null for nothing.
    pub given: Value,
}

/// What a source of a resource stands for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ResolvedResource {
    /// Files and folders, absolute. They are copied or linked into the run as those of any other
    /// source, and may be none.
    pub paths: Vec<PathBuf>,
}

/// Asks a plugin for the flags behind an operation's `flags-dest`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ImportFlags {
    /// The operation's name.
    pub name: String,
    /// The project's folder, absolute.
    pub project_dir: PathBuf,
    /// The operation.
    pub op: OpDef,
    /// Its flags-dest, which the plugin's manifest claims: `config:settings.yml`.
    pub flags_dest: String,
}

/// The flags behind an operation's `flags-dest`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct ImportedFlags {
    /// The flags. The operation gets those that its `flags-import` asks for; what the Guild file
    /// says about a flag wins.
    pub flags: Flags,
    /// How flag values reach the program, if not as the Guild file says it.
    pub flags_dest: Option<String>,
    /// What the operation requires beside what the Guild file says. An entry for a source that is
    /// required anyway gives it the attributes that it does not have.
    pub requires: Vec<Map>,
}

/// Asks a plugin to be the program of a run: see [`crate::Plugin::main`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct MainRequest {
    /// The arguments of the command, after the plugin's name.
    pub args: Vec<String>,
    /// The program `guild` that runs this, absolute: for commands of its own.
    pub guild: PathBuf,
    /// The run's id: 32 hexadecimal digits.
    pub run_id: String,
    /// The run's folder, absolute.
    pub run_dir: PathBuf,
    /// The model that the operation belongs to; empty for none.
    pub model: String,
    /// The operation's name.
    pub name: String,
    /// The project's folder, absolute.
    pub project_dir: PathBuf,
    /// The run's attributes by name: `flags`, `run_params`, …
    pub attrs: Map,
}

/// How a plugin's own program ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct MainReply {
    /// The exit code, 0 to 255; negative for the signal that the process is to be ended by, -2 for
    /// an interrupt.
    pub exit_status: i32,
}
