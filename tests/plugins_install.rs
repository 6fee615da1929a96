//! Plugins of third parties: made, built, installed, used and uninstalled.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::harness::{Guild, Project, assert_like, repository};

/// Where plugins are built: kept from one test run to the next.
pub fn target_dir() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_guild"));
    program.ancestors().nth(2).unwrap().join("sample-plugins")
}

/// What cargo needs of the environment, which the harness takes away.
fn cargo_environment() -> &'static [(String, String)] {
    static ENVIRONMENT: OnceLock<Vec<(String, String)>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let home = std::env::home_dir().unwrap();
        let or_home = |name: &str, folder: &str| {
            let value = std::env::var(name).unwrap_or(home.join(folder).display().to_string());
            (name.to_string(), value)
        };
        let mut all = vec![
            or_home("CARGO_HOME", ".cargo"),
            or_home("RUSTUP_HOME", ".rustup"),
            ("CARGO_TARGET_DIR".into(), target_dir().display().to_string()),
        ];
        all.extend(std::env::var("RUSTUP_TOOLCHAIN").ok().map(|v| ("RUSTUP_TOOLCHAIN".into(), v)));
        // What the samples need, the workspace needs too: it is there already, as a rule.
        let fetched = Command::new("cargo")
            .args(["fetch", "--quiet", "--offline", "--manifest-path"])
            .arg(sample("shell_script").join("Cargo.toml"))
            .output();
        if fetched.is_ok_and(|out| out.status.success()) {
            all.push(("CARGO_NET_OFFLINE".into(), "true".into()));
        }
        all
    })
}

fn with_cargo(guild: Guild) -> Guild {
    cargo_environment().iter().fold(guild, |guild, (name, value)| guild.env(name, value))
}

fn sample(name: &str) -> PathBuf {
    repository().join("samples/plugins").join(name)
}

/// Where plugins are installed for the user of a project.
fn user_folder(project: &Project) -> PathBuf {
    project.dir().parent().unwrap().join(".guild/plugins")
}

/// The files in the user's plugin folder.
fn installed_files(project: &Project) -> Vec<String> {
    let Ok(files) = fs::read_dir(user_folder(project)) else { return Vec::new() };
    let names = files.map(|f| f.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name != ".lock").collect();
    names.sort();
    names
}

/// `guild plugins install PATH`, with cargo at hand.
pub fn install(project: &Project, path: &Path) -> Guild {
    with_cargo(project.guild_args(&["plugins", "install", path.to_str().unwrap()]))
}

