//! The newest events of one source, in memory, for every subscription of this process.
//!
//! One task follows the source: its streams in Redis or, embedded, its log at every nudge. It keeps the last events of each partition
//! without holes; who is further behind reads the log itself. A slow tick compares with the producer's heads, so that whatever Redis
//! loses only comes later (D2).

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chassis::{
    error::{Error, Result},
    frame::Frame,
};
use tokio::{
    sync::watch,
    time::{Instant, sleep},
};

use crate::{
    event::{Event, Heads, PARTITIONS, index},
    faults::{Faults, Guard, Step},
    producer::Producer,
    streams::Redis,
};

/// So many events of a partition are kept in memory.
const KEPT: usize = 256;
/// At most so many events are fetched from a log at once.
const PAGE: usize = 256;

/// The tail of a source's log.
#[derive(Debug)]
pub(crate) struct Tail {
    producer: Producer,
    redis: Option<Redis>,
    tick: Duration,
    faults: Faults,
    rings: Mutex<[VecDeque<Arc<Event>>; PARTITIONS as usize]>,
    /// The newest position per partition that can be read here; `None` until the producer has been asked once.
    tops: watch::Sender<Option<Heads>>,
}

impl Tail {
    /// Begins to follow the source, from now on.
    pub(crate) fn follow(producer: Producer, redis: Option<Redis>, tick: Duration, faults: &Faults, frame: &Frame) -> Arc<Self> {
        let (faults, tops) = (faults.clone(), watch::Sender::new(None));
        let tail = Arc::new(Self { producer, redis, tick, faults, rings: Mutex::default(), tops });
        let task = tail.clone();
        let stopped = frame.shutdown.cancelled();
        frame.shutdown.spawn(async move {
            tokio::select! {
                () = stopped => {}
                () = task.run() => {}
            }
        });
        tail
    }

    /// The newest positions, as they grow.
    pub(crate) fn tops(&self) -> watch::Receiver<Option<Heads>> {
        self.tops.subscribe()
    }

    /// Events of a partition after a position, in order and without a hole; at most `limit`. Empty only when there is none yet.
    pub(crate) async fn read(&self, partition: i32, after: i64, limit: usize) -> Result<Vec<Arc<Event>>> {
        let kept = self.kept(partition, after, limit);
        if !kept.is_empty() {
            return Ok(kept);
        }
        Ok(self.producer.list(partition, after, limit.min(PAGE)).await?.into_iter().map(Arc::new).collect())
    }

    fn kept(&self, partition: i32, after: i64, limit: usize) -> Vec<Arc<Event>> {
        let rings = self.rings();
        let ring = &rings[index(partition)];
        let first = ring.front().map_or(i64::MAX, |event| event.position);
        match usize::try_from(after + 1 - first) {
            Err(_) if self.faults.without(Guard::Holes) => ring.iter().take(limit).cloned().collect(),
            Ok(skip) => ring.iter().skip(skip).take(limit).cloned().collect(),
            Err(_) => Vec::new(),
        }
    }

