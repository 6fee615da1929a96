//! Taking a run's files back to a project: which are copied where, and which are not.
//!
//! Behaviour of Guild AI 0.9.0's `run_merge.py`: the manifest of the run says where in the project a
//! file came from. A path that would leave the target directory is not followed.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

use guild_sourcecode::fnmatch::fnmatch;
use guild_sourcecode::vcs::WorkTree;
use guild_store::manifest::{self, Entry};
use guild_store::{PathError, Run};

/// What to copy.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Also files that are neither source code nor dependencies.
    pub all: bool,
    /// No source code.
    pub skip_sourcecode: bool,
    /// No dependencies.
    pub skip_deps: bool,
    /// Patterns for paths in the target directory that are left out.
    pub exclude: Vec<String>,
}

/// What a merge will do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The run.
    pub run: Run,
    /// Where files go, absolute. It may not exist.
    pub target_dir: PathBuf,
    /// The files that are copied, by their paths in the run.
    pub to_copy: Vec<Copied>,
    /// The files that are not, by their paths in the run.
    pub to_skip: Vec<Skipped>,
    /// What is written beside them.
    pub summary: Option<Summary>,
}

/// A file that says what run the others are of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The path in the target directory.
    pub target_path: String,
    /// What is written.
    pub text: String,
}

/// A file that is copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// `s` for source code, `d` for a dependency, `o` for another file.
    pub kind: String,
    /// The path in the run, with `/` between its parts.
    pub run_path: String,
    /// The path in the target directory.
    pub target_path: String,
}

/// A file that is not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// As [`Copied::kind`], or a letter of the manifest that is not known.
    pub kind: String,
    /// The path in the run, with `/` between its parts.
    pub run_path: String,
    /// The path in the target directory; none for what does not come from the project.
    pub target_path: Option<String>,
    /// Why.
    pub reason: Reason,
}

/// Why a file is not copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is the same in the target directory.
    Unchanged,
    /// A pattern of the user excludes it.
    Excluded,
    /// Source code is skipped.
    Sourcecode,
    /// Dependencies are skipped.
    Dependency,
    /// A dependency from elsewhere, or out of an archive.
    NotOfProject,
    /// It is neither source code nor a dependency.
    Unknown,
    /// Its path leads out of the target directory.
    Outside,
}

/// Why files that are there already cannot be replaced. The paths are in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// These would be replaced, and nobody keeps them.
    Replaced(Vec<String>),
    /// These have changes that the version control system does not have.
    Unstaged(Vec<String>),
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The run was made by something else, or long ago.
    #[error("run manifest does not exist for run {0}")]
    NoManifest(String),
    /// A file or folder cannot be read.
    #[error(transparent)]
    Path(#[from] PathError),
}

impl Reason {
    /// The letters by which 0.9.0's JSON has it.
    pub fn code(self) -> &'static str {
        match self {
            Reason::Unchanged => "u",
            Reason::Excluded => "x",
            Reason::Sourcecode => "s",
            Reason::Dependency => "d",
            Reason::NotOfProject => "npd",
            Reason::Unknown => "?",
            Reason::Outside => "out",
        }
    }
}

impl Skipped {
    /// The path to show: that in the target directory if there is one.
    pub fn path(&self) -> &str {
        self.target_path.as_deref().unwrap_or(&self.run_path)
    }

    /// Why it is not copied, in 0.9.0's words.
    pub fn why(&self) -> String {
        match self.reason {
            Reason::Unchanged => "unchanged".into(),
            Reason::Excluded => "excluded".into(),
            Reason::Sourcecode => "skipped source code".into(),
            Reason::Dependency => "skipped dependency".into(),
            Reason::NotOfProject => "non-project dependency".into(),
            Reason::Unknown if self.kind == "o" => "non-project file".into(),
            Reason::Unknown => format!("unknown (type={})", self.kind),
            Reason::Outside => "outside the target directory".into(),
        }
    }
}

