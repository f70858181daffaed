//! Who holds what: shares, takeovers, and the epoch that refuses who lost a lease.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU32, Ordering},
    mpsc::{self, Receiver},
};

use async_trait::async_trait;
use bus::{Event, Handler};
use chassis::{db::Db, error::Result};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use tokio::sync::Semaphore;

use crate::harness::{Harness, Recorder, SOURCE, distributed, effects, execute, record, subject_in, wait_until, write};

/// How many partitions of a cursor each owner holds, in order of size.
async fn shares(db: &Db, name: &str) -> Vec<i64> {
    let sql = "SELECT COUNT(*) AS held FROM bus_cursor WHERE name = $1 AND owner IS NOT NULL GROUP BY owner ORDER BY held";
    let rows = db.read().query_all_raw(Statement::from_sql_and_values(db.backend(), sql, [name.into()])).await.expect("shares");
    rows.iter().map(|row| row.try_get("", "held").expect("held")).collect()
}

async fn wait_for_shares(db: &Db, name: &str, wanted: &[i64]) {
    wait_until("shares", async || {
        let shares = shares(db, name).await;
        if shares == wanted { Ok(()) } else { Err(format!("{name}: {shares:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_share_the_partitions_and_what_a_dead_one_held_is_taken_over() {
    let harness = Harness::start().await;
    let (producer, consumer) = (harness.producer().await, harness.consumer().await);
    let first = harness.replica(Some(Arc::new(Recorder))).await;
    for (db, name) in [(&producer, "relay"), (&consumer, SOURCE)] {
        wait_for_shares(db, name, &[16]).await;
    }
    let second = harness.replica(Some(Arc::new(Recorder))).await;
    let third = harness.replica(Some(Arc::new(Recorder))).await;
    for (db, name) in [(&producer, "relay"), (&consumer, SOURCE)] {
        wait_for_shares(db, name, &[4, 6, 6]).await;
    }
    let subjects: Vec<_> = (0..16).map(subject_in).collect();
    write(&first.producer, harness.region, &subjects).await;
    harness.assert_exactly_once().await;
    second.kill();
    write(&third.producer, harness.region, &subjects).await;
    harness.assert_exactly_once().await;
    for (db, name) in [(&producer, "relay"), (&consumer, SOURCE)] {
        wait_for_shares(db, name, &[8, 8]).await;
    }
    // Who stops in order leaves at once.
    third.stop().await;
    first.stop().await;
    for (db, name) in [(&producer, "relay"), (&consumer, SOURCE)] {
        assert_eq!(shares(db, name).await, [0_i64; 0]);
    }
}

/// Loses its lease in the middle of the first batch, as if somebody else had taken it.
#[derive(Default)]
struct Robbed {
    robbed: AtomicBool,
    calls: AtomicU32,
}

#[async_trait]
impl Handler for Robbed {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        record(txn, event).await?;
        self.calls.fetch_add(1, Ordering::SeqCst);
        if event.sequence == 3 && !self.robbed.swap(true, Ordering::SeqCst) {
            let sql = format!("UPDATE bus_cursor SET epoch = epoch + 1 WHERE name = 'flexpool' AND partition = {}", event.partition);
            txn.execute_unprepared(&sql).await?;
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_under_an_old_epoch_is_taken_back_as_a_whole() {
    let harness = Harness::start().await;
    let subject = subject_in(9);
    write(&harness.producer().await, harness.region, &[subject; 5]).await;
    let robbed = Arc::new(Robbed::default());
    let replica = harness.replica(Some(robbed.clone())).await;
    harness.assert_exactly_once().await;
    assert!(robbed.robbed.load(Ordering::SeqCst));
    assert!(robbed.calls.load(Ordering::SeqCst) > 5, "what was done under the old epoch was done again");
    replica.stop().await;
}

/// Stops its whole process in the middle of its first batch until it is let go: a replica has one thread, and this blocks it.
struct Gate {
    reached: Semaphore,
    open: Mutex<Option<Receiver<()>>>,
}

#[async_trait]
impl Handler for Gate {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        record(txn, event).await?;
        if event.sequence == 3
            && let Some(open) = self.open.lock().expect("unpoisoned").take()
        {
            self.reached.add_permits(1);
            open.recv().expect("let go");
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_paused_in_a_batch_is_replaced_and_changes_nothing_when_it_wakes() {
    if !distributed() {
        // On SQLite nobody can write while a batch is open, so nobody can take over either.
        return;
    }
    let harness = Harness::start().await;
    let consumer = harness.consumer().await;
    let (let_go, open) = mpsc::channel();
    let gate = Arc::new(Gate { reached: Semaphore::new(0), open: Mutex::new(Some(open)) });
    let subject = subject_in(9);
    let writer = harness.replica(None).await;
    write(&writer.producer, harness.region, &[subject; 5]).await;
    let paused = harness.replica(Some(gate.clone())).await;
    gate.reached.acquire().await.expect("reached").forget();
    // It cannot renew its leases, so they end, and it does not know.
    let successor = harness.replica(Some(Arc::new(Recorder))).await;
    wait_until("the successor's effects", async || {
        let taken = effects(&consumer).await.len();
        if taken == 5 { Ok(()) } else { Err(format!("{taken} effects")) }
    })
    .await;
    let_go.send(()).expect("it waits");
    write(&writer.producer, harness.region, &[subject]).await;
    harness.assert_exactly_once().await;
    paused.stop().await;
    successor.stop().await;
    writer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_lost_a_partition_gives_no_positions_in_it() {
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let db = &replica.producer;
    wait_for_shares(db, "relay", &[16]).await;
    let somebody = if distributed() { "gen_random_uuid()" } else { "randomblob(16)" };
    let rob = format!(
        "UPDATE bus_cursor SET epoch = epoch + 1, owner = {somebody}, lease_until = {} WHERE name = 'relay' AND partition = 2",
        i64::MAX
    );
    execute(db, &rob).await;
    let (lost, kept) = (subject_in(2), subject_in(3));
    write(db, harness.region, &[lost, kept]).await;
    let consumer = harness.consumer().await;
    wait_until("the effect in the partition that is held", async || {
        let taken = effects(&consumer).await;
        taken.into_iter().find(|effect| effect.subject == kept).map(drop).ok_or_else(|| "none".to_owned())
    })
    .await;
    assert_eq!(bus::heads(db).await.expect("heads")[2..4], [0, 1]);
    execute(db, "UPDATE bus_cursor SET owner = NULL WHERE name = 'relay' AND partition = 2").await;
    // It takes the partition again, under a new epoch, and goes on from where it really is.
    harness.assert_exactly_once().await;
    replica.stop().await;
}
