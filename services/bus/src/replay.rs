//! A consumer's copy, built again from the start of the log and compared with the live one (D2).
//!
//! The copy is built by the handlers' `apply` alone, in a shadow: on PostgreSQL a schema beside the live tables, on SQLite a file beside
//! the live one, both with the service's own migrations and otherwise empty. Then the consumer is held at where it is by locking its
//! cursor, and with it who works off what is parked, by locking that; the shadow takes the last events up to there, and both are compared
//! in one transaction, which also swaps, if asked. One replay of a database runs at a time.

use std::{
    collections::HashSet,
    fs::File,
    path::{Path, PathBuf},
};

use chassis::{
    db::{Db, sqlite_url},
    error::{Error, Result},
};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use uuid::Uuid;

use crate::{
    event::{Heads, PARTITIONS, index},
    handle::{Handler, apply},
    log, parked,
};

/// The name under which the live database sees the shadow.
const SHADOW: &str = "regiopool_replay";
/// So many events are applied in one transaction.
const BATCH: usize = 256;
/// At most so many keys are named per table and kind of difference.
const NAMED: usize = 10;

/// A table that is a copy of what another service owns. Its key begins with the region.
#[derive(Debug, Clone, Copy)]
pub struct CopyTable {
    /// Its name.
    pub name: &'static str,
    /// The rest of its key: ids.
    pub key: &'static [&'static str],
    /// What else is copied.
    pub columns: &'static [&'static str],
    /// What the service keeps in it of its own: not compared, and kept when rows are swapped.
    pub own: &'static [&'static str],
}

/// What a service copies from another.
#[derive(Debug, Clone, Copy)]
pub struct Copy {
    /// The other service.
    pub source: &'static str,
    /// The tables, none of which refers to another by a foreign key.
    pub tables: &'static [CopyTable],
    /// What the service must do to its own tables once rows were swapped.
    pub swapped: &'static str,
}

/// How a table of the live copy differs from the one that the log makes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// Rows that the log makes and the copy lacks, or has otherwise.
    pub lacking: i64,
    /// Rows that the copy has and the log does not make, or makes otherwise.
    pub surplus: i64,
    /// Keys of some of them, without the region.
    pub keys: Vec<Vec<Uuid>>,
}

/// What a replay found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replayed {
    /// So many events were applied.
    pub events: u64,
    /// So many were left out, because they wait parked.
    pub parked: u64,
    /// Tables that differ; none when the copy is what the log makes.
    pub differences: Vec<Difference>,
}

/// Builds the copy in the database at `live` again from the log in `producer`, compares, and with `swap` makes the live one equal. May run
/// while the services do. `progress` is told how many more events were applied.
/// Errors: what a handler answers to an event that is not parked; `Repeat` when a swap met the consumer again and again.
pub async fn replay<M: MigratorTrait>(
    producer: &Db,
    live: &str,
    copy: &Copy,
    handler: &dyn Handler,
    swap: bool,
    mut progress: impl FnMut(u64),
) -> Result<Replayed> {
    let shadow = Shadow::new(live).await?;
    let outcome = async {
        let built = Db::connect(&shadow.url, 2).await?;
        built.migrate::<M>().await?;
        let mut replay =
            Replay { producer, shadow: &built, copy, handler, at: Heads::default(), skipped: HashSet::new(), done: Replayed::default() };
        let heads = log::positions(&shadow.live, copy.source).await?;
        let parked = replay.parked(shadow.live.read(), "").await?;
        replay.up_to(&heads, &parked, &mut progress).await?;
        let done = replay.compare(&shadow.live, swap, &mut progress).await;
        built.close().await?;
        done
    }
    .await;
    shadow.drop().await?;
    outcome
}

/// Where the copy is built again. One at a time for a database.
struct Shadow {
    live: Db,
    url: String,
    file: Option<PathBuf>,
    alone: Alone,
}

/// What keeps a second replay out, until it is dropped or the process ends.
enum Alone {
    Transaction(DatabaseTransaction),
    File(File),
}

/// Taken on PostgreSQL by who replays. An arbitrary number that nothing else uses.
const REPLAY_LOCK: i64 = 0x0052_6572_706c_6179;

fn busy() -> Error {
    Error::internal("another replay of this database runs")
}

