//! The run's copy of the source code, and what is written down about it.

use std::env;
use std::fs;
use std::path::Path;

use guild_plugin_api::dispatch::hooks;
use guild_plugin_api::model::{OpRequest, SourceRule};
use guild_sourcecode::{Dest, Rule, Select, vcs};
use guild_store::{Run, manifest};

use super::dependencies::project_files;
use super::failed;
use crate::error::{Error, Result};
use crate::op::Operation;
use crate::session::Session;
use crate::terminal;

/// Where a run's source code comes from.
#[derive(Clone, Debug, Default)]
pub enum Source {
    /// The project.
    #[default]
    Project,
    /// Another run: its prototype.
    Run(Run),
    /// It is there already.
    Kept,
}

/// What a run has of its prototype when it has its source code.
const PROTO_ATTRS: [&str; 3] = ["sourcecode_digest", "vcs_commit", "pip_freeze"];

/// Puts the source code into the run's folder.
pub fn write_sourcecode(
    session: &Session,
    operation: &Operation,
    source: &Source,
    run: &Run,
) -> Result<()> {
    match source {
        Source::Project => copy_sourcecode(session, operation, run),
        Source::Run(proto) => copy_from_run(proto, run),
        Source::Kept => Ok(()),
    }
}

/// Copies the source code of another run, by its manifest.
fn copy_from_run(from: &Run, run: &Run) -> Result<()> {
    let mut lines = manifest::Writer::append(run).map_err(failed)?;
    let known = manifest::read(from).map_err(failed)?.unwrap_or_default();
    for entry in known.entries.iter().filter(|entry| entry.kind() == "s") {
        let Some(path) = entry.dest() else { continue };
        let (src, dest) = (from.dir().join(path), run.dir().join(path));
        let cannot = |e: std::io::Error| {
            Error::new(format!("cannot copy source code {}: {e}", src.display()))
        };
        fs::create_dir_all(dest.parent().unwrap_or(run.dir())).map_err(cannot)?;
        fs::copy(&src, &dest).map_err(cannot)?;
        lines.write(entry).map_err(failed)?;
    }
    for name in PROTO_ATTRS {
        if let Some(value) = from.attr(name).map_err(failed)? {
            run.set_attr(name, &value).map_err(failed)?;
        }
    }
    Ok(())
}

/// Copies the source code and writes down what it was: manifest, digest and commit.
fn copy_sourcecode(session: &Session, operation: &Operation, run: &Run) -> Result<()> {
    let set = |name: &str| env::var_os(name).is_some_and(|v| v == "1");
    let project = &operation.resolved.project_dir;
    let commit = (!set("NO_VCS_COMMIT")).then(|| vcs::begin(project));
    let mut manifest = String::new();
    let mut digest = None;
    let select = if set("NO_SOURCECODE") { None } else { sourcecode_select(session, operation)? };
    if let Some(select) = select {
        let dest = Dest { run_dir: run.dir(), subdir: &operation.sourcecode_dest };
        let not_code = project_files(&operation.dependencies);
        let report = guild_sourcecode::copy(project, dest, &select, &not_code)
            .map_err(|e| Error::new(format!("cannot copy source code: {e}")))?;
        report.warnings.iter().for_each(|w| terminal::warning(w));
        manifest = guild_sourcecode::manifest_lines(&report);
        digest = report.digest;
    }
    let path = run.guild_path("manifest");
    fs::write(&path, manifest)
        .map_err(|e| Error::new(format!("cannot write {}: {e}", path.display())))?;
    run.set_attr("sourcecode_digest", &digest.into()).map_err(failed)?;
    if let Some(commit) = commit {
        match commit.finish() {
            Ok(Some(commit)) => {
                run.set_attr("vcs_commit", &commit.to_string().into()).map_err(failed)?;
            }
            Ok(None) => {}
            Err(e) => terminal::warning(&format!("error reading VCS commit: {e}")),
        }
    }
    Ok(())
}

/// What of the project is source code; none where it is not copied at all.
pub fn sourcecode_select(session: &Session, operation: &Operation) -> Result<Option<Select>> {
    let rules = &operation.resolved.sourcecode;
    if rules.disabled {
        return Ok(None);
    }
    let root = operation.resolved.project_dir.join(rules.root.as_deref().unwrap_or_default());
    let base = guild_sourcecode::default_rules(&root, &plugin_rules(session, operation)?)
        .map_err(|e| Error::new(e.to_string()))?;
    base.warnings.iter().for_each(|w| terminal::warning(w));
    let configured = rules.rules.iter().map(|rule| Rule::configured(&root, rule.clone()));
    let configured = configured
        .collect::<std::result::Result<Vec<_>, _>>()
        .map_err(|e| Error::new(e.to_string()))?;
    let home = home_rule(&root, session.home())?;
    let rules = base.rules.into_iter().chain(configured).chain(home).collect();
    Ok(Some(Select { root, rules }))
}

/// What the operation's plugins add to the default rules about source code.
fn plugin_rules(session: &Session, operation: &Operation) -> Result<Vec<SourceRule>> {
    let ask = OpRequest {
        name: operation.resolved.name.clone(),
        project_dir: operation.resolved.project_dir.clone(),
        op: operation.resolved.op.clone(),
        sourcecode_dest: operation.sourcecode_dest.clone(),
        ..OpRequest::default()
    };
    let mut rules = Vec::new();
    for plugin in &operation.plugins {
        let more: Option<Vec<SourceRule>> =
            session.call(plugin, hooks::DEFAULT_SOURCECODE_RULES, &ask)?;
        rules.extend(more.unwrap_or_default());
    }
    Ok(rules)
}

/// Leaves out guild's own home where it is in the project: it holds all earlier runs.
fn home_rule(root: &Path, home: &Path) -> Result<Option<Rule>> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let (root, home) = (real(root), real(home));
    let Some(below) = home.strip_prefix(root).ok().and_then(Path::to_str) else { return Ok(None) };
    let mut pattern = String::from("/");
    for c in below.chars() {
        match c {
            '*' | '?' | '[' => pattern.extend(['[', c, ']']),
            c => pattern.push(c),
        }
    }
    let rule = SourceRule {
        include: false,
        patterns: vec![pattern],
        kind: Some("dir".into()),
        ..SourceRule::default()
    };
    Rule::try_from(rule).map(Some).map_err(failed)
}
