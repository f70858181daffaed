//! Who could work a shift, for its planners and ward leads (D15), and what holds a worker back from one.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::Response,
};
use chassis::time::Timestamp;
use proto::flexpool::{EligibleWorker, ExplainShiftRequest, GetShiftRequest, ListEligibleWorkersRequest, Reason};
use serde::Deserialize;
use wording::{Facts, clock, reasons, states};

use super::shift::note;
use crate::{
    cards::Card,
    failure::Failure,
    names::Names,
    view::{Page, encode, html},
    visit::Signed,
};

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    page: String,
}

struct Row {
    name: String,
    basis: &'static str,
    own: bool,
    opens: Option<String>,
}

#[derive(Template)]
#[template(path = "who_could.html")]
struct WhoCouldPage {
    page: Page,
    card: Card,
    rows: Vec<Row>,
    others: i32,
    next: Option<String>,
}

/// `GET /shifts/{id}/who`.
pub(crate) async fn show(signed: Signed, Path(id): Path<String>, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let now = signed.visit.app.frame.clock.now();
    let who = ListEligibleWorkersRequest { shift: id.clone(), page_token: wish.page };
    let found = signed.eligibility().list_eligible_workers(signed.ask(who)).await?.into_inner();
    let shift = signed.shifts().get_shift(signed.ask(GetShiftRequest { id: id.clone() })).await?.into_inner().shift;
    let names = Names::of(&signed, found.workers.iter().map(|worker| &worker.worker)).await;
    let mut rows: Vec<Row> = found.workers.iter().map(|worker| row(&signed, &names, worker)).collect();
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    let template = WhoCouldPage {
        page: Page::new(&signed.visit, signed.words().who_could_title()),
        card: Card::new(signed.words(), &shift.ok_or(Failure::NotFound)?, now),
        rows,
        others: found.others,
        next: (!found.next_page_token.is_empty()).then(|| format!("/shifts/{}/who?page={}", encode(&id), encode(&found.next_page_token))),
    };
    Ok(html(StatusCode::OK, &template))
}

fn row(signed: &Signed, names: &Names, worker: &EligibleWorker) -> Row {
    let opens = worker.opens_at.as_ref().and_then(Timestamp::from_proto);
    Row {
        name: names.get(&worker.worker),
        basis: states::basis(signed.language(), worker.basis()),
        own: worker.own,
        opens: opens.map(|at| signed.words().opens_on(&clock::moment(signed.language(), at))),
    }
}

/// What holds the worker back from a shift.
#[derive(Default)]
pub(crate) struct Why {
    pub(crate) reasons: Vec<String>,
    /// That one competence would do.
    pub(crate) one_course: Option<String>,
}

/// Asks for it. Nothing for who is on it, and nothing when all that is lacking is a place: the page says so anyway.
pub(crate) async fn why_not(signed: &Signed, id: &str) -> Why {
    if !signed.session.is_worker() {
        return Why::default();
    }
    let request = ExplainShiftRequest { shift: id.to_owned() };
    let Ok(answer) = signed.eligibility().explain_shift(signed.ask(request)).await.inspect_err(note) else { return Why::default() };
    let told = answer.into_inner();
    let shown = told.refusals.iter().filter(|refusal| refusal.reason() != Reason::ShiftFull);
    if told.refusals.iter().any(|refusal| matches!(refusal.reason(), Reason::AlreadyClaimed)) {
        return Why::default();
    }
    Why {
        reasons: shown.map(|refusal| reasons::of_flexpool(signed.language(), refusal.reason(), Facts(&refusal.metadata))).collect(),
        one_course: (!told.one_course_away.is_empty())
            .then(|| signed.words().one_course_away(&reasons::competence_name(&told.one_course_away))),
    }
}
