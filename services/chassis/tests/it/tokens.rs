//! Internal tokens: what is accepted, and where the keys come from. Each kind of wrongness has its test in `wrong_tokens`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use chassis::{
    auth::{Access, Signer, Who},
    caller::{Grant, Role, Subject},
    config::{Secret, Settings},
    error::Error,
    frame::Frame,
    ids::{OrganisationId, UserId, WorkerId},
    time::real_now,
};
use proto::members::{GetSigningKeysRequest, GetSigningKeysResponse, IssueServiceTokenRequest, IssueServiceTokenResponse};
use tonic::{Request, Status};

use crate::stand::{Stand, caller, settings, unary};

const TTL: Duration = Duration::from_secs(600);

fn holder() -> (Frame, Signer) {
    let settings = settings();
    let signer = Signer::new(&settings).expect("keys");
    (Frame::new(settings).expect("a frame"), signer)
}

async fn refusal(frame: &Frame, token: &str) -> String {
    match frame.tokens.verify(token).await {
        Err(Error::Unauthenticated(refusal)) => refusal.reason,
        other => panic!("{token}: {other:?}"),
    }
}

#[tokio::test]
async fn a_token_says_who_calls() {
    let (frame, signer) = holder();
    let mut who = caller(Role::Planner);
    who.subject = Subject::User(UserId::new());
    who.worker = Some(WorkerId::new());
    who.grants.push(Grant { role: Role::WardLead, organisation: Some(OrganisationId::new()) });
    let token = signer.sign(&who, TTL, Some("session")).expect("a token");
    let claims = frame.tokens.verify(&token).await.expect("valid");
    assert_eq!(claims.caller().expect("a caller"), who);
    assert_eq!((claims.sid.as_deref(), claims.exp - claims.iat), (Some("session"), 600));
}

const MEMBERS: &[Access] = &[
    Access { method: "/regiopool.members.v1.IdentityService/GetSigningKeys", who: Who::Open },
    Access { method: "/regiopool.members.v1.IdentityService/IssueServiceToken", who: Who::Open },
];

/// Serves the public keys as members does, and counts how often it is asked.
async fn key_server(signer: Signer) -> (Stand, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let handler = {
        let asked = asked.clone();
        move |_: Request<GetSigningKeysRequest>| {
            asked.fetch_add(1, Ordering::SeqCst);
            let jwks = signer.jwks();
            async move { Ok::<_, Status>(GetSigningKeysResponse { jwks }) }
        }
    };
    let router = axum::Router::new().route(MEMBERS[0].method, unary(handler));
    (Stand::start(settings(), router, MEMBERS).await, asked)
}

fn with_members_at(address: &str) -> Frame {
    let settings = Settings { members_url: Some(address.to_owned()), service_secret: Some(Secret::from("secret")), ..Settings::default() };
    Frame::new(settings).expect("a frame")
}

#[tokio::test]
async fn keys_are_asked_once_and_again_only_for_an_unknown_one_and_not_too_often() {
    let old = Signer::new(&settings()).expect("keys");
    let text = format!("{},{}", Signer::new_key("first").expose(), Signer::new_key("second").expose());
    let signer = Signer::new(&Settings { token_keys: Some(Secret::from(text.as_str())), ..Settings::default() }).expect("keys");
    let (members, asked) = key_server(signer.clone()).await;
    let frame = with_members_at(&members.address);
    let token = signer.sign(&caller(Role::Planner), TTL, None).expect("a token");

    // Many at once ask once.
    let checks = futures::future::join_all((0..20).map(|_| frame.tokens.verify(&token))).await;
    assert!(checks.iter().all(Result::is_ok));
    assert_eq!(asked.load(Ordering::SeqCst), 1);

    // Keys that members does not have make nobody ask again and again.
    let unknown = old.sign(&caller(Role::Planner), TTL, None).expect("a token");
    for _ in 0..20 {
        assert_eq!(refusal(&frame, &unknown).await, "TOKEN_KEY_UNKNOWN");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert!(frame.tokens.verify(&token).await.is_ok());
}

#[tokio::test]
async fn a_new_key_is_learnt_when_its_first_token_comes() {
    let new = Signer::new(&Settings { token_keys: Some(Signer::new_key("new")), ..Settings::default() }).expect("keys");
    let (members, asked) = key_server(new.clone()).await;
    // It knows its own key and has never asked.
    let frame = Frame::new(Settings { members_url: Some(members.address.clone()), ..settings() }).expect("a frame");
    let token = new.sign(&caller(Role::Planner), TTL, None).expect("a token");
    assert!(frame.tokens.verify(&token).await.is_ok());
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn without_members_no_key_is_known_and_that_is_no_fault_of_the_caller() {
    let (_, signer) = holder();
    let frame = with_members_at("http://127.0.0.1:1");
    let token = signer.sign(&caller(Role::Planner), TTL, None).expect("a token");
    for _ in 0..2 {
        assert!(matches!(frame.tokens.verify(&token).await, Err(Error::Unavailable("members"))));
    }
}

#[tokio::test]
async fn the_own_token_is_asked_once_and_renewed_before_it_ends() {
    let asked = Arc::new(AtomicUsize::new(0));
    let handler = {
        let asked = asked.clone();
        move |request: Request<IssueServiceTokenRequest>| {
            let number = asked.fetch_add(1, Ordering::SeqCst);
            async move {
                // The first token ends soon; the second is refused; the third lasts.
                let seconds = match (request.get_ref().secret.as_str(), number) {
                    ("secret", 0) => 60,
                    ("secret", 2) => 600,
                    _ => return Err(Status::unavailable("restarting")),
                };
                let expires_at = Some(real_now().plus(Duration::from_secs(seconds)).to_proto());
                Ok(IssueServiceTokenResponse { token: number.to_string(), expires_at })
            }
        }
    };
    let router = axum::Router::new().route(MEMBERS[1].method, unary(handler));
    let members = Stand::start(settings(), router, MEMBERS).await;
    let frame = with_members_at(&members.address);
    for expected in ["0", "0", "2", "2"] {
        assert_eq!(frame.service_token().await.expect("a token"), expected);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);

    let nobody = Frame::new(Settings::default()).expect("a frame");
    assert!(matches!(nobody.service_token().await, Err(Error::Setting(_))));
}
