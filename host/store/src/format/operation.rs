//! The description of a run's operation.

use std::path::PathBuf;

use crate::opref::OpRef;
use crate::run::Run;

/// How deep prototypes may be nested; a prototype that is a link to its batch has no end.
const MAX_DEPTH: usize = 8;

/// The run's operation as it is listed: `train`, `model:train`, `package/model:train`, `f()`. For
/// a batch that of its prototype, a `+` and the optimizer: `train+`, `train+gp`.
///
/// `?` for an operation of an unknown type, and where the reference is missing or damaged.
pub fn operation(run: &Run) -> String {
    Described::of(run, 0).text
}

/// [`operation`], for who has read the run's reference.
pub fn operation_of(run: &Run, opref: Option<&OpRef>) -> String {
    Described::with(run, opref.cloned(), 0).text
}

/// A run's operation as it is listed, and where it is defined.
pub(super) struct Described {
    pub text: String,
    /// The folder of the operation; for a batch that of its prototype. None where the reference
    /// names no place on this disk.
    pub dir: Option<PathBuf>,
}

impl Described {
    /// Reads what [`operation`] says of `run`, as of a prototype `depth` levels down.
    pub fn of(run: &Run, depth: usize) -> Described {
        Described::with(run, run.listed_opref().ok().flatten(), depth)
    }

    fn with(run: &Run, opref: Option<OpRef>, depth: usize) -> Described {
        let own = opref.as_ref().map_or_else(|| "?".into(), name);
        match run.proto() {
            Some(proto) if depth < MAX_DEPTH => {
                let proto = Described::of(&proto, depth + 1);
                let plus = if own.starts_with('+') { "" } else { "+" };
                Described { text: format!("{}{plus}{own}", proto.text), ..proto }
            }
            _ => Described { text: own, dir: opref.and_then(|opref| opref.dir()) },
        }
    }
}

fn name(opref: &OpRef) -> String {
    let OpRef { pkg_type, pkg_name, model_name, op_name, .. } = opref;
    let with_model = || match model_name.as_str() {
        "" => op_name.clone(),
        model => format!("{model}:{op_name}"),
    };
    match pkg_type.as_str() {
        "package" => format!("{pkg_name}/{}", with_model()),
        "pending" => op_name.clone(),
        "func" => format!("{op_name}()"),
        // A kind that a plugin made up is shown by its name, too.
        _ => with_model(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(opref: &str) -> (tempfile::TempDir, Run) {
        let dir = tempfile::tempdir().unwrap();
        let run = crate::run::new_run(dir.path()).unwrap();
        run.write_opref(&opref.parse().unwrap()).unwrap();
        (dir, run)
    }

    #[test]
    fn by_type() {
        for (opref, want) in [
            ("script:/p '' '' a.py", "a.py"),
            ("guildfile:/p/guild.yml x '' a", "a"),
            ("guildfile:/p/guild.yml x m a", "m:a"),
            ("package:gpkg.x 1 m a", "gpkg.x/m:a"),
            ("package:gpkg.x 1 '' a", "gpkg.x/a"),
            ("builtin:guildai 0.9.0 '' +", "+"),
            ("test:x '' m a", "m:a"),
            ("pending:x '' m a", "a"),
            ("func:x '' '' a", "a()"),
            ("import:/p/x '' '' a", "a"),
            ("other:x '' '' a", "a"),
        ] {
            assert_eq!(operation(&run(opref).1), want, "{opref}");
        }
    }

    #[test]
    fn batches() {
        for (optimizer, want) in [("+", "a.py+"), ("gp", "a.py+gp"), ("skopt:gp", "a.py+skopt:gp")]
        {
            let (_dir, batch) = run("script:/p '' '' a.py");
            let proto = Run::at(batch.guild_path("proto"));
            proto.init().unwrap();
            proto.write_opref(&OpRef::new("script", "/p", "", "", "a.py")).unwrap();
            batch.write_opref(&OpRef::new("builtin", "guildai", "1", "", optimizer)).unwrap();
            assert_eq!(operation(&batch), want);
        }
    }

    #[test]
    fn damage_is_a_question_mark() {
        let (_dir, run) = run("script:/p '' '' a.py");
        std::fs::write(run.guild_path("opref"), b"\xff").unwrap();
        assert_eq!(operation(&run), "?");
        assert_eq!(operation(&Run::at("/nowhere")), "?");
    }

    #[test]
    fn a_prototype_without_end_comes_to_one() {
        let (_dir, run) = run("builtin:guildai 1 '' +");
        std::os::unix::fs::symlink(run.dir(), run.guild_path("proto")).unwrap();
        assert_eq!(operation(&run), "+".repeat(9));
    }
}