impl Shadow {
    async fn new(live: &str) -> Result<Self> {
        // One for the lock, one for the comparison.
        let db = Db::connect(live, 2).await?;
        if db.backend() == DbBackend::Postgres {
            let alone = db.begin().await?;
            let sql = format!("SELECT pg_try_advisory_xact_lock({REPLAY_LOCK}) AS alone");
            let row = alone.query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await?;
            if !row.map(|row| row.try_get("", "alone")).transpose()?.unwrap_or(false) {
                return Err(busy());
            }
            db.write().execute_unprepared(&format!("DROP SCHEMA IF EXISTS {SHADOW} CASCADE; CREATE SCHEMA {SHADOW}")).await?;
            let joint = if live.contains('?') { '&' } else { '?' };
            return Ok(Self {
                live: db,
                url: format!("{live}{joint}options=-c%20search_path%3D{SHADOW}"),
                file: None,
                alone: Alone::Transaction(alone),
            });
        }
        let path = live.trim_start_matches("sqlite:").split('?').next().unwrap_or_default();
        let file = PathBuf::from(format!("{path}.replay"));
        let alone = File::create(format!("{path}.replay.lock")).map_err(|error| Error::Internal(Box::new(error)))?;
        alone.try_lock().map_err(|_| busy())?;
        remove(&file)?;
        let url = sqlite_url(&file);
        // The file must be there before it can be attached.
        Db::connect(&url, 1).await?.close().await?;
        db.write().execute_unprepared(&format!("ATTACH DATABASE '{}' AS {SHADOW}", file.display().to_string().replace('\'', "''"))).await?;
        Ok(Self { live: db, url, file: Some(file), alone: Alone::File(alone) })
    }

    async fn drop(self) -> Result<()> {
        let Self { live, file, alone, .. } = self;
        if file.is_none() {
            live.write().execute_unprepared(&format!("DROP SCHEMA {SHADOW} CASCADE")).await?;
        }
        let held = match alone {
            // Its connection is the pool's, which could not close else.
            Alone::Transaction(transaction) => transaction.rollback().await.map(|()| None)?,
            Alone::File(file) => Some(file),
        };
        live.close().await?;
        let removed = file.as_deref().map_or(Ok(()), remove);
        std::mem::drop(held);
        removed
    }
}

/// Removes an SQLite file with what it writes beside it.
fn remove(file: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = file.to_path_buf().into_os_string();
        path.push(suffix);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::Internal(Box::new(error))),
            _ => {}
        }
    }
    Ok(())
}

struct Replay<'a> {
    producer: &'a Db,
    shadow: &'a Db,
    copy: &'a Copy,
    handler: &'a dyn Handler,
    /// How far the shadow is.
    at: Heads,
    /// The places that were left out.
    skipped: HashSet<(i32, i64)>,
    done: Replayed,
}

impl Replay<'_> {
    /// The places of what waits parked in the live database: there it had no effect either.
    async fn parked(&self, live: &impl ConnectionTrait, lock: &str) -> Result<HashSet<(i32, i64)>> {
        let sql = format!("SELECT partition, position FROM parked WHERE source = $1 ORDER BY partition, position {lock}");
        let statement = Statement::from_sql_and_values(live.get_database_backend(), sql, [self.copy.source.into()]);
        let rows = live.query_all_raw(statement).await?;
        rows.iter().map(|row| Ok((row.try_get("", "partition")?, row.try_get("", "position")?))).collect()
    }

    /// Applies what comes before these positions and was not applied yet.
    async fn up_to(&mut self, heads: &Heads, parked: &HashSet<(i32, i64)>, progress: &mut impl FnMut(u64)) -> Result<()> {
        for partition in 0..PARTITIONS {
            let (slot, head) = (index(partition), heads[index(partition)]);
            while self.at[slot] < head {
                let limit = BATCH.min(usize::try_from(head - self.at[slot]).unwrap_or(BATCH));
                let events = log::list(self.producer, self.copy.source, partition, self.at[slot], limit).await?;
                let Some(last) = events.last().map(|event| event.position) else {
                    return Err(Error::internal(format!("the log ends before {head} in partition {partition} (I6)")));
                };
                let txn = self.shadow.begin().await?;
                for event in &events {
                    if parked.contains(&(partition, event.position)) {
                        self.skipped.insert((partition, event.position));
                        self.done.parked += 1;
                        continue;
                    }
                    apply(self.handler, &txn, event).await.inspect_err(|error| {
                        tracing::error!(event = %event.id, kind = event.kind, %error, "an event cannot be applied again");
                    })?;
                    self.done.events += 1;
                }
                txn.commit().await?;
                self.at[slot] = last;
                progress(events.len() as u64);
            }
        }
        Ok(())
    }

    /// Holds the consumer, takes the last events, compares, and swaps if asked.
    async fn compare(mut self, live: &Db, swap: bool, progress: &mut impl FnMut(u64)) -> Result<Replayed> {
        // Deferred, and a write first: on SQLite that locks the live file and not the shadow, which is written meanwhile.
        let deferred = (live.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Deferred);
        let options = TransactionOptions { sqlite_transaction_mode: deferred, ..TransactionOptions::default() };
        let txn = live.write().begin_with_options(options).await?;
        let sql = "UPDATE bus_cursor SET position = position WHERE name = $1 RETURNING partition, position";
        let rows = txn.query_all_raw(Statement::from_sql_and_values(live.backend(), sql, [self.copy.source.into()])).await?;
        let mut heads = Heads::default();
        for row in rows {
            heads[index(row.try_get("", "partition")?)] = row.try_get("", "position")?;
        }
        let parked = self.parked(&txn, parked::lock(&txn)).await?;
        if !self.skipped.is_subset(&parked) {
            return Err(Error::internal("parked events were worked off meanwhile: please replay again"));
        }
        self.up_to(&heads, &parked, progress).await?;
        for table in self.copy.tables {
            let difference = difference(&txn, table).await?;
            if difference.lacking + difference.surplus == 0 {
                continue;
            }
            if swap {
                self::swap(&txn, table).await?;
            }
            self.done.differences.push(difference);
        }
        if swap && !self.done.differences.is_empty() {
            txn.execute_unprepared(self.copy.swapped).await?;
        }
        txn.commit().await?;
        Ok(self.done)
    }
}

