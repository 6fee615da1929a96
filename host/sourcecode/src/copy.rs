//! Copying source code into a run.
//!
//! Source: `guild/op_util.py` of 0.9.0 (`copy_sourcecode`, `SourceCodeCopyHandler`) and
//! `guild/run_manifest.py`. Unlike there, all that cannot be copied is left out, not the end of
//! the run; only a destination that cannot be written to is an error.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::digest::FilesDigest;
use crate::error::Error;
use crate::paths;
use crate::select::{Select, Verdict};
use crate::transfer::Failure;
use crate::transfer_all::copy_all;
use crate::walk::{FolderId, Met, walk};

/// Where source code is copied to.
#[derive(Clone, Copy, Debug)]
pub struct Dest<'a> {
    /// The run's folder.
    pub run_dir: &'a Path,
    /// The folder in it, as configured by `sourcecode: dest:`; `.` for the run's folder itself.
    pub subdir: &'a str,
}

impl<'a, P: AsRef<Path> + ?Sized> From<&'a P> for Dest<'a> {
    /// The run's folder itself.
    fn from(run_dir: &'a P) -> Self {
        Self { run_dir: run_dir.as_ref(), subdir: "." }
    }
}

/// What was copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The files, in the order in which a manifest lists them.
    pub files: Vec<CopiedFile>,
    /// What the rules take but could not be copied.
    pub skipped: Vec<Skipped>,
    /// What the user is to be told, one text each, in the words of 0.9.0 where it has some.
    pub warnings: Vec<String>,
    /// The attribute `sourcecode_digest`; none when nothing was copied.
    pub digest: Option<String>,
}

/// A file that was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedFile {
    /// Where it is now, relative to the run's folder, with `/`.
    pub dest: String,
    /// Where it came from, relative to the root of the selection, with `/`.
    pub src: String,
    /// The SHA-1 of what it holds, in hexadecimal.
    pub sha1: String,
}

/// A file or folder that was not copied although the rules take it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Where it is, relative to the root of the selection, with `/`.
    pub path: String,
    /// Why it was not copied.
    pub reason: Reason,
}

/// Why something was not copied.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// It was there when looked for, but no more when copied.
    Vanished,
    /// It is a link to nothing.
    BrokenLink,
    /// It is a pipe, a socket or a device.
    NotAFile,
    /// It cannot be read, as the system said.
    Unreadable(String),
    /// Its name is not UTF-8 or has a line break, which a manifest cannot hold.
    Name,
    /// Where it would be copied to, the run has a link to elsewhere.
    LinkInRun,
}

/// What would be copied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The folder that all paths are relative to.
    pub root: PathBuf,
    /// The files that the rules take, with `/`.
    pub selected: Vec<String>,
    /// The files and folders that they leave out, with `/`; those in folders that are left out
    /// are not listed.
    pub skipped: Vec<String>,
    /// What the user is to be told.
    pub warnings: Vec<String>,
}

/// Copies the files of the project in `src_root` that `select` takes, those in `ignore` (relative
/// to the root of the selection) excepted.
///
/// Hashes are of the copies. Many files are copied on several threads. What is not there, or cannot be
/// read, is skipped. Links are followed: what they lead to is copied, and no link is ever written
/// through. If the run is inside the project, it is not copied into itself.
///
/// # Errors
///
/// [`Error::Write`] when a folder or file cannot be written. What was copied before is left.
pub fn copy<'a>(
    src_root: &Path,
    dest: impl Into<Dest<'a>>,
    select: &Select,
    ignore: &[PathBuf],
) -> Result<Report, Error> {
    let dest = dest.into();
    let root = source_root(src_root, select);
    let target = dest.run_dir.join(paths::normal(Path::new(dest.subdir)));
    let not_into: Vec<_> = [&target, dest.run_dir].into_iter().filter_map(FolderId::of).collect();

    let mut report = Report::default();
    let mut selected = Vec::new();
    let mut too_many = false;
    if !select.is_disabled() {
        walk(&root, select, &as_paths(ignore), &not_into, &mut |met| match met {
            Met::File { path, full, verdict, warning, exact } => {
                report.warnings.extend(warning);
                match verdict {
                    Verdict::Taken if !exact || path.contains('\n') => {
                        report.skip(path, full, Reason::Name);
                    }
                    Verdict::Taken => selected.push((path.to_owned(), full.to_path_buf())),
                    Verdict::Left => {}
                    Verdict::TooMany(max) => {
                        if !too_many {
                            report.warnings.push(too_many_files(max));
                        }
                        too_many = true;
                    }
                    Verdict::TooBig => report.warnings.push(too_big(full)),
                }
            }
            Met::PrunedFolder { .. } => {}
            Met::UnreadableFolder { path, full, error } if error.kind() != ErrorKind::NotFound => {
                report.skip(path, full, Reason::Unreadable(error.to_string()));
            }
            Met::UnreadableFolder { .. } => {}
            Met::TooManyLinks => report.warnings.push(TOO_MANY_LINKS.to_owned()),
        });
    }
    // An absolute one is not below the run, but relative to it all the same.
    let prefix = paths::slashed(&paths::relative(&target, dest.run_dir));
    copy_files(&selected, &target, &prefix, &mut report)?;
    Ok(report)
}

