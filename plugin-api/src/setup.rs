//! The user's set-up: what a plugin knows about it, and how it makes an environment.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Asks a plugin what it knows about the set-up, for `guild check`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct CheckSetup {
    /// The project: the folder that the user works in.
    pub project_dir: PathBuf,
    /// What the user asks about beside the usual: `tensorflow`, `pytorch`, `r-script`. A plugin
    /// passes over what it does not know.
    pub topics: Vec<String>,
    /// Whether to tell all there is to tell.
    pub verbose: bool,
}

/// Asks a plugin whose manifest says that it knows packages (`handles: {packages: true}`) where they
/// are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct FindPackages {
    /// The project's folder.
    pub project_dir: PathBuf,
}

/// What a plugin knows about the set-up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SetupReport {
    /// Facts in the order in which they are shown.
    pub facts: Vec<SetupFact>,
    /// Which of the topics that the user asks about are answered.
    pub topics: Vec<String>,
}

/// A line of `guild check`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct SetupFact {
    /// What it is about, in small letters: `node_version`.
    pub name: String,
    /// What there is to know: `20.11.0`, or why there is nothing.
    pub value: String,
    /// Whether it is about the environment that operations run in, which is shown first, and alone
    /// with `--env`.
    pub environment: bool,
    /// What to do about it: there is a problem, and the check fails. One line.
    pub fix: Option<String>,
}

impl SetupFact {
    /// A fact that is no problem.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> SetupFact {
        SetupFact { name: name.into(), value: value.into(), ..SetupFact::default() }
    }
}

/// Asks a plugin whose manifest claims the kind of environments (`handles: {environments: [node]}`)
/// how to make one, for `guild init`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct PlanEnvironment {
    /// The kind, as the manifest has it.
    pub kind: String,
    /// The folder of the environment, absolute.
    pub dir: PathBuf,
    /// What the environment is called.
    pub name: String,
    /// The version of the interpreter, or a command, if the user wants one.
    pub version: Option<String>,
    /// The version or file of Guild AI to install, if the user wants one.
    pub guild: Option<String>,
    /// Whether packages of the system are seen in it.
    pub system_packages: bool,
    /// Packages, or files that list packages, to install. When there are none, those that the
    /// project names in its own way, unless `no_requirements` says otherwise.
    pub requirements: Vec<String>,
    /// Whether nothing is installed but `requirements`.
    pub no_requirements: bool,
    /// Packages that the project's Guild file requires.
    pub packages: Vec<String>,
    /// Folders whose modules are to be found, absolute.
    pub paths: Vec<PathBuf>,
    /// Whether versions before the release may be installed.
    pub pre_release: bool,
    /// Whether the user wants to see no progress.
    pub no_progress: bool,
    /// The project: the folder that the user works in.
    pub project_dir: PathBuf,
}

/// How an environment is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct EnvironmentPlan {
    /// What the user is shown before it is done, each with a name.
    pub summary: Vec<(String, Vec<String>)>,
    /// What is done, in this order. What fails ends it.
    pub steps: Vec<EnvironmentStep>,
    /// The command line that activates the environment.
    pub activate: Option<String>,
}

/// A step towards an environment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct EnvironmentStep {
    /// What the user is told.
    pub message: String,
    /// A command to run in the project's folder. Its output is shown.
    pub command: Vec<String>,
    /// A file to write, absolute, and its text.
    pub file: Option<(PathBuf, String)>,
}
