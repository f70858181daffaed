//! The shifts that a worker has.

use std::collections::HashMap;

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use proto::{
    flexpool::ListMyClaimsRequest,
    members::{Basis, ListOrganisationsRequest},
};
use serde::Deserialize;
use wording::states;

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
}

#[derive(Template)]
#[template(path = "mine.html")]
struct MinePage {
    page: Page,
    days: Vec<Day<Row>>,
    next: Option<String>,
    is_first: bool,
}

/// `GET /mine`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let now = signed.visit.app.frame.clock.now();
    let request = ListMyClaimsRequest { ends_after: Some(now.to_proto()), page_size: 50, page_token: wish.page.clone() };
    let (mut claims, mut organisations) = (signed.claims(), signed.organisations());
    let (answer, names) = tokio::join!(
        claims.list_my_claims(signed.ask(request)),
        organisations.list_organisations(signed.ask(ListOrganisationsRequest { page_size: 200, page_token: String::new() })),
    );
    let answer = answer?.into_inner();
    // Without members the page goes on: the employer's name is left out (D29).
    let names = names.map(|names| names.into_inner().organisations).unwrap_or_default();
    let names: HashMap<_, _> = names.into_iter().map(|organisation| (organisation.id, organisation.name)).collect();
    let rows = answer.claims.iter().filter_map(|mine| {
        let (claim, shift) = (mine.claim.as_ref()?, mine.shift.as_ref()?);
        let employer = (claim.employer != shift.organisation).then(|| names.get(&claim.employer).cloned()).flatten();
        let basis = states::basis(signed.language(), Basis::try_from(claim.basis).unwrap_or_default());
        let card = Card::new(signed.words(), shift, now);
        Some((card.day, Row { card, basis, employer }))
    });
    let template = MinePage {
        days: by_day(signed.language(), now.local_date(), rows),
        page: Page::new(&signed.visit, signed.words().mine_title()),
        next: (!answer.next_page_token.is_empty()).then(|| format!("/mine?page={}", encode(&answer.next_page_token))),
        is_first: wish.page.is_empty(),
    };
    Ok(html(StatusCode::OK, &template))
}
