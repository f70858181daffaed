//! The log over gRPC, for the consumers of other services.

use chassis::{
    auth::{Access, Reach, Who},
    caller::Role,
    error::{Error, Result},
};
use prost::Message;
use proto::bus::{
    Envelope, GetHeadsRequest, GetHeadsResponse, ListEventsRequest, ListEventsResponse, event_log_service_server::EventLogService,
};
use tonic::{Request, Response, Status};

use crate::{
    event::{PARTITIONS, index},
    log,
    producer::{Attached, Logs},
};

const DEFAULT_PAGE: usize = 256;
const MAX_PAGE: usize = 1000;
/// An answer stays well below what a client takes by default (4 MiB).
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// Who may read a log: services only (D14).
pub fn access() -> &'static [Access] {
    const SERVICE: Who = Who::Roles(&[(Role::Service, Reach::Installation)]);
    &[
        Access { method: "/regiopool.bus.v1.EventLogService/ListEvents", who: SERVICE },
        Access { method: "/regiopool.bus.v1.EventLogService/GetHeads", who: SERVICE },
    ]
}

/// Answers for the logs of this process.
#[derive(Debug, Clone)]
pub struct EventLog {
    logs: Logs,
}

impl EventLog {
    pub(crate) fn new(logs: &Logs) -> Self {
        Self { logs: logs.clone() }
    }

    fn log(&self, source: &str) -> Result<Attached> {
        self.logs.get(source).ok_or_else(|| Error::invalid("source", "is not a service that keeps its log here"))
    }

    async fn list(&self, request: ListEventsRequest) -> Result<ListEventsResponse> {
        let log = self.log(&request.source)?;
        if !(0..PARTITIONS).contains(&request.partition) {
            return Err(Error::invalid("partition", format!("is not between 0 and {}", PARTITIONS - 1)));
        }
        if request.after < 0 {
            return Err(Error::invalid("after", "is negative"));
        }
        let limit = match usize::try_from(request.page_size) {
            Ok(0) => DEFAULT_PAGE,
            Ok(size) => size.min(MAX_PAGE),
            Err(_) => return Err(Error::invalid("page_size", "is negative")),
        };
        let events = log::list(&log.db, log.service, request.partition, request.after, limit).await?;
        let mut bytes = 0;
        let fits = |envelope: &Envelope| {
            let first = bytes == 0;
            bytes += envelope.encoded_len();
            first || bytes <= MAX_BYTES
        };
        let events = events.iter().map(Envelope::from).take_while(fits).collect();
        let head = log::heads(&log.db).await?[index(request.partition)];
        Ok(ListEventsResponse { events, head })
    }
}

#[tonic::async_trait]
impl EventLogService for EventLog {
    async fn list_events(&self, request: Request<ListEventsRequest>) -> Result<Response<ListEventsResponse>, Status> {
        Ok(Response::new(self.list(request.into_inner()).await?))
    }

    async fn get_heads(&self, request: Request<GetHeadsRequest>) -> Result<Response<GetHeadsResponse>, Status> {
        let log = self.log(&request.into_inner().source)?;
        let heads = log::heads(&log.db).await?;
        Ok(Response::new(GetHeadsResponse { heads: heads.to_vec() }))
    }
}
