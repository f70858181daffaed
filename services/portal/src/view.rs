//! What every page shows around its own content, and how a template becomes an answer.

use std::fmt::Write;

use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Response},
};
use proto::members::Role;
use wording::{Language, Words};

use crate::{
    assets::{ASSETS, Assets},
    visit::Visit,
};

/// What every page shows around its own content.
pub(crate) struct Page {
    pub(crate) t: Words,
    pub(crate) title: String,
    pub(crate) assets: &'static Assets,
    pub(crate) links: Vec<Link>,
    /// Links about the person, in the menu under the name.
    pub(crate) own: Vec<Link>,
    /// What the person is called; empty when nobody is signed in.
    pub(crate) name: String,
    /// To come back to after choosing a language.
    pub(crate) path: String,
    /// Something that was done, said once on top.
    pub(crate) notice: Option<String>,
    /// Whether the script listens for changes on this page.
    pub(crate) live: bool,
    pub(crate) demo: bool,
}

/// A link in the bar that leads through the portal.
pub(crate) struct Link {
    pub(crate) href: &'static str,
    pub(crate) label: &'static str,
    /// Name of its picture in the layout.
    pub(crate) icon: &'static str,
    pub(crate) current: bool,
}

impl Page {
    /// The frame of a page with this title.
    pub(crate) fn new(visit: &Visit, title: impl Into<String>) -> Self {
        Self {
            t: visit.words(),
            title: title.into(),
            assets: &ASSETS,
            links: links(visit),
            own: own(visit),
            name: visit.session.as_ref().map(|session| session.name.clone()).unwrap_or_default(),
            path: visit.return_to().to_owned(),
            notice: None,
            live: false,
            demo: visit.app.demo.is_some(),
        }
    }

    /// The same with something that was done.
    #[must_use]
    pub(crate) fn with_notice(mut self, notice: Option<impl Into<String>>) -> Self {
        self.notice = notice.map(Into::into);
        self
    }

    /// The same, followed by the script.
    #[must_use]
    pub(crate) fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// The other language, to change to.
    pub(crate) fn other_language(&self) -> Language {
        self.t.0.two(Language::English, Language::Dutch)
    }
}

fn links(visit: &Visit) -> Vec<Link> {
    let Some(session) = &visit.session else { return Vec::new() };
    let t = visit.words();
    let path = visit.path.split('?').next().unwrap_or_default();
    let link = |href: &'static str, label, icon| Link { href, label, icon, current: path == href || path.starts_with(&format!("{href}/")) };
    let mut links = Vec::new();
    if session.is_worker() {
        links.push(link("/open", t.nav_open_shifts(), "search"));
        links.push(link("/mine", t.nav_my_shifts(), "calendar"));
        links.push(link("/work", t.nav_work(), "clock"));
        links.push(link("/who-looked", t.nav_who_looked(), "eye"));
    }
    if session.is_operator() {
        links.push(Link { current: path == "/", ..link("/", t.nav_home(), "home") });
    }
    if session.is_operator() || session.has(Role::Planner) || session.has(Role::WardLead) {
        links.push(link("/board", t.nav_board(), "board"));
    }
    if session.has(Role::Planner) || session.has(Role::WardLead) || session.has(Role::Hr) {
        links.push(link("/conflicts", t.nav_conflicts(), "warning"));
    }
    if session.is_operator() {
        links.push(link("/organisations", t.nav_organisations(), "building"));
        links.push(link("/pools", t.nav_pools(), "pool"));
    }
    if !session.is_operator() && (session.has(Role::Hr) || session.has(Role::Finance)) {
        links.push(link("/organisations", t.nav_organisations(), "building"));
        links.push(link("/pools", t.nav_pools(), "pool"));
    }
    if session.is_operator() || session.has(Role::Hr) {
        links.push(link("/people", t.nav_people(), "people"));
    }
    if session.has(Role::Auditor) {
        links.push(link("/access-log", t.nav_access_log(), "eye"));
    }
    links
}

fn own(visit: &Visit) -> Vec<Link> {
    let Some(session) = &visit.session else { return Vec::new() };
    let t = visit.words();
    let link = |href: &'static str, label| Link { href, label, icon: "", current: visit.path.split('?').next() == Some(href) };
    let mut own = Vec::new();
    if session.is_worker() {
        own.push(link("/employers", t.nav_employers()));
    }
    own.push(link("/messages", t.nav_messages()));
    own
}

/// A rendered page.
pub(crate) fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a template could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// Text as it may stand in a query.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => out.push(char::from(byte)),
            _ => {
                // Writing into a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// The longest path that is come back to; it travels in a cookie.
const LONGEST_PATH: usize = 1_000;

/// A path of this portal to go to; anything else, such as another site, becomes the first page.
pub(crate) fn local_path(path: &str) -> &str {
    let local = path.len() <= LONGEST_PATH
        && path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(|c: char| c == '\\' || c.is_control());
    if local { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_portal_are_followed() {
        for (path, expected) in [
            ("/open?claimable=1", "/open?claimable=1"),
            ("", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("/\t/evil.example", "/"),
            ("/a\0b", "/"),
            (" //evil.example", "/"),
            ("javascript:alert(1)", "/"),
            ("/.//evil.example", "/.//evil.example"),
        ] {
            assert_eq!(local_path(path), expected, "{path}");
        }
        assert_eq!(local_path(&format!("/{}", "x".repeat(1_000))), "/");
        assert_eq!(encode("/open?a=b c"), "/open%3Fa%3Db%20c");
    }
}
