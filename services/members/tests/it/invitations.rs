//! Invitations: a code that is told once, kept as a hash and works once.

use proto::members::{CreateUserRequest, RedeemInvitationRequest, Role, SignInRequest, User};
use sea_orm::{ConnectionTrait, Statement};
use testkit::{Testbed, as_token, reason};
use tonic::{Code, Status};

use crate::{
    issuer::Issuer,
    support::{Wrong, count, happens_once, refuses, refuses_what_is_wrong},
    users::{grant, user},
};

/// An invited operator: the user and the code.
async fn invite(bed: &Testbed) -> (User, String) {
    let operator = bed.builder().await.operator().to_owned();
    let request = as_token(user(vec![grant(Role::Operator, "")], ""), &operator);
    let made = bed.identity().create_user(request).await.expect("invited").into_inner();
    (made.user.expect("a user"), made.invitation_code)
}

async fn redeem(bed: &Testbed, id_token: String, code: &str) -> Result<proto::members::Session, Status> {
    let request = RedeemInvitationRequest { id_token, code: code.to_owned() };
    bed.identity().redeem_invitation(request).await.map(|answer| answer.into_inner().session.expect("a session"))
}

#[tokio::test]
async fn a_code_is_told_again_to_who_repeats_the_request_but_kept_only_as_a_hash() {
    let bed = Testbed::start().await;
    let operator = bed.builder().await.operator().to_owned();
    let create = async |r| bed.identity().create_user(as_token(r, &operator)).await.map(tonic::Response::into_inner);
    let rename = |r: &mut CreateUserRequest| r.user.as_mut().unwrap().display_name = "Other".to_owned();
    let code = happens_once(&bed, &user(vec![grant(Role::Operator, "")], ""), rename, create).await.invitation_code;
    let groups: Vec<&str> = code.split('-').collect();
    assert!(groups.len() == 3 && groups.iter().all(|group| group.len() == 4), "{code}");
    assert!(!code.contains(['0', '1', 'O', 'I', 'L', 'U']), "{code}: letters that are read for another");

    let db = bed.db("members");
    let kept = db.read().query_one_raw(Statement::from_string(db.backend(), "SELECT code_hash FROM invitation")).await.expect("it");
    let kept: Vec<u8> = kept.expect("a row").try_get("", "code_hash").expect("a hash");
    assert_eq!(kept.len(), 32);
    let answers = db.read().query_all_raw(Statement::from_string(db.backend(), "SELECT response FROM request")).await.expect("them");
    for code in [code.clone(), code.replace('-', "")] {
        for row in &answers {
            let saved: Vec<u8> = row.try_get("", "response").expect("an answer");
            assert!(!saved.windows(code.len()).any(|part| part == code.as_bytes()), "the saved answer holds the code");
        }
    }
    let other = create(user(vec![grant(Role::Operator, "")], "")).await.expect("another").invitation_code;
    assert_ne!(other, code);
}

#[tokio::test]
async fn a_code_links_an_identity_once_however_it_is_typed() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let (invited, code) = invite(&bed).await;

    let typed = format!(" {} ", code.to_lowercase().replace('-', ""));
    let session = redeem(&bed, issuer.token("sam"), &typed).await.expect("a session");
    assert_eq!(session.user, Some(invited.clone()));
    let caller = bed.frame.tokens.verify(&session.token).await.expect("a token").caller().expect("a caller");
    assert_eq!((caller.subject.to_string(), caller.region), (invited.id.clone(), Some(bed.region)));

    for subject in ["sam", "mallory"] {
        let send = async || redeem(&bed, issuer.token(subject), &code).await;
        refuses(&bed, send, Code::FailedPrecondition, "INVITATION_INVALID", &[]).await;
    }
    let again = bed.identity().sign_in(SignInRequest { id_token: issuer.token("sam") }).await.expect("signed in").into_inner();
    assert_eq!(again.session.expect("a session").user, Some(invited));
}

