//! Signing in with a real provider's tokens, and sessions.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::time::Timestamp;
use ed25519_dalek::SigningKey;
use proto::members::{GetMeRequest, RenewSessionRequest, Role, Session, SignInRequest, SignOutRequest, User};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use testkit::{Testbed, as_token, wait_until};
use tonic::{Code, Status};

use crate::{
    issuer::{Issuer, sign, sign_rsa},
    support::{Wrong, count, refuses, refuses_what_is_wrong, rows},
    users::{grant, user, with_identity},
};

/// An operator whom the provider knows as `sam`.
async fn sam(bed: &Testbed, issuer: &Issuer) -> User {
    let operator = bed.builder().await.operator().to_owned();
    let mut request = with_identity("sam", user(vec![grant(Role::Operator, "")], ""));
    request.identity.as_mut().expect("it").issuer.clone_from(&issuer.url);
    bed.identity().create_user(as_token(request, &operator)).await.expect("made").into_inner().user.expect("it")
}

async fn sign_in(bed: &Testbed, id_token: String) -> Result<Session, Status> {
    bed.identity().sign_in(SignInRequest { id_token }).await.map(|answer| answer.into_inner().session.expect("a session"))
}

async fn renew(bed: &Testbed, secret: &str) -> Result<Session, Status> {
    let request = RenewSessionRequest { secret: secret.to_owned() };
    bed.identity().renew_session(request).await.map(|answer| answer.into_inner().session.expect("a session"))
}

#[tokio::test]
async fn who_proves_an_identity_gets_a_session_and_a_token_of_ten_minutes() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let user = sam(&bed, &issuer).await;
    let session = sign_in(&bed, issuer.token("sam")).await.expect("a session");
    assert_eq!(session.user, Some(user.clone()));
    let claims = bed.frame.tokens.verify(&session.token).await.expect("a good token");
    assert_eq!((claims.sub.as_str(), claims.region.as_deref()), (user.id.as_str(), Some(bed.region.to_string().as_str())));
    assert_eq!(claims.exp - claims.iat, 600);
    assert!(claims.sid.is_some());
    let expires = session.token_expires_at.as_ref().and_then(Timestamp::from_proto).expect("a time");
    assert!((expires.0 / 1_000_000 - claims.exp).abs() <= 1);

    let db = bed.db("members");
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), "SELECT secret_hash FROM session")).await.expect("it");
    let kept: Vec<u8> = row.expect("a row").try_get("", "secret_hash").expect("a hash");
    assert_eq!(kept.len(), 32);
    assert_ne!(kept, session.secret.as_bytes());
    assert_ne!(kept, URL_SAFE_NO_PAD.decode(&session.secret).expect("base64"));

    // Signed the way most providers do, too; and the provider was asked once for all of it.
    assert_ne!(sign_in(&bed, sign_rsa(&issuer.claims("sam"))).await.expect("RS256").secret, session.secret);
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn an_identity_that_nobody_has_needs_an_invitation() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    let send = async || sign_in(&bed, issuer.token("alex")).await;
    refuses(&bed, send, Code::FailedPrecondition, "IDENTITY_UNKNOWN", &[]).await;
    let wrong: &[Wrong<SignInRequest>] = &[
        (|r| r.id_token.clear(), &[("id_token", "is required")]),
        (|r| r.id_token = "x".repeat(16_385), &[("id_token", "is longer than 16384 characters")]),
    ];
    let good = SignInRequest { id_token: issuer.token("sam") };
    refuses_what_is_wrong(&bed, &good, wrong, async |r| bed.identity().sign_in(r).await).await;
}

#[tokio::test]
async fn a_proof_that_is_not_the_providers_for_this_installation_and_now_is_refused() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    let with = |key: &str, value: Value| {
        let mut claims = issuer.claims("sam");
        claims[key] = value;
        issuer.sign(&claims)
    };
    let now = issuer.claims("sam")["iat"].as_i64().expect("a time");
    let good = issuer.token("sam");
    let parts: Vec<&str> = good.split('.').collect();
    let unsigned = |header: Value| format!("{}.{}.", URL_SAFE_NO_PAD.encode(header.to_string()), parts[1]);
    let mut forged = issuer.claims("sam");
    forged["sub"] = json!("alex");
    let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(forged.to_string()), parts[2]);
    let kid: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[0]).expect("base64")).expect("a header");
    let stranger = SigningKey::from_bytes(&[7; 32]);
    let before = rows(&bed.db("members")).await;
    // With the public key as if it were a shared secret.
    let shared = jsonwebtoken::encode(
        &jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256),
        &issuer.claims("sam"),
        &jsonwebtoken::EncodingKey::from_secret(crate::issuer::CLIENT.as_bytes()),
    )
    .expect("a token");

    for (what, token) in [
        ("another issuer", with("iss", json!("https://provider.example"))),
        ("another audience", with("aud", json!("somebody-else"))),
        ("also for another audience", with("aud", json!([crate::issuer::CLIENT, "somebody-else"]))),
        ("expired", with("exp", json!(now - 1))),
        ("from the future", with("iat", json!(now + 3600))),
        ("no end", with("exp", Value::Null)),
        ("a changed payload", forged),
        ("another key under the same name", sign(kid["kid"].as_str().expect("a name"), &stranger, &issuer.claims("sam"))),
        ("no signature", unsigned(json!({ "alg": "none" }))),
        ("a signature cut off", unsigned(json!({ "alg": "EdDSA", "kid": kid["kid"] }))),
        ("a shared secret", shared),
        ("no token", "no.id.token".to_owned()),
    ] {
        let status = sign_in(&bed, token).await.expect_err(what);
        assert_eq!((what, status.code(), testkit::reason(&status).as_str()), (what, Code::Unauthenticated, "IDENTITY_INVALID"));
    }
    assert_eq!(rows(&bed.db("members")).await, before, "something was left behind");
    sign_in(&bed, good).await.expect("the good one");
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_fetched_and_junk_does_not_make_members_ask_again_and_again() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    let old = issuer.token("sam");
    sign_in(&bed, old.clone()).await.expect("a session");
    issuer.change_key();
    sign_in(&bed, issuer.token("sam")).await.expect("with the new key");
    assert_eq!(issuer.asked(), 2);
    sign_in(&bed, old).await.expect_err("the key is no more");
    for n in 0..20 {
        let token = sign(&format!("junk-{n}"), &SigningKey::from_bytes(&[n; 32]), &issuer.claims("sam"));
        let status = sign_in(&bed, token).await.expect_err("junk");
        assert_eq!(testkit::reason(&status), "IDENTITY_INVALID");
    }
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_as_that() {
    // Bound and not listening: nobody else gets the port, and nobody answers.
    let away = tokio::net::TcpSocket::new_v4().expect("a socket");
    away.bind("127.0.0.1:0".parse().expect("an address")).expect("bound");
    let address = away.local_addr().expect("its address");
    let bed = Testbed::with(|settings| {
        settings.oidc_issuer = Some(format!("http://{address}"));
        settings.oidc_client_id = Some("regiopool".to_owned());
    })
    .await;
    let issuer = Issuer::start().await;
    let send = async || sign_in(&bed, issuer.token("sam")).await;
    refuses(&bed, send, Code::Unavailable, "UNAVAILABLE", &[("dependency", "identity provider")]).await;
}

