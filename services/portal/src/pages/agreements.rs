//! What an organisation agreed to: in a list on its page, and one agreement with its versions.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::{ids::random_uuid, time::LocalDate};
use proto::members::{
    Agreement, AgreementParty, AmendAgreementRequest, Approval, ApproveAgreementRequest, Basis, CreateAgreementRequest,
    EndAgreementRequest, FunctionLevel, LenderRegistration, ListAgreementVersionsRequest, PaperSignatures, Programme, Role, SharingScope,
    Tariff, VatDecision, VatTreatment, agreement,
};
use serde::Deserialize;
use wording::{Words, clock, states};

use crate::{
    failure::{self, Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::organisations::{Sent, page as organisation_page, sent_back},
    view::{Page, encode, html},
    visit::Signed,
};

/// An agreement as lists show it.
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) period: String,
    pub(crate) state: &'static str,
    pub(crate) is_this: bool,
    pub(crate) bases: Vec<&'static str>,
}

/// An agreement in words.
pub(crate) fn row(words: Words, agreement: &Agreement, shown: &str) -> Row {
    Row {
        id: agreement.id.clone(),
        period: words.from_until(&day(words, &agreement.from).unwrap_or_default(), day(words, &agreement.until).as_deref()),
        state: states::agreement_state(words.0, agreement.state()),
        is_this: agreement.id == shown,
        bases: agreement.bases().map(|basis| states::basis(words.0, basis)).collect(),
    }
}

fn day(words: Words, date: &Option<proto::Date>) -> Option<String> {
    date.as_ref().and_then(LocalDate::from_proto).map(|date| clock::date(words.0, date))
}

/// Names of the fields for tariffs, by the number of the level.
const TARIFFS: [&str; 11] =
    ["", "tariff_1", "tariff_2", "tariff_3", "tariff_4", "tariff_5", "tariff_6", "tariff_7", "tariff_8", "tariff_9", "tariff_10"];

/// Every level that has a field for its tariff.
fn levels() -> impl Iterator<Item = (FunctionLevel, &'static str)> {
    (1..).map_while(|number| FunctionLevel::try_from(number).ok()).filter_map(|level| Some((level, *TARIFFS.get(level as usize)?)))
}

fn choices<T: Copy + Into<i32> + TryFrom<i32>>(
    words: Words,
    name: fn(wording::Language, T) -> &'static str,
    chosen: &[i32],
) -> Vec<Choice> {
    let all = (1..).map_while(|number| T::try_from(number).ok());
    all.map(|value| Choice { chosen: chosen.contains(&value.into()), ..Choice::new(value.into().to_string(), name(words.0, value)) })
        .collect()
}

/// The fields of what is agreed, filled in as in `known`.
fn content(words: Words, form: Form, known: &Agreement) -> Form {
    let iso = |date: &Option<proto::Date>| date.as_ref().and_then(LocalDate::from_proto).map(|day| day.to_string()).unwrap_or_default();
    let vat = known.vat.clone().unwrap_or_default();
    let lender = known.lender_registration.clone().unwrap_or_default();
    let programmes = if known.programmes.is_empty() { vec![Programme::Flexpool.into()] } else { known.programmes.clone() };
    let scope = if known.scope == 0 { SharingScope::Both.into() } else { known.scope };
    let mut form = form
        .field("from", words.field_from(), Kind::Date)
        .value(iso(&known.from))
        .field("until", words.field_until(), Kind::Date)
        .value(iso(&known.until))
        .optional()
        .hint(words.hint_until())
        .field("programmes", words.field_programmes(), Kind::Checks(choices::<Programme>(words, states::programme, &programmes)))
        .field("bases", words.field_bases(), Kind::Checks(choices::<Basis>(words, states::basis, &known.bases)))
        .hint(words.hint_bases())
        .field("scope", words.field_scope(), Kind::Select(choices::<SharingScope>(words, states::sharing_scope, &[scope])))
        .field("works_council_decided_on", words.field_works_council(), Kind::Date)
        .value(iso(&known.works_council_decided_on))
        .optional()
        .hint(words.hint_works_council())
        .field("notice_days", words.field_notice(), Kind::Number(0, 366))
        .value(known.notice_days.to_string())
        .field("treatment", words.field_vat(), Kind::Select(choices::<VatTreatment>(words, states::vat_treatment, &[vat.treatment])))
        .optional()
        .field("reason", words.field_vat_reason(), Kind::Text(500))
        .value(vat.reason)
        .optional()
        .field("decided_by", words.field_vat_decided_by(), Kind::Text(120))
        .value(vat.decided_by)
        .optional()
        .field("valid_from", words.field_vat_from(), Kind::Date)
        .value(iso(&vat.valid_from))
        .optional()
        .field("checked_on", words.field_lender_checked_on(), Kind::Date)
        .value(iso(&lender.checked_on))
        .optional()
        .hint(words.hint_lender())
        .field("checked_by", words.field_lender_checked_by(), Kind::Text(120))
        .value(lender.checked_by)
        .optional();
    for (level, name) in levels() {
        let tariff = known.tariffs.iter().find(|tariff| tariff.function_level() == level);
        let euros = tariff.map(|tariff| format!("{},{:02}", tariff.cents_per_hour / 100, tariff.cents_per_hour % 100));
        let label = format!("{}: {}", words.tariffs_title(), states::function_level(words.0, level));
        form = form.field(name, label, Kind::Text(8)).value(euros.unwrap_or_default()).optional();
    }
    form.hint(words.hint_tariff())
}

