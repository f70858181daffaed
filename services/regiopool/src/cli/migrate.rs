//! `regiopool migrate`: bring every database up to date.

use anyhow::Context;
use chassis::{config::Settings, db::Db};

/// Migrates each service's database; an SQLite file is made when it is missing.
pub(crate) async fn run(settings: &Settings) -> anyhow::Result<()> {
    std::fs::create_dir_all(&settings.data).with_context(|| format!("cannot make {}", settings.data.display()))?;
    let members = open(settings, "members").await?;
    members.migrate::<members::Migrator>().await.context("members")?;
    let flexpool = open(settings, "flexpool").await?;
    flexpool.migrate::<flexpool::Migrator>().await.context("flexpool")?;
    members.close().await?;
    flexpool.close().await?;
    Ok(())
}

/// Opens the database of a service with a few connections.
pub(crate) async fn open(settings: &Settings, service: &'static str) -> anyhow::Result<Db> {
    Db::connect(&settings.database(service), 4).await.with_context(|| format!("the database of {service}"))
}
