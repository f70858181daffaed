//! Internal tokens: what is accepted, and every kind of wrongness refused.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{
    auth::{Access, Claims, Signer, Who},
    caller::{Grant, Role, Subject},
    config::{Secret, Settings},
    error::Error,
    frame::Frame,
    ids::{OrganisationId, UserId, WorkerId},
    time::real_now,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
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

#[tokio::test]
async fn a_token_with_other_claims_is_refused() {
    let (frame, signer) = holder();
    let now = real_now().0 / 1_000_000;
    let good = Claims::new(&caller(Role::Planner), TTL, None);
    for (claims, reason) in [
        (Claims { iss: "https://elsewhere".to_owned(), ..good.clone() }, "TOKEN_ISSUER"),
        (Claims { exp: now - 60, ..good.clone() }, "TOKEN_EXPIRED"),
        (Claims { iat: now + 60, ..good.clone() }, "TOKEN_NOT_YET_VALID"),
        (Claims { nbf: Some(now + 60), ..good.clone() }, "TOKEN_NOT_YET_VALID"),
    ] {
        let token = signer.sign_claims(&claims).expect("a token");
        assert_eq!(refusal(&frame, &token).await, reason);
    }
    // Machines' clocks differ by a few seconds.
    for claims in [Claims { exp: now - 2, ..good.clone() }, Claims { iat: now + 2, ..good.clone() }] {
        assert!(frame.tokens.verify(&signer.sign_claims(&claims).expect("a token")).await.is_ok());
    }
    let claims = Claims { sub: "usr_unknown".to_owned(), ..good };
    assert!(matches!(claims.caller(), Err(Error::Unauthenticated(_))));
}

#[tokio::test]
async fn a_token_that_is_not_signed_as_it_should_be_is_refused() {
    let (frame, signer) = holder();
    let claims = Claims::new(&caller(Role::Planner), TTL, None);
    let good = signer.sign_claims(&claims).expect("a token");
    let (head, signature) = good.rsplit_once('.').expect("three parts");
    let (header, body) = head.split_once('.').expect("two parts");
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);

    let none = format!("{}.{body}.", encode(r#"{"alg":"none","typ":"JWT","kid":"test"}"#));
    let raised = String::from_utf8(URL_SAFE_NO_PAD.decode(body).expect("base64")).expect("text").replace("planner", "operator");
    let tampered = format!("{header}.{}.{signature}", encode(&raised));
    let unsigned = format!("{header}.{body}.");

    // The public key is known to everybody: it must not pass for a shared secret.
    let jwks: serde_json::Value = serde_json::from_str(&signer.jwks()).expect("a key set");
    let public = URL_SAFE_NO_PAD.decode(jwks["keys"][0]["x"].as_str().expect("a key")).expect("base64");
    let hs256 = Header { kid: Some("test".to_owned()), ..Header::new(Algorithm::HS256) };
    let shared = jsonwebtoken::encode(&hs256, &claims, &EncodingKey::from_secret(&public)).expect("a token");
    let relabelled = format!("{header}.{}", shared.split_once('.').expect("parts").1);

    for token in [none, tampered, unsigned, shared, relabelled, good.replace('.', ""), String::new()] {
        assert_eq!(refusal(&frame, &token).await, "TOKEN_INVALID");
    }

    // Another installation's key under our name for it.
    let forger = Signer::new(&settings()).expect("keys");
    assert_eq!(refusal(&frame, &forger.sign_claims(&claims).expect("a token")).await, "TOKEN_INVALID");
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
