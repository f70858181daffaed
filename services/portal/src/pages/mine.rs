//! The shifts that a worker has.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use chassis::time::Timestamp;
use proto::{
    flexpool::{Conflict, ListMyClaimsRequest, ListMyConflictsRequest, claim::State},
    members::{Basis, ListOrganisationsRequest},
};
use serde::Deserialize;
use wording::{Facts, clock, reasons, states};

use super::waits::{self, Waiting};
use crate::{
    cards::{Card, Day, by_day},
    failure::Failure,
    view::{Page, encode, html},
    visit::Signed,
};

/// Which page of the own shifts.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    page: String,
}

struct Row {
    card: Card,
    /// On which basis it is worked.
    basis: &'static str,
    /// The employer, where it is not the organisation of the ward.
    employer: Option<String>,
    /// Why it no longer fits, who gives way, and until when that has to be solved.
    conflicts: Vec<[String; 3]>,
    /// Whether it gave way to what became known later.
    released: bool,
}

#[derive(Template)]
#[template(path = "mine.html")]
struct MinePage {
    page: Page,
    days: Vec<Day<Row>>,
    next: Option<String>,
    is_first: bool,
    /// Where the worker waits for a place; on the first page.
    waits: Vec<WaitRow>,
}

struct WaitRow {
    card: Card,
    waiting: Waiting,
}

/// `GET /mine`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let now = signed.visit.app.frame.clock.now();
    let request =
        ListMyClaimsRequest { ends_after: Some(now.to_proto()), page_size: 50, page_token: wish.page.clone(), include_ended: true };
    let (mut claims, mut organisations, mut late) = (signed.claims(), signed.organisations(), signed.conflicts());
    let (answer, names, conflicts, waits) = tokio::join!(
        claims.list_my_claims(signed.ask(request)),
        organisations.list_organisations(signed.ask(ListOrganisationsRequest { page_size: 200, page_token: String::new() })),
        late.list_my_conflicts(signed.ask(ListMyConflictsRequest { page_size: 200, ..Default::default() })),
        waits::mine(&signed),
    );
    let (answer, conflicts) = (answer?.into_inner(), conflicts?.into_inner().conflicts);
    // Without members the page goes on: the employer's name is left out (D29).
    let names = names.map(|names| names.into_inner().organisations).unwrap_or_default();
    let names: HashMap<_, _> = names.into_iter().map(|organisation| (organisation.id, organisation.name)).collect();
    let rows = answer.claims.iter().filter_map(|mine| {
        let (claim, shift) = (mine.claim.as_ref()?, mine.shift.as_ref()?);
        // What the worker gave back is no news.
        let released = match claim.state() {
            State::Confirmed => false,
            State::Released => true,
            State::Withdrawn | State::Undone | State::Unspecified => return None,
        };
        let employer = (claim.employer != shift.organisation).then(|| names.get(&claim.employer).cloned()).flatten();
        let basis = states::basis(signed.language(), Basis::try_from(claim.basis).unwrap_or_default());
        let card = Card::new(signed.words(), shift, now);
        let conflicts = conflicts.iter().filter(|conflict| conflict.claim == claim.id).map(|conflict| told(&signed, conflict)).collect();
        Some((card.day, Row { card, basis, employer, conflicts, released }))
    });
    let waits = waits.iter().filter(|_| wish.page.is_empty()).filter_map(|mine| {
        let waiting = Waiting::new(&signed, mine.wait.as_ref()?)?;
        Some(WaitRow { card: Card::new(signed.words(), mine.shift.as_ref()?, now), waiting })
    });
    let template = MinePage {
        waits: waits.collect(),
        days: by_day(signed.language(), now.local_date(), rows),
        page: Page::new(&signed.visit, signed.words().mine_title()),
        next: (!answer.next_page_token.is_empty()).then(|| format!("/mine?page={}", encode(&answer.next_page_token))),
        is_first: wish.page.is_empty(),
    };
    Ok(html(StatusCode::OK, &template))
}

fn told(signed: &Signed, conflict: &Conflict) -> [String; 3] {
    let words = signed.words();
    let refusal = conflict.refusal.clone().unwrap_or_default();
    let deadline = conflict.deadline.as_ref().and_then(Timestamp::from_proto).unwrap_or(Timestamp(0));
    let moment = format!("{} {}", clock::short_date(words.0, deadline.local_date()), clock::time(words.0, deadline));
    let why = reasons::of_flexpool(words.0, refusal.reason(), Facts(&refusal.metadata));
    [why, words.who_yields(conflict.yields()).to_owned(), words.solve_before(&moment)]
}
