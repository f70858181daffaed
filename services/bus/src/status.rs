//! Where everything is, from the databases alone: how far each log is published, how far each consumer has come, what waits, who works on
//! it. For an operator; it also tells of processes that are dead.

use std::collections::HashMap;

use chassis::{db::Db, error::Result, time::Timestamp};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use uuid::Uuid;

/// Who works on a partition, or did last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The replica, as its log names it at the start.
    pub replica: Uuid,
    /// When its lease ends unless it is renewed; real time.
    pub until: Timestamp,
}

/// How far one partition of a log is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPartition {
    /// Which one.
    pub partition: i32,
    /// The newest event that has a position.
    pub head: i64,
    /// Up to where Redis has them; embedded the same.
    pub published: i64,
    /// How many committed events have no position yet.
    pub waiting: i64,
    /// When the oldest of those happened.
    pub oldest: Option<Timestamp>,
    /// Whose relay works on it.
    pub holder: Option<Holder>,
}

/// How far a consumer is in one partition of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerPartition {
    /// Which one.
    pub partition: i32,
    /// The newest event that has a position.
    pub head: i64,
    /// The last event that took effect or is parked.
    pub position: i64,
    /// When the oldest event happened that waits for its turn.
    pub oldest: Option<Timestamp>,
    /// So many subjects are parked.
    pub parked_subjects: i64,
    /// With so many events.
    pub parked_events: i64,
    /// Who works on it.
    pub holder: Option<Holder>,
}

impl ConsumerPartition {
    /// So many events wait for their turn.
    pub fn behind(&self) -> i64 {
        (self.head - self.position).max(0)
    }
}

/// A row of `bus_cursor`.
struct Cursor {
    partition: i32,
    position: i64,
    published: i64,
    holder: Option<Holder>,
}

async fn rows(db: &Db, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>> {
    Ok(db.read().query_all_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await?)
}

async fn cursors(db: &Db, name: &str) -> Result<Vec<Cursor>> {
    let sql = "SELECT partition, position, published, owner, lease_until FROM bus_cursor WHERE name = $1 ORDER BY partition";
    let mut cursors = Vec::new();
    for row in rows(db, sql, vec![name.into()]).await? {
        let owner: Option<Uuid> = row.try_get("", "owner")?;
        let until = Timestamp(row.try_get("", "lease_until")?);
        cursors.push(Cursor {
            partition: row.try_get("", "partition")?,
            position: row.try_get("", "position")?,
            published: row.try_get("", "published")?,
            holder: owner.map(|replica| Holder { replica, until }),
        });
    }
    Ok(cursors)
}

/// The log in `db`, partition by partition.
pub async fn log(db: &Db) -> Result<Vec<LogPartition>> {
    let sql = "SELECT partition, COUNT(*) AS waiting, MIN(time) AS oldest FROM event_log WHERE position IS NULL GROUP BY partition";
    let mut waiting = HashMap::new();
    for row in rows(db, sql, Vec::new()).await? {
        let oldest: i64 = row.try_get("", "oldest")?;
        waiting.insert(row.try_get::<i32>("", "partition")?, (row.try_get("", "waiting")?, Timestamp(oldest)));
    }
    let partition = |Cursor { partition, position, published, holder }| {
        let (waiting, oldest) = waiting.get(&partition).map_or((0, None), |(waiting, oldest)| (*waiting, Some(*oldest)));
        LogPartition { partition, head: position, published, waiting, oldest, holder }
    };
    Ok(cursors(db, "relay").await?.into_iter().map(partition).collect())
}

/// The consumer of `source` in `consumer`, partition by partition, with the log in `producer`. Empty when it never ran.
pub async fn consumer(producer: &Db, consumer: &Db, source: &str) -> Result<Vec<ConsumerPartition>> {
    let sql = "SELECT partition, COUNT(*) AS events, COUNT(DISTINCT subject) AS subjects FROM parked WHERE source = $1 GROUP BY partition";
    let mut parked = HashMap::new();
    for row in rows(consumer, sql, vec![source.into()]).await? {
        parked.insert(row.try_get::<i32>("", "partition")?, (row.try_get("", "subjects")?, row.try_get("", "events")?));
    }
    // The positions first: a head that is read later is not below them.
    let cursors = cursors(consumer, source).await?;
    let heads = crate::heads(producer).await?;
    let mut oldest = oldest(producer, &cursors).await?;
    let partition = |Cursor { partition, position, holder, .. }| {
        let (parked_subjects, parked_events) = parked.get(&partition).copied().unwrap_or_default();
        let head = heads[crate::event::index(partition)];
        ConsumerPartition { partition, head, position, oldest: oldest.remove(&partition), parked_subjects, parked_events, holder }
    };
    Ok(cursors.into_iter().map(partition).collect())
}

/// When the event right after each cursor happened, where there is one.
async fn oldest(producer: &Db, cursors: &[Cursor]) -> Result<HashMap<i32, Timestamp>> {
    let next: Vec<String> = cursors.iter().map(|cursor| format!("({}, {})", cursor.partition, cursor.position + 1)).collect();
    if next.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!("SELECT partition, time FROM event_log WHERE (partition, position) IN (VALUES {})", next.join(", "));
    let rows = rows(producer, &sql, Vec::new()).await?;
    rows.iter().map(|row| Ok((row.try_get("", "partition")?, Timestamp(row.try_get("", "time")?)))).collect()
}
