//! Agreements, decisions of works councils, and wage costs.

use chassis::{
    error::Result,
    ids::{AgreementId, OrganisationId},
    page::Page,
    time::LocalDate,
    validate::Fields,
};
use proto::members as pb;
use uuid::Uuid;

use super::{NAME, choice, message, page, span, version};
use crate::{
    app::agreements::Signatures,
    domain::{
        agreement::{
            Agreement, Approval, Basis, CouncilDecision, LenderRegistration, NewAgreement, Party, Programme, SharingScope, VatDecision,
            VatTreatment, WageCost,
        },
        text::{open_lines, open_text},
        worker::FunctionLevel,
    },
    store::agreements::ByDay,
};

/// The most tariffs of an agreement.
const MAX_TARIFFS: usize = 20;
/// The most that an hour costs, in cents.
const MAX_CENTS: i32 = 100_000;
/// Longest reason and note.
const REASON: usize = 500;

pub(in crate::rpc) fn create_agreement(msg: &pb::CreateAgreementRequest, today: LocalDate) -> Result<((NewAgreement, Signatures), Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "agreement", msg.agreement.as_ref()).and_then(|msg| {
        let organisation = fields.id("agreement.organisation", &msg.organisation);
        content(&mut fields, msg, organisation, today)
    });
    let signed = msg.signed_on_paper.as_ref().map(|signed| {
        let association = past(&mut fields, "signed_on_paper.association_on", signed.association_on.as_ref(), today);
        let organisation = past(&mut fields, "signed_on_paper.organisation_on", signed.organisation_on.as_ref(), today);
        association.zip(organisation)
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id).map(|(new, request_id)| ((new, signed.flatten()), request_id)))
}

/// A required day that is not after today.
fn past(fields: &mut Fields, field: &str, date: Option<&proto::Date>, today: LocalDate) -> Option<LocalDate> {
    let day = fields.date(field, date)?;
    if day > today {
        fields.violation(field, "is in the future");
        return None;
    }
    Some(day)
}

/// All but the organisation, which is noted as missing where there is none.
fn content(fields: &mut Fields, msg: &pb::Agreement, organisation: Option<OrganisationId>, today: LocalDate) -> Option<NewAgreement> {
    fields.output_only("agreement.id", msg.id.is_empty());
    let from = fields.date("agreement.from", msg.from.as_ref());
    let until = fields.optional_date("agreement.until", msg.until.as_ref());
    span(fields, "agreement.until", from, until);
    let bases = bases(fields, &msg.bases);
    let decided_on = msg.works_council_decided_on.as_ref();
    let works_council_decided_on = decided_on.map(|date| past(fields, "agreement.works_council_decided_on", Some(date), today));
    let programmes = programmes(fields, &msg.programmes);
    let scope = match msg.scope {
        0 => Some(SharingScope::Both),
        number => choice(fields, "agreement.scope", number, SharingScope::from_number),
    };
    let tariffs = tariffs(fields, &msg.tariffs);
    let vat = msg.vat.as_ref().map(|vat| vat_decision(fields, vat));
    let lender = msg.lender_registration.as_ref().map(|lender| {
        let checked_on = past(fields, "agreement.lender_registration.checked_on", lender.checked_on.as_ref(), today);
        let checked_by = open_text(fields, "agreement.lender_registration.checked_by", &lender.checked_by, NAME);
        Some(LenderRegistration { checked_on: checked_on?, checked_by: checked_by? })
    });
    let notice_days = fields.number("agreement.notice_days", msg.notice_days, 0, 366);
    fields.output_only("agreement.state", msg.state == 0);
    fields.output_only("agreement.association_approval", msg.association_approval.is_none());
    fields.output_only("agreement.organisation_approval", msg.organisation_approval.is_none());
    fields.output_only("agreement.first_version", msg.first_version.is_empty());
    fields.output_only("agreement.etag", msg.etag.is_empty());
    fields.output_only("agreement.amends", msg.amends.is_empty());
    fields.output_only("agreement.withdrawn_by", msg.withdrawn_by.is_empty());
    fields.output_only("agreement.withdrawn_on", msg.withdrawn_on.is_none());
    Some(NewAgreement {
        organisation: organisation?,
        from: from?,
        until,
        bases: bases?,
        works_council_decided_on: given(works_council_decided_on)?,
        programmes: programmes?,
        scope: scope?,
        tariffs: tariffs?,
        vat: given(vat)?,
        lender: given(lender)?,
        notice_days: notice_days?,
    })
}

