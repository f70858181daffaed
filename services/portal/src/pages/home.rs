//! The first page: what Regiopool is for who is not signed in; the way to the first claim for an operator; else straight to the work.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use proto::{
    flexpool::ListShiftsRequest,
    members::{ListAgreementsRequest, ListOrganisationsRequest, ListPoolsRequest, ListWardsRequest, ListWorkersRequest, Role, agreement},
};
use wording::Words;

use crate::{
    failure::Failure,
    view::{Page, encode, html},
    visit::{Signed, Visit},
};

#[derive(Template)]
#[template(path = "welcome.html")]
struct WelcomePage {
    page: Page,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    steps: Vec<Step>,
    /// How many steps are done, in words.
    progress: String,
    all_done: bool,
}

/// A step on the way to the first claim.
struct Step {
    title: &'static str,
    text: &'static str,
    action: &'static str,
    href: String,
    is_done: bool,
    is_next: bool,
}

/// `GET /`.
pub(crate) async fn show(visit: Visit) -> Result<Response, Failure> {
    let Some(session) = visit.session.clone() else {
        let page = Page::new(&visit, visit.words().welcome_title());
        return Ok(html(StatusCode::OK, &WelcomePage { page }));
    };
    if session.is_operator() {
        return checklist(Signed { visit, session }).await;
    }
    let to = match () {
        () if session.is_worker() => "/open",
        () if session.has(Role::Planner) || session.has(Role::WardLead) => "/board",
        () if session.has(Role::Hr) => "/people",
        () if session.has(Role::Auditor) => "/access-log",
        () => "/organisations",
    };
    Ok(Redirect::to(to).into_response())
}

/// What stands in the region already.
#[derive(Default)]
struct Found {
    /// The organisation that is furthest: the one of the first ward, else the first.
    organisation: String,
    has_ward: bool,
    has_agreement: bool,
    has_pool: bool,
    has_worker: bool,
    has_shift: bool,
    has_claim: bool,
}

async fn look(signed: &Signed) -> Result<Found, Failure> {
    let first = || (1, String::new());
    let (page_size, page_token) = first();
    let list = ListWardsRequest { organisation: String::new(), page_size, page_token: page_token.clone() };
    let agreements = ListAgreementsRequest { organisation: String::new(), page_size, page_token: page_token.clone() };
    let (mut one, mut two, mut three, mut four) = (signed.organisations(), signed.organisations(), signed.agreements(), signed.pools());
    let (organisations, wards, agreements, pools) = tokio::join!(
        one.list_organisations(signed.ask(ListOrganisationsRequest { page_size, page_token: page_token.clone() })),
        two.list_wards(signed.ask(list)),
        three.list_agreements(signed.ask(agreements)),
        four.list_pools(signed.ask(ListPoolsRequest { page_size, page_token })),
    );
    let organisation = organisations?.into_inner().organisations.into_iter().next().map(|one| one.id);
    let ward = wards?.into_inner().wards.into_iter().next();
    let mut found = Found {
        has_ward: ward.is_some(),
        organisation: ward.map(|ward| ward.organisation).or(organisation).unwrap_or_default(),
        has_agreement: agreements?.into_inner().agreements.iter().any(|one| one.state() == agreement::State::Approved),
        has_pool: !pools?.into_inner().pools.is_empty(),
        ..Found::default()
    };
    if found.organisation.is_empty() {
        return Ok(found);
    }
    let (page_size, page_token) = first();
    let workers = ListWorkersRequest { organisation: found.organisation.clone(), page_size, page_token: page_token.clone() };
    let shifts = ListShiftsRequest { organisation: found.organisation.clone(), ends_after: None, page_size: 200, page_token };
    let (mut people, mut board) = (signed.workers(), signed.shifts());
    let (workers, shifts) = tokio::join!(people.list_workers(signed.ask(workers)), board.list_shifts(signed.ask(shifts)));
    found.has_worker = !workers?.into_inner().workers.is_empty();
    // flexpool hears of a new organisation a moment later, and the way to the first claim must show without it too.
    let shifts = shifts.map(|answer| answer.into_inner().shifts).unwrap_or_default();
    found.has_shift = !shifts.is_empty();
    found.has_claim = shifts.iter().any(|shift| shift.taken > 0);
    Ok(found)
}

fn steps(words: Words, found: &Found) -> Vec<Step> {
    let of = |anchor: &str| match found.organisation.as_str() {
        "" => "/organisations".to_owned(),
        id => format!("/organisations/{}#{anchor}", encode(id)),
    };
    let with = |path: &str| format!("{path}?organisation={}", encode(&found.organisation));
    let [organisation, ward, agreement, pool, worker, planner, shift, claim] = words.steps();
    let rows = [
        (organisation, "/organisations".to_owned(), !found.organisation.is_empty()),
        (ward, of("ward"), found.has_ward),
        (agreement, of("agreement"), found.has_agreement),
        (pool, "/pools".to_owned(), found.has_pool),
        (worker, with("/people"), found.has_worker),
        // Who signs in is not listed; that a shift was published proves that a planner did.
        (planner, with("/people/invite"), found.has_shift),
        (shift, with("/board"), found.has_shift),
        (claim, with("/board"), found.has_claim),
    ];
    let mut steps: Vec<Step> = rows
        .into_iter()
        .map(|(texts, href, is_done)| {
            let [title, text, action] = texts;
            Step { title, text, action, href, is_done, is_next: false }
        })
        .collect();
    if let Some(step) = steps.iter_mut().find(|step| !step.is_done) {
        step.is_next = true;
    }
    steps
}

async fn checklist(signed: Signed) -> Result<Response, Failure> {
    let words = signed.words();
    let steps = steps(words, &look(&signed).await?);
    let done = steps.iter().filter(|step| step.is_done).count();
    let template = HomePage {
        page: Page::new(&signed.visit, words.home_title()),
        progress: words.steps_done(done, steps.len()),
        all_done: done == steps.len(),
        steps,
    };
    Ok(html(StatusCode::OK, &template))
}
