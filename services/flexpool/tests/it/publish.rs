//! `PublishShift`.

use chassis::time::LocalDate;
use proto::{
    Date,
    flexpool::{LocalTime, PublishShiftRequest, shift::State},
    members::FunctionLevel,
};
use testkit::{region::Opening, request_id};
use tonic::Code;

use crate::scene::{Scene, assert_wrong, facts, next_change, refusal};

fn good(scene: &Scene) -> PublishShiftRequest {
    Opening::on(scene.bed.day(7)).request(&scene.zonnehof.ward, &scene.pool)
}

#[tokio::test]
async fn a_published_shift_is_shown_as_it_was_published() {
    let scene = Scene::start().await;
    let request = PublishShiftRequest {
        competences: vec!["medicatie-delen".to_owned(), "infuus".to_owned()],
        places: 3,
        external_reference: " NR-17 ".to_owned(),
        ..good(&scene)
    };
    let shift = scene.publish(request.clone(), &scene.zonnehof.planner).await.expect("published");
    assert!(shift.id.starts_with("shf_"));
    assert_eq!((shift.organisation.as_str(), shift.organisation_name.as_str()), (scene.zonnehof.id.as_str(), "Zonnehof"));
    assert_eq!((shift.ward.as_str(), shift.ward_name.as_str()), (scene.zonnehof.ward.as_str(), "De Linde"));
    assert_eq!((shift.pool.as_str(), shift.competences.as_slice()), (scene.pool.as_str(), request.competences.as_slice()));
    assert_eq!((shift.function_level(), shift.state()), (FunctionLevel::Carer, State::Open));
    assert_eq!((shift.places, shift.taken, shift.break_minutes, shift.work_minutes), (3, 0, 30, 450));
    assert_eq!(shift.external_reference, "NR-17");
    let (start, end) = (shift.starts_at.expect("a start").seconds, shift.ends_at.expect("an end").seconds);
    assert_eq!(end - start, 8 * 3600);
    assert_eq!(start, scene.bed.day(7).at_minute(7 * 60, false).expect("a time").0 / 1_000_000);
    assert_eq!(scene.get(&shift.id, &scene.zonnehof.planner).await.expect("shown"), shift);
    let told = scene.number("SELECT COUNT(*) FROM event_log WHERE kind = 'regiopool.flexpool.v1.ShiftPublished' AND sequence = 1").await;
    assert_eq!(told, 1);
}

type Change = fn(&mut PublishShiftRequest);
/// What is wrong, and what the answer says of which field.
type Wrong = (&'static str, Change, &'static [(&'static str, &'static str)]);

fn move_days(time: &mut Option<LocalTime>, days: i64) {
    let time = time.as_mut().expect("a time");
    let day = LocalDate::from_proto(&time.date.take().expect("a day")).expect("a day");
    time.date = Some(LocalDate(day.0 + chrono::Duration::days(days)).to_proto());
}

