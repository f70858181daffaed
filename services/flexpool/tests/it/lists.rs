//! `GetShift`, `ListShifts`, `ListOpenShifts`, `ListMyClaims`, `ListClaims`: what is shown, to whom, page by page.

use chassis::ids::{OrganisationId, ShiftId};
use proto::flexpool::{ListClaimsRequest, ListMyClaimsRequest, ListOpenShiftsRequest, ListShiftsRequest, Shift};
use testkit::{
    as_token,
    region::{Opening, Person},
};
use tonic::{Code, Status};

use crate::scene::{Scene, assert_wrong, facts, refusal};

fn ids(shifts: &[Shift]) -> Vec<String> {
    shifts.iter().map(|shift| shift.id.clone()).collect()
}

fn not_found(status: &Status, resource: &str) {
    assert_eq!(refusal(status), (Code::NotFound, "NOT_FOUND".to_owned(), facts([("resource", resource)])));
}

#[tokio::test]
async fn a_shift_is_shown_to_its_staff_and_to_workers_of_its_pool() {
    let scene = Scene::start().await;
    let shift = scene.shift(7, 7, 15).await;
    let stranger = scene.builder.employer("Elders").await;
    let outside = scene.worker(&stranger, &Person::default()).await;
    let (own, lent) = (scene.carer().await, scene.worker(&scene.beekdal, &Person::default()).await);
    let lead = scene.ward_lead(&scene.zonnehof).await;
    for token in [&scene.zonnehof.planner, &lead, scene.builder.operator(), &own.token, &lent.token] {
        assert_eq!(scene.get(&shift.id, token).await.expect("shown"), shift);
    }
    for token in [&scene.beekdal.planner, &stranger.planner, &outside.token] {
        not_found(&scene.get(&shift.id, token).await.expect_err("not theirs"), "shift");
    }
    not_found(&scene.get(&ShiftId::new().to_string(), &own.token).await.expect_err("unknown"), "shift");
    assert_wrong(&scene.get("", &own.token).await.expect_err("empty"), &[("id", "is required")], "empty");
    let status = scene.get(&shift.id, &scene.zonnehof.hr).await.expect_err("not a role for it");
    assert_eq!(testkit::reason(&status), "ROLE_MISSING");
}

async fn list_shifts(scene: &Scene, request: ListShiftsRequest, token: &str) -> Result<(Vec<Shift>, String), Status> {
    let answer = scene.bed.shifts().list_shifts(as_token(request, token)).await?.into_inner();
    Ok((answer.shifts, answer.next_page_token))
}

#[tokio::test]
async fn the_shifts_of_an_organisation_come_by_start_page_by_page() {
    let scene = Scene::start().await;
    let mut expected = Vec::new();
    for days in [5, 3, 4] {
        for start in [7, 15] {
            expected.push(scene.shift(days, start, start + 8).await);
        }
    }
    scene.builder.shift(&scene.beekdal, &scene.pool, &Opening::on(scene.bed.day(3))).await;
    expected.sort_by_key(|shift| shift.starts_at.map(|time| time.seconds));
    let asked = |page_size, page_token: String| ListShiftsRequest {
        organisation: scene.zonnehof.id.clone(),
        page_size,
        page_token,
        ..ListShiftsRequest::default()
    };
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let (shifts, next) = list_shifts(&scene, asked(4, token), &scene.zonnehof.planner).await.expect("a page");
        seen.extend(ids(&shifts));
        token = next.clone();
        if next.is_empty() {
            break;
        }
        let other = ListShiftsRequest { organisation: scene.beekdal.id.clone(), ..asked(4, next) };
        let status = list_shifts(&scene, other, &scene.beekdal.planner).await.expect_err("a token of another list");
        assert_wrong(&status, &[("page_token", "is not a token of this list")], "a token of another list");
    }
    assert_eq!(seen, ids(&expected));
    let ends_after = expected[1].ends_at;
    let later = ListShiftsRequest { ends_after, ..asked(0, String::new()) };
    let (shifts, _) = list_shifts(&scene, later, scene.builder.operator()).await.expect("a page");
    assert_eq!(ids(&shifts), ids(&expected[2..]));
}

#[tokio::test]
async fn the_shifts_of_others_are_not_listed() {
    let scene = Scene::start().await;
    let of = |organisation: &str| ListShiftsRequest { organisation: organisation.to_owned(), ..ListShiftsRequest::default() };
    not_found(&list_shifts(&scene, of(&scene.zonnehof.id), &scene.beekdal.planner).await.expect_err("not theirs"), "organisation");
    let unknown = OrganisationId::new().to_string();
    not_found(&list_shifts(&scene, of(&unknown), scene.builder.operator()).await.expect_err("unknown"), "organisation");
    let (none, _) = list_shifts(&scene, of(&scene.zonnehof.id), scene.builder.operator()).await.expect("nothing yet");
    assert!(none.is_empty());
    for (request, field, expected) in [
        (of(""), "organisation", "is required"),
        (ListShiftsRequest { page_size: -1, ..of(&scene.zonnehof.id) }, "page_size", "is negative"),
        (ListShiftsRequest { page_token: "x".to_owned(), ..of(&scene.zonnehof.id) }, "page_token", "is not a token of this list"),
        (
            ListShiftsRequest { ends_after: Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }), ..of(&scene.zonnehof.id) },
            "ends_after",
            "is not a time between the years 1 and 9999",
        ),
    ] {
        let status = list_shifts(&scene, request, &scene.zonnehof.planner).await.expect_err(field);
        assert_wrong(&status, &[(field, expected)], field);
    }
}

