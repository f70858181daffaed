//! The check finds what must not be.

use std::sync::Arc;

use crate::harness::{Harness, Recorder, SOURCE, execute, subject_in, write};

async fn findings(harness: &Harness) -> Vec<String> {
    let (producer, consumer) = (harness.producer().await, harness.consumer().await);
    let mut findings = bus::check(&producer, SOURCE).await.expect("checked");
    let heads = bus::heads(&producer).await.expect("heads");
    findings.extend(bus::check_consumer(&consumer, SOURCE, &heads).await.expect("checked"));
    findings.iter().map(|finding| format!("{} {}", finding.invariant, finding.text)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_log_is_found() {
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let subject = subject_in(1);
    write(&replica.producer, harness.region, &[subject; 6]).await;
    harness.assert_exactly_once().await;
    replica.stop().await;
    let (db, consumer) = (harness.producer().await, harness.consumer().await);
    let damages = [
        (&consumer, "UPDATE bus_cursor SET position = position + 1 WHERE name = 'flexpool' AND partition = 1", "I6 is at 7, the log at 6"),
        (&db, "UPDATE bus_cursor SET published = 7 WHERE name = 'relay' AND partition = 1", "I6 published up to 7, but the relay is at 6"),
        (&db, "UPDATE event_log SET partition = 2, position = NULL WHERE sequence = 6", "I6 is in partition 2, expected 1"),
        (&db, "UPDATE event_log SET position = 7 WHERE sequence = 2", "I6 event 3 has a position before that of the event before it"),
        (&db, "DELETE FROM event_log WHERE sequence = 4", "I6 5 events have sequences from 1 to 6"),
        (&db, "DELETE FROM event_log WHERE sequence = 1", "I6 3 events have positions from 3 to 7"),
        (&db, "DELETE FROM bus_cursor WHERE name = 'relay' AND partition = 15", "I6 15 partitions, expected 16"),
    ];
    for (db, damage, expected) in damages {
        execute(db, damage).await;
        let found = findings(&harness).await;
        assert!(found.iter().any(|text| text == expected), "{damage}: {found:?}");
    }
}