fn columns(table: &CopyTable) -> Vec<&'static str> {
    std::iter::once("region").chain(table.key.iter().copied()).chain(table.columns.iter().copied()).collect()
}

async fn rows(txn: &DatabaseTransaction, sql: String) -> Result<Vec<QueryResult>> {
    Ok(txn.query_all_raw(Statement::from_string(txn.get_database_backend(), sql)).await?)
}

async fn difference(txn: &DatabaseTransaction, table: &CopyTable) -> Result<Difference> {
    let columns = columns(table).join(", ");
    let (live, shadow) = (table.name.to_owned(), format!("{SHADOW}.{}", table.name));
    let mut found = Difference { table: table.name, ..Difference::default() };
    for (one, other, lacking) in [(&shadow, &live, true), (&live, &shadow, false)] {
        let only = format!("(SELECT {columns} FROM {one} EXCEPT SELECT {columns} FROM {other}) AS only_here");
        let counted = rows(txn, format!("SELECT COUNT(*) AS n FROM {only}")).await?;
        let n: i64 = counted.first().map(|row| row.try_get("", "n")).transpose()?.unwrap_or(0);
        if n == 0 {
            continue;
        }
        *(if lacking { &mut found.lacking } else { &mut found.surplus }) = n;
        let key = table.key.join(", ");
        for row in rows(txn, format!("SELECT {key} FROM {only} ORDER BY {key} LIMIT {NAMED}")).await? {
            let key = table.key.iter().map(|column| row.try_get("", column)).collect::<Result<Vec<Uuid>, _>>()?;
            if !found.keys.contains(&key) {
                found.keys.push(key);
            }
        }
    }
    Ok(found)
}

/// Makes the live table equal to the shadow's, but for what is the service's own.
async fn swap(txn: &DatabaseTransaction, table: &CopyTable) -> Result<()> {
    let CopyTable { name, key, columns: copied, own } = table;
    let key: Vec<&str> = std::iter::once("region").chain(key.iter().copied()).collect();
    let same: Vec<String> = key.iter().map(|column| format!("s.{column} = {name}.{column}")).collect();
    let surplus = format!("DELETE FROM {name} WHERE NOT EXISTS (SELECT 1 FROM {SHADOW}.{name} s WHERE {})", same.join(" AND "));
    let all = [columns(table), own.to_vec()].concat().join(", ");
    let set: Vec<String> = copied.iter().map(|column| format!("{column} = excluded.{column}")).collect();
    let action = if set.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", set.join(", ")) };
    let lacking =
        format!("INSERT INTO {name} ({all}) SELECT {all} FROM {SHADOW}.{name} WHERE 1 = 1 ON CONFLICT ({}) DO {action}", key.join(", "));
    for sql in [surplus, lacking] {
        txn.execute_unprepared(&sql).await?;
    }
    Ok(())
}
