//! What an organisation agreed to: in a list on its page, and one agreement with its versions.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::{ids::random_uuid, time::LocalDate};
use proto::members::{
    Agreement, AgreementParty, AmendAgreementRequest, Approval, ApproveAgreementRequest, CreateAgreementRequest, EndAgreementRequest,
    ListAgreementVersionsRequest, PaperSignatures, Role, Tariff, WithdrawAgreementRequest, agreement::State,
};
use serde::Deserialize;
use wording::{Words, clock, states};

use crate::{
    failure::{self, Failure, Problems},
    forms::{Form, Input, Kind},
    pages::{
        agreement_form::{after, amendment, content_of},
        organisations::{Sent, page as organisation_page, sent_back},
    },
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

/// A name and a value of several lines.
type Fact = (&'static str, String);

/// A value before and now.
struct Change {
    name: &'static str,
    before: String,
    now: String,
}

#[derive(Template)]
#[template(path = "agreement.html")]
struct AgreementPage {
    page: Page,
    id: String,
    organisation: String,
    etag: String,
    period: String,
    state: &'static str,
    facts: Vec<Fact>,
    /// What is another thing than in the version before.
    changes: Vec<Change>,
    versions: Vec<Row>,
    approve: Vec<Approve>,
    /// The request id of taking it back, for who may.
    withdraw: Option<String>,
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

/// `POST /agreements/{id}/withdraw`.
pub(crate) async fn withdraw(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let (etag, request_id) = (input.text("etag").to_owned(), input.text("request_id").to_owned());
    match signed.agreements().withdraw_agreement(signed.ask(WithdrawAgreementRequest { id: id.clone(), etag, request_id })).await {
        Ok(_) => Ok(Redirect::to(&format!("/agreements/{}?done=withdrawn", encode(&id))).into_response()),
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
    let words = signed.words();
    let path = format!("/agreements/{}", encode(id));
    let today = signed.visit.app.frame.clock.now().local_date();
    let speaks = speaks_for(signed, &one.organisation) || signed.session.is_operator();
    let may_change = speaks && is_last(&versions, one);
    let amend_form = may_change.then(|| sent_back(words, amendment(words, &path, one, today), back.amend));
    let end_form = may_change.then(|| {
        let form = Form::new("end", format!("{path}/end#end"), words.agreement_end());
        let form = form.field("etag", "", Kind::Hidden).value(&one.etag).field("until", words.field_until(), Kind::Date);
        let first = after(today, one.notice_days);
        sent_back(words, form.value(first.to_string()).hint(words.hint_last_day()), back.end)
    });
    let wrong = [&amend_form, &end_form].into_iter().flatten().map(|form| form.status).find(|status| *status != StatusCode::OK);
    let status = back.general.as_ref().map(|problems| problems.status).or(wrong);
    let before = versions.iter().find(|version| version.id == one.amends);
    let template = AgreementPage {
        page: Page::new(&signed.visit, words.agreement_title()).with_notice(notice(words, done)),
        id: id.to_owned(),
        organisation: one.organisation.clone(),
        etag: one.etag.clone(),
        period: row(words, one, id).period,
        state: states::agreement_state(words.0, one.state()),
        facts: facts(words, one),
        changes: before.map(|before| changes(words, before, one)).unwrap_or_default(),
        approve: approvals(signed, one),
        withdraw: (speaks && one.state() == State::Proposed).then(|| random_uuid().to_string()),
        amend_form,
        end_form,
        problem: back.general.and_then(|problems| problems.general),
        versions: versions.iter().map(|version| row(words, version, id)).collect(),
    };
    Ok(html(status.unwrap_or(StatusCode::OK), &template))
}

fn speaks_for(signed: &Signed, organisation: &str) -> bool {
    [Role::Hr, Role::Finance].iter().any(|role| signed.session.acts_for(*role, organisation))
}

/// Whether it is the one that is changed and ended: the last that both sides approved.
fn is_last(versions: &[Agreement], one: &Agreement) -> bool {
    versions.iter().find(|version| version.state() == State::Approved).is_some_and(|last| last.id == one.id)
}

/// The sides that have not approved a proposal, and for which the person may.
fn approvals(signed: &Signed, one: &Agreement) -> Vec<Approve> {
    let sides = [
        (AgreementParty::Association, signed.session.is_operator() && one.association_approval.is_none()),
        (AgreementParty::Organisation, speaks_for(signed, &one.organisation) && one.organisation_approval.is_none()),
    ];
    let words = signed.words();
    let waiting = sides.into_iter().filter(|(_, may)| *may && one.state() == State::Proposed);
    let approve = waiting.map(|(party, _)| Approve {
        party: party.into(),
        label: words.approve_for(states::agreement_party(words.0, party)),
        request_id: random_uuid().to_string(),
    });
    approve.collect()
}

fn notice(words: Words, done: &str) -> Option<&'static str> {
    match done {
        "approved" => Some(words.agreement_approved_notice()),
        "proposed" => Some(words.agreement_proposed_notice()),
        "withdrawn" => Some(words.agreement_withdrawn_notice()),
        "ended" => Some(words.agreement_ended_notice()),
        _ => None,
    }
}

/// The content that both sides approve, as people read it.
fn content(words: Words, one: &Agreement) -> Vec<Fact> {
    let lines = |lines: Vec<&'static str>| lines.join("\n");
    let tariff = |tariff: &Tariff| {
        let euros = clock::euros(words.0, i64::from(tariff.cents_per_hour));
        format!("{}: {euros}", states::function_level(words.0, tariff.function_level()))
    };
    let vat = one.vat.as_ref().map(|vat| {
        let from = day(words, &vat.valid_from).unwrap_or_default();
        let how = words.since(states::vat_treatment(words.0, vat.treatment()), &from);
        format!("{how}\n{}\n{}", vat.reason, vat.decided_by)
    });
    let lender = one.lender_registration.as_ref().map(|lender| {
        let checked = day(words, &lender.checked_on).unwrap_or_default();
        format!("{checked}, {}", lender.checked_by)
    });
    vec![
        (words.agreement_period(), row(words, one, "").period),
        (words.field_programmes(), lines(one.programmes().map(|programme| states::programme(words.0, programme)).collect())),
        (words.field_bases(), lines(one.bases().map(|basis| states::basis(words.0, basis)).collect())),
        (words.field_scope(), states::sharing_scope(words.0, one.scope()).to_owned()),
        (words.tariffs_title(), one.tariffs.iter().map(tariff).collect::<Vec<_>>().join("\n")),
        (words.field_vat(), vat.unwrap_or_default()),
        (words.field_lender_checked_on(), lender.unwrap_or_default()),
        (words.field_notice(), words.days_of_notice(one.notice_days)),
    ]
}

/// All of a version but its days, which stand above it.
fn facts(words: Words, one: &Agreement) -> Vec<Fact> {
    let approval = |approval: &Option<Approval>| match approval {
        Some(approval) => words.approved_on(&day(words, &approval.on).unwrap_or_default(), approval.on_paper),
        None => words.approval_missing().to_owned(),
    };
    let mut facts = content(words, one);
    facts.retain(|(name, value)| *name != words.agreement_period() && !value.is_empty());
    facts.extend(day(words, &one.works_council_decided_on).map(|day| (words.field_works_council(), day)));
    facts.push((states::agreement_party(words.0, AgreementParty::Association), approval(&one.association_approval)));
    facts.push((states::agreement_party(words.0, AgreementParty::Organisation), approval(&one.organisation_approval)));
    facts.extend(day(words, &one.withdrawn_on).map(|day| (words.agreement_withdrawn_on(), day)));
    facts
}

fn changes(words: Words, before: &Agreement, now: &Agreement) -> Vec<Change> {
    let nothing = |value: String| if value.is_empty() { words.agreed_nothing().to_owned() } else { value };
    let pairs = content(words, before).into_iter().zip(content(words, now));
    let changed = pairs.filter(|((_, before), (_, now))| before != now);
    changed.map(|((name, before), (_, now))| Change { name, before: nothing(before), now: nothing(now) }).collect()
}
