//! What a handler may do to its partition: not know a type, fail, panic.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use bus::{Event, Handler};
use chassis::error::{Error, Result};
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

/// Fails or panics at one subject while it is sick.
struct Sick {
    subject: Uuid,
    sick: AtomicBool,
    panics: bool,
}

#[async_trait]
impl Handler for Sick {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        record(txn, event).await
    }

    async fn react(&self, _: &DatabaseTransaction, event: &Event) -> Result<()> {
        let sick = event.subject == self.subject && self.sick.load(Ordering::SeqCst);
        assert!(!(sick && self.panics), "sick");
        if sick { Err(Error::internal("sick")) } else { Ok(()) }
    }
}

async fn a_sick_handler_blocks_only_its_partition(panics: bool) {
    let harness = Harness::start().await;
    let sick = Arc::new(Sick { subject: subject_in(5), sick: AtomicBool::new(true), panics });
    // All is there before the consumer starts, so that the sick event is in the middle of a batch.
    let before = subject_in(5);
    let db = harness.producer().await;
    write(&db, harness.region, &[before, before, sick.subject, before, subject_in(6), sick.subject, subject_in(7)]).await;
    let replica = harness.replica(Some(sick.clone())).await;
    let consumer = harness.consumer().await;
    let failing = wait_until("what the partition waits for", async || {
        let taken = effects(&consumer).await.len();
        let failing = replica.bus.lag().into_iter().find(|lag| lag.failing.is_some());
        failing.filter(|_| taken == 4).ok_or_else(|| format!("{taken} effects, {:?}", replica.bus.lag()))
    })
    .await;
    assert_eq!((failing.source, failing.partition, failing.position, failing.head), (SOURCE, 5, 2, 5));
    let what = failing.failing.expect("failing");
    assert_eq!(what.kind, "regiopool.flexpool.v1.ShiftCancelled");
    // Others go on meanwhile.
    write(&replica.producer, harness.region, &[subject_in(6)]).await;
    wait_until("the healthy partition", async || {
        let taken = effects(&consumer).await.len();
        if taken == 5 { Ok(()) } else { Err(format!("{taken} effects")) }
    })
    .await;
    sick.sick.store(false, Ordering::SeqCst);
    harness.assert_exactly_once().await;
    wait_until("no lag", async || {
        let lag = replica.bus.lag();
        if lag.iter().all(|lag| lag.failing.is_none() && lag.position == lag.head) { Ok(()) } else { Err(format!("{lag:?}")) }
    })
    .await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_handler_blocks_only_its_partition_and_goes_on_when_it_heals() {
    a_sick_handler_blocks_only_its_partition(false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panicking_handler_blocks_only_its_partition_and_goes_on_when_it_heals() {
    a_sick_handler_blocks_only_its_partition(true).await;
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
