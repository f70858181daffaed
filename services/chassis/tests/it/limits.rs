//! Every limit answers at once and says which it is.

use chassis::{
    auth::{Access, Who},
    config::Settings,
};
use proto::{
    bus::{GetHeadsRequest, GetHeadsResponse, ListEventsRequest, ListEventsResponse, event_log_service_client::EventLogServiceClient},
    flexpool::{WatchShiftsRequest, WatchShiftsResponse, shift_service_client::ShiftServiceClient},
};
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::{Code, Request, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::stand::{Stand, reason, settings, streaming, unary};

const HEADS: &str = "/regiopool.bus.v1.EventLogService/GetHeads";
const LIST: &str = "/regiopool.bus.v1.EventLogService/ListEvents";
const WATCH: &str = "/regiopool.flexpool.v1.ShiftService/WatchShifts";
const OPEN: &[Access] =
    &[Access { method: HEADS, who: Who::Open }, Access { method: LIST, who: Who::Open }, Access { method: WATCH, who: Who::Open }];

async fn heads(stand: &Stand) -> Result<GetHeadsResponse, Status> {
    EventLogServiceClient::new(stand.peer()).get_heads(GetHeadsRequest::default()).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn one_call_too_many_is_refused_at_once_and_health_still_answers() {
    let (entered, mut inside) = mpsc::unbounded_channel();
    let (go_on, may_go_on) = watch::channel(false);
    let slow = unary(move |_: Request<GetHeadsRequest>| {
        let (entered, mut may_go_on) = (entered.clone(), may_go_on.clone());
        async move {
            entered.send(()).expect("the test listens");
            may_go_on.wait_for(|yes| *yes).await.expect("the test goes on");
            Ok(GetHeadsResponse::default())
        }
    });
    let settings = Settings { max_concurrent_requests: 1, ..settings() };
    let stand = Stand::start(settings, axum::Router::new().route(HEADS, slow), OPEN).await;
    let peer = stand.peer();
    let first = tokio::spawn(async move { EventLogServiceClient::new(peer).get_heads(GetHeadsRequest::default()).await });
    inside.recv().await.expect("the first call is inside");

    let status = heads(&stand).await.expect_err("refused");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "TOO_BUSY"));
    assert!(HealthClient::new(stand.peer()).check(HealthCheckRequest::default()).await.is_ok());

    go_on.send(true).expect("the call waits");
    first.await.expect("no panic").expect("an answer");
    assert!(heads(&stand).await.is_ok());
}

#[tokio::test]
async fn a_call_has_a_deadline_and_a_stream_has_none() {
    let (sender, items) = mpsc::unbounded_channel();
    let items = std::sync::Arc::new(std::sync::Mutex::new(Some(items)));
    let router = axum::Router::new()
        .route(HEADS, unary(|_: Request<GetHeadsRequest>| std::future::pending::<Result<GetHeadsResponse, Status>>()))
        .route(
            WATCH,
            streaming(move |_: Request<WatchShiftsRequest>| {
                UnboundedReceiverStream::new(items.lock().expect("no panic").take().expect("one stream"))
            }),
        );
    let stand = Stand::start(Settings { request_timeout_s: 1, ..settings() }, router, OPEN).await;
    let watching = ShiftServiceClient::new(stand.peer()).watch_shifts(WatchShiftsRequest::default()).await;
    let mut stream = watching.expect("a stream").into_inner();

    let status = heads(&stand).await.expect_err("too late");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    // The stream began before that call and outlived its deadline.
    sender.send(Ok(WatchShiftsResponse::default())).expect("the stream is open");
    assert!(stream.message().await.expect("no error").is_some());
}

#[tokio::test]
async fn a_client_may_wait_for_less_but_not_for_more() {
    let router =
        axum::Router::new().route(HEADS, unary(|_: Request<GetHeadsRequest>| std::future::pending::<Result<GetHeadsResponse, Status>>()));
    let stand = Stand::start(Settings { request_timeout_s: 1, ..settings() }, router, OPEN).await;
    for wait in ["10m", "1H"] {
        let mut request = Request::new(GetHeadsRequest::default());
        request.metadata_mut().insert("grpc-timeout", wait.parse().expect("a header"));
        let status = EventLogServiceClient::new(stand.peer()).get_heads(request).await.expect_err("too late");
        // The client's own clock may be the first to say so.
        assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status}");
    }
}

#[tokio::test]
async fn a_request_that_is_too_large_is_refused() {
    let list = unary(|_: Request<ListEventsRequest>| async { Ok(ListEventsResponse::default()) });
    let settings = Settings { max_message_bytes: 1_024, ..settings() };
    let stand = Stand::start(settings, axum::Router::new().route(LIST, list), OPEN).await;
    let list = async |length: usize| {
        let request = ListEventsRequest { source: "x".repeat(length), ..ListEventsRequest::default() };
        EventLogServiceClient::new(stand.peer()).list_events(request).await
    };
    assert!(list(1_000).await.is_ok());
    for length in [1_100, 3_000_000] {
        let status = list(length).await.expect_err("refused");
        assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "REQUEST_TOO_LARGE"), "{length}: {status}");
    }
}
