//! Signing in with a real provider's tokens, and sessions.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::time::Timestamp;
use proto::members::{
    EndSessionsRequest, GetMeRequest, ListSessionsRequest, RenewSessionRequest, Role, Session, SignInRequest, SignOutRequest, User,
};
use sea_orm::{ConnectionTrait, Statement};
use testkit::{Testbed, as_token, request_id, wait_until};
use tonic::{Code, Status};

use crate::{
    issuer::Issuer,
    support::{Wrong, count, not_found, refuses, refuses_what_is_wrong, unknown},
    users::{grant, user, with_identity},
};

/// An operator whom the provider knows as `sam`.
pub(crate) async fn sam(bed: &Testbed, issuer: &Issuer) -> User {
    let operator = bed.builder().await.operator().to_owned();
    let mut request = with_identity("sam", user(vec![grant(Role::Operator, "")], ""));
    request.identity.as_mut().expect("it").issuer.clone_from(&issuer.url);
    bed.identity().create_user(as_token(request, &operator)).await.expect("made").into_inner().user.expect("it")
}

pub(crate) async fn sign_in(bed: &Testbed, id_token: String) -> Result<Session, Status> {
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

    // Another session is another secret; and the provider was asked once for both.
    assert_ne!(sign_in(&bed, issuer.token("sam")).await.expect("again").secret, session.secret);
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

#[tokio::test]
async fn a_person_sees_the_own_open_sessions_and_ends_one_of_them() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    let mut open = Vec::new();
    for _ in 0..3 {
        open.push(sign_in(&bed, issuer.token("sam")).await.expect("a session"));
    }
    let list = async |token: &str| bed.identity().list_sessions(as_token(ListSessionsRequest {}, token)).await;
    let ids = async |token: &str| -> Vec<String> {
        list(token).await.expect("sessions").into_inner().sessions.into_iter().map(|session| session.id).collect()
    };
    let sid = async |session: &Session| bed.frame.tokens.verify(&session.token).await.expect("a token").sid.expect("a session");
    let [first, second, third] = [sid(&open[0]).await, sid(&open[1]).await, sid(&open[2]).await];
    let token = &open[1].token;
    let shown = list(token).await.expect("sessions").into_inner().sessions;
    assert_eq!(shown.iter().map(|session| session.current).collect::<Vec<_>>(), [false, true, false]);
    assert!(shown.iter().all(|session| session.since == session.last_used && session.expires_at.is_some()), "{shown:?}");
    assert_eq!(ids(token).await, [third.clone(), second.clone(), first.clone()]);

    // Used again after a while, the first is the last; within a minute nothing is written.
    let db = bed.db("members");
    renew(&bed, &open[0].secret).await.expect("renewed");
    assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM session WHERE renewed_at IS NOT NULL").await, 0);
    db.write().execute_unprepared("UPDATE session SET created_at = created_at - 61000000").await.expect("a minute ago");
    renew(&bed, &open[0].secret).await.expect("renewed");
    assert_eq!(ids(token).await, [first.clone(), third.clone(), second.clone()]);

    let end = async |session: &str, token: &str| {
        let request = EndSessionsRequest { session: session.to_owned(), request_id: request_id(), ..Default::default() };
        bed.identity().end_sessions(as_token(request, token)).await.map(|answer| answer.into_inner().ended)
    };
    // Another's is not there, nor is one that has ended.
    let stranger = bed.worker_token(chassis::ids::UserId::new(), &unknown("wrk"));
    not_found(&bed, "session", async || end(&third, &stranger).await).await;
    assert_eq!(end(&third, token).await.expect("ended"), 1);
    not_found(&bed, "session", async || end(&third, token).await).await;
    assert_eq!(ids(token).await, [first, second]);
    refuses(&bed, async || renew(&bed, &open[2].secret).await, Code::Unauthenticated, "SESSION_ENDED", &[]).await;
    not_found(&bed, "user", async || list(bed.builder().await.operator()).await).await;
}
