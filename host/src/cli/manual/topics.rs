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
their letters: -Sce means completed or failed.";
