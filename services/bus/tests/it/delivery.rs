//! Order, positions without gaps, and effects exactly once.

use std::sync::Arc;

use bus::log::{Row, append_all};
use chassis::{ids::random_uuid, time::real_now};
use proto::flexpool::ShiftCancelled;
use rand::Rng;
use sea_orm::{ConnectionTrait, Statement, Value};

use crate::harness::{Harness, Recorder, execute, storm, subject_in, wait_until, write};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_at_once_leave_sequences_and_positions_without_gaps_and_every_event_takes_effect_once() {
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let written = storm(&replica.producer, harness.region, &mut crate::harness::randomness(), 40).await;
    let effects = harness.effects().await;
    assert_eq!(effects.len() as u64, written);
    harness.assert_exactly_once().await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_of_one_statement_get_the_sequences_in_their_order() {
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let (one, other) = (random_uuid(), random_uuid());
    write(&replica.producer, harness.region, &[one]).await;
    let row = |subject| Row::new(harness.region, real_now(), subject, &ShiftCancelled { shift: format!("{subject}") });
    // More than one statement takes, mostly about two subjects.
    let mut rows = vec![row(one), row(other), row(one), row(other), row(one)];
    rows.extend((0..600).map(|n| row(if n % 3 == 0 { one } else { other })));
    let txn = replica.producer.begin().await.expect("begun");
    append_all(&txn, rows).await.expect("appended");
    replica.producer.commit(txn).await.expect("committed");
    assert_eq!(harness.effects().await.len(), 606);
    harness.assert_exactly_once().await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_written_by_hand_appends_as_append_does() {
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let db = &replica.producer;
    let (old, new) = (random_uuid(), random_uuid());
    write(db, harness.region, &[old]).await;
    let row = |subject| Row::new(harness.region, real_now(), subject, &ShiftCancelled { shift: format!("{subject}") });
    for (subject, sequence) in [(old, bus::log::next_sequence("$1", "$2")), (new, "1".to_owned())] {
        let sql = format!("INSERT INTO event_log ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, {sequence})", bus::log::COLUMNS);
        let values: [Value; 8] = row(subject).values();
        db.write().execute_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await.expect("inserted");
        db.announce_commit();
    }
    assert_eq!(harness.effects().await.len(), 3);
    harness.assert_exactly_once().await;
    let sql = format!("INSERT INTO event_log ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)", bus::log::COLUMNS);
    let taken = db.write().execute_raw(Statement::from_sql_and_values(db.backend(), sql, row(new).values())).await;
    assert!(bus::log::is_sequence_taken(&taken.expect_err("the sequence is taken")));
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_committed_late_comes_after_those_that_were_written_later() {
    let harness = Harness::start().await;
    if harness.redis.is_none() {
        // One writer at a time: nothing is committed late on SQLite.
        return;
    }
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let (late, early) = (subject_in(3), subject_in(3));
    let txn = replica.producer.begin().await.expect("begun");
    bus::log::append(&txn, harness.region, real_now(), late, &ShiftCancelled { shift: late.to_string() }).await.expect("appended");
    write(&replica.producer, harness.region, &[early]).await;
    assert_eq!(harness_first(&harness).await.subject, early);
    replica.producer.commit(txn).await.expect("committed");
    assert_eq!(harness.effects().await[1].subject, late);
    harness.assert_exactly_once().await;
    replica.stop().await;
}

async fn harness_first(harness: &Harness) -> crate::harness::Effect {
    let consumer = harness.consumer().await;
    wait_until("one effect", async || crate::harness::effects(&consumer).await.pop().ok_or_else(|| "none".to_owned())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consumers_killed_at_random_moments_apply_every_event_once() {
    let harness = Harness::start().await;
    let mut rng = crate::harness::randomness();
    let writer = harness.replica(None).await;
    let steady = harness.replica_with(harness.settings(), true, Some(Arc::new(Recorder))).await;
    for _ in 0..6 {
        let mortal = harness.replica(Some(Arc::new(Recorder))).await;
        let (db, mut own) = (writer.producer.clone(), rand::SeedableRng::from_rng(&mut rng));
        let region = harness.region;
        let storm = tokio::spawn(async move { storm(&db, region, &mut own, 8).await });
        let kill_at = rng.random_range(0..120);
        let consumer = harness.consumer().await;
        let before = crate::harness::effects(&consumer).await.len();
        // The moment is so many effects into the storm, or its end.
        wait_until("the moment", async || {
            let now = crate::harness::effects(&consumer).await.len() - before;
            if now >= kill_at || storm.is_finished() { Ok(()) } else { Err(format!("{now} of {kill_at}")) }
        })
        .await;
        mortal.kill();
        storm.await.expect("written");
    }
    harness.assert_exactly_once().await;
    steady.stop().await;
    writer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_process_killed_again_and_again_loses_and_repeats_nothing() {
    let harness = Harness::start().await;
    let mut rng = crate::harness::randomness();
    let outside = harness.producer().await;
    for _ in 0..6 {
        let replica = harness.replica(Some(Arc::new(Recorder))).await;
        let (db, mut own) = (outside.clone(), rand::SeedableRng::from_rng(&mut rng));
        let region = harness.region;
        let storm = tokio::spawn(async move { storm(&db, region, &mut own, 6).await });
        let wanted: i64 = rng.random_range(0..60);
        let before: i64 = bus::heads(&outside).await.expect("heads").iter().sum();
        wait_until("the moment", async || {
            let now = bus::heads(&outside).await.map_err(|error| error.to_string())?.iter().sum::<i64>() - before;
            if now >= wanted || storm.is_finished() { Ok(()) } else { Err(format!("{now} of {wanted}")) }
        })
        .await;
        replica.kill();
        storm.await.expect("written");
    }
    let last = harness.replica(Some(Arc::new(Recorder))).await;
    harness.assert_exactly_once().await;
    last.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_backlog_is_worked_off_in_order() {
    let harness = Harness::start().await;
    let db = harness.producer().await;
    let subjects: Vec<_> = (0..100).map(|_| random_uuid()).collect();
    for _ in 0..4 {
        let row = |n: usize| {
            let subject = subjects[n % subjects.len()];
            Row::new(harness.region, real_now(), subject, &ShiftCancelled { shift: subject.to_string() })
        };
        let txn = db.begin().await.expect("begun");
        append_all(&txn, (0..1500).map(row).collect()).await.expect("appended");
        db.commit(txn).await.expect("committed");
    }
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    assert_eq!(harness.effects().await.len(), 6000);
    harness.assert_exactly_once().await;
    // A second consumer from the beginning is further behind than streams and memory reach.
    replica.stop().await;
    let consumer = harness.consumer().await;
    execute(&consumer, "DELETE FROM effect").await;
    execute(&consumer, "UPDATE bus_cursor SET position = 0 WHERE name = 'flexpool'").await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    harness.assert_exactly_once().await;
    replica.stop().await;
}
