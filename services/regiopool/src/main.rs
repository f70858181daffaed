//! The one binary of Regiopool: the whole region in one process, one service of it, or a command against a running region.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its user")]

mod cli;
mod client;
mod demo;
mod export;
mod import;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