/// What was filled in.
fn content_of(input: &Input) -> Agreement {
    let has = |names: &[&str]| names.iter().any(|name| !input.text(name).is_empty());
    let numbers = |name: &str| input.all(name).iter().filter_map(|number| number.parse().ok()).collect();
    let tariff = |(level, name): (FunctionLevel, &str)| {
        let text = input.text(name);
        (!text.is_empty()).then(|| Tariff { function_level: level.into(), cents_per_hour: cents(text) })
    };
    Agreement {
        from: input.proto_date("from"),
        until: input.proto_date("until"),
        bases: numbers("bases"),
        works_council_decided_on: input.proto_date("works_council_decided_on"),
        programmes: numbers("programmes"),
        scope: input.text("scope").parse().unwrap_or(-1),
        tariffs: levels().filter_map(tariff).collect(),
        vat: has(&["treatment", "reason", "decided_by", "valid_from"]).then(|| VatDecision {
            treatment: input.text("treatment").parse().unwrap_or(0),
            reason: input.text("reason").to_owned(),
            decided_by: input.text("decided_by").to_owned(),
            valid_from: input.proto_date("valid_from"),
        }),
        lender_registration: has(&["checked_on", "checked_by"])
            .then(|| LenderRegistration { checked_on: input.proto_date("checked_on"), checked_by: input.text("checked_by").to_owned() }),
        notice_days: input.number("notice_days"),
        ..Agreement::default()
    }
}

/// Cents of an amount as people write it, `32`, `32,5` or `32.50`; what is none becomes one that is refused.
pub(crate) fn cents(euros: &str) -> i32 {
    let (whole, part) = euros.trim_start_matches(['€', ' ']).split_once([',', '.']).unwrap_or((euros, "0"));
    if part.len() > 2 {
        return -1;
    }
    let part: String = part.chars().chain("00".chars()).take(2).collect();
    match (whole.trim_start_matches(['€', ' ']).parse::<i32>(), part.parse::<i32>()) {
        (Ok(whole), Ok(part)) if (0..=100_000).contains(&whole) => whole * 100 + part,
        _ => -1,
    }
}

/// The form for a new agreement.
pub(crate) fn form(words: Words, path: &str, today: LocalDate) -> Form {
    let known = Agreement { from: Some(today.to_proto()), ..Agreement::default() };
    let form = Form::new("agreement", format!("{path}/agreements#agreement"), words.agreement_submit());
    content(words, form, &known)
        .field("association_on", words.field_signed_association(), Kind::Date)
        .optional()
        .hint(words.hint_signed())
        .field("organisation_on", words.field_signed_organisation(), Kind::Date)
        .optional()
}

