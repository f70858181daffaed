//! Who looked at whose file, for the auditor: found by person, reader, organisation and days, and to take along as a file.

use std::collections::HashMap;

use askama::Template;
use axum::{
    body::Body,
    extract::Query,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chassis::time::{LocalDate, Timestamp};
use proto::members::Role;
use serde::Deserialize;
use wording::reads as words_of;

use crate::{
    cards::{Day, by_day},
    failure::{Failure, Problems},
    forms::Choice,
    names::Names,
    reads::{self, Filter, Read, Reads},
    view::{Page, encode, html},
    visit::Signed,
};

/// So many reads stand on a page.
const PAGE: i32 = 50;
/// So many of the people of one read are named.
const NAMED: usize = 4;
/// So many reads a file asks for at once.
const FILE_PAGE: i32 = 200;

/// What is looked for.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    worker: String,
    organisation: String,
    reader: String,
    from: String,
    until: String,
    page: String,
}

impl Wish {
    fn filter(&self) -> Filter {
        let day = |text: &str| text.parse::<LocalDate>().ok().map(LocalDate::to_proto);
        Filter {
            worker: self.worker.clone(),
            organisation: self.organisation.clone(),
            reader: self.reader.clone(),
            from: day(&self.from),
            until: day(&self.until),
        }
    }

    /// The address of this page or of another one with the same wishes.
    fn at(&self, path: &str, page: &str) -> String {
        let wishes = [
            ("worker", self.worker.as_str()),
            ("organisation", &self.organisation),
            ("reader", &self.reader),
            ("from", &self.from),
            ("until", &self.until),
            ("page", page),
        ];
        let query: Vec<String> =
            wishes.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| format!("{name}={}", encode(value))).collect();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
    }
}

/// Somebody by whom the list can be narrowed.
struct Somebody {
    name: String,
    /// The list of this person alone.
    href: String,
}

struct Row {
    time: String,
    reader: Somebody,
    on_behalf: String,
    what: String,
    people: Vec<Somebody>,
    /// People who are not named here.
    more: i32,
}

/// Somebody by whom the list is narrowed.
struct Narrowed {
    field: &'static str,
    value: String,
    label: &'static str,
    name: String,
    /// The list without it.
    without: String,
}

#[derive(Template)]
#[template(path = "access_log.html")]
struct AccessLogPage {
    page: Page,
    wish: Wish,
    organisations: Vec<Choice>,
    narrowed: Vec<Narrowed>,
    problems: Vec<String>,
    days: Vec<Day<Row>>,
    next: Option<String>,
    csv: String,
    incomplete: bool,
}

fn require_auditor(signed: &Signed) -> Result<(), Failure> {
    if signed.session.has(Role::Auditor) { Ok(()) } else { Err(Failure::Forbidden) }
}

/// `GET /access-log`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    require_auditor(&signed)?;
    let filter = wish.filter();
    let (organisations, found) = tokio::join!(reads::organisations(&signed), reads::page(&signed, &filter, PAGE, &wish.page));
    let (mut found, problems) = match found {
        Ok(found) => (found, None),
        Err(status) => (Reads::default(), Some(Problems::of(signed.language(), status)?)),
    };
    let shown = found.reads.iter().flat_map(|read| named(read, &wish)).chain((!wish.worker.is_empty()).then_some(&wish.worker));
    let shown: Vec<String> = shown.cloned().collect();
    let (names, ()) = tokio::join!(Names::of(&signed, &shown), found.name_readers(&signed));
    let words = signed.words();
    let rows = found.reads.iter().map(|read| (read.at.local_date(), row(&signed, &wish, &found, read, &names, &organisations)));
    let today = signed.visit.app.frame.clock.now().local_date();
    let status = problems.as_ref().map_or(StatusCode::OK, |problems| problems.status);
    let problems = problems.map(|problems| problems.general.into_iter().chain(problems.fields.into_iter().map(|(_, text)| text)).collect());
    let template = AccessLogPage {
        page: Page::new(&signed.visit, words.access_log_title()),
        days: by_day(words.0, today, rows),
        organisations: choices(&organisations, &wish.organisation),
        narrowed: narrowed(&signed, &wish, &found, &names),
        problems: problems.unwrap_or_default(),
        next: (!found.next.is_empty()).then(|| wish.at("/access-log", &found.next)),
        csv: wish.at("/access-log.csv", ""),
        incomplete: found.incomplete,
        wish,
    };
    Ok(html(status, &template))
}

/// The people of a read who are named: whom the list is about comes first.
fn named<'a>(read: &'a Read, wish: &'a Wish) -> impl Iterator<Item = &'a String> {
    let (asked, others): (Vec<_>, Vec<_>) = read.workers.iter().partition(|worker| **worker == wish.worker);
    asked.into_iter().chain(others).take(NAMED)
}

fn row(signed: &Signed, wish: &Wish, found: &Reads, read: &Read, names: &Names, organisations: &HashMap<String, String>) -> Row {
    let words = signed.words();
    let by = |change: &dyn Fn(&mut Wish)| {
        let mut other = wish.clone();
        change(&mut other);
        other.at("/access-log", "")
    };
    let people: Vec<Somebody> =
        named(read, wish).map(|worker| Somebody { name: names.get(worker), href: by(&|wish| wish.worker.clone_from(worker)) }).collect();
    Row {
        time: reads::time(words, read),
        reader: Somebody { name: found.name(words, &read.reader), href: by(&|wish| wish.reader.clone_from(&read.reader)) },
        on_behalf: reads::on_behalf(words, read, organisations),
        what: words_of::looked(words.0, read.service, &read.method).map_or_else(|| read.method.clone(), str::to_owned),
        more: i32::try_from(read.workers.len() - people.len()).unwrap_or(i32::MAX),
        people,
    }
}

