//! An event that fails is parked with its subject; everybody else goes on, and what was parked takes effect in order (D3).

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use async_trait::async_trait;
use bus::{
    Event, Handler,
    faults::{Fault, Faults, Planned, Step},
    parked,
};
use chassis::{
    db::Db,
    error::{Error, Result},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::harness::{Harness, Recorder, SOURCE, TIMING, effects, execute, record, subject_in, wait_until, write};

const HEALTHY: u32 = 0;
const FAILS: u32 = 1;
const PANICS: u32 = 2;
const AWAY: u32 = 3;

/// Cannot take the events of one subject, in one way or another.
struct Sick {
    subject: Uuid,
    how: AtomicU32,
}

impl Sick {
    fn of(subject: Uuid, how: u32) -> Arc<Self> {
        Arc::new(Self { subject, how: AtomicU32::new(how) })
    }
}

#[async_trait]
impl Handler for Sick {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        record(txn, event).await
    }

    async fn react(&self, _: &DatabaseTransaction, event: &Event) -> Result<()> {
        match self.how.load(Ordering::SeqCst) {
            _ if event.subject != self.subject => Ok(()),
            FAILS => Err(Error::internal("sick")),
            PANICS => panic!("sick"),
            AWAY => Err(Error::Unavailable("doctor")),
            _ => Ok(()),
        }
    }
}

async fn wait_for_parked(consumer: &Db, events: i64) {
    wait_until("what is parked", async || {
        let parked = parked::count(consumer, SOURCE).await.expect("counted");
        if parked == events { Ok(()) } else { Err(format!("{parked} parked")) }
    })
    .await;
}

async fn wait_for_effects(consumer: &Db, expected: usize) {
    wait_until("the effects of others", async || {
        let taken = effects(consumer).await.len();
        if taken == expected { Ok(()) } else { Err(format!("{taken} effects")) }
    })
    .await;
}

