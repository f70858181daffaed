//! Choosing a language.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use wording::Language;

use crate::{app::App, cookies, forms::Input, view::local_path};

/// `POST /language`: back to where the person was, in the other language.
pub(crate) async fn choose(State(app): State<App>, input: Input) -> Response {
    let language = Language::from_tag(input.text("language")).unwrap_or_default();
    let mut response = Redirect::to(local_path(input.text("return"))).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookies::language(&app, language.tag()).to_string()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