fn library_name(name: &str) -> String {
    format!("{}{name}{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX)
}

/// A folder with one of the workspace's plugins, as somebody would hand it over.
fn handed_over(project: &Project, name: &str) -> PathBuf {
    let folder = project.path("incoming");
    fs::create_dir_all(&folder).unwrap();
    let library = library_name(&format!("guild_{name}"));
    let built = Path::new(env!("CARGO_BIN_EXE_guild")).with_file_name("deps").join(&library);
    fs::copy(built, folder.join(library)).unwrap();
    let manifest = format!(
        "name: {name}\nversion: 0.1.0\napi: 1.0.0\nlibrary: guild_{name}\n\
         handles: {{files: ['*.faulty']}}\n"
    );
    fs::write(folder.join(format!("{name}.plugin.yml")), manifest).unwrap();
    folder
}

#[test]
fn shell_scripts_from_installation_to_uninstallation() {
    let script = "#!/bin/sh\n# Trains.\n# LR: the learning rate\nLR=${LR:-0.1}\n: \"${N:=10}\"\n\
                  FAST=${FAST:-true}\nNAME=${NAME:-\"a b\"}\necho \"$LR $N $FAST $NAME $0\"\n";
    let project = Project::with(&[("train.sh", script), ("sub/train.sh", script)]);
    project.guild("run train.sh -y").fails(1);
    let out = install(&project, &sample("shell_script")).succeeds();
    let folder = user_folder(&project);
    let told = format!("Installed plugin 'shell_script' 0.1.0 in {}\n", folder.display());
    assert_eq!(out.stdout, told);
    let library = library_name("guild_shell_script");
    assert_eq!(installed_files(&project), [library.as_str(), "shell_script.plugin.yml"]);
    let list = project.guild("plugins list").succeeds().stdout;
    let words: Vec<_> = list.lines().next().unwrap().split_whitespace().take(4).collect();
    assert_eq!(words, ["shell_script", "0.1.0", "*.sh", "installed"]);
    project.guild("plugins check shell_script").succeeds();

    let out = project.guild("run train.sh -y").succeeds();
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("0.1 10 true a b train.sh\n", ""));
    let args = ["run", "sub/train.sh", "LR=0.5", "FAST=no", "NAME=x y", "-y"];
    assert_eq!(project.guild_args(&args).succeeds().stdout, "0.5 10 false x y sub/train.sh\n");
    assert_eq!(project.info("operation"), "sub/train.sh");
    assert_eq!(project.info("label"), "FAST=no LR=0.5 N=10 NAME='x y'");
    assert_eq!(project.info("command"), "/bin/sh sub/train.sh");
    let out = project.guild("run train.sh RATE=1 -y").fails(1);
    assert!(out.stderr.contains("RATE"), "{}", out.stderr);
    let show = project.guild("ops show train.sh").succeeds().stdout;
    assert!(show.contains("description: the learning rate"), "{show}");
    assert!(project.runs()[0].join("train.sh").exists());
    assert_eq!(project.attr(&project.runs()[0], "plugins"), "- shell_script\n");

    let file = "train:\n  shell: train.sh\n  flags-import: all\n  flags:\n    LR: 0.2\n";
    project.write("guild.yml", file);
    let out = project.guild("run train N=3 -y").succeeds();
    assert_eq!((out.stdout.as_str(), out.stderr.as_str()), ("0.2 3 true a b train.sh\n", ""));
    let op = project.guild("run train --print-cmd").succeeds();
    assert_eq!(op.stdout, "/bin/sh train.sh\n");
    project.write("guild.yml", "train:\n  shell: none.sh\n");
    let out = project.guild("run train -y").fails(1);
    assert!(out.stderr.contains("cannot read script 'none.sh'"), "{}", out.stderr);
    fs::remove_file(project.path("guild.yml")).unwrap();

    let out = project.guild("plugins uninstall shell_script").succeeds();
    assert_eq!(out.stdout, "Uninstalled plugin 'shell_script' 0.1.0\n");
    assert!(installed_files(&project).is_empty());
    project.guild("run train.sh -y").fails(1);
    assert_eq!(project.info("operation"), "train");
}

#[test]
fn node_scripts_from_installation_to_uninstallation() {
    let script = "const rate = 0.1; // how fast\nconst fast = true;\nconst name = 'foo';\n";
    let project = Project::with(&[("train.mjs", script), ("node_modules/p/index.js", "")]);
    install(&project, &sample("node_script")).succeeds();
    // Not every machine has Node.js: what matters here is how it is called.
    let bin = project.dir().parent().unwrap().join("bin");
    fs::create_dir(&bin).unwrap();
    let node = "#!/bin/sh\necho \"$@\"\necho $FLAG_RATE $FLAG_FAST $NODE_PATH\n";
    fs::write(bin.join("node"), node).unwrap();
    fs::set_permissions(bin.join("node"), fs::Permissions::from_mode(0o755)).unwrap();

    let run = |line: &str| project.guild(line).env("PATH", &bin);
    let out = run("run train.mjs rate=0.5 fast=no -y").succeeds();
    let packages = project.path("node_modules").canonicalize().unwrap();
    let expected =
        format!("train.mjs --fast false --name foo --rate 0.5\n0.5 false {}\n", packages.display());
    assert_eq!((out.stdout, out.stderr), (expected, String::new()));
    let kept = project.run();
    assert!(kept.join("train.mjs").exists() && !kept.join("node_modules").exists());
    assert_eq!(project.info("label"), "fast=no name=foo rate=0.5");

    fs::remove_file(bin.join("node")).unwrap();
    let out = run("run train.mjs -y").fails(1);
    assert_eq!(
        out.stderr,
        "guild: cannot find node, which is to run 'train.mjs'\n\
         Install Node.js, or put the folder of node on PATH.\n"
    );
    assert_eq!(project.runs().len(), 1);
    project.guild("plugins uninstall node_script").succeeds();
    assert!(installed_files(&project).is_empty());
}

