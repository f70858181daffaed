//! What must hold over logs and positions (I6), proved from the databases alone.

use std::fmt;

use chassis::{
    db::Db,
    error::{Error, Result},
};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};
use uuid::Uuid;

use crate::{
    event::{Heads, PARTITIONS, index},
    log, parked,
};

/// At most so many findings of a kind: who broke one thing broke many.
const AT_MOST: usize = 100;

/// Something that must hold and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which invariant: `I6`.
    pub invariant: &'static str,
    /// What it is about, by id.
    pub subject: String,
    /// What is wrong, in English.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.invariant, self.subject, self.text)
    }
}

fn finding(subject: impl fmt::Display, text: impl Into<String>) -> Finding {
    Finding { invariant: "I6", subject: subject.to_string(), text: text.into() }
}

async fn rows(db: &Db, sql: &str) -> Result<Vec<QueryResult>> {
    let sql = format!("{sql} LIMIT {AT_MOST}");
    Ok(db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await?)
}

/// Checks the log of `service` in its own database: sequences per subject and positions per partition without gaps, both in the same
/// order, every event in its subject's partition, the relay's cursors where the positions end.
pub async fn check(db: &Db, service: &str) -> Result<Vec<Finding>> {
    let mut findings = sequences(db).await?;
    findings.extend(positions(db).await?);
    findings.extend(order(db).await?);
    findings.extend(partitions(db).await?);
    for finding in &mut findings {
        finding.subject = format!("{service}/{}", finding.subject);
    }
    Ok(findings)
}

async fn sequences(db: &Db) -> Result<Vec<Finding>> {
    let sql = "SELECT subject, COUNT(*) AS events, MIN(sequence) AS low, MAX(sequence) AS high FROM event_log \
               GROUP BY region, subject HAVING MIN(sequence) <> 1 OR MAX(sequence) <> COUNT(*)";
    let mut findings = Vec::new();
    for row in rows(db, sql).await? {
        let subject: Uuid = row.try_get("", "subject")?;
        let (events, low, high): (i64, i64, i64) = (row.try_get("", "events")?, row.try_get("", "low")?, row.try_get("", "high")?);
        findings.push(finding(subject, format!("{events} events have sequences from {low} to {high}")));
    }
    Ok(findings)
}

async fn positions(db: &Db) -> Result<Vec<Finding>> {
    let sql = "SELECT c.partition, c.position, c.published, COUNT(e.position) AS events, COALESCE(MIN(e.position), 1) AS low, \
                 COALESCE(MAX(e.position), 0) AS high \
               FROM bus_cursor c LEFT JOIN event_log e ON e.partition = c.partition AND e.position IS NOT NULL \
               WHERE c.name = 'relay' GROUP BY c.partition, c.position, c.published";
    let (mut findings, mut seen) = (Vec::new(), 0);
    for row in rows(db, sql).await? {
        let partition: i32 = row.try_get("", "partition")?;
        let (events, low, high): (i64, i64, i64) = (row.try_get("", "events")?, row.try_get("", "low")?, row.try_get("", "high")?);
        let (position, published): (i64, i64) = (row.try_get("", "position")?, row.try_get("", "published")?);
        seen += 1;
        if low != 1 || high != events {
            findings.push(finding(partition, format!("{events} events have positions from {low} to {high}")));
        }
        if position != high {
            findings.push(finding(partition, format!("the relay is at {position}, the newest event at {high}")));
        }
        if published > position {
            findings.push(finding(partition, format!("published up to {published}, but the relay is at {position}")));
        }
    }
    if seen != PARTITIONS {
        findings.push(finding("relay", format!("{seen} partitions, expected {PARTITIONS}")));
    }
    Ok(findings)
}

async fn order(db: &Db) -> Result<Vec<Finding>> {
    let sql = "SELECT subject, sequence FROM ( \
                 SELECT subject, sequence, position, \
                   LAG(position) OVER (PARTITION BY region, subject ORDER BY sequence) AS before FROM event_log) AS pairs \
               WHERE sequence > 1 AND position IS NOT NULL AND (before IS NULL OR before > position)";
    let mut findings = Vec::new();
    for row in rows(db, sql).await? {
        let (subject, sequence): (Uuid, i64) = (row.try_get("", "subject")?, row.try_get("", "sequence")?);
        findings.push(finding(subject, format!("event {sequence} has a position before that of the event before it")));
    }
    Ok(findings)
}

