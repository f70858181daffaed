//! What a worker wants: when, how far, which work and where.

use askama::Template;
use axum::{
    extract::Query,
    response::{IntoResponse, Redirect, Response},
};
use proto::{
    flexpool::{DayPart, GetPreferencesRequest, Preferences, SetPreferencesRequest},
    members::FunctionLevel,
};
use serde::Deserialize;
use wording::{Words, states};

use crate::{
    failure::{Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    reads,
    view::{Page, html},
    visit::Signed,
};

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    done: String,
}

#[derive(Template)]
#[template(path = "wishes.html")]
struct WishesPage {
    page: Page,
    form: Form,
}

/// `GET /wishes`.
pub(crate) async fn show(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let wanted = signed.eligibility().get_preferences(signed.ask(GetPreferencesRequest {})).await?.into_inner().preferences;
    let form = form(&signed, &wanted.unwrap_or_default()).await;
    let notice = (wish.done == "saved").then(|| signed.words().wishes_saved());
    Ok(page(&signed, form, notice))
}

/// `POST /wishes`. What is not right stands at its field, and what was filled in stays.
pub(crate) async fn save(signed: Signed, input: Input) -> Result<Response, Failure> {
    let numbers = |name: &str| input.all(name).iter().filter_map(|number| number.parse().ok()).collect::<Vec<i32>>();
    let preferences = Preferences {
        max_km: if input.text("max_km").is_empty() { 0 } else { input.number("max_km") },
        day_parts: numbers("day_parts"),
        function_levels: numbers("function_levels"),
        organisations: input.all("organisations"),
    };
    let request = SetPreferencesRequest { preferences: Some(preferences), request_id: input.text("request_id").to_owned() };
    match signed.eligibility().set_preferences(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to("/wishes?done=saved").into_response()),
        Err(status) => {
            let mut problems = Problems::of(signed.language(), status)?;
            for (path, _) in &mut problems.fields {
                *path = path.trim_start_matches("preferences.").to_owned();
            }
            let form = form(&signed, &Preferences::default()).await.filled(&input).blamed(signed.words(), problems);
            Ok(page(&signed, form, None))
        }
    }
}

fn page(signed: &Signed, form: Form, notice: Option<&'static str>) -> Response {
    let page = Page::new(&signed.visit, signed.words().wishes_title()).with_notice(notice);
    html(form.status, &WishesPage { page, form })
}

async fn form(signed: &Signed, wanted: &Preferences) -> Form {
    let words: Words = signed.words();
    let chosen = |value: String, label: &str, chosen| Choice { chosen, ..Choice::new(value, label) };
    let parts = (1..).map_while(|number| DayPart::try_from(number).ok());
    let parts = parts.map(|part| chosen((part as i32).to_string(), words.day_part(part), wanted.day_parts.contains(&(part as i32))));
    let levels = (1..).map_while(|number| FunctionLevel::try_from(number).ok());
    let levels = levels.map(|level| {
        let number = level as i32;
        chosen(number.to_string(), states::function_level(words.0, level), wanted.function_levels.contains(&number))
    });
    let mut organisations: Vec<(String, String)> = reads::organisations(signed).await.into_iter().collect();
    // Without members what was chosen stays chosen (D29).
    let missing = wanted.organisations.iter().filter(|id| !organisations.iter().any(|(known, _)| known == *id));
    let missing: Vec<(String, String)> = missing.map(|id| (id.clone(), crate::names::short(id))).collect();
    organisations.extend(missing);
    organisations.sort_by(|one, other| one.1.cmp(&other.1));
    let organisations = organisations.into_iter().map(|(id, name)| chosen(id.clone(), &name, wanted.organisations.contains(&id)));
    let max_km = if wanted.max_km == 0 { String::new() } else { wanted.max_km.to_string() };
    Form::new("wishes", "/wishes", words.wishes_save())
        .field("max_km", words.wishes_max_km(), Kind::Number(1, 300))
        .optional()
        .hint(words.wishes_max_km_hint())
        .value(max_km)
        .field("day_parts", words.wishes_day_parts(), Kind::Checks(parts.collect()))
        .hint(words.wishes_nothing_hint())
        .field("function_levels", words.wishes_levels(), Kind::Checks(levels.collect()))
        .hint(words.wishes_nothing_hint())
        .field("organisations", words.wishes_organisations(), Kind::Checks(organisations.collect()))
        .hint(words.wishes_nothing_hint())
}
