//! Parking (D3): an event that fails again and again is put aside with its error, the later events of its subject queue behind it, and
//! everybody else goes on. [`work_off`] tries again, in order.
//!
//! Who puts aside is the owner of the partition, in the transaction that moves its position; so is who queues. Working off takes the
//! oldest event of a subject under its row's lock and deletes it in the transaction of its effect. Who queues locks the newest one: either
//! it is there until the new one stands behind it, or it took effect, and the new one may as well. So the order holds while both are at
//! work, and nothing is left behind.

use std::collections::HashSet;

use chassis::{
    db::Db,
    error::{Error, Result, told},
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
    /// Where.
    pub region: RegionId,
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

/// Queues an event behind its subject. Gives `false` when the last event of the subject took effect meanwhile: then so may this one.
pub(crate) async fn queue(txn: &DatabaseTransaction, event: &Event) -> Result<bool> {
    let sql = format!(
        "SELECT position FROM parked WHERE source = $1 AND subject = $2 AND region = $3 ORDER BY position DESC LIMIT 1 {}",
        lock(txn)
    );
    let subject = vec![event.source.as_str().into(), event.subject.into(), event.region.into()];
    let waits = txn.query_one_raw(statement(txn, &sql, subject)).await?.is_some();
    if waits {
        park(txn, event, 0, None).await?;
    }
    Ok(waits)
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

/// The subjects whose events wait, those that wait longest first.
pub async fn list(db: &Db, source: &str) -> Result<Vec<Waiting>> {
    let sql = "SELECT p.source, p.region, p.subject, n.events, p.kind, p.attempts, COALESCE(p.error, '') AS error FROM parked p JOIN ( \
                 SELECT partition, MIN(position) AS first, COUNT(*) AS events FROM parked WHERE source = $1 \
                 GROUP BY region, subject, partition) n ON n.partition = p.partition AND n.first = p.position \
               WHERE p.source = $1 ORDER BY p.parked_at, p.partition, p.position";
    let rows = db.read().query_all_raw(statement(db.read(), sql, vec![source.into()])).await?;
    rows.iter()
        .map(|row| {
            Ok(Waiting {
                source: row.try_get("", "source")?,
                region: row.try_get("", "region")?,
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
/// Errors: `Unavailable` when something is away that a handler needs.
pub async fn work_off(db: &Db, source: &str, handler: &dyn Handler, only: Option<Uuid>) -> Result<WorkedOff> {
    let mut worked = WorkedOff::default();
    for waiting in list(db, source).await?.into_iter().filter(|waiting| only.is_none_or(|only| only == waiting.subject)) {
        loop {
            match db.retry(|| work_off_oldest(db, &waiting, handler)).await? {
                Step::Done => worked.done += 1,
                Step::Empty => break,
                Step::Failed(kind, error) => {
                    worked.failed.push(Waiting { kind, error, attempts: waiting.attempts + 1, ..waiting });
                    break;
                }
            }
        }
    }
    Ok(worked)
}

/// What became of the oldest event of a subject.
enum Step {
    Done,
    Empty,
    /// Its type, and why.
    Failed(String, String),
}

async fn work_off_oldest(db: &Db, waiting: &Waiting, handler: &dyn Handler) -> Result<Step> {
    let txn = db.begin().await?;
    let Some(event) = oldest(&txn, waiting).await? else { return Ok(Step::Empty) };
    let place = || vec![event.source.as_str().into(), event.partition.into(), event.position.into()];
    match handle(handler, &txn, &event).await {
        Ok(()) => {
            let sql = "DELETE FROM parked WHERE source = $1 AND partition = $2 AND position = $3";
            txn.execute_raw(statement(&txn, sql, place())).await?;
            db.commit(txn).await?;
            Ok(Step::Done)
        }
        // Nothing is wrong with the event.
        Err(error @ (Error::Unavailable(_) | Error::Repeat(_))) => Err(error),
        Err(error) => {
            txn.rollback().await?;
            let error: String = told(&error).chars().take(ERROR_LENGTH).collect();
            // Whoever let it take effect since then deleted the row.
            let sql = "UPDATE parked SET attempts = attempts + 1, error = $4 WHERE source = $1 AND partition = $2 AND position = $3";
            let values = [place(), vec![error.as_str().into()]].concat();
            db.write().execute_raw(statement(db.write(), sql, values)).await?;
            Ok(Step::Failed(event.kind.clone(), error))
        }
    }
}

/// The oldest parked event of a subject, locked until the transaction ends.
async fn oldest(txn: &DatabaseTransaction, waiting: &Waiting) -> Result<Option<Event>> {
    let sql = format!(
        "SELECT {} FROM parked WHERE source = $1 AND subject = $2 AND region = $3 ORDER BY position LIMIT 1 {}",
        log::EVENT,
        lock(txn)
    );
    let subject = vec![waiting.source.as_str().into(), waiting.subject.into(), waiting.region.into()];
    let row: Option<QueryResult> = txn.query_one_raw(statement(txn, &sql, subject)).await?;
    Ok(row.map(|row| log::read(&row, &waiting.source)).transpose()?)
}

/// What locks the rows that are read. An SQLite transaction that writes is alone anyway.
pub(crate) fn lock(txn: &DatabaseTransaction) -> &'static str {
    if txn.get_database_backend() == DbBackend::Postgres { "FOR UPDATE" } else { "" }
}
