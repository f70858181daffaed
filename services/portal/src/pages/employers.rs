//! The employers of a worker, and linking another one: by its invitation code, or by confirming a match (D13).

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::ids::random_uuid;
use proto::members::{
    ConfirmLinkRequest, DeclineLinkRequest, Employment, GetWorkerRequest, LinkByCodeRequest, LinkOutcome, LinkProposal,
    ListLinkProposalsRequest, ListOrganisationsRequest,
};
use serde::Deserialize;
use wording::{Words, states};

use crate::{
    failure::{Failure, Problems},
    forms::{Form, Input, Kind},
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

/// A match that waits for an answer.
struct Question {
    id: String,
    employers: String,
    waiting: bool,
    request_id: String,
    /// What came of the last answer.
    problem: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "employers.html")]
struct EmployersPage {
    page: Page,
    rows: Vec<Row>,
    questions: Vec<Question>,
    form: Form,
}

/// `GET /employers`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let words = signed.words();
    let notice = match wish.done.as_str() {
        "linked" => Some(states::link_outcome(words.0, LinkOutcome::Linked)),
        "waiting" => Some(states::link_outcome(words.0, LinkOutcome::Waiting)),
        "declined" => Some(words.link_declined_notice()),
        _ => None,
    };
    page(&signed, notice, None, None).await
}

/// `POST /employers/code`.
pub(crate) async fn by_code(signed: Signed, input: Input) -> Result<Response, Failure> {
    let request = LinkByCodeRequest { code: input.text("code").to_owned(), request_id: input.text("request_id").to_owned() };
    match signed.links().link_by_code(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to("/employers?done=linked").into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, None, Some((input, problems)), None).await
        }
    }
}

/// `POST /employers/{match}/confirm`.
pub(crate) async fn confirm(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let personnel_number = input.text("personnel_number").to_owned();
    if personnel_number.is_empty() {
        return page(&signed, None, None, Some((id, signed.words().link_number_missing()))).await;
    }
    let request = ConfirmLinkRequest { id: id.clone(), personnel_number, request_id: input.text("request_id").to_owned() };
    let outcome = signed.links().confirm_link(signed.ask(request)).await?.into_inner().outcome();
    match outcome {
        LinkOutcome::Linked => Ok(Redirect::to("/employers?done=linked").into_response()),
        LinkOutcome::Waiting => Ok(Redirect::to("/employers?done=waiting").into_response()),
        outcome => page(&signed, None, None, Some((id, states::link_outcome(signed.language(), outcome)))).await,
    }
}

/// `POST /employers/{match}/decline`.
pub(crate) async fn decline(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let request = DeclineLinkRequest { id, request_id: input.text("request_id").to_owned() };
    signed.links().decline_link(signed.ask(request)).await?;
    Ok(Redirect::to("/employers?done=declined").into_response())
}

async fn page(
    signed: &Signed,
    notice: Option<&'static str>,
    sent: Option<(Input, Problems)>,
    problem: Option<(String, &'static str)>,
) -> Result<Response, Failure> {
    if signed.session.worker.is_empty() {
        return Err(Failure::Forbidden);
    }
    let words = signed.words();
    let (mut workers, mut links, mut organisations) = (signed.workers(), signed.links(), signed.organisations());
    let (file, matches, names) = tokio::join!(
        workers.get_worker(signed.ask(GetWorkerRequest { id: signed.session.worker.clone() })),
        links.list_link_proposals(signed.ask(ListLinkProposalsRequest {})),
        organisations.list_organisations(signed.ask(ListOrganisationsRequest { page_size: 200, page_token: String::new() })),
    );
    let names: HashMap<_, _> =
        names?.into_inner().organisations.into_iter().map(|organisation| (organisation.id, organisation.name)).collect();
    let employments = file?.into_inner().worker.unwrap_or_default().employments;
    let form = Form::new("code", "/employers/code", words.link_submit())
        .field("code", words.field_code(), Kind::Text(40))
        .hint(words.hint_link_code());
    let questions: Vec<Question> =
        matches?.into_inner().proposals.into_iter().map(|proposal| question(words, &names, proposal, problem.as_ref())).collect();
    // A match that was closed by the last answer is no longer there to carry the problem.
    let gone = problem.filter(|(id, _)| !questions.iter().any(|question| question.id == *id)).map(|(_, text)| text);
    let wrong = questions.iter().any(|question| question.problem.is_some()) || gone.is_some();
    let form = sent_back(words, form, sent);
    let status = if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { form.status };
    let template = EmployersPage {
        page: Page::new(&signed.visit, words.employers_title()).with_notice(notice.or(gone)),
        rows: employments.into_iter().map(|employment| row(words, &names, &employment)).collect(),
        questions,
        form,
    };
    Ok(html(status, &template))
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

fn question(words: Words, names: &HashMap<String, String>, proposal: LinkProposal, problem: Option<&(String, &'static str)>) -> Question {
    let employers: Vec<String> = proposal.organisations.iter().filter_map(|id| names.get(id).cloned()).collect();
    Question {
        employers: words.and_list(&employers),
        waiting: proposal.waiting,
        request_id: random_uuid().to_string(),
        problem: problem.filter(|(id, _)| *id == proposal.id).map(|(_, text)| *text),
        id: proposal.id,
    }
}
