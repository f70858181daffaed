//! What people are to be told. A row is written in the transaction of what it tells, and goes when members has it (D34).

use std::collections::HashMap;

use chassis::{
    error::{Error, Result},
    ids::{OrganisationId, RegionId, WorkerId, timed_uuid},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult};
use uuid::Uuid;

use super::{all, execute, known, values};
use crate::domain::message::{Message, To};

/// So many rows are written by one statement.
const ROWS: usize = 500;

/// A message that is due.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) region: RegionId,
    /// Names it, for members too.
    pub(crate) id: Uuid,
    pub(crate) to: To,
    pub(crate) reason: i32,
    pub(crate) facts: HashMap<String, String>,
    /// How often it was tried before.
    pub(crate) tries: i32,
}

/// Adds messages, to be told from `now` on.
pub(crate) async fn add(db: &impl ConnectionTrait, region: RegionId, messages: &[Message], now: Timestamp) -> Result<()> {
    let useful: Vec<&Message> = messages.iter().filter(|message| now < message.useful_until).collect();
    for part in useful.chunks(ROWS) {
        let mut values = values![region, now];
        let mut rows = Vec::with_capacity(part.len());
        for message in part {
            let (worker, organisation) = match message.to {
                To::Worker(worker) => (Some(worker), None),
                To::Planners(organisation) => (None, Some(organisation)),
            };
            let facts = serde_json::to_string(&message.facts).map_err(|error| Error::Internal(Box::new(error)))?;
            let first = values.len() + 1;
            let own: Vec<String> = (first..first + 6).map(|number| format!("${number}")).collect();
            rows.push(format!("($1, {}, $2, 0)", own.join(", ")));
            values.extend(values![timed_uuid(), worker, organisation, message.matter as i32, facts, message.useful_until]);
        }
        let columns = "region, id, worker, organisation, reason, facts, useful_until, due, tries";
        execute(db, format!("INSERT INTO outgoing ({columns}) VALUES {}", rows.join(", ")), values).await?;
    }
    Ok(())
}

/// Takes messages that are due, of any region, the longest due first, and keeps others from them until `leased`. What is of no use any more
/// goes without being told. Whoever takes them tells them outside this transaction and says how it went with [`told`] or [`later`].
pub(crate) async fn take(db: &impl ConnectionTrait, now: Timestamp, leased: Timestamp, limit: u64) -> Result<Vec<Outgoing>> {
    let lock = if db.get_database_backend() == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let late = format!(
        "DELETE FROM outgoing WHERE (region, id) IN \
         (SELECT region, id FROM outgoing WHERE due <= $1 AND useful_until <= $1 ORDER BY due LIMIT $2 {lock})"
    );
    execute(db, late, values![now, limit]).await?;
    let due = format!(
        "UPDATE outgoing SET due = $2, tries = tries + 1 WHERE (region, id) IN \
         (SELECT region, id FROM outgoing WHERE due <= $1 AND useful_until > $1 ORDER BY due, id LIMIT $3 {lock}) \
         RETURNING region, id, worker, organisation, reason, facts, tries - 1 AS tries"
    );
    all(db, due, values![now, leased, limit]).await?.iter().map(read).collect()
}

fn read(row: &QueryResult) -> Result<Outgoing> {
    let (worker, organisation): (Option<WorkerId>, Option<OrganisationId>) = (row.try_get("", "worker")?, row.try_get("", "organisation")?);
    let to = worker.map(To::Worker).or(organisation.map(To::Planners));
    let facts: String = row.try_get("", "facts")?;
    Ok(Outgoing {
        region: row.try_get("", "region")?,
        id: row.try_get("", "id")?,
        to: known(to, "recipient of a message")?,
        reason: row.try_get("", "reason")?,
        facts: serde_json::from_str(&facts).map_err(|error| Error::Internal(Box::new(error)))?,
        tries: row.try_get("", "tries")?,
    })
}

/// Members has it, or will never take it.
pub(crate) async fn told(db: &impl ConnectionTrait, message: &Outgoing) -> Result<()> {
    execute(db, "DELETE FROM outgoing WHERE region = $1 AND id = $2", values![message.region, message.id]).await?;
    Ok(())
}

/// It is tried again then.
pub(crate) async fn later(db: &impl ConnectionTrait, message: &Outgoing, due: Timestamp) -> Result<()> {
    execute(db, "UPDATE outgoing SET due = $3 WHERE region = $1 AND id = $2", values![message.region, message.id, due]).await?;
    Ok(())
}

/// What a merged worker was to be told goes to the kept one (D13).
pub(crate) async fn move_all(db: &impl ConnectionTrait, region: RegionId, merged: WorkerId, kept: WorkerId) -> Result<()> {
    execute(db, "UPDATE outgoing SET worker = $3 WHERE region = $1 AND worker = $2", values![region, merged, kept]).await?;
    Ok(())
}
