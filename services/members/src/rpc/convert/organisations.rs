//! Organisations.

use chassis::{error::Result, ids::OrganisationId, page::Page, time::LocalDate, validate::Fields};
use proto::members as pb;
use uuid::Uuid;

use super::{NAME, as_read, choice, mask, message, page, version};
use crate::{
    domain::{
        identifier::{is_digits, is_rsin, is_vat_number},
        organisation::{Branch, CollectiveAgreement, Identifiers, NewOrganisation, Organisation, OrganisationEdit, OrganisationKind},
        text::{kvk_number, open_text},
    },
    events,
    store::organisations::ByName,
};

/// The most establishments, and codes of care providers, of one organisation.
const MAX_NUMBERS: usize = 200;
/// The most collective agreements one after the other.
const MAX_AGREEMENTS: usize = 20;

pub(in crate::rpc) fn create_organisation(msg: &pb::CreateOrganisationRequest) -> Result<(NewOrganisation, Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "organisation", msg.organisation.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        fields.output_only("organisation.id", msg.id.is_empty());
        let name = open_text(fields, "organisation.name", &msg.name, NAME);
        let kvk_number = kvk_number(fields, "organisation.kvk_number", &msg.kvk_number);
        let branch = choice(fields, "organisation.branch", msg.branch, Branch::from_number);
        let joined_on = fields.date("organisation.joined_on", msg.joined_on.as_ref());
        let kind = kind(fields, msg.kind);
        let establishments = establishment_numbers(fields, &msg.establishment_numbers);
        let rsin = rsin(fields, &msg.rsin);
        let vat_number = vat_number(fields, &msg.vat_number);
        let agb_codes = agb_codes(fields, &msg.agb_codes);
        let collective_agreements = collective_agreements(fields, &msg.collective_agreements);
        fields.output_only("organisation.leaves_on", msg.leaves_on.is_none());
        fields.output_only("organisation.etag", msg.etag.is_empty());
        let identifiers =
            Identifiers { establishment_numbers: establishments?, rsin: rsin?, vat_number: vat_number?, agb_codes: agb_codes? };
        Some(NewOrganisation {
            name: name?,
            kvk_number: kvk_number?,
            branch: branch?,
            joined_on: joined_on?,
            kind: kind?,
            identifiers,
            collective_agreements: collective_agreements?,
        })
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id))
}

fn kind(fields: &mut Fields, number: i32) -> Option<OrganisationKind> {
    if number == 0 { Some(OrganisationKind::Employer) } else { choice(fields, "organisation.kind", number, OrganisationKind::from_number) }
}

/// Numbers of which each is as it must be and there once.
fn numbers(fields: &mut Fields, field: &str, numbers: &[String], length: usize, expected: &str) -> Option<Vec<String>> {
    if numbers.len() > MAX_NUMBERS {
        fields.violation(field, format!("has more than {MAX_NUMBERS} numbers"));
        return None;
    }
    for (n, number) in numbers.iter().enumerate() {
        if !is_digits(number, length) {
            fields.violation(format!("{field}[{n}]"), expected);
        } else if numbers[..n].contains(number) {
            fields.violation(format!("{field}[{n}]"), "is there twice");
        }
    }
    Some(numbers.to_vec())
}

fn establishment_numbers(fields: &mut Fields, given: &[String]) -> Option<Vec<String>> {
    numbers(fields, "organisation.establishment_numbers", given, 12, "is not 12 digits (IDN-02)")
}

fn agb_codes(fields: &mut Fields, given: &[String]) -> Option<Vec<String>> {
    numbers(fields, "organisation.agb_codes", given, 8, "is not 8 digits (IDN-05)")
}

fn rsin(fields: &mut Fields, text: &str) -> Option<Option<String>> {
    if text.is_empty() || is_rsin(text) {
        return Some(Some(text.to_owned()).filter(|text| !text.is_empty()));
    }
    fields.violation("organisation.rsin", "is not an RSIN that adds up (IDN-03)");
    None
}

fn vat_number(fields: &mut Fields, text: &str) -> Option<Option<String>> {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '.')).collect::<String>().to_uppercase();
    if text.is_empty() || is_vat_number(&text) {
        return Some(Some(text).filter(|text| !text.is_empty()));
    }
    fields.violation("organisation.vat_number", "is not a VAT number such as NL001234567B01 (IDN-04)");
    None
}

fn collective_agreements(fields: &mut Fields, given: &[pb::CollectiveAgreementFrom]) -> Option<Vec<(LocalDate, CollectiveAgreement)>> {
    const FIELD: &str = "organisation.collective_agreements";
    if given.len() > MAX_AGREEMENTS {
        fields.violation(FIELD, format!("has more than {MAX_AGREEMENTS} entries"));
        return None;
    }
    let mut all: Vec<(LocalDate, CollectiveAgreement)> = Vec::new();
    for (n, one) in given.iter().enumerate() {
        let agreement = choice(fields, &format!("{FIELD}[{n}].agreement"), one.agreement, CollectiveAgreement::from_number);
        let from = fields.date(&format!("{FIELD}[{n}].from"), one.from.as_ref());
        let Some(entry) = from.zip(agreement) else { continue };
        if all.iter().any(|(from, _)| *from == entry.0) {
            fields.violation(format!("{FIELD}[{n}].from"), "is there twice");
        }
        all.push(entry);
    }
    all.sort_by_key(|(from, _)| *from);
    Some(all)
}

