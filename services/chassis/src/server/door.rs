//! The path of one call: trace, deadline, limits, sign-in, handler, log line.

use std::{
    collections::{HashMap, HashSet},
    convert::Infallible,
    panic::AssertUnwindSafe,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use futures::{FutureExt, future::BoxFuture};
use proto::chassis::Reason;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Status,
    body::Body,
    codegen::{Service, http},
    service::Routes,
    transport::server::TcpConnectInfo,
};
use tower::ServiceExt;
use tracing::Instrument;

use super::{
    HEALTH, METHODS, Part,
    body::{Limited, Streaming, panicked, stopping},
    record::Record,
};
use crate::{
    auth::{Gate, Sid},
    carried::{self, Carried},
    error::plain,
    frame::Frame,
    shutdown::Shutdown,
    tokens::Claims,
};

type Request = http::Request<Body>;
type Response = http::Response<Body>;

/// The service that the listener serves: all parts behind one door.
#[derive(Clone)]
pub(super) struct Door(Arc<House>);

struct House {
    routes: HashMap<&'static str, Routes>,
    gate: Gate,
    unattributed: HashSet<&'static str>,
    calls: Arc<Semaphore>,
    streams: Arc<Semaphore>,
    longest: Duration,
    largest: usize,
    shutdown: Shutdown,
    cut_off: CancellationToken,
}

impl Door {
    pub(super) fn new(frame: &Frame, parts: Vec<Part>) -> Self {
        let settings = &frame.settings;
        let access: Vec<_> = parts.iter().rev().flat_map(|part| part.access).copied().collect();
        let unattributed = parts.iter().flat_map(|part| part.unattributed).copied().collect();
        let mut routes = HashMap::new();
        for part in parts.into_iter().rev() {
            let prepared = part.routes.prepare();
            routes.extend(part.access.iter().map(|row| (row.method, prepared.clone())));
        }
        Self(Arc::new(House {
            routes,
            gate: Gate::new(access, frame),
            unattributed,
            calls: Arc::new(Semaphore::new(settings.max_concurrent_requests)),
            streams: Arc::new(Semaphore::new(settings.max_concurrent_requests)),
            longest: Duration::from_secs(settings.request_timeout_s),
            // A message is five bytes longer on the wire.
            largest: settings.max_message_bytes + 5,
            shutdown: frame.shutdown.clone(),
            cut_off: CancellationToken::new(),
        }))
    }

    /// Cancelled, every call that still runs is answered at once.
    pub(super) fn cut_off(&self) -> CancellationToken {
        self.0.cut_off.clone()
    }
}

impl Service<Request> for Door {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let house = self.0.clone();
        let known = METHODS.get_key_value(request.uri().path());
        let (path, streams) = known.map_or(("/unknown", false), |(path, method)| (path.as_str(), method.streams));
        let record = Record::begin(&path[1..], &request);
        let span = record.span().clone();
        async move { Ok(if known.is_some() { house.answer(path, streams, request, record).await } else { no_such_method(record) }) }
            .instrument(span)
            .boxed()
    }
}

impl House {
    async fn answer(&self, path: &'static str, streams: bool, request: Request, mut record: Record) -> Response {
        let asked = carried::timeout(request.headers());
        // A stream lasts as long as its client wants.
        let limit = if streams { asked } else { Some(asked.map_or(self.longest, |asked| asked.min(self.longest))) };
        record.limit(limit);
        let permit = match self.permit(path, streams) {
            Ok(permit) => permit,
            Err(status) => return refuse(record, status),
        };
        let carried = Carried::new(request.headers(), limit.and_then(|limit| Instant::now().checked_add(limit)));
        let handled = tokio::select! {
            biased;
            handled = carried.clone().scope(self.handle(path, request, &record)) => handled,
            () = past(limit) => Err(plain(Code::DeadlineExceeded, Reason::DeadlineExceeded, "the call took too long")),
            () = self.cut_off.cancelled() => Err(stopping()),
        };
        let (claims, response) = match handled {
            Err(status) => return refuse(record, status),
            Ok(handled) => handled,
        };
        let ended = record.end_as(response.headers());
        match permit {
            Some(permit) if streams && !ended => {
                let stop = self.stop(claims.as_ref());
                response.map(|body| Body::new(Streaming::new(body, record, stop, carried, permit)))
            }
            _ => {
                if !ended {
                    record.end(Code::Ok);
                }
                response
            }
        }
    }

    async fn handle(&self, path: &'static str, mut request: Request, record: &Record) -> Result<(Option<Claims>, Response), Status> {
        let from = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
        let admitted = self.gate.admit(path, request.headers(), from.map(|address| address.ip())).await?;
        let claims = admitted.map(|admitted| {
            record.caller(&admitted.caller, !self.unattributed.contains(path));
            request.extensions_mut().insert(admitted.caller);
            if let Some(sid) = &admitted.claims.sid {
                request.extensions_mut().insert(Sid(sid.clone()));
            }
            request.extensions_mut().insert(admitted.scope);
            admitted.claims
        });
        let routes = self.routes.get(path).cloned().unwrap_or_default();
        let request = request.map(|body| Body::new(Limited::new(body, self.largest)));
        match AssertUnwindSafe(routes.oneshot(request)).catch_unwind().await {
            Ok(Ok(response)) if is_unreadable(&response) => {
                Err(plain(Code::InvalidArgument, Reason::InvalidRequest, "the message cannot be read as the contract describes it"))
            }
            Ok(Ok(response)) => Ok((claims, response)),
            Ok(Err(never)) => match never {},
            Err(_) => Err(panicked()),
        }
    }

    /// Ends when a stream must end, with its status: the process stops, or the token that opened it counts no longer.
    fn stop(&self, claims: Option<&Claims>) -> BoxFuture<'static, Status> {
        let process = self.shutdown.cancelled().map(|()| stopping());
        match claims.map(|claims| self.gate.open_stream(claims).ended()) {
            None => process.boxed(),
            Some(token) => async move {
                tokio::select! {
                    biased;
                    status = process => status,
                    status = token => status,
                }
            }
            .boxed(),
        }
    }

    /// A place among the calls or the streams. There is no queue: who waits in one is answered too late, by a server that then works
    /// for nobody. Health has a place always, so that a busy process is not taken for a dead one.
    fn permit(&self, path: &str, streams: bool) -> Result<Option<OwnedSemaphorePermit>, Status> {
        if path == HEALTH {
            return Ok(None);
        }
        let places = if streams { &self.streams } else { &self.calls };
        let busy = |_| plain(Code::ResourceExhausted, Reason::TooBusy, "too many calls at once; ask again");
        places.clone().try_acquire_owned().map(Some).map_err(busy)
    }
}

/// Whether the library refused the message before a handler saw it: as its own defect, and alone without a reason.
fn is_unreadable(response: &Response) -> bool {
    Status::from_header_map(response.headers())
        .is_some_and(|status| matches!(status.code(), Code::Internal | Code::OutOfRange) && status.details().is_empty())
}

fn refuse(mut record: Record, status: Status) -> Response {
    record.end(status.code());
    status.into_http()
}

fn no_such_method(record: Record) -> Response {
    refuse(record, plain(Code::Unimplemented, Reason::NoSuchMethod, "the contract has no such method"))
}

async fn past(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}