#[tokio::test]
async fn a_session_is_renewed_with_the_roles_of_now_until_it_is_ended_for_good() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let user = sam(&bed, &issuer).await;
    let (first, second) =
        (sign_in(&bed, issuer.token("sam")).await.expect("a session"), sign_in(&bed, issuer.token("sam")).await.expect("another session"));
    let renewed = renew(&bed, &first.secret).await.expect("renewed");
    assert_eq!((&renewed.secret, renewed.user.as_ref()), (&first.secret, Some(&user)));
    let sid = async |token: &str| bed.frame.tokens.verify(token).await.expect("a token").sid;
    assert_eq!(sid(&renewed.token).await, sid(&first.token).await);
    assert_ne!(sid(&second.token).await, sid(&first.token).await);

    let db = bed.db("members");
    db.write().execute_unprepared("UPDATE user_role SET role = 'auditor'").await.expect("another role");
    let renewed = renew(&bed, &first.secret).await.expect("renewed").user.expect("the user");
    assert_eq!(renewed.roles, [grant(Role::Auditor, "")]);

    let me = async |token: &str| bed.identity().get_me(as_token(GetMeRequest {}, token)).await;
    me(&first.token).await.expect("the token is good");
    let sign_out = async |secret: &str| bed.identity().sign_out(SignOutRequest { secret: secret.to_owned() }).await;
    for _ in 0..2 {
        sign_out(&first.secret).await.expect("signed out");
        refuses(&bed, async || renew(&bed, &first.secret).await, Code::Unauthenticated, "SESSION_ENDED", &[]).await;
    }
    assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM session WHERE ended_at IS NOT NULL").await, 1);
    assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM event_log WHERE kind LIKE '%.SessionRevoked'").await, 1);
    // By the broadcast that every replica follows (D14), also tokens in hand.
    let status = wait_until("the token to end with its session", async || match me(&first.token).await {
        Ok(_) => Err("it is still accepted".to_owned()),
        Err(status) => Ok(status),
    })
    .await;
    assert_eq!((status.code(), testkit::reason(&status).as_str()), (Code::Unauthenticated, "SESSION_ENDED"));
    me(&second.token).await.expect("the token of the other session");
    renew(&bed, &second.secret).await.expect("the other session goes on");
    sign_out("a secret of nobody").await.expect("nothing to end");
    refuses(&bed, async || renew(&bed, "a secret of nobody").await, Code::Unauthenticated, "SESSION_ENDED", &[]).await;
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_of_real_time() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    let session = sign_in(&bed, issuer.token("sam")).await.expect("a session");
    bed.set_clock(400 * 24 * 3600);
    renew(&bed, &session.secret).await.expect("business time ends no session (D26)");
    let db = bed.db("members");
    assert_eq!(count(&db, "SELECT expires_at - created_at AS n FROM session").await, 30 * 24 * 3600 * 1_000_000);
    let now = chassis::time::real_now().0;
    db.write().execute_unprepared(&format!("UPDATE session SET expires_at = {now}")).await.expect("the end has come");
    refuses(&bed, async || renew(&bed, &session.secret).await, Code::Unauthenticated, "SESSION_ENDED", &[]).await;
}

#[tokio::test]
async fn a_secret_is_asked_for_in_the_right_length() {
    let bed = Testbed::start().await;
    let renewals: &[Wrong<RenewSessionRequest>] = &[
        (|r| r.secret.clear(), &[("secret", "is required")]),
        (|r| r.secret = "x".repeat(1001), &[("secret", "is longer than 1000 characters")]),
    ];
    refuses_what_is_wrong(&bed, &RenewSessionRequest::default(), renewals, async |r| bed.identity().renew_session(r).await).await;
    let ends: &[Wrong<SignOutRequest>] = &[
        (|r| r.secret.clear(), &[("secret", "is required")]),
        (|r| r.secret = "x".repeat(1001), &[("secret", "is longer than 1000 characters")]),
    ];
    refuses_what_is_wrong(&bed, &SignOutRequest::default(), ends, async |r| bed.identity().sign_out(r).await).await;
}