#[test]
fn the_guide_from_a_new_plugin_to_a_run() {
    let text = fs::read_to_string(repository().join("docs/plugins.md")).unwrap();
    let (_, transcript) = text.split_once("```console\n").unwrap();
    let (transcript, _) = transcript.split_once("```").unwrap();
    let project = Project::new();
    let api = repository().join("plugin-api").display().to_string();
    let mut cwd = project.dir();
    for part in transcript.split("$ ").skip(1) {
        let (command, expected) = part.split_once('\n').unwrap();
        let command = command.replace("~/src/guild/plugin-api", &api);
        let words: Vec<_> = command.split_whitespace().collect();
        let out = match words[0] {
            "cd" => {
                cwd.push(words[1]);
                // So that it is built with what is here already.
                fs::copy(repository().join("Cargo.lock"), cwd.join("Cargo.lock")).unwrap();
                continue;
            }
            "guild" => {
                with_cargo(project.guild_args(&words[1..])).current_dir(&cwd).succeeds().stdout
            }
            program => {
                let mut command = Command::new(program);
                command.args(&words[1..]).current_dir(&cwd);
                command.envs(cargo_environment().iter().map(|(n, v)| (n, v)));
                let out = command.output().unwrap();
                assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
                // Of all that cargo tells, what became of the tests.
                let out = String::from_utf8(out.stdout).unwrap();
                out.lines().find(|l| l.starts_with("test result")).unwrap().to_string()
            }
        };
        assert_like(&out, expected);
    }
    assert!(installed_files(&project).is_empty());
}

#[test]
fn a_new_plugin_needs_a_name_and_a_place() {
    let project = Project::with(&[("taken/file", "")]);
    let told = |line: &str| project.guild(line).fails(1).stderr;
    assert!(told("plugins new taken").contains("/taken exists already\n"));
    assert!(told("plugins new 2Fast").contains("'2Fast' cannot be the name of a plugin\n"));
    assert!(told("plugins new python_script").contains("guild has a plugin 'python_script'"));
    assert!(
        told("plugins new x --api-path .").contains("is not the folder of guild's plugin-api\n")
    );
    project.guild("plugins new job").succeeds();
    let cargo = fs::read_to_string(project.path("job/Cargo.toml")).unwrap();
    assert!(cargo.contains("\nguild-plugin-api = \"1\"\n"), "{cargo}");
    let names = fs::read_dir(project.dir()).unwrap().count();
    assert_eq!(names, 2);
}

#[test]
fn an_older_version_is_replaced_without_a_trace() {
    let project = Project::with(&[("fine.faulty", "")]);
    let folder = handed_over(&project, "faulty");
    let user = user_folder(&project);
    fs::create_dir_all(&user).unwrap();
    let old = "name: faulty\nversion: 0.0.9\napi: 1.0.0\nlibrary: faulty_old\n";
    fs::write(user.join("faulty.plugin.yml"), old).unwrap();
    fs::write(user.join(library_name("faulty_old")), "").unwrap();
    let out = install(&project, &folder).succeeds();
    let told = "Installed plugin 'faulty' 0.1.0 in the place of 0.0.9 in ";
    assert!(out.stdout.starts_with(told), "{}", out.stdout);
    let library = library_name("guild_faulty");
    assert_eq!(installed_files(&project), ["faulty.plugin.yml", &library]);
    // The same again, from each of its files.
    for file in ["faulty.plugin.yml", &library] {
        install(&project, &folder.join(file)).succeeds();
    }
    assert_eq!(project.guild("run fine.faulty -y").succeeds().stdout, "hello\n");
    // Nobody but the user can change what was installed.
    let mode = |file: &str| fs::metadata(user.join(file)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("faulty.plugin.yml"), mode(&library)), (0o644, 0o755));
}

