//! Who works on which partition: a lease in the database, with an epoch that grows whenever a partition changes hands.
//!
//! The lease only keeps replicas from doing the same work; what keeps them from doing harm is the epoch, which every write of a holder
//! checks in its own transaction. So a machine with a wrong clock or a pause in the middle costs time and nothing else. Leases use real
//! time (D26).
//!
//! An SQLite file belongs to one process (D23). There a new process need not wait for the leases of a crashed one, and since nobody else
//! waits either, they are renewed seldom: every renewal is a write to the disk.

use std::{fmt::Write as _, time::Duration};

use chassis::{db::Db, error::Result, ids::random_uuid, time::real_now};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};
use uuid::Uuid;

use crate::{
    event::PARTITIONS,
    faults::{Faults, Guard, Step},
};

/// So much longer are leases in an SQLite file.
const ALONE: u32 = 6;

/// A partition in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) partition: i32,
    /// How often the partition changed hands.
    pub(crate) epoch: i64,
    /// How far the cursor is.
    pub(crate) position: i64,
    /// How far the relay has published.
    pub(crate) published: i64,
}

/// One replica's share of the partitions of a cursor.
#[derive(Debug, Clone)]
pub(crate) struct Leases {
    db: Db,
    /// The cursor: `relay`, or the source that is consumed.
    pub(crate) name: String,
    /// This replica.
    pub(crate) owner: Uuid,
    duration: Duration,
    faults: Faults,
}

struct Cursor {
    partition: i32,
    owner: Option<Uuid>,
    lease_until: i64,
}

impl Leases {
    pub(crate) fn new(db: &Db, name: &str, duration: Duration, faults: &Faults) -> Self {
        let duration = if db.backend() == DbBackend::Sqlite { duration * ALONE } else { duration };
        Self { db: db.clone(), name: name.to_owned(), owner: random_uuid(), duration, faults: faults.clone() }
    }

    /// How often to renew: twice may fail.
    pub(crate) fn period(&self) -> Duration {
        self.duration / 3
    }

    /// Makes the rows of a consumer that is new, and forgets who is dead: long ago on PostgreSQL, everybody else on SQLite.
    pub(crate) async fn prepare(&self) -> Result<()> {
        let rows: Vec<String> = (0..PARTITIONS).map(|partition| format!("($1, {partition})")).collect();
        let sql = format!("INSERT INTO bus_cursor (name, partition) VALUES {} ON CONFLICT DO NOTHING", rows.join(", "));
        let alone = self.db.backend() == DbBackend::Sqlite;
        let dead_before = if alone { i64::MAX } else { real_now().minus(self.duration * 100).0 };
        self.db
            .retry(|| async {
                let name = || self.name.clone().into();
                let txn = self.db.begin().await?;
                self.execute(&txn, &sql, vec![name()]).await?;
                let sql = "DELETE FROM bus_replica WHERE name = $1 AND alive_until < $2";
                self.execute(&txn, sql, vec![name(), dead_before.into()]).await?;
                if alone {
                    self.execute(&txn, "UPDATE bus_cursor SET owner = NULL, lease_until = 0 WHERE name = $1", vec![name()]).await?;
                }
                Ok(txn.commit().await?)
            })
            .await
    }

    /// Says that this replica is alive, keeps what it holds up to its fair share, gives the rest back and takes what nobody holds.
    /// Gives what it holds now.
    pub(crate) async fn renew(&self) -> Result<Vec<Held>> {
        self.faults.at(Step::LeaseWanted).await?;
        let held = self
            .db
            .retry(|| async {
                let txn = self.db.begin().await?;
                let held = self.renew_in(&txn).await?;
                self.faults.at(Step::LeaseTaken).await?;
                txn.commit().await?;
                Ok(held)
            })
            .await?;
        self.faults.at(Step::LeaseCommitted).await?;
        Ok(held)
    }

