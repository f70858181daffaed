//! What can stop a page, and how that looks: the right HTTP status and a sentence in the person's language.

use std::{collections::HashMap, time::Duration};

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use tonic::{Code, Status};
use tonic_types::StatusExt;
use wording::{Language, fields, reasons};

use crate::{
    pages::message,
    view::{encode, html},
    visit::Visit,
};

/// What stops a page. Handlers return it bare; the layer around every page knows the language and makes the page of it.
#[derive(Debug, Clone)]
pub(crate) enum Failure {
    /// Nobody is signed in, or the session has ended.
    SignIn,
    /// There is no such page or thing.
    NotFound,
    /// The person may not see this page.
    Forbidden,
    /// The request came from another site.
    OtherSite,
    /// A service that is needed cannot be reached.
    Unavailable,
    /// The sign-in went wrong on its way; says in which step, for the log.
    SignInFailed(&'static str),
    /// The person turned back at the provider.
    SignInCancelled,
    /// The browser asks too often; says how long to wait.
    TooOften(Duration),
    /// A service refused.
    Service(Box<Status>),
    /// A defect of the portal.
    Broken,
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unauthenticated => Self::SignIn,
            _ => Self::Service(Box::new(status)),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The HTTP status for a service's answer.
pub(crate) fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::InvalidArgument | Code::OutOfRange => StatusCode::UNPROCESSABLE_ENTITY,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => StatusCode::CONFLICT,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled => StatusCode::SERVICE_UNAVAILABLE,
        Code::Unknown | Code::Internal | Code::DataLoss | Code::Unimplemented => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The reason in a status: domain and name; where a server or a proxy gave none, one that fits its code.
pub(crate) fn reason(status: &Status) -> (String, String, HashMap<String, String>) {
    if let Some(info) = status.get_details_error_info() {
        return (info.domain, info.reason, info.metadata);
    }
    let reason = match status.code() {
        Code::NotFound => "NOT_FOUND",
        Code::PermissionDenied => "FORBIDDEN",
        Code::Unauthenticated => "TOKEN_INVALID",
        Code::Unavailable | Code::Cancelled => "UNAVAILABLE",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::ResourceExhausted => "TOO_BUSY",
        Code::InvalidArgument => "INVALID_REQUEST",
        Code::Aborted => "BUSY",
        _ => "INTERNAL",
    };
    ("chassis.regiopool".to_owned(), reason.to_owned(), HashMap::new())
}

/// Whether somebody else has changed what was to be changed.
pub(crate) fn is_stale(status: &Status) -> bool {
    reason(status).1 == "CHANGED_MEANWHILE"
}

/// The sentence for a status.
pub(crate) fn sentence(language: Language, status: &Status) -> String {
    let (domain, reason, metadata) = reason(status);
    reasons::of(language, &domain, &reason, &metadata)
}

/// What is wrong with a form that was sent.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    pub(crate) status: StatusCode,
    /// What concerns the whole form.
    pub(crate) general: Option<String>,
    /// Path of the field in the request, and the sentence.
    pub(crate) fields: Vec<(String, String)>,
}

impl Problems {
    /// What a person can mend in the form; anything else stops the page.
    pub(crate) fn of(language: Language, status: Status) -> Result<Self, Failure> {
        let mendable = matches!(
            status.code(),
            Code::InvalidArgument | Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted | Code::NotFound | Code::Unavailable
        );
        if !mendable {
            return Err(status.into());
        }
        let violations = status.get_details_bad_request().map(|details| details.field_violations).unwrap_or_default();
        let fields: Vec<_> = violations.into_iter().map(|v| (v.field, fields::expected(language, &v.description))).collect();
        let general = fields.is_empty().then(|| sentence(language, &status));
        Ok(Self { status: http_status(status.code()), general, fields })
    }
}

/// The page for a failure.
pub(crate) fn page(visit: &Visit, failure: &Failure) -> Response {
    let words = visit.words();
    let (status, title, text) = match failure {
        Failure::SignIn if visit.wants_page => {
            return Redirect::to(&format!("/sign-in?return={}", encode(visit.return_to()))).into_response();
        }
        Failure::SignIn => return StatusCode::UNAUTHORIZED.into_response(),
        Failure::NotFound => (StatusCode::NOT_FOUND, words.not_found_title(), words.not_found_text().to_owned()),
        Failure::Forbidden => (StatusCode::FORBIDDEN, words.forbidden_title(), words.forbidden_text().to_owned()),
        Failure::OtherSite => (StatusCode::FORBIDDEN, words.forbidden_title(), words.other_site_text().to_owned()),
        Failure::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, words.unavailable_title(), words.unavailable_text().to_owned()),
        Failure::SignInFailed(step) => {
            tracing::warn!(step, "a sign-in failed");
            (StatusCode::BAD_REQUEST, words.sign_in_failed_title(), words.sign_in_failed_text().to_owned())
        }
        Failure::SignInCancelled => (StatusCode::BAD_REQUEST, words.sign_in_cancelled_title(), words.sign_in_cancelled_text().to_owned()),
        Failure::TooOften(wait) => return too_often(visit, *wait),
        Failure::Broken => (StatusCode::INTERNAL_SERVER_ERROR, words.broken_title(), words.broken_text().to_owned()),
        Failure::Service(status) => {
            let code = http_status(status.code());
            if code.is_server_error() {
                tracing::warn!(code = ?status.code(), "a service failed a page");
            }
            let title = match code {
                StatusCode::NOT_FOUND => words.not_found_title(),
                StatusCode::FORBIDDEN => words.forbidden_title(),
                StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => words.unavailable_title(),
                _ if code.is_client_error() => words.refused_title(),
                _ => words.broken_title(),
            };
            (code, title, sentence(visit.language, status))
        }
    };
    if !visit.wants_page {
        return (status, text).into_response();
    }
    html(status, &message::new(visit, title, text, failure))
}

/// The answer to who asks too often; it costs no call to a service.
fn too_often(visit: &Visit, wait: Duration) -> Response {
    let seconds = wait.as_secs() + 1;
    let metadata = HashMap::from([("retry_s".to_owned(), seconds.to_string())]);
    let text = reasons::of(visit.language, "chassis.regiopool", "TOO_MANY_CALLS", &metadata);
    let retry = [(header::RETRY_AFTER, seconds.to_string())];
    let failure = Failure::TooOften(wait);
    let page = message::new(visit, visit.words().unavailable_title(), text, &failure);
    (retry, html(StatusCode::TOO_MANY_REQUESTS, &page)).into_response()
}

/// The answer when too many pages are made at once; it must cost nothing.
pub(crate) fn overloaded() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], "Het is te druk. / Too busy.").into_response()
}
