//! One caller who calls too often is told when to come again, and nobody else notices.

use std::time::Duration;

use chassis::{
    auth::{Access, Reach, Who},
    caller::{Caller, Role},
    config::Settings,
    frame::with_token,
};
use proto::bus::{
    GetHeadsRequest, GetHeadsResponse, ListEventsRequest, ListEventsResponse, event_log_service_client::EventLogServiceClient,
};
use tonic::{Code, Request, Status};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_types::StatusExt;

use crate::stand::{Stand, caller, reason, settings, unary, user};

const HEADS: &str = "/regiopool.bus.v1.EventLogService/GetHeads";
const LIST: &str = "/regiopool.bus.v1.EventLogService/ListEvents";
const ACCESS: &[Access] =
    &[Access { method: HEADS, who: Who::Roles(&[(Role::Planner, Reach::Own)]) }, Access { method: LIST, who: Who::Open }];
/// More calls than any machine makes a second under test.
const MANY: usize = 100_000;

/// A call is earned back in a second; three are lent.
async fn stand() -> Stand {
    let router = axum::Router::new()
        .route(HEADS, unary(|_: Request<GetHeadsRequest>| async { Ok(GetHeadsResponse::default()) }))
        .route(LIST, unary(|_: Request<ListEventsRequest>| async { Ok(ListEventsResponse::default()) }));
    Stand::start(Settings { caller_rate_per_s: 1, caller_burst: 3, ..settings() }, router, ACCESS).await
}

async fn heads(stand: &Stand, who: &Caller) -> Result<(), Status> {
    let token = stand.signer().sign(who, Duration::from_secs(60), None).expect("a token");
    EventLogServiceClient::new(stand.peer()).get_heads(with_token(GetHeadsRequest::default(), &token)).await.map(|_| ())
}

async fn list(stand: &Stand) -> Result<(), Status> {
    EventLogServiceClient::new(stand.peer()).list_events(ListEventsRequest::default()).await.map(|_| ())
}

/// Calls until it is refused.
async fn until_refused(call: impl AsyncFn() -> Result<(), Status>) -> Status {
    for _ in 0..MANY {
        if let Err(status) = call().await {
            return status;
        }
    }
    panic!("nobody was refused");
}

fn says_when_to_come_again(status: &Status) {
    assert_eq!((status.code(), reason(status).as_str()), (Code::ResourceExhausted, "TOO_MANY_CALLS"));
    let details = status.get_error_details();
    assert_eq!(details.retry_info().and_then(|info| info.retry_delay), Some(Duration::from_secs(1)));
    assert_eq!(details.error_info().and_then(|info| info.metadata.get("retry_s").cloned()).as_deref(), Some("1"));
}

#[tokio::test]
async fn a_user_who_calls_too_often_is_refused_and_another_is_not() {
    let stand = stand().await;
    let (busy, other) = (user(Role::Planner), user(Role::Planner));
    says_when_to_come_again(&until_refused(async || heads(&stand, &busy).await).await);
    heads(&stand, &other).await.expect("another user");
    list(&stand).await.expect("somebody unknown");
    // Another token is the same user; and knocking at doors that stay shut counts, too.
    let denied = Caller { grants: user(Role::Auditor).grants, ..other };
    let status = until_refused(async || match heads(&stand, &denied).await {
        Err(status) if reason(&status) == "ROLE_MISSING" => Ok(()),
        answer => answer,
    });
    says_when_to_come_again(&status.await);
}

#[tokio::test]
async fn who_is_unknown_is_counted_by_address_and_health_by_nobody() {
    let stand = stand().await;
    says_when_to_come_again(&until_refused(async || list(&stand).await).await);
    heads(&stand, &user(Role::Planner)).await.expect("a user from the same address");
    for _ in 0..10 {
        HealthClient::new(stand.peer()).check(HealthCheckRequest::default()).await.expect("health");
    }
}

#[tokio::test]
async fn a_program_with_the_installations_secret_is_as_fast_as_it_can() {
    let stand = stand().await;
    for _ in 0..50 {
        heads(&stand, &caller(Role::Planner)).await.expect("no limit");
    }
}
