//! End-to-end tests through the real binary, a file per command or capability.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test fails loudly")]

mod config_flags;
mod dependencies;
mod dependencies_again;
mod guildfile_attributes;
mod guildfile_errors;
mod harness;

mod api;
mod argparse_flags;
mod bad_flags;
mod bad_input;
mod batch_faults;
mod batches;
mod bayesian_search;
mod cat;
mod check;
mod click_flags;
mod compare;
mod compare_screen;
mod compatibility;
mod completion;
mod diff;
mod documents;
mod downloads;
mod export_import;
mod flag_definitions;
mod from_guild_ai;
#[path = "../host/benches/generate/mod.rs"]
mod generate;
mod generated_runs;
mod help_command;
mod house_keeping;
mod index;
mod init;
mod interrupts;
mod kills;
mod library_flags;
mod ls;
mod merge;
mod operations_show;
mod optimizers;
mod parallel;
mod plugin_failures;
mod plugin_hooks;
mod plugins_check;
mod plugins_compatibility;
mod plugins_install;
mod plugins_list;
mod python_scripts;
mod queues;
mod readme;
mod real_libraries;
mod run_attributes;
mod run_command;
mod run_flags;
mod run_life;
mod run_output;
mod runs_changes;
mod runs_commands;
mod seam;
mod steps;
mod stopping_early;
mod tensorboard;
mod wheel;
