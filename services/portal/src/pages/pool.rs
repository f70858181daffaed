//! One pool: who takes part, on what terms, and changing them.

use std::collections::HashMap;

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::ids::random_uuid;
use proto::members::{
    ClaimMode, GetPoolRequest, LimitHoursElsewhereRequest, ListOrganisationsRequest, Pool, PoolKind, PoolTerms, QuietHours, ReleasePlan,
    RemovePoolMemberRequest, Role, UpdatePoolRequest,
};
use serde::Deserialize;
use wording::{Language, Words, clock, states};

use crate::{
    failure::{self, Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::{organisations::sent_back, people::minutes},
    view::{Page, encode, html},
    visit::Signed,
};

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    done: String,
}

/// A member.
struct Member {
    id: String,
    name: String,
    /// What its people may do elsewhere, in words.
    limit: String,
    /// The limit in hours as a form has it; absent for who may not change it.
    hours: Option<String>,
    request_id: String,
}

#[derive(Template)]
#[template(path = "pool.html")]
struct PoolPage {
    page: Page,
    id: String,
    kind: &'static str,
    /// What the terms are: a name and a value each.
    terms: Vec<(&'static str, String)>,
    members: Vec<Member>,
    form: Option<Form>,
    may_remove: bool,
    problem: Option<String>,
}

/// `GET /pools/{id}`.
pub(crate) async fn show(signed: Signed, Path(id): Path<String>, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    page(&signed, &id, &wish.done, None, None).await
}

/// `POST /pools/{id}`.
pub(crate) async fn update(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let pool = Pool {
        id: id.clone(),
        name: input.text("name").to_owned(),
        kind: input.text("kind").parse().unwrap_or(-1),
        terms: Some(terms_of(&input)),
        etag: input.text("etag").to_owned(),
        ..Pool::default()
    };
    let paths = ["name", "kind", "terms"].map(str::to_owned).to_vec();
    let request_id = input.text("request_id").to_owned();
    let request = UpdatePoolRequest { pool: Some(pool), update_mask: Some(prost_types::FieldMask { paths }), request_id };
    match signed.pools().update_pool(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/pools/{}?done=changed", encode(&id))).into_response()),
        Err(status) => {
            // What somebody else has changed meanwhile must be seen before it is changed again.
            let stale = failure::is_stale(&status);
            let problems = Problems::of(signed.language(), status)?;
            let (sent, general) = if stale { (None, Some(problems)) } else { (Some((input, problems)), None) };
            page(&signed, &id, "", sent, general).await
        }
    }
}

/// `POST /pools/{id}/members/{organisation}/remove`.
pub(crate) async fn remove(signed: Signed, Path((pool, organisation)): Path<(String, String)>, input: Input) -> Result<Response, Failure> {
    let request = RemovePoolMemberRequest { pool: pool.clone(), organisation, request_id: input.text("request_id").to_owned() };
    match signed.pools().remove_pool_member(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/pools/{}?done=removed", encode(&pool))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, &pool, "", None, Some(problems)).await
        }
    }
}

/// `POST /pools/{id}/members/{organisation}/limit`.
pub(crate) async fn limit(signed: Signed, Path((pool, organisation)): Path<(String, String)>, input: Input) -> Result<Response, Failure> {
    let hours = input.text("minutes_per_week");
    let minutes_per_week = (!hours.is_empty()).then(|| minutes(hours));
    let request_id = input.text("request_id").to_owned();
    let request = LimitHoursElsewhereRequest { pool: pool.clone(), organisation, minutes_per_week, request_id };
    match signed.pools().limit_hours_elsewhere(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/pools/{}?done=limited", encode(&pool))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, &pool, "", None, Some(problems)).await
        }
    }
}

fn terms_of(input: &Input) -> PoolTerms {
    let hours = |name: &str| minutes(input.text(name));
    let quiet = |name: &str| input.minute(name).and_then(|minute| i32::try_from(minute).ok()).unwrap_or(-1);
    let is_quiet = !input.text("from_minute").is_empty() || !input.text("until_minute").is_empty();
    PoolTerms {
        mode: input.text("mode").parse().unwrap_or(-1),
        cancellation_minutes: hours("cancellation_minutes"),
        withdrawal_minutes: hours("withdrawal_minutes"),
        offer_minutes: input.number("offer_minutes"),
        quiet_hours: is_quiet.then(|| QuietHours { from_minute: quiet("from_minute"), until_minute: quiet("until_minute") }),
        release: Some(ReleasePlan {
            own_team_minutes: hours("own_team_minutes"),
            own_organisation_minutes: hours("own_organisation_minutes"),
            pool_minutes: hours("pool_minutes"),
            self_employed_minutes: (!input.text("self_employed_minutes").is_empty()).then(|| hours("self_employed_minutes")),
            everybody_within_minutes: hours("everybody_within_minutes"),
        }),
        own_gaps_first: !input.text("own_gaps_first").is_empty(),
    }
}

