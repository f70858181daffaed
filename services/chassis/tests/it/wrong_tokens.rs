//! The door refuses a token of each kind of wrongness, for that kind (D14). That every service stands behind this door, and what another
//! region's token comes to, is tried in the stories.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{
    auth::{self, Access, Claims, Signer, Who},
    caller::{Caller, Role},
    config::{Secret, Settings},
    frame::with_token,
    time::{Clock, real_now},
};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use proto::bus::{GetHeadsRequest, GetHeadsResponse, event_log_service_client::EventLogServiceClient};
use tonic::{Code, Request, Status};

use crate::stand::{Stand, reason, settings, unary, user};

const HEADS: &str = "/regiopool.bus.v1.EventLogService/GetHeads";
const ACCESS: &[Access] = &[Access { method: HEADS, who: Who::SignedIn }];
const TTL: std::time::Duration = std::time::Duration::from_secs(600);

/// A server with one method, which asks in which region it is called.
async fn stand() -> Stand {
    let heads = |request: Request<GetHeadsRequest>| {
        let answer = auth::call(&request, &Clock::real()).map(|_| GetHeadsResponse::default()).map_err(Status::from);
        async move { answer }
    };
    Stand::start(settings(), axum::Router::new().route(HEADS, unary(heads)), ACCESS).await
}

async fn call(stand: &Stand, token: &str) -> Result<(), Status> {
    EventLogServiceClient::new(stand.peer()).get_heads(with_token(GetHeadsRequest::default(), token)).await.map(|_| ())
}

async fn refuses(stand: &Stand, token: &str, expected: &str) {
    let status = call(stand, token).await.expect_err(token);
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unauthenticated, expected), "{token}");
}

fn good() -> Claims {
    Claims::new(&user(Role::Planner), TTL, Some("session"))
}

fn now() -> i64 {
    real_now().0 / 1_000_000
}

/// Holds that the door refuses a token that members signed with these claims.
async fn refuses_claims(claims: Claims, expected: &str) {
    let stand = stand().await;
    call(&stand, &stand.signer().sign_claims(&good()).expect("a token")).await.expect("a good one");
    refuses(&stand, &stand.signer().sign_claims(&claims).expect("a token"), expected).await;
}

#[tokio::test]
async fn a_token_of_another_issuer_is_refused() {
    refuses_claims(Claims { iss: "https://login.example".to_owned(), ..good() }, "TOKEN_ISSUER").await;
}

#[tokio::test]
async fn a_token_for_another_audience_is_refused() {
    refuses_claims(Claims { aud: "regiopool-portal".to_owned(), ..good() }, "TOKEN_AUDIENCE").await;
}

#[tokio::test]
async fn an_expired_token_is_refused() {
    refuses_claims(Claims { exp: now() - 11, ..good() }, "TOKEN_EXPIRED").await;
}

#[tokio::test]
async fn a_token_that_is_not_valid_yet_is_refused() {
    refuses_claims(Claims { nbf: Some(now() + 60), ..good() }, "TOKEN_NOT_YET_VALID").await;
}

#[tokio::test]
async fn a_token_that_is_issued_in_the_future_is_refused() {
    refuses_claims(Claims { iat: now() + 60, ..good() }, "TOKEN_NOT_YET_VALID").await;
}

#[tokio::test]
async fn a_token_of_somebody_whom_this_version_does_not_know_is_refused() {
    refuses_claims(Claims { sub: "usr_unknown".to_owned(), ..good() }, "TOKEN_INVALID").await;
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let stand = stand().await;
    let token = stand.signer().sign_claims(&good()).expect("a token");
    call(&stand, &token).await.expect("not yet revoked");
    stand.frame.tokens.revoke("session", real_now().plus(TTL));
    refuses(&stand, &token, "SESSION_ENDED").await;
}

#[tokio::test]
async fn a_token_that_names_no_region_is_refused_within_one() {
    let stand = stand().await;
    let nowhere = Caller { region: None, ..user(Role::Planner) };
    let status = call(&stand, &stand.signer().sign(&nowhere, TTL, None).expect("a token")).await.expect_err("no region");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "FORBIDDEN"));
}

/// The parts of a good token.
fn parts(stand: &Stand) -> [String; 3] {
    let token = stand.signer().sign_claims(&good()).expect("a token");
    let parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    parts.try_into().expect("three parts")
}

