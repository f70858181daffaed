//! The command line: one file per command, all over the same settings.

mod check;
mod config;
mod first_operator;
mod installation;
mod migrate;
mod replay;
mod serve;
mod status;
mod token;
mod up;

use std::process::ExitCode;

use chassis::config::Settings;
use clap::{CommandFactory, Parser, Subcommand};

use crate::{demo, export, import};

/// Shared staff for care employers in a region.
#[derive(Debug, Parser)]
#[command(name = "regiopool", version, propagate_version = true, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What a command needs beside the settings, with the settings.
#[derive(Debug, clap::Args)]
struct With<A: clap::Args> {
    #[command(flatten)]
    args: A,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything in one process: SQLite files in the data folder, events in memory, the portal on loopback.
    // Somebody looks on: only what needs attention is logged, unless asked otherwise.
    #[command(mut_arg("log", |arg| arg.default_value("warn")))]
    Up(With<demo::Args>),
    /// Run one service of a distributed installation. It never migrates and refuses an older schema.
    Serve(With<serve::Args>),
    /// Bring the databases up to date.
    Migrate(Settings),
    /// Look for breaches of the invariants in the databases. Exit code 1 when there is one.
    Check(With<check::Args>),
    /// Print how far each log is published, how far each consumer has come, what waits or is parked, and who works on it.
    Status(With<status::Args>),
    /// Get a token for calling the services by hand.
    Token(With<token::Args>),
    /// Build what a service copied from another again from the log, and compare; or try parked events again. Exit code 1 when something is
    /// not as it should be.
    Replay(With<replay::Args>),
    /// Print the settings in force, without secrets.
    Config(With<config::Args>),
    /// Make the demo region in a distributed installation that runs in demo mode; `up --demo` makes its own.
    Demo(With<demo::Args>),
    /// Take in the files of a member's HR and roster system, or those of a region as `export` writes them.
    Import(With<import::Args>),
    /// Write a region, or one organisation of it, as CSV files that `import` takes in.
    Export(With<export::Args>),
    /// Print shell completions.
    Completions {
        /// For which shell.
        shell: clap_complete::Shell,
    },
}

/// Reads the settings, runs the command and gives its exit code: 0 done, 1 it found something or failed, 2 wrong use.
pub(crate) fn run() -> ExitCode {
    // One TLS implementation for every client in the process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let Cli { command } = match chassis::config::parse::<Cli>(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&error.into()),
    };
    match runtime.block_on(dispatch(command)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

fn fail(error: &anyhow::Error) -> ExitCode {
    eprintln!("regiopool: {error:#}");
    ExitCode::FAILURE
}

async fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Up(With { args, settings }) => up::run(settings, &args).await?,
        Command::Serve(With { args, settings }) => serve::run(settings, &args).await?,
        Command::Migrate(settings) => migrate::run(&settings).await?,
        Command::Check(With { args, settings }) => return check::run(&settings, &args).await,
        Command::Replay(With { args, settings }) => return replay::run(&settings, &args).await,
        Command::Status(With { args, settings }) => status::run(&settings, &args).await?,
        Command::Token(With { args, settings }) => token::run(&installation::with_keys(settings)?, &args).await?,
        Command::Config(With { args, settings }) => config::run(&settings, &args)?,
        Command::Demo(With { args, settings }) => return demo::command(&installation::with_keys(settings)?, &args).await,
        Command::Import(With { args, settings }) => return import::command(&installation::with_keys(settings)?, args).await,
        Command::Export(With { args, settings }) => return export::command(&installation::with_keys(settings)?, &args).await,
        Command::Completions { shell } => clap_complete::generate(shell, &mut Cli::command(), "regiopool", &mut std::io::stdout()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Resolves at the first SIGINT or SIGTERM.
async fn asked_to_stop() -> anyhow::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result?,
        _ = terminate.recv() => {}
    }
    Ok(())
}
