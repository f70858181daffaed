//! `ClaimShift`: what a claim is, and what it takes to ask for one.

use chassis::{
    caller::{Caller, Grant, Role, Subject},
    ids::{EmploymentId, ShiftId, UserId},
};
use proto::{
    flexpool::{ClaimShiftRequest, claim::State},
    members::Basis,
};
use sea_orm::{ConnectionTrait, Statement};
use testkit::{
    region::{Opening, Person},
    request_id,
};
use tonic::Code;

use crate::scene::{Scene, assert_wrong, claim_of, facts, refusal};

#[tokio::test]
async fn a_claim_is_the_workers_with_employment_basis_verdict_and_event() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.shift(7, 7, 15).await;
    let version = scene.number("SELECT version FROM worker").await;
    let claim = scene.claim(&shift, &worker).await.expect("a place");
    assert!(claim.id.starts_with("clm_"));
    assert_eq!((&claim.shift, &claim.worker, &claim.employment), (&shift.id, &worker.id, &worker.employment));
    assert_eq!((&claim.employer, claim.basis(), claim.state()), (&scene.zonnehof.id, Basis::OwnExtraHours, State::Confirmed));
    assert!(claim.confirmed_at.is_some());

    let mine = scene.my_claims(&worker.token).await;
    assert_eq!(mine.len(), 1);
    assert_eq!((mine[0].claim.as_ref(), mine[0].shift.as_ref().map(|shift| shift.taken)), (Some(&claim), Some(1)));
    assert_eq!(scene.get(&shift.id, &scene.zonnehof.planner).await.expect("shown").taken, 1);
    assert_eq!(scene.number("SELECT version FROM worker").await, version + 1);
    let db = scene.bed.db("flexpool");
    let sql = "SELECT verdict, worker_version FROM claim";
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.expect("a query").expect("the claim");
    let verdict: String = row.try_get("", "verdict").expect("a verdict");
    // Known at once and a week ahead: the collective agreement asks for four weeks.
    let expected = r#"{"rule_set":2,"agreements":"2026-11-22","agreement":"VVT","incomplete":true,"exceptions":[],"warnings":[{"rule":"CAO-03","measure":"Notice","#;
    assert!(verdict.starts_with(expected) && verdict.ends_with(r#""older":[]}"#), "{verdict}");
    assert_eq!(row.try_get::<i64>("", "worker_version").expect("a version"), version);
    let told = scene.number("SELECT COUNT(*) FROM event_log WHERE kind = 'regiopool.flexpool.v1.ClaimConfirmed' AND sequence = 1").await;
    assert_eq!(told, 1);
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_shift_elsewhere_in_the_pool_is_lent_and_the_own_employer_comes_first() {
    let scene = Scene::start().await;
    let worker = scene.worker(&scene.beekdal, &Person::default()).await;
    let (lent, own, asked) = (scene.shift(7, 7, 15).await, scene.shift(9, 7, 15).await, scene.shift(11, 7, 15).await);
    let claim = scene.claim(&lent, &worker).await.expect("a place");
    assert_eq!((&claim.employer, claim.basis()), (&scene.beekdal.id, Basis::CollegialLending));
    let second = scene.builder.employment(&worker, &scene.zonnehof, &Person::default()).await;
    scene.bed.caught_up().await;
    let claim = scene.claim(&own, &worker).await.expect("a place");
    assert_eq!((&claim.employment, claim.basis()), (&second, Basis::OwnExtraHours));
    let request = ClaimShiftRequest { employment: worker.employment.clone(), ..claim_of(&asked.id) };
    let claim = scene.send_claim(request, &worker.token).await.expect("a place");
    assert_eq!((&claim.employment, claim.basis()), (&worker.employment, Basis::CollegialLending));
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_repeated_request_has_the_effect_and_the_answer_of_one() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let (shift, other) = (scene.shift(7, 7, 15).await, scene.shift(9, 7, 15).await);
    let request = claim_of(&shift.id);
    let claim = scene.send_claim(request.clone(), &worker.token).await.expect("a place");
    let before = scene.rows().await;
    assert_eq!(scene.send_claim(request.clone(), &worker.token).await.expect("again"), claim);
    // Also when by now the answer would be another one.
    scene.bed.set_clock(30 * 86_400);
    let later = scene.carer_token_like(&worker);
    assert_eq!(scene.send_claim(request.clone(), &worker.token).await.expect("much later"), claim);
    let changed = ClaimShiftRequest { shift: other.id.clone(), ..request.clone() };
    let status = scene.send_claim(changed, &worker.token).await.expect_err("another body");
    assert_wrong(&status, &[("request_id", "was used before for another request (D25)")], "another body");
    // The id is the caller's own: another user with the same one asks for something new.
    let status = scene.send_claim(request, &later).await.expect_err("another user");
    assert_eq!(testkit::reason(&status), "SHIFT_STARTED");
    assert_eq!(scene.rows().await, before);
}

impl Scene {
    /// A token of another user who is the same worker.
    fn carer_token_like(&self, worker: &testkit::region::Colleague) -> String {
        self.bed.worker_token(UserId::new(), &worker.id)
    }
}

#[tokio::test]
async fn a_refusal_is_not_kept_so_that_the_same_request_can_succeed_later() {
    let scene = Scene::start().await;
    let worker = scene.builder.worker(&scene.zonnehof, &Person::default()).await;
    let opening = Opening { competences: vec!["infuus".to_owned()], ..Opening::on(scene.bed.day(7)) };
    scene.bed.caught_up().await;
    let shift = scene.opening(&opening).await;
    let request = claim_of(&shift.id);
    let status = scene.send_claim(request.clone(), &worker.token).await.expect_err("not competent");
    assert_eq!(testkit::reason(&status), "COMPETENCE_MISSING");
    let competence = proto::members::Competence { code: "infuus".to_owned(), ..Default::default() };
    let add = proto::members::AddCompetenceRequest { worker: worker.id.clone(), competence: Some(competence), request_id: request_id() };
    scene.bed.workers().add_competence(testkit::as_token(add, scene.builder.operator())).await.expect("added");
    scene.bed.caught_up().await;
    scene.send_claim(request, &worker.token).await.expect("a place");
}

#[tokio::test]
async fn wrong_fields_are_named_and_nothing_is_left_behind() {
    let scene = Scene::start().await;
    let (worker, other) = (scene.carer().await, scene.carer().await);
    let shift = scene.shift(7, 7, 15).await;
    let before = scene.rows().await;
    let not_a_shift = "is not an id of this kind: expected shf_ followed by 32 hexadecimal digits";
    let not_an_employment = "is not an id of this kind: expected emp_ followed by 32 hexadecimal digits";
    let strange = EmploymentId::new().to_string();
    for (what, request, expected) in [
        ("empty", ClaimShiftRequest::default(), vec![("shift", "is required"), ("request_id", "is not a UUID (D25)")]),
        ("another kind of id", claim_of(&shift.ward), vec![("shift", not_a_shift)]),
        ("too long", claim_of(&"x".repeat(10_000)), vec![("shift", not_a_shift)]),
        (
            "no employment's id",
            ClaimShiftRequest { employment: shift.id.clone(), ..claim_of(&shift.id) },
            vec![("employment", not_an_employment)],
        ),
        (
            "an unknown employment",
            ClaimShiftRequest { employment: strange, ..claim_of(&shift.id) },
            vec![("employment", "is not an employment of yours")],
        ),
        (
            "the employment of another",
            ClaimShiftRequest { employment: other.employment.clone(), ..claim_of(&shift.id) },
            vec![("employment", "is not an employment of yours")],
        ),
        (
            "a request id that is none",
            ClaimShiftRequest { request_id: "1".to_owned(), ..claim_of(&shift.id) },
            vec![("request_id", "is not a UUID (D25)")],
        ),
    ] {
        let status = scene.send_claim(request, &worker.token).await.expect_err(what);
        assert_wrong(&status, &expected, what);
    }
    let status = scene.send_claim(claim_of(&ShiftId::new().to_string()), &worker.token).await.expect_err("unknown");
    assert_eq!(refusal(&status), (Code::NotFound, "NOT_FOUND".to_owned(), facts([("resource", "shift")])));
    assert_eq!(scene.rows().await, before);
}

#[tokio::test]
async fn only_a_worker_of_the_region_claims() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.shift(7, 7, 15).await;
    let before = scene.rows().await;
    for token in [&scene.zonnehof.planner, &scene.zonnehof.hr, scene.builder.operator()] {
        let status = scene.send_claim(claim_of(&shift.id), token).await.expect_err("not a worker");
        assert_eq!((status.code(), testkit::reason(&status)), (Code::PermissionDenied, "ROLE_MISSING".to_owned()));
    }
    let nobody = Caller {
        subject: Subject::User(UserId::new()),
        region: Some(scene.bed.id),
        grants: vec![Grant { role: Role::Worker, organisation: None }],
        worker: None,
    };
    let status = scene.send_claim(claim_of(&shift.id), &scene.bed.sign(&nobody)).await.expect_err("a worker without a file");
    assert_eq!((status.code(), testkit::reason(&status)), (Code::PermissionDenied, "FORBIDDEN".to_owned()));
    // The same worker's id in another region is somebody else, and the shift is not there.
    let elsewhere = Caller { region: Some(chassis::ids::RegionId::new()), worker: Some(worker.id.parse().expect("an id")), ..nobody };
    let status = scene.send_claim(claim_of(&shift.id), &scene.bed.sign(&elsewhere)).await.expect_err("another region");
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(scene.rows().await, before);
}

#[tokio::test]
async fn a_claim_whose_caller_hung_up_is_done_all_the_same() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.shift(7, 7, 15).await;
    // Somebody else changes the worker for longer than the caller waits.
    let db = scene.bed.db("flexpool");
    let other = db.begin().await.expect("a transaction");
    other.execute_unprepared("UPDATE worker SET adult_on = adult_on").await.expect("held");
    let mut request = testkit::as_token(claim_of(&shift.id), &worker.token);
    request.set_timeout(std::time::Duration::from_secs(3));
    let status = scene.bed.claims().claim_shift(request).await.expect_err("the caller does not hear the answer");
    assert!(matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled), "{status:?}");
    other.rollback().await.expect("let go");
    testkit::wait_until("the claim that nobody waited for", async || match scene.my_claims(&worker.token).await.len() {
        1 => Ok(()),
        claims => Err(format!("{claims} claims")),
    })
    .await;
    scene.assert_clean().await;
}