/// Looks which files of `run` go where in `target_dir`. Nothing is written. Manifest lines that
/// cannot be used are told to `warn`.
pub fn plan(
    run: &Run,
    target_dir: &Path,
    options: &Options,
    mut warn: impl FnMut(String),
) -> Result<Plan, Error> {
    let manifest = manifest::read(run)?.ok_or_else(|| Error::NoManifest(run.id().into()))?;
    let mut entries: HashMap<&str, &Entry> = HashMap::new();
    for entry in &manifest.entries {
        match (entry.dest(), entry.0.len()) {
            (Some(dest), 4 | 5) => drop(entries.insert(dest, entry)),
            _ => warn(format!("unexpected manifest entry for run {}: {:?}", run.id(), entry.0)),
        }
    }
    let target_dir = target_dir.to_path_buf();
    let mut plan =
        Plan { run: run.clone(), target_dir, to_copy: vec![], to_skip: vec![], summary: None };
    let mut files = Vec::new();
    find(run.dir(), "", &mut Vec::new(), &mut files)?;
    files.sort();
    for path in files {
        match entries.get(path.as_str()) {
            Some(entry) => plan.add_known(entry, &path, options),
            None if path.starts_with(".guild") => {}
            None if options.all => plan.add("o", &path, &path, options),
            None => plan.skip("o", &path, Some(&path), Reason::Unknown),
        }
    }
    plan.drop_sourcecode_of_dependencies();
    Ok(plan)
}

/// The files below `dir`, links followed, as paths below the run. `above` are the folders on the
/// way, so that a link to one of them is not followed round and round.
fn find(
    dir: &Path,
    prefix: &str,
    above: &mut Vec<PathBuf>,
    files: &mut Vec<String>,
) -> Result<(), PathError> {
    let real = dir.canonicalize().map_err(PathError::on("read", dir))?;
    if above.contains(&real) {
        return Ok(());
    }
    above.push(real);
    for entry in fs::read_dir(dir).map_err(PathError::on("read", dir))? {
        let entry = entry.map_err(PathError::on("read", dir))?;
        // A name that is no text is in no manifest either, and no project can want it back.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = format!("{prefix}{name}");
        match entry.path().metadata() {
            Ok(meta) if meta.is_dir() => find(&entry.path(), &format!("{path}/"), above, files)?,
            Ok(meta) if meta.is_file() => files.push(path),
            _ => {}
        }
    }
    above.pop();
    Ok(())
}

impl Plan {
    fn add_known(&mut self, entry: &Entry, path: &str, options: &Options) {
        let source = entry.source().unwrap_or_default();
        match entry.kind() {
            "s" if options.skip_sourcecode => {
                self.skip("s", path, Some(source), Reason::Sourcecode);
            }
            "s" => self.add("s", path, source, options),
            "d" => {
                let whole_file = entry.0.get(4).is_none_or(String::is_empty);
                let target = source.strip_prefix("file:").filter(|_| whole_file);
                match target {
                    _ if options.skip_deps => self.skip("d", path, target, Reason::Dependency),
                    Some(target) => self.add("d", path, target, options),
                    None => self.skip("d", path, None, Reason::NotOfProject),
                }
            }
            kind => self.skip(kind, path, Some(source), Reason::Unknown),
        }
    }

    fn add(&mut self, kind: &str, path: &str, target: &str, options: &Options) {
        let reason = if options.exclude.iter().any(|pattern| fnmatch(target, pattern)) {
            Reason::Excluded
        } else if !stays_inside(target) {
            Reason::Outside
        } else if same(&self.run.dir().join(path), &self.target_dir.join(target)) {
            Reason::Unchanged
        } else {
            let [kind, run_path, target_path] = [kind, path, target].map(String::from);
            return self.to_copy.push(Copied { kind, run_path, target_path });
        };
        self.skip(kind, path, Some(target), reason);
    }

    fn skip(&mut self, kind: &str, path: &str, target: Option<&str>, reason: Reason) {
        self.to_skip.push(Skipped {
            kind: kind.into(),
            run_path: path.into(),
            target_path: target.map(String::from),
            reason,
        });
    }

