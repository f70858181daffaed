//! Giving positions to committed events, as each database does it best. Either way the partition's cursor moves in the same transaction,
//! and only under the epoch in hand: who lost a partition without knowing finds another epoch and gives nothing. Before it commits, the
//! transaction proves that what it gave follows on the cursor without a gap: a hole could never be filled again (I6).

use std::collections::BTreeMap;

use chassis::{
    db::Db,
    error::{Error, Result},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement};

use crate::{
    faults::{Faults, Guard, Step},
    lease::{Held, epochs},
    log::EVENT,
};

/// The oldest events that wait for a position.
#[derive(Clone, Copy)]
pub(crate) struct Batch<'a> {
    /// In these partitions.
    pub(crate) held: &'a [Held],
    /// Written after this row.
    pub(crate) after: i64,
    /// At most so many.
    pub(crate) limit: usize,
    /// Whether what has a position counts as published: without Redis there is nothing to publish.
    pub(crate) mark: bool,
    pub(crate) faults: &'a Faults,
}

impl Batch<'_> {
    /// Gives them the next positions of their partitions, in the order in which they were written. Gives their rows, in no order.
    pub(crate) async fn give(self, db: &Db) -> Result<Vec<QueryResult>> {
        db.retry(|| async move {
            match db.backend() {
                #[cfg(feature = "faults")]
                _ if self.faults.without(Guard::RelayEpoch) => self.give_from_memory(db).await,
                DbBackend::Postgres => self.give_on_postgres(db).await,
                _ => self.give_on_sqlite(db).await,
            }
        })
        .await
    }

    /// The rows, `place` being how the database finds them again fastest.
    fn waiting(self, place: &str, hint: &str) -> String {
        let order = if self.faults.without(Guard::WrittenOrder) { "written DESC" } else { "written" };
        let partitions: Vec<String> = self.held.iter().map(|held| held.partition.to_string()).collect();
        format!(
            "SELECT place, partition, row_number() OVER (PARTITION BY partition ORDER BY {order}) AS n FROM ( \
               SELECT {place} AS place, written, partition FROM event_log {hint} \
               WHERE position IS NULL AND written > $1 AND partition IN ({}) ORDER BY {order} LIMIT {}) AS oldest",
            partitions.join(", "),
            self.limit
        )
    }

    fn mark_with(self, position: &str) -> String {
        if self.mark { format!(", published = {position}") } else { String::new() }
    }

    /// The cursors are locked first and in one order, so that the statement that follows sees every position given before. Rows are found
    /// again by `ctid`: nobody else changes them while the cursors are locked, and while the table's statistics are old, which they are
    /// after every import, a join over an index has been seen to read all that waits for every row (55 s for 512 of 300,000; this way
    /// 20 ms).
    async fn give_on_postgres(self, db: &Db) -> Result<Vec<QueryResult>> {
        let lock = format!(
            "SELECT partition, position FROM bus_cursor WHERE name = 'relay' AND (partition, epoch) IN ({}) ORDER BY partition FOR UPDATE",
            epochs(self.held)
        );
        let give = format!(
            "WITH waiting AS ({waiting}), \
             given AS ( \
               UPDATE event_log e SET position = c.position + w.n \
               FROM waiting w JOIN bus_cursor c ON c.name = 'relay' AND c.partition = w.partition AND (c.partition, c.epoch) IN ({epochs}) \
               WHERE e.ctid = w.place RETURNING e.written, {columns}), \
             moved AS ( \
               UPDATE bus_cursor c SET position = c.position + g.n{mark} \
               FROM (SELECT partition, COUNT(*) AS n FROM given GROUP BY partition) g \
               WHERE c.name = 'relay' AND c.partition = g.partition) \
             SELECT * FROM given",
            waiting = self.waiting("ctid", ""),
            mark = self.mark_with("c.position + g.n"),
            epochs = epochs(self.held),
            columns = EVENT.split(", ").map(|column| format!("e.{column}")).collect::<Vec<_>>().join(", "),
        );
        let txn = db.begin().await?;
        let cursors = txn.query_all_raw(Statement::from_string(DbBackend::Postgres, lock)).await?;
        let rows = txn.query_all_raw(Statement::from_sql_and_values(DbBackend::Postgres, give, [self.after.into()])).await?;
        self.commit(txn, &cursors, &rows).await?;
        Ok(rows)
    }

    /// The same in one transaction, which no other writer can enter.
    async fn give_on_sqlite(self, db: &Db) -> Result<Vec<QueryResult>> {
        let waiting = self.waiting("written", "INDEXED BY event_log_waiting");
        let statement = |sql: &str| Statement::from_sql_and_values(DbBackend::Sqlite, sql, [self.after.into()]);
        // Looking first costs no writing transaction when there is nothing to do.
        if db.read().query_one_raw(statement(&format!("{waiting} LIMIT 1"))).await?.is_none() {
            return Ok(Vec::new());
        }
        let own = format!("c.name = 'relay' AND (c.partition, c.epoch) IN ({})", epochs(self.held));
        let give = format!(
            "WITH waiting AS ({waiting}) \
             UPDATE event_log SET position = c.position + w.n \
             FROM waiting w JOIN bus_cursor c ON c.partition = w.partition AND {own} WHERE event_log.written = w.place \
             RETURNING written, {EVENT}"
        );
        let head = "(SELECT max(e.position) FROM event_log e WHERE e.partition = c.partition AND e.position IS NOT NULL)";
        let advance = format!("UPDATE bus_cursor AS c SET position = {head}{} WHERE {own} AND {head} > c.position", self.mark_with(head));
        let txn = db.begin().await?;
        let cursors = "SELECT partition, position FROM bus_cursor WHERE name = 'relay'";
        let cursors = txn.query_all_raw(Statement::from_string(DbBackend::Sqlite, cursors)).await?;
        let rows = txn.query_all_raw(statement(&give)).await?;
        txn.execute_raw(Statement::from_string(DbBackend::Sqlite, advance)).await?;
        self.commit(txn, &cursors, &rows).await?;
        Ok(rows)
    }

    /// Commits when the positions in `rows` follow on the `cursors` as they were, without a gap; else leaves everything as it was. Not by
    /// `Db::commit`, which would wake the relay again.
    async fn commit(self, txn: DatabaseTransaction, cursors: &[QueryResult], rows: &[QueryResult]) -> Result<()> {
        let mut heads = BTreeMap::new();
        for cursor in cursors {
            heads.insert(cursor.try_get::<i32>("", "partition")?, cursor.try_get::<i64>("", "position")?);
        }
        let mut given = Vec::with_capacity(rows.len());
        for row in rows {
            given.push((row.try_get::<i32>("", "partition")?, row.try_get::<i64>("", "position")?));
        }
        given.sort_unstable();
        for (partition, position) in given {
            let expected = heads.get_mut(&partition).map(|head| {
                *head += 1;
                *head
            });
            if expected != Some(position) {
                txn.rollback().await?;
                return Err(Error::internal(format!("partition {partition} would have got position {position}, not {expected:?} (I6)")));
            }
        }
        if !rows.is_empty() {
            self.faults.at(Step::RelayGave).await?;
        }
        Ok(txn.commit().await?)
    }

    /// What a relay would do that believed itself alone: the bug that [`Guard::RelayEpoch`] keeps out.
    #[cfg(feature = "faults")]
    async fn give_from_memory(self, db: &Db) -> Result<Vec<QueryResult>> {
        let statement = |sql: &str, values: [i64; 2]| Statement::from_sql_and_values(db.backend(), sql, values.map(Into::into));
        let txn = db.begin().await?;
        let mut given = Vec::new();
        for held in self.held {
            let (partition, mut position) = (i64::from(held.partition), held.position);
            let waiting = "SELECT written FROM event_log WHERE position IS NULL AND partition = $1 ORDER BY written LIMIT $2";
            for row in txn.query_all_raw(statement(waiting, [partition, 100])).await? {
                position += 1;
                let give = format!("UPDATE event_log SET position = $1 WHERE written = $2 RETURNING written, {EVENT}");
                given.extend(txn.query_one_raw(statement(&give, [position, row.try_get("", "written")?])).await?);
                let advance = "UPDATE bus_cursor SET position = $1 WHERE name = 'relay' AND partition = $2";
                txn.execute_raw(statement(advance, [position, partition])).await?;
            }
        }
        txn.commit().await?;
        Ok(given)
    }
}
