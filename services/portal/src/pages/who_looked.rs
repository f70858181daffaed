//! Who looked at the own file, for the person.

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use proto::members::{GetMeRequest, Role};
use serde::Deserialize;
use wording::reads as words_of;

use crate::{
    cards::{Day, by_day},
    failure::Failure,
    reads::{self, Filter, Read},
    view::{Page, encode, html},
    visit::Signed,
};

/// Which page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    page: String,
}

/// The same reader who did the same on one day.
struct Row {
    name: String,
    on_behalf: String,
    what: &'static str,
    times: String,
}

#[derive(Template)]
#[template(path = "who_looked.html")]
struct WhoLookedPage {
    page: Page,
    days: Vec<Day<Row>>,
    next: Option<String>,
    incomplete: bool,
    is_first: bool,
}

/// Reads that are told as one.
struct Group<'a> {
    last: &'a Read,
    times: usize,
}

/// Puts together what one reader did again on the same day, in the order of the last time.
fn together(found: &[Read]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for read in found {
        let key = |read: &Read| (read.at.local_date(), read.service, read.reader.clone(), read.method.clone(), read.organisations.clone());
        match groups.iter_mut().find(|group| key(group.last) == key(read)) {
            Some(group) => group.times += 1,
            None => groups.push(Group { last: read, times: 1 }),
        }
    }
    groups
}

/// `GET /who-looked`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    if !signed.session.is_worker() {
        return Err(Failure::Forbidden);
    }
    let (organisations, found) = tokio::join!(reads::organisations(&signed), own(&signed, &wish.page));
    let (words, mut found) = (signed.words(), found?);
    found.name_readers(&signed).await;
    let rows = together(&found.reads).into_iter().map(|Group { last, times }| {
        let at = reads::time(words, last);
        let row = Row {
            name: found.name(words, &last.reader),
            on_behalf: reads::on_behalf(words, last, &organisations),
            what: words_of::looked_at_you(words.0, last.service, &last.method).unwrap_or(words.looked_somehow()),
            times: if times > 1 { words.times_last_at(times, &at) } else { at },
        };
        (last.at.local_date(), row)
    });
    let today = signed.visit.app.frame.clock.now().local_date();
    let template = WhoLookedPage {
        days: by_day(words.0, today, rows),
        page: Page::new(&signed.visit, words.who_looked_title()),
        next: (!found.next.is_empty()).then(|| format!("/who-looked?page={}", encode(&found.next))),
        incomplete: found.incomplete,
        is_first: wish.page.is_empty(),
    };
    Ok(html(StatusCode::OK, &template))
}

/// The services show to a worker the reads of the own file alone. To one who is an auditor, too, they would show all.
async fn own(signed: &Signed, token: &str) -> Result<reads::Reads, Failure> {
    let worker = if signed.session.has(Role::Auditor) {
        let me = signed.identity().get_me(signed.ask(GetMeRequest {})).await?.into_inner();
        me.user.map(|user| user.worker).ok_or(Failure::Broken)?
    } else {
        String::new()
    };
    let filter = Filter { worker, ..Filter::default() };
    Ok(reads::page(signed, &filter, 100, token).await?)
}