    async fn renew_in(&self, txn: &DatabaseTransaction) -> Result<Vec<Held>> {
        let now = real_now();
        let until = now.plus(self.duration).0;
        let sql = "INSERT INTO bus_replica (name, owner, alive_until) VALUES ($1, $2, $3) \
                   ON CONFLICT (name, owner) DO UPDATE SET alive_until = excluded.alive_until";
        self.execute(txn, sql, vec![self.name.clone().into(), self.owner.into(), until.into()]).await?;

        let replicas = self.replicas(txn, now.0).await?;
        let (wanted, surplus) = self.share(&self.cursors(txn).await?, replicas, now.0);
        if !surplus.is_empty() {
            let sql = format!(
                "UPDATE bus_cursor SET owner = NULL, lease_until = 0 WHERE name = $1 AND owner = $2 AND partition IN ({})",
                numbers(&surplus)
            );
            self.execute(txn, &sql, vec![self.name.clone().into(), self.owner.into()]).await?;
        }
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let sql = format!(
            "UPDATE bus_cursor SET owner = $2, lease_until = $3, epoch = epoch + CASE WHEN owner = $2 THEN 0 ELSE 1 END \
             WHERE name = $1 AND partition IN ({}) AND (owner = $2 OR owner IS NULL OR lease_until < $4) \
             RETURNING partition, epoch, position, published",
            numbers(&wanted)
        );
        let values = [self.name.clone().into(), self.owner.into(), until.into(), now.0.into()];
        let rows = txn.query_all_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, values)).await?;
        let mut held = Vec::with_capacity(rows.len());
        for row in rows {
            held.push(Held {
                partition: row.try_get("", "partition")?,
                epoch: row.try_get("", "epoch")?,
                position: row.try_get("", "position")?,
                published: row.try_get("", "published")?,
            });
        }
        held.sort_by_key(|held| held.partition);
        Ok(held)
    }

    /// Splits the partitions into what this replica should hold and what it should give back.
    fn share(&self, cursors: &[Cursor], replicas: usize, now: i64) -> (Vec<i32>, Vec<i32>) {
        let fair = cursors.len().div_ceil(replicas.max(1));
        let own = cursors.iter().filter(|cursor| cursor.owner == Some(self.owner));
        let free = cursors.iter().filter(|cursor| cursor.owner != Some(self.owner) && (cursor.owner.is_none() || cursor.lease_until < now));
        let mut own: Vec<i32> = own.map(|cursor| cursor.partition).collect();
        let surplus = own.split_off(own.len().min(fair));
        let room = fair - own.len();
        own.extend(free.map(|cursor| cursor.partition).take(room));
        (own, surplus)
    }

    async fn cursors(&self, txn: &DatabaseTransaction) -> Result<Vec<Cursor>> {
        let sql = "SELECT partition, owner, lease_until FROM bus_cursor WHERE name = $1 ORDER BY partition";
        let rows = txn.query_all_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, [self.name.clone().into()])).await?;
        let mut cursors = Vec::with_capacity(rows.len());
        for row in rows {
            cursors.push(Cursor {
                partition: row.try_get("", "partition")?,
                owner: row.try_get("", "owner")?,
                lease_until: row.try_get("", "lease_until")?,
            });
        }
        Ok(cursors)
    }

    async fn replicas(&self, txn: &DatabaseTransaction, now: i64) -> Result<usize> {
        let sql = "SELECT COUNT(*) AS replicas FROM bus_replica WHERE name = $1 AND alive_until >= $2";
        let values = [self.name.clone().into(), now.into()];
        let row = txn.query_one_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, values)).await?;
        let replicas: i64 = row.map(|row| row.try_get("", "replicas")).transpose()?.unwrap_or(1);
        Ok(usize::try_from(replicas).unwrap_or(1))
    }

    /// Whether this replica still holds a partition under this epoch, and its position is still this one: it is further when a commit was
    /// done and its answer was lost, and then all that is in hand is old.
    pub(crate) async fn stands_at(&self, held: &Held, position: i64) -> Result<bool> {
        let here = self.faults.guarded(Guard::ConsumerPosition, "position = $5");
        let sql = format!("SELECT 1 FROM bus_cursor WHERE name = $1 AND partition = $2 AND owner = $3 AND epoch = $4 AND {here}");
        let values = [self.name.clone().into(), held.partition.into(), self.owner.into(), held.epoch.into(), position.into()];
        Ok(self.db.read().query_one_raw(Statement::from_sql_and_values(self.db.backend(), &sql, values)).await?.is_some())
    }

    /// Gives everything back, so that others need not wait for the leases to end.
    pub(crate) async fn release(&self) -> Result<()> {
        self.db
            .retry(|| async {
                let txn = self.db.begin().await?;
                let values = || vec![self.name.clone().into(), self.owner.into()];
                let sql = "UPDATE bus_cursor SET owner = NULL, lease_until = 0 WHERE name = $1 AND owner = $2";
                self.execute(&txn, sql, values()).await?;
                self.execute(&txn, "DELETE FROM bus_replica WHERE name = $1 AND owner = $2", values()).await?;
                self.faults.at(Step::LeaseReturned).await?;
                Ok(txn.commit().await?)
            })
            .await
    }

    async fn execute(&self, txn: &DatabaseTransaction, sql: &str, values: Vec<Value>) -> Result<u64> {
        let statement = Statement::from_sql_and_values(txn.get_database_backend(), sql, values);
        Ok(txn.execute_raw(statement).await?.rows_affected())
    }
}