async fn open_page(scene: &Scene, request: ListOpenShiftsRequest, token: &str) -> (Vec<(String, bool)>, String) {
    let answer = scene.bed.shifts().list_open_shifts(as_token(request, token)).await.expect("a page").into_inner();
    let shown = |open: proto::flexpool::OpenShift| (open.shift.expect("the shift").id, open.refusal.is_none());
    (answer.shifts.into_iter().map(shown).collect(), answer.next_page_token)
}

#[tokio::test]
async fn open_shifts_are_those_of_the_workers_pools_that_have_not_begun() {
    let scene = Scene::start().await;
    let stranger = scene.builder.employer("Elders").await;
    let (second, strange) = (scene.builder.pool(&[&scene.beekdal]).await, scene.builder.pool(&[&stranger]).await);
    scene.bed.caught_up().await;
    let worker = scene.worker(&scene.beekdal, &Person::default()).await;
    let soon = scene.shift(1, 7, 15).await;
    let lent = scene.shift(5, 7, 15).await;
    let own = scene.builder.shift(&scene.beekdal, &second, &Opening::on(scene.bed.day(4))).await;
    let nurse = Opening { level: proto::members::FunctionLevel::Nurse, ..Opening::on(scene.bed.day(6)) };
    let nurse = scene.opening(&nurse).await;
    let gone = scene.shift(8, 7, 15).await;
    scene.cancel(&gone.id, &scene.zonnehof.planner).await.expect("cancelled");
    scene.builder.shift(&stranger, &strange, &Opening::on(scene.bed.day(4))).await;
    scene.bed.set_clock(2 * 86_400);

    let all = ListOpenShiftsRequest::default;
    let expected = vec![(own.id.clone(), true), (lent.id.clone(), true), (nurse.id.clone(), false)];
    assert_eq!(open_page(&scene, all(), &worker.token).await, (expected.clone(), String::new()));
    let claimable = ListOpenShiftsRequest { claimable_only: true, ..all() };
    assert_eq!(open_page(&scene, claimable, &worker.token).await, (expected[..2].to_vec(), String::new()));
    assert!(!expected.iter().any(|(id, _)| *id == soon.id));
    let status = scene.bed.shifts().list_open_shifts(as_token(all(), &scene.zonnehof.planner)).await.expect_err("not a worker");
    assert_eq!(testkit::reason(&status), "ROLE_MISSING");
}

#[tokio::test]
async fn pages_of_open_shifts_give_each_once_also_when_some_are_left_out() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let (mut all, mut claimable) = (Vec::new(), Vec::new());
    for n in 0..9 {
        let level = if n % 3 == 0 { proto::members::FunctionLevel::Nurse } else { proto::members::FunctionLevel::Carer };
        let shift = scene.opening(&Opening { level, ..Opening::on(scene.bed.day(3 + n)) }).await;
        all.push(shift.id.clone());
        if n % 3 != 0 {
            claimable.push(shift.id);
        }
    }
    for (claimable_only, expected) in [(false, all), (true, claimable)] {
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListOpenShiftsRequest { page_size: 2, page_token, claimable_only, wished_only: false };
            let (shown, next) = open_page(&scene, request, &worker.token).await;
            assert!(shown.len() <= 2);
            seen.extend(shown.into_iter().map(|(id, _)| id));
            page_token = next;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, expected, "claimable only: {claimable_only}");
    }
    let request = ListOpenShiftsRequest { page_size: 2, ..ListOpenShiftsRequest::default() };
    let (_, page_token) = open_page(&scene, request, &worker.token).await;
    let other = ListOpenShiftsRequest { page_token, claimable_only: true, ..ListOpenShiftsRequest::default() };
    let status = scene.bed.shifts().list_open_shifts(as_token(other, &worker.token)).await.expect_err("a token of another list");
    assert_wrong(&status, &[("page_token", "is not a token of this list")], "a token of another list");
}