/// Something that may be absent, but not wrong.
fn given<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(value) => value.map(Some),
    }
}

fn bases(fields: &mut Fields, numbers: &[i32]) -> Option<Vec<Basis>> {
    if numbers.is_empty() {
        fields.violation("agreement.bases", "is required: at least one (D12)");
        return None;
    }
    Some(each_once(fields, "agreement.bases", numbers, Basis::from_number))
}

fn programmes(fields: &mut Fields, numbers: &[i32]) -> Option<Vec<Programme>> {
    if numbers.is_empty() {
        return Some(vec![Programme::Flexpool]);
    }
    Some(each_once(fields, "agreement.programmes", numbers, Programme::from_number))
}

/// The values of numbers, in order; none twice.
fn each_once<T: Ord>(fields: &mut Fields, field: &str, numbers: &[i32], parse: impl Fn(i32) -> Option<T>) -> Vec<T> {
    let mut all: Vec<T> = Vec::new();
    for (n, number) in numbers.iter().enumerate() {
        let field = format!("{field}[{n}]");
        match choice(fields, &field, *number, &parse) {
            Some(value) if all.contains(&value) => fields.violation(field, "is there twice"),
            value => all.extend(value),
        }
    }
    all.sort();
    all
}

fn tariffs(fields: &mut Fields, given: &[pb::Tariff]) -> Option<Vec<(FunctionLevel, i32)>> {
    if given.len() > MAX_TARIFFS {
        fields.violation("agreement.tariffs", format!("has more than {MAX_TARIFFS} entries"));
        return None;
    }
    let mut all: Vec<(FunctionLevel, i32)> = Vec::new();
    for (n, tariff) in given.iter().enumerate() {
        let field = format!("agreement.tariffs[{n}]");
        let level = choice(fields, &format!("{field}.function_level"), tariff.function_level, FunctionLevel::from_number);
        let cents = fields.number(&format!("{field}.cents_per_hour"), tariff.cents_per_hour, 1, MAX_CENTS);
        let Some(entry) = level.zip(cents) else { continue };
        if all.iter().any(|(level, _)| *level == entry.0) {
            fields.violation(format!("{field}.function_level"), "is there twice");
        }
        all.push(entry);
    }
    all.sort_by_key(|(level, _)| level.number());
    Some(all)
}

fn vat_decision(fields: &mut Fields, msg: &pb::VatDecision) -> Option<VatDecision> {
    let treatment = choice(fields, "agreement.vat.treatment", msg.treatment, VatTreatment::from_number);
    let reason = open_text(fields, "agreement.vat.reason", &msg.reason, REASON);
    let decided_by = open_text(fields, "agreement.vat.decided_by", &msg.decided_by, NAME);
    let valid_from = fields.date("agreement.vat.valid_from", msg.valid_from.as_ref());
    Some(VatDecision { treatment: treatment?, reason: reason?, decided_by: decided_by?, valid_from: valid_from? })
}

/// The version that is amended, as it was read, and what takes its place. Whose it is follows from that version.
type Amendment = (AgreementId, i64, NewAgreement);

