//! The door: who is let in, what is answered when something breaks, how everything ends.

use std::time::Duration;

use chassis::{
    auth::{Access, Reach, Who, mistakes},
    caller::{Caller, Role},
    config::Settings,
    frame::{Frame, with_token},
    server::{Part, serve},
};
use futures::{StreamExt, stream};
use proto::{
    bus::{GetHeadsRequest, GetHeadsResponse, ListEventsRequest, ListEventsResponse, event_log_service_client::EventLogServiceClient},
    flexpool::{WatchShiftsRequest, WatchShiftsResponse, shift_service_client::ShiftServiceClient},
};
use tonic::{Code, Request, Status, service::Routes};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::stand::{Stand, reason, settings, streaming, unary};

const HEADS: &str = "/regiopool.bus.v1.EventLogService/GetHeads";
const LIST: &str = "/regiopool.bus.v1.EventLogService/ListEvents";
const WATCH: &str = "/regiopool.flexpool.v1.ShiftService/WatchShifts";

const ACCESS: &[Access] = &[
    Access { method: HEADS, who: Who::Roles(&[(Role::Service, Reach::Installation), (Role::Operator, Reach::Region)]) },
    Access { method: LIST, who: Who::Open },
    Access { method: WATCH, who: Who::SignedIn },
];

/// Answers heads, breaks on a list, and watches forever or until it breaks.
fn handlers() -> axum::Router {
    axum::Router::new()
        .route(
            HEADS,
            unary(|request: Request<GetHeadsRequest>| async move {
                let caller = chassis::auth::caller(&request)?;
                Ok(GetHeadsResponse { heads: vec![i64::from(caller.region.is_some())] })
            }),
        )
        .route(
            LIST,
            unary(|request: Request<ListEventsRequest>| async move {
                assert_eq!(request.get_ref().source, "members", "a name that must not be told");
                // In an open RPC nobody looked at a token.
                let status = Status::from(chassis::auth::caller(&request).expect_err("nobody"));
                Err::<ListEventsResponse, _>(status)
            }),
        )
        .route(
            WATCH,
            streaming(|request: Request<WatchShiftsRequest>| {
                let breaks = request.extensions().get::<Caller>().is_some_and(|caller| caller.has(Role::Auditor));
                let first = stream::iter([Ok(WatchShiftsResponse::default())]);
                first.chain(stream::once(async move {
                    assert!(!breaks, "a defect");
                    std::future::pending::<Result<WatchShiftsResponse, Status>>().await
                }))
            }),
        )
}

async fn stand() -> Stand {
    Stand::start(settings(), handlers(), ACCESS).await
}

async fn heads(stand: &Stand, request: Request<GetHeadsRequest>) -> Result<GetHeadsResponse, Status> {
    EventLogServiceClient::new(stand.peer()).get_heads(request).await.map(tonic::Response::into_inner)
}

async fn list(stand: &Stand, source: &str) -> Status {
    let request = ListEventsRequest { source: source.to_owned(), ..ListEventsRequest::default() };
    EventLogServiceClient::new(stand.peer()).list_events(request).await.expect_err("no events here")
}

async fn watch(stand: &Stand, role: Role) -> tonic::Streaming<WatchShiftsResponse> {
    let request = with_token(WatchShiftsRequest::default(), &stand.token(role));
    ShiftServiceClient::new(stand.peer()).watch_shifts(request).await.expect("a stream").into_inner()
}

#[tokio::test]
async fn a_role_of_the_table_is_let_in_and_the_handler_knows_the_caller() {
    let stand = stand().await;
    for role in [Role::Service, Role::Operator] {
        let answer = heads(&stand, with_token(GetHeadsRequest::default(), &stand.token(role))).await.expect("let in");
        assert_eq!(answer.heads, [1]);
    }
}

#[tokio::test]
async fn who_may_not_call_is_told_why() {
    let stand = stand().await;
    let wrong_scheme = {
        let mut request = Request::new(GetHeadsRequest::default());
        request.metadata_mut().insert("authorization", "Basic abc".parse().expect("a header"));
        request
    };
    for (request, code, expected) in [
        (Request::new(GetHeadsRequest::default()), Code::Unauthenticated, "TOKEN_MISSING"),
        (wrong_scheme, Code::Unauthenticated, "TOKEN_MISSING"),
        (with_token(GetHeadsRequest::default(), "nonsense"), Code::Unauthenticated, "TOKEN_INVALID"),
        (with_token(GetHeadsRequest::default(), &stand.token(Role::Planner)), Code::PermissionDenied, "ROLE_MISSING"),
    ] {
        let status = heads(&stand, request).await.expect_err("refused");
        assert_eq!((status.code(), reason(&status).as_str()), (code, expected));
    }
}

