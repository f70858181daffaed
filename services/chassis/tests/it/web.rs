//! Browsers: gRPC-Web over HTTP/1.1, as `fetch` sends it, and pages of other origins.

use base64::{Engine, engine::general_purpose::STANDARD};
use chassis::{
    auth::{Access, Reach, Who},
    caller::Role,
    config::Settings,
};
use futures::{StreamExt, stream};
use prost::Message;
use proto::{
    bus::{GetHeadsRequest, GetHeadsResponse},
    flexpool::{WatchShiftsRequest, WatchShiftsResponse},
};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, header::HeaderMap};
use tonic::{Code, Request, Status};
use tonic_types::StatusExt;

use crate::stand::{Stand, reason, settings, streaming, unary};

const HEADS: &str = "/regiopool.bus.v1.EventLogService/GetHeads";
const WATCH: &str = "/regiopool.flexpool.v1.ShiftService/WatchShifts";
const ACCESS: &[Access] =
    &[Access { method: HEADS, who: Who::Roles(&[(Role::Planner, Reach::Own)]) }, Access { method: WATCH, who: Who::Open }];
const PAGES: &str = "https://pages.example";

async fn stand(origins: &str) -> Stand {
    let router = axum::Router::new()
        .route(
            HEADS,
            unary(|request: Request<GetHeadsRequest>| async move {
                match request.get_ref().source.as_str() {
                    "" => Err(Status::from(chassis::error::Error::invalid("source", "is required"))),
                    source => Ok(GetHeadsResponse { heads: vec![i64::try_from(source.len()).expect("short")] }),
                }
            }),
        )
        .route(
            WATCH,
            streaming(|_: Request<WatchShiftsRequest>| {
                stream::iter([Ok(WatchShiftsResponse { reset: true, ..Default::default() })]).chain(stream::pending())
            }),
        );
    let cors_origins = origins.parse().expect("origins");
    Stand::start(Settings { cors_origins, max_message_bytes: 1_024, ..settings() }, router, ACCESS).await
}

fn browser() -> Client {
    // Every process chooses once; it speaks no TLS here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

fn frame(message: &impl Message) -> Vec<u8> {
    let body = message.encode_to_vec();
    let length = u32::try_from(body.len()).expect("short");
    [&[0][..], &length.to_be_bytes(), &body].concat()
}

/// The frames of an answer: whether it holds the trailers, and what it holds.
fn frames(mut bytes: &[u8]) -> Vec<(bool, Vec<u8>)> {
    let mut frames = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(5) {
        let length = u32::from_be_bytes(head[1..].try_into().expect("four bytes"));
        let (body, rest) = rest.split_at(usize::try_from(length).expect("short"));
        frames.push((head[0] & 0x80 != 0, body.to_vec()));
        bytes = rest;
    }
    assert!(bytes.is_empty(), "half a frame");
    frames
}

fn trailers(frame: &(bool, Vec<u8>)) -> HeaderMap {
    assert!(frame.0, "the last frame holds the trailers");
    let text = String::from_utf8(frame.1.clone()).expect("text");
    let pair =
        |line: &str| line.split_once(':').map(|(name, value)| (name.parse().expect("a name"), value.trim().parse().expect("a value")));
    text.lines().filter_map(pair).collect()
}

fn post(stand: &Stand, path: &str, content: &str, body: Vec<u8>) -> RequestBuilder {
    let request = browser().post(format!("{}{path}", stand.address)).header("content-type", content).header("accept", content);
    request.header("x-grpc-web", "1").body(body)
}

fn heads(stand: &Stand, source: &str) -> RequestBuilder {
    let message = GetHeadsRequest { source: source.to_owned() };
    post(stand, HEADS, "application/grpc-web+proto", frame(&message)).bearer_auth(stand.token(Role::Planner))
}

fn names(headers: &HeaderMap) -> Vec<&str> {
    headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("access-control-")).collect()
}

async fn answer(request: RequestBuilder) -> Response {
    request.send().await.expect("an answer")
}

#[tokio::test]
async fn a_browser_calls_and_reads_the_status_at_the_end_of_the_body() {
    let stand = stand("").await;
    let answer = answer(heads(&stand, "members")).await;
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, reqwest::Version::HTTP_11));
    assert_eq!(answer.headers()["content-type"], "application/grpc-web+proto");
    let frames = frames(&answer.bytes().await.expect("a body"));
    assert_eq!(GetHeadsResponse::decode(&*frames[0].1).expect("a message").heads, [7]);
    assert_eq!(trailers(&frames[1])["grpc-status"], "0");
    assert_eq!(frames.len(), 2);
}

#[tokio::test]
async fn text_serves_as_well_as_bytes() {
    let stand = stand("").await;
    let body = STANDARD.encode(frame(&GetHeadsRequest { source: "bus".to_owned() })).into_bytes();
    let request = post(&stand, HEADS, "application/grpc-web-text", body).bearer_auth(stand.token(Role::Planner));
    let text = answer(request).await.text().await.expect("a body");
    // Each frame is a text of its own.
    let bytes: Vec<u8> = text.split_inclusive('=').collect::<Vec<_>>().concat().into_bytes();
    let bytes = decode_parts(&bytes);
    let frames = frames(&bytes);
    assert_eq!(GetHeadsResponse::decode(&*frames[0].1).expect("a message").heads, [3]);
    assert_eq!(trailers(&frames[1])["grpc-status"], "0");
}

/// Texts of four characters each, some of them padded in the middle.
fn decode_parts(text: &[u8]) -> Vec<u8> {
    text.chunks(4).flat_map(|part| STANDARD.decode(part).expect("base64")).collect()
}

