//! `ClaimShift`: every reason to refuse, with what it was measured on, and that a refusal leaves nothing behind.

use chassis::time::LocalDate;
use proto::{
    flexpool::{ClaimShiftRequest, ListOpenShiftsRequest, Reason, Shift, Verdict},
    members::{Basis, EmploymentKind, FunctionLevel},
};
use testkit::region::{ALL_BASES, Colleague, Employer, Opening, Person, long_ago};
use tonic::Code;

use crate::scene::{Scene, claim_of, facts, refusal};

/// Tries to claim and gives the refusal; nothing may be left behind. The list of open shifts must say the same.
async fn refused(scene: &Scene, shift: &Shift, worker: &Colleague) -> (String, std::collections::BTreeMap<String, String>) {
    let before = scene.rows().await;
    let status = scene.claim(shift, worker).await.expect_err("refused");
    assert_eq!(scene.rows().await, before);
    assert_eq!(status.code(), Code::FailedPrecondition);
    let (_, reason, mut metadata) = refusal(&status);
    // Only a claim is worth the search for what would be possible.
    metadata.remove("next_allowed");
    let listed = scene.open_shifts(&worker.token).await.into_iter().find(|open| open.shift.as_ref().is_some_and(|one| one.id == shift.id));
    if let Some(open) = listed {
        let said = open.refusal.expect("the list refuses too");
        let name = Reason::try_from(said.reason).expect("a known reason").as_str_name();
        assert_eq!((name.trim_start_matches("REASON_"), said.metadata.into_iter().collect()), (reason.as_str(), metadata.clone()));
    }
    (reason, metadata)
}

fn said<const N: usize>(reason: &str, pairs: [(&str, &str); N]) -> (String, std::collections::BTreeMap<String, String>) {
    (reason.to_owned(), facts(pairs))
}