async fn page(
    signed: &Signed,
    id: &str,
    done: &str,
    sent: Option<(Input, Problems)>,
    general: Option<Problems>,
) -> Result<Response, Failure> {
    let (mut one, mut two) = (signed.pools(), signed.organisations());
    let (pool, organisations) = tokio::join!(
        one.get_pool(signed.ask(GetPoolRequest { id: id.to_owned() })),
        two.list_organisations(signed.ask(ListOrganisationsRequest { page_size: 200, page_token: String::new() })),
    );
    let pool = pool?.into_inner().pool.ok_or(Failure::NotFound)?;
    let organisations = organisations?.into_inner().organisations;
    let names: HashMap<&str, &str> = organisations.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    let words = signed.words();
    let is_operator = signed.session.is_operator();
    let terms = pool.terms.unwrap_or_default();
    let member = |organisation: &String| {
        let limit = pool.hours_elsewhere.iter().find(|limit| limit.organisation == *organisation).map(|limit| limit.minutes_per_week);
        let may_limit = is_operator || signed.session.acts_for(Role::Hr, organisation);
        Member {
            name: names.get(organisation.as_str()).copied().unwrap_or(organisation).to_owned(),
            limit: limit.map_or_else(|| words.elsewhere_none().to_owned(), |minutes| words.elsewhere_at_most(minutes)),
            hours: may_limit.then(|| limit.map(|minutes| hours(words.0, minutes)).unwrap_or_default()),
            id: organisation.clone(),
            request_id: random_uuid().to_string(),
        }
    };
    let form = is_operator.then(|| sent_back(words, form(words, &pool, &terms), sent));
    let notice = match done {
        "changed" => Some(words.pool_changed_notice()),
        "removed" => Some(words.pool_removed_notice()),
        "limited" => Some(words.pool_limited_notice()),
        _ => None,
    };
    let status = general.as_ref().map(|problems| problems.status).or_else(|| form.as_ref().map(|form| form.status));
    let template = PoolPage {
        page: Page::new(&signed.visit, pool.name.clone()).with_notice(notice),
        id: pool.id.clone(),
        kind: states::pool_kind(words.0, pool.kind()),
        members: pool.organisations.iter().map(member).collect(),
        may_remove: is_operator && pool.organisations.len() > 1,
        terms: in_words(words, &terms),
        form,
        problem: general.and_then(|problems| problems.general.or_else(|| problems.fields.into_iter().next().map(|(_, text)| text))),
    };
    Ok(html(status.unwrap_or(StatusCode::OK), &template))
}

/// The terms as people read them.
fn in_words(words: Words, terms: &PoolTerms) -> Vec<(&'static str, String)> {
    let mut rows = vec![(words.pool_mode(), states::claim_mode(words.0, terms.mode()).to_owned())];
    if let Some(plan) = &terms.release {
        rows.push((words.release_own_team(), words.after_publishing(plan.own_team_minutes)));
        rows.push((words.release_own_organisation(), words.after_publishing(plan.own_organisation_minutes)));
        rows.push((words.release_pool(), words.after_publishing(plan.pool_minutes)));
        let self_employed = plan.self_employed_minutes.map(|minutes| words.after_publishing(minutes));
        rows.push((words.release_self_employed(), self_employed.unwrap_or_else(|| words.stage_never().to_owned())));
        if plan.everybody_within_minutes > 0 {
            rows.push(("", words.everybody_within(plan.everybody_within_minutes)));
        }
    }
    if terms.own_gaps_first {
        rows.push(("", words.own_gaps_first_yes().to_owned()));
    }
    rows.push((words.cancel_shift(), words.before_the_start(terms.cancellation_minutes)));
    rows.push((words.withdraw_term(), words.before_the_start(terms.withdrawal_minutes)));
    rows.push((words.offer_term(), clock::duration(words.0, i64::from(terms.offer_minutes))));
    if let Some(quiet) = &terms.quiet_hours {
        rows.push((words.quiet_term(), format!("{} – {}", on_the_clock(quiet.from_minute), on_the_clock(quiet.until_minute))));
    }
    rows
}

