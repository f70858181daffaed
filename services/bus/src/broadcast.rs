//! The broadcast subscription: every event in every instance, for live streams and read models in memory (D4, D27).

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures::Stream;
use tokio::{sync::watch, time::sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::{
    event::{Event, Heads, PARTITIONS, index},
    tail::Tail,
    trace,
};

/// At most so many events are taken from the tail at once.
const PAGE: usize = 256;
const PAUSE: Duration = Duration::from_millis(250);

/// The events of a source from now on: each once, those of a partition in order. It holds nothing in the database, and whoever drops it
/// is gone.
pub struct Subscription {
    tail: Arc<Tail>,
    tops: watch::Receiver<Option<Heads>>,
    /// Up to where events were given; `None` until the source was asked once.
    positions: Option<Heads>,
    next: VecDeque<Arc<Event>>,
    stopped: std::pin::Pin<Box<WaitForCancellationFutureOwned>>,
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").field("positions", &self.positions).finish_non_exhaustive()
    }
}

impl Subscription {
    pub(crate) fn new(tail: Arc<Tail>, stopped: WaitForCancellationFutureOwned) -> Self {
        let tops = tail.tops();
        let positions = *tops.borrow();
        Self { tail, tops, positions, next: VecDeque::new(), stopped: Box::pin(stopped) }
    }

    /// Waits until it is known where the subscription begins. Everything that gets its position after this will be received, so a read
    /// model subscribes, waits for this, loads what there is, and then takes the events; some of them it may know already. Gives whether
    /// the subscription has begun: not when the process stops before.
    pub async fn ready(&mut self) -> bool {
        while self.positions.is_none() {
            self.positions = *self.tops.borrow_and_update();
            if self.positions.is_none() && !self.grown(None).await {
                return false;
            }
        }
        true
    }

    /// How far the subscription is, per partition: a read model answers with it (D27). Zeros before it is ready.
    pub fn positions(&self) -> Heads {
        let mut positions = self.positions.unwrap_or_default();
        for event in self.next.iter().rev() {
            positions[index(event.partition)] = event.position - 1;
        }
        positions
    }

    /// The next event; `None` when the process stops.
    pub async fn recv(&mut self) -> Option<Arc<Event>> {
        if !self.ready().await {
            return None;
        }
        while self.next.is_empty() {
            let tops = self.tops.borrow_and_update().unwrap_or_default();
            let again = if self.fetch(&tops).await { None } else { Some(PAUSE) };
            if self.next.is_empty() && !self.grown(again).await {
                return None;
            }
        }
        let event = self.next.pop_front()?;
        // The reader's own work is in its own trace or none: the span says that the event has arrived here.
        drop(trace::span("broadcast", &event));
        Some(event)
    }

    /// The same as a stream.
    pub fn into_stream(self) -> impl Stream<Item = Arc<Event>> + Send {
        futures::stream::unfold(self, |mut own| async move { own.recv().await.map(|event| (event, own)) })
    }

    /// Takes what there is up to these positions. Gives whether all of it could be read.
    async fn fetch(&mut self, tops: &Heads) -> bool {
        let Some(positions) = &mut self.positions else { return true };
        let mut well = true;
        for partition in 0..PARTITIONS {
            let place = index(partition);
            if positions[place] >= tops[place] {
                continue;
            }
            match self.tail.read(partition, positions[place], PAGE).await {
                Ok(events) => {
                    positions[place] = events.last().map_or(positions[place], |last| last.position);
                    self.next.extend(events);
                }
                Err(error) => {
                    tracing::debug!(partition, %error, "cannot read events for a broadcast; trying again");
                    well = false;
                }
            }
        }
        well
    }

    /// Waits for more, or until it is time to try again; `false` when the process stops.
    async fn grown(&mut self, again: Option<Duration>) -> bool {
        let again = async {
            match again {
                Some(pause) => sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = &mut self.stopped => false,
            grown = self.tops.changed() => grown.is_ok(),
            () = again => true,
        }
    }
}
