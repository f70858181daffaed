//! Ending somebody's sessions, and who is told of it (D14).

use chassis::caller::{Caller, Grant, Role as R, Subject};
use proto::members::{
    EndSessionsRequest, EndSessionsResponse, GetMeRequest, InviteAgainRequest, ListRevocationsRequest, RedeemInvitationRequest, Role,
    Session, SignInRequest,
};
use testkit::{Testbed, as_token, region::Person, request_id, wait_until};
use tonic::{Code, Status};

use crate::{
    issuer::Issuer,
    support::{Wrong, count, happens_once, not_found, refuses, refuses_what_is_wrong, unknown},
    users::{grant, user},
};

async fn sign_in(bed: &Testbed, issuer: &Issuer, subject: &str) -> Session {
    let answer = bed.identity().sign_in(SignInRequest { id_token: issuer.token(subject) }).await.expect("signed in");
    answer.into_inner().session.expect("a session")
}

async fn redeem(bed: &Testbed, id_token: String, code: &str) -> Result<Session, Status> {
    let request = RedeemInvitationRequest { id_token, code: code.to_owned() };
    bed.identity().redeem_invitation(request).await.map(|answer| answer.into_inner().session.expect("a session"))
}

fn of_worker(worker: &str) -> EndSessionsRequest {
    EndSessionsRequest { worker: worker.to_owned(), request_id: request_id(), ..Default::default() }
}

async fn end(bed: &Testbed, token: &str, request: EndSessionsRequest) -> Result<EndSessionsResponse, Status> {
    bed.identity().end_sessions(as_token(request, token)).await.map(tonic::Response::into_inner)
}

#[tokio::test]
async fn all_sessions_of_a_worker_end_at_once_and_their_tokens_with_them() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let worker = builder.worker(&own, &Person::default()).await.id;
    let invited = bed.identity().create_user(as_token(user(vec![grant(Role::Worker, "")], &worker), &own.hr)).await.expect("invited");
    let code = invited.into_inner().invitation_code;
    let first = redeem(&bed, issuer.token("sam"), &code).await.expect("a session");
    let second = sign_in(&bed, &issuer, "sam").await;

    not_found(&bed, "user", async || end(&bed, &other.hr, of_worker(&worker)).await).await;
    not_found(&bed, "user", async || end(&bed, &own.planner, of_worker(&worker)).await).await;
    not_found(&bed, "user", async || end(&bed, builder.operator(), of_worker(&unknown("wrk"))).await).await;
    // A command-line client is nobody's user.
    not_found(&bed, "user", async || end(&bed, builder.operator(), EndSessionsRequest { worker: String::new(), ..of_worker("") }).await)
        .await;

    let change = |r: &mut EndSessionsRequest| r.worker = unknown("wrk");
    let ended = happens_once(&bed, &of_worker(&worker), change, async |r| end(&bed, &own.hr, r).await).await;
    assert_eq!(ended.ended, 2);
    assert_eq!(end(&bed, &own.hr, of_worker(&worker)).await.expect("nothing to end").ended, 0);
    for session in [&first, &second] {
        let status =
            wait_until("the token to end", async || match bed.identity().get_me(as_token(GetMeRequest {}, &session.token)).await {
                Ok(_) => Err("it is still accepted".to_owned()),
                Err(status) => Ok(status),
            })
            .await;
        assert_eq!(testkit::reason(&status), "SESSION_ENDED");
    }
    // Signing in again is not forbidden, and a person may end the own sessions.
    let third = sign_in(&bed, &issuer, "sam").await;
    let own_request = EndSessionsRequest { request_id: request_id(), ..Default::default() };
    assert_eq!(end(&bed, &third.token, own_request).await.expect("ended").ended, 1);
    let db = bed.db("members");
    assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM event_log WHERE kind LIKE '%.SessionRevoked'").await, 3);
}

#[tokio::test]
async fn hr_ends_no_sessions_of_somebody_with_a_further_role() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let employer = builder.employer_without_agreement("A").await;
    let worker = builder.worker(&employer, &Person::default()).await.id;
    let both = user(vec![grant(Role::Worker, ""), grant(Role::Operator, "")], &worker);
    let made = bed.identity().create_user(as_token(both, builder.operator())).await.expect("made").into_inner().user.expect("it");
    not_found(&bed, "user", async || end(&bed, &employer.hr, of_worker(&worker)).await).await;
    let by_id = EndSessionsRequest { user: made.id, request_id: request_id(), ..Default::default() };
    assert_eq!(end(&bed, builder.operator(), by_id).await.expect("the operator may").ended, 0);
}

#[tokio::test]
async fn what_names_no_user_is_told() {
    let bed = Testbed::start().await;
    let operator = bed.builder().await.operator().to_owned();
    let ends: &[Wrong<EndSessionsRequest>] = &[
        (|r| r.request_id.clear(), &[("request_id", "is not a UUID (D25)")]),
        (|r| r.user = "usr_00000000000000000000000000000001".to_owned(), &[("worker", "must be empty beside user")]),
        (|r| r.worker = "sam".to_owned(), &[("worker", "is not an id of this kind: expected wrk_ followed by 32 hexadecimal digits")]),
        (|r| r.session = "0".repeat(32), &[("session", "must be empty beside user and worker")]),
        (
            |r| (r.worker, r.session) = (String::new(), "00000000-0000-0000-0000-000000000000".to_owned()),
            &[("session", "is not an id of a session: expected 32 hexadecimal digits")],
        ),
    ];
    refuses_what_is_wrong(&bed, &of_worker(&unknown("wrk")), ends, async |r| end(&bed, &operator, r).await).await;
    let good = InviteAgainRequest { worker: unknown("wrk"), request_id: request_id(), ..Default::default() };
    let again: &[Wrong<InviteAgainRequest>] = &[
        (|r| *r = InviteAgainRequest::default(), &[("user", "is required, or worker is"), ("request_id", "is not a UUID (D25)")]),
        (|r| r.user = "usr_00000000000000000000000000000001".to_owned(), &[("worker", "must be empty beside user")]),
    ];
    refuses_what_is_wrong(&bed, &good, again, async |r| bed.identity().invite_again(as_token(r, &operator)).await).await;
    not_found(&bed, "user", async || bed.identity().invite_again(as_token(good, &operator)).await).await;
}