fn form(words: Words, pool: &Pool, terms: &PoolTerms) -> Form {
    let plan = terms.release.unwrap_or_default();
    let hours = |minutes| hours(words.0, minutes);
    let modes = [ClaimMode::Claim, ClaimMode::Apply];
    let modes = modes.map(|mode| chosen(mode as i32, states::claim_mode(words.0, mode), terms.mode() as i32)).to_vec();
    let quiet = |minute: Option<i32>| minute.map(on_the_clock).unwrap_or_default();
    let own_gaps = Choice { chosen: terms.own_gaps_first, ..Choice::new("1", words.own_gaps_first_yes()) };
    Form::new("pool", format!("/pools/{}#change", encode(&pool.id)), words.pool_save())
        .field("etag", "", Kind::Hidden)
        .value(&pool.etag)
        .field("name", words.field_pool_name(), Kind::Text(120))
        .value(&pool.name)
        .field("kind", words.pool_kind(), Kind::Select(kinds(words, pool.kind())))
        .field("mode", words.pool_mode(), Kind::Select(modes))
        .hint(words.pool_mode_hint())
        .field("own_team_minutes", format!("{}: {}", words.release_title(), words.release_own_team()), Kind::Text(7))
        .value(hours(plan.own_team_minutes))
        .hint(words.release_hint())
        .field("own_organisation_minutes", words.release_own_organisation(), Kind::Text(7))
        .value(hours(plan.own_organisation_minutes))
        .field("pool_minutes", words.release_pool(), Kind::Text(7))
        .value(hours(plan.pool_minutes))
        .field("self_employed_minutes", words.release_self_employed(), Kind::Text(7))
        .value(plan.self_employed_minutes.map(hours).unwrap_or_default())
        .optional()
        .hint(words.release_self_employed_hint())
        .field("everybody_within_minutes", words.release_everybody(), Kind::Text(7))
        .value(hours(plan.everybody_within_minutes))
        .hint(words.release_everybody_hint())
        .field("own_gaps_first", words.own_gaps_first(), Kind::Checks(vec![own_gaps]))
        .field("cancellation_minutes", words.cancellation_until(), Kind::Text(7))
        .value(hours(terms.cancellation_minutes))
        .hint(words.cancellation_hint())
        .field("withdrawal_minutes", words.withdrawal_until(), Kind::Text(7))
        .value(hours(terms.withdrawal_minutes))
        .field("offer_minutes", words.offer_minutes(), Kind::Number(5, 7 * 24 * 60))
        .value(terms.offer_minutes.to_string())
        .field("from_minute", words.quiet_from(), Kind::Time)
        .value(quiet(terms.quiet_hours.map(|quiet| quiet.from_minute)))
        .optional()
        .field("until_minute", words.quiet_until(), Kind::Time)
        .value(quiet(terms.quiet_hours.map(|quiet| quiet.until_minute)))
        .optional()
}

fn chosen(number: i32, label: &str, chosen: i32) -> Choice {
    Choice { chosen: number == chosen, ..Choice::new(number.to_string(), label) }
}

/// The kinds of pool, one of them chosen.
pub(crate) fn kinds(words: Words, now: PoolKind) -> Vec<Choice> {
    let all = (1..).map_while(|number| PoolKind::try_from(number).ok());
    all.map(|kind| chosen(kind as i32, states::pool_kind(words.0, kind), now as i32)).collect()
}

/// Minutes as hours that a form takes back: `24`, `1,5`.
fn hours(language: Language, minutes: i32) -> String {
    let (whole, hundredths) = (minutes / 60, (minutes % 60 * 100 + 30) / 60);
    if hundredths == 0 {
        return whole.to_string();
    }
    let text = format!("{whole}{}{hundredths:02}", language.two(",", "."));
    text.trim_end_matches('0').to_owned()
}

fn on_the_clock(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_of_a_form_come_back_as_the_same_minutes() {
        assert_eq!([0, 90, 1440, 20].map(|minutes| hours(Language::Dutch, minutes)), ["0", "1,5", "24", "0,33"]);
        for count in 0..200 {
            assert_eq!(minutes(&hours(Language::English, count)), count);
        }
    }
}
