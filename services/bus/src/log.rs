//! The log: where an event begins, in the transaction that made it true (D1).

use chassis::{
    db::Db,
    error::{Error, Result, violates},
    ids::{EventId, RegionId},
    telemetry,
    time::Timestamp,
};
use prost::{Message, Name};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};
use uuid::Uuid;

use crate::event::{Event, Heads, index, partition_of};

/// The columns that a statement fills when it appends to `event_log` by hand: [`Row::values`] in this order, then `sequence`, for which
/// it puts 1 where the subject is new in the same statement, else [`next_sequence`]. Everything else the database and the relay fill.
///
/// Such a statement must call `Db::announce_commit` when it is committed, and answer the violation of [`is_sequence_taken`] as
/// `Error::Repeat`.
pub const COLUMNS: &str = "region, subject, partition, id, kind, time, traceparent, payload, sequence";

/// Into one statement go at most so many rows: SQLite takes 32,766 parameters, and a statement should not be endless.
const ROWS_PER_STATEMENT: usize = 500;

/// The next sequence of a subject, as SQL: `region` and `subject` are the placeholders (or expressions) that hold them.
pub fn next_sequence(region: &str, subject: &str) -> String {
    format!("(SELECT COALESCE(MAX(sequence), 0) + 1 FROM event_log WHERE region = {region} AND subject = {subject})")
}

/// Whether a statement failed because somebody else wrote to the same subject at the same time: do the transaction again.
pub fn is_sequence_taken(error: &DbErr) -> bool {
    violates(error, "event_log_subject", "event_log.region, event_log.subject, event_log.sequence")
}

/// An event that is about to be written.
#[derive(Debug, Clone)]
pub struct Row {
    region: RegionId,
    subject: Uuid,
    id: EventId,
    kind: String,
    time: Timestamp,
    traceparent: Option<String>,
    payload: Vec<u8>,
}

impl Row {
    /// The event that `message` is, about `subject`, in the trace of the current span.
    pub fn new<M: Message + Name>(region: RegionId, now: Timestamp, subject: Uuid, message: &M) -> Self {
        Self {
            region,
            subject,
            id: EventId::new(),
            kind: M::full_name(),
            time: now,
            traceparent: telemetry::traceparent(),
            payload: message.encode_to_vec(),
        }
    }

    /// The same outside every trace, for what must not be told by who set it off (D7).
    #[must_use]
    pub fn untraced(self) -> Self {
        Self { traceparent: None, ..self }
    }

    /// The values of [`COLUMNS`] but the last one.
    pub fn values(self) -> [Value; 8] {
        [
            self.region.into(),
            self.subject.into(),
            partition_of(self.subject).into(),
            self.id.into(),
            self.kind.into(),
            self.time.into(),
            self.traceparent.into(),
            self.payload.into(),
        ]
    }
}

/// Appends one event to the service's own log, in the transaction that changes `subject`.
/// Errors: `Repeat` when somebody else wrote to the same subject at the same time.
pub async fn append<M: Message + Name>(
    txn: &impl ConnectionTrait,
    region: RegionId,
    now: Timestamp,
    subject: Uuid,
    message: &M,
) -> Result<()> {
    append_all(txn, vec![Row::new(region, now, subject, message)]).await
}

/// Appends events in this order, with as few statements as can be. Errors as [`append`].
pub async fn append_all(txn: &impl ConnectionTrait, rows: Vec<Row>) -> Result<()> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let part: Vec<Row> = rows.by_ref().take(ROWS_PER_STATEMENT).collect();
        insert(txn, part).await?;
    }
    Ok(())
}

/// Appends the first events of subjects that nobody wrote about before, in this order. What is known of them need not be asked, so that
/// many cost little. Errors as [`append`], also when somebody did write.
pub async fn begin_all(txn: &impl ConnectionTrait, rows: Vec<Row>) -> Result<()> {
    let mut seen = std::collections::HashMap::new();
    let numbered = rows.into_iter().map(|row| {
        let sequence: &mut i64 = seen.entry((row.region, row.subject)).or_default();
        *sequence += 1;
        (row, *sequence)
    });
    let mut numbered = numbered.peekable();
    while numbered.peek().is_some() {
        // Full statements have one text, so that it is planned once.
        let part = numbered.by_ref().take(ROWS_PER_STATEMENT);
        let (mut tuples, mut values) = (Vec::with_capacity(ROWS_PER_STATEMENT), Vec::with_capacity(ROWS_PER_STATEMENT * 9));
        for (row, sequence) in part {
            let first = values.len() + 1;
            let own: Vec<String> = (first..first + 9).map(|n| format!("${n}")).collect();
            tuples.push(format!("({})", own.join(", ")));
            values.extend(row.values());
            values.push(sequence.into());
        }
        write(txn, &tuples, values).await?;
    }
    Ok(())
}

