//! Publishing an open shift.

use askama::Template;
use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::time::LocalDate;
use proto::{
    flexpool::{LocalTime, PublishShiftRequest},
    members::{FunctionLevel, ListPoolsRequest, ListWardsRequest, Role},
};
use wording::{Words, states};

use crate::{
    failure::{Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::board::{Wish, organisations},
    view::{Page, encode, html},
    visit::Signed,
};

#[derive(Template)]
#[template(path = "publish.html")]
struct PublishPage {
    page: Page,
    organisation: String,
    organisation_name: String,
    form: Form,
    /// What is missing before anything can be published.
    missing: Option<&'static str>,
}

/// The two times of the form, to tell them apart where the clock shows an hour twice.
const TIMES: [(&str, &str); 2] = [("starts_at", "starts_second"), ("ends_at", "ends_second")];

/// `GET /board/publish`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let own = signed.session.organisations(&[Role::Planner]);
    let organisation = if wish.organisation.is_empty() { own.first().cloned().unwrap_or_default() } else { wish.organisation };
    page(&signed, organisation, None, None).await
}

/// `POST /board/publish`. What is not right stands at its field, and what was filled in stays.
pub(crate) async fn publish(signed: Signed, input: Input) -> Result<Response, Failure> {
    let organisation = input.text("organisation").to_owned();
    let words = signed.words();
    let (request, problems) = read(words, &input);
    if !problems.is_empty() {
        let problems = Problems { status: StatusCode::UNPROCESSABLE_ENTITY, general: None, fields: problems };
        return page(&signed, organisation, Some(input), Some(problems)).await;
    }
    match signed.shifts().publish_shift(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/board?organisation={}&done=published", encode(&organisation))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, organisation, Some(input), Some(problems)).await
        }
    }
}

/// The request, and what only the form can know: which pass of an hour is meant, and what is no time.
fn read(words: Words, input: &Input) -> (PublishShiftRequest, Vec<(String, String)>) {
    let mut problems = Vec::new();
    let [starts_at, ends_at] = times(words, input, &mut problems);
    let request = PublishShiftRequest {
        ward: input.text("ward").to_owned(),
        pool: input.text("pool").to_owned(),
        starts_at,
        ends_at,
        break_minutes: if input.text("break_minutes").is_empty() { 0 } else { input.number("break_minutes") },
        function_level: input.text("function_level").parse().unwrap_or(0),
        competences: input.list("competences"),
        places: input.number("places"),
        external_reference: input.text("external_reference").to_owned(),
        request_id: input.text("request_id").to_owned(),
    };
    (request, problems)
}

/// Start and end from the fields `date`, `starts_at` and `ends_at`, and what is wrong with them.
pub(crate) fn times(words: Words, input: &Input, problems: &mut Vec<(String, String)>) -> [Option<LocalTime>; 2] {
    let date = input.date("date");
    if date.is_none() && !input.text("date").is_empty() {
        problems.push(("date".to_owned(), words.not_a_date().to_owned()));
    }
    let [start, end] = ["starts_at", "ends_at"].map(|name| {
        let minute = input.minute(name);
        if minute.is_none() {
            problems.push((name.to_owned(), words.not_a_time().to_owned()));
        }
        minute
    });
    // An end that is not after the start is on the next day.
    let last = date.map(|date| if end <= start { next_day(date) } else { date });
    let mut at = |(name, second): (&str, &'static str), date: Option<LocalDate>, minute: Option<u32>| {
        let (date, minute) = (date?, minute?);
        let twice = comes_twice(date, minute);
        if twice && input.text(second).is_empty() {
            problems.push((second.to_owned(), words.which_pass().to_owned()));
        }
        let second_pass = twice && input.text(second) == "second";
        let _ = name;
        Some(LocalTime { date: Some(date.to_proto()), minute: i32::try_from(minute).unwrap_or(-1), second_pass })
    };
    let times = [at(TIMES[0], date, start), at(TIMES[1], last, end)];
    if date.is_none() && problems.is_empty() {
        problems.push(("date".to_owned(), words.not_a_date().to_owned()));
    }
    times
}

fn next_day(date: LocalDate) -> LocalDate {
    LocalDate(date.0.succ_opt().unwrap_or(date.0))
}

/// Whether the clock shows this time twice on that day (I12).
fn comes_twice(date: LocalDate, minute: u32) -> bool {
    date.at_minute(minute, true).is_ok()
}

