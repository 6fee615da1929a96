//! A user, their projects and their runs, as both sides see them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use guild_plugin_api::Value;
use guild_store::format::Context;
use guild_store::format::info::{self, Scalar, ScalarValues};
use guild_store::format::list::{self, Columns};
use guild_store::format::table::Screen;
use guild_store::{Filters, Run, Store, Zone, select};

use super::Oracle;

/// A user's home with projects and a Guild home, and the oracle working on it.
pub struct World {
    pub oracle: Oracle,
    pub store: Store,
    pub user: PathBuf,
    _dir: tempfile::TempDir,
    running: Option<Child>,
}

impl World {
    pub fn new() -> Option<World> {
        let dir = tempfile::tempdir().unwrap();
        let user = fs::canonicalize(dir.path()).unwrap().join("ann");
        let home = user.join("guild-home");
        fs::create_dir_all(&user).unwrap();
        let oracle = Oracle::start(&home, &user)?;
        Some(World { oracle, store: Store::new(home), user, _dir: dir, running: None })
    }

    pub fn ctx(&self, cwd: &Path) -> Context {
        let zone = Zone::of_variable(super::TZ);
        Context { cwd: cwd.into(), user_home: self.user.clone(), zone }
    }

    /// Writes `files` into a project of this name and returns its folder.
    pub fn project(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let dir = self.user.join(name);
        fs::create_dir_all(&dir).unwrap();
        for (name, content) in files {
            fs::write(dir.join(name), content).unwrap();
        }
        dir
    }

    pub fn run(&mut self, project: &Path, args: &[&str]) {
        self.oracle.guild(project, &[&["run", "-y"], args].concat());
    }

    /// A process that lives as long as this.
    pub fn living_pid(&mut self) -> u32 {
        self.running.insert(Command::new("sleep").arg("300").spawn().unwrap()).id()
    }

    /// Compares the lists, and each run's information, as seen from `cwd`.
    pub fn compare(&mut self, cwd: &Path) {
        let runs = self.store.runs().unwrap();
        let ctx = self.ctx(cwd);
        let full = |runs: &[Run]| list::text(runs, Columns::Full, false, Screen::default(), &ctx);
        assert_eq!(full(&runs), self.oracle.out(cwd, &["runs", "-a"]));
        let verbose = list::text(&runs, Columns::Full, true, Screen::default(), &ctx);
        assert_eq!(verbose, self.oracle.out(cwd, &["runs", "-a", "-v"]));
        let simplified = list::text(&runs, Columns::Simplified, false, Screen::default(), &ctx);
        assert_eq!(simplified, self.oracle.out(cwd, &["runs", "-a", "-s"]));
        assert_eq!(list::to_json(&runs) + "\n", self.oracle.out(cwd, &["runs", "--json"]));
        for run in &runs {
            self.compare_info(run, cwd);
        }
        let plain = info::text(&runs[0], &[], info::Options::default(), &ctx);
        assert_eq!(plain, self.oracle.out(cwd, &["runs", "info"]));
    }

    fn compare_info(&mut self, run: &Run, cwd: &Path) {
        let ctx = self.ctx(cwd);
        let all = ["-c", "-e", "-m", "-d", "-p", "--private-attrs"];
        let json =
            self.oracle.out(cwd, &[&["runs", "info", run.id(), "--json"][..], &all].concat());
        let scalars = scalars_of(&json);
        let options = info::Options {
            comments: true,
            env: true,
            manifest: true,
            deps: true,
            plugins: true,
            private_attrs: true,
            json: false,
        };
        assert_eq!(info::to_json(run, &scalars, options, &ctx) + "\n", json);
        let text = self.oracle.out(cwd, &[&["runs", "info", run.id()][..], &all].concat());
        assert_eq!(info::text(run, &scalars, options, &ctx), text);
    }

    /// Compares which runs `specs` mean, with filter options for both sides.
    pub fn compare_selection(&mut self, specs: &[&str], options: &[&str], filters: Filters) {
        let cwd = self.user.clone();
        let listed = filters.apply(self.store.runs().unwrap());
        let args = [&["select", "--all"], options, &["--"], specs].concat();
        let theirs = self.oracle.guild(&cwd, &args);
        match select::select(&listed, specs) {
            Ok(ours) => {
                let ids: String = ours.iter().map(|run| format!("{}\n", run.id())).collect();
                assert_eq!((theirs.code, theirs.out), (0, ids), "{args:?}");
            }
            Err(e) => {
                let prefix =
                    if matches!(e, select::SelectError::Ambiguous(..)) { "" } else { "guild: " };
                let message = format!("{prefix}{}\n", e.message(Some("guild select")));
                assert_eq!((theirs.code, theirs.err), (1, message), "{args:?}");
            }
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The scalars of `guild runs info --json`, in its order: this crate does not read them itself.
fn scalars_of(json: &str) -> Vec<Scalar> {
    // JSON is YAML, and this reader keeps the order.
    let data = guild_yaml::decode(json).unwrap();
    let scalar = |(key, v): &(Value, Value)| match v.as_list() {
        Some([Value::Float(value), Value::Int(step)]) => Scalar {
            key: key.as_str().unwrap().to_string(),
            values: ScalarValues::Last(*value, *step),
        },
        other => panic!("no scalar: {other:?}"),
    };
    data.get("scalars").unwrap().as_map().unwrap().iter().map(scalar).collect()
}
