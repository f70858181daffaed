//! The relay: gives committed events their positions and publishes them (D1).
//!
//! One relay task per process works for the service's log; the partitions are shared between replicas by lease. Positions are given in
//! one transaction that moves the partition's cursor only under the epoch in hand, so a relay that lost its lease gives none. Publishing
//! comes after that commit and is marked after it was done; a crash between repeats it, and the positions make that harmless.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chassis::{
    error::{Error, Result},
    frame::Frame,
    shutdown::Shutdown,
};
use futures::StreamExt as _;
use sea_orm::ConnectionTrait;
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};
use tracing::Instrument;

use crate::{
    Timing,
    event::{Event, index},
    faults::{Faults, Guard, Step},
    lease::{Held, Leases, epochs},
    log, metrics,
    positions::Batch,
    producer::Attached,
    streams::Redis,
    trace,
};

/// At most so many events get their position in one transaction and go to Redis in one pipeline.
const BATCH: usize = 512;
/// A nudge looks for events written at most so many rows before the newest one that has a position: a transaction that was open for
/// longer is found by the next tick, which looks at all. Without this bound every nudge would walk over the index entries of all events
/// published since the last vacuum.
const LOOK_BACK: i64 = 4096;
/// Up to so many events that wait are counted.
const COUNTED: i64 = 10_000;
/// How long the mark of what was published may wait for company: it is a commit of its own.
const MARK_AFTER: Duration = Duration::from_millis(100);

pub(crate) struct Relay {
    log: Attached,
    redis: Option<Redis>,
    faults: Faults,
    leases: Leases,
    tick: Duration,
    wake: Arc<Wake>,
    held: BTreeMap<i32, Partition>,
    prepared: bool,
    renew_at: Instant,
    tick_at: Instant,
    /// When to write down what was published; `None` while there is nothing to write.
    mark_at: Option<Instant>,
    /// The newest row that was given a position here.
    newest: i64,
    /// Whether Redis took the last events: if not, only ticks try again, so that positions are not held up.
    redis_well: bool,
    well: bool,
}

/// What wakes the relay. Only hints.
#[derive(Default)]
pub(crate) struct Wake {
    /// A commit in this process: other replicas may have to hear of it.
    pub(crate) commit: Notify,
    /// A commit in another process.
    pub(crate) nudge: Notify,
}

/// A partition in hand, as far as this relay knows it better than the database.
struct Partition {
    held: Held,
    /// What the database says is published.
    marked: i64,
    /// Whether the stream was compared with the log under this epoch.
    compared: bool,
}

impl Relay {
    /// Starts the relay of a log; gives what wakes it.
    pub(crate) fn start(frame: &Frame, log: &Attached, redis: Option<&Redis>, timing: Timing, faults: &Faults) -> Arc<Wake> {
        let Timing { lease, tick } = timing;
        let wake = Arc::new(Wake::default());
        let relay = Self {
            log: log.clone(),
            redis: redis.cloned(),
            faults: faults.clone(),
            leases: Leases::new(&log.db, "relay", lease, faults),
            tick,
            wake: wake.clone(),
            held: BTreeMap::new(),
            prepared: false,
            renew_at: Instant::now(),
            tick_at: Instant::now(),
            mark_at: None,
            newest: 0,
            redis_well: true,
            well: true,
        };
        if let Some(redis) = redis {
            frame.shutdown.spawn(hear(redis.clone(), log.service, wake.clone(), tick, frame.shutdown.clone()));
        }
        frame.shutdown.spawn(relay.run(frame.shutdown.clone()));
        wake
    }

    async fn run(mut self, shutdown: Shutdown) {
        tracing::info!(source = self.log.service, replica = %self.leases.owner, "publishing a share of the events");
        let stopped = shutdown.cancelled();
        tokio::pin!(stopped);
        loop {
            let now = Instant::now();
            let full = match self.turn(now >= self.tick_at).await {
                Ok(full) => {
                    self.well = true;
                    full
                }
                Err(error) => {
                    if std::mem::take(&mut self.well) {
                        tracing::warn!(source = self.log.service, %error, "the relay stumbled; trying again");
                    }
                    false
                }
            };
            if now >= self.tick_at {
                self.tick_at = now + self.tick;
            }
            if shutdown.token.is_cancelled() {
                break;
            }
            if full {
                continue;
            }
            let next = self.tick_at.min(self.renew_at).min(self.mark_at.unwrap_or(self.tick_at));
            tokio::select! {
                () = &mut stopped => {}
                () = self.wake.nudge.notified() => {}
                () = self.wake.commit.notified() => self.tell_others(),
                () = tokio::time::sleep_until(next) => {}
            }
        }
        let _ = self.mark().await;
        if let Err(error) = self.leases.release().await {
            tracing::warn!(source = self.log.service, %error, "the relay's leases were not given back; they end by themselves");
        }
    }