    /// What the run itself had of a file counts more than what was copied as source code.
    fn drop_sourcecode_of_dependencies(&mut self) {
        let others = self.to_copy.iter().filter(|file| file.kind != "s");
        let others: BTreeSet<String> = others.map(|file| file.target_path.clone()).collect();
        self.to_copy.retain(|file| file.kind != "s" || !others.contains(&file.target_path));
    }

    /// Also writes `text` into the file `name` of the target directory. False if it is not in there.
    pub fn add_summary(&mut self, name: &str, text: String) -> bool {
        self.summary = stays_inside(name).then(|| Summary { target_path: name.into(), text });
        self.summary.is_some()
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.to_copy.is_empty() && self.summary.is_none()
    }

    /// The files that are there already and will be replaced, in order.
    pub fn replaced(&self) -> Vec<String> {
        let mut paths = self.written_in_order();
        paths.retain(|path| self.target_dir.join(path).exists());
        paths.dedup();
        paths.into_iter().map(String::from).collect()
    }

    /// Why files cannot be replaced. What `work_tree`, if there is one, has a copy of can be.
    pub fn obstacle(&self, work_tree: Option<&WorkTree>) -> Option<Obstacle> {
        let replaced = self.replaced();
        let Some(tree) = work_tree else {
            return (!replaced.is_empty()).then_some(Obstacle::Replaced(replaced));
        };
        if replaced.iter().any(|path| !tree.files.contains(Path::new(path))) {
            return Some(Obstacle::Replaced(replaced));
        }
        let is_unstaged = |path: &String| tree.unstaged.contains(Path::new(path));
        let unstaged: Vec<String> = replaced.into_iter().filter(is_unstaged).collect();
        (!unstaged.is_empty()).then_some(Obstacle::Unstaged(unstaged))
    }

    /// The files that are written, by their paths in the target directory.
    pub fn written_in_order(&self) -> Vec<&str> {
        let copied = self.to_copy.iter().map(|file| &file.target_path);
        let summary = self.summary.iter().map(|summary| &summary.target_path);
        let mut paths: Vec<&str> = copied.chain(summary).map(String::as_str).collect();
        paths.sort_unstable();
        paths
    }

    /// Writes the files, each told before by its path in the target directory. A file is replaced as
    /// a whole or not at all.
    pub fn apply(&self, mut tell: impl FnMut(&str)) -> Result<(), PathError> {
        let mut files: Vec<_> = self.to_copy.iter().collect();
        files.sort_by_key(|file| &file.target_path);
        let in_place = |path: &str, write: &dyn Fn(&Path) -> io::Result<()>| {
            let target = self.target_dir.join(path);
            replace(&target, write).map_err(PathError::on("write", &target))
        };
        for file in files {
            tell(&file.target_path);
            let source = self.run.dir().join(&file.run_path);
            in_place(&file.target_path, &|new| fs::copy(&source, new).map(drop))?;
        }
        if let Some(summary) = &self.summary {
            tell(&summary.target_path);
            in_place(&summary.target_path, &|new| fs::write(new, &summary.text))?;
        }
        Ok(())
    }
}

/// Whether a path stays below the folder that it is seen from.
fn stays_inside(path: &str) -> bool {
    let mut depth = 0_i32;
    for part in Path::new(path).components() {
        depth += match part {
            Component::Normal(_) => 1,
            Component::CurDir => 0,
            Component::ParentDir => -1,
            Component::RootDir | Component::Prefix(_) => return false,
        };
        if depth < 0 {
            return false;
        }
    }
    depth > 0
}

/// Whether both are files with the same content.
fn same(one: &Path, other: &Path) -> bool {
    let content = || -> io::Result<bool> {
        let (mut one, mut other) = (File::open(one)?, File::open(other)?);
        let (meta, other_meta) = (one.metadata()?, other.metadata()?);
        if !other_meta.is_file() || meta.len() != other_meta.len() {
            return Ok(false);
        }
        let (mut block, mut other_block) = (vec![0; 1 << 16], vec![0; 1 << 16]);
        loop {
            let n = one.read(&mut block)?;
            if n == 0 {
                return Ok(other.read(&mut other_block)? == 0);
            }
            match other.read_exact(&mut other_block[..n]) {
                Ok(()) if block[..n] == other_block[..n] => {}
                _ => return Ok(false),
            }
        }
    };
    content().unwrap_or(false)
}

