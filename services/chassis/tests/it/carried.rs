//! What a call hands on to the calls made while it is served, over two real servers: the time that is left, and the trace.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chassis::{
    auth::{Access, Scope, Who},
    caller::{Call, Role},
    config::Settings,
    error::Error,
    frame::{Frame, Peer},
    ids::{RegionId, random_uuid},
    mutation,
    telemetry::traceparent,
    time::real_now,
};
use futures::stream;
use proto::{
    bus::{GetHeadsRequest, GetHeadsResponse, event_log_service_client::EventLogServiceClient},
    flexpool::{WatchShiftsRequest, WatchShiftsResponse, shift_service_client::ShiftServiceClient},
};
use tonic::{Request, Status, metadata::MetadataMap};

use crate::{
    databases::Tables,
    stand::{Stand, caller, settings, streaming, unary},
};

const HEADS: &str = "/regiopool.bus.v1.EventLogService/GetHeads";
const WATCH: &str = "/regiopool.flexpool.v1.ShiftService/WatchShifts";
const OPEN: &[Access] = &[Access { method: HEADS, who: Who::Open }, Access { method: WATCH, who: Who::Open }];
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

type Seen = Arc<Mutex<Vec<MetadataMap>>>;

/// The server that is called in the end, which notes with what.
async fn last() -> (Stand, Seen) {
    let seen = Seen::default();
    let handler = unary({
        let seen = seen.clone();
        move |request: Request<GetHeadsRequest>| {
            seen.lock().expect("no panic").push(request.metadata().clone());
            async { Ok(GetHeadsResponse::default()) }
        }
    });
    (Stand::start(settings(), axum::Router::new().route(HEADS, handler), OPEN).await, seen)
}

async fn ask(peer: Peer) -> Result<GetHeadsResponse, Status> {
    EventLogServiceClient::new(peer).get_heads(GetHeadsRequest::default()).await.map(tonic::Response::into_inner)
}

/// The server in between, which asks the last one: in a call, and in the middle of a stream.
async fn between(last: &Stand) -> Stand {
    let peer = last.peer();
    let in_a_call = {
        let peer = peer.clone();
        move |_: Request<GetHeadsRequest>| ask(peer.clone())
    };
    let in_a_stream = move |_: Request<WatchShiftsRequest>| {
        let peer = peer.clone();
        stream::once(async move { ask(peer).await.map(|_| WatchShiftsResponse::default()) })
    };
    let router = axum::Router::new().route(HEADS, unary(in_a_call)).route(WATCH, streaming(in_a_stream));
    Stand::start(Settings { request_timeout_s: 300, ..settings() }, router, OPEN).await
}