async fn insert(txn: &impl ConnectionTrait, rows: Vec<Row>) -> Result<()> {
    let mut tuples = Vec::with_capacity(rows.len());
    let mut values = Vec::with_capacity(rows.len() * 8);
    let mut seen = std::collections::HashMap::new();
    for row in rows {
        // Every row of a statement sees the table as it was before: what the statement itself writes is counted here.
        let before: &mut i64 = seen.entry((row.region, row.subject)).or_default();
        let first = values.len() + 1;
        let own: Vec<String> = (first..first + 8).map(|n| format!("${n}")).collect();
        tuples.push(format!("({}, {} + {before})", own.join(", "), next_sequence(&own[0], &own[1])));
        *before += 1;
        values.extend(row.values());
    }
    write(txn, &tuples, values).await
}

async fn write(txn: &impl ConnectionTrait, tuples: &[String], values: Vec<Value>) -> Result<()> {
    let sql = format!("INSERT INTO event_log ({COLUMNS}) VALUES {}", tuples.join(", "));
    match txn.execute_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, values)).await {
        Ok(_) => Ok(()),
        Err(error) if is_sequence_taken(&error) => Err(Error::Repeat(error)),
        Err(error) => Err(error.into()),
    }
}

/// What [`read`] reads.
pub(crate) const EVENT: &str = "region, subject, sequence, partition, position, id, kind, time, traceparent, payload";

pub(crate) fn read(row: &QueryResult, source: &str) -> Result<Event, DbErr> {
    Ok(Event {
        id: row.try_get("", "id")?,
        kind: row.try_get("", "kind")?,
        source: source.to_owned(),
        subject: row.try_get("", "subject")?,
        sequence: row.try_get("", "sequence")?,
        partition: row.try_get("", "partition")?,
        position: row.try_get("", "position")?,
        time: row.try_get("", "time")?,
        region: row.try_get("", "region")?,
        traceparent: row.try_get("", "traceparent")?,
        payload: row.try_get::<Vec<u8>>("", "payload")?.into(),
    })
}

/// The events of a partition after a position, in order; the relay made them gap-free.
pub(crate) async fn list(db: &Db, source: &str, partition: i32, after: i64, limit: usize) -> Result<Vec<Event>> {
    let sql = format!("SELECT {EVENT} FROM event_log WHERE partition = $1 AND position > $2 ORDER BY position LIMIT $3");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let values = [partition.into(), after.into(), limit.into()];
    let rows = db.read().query_all_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await?;
    Ok(rows.iter().map(|row| read(row, source)).collect::<Result<_, _>>()?)
}

/// How many committed events of these partitions have no position yet, at most `limit`.
pub(crate) async fn waiting(db: &Db, partitions: &[i32], limit: i64) -> Result<i64> {
    if partitions.is_empty() {
        return Ok(0);
    }
    let partitions: Vec<String> = partitions.iter().map(i32::to_string).collect();
    let sql = format!(
        "SELECT COUNT(*) AS waiting FROM ( \
           SELECT 1 FROM event_log WHERE position IS NULL AND partition IN ({}) LIMIT {limit}) AS counted",
        partitions.join(", ")
    );
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await?;
    Ok(row.map(|row| row.try_get("", "waiting")).transpose()?.unwrap_or(0))
}

/// The newest position of every partition of the log in `db`. Events that are committed but have no position yet are not in it.
pub async fn heads(db: &Db) -> Result<Heads> {
    positions(db, "relay").await
}

/// The positions of a cursor; 0 where it has no row yet.
pub(crate) async fn positions(db: &Db, name: &str) -> Result<Heads> {
    let sql = "SELECT partition, position FROM bus_cursor WHERE name = $1";
    let rows = db.read().query_all_raw(Statement::from_sql_and_values(db.backend(), sql, [name.into()])).await?;
    let mut heads = Heads::default();
    for row in rows {
        heads[index(row.try_get("", "partition")?)] = row.try_get("", "position")?;
    }
    Ok(heads)
}
