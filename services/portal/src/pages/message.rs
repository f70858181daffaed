//! A page that says one thing.

use askama::Template;

use crate::{failure::Failure, view::Page, visit::Visit};

/// A page that says one thing and where to go on.
#[derive(Template)]
#[template(path = "message.html")]
pub(crate) struct MessagePage {
    page: Page,
    text: String,
    /// Whether asking again may help.
    again: Option<String>,
    /// Whether signing in again may help.
    sign_in: bool,
}

/// The page for a failure.
pub(crate) fn new(visit: &Visit, title: &str, text: String, failure: &Failure) -> MessagePage {
    let may_pass = match failure {
        Failure::Unavailable | Failure::TooOften(_) | Failure::Broken => true,
        Failure::Service(status) => crate::failure::http_status(status.code()).is_server_error(),
        _ => false,
    };
    MessagePage {
        page: Page::new(visit, title),
        text,
        again: may_pass.then(|| visit.return_to().to_owned()),
        sign_in: matches!(failure, Failure::SignInFailed(_) | Failure::SignInCancelled),
    }
}
