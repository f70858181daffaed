//! One replica in a history: it dies, stalls and is replaced.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bus::{
    Event, Handler, Heads, Timing,
    faults::{Condition, Faults},
};
use chassis::config::Settings;
use tokio::sync::watch;

use crate::harness::{Harness, Replica, SOURCE};

/// A replica with what it suffers.
pub(crate) struct Actor {
    /// Taken out by whoever ends it.
    replica: Arc<Mutex<Option<Replica>>>,
    pub(crate) faults: Faults,
    condition: watch::Receiver<Condition>,
    heard: Arc<Mutex<Heard>>,
}

/// What a broadcast subscription gave.
#[derive(Default)]
struct Heard {
    /// Up to here, from where it began; `None` before it did.
    positions: Option<Heads>,
    /// What came out of order, again, or not at all.
    wrong: Vec<String>,
}

impl Actor {
    pub(crate) async fn start(
        harness: &Harness,
        settings: Settings,
        timing: Timing,
        faults: Faults,
        handler: Option<Arc<dyn Handler>>,
    ) -> Self {
        let replica = harness.replica_under(settings, true, handler, timing, faults.clone()).await;
        let heard = Arc::<Mutex<Heard>>::default();
        let hears = heard.clone();
        replica
            .within(|bus, frame| {
                let mut broadcast = bus.broadcast(&frame, SOURCE);
                tokio::spawn(async move {
                    if broadcast.ready().await {
                        lock(&hears).positions = Some(broadcast.positions());
                    }
                    while let Some(event) = broadcast.recv().await {
                        lock(&hears).hear(&event);
                    }
                })
            })
            .await;
        let replica = Arc::new(Mutex::new(Some(replica)));
        let condition = faults.watch().expect("a plan");
        let (dies, mut watched) = (replica.clone(), condition.clone());
        // Whatever the history waits for, who is dead does not hold it up.
        tokio::spawn(async move {
            if watched.wait_for(|condition| *condition == Condition::Dead).await.is_ok() {
                end(&dies);
            }
        });
        Self { replica, faults, condition, heard }
    }

    pub(crate) fn condition(&self) -> Condition {
        *self.condition.borrow()
    }

    /// Ends when the replica is not running any more.
    pub(crate) fn troubled(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut condition = self.condition.clone();
        async move {
            if condition.wait_for(|condition| *condition != Condition::Runs).await.is_err() {
                std::future::pending().await
            }
        }
    }

    /// Tells it of a commit.
    pub(crate) fn tell(&self) {
        if let Some(replica) = &*lock(&self.replica) {
            replica.producer.announce_commit();
        }
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(self) {
        end(&self.replica);
    }

    /// Ends it in order, unless it dies of it.
    pub(crate) async fn stop(self) {
        let shutdown = lock(&self.replica).as_ref().map(|replica| replica.frame.shutdown.clone());
        let Some(shutdown) = shutdown else { return };
        let drained = shutdown.drain(crate::harness::PATIENCE);
        tokio::pin!(drained);
        while self.condition() != Condition::Dead {
            tokio::select! {
                drained = &mut drained => {
                    assert!(drained, "it ends by itself");
                    break;
                }
                () = self.troubled() => self.faults.let_go(),
            }
        }
        self.kill();
    }

    /// Its broadcast has given every event once, in order.
    pub(crate) fn assert_heard_in_order(&self) {
        let wrong = lock(&self.heard).wrong.clone();
        assert_eq!(wrong, [] as [String; 0], "a broadcast gives every event once, in order");
    }

    /// Whether its broadcast has given everything up to these positions; `Err` says how far it is.
    pub(crate) fn has_heard(&self, heads: &Heads) -> Result<(), String> {
        match lock(&self.heard).positions {
            Some(positions) if positions == *heads => Ok(()),
            positions => Err(format!("a broadcast is at {positions:?} of {heads:?}")),
        }
    }
}

impl Heard {
    fn hear(&mut self, event: &Event) {
        let partition = usize::try_from(event.partition).expect("a partition");
        let Some(positions) = &mut self.positions else { return };
        if event.position != positions[partition] + 1 {
            self.wrong.push(format!("{} after {}", event.position, positions[partition]));
        }
        positions[partition] = event.position;
    }
}

fn end(replica: &Mutex<Option<Replica>>) {
    let replica = lock(replica).take();
    if let Some(replica) = replica {
        replica.kill();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
