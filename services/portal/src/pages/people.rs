//! The workers of an organisation, and taking a new one in.

use askama::Template;
use axum::{
    extract::Query,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::{ids::random_uuid, time::LocalDate};
use proto::members::{Competence, CreateWorkerRequest, Employment, EmploymentKind, ListWorkersRequest, Role, Worker};
use serde::Deserialize;
use wording::{Words, states};

use crate::{
    failure::{Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::{board::organisations, organisations::sent_back, publish::levels},
    view::{Page, encode, html},
    visit::Signed,
};

/// Whose workers, and what was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    pub(crate) organisation: String,
    page: String,
    done: String,
}

struct Row {
    id: String,
    name: String,
    personnel_number: String,
    level: &'static str,
    kind: &'static str,
    hours: String,
    request_id: String,
    end_request_id: String,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    page: Page,
    organisation: String,
    organisation_name: String,
    choices: Vec<Choice>,
    rows: Vec<Row>,
    form: Option<Form>,
    next: Option<String>,
}

/// `GET /people`.
pub(crate) async fn list(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    page(&signed, wish, None).await
}

/// `POST /people`.
pub(crate) async fn create(signed: Signed, input: Input) -> Result<Response, Failure> {
    let organisation = input.text("organisation").to_owned();
    let request = CreateWorkerRequest {
        worker: Some(Worker {
            first_name: input.text("first_name").to_owned(),
            last_name: input.text("last_name").to_owned(),
            birth_date: input.proto_date("birth_date"),
            postcode: input.text("postcode").to_owned(),
            big_number: input.text("big_number").to_owned(),
            big_valid_until: input.proto_date("big_valid_until"),
            ..Worker::default()
        }),
        employment: Some(Employment {
            organisation: organisation.clone(),
            personnel_number: input.text("personnel_number").to_owned(),
            function_level: input.text("function_level").parse().unwrap_or(0),
            kind: input.text("kind").parse().unwrap_or(0),
            minutes_per_week: minutes(input.text("minutes_per_week")),
            from: input.proto_date("from"),
            ..Employment::default()
        }),
        competences: input.list("competences").into_iter().map(|code| Competence { code, ..Competence::default() }).collect(),
        request_id: input.text("request_id").to_owned(),
    };
    match signed.workers().create_worker(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/people?organisation={}&done=worker", encode(&organisation))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, Wish { organisation, ..Wish::default() }, Some((input, problems))).await
        }
    }
}

/// Minutes of hours as people write them, `24` or `22,5`; what is no number becomes one that is refused.
pub(crate) fn minutes(hours: &str) -> i32 {
    let (whole, part) = hours.split_once([',', '.']).unwrap_or((hours, "0"));
    let part: String = part.chars().chain("00".chars()).take(2).collect();
    match (whole.parse::<i32>(), part.parse::<i32>()) {
        (Ok(whole), Ok(part)) if (0..=1000).contains(&whole) => whole * 60 + (part * 60 + 50) / 100,
        _ => -1,
    }
}

async fn page(signed: &Signed, wish: Wish, sent: Option<(Input, Problems)>) -> Result<Response, Failure> {
    let roles = [Role::Hr, Role::Planner];
    let own = signed.session.organisations(&roles);
    if !signed.session.is_operator() && own.is_empty() {
        return Err(Failure::Forbidden);
    }
    let guess = if wish.organisation.is_empty() { own.first().cloned().unwrap_or_default() } else { wish.organisation };
    let choices = organisations(signed, &roles, &guess).await?;
    let chosen = choices.iter().find(|choice| choice.chosen).cloned().unwrap_or_else(|| Choice::new(guess, ""));
    let words = signed.words();
    let (mut rows, mut next) = (Vec::new(), None);
    if !chosen.value.is_empty() {
        let request = ListWorkersRequest { organisation: chosen.value.clone(), page_size: 50, page_token: wish.page };
        let answer = signed.workers().list_workers(signed.ask(request)).await?.into_inner();
        rows = answer.workers.into_iter().map(|worker| row(words, worker)).collect();
        let query = format!("organisation={}&page={}", encode(&chosen.value), encode(&answer.next_page_token));
        next = (!answer.next_page_token.is_empty()).then(|| format!("/people?{query}"));
    }
    let may_add = signed.session.is_operator() || signed.session.acts_for(Role::Hr, &chosen.value);
    let today = signed.visit.app.frame.clock.now().local_date();
    let form = (may_add && !chosen.value.is_empty()).then(|| sent_back(words, form(words, &chosen.value, today), sent));
    let notice = match wish.done.as_str() {
        "worker" => Some(words.worker_created_notice()),
        "signed-out" => Some(words.worker_signed_out_notice()),
        "no-user" => Some(words.worker_has_no_user_notice()),
        _ => None,
    };
    let template = PeoplePage {
        page: Page::new(&signed.visit, words.people_title()).with_notice(notice),
        organisation: chosen.value,
        organisation_name: chosen.label,
        choices: if choices.len() > 1 { choices } else { Vec::new() },
        rows,
        form,
        next,
    };
    Ok(html(template.form.as_ref().map_or(StatusCode::OK, |form| form.status), &template))
}

fn row(words: Words, worker: Worker) -> Row {
    let employment = worker.employments.into_iter().next().unwrap_or_default();
    Row {
        name: format!("{} {}", worker.first_name, worker.last_name),
        level: states::function_level(words.0, employment.function_level()),
        kind: states::employment_kind(words.0, employment.kind()),
        hours: words.hours_a_week(employment.minutes_per_week),
        personnel_number: employment.personnel_number,
        id: worker.id,
        request_id: random_uuid().to_string(),
        end_request_id: random_uuid().to_string(),
    }
}

fn form(words: Words, organisation: &str, today: LocalDate) -> Form {
    let kinds = (1..).map_while(|number| EmploymentKind::try_from(number).ok());
    let kinds = kinds.map(|kind| Choice::new((kind as i32).to_string(), states::employment_kind(words.0, kind))).collect();
    Form::new("worker", "/people#new", words.worker_submit())
        .field("organisation", "", Kind::Hidden)
        .value(organisation)
        .field("first_name", words.field_first_name(), Kind::Text(80))
        .field("last_name", words.field_last_name(), Kind::Text(120))
        .field("birth_date", words.field_birth_date(), Kind::Date)
        .field("postcode", words.field_home_postcode(), Kind::Text(7))
        .field("personnel_number", words.field_personnel_number(), Kind::Text(40))
        .field("function_level", words.field_function_level(), Kind::Select(levels(words)))
        .field("kind", words.field_kind(), Kind::Select(kinds))
        .field("minutes_per_week", words.field_hours(), Kind::Text(5))
        .value("24")
        .field("from", words.field_employed_from(), Kind::Date)
        .value(today.to_string())
        .field("big_number", words.field_big_number(), Kind::Text(11))
        .optional()
        .hint(words.hint_big_number())
        .field("big_valid_until", words.field_big_valid_until(), Kind::Date)
        .optional()
        .field("competences", words.field_competences(), Kind::Text(2000))
        .optional()
        .hint(words.hint_competences())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (text, expected) in [("24", 1440), ("22,5", 1350), ("0.25", 15), ("7,75", 465), ("0,33", 20), ("x", -1), ("", -1), ("-3", -1)] {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }
}
