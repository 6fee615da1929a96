//! What `guild check` tells of Python, and how `guild init` makes a virtual environment.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use guild_plugin_api::setup::{
    CheckSetup, EnvironmentPlan, EnvironmentStep, PlanEnvironment, SetupFact, SetupReport,
};

use crate::facts::{self, Facts};
use crate::freeze;
use crate::interpreter::{self, Interpreter, Surroundings};
use crate::process;

/// Packages that are of use with Guild, shown with `--verbose`. None is needed to run a script.
const PACKAGES: [&str; 8] =
    ["jupyter-core", "nbconvert", "numpy", "pandas", "pip", "scikit-learn", "setuptools", "pyyaml"];

/// How long a library may take to be loaded: they look for devices.
const LIMIT: Duration = Duration::from_secs(60);

/// Prints what a topic's library says of itself.
const PYTORCH: &str = "
import torch
print('pytorch_version', torch.version.__version__)
print('pytorch_cuda_version', torch.version.cuda)
print('pytorch_cuda_available', 'yes' if torch.cuda.is_available() else 'no')
names = [torch.cuda.get_device_name(i) + ' (%d)' % i for i in range(torch.cuda.device_count())]
print('pytorch_cuda_devices', ', '.join(names) or 'none')
";
const TENSORFLOW: &str = "
import tensorflow as tf
print('tensorflow_version', tf.__version__)
print('tensorflow_cuda_support', 'yes' if tf.test.is_built_with_cuda() else 'no')
print('tensorflow_gpu_available', 'yes' if tf.config.list_physical_devices('GPU') else 'no')
";

/// The facts about the interpreter that runs would have.
pub fn check(cwd: &Path, cache_dir: &Path, req: &CheckSetup) -> SetupReport {
    let mut report = SetupReport::default();
    let topics = [("pytorch", PYTORCH), ("tensorflow", TENSORFLOW)];
    let asked = topics.into_iter().filter(|(topic, _)| req.topics.iter().any(|t| t == topic));
    let asked: Vec<_> = asked.collect();
    report.topics = asked.iter().map(|(topic, _)| (*topic).to_owned()).collect();
    let found = interpreter::find(&Surroundings::of_process(cwd, &req.project_dir))
        .map_err(|e| e.to_string())
        .and_then(|python| {
            let facts = facts::facts(&python, cache_dir).map_err(|e| e.to_string())?;
            Ok((python, facts))
        });
    let (python, facts) = match found {
        Ok(found) => found,
        Err(message) => {
            let fix = "install Python 3, activate a virtual environment, or set GUILD_PYTHON to \
                       the interpreter to use";
            report.facts.push(SetupFact {
                environment: true,
                fix: Some(fix.into()),
                ..SetupFact::new("python_version", format!("ERROR: {message}"))
            });
            return report;
        }
    };
    let about =
        |name: &str, value: String| SetupFact { environment: true, ..SetupFact::new(name, value) };
    report.facts.push(about("python_version", facts.version.replace('\n', "")));
    report.facts.push(about("python_exe", python.path.display().to_string()));
    if req.verbose {
        let path = env::join_paths(&facts.sys_path).unwrap_or_default();
        report.facts.push(about("python_path", path.to_string_lossy().into_owned()));
    }
    let own = env::var_os("PYTHONPATH");
    let version = |name: &str| {
        freeze::version(&facts, own.as_deref(), cwd, name).unwrap_or("not installed".into())
    };
    report.facts.push(SetupFact::new("tensorboard_version", version("tensorboard")));
    for (topic, script) in asked {
        report.facts.extend(of_topic(&python.path, topic, script));
    }
    if req.verbose {
        let named = |name: &&str| {
            SetupFact::new(format!("{}_version", name.replace('-', "_")), version(name))
        };
        report.facts.extend(PACKAGES.iter().map(named));
    }
    report
}

fn of_topic(python: &Path, topic: &str, script: &str) -> Vec<SetupFact> {
    let name = format!("{topic}_version");
    match process::finish(Command::new(python).args(["-c", script]), LIMIT) {
        Ok(done) if done.status.success() => {
            let text = String::from_utf8_lossy(&done.stdout).into_owned();
            text.lines()
                .filter_map(|line| line.split_once(' '))
                .map(|(n, v)| SetupFact::new(n, v))
                .collect()
        }
        Ok(done) if done.complaint().starts_with("ModuleNotFoundError") => {
            vec![SetupFact::new(name, "not installed")]
        }
        failed => {
            let complaint = failed.map_or_else(|e| e.to_string(), |done| done.complaint());
            let fix = format!("{topic} cannot be imported - install it anew in this environment");
            vec![SetupFact {
                fix: Some(fix),
                ..SetupFact::new(name, format!("ERROR: {complaint}"))
            }]
        }
    }
}