const WRONG: &[Wrong] = &[
    ("no ward", |r| r.ward.clear(), &[("ward", "is required")]),
    (
        "a pool's id as ward",
        |r| r.ward = r.pool.clone(),
        &[("ward", "is not an id of this kind: expected wrd_ followed by 32 hexadecimal digits")],
    ),
    ("no pool", |r| r.pool.clear(), &[("pool", "is required")]),
    ("no start", |r| r.starts_at = None, &[("starts_at", "is required")]),
    ("no day", |r| r.starts_at.as_mut().expect("a start").date = None, &[("starts_at.date", "is required")]),
    (
        "a day that does not exist",
        |r| r.ends_at.as_mut().expect("an end").date = Some(Date { year: 2027, month: 2, day: 30 }),
        &[("ends_at.date", "is not a day between 1900 and 9999")],
    ),
    ("a minute too much", |r| r.ends_at.as_mut().expect("an end").minute = 1440, &[("ends_at.minute", "is not between 0 and 1439")]),
    ("an end at the start", |r| r.ends_at = r.starts_at, &[("ends_at", "is not after the start")]),
    ("longer than a day", |r| move_days(&mut r.ends_at, 2), &[("ends_at", "is more than 24 hours after the start")]),
    ("a negative break", |r| r.break_minutes = -1, &[("break_minutes", "is negative")]),
    ("nothing but break", |r| r.break_minutes = 480, &[("break_minutes", "is not shorter than the shift")]),
    ("no level", |r| r.function_level = 0, &[("function_level", "is not a known function level")]),
    ("a level of the future", |r| r.function_level = 99, &[("function_level", "is not a known function level")]),
    (
        "codes that are none, and one twice",
        |r| r.competences = vec!["Infuus".to_owned(), "a".repeat(61), "a b".to_owned(), "tillen".to_owned(), "tillen".to_owned()],
        &[
            ("competences[0]", "is not a code of 1 to 60 lower case letters, digits and hyphens"),
            ("competences[1]", "is not a code of 1 to 60 lower case letters, digits and hyphens"),
            ("competences[2]", "is not a code of 1 to 60 lower case letters, digits and hyphens"),
            ("competences[4]", "stands there twice"),
        ],
    ),
    ("too many codes", |r| r.competences = (0..21).map(|n| format!("c{n}")).collect(), &[("competences", "has more than 20 codes")]),
    ("no place", |r| r.places = 0, &[("places", "is not between 1 and 100")]),
    ("too many places", |r| r.places = 101, &[("places", "is not between 1 and 100")]),
    ("a long number", |r| r.external_reference = "x".repeat(81), &[("external_reference", "is longer than 80 characters")]),
    ("a number with a line break", |r| r.external_reference = "1\n2".to_owned(), &[("external_reference", "has control characters")]),
    ("no request id", |r| r.request_id.clear(), &[("request_id", "is not a UUID (D25)")]),
    (
        "yesterday",
        |r| {
            move_days(&mut r.starts_at, -8);
            move_days(&mut r.ends_at, -8);
        },
        &[("starts_at", "is in the past")],
    ),
];

#[tokio::test]
async fn every_field_of_a_new_shift_is_checked_and_nothing_is_left_behind() {
    let scene = Scene::start().await;
    let before = scene.rows().await;
    for (what, change, expected) in WRONG {
        let mut request = good(&scene);
        change(&mut request);
        let status = scene.publish(request, &scene.zonnehof.planner).await.expect_err(what);
        assert_wrong(&status, expected, what);
    }
    let status = scene.publish(PublishShiftRequest::default(), &scene.zonnehof.planner).await.expect_err("empty");
    let fields: Vec<String> = testkit::violations(&status).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["ward", "pool", "starts_at", "ends_at", "function_level", "places", "request_id"], "all at once");
    assert_eq!(scene.rows().await, before);
}

#[tokio::test]
async fn a_time_that_the_clock_does_not_show_is_refused() {
    let scene = Scene::start().await;
    let before = scene.rows().await;
    let night = |last: &str, minute, second_pass| {
        let last: LocalDate = last.parse().expect("a day");
        let eve = LocalDate(last.0 - chrono::Duration::days(1));
        PublishShiftRequest {
            starts_at: Some(LocalTime { date: Some(eve.to_proto()), minute: 22 * 60, second_pass: false }),
            ends_at: Some(LocalTime { date: Some(last.to_proto()), minute, second_pass }),
            ..good(&scene)
        }
    };
    for (request, expected) in [
        (night("2027-03-28", 150, false), "02:30 does not exist on 2027-03-28 in Europe/Amsterdam"),
        (night("2027-10-31", 180, true), "03:00 does not come twice on 2027-10-31 in Europe/Amsterdam"),
        (night("2027-06-10", 150, true), "02:30 does not come twice on 2027-06-10 in Europe/Amsterdam"),
    ] {
        let status = scene.publish(request, &scene.zonnehof.planner).await.expect_err(expected);
        assert_wrong(&status, &[("ends_at", expected)], expected);
    }
    assert_eq!(scene.rows().await, before);
}

#[tokio::test]
async fn a_night_over_a_clock_change_has_the_work_that_it_really_has() {
    let scene = Scene::start().await;
    for (spring, minutes) in [(true, 7 * 60 - 30), (false, 9 * 60 - 30)] {
        let change = next_change(scene.bed.day(2), spring);
        let eve = LocalDate(change.0 - chrono::Duration::days(1));
        let shift = scene.opening(&Opening::on(eve).hours(23, 7)).await;
        assert_eq!(shift.work_minutes, minutes, "{change}");
    }
    // From the first half past two to the second is an hour.
    let day = next_change(scene.bed.day(2), false);
    let at = |second_pass| Some(LocalTime { date: Some(day.to_proto()), minute: 150, second_pass });
    let request = PublishShiftRequest { starts_at: at(false), ends_at: at(true), break_minutes: 0, ..good(&scene) };
    assert_eq!(scene.publish(request, &scene.zonnehof.planner).await.expect("an hour").work_minutes, 60);
}