/// What [`copy`] would copy and leave out, for `guild run --test-sourcecode`.
pub fn plan(src_root: &Path, select: &Select, ignore: &[PathBuf]) -> Plan {
    let mut plan = Plan { root: source_root(src_root, select), ..Plan::default() };
    if select.is_disabled() {
        return plan;
    }
    let (selected, skipped) = (&mut plan.selected, &mut plan.skipped);
    walk(&plan.root, select, &as_paths(ignore), &[], &mut |met| match met {
        Met::File { path, verdict, warning, .. } => {
            plan.warnings.extend(warning);
            let list = if verdict == Verdict::Taken { &mut *selected } else { &mut *skipped };
            list.push(path.to_owned());
        }
        Met::PrunedFolder { path } => skipped.push(path.to_owned()),
        Met::UnreadableFolder { .. } => {}
        Met::TooManyLinks => plan.warnings.push(TOO_MANY_LINKS.to_owned()),
    });
    plan
}

fn source_root(src_root: &Path, select: &Select) -> PathBuf {
    let root = paths::normal(&src_root.join(&select.root));
    if root.as_os_str().is_empty() { PathBuf::from(".") } else { root }
}

fn as_paths(ignore: &[PathBuf]) -> HashSet<String> {
    ignore.iter().map(|path| paths::slashed(&paths::normal(path))).collect()
}

/// Copies the files to below `target`, which is `prefix` in the run, and adds them to the report in
/// the order they come in.
///
/// They are copied in the order in which the digest wants their content, which is another one.
fn copy_files(
    selected: &[(String, PathBuf)],
    target: &Path,
    prefix: &str,
    report: &mut Report,
) -> Result<(), Error> {
    let in_run = |path: &String| match prefix.is_empty() {
        true => path.clone(),
        false => format!("{prefix}/{path}"),
    };
    let mut order: Vec<(usize, String)> =
        selected.iter().map(|(path, _)| in_run(path)).enumerate().collect();
    order.sort_by(|(_, a), (_, b)| a.cmp(b));

    let mut folders = Folders { target, safe: HashMap::new() };
    let mut files = Vec::new();
    for (at, dest) in order {
        let (src, from) = &selected[at];
        let parent = src.rsplit_once('/').map_or("", |(parent, _)| parent);
        if !folders.provide(parent)? {
            report.skip(src, from, Reason::LinkInRun);
            continue;
        }
        files.push((at, dest, target.join(src)));
    }

    let mut digest = FilesDigest::default();
    let mut copied: Vec<Option<CopiedFile>> = vec![None; selected.len()];
    let pairs: Vec<_> = files.iter().map(|(at, _, to)| (&*selected[*at].1, &**to)).collect();
    copy_all(&pairs, |file, result| {
        let (at, dest, to) = &files[file];
        let (src, from) = &selected[*at];
        let result = result.and_then(|copy| {
            let sha1 = copy.sha1.clone();
            digest.file(dest, |md5| copy.add_to(md5)).map_err(Failure::Read)?;
            Ok(CopiedFile { dest: dest.clone(), src: src.clone(), sha1 })
        });
        match result {
            Ok(file) => copied[*at] = Some(file),
            Err(Failure::NotAFile) => report.skip(src, from, Reason::NotAFile),
            Err(Failure::Read(error)) => report.skip(src, from, unreadable(from, &error)),
            Err(Failure::Write(source)) => return Err(Error::Write { path: to.clone(), source }),
        }
        Ok(())
    })?;
    report.files = copied.into_iter().flatten().collect();
    report.digest = digest.finish();
    Ok(())
}