    fn rings(&self) -> MutexGuard<'_, [VecDeque<Arc<Event>>; PARTITIONS as usize]> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn run(&self) {
        let mut well = true;
        loop {
            let outcome = match &self.redis {
                Some(redis) => self.follow_streams(redis, &mut well).await,
                None => self.follow_log(&mut well).await,
            };
            if let (Err(error), true) = (outcome, well) {
                tracing::warn!(source = self.producer.source, %error, "cannot follow the events; trying again");
                well = false;
            }
            // With Redis away the log is still compared at every turn, so events come later and not never.
            sleep(self.tick).await;
        }
    }

    fn recovered(&self, well: &mut bool) {
        if !std::mem::replace(well, true) {
            tracing::info!(source = self.producer.source, "following the events again");
        }
    }

    /// Follows the streams until something breaks.
    async fn follow_streams(&self, redis: &Redis, well: &mut bool) -> Result<()> {
        let source = self.producer.source;
        let newest = redis.newest(source).await;
        self.compare().await?;
        let away = |error: redis::RedisError| {
            tracing::debug!(source, %error, "Redis");
            Error::Unavailable("redis")
        };
        // A stream that is ahead of its log is not of this log: somebody made the database new and left Redis alone.
        let tops = self.tops.borrow().unwrap_or_default();
        for (partition, (newest, top)) in (0..).zip(newest.map_err(away)?.into_iter().zip(tops)) {
            if newest > top {
                tracing::warn!(source, partition, "a stream of another log; it is forgotten");
                redis.forget(source, partition, newest).await.map_err(away)?;
            }
        }
        let mut reader = redis.reader(self.tick).await.map_err(away)?;
        self.recovered(well);
        let mut compared = Instant::now();
        loop {
            let tops = self.tops.borrow().unwrap_or_default();
            let events = self.faults.streamed(reader.read(source, &tops).await.map_err(away)?).await;
            if !events.is_empty() {
                self.faults.at(Step::TailRead).await?;
            }
            self.take(events).await?;
            if compared.elapsed() >= self.tick {
                compared = Instant::now();
                if let Err(error) = self.compare().await {
                    tracing::debug!(source, %error, "cannot compare with the producer");
                }
            }
        }
    }

    /// Follows the log at every nudge of the relay in this process, and at every tick.
    async fn follow_log(&self, well: &mut bool) -> Result<()> {
        loop {
            let nudge = self.producer.local().map(|log| log.given.subscribe());
            self.compare().await?;
            self.recovered(well);
            let Some(mut nudge) = nudge else {
                sleep(self.tick).await;
                continue;
            };
            let next = Instant::now() + self.tick;
            while tokio::time::timeout_at(next, nudge.changed()).await.is_ok_and(|nudged| nudged.is_ok()) {
                let given = *nudge.borrow_and_update();
                self.catch_up(&given).await?;
            }
        }
    }

    /// Asks the producer how far it is and fetches what is missing here.
    async fn compare(&self) -> Result<()> {
        if self.faults.without(Guard::Compared) && self.tops.borrow().is_some() {
            return Ok(());
        }
        self.faults.at(Step::TailCompares).await?;
        let heads = self.producer.heads().await?;
        if self.tops.borrow().is_none() {
            self.tops.send_replace(Some(heads));
        }
        self.catch_up(&heads).await
    }

    /// Fetches what is missing up to these heads. Who is far behind keeps only the newest events.
    async fn catch_up(&self, heads: &Heads) -> Result<()> {
        for (partition, head) in (0..).zip(heads) {
            loop {
                let top = self.top(partition);
                if *head <= top {
                    break;
                }
                let after = top.max(head - i64::try_from(KEPT).unwrap_or(i64::MAX));
                self.faults.at(Step::TailFetches).await?;
                let events = self.producer.list(partition, after, PAGE).await?;
                if events.is_empty() {
                    break;
                }
                self.push(partition, events);
            }
        }
        Ok(())
    }

    /// Takes what a stream gave; holes are filled from the log first.
    async fn take(&self, events: Vec<Event>) -> Result<()> {
        let mut runs: Vec<Vec<Event>> = Vec::new();
        for event in events {
            match runs.last_mut() {
                Some(run) if run.last().is_some_and(|last| last.partition == event.partition && last.position + 1 == event.position) => {
                    run.push(event);
                }
                _ => runs.push(vec![event]),
            }
        }
        for run in runs {
            let Some((partition, first)) = run.first().map(|event| (event.partition, event.position)) else { continue };
            if first > self.top(partition) + 1 && !self.faults.without(Guard::Holes) {
                let mut heads = Heads::default();
                heads[index(partition)] = first - 1;
                tracing::debug!(source = self.producer.source, partition, before = first, "a hole in the stream");
                self.catch_up(&heads).await?;
            }
            self.push(partition, run);
        }
        Ok(())
    }

    fn top(&self, partition: i32) -> i64 {
        self.tops.borrow().map_or(0, |tops| tops[index(partition)])
    }

    /// Adds consecutive events; what is known already is left out. What is kept stays without holes: behind one, it starts anew.
    fn push(&self, partition: i32, events: Vec<Event>) {
        let Some(newest) = events.last().map(|event| event.position) else { return };
        let top = self.top(partition);
        {
            let mut rings = self.rings();
            let ring = &mut rings[index(partition)];
            let known = ring.back().map_or(top, |event| event.position);
            if events.first().is_some_and(|event| event.position > known + 1) && !self.faults.without(Guard::Holes) {
                ring.clear();
            }
            let new = |event: &Event| event.position > known || self.faults.without(Guard::Known);
            ring.extend(events.into_iter().filter(new).map(Arc::new));
            let surplus = ring.len().saturating_sub(KEPT);
            ring.drain(..surplus);
        }
        if newest > top {
            self.tops.send_modify(|tops| tops.get_or_insert_default()[index(partition)] = newest);
        }
    }
}
