//! The event bus: every service's log, the relay that publishes it and the consumers that follow it. It knows no service.
//!
//! # How an event is delivered
//!
//! 1. A use case changes its data and calls [`log::append`] in the same transaction. Both are committed or neither (D1). The event is now
//!    a row of `event_log` with a `sequence` that counts the events of its subject; two writers of one subject cannot both have the next
//!    one, so one of them does its transaction again.
//! 2. The commit nudges the *relay*. It holds a lease on some of the 16 partitions, each with an epoch, and gives committed events the
//!    next `position`s of their partition, in one transaction that moves the partition's cursor only under that epoch. A relay that lost
//!    its lease without knowing moves nothing. Rows are taken in the order in which they were written, which for every subject is the
//!    order of its sequences. From here on the position is what counts: gap-free, never changed, never given twice.
//! 3. After that commit it puts the events on the Redis stream of their partition, under their position as entry id, and later marks how
//!    far it got. A crash before the mark publishes them again: Redis refuses ids it has, and consumers leave out positions they have.
//!    The embedded bus has no streams; there the relay only says how far the log is.
//! 4. In every process that subscribed, one *tail* per source keeps the newest events of each partition in memory, without holes. It reads
//!    the streams or, embedded, the log. A missing position is fetched from the producer ([`EventLogService`]: `ListEvents`), and a slow
//!    tick compares with the producer's heads. So a stream may be late, trimmed, emptied or gone: events come later, never not (D2).
//! 5. An *effect* consumer ([`Bus::consume`]) holds leases too, on partitions in its own database, and takes events from its stored
//!    position on. Up to 64 share a transaction with the new position; the position moves only from where it was and under the epoch in
//!    hand. So every event takes effect exactly once, whoever crashes, pauses or repeats (I6). When a batch fails, its events are taken
//!    one by one; the one that fails is tried again, and after five times parked with its subject ([`parked`], D3).
//! 6. A *broadcast* subscription ([`Bus::broadcast`]) gets every event in every instance from now on and writes nothing (D4).
//!
//! Two replicas of a service find each other in its database: each takes half of the partitions, and what a dead one held is taken over
//! when its lease ends. A stopped one gives its leases back at once. Leases and nudges only save work and time; what makes delivery
//! right is in the two transactions, of the relay and of the consumer.
//!
//! What could go wrong on the way has a name in [`faults`], and the contract suite lets it go wrong.
//!
//! Every event carries the trace of the call that wrote it; `bus publish`, `bus apply` and `bus broadcast` are spans in that trace.
//!
//! [`EventLogService`]: service::EventLog

mod event;
pub mod log;
mod migration;

mod lease;
mod positions;
mod relay;
mod server;
mod streams;

mod producer;
mod tail;

mod broadcast;
mod consumer;
mod handle;
mod lag;
pub mod parked;
pub mod replay;
mod revocations;
pub mod service;

mod check;
pub mod faults;
mod metrics;
pub mod status;
mod trace;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use chassis::{
    config::Settings,
    db::Db,
    error::{Error, Result},
    frame::Frame,
    server::Part,
};
use proto::bus::event_log_service_server::EventLogServiceServer;
use tokio::sync::watch;
use tonic::service::Routes;

pub use crate::{
    broadcast::Subscription,
    check::{Finding, caught_up, check, check_consumer},
    event::{Event, Heads, PARTITIONS, partition_of},
    handle::Handler,
    lag::{Failing, Lag},
    log::heads,
    migration::migrations,
    service::access,
};
use crate::{
    consumer::Consumer,
    faults::Faults,
    producer::{Attached, Logs, Producer},
    relay::Relay,
    streams::Redis,
    tail::Tail,
};

/// How long things last that only save time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// A replica that has not renewed its leases for so long has lost them.
    pub lease: Duration,
    /// How often logs are compared without a nudge.
    pub tick: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self { lease: Duration::from_secs(5), tick: Duration::from_secs(1) }
    }
}

/// The bus of a process. Clones are the same.
#[derive(Clone)]
pub struct Bus(Arc<Inner>);

struct Inner {
    redis: Option<Redis>,
    timing: Timing,
    faults: Faults,
    logs: Logs,
    tails: Mutex<HashMap<&'static str, Arc<Tail>>>,
    consumers: Mutex<Vec<Arc<Consumer>>>,
    /// Whether this process follows the ends of sessions.
    revocations: AtomicBool,
}

