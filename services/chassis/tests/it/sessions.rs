//! A revoked session ends at once: its calls and its open streams. A stream also ends with its token.

use std::time::Duration;

use chassis::{
    auth::{Access, Claims, Who},
    caller::Role,
    frame::with_token,
    time::real_now,
};
use futures::{StreamExt, stream};
use proto::{
    bus::{GetHeadsRequest, GetHeadsResponse, event_log_service_client::EventLogServiceClient},
    flexpool::{WatchShiftsRequest, WatchShiftsResponse, shift_service_client::ShiftServiceClient},
};
use tonic::{Code, Request, Status, Streaming};

use crate::stand::{Stand, reason, settings, streaming, unary, user};

const HEADS: &str = "/regiopool.bus.v1.EventLogService/GetHeads";
const WATCH: &str = "/regiopool.flexpool.v1.ShiftService/WatchShifts";
const ACCESS: &[Access] = &[Access { method: HEADS, who: Who::SignedIn }, Access { method: WATCH, who: Who::SignedIn }];

async fn stand() -> Stand {
    let router = axum::Router::new().route(HEADS, unary(|_: Request<GetHeadsRequest>| async { Ok(GetHeadsResponse::default()) })).route(
        WATCH,
        streaming(|_: Request<WatchShiftsRequest>| stream::iter([Ok(WatchShiftsResponse::default())]).chain(stream::pending())),
    );
    Stand::start(settings(), router, ACCESS).await
}

fn token(stand: &Stand, session: &str) -> String {
    stand.signer().sign(&user(Role::Worker), Duration::from_secs(60), Some(session)).expect("a token")
}

async fn call(stand: &Stand, token: &str) -> Result<(), Status> {
    EventLogServiceClient::new(stand.peer()).get_heads(with_token(GetHeadsRequest::default(), token)).await.map(|_| ())
}

/// A stream that has begun.
async fn watch(stand: &Stand, token: &str) -> Streaming<WatchShiftsResponse> {
    let request = with_token(WatchShiftsRequest::default(), token);
    let mut stream = ShiftServiceClient::new(stand.peer()).watch_shifts(request).await.expect("a stream").into_inner();
    assert!(stream.message().await.expect("no error").is_some());
    stream
}

fn is(status: &Status, expected: &str) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::Unauthenticated, expected));
}

#[tokio::test]
async fn a_revoked_session_is_refused_and_its_streams_end_and_others_go_on() {
    let stand = stand().await;
    let (ended, other) = (token(&stand, "ended"), token(&stand, "other"));
    let (mut first, mut second) = (watch(&stand, &ended).await, watch(&stand, &ended).await);
    let mut of_other = watch(&stand, &other).await;
    call(&stand, &ended).await.expect("not yet revoked");

    stand.frame.tokens.revoke("ended", real_now().plus(Duration::from_secs(600)));
    is(&call(&stand, &ended).await.expect_err("revoked"), "SESSION_ENDED");
    is(&first.message().await.expect_err("revoked"), "SESSION_ENDED");
    is(&second.message().await.expect_err("revoked"), "SESSION_ENDED");
    let again = ShiftServiceClient::new(stand.peer()).watch_shifts(with_token(WatchShiftsRequest::default(), &ended)).await;
    is(&again.expect_err("revoked"), "SESSION_ENDED");

    call(&stand, &other).await.expect("another session");
    assert!(futures::poll!(Box::pin(of_other.message())).is_pending());
}

#[tokio::test]
async fn a_stream_ends_with_the_token_that_opened_it() {
    let stand = stand().await;
    // By so much clocks may differ, and so much longer a token counts.
    let exp = real_now().0 / 1_000_000 - 8;
    let claims = Claims { exp, ..Claims::new(&user(Role::Worker), Duration::ZERO, Some("session")) };
    let token = stand.signer().sign_claims(&claims).expect("a token");
    let mut stream = watch(&stand, &token).await;
    is(&stream.message().await.expect_err("expired"), "TOKEN_EXPIRED");
    is(&call(&stand, &token).await.expect_err("expired"), "TOKEN_EXPIRED");
}