#[test]
fn several_at_once_do_not_mix() {
    let project = Project::new();
    let folder = handed_over(&project, "faulty");
    let all: Vec<_> = (0..6).map(|_| install(&project, &folder).start()).collect();
    for mut one in all {
        assert!(one.wait().unwrap().success());
    }
    assert_eq!(installed_files(&project).len(), 2);
    project.guild("plugins check faulty").succeeds();
}

#[test]
fn what_does_not_load_is_not_installed() {
    let project = Project::new();
    let told = |path: &Path| {
        let out = install(&project, path).fails(1);
        assert!(installed_files(&project).is_empty());
        out.stderr
    };
    let folder = handed_over(&project, "faulty");
    let library = folder.join(library_name("guild_faulty"));
    let manifest = folder.join("faulty.plugin.yml");
    let text = fs::read_to_string(&manifest).unwrap();

    fs::write(&manifest, text.replace("api: 1.0.0", "api: 2.1.0")).unwrap();
    assert!(told(&folder).starts_with(
        "guild: plugin 'faulty' cannot be installed: built for plugin api 2.1.0, this guild speaks 1.x\n"
    ));
    fs::write(&manifest, text.replace("version: 0.1.0", "version: 0.2.0")).unwrap();
    let stderr = told(&folder);
    assert!(stderr.contains("cannot be installed: failed at stage 'info': the library says"));
    assert!(stderr.contains(library.to_str().unwrap()), "{stderr}");
    fs::write(&manifest, "name: [").unwrap();
    assert!(told(&folder).contains("cannot be installed: invalid manifest: "));
    fs::write(&manifest, &text).unwrap();
    fs::write(&library, "I am only text").unwrap();
    assert!(told(&manifest).contains("failed at stage 'file': the file is not an ELF library"));
    fs::remove_file(&library).unwrap();
    assert!(told(&folder).contains("cannot be installed: its library "));
    fs::write(folder.join("other.plugin.yml"), "name: other\napi: 1.0.0\n").unwrap();
    assert!(told(&folder).contains("there are several plugins in "));
    assert!(told(&project.path("nowhere")).contains("cannot read "));
}

#[test]
fn a_project_that_does_not_build_is_not_installed() {
    let package = "[package]\nname = 'odd'\nversion = '0.1.0'\nedition = '2024'\n[workspace]\n";
    let cases = [
        ("[package", "", "guild: cannot build plugin 'odd' in "),
        (package, "nonsense", "guild: cannot build plugin 'odd' in "),
        (
            package,
            "",
            "guild: plugin 'odd' cannot be installed: its project makes no library to load\n",
        ),
        (
            "[lib]\nname = 'even'\ncrate-type = ['cdylib']\n",
            "",
            "guild: plugin 'odd' cannot be installed: its manifest names the library libodd.so, its project makes libeven.so\n",
        ),
        (
            "[lib]\ncrate-type = ['cdylib']\n",
            "",
            "guild: plugin 'odd' cannot be installed: failed at stage 'symbol': the library exports no guild plugin (",
        ),
    ];
    for (cargo, code, told) in cases {
        let cargo =
            if cargo.starts_with("[lib]") { format!("{package}{cargo}") } else { cargo.into() };
        let manifest = "name: odd\nversion: 0.1.0\napi: 1.0.0\n";
        let files =
            [("Cargo.toml", cargo.as_str()), ("src/lib.rs", code), ("odd.plugin.yml", manifest)];
        let project = Project::with(&files);
        let own_target = project.path("target");
        let out = install(&project, &project.dir()).env("CARGO_TARGET_DIR", own_target).fails(1);
        let stderr = out.stderr.replace("Building plugin 'odd' with cargo\n", "");
        assert!(stderr.starts_with(told), "{stderr}");
        // What cargo has to say is shown where it failed, and there only.
        assert_eq!(stderr.contains("error: "), told.contains("cannot build"), "{stderr}");
        assert!(installed_files(&project).is_empty());
    }
}

