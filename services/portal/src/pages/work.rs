//! A worker's time outside claimed shifts: what employers planned, and work elsewhere that the worker tells of.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::{
    ids::random_uuid,
    time::{LocalDate, Timestamp},
};
use proto::flexpool::{ConfirmWorkKnownRequest, DeclareWorkRequest, ListMyWorkRequest, RemoveDeclaredWorkRequest, WorkBlock, WorkKind};
use serde::Deserialize;
use wording::{Words, clock, states};

use crate::{
    cards::{Day, by_day},
    failure::{Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    names::short,
    pages::publish::{times, with_times},
    reads,
    view::{Page, encode, html},
    visit::Signed,
};

/// Which page, and what was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    page: String,
    done: String,
}

struct Row {
    when: String,
    moments: String,
    /// What is done, unless it is ordinary work.
    what: Option<&'static str>,
    /// Empty for work elsewhere.
    employer: String,
    /// To take it back.
    id: String,
    request_id: String,
}

#[derive(Template)]
#[template(path = "work.html")]
struct WorkPage {
    page: Page,
    days: Vec<Day<Row>>,
    form: Form,
    known: Form,
    known_so_far: Option<String>,
    /// Whether what was just told of breaks a claim.
    breaks: bool,
    next: Option<String>,
    is_first: bool,
}

/// `GET /work`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let words = signed.words();
    let (form, known) = (form(words, None), known_form(words));
    page(&signed, &wish, form, known).await
}

/// `POST /work`: work elsewhere. What is not right stands at its field, and what was filled in stays.
pub(crate) async fn declare(signed: Signed, input: Input) -> Result<Response, Failure> {
    let words = signed.words();
    let mut wrong = Vec::new();
    let [starts_at, ends_at] = times(words, &input, &mut wrong);
    let problems = if wrong.is_empty() {
        let request = DeclareWorkRequest {
            starts_at,
            ends_at,
            break_minutes: if input.text("break_minutes").is_empty() { 0 } else { input.number("break_minutes") },
            kind: input.text("kind").parse().unwrap_or(0),
            request_id: input.text("request_id").to_owned(),
        };
        match signed.rosters().declare_work(signed.ask(request)).await {
            Ok(answer) if answer.get_ref().conflicts > 0 => return Ok(to("breaks")),
            Ok(_) => return Ok(to("noted")),
            Err(status) => Problems::of(signed.language(), status)?,
        }
    } else {
        Problems { status: StatusCode::UNPROCESSABLE_ENTITY, general: None, fields: wrong }
    };
    let form = form(words, Some(&input)).filled(&input).blamed(words, problems);
    page(&signed, &Wish::default(), form, known_form(words)).await
}

/// `POST /work/{id}/remove`.
pub(crate) async fn remove(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let request = RemoveDeclaredWorkRequest { id, request_id: input.text("request_id").to_owned() };
    signed.rosters().remove_declared_work(signed.ask(request)).await?;
    Ok(to("removed"))
}

/// `POST /work/known`.
pub(crate) async fn known(signed: Signed, input: Input) -> Result<Response, Failure> {
    let words = signed.words();
    let request = ConfirmWorkKnownRequest { until: input.proto_date("until"), request_id: input.text("request_id").to_owned() };
    match signed.rosters().confirm_work_known(signed.ask(request)).await {
        Ok(_) => Ok(to("known")),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            let known = known_form(words).filled(&input).blamed(words, problems);
            page(&signed, &Wish::default(), form(words, None), known).await
        }
    }
}

fn to(done: &str) -> Response {
    Redirect::to(&format!("/work?done={done}")).into_response()
}

fn form(words: Words, input: Option<&Input>) -> Form {
    let form = Form::new("work", "/work", words.work_add()).field("date", words.field_date(), Kind::Date).hint(words.hint_work_night());
    let kinds = (1..).map_while(|number| WorkKind::try_from(number).ok());
    let mut kinds: Vec<Choice> = kinds.map(|kind| Choice::new((kind as i32).to_string(), states::work_kind(words.0, kind))).collect();
    if let Some(first) = kinds.first_mut() {
        first.chosen = true;
    }
    with_times(words, form, input).field("break_minutes", words.field_break(), Kind::Number(0, 600)).value("0").field(
        "kind",
        words.field_work_kind(),
        Kind::Select(kinds),
    )
}

fn known_form(words: Words) -> Form {
    Form::new("known", "/work/known", words.work_known_save()).field("until", words.work_known_until(), Kind::Date)
}

async fn page(signed: &Signed, wish: &Wish, form: Form, known: Form) -> Result<Response, Failure> {
    if !signed.session.is_worker() {
        return Err(Failure::Forbidden);
    }
    let (words, now) = (signed.words(), signed.visit.app.frame.clock.now());
    let request = ListMyWorkRequest { ends_after: Some(now.to_proto()), page_size: 50, page_token: wish.page.clone() };
    let mut client = signed.rosters();
    let (organisations, answer) = tokio::join!(reads::organisations(signed), client.list_my_work(signed.ask(request)));
    let answer = answer?.into_inner();
    let rows = answer.blocks.iter().map(|block| {
        let employer = organisations.get(&block.organisation).cloned().unwrap_or_else(|| short(&block.organisation));
        let (day, row) = row(words, block);
        (day, Row { employer: if block.organisation.is_empty() { String::new() } else { employer }, ..row })
    });
    let notice = match wish.done.as_str() {
        "noted" => Some(words.work_noted()),
        "removed" => Some(words.work_removed()),
        "known" => Some(words.work_known_noted()),
        _ => None,
    };
    let until = answer.known_until.as_ref().and_then(LocalDate::from_proto);
    let status = form.status.max(known.status);
    let template = WorkPage {
        days: by_day(words.0, now.local_date(), rows),
        page: Page::new(&signed.visit, words.work_title()).with_notice(notice),
        known_so_far: until.map(|day| words.work_known_so_far(&clock::date(words.0, day))),
        next: (!answer.next_page_token.is_empty()).then(|| format!("/work?page={}", encode(&answer.next_page_token))),
        breaks: wish.done == "breaks",
        is_first: wish.page.is_empty(),
        form,
        known,
    };
    Ok(html(status, &template))
}

fn row(words: Words, block: &WorkBlock) -> (LocalDate, Row) {
    let at = |time: Option<&prost_types::Timestamp>| time.and_then(Timestamp::from_proto).unwrap_or(Timestamp(0));
    let (starts, ends) = (at(block.starts_at.as_ref()), at(block.ends_at.as_ref()));
    let row = Row {
        when: clock::period(words.0, starts, ends),
        moments: clock::moments(words.0, starts, ends),
        what: (!matches!(block.kind(), WorkKind::Ordinary | WorkKind::Unspecified)).then(|| states::work_kind(words.0, block.kind())),
        employer: String::new(),
        id: block.id.clone(),
        request_id: random_uuid().to_string(),
    };
    (starts.local_date(), row)
}
