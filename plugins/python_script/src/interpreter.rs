//! Finds the Python interpreter for a run.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

use crate::paths;

mod pyenv;

/// Environment variables that name the interpreter, in order: ours, then that of Guild AI 0.9.0.
pub const VARIABLES: [&str; 2] = ["GUILD_PYTHON", "GUILD_PYTHON_EXE"];

/// What the choice depends on.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The environment. An empty variable counts as none.
    pub env: HashMap<OsString, OsString>,
    /// The folder that the user works in, absolute.
    pub cwd: PathBuf,
    /// The project's folder, absolute.
    pub project_dir: PathBuf,
    /// The running `guild`.
    pub exe: Option<PathBuf>,
}

/// An interpreter and why it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The interpreter, absolute. Links are not followed: the way through a virtual environment's
    /// link is what makes the interpreter use that environment.
    pub path: PathBuf,
    /// Where it was found.
    pub origin: Origin,
    /// Whether it is a script of a version manager that starts the interpreter, so that what it
    /// starts can change without a trace in the file.
    pub is_shim: bool,
}

impl Interpreter {
    /// The interpreter of a command that is about to run.
    pub fn of_command(path: &Path) -> Interpreter {
        let is_shim = pyenv::is_shim(path);
        Interpreter { path: path.to_owned(), origin: Origin::SearchPath, is_shim }
    }
}

/// Where an interpreter was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// An environment variable names it.
    Variable(&'static str),
    /// The virtual environment that the named variable says is active.
    ActiveEnv(&'static str),
    /// The project's own virtual environment.
    ProjectEnv,
    /// The environment that guild is installed in.
    BesideGuild,
    /// The search path.
    SearchPath,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Origin::Variable(name) => write!(f, "named by {name}"),
            Origin::ActiveEnv(name) => write!(f, "of the active environment ({name})"),
            Origin::ProjectEnv => f.write_str("of the project's virtual environment"),
            Origin::BesideGuild => f.write_str("beside guild"),
            Origin::SearchPath => f.write_str("on PATH"),
        }
    }
}

/// Why there is no interpreter. One line for the user, with what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InterpreterError {
    /// An environment variable names something else.
    #[error("{variable} is '{value}', which {problem}: set it to a Python interpreter or unset it")]
    Variable {
        /// The variable.
        variable: &'static str,
        /// What it says.
        value: String,
        /// What is wrong with that.
        problem: &'static str,
    },
    /// A virtual environment has lost its interpreter, as happens when Python is upgraded.
    #[error(
        "the virtual environment {} has no working interpreter ({problem}): create it anew, or set \
         GUILD_PYTHON to the interpreter to use", .env.display()
    )]
    BrokenEnv {
        /// The environment's folder.
        env: PathBuf,
        /// What is wrong with its interpreter.
        problem: &'static str,
    },
    /// There is none anywhere.
    #[error(
        "cannot find a Python interpreter: install Python 3, activate a virtual environment, or \
         set GUILD_PYTHON to the interpreter to use"
    )]
    NotFound,
}

impl Surroundings {
    /// The surroundings of this process, for a user who works in `cwd`.
    pub fn of_process(cwd: &Path, project_dir: &Path) -> Surroundings {
        Surroundings {
            env: std::env::vars_os().collect(),
            cwd: cwd.to_owned(),
            project_dir: project_dir.to_owned(),
            exe: std::env::current_exe().ok(),
        }
    }

    fn var(&self, name: &str) -> Option<&OsStr> {
        self.env.get(OsStr::new(name)).map(OsString::as_os_str).filter(|v| !v.is_empty())
    }

    /// The folders of the search path, absolute.
    fn search_path(&self) -> Vec<PathBuf> {
        let folders = self.var("PATH").map(|p| std::env::split_paths(p).collect::<Vec<_>>());
        folders.unwrap_or_default().iter().map(|dir| self.cwd.join(dir)).collect()
    }
}

/// Finds the interpreter for a run:
///
/// 1. the one that `GUILD_PYTHON` or `GUILD_PYTHON_EXE` names, by path or as a command;
/// 2. the active virtual environment's (`VIRTUAL_ENV`, `CONDA_PREFIX`; of both, the one that comes
///    first on `PATH`). Guild AI 0.9.0 takes the `python` on `PATH` then, which is the same one
///    except where it is a surprise;
/// 3. that of `.venv` or `venv` in the project's folder or above, up to the root of the
///    repository or package;
/// 4. the one beside `guild`, which is what 0.9.0 runs scripts with: a wheel puts both into one
///    environment. Not in environments that `pipx` and `uv tool` make for guild alone;
/// 5. `python3`, then `python` on `PATH`, seeing through the shims of pyenv.
///
/// # Errors
///
/// [`InterpreterError`]. What was asked for explicitly and does not work is an error rather than
/// a reason to take another.
pub fn find(around: &Surroundings) -> Result<Interpreter, InterpreterError> {
    if let Some(found) = named(around)? {
        return Ok(found);
    }
    if let Some(found) = active_env(around)? {
        return Ok(found);
    }
    if let Some(env) = project_env(around) {
        let path = working(&env).map_err(|problem| InterpreterError::BrokenEnv { env, problem })?;
        return Ok(Interpreter { path, origin: Origin::ProjectEnv, is_shim: false });
    }
    if let Some(path) = beside_guild(around) {
        return Ok(Interpreter { path, origin: Origin::BesideGuild, is_shim: false });
    }
    for command in ["python3", "python"] {
        if let Some((path, is_shim)) = on_path(around, command) {
            return Ok(Interpreter { path, origin: Origin::SearchPath, is_shim });
        }
    }
    Err(InterpreterError::NotFound)
}