#[tokio::test]
async fn a_refusal_reaches_a_page_with_its_details() {
    let stand = stand(PAGES).await;
    let wrong = post(&stand, HEADS, "application/grpc-web+proto", frame(&GetHeadsRequest::default()));
    let large = heads(&stand, &"x".repeat(2_000));
    for (request, code, expected) in [
        (wrong, Code::Unauthenticated, "TOKEN_MISSING"),
        (heads(&stand, ""), Code::InvalidArgument, "INVALID_REQUEST"),
        (large, Code::ResourceExhausted, "REQUEST_TOO_LARGE"),
    ] {
        let answer = answer(request.header("origin", PAGES)).await;
        assert_eq!(answer.headers()["access-control-allow-origin"], PAGES);
        let status = Status::from_header_map(answer.headers()).expect("a status in the headers");
        assert_eq!((status.code(), reason(&status).as_str()), (code, expected));
        assert!(status.get_error_details().error_info().is_some_and(|info| info.domain == "chassis.regiopool"));
        let exposed = answer.headers()["access-control-expose-headers"].to_str().expect("text").to_owned();
        assert!(["grpc-status", "grpc-message", "grpc-status-details-bin"].iter().all(|name| exposed.contains(name)), "{exposed}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_message_are_the_callers_mistake() {
    let stand = stand("").await;
    let cut_off = [0, 0, 0, 0, 3, 0x0a, 0x7f, 0];
    let no_text = [0, 0, 0, 0, 4, 0x0a, 2, 0xff, 0xfe];
    let (compressed, endless) = ([1, 0, 0, 0, 0], [0, 0xff, 0xff, 0xff, 0xff]);
    for body in [&[][..], &cut_off, &no_text, &compressed, &endless] {
        let request = post(&stand, HEADS, "application/grpc-web+proto", body.to_vec()).bearer_auth(stand.token(Role::Planner));
        let status = Status::from_header_map(answer(request).await.headers()).expect("a status in the headers");
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_REQUEST"), "{body:?}: {status}");
    }
}

#[tokio::test]
async fn a_stream_reaches_a_page_piece_by_piece_and_ends_with_a_status() {
    let stand = stand("").await;
    let request = post(&stand, WATCH, "application/grpc-web+proto", frame(&WatchShiftsRequest::default()));
    let mut answer = answer(request).await;
    let first = frames(&answer.chunk().await.expect("no error").expect("a piece"));
    assert!(WatchShiftsResponse::decode(&*first[0].1).expect("a message").reset);
    stand.frame.shutdown.cancel();
    let end = frames(&answer.chunk().await.expect("no error").expect("a piece"));
    let status = Status::from_header_map(&trailers(&end[0])).expect("a status");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "STOPPING"));
    assert!(answer.chunk().await.expect("no error").is_none());
    stand.serving.await.expect("no panic").expect("served to the end");
}

fn preflight(stand: &Stand, origin: &str) -> RequestBuilder {
    let request = browser().request(Method::OPTIONS, format!("{}{HEADS}", stand.address)).header("origin", origin);
    request
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,x-grpc-web,grpc-timeout,traceparent")
}

#[tokio::test]
async fn a_page_of_a_listed_origin_is_permitted_what_grpc_web_needs() {
    let stand = stand(&format!("http://localhost:5173,{PAGES}")).await;
    for origin in ["http://localhost:5173", PAGES] {
        let answer = answer(preflight(&stand, origin)).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let header = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
        assert_eq!((header("access-control-allow-origin"), header("access-control-allow-methods")), (origin.to_owned(), "POST".to_owned()));
        let allowed = header("access-control-allow-headers");
        for name in ["authorization", "content-type", "x-grpc-web", "grpc-timeout", "traceparent", "tracestate", "x-user-agent"] {
            assert!(allowed.split(',').any(|allowed| allowed == name), "{name} in {allowed}");
        }
        assert_eq!(header("access-control-max-age"), "3600");
        assert!(header("vary").contains("origin"));
        assert!(!answer.headers().contains_key("access-control-allow-credentials"), "tokens, never cookies");
    }
}

#[tokio::test]
async fn other_origins_get_no_permission_and_not_a_word_about_it() {
    let (listed, none) = (stand(PAGES).await, stand("").await);
    let others =
        ["https://pages.example:8443", "http://pages.example", "https://pages.example.evil.example", "https://evil.example", "null", "*"];
    for (stand, origin) in others.iter().map(|origin| (&listed, *origin)).chain([(&none, PAGES)]) {
        let asked = answer(preflight(stand, origin)).await;
        assert_eq!((asked.status(), names(asked.headers())), (StatusCode::METHOD_NOT_ALLOWED, Vec::new()), "{origin}");
        let called = answer(heads(stand, "members").header("origin", origin)).await;
        assert_eq!(names(called.headers()), Vec::<&str>::new(), "{origin}");
    }
}

#[tokio::test]
async fn nothing_else_is_served_to_browsers() {
    let stand = stand(PAGES).await;
    let url = format!("{}{HEADS}", stand.address);
    for origin in [PAGES, "https://evil.example"] {
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
            let answer = answer(browser().request(method.clone(), &url).header("origin", origin)).await;
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
            assert_eq!(answer.headers()["allow"], "POST");
        }
        for content in ["application/json", "text/plain", "application/grpc"] {
            let answer = answer(post(&stand, HEADS, content, Vec::new()).header("origin", origin)).await;
            assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{content}");
        }
    }
}