impl std::fmt::Debug for Bus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bus").field("redis", &self.0.redis).field("timing", &self.0.timing).finish_non_exhaustive()
    }
}

impl Bus {
    /// The bus inside one process (D5). Services of other processes are asked at every tick.
    pub fn embedded() -> Self {
        Self::new(None, Timing::default(), Faults::default())
    }

    /// The bus that the settings describe: on Redis when they name one, else embedded. Redis may be away; it is tried again.
    /// Errors: `Setting` for an address that is none.
    pub async fn connect(settings: &Settings) -> Result<Self> {
        Self::connect_with(settings, Timing::default()).await
    }

    /// As [`Bus::connect`], with another timing: for tests that wait for leases to end.
    #[expect(clippy::unused_async, reason = "the connection to Redis must be made within a Tokio runtime")]
    pub async fn connect_with(settings: &Settings, timing: Timing) -> Result<Self> {
        let redis = settings.redis.as_ref().map(|url| Redis::new(url.expose(), settings)).transpose()?;
        Ok(Self::new(redis, timing, Faults::default()))
    }

    /// As [`Bus::connect_with`], and it suffers what a test planned.
    #[cfg(feature = "faults")]
    pub async fn connect_with_faults(settings: &Settings, timing: Timing, faults: Faults) -> Result<Self> {
        let sound = Self::connect_with(settings, timing).await?;
        Ok(Self::new(sound.0.redis.clone(), timing, faults))
    }

    fn new(redis: Option<Redis>, timing: Timing, faults: Faults) -> Self {
        Self(Arc::new(Inner {
            redis,
            timing,
            faults,
            logs: Logs::default(),
            tails: Mutex::default(),
            consumers: Mutex::default(),
            revocations: AtomicBool::new(false),
        }))
    }

    /// Adds the log of a service whose database is `db`: starts its relay and answers for it to consumers. Once per service and process.
    pub fn attach(&self, frame: &Frame, service: &'static str, db: &Db) -> Result<()> {
        let log = Attached { service, db: db.clone(), given: watch::Sender::default() };
        if !self.0.logs.attach(log.clone()) {
            return Err(Error::internal(format!("the log of {service} is attached twice")));
        }
        let wake = Relay::start(frame, &log, self.0.redis.as_ref(), self.0.timing, &self.0.faults);
        db.on_commit(move || wake.commit.notify_one());
        Ok(())
    }

    /// Lets the events of `source` take effect in `db`, exactly once over all replicas of the service. Once per source and database.
    pub fn consume(&self, frame: &Frame, source: &'static str, db: &Db, handler: Arc<dyn Handler>) {
        let tail = self.tail(frame, source);
        let consumer = Consumer::new(source, db, tail, self.0.timing.lease, handler, &self.0.faults);
        lock(&self.0.consumers).push(consumer.clone());
        frame.shutdown.spawn(consumer.run(frame.clone()));
    }

    /// Every event of `source` from now on, in this process. See [`Subscription::ready`] for what "now" is.
    pub fn broadcast(&self, frame: &Frame, source: &'static str) -> Subscription {
        Subscription::new(self.tail(frame, source), frame.shutdown.cancelled())
    }

    /// How far the consumers of this process are, in the partitions that they hold, and what they wait for.
    pub fn lag(&self) -> Vec<Lag> {
        lock(&self.0.consumers).iter().flat_map(|consumer| consumer.lag()).collect()
    }

    /// The logs of this process over gRPC. A process has one, for all its services.
    pub fn event_log(&self) -> EventLogServiceServer<service::EventLog> {
        EventLogServiceServer::new(service::EventLog::new(&self.0.logs))
    }

    /// [`Bus::event_log`] with its access table, as a part of the process beside its services.
    pub fn part(&self) -> Part {
        Part { name: "bus", routes: Routes::new(self.event_log()), access: access(), unattributed: &[] }
    }

    fn tail(&self, frame: &Frame, source: &'static str) -> Arc<Tail> {
        let mut tails = lock(&self.0.tails);
        let Inner { redis, timing, faults, logs, .. } = &*self.0;
        let new = || Tail::follow(Producer::new(source, logs, frame), redis.clone(), timing.tick, faults, frame);
        tails.entry(source).or_insert_with(new).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
