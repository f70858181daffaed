//! What an organisation's works council decided, and what an hour of its people costs.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::time::LocalDate;
use proto::members::{
    FunctionLevel, GetOrganisationRequest, ListWageCostsRequest, ListWorksCouncilDecisionsRequest, Programme, RecordWageCostRequest,
    RecordWorksCouncilDecisionRequest, Role, WageCost, WorksCouncilDecision, works_council_decision::Decision,
};
use serde::Deserialize;
use wording::{Words, clock, states};

use crate::{
    failure::{Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::{agreement_form::cents, organisations::sent_back},
    view::{Page, encode, html},
    visit::Signed,
};

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    done: String,
}

#[derive(Template)]
#[template(path = "terms.html")]
struct TermsPage {
    page: Page,
    organisation: String,
    organisation_name: String,
    decisions: Vec<(String, String)>,
    decision_form: Option<Form>,
    /// Absent for who may not see them.
    costs: Option<Vec<(String, String)>>,
    cost_form: Option<Form>,
}

/// Forms that came back.
#[derive(Default)]
struct Back {
    decision: Option<(Input, Problems)>,
    cost: Option<(Input, Problems)>,
}

/// `GET /organisations/{id}/terms`.
pub(crate) async fn show(signed: Signed, Path(id): Path<String>, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    page(&signed, &id, &wish.done, Back::default()).await
}

/// `POST /organisations/{id}/terms/decisions`.
pub(crate) async fn record_decision(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let decision = WorksCouncilDecision {
        organisation: id.clone(),
        programme: input.text("programme").parse().unwrap_or(0),
        decided_on: input.proto_date("decided_on"),
        decision: input.text("decision").parse().unwrap_or(0),
        note: input.text("note").to_owned(),
    };
    let request = RecordWorksCouncilDecisionRequest { decision: Some(decision), request_id: input.text("request_id").to_owned() };
    match signed.agreements().record_works_council_decision(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/organisations/{}/terms?done=saved", encode(&id))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, &id, "", Back { decision: Some((input, problems)), ..Back::default() }).await
        }
    }
}

/// `POST /organisations/{id}/terms/costs`.
pub(crate) async fn record_cost(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let wage_cost = WageCost {
        organisation: id.clone(),
        function_level: input.text("function_level").parse().unwrap_or(0),
        from: input.proto_date("from"),
        cents_per_hour: cents(input.text("cents_per_hour")),
    };
    let request = RecordWageCostRequest { wage_cost: Some(wage_cost), request_id: input.text("request_id").to_owned() };
    match signed.agreements().record_wage_cost(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/organisations/{}/terms?done=saved", encode(&id))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, &id, "", Back { cost: Some((input, problems)), ..Back::default() }).await
        }
    }
}

async fn page(signed: &Signed, id: &str, done: &str, back: Back) -> Result<Response, Failure> {
    let (session, words) = (&signed.session, signed.words());
    let speaks = [Role::Hr, Role::Finance].iter().any(|role| session.acts_for(*role, id));
    let sees_costs = session.is_operator() || speaks;
    let (mut one, mut two, mut three) = (signed.organisations(), signed.agreements(), signed.agreements());
    let organisation = || id.to_owned();
    let (named, decisions, costs) = tokio::join!(
        one.get_organisation(signed.ask(GetOrganisationRequest { id: organisation() })),
        two.list_works_council_decisions(signed.ask(ListWorksCouncilDecisionsRequest { organisation: organisation() })),
        async {
            if !sees_costs {
                return Ok(None);
            }
            three.list_wage_costs(signed.ask(ListWageCostsRequest { organisation: organisation() })).await.map(Some)
        },
    );
    let named = named?.into_inner().organisation.ok_or(Failure::NotFound)?;
    let today = signed.visit.app.frame.clock.now().local_date();
    let path = format!("/organisations/{}/terms", encode(id));
    let decides = session.is_operator() || session.acts_for(Role::Hr, id);
    let decision_form = decides.then(|| sent_back(words, decision_form(words, &path, today), back.decision));
    let cost_form = speaks.then(|| sent_back(words, cost_form(words, &path, today), back.cost));
    let status = [&decision_form, &cost_form].into_iter().flatten().map(|form| form.status).find(|status| *status != StatusCode::OK);
    let template = TermsPage {
        page: Page::new(&signed.visit, words.terms_title()).with_notice((done == "saved").then(|| words.saved_notice())),
        organisation: named.id,
        organisation_name: named.name,
        decisions: decisions?.into_inner().decisions.iter().map(|decision| decision_in_words(words, decision)).collect(),
        decision_form,
        costs: costs?.map(|answer| answer.into_inner().wage_costs.iter().map(|cost| cost_in_words(words, cost)).collect()),
        cost_form,
    };
    Ok(html(status.unwrap_or(StatusCode::OK), &template))
}

fn date(words: Words, date: &Option<proto::Date>) -> String {
    date.as_ref().and_then(LocalDate::from_proto).map(|day| clock::date(words.0, day)).unwrap_or_default()
}

fn decision_in_words(words: Words, decision: &WorksCouncilDecision) -> (String, String) {
    let what = states::council_decision(words.0, decision.decision());
    let text = format!("{what}, {}", date(words, &decision.decided_on));
    let text = if decision.note.is_empty() { text } else { format!("{text}\n{}", decision.note) };
    (states::programme(words.0, decision.programme()).to_owned(), text)
}

fn cost_in_words(words: Words, cost: &WageCost) -> (String, String) {
    let euros = clock::euros(words.0, i64::from(cost.cents_per_hour));
    (states::function_level(words.0, cost.function_level()).to_owned(), words.since(&euros, &date(words, &cost.from)))
}

fn choice(number: i32, label: &str) -> Choice {
    Choice::new(number.to_string(), label)
}

fn decision_form(words: Words, path: &str, today: LocalDate) -> Form {
    let programmes = (1..).map_while(|number| Programme::try_from(number).ok());
    let programmes = programmes.map(|programme| choice(programme.into(), states::programme(words.0, programme))).collect();
    let decisions = [Decision::Agreed, Decision::Refused].map(|one| choice(one.into(), states::council_decision(words.0, one))).to_vec();
    Form::new("decision", format!("{path}/decisions#decision"), words.decision_submit())
        .field("programme", words.field_programmes(), Kind::Select(programmes))
        .field("decision", words.field_decision(), Kind::Select(decisions))
        .field("decided_on", words.field_decided_on(), Kind::Date)
        .value(today.to_string())
        .field("note", words.field_note(), Kind::Lines(500))
        .optional()
}

fn cost_form(words: Words, path: &str, today: LocalDate) -> Form {
    let levels = (1..).map_while(|number| FunctionLevel::try_from(number).ok());
    let levels = levels.map(|level| choice(level.into(), states::function_level(words.0, level))).collect();
    Form::new("cost", format!("{path}/costs#cost"), words.cost_submit())
        .field("function_level", words.field_function_level(), Kind::Select(levels))
        .field("cents_per_hour", words.field_cents(), Kind::Text(8))
        .field("from", words.field_cost_from(), Kind::Date)
        .value(today.to_string())
}
