//! `regiopool replay`: what a service copies from another, built again from the log; and what is parked, tried again (D2, D3).

use std::process::ExitCode;

use bus::{parked, replay::Difference};
use chassis::{config::Settings, db::Db, time::Clock};
use indicatif::{ProgressBar, ProgressStyle};
use uuid::Uuid;

use super::migrate;

/// What to do again.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The service whose copy is built again
    #[arg(long, value_parser = ["flexpool"], default_value = "flexpool")]
    service: String,
    /// Make the live copy equal to what the log makes
    #[arg(long, conflicts_with = "parked")]
    swap: bool,
    /// Try parked events again, each subject in order, instead of comparing
    #[arg(long)]
    parked: bool,
    /// Only this subject
    #[arg(long, requires = "parked", value_name = "UUID")]
    subject: Option<Uuid>,
}

/// Opens the databases directly and may run beside the services. Exit code 1 when the copy differs, or something stays parked.
pub(crate) async fn run(settings: &Settings, args: &Args) -> anyhow::Result<ExitCode> {
    if args.parked { work_off(settings, args.subject).await } else { compare(settings, args.swap).await }
}

async fn work_off(settings: &Settings, subject: Option<Uuid>) -> anyhow::Result<ExitCode> {
    let flexpool = migrate::open(settings, "flexpool").await?;
    flexpool.require_migrated::<flexpool::Migrator>().await?;
    let mut worked = parked::work_off(&flexpool, flexpool::COPY.source, &*flexpool::handler(), subject).await?;
    let own = parked::work_off(&flexpool, flexpool::OWN_LOG, &*flexpool::own_log(&clock(settings)), subject).await?;
    worked.done += own.done;
    worked.failed.extend(own.failed);
    println!("{} parked events took effect", worked.done);
    for waiting in &worked.failed {
        let parked::Waiting { source, region, subject, events, kind, attempts, error } = waiting;
        println!("{source} {subject} of {region}: {events} events wait for {kind}, tried {attempts} times: {error}");
    }
    flexpool.close().await?;
    Ok(if worked.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Business time (D26).
fn clock(settings: &Settings) -> Clock {
    settings.clock_file.clone().map_or_else(Clock::real, Clock::moved_by)
}

async fn compare(settings: &Settings, swap: bool) -> anyhow::Result<ExitCode> {
    let members = migrate::open(settings, "members").await?;
    members.require_migrated::<members::Migrator>().await?;
    let bar = bar(&members).await?;
    let (live, handler) = (settings.database("flexpool"), flexpool::handler());
    let tell = |events| bar.inc(events);
    let done = bus::replay::replay::<flexpool::Migrator>(&members, &live, &flexpool::COPY, &*handler, swap, tell).await?;
    bar.finish_and_clear();
    members.close().await?;
    println!("{} events applied, {} left out because they are parked", done.events, done.parked);
    for Difference { table, lacking, surplus, keys } in &done.differences {
        let keys: Vec<String> = keys.iter().map(|key| key.iter().map(Uuid::to_string).collect::<Vec<_>>().join("/")).collect();
        println!("{table}: {lacking} rows of the log lack or differ, {surplus} rows are not of the log: {}", keys.join(", "));
    }
    Ok(match (done.differences.is_empty(), swap) {
        (true, _) => {
            println!("the copy is what the log makes");
            ExitCode::SUCCESS
        }
        (false, true) => {
            println!("swapped: the copy is now what the log makes");
            ExitCode::SUCCESS
        }
        (false, false) => ExitCode::FAILURE,
    })
}

async fn bar(members: &Db) -> anyhow::Result<ProgressBar> {
    let events: i64 = bus::heads(members).await?.iter().sum();
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} events, {eta} left")?;
    Ok(ProgressBar::new(u64::try_from(events).unwrap_or(0)).with_style(style))
}
