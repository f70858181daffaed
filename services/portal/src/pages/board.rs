//! The board of an organisation's shifts: how many places are taken, and by whom.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use proto::{
    flexpool::{Claim, ListClaimsRequest, ListShiftsRequest, Shift},
    members::{ListOrganisationsRequest, Role},
};
use serde::Deserialize;

use crate::{
    cards::{Card, Day, by_day},
    failure::Failure,
    forms::Choice,
    names::Names,
    view::{Page, encode, html},
    visit::Signed,
};

/// Whose board, and what was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    pub(crate) organisation: String,
    page: String,
    done: String,
}

struct Row {
    card: Card,
    names: Vec<String>,
    /// Claims whose names did not fit on the page.
    more: i32,
}

#[derive(Template)]
#[template(path = "board.html")]
struct BoardPage {
    page: Page,
    organisation: String,
    organisation_name: String,
    /// Where the person can choose between organisations.
    choices: Vec<Choice>,
    days: Vec<Day<Row>>,
    can_publish: bool,
    next: Option<String>,
    is_first: bool,
}

/// The organisations whose shifts the person may see, by name; the chosen one is marked. Operators see all.
pub(crate) async fn organisations(signed: &Signed, roles: &[Role], chosen: &str) -> Result<Vec<Choice>, Failure> {
    let own = signed.session.organisations(roles);
    let request = ListOrganisationsRequest { page_size: 200, page_token: String::new() };
    let mut choices: Vec<Choice> = match signed.organisations().list_organisations(signed.ask(request)).await {
        Ok(answer) => answer.into_inner().organisations.into_iter().map(|one| Choice::new(one.id, one.name)).collect(),
        // Without members the page goes on with ids (D29).
        Err(status) if crate::failure::http_status(status.code()).is_server_error() => {
            own.iter().map(|id| Choice::new(id.clone(), id.clone())).collect()
        }
        Err(status) => return Err(status.into()),
    };
    if !signed.session.is_operator() {
        choices.retain(|choice| own.contains(&choice.value));
    }
    if let Some(choice) = choices.iter_mut().find(|choice| choice.value == chosen) {
        choice.chosen = true;
    } else if let Some(first) = choices.first_mut().filter(|_| chosen.is_empty()) {
        first.chosen = true;
    }
    Ok(choices)
}

/// `GET /board`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let roles = [Role::Planner, Role::WardLead];
    if !signed.session.is_operator() && signed.session.organisations(&roles).is_empty() {
        return Err(Failure::Forbidden);
    }
    let own = signed.session.organisations(&roles);
    let guess = if wish.organisation.is_empty() { own.first().cloned().unwrap_or_default() } else { wish.organisation.clone() };
    let (choices, page) = tokio::join!(organisations(&signed, &roles, &guess), shifts(&signed, &guess, &wish.page));
    let choices = choices?;
    // An operator has no own organisation: the first of the list.
    let chosen = choices.iter().find(|choice| choice.chosen).cloned();
    let organisation =
        if guess.is_empty() { chosen.as_ref().map(|choice| choice.value.clone()).unwrap_or_default() } else { guess.clone() };
    let (list, next) = match page? {
        None if !organisation.is_empty() => shifts(&signed, &organisation, "").await?.unwrap_or_default(),
        page => page.unwrap_or_default(),
    };
    let days = rows(&signed, &list).await;
    let words = signed.words();
    let notice = match wish.done.as_str() {
        "published" => Some(words.published_notice()),
        "cancelled" => Some(words.cancelled_notice()),
        _ => None,
    };
    let template = BoardPage {
        page: Page::new(&signed.visit, words.board_title()).with_notice(notice).live(),
        organisation_name: chosen.map(|choice| choice.label).unwrap_or_default(),
        can_publish: !organisation.is_empty() && signed.session.acts_for(Role::Planner, &organisation),
        choices: if choices.len() > 1 { choices } else { Vec::new() },
        days,
        next: (!next.is_empty()).then(|| format!("/board?organisation={}&page={}", encode(&organisation), encode(&next))),
        is_first: wish.page.is_empty(),
        organisation,
    };
    Ok(html(StatusCode::OK, &template))
}

/// A page of an organisation's shifts that have not ended, with the token of the next; `None` without an organisation.
async fn shifts(signed: &Signed, organisation: &str, token: &str) -> Result<Option<(Vec<Shift>, String)>, Failure> {
    if organisation.is_empty() {
        return Ok(None);
    }
    let request = ListShiftsRequest {
        organisation: organisation.to_owned(),
        ends_after: Some(signed.visit.app.frame.clock.now().to_proto()),
        page_size: 50,
        page_token: token.to_owned(),
    };
    let answer = signed.shifts().list_shifts(signed.ask(request)).await?.into_inner();
    Ok(Some((answer.shifts, answer.next_page_token)))
}

async fn rows(signed: &Signed, shifts: &[Shift]) -> Vec<Day<Row>> {
    let claims = claims(signed, shifts).await;
    let names = Names::of(signed, claims.iter().map(|claim| &claim.worker)).await;
    let mut by_shift: HashMap<&str, Vec<String>> = HashMap::new();
    for claim in &claims {
        by_shift.entry(&claim.shift).or_default().push(names.get(&claim.worker));
    }
    let now = signed.visit.app.frame.clock.now();
    let rows = shifts.iter().map(|shift| {
        // The board is one organisation's: its name stands on top.
        let card = Card { organisation_name: String::new(), ..Card::new(signed.words(), shift, now) };
        let names = by_shift.remove(shift.id.as_str()).unwrap_or_default();
        let more = (card.taken - i32::try_from(names.len()).unwrap_or(0)).max(0);
        (card.day, Row { card, names, more })
    });
    by_day(signed.language(), now.local_date(), rows)
}

/// The claims on these shifts, in one call; a board without them still shows how many places are taken.
async fn claims(signed: &Signed, shifts: &[Shift]) -> Vec<Claim> {
    let taken: Vec<String> = shifts.iter().filter(|shift| shift.taken > 0).map(|shift| shift.id.clone()).collect();
    if taken.is_empty() {
        return Vec::new();
    }
    let request = ListClaimsRequest { shift: String::new(), page_size: 200, page_token: String::new(), shifts: taken };
    match signed.claims().list_claims(signed.ask(request)).await {
        Ok(answer) => answer.into_inner().claims,
        Err(status) => {
            tracing::warn!(code = ?status.code(), "a board without claims");
            Vec::new()
        }
    }
}
