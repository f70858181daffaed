//! What a handler may do: not know a type, answer with events of its own. What happens when it fails is in `parking`.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bus::{Event, Handler};
use chassis::error::Result;
use proto::flexpool::{ShiftCancelled, ShiftPublished};
use sea_orm::DatabaseTransaction;
use uuid::Uuid;

use crate::harness::{Harness, Recorder, SOURCE, effects, record, subject_in, wait_until, write};

struct Choosy;

#[async_trait]
impl Handler for Choosy {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        if event.is::<ShiftCancelled>() { record(txn, event).await } else { event.unknown() }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_an_unknown_type_moves_the_position() {
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Choosy))).await;
    let subject = subject_in(4);
    let txn = replica.producer.begin().await.expect("begun");
    let now = chassis::time::real_now();
    bus::log::append(&txn, harness.region, now, subject, &ShiftPublished::default()).await.expect("appended");
    bus::log::append(&txn, harness.region, now, subject, &ShiftCancelled::default()).await.expect("appended");
    replica.producer.commit(txn).await.expect("committed");
    let sequences: Vec<i64> = harness.effects().await.iter().map(|effect| effect.sequence).collect();
    assert_eq!(sequences, [2]);
    replica.stop().await;
}

/// Answers every event with one of its own, in the log of the consumer.
struct Chatty {
    answers: Mutex<Vec<Uuid>>,
}

#[async_trait]
impl Handler for Chatty {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        record(txn, event).await
    }

    async fn react(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        let answer = ShiftCancelled { shift: event.subject.to_string() };
        bus::log::append(txn, event.region, event.time, event.subject, &answer).await?;
        self.answers.lock().expect("unpoisoned").push(event.subject);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_reaction_emits_is_delivered_once_too() {
    let harness = Harness::start().await;
    let replica = harness.replica(None).await;
    // The consumer is a service with a log of its own, and a third one follows that.
    let own = harness.consumer().await;
    replica.bus.attach(&replica.frame, "members", &own).expect("attached");
    replica.bus.consume(&replica.frame, SOURCE, &own, Arc::new(Chatty { answers: Mutex::default() }));
    let third = Harness::start().await;
    let third_db = third.consumer().await;
    replica.bus.consume(&replica.frame, "members", &third_db, Arc::new(Recorder));
    let subjects: Vec<Uuid> = (0..16).map(subject_in).collect();
    write(&replica.producer, harness.region, &subjects).await;
    harness.effects().await;
    wait_until("the answers", async || bus::caught_up(&own, &third_db, "members").await).await;
    let mut answered: Vec<Uuid> = effects(&third_db).await.iter().map(|effect| effect.subject).collect();
    let mut asked = subjects;
    asked.sort();
    answered.sort();
    assert_eq!(answered, asked);
    replica.stop().await;
}
