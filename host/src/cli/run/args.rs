//! The options of `guild run`, under the names and in the words of Guild AI 0.9.0.

use std::ffi::OsString;
use std::path::PathBuf;

use guild_early_stopping::Algorithm;

use super::jobs::Jobs;
use crate::cli::refused;

/// Run an operation.
///
/// OPERATION is an operation of the project or a script that a plugin knows how to run, such as
/// train.py. Each FLAG=VAL sets a flag for the run. See 'guild run OPERATION --help-op' for the
/// flags.
#[derive(Clone, Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub struct Args {
    /// What to run.
    #[arg(value_name = "[MODEL:]OPERATION")]
    pub spec: Option<String>,

    /// Values of flags.
    #[arg(value_name = "FLAG=VAL")]
    pub flags: Vec<String>,

    /// Set a label for the run.
    #[arg(short, long, value_name = "LABEL")]
    pub label: Option<String>,

    /// Associate TAG with the run. May be used multiple times.
    #[arg(short, long = "tag", value_name = "TAG")]
    pub tags: Vec<String>,

    /// Comment associated with the run.
    #[arg(short, long, value_name = "COMMENT")]
    pub comment: Option<String>,

    /// Use an editor to type a comment (-ec).
    #[arg(long)]
    pub edit_comment: bool,

    /// Use alternative run directory DIR. The run will not be visible to Guild.
    #[arg(short = 'd', long, value_name = "DIR")]
    pub run_dir: Option<PathBuf>,

    /// Stage an operation.
    #[arg(long)]
    pub stage: bool,

    /// Start a staged run or restart an existing run. Cannot be used with --proto or --run-dir.
    #[arg(long = "start", visible_alias = "restart", value_name = "RUN")]
    pub restart: Option<String>,

    /// Use the operation, flags and source code from RUN. Flags may be added or redefined in this
    /// operation. Cannot be used with --restart.
    #[arg(long, value_name = "RUN")]
    pub proto: Option<String>,

    /// Use working source code when --restart or --proto is specified. Ignored otherwise.
    #[arg(long)]
    pub force_sourcecode: bool,

    /// Run only if there is not an available matching run. A matching run is of the same operation
    /// with the same flag values that is not stopped due to an error.
    #[arg(long)]
    pub needed: bool,

    /// Run operation in background.
    #[arg(short, long)]
    pub background: bool,

    /// Run operation in background, writing the background process ID to PIDFILE.
    #[arg(long, value_name = "PIDFILE")]
    pub pidfile: Option<PathBuf>,

    /// Keep run even when configured with 'delete-on-success'.
    #[arg(long)]
    pub keep_run: bool,

    /// Label to use for batch runs. Ignored for non-batch runs.
    #[arg(long, value_name = "LABEL")]
    pub batch_label: Option<String>,

    /// Associate TAG with batch. Ignored for non-batch runs. May be used multiple times.
    #[arg(long = "batch-tag", value_name = "TAG")]
    pub batch_tags: Vec<String>,

    /// Comment associated with batch.
    #[arg(long, value_name = "COMMENT")]
    pub batch_comment: Option<String>,

    /// Use an editor to type a batch comment (-ebc).
    #[arg(long)]
    pub edit_batch_comment: bool,

    /// Optimize the run using the specified algorithm.
    #[arg(short, long, value_name = "ALGORITHM")]
    pub optimizer: Option<String>,

    /// Optimize the run using the default optimizer.
    #[arg(short = 'O', long)]
    pub optimize: bool,

    /// Column to minimize when running with an optimizer. May not be used with --maximize.
    #[arg(short = 'N', long, value_name = "COLUMN")]
    pub minimize: Option<String>,

    /// Column to maximize when running with an optimizer. May not be used with --minimize.
    #[arg(short = 'X', long, value_name = "COLUMN")]
    pub maximize: Option<String>,

    /// Flag for OPTIMIZER. May be used multiple times.
    #[arg(long = "opt-flag", value_name = "FLAG=VAL")]
    pub opt_flags: Vec<String>,

    /// Maximum number of trials to run in batch operations. Default is optimizer specific.
    #[arg(
        short,
        long,
        visible_alias = "trials",
        value_name = "N",
        value_parser = clap::value_parser!(u64).range(1..)
    )]
    pub max_trials: Option<u64>,

    /// Number of trials that batch operations run at a time, or 'auto' for one per GPU of --gpus, or
    /// per processor. With several GPUs, each of these trials sees its own.
    #[arg(long, value_name = "N")]
    pub jobs: Option<Jobs>,

    /// End trials of batch operations that are behind the others: 'asha' or 'median'. They are told
    /// by the column of --minimize or --maximize, or by the operation's objective.
    #[arg(long, value_name = "ALGORITHM")]
    pub stop_early: Option<Algorithm>,

    /// Step before which --stop-early ends no trial. Default is 1.
    #[arg(long, value_name = "STEP", value_parser = clap::value_parser!(i64).range(1..))]
    pub grace_period: Option<i64>,

    /// With '--stop-early asha', one of N trials goes on, and trials are compared at steps N times
    /// apart. Default is 4.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(2..))]
    pub reduction_factor: Option<i64>,

    /// For batch operations, stage trials without running them.
    #[arg(long)]
    pub stage_trials: bool,

    /// Stop batch operations when a trial exits with an error.
    #[arg(long)]
    pub fail_on_trial_error: bool,

    /// Saves generated trials to a CSV batch file.
    #[arg(long, value_name = "PATH")]
    pub save_trials: Option<PathBuf>,

    /// Keep batch run rather than delete it on success.
    #[arg(long)]
    pub keep_batch: bool,

    /// Show generated trials and exit.
    #[arg(long)]
    pub print_trials: bool,

    /// Removes this file at the end: the process that runs in the background.
    #[arg(long, hide = true, value_name = "PIDFILE")]
    pub background_pidfile: Option<PathBuf>,

    /// Use ID for the run rather than a generated ID.
    #[arg(long, value_name = "ID")]
    pub run_id: Option<String>,

    /// Stop operation after N minutes.
    #[arg(long, value_name = "N")]
    pub stop_after: Option<f64>,

    /// Random seed used when sampling trials or flag values.
    #[arg(long, value_name = "N")]
    pub random_seed: Option<i64>,

    /// Limit availabe GPUs to DEVICES, a comma separated list of device IDs.
    #[arg(long, value_name = "DEVICES")]
    pub gpus: Option<String>,

    /// Disable GPUs for run.
    #[arg(long)]
    pub no_gpus: bool,

    /// Use an editor to review and modify flags.
    #[arg(short, long)]
    pub edit_flags: bool,

    /// Accept all flag assignments, even for undefined or invalid values.
    #[arg(short, long)]
    pub force_flags: bool,

    /// Include PATH as a dependency. May be used multiple times.
    #[arg(short = 'D', long = "dep", value_name = "PATH")]
    pub deps: Vec<String>,

    /// Continue even when a required resource is not resolved.
    #[arg(long)]
    pub force_deps: bool,

    /// Do not show output.
    #[arg(short, long)]
    pub quiet: bool,

    /// Show operation command and exit.
    #[arg(long)]
    pub print_cmd: bool,

    /// Show operation environment and exit.
    #[arg(long)]
    pub print_env: bool,

    /// Show model help and exit.
    #[arg(long)]
    pub help_model: bool,

    /// Show operation help and exit.
    #[arg(short = 'h', long)]
    pub help_op: bool,

    /// Test output scalars on output. Use '-' to read from standard input.
    #[arg(long, value_name = "OUTPUT")]
    pub test_output_scalars: Option<PathBuf>,

    /// Test source code selection.
    #[arg(long)]
    pub test_sourcecode: bool,

    /// Test flag configuration.
    #[arg(long)]
    pub test_flags: bool,

    /// Show this message and exit.
    #[arg(long, action = clap::ArgAction::Help)]
    pub help: Option<bool>,

    /// Do not prompt before running operation.
    #[arg(short, long)]
    pub yes: bool,

    /// Don't wait for a remote operation to complete. Ignored if run is local.
    #[arg(short, long)]
    pub no_wait: bool,

    /// Stop in the debugger at LOCATION: '[FILENAME:]LINE' or 'MODULE.FUNCTION'; 1 is the start of
    /// the main module. May be used multiple times.
    #[arg(long = "break", value_name = "LOCATION")]
    pub breakpoints: Vec<String>,

    /// Enter the debugger at the point an error occurs.
    #[arg(long)]
    pub break_on_error: bool,

    /// Take modules from PATH instead of the run's copy of the source code. May be several folders,
    /// separated as in PATH of the environment.
    #[arg(long, value_name = "PATH")]
    pub debug_sourcecode: Option<OsString>,

    #[command(flatten)]
    _remote: refused::Remote,
}
