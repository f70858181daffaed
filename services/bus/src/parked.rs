//! Parking (D3): an event that fails again and again is put aside with its error, the later events of its subject queue behind it, and
//! everybody else goes on. [`work_off`] tries again, in order.
//!
//! Who puts aside is the owner of the partition, in the transaction that moves its position; so is who queues. Working off takes the
//! oldest event of a subject under its row's lock and deletes it in the transaction of its effect. The owner lets an event of that subject
//! take effect only when it sees none waiting, which is after the last of them was committed: the order holds while both are at work.

use std::collections::HashSet;

use chassis::{
    db::Db,
    error::{Error, Result},
    ids::RegionId,
    time::real_now,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement, Value};
use uuid::Uuid;

use crate::{
    event::Event,
    handle::{Handler, handle},
    log,
};

/// A subject in its region.
pub(crate) type Subject = (RegionId, Uuid);

/// So much of an error is kept.
const ERROR_LENGTH: usize = 500;

const INSERT: &str = "INSERT INTO parked (source, region, subject, sequence, partition, position, id, kind, time, traceparent, payload, \
                      parked_at, attempts, error)";

/// How far working off came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkedOff {
    /// So many events took effect.
    pub done: u64,
    /// The first event of each subject that failed again.
    pub failed: Vec<Waiting>,
}

/// A subject that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Whose events.
    pub source: String,
    /// The aggregate.
    pub subject: Uuid,
    /// How many of its events wait.
    pub events: i64,
    /// The type of the first of them.
    pub kind: String,
    /// How often that was tried.
    pub attempts: i32,
    /// Why it fails.
    pub error: String,
}

fn statement(on: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Statement {
    Statement::from_sql_and_values(on.get_database_backend(), sql, values)
}

/// The subjects of a partition that wait.
pub(crate) async fn subjects(txn: &DatabaseTransaction, source: &str, partition: i32) -> Result<HashSet<Subject>> {
    let sql = "SELECT DISTINCT region, subject FROM parked WHERE source = $1 AND partition = $2";
    let rows = txn.query_all_raw(statement(txn, sql, vec![source.into(), partition.into()])).await?;
    rows.iter().map(|row| Ok((row.try_get("", "region")?, row.try_get("", "subject")?))).collect()
}

/// Puts an event aside: with its error when it failed, without one when it queues behind its subject.
pub(crate) async fn park(txn: &DatabaseTransaction, event: &Event, attempts: u32, error: Option<&str>) -> Result<()> {
    let sql = format!("{INSERT} VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)");
    let error = error.map(|error| error.chars().take(ERROR_LENGTH).collect::<String>());
    let values = vec![
        event.source.as_str().into(),
        event.region.into(),
        event.subject.into(),
        event.sequence.into(),
        event.partition.into(),
        event.position.into(),
        event.id.into(),
        event.kind.as_str().into(),
        event.time.into(),
        event.traceparent.clone().into(),
        event.payload.to_vec().into(),
        real_now().into(),
        i32::try_from(attempts).unwrap_or(i32::MAX).into(),
        error.into(),
    ];
    txn.execute_raw(statement(txn, &sql, values)).await?;
    Ok(())
}

/// How many events of a source wait in a consumer's database.
pub async fn count(db: &Db, source: &str) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS parked FROM parked WHERE source = $1";
    let row = db.read().query_one_raw(statement(db.read(), sql, vec![source.into()])).await?;
    Ok(row.map(|row| row.try_get("", "parked")).transpose()?.unwrap_or(0))
}

/// The subjects whose events wait, those that wait longest first; at most 1,000.
pub async fn list(db: &Db, source: &str) -> Result<Vec<Waiting>> {
    let sql = "SELECT p.source, p.subject, n.events, p.kind, p.attempts, COALESCE(p.error, '') AS error FROM parked p JOIN ( \
                 SELECT partition, MIN(position) AS first, COUNT(*) AS events FROM parked WHERE source = $1 \
                 GROUP BY region, subject, partition) n ON n.partition = p.partition AND n.first = p.position \
               WHERE p.source = $1 ORDER BY p.parked_at, p.partition, p.position LIMIT 1000";
    let rows = db.read().query_all_raw(statement(db.read(), sql, vec![source.into()])).await?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                source: row.try_get("", "source")?,
                subject: row.try_get("", "subject")?,
                events: row.try_get("", "events")?,
                kind: row.try_get("", "kind")?,
                attempts: row.try_get("", "attempts")?,
                error: row.try_get("", "error")?,
            })
        })
        .collect()
}

/// Lets parked events of `source` take effect in `db`, each subject in order until it is empty or an event fails again; of one subject
/// only, if one is named. May run while the service does, and more than once at a time.
pub async fn work_off(db: &Db, source: &str, handler: &dyn Handler, only: Option<Uuid>) -> Result<WorkedOff> {
    let mut worked = WorkedOff::default();
    let mut before = 0;
    loop {
        let waiting = list(db, source).await?;
        let known: HashSet<Uuid> = worked.failed.iter().map(|failed| failed.subject).collect();
        let chosen =
            waiting.into_iter().filter(|waiting| only.is_none_or(|only| only == waiting.subject) && !known.contains(&waiting.subject));
        for subject in chosen {
            work_off_subject(db, subject, handler, &mut worked).await?;
        }
        let after = worked.done + worked.failed.len() as u64;
        if after == std::mem::replace(&mut before, after) {
            return Ok(worked);
        }
    }
}

async fn work_off_subject(db: &Db, mut waiting: Waiting, handler: &dyn Handler, worked: &mut WorkedOff) -> Result<()> {
    loop {
        let txn = db.begin().await?;
        let Some(event) = oldest(&txn, &waiting).await? else { return Ok(()) };
        match handle(handler, &txn, &event).await {
            Ok(()) => {
                let sql = "DELETE FROM parked WHERE source = $1 AND partition = $2 AND position = $3";
                let place = vec![event.source.as_str().into(), event.partition.into(), event.position.into()];
                txn.execute_raw(statement(&txn, sql, place)).await?;
                db.commit(txn).await?;
                worked.done += 1;
            }
            // Nothing is wrong with the event: the whole work is to be done again.
            Err(error @ (Error::Unavailable(_) | Error::Repeat(_))) => return Err(error),
            Err(error) => {
                txn.rollback().await?;
                waiting.error = chain(&error).chars().take(ERROR_LENGTH).collect();
                waiting.kind.clone_from(&event.kind);
                let sql = "UPDATE parked SET attempts = attempts + 1, error = $1 WHERE source = $2 AND partition = $3 AND position = $4";
                let values =
                    vec![waiting.error.as_str().into(), event.source.as_str().into(), event.partition.into(), event.position.into()];
                db.write().execute_raw(statement(db.write(), sql, values)).await?;
                worked.failed.push(waiting);
                return Ok(());
            }
        }
    }
}

/// The oldest parked event of a subject, locked until the transaction ends.
async fn oldest(txn: &DatabaseTransaction, waiting: &Waiting) -> Result<Option<Event>> {
    let lock = if txn.get_database_backend() == DbBackend::Postgres { "FOR UPDATE" } else { "" };
    let sql = format!("SELECT {} FROM parked WHERE source = $1 AND subject = $2 ORDER BY position LIMIT 1 {lock}", log::EVENT);
    let row: Option<QueryResult> =
        txn.query_one_raw(statement(txn, &sql, vec![waiting.source.as_str().into(), waiting.subject.into()])).await?;
    Ok(row.map(|row| log::read(&row, &waiting.source)).transpose()?)
}

/// An error with what caused it.
pub(crate) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