#[tokio::test]
async fn an_open_method_needs_no_token_and_looks_at_none() {
    let status = list(&stand().await, "members").await;
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unauthenticated, "TOKEN_MISSING"));
}

#[tokio::test]
async fn what_no_table_lists_is_refused_to_everybody() {
    let stand = stand().await;
    let request = with_token(proto::flexpool::GetShiftRequest::default(), &stand.token(Role::Service));
    let status = ShiftServiceClient::new(stand.peer()).get_shift(request).await.expect_err("refused");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "METHOD_NOT_LISTED"));
}

#[tokio::test]
async fn what_the_contract_does_not_have_is_not_served() {
    let frame = Frame::new(settings()).expect("a frame");
    let access = &[Access { method: "/regiopool.bus.v1.EventLogService/GetTails", who: Who::Open }];
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let part = Part { name: "stand", routes: Routes::default(), access, unattributed: &[] };
    assert!(serve(&frame, listener, vec![part]).await.is_err());
    assert_eq!(
        mistakes("regiopool.bus.v1", &[access[0], ACCESS[0]]),
        ["/regiopool.bus.v1.EventLogService/GetTails", LIST],
        "one invented, one forgotten"
    );
}

#[tokio::test]
async fn a_panic_is_an_internal_error_that_tells_nothing() {
    let stand = stand().await;
    let status = list(&stand, "elsewhere").await;
    assert_eq!((status.code(), status.message(), reason(&status).as_str()), (Code::Internal, "internal error", "INTERNAL"));
    let mut stream = watch(&stand, Role::Auditor).await;
    assert_eq!(stream.message().await.expect_err("a panic").code(), Code::Internal);
    // The process goes on.
    assert!(heads(&stand, with_token(GetHeadsRequest::default(), &stand.token(Role::Service))).await.is_ok());
}