/// An organisation, the version that was read, and what is to be otherwise.
type Update = (OrganisationId, i64, OrganisationEdit);

/// What of an organisation can be changed.
const EDITABLE: &[&str] =
    &["name", "kvk_number", "branch", "kind", "establishment_numbers", "rsin", "vat_number", "agb_codes", "collective_agreements"];

pub(in crate::rpc) fn update_organisation(msg: &pb::UpdateOrganisationRequest) -> Result<(Update, Uuid)> {
    let mut fields = Fields::new();
    let paths = mask(&mut fields, msg.update_mask.as_ref(), EDITABLE);
    let update = message(&mut fields, "organisation", msg.organisation.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        let id = fields.id("organisation.id", &msg.id);
        let version = version(fields, "organisation.etag", &msg.etag);
        let wants = |path: &str| paths.contains(&path);
        left_alone(fields, msg, &paths);
        let edit = OrganisationEdit {
            name: wants("name").then(|| open_text(fields, "organisation.name", &msg.name, NAME)).flatten(),
            kvk_number: wants("kvk_number").then(|| kvk_number(fields, "organisation.kvk_number", &msg.kvk_number)).flatten(),
            branch: wants("branch").then(|| choice(fields, "organisation.branch", msg.branch, Branch::from_number)).flatten(),
            kind: wants("kind").then(|| kind(fields, msg.kind)).flatten(),
            establishment_numbers: wants("establishment_numbers")
                .then(|| establishment_numbers(fields, &msg.establishment_numbers))
                .flatten(),
            rsin: wants("rsin").then(|| rsin(fields, &msg.rsin)).flatten(),
            vat_number: wants("vat_number").then(|| vat_number(fields, &msg.vat_number)).flatten(),
            agb_codes: wants("agb_codes").then(|| agb_codes(fields, &msg.agb_codes)).flatten(),
            collective_agreements: wants("collective_agreements")
                .then(|| collective_agreements(fields, &msg.collective_agreements))
                .flatten(),
        };
        Some((id?, version?, edit))
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(update.zip(request_id))
}

/// What an update leaves alone comes as it was read.
fn left_alone(fields: &mut Fields, msg: &pb::Organisation, paths: &[&str]) {
    let texts = [("name", &msg.name), ("kvk_number", &msg.kvk_number), ("rsin", &msg.rsin), ("vat_number", &msg.vat_number)];
    as_read(fields, "organisation", &texts, paths);
    let lists = [("establishment_numbers", &msg.establishment_numbers, 12), ("agb_codes", &msg.agb_codes, 8)];
    for (path, list, length) in lists.into_iter().filter(|(path, _, _)| !paths.contains(path)) {
        let _: Option<Vec<String>> = numbers(fields, &format!("organisation.{path}"), list, length, &format!("is not {length} digits"));
    }
    if !paths.contains(&"collective_agreements") && msg.collective_agreements.len() > MAX_AGREEMENTS {
        fields.violation("organisation.collective_agreements", format!("has more than {MAX_AGREEMENTS} entries"));
    }
}

pub(in crate::rpc) fn end_membership(msg: &pb::EndMembershipRequest) -> Result<((OrganisationId, LocalDate), Uuid)> {
    let mut fields = Fields::new();
    let id = fields.id("organisation", &msg.organisation);
    let last_day = fields.date("last_day", msg.last_day.as_ref());
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(id.zip(last_day).zip(request_id))
}

pub(in crate::rpc) fn get_organisation(msg: &pb::GetOrganisationRequest) -> Result<OrganisationId> {
    let mut fields = Fields::new();
    let id = fields.id("id", &msg.id);
    fields.finish_with(id)
}

pub(in crate::rpc) fn list_organisations(msg: &pb::ListOrganisationsRequest) -> Result<Page<ByName>> {
    let mut fields = Fields::new();
    let page = page(&mut fields, msg.page_size, &msg.page_token, "organisations");
    fields.finish_with(page)
}

pub(in crate::rpc) fn organisation(organisation: &Organisation) -> pb::Organisation {
    let about = &organisation.about;
    pb::Organisation {
        id: organisation.id.to_string(),
        name: about.name.clone(),
        kvk_number: about.kvk_number.clone(),
        branch: about.branch.number(),
        joined_on: Some(about.joined_on.to_proto()),
        kind: about.kind.number(),
        establishment_numbers: about.identifiers.establishment_numbers.clone(),
        rsin: about.identifiers.rsin.clone().unwrap_or_default(),
        vat_number: about.identifiers.vat_number.clone().unwrap_or_default(),
        agb_codes: about.identifiers.agb_codes.clone(),
        collective_agreements: events::collective_agreements(organisation),
        leaves_on: organisation.leaves_on.map(LocalDate::to_proto),
        etag: organisation.version.to_string(),
    }
}
