//! Crashes of the relay, as the states that they leave behind.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use bus::faults::{Fault, Faults, Planned, Step};
use chassis::config::Settings;

use crate::harness::{Harness, Recorder, TIMING, execute, subject_in, wait_until, write};

/// Waits until the relay gave all events a position.
async fn positioned(harness: &Harness, events: i64) {
    let db = harness.producer().await;
    wait_until("positions", async || {
        let given: i64 = bus::heads(&db).await.map_err(|error| error.to_string())?.iter().sum();
        if given == events { Ok(()) } else { Err(format!("{given} of {events}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_between_positions_and_publishing_only_delays() {
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let subjects: Vec<_> = (0..16).map(subject_in).collect();
    write(&replica.producer, harness.region, &subjects).await;
    harness.assert_exactly_once().await;
    replica.stop().await;
    // A relay that does not publish at all leaves what one leaves that crashes before it does.
    let silent = harness.replica_with(Settings { redis: None, ..harness.settings() }, true, None).await;
    for _ in 0..3 {
        write(&silent.producer, harness.region, &subjects).await;
    }
    positioned(&harness, 64).await;
    silent.kill();
    let db = harness.producer().await;
    execute(&db, "UPDATE bus_cursor SET published = 1 WHERE name = 'relay'").await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    harness.assert_exactly_once().await;
    crate::streams::wait_for_streams(&harness, &[4; 16]).await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_between_publishing_and_the_mark_repeats_harmlessly() {
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let subjects: Vec<_> = (0..16).map(subject_in).collect();
    for _ in 0..4 {
        write(&replica.producer, harness.region, &subjects).await;
    }
    harness.assert_exactly_once().await;
    let mut broadcast = replica.bus.broadcast(&replica.frame, crate::harness::SOURCE);
    assert!(broadcast.ready().await);
    // What the mark would have said is lost; the relay finds that its streams are ahead of it.
    let db = harness.producer().await;
    let other = harness.replica(None).await;
    execute(&db, "UPDATE bus_cursor SET published = 2, owner = NULL, lease_until = 0 WHERE name = 'relay'").await;
    write(&replica.producer, harness.region, &subjects).await;
    harness.assert_exactly_once().await;
    crate::streams::wait_for_streams(&harness, &[5; 16]).await;
    let mut seen = Vec::new();
    for _ in 0..16 {
        seen.push(broadcast.recv().await.expect("an event").position);
    }
    assert_eq!(seen, [5; 16], "who was ahead sees nothing again");
    other.stop().await;
    replica.stop().await;
}

/// The relay knows nothing of positions that it gave when it does not hear of the commit. Nothing follows that would make it look again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn positions_whose_commit_was_not_answered_are_published_all_the_same() {
    let harness = Harness::start().await;
    let lost = Planned { step: Step::RelayCommitted, hit: 1, fault: Fault::LoseAnswer };
    let faults = Faults::planned(vec![lost], HashMap::new(), HashSet::new());
    let replica = harness.replica_under(harness.settings(), true, Some(Arc::new(Recorder)), TIMING, faults.clone()).await;
    let subjects: Vec<_> = (0..16).map(subject_in).collect();
    write(&replica.producer, harness.region, &subjects).await;
    harness.assert_exactly_once().await;
    assert!(faults.met().contains(&(lost.step, lost.fault)));
    crate::streams::wait_for_streams(&harness, &[1; 16]).await;
    replica.stop().await;
}
