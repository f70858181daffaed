//! `regiopool check`: do the invariants hold?

use std::process::ExitCode;

use bus::Finding;
use chassis::{config::Settings, db::Db};

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
    let findings = findings(&members, &flexpool).await?;
    members.close().await?;
    flexpool.close().await?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            println!("{}  {}  {}", finding.invariant, finding.subject, finding.text);
        }
        if findings.is_empty() {
            println!("no breach found");
        }
    }
    Ok(if findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn findings(members: &Db, flexpool: &Db) -> anyhow::Result<Vec<Finding>> {
    let mut findings = members::check(members).await?;
    findings.extend(flexpool::check(flexpool).await?);
    findings.extend(bus::check(members, "members").await?);
    findings.extend(bus::check(flexpool, "flexpool").await?);
    Ok(findings)
}
