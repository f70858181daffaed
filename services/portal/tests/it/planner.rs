//! What a planner sees and does, without JavaScript.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use proto::{
    flexpool::ClaimShiftRequest,
    members::{FunctionLevel, Role},
};
use reqwest::StatusCode;
use testkit::{
    as_token,
    region::{Opening, Person},
    request_id,
};
use tracing::{Subscriber, field::Field, span};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, registry::LookupSpan, util::SubscriberInitExt};

use crate::{
    browser::{Browser, Fields, with},
    portal::Portal,
};

fn filled(form: Fields, date: &str) -> Fields {
    let level = i32::from(FunctionLevel::Carer).to_string();
    with(form, &[("date", date), ("starts_at", "22:45"), ("ends_at", "07:15"), ("function_level", &level)])
}

#[tokio::test]
async fn a_planner_publishes_a_night_and_takes_it_back() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    portal.builder.pool(&[&employer]).await;
    let account = portal.builder.planner_account(&employer).await;
    portal.bed.caught_up().await;
    let mut browser = portal.signed_in(&account).await;

    let board = browser.get("/board").await;
    assert!(board.text().contains("There are no shifts. Publish the first one."), "{}", board.text());
    let form = browser.get("/board/publish").await.form("/board/publish");
    let date = portal.bed.day(3).to_string();
    let fields = with(filled(form, &date), &[("places", "2"), ("competences", "Medicatie delen, insuline prikken")]);
    let published = browser.post("/board/publish", &fields).await;
    assert_eq!(published.leads_to(&portal.url), format!("/board?organisation={}&done=published", employer.id));
    assert_eq!(browser.post("/board/publish", &fields).await.status, StatusCode::SEE_OTHER, "sent twice");

    let board = browser.follow(published).await;
    assert_eq!(board.all(".notice"), ["The shift is open."]);
    assert_eq!(board.all(".card time"), ["22:45 – 07:15"], "once, over midnight");
    assert_eq!(board.all(".card .needs li"), ["certified carer", "medicatie delen", "insuline prikken"]);
    assert_eq!(board.all("[data-free]"), ["2 of 2 places free"]);

    let id = board.attributes("[data-shift]", "id").remove(0);
    let shift = browser.get(&format!("/shifts/{id}")).await;
    assert!(shift.text().contains("Nobody yet."), "{}", shift.text());
    let cancelled = browser.post(&format!("/shifts/{id}/cancel"), &shift.form("/cancel")).await;
    let board = browser.follow(cancelled).await;
    assert_eq!(
        (board.all(".notice"), board.all("[data-free]")),
        (vec!["The shift was cancelled.".to_owned()], vec!["cancelled".to_owned()])
    );
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_what_was_filled_in_stays() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    portal.builder.pool(&[&employer]).await;
    let account = portal.builder.planner_account(&employer).await;
    portal.bed.caught_up().await;
    let mut browser = portal.signed_in(&account).await;
    let form = browser.get("/board/publish").await.form("/board/publish");

    let wrong = with(filled(form.clone(), &portal.bed.day(3).to_string()), &[("places", "1000"), ("break_minutes", "900")]);
    let page = browser.post("/board/publish", &wrong).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    let errors = page.all(".field .error");
    assert!(errors.contains(&"Fill in a number between 1 and 100.".to_owned()), "{errors:?}");
    assert_eq!(page.attributes("#publish-places", "aria-invalid"), ["true"]);
    let kept = page.form("/board/publish");
    for (name, value) in [("starts_at", "22:45"), ("places", "1000"), ("break_minutes", "900")] {
        assert!(kept.contains(&(name.to_owned(), value.to_owned())), "{name} in {kept:?}");
    }
    let past = browser.post("/board/publish", &filled(form.clone(), "2020-01-01")).await;
    assert_eq!(past.all("#publish-starts_at-error1"), ["This is in the past."], "{}", past.text());
    let nothing = browser.post("/board/publish", &with(form, &[("starts_at", "soon")])).await;
    assert_eq!(nothing.all("#publish-starts_at-error1"), ["Fill in a time, such as 07:30."]);
}

#[tokio::test]
async fn the_hour_that_comes_twice_is_asked_for_and_the_one_that_never_comes_refused() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    portal.builder.pool(&[&employer]).await;
    let account = portal.builder.planner_account(&employer).await;
    portal.bed.caught_up().await;
    let mut browser = portal.signed_in(&account).await;
    let form = browser.get("/board/publish").await.form("/board/publish");
    assert!(!form.iter().any(|(name, _)| name == "ends_second"), "asked without need");

    // 25 October 2026 and 29 March 2026 may be past: the same hours of later years.
    let (autumn, spring) = (last_sunday(&portal, 10), last_sunday(&portal, 3));
    let eve = |day: chrono::NaiveDate| day.pred_opt().expect("a day before").to_string();
    let late = with(filled(form.clone(), &eve(autumn)), &[("ends_at", "02:30"), ("break_minutes", "0")]);
    let asked = browser.post("/board/publish", &late).await;
    assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(asked.all("#publish-ends_second-error1"), ["The clock goes back an hour that night. Choose which hour you mean."]);
    let answered = with(asked.form("/board/publish"), &[("ends_second", "second")]);
    let published = browser.post("/board/publish", &answered).await;
    let board = browser.follow(published).await;
    assert_eq!(board.all(".card time"), ["22:45 – 02:30 (winter time)"]);
    assert_eq!(board.all(".card .when .soft"), ["4 hours and 45 minutes of work"]);

    let skipped = browser.post("/board/publish", &with(filled(form, &eve(spring)), &[("ends_at", "02:30")])).await;
    assert_eq!(skipped.all("#publish-ends_at-error1"), ["This time does not exist on that day: the clock goes forward."]);
}

