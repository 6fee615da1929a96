//! The program of a run: puts the flags' values into the notebook, has Jupyter execute it, and
//! shows what came out.
//!
//! Behaviour of Guild AI 0.9.0's `nbexec`.

use std::env;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use guild_flags::{did_you_mean, nearest_path};
use guild_plugin_api::Value;
use guild_plugin_api::model::MainRequest;
use guild_plugin_program::Processes;
use guild_plugin_program::log::{Level, log};

use crate::document::{Notebook, put};
use crate::kernels;
use crate::output::Outputs;
use crate::rewrite::{given, rewritten};

/// Prints whether the interpreter that runs this can execute notebooks, whether it has a kernel of its
/// own, and where its environment is.
const PROBE: &str = "import importlib.util as u, sys; print(u.find_spec('nbconvert') is not None, \
                     u.find_spec('ipykernel') is not None, sys.prefix)";

/// What the program is given.
#[derive(Debug, PartialEq)]
struct Args {
    python: PathBuf,
    notebook: PathBuf,
    no_exec: bool,
    html_no_input: bool,
    unexpected: Vec<String>,
}

impl Args {
    /// Reads `PYTHON NOTEBOOK [OPTION]... [-- FLAG_ARG...]`. The run knows its flags better than
    /// these arguments do.
    fn read(words: &[String]) -> Result<Args, String> {
        let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
        let [python, rest @ ..] = &words[..end] else {
            return Err("there is no interpreter".into());
        };
        let mut args = Args {
            python: python.into(),
            notebook: PathBuf::new(),
            no_exec: false,
            html_no_input: false,
            unexpected: Vec::new(),
        };
        for word in rest {
            match word.as_str() {
                "--no-exec" => args.no_exec = true,
                "--html-no-input" => args.html_no_input = true,
                path if !path.starts_with('-') && args.notebook.as_os_str().is_empty() => {
                    args.notebook = path.into();
                }
                other => args.unexpected.push(other.into()),
            }
        }
        match args.notebook.as_os_str().is_empty() {
            true => Err("no notebook is named".into()),
            false => Ok(args),
        }
    }
}

/// Runs the notebook; gives what the process ends with.
///
/// # Errors
/// One line about what cannot be done.
pub fn run(req: &MainRequest) -> Result<i32, String> {
    let args = Args::read(&req.args)?;
    let mut processes =
        Processes::watch().map_err(|e| format!("cannot take note of signals: {e}"))?;
    if !args.unexpected.is_empty() {
        log(Level::Warning, &format!("unexpected args: {}", args.unexpected.join(" ")));
    }
    let skips = |name: &str| env::var_os(name).is_some_and(|value| value == "1");
    let executes = !(args.no_exec || skips("NB_NO_EXEC"));
    let jupyter = if executes { Jupyter::of(&args.python)? } else { Jupyter::default() };
    if executes && !jupyter.is_there {
        log(
            Level::Error,
            &format!(
                "jupyter-nbconvert is required to run Notebooks - install it by running \
                 '{} -m pip install jupyter' and try again",
                args.python.display()
            ),
        );
        return Ok(1);
    }
    let Some(source) = find(&args.notebook, req) else {
        log(
            Level::Error,
            &format!(
                "cannot find notebook '{}' - make sure it's copied as source code\nUse 'guild run \
                 <operation> --test-sourcecode' to troubleshoot source code configuration issues.{}",
                args.notebook.display(),
                did_you_mean(nearest_path(&req.project_dir, &args.notebook))
            ),
        );
        return Ok(1);
    };
    let name = source.file_name().unwrap_or_default().to_owned();
    let shown = name.to_string_lossy();
    log(Level::Info, &format!("Initializing {shown} for run"));
    let path = req.run_dir.join(&name);
    initialize(&source, &path, req).map_err(|e| format!("cannot use notebook {shown}: {e}"))?;
    if !executes {
        log(Level::Info, "NB_NO_EXEC specified, skipping execute");
        return Ok(0);
    }
    let mut convert = |options: &[&str]| {
        let mut command = Command::new(&args.python);
        command
            .args(["-m", "nbconvert", "-y", "--log-level", "WARN"])
            .args(options)
            .arg(&name)
            .current_dir(&req.run_dir)
            .env("PYDEVD_DISABLE_FILE_VALIDATION", "1");
        let status = processes.run(&mut command);
        let status = status.map_err(|e| format!("cannot run {}: {e}", args.python.display()))?;
        Ok::<_, String>(processes.interrupted().map(|signal| -signal).or(failure(status)))
    };
    if let Some(missing) = jupyter.missing_kernel(&path)? {
        log(Level::Warning, &missing);
    }
    log(Level::Info, &format!("Executing {shown}"));
    if let Some(failed) = convert(&["--to", "notebook", "--execute", "--inplace"])? {
        return Ok(failed);
    }
    let outputs = Outputs::read(&path)?;
    let printed = outputs.print(&mut io::stdout().lock(), &mut io::stderr().lock());
    printed.map_err(|e| format!("cannot show the output: {e}"))?;
    if !skips("NB_NO_IMAGES") {
        outputs.save_images(&path)?;
    }
    let without = if args.html_no_input { " (omitting input cells)" } else { "" };
    log(Level::Info, &format!("Saving HTML{without}"));
    let options: &[&str] =
        if args.html_no_input { &["--to", "html", "--no-input"] } else { &["--to", "html"] };
    Ok(convert(options)?.unwrap_or(0))
}