async fn partitions(db: &Db) -> Result<Vec<Finding>> {
    let expected = match db.backend() {
        DbBackend::Postgres => "get_byte(uuid_send(subject), 15) % 16",
        _ => "instr('0123456789ABCDEF', substr(hex(subject), 32, 1)) - 1",
    };
    let sql = format!("SELECT subject, partition FROM event_log WHERE partition <> {expected}");
    let mut findings = Vec::new();
    for row in rows(db, &sql).await? {
        let (subject, partition): (Uuid, i32) = (row.try_get("", "subject")?, row.try_get("", "partition")?);
        findings.push(finding(subject, format!("is in partition {partition}, expected {}", crate::partition_of(subject))));
    }
    Ok(findings)
}

/// Checks the positions of a consumer in its own database against the heads of its producer: none is above. What is parked is in order.
pub async fn check_consumer(db: &Db, source: &str, heads: &Heads) -> Result<Vec<Finding>> {
    let positions = log::positions(db, source).await?;
    let above = (0..PARTITIONS).filter(|partition| positions[index(*partition)] > heads[index(*partition)]);
    let text = |partition: i32| format!("is at {}, the log at {}", positions[index(partition)], heads[index(partition)]);
    let mut findings: Vec<Finding> = above.map(|partition| finding(format!("consumer of {source}/{partition}"), text(partition))).collect();
    findings.extend(parked(db, source).await?);
    Ok(findings)
}

/// What is parked was taken from the log, and behind the first parked event of a subject every later one queues.
async fn parked(db: &Db, source: &str) -> Result<Vec<Finding>> {
    let ask = async |sql: &str| {
        let sql = format!("{sql} LIMIT {AT_MOST}");
        db.read().query_all_raw(Statement::from_sql_and_values(db.backend(), sql, [source.into()])).await
    };
    let mut findings = Vec::new();
    let gaps = "SELECT subject, COUNT(*) AS events, MIN(sequence) AS low, MAX(sequence) AS high FROM parked WHERE source = $1 \
                GROUP BY region, subject HAVING MAX(sequence) - MIN(sequence) + 1 <> COUNT(*)";
    for row in ask(gaps).await? {
        let (events, low, high): (i64, i64, i64) = (row.try_get("", "events")?, row.try_get("", "low")?, row.try_get("", "high")?);
        let subject: Uuid = row.try_get("", "subject")?;
        findings.push(finding(subject, format!("{events} parked events have sequences from {low} to {high}")));
    }
    let ahead = "SELECT p.subject, p.partition, p.position FROM parked p \
                 JOIN bus_cursor c ON c.name = p.source AND c.partition = p.partition WHERE p.source = $1 AND p.position > c.position";
    for row in ask(ahead).await? {
        let (subject, partition, position): (Uuid, i32, i64) =
            (row.try_get("", "subject")?, row.try_get("", "partition")?, row.try_get("", "position")?);
        findings.push(finding(subject, format!("is parked at {position}, the consumer of {source}/{partition} is before that")));
    }
    Ok(findings)
}

/// Whether everything that is committed in the producer's log took effect in a consumer: `Err` says what is missing. For tests and for
/// `check`, with both databases at hand; the first of them is asked first, so what is written meanwhile does not count.
pub async fn caught_up(producer: &Db, consumer: &Db, source: &str) -> Result<(), String> {
    let state = async {
        let sql = "SELECT COUNT(*) AS waiting FROM event_log WHERE position IS NULL";
        let row = producer.read().query_one_raw(Statement::from_string(producer.backend(), sql)).await?;
        let waiting: i64 = row.map(|row| row.try_get("", "waiting")).transpose()?.unwrap_or(0);
        let parked = parked::count(consumer, source).await?;
        Ok::<_, Error>((waiting, log::heads(producer).await?, log::positions(consumer, source).await?, parked))
    };
    let (waiting, heads, positions, parked) = state.await.map_err(|error| error.to_string())?;
    let behind: Vec<String> = (0..PARTITIONS)
        .filter(|partition| positions[index(*partition)] < heads[index(*partition)])
        .map(|partition| format!("partition {partition} at {} of {}", positions[index(partition)], heads[index(partition)]))
        .collect();
    match (waiting, behind.is_empty(), parked) {
        (0, true, 0) => Ok(()),
        (0, true, _) => Err(format!("{parked} events of {source} are parked (D3)")),
        _ => Err(format!("{waiting} events of {source} without a position, {parked} parked; behind: {}", behind.join(", "))),
    }
}