fn numbers(partitions: &[i32]) -> String {
    partitions.iter().map(i32::to_string).collect::<Vec<_>>().join(", ")
}

/// The partitions in hand with their epochs, as SQL: `VALUES (0, 3), (5, 1)`. The text changes only when leases do, so the database
/// keeps the statement prepared.
pub(crate) fn epochs<'a>(held: impl IntoIterator<Item = &'a Held>) -> String {
    let mut sql = String::from("VALUES ");
    for (n, held) in held.into_iter().enumerate() {
        let comma = if n == 0 { "" } else { ", " };
        let _ = write!(sql, "{comma}({}, {})", held.partition, held.epoch);
    }
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_replica_keeps_its_share_gives_the_rest_back_and_takes_what_is_free() {
        let db = Db::connect("sqlite::memory:", 1).await.expect("a database in memory");
        let leases = Leases::new(&db, "relay", Duration::from_secs(5), &Faults::default());
        let (me, other) = (Some(leases.owner), Some(random_uuid()));
        let check = |owners: &[(Option<Uuid>, i64)], replicas: usize, wanted: &[i32], surplus: &[i32]| {
            let cursor = |(n, (owner, until)): (usize, &(Option<Uuid>, i64))| Cursor {
                partition: i32::try_from(n).expect("a partition"),
                owner: *owner,
                lease_until: *until,
            };
            let cursors: Vec<Cursor> = owners.iter().enumerate().map(cursor).collect();
            let (keeps, gives) = leases.share(&cursors, replicas, 100);
            assert_eq!((keeps.as_slice(), gives.as_slice()), (wanted, surplus), "{owners:?} {replicas}");
        };
        check(&[(None, 0), (None, 0), (None, 0), (None, 0)], 1, &[0, 1, 2, 3], &[]);
        check(&[(me, 200), (me, 200), (me, 200), (me, 200)], 2, &[0, 1], &[2, 3]);
        check(&[(me, 200), (me, 200), (other, 200), (other, 99)], 2, &[0, 1], &[]);
        check(&[(me, 200), (other, 200), (other, 200), (other, 99)], 2, &[0, 3], &[]);
        check(&[(me, 50), (other, 200), (other, 200), (None, 0)], 3, &[0, 3], &[]);
    }

    #[test]
    fn epochs_are_a_list_of_values() {
        let held = |partition, epoch| Held { partition, epoch, position: 0, published: 0 };
        assert_eq!(epochs(&[held(0, 3), held(5, 1)]), "VALUES (0, 3), (5, 1)");
    }
}
