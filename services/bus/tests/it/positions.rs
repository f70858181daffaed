//! Giving positions while somebody else does.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, Statement};

use crate::harness::{Harness, Recorder, distributed, subject_in, wait_until, write};

/// This once left a hole: the relay's statement saw the events as they were before, waited for the cursor, found the events changed, and
/// moved the cursor all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_waits_for_a_cursor_counts_what_was_given_meanwhile() {
    if !distributed() {
        // One writer at a time: nobody waits within a transaction on SQLite.
        return;
    }
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let subject = subject_in(1);
    write(&replica.producer, harness.region, &[subject]).await;
    harness.assert_exactly_once().await;
    // Somebody gives positions under the same epoch and is slow to commit.
    let db = harness.producer().await;
    let txn = db.begin().await.expect("begun");
    txn.execute_unprepared("SELECT 1 FROM bus_cursor WHERE name = 'relay' AND partition = 1 FOR UPDATE").await.expect("locked");
    write(&replica.producer, harness.region, &[subject, subject]).await;
    wait_until("the relay to wait for the cursor", async || {
        let sql = "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.map_err(|error| error.to_string())?;
        let waiting: i64 = row.expect("a row").try_get("", "n").expect("a number");
        if waiting > 0 { Ok(()) } else { Err("nobody waits".to_owned()) }
    })
    .await;
    txn.execute_unprepared("UPDATE event_log SET position = sequence WHERE position IS NULL").await.expect("given");
    txn.execute_unprepared("UPDATE bus_cursor SET position = 3 WHERE name = 'relay' AND partition = 1").await.expect("moved");
    txn.commit().await.expect("committed");
    write(&replica.producer, harness.region, &[subject]).await;
    harness.assert_exactly_once().await;
    replica.stop().await;
}
