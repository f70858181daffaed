//! What a service does with the events of another one, and how it is called.

use std::{panic::AssertUnwindSafe, time::Duration};

use async_trait::async_trait;
use chassis::{
    carried::Carried,
    error::{Error, Result},
};
use futures::FutureExt as _;
use sea_orm::DatabaseTransaction;
use tracing::Instrument;

use crate::{event::Event, trace};

/// A handler writes a few rows. One that takes so long hangs, and would hold its partition, a writer and the locks of its transaction for
/// ever; what is too much for a transaction belongs in work of its own.
const LIMIT: Duration = Duration::from_secs(30);

/// What a service does with the events of another one.
///
/// Both functions run in the transaction that moves the position; an error takes all back. An event of a type that the handler does not
/// know is answered with [`Event::unknown`]. An event that fails five times is parked with its subject (D3), unless the error says that
/// something is only away: `Unavailable` and `Repeat` are waited out.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Writes the copy of what the other service owns. A replay runs it again, into empty tables. Partitions are independent of each
    /// other, so what comes out must not depend on the order of events of different subjects.
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()>;

    /// Changes what the own service owns, and appends to the own log. Never replayed.
    async fn react(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        let _ = (txn, event);
        Ok(())
    }
}

/// Lets an event take effect. What the handler calls and writes goes on in the event's trace, also where no collector keeps one.
/// A panic and a handler without end are errors like any other.
pub(crate) async fn handle(handler: &dyn Handler, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
    let work = async {
        handler.apply(txn, event).await?;
        handler.react(txn, event).await
    };
    guarded(work.instrument(trace::span("apply", event)), event).await
}

/// Writes only the copy.
pub(crate) async fn apply(handler: &dyn Handler, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
    guarded(handler.apply(txn, event), event).await
}

async fn guarded(work: impl Future<Output = Result<()>>, event: &Event) -> Result<()> {
    let work = Carried::of_event(event.traceparent.as_deref()).scope(work);
    match tokio::time::timeout(LIMIT, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(done)) => done,
        Ok(Err(_)) => Err(Error::internal("the handler panicked")),
        Err(_) => Err(Error::internal(format!("the handler did not end within {} s", LIMIT.as_secs()))),
    }
}
