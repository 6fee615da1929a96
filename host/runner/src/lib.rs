//! Starting, watching and stopping the process of a run.