#[tokio::test]
async fn a_ward_or_pool_that_is_not_the_planners_is_refused() {
    let scene = Scene::start().await;
    let elsewhere = scene.builder.pool(&[&scene.beekdal]).await;
    scene.bed.caught_up().await;
    let before = scene.rows().await;
    let unknown_ward = chassis::ids::WardId::new().to_string();
    let unknown_pool = chassis::ids::PoolId::new().to_string();
    for (ward, pool, reason, key, value) in [
        (&unknown_ward, &scene.pool, "WARD_UNKNOWN", "ward", &unknown_ward),
        (&scene.beekdal.ward, &scene.pool, "WARD_UNKNOWN", "ward", &scene.beekdal.ward),
        (&scene.zonnehof.ward, &unknown_pool, "POOL_UNKNOWN", "pool", &unknown_pool),
        (&scene.zonnehof.ward, &elsewhere, "POOL_UNKNOWN", "pool", &elsewhere),
    ] {
        let request = PublishShiftRequest { ward: ward.clone(), pool: pool.clone(), ..good(&scene) };
        let status = scene.publish(request, &scene.zonnehof.planner).await.expect_err(reason);
        assert_eq!(refusal(&status), (Code::FailedPrecondition, reason.to_owned(), facts([(key, value)])));
    }
    assert_eq!(scene.rows().await, before);
}

#[tokio::test]
async fn only_a_planner_publishes() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let before = scene.rows().await;
    for token in [&scene.zonnehof.hr, &scene.ward_lead(&scene.zonnehof).await, &worker.token, scene.builder.operator()] {
        let status = scene.publish(good(&scene), token).await.expect_err("not a planner");
        assert_eq!((status.code(), testkit::reason(&status)), (Code::PermissionDenied, "ROLE_MISSING".to_owned()));
    }
    assert_eq!(scene.rows().await, before);
}

#[tokio::test]
async fn an_external_reference_is_there_once_in_an_organisation() {
    let scene = Scene::start().await;
    let numbered = |ward: &str, reference: &str| PublishShiftRequest {
        ward: ward.to_owned(),
        external_reference: reference.to_owned(),
        request_id: request_id(),
        ..good(&scene)
    };
    scene.publish(numbered(&scene.zonnehof.ward, "NR-17"), &scene.zonnehof.planner).await.expect("the first");
    let before = scene.rows().await;
    let status = scene.publish(numbered(&scene.zonnehof.ward, "NR-17"), &scene.zonnehof.planner).await.expect_err("the second");
    let expected = (Code::AlreadyExists, "EXTERNAL_REFERENCE_TAKEN".to_owned(), facts([("external_reference", "NR-17")]));
    assert_eq!(refusal(&status), expected);
    assert_eq!(scene.rows().await, before);
    scene.publish(numbered(&scene.beekdal.ward, "NR-17"), &scene.beekdal.planner).await.expect("another organisation's");
    for _ in 0..2 {
        scene.publish(numbered(&scene.zonnehof.ward, ""), &scene.zonnehof.planner).await.expect("without a number");
    }
}

#[tokio::test]
async fn a_repeated_request_publishes_once_even_when_the_shift_has_begun_meanwhile() {
    let scene = Scene::start().await;
    let request = good(&scene);
    let first = scene.publish(request.clone(), &scene.zonnehof.planner).await.expect("published");
    let before = scene.rows().await;
    assert_eq!(scene.publish(request.clone(), &scene.zonnehof.planner).await.expect("again"), first);
    scene.bed.set_clock(30 * 86_400);
    assert_eq!(scene.publish(request.clone(), &scene.zonnehof.planner).await.expect("much later"), first);
    let other = PublishShiftRequest { places: 2, ..request.clone() };
    let status = scene.publish(other, &scene.zonnehof.planner).await.expect_err("another body");
    assert_wrong(&status, &[("request_id", "was used before for another request (D25)")], "another body");
    let cancel = proto::flexpool::CancelShiftRequest { id: first.id, request_id: request.request_id };
    let cancel = testkit::as_token(cancel, &scene.zonnehof.planner);
    let status = scene.bed.shifts().cancel_shift(cancel).await.expect_err("another method");
    assert_wrong(&status, &[("request_id", "was used before for another request (D25)")], "another method");
    assert_eq!(scene.rows().await, before);
}
