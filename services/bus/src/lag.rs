//! How far behind a consumer is, and when that is too far: what an operator sees as metrics and as health.
//!
//! The health of the process stays out of it: who lags still serves. Each consumer has a health of its own, under the name
//! `regiopool.bus.consumer/<source>`, that says `NOT_SERVING` while an event waits for longer than it may, while events are parked, and
//! while the database cannot be reached for as long.

use std::time::Duration;

use chassis::{frame::Frame, ids::EventId, time::Timestamp};
use tokio::time::Instant;

use crate::{
    event::{PARTITIONS, index},
    metrics,
};

/// How far a consumer is in one partition, as this process knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lag {
    /// Whose events.
    pub source: &'static str,
    /// Which partition.
    pub partition: i32,
    /// The last event that took effect.
    pub position: i64,
    /// The newest event known here.
    pub head: i64,
    /// What the partition waits for, if an event fails.
    pub failing: Option<Failing>,
}

/// An event that fails; its partition waits until it took effect or is parked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// The event.
    pub event: EventId,
    /// Its type.
    pub kind: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it failed first; real time.
    pub since: Timestamp,
    /// The last error.
    pub error: String,
}

/// A head that was seen and is to be reached.
#[derive(Debug, Clone, Copy)]
struct Mark {
    head: i64,
    since: Instant,
}

/// Watches whether a consumer keeps up.
#[derive(Debug)]
pub(crate) struct Watch {
    source: &'static str,
    /// So long an event may wait.
    limit: Duration,
    marks: [Option<Mark>; PARTITIONS as usize],
    /// When the database could be asked last.
    asked: Instant,
    parked: i64,
    /// What was told last.
    told: Option<bool>,
}

impl Watch {
    pub(crate) fn new(source: &'static str, limit: Duration) -> Self {
        Self { source, limit, marks: [None; PARTITIONS as usize], asked: Instant::now(), parked: 0, told: None }
    }

    /// Takes in how far the partitions in hand are, and how many events are parked if the database could say so; tells metrics and health.
    pub(crate) async fn look(&mut self, lags: &[Lag], parked: Option<i64>, frame: &Frame) {
        let now = Instant::now();
        lags.iter().for_each(metrics::lag);
        let delay = self.delay(lags, now);
        metrics::delay(self.source, delay);
        if let Some(parked) = parked {
            (self.parked, self.asked) = (parked, now);
            metrics::parked(self.source, parked);
        }
        let well = delay <= self.limit && self.parked == 0 && now - self.asked <= self.limit;
        if self.told != Some(well) {
            let (source, delay_s, parked) = (self.source, delay.as_secs(), self.parked);
            match (well, self.told) {
                (false, _) => tracing::warn!(source, delay_s, parked, "a consumer does not keep up: `regiopool status` says where"),
                (true, Some(_)) => tracing::info!(source, "a consumer keeps up again"),
                (true, None) => {}
            }
            self.told = Some(well);
            self.tell(well, frame).await;
        }
    }

    /// The consumer has stopped.
    pub(crate) async fn end(&mut self, frame: &Frame) {
        self.tell(false, frame).await;
    }

    async fn tell(&self, well: bool, frame: &Frame) {
        frame.tell_health(&format!("regiopool.bus.consumer/{}", self.source), well).await;
    }

    /// How long, at least, the oldest event has been waiting. A head is marked when it is seen and the next one when it was reached: so
    /// many events at once, each taken in time, are no delay.
    fn delay(&mut self, lags: &[Lag], now: Instant) -> Duration {
        let before = std::mem::take(&mut self.marks);
        for lag in lags {
            let mark = before[index(lag.partition)].filter(|mark| lag.position < mark.head);
            let new = (lag.head > lag.position).then_some(Mark { head: lag.head, since: now });
            self.marks[index(lag.partition)] = mark.or(new);
        }
        self.marks.iter().flatten().map(|mark| now - mark.since).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_waits_from_when_it_was_seen_until_it_was_taken() {
        let mut watch = Watch::new("members", Duration::from_secs(60));
        let start = Instant::now();
        let mut check = |second: u64, states: &[(i32, i64, i64)], expected: u64| {
            let lag = |&(partition, position, head)| Lag { source: "members", partition, position, head, failing: None };
            let lags: Vec<Lag> = states.iter().map(lag).collect();
            let delay = watch.delay(&lags, start + Duration::from_secs(second));
            assert_eq!(delay, Duration::from_secs(expected), "at {second}: {states:?}");
        };
        check(0, &[(0, 5, 5), (1, 2, 2)], 0);
        check(1, &[(0, 5, 9), (1, 2, 2)], 0);
        check(3, &[(0, 7, 12), (1, 2, 4)], 2);
        // What was seen first is taken; what came after it was seen at 3 at the earliest.
        check(4, &[(0, 9, 15), (1, 2, 4)], 1);
        check(5, &[(0, 15, 20), (1, 4, 4)], 0);
        check(9, &[(0, 19, 30), (1, 4, 4)], 4);
        // Somebody else's now, and then mine again.
        check(10, &[(1, 4, 4)], 0);
        check(11, &[(0, 19, 30)], 0);
        check(12, &[(0, 19, 30)], 1);
    }
}