/// `POST /organisations/{id}/agreements`.
pub(crate) async fn create(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let agreement = Agreement { organisation: id.clone(), ..content_of(&input) };
    let (association_on, organisation_on) = (input.proto_date("association_on"), input.proto_date("organisation_on"));
    let signed_on_paper =
        (association_on.is_some() || organisation_on.is_some()).then_some(PaperSignatures { association_on, organisation_on });
    let request_id = input.text("request_id").to_owned();
    let request = CreateAgreementRequest { agreement: Some(agreement), request_id, signed_on_paper };
    match signed.agreements().create_agreement(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/organisations/{}?done=agreement", encode(&id))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            organisation_page(&signed, &id, "", Sent { agreement: Some((input, problems)), ..Sent::default() }).await
        }
    }
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    done: String,
}

/// A side for which the person may approve.
struct Approve {
    party: i32,
    label: String,
    request_id: String,
}

#[derive(Template)]
#[template(path = "agreement.html")]
struct AgreementPage {
    page: Page,
    id: String,
    organisation: String,
    etag: String,
    period: String,
    facts: Vec<(&'static str, String)>,
    versions: Vec<Row>,
    approve: Vec<Approve>,
    amend_form: Option<Form>,
    end_form: Option<Form>,
    problem: Option<String>,
}

/// Forms that came back.
#[derive(Default)]
struct Back {
    amend: Option<(Input, Problems)>,
    end: Option<(Input, Problems)>,
    general: Option<Problems>,
}

/// `GET /agreements/{id}`.
pub(crate) async fn show(signed: Signed, Path(id): Path<String>, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    page(&signed, &id, &wish.done, Back::default()).await
}

/// `POST /agreements/{id}/approve`.
pub(crate) async fn approve(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let request = ApproveAgreementRequest {
        id: id.clone(),
        etag: input.text("etag").to_owned(),
        party: input.text("party").parse().unwrap_or(0),
        request_id: input.text("request_id").to_owned(),
    };
    match signed.agreements().approve_agreement(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/agreements/{}?done=approved", encode(&id))).into_response()),
        Err(status) => {
            let general = Some(Problems::of(signed.language(), status)?);
            page(&signed, &id, "", Back { general, ..Back::default() }).await
        }
    }
}

/// `POST /agreements/{id}/amend`.
pub(crate) async fn amend(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let (etag, request_id) = (input.text("etag").to_owned(), input.text("request_id").to_owned());
    let request = AmendAgreementRequest { amends: id.clone(), etag, agreement: Some(content_of(&input)), request_id };
    match signed.agreements().amend_agreement(signed.ask(request)).await {
        Ok(answer) => {
            let id = answer.into_inner().agreement.map(|agreement| agreement.id).unwrap_or_default();
            Ok(Redirect::to(&format!("/agreements/{}?done=proposed", encode(&id))).into_response())
        }
        Err(status) => {
            let stale = failure::is_stale(&status);
            let problems = Problems::of(signed.language(), status)?;
            let back = if stale {
                Back { general: Some(problems), ..Back::default() }
            } else {
                Back { amend: Some((input, problems)), ..Back::default() }
            };
            page(&signed, &id, "", back).await
        }
    }
}

/// `POST /agreements/{id}/end`.
pub(crate) async fn end(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let (etag, request_id) = (input.text("etag").to_owned(), input.text("request_id").to_owned());
    let request = EndAgreementRequest { id: id.clone(), etag, until: input.proto_date("until"), request_id };
    match signed.agreements().end_agreement(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/agreements/{}?done=ended", encode(&id))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, &id, "", Back { end: Some((input, problems)), ..Back::default() }).await
        }
    }
}