fn named(around: &Surroundings) -> Result<Option<Interpreter>, InterpreterError> {
    for variable in VARIABLES {
        let Some(value) = around.var(variable) else { continue };
        let error = |problem| InterpreterError::Variable {
            variable,
            value: value.to_string_lossy().into_owned(),
            problem,
        };
        let is_path = value.as_encoded_bytes().contains(&b'/');
        let (path, is_shim) = if is_path {
            let path = paths::absolute(&around.cwd, Path::new(value));
            check(&path).map_err(error)?;
            let is_shim = pyenv::is_shim(&path);
            (path, is_shim)
        } else {
            let command = value.to_string_lossy();
            on_path(around, &command).ok_or_else(|| error("is not a command on PATH"))?
        };
        return Ok(Some(Interpreter { path, origin: Origin::Variable(variable), is_shim }));
    }
    Ok(None)
}

fn active_env(around: &Surroundings) -> Result<Option<Interpreter>, InterpreterError> {
    let search_path = around.search_path();
    let rank = |env: &Path| {
        let at = search_path.iter().position(|dir| *dir == env.join("bin"));
        at.unwrap_or(usize::MAX)
    };
    let mut envs: Vec<_> = ["VIRTUAL_ENV", "CONDA_PREFIX"]
        .into_iter()
        .filter_map(|name| Some((name, around.cwd.join(around.var(name)?))))
        // A variable may outlive its environment; the shell shows it as active still.
        .filter(|(_, env)| env.join("bin/python").symlink_metadata().is_ok())
        .collect();
    envs.sort_by_key(|(_, env)| rank(env));
    let Some((name, env)) = envs.into_iter().next() else { return Ok(None) };
    let path = working(&env).map_err(|problem| InterpreterError::BrokenEnv { env, problem })?;
    Ok(Some(Interpreter { path, origin: Origin::ActiveEnv(name), is_shim: false }))
}

/// What tells that a folder is the root of a project.
const ROOT_SIGNS: [&str; 4] = [".git", "pyproject.toml", "setup.py", "guild.yml"];

/// The nearest virtual environment of the project.
fn project_env(around: &Surroundings) -> Option<PathBuf> {
    let home = around.var("HOME").map(PathBuf::from);
    let is_root = |dir: &Path| ROOT_SIGNS.iter().any(|sign| dir.join(sign).exists());
    let mut dirs = Vec::new();
    for dir in around.project_dir.ancestors() {
        // What is in the home folder or above belongs to no project.
        let outside = Some(dir) == home.as_deref() || dir.parent().is_none();
        if outside && !dirs.is_empty() {
            break;
        }
        dirs.push(dir);
        if is_root(dir) {
            break;
        }
    }
    // Without such a sign the folders above are not known to be the project's.
    if dirs.last().is_some_and(|dir| !is_root(dir)) {
        dirs.truncate(1);
    }
    let mut envs = dirs.iter().flat_map(|dir| [dir.join(".venv"), dir.join("venv")]);
    envs.find(|env| env.join("pyvenv.cfg").is_file())
}

/// The interpreter of an environment, or what is wrong with it.
fn working(env: &Path) -> Result<PathBuf, &'static str> {
    let mut problem = "it has no bin/python";
    for name in ["bin/python", "bin/python3"] {
        let path = env.join(name);
        match check(&path) {
            Ok(()) => return Ok(path),
            Err(p) if path.symlink_metadata().is_ok() => problem = p,
            Err(_) => {}
        }
    }
    Err(problem)
}

fn beside_guild(around: &Surroundings) -> Option<PathBuf> {
    let dir = around.exe.as_deref()?.parent()?;
    let for_guild_alone = ["pipx_metadata.json", "uv-receipt.toml"];
    if dir.parent().is_some_and(|env| for_guild_alone.iter().any(|f| env.join(f).exists())) {
        return None;
    }
    let path = dir.join("python3");
    (check(&path).is_ok() && !pyenv::is_shim(&path)).then_some(path)
}

/// The first executable of that name on the search path, and whether it is a shim.
fn on_path(around: &Surroundings, command: &str) -> Option<(PathBuf, bool)> {
    let found = around.search_path().into_iter().map(|dir| paths::absolute(&dir, command.as_ref()));
    for path in found.filter(|path| check(path).is_ok()) {
        if !pyenv::is_shim(&path) {
            return Some((path, false));
        }
        match pyenv::resolve(around, &path, command) {
            pyenv::Resolved::To(path) => return Some((path, false)),
            pyenv::Resolved::Unsure => return Some((path, true)),
            pyenv::Resolved::System => {}
        }
    }
    None
}

/// Whether a file can be executed, or why not.
fn check(path: &Path) -> Result<(), &'static str> {
    let Ok(meta) = path.metadata() else {
        let dangling = path.symlink_metadata().is_ok();
        return Err(if dangling { "is a link to a file that is gone" } else { "does not exist" });
    };
    if !meta.is_file() {
        return Err("is not a file");
    }
    if !is_executable(&meta) {
        return Err("is not executable");
    }
    Ok(())
}

#[cfg(unix)]
fn is_executable(meta: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    meta.permissions().mode() & 0o111 != 0
}

#[cfg(not(unix))]
fn is_executable(_meta: &std::fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests;