fn encode(text: &str) -> String {
    URL_SAFE_NO_PAD.encode(text)
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    let stand = stand().await;
    let [header, body, _] = parts(&stand);
    for algorithm in ["none", "None", "NONE"] {
        let none = encode(&format!(r#"{{"alg":"{algorithm}","typ":"JWT","kid":"test"}}"#));
        refuses(&stand, &format!("{none}.{body}."), "TOKEN_INVALID").await;
    }
    refuses(&stand, &format!("{header}.{body}."), "TOKEN_INVALID").await;
    refuses(&stand, &format!("{header}.{body}"), "TOKEN_INVALID").await;
}

#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_shared_secret_is_refused() {
    let stand = stand().await;
    let jwks: serde_json::Value = serde_json::from_str(&stand.signer().jwks()).expect("a key set");
    let public = URL_SAFE_NO_PAD.decode(jwks["keys"][0]["x"].as_str().expect("a key")).expect("base64");
    let hs256 = Header { kid: Some("test".to_owned()), ..Header::new(Algorithm::HS256) };
    let shared = jsonwebtoken::encode(&hs256, &good(), &EncodingKey::from_secret(&public)).expect("a token");
    refuses(&stand, &shared, "TOKEN_INVALID").await;
    // The same under the name of the right algorithm.
    let [header, _, _] = parts(&stand);
    refuses(&stand, &format!("{header}.{}", shared.split_once('.').expect("parts").1), "TOKEN_INVALID").await;
}

#[tokio::test]
async fn a_token_that_was_changed_is_refused() {
    let stand = stand().await;
    let [header, body, signature] = parts(&stand);
    let body = String::from_utf8(URL_SAFE_NO_PAD.decode(body).expect("base64")).expect("text");
    let raised = body.replace("planner", "operator");
    assert_ne!(raised, body);
    refuses(&stand, &format!("{header}.{}.{signature}", encode(&raised)), "TOKEN_INVALID").await;
}

#[tokio::test]
async fn a_token_that_says_too_little_is_refused() {
    let stand = stand().await;
    let all = serde_json::to_value(good()).expect("claims");
    let key = stand.frame.settings.token_keys.clone().expect("keys");
    let seed = key.expose().split_once(':').expect("a name").1;
    let seed = base64::engine::general_purpose::STANDARD.decode(seed).expect("base64");
    let key = SigningKey::from_bytes(&seed.try_into().expect("32 bytes")).to_pkcs8_der().expect("a key");
    let header = Header { kid: Some("test".to_owned()), ..Header::new(Algorithm::EdDSA) };
    for claim in ["iss", "aud", "sub", "roles", "iat", "exp"] {
        let mut claims = all.clone();
        claims.as_object_mut().expect("an object").remove(claim).expect("it was there");
        let token = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(key.as_bytes())).expect("a token");
        refuses(&stand, &token, "TOKEN_INVALID").await;
    }
}

#[tokio::test]
async fn a_token_of_another_installation_is_refused() {
    let stand = stand().await;
    // Its key under our name for it; under its own name members would know it, which this one is.
    let other = Signer::new(&settings()).expect("keys");
    refuses(&stand, &other.sign_claims(&good()).expect("a token"), "TOKEN_INVALID").await;
}

#[tokio::test]
async fn a_token_signed_with_a_key_that_was_withdrawn_is_refused() {
    let key = |name: &str| Signer::new_key(name).expose().to_owned();
    let (old, new) = (key("old"), key("new"));
    let with = |keys: &str| Settings { token_keys: Some(Secret::from(keys)), ..Settings::default() };
    let token = Signer::new(&with(&old)).expect("keys").sign_claims(&good()).expect("a token");
    let both = chassis::frame::Frame::new(with(&format!("{new},{old}"))).expect("a frame");
    both.tokens.verify(&token).await.expect("the old key still counts");
    // Members knows the new one alone.
    let jwks = Signer::new(&with(&new)).expect("keys").jwks();
    const KEYS: &[Access] = &[Access { method: "/regiopool.members.v1.IdentityService/GetSigningKeys", who: Who::Open }];
    let handler = move |_: Request<proto::members::GetSigningKeysRequest>| {
        let jwks = jwks.clone();
        async move { Ok(proto::members::GetSigningKeysResponse { jwks }) }
    };
    let members = Stand::start(settings(), axum::Router::new().route(KEYS[0].method, unary(handler)), KEYS).await;
    let service = Settings { members_url: Some(members.address.clone()), ..Settings::default() };
    let service = chassis::frame::Frame::new(service).expect("a frame");
    match service.tokens.verify(&token).await {
        Err(chassis::error::Error::Unauthenticated(refusal)) => assert_eq!(refusal.reason, "TOKEN_KEY_UNKNOWN"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let stand = stand().await;
    for text in ["x", "a.b.c", "....", "eyJhbGciOiJFZERTQSJ9.e30.AA"] {
        refuses(&stand, text, "TOKEN_INVALID").await;
    }
    let mut request = Request::new(GetHeadsRequest::default());
    let status = EventLogServiceClient::new(stand.peer()).get_heads(request).await.expect_err("no token");
    assert_eq!(reason(&status), "TOKEN_MISSING");
    // A token of ours in another scheme is none.
    request = Request::new(GetHeadsRequest::default());
    let token = stand.signer().sign_claims(&good()).expect("a token");
    request.metadata_mut().insert("authorization", format!("Basic {token}").parse().expect("plain ASCII"));
    let status = EventLogServiceClient::new(stand.peer()).get_heads(request).await.expect_err("another scheme");
    assert_eq!(reason(&status), "TOKEN_MISSING");
}