/// The last Sunday of a month, next year: when the clocks change.
fn last_sunday(portal: &Portal, month: u32) -> chrono::NaiveDate {
    use chrono::Datelike;
    let year = portal.bed.day(0).0.year() + 1;
    let last = chrono::NaiveDate::from_ymd_opt(year, month, 31).expect("a month of 31 days");
    last - chrono::Days::new(u64::from(last.weekday().num_days_from_sunday()))
}

/// Writes down how many calls each page made.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<u64>>>);

impl tracing::field::Visit for Calls {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "calls" {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Calls {
    fn on_record(&self, _: &span::Id, values: &span::Record<'_>, _: Context<'_, S>) {
        values.record(&mut self.clone());
    }
}

impl Calls {
    async fn of(&self, browser: &mut Browser, path: &str) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
        assert_eq!(browser.get(path).await.status, StatusCode::OK, "{path}");
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().sum()
    }
}

#[tokio::test]
async fn a_board_shows_who_comes_with_as_many_calls_for_ten_shifts_as_for_one() {
    let calls = Calls::default();
    tracing_subscriber::registry().with(calls.clone()).init();
    let portal = Portal::start().await;
    let builder = &portal.builder;
    let employer = builder.employer("Zonnehof").await;
    let pool = builder.pool(&[&employer]).await;
    let worker = builder.worker(&employer, &Person::default()).await;
    let account = builder.planner_account(&employer).await;
    portal.bed.caught_up().await;
    // Five days, two days of rest, five days (ATW-06).
    for day in (2..7).chain(9..14) {
        let shift = builder.shift(&employer, &pool, &Opening::on(portal.bed.day(day))).await;
        let request = ClaimShiftRequest { shift: shift.id, request_id: request_id(), ..ClaimShiftRequest::default() };
        portal.bed.claims().claim_shift(as_token(request, &worker.token)).await.expect("a place");
    }
    let mut browser = portal.signed_in(&account).await;
    assert_eq!(calls.of(&mut browser, "/board").await, 4);
    let board = browser.get("/board").await;
    let people = board.all(".person");
    assert_eq!(people.len(), 10, "{}", board.text());
    assert!(people.iter().all(|name| name.starts_with("Sam Jansen")), "{people:?}");
    assert_eq!(board.all("[data-free]"), vec!["Taken"; 10]);

    // Without members the page goes on with short ids (D29).
    let mut apart = browser.at(&portal.without_members().await);
    let people = apart.get("/board").await.all(".person");
    assert_eq!((people.len(), people[0].starts_with('…')), (10, true), "{people:?}");

    let id = board.attributes("[data-shift]", "id").remove(0);
    let shift = browser.get(&format!("/shifts/{id}")).await;
    assert!(shift.text().contains("Sam Jansen"), "{}", shift.text());
    let refused = browser.post(&format!("/shifts/{id}/cancel"), &shift.form("/cancel")).await;
    assert_eq!((refused.status, refused.all(".problem")), (StatusCode::CONFLICT, vec!["1 worker is already on this shift.".to_owned()]));
}

#[tokio::test]
async fn a_planner_sees_nothing_of_another_organisation() {
    let portal = Portal::start().await;
    let builder = &portal.builder;
    let (own, other) = (builder.employer("Zonnehof").await, builder.employer("Maasoever").await);
    let pool = builder.pool(&[&own, &other]).await;
    portal.bed.caught_up().await;
    let shift = builder.shift(&other, &pool, &Opening::on(portal.bed.day(3))).await;
    let account = builder.planner_account(&own).await;
    let mut browser = portal.signed_in(&account).await;
    let hidden = [format!("/board?organisation={}", other.id), format!("/shifts/{}", shift.id)];
    for path in hidden {
        assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let forbidden = [format!("/board/publish?organisation={}", other.id), "/people/invite".to_owned()];
    for path in forbidden {
        let page = browser.get(&path).await;
        assert_eq!((page.status, page.all("h1")), (StatusCode::FORBIDDEN, vec!["Not allowed".to_owned()]), "{path}");
    }
    let auditor = portal.account(Role::Auditor, "").await;
    let mut auditor = portal.signed_in(&auditor).await;
    for path in ["/open", "/board", "/people"] {
        let page = auditor.get(path).await;
        assert_eq!((page.status, page.all("h1")), (StatusCode::FORBIDDEN, vec!["Not allowed".to_owned()]), "{path}");
    }
}