#[tokio::test]
async fn own_claims_come_by_start_page_by_page() {
    let scene = Scene::start().await;
    let (worker, other) = (scene.carer().await, scene.carer().await);
    let mut claimed = Vec::new();
    for days in [9, 3, 7, 5] {
        let shift = scene.opening(&Opening::on(scene.bed.day(days)).places(2)).await;
        let claim = scene.claim(&shift, &worker).await.expect("a place");
        scene.claim(&shift, &other).await.expect("a place");
        claimed.push((shift.starts_at.map(|time| time.seconds), claim.id, shift.ends_at));
    }
    claimed.sort_by_key(|(start, ..)| *start);
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListMyClaimsRequest { page_size: 3, page_token, ..Default::default() };
        let answer = scene.bed.claims().list_my_claims(as_token(request, &worker.token)).await.expect("a page").into_inner();
        for mine in answer.claims {
            let (claim, shift) = (mine.claim.expect("the claim"), mine.shift.expect("the shift"));
            assert_eq!((&claim.shift, &claim.worker, shift.ward_name.as_str()), (&shift.id, &worker.id, "De Linde"));
            seen.push(claim.id);
        }
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, claimed.iter().map(|(_, id, _)| id.clone()).collect::<Vec<_>>());
    let request = ListMyClaimsRequest { ends_after: claimed[1].2, ..ListMyClaimsRequest::default() };
    let answer = scene.bed.claims().list_my_claims(as_token(request, &worker.token)).await.expect("a page").into_inner();
    assert_eq!(answer.claims.len(), 2);
    let request = ListMyClaimsRequest { page_token: "x".to_owned(), ..ListMyClaimsRequest::default() };
    let status = scene.bed.claims().list_my_claims(as_token(request, &worker.token)).await.expect_err("no token");
    assert_wrong(&status, &[("page_token", "is not a token of this list")], "no token");
}

async fn claims_page(scene: &Scene, request: ListClaimsRequest, token: &str) -> Result<(Vec<String>, String), Status> {
    let answer = scene.bed.claims().list_claims(as_token(request, token)).await?.into_inner();
    Ok((answer.claims.into_iter().map(|claim| claim.id).collect(), answer.next_page_token))
}

#[tokio::test]
async fn claims_on_shifts_are_shown_to_the_staff_of_their_organisation() {
    let scene = Scene::start().await;
    let workers = [scene.carer().await, scene.carer().await, scene.carer().await];
    let shift = scene.opening(&Opening::on(scene.bed.day(7)).places(3)).await;
    let elsewhere = scene.builder.shift(&scene.beekdal, &scene.pool, &Opening::on(scene.bed.day(9))).await;
    let mut expected = Vec::new();
    for worker in &workers {
        expected.push(scene.claim(&shift, worker).await.expect("a place").id);
    }
    let lent = scene.claim(&elsewhere, &workers[0]).await.expect("a place").id;

    let one = |page_token| ListClaimsRequest { shift: shift.id.clone(), page_size: 2, page_token, ..ListClaimsRequest::default() };
    let (mut seen, next) = claims_page(&scene, one(String::new()), &scene.zonnehof.planner).await.expect("a page");
    let (rest, last) = claims_page(&scene, one(next), &scene.zonnehof.planner).await.expect("a page");
    seen.extend(rest);
    assert_eq!((seen, last), (expected.clone(), String::new()));
    not_found(&claims_page(&scene, one(String::new()), &scene.beekdal.planner).await.expect_err("not theirs"), "shift");
    let unknown = ListClaimsRequest { shift: ShiftId::new().to_string(), ..ListClaimsRequest::default() };
    not_found(&claims_page(&scene, unknown, scene.builder.operator()).await.expect_err("unknown"), "shift");

    let several = || ListClaimsRequest { shifts: vec![shift.id.clone(), elsewhere.id.clone()], ..ListClaimsRequest::default() };
    let lead = scene.ward_lead(&scene.zonnehof).await;
    assert_eq!(claims_page(&scene, several(), &lead).await.expect("a page").0, expected);
    assert_eq!(claims_page(&scene, several(), &scene.beekdal.planner).await.expect("a page").0, std::slice::from_ref(&lent));
    expected.push(lent);
    assert_eq!(claims_page(&scene, several(), scene.builder.operator()).await.expect("a page").0, expected);
    let status = claims_page(&scene, several(), &workers[0].token).await.expect_err("not staff");
    assert_eq!(testkit::reason(&status), "ROLE_MISSING");

    for (request, field, text) in [
        (ListClaimsRequest::default(), "shift", "is required"),
        (ListClaimsRequest { shift: shift.id.clone(), ..several() }, "shift", "must be empty when `shifts` is given"),
        (ListClaimsRequest { shifts: vec![shift.id.clone(); 201], ..several() }, "shifts", "has more than 200 ids"),
        (
            ListClaimsRequest { shifts: vec![shift.id.clone(), "x".to_owned()], ..several() },
            "shifts[1]",
            "is not an id of this kind: expected shf_ followed by 32 hexadecimal digits",
        ),
    ] {
        let status = claims_page(&scene, request, &scene.zonnehof.planner).await.expect_err(field);
        assert_wrong(&status, &[(field, text)], field);
    }
}