#[tokio::test]
async fn a_service_is_told_which_sessions_ended_within_a_token_s_life() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let operator = bed.builder().await.operator().to_owned();
    let invited = bed.identity().create_user(as_token(user(vec![grant(Role::Operator, "")], ""), &operator)).await.expect("invited");
    let session = redeem(&bed, issuer.token("sam"), &invited.into_inner().invitation_code).await.expect("a session");
    let mut expected = Vec::new();
    let mut sessions = vec![session];
    for _ in 0..2 {
        sessions.push(sign_in(&bed, &issuer, "sam").await);
    }
    for session in &sessions {
        expected.push(bed.frame.tokens.verify(&session.token).await.expect("a token").sid.expect("a session"));
        bed.identity().sign_out(proto::members::SignOutRequest { secret: session.secret.clone() }).await.expect("signed out");
    }
    let service = bed.frame.service_token().await.expect("a token");
    let list = async || {
        let (mut told, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = as_token(ListRevocationsRequest { page_size: 2, page_token }, &service);
            let page = bed.identity().list_revocations(request).await.expect("a page").into_inner();
            told.extend(page.revocations.into_iter().map(|ended| ended.session));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return told;
            }
        }
    };
    assert_eq!(list().await, expected);
    let db = bed.db("members");
    let long_ago = chassis::time::real_now().0 - 11 * 60 * 1_000_000;
    sea_orm::ConnectionTrait::execute_unprepared(db.write(), &format!("UPDATE session SET ended_at = {long_ago}")).await.expect("older");
    assert_eq!(list().await, Vec::<String>::new());
}

#[tokio::test]
async fn who_lost_a_code_gets_another_and_the_old_one_is_dead() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let worker = builder.worker(&own, &Person::default()).await.id;
    let invite = async || bed.identity().create_user(as_token(user(vec![grant(Role::Worker, "")], &worker), &own.hr)).await;
    let made = invite().await.expect("invited").into_inner();
    refuses(&bed, invite, Code::AlreadyExists, "WORKER_HAS_USER", &[]).await;

    let request = InviteAgainRequest { worker: worker.clone(), request_id: request_id(), ..Default::default() };
    let again = async |r, token: &str| bed.identity().invite_again(as_token(r, token)).await.map(tonic::Response::into_inner);
    not_found(&bed, "user", async || again(request.clone(), &other.hr).await).await;
    let change = |r: &mut InviteAgainRequest| r.worker = unknown("wrk");
    let invited = happens_once(&bed, &request, change, async |r| again(r, &own.hr).await).await;
    assert_eq!(invited.user, made.user);
    assert_ne!(invited.invitation_code, made.invitation_code);
    let send = async || redeem(&bed, issuer.token("sam"), &made.invitation_code).await;
    refuses(&bed, send, Code::FailedPrecondition, "INVITATION_INVALID", &[]).await;
    redeem(&bed, issuer.token("sam"), &invited.invitation_code).await.expect("the new one");
    let send = async || again(InviteAgainRequest { request_id: request_id(), ..request.clone() }, &own.hr).await;
    refuses(&bed, send, Code::FailedPrecondition, "USER_LINKED", &[]).await;
}

#[tokio::test]
async fn of_two_who_invite_again_at_once_one_code_lives() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let operator = bed.builder().await.operator().to_owned();
    let made = bed.identity().create_user(as_token(user(vec![grant(Role::Operator, "")], ""), &operator)).await.expect("made").into_inner();
    let id = made.user.expect("it").id;
    let again = || {
        let request = InviteAgainRequest { user: id.clone(), request_id: request_id(), ..Default::default() };
        let mut client = bed.identity();
        let request = as_token(request, &operator);
        async move { client.invite_again(request).await.expect("invited") }
    };
    futures::future::join_all((0..6).map(|_| again())).await;
    assert_eq!(count(&bed.db("members"), "SELECT COUNT(*) AS n FROM invitation").await, 1);
}

#[tokio::test]
async fn a_client_s_token_names_no_organisation_that_is_not_there() {
    let bed = Testbed::start().await;
    let issue = |organisation: String| proto::members::IssueServiceTokenRequest {
        client: "import".to_owned(),
        secret: bed.frame.settings.service_secret.as_ref().expect("a secret").expose().to_owned(),
        roles: vec![grant(Role::Hr, &organisation)],
        region: bed.slug.clone(),
    };
    let employer = bed.builder().await.employer_without_agreement("A").await;
    not_found(&bed, "organisation", async || bed.identity().issue_service_token(issue(unknown("org"))).await).await;
    let token = bed.identity().issue_service_token(issue(employer.id.clone())).await.expect("a token").into_inner().token;
    let caller: Caller = bed.frame.tokens.verify(&token).await.expect("a good one").caller().expect("a caller");
    assert_eq!(caller.subject, Subject::Client("import".to_owned()));
    assert_eq!(caller.grants, [Grant { role: R::Hr, organisation: Some(employer.id.parse().expect("an id")) }]);
}