    /// One round: leases, positions, publishing, marking. Gives whether there may be more to do at once.
    async fn turn(&mut self, tick: bool) -> Result<bool> {
        if Instant::now() >= self.renew_at {
            self.renew_at = Instant::now() + self.tick;
            self.renew().await?;
            self.tell_backlog().await?;
            self.renew_at = Instant::now() + self.leases.period();
        }
        let given = if self.held.is_empty() { Vec::new() } else { self.give_positions(tick).await? };
        let full = given.len() == BATCH;
        if !given.is_empty() {
            metrics::published(self.log.service, given.len());
            self.announce(&given);
        }
        if self.redis_well || tick {
            self.publish_well(given).await;
        }
        if self.held.values().any(|partition| partition.marked < partition.held.published) {
            let now = Instant::now();
            if now >= *self.mark_at.get_or_insert(now + MARK_AFTER) {
                self.mark_at = None;
                self.mark().await?;
            }
        }
        Ok(full)
    }

    /// Publishes in the traces of the events. That Redis is away is said once, and once that it is back.
    async fn publish_well(&mut self, given: Vec<Event>) {
        let source = self.log.service;
        let batch = match given.len() {
            0 => tracing::Span::none(),
            events => tracing::info_span!(parent: None, "bus relay", source, events),
        };
        let spans = trace::spans("publish", &given);
        let published = self.publish(given).instrument(batch).await;
        drop(spans);
        let before = std::mem::replace(&mut self.redis_well, published.is_ok());
        match (published, before) {
            (Err(error), true) => tracing::warn!(source, %error, "events have positions but cannot be published; trying again"),
            (Ok(()), false) => tracing::info!(source, "events are published again"),
            _ => {}
        }
    }

    /// Hears from the database which partitions are in hand. What this relay published under the same epoch it knows better.
    async fn renew(&mut self) -> Result<()> {
        if !self.prepared {
            self.leases.prepare().await?;
            self.prepared = true;
        }
        let renewed = self.leases.renew().await?;
        let mut before = std::mem::take(&mut self.held);
        for held in renewed {
            let known = before.remove(&held.partition).filter(|known| known.held.epoch == held.epoch);
            let new = Partition { held, marked: held.published, compared: false };
            let mut partition = known.unwrap_or(new);
            // But for positions whose commit was not answered.
            partition.held.position = partition.held.position.max(held.position);
            self.held.insert(held.partition, partition);
        }
        Ok(())
    }

    /// Counts what waits here, up to a limit: whoever has that much to do need not know how much more.
    async fn tell_backlog(&self) -> Result<()> {
        let held: Vec<i32> = self.held.keys().copied().collect();
        let waiting = log::waiting(&self.log.db, &held, COUNTED).await?;
        let published = if self.redis.is_some() { self.held.values().map(|own| own.held.position - own.held.published).sum() } else { 0 };
        metrics::backlog(self.log.service, waiting, published);
        Ok(())
    }

    /// Gives the next positions to committed events, in the order in which they were written; gives those events.
    async fn give_positions(&mut self, look_at_all: bool) -> Result<Vec<Event>> {
        self.faults.at(Step::RelayLooks).await?;
        let after = match look_at_all {
            _ if self.faults.without(Guard::LateCommits) => self.newest,
            true => 0,
            false => self.newest - LOOK_BACK,
        };
        let held: Vec<Held> = self.held.values().map(|partition| partition.held).collect();
        let batch = Batch { held: &held, after, limit: BATCH, mark: self.redis.is_none(), faults: &self.faults };
        let rows = batch.give(&self.log.db).await?;
        if !rows.is_empty() {
            self.faults.at(Step::RelayCommitted).await?;
        }
        let mut events = Vec::with_capacity(rows.len());
        for row in &rows {
            self.newest = self.newest.max(row.try_get("", "written")?);
            events.push(log::read(row, self.log.service)?);
        }
        events.sort_by_key(|event| (event.partition, event.position));
        for event in &events {
            if let Some(partition) = self.held.get_mut(&event.partition) {
                partition.held.position = event.position;
                if self.redis.is_none() {
                    (partition.held.published, partition.marked) = (event.position, event.position);
                }
            }
        }
        Ok(events)
    }