/// As in the facts of a reason.
fn text(time: Option<prost_types::Timestamp>) -> String {
    let time = chassis::time::Timestamp::from_proto(&time.expect("a time")).expect("a time");
    time.to_utc().expect("a time").format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[tokio::test]
async fn what_is_about_the_shift() {
    let scene = Scene::start().await;
    let (worker, other) = (scene.carer().await, scene.carer().await);
    let full = scene.shift(7, 7, 15).await;
    scene.claim(&full, &other).await.expect("a place");
    assert_eq!(refused(&scene, &full, &worker).await, said("SHIFT_FULL", [("places", "1")]));
    let mine = scene.opening(&Opening::on(scene.bed.day(9)).places(2)).await;
    let claim = scene.claim(&mine, &worker).await.expect("a place");
    assert_eq!(refused(&scene, &mine, &worker).await, said("ALREADY_CLAIMED", [("claim", &claim.id)]));
    let begun = scene.shift(2, 7, 15).await;
    scene.bed.set_clock(3 * 86_400);
    assert_eq!(refused(&scene, &begun, &worker).await, said("SHIFT_STARTED", []));
    scene.assert_clean().await;
}

#[tokio::test]
async fn what_is_about_the_pool_the_agreement_and_the_basis() {
    let scene = Scene::start().await;
    let shift = scene.opening(&Opening::on(scene.bed.day(7)).hours(23, 7)).await;

    let stranger = scene.builder.employer("Elders").await;
    let outside = scene.worker(&stranger, &Person::default()).await;
    assert_eq!(refused(&scene, &shift, &outside).await, said("NOT_IN_POOL", []));
    let leaving = Person { until: Some(scene.bed.day(7)), ..Person::default() };
    let leaving = scene.worker(&scene.zonnehof, &leaving).await;
    assert_eq!(refused(&scene, &shift, &leaving).await, said("NOT_IN_POOL", []));
    let coming = Person { from: scene.bed.day(8), ..Person::default() };
    let coming = scene.worker(&scene.zonnehof, &coming).await;
    assert_eq!(refused(&scene, &shift, &coming).await, said("NOT_IN_POOL", []));

    let with_agreement = async |until: Option<LocalDate>, bases: &[Basis]| -> (Employer, Colleague) {
        let employer = scene.builder.employer_without_agreement("Nieuw").await;
        scene.builder.agreement(&employer, long_ago(), until, bases).await;
        let pool_member = proto::members::AddPoolMemberRequest {
            pool: scene.pool.clone(),
            organisation: employer.id.clone(),
            request_id: testkit::request_id(),
        };
        scene.bed.pools().add_pool_member(testkit::as_token(pool_member, scene.builder.operator())).await.expect("a member");
        let worker = scene.worker(&employer, &Person::default()).await;
        (employer, worker)
    };
    let last = scene.bed.day(7);
    let (employer, worker) = with_agreement(Some(last), ALL_BASES).await;
    let night_after = LocalDate(last.0 + chrono::Duration::days(1)).to_string();
    let expected = said("NO_AGREEMENT", [("organisation", &employer.id), ("date", &night_after)]);
    assert_eq!(refused(&scene, &shift, &worker).await, expected);
    let (employer, worker) = with_agreement(None, &[Basis::OwnExtraHours]).await;
    assert_eq!(refused(&scene, &shift, &worker).await, said("NO_BASIS", [("organisation", &employer.id)]));
    let (_, worker) = with_agreement(None, &[Basis::RegisteredLending]).await;
    assert_eq!(scene.claim(&shift, &worker).await.expect("a place").basis(), Basis::RegisteredLending);

    let independent = Person { kind: EmploymentKind::SelfEmployed, ..Person::default() };
    let independent = scene.worker(&scene.beekdal, &independent).await;
    let next = scene.shift(9, 7, 15).await;
    assert_eq!(scene.claim(&next, &independent).await.expect("a place").basis(), Basis::SelfEmployed);
    scene.assert_clean().await;
}

#[tokio::test]
async fn what_is_about_level_registration_and_competence() {
    let scene = Scene::start().await;
    let night = Opening::on(scene.bed.day(7)).hours(23, 7);
    let (first, last) = (scene.bed.day(7), scene.bed.day(8));
    let nurse = scene.opening(&Opening { level: FunctionLevel::Nurse, ..night.clone() }).await;
    let carer = scene.carer().await;
    assert_eq!(refused(&scene, &nurse, &carer).await, said("FUNCTION_LEVEL_TOO_LOW", [("required", "NURSE"), ("held", "CARER")]));
    let nurse_until = |until| Person { level: FunctionLevel::NurseBachelor, registered_until: until, ..Person::default() };
    let unregistered = scene.worker(&scene.zonnehof, &nurse_until(None)).await;
    assert_eq!(refused(&scene, &nurse, &unregistered).await, said("NOT_REGISTERED", [("date", &first.to_string())]));
    let expiring = scene.worker(&scene.zonnehof, &nurse_until(Some(first))).await;
    assert_eq!(refused(&scene, &nurse, &expiring).await, said("NOT_REGISTERED", [("date", &last.to_string())]));
    let registered = scene.worker(&scene.zonnehof, &nurse_until(Some(last))).await;
    scene.claim(&nurse, &registered).await.expect("a place");

    let skilled = scene.opening(&Opening { competences: vec!["infuus".to_owned()], ..night }).await;
    let expected = said("COMPETENCE_MISSING", [("competence", "infuus"), ("date", &first.to_string())]);
    assert_eq!(refused(&scene, &skilled, &carer).await, expected);
    let able = scene.worker(&scene.zonnehof, &Person { competences: vec!["infuus".to_owned()], ..Person::default() }).await;
    scene.claim(&skilled, &able).await.expect("a place");
    scene.assert_clean().await;
}

#[tokio::test]
async fn what_is_about_working_time() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let late = scene.shift(7, 15, 23).await;
    scene.claim(&late, &worker).await.expect("a place");
    let times = |shift: &Shift| (text(shift.starts_at), text(shift.ends_at));
    let (start, end) = times(&late);
    let overlapping = scene.shift(7, 22, 6).await;
    let expected = said("OVERLAP", [("starts_at", &start), ("ends_at", &end), ("other_work", "false")]);
    assert_eq!(refused(&scene, &overlapping, &worker).await, expected);
    // Eight hours of rest: once in seven days the law allows that, and says so.
    let early = scene.shift(8, 7, 15).await;
    let listed = scene.open_shifts(&worker.token).await;
    let open = listed.iter().find(|open| open.shift.as_ref().is_some_and(|shift| shift.id == early.id)).expect("listed");
    let exception = |verdict: Option<&Verdict>| {
        let found = verdict.expect("a verdict").exceptions.first().expect("an exception").clone();
        (found.rule, found.measure, found.measured, found.limit, found.other_work)
    };
    let short_rest = ("ATW-05".to_owned(), "Rest".to_owned(), 480, 660, false);
    assert_eq!(exception(open.verdict.as_ref()), short_rest);
    let request = testkit::as_token(claim_of(&early.id), &worker.token);
    let answer = scene.bed.claims().claim_shift(request).await.expect("a place").into_inner();
    assert_eq!(exception(answer.verdict.as_ref()), short_rest);
    let kept = scene.my_claims(&worker.token).await.into_iter().find(|mine| mine.shift.as_ref().is_some_and(|shift| shift.id == early.id));
    assert_eq!(kept.expect("the claim").verdict, answer.verdict);

    let (start, end) = times(&early);
    let second = scene.shift(9, 0, 6).await;
    let too_short = |measured, other_work| {
        said(
            "REST_TOO_SHORT",
            [
                ("measured_minutes", measured),
                ("limit_minutes", "660"),
                ("starts_at", &start),
                ("ends_at", &end),
                ("other_work", other_work),
                ("rule", "ATW-05"),
                ("measure", "ShortRestAgain"),
            ],
        )
    };
    assert_eq!(refused(&scene, &second, &worker).await, too_short("540", "false"));
    // The same through another employer of the same person: one check over all of them (ATW-17).
    let employment = scene.builder.employment(&worker, &scene.beekdal, &Person::default()).await;
    let elsewhere = scene.builder.shift(&scene.beekdal, &scene.pool, &Opening::on(scene.bed.day(9)).hours(0, 6)).await;
    scene.bed.caught_up().await;
    let request = ClaimShiftRequest { employment, ..claim_of(&elsewhere.id) };
    let status = scene.send_claim(request, &worker.token).await.expect_err("refused");
    let (_, reason, mut metadata) = refusal(&status);
    let (day_after, next) = (scene.bed.day(9), metadata.remove("next_allowed"));
    assert_eq!((reason, metadata), too_short("540", "true"));
    assert_eq!(next, Some(text(Some(day_after.at_minute(2 * 60, false).expect("a time").to_proto()))));
    let rested = scene.shift(9, 10, 18).await;
    scene.claim(&rested, &worker).await.expect("more than eleven hours");
    scene.assert_clean().await;
}