#[test]
fn a_name_of_guilds_own_wants_force() {
    let project = Project::new();
    let folder = handed_over(&project, "exec_script");
    let out = install(&project, &folder).fails(1);
    assert_eq!(
        out.stderr,
        "guild: plugin 'exec_script' cannot be installed: guild has one of that name\n\
         Use --force to have yours used instead.\n"
    );
    let args = ["plugins", "install", folder.to_str().unwrap(), "--force"];
    project.guild_args(&args).succeeds();
    let list = project.guild("plugins list").succeeds().stdout;
    let status: Vec<_> = list
        .lines()
        .filter(|l| l.starts_with("exec_script"))
        .filter_map(|l| l.split_whitespace().nth(3))
        .collect();
    assert_eq!(status, ["installed", "shadowed"]);
    project.guild("plugins uninstall exec_script").succeeds();
    let out = project.guild("plugins uninstall exec_script").fails(1);
    assert_eq!(
        out.stderr,
        "guild: plugin 'exec_script' is part of guild and cannot be uninstalled\n"
    );
}

#[test]
fn plugins_elsewhere_are_not_ours_to_uninstall() {
    let project = Project::new();
    let folder = handed_over(&project, "faulty");
    let out = install(&project, &folder).env("GUILD_PLUGIN_PATH", &folder).succeeds();
    assert_eq!(
        out.stderr,
        format!(
            "WARNING: it is not used: another plugin 'faulty' in {} comes first\n",
            folder.display()
        )
    );
    project.guild("plugins uninstall faulty").env("GUILD_PLUGIN_PATH", &folder).succeeds();
    let again = project.guild("plugins uninstall faulty").env("GUILD_PLUGIN_PATH", &folder);
    let stderr = again.fails(1).stderr;
    assert!(stderr.starts_with("guild: plugin 'faulty' is not in "), "{stderr}");
    assert!(stderr.contains(&format!("It is in {}: remove it there.", folder.display())));
    let stderr = project.guild("plugins uninstall faulty").fails(1).stderr;
    assert!(stderr.starts_with("guild: there is no plugin 'faulty'\n"));
}

#[test]
fn a_library_is_one_plugins() {
    let project = Project::new();
    let folder = handed_over(&project, "faulty");
    let user = user_folder(&project);
    fs::create_dir_all(&user).unwrap();
    let other = "name: other\nversion: 0.1.0\napi: 1.0.0\nlibrary: guild_faulty\n";
    fs::write(user.join("other.plugin.yml"), other).unwrap();
    let stderr = install(&project, &folder).fails(1).stderr;
    assert!(stderr.contains("libguild_faulty.so belongs to plugin 'other'\n"), "{stderr}");
    assert_eq!(installed_files(&project), ["other.plugin.yml"]);
    // A manifest that cannot be read can be removed, too.
    fs::write(user.join("torn.plugin.yml"), "name: [").unwrap();
    project.guild("plugins uninstall torn").succeeds();
    project.guild("plugins uninstall other").succeeds();
    install(&project, &folder).succeeds();
}

#[test]
fn nothing_is_installed_where_others_can_write() {
    let project = Project::new();
    let folder = handed_over(&project, "faulty");
    let user = user_folder(&project);
    fs::create_dir_all(&user).unwrap();
    fs::set_permissions(&user, fs::Permissions::from_mode(0o777)).unwrap();
    let stderr = install(&project, &folder).fails(1).stderr;
    let told = format!("cannot be installed: other users can write to {}\n", user.display());
    assert!(stderr.contains(&told), "{stderr}");
    assert!(installed_files(&project).is_empty());
}

#[test]
fn the_samples_own_tests_pass() {
    for name in ["shell_script", "node_script"] {
        let mut command = Command::new("cargo");
        // For release, as they are built for installation.
        command.args(["test", "--release", "--quiet"]).current_dir(sample(name));
        let out = command.envs(cargo_environment().iter().map(|(n, v)| (n, v))).output().unwrap();
        assert!(out.status.success(), "{name}: {}", String::from_utf8_lossy(&out.stdout));
    }
}