async fn only_the_subject_waits(how: u32, expected: &str) {
    let harness = Harness::start().await;
    let sick = Sick::of(subject_in(5), how);
    // All is there before the consumer starts, so that the sick event is in the middle of a batch.
    let before = subject_in(5);
    let db = harness.producer().await;
    write(&db, harness.region, &[before, before, sick.subject, before, subject_in(6), sick.subject, before]).await;
    let replica = harness.replica(Some(sick.clone())).await;
    let consumer = harness.consumer().await;
    wait_for_parked(&consumer, 2).await;
    wait_for_effects(&consumer, 5).await;
    // What comes later queues behind, and others of the same partition go on.
    write(&replica.producer, harness.region, &[sick.subject, before]).await;
    wait_for_parked(&consumer, 3).await;
    wait_for_effects(&consumer, 6).await;

    let [waiting] = parked::list(&consumer, SOURCE).await.expect("listed").try_into().expect("one subject");
    assert_eq!((waiting.subject, waiting.events, waiting.attempts), (sick.subject, 3, 5));
    assert_eq!(waiting.kind, "regiopool.flexpool.v1.ShiftCancelled");
    assert!(waiting.error.contains(expected), "{}", waiting.error);
    let missing = bus::caught_up(&db, &consumer, SOURCE).await.expect_err("three are missing");
    assert!(missing.contains("3 events of flexpool are parked"), "{missing}");

    let worked = parked::work_off(&consumer, SOURCE, &*sick, None).await.expect("worked");
    assert_eq!((worked.done, worked.failed.len()), (0, 1), "still sick");
    assert_eq!(parked::list(&consumer, SOURCE).await.expect("listed")[0].attempts, 6);
    sick.how.store(HEALTHY, Ordering::SeqCst);
    let other = parked::work_off(&consumer, SOURCE, &*sick, Some(subject_in(5))).await.expect("worked");
    assert_eq!(other, parked::WorkedOff::default(), "another subject");
    let worked = parked::work_off(&consumer, SOURCE, &*sick, Some(sick.subject)).await.expect("worked");
    assert_eq!((worked.done, worked.failed.len()), (3, 0));
    write(&replica.producer, harness.region, &[sick.subject, before]).await;
    harness.assert_exactly_once_per_subject().await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_fails_is_parked_with_its_subject() {
    only_the_subject_waits(FAILS, "sick").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_at_which_the_handler_panics_is_parked_with_its_subject() {
    only_the_subject_waits(PANICS, "the handler panicked").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_only_away_is_waited_out() {
    let harness = Harness::start().await;
    let sick = Sick::of(subject_in(5), AWAY);
    let replica = harness.replica(Some(sick.clone())).await;
    write(&replica.producer, harness.region, &[sick.subject, subject_in(5), subject_in(6)]).await;
    // More often than an event is tried that is at fault itself.
    let failing = wait_until("what the partition waits for", async || {
        let failing = replica.bus.lag().into_iter().find(|lag| lag.failing.as_ref().is_some_and(|failing| failing.attempts > 5));
        failing.ok_or_else(|| format!("{:?}", replica.bus.lag()))
    })
    .await;
    assert_eq!((failing.source, failing.partition, failing.position, failing.head), (SOURCE, 5, 0, 2));
    assert_eq!(failing.failing.expect("failing").kind, "regiopool.flexpool.v1.ShiftCancelled");
    let consumer = harness.consumer().await;
    wait_for_effects(&consumer, 1).await;
    wait_for_parked(&consumer, 0).await;
    sick.how.store(HEALTHY, Ordering::SeqCst);
    harness.assert_exactly_once().await;
    wait_until("no lag", async || {
        let lag = replica.bus.lag();
        if lag.iter().all(|lag| lag.failing.is_none() && lag.position == lag.head) { Ok(()) } else { Err(format!("{lag:?}")) }
    })
    .await;
    replica.stop().await;
}

/// Takes one event only when it is told to go on.
struct Slow {
    begun: Notify,
    go_on: Notify,
}

#[async_trait]
impl Handler for Slow {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        record(txn, event).await?;
        self.begun.notify_one();
        self.go_on.notified().await;
        Ok(())
    }
}

/// The last event of a subject is being worked off while the next one arrives: that one must not stay behind.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_arrives_while_its_subject_is_emptied_takes_effect_by_itself() {
    let harness = Harness::start().await;
    let sick = Sick::of(subject_in(5), FAILS);
    let replica = harness.replica(Some(sick.clone())).await;
    write(&replica.producer, harness.region, &[sick.subject]).await;
    let consumer = harness.consumer().await;
    wait_for_parked(&consumer, 1).await;
    sick.how.store(HEALTHY, Ordering::SeqCst);
    let slow = Slow { begun: Notify::new(), go_on: Notify::new() };
    let arriving = async {
        slow.begun.notified().await;
        write(&replica.producer, harness.region, &[sick.subject]).await;
        if consumer.backend() == DbBackend::Postgres {
            wait_until("the consumer to wait for who works off", async || {
                let sql =
                    "SELECT COUNT(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
                let row = consumer.read().query_one_raw(Statement::from_string(DbBackend::Postgres, sql)).await.expect("asked");
                let waiting: i64 = row.expect("a row").try_get("", "waiting").expect("a number");
                if waiting > 0 { Ok(()) } else { Err("nobody waits".to_owned()) }
            })
            .await;
        }
        slow.go_on.notify_one();
    };
    let (worked, ()) = tokio::join!(parked::work_off(&consumer, SOURCE, &slow, None), arriving);
    assert_eq!(worked.expect("worked").done, 1);
    harness.assert_exactly_once().await;
    replica.stop().await;
}

/// Of five tries an outage uses up none.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_no_try() {
    let harness = Harness::start().await;
    let sick = Sick::of(subject_in(5), AWAY);
    let replica = harness.replica(Some(sick.clone())).await;
    write(&replica.producer, harness.region, &[sick.subject]).await;
    let consumer = harness.consumer().await;
    let attempts = async |more_than: u32| {
        wait_until("more attempts", async || {
            let failing = replica.bus.lag().into_iter().find_map(|lag| lag.failing).map_or(0, |failing| failing.attempts);
            if failing > more_than { Ok(failing) } else { Err(format!("{failing} attempts")) }
        })
        .await
    };
    let away = attempts(4).await;
    sick.how.store(FAILS, Ordering::SeqCst);
    attempts(away).await;
    assert_eq!(parked::count(&consumer, SOURCE).await.expect("counted"), 0, "it failed once or twice by itself");
    sick.how.store(HEALTHY, Ordering::SeqCst);
    harness.assert_exactly_once().await;
    replica.stop().await;
}

