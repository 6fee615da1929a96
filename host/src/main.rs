//! The program `guild`.

use std::process::ExitCode;

fn main() -> ExitCode {
    guild_host::cli::main(std::env::args_os().collect())
}
