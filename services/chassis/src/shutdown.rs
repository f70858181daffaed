//! Stopping in order: everybody is told, what runs in the background ends by itself, within a time.

use std::{future::Future, time::Duration};

use tokio::{task::JoinHandle, time::timeout};
use tokio_util::{
    sync::{CancellationToken, WaitForCancellationFutureOwned},
    task::TaskTracker,
};
use tracing::Instrument;

/// Tells a process to stop and knows what still runs in it. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    /// Cancelled when the process should stop.
    pub token: CancellationToken,
    /// What runs in the background.
    pub tracker: TaskTracker,
}

impl Shutdown {
    /// Nobody has asked to stop.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a task that [`Shutdown::drain`] waits for. It must end by itself soon after [`Shutdown::cancelled`], at a point where
    /// nothing is half done.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.tracker.spawn(task.in_current_span())
    }

    /// Runs `work` at once and then again `period` after it ended, until the process stops; stops waiting, never `work` itself.
    pub fn every<F>(&self, period: Duration, work: impl Fn() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send,
    {
        let token = self.token.clone();
        self.spawn(async move {
            while !token.is_cancelled() {
                work().await;
                let _ = timeout(period, token.cancelled()).await;
            }
        });
    }

    /// Ends when the process should stop.
    pub fn cancelled(&self) -> WaitForCancellationFutureOwned {
        self.token.clone().cancelled_owned()
    }

    /// Tells everybody to stop.
    pub fn cancel(&self) {
        self.token.cancel();
    }

    /// Tells everybody to stop and waits until all tasks ended, at most for `limit`. Gives whether they did.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.cancel();
        self.tracker.close();
        let ended = timeout(limit, self.tracker.wait()).await.is_ok();
        if !ended {
            tracing::warn!(tasks = self.tracker.len(), "tasks did not end in time");
        }
        ended
    }
}