#[tokio::test]
async fn what_is_no_code_is_refused_and_nothing_is_linked() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let (_, code) = invite(&bed).await;
    let good = RedeemInvitationRequest { id_token: issuer.token("sam"), code: code.clone() };
    let wrong: &[Wrong<RedeemInvitationRequest>] = &[
        (|r| *r = RedeemInvitationRequest::default(), &[("id_token", "is required"), ("code", "is required")]),
        (
            |r| *r = RedeemInvitationRequest { id_token: "x".repeat(16_385), code: "x".repeat(41) },
            &[("id_token", "is longer than 16384 characters"), ("code", "is longer than 40 characters")],
        ),
    ];
    refuses_what_is_wrong(&bed, &good, wrong, async |r| bed.identity().redeem_invitation(r).await).await;

    for typed in ["AAAA-AAAA-AAAA", "nonsense", &code[1..], &format!("{code}A")] {
        let send = async || redeem(&bed, issuer.token("sam"), typed).await;
        refuses(&bed, send, Code::FailedPrecondition, "INVITATION_INVALID", &[]).await;
    }
    let send = async || redeem(&bed, "no.id.token".to_owned(), &code).await;
    refuses(&bed, send, Code::Unauthenticated, "IDENTITY_INVALID", &[]).await;
    redeem(&bed, issuer.token("sam"), &code).await.expect("the code still works");
}

#[tokio::test]
async fn a_code_works_for_thirty_days() {
    const DAY: i64 = 24 * 3600;
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let ((_, early), (_, late)) = (invite(&bed).await, invite(&bed).await);
    bed.set_clock(30 * DAY - 3600);
    redeem(&bed, issuer.token("early"), &early).await.expect("in time");
    bed.set_clock(30 * DAY);
    let send = async || redeem(&bed, issuer.token("late"), &late).await;
    refuses(&bed, send, Code::FailedPrecondition, "INVITATION_INVALID", &[]).await;
}

#[tokio::test]
async fn an_identity_that_is_anothers_leaves_the_code_as_it_was() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let ((_, first), (second_user, second)) = (invite(&bed).await, invite(&bed).await);
    redeem(&bed, issuer.token("sam"), &first).await.expect("linked");
    let send = async || redeem(&bed, issuer.token("sam"), &second).await;
    refuses(&bed, send, Code::AlreadyExists, "IDENTITY_TAKEN", &[]).await;
    let session = redeem(&bed, issuer.token("alex"), &second).await.expect("the code still works");
    assert_eq!(session.user, Some(second_user));
}

#[tokio::test]
async fn who_guesses_codes_is_slowed_down_and_nobody_else() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let (_, code) = invite(&bed).await;
    let guess = async || redeem(&bed, issuer.token("mallory"), "2222-2222-2222").await.expect_err("a guess");
    let mut status = guess().await;
    for _ in 0..100 {
        if reason(&status) == "INVITATION_INVALID" {
            status = guess().await;
        }
    }
    assert_eq!((status.code(), reason(&status).as_str()), (Code::ResourceExhausted, "TOO_MANY_CALLS"));
    let status = redeem(&bed, issuer.token("mallory"), &code).await.expect_err("the right one, too");
    assert_eq!(reason(&status), "TOO_MANY_CALLS");
    redeem(&bed, issuer.token("sam"), &code).await.expect("somebody else is not held up");
}

#[tokio::test]
async fn of_many_who_redeem_a_code_at_once_one_gets_in() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    let (_, code) = invite(&bed).await;
    let redeeming = (0..12).map(|n| redeem(&bed, issuer.token(&format!("person-{n}")), &code));
    let answers = futures::future::join_all(redeeming).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for status in answers.into_iter().filter_map(Result::err) {
        assert_eq!((status.code(), testkit::reason(&status).as_str()), (Code::FailedPrecondition, "INVITATION_INVALID"));
    }
    let db = bed.db("members");
    assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM users WHERE issuer IS NOT NULL").await, 1);
    assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM session").await, 1);
}