fn unreadable(path: &Path, error: &io::Error) -> Reason {
    match error.kind() {
        ErrorKind::NotFound if fs::symlink_metadata(path).is_ok() => Reason::BrokenLink,
        ErrorKind::NotFound | ErrorKind::NotADirectory => Reason::Vanished,
        _ => Reason::Unreadable(error.to_string()),
    }
}

/// The folders below the destination.
#[derive(Debug)]
struct Folders<'a> {
    target: &'a Path,
    /// Whether files may be put there, by path.
    safe: HashMap<String, bool>,
}

impl Folders<'_> {
    /// Makes a folder, and those above. False if that leads elsewhere by a link.
    fn provide(&mut self, path: &str) -> Result<bool, Error> {
        if let Some(&safe) = self.safe.get(path) {
            return Ok(safe);
        }
        let safe = if path.is_empty() {
            fs::create_dir_all(self.target)
                .map_err(|source| Error::Write { path: self.target.to_path_buf(), source })?;
            true
        } else {
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            self.provide(parent)? && make_folder(&self.target.join(path))?
        };
        self.safe.insert(path.to_owned(), safe);
        Ok(safe)
    }
}

/// Makes one folder. False if there is a link.
fn make_folder(path: &Path) -> Result<bool, Error> {
    let error = |source| Error::Write { path: path.to_path_buf(), source };
    match fs::create_dir(path) {
        Ok(()) => Ok(true),
        Err(exists) if exists.kind() == ErrorKind::AlreadyExists => {
            let kind = fs::symlink_metadata(path).map_err(error)?.file_type();
            if kind.is_dir() || kind.is_symlink() { Ok(kind.is_dir()) } else { Err(error(exists)) }
        }
        Err(other) => Err(error(other)),
    }
}

const HOW_TO_CONTROL: &str = "To control which files are copied, define 'sourcecode' for the \
                              operation in a Guild file.";

const TOO_MANY_LINKS: &str = "Skipping source code because links lead to too many folders.";

fn too_many_files(max: u64) -> String {
    format!(
        "Found more than {max} source code files but will only copy {max} as a safety measure. \
         {HOW_TO_CONTROL}"
    )
}

fn too_big(file: &Path) -> String {
    let file = paths::shown(file);
    format!("Skipping source code file {file} because it's too big. {HOW_TO_CONTROL}")
}

impl Report {
    /// Notes that something is not copied, with a warning unless nobody would miss it.
    fn skip(&mut self, path: &str, full: &Path, reason: Reason) {
        let shown = paths::shown(full);
        let warning = match &reason {
            Reason::Vanished | Reason::NotAFile => None,
            Reason::BrokenLink => Some(format!("{shown} because it is a link to nothing.")),
            Reason::Unreadable(why) => Some(format!("{shown} because it cannot be read: {why}.")),
            Reason::Name => {
                Some(format!("{shown:?} because its name is not UTF-8 or has a line break in it."))
            }
            Reason::LinkInRun => {
                Some(format!("{shown} because the run has a link in place of its folder."))
            }
        };
        self.warnings.extend(warning.map(|warning| format!("Skipping source code {warning}")));
        self.skipped.push(Skipped { path: path.to_owned(), reason });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_vanishes_is_left_out_without_a_word() {
        let dir = tempfile::tempdir().unwrap();
        let gone = ("gone.py".to_owned(), dir.path().join("gone.py"));
        let mut report = Report::default();
        copy_files(&[gone], &dir.path().join("run"), "", &mut report).unwrap();
        assert_eq!(report.skipped[0].reason, Reason::Vanished);
        assert!(report.files.is_empty() && report.warnings.is_empty() && report.digest.is_none());
    }
}