/// Two replicas follow, two work off, and the producer goes on writing to the parked subject: each event once, in order.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn working_off_while_the_service_runs_keeps_the_order() {
    let harness = Harness::start().await;
    let sick = Sick::of(subject_in(5), FAILS);
    let mut replicas = vec![harness.replica(Some(sick.clone())).await];
    if harness.redis.is_some() {
        replicas.push(harness.replica(Some(sick.clone())).await);
    }
    let producer = &replicas[0].producer;
    write(producer, harness.region, &[sick.subject; 8]).await;
    let consumer = harness.consumer().await;
    wait_for_parked(&consumer, 8).await;
    sick.how.store(HEALTHY, Ordering::SeqCst);
    let writing = async {
        for _ in 0..30 {
            write(producer, harness.region, &[sick.subject, subject_in(5)]).await;
        }
    };
    let working = async || {
        for _ in 0..10 {
            let worked = parked::work_off(&consumer, SOURCE, &*sick, None).await;
            assert!(matches!(&worked, Ok(worked) if worked.failed.is_empty()), "{worked:?}");
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(writing, working(), working());
    // What queued while nobody worked it off still waits; once it is worked off, nothing does.
    parked::work_off(&consumer, SOURCE, &*sick, None).await.expect("worked");
    harness.assert_exactly_once_per_subject().await;
    for replica in replicas {
        replica.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_with_a_gap_is_found() {
    let harness = Harness::start().await;
    let sick = Sick::of(subject_in(5), FAILS);
    let replica = harness.replica(Some(sick.clone())).await;
    write(&replica.producer, harness.region, &[sick.subject; 3]).await;
    let consumer = harness.consumer().await;
    wait_for_parked(&consumer, 3).await;
    let heads = bus::heads(&replica.producer).await.expect("heads");
    assert_eq!(bus::check_consumer(&consumer, SOURCE, &heads).await.expect("checked"), []);
    execute(&consumer, "DELETE FROM parked WHERE sequence = 2").await;
    let findings = bus::check_consumer(&consumer, SOURCE, &heads).await.expect("checked");
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!(finding.to_string(), format!("I6 {}: 2 parked events have sequences from 1 to 3", sick.subject));
    replica.stop().await;
}

/// The owner dies after it parked; the next one knows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_owner_knows_what_is_parked() {
    let harness = Harness::start().await;
    let sick = Sick::of(subject_in(5), FAILS);
    let replica = harness.replica(Some(sick.clone())).await;
    write(&replica.producer, harness.region, &[sick.subject]).await;
    let consumer = harness.consumer().await;
    wait_for_parked(&consumer, 1).await;
    replica.kill();
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    write(&replica.producer, harness.region, &[sick.subject, subject_in(5)]).await;
    wait_for_parked(&consumer, 2).await;
    parked::work_off(&consumer, SOURCE, &Recorder, None).await.expect("worked");
    harness.assert_exactly_once_per_subject().await;
    replica.stop().await;
}

/// The event stands in the queue already when it is tried again, and the position is past it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queued_event_whose_commit_was_not_answered_holds_nothing_up() {
    let harness = Harness::start().await;
    let sick = Sick::of(subject_in(5), FAILS);
    let lost = Planned { step: Step::ConsumerCommitted, hit: 2, fault: Fault::LoseAnswer };
    let faults = Faults::planned(vec![lost], HashMap::new(), HashSet::new());
    let replica = harness.replica_under(harness.settings(), true, Some(sick.clone()), TIMING, faults.clone()).await;
    let consumer = harness.consumer().await;
    for parked in 1..=2 {
        write(&replica.producer, harness.region, &[sick.subject]).await;
        wait_for_parked(&consumer, parked).await;
    }
    write(&replica.producer, harness.region, &[subject_in(5)]).await;
    wait_for_effects(&consumer, 1).await;
    assert!(faults.met().contains(&(lost.step, lost.fault)));
    replica.stop().await;
}
