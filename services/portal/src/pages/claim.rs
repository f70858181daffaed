//! Claiming a shift, and what came of it.

use askama::Template;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use proto::flexpool::ClaimShiftRequest;
use tonic::{Code, Status};

use crate::{
    failure::{self, Failure},
    forms::Input,
    view::{Page, encode, html},
    visit::Signed,
};

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage {
    page: Page,
    text: String,
    shift: String,
    /// The request id to try again with, where that may help: whatever happened, it counts once (D25).
    again: Option<String>,
}

/// `POST /shifts/{id}/claim`. A claim leads to the shift, which is then the worker's; a refusal says why.
pub(crate) async fn claim(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let request_id = input.text("request_id").to_owned();
    let employment = input.text("employment").to_owned();
    let request = ClaimShiftRequest { shift: id.clone(), employment, request_id: request_id.clone() };
    match signed.claims().claim_shift(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/shifts/{}?done=claimed", encode(&id))).into_response()),
        Err(status) => refused(&signed, id, request_id, status),
    }
}

pub(crate) fn refused(signed: &Signed, shift: String, request_id: String, status: Status) -> Result<Response, Failure> {
    let code = status.code();
    let (_, reason, _) = failure::reason(&status);
    let may_pass =
        matches!(code, Code::Aborted | Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted) || reason == "WORKER_UNKNOWN";
    if !may_pass && !matches!(code, Code::FailedPrecondition | Code::NotFound | Code::InvalidArgument) {
        return Err(status.into());
    }
    let words = signed.words();
    let title = if may_pass { words.claim_unsure_title() } else { words.claim_refused_title() };
    let template = RefusedPage {
        page: Page::new(&signed.visit, title),
        text: failure::sentence(signed.language(), &status),
        shift,
        again: may_pass.then_some(request_id),
    };
    Ok(html(failure::http_status(code), &template))
}
