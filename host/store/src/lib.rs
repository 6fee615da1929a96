//! The run store: run directories, attributes, status, selection.