fn choices(organisations: &HashMap<String, String>, chosen: &str) -> Vec<Choice> {
    let mut choices: Vec<Choice> = organisations.iter().map(|(id, name)| Choice::new(id.clone(), name.clone())).collect();
    choices.sort_by(|one, other| one.label.cmp(&other.label));
    // Chosen and not among those that are known: it must not get lost.
    if !chosen.is_empty() && choices.iter().all(|choice| choice.value != chosen) {
        choices.push(Choice::new(chosen, chosen));
    }
    choices.iter_mut().for_each(|choice| choice.chosen = choice.value == chosen);
    choices
}

fn narrowed(signed: &Signed, wish: &Wish, found: &Reads, names: &Names) -> Vec<Narrowed> {
    let words = signed.words();
    let mut narrowed = Vec::new();
    if !wish.worker.is_empty() {
        let without = Wish { worker: String::new(), ..wish.clone() }.at("/access-log", "");
        let (name, value) = (names.get(&wish.worker), wish.worker.clone());
        narrowed.push(Narrowed { field: "worker", value, label: words.access_log_person(), name, without });
    }
    if !wish.reader.is_empty() {
        let without = Wish { reader: String::new(), ..wish.clone() }.at("/access-log", "");
        let (name, value) = (found.name(words, &wish.reader), wish.reader.clone());
        narrowed.push(Narrowed { field: "reader", value, label: words.access_log_reader(), name, without });
    }
    narrowed
}

/// `GET /access-log.csv`: a line per read and person, newest first. Workers stand there without a name. A service that does not answer
/// cuts the file off, so that half of it is never taken for the whole.
pub(crate) async fn csv(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    require_auditor(&signed)?;
    let filter = wish.filter();
    // What is wrong with the wishes is said before the file begins.
    let (organisations, first) = tokio::join!(reads::organisations(&signed), whole(&signed, &filter, ""));
    let mut page = first?;
    let body = async_stream::try_stream! {
        yield line(&HEAD.map(str::to_owned));
        loop {
            page.name_readers(&signed).await;
            yield page.reads.iter().map(|read| lines(&signed, &page, read, &organisations)).collect::<String>();
            if page.next.is_empty() {
                break;
            }
            page = whole(&signed, &filter, &page.next).await.map_err(|_| std::io::Error::other("a service did not answer"))?;
        }
    };
    let body: futures::stream::BoxStream<'static, Result<String, std::io::Error>> = Box::pin(body);
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"regiopool-access-log.csv\""),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

async fn whole(signed: &Signed, filter: &Filter, token: &str) -> Result<Reads, Failure> {
    let page = reads::page(signed, filter, FILE_PAGE, token).await?;
    if page.incomplete { Err(Failure::Unavailable) } else { Ok(page) }
}

const HEAD: [&str; 9] = ["time", "service", "method", "what", "reader", "reader_name", "organisations", "organisation_names", "worker"];

fn lines(signed: &Signed, page: &Reads, read: &Read, organisations: &HashMap<String, String>) -> String {
    let words = signed.words();
    let what = words_of::looked(words.0, read.service, &read.method).unwrap_or_default();
    let names: Vec<String> = read.organisations.iter().map(|id| organisations.get(id).cloned().unwrap_or_default()).collect();
    let of = |worker: &String| {
        line(&[
            moment(read.at),
            read.service.to_owned(),
            read.method.clone(),
            what.to_owned(),
            read.reader.clone(),
            page.name(words, &read.reader),
            read.organisations.join(" "),
            names.join("; "),
            worker.clone(),
        ])
    };
    read.workers.iter().map(of).collect()
}

/// As programs read it, with the offset of Europe/Amsterdam.
fn moment(at: Timestamp) -> String {
    at.local().to_rfc3339_opts(chrono::SecondsFormat::Millis, false)
}

/// One line of a CSV file (RFC 4180). What a spreadsheet would take for a formula gets an apostrophe before it.
fn line(cells: &[String; 9]) -> String {
    let cell = |text: &String| {
        let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    };
    cells.iter().map(cell).collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_never_a_formula_and_never_breaks_its_line() {
        let cells = ["=1+1", "a \"b\"", "c,d", "", "-x", "", "", "", "é"].map(str::to_owned);
        assert_eq!(line(&cells), "\"'=1+1\",\"a \"\"b\"\"\",\"c,d\",\"\",\"'-x\",\"\",\"\",\"\",\"é\"\r\n");
    }

    #[test]
    fn a_wish_is_kept_in_the_address() {
        let wish = Wish { worker: "wrk_1".to_owned(), from: "2026-11-24".to_owned(), page: "old".to_owned(), ..Wish::default() };
        assert_eq!(wish.at("/access-log", "a b"), "/access-log?worker=wrk_1&from=2026-11-24&page=a%20b");
        assert_eq!(Wish::default().at("/access-log", ""), "/access-log");
    }
}
