//! The open shifts that a worker can choose from, by day, each with what holds the worker back.

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use chassis::ids::random_uuid;
use proto::flexpool::{ListOpenShiftsRequest, OpenShift, Reason, Refusal, Verdict};
use serde::Deserialize;
use wording::{Facts, Language, reasons, working_time};

use crate::{
    cards::{Card, Day, by_day},
    failure::Failure,
    view::{Page, encode, html},
    visit::Signed,
};

/// Which open shifts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    claimable: String,
    page: String,
}

/// An open shift as its list shows it.
pub(crate) struct Row {
    pub(crate) card: Card,
    /// How far it is.
    pub(crate) away: Option<String>,
    /// What holds the worker back.
    pub(crate) held_back: Option<String>,
    /// What to know about it before taking it.
    pub(crate) notes: Vec<String>,
    pub(crate) is_mine: bool,
    /// Only the places are lacking: one may wait for them.
    pub(crate) is_full: bool,
    pub(crate) request_id: String,
}

#[derive(Template)]
#[template(path = "open.html")]
struct OpenPage {
    page: Page,
    days: Vec<Day<Row>>,
    claimable_only: bool,
    /// How much more the worker may work.
    left: Option<String>,
    next: Option<String>,
    is_first: bool,
}

/// `GET /open`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let claimable_only = wish.claimable == "1";
    let request = ListOpenShiftsRequest { page_size: 50, page_token: wish.page.clone(), claimable_only, wished_only: claimable_only };
    let answer = signed.shifts().list_open_shifts(signed.ask(request)).await?.into_inner();
    let now = signed.visit.app.frame.clock.now();
    let rows = answer.shifts.iter().filter_map(|open| row(&signed, open, now)).map(|row| (row.card.day, row));
    let filter = if claimable_only { "claimable=1&" } else { "" };
    let page = Page::new(&signed.visit, signed.words().open_title()).live();
    let left = answer.left.map(|left| signed.words().hours_left(left.week_minutes, left.month_minutes));
    let template = OpenPage {
        page,
        days: by_day(signed.language(), now.local_date(), rows),
        claimable_only,
        left,
        next: (!answer.next_page_token.is_empty()).then(|| format!("/open?{filter}page={}", encode(&answer.next_page_token))),
        is_first: wish.page.is_empty(),
    };
    Ok(html(StatusCode::OK, &template))
}

fn row(signed: &Signed, open: &OpenShift, now: chassis::time::Timestamp) -> Option<Row> {
    let card = Card::new(signed.words(), open.shift.as_ref()?, now);
    let refusal = open.refusal.as_ref();
    let held_back = refusal.map(|refusal| reasons::of_flexpool(signed.language(), refusal.reason(), Facts(&refusal.metadata)));
    let is_mine = refusal.is_some_and(|refusal| refusal.reason() == Reason::AlreadyClaimed);
    let told = |refusal: &Refusal| reasons::of_flexpool(signed.language(), refusal.reason(), Facts(&refusal.metadata));
    let mut notes = open.verdict.as_ref().map(|verdict| notes(signed.language(), verdict)).unwrap_or_default();
    notes.extend(open.unwished.iter().map(told));
    let away = open.distance_km.map(|km| signed.words().km_from_home(&km));
    let is_full = refusal.is_some_and(|refusal| refusal.reason() == Reason::ShiftFull);
    Some(Row { card, away, held_back, notes, is_mine, is_full, request_id: random_uuid().to_string() })
}

/// What is used of what the law allows only now and then, and what to know. That it begins soon everybody sees.
fn notes(language: Language, verdict: &Verdict) -> Vec<String> {
    let exceptions = verdict.exceptions.iter().map(|found| working_time::exception(language, found));
    let warnings = verdict.warnings.iter().filter(|found| found.measure != "Notice").map(|found| working_time::warning(language, found));
    exceptions.chain(warnings).collect()
}