/// The levels, in the order of the care ladder.
pub(crate) fn levels(words: Words) -> Vec<Choice> {
    let all = (1..).map_while(|number| FunctionLevel::try_from(number).ok());
    all.map(|level| Choice::new((level as i32).to_string(), states::function_level(words.0, level))).collect()
}

async fn page(signed: &Signed, organisation: String, input: Option<Input>, problems: Option<Problems>) -> Result<Response, Failure> {
    if !signed.session.acts_for(Role::Planner, &organisation) || organisation.is_empty() {
        return Err(Failure::Forbidden);
    }
    let everything = |page_size| (page_size, String::new());
    let (page_size, page_token) = everything(200);
    let wards = ListWardsRequest { organisation: organisation.clone(), page_size, page_token: page_token.clone() };
    let (mut asked_wards, mut asked_pools) = (signed.organisations(), signed.pools());
    let (wards, pools, choices) = tokio::join!(
        asked_wards.list_wards(signed.ask(wards)),
        asked_pools.list_pools(signed.ask(ListPoolsRequest { page_size, page_token })),
        organisations(signed, &[Role::Planner], &organisation),
    );
    let wards: Vec<Choice> = wards?.into_inner().wards.into_iter().map(|ward| Choice::new(ward.id, ward.name)).collect();
    let pools = pools?.into_inner().pools.into_iter().filter(|pool| pool.organisations.contains(&organisation));
    let pools: Vec<Choice> = pools.map(|pool| Choice::new(pool.id, pool.name)).collect();
    let words = signed.words();
    let missing = match (wards.is_empty(), pools.is_empty()) {
        (true, _) => Some(words.publish_needs_ward()),
        (_, true) => Some(words.publish_needs_pool()),
        _ => None,
    };
    let mut form = form(words, &organisation, wards, pools, input.as_ref());
    if let Some(input) = &input {
        form = form.filled(input);
    }
    if let Some(problems) = problems {
        form = form.blamed(words, problems);
    }
    let chosen = choices?.into_iter().find(|choice| choice.chosen);
    let template = PublishPage {
        page: Page::new(&signed.visit, words.publish_title()),
        organisation,
        organisation_name: chosen.map(|choice| choice.label).unwrap_or_default(),
        form,
        missing,
    };
    Ok(html(template.form.status, &template))
}

fn form(words: Words, organisation: &str, mut wards: Vec<Choice>, mut pools: Vec<Choice>, input: Option<&Input>) -> Form {
    for choices in [&mut wards, &mut pools] {
        if let [only] = choices.as_mut_slice() {
            only.chosen = true;
        }
    }
    let form = Form::new("publish", "/board/publish", words.publish_submit())
        .field("organisation", "", Kind::Hidden)
        .value(organisation)
        .field("date", words.field_date(), Kind::Date)
        .hint(words.hint_night());
    let form = with_times(words, form, input);
    form.field("break_minutes", words.field_break(), Kind::Number(0, 240))
        .value("30")
        .field("ward", words.field_ward(), Kind::Select(wards))
        .field("pool", words.field_pool(), Kind::Select(pools))
        .field("function_level", words.field_function_level(), Kind::Select(levels(words)))
        .field("competences", words.field_competences(), Kind::Text(1000))
        .optional()
        .hint(words.hint_competences())
        .field("places", words.field_places(), Kind::Number(1, 100))
        .value("1")
        .field("external_reference", words.field_reference(), Kind::Text(80))
        .optional()
        .hint(words.hint_reference())
}

/// The form with fields for start and end, and for which hour is meant where the clock shows it twice.
pub(crate) fn with_times(words: Words, form: Form, input: Option<&Input>) -> Form {
    let form = form.field("starts_at", words.field_starts_at(), Kind::Time);
    let mut form = form.field("ends_at", words.field_ends_at(), Kind::Time);
    let mut asked = Vec::new();
    if let Some(input) = input {
        times(words, input, &mut asked);
    }
    let passes = || vec![Choice::new("first", words.first_pass()), Choice::new("second", words.second_pass())];
    for (name, second) in TIMES {
        let chosen = input.is_some_and(|input| !input.text(second).is_empty());
        if chosen || asked.iter().any(|(field, _)| field == second) {
            let label = if name == "starts_at" { words.field_starts_pass() } else { words.field_ends_pass() };
            form = form.field(second, label, Kind::Select(passes()));
        }
    }
    form
}