/// Writes a new file beside `target`, which then takes its place. A link there stays a link, and what
/// it leads to is replaced.
fn replace(target: &Path, write: impl Fn(&Path) -> io::Result<()>) -> io::Result<()> {
    let target = target.canonicalize().unwrap_or_else(|_| target.to_path_buf());
    if target.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let dir = target.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(dir)?;
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let new = dir.join(format!(".{name}.guild-{}", std::process::id()));
    let done = write(&new).and_then(|()| fs::rename(&new, &target));
    if done.is_err() {
        let _ = fs::remove_file(&new);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_with(files: &[(&str, &str)], manifest: &str) -> (tempfile::TempDir, Run) {
        let dir = tempfile::tempdir().unwrap();
        let run = Run::at(dir.path().join("run"));
        for (path, text) in files.iter().chain(&[(".guild/manifest", manifest)]) {
            let path = run.dir().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        (dir, run)
    }

    fn planned(run: &Run, target: &Path, options: &Options) -> Vec<String> {
        let plan = plan(run, target, options, |warning| panic!("{warning}")).unwrap();
        let copied = plan.to_copy.iter().map(|c| format!("{} {}", c.kind, c.target_path));
        let skipped = plan.to_skip.iter().map(|s| format!("- {}: {}", s.path(), s.why()));
        copied.chain(skipped).collect()
    }

    #[test]
    fn paths_that_lead_out_are_not_followed() {
        let manifest = "s a.txt - ../a.txt\ns b.txt - /tmp/b.txt\nd c - file:x/../../c\ni e - f\n";
        let (dir, run) = run_with(&[("a.txt", ""), ("b.txt", ""), ("c", ""), ("e", "")], manifest);
        assert_eq!(
            planned(&run, &dir.path().join("target"), &Options::default()),
            [
                "- ../a.txt: outside the target directory",
                "- /tmp/b.txt: outside the target directory",
                "- x/../../c: outside the target directory",
                "- f: unknown (type=i)",
            ]
        );
    }

    #[test]
    fn a_dependency_comes_before_source_code() {
        let manifest = "s src/d - d\nd d - file:d\nd z - file:z.zip z\n";
        let (dir, run) = run_with(&[("src/d", "1"), ("d", "2"), ("z", "")], manifest);
        let target = dir.path().join("target");
        let planned = |options: &Options| planned(&run, &target, options);
        assert_eq!(planned(&Options::default()), ["d d", "- z: non-project dependency"]);
        let options = Options { skip_deps: true, ..Options::default() };
        assert_eq!(
            planned(&options),
            ["s d", "- d: skipped dependency", "- z: skipped dependency"]
        );
    }

    #[test]
    fn links_in_circles_end() {
        let (dir, run) = run_with(&[("a/b", "1")], "");
        std::os::unix::fs::symlink(run.dir(), run.dir().join("a/up")).unwrap();
        std::os::unix::fs::symlink(run.dir().join("nowhere"), run.dir().join("broken")).unwrap();
        let options = Options { all: true, ..Options::default() };
        assert_eq!(planned(&run, &dir.path().join("target"), &options), ["o a/b"]);
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_and_a_link_followed() {
        let (dir, run) = run_with(&[("a", "new")], "s a - a\n");
        let target = dir.path().join("target");
        fs::create_dir(&target).unwrap();
        fs::write(dir.path().join("real"), "old").unwrap();
        std::os::unix::fs::symlink("../real", target.join("a")).unwrap();
        let plan = plan(&run, &target, &Options::default(), drop).unwrap();
        assert_eq!(plan.obstacle(None), Some(Obstacle::Replaced(vec!["a".into()])));
        plan.apply(|_| {}).unwrap();
        assert!(target.join("a").is_symlink());
        assert_eq!(fs::read_to_string(dir.path().join("real")).unwrap(), "new");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 3, "nothing is left behind");
    }
}