    /// Tells the readers in this process how far the log is.
    fn announce(&self, given: &[Event]) {
        self.log.given.send_modify(|heads| {
            for event in given {
                heads[index(event.partition)] = heads[index(event.partition)].max(event.position);
            }
        });
    }

    /// Tells the relays of other replicas, if there are any, that something was committed here.
    fn tell_others(&self) {
        let Some(redis) = self.redis.clone().filter(|_| self.held.len() < crate::PARTITIONS as usize) else { return };
        let source = self.log.service;
        tokio::spawn(async move {
            if let Err(error) = redis.nudge(source).await {
                tracing::debug!(source, %error, "no nudge");
            }
        });
    }

    /// Publishes everything that has a position and is not published: `given`, and what a crash or an outage left.
    async fn publish(&mut self, given: Vec<Event>) -> Result<()> {
        let Some(redis) = self.redis.clone() else { return Ok(()) };
        let source = self.log.service;
        let away = |error: redis::RedisError| {
            tracing::debug!(source, %error, "Redis");
            Error::Unavailable("redis")
        };
        if self.held.values().any(|partition| !partition.compared && partition.held.position > 0) {
            self.compare(&redis).await.map_err(away)?;
        }
        let mut fresh = given.into_iter().peekable();
        let mut batch = Vec::new();
        for partition in self.held.values() {
            let Held { partition: number, position, published, .. } = partition.held;
            // What the stream would trim at once need not be sent.
            let published = published.max(position - redis.length);
            let own = std::iter::from_fn(|| fresh.next_if(|event| event.partition <= number));
            let own: Vec<Event> = own.filter(|event| event.partition == number && event.position > published).collect();
            if published < position && own.first().is_none_or(|event| event.position != published + 1) {
                batch.extend(log::list(&self.log.db, source, number, published, BATCH).await?);
            } else {
                batch.extend(own);
            }
        }
        if batch.is_empty() {
            return Ok(());
        }
        self.faults.at(Step::RelayPublishes).await?;
        redis.publish(source, &batch).await.map_err(away)?;
        self.faults.at(Step::RelayPublished).await?;
        for event in &batch {
            if let Some(partition) = self.held.get_mut(&event.partition) {
                partition.held.published = event.position;
            }
        }
        if self.held.values().any(|partition| partition.held.published < partition.held.position) {
            // More than a batch is left from before: on with it at once.
            self.wake.nudge.notify_one();
        }
        Ok(())
    }

    /// Makes sure, once per epoch, that a stream holds nothing but what the log says was published. It does after a crash before the
    /// mark, and when the database was made new and Redis was not. Then it begins again: every stream may be lost at any time.
    async fn compare(&mut self, redis: &Redis) -> redis::RedisResult<()> {
        let newest = redis.newest(self.log.service).await?;
        for partition in self.held.values_mut().filter(|partition| !partition.compared) {
            let number = partition.held.partition;
            if newest[index(number)] > partition.held.published {
                tracing::debug!(source = self.log.service, partition = number, "a stream is ahead of its mark; it begins again");
                redis.forget(self.log.service, number, newest[index(number)]).await?;
            }
            partition.compared = true;
        }
        Ok(())
    }

    /// Writes down how far Redis is. Lost or late, it only repeats.
    async fn mark(&mut self) -> Result<()> {
        let unmarked: Vec<&Held> =
            self.held.values().filter(|partition| partition.marked < partition.held.published).map(|partition| &partition.held).collect();
        if unmarked.is_empty() {
            return Ok(());
        }
        let cases: Vec<String> = unmarked.iter().map(|held| format!("WHEN {} THEN {}", held.partition, held.published)).collect();
        let sql = format!(
            "UPDATE bus_cursor SET published = CASE partition {} END WHERE name = 'relay' AND (partition, epoch) IN ({})",
            cases.join(" "),
            epochs(unmarked.iter().copied())
        );
        self.faults.at(Step::RelayMarks).await?;
        self.log.db.write().execute_unprepared(&sql).await?;
        self.faults.at(Step::RelayMarked).await?;
        for partition in self.held.values_mut() {
            partition.marked = partition.held.published;
        }
        Ok(())
    }
}

/// Hears of commits in other processes, until the process stops.
async fn hear(redis: Redis, source: &'static str, wake: Arc<Wake>, tick: Duration, shutdown: Shutdown) {
    let hearing = async {
        loop {
            if let Ok(mut nudges) = redis.nudges(source).await {
                let mut nudges = nudges.on_message();
                while nudges.next().await.is_some() {
                    wake.nudge.notify_one();
                }
            }
            sleep(tick).await;
        }
    };
    tokio::select! {
        () = shutdown.cancelled() => {}
        () = hearing => {}
    }
}
