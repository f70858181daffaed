//! Claims that a later fact broke, for planners, ward leads and hr (D10).

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use chassis::time::Timestamp;
use proto::{
    flexpool::{Conflict, ListConflictsRequest},
    members::Role,
};
use serde::Deserialize;
use wording::{Facts, clock};

use crate::{
    failure::Failure,
    forms::Choice,
    names::{Names, short},
    pages::board::organisations,
    reads,
    view::{Page, encode, html},
    visit::Signed,
};

/// Whose, and which page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    organisation: String,
    page: String,
}

struct Row {
    id: String,
    moments: String,
    name: String,
    at: String,
    why: String,
    /// Whether work at somebody else has part in it.
    other_work: bool,
    yields: &'static str,
    solve_before: String,
    /// The shift's own page, for those of the host.
    href: Option<String>,
}

#[derive(Template)]
#[template(path = "conflicts.html")]
struct ConflictsPage {
    page: Page,
    organisation_name: String,
    choices: Vec<Choice>,
    rows: Vec<Row>,
    next: Option<String>,
    is_first: bool,
}

const ROLES: [Role; 3] = [Role::Planner, Role::WardLead, Role::Hr];

/// `GET /conflicts`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let own = signed.session.organisations(&ROLES);
    let organisation = if wish.organisation.is_empty() { own.first().cloned().unwrap_or_default() } else { wish.organisation };
    if organisation.is_empty() {
        return Err(Failure::Forbidden);
    }
    let request =
        ListConflictsRequest { organisation: organisation.clone(), page_size: 50, page_token: wish.page.clone(), ..Default::default() };
    let mut client = signed.conflicts();
    let (choices, names_of, answer) = tokio::join!(
        organisations(&signed, &ROLES, &organisation),
        reads::organisations(&signed),
        client.list_conflicts(signed.ask(request)),
    );
    let (choices, answer) = (choices?, answer?.into_inner());
    let names = Names::of(&signed, answer.conflicts.iter().map(|conflict| &conflict.worker)).await;
    let name_of = |id: &String| names_of.get(id).cloned().unwrap_or_else(|| short(id));
    let rows = answer.conflicts.iter().map(|conflict| {
        let href = (conflict.host == organisation).then(|| format!("/shifts/{}", conflict.shift));
        Row { name: names.get(&conflict.worker), at: signed.words().works_at(&name_of(&conflict.host)), href, ..row(&signed, conflict) }
    });
    let chosen = choices.iter().find(|choice| choice.chosen).cloned();
    let template = ConflictsPage {
        rows: rows.collect(),
        page: Page::new(&signed.visit, signed.words().conflicts_title()),
        organisation_name: chosen.map(|choice| choice.label).unwrap_or_default(),
        choices: if choices.len() > 1 { choices } else { Vec::new() },
        next: (!answer.next_page_token.is_empty())
            .then(|| format!("/conflicts?organisation={}&page={}", encode(&organisation), encode(&answer.next_page_token))),
        is_first: wish.page.is_empty(),
    };
    Ok(html(StatusCode::OK, &template))
}

fn row(signed: &Signed, conflict: &Conflict) -> Row {
    let words = signed.words();
    let at = |time: Option<&prost_types::Timestamp>| time.and_then(Timestamp::from_proto).unwrap_or(Timestamp(0));
    let deadline = at(conflict.deadline.as_ref());
    let moment = format!("{} {}", clock::short_date(words.0, deadline.local_date()), clock::time(words.0, deadline));
    let refusal = conflict.refusal.clone().unwrap_or_default();
    Row {
        id: conflict.id.clone(),
        moments: clock::moments(words.0, at(conflict.starts_at.as_ref()), at(conflict.ends_at.as_ref())),
        name: String::new(),
        at: String::new(),
        why: words.no_longer_fits(refusal.reason(), Facts(&refusal.metadata)),
        other_work: refusal.metadata.get("other_work").is_some_and(|other| other == "true"),
        yields: words.who_yields(conflict.yields()),
        solve_before: words.solve_before(&moment),
        href: None,
    }
}