/// How to make a virtual environment.
///
/// # Errors
/// Where no interpreter can be used.
pub fn plan(
    cwd: &Path,
    cache_dir: &Path,
    req: &PlanEnvironment,
) -> Result<EnvironmentPlan, String> {
    let python = match req.version.as_deref() {
        None => interpreter::find(&Surroundings::of_process(cwd, &req.project_dir))
            .map_err(|e| e.to_string())?,
        Some(version) => named(version, cwd)?,
    };
    let facts = facts::facts(&python, cache_dir).map_err(|e| e.to_string())?;
    let dir = req.dir.display().to_string();
    let mut steps = Vec::new();
    let mut create = vec![facts.executable.display().to_string(), "-m".into(), "venv".into()];
    create.extend(["--prompt".into(), req.name.clone()]);
    create.extend(req.system_packages.then(|| "--system-site-packages".to_string()));
    create.push(dir.clone());
    steps.push(step("Creating virtual environment", create));
    let own = req.dir.join("bin/python").display().to_string();
    let install = |message: &str, reqs: &[String]| {
        let mut command: Vec<String> =
            [&own, "-m", "pip", "install", "--no-warn-script-location"].map(String::from).into();
        if req.no_progress {
            command.extend(["--progress-bar".into(), "off".into()]);
        }
        command.extend(req.pre_release.then(|| "--pre".to_string()));
        for one in reqs {
            command.extend(is_list(cwd, one).then(|| "-r".to_string()));
            command.push(one.clone());
        }
        step(message, command)
    };
    if let Some(guild) = &req.guild {
        let version = guild.starts_with(|c: char| c.is_ascii_digit());
        let (message, named) = match version {
            true => (format!("Installing Guild {guild}"), format!("guildai=={guild}")),
            false => (format!("Installing {guild}"), guild.clone()),
        };
        steps.push(install(&message, &[named]));
    }
    if !req.packages.is_empty() {
        steps.push(install("Installing Guild package requirements", &req.packages));
    }
    let mut requirements = req.requirements.clone();
    let default = req.project_dir.join("requirements.txt");
    if requirements.is_empty() && !req.no_requirements && default.exists() {
        requirements.push(default.display().to_string());
    }
    if !requirements.is_empty() {
        steps.push(install("Installing Python requirements", &requirements));
    }
    steps.extend(req.paths.iter().enumerate().map(|(i, path)| added(&req.dir, &facts, i, path)));
    let mut summary = vec![
        ("Python interpreter".to_string(), vec![python.path.display().to_string()]),
        ("Use system site packages".to_string(), vec![yes_or_no(req.system_packages).into()]),
    ];
    let more = [
        ("Guild", req.guild.iter().cloned().collect()),
        ("Guild package requirements", req.packages.clone()),
        ("Python requirements", requirements),
        ("Use pre-release", req.pre_release.then(|| "yes".to_string()).into_iter().collect()),
        ("Additional paths", req.paths.iter().map(|p| p.display().to_string()).collect()),
    ];
    let said = more.into_iter().filter(|(_, values): &(&str, Vec<String>)| !values.is_empty());
    summary.extend(said.map(|(name, values)| (name.to_string(), values)));
    let activate = Some(format!("source {}", shell_word(&format!("{dir}/bin/activate"))));
    Ok(EnvironmentPlan { summary, steps, activate })
}

fn yes_or_no(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}

fn step(message: &str, command: Vec<String>) -> EnvironmentStep {
    EnvironmentStep { message: message.into(), command, file: None }
}

/// The step that has modules of a folder found: a `.pth` file.
fn added(dir: &Path, facts: &Facts, index: usize, path: &Path) -> EnvironmentStep {
    let (major, minor, _) = facts.version_info;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let packages = dir.join(format!("lib/python{major}.{minor}/site-packages"));
    let file = packages.join(format!("guild-{}-{name}.pth", index + 1));
    EnvironmentStep {
        message: format!("Adding {}", path.display()),
        file: Some((file, format!("{}\n", path.display()))),
        ..EnvironmentStep::default()
    }
}

/// `3.11`, `python3.11` or a path.
fn named(version: &str, cwd: &Path) -> Result<Interpreter, String> {
    let command = match version.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("python{version}"),
        false => version.to_string(),
    };
    let found = if command.contains('/') {
        Some(cwd.join(&command)).filter(|path| path.is_file())
    } else {
        let folders = env::var_os("PATH").unwrap_or_default();
        let mut folders = env::split_paths(&folders).collect::<Vec<PathBuf>>().into_iter();
        folders.find_map(|dir| Some(cwd.join(dir).join(&command)).filter(|path| path.is_file()))
    };
    found.map(|path| Interpreter::of_command(&path)).ok_or_else(|| {
        format!("cannot find the Python interpreter '{command}': install it, or name another")
    })
}

/// Whether a requirement is a file that lists some.
fn is_list(cwd: &Path, requirement: &str) -> bool {
    let path = cwd.join(requirement);
    path.is_file() && !requirement.ends_with(".whl") && !requirement.ends_with(".tar.gz")
}

fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+:@%".contains(c);
    match text.chars().all(plain) {
        true => text.to_string(),
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}
