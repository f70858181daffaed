//! Where a person is signed in, and the way out of it: of one session, or of all.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use chassis::{ids::random_uuid, time::Timestamp};
use proto::members::{EndSessionsRequest, ListSessionsRequest, OpenSession};
use serde::Deserialize;
use wording::{Language, clock};

use crate::{
    failure::{self, Failure},
    forms::Input,
    sign_in,
    view::{Page, encode, html},
    visit::Signed,
};

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    done: String,
}

struct Row {
    id: String,
    since: String,
    last_used: String,
    is_current: bool,
    request_id: String,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    page: Page,
    rows: Vec<Row>,
    request_id: String,
}

/// `GET /account`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let words = signed.words();
    let answer = signed.identity().list_sessions(signed.ask(ListSessionsRequest {})).await?.into_inner();
    let notice = (wish.done == "session").then(|| words.session_ended_notice());
    let template = AccountPage {
        page: Page::new(&signed.visit, words.account_title()).with_notice(notice),
        rows: answer.sessions.into_iter().map(|session| row(signed.language(), session)).collect(),
        request_id: random_uuid().to_string(),
    };
    Ok(html(StatusCode::OK, &template))
}

fn row(language: Language, session: OpenSession) -> Row {
    let moment = |time: Option<prost_types::Timestamp>| {
        let time = time.as_ref().and_then(Timestamp::from_proto);
        time.map(|time| format!("{} {}", clock::short_date(language, time.local_date()), clock::time(language, time))).unwrap_or_default()
    };
    Row {
        id: session.id,
        since: moment(session.since),
        last_used: moment(session.last_used),
        is_current: session.current,
        request_id: random_uuid().to_string(),
    }
}

/// `POST /account/sessions/{id}/end`: one of the person's own.
pub(crate) async fn end(signed: Signed, Path(session): Path<String>, input: Input) -> Result<Response, Failure> {
    let request = EndSessionsRequest { session, request_id: input.text("request_id").to_owned(), ..EndSessionsRequest::default() };
    match signed.identity().end_sessions(signed.ask(request)).await {
        // It had ended already, which is what was wanted.
        Err(status) if status.code() == tonic::Code::NotFound => {}
        answer => drop(answer?),
    }
    Ok(Redirect::to("/account?done=session").into_response())
}

/// `POST /account/sign-out-everywhere`: all of the person's own, this one too.
pub(crate) async fn end_all(signed: Signed, headers: HeaderMap, input: Input) -> Result<Response, Failure> {
    let request = EndSessionsRequest { request_id: input.text("request_id").to_owned(), ..EndSessionsRequest::default() };
    signed.identity().end_sessions(signed.ask(request)).await?;
    Ok(sign_in::left(&signed.visit, &headers).await)
}

/// `POST /people/{worker}/end-sessions`: of a worker, by who may.
pub(crate) async fn end_of_worker(signed: Signed, Path(worker): Path<String>, input: Input) -> Result<Response, Failure> {
    let request = EndSessionsRequest { worker, request_id: input.text("request_id").to_owned(), ..EndSessionsRequest::default() };
    let done = match signed.identity().end_sessions(signed.ask(request)).await {
        Ok(_) => "signed-out",
        Err(status) if failure::reason(&status).1 == "NOT_FOUND" => "no-user",
        Err(status) => return Err(status.into()),
    };
    Ok(Redirect::to(&format!("/people?organisation={}&done={done}", encode(input.text("organisation")))).into_response())
}
