//! The employers of a worker, and linking another one: by its invitation code, or by confirming a match (D13).

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::ids::random_uuid;
use proto::members::{
    ConfirmLinkRequest, DeclineLinksRequest, Employment, GetWorkerRequest, LinkByCodeRequest, LinkOutcome, ListLinkProposalsRequest,
    ListOrganisationsRequest, Organisation,
};
use serde::Deserialize;
use wording::{Words, states};

use crate::{
    failure::{Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::organisations::sent_back,
    view::{Page, html},
    visit::Signed,
};

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    done: String,
}

struct Row {
    employer: String,
    level: &'static str,
    kind: &'static str,
    hours: String,
    period: String,
}

#[derive(Template)]
#[template(path = "employers.html")]
struct EmployersPage {
    page: Page,
    rows: Vec<Row>,
    /// Whether another account must confirm, too.
    waiting: bool,
    /// Asks where else the person works, when there is a match.
    question: Option<Form>,
    decline_id: String,
    code: Form,
}

/// A form that was sent and came back.
#[derive(Default)]
struct Sent {
    code: Option<(Input, Problems)>,
    question: Option<(Input, Problems)>,
}

/// `GET /employers`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let words = signed.words();
    let notice = match wish.done.as_str() {
        "linked" => Some(states::link_outcome(words.0, LinkOutcome::Linked)),
        "declined" => Some(words.link_declined_notice()),
        _ => None,
    };
    page(&signed, notice, Sent::default()).await
}

/// `POST /employers/code`.
pub(crate) async fn by_code(signed: Signed, input: Input) -> Result<Response, Failure> {
    let request = LinkByCodeRequest { code: input.text("code").to_owned(), request_id: input.text("request_id").to_owned() };
    match signed.links().link_by_code(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to("/employers?done=linked").into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, None, Sent { code: Some((input, problems)), ..Sent::default() }).await
        }
    }
}

/// `POST /employers/confirm`.
pub(crate) async fn confirm(signed: Signed, input: Input) -> Result<Response, Failure> {
    let text = |name| input.text(name).to_owned();
    let (organisation, personnel_number) = (text("organisation"), text("personnel_number"));
    let request = ConfirmLinkRequest { organisation, personnel_number, request_id: text("request_id") };
    let (input, problems) = match signed.links().confirm_link(signed.ask(request)).await.map(|answer| answer.into_inner().outcome()) {
        Ok(LinkOutcome::Linked) => return Ok(Redirect::to("/employers?done=linked").into_response()),
        Ok(LinkOutcome::Waiting) => return Ok(Redirect::to("/employers").into_response()),
        Ok(outcome @ LinkOutcome::Closed) => {
            return page(&signed, Some(states::link_outcome(signed.language(), outcome)), Sent::default()).await;
        }
        Ok(outcome) => {
            let fields = vec![("personnel_number".to_owned(), states::link_outcome(signed.language(), outcome).to_owned())];
            (input.afresh(), Problems { status: StatusCode::UNPROCESSABLE_ENTITY, general: None, fields })
        }
        Err(status) => (input, Problems::of(signed.language(), status)?),
    };
    page(&signed, None, Sent { question: Some((input, problems)), ..Sent::default() }).await
}

/// `POST /employers/decline`.
pub(crate) async fn decline(signed: Signed, input: Input) -> Result<Response, Failure> {
    signed.links().decline_links(signed.ask(DeclineLinksRequest { request_id: input.text("request_id").to_owned() })).await?;
    Ok(Redirect::to("/employers?done=declined").into_response())
}

async fn page(signed: &Signed, notice: Option<&'static str>, sent: Sent) -> Result<Response, Failure> {
    if signed.session.worker.is_empty() {
        return Err(Failure::Forbidden);
    }
    let words = signed.words();
    let (mut workers, mut links, mut organisations) = (signed.workers(), signed.links(), signed.organisations());
    let (file, matches, organisations) = tokio::join!(
        workers.get_worker(signed.ask(GetWorkerRequest { id: signed.session.worker.clone() })),
        links.list_link_proposals(signed.ask(ListLinkProposalsRequest {})),
        organisations.list_organisations(signed.ask(ListOrganisationsRequest { page_size: 200, page_token: String::new() })),
    );
    let organisations = organisations?.into_inner().organisations;
    let employments = file?.into_inner().worker.unwrap_or_default().employments;
    let matches = matches?.into_inner().proposals;
    let asked = matches.iter().any(|one| !one.waiting);
    let question = asked.then(|| sent_back(words, question(words, &organisations), sent.question));
    let code = Form::new("code", "/employers/code", words.link_submit())
        .field("code", words.field_code(), Kind::Text(40))
        .hint(words.hint_link_code());
    let code = sent_back(words, code, sent.code);
    let wrong = question.iter().chain([&code]).map(|form| form.status).find(StatusCode::is_client_error);
    let names = organisations.into_iter().map(|organisation| (organisation.id, organisation.name)).collect();
    let template = EmployersPage {
        page: Page::new(&signed.visit, words.employers_title()).with_notice(notice),
        rows: employments.into_iter().map(|employment| row(words, &names, &employment)).collect(),
        waiting: matches.iter().any(|one| one.waiting),
        question,
        decline_id: random_uuid().to_string(),
        code,
    };
    Ok(html(wrong.unwrap_or(StatusCode::OK), &template))
}

fn question(words: Words, organisations: &[Organisation]) -> Form {
    let choices = organisations.iter().map(|organisation| Choice::new(&organisation.id, &organisation.name)).collect();
    Form::new("link", "/employers/confirm", words.link_confirm())
        .field("organisation", words.field_other_employer(), Kind::Select(choices))
        .field("personnel_number", words.field_their_number(), Kind::Text(40))
}

fn row(words: Words, names: &HashMap<String, String>, employment: &Employment) -> Row {
    Row {
        employer: names.get(&employment.organisation).cloned().unwrap_or_default(),
        level: states::function_level(words.0, employment.function_level()),
        kind: states::employment_kind(words.0, employment.kind()),
        hours: words.hours_a_week(employment.minutes_per_week),
        period: words.employed(employment.from.as_ref(), employment.until.as_ref()),
    }
}