/// What a Python environment has for notebooks.
#[derive(Debug, Default)]
struct Jupyter {
    is_there: bool,
    has_ipykernel: bool,
    /// Where the environment is; none where the interpreter does not tell.
    prefix: Option<PathBuf>,
}

impl Jupyter {
    fn of(python: &Path) -> Result<Jupyter, String> {
        let probe = Command::new(python).args(["-c", PROBE]).stdin(Stdio::null()).output();
        let probe = probe.map_err(|e| format!("cannot run {}: {e}", python.display()))?;
        if !probe.status.success() {
            // What is wrong with it will be seen.
            return Ok(Jupyter { is_there: true, ..Jupyter::default() });
        }
        let said = String::from_utf8_lossy(&probe.stdout).into_owned();
        let mut words = said.trim_end().splitn(3, ' ');
        let mut is_true = || words.next() == Some("True");
        let (is_there, has_ipykernel) = (is_true(), is_true());
        Ok(Jupyter { is_there, has_ipykernel, prefix: words.next().map(PathBuf::from) })
    }

    /// What to say of the kernel that a notebook names, where it is not among those that are
    /// installed. Jupyter decides: its configuration may name another.
    fn missing_kernel(&self, notebook: &Path) -> Result<Option<String>, String> {
        let (Some(prefix), Some(wanted)) = (&self.prefix, Notebook::read(notebook)?.kernel())
        else {
            return Ok(None);
        };
        let folders = kernels::folders(prefix, |name| env::var_os(name).map(PathBuf::from));
        Ok(kernels::missing(&wanted, &kernels::names(&folders, self.has_ipykernel)))
    }
}

/// Where the notebook is: among the run's files, which have it as it was when the run was made, or
/// in the project where it is not copied.
fn find(notebook: &Path, req: &MainRequest) -> Option<PathBuf> {
    let dest = req.attrs.get("op").and_then(|op| op.get("sourcecode")?.get("dest")?.as_str());
    let copied = req.run_dir.join(dest.unwrap_or("."));
    let folders = [&req.run_dir, &copied, &req.project_dir];
    folders.iter().map(|folder| folder.join(notebook)).find(|path| path.is_file())
}

/// Writes the notebook with the values of the flags.
fn initialize(source: &Path, dest: &Path, req: &MainRequest) -> Result<(), String> {
    let notebook = Notebook::read(source)?;
    let given = given(&notebook, &req.attrs);
    let changed = rewritten(&notebook, &given);
    let text = notebook.with(changed).map_err(|e| e.to_string())?;
    put(dest, &text).map_err(|e| e.to_string())
}

/// What a process that failed ended with; a signal is negative.
fn failure(status: ExitStatus) -> Option<i32> {
    let code = status.code().or_else(|| status.signal().map(|signal| -signal)).unwrap_or(1);
    (code != 0).then_some(code)
}

/// Whether a value is text that names a notebook.
pub fn is_notebook(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("ipynb"))
}

/// The words of `notebook:` in a Guild file.
pub fn attribute(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments() {
        let read =
            |line: &str| Args::read(&line.split_whitespace().map(Into::into).collect::<Vec<_>>());
        let args = read("/bin/py nb.ipynb --html-no-input x -- --no-exec --x 1").unwrap();
        assert_eq!((args.python, args.notebook), ("/bin/py".into(), "nb.ipynb".into()));
        assert!(args.html_no_input && !args.no_exec);
        assert_eq!(args.unexpected, ["x"]);
        assert!(read("/bin/py nb.ipynb --no-exec").unwrap().no_exec);
        assert!(read("/bin/py --").is_err() && read("--").is_err());
    }

    #[test]
    fn names() {
        assert!(is_notebook("a/b.ipynb") && is_notebook("B.IPYNB"));
        assert!(!is_notebook("ipynb") && !is_notebook(".ipynb") && !is_notebook("a.ipynb/b"));
    }
}