async fn page(signed: &Signed, id: &str, done: &str, back: Back) -> Result<Response, Failure> {
    let request = ListAgreementVersionsRequest { id: id.to_owned() };
    let versions = signed.agreements().list_agreement_versions(signed.ask(request)).await?.into_inner().agreements;
    let one = versions.iter().find(|version| version.id == id).ok_or(Failure::NotFound)?;
    let (words, session) = (signed.words(), &signed.session);
    let speaks = [Role::Hr, Role::Finance].iter().any(|role| session.acts_for(*role, &one.organisation));
    let sides = [
        (AgreementParty::Association, session.is_operator() && one.association_approval.is_none()),
        (AgreementParty::Organisation, speaks && one.organisation_approval.is_none()),
    ];
    let approve = sides.into_iter().filter(|(_, may)| *may).map(|(party, _)| Approve {
        party: party.into(),
        label: words.approve_for(states::agreement_party(words.0, party)),
        request_id: random_uuid().to_string(),
    });
    let may_change = one.state() == agreement::State::Approved && (session.is_operator() || speaks);
    let path = format!("/agreements/{}", encode(id));
    let amend_form = may_change.then(|| {
        let form = Form::new("amend", format!("{path}/amend#amend"), words.agreement_amend());
        sent_back(words, content(words, form.field("etag", "", Kind::Hidden).value(&one.etag), one), back.amend)
    });
    let end_form = may_change.then(|| {
        let form = Form::new("end", format!("{path}/end#end"), words.agreement_end());
        let form = form.field("etag", "", Kind::Hidden).value(&one.etag).field("until", words.field_until(), Kind::Date);
        sent_back(words, form, back.end)
    });
    let notice = match done {
        "approved" => Some(words.agreement_approved_notice()),
        "proposed" => Some(words.agreement_proposed_notice()),
        "ended" => Some(words.agreement_ended_notice()),
        _ => None,
    };
    let wrong = [&amend_form, &end_form].into_iter().flatten().map(|form| form.status).find(|status| *status != StatusCode::OK);
    let status = back.general.as_ref().map(|problems| problems.status).or(wrong);
    let template = AgreementPage {
        page: Page::new(&signed.visit, words.agreement_title()).with_notice(notice),
        id: id.to_owned(),
        organisation: one.organisation.clone(),
        etag: one.etag.clone(),
        period: row(words, one, id).period,
        facts: facts(words, one),
        approve: approve.collect(),
        amend_form,
        end_form,
        problem: back.general.and_then(|problems| problems.general),
        versions: versions.iter().map(|version| row(words, version, id)).collect(),
    };
    Ok(html(status.unwrap_or(StatusCode::OK), &template))
}

/// The agreement as people read it: a name and a value each.
fn facts(words: Words, one: &Agreement) -> Vec<(&'static str, String)> {
    let lines = |lines: Vec<&'static str>| lines.join("\n");
    let approval = |approval: &Option<Approval>| match approval {
        Some(approval) => words.approved_on(&day(words, &approval.on).unwrap_or_default(), approval.on_paper),
        None => words.approval_missing().to_owned(),
    };
    let mut facts = vec![
        (words.field_programmes(), lines(one.programmes().map(|programme| states::programme(words.0, programme)).collect())),
        (words.field_bases(), lines(one.bases().map(|basis| states::basis(words.0, basis)).collect())),
        (words.field_scope(), states::sharing_scope(words.0, one.scope()).to_owned()),
        (words.field_notice(), words.days_of_notice(one.notice_days)),
    ];
    facts.extend(day(words, &one.works_council_decided_on).map(|day| (words.field_works_council(), day)));
    let tariff = |tariff: &Tariff| {
        let euros = clock::euros(words.0, i64::from(tariff.cents_per_hour));
        format!("{}: {euros}", states::function_level(words.0, tariff.function_level()))
    };
    if !one.tariffs.is_empty() {
        facts.push((words.tariffs_title(), one.tariffs.iter().map(tariff).collect::<Vec<_>>().join("\n")));
    }
    if let Some(vat) = &one.vat {
        let from = day(words, &vat.valid_from).unwrap_or_default();
        let how = words.since(states::vat_treatment(words.0, vat.treatment()), &from);
        facts.push((words.field_vat(), format!("{how}\n{}\n{}", vat.reason, vat.decided_by)));
    }
    if let Some(lender) = &one.lender_registration {
        let checked = day(words, &lender.checked_on).unwrap_or_default();
        facts.push((words.field_lender_checked_on(), format!("{checked}, {}", lender.checked_by)));
    }
    facts.push((states::agreement_party(words.0, AgreementParty::Association), approval(&one.association_approval)));
    facts.push((states::agreement_party(words.0, AgreementParty::Organisation), approval(&one.organisation_approval)));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, expected) in [("32", 3200), ("32,5", 3250), ("32.50", 3250), ("€ 32,50", 3250), ("0,05", 5), ("32,505", -1), ("x", -1)]
        {
            assert_eq!(cents(text), expected, "{text}");
        }
    }

    #[test]
    fn every_level_has_a_field_for_its_tariff() {
        assert_eq!(levels().count(), (1..).map_while(|number| FunctionLevel::try_from(number).ok()).count());
    }
}
