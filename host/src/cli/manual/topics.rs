//! What the help of several commands explains: how runs are chosen.

/// How RUN arguments name runs.
pub const RUNS: &str = "\
Specify runs:
  RUN is a run ID, the start of one, or a one-based index into the list that 'guild runs' shows. \
START:END is a range of indexes, both ends included; START or END may be left out, and ':' is all \
runs. Indexes change with every new run and every filter: look at what a command is about to do \
before you confirm it.";

/// The same where one run is meant.
pub const ONE_RUN: &str = "\
Specify a run:
  RUN is a run ID, the start of one, or a one-based index into the list that 'guild runs' shows. \
Without it, the latest run is meant.";

/// What the filter options take.
pub const FILTERS: &str = "\
Filter runs:
  --operation, --label and --comment match any part of what they are about, --tag the whole tag. \
Each may be used several times: a run passes that matches one of the values.

Filter by expression:
  --filter takes an expression over flags, scalars and attributes: 'batch-size = 100 and loss < \
0.8'. It must be quoted for the shell where it holds blanks, '<' or '>'. Values are numbers, texts \
and lists as in [1,2]; a text with blanks is quoted. Operators are =, !=, <, <=, >, >=, 'contains', \
'in', 'not in', 'is undefined' and 'is not undefined', joined by 'and', 'or', 'not' and \
parentheses. A name means an attribute first ('op', 'label', 'status'), then a flag, then a scalar; \
'attr:NAME', 'flag:NAME' and 'scalar:NAME' say which.

Filter by start time:
  --started takes 'after DATETIME', 'before DATETIME', 'between DATETIME and DATETIME', 'last N \
minutes' (hours, days), 'today', 'yesterday', 'this week' (month, year) or '3 days ago'. DATETIME \
is a date, a time or both: '7-1', '2026-07-01', '14:35', '2026-07-01 14:35'.

Filter by source code:
  --digest passes runs whose source code has a digest that starts like VAL. 'guild runs info' shows \
it as sourcecode_digest.

Filter by status:
  --running, --completed, --error, --terminated, --pending and --staged may be combined; so may \
their letters: -Sce means completed or failed. Filters go first: an index is one into the runs that \
pass.";

/// What a command has to say beyond its options, by its words.
pub fn of(path: &str) -> Option<&'static str> {
    match path {
        "run" => Some(RUN),
        "compare" => Some(COMPARE),
        "runs" | "runs list" => Some(LIST),
        "diff" | "runs diff" => Some(DIFF),
        _ => None,
    }
}

const RUN: &str = "\
What is run:
  OPERATION is one of the project's guild.yml, as 'guild ops' lists them, MODEL:OPERATION where two \
models have it, or the path of a script. Without it, the project's default operation is run.

Flag values:
  Values are written as in YAML: numbers, yes and no, texts, lists. FLAG=[VAL,VAL] is a list of \
values, and so are FLAG=range[START:END:STEP], linspace[START:END:COUNT] and logspace[START:END:COUNT], \
whose START and END are exponents. What holds blanks or brackets is quoted for the shell.

Trials:
  With lists of values, a batch is run: a trial for each value, for several lists for each \
combination. @PATH is a batch file: CSV with flags in the first line, or JSON or YAML with a list of \
maps; each entry is a trial. --print-trials shows the trials, --save-trials writes them as a batch \
file, and --max-trials takes a sample of them, drawn by --random-seed.

Searches:
  With --optimizer, flags may be ranges: FLAG=[MIN:MAX], or loguniform[MIN:MAX] to search by \
magnitude. Optimizers are random, gp, forest, gbrt, tpe and optuna, and operations of the project. \
--minimize and --maximize take a column as 'guild compare --help' explains them; without, it is the \
operation's objective, or loss. A search has 20 trials unless --max-trials says otherwise.

Earlier runs:
  --restart runs a run again in its place, with its operation, flags and source code; a batch or a \
pipeline goes on where it was. --proto makes a new run with the operation, flags and source code of \
another; flags and the operation may be changed. --force-sourcecode takes the project's source code \
for either. --stage prepares a run for --start; with --run-dir, that is a directory of your own. RUN is \
a run ID, the start of one, or an index as 'guild runs' shows it.

Devices:
  --gpus and --no-gpus set CUDA_VISIBLE_DEVICES for the run.

Editors:
  --edit-flags, --edit-comment and --edit-batch-comment start the editor of VISUAL or EDITOR.

Debugging:
  --break stops at a line or function. FILENAME is looked for where modules are, '.py' may be left \
out, and without it the main module is meant; a line that nothing can stop at is moved to the next. \
--debug-sourcecode has modules loaded from the project rather than from the run's copy.";

const COMPARE: &str = "\
Columns:
  Every run has run, operation, started, time, status and label; --skip-core leaves them out, \
--skip-op-cols what the Guild file says for its operation. Columns of the same name are one column. \
In --cols, --strict-cols, --min and --max, a column is:

    SCALAR              the last value that was written: loss
    min SCALAR          the lowest; so max, first, last, avg, total and count
    SCALAR step         the step of that value: min loss step
    =FLAG               a flag: =learning-rate
    .ATTRIBUTE          an attribute of the run: .stopped
    COLUMN as HEADING   under another heading; one with blanks is quoted

Order:
  The latest runs come first, unless --min or --max is used.

Keys:
  ? shows them: sorting, filtering, marking, details of a run, leaving by q.";

const LIST: &str = "\
Indexes:
  The number in front of a run may be used by other commands, such as 'guild runs rm 1'. It belongs to \
this list: filters and new runs change it.

Other lists:
  --deleted lists runs that 'guild runs restore' brings back and 'guild runs purge' deletes for good, \
--archive those of a directory or a zip file of 'guild export'.";

const DIFF: &str = "\
What is compared:
  The directories of the runs, or with --sourcecode their source code, or what else an option names. \
--working compares a run's source code with that of its project, --dir the run's directory with another.";