#[tokio::test]
async fn health_is_told_for_the_process_its_parts_and_their_services() {
    let stand = stand().await;
    for service in ["", "stand", "regiopool.bus.v1.EventLogService", "grpc.health.v1.Health"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = HealthClient::new(stand.peer()).check(request).await.expect(service).into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let request = HealthCheckRequest { service: "nothing".to_owned() };
    assert_eq!(HealthClient::new(stand.peer()).check(request).await.expect_err("unknown").code(), Code::NotFound);
}

macro_rules! reflected_services {
    ($version:ident, $stand:expr) => {{
        use tonic_reflection::pb::$version::{
            ServerReflectionRequest, server_reflection_client::ServerReflectionClient, server_reflection_request::MessageRequest,
            server_reflection_response::MessageResponse,
        };
        let ask = |message| ServerReflectionRequest { host: String::new(), message_request: Some(message) };
        let questions = [
            ask(MessageRequest::ListServices(String::new())),
            ask(MessageRequest::FileContainingSymbol("regiopool.bus.v1.EventLogService".to_owned())),
        ];
        let mut client = ServerReflectionClient::new($stand.peer());
        let mut answers = client.server_reflection_info(stream::iter(questions)).await.expect("a stream").into_inner();
        let listed = match answers.message().await.expect("no error").expect("an answer").message_response {
            Some(MessageResponse::ListServicesResponse(list)) => list.service.into_iter().map(|service| service.name).collect(),
            other => panic!("{other:?}"),
        };
        let file = answers.message().await.expect("no error").expect("an answer").message_response;
        assert!(matches!(file, Some(MessageResponse::FileDescriptorResponse(_))), "{file:?}");
        let listed: Vec<String> = listed;
        listed
    }};
}

#[tokio::test]
async fn reflection_lists_what_is_served_here_in_both_versions() {
    let stand = stand().await;
    for mut listed in [reflected_services!(v1, stand), reflected_services!(v1alpha, stand)] {
        listed.sort();
        assert_eq!(
            listed,
            [
                "grpc.health.v1.Health",
                "grpc.reflection.v1.ServerReflection",
                "grpc.reflection.v1alpha.ServerReflection",
                "regiopool.bus.v1.EventLogService",
                "regiopool.flexpool.v1.ShiftService",
            ]
        );
    }
}

#[tokio::test]
async fn stopping_ends_streams_with_a_status_and_lets_calls_end() {
    let (entered, mut inside) = tokio::sync::mpsc::unbounded_channel();
    let (go_on, may_go_on) = tokio::sync::watch::channel(false);
    let slow = unary(move |_: Request<GetHeadsRequest>| {
        let (entered, mut may_go_on) = (entered.clone(), may_go_on.clone());
        async move {
            entered.send(()).expect("the test listens");
            may_go_on.wait_for(|yes| *yes).await.expect("the test goes on");
            Ok(GetHeadsResponse { heads: vec![7] })
        }
    });
    let router = axum::Router::new().route(HEADS, slow).merge(axum::Router::new().route(WATCH, {
        streaming(|_: Request<WatchShiftsRequest>| {
            stream::iter([Ok(WatchShiftsResponse::default())]).chain(stream::pending::<Result<WatchShiftsResponse, Status>>())
        })
    }));
    let stand = Stand::start(settings(), router, ACCESS).await;
    let mut stream = watch(&stand, Role::Planner).await;
    assert!(stream.message().await.expect("no error").is_some());
    let token = stand.token(Role::Service);
    let peer = stand.peer();
    let call =
        tokio::spawn(async move { EventLogServiceClient::new(peer).get_heads(with_token(GetHeadsRequest::default(), &token)).await });
    inside.recv().await.expect("the call is inside");

    let draining = stand.frame.shutdown.drain(Duration::from_secs(60));
    tokio::pin!(draining);
    assert!(futures::poll!(&mut draining).is_pending());
    let status = stream.message().await.expect_err("the end");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "STOPPING"));
    assert!(!call.is_finished());
    assert!(futures::poll!(&mut draining).is_pending(), "who drains the process waits for its calls");
    go_on.send(true).expect("the call waits");
    assert_eq!(call.await.expect("no panic").expect("an answer").into_inner().heads, [7]);

    assert!(draining.await);
    let late = stand.peer();
    stand.serving.await.expect("no panic").expect("served to the end");
    let status = EventLogServiceClient::new(late).get_heads(GetHeadsRequest::default()).await.expect_err("nobody listens");
    assert_eq!(status.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_call_that_does_not_end_in_time_is_cut_off() {
    let (entered, mut inside) = tokio::sync::mpsc::unbounded_channel();
    let stuck = unary(move |_: Request<GetHeadsRequest>| {
        let entered = entered.clone();
        async move {
            entered.send(()).expect("the test listens");
            std::future::pending::<Result<GetHeadsResponse, Status>>().await
        }
    });
    let stand = Stand::start(Settings { drain_s: 0, ..settings() }, axum::Router::new().route(HEADS, stuck), ACCESS).await;
    let request = with_token(GetHeadsRequest::default(), &stand.token(Role::Service));
    let peer = stand.peer();
    let call = tokio::spawn(async move { EventLogServiceClient::new(peer).get_heads(request).await });
    inside.recv().await.expect("the call is inside");
    stand.frame.shutdown.cancel();
    let status = call.await.expect("no panic").expect_err("cut off");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "STOPPING"));
    stand.serving.await.expect("no panic").expect("served to the end");
}

#[tokio::test]
async fn draining_waits_for_tasks_and_tells_when_one_does_not_end() {
    let frame = Frame::new(settings()).expect("a frame");
    let (told, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let cancelled = frame.shutdown.cancelled();
    frame.shutdown.spawn(async move {
        cancelled.await;
        told.send(()).expect("the test listens");
    });
    frame.shutdown.every(Duration::from_secs(3_600), || async {});
    assert!(frame.shutdown.drain(Duration::from_secs(60)).await);
    assert_eq!(ended.recv().await, Some(()));

    let stuck = Frame::new(settings()).expect("a frame");
    stuck.shutdown.spawn(std::future::pending::<()>());
    assert!(!stuck.shutdown.drain(Duration::ZERO).await);
}