fn with<T>(message: T, headers: &[(&'static str, &str)]) -> Request<T> {
    let mut request = Request::new(message);
    for (name, value) in headers {
        request.metadata_mut().insert(*name, value.parse().expect("a header"));
    }
    request
}

fn seconds(seen: &MetadataMap) -> f64 {
    let text = seen.get("grpc-timeout").expect("a time").to_str().expect("a text");
    let (digits, unit) = text.split_at(text.len() - 1);
    let number: f64 = digits.parse().expect("a number");
    number / if unit == "u" { 1e6 } else { 1e3 }
}

#[tokio::test]
async fn the_time_that_is_left_goes_along() {
    let (last, seen) = last().await;
    let between = between(&last).await;
    let mut client = EventLogServiceClient::new(between.peer());
    for (asked, most) in [(None, 300.0), (Some("120S"), 120.0), (Some("20000m"), 20.0)] {
        let headers: Vec<_> = asked.map(|asked| ("grpc-timeout", asked)).into_iter().collect();
        client.get_heads(with(GetHeadsRequest::default(), &headers)).await.expect("an answer");
        let left = seconds(&seen.lock().expect("no panic").remove(0));
        assert!(left > 0.0 && left < most, "{left} of {most}");
    }
    // Outside every call nobody waits for less than the peer itself does.
    ask(last.peer()).await.expect("an answer");
    assert!(seen.lock().expect("no panic").remove(0).get("grpc-timeout").is_none());
    // A stream has no end, unless its client gave it one.
    for (asked, goes_along) in [(None, false), (Some("120S"), true)] {
        let headers: Vec<_> = asked.map(|asked| ("grpc-timeout", asked)).into_iter().collect();
        let mut client = ShiftServiceClient::new(between.peer());
        let mut stream = client.watch_shifts(with(WatchShiftsRequest::default(), &headers)).await.expect("a stream").into_inner();
        assert!(stream.message().await.expect("no error").is_some());
        assert_eq!(seen.lock().expect("no panic").remove(0).get("grpc-timeout").is_some(), goes_along);
    }
}

#[tokio::test]
async fn the_trace_goes_along_without_a_collector() {
    let (last, seen) = last().await;
    let between = between(&last).await;
    let headers = [("traceparent", PARENT), ("tracestate", "vendor=value")];
    EventLogServiceClient::new(between.peer()).get_heads(with(GetHeadsRequest::default(), &headers)).await.expect("an answer");
    let mut client = ShiftServiceClient::new(between.peer());
    let mut stream = client.watch_shifts(with(WatchShiftsRequest::default(), &headers)).await.expect("a stream").into_inner();
    assert!(stream.message().await.expect("no error").is_some());
    for seen in seen.lock().expect("no panic").drain(..) {
        let value = |name| seen.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        assert_eq!((value("traceparent").as_deref(), value("tracestate").as_deref()), (Some(PARENT), Some("vendor=value")));
    }
    for nonsense in ["", "00-0-0-00", "00-00000000000000000000000000000000-b7ad6b7169203331-01"] {
        let headers = [("traceparent", nonsense)];
        EventLogServiceClient::new(between.peer()).get_heads(with(GetHeadsRequest::default(), &headers)).await.expect("an answer");
        assert!(seen.lock().expect("no panic").remove(0).get("traceparent").is_none());
    }
}

/// The event that a change writes down belongs to the trace of its call; the time of the call does not end it.
#[tokio::test]
async fn a_change_keeps_the_trace_and_not_the_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let frame = Frame::new(Settings { data: folder.path().to_owned(), ..settings() }).expect("a frame");
    let db = frame.database("stand").await.expect("SQLite");
    db.migrate::<Tables>().await.expect("migrated");
    let (last, seen) = last().await;
    let traces = Arc::new(Mutex::new(Vec::new()));
    let handler = {
        let (traces, peer) = (traces.clone(), last.peer());
        move |_: Request<GetHeadsRequest>| {
            let (db, traces, peer) = (db.clone(), traces.clone(), peer.clone());
            let caller = caller(Role::Planner);
            let scope = Scope::new(&caller, Who::SignedIn).expect("everybody");
            let call = Call { caller, scope, region: RegionId::new(), now: real_now() };
            let request = mutation::Request::new(&call, "EventLogService/GetHeads", random_uuid(), &GetHeadsRequest::default());
            async move {
                let work = move |txn| {
                    let (traces, peer) = (traces.clone(), peer.clone());
                    async move {
                        traces.lock().expect("no panic").push(traceparent());
                        let answer = ask(peer).await.map_err(|_| Error::Unavailable("last"))?;
                        Ok((txn, answer))
                    }
                };
                Ok(mutation::run(&db, request, work).await?)
            }
        }
    };
    let stand = Stand::start(settings(), axum::Router::new().route(HEADS, unary(handler)), OPEN).await;
    let request = with(GetHeadsRequest::default(), &[("traceparent", PARENT)]);
    EventLogServiceClient::new(stand.peer()).get_heads(request).await.expect("an answer");
    assert_eq!(*traces.lock().expect("no panic"), [Some(PARENT.to_owned())]);
    assert!(seen.lock().expect("no panic").remove(0).get("grpc-timeout").is_none());
    assert!(frame.shutdown.drain(Duration::from_secs(60)).await);
}