pub(in crate::rpc) fn amend_agreement(msg: &pb::AmendAgreementRequest, today: LocalDate) -> Result<(Amendment, Uuid)> {
    let mut fields = Fields::new();
    let amends = fields.id("amends", &msg.amends);
    let version = version(&mut fields, "etag", &msg.etag);
    let new = message(&mut fields, "agreement", msg.agreement.as_ref()).and_then(|msg| {
        fields.output_only("agreement.organisation", msg.organisation.is_empty());
        if msg.works_council_decided_on.is_some() {
            fields.violation("agreement.works_council_decided_on", "must be empty: a decision is recorded before");
        }
        content(&mut fields, msg, Some(OrganisationId(Uuid::nil())), today)
    });
    let request_id = fields.request_id(&msg.request_id);
    let amendment = amends.zip(version).zip(new).map(|((amends, version), new)| (amends, version, new));
    fields.finish_with(amendment.zip(request_id))
}

pub(in crate::rpc) fn approve_agreement(msg: &pb::ApproveAgreementRequest) -> Result<((AgreementId, i64, Party), Uuid)> {
    let mut fields = Fields::new();
    let id = fields.id("id", &msg.id);
    let version = version(&mut fields, "etag", &msg.etag);
    let party = choice(&mut fields, "party", msg.party, Party::from_number);
    let request_id = fields.request_id(&msg.request_id);
    let command = id.zip(version).zip(party).map(|((id, version), party)| (id, version, party));
    fields.finish_with(command.zip(request_id))
}

pub(in crate::rpc) fn withdraw_agreement(msg: &pb::WithdrawAgreementRequest) -> Result<((AgreementId, i64), Uuid)> {
    let mut fields = Fields::new();
    let id = fields.id("id", &msg.id);
    let version = version(&mut fields, "etag", &msg.etag);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(id.zip(version).zip(request_id))
}

pub(in crate::rpc) fn end_agreement(msg: &pb::EndAgreementRequest) -> Result<((AgreementId, i64, LocalDate), Uuid)> {
    let mut fields = Fields::new();
    let id = fields.id("id", &msg.id);
    let version = version(&mut fields, "etag", &msg.etag);
    let until = fields.date("until", msg.until.as_ref());
    let request_id = fields.request_id(&msg.request_id);
    let command = id.zip(version).zip(until).map(|((id, version), until)| (id, version, until));
    fields.finish_with(command.zip(request_id))
}

pub(in crate::rpc) fn list_agreements(msg: &pb::ListAgreementsRequest) -> Result<(Option<OrganisationId>, Page<ByDay>)> {
    let mut fields = Fields::new();
    let organisation = fields.optional_id("organisation", &msg.organisation);
    let page = page(&mut fields, msg.page_size, &msg.page_token, &format!("agreements/{}", msg.organisation));
    fields.finish_with(page).map(|page| (organisation, page))
}

pub(in crate::rpc) fn list_agreement_versions(msg: &pb::ListAgreementVersionsRequest) -> Result<AgreementId> {
    let mut fields = Fields::new();
    let id = fields.id("id", &msg.id);
    fields.finish_with(id)
}

/// An organisation, and what was decided or found there.
type At<T> = (OrganisationId, T);

