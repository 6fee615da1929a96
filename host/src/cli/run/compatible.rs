//! Which options of `guild run` exclude each other, in Guild AI 0.9.0's words.

use super::Args;
use crate::error::{Error, Result};

const HELP: &str = "Try 'guild run --help' for more information.";

/// An error for the first options that do not go together.
pub fn check(args: &Args) -> Result<()> {
    let background = args.background;
    let pidfile = args.pidfile.is_some();
    let breaks = !args.breakpoints.is_empty();
    let debug = args.debug_sourcecode.is_some();
    for (a, b, both) in [
        ("minimize", "maximize", args.minimize.is_some() && args.maximize.is_some()),
        ("optimize", "optimizer", args.optimize && args.optimizer.is_some()),
        ("no-gpus", "gpus", args.no_gpus && args.gpus.is_some()),
        ("print-cmd", "print-env", args.print_cmd && args.print_env),
        ("print-trials", "stage-trials", args.print_trials && args.stage_trials),
        ("stage", "background", args.stage && background),
        ("stage", "pidfile", args.stage && pidfile),
        // Nobody would be there, or they would be forgotten.
        ("break", "stage", breaks && args.stage),
        ("break", "background", breaks && (background || pidfile)),
        ("break-on-error", "stage", args.break_on_error && args.stage),
        ("break-on-error", "background", args.break_on_error && (background || pidfile)),
        ("debug-sourcecode", "stage", debug && args.stage),
        ("debug-sourcecode", "background", debug && (background || pidfile)),
    ] {
        if both {
            return Err(Error::new(format!("--{a} and --{b} cannot both be used")).hint(HELP));
        }
    }
    if args.restart.is_none() {
        return Ok(());
    }
    for (option, given) in [
        ("OPERATION", args.spec.is_some()),
        ("--optimize", args.optimize),
        ("--optimizer", args.optimizer.is_some()),
        ("--proto", args.proto.is_some()),
        ("--run-dir", args.run_dir.is_some()),
    ] {
        if given {
            return Err(Error::new(format!("{option} cannot be used with --restart")).hint(HELP));
        }
    }
    Ok(())
}