#[tokio::test]
async fn every_other_rule_about_working_time_is_one_reason_that_names_it() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let long = scene.opening(&Opening { break_minutes: 60, ..Opening::on(scene.bed.day(7)).hours(7, 20) }).await;
    let (from, until) = (text(long.starts_at), text(long.ends_at));
    // The collective agreement of care allows less than the law.
    let shared = [("measured", "720"), ("limit", "600"), ("unit", "MINUTES"), ("from", &from), ("until", &until), ("other_work", "false")];
    let expected = said("WORKING_TIME", [("rule", "CAO-04"), ("measure", "ShiftWork")]);
    let found = refused(&scene, &long, &worker).await;
    let with_shared: std::collections::BTreeMap<String, String> = expected.1.into_iter().chain(facts(shared)).collect();
    assert_eq!(found, (expected.0, with_shared));
    let no_break = scene.opening(&Opening { break_minutes: 0, ..Opening::on(scene.bed.day(9)).hours(7, 15) }).await;
    let (reason, metadata) = refused(&scene, &no_break, &worker).await;
    assert_eq!((reason.as_str(), metadata["rule"].as_str(), metadata["limit"].as_str()), ("WORKING_TIME", "ATW-09", "30"));
    scene.assert_clean().await;
}

#[tokio::test]
async fn the_list_tells_how_many_hours_are_left() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let request = testkit::as_token(ListOpenShiftsRequest::default(), &worker.token);
    let left = scene.bed.shifts().list_open_shifts(request).await.expect("a list").into_inner().left.expect("an employment");
    assert!((1..=60 * 60).contains(&left.week_minutes) && left.month_minutes >= left.week_minutes.min(24 * 60), "{left:?}");
}

#[tokio::test]
async fn rest_over_the_clock_change_is_real_time() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let spring = crate::scene::next_change(scene.bed.day(3), true);
    let eve = LocalDate(spring.0 - chrono::Duration::days(1));
    let late = scene.opening(&Opening::on(eve).hours(13, 21)).await;
    scene.claim(&late, &worker).await.expect("a place");
    // Eleven hours on the clock, ten in truth: that takes the one shorter rest of the week.
    let early = scene.opening(&Opening::on(spring).hours(8, 16)).await;
    let request = testkit::as_token(claim_of(&early.id), &worker.token);
    let verdict = scene.bed.claims().claim_shift(request).await.expect("a place").into_inner().verdict.expect("a verdict");
    let measured: Vec<_> = verdict.exceptions.iter().map(|found| (found.rule.as_str(), found.measured)).collect();
    assert_eq!(measured, [("ATW-05", 600)]);

    let autumn = crate::scene::next_change(scene.bed.day(3), false);
    let eve = LocalDate(autumn.0 - chrono::Duration::days(1));
    let late = scene.opening(&Opening::on(eve).hours(14, 22)).await;
    scene.claim(&late, &worker).await.expect("a place");
    // Ten hours on the clock, eleven in truth.
    let early = scene.opening(&Opening::on(autumn).hours(8, 16)).await;
    let request = testkit::as_token(claim_of(&early.id), &worker.token);
    let verdict = scene.bed.claims().claim_shift(request).await.expect("a place").into_inner().verdict.expect("a verdict");
    assert_eq!(verdict.exceptions, []);
    scene.assert_clean().await;
}

#[tokio::test]
async fn who_is_not_known_yet_is_told_so() {
    let scene = Scene::start().await;
    let shift = scene.shift(7, 7, 15).await;
    let nobody = chassis::ids::WorkerId::new().to_string();
    let token = scene.bed.worker_token(chassis::ids::UserId::new(), &nobody);
    let stranger = Colleague { id: nobody, employment: String::new(), token };
    assert_eq!(refused(&scene, &shift, &stranger).await, said("WORKER_UNKNOWN", []));
    assert!(scene.open_shifts(&stranger.token).await.is_empty());
    assert!(scene.my_claims(&stranger.token).await.is_empty());
}
