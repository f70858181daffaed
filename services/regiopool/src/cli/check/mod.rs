//! `regiopool check`: do the invariants hold?

mod copies;

use std::{process::ExitCode, time::Duration};

use bus::Finding;
use chassis::{
    config::Settings,
    db::Db,
    time::{Clock, Timestamp},
};
use tokio::time::{Instant, sleep};

use super::migrate;

/// How to print.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// As JSON.
    #[arg(long)]
    json: bool,
}

/// Looks in every database, prints each breach, and says so when there is none. Reads only; may run beside the services.
pub(crate) async fn run(settings: &Settings, args: &Args) -> anyhow::Result<ExitCode> {
    let members = migrate::open(settings, "members").await?;
    let flexpool = migrate::open(settings, "flexpool").await?;
    let findings = findings(&members, &flexpool, business_time(settings)).await?;
    let mut parked = bus::parked::count(&flexpool, flexpool::COPY.source).await?;
    parked += bus::parked::count(&flexpool, flexpool::OWN_LOG).await?;
    members.close().await?;
    flexpool.close().await?;
    if args.json {
        let rows: Vec<_> =
            findings.iter().map(|f| serde_json::json!({"invariant": f.invariant, "subject": f.subject, "text": f.text})).collect();
        println!("{}", serde_json::to_string_pretty(&rows)?);
    } else {
        for finding in &findings {
            println!("{finding}");
        }
        if findings.is_empty() {
            println!("no breach found");
        }
        if parked > 0 {
            println!("{parked} events are parked in flexpool: `regiopool replay --parked` tries them again");
        }
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn business_time(settings: &Settings) -> Timestamp {
    settings.clock_file.clone().map_or_else(Clock::real, Clock::moved_by).now()
}

async fn findings(members: &Db, flexpool: &Db, now: Timestamp) -> anyhow::Result<Vec<Finding>> {
    let mut findings = members::check(members).await?;
    findings.extend(flexpool::check(flexpool, now).await?);
    findings.extend(bus::check(members, "members").await?);
    findings.extend(bus::check(flexpool, "flexpool").await?);
    findings.extend(bus::check_consumer(flexpool, "members", &bus::heads(members).await?).await?);
    findings.extend(bus::check_consumer(flexpool, flexpool::OWN_LOG, &bus::heads(flexpool).await?).await?);
    findings.extend(copies::compare(members, flexpool).await?);
    Ok(findings)
}

/// Waits a while for flexpool to take in what members has written; gives what is still missing.
async fn wait_for_consumers(members: &Db, flexpool: &Db) -> Result<(), String> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let since = Instant::now();
    loop {
        match bus::caught_up(members, flexpool, "members").await {
            Err(_) if since.elapsed() < PATIENCE => sleep(Duration::from_millis(200)).await,
            result => return result,
        }
    }
}
