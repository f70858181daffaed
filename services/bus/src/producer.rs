//! Where a log can be asked: in this process directly, else by RPC (D2, D5).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chassis::{
    db::Db,
    error::{Error, Result},
    frame::{Frame, Peer, with_token},
};
use proto::bus::{GetHeadsRequest, ListEventsRequest, event_log_service_client::EventLogServiceClient};
use tokio::sync::watch;

use crate::{
    event::{Event, Heads, PARTITIONS},
    log,
};

/// A log whose service runs in this process.
#[derive(Debug, Clone)]
pub(crate) struct Attached {
    pub(crate) service: &'static str,
    pub(crate) db: Db,
    /// The positions that the relay of this process gave last: the nudge of the embedded bus. Others hold the other partitions.
    pub(crate) given: watch::Sender<Heads>,
}

/// The logs of this process. Clones are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Logs(Arc<Mutex<HashMap<String, Attached>>>);

impl Logs {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Attached>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is new.
    pub(crate) fn attach(&self, log: Attached) -> bool {
        self.lock().insert(log.service.to_owned(), log).is_none()
    }

    pub(crate) fn get(&self, source: &str) -> Option<Attached> {
        self.lock().get(source).cloned()
    }
}

/// Asks the log of a source, wherever it is.
#[derive(Debug, Clone)]
pub(crate) struct Producer {
    pub(crate) source: &'static str,
    logs: Logs,
    frame: Frame,
}

impl Producer {
    pub(crate) fn new(source: &'static str, logs: &Logs, frame: &Frame) -> Self {
        Self { source, logs: logs.clone(), frame: frame.clone() }
    }

    /// The log, if its service runs in this process. It may be attached later than it is first consumed.
    pub(crate) fn local(&self) -> Option<Attached> {
        self.logs.get(self.source)
    }

    /// The newest position of every partition. Errors: `Unavailable` when the service cannot be asked.
    pub(crate) async fn heads(&self) -> Result<Heads> {
        if let Some(log) = self.local() {
            return log::heads(&log.db).await;
        }
        let request = GetHeadsRequest { source: self.source.to_owned() };
        let request = with_token(request, &self.frame.service_token().await?);
        let answer = self.client().get_heads(request).await.map_err(|status| self.unavailable(&status))?;
        let heads: Result<Heads, _> = answer.into_inner().heads.try_into();
        heads.map_err(|_| Error::internal(format!("{} has another number of partitions than {PARTITIONS}", self.source)))
    }

    /// Events of a partition after a position, in order and without a hole; at most `limit`, maybe fewer.
    pub(crate) async fn list(&self, partition: i32, after: i64, limit: usize) -> Result<Vec<Event>> {
        let events = match self.local() {
            Some(log) => log::list(&log.db, self.source, partition, after, limit).await?,
            None => self.ask(partition, after, limit).await?,
        };
        let gap_free = events.iter().zip(after + 1..).all(|(event, position)| event.partition == partition && event.position == position);
        if gap_free { Ok(events) } else { Err(Error::internal(format!("{} listed events with a hole (I6)", self.source))) }
    }

    async fn ask(&self, partition: i32, after: i64, limit: usize) -> Result<Vec<Event>> {
        let page_size = i32::try_from(limit).unwrap_or(i32::MAX);
        let request = ListEventsRequest { source: self.source.to_owned(), partition, after, page_size };
        let request = with_token(request, &self.frame.service_token().await?);
        let answer = self.client().list_events(request).await.map_err(|status| self.unavailable(&status))?;
        answer.into_inner().events.into_iter().map(Event::try_from).collect()
    }

    fn client(&self) -> EventLogServiceClient<Peer> {
        EventLogServiceClient::new(self.frame.peer(self.source))
    }

    fn unavailable(&self, status: &tonic::Status) -> Error {
        tracing::debug!(source = self.source, code = ?status.code(), "cannot ask for events");
        Error::Unavailable(self.source)
    }
}
