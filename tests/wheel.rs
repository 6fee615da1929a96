//! The wheel: what `pip install` gives, in an environment of its own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::harness::{Outcome, Project, python, repository};

/// A folder with the wheel of the program that is tested, made once.
fn wheel() -> &'static Path {
    static WHEEL: OnceLock<(TempDir, PathBuf)> = OnceLock::new();
    let (_, path) = WHEEL.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let built = Path::new(env!("CARGO_BIN_EXE_guild")).parent().unwrap();
        let out = Command::new(python())
            .arg(repository().join("packaging/wheel_of_guild.py"))
            .args(["--store", "--from"])
            .arg(built)
            .arg("--out")
            .arg(dir.path())
            .output()
            .unwrap();
        let path = outcome(&out).stdout.trim().into();
        (dir, path)
    });
    path
}

#[track_caller]
fn outcome(out: &std::process::Output) -> Outcome {
    let out: Outcome = out.clone().into();
    assert_eq!(out.code, Some(0), "{}\n{}", out.stdout, out.stderr);
    out
}

#[track_caller]
fn pip(python: &Path, args: &[&str], env: &[(&str, &Path)]) -> Outcome {
    let mut command = Command::new(python);
    command.args(["-m", "pip", "--isolated", "--disable-pip-version-check", "-q"]).args(args);
    command.env_remove("PYTHONPATH").envs(env.iter().copied());
    outcome(&command.output().unwrap())
}

/// The files below a folder, but for what Python and pip leave behind.
fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_path_buf()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() && !path.is_symlink() {
                true => dirs.push(path),
                false => found.push(path),
            }
        }
    }
    found.retain(|path| !path.to_str().unwrap().contains("__pycache__"));
    found.sort();
    found
}

/// A script that says which interpreter runs it.
fn project() -> Project {
    Project::with(&[("where.py", "x = 1\nimport sys\nprint(sys.prefix, x)\n")])
}

#[test]
fn a_wheel_in_an_environment_of_its_own() {
    let venv = tempfile::tempdir().unwrap();
    let made = Command::new(python()).args(["-m", "venv"]).arg(venv.path()).output().unwrap();
    outcome(&made);
    let before = files(venv.path());
    let interpreter = venv.path().join("bin/python");
    pip(&interpreter, &["install", "--no-index", wheel().to_str().unwrap()], &[]);
    let project = project();
    let run = |program: &Path| {
        let run = project.guild("run where.py x=2 -y").program(program);
        run.without_env("GUILD_PYTHON").succeeds().stdout
    };
    let expected = format!("{} 2\n", venv.path().canonicalize().unwrap().display());
    let installed = venv.path().join("bin/guild");
    assert_eq!(run(&installed), expected);
    // As pipx and uv put commands on the PATH.
    let link = project.home().with_file_name("guild-link");
    std::os::unix::fs::symlink(&installed, &link).unwrap();
    assert_eq!(run(&link), expected);
    // As uv does with links into its cache: no plugins beside the file itself.
    let cached = project.home().with_file_name("cached");
    std::fs::rename(&installed, &cached).unwrap();
    std::os::unix::fs::symlink(&cached, &installed).unwrap();
    assert_eq!(run(&link), expected);
    std::fs::rename(&cached, &installed).unwrap();
    let plugins = project.guild("plugins list").program(&installed).succeeds().stdout;
    let libraries = venv.path().join("lib/guild/plugins");
    assert!(plugins.contains("python_script") && !plugins.contains("cannot"), "{plugins}");
    let libraries = files(&libraries).len();
    assert!(libraries >= 10 && libraries.is_multiple_of(2), "{libraries}");
    // A run that is there outlives the program.
    pip(&interpreter, &["uninstall", "-y", "guild"], &[]);
    assert_eq!(files(venv.path()), before);
    assert!(!venv.path().join("lib/guild").exists(), "an empty folder is left");
    assert_eq!(project.runs().len(), 3);
}

#[test]
fn a_wheel_among_the_users_own_packages() {
    let base = tempfile::tempdir().unwrap();
    let env = [("PYTHONUSERBASE", base.path()), ("PIP_BREAK_SYSTEM_PACKAGES", Path::new("1"))];
    // Newer systems keep pip from installing for them, not from installing for the user.
    let wheel = wheel().to_str().unwrap();
    let args = ["install", "--user", "--no-index", "--no-warn-script-location", wheel];
    let mut command = Command::new(python());
    command.args(["-m", "pip", "--disable-pip-version-check", "-q"]).args(args).envs(env);
    outcome(&command.output().unwrap());
    let project = project();
    let run = project.guild("run where.py -y").program(&base.path().join("bin/guild"));
    assert!(run.succeeds().stdout.ends_with(" 1\n"));
}

/// What Python prints of an expression, with the build backend at hand.
fn backend(expression: &str) -> std::process::Output {
    let code = format!("import wheel_of_guild as w; print({expression})");
    let mut python = Command::new(python());
    python.args(["-c", &code]).current_dir(repository().join("packaging"));
    python.env_remove("GUILD_WHEEL_GLIBC").env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap()
}

#[test]
fn the_name_of_the_wheel_says_what_its_files_need() {
    let built = Path::new(env!("CARGO_BIN_EXE_guild")).parent().unwrap();
    let folder = built.to_str().unwrap();
    let files = outcome(&backend(&format!(
        "'\\n'.join(str(f) for f in (lambda p, l: [p, *l.values()])(*w.already_built({folder:?})))"
    )));
    let mut newest = 17;
    for file in files.stdout.lines() {
        let Ok(out) = Command::new("objdump").args(["-T", file]).output() else {
            return eprintln!("skipped: there is no objdump");
        };
        let symbols = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(symbols.contains("GLIBC_2."), "{file}");
        let minors = symbols.split("GLIBC_2.").skip(1);
        let minors = minors.map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next().unwrap());
        newest = minors.map(|minor| minor.parse().unwrap()).fold(newest, u32::max);
    }
    let name = wheel().file_name().unwrap().to_str().unwrap();
    assert!(name.contains(&format!("-manylinux_2_{newest}_")), "{name}: {newest}");
}

#[test]
fn another_glibc_takes_another_linker() {
    let required = |settings: &str| backend(&format!("w.get_requires_for_build_wheel({settings})"));
    assert_eq!(outcome(&required("None")).stdout, "[]\n");
    let zig = outcome(&required("{'glibc': '2.17'}")).stdout;
    assert_eq!(zig, "['cargo-zigbuild', 'ziglang']\n");
    let refused = required("{'glibc': 'musl'}");
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(said, "no wheel can be built for glibc musl: try 2.17, on Linux\n");
    let mut packs = Command::new(python());
    packs.arg(repository().join("packaging/wheel_of_guild.py"));
    let refused = packs.args(["--from", "target/debug", "--glibc", "2.17"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("--glibc is for what is built"), "{said}");
}