pub(in crate::rpc) fn record_decision(
    msg: &pb::RecordWorksCouncilDecisionRequest,
    today: LocalDate,
) -> Result<(At<CouncilDecision>, Uuid)> {
    let mut fields = Fields::new();
    let decision = message(&mut fields, "decision", msg.decision.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        let organisation = fields.id("decision.organisation", &msg.organisation);
        let programme = choice(fields, "decision.programme", msg.programme, Programme::from_number);
        let decided_on = past(fields, "decision.decided_on", msg.decided_on.as_ref(), today);
        let agreed = choice(fields, "decision.decision", msg.decision, |number| match number {
            1 => Some(true),
            2 => Some(false),
            _ => None,
        });
        let note = open_lines(fields, "decision.note", &msg.note, REASON);
        Some((organisation?, CouncilDecision { programme: programme?, decided_on: decided_on?, agreed: agreed?, note: note? }))
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(decision.zip(request_id))
}

pub(in crate::rpc) fn record_wage_cost(msg: &pb::RecordWageCostRequest) -> Result<(At<WageCost>, Uuid)> {
    let mut fields = Fields::new();
    let cost = message(&mut fields, "wage_cost", msg.wage_cost.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        let organisation = fields.id("wage_cost.organisation", &msg.organisation);
        let level = choice(fields, "wage_cost.function_level", msg.function_level, FunctionLevel::from_number);
        let from = fields.date("wage_cost.from", msg.from.as_ref());
        let cents = fields.number("wage_cost.cents_per_hour", msg.cents_per_hour, 1, MAX_CENTS);
        Some((organisation?, WageCost { level: level?, from: from?, cents: cents? }))
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(cost.zip(request_id))
}

/// The organisation in a request about one.
pub(in crate::rpc) fn about_organisation(organisation: &str) -> Result<OrganisationId> {
    let mut fields = Fields::new();
    let id = fields.id("organisation", organisation);
    fields.finish_with(id)
}

pub(in crate::rpc) fn agreement(agreement: &Agreement) -> pb::Agreement {
    use pb::agreement::State;
    let about = &agreement.about;
    let approval =
        |approval: &Approval| pb::Approval { by: approval.by.clone(), on: Some(approval.on.to_proto()), on_paper: approval.on_paper };
    pb::Agreement {
        id: agreement.id.to_string(),
        organisation: about.organisation.to_string(),
        from: Some(about.from.to_proto()),
        until: about.until.map(|day| day.to_proto()),
        bases: about.bases.iter().map(|basis| basis.number()).collect(),
        works_council_decided_on: about.works_council_decided_on.map(|day| day.to_proto()),
        programmes: about.programmes.iter().map(|programme| programme.number()).collect(),
        scope: about.scope.number(),
        tariffs: crate::events::tariffs(agreement),
        vat: about.vat.as_ref().map(|vat| pb::VatDecision {
            treatment: vat.treatment.number(),
            reason: vat.reason.clone(),
            decided_by: vat.decided_by.clone(),
            valid_from: Some(vat.valid_from.to_proto()),
        }),
        lender_registration: about
            .lender
            .as_ref()
            .map(|lender| pb::LenderRegistration { checked_on: Some(lender.checked_on.to_proto()), checked_by: lender.checked_by.clone() }),
        notice_days: about.notice_days,
        state: match &agreement.withdrawn {
            Some(_) => State::Withdrawn,
            None if agreement.is_approved() => State::Approved,
            None => State::Proposed,
        }
        .into(),
        association_approval: agreement.association.as_ref().map(approval),
        organisation_approval: agreement.organisation.as_ref().map(approval),
        first_version: agreement.first.to_string(),
        etag: agreement.version.to_string(),
        amends: agreement.amends.as_ref().map(ToString::to_string).unwrap_or_default(),
        withdrawn_by: agreement.withdrawn.as_ref().map(|withdrawn| withdrawn.by.clone()).unwrap_or_default(),
        withdrawn_on: agreement.withdrawn.as_ref().map(|withdrawn| withdrawn.on.to_proto()),
    }
}

pub(in crate::rpc) fn decision(organisation: OrganisationId, decision: &CouncilDecision) -> pb::WorksCouncilDecision {
    use pb::works_council_decision::Decision;
    pb::WorksCouncilDecision {
        organisation: organisation.to_string(),
        programme: decision.programme.number(),
        decided_on: Some(decision.decided_on.to_proto()),
        decision: if decision.agreed { Decision::Agreed } else { Decision::Refused }.into(),
        note: decision.note.clone(),
    }
}

pub(in crate::rpc) fn wage_cost(organisation: OrganisationId, cost: &WageCost) -> pb::WageCost {
    pb::WageCost {
        organisation: organisation.to_string(),
        function_level: cost.level.number(),
        from: Some(cost.from.to_proto()),
        cents_per_hour: cost.cents,
    }
}
