//! What is known of an organisation, on its page: numbers, collective agreements, and its last day.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use chassis::time::LocalDate;
use proto::members::{
    CollectiveAgreement, CollectiveAgreementFrom, EndMembershipRequest, GetOrganisationRequest, Organisation, OrganisationKind,
    UpdateOrganisationRequest,
};
use wording::{Words, clock, states};

use crate::{
    failure::{self, Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::organisations::{Sent, branches, page},
    view::encode,
    visit::Signed,
};

/// The facts as people read them: a name and a value each.
pub(crate) fn facts(words: Words, one: &Organisation) -> Vec<(&'static str, String)> {
    let day = |date: &Option<proto::Date>| date.as_ref().and_then(LocalDate::from_proto).map(|day| clock::date(words.0, day));
    let mut facts = vec![
        (words.field_organisation_kind(), states::organisation_kind(words.0, one.kind()).to_owned()),
        (words.field_kvk_number(), one.kvk_number.clone()),
    ];
    let optional = [
        (words.field_establishments(), one.establishment_numbers.join(", ")),
        (words.field_rsin(), one.rsin.clone()),
        (words.field_vat_number(), one.vat_number.clone()),
        (words.field_agb_codes(), one.agb_codes.join(", ")),
    ];
    facts.extend(optional.into_iter().filter(|(_, value)| !value.is_empty()));
    let collective = one.collective_agreements.iter().map(|entry| {
        let name = states::collective_agreement(words.0, entry.agreement());
        words.since(name, &day(&entry.from).unwrap_or_default())
    });
    let collective: Vec<String> = collective.collect();
    if !collective.is_empty() {
        facts.push((words.collective_title(), collective.join("\n")));
    }
    facts.extend(day(&one.joined_on).map(|day| (words.field_joined_on(), day)));
    facts.extend(day(&one.leaves_on).map(|day| (words.leave_last_day(), day)));
    facts
}

/// The form that changes the facts.
pub(crate) fn form(words: Words, path: &str, one: &Organisation) -> Form {
    let kinds = [OrganisationKind::Employer, OrganisationKind::Association];
    let kinds = kinds.map(|kind| choice(kind as i32, states::organisation_kind(words.0, kind), one.kind)).to_vec();
    let agreements = (1..).map_while(|number| CollectiveAgreement::try_from(number).ok());
    let agreements = agreements.map(|cao| choice(cao as i32, states::collective_agreement(words.0, cao), 0)).collect();
    let branches = branches(words).into_iter().map(|branch| Choice { chosen: branch.value == one.branch.to_string(), ..branch }).collect();
    Form::new("facts", format!("{path}/facts#facts"), words.save())
        .field("etag", "", Kind::Hidden)
        .value(&one.etag)
        .field("name", words.field_name(), Kind::Text(120))
        .value(&one.name)
        .field("kvk_number", words.field_kvk_number(), Kind::Text(8))
        .value(&one.kvk_number)
        .hint(words.hint_kvk_number())
        .field("branch", words.field_branch(), Kind::Select(branches))
        .field("kind", words.field_organisation_kind(), Kind::Select(kinds))
        .field("establishment_numbers", words.field_establishments(), Kind::Lines(3000))
        .value(one.establishment_numbers.join("\n"))
        .optional()
        .hint(words.hint_establishments())
        .field("rsin", words.field_rsin(), Kind::Text(9))
        .value(&one.rsin)
        .optional()
        .field("vat_number", words.field_vat_number(), Kind::Text(20))
        .value(&one.vat_number)
        .optional()
        .field("agb_codes", words.field_agb_codes(), Kind::Lines(2000))
        .value(one.agb_codes.join("\n"))
        .optional()
        .hint(words.hint_agb_codes())
        .field("agreement", words.field_collective(), Kind::Select(agreements))
        .optional()
        .hint(words.hint_collective())
        .field("from", words.field_collective_from(), Kind::Date)
        .optional()
}

fn choice(number: i32, label: &str, chosen: i32) -> Choice {
    Choice { chosen: number == chosen, ..Choice::new(number.to_string(), label) }
}

/// The form that ends taking part.
pub(crate) fn leave_form(words: Words, path: &str) -> Form {
    Form::new("leave", format!("{path}/leave#leave"), words.membership_submit()).field("last_day", words.leave_last_day(), Kind::Date)
}

/// `POST /organisations/{id}/facts`.
pub(crate) async fn update(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let known = signed.organisations().get_organisation(signed.ask(GetOrganisationRequest { id: id.clone() })).await?;
    let mut collective_agreements = known.into_inner().organisation.unwrap_or_default().collective_agreements;
    // A further one; one from the same day takes its place.
    let (agreement, from) = (input.text("agreement").parse().unwrap_or(0), input.proto_date("from"));
    if agreement != 0 || from.is_some() {
        collective_agreements.retain(|entry| entry.from != from);
        collective_agreements.push(CollectiveAgreementFrom { agreement, from });
    }
    let organisation = Organisation {
        id: id.clone(),
        name: input.text("name").to_owned(),
        kvk_number: input.text("kvk_number").to_owned(),
        branch: input.text("branch").parse().unwrap_or(0),
        kind: input.text("kind").parse().unwrap_or(-1),
        establishment_numbers: input.numbers("establishment_numbers"),
        rsin: input.text("rsin").to_owned(),
        vat_number: input.text("vat_number").to_owned(),
        agb_codes: input.numbers("agb_codes"),
        collective_agreements,
        etag: input.text("etag").to_owned(),
        ..Organisation::default()
    };
    let paths =
        ["name", "kvk_number", "branch", "kind", "establishment_numbers", "rsin", "vat_number", "agb_codes", "collective_agreements"];
    let update_mask = Some(prost_types::FieldMask { paths: paths.map(str::to_owned).to_vec() });
    let request_id = input.text("request_id").to_owned();
    let request = UpdateOrganisationRequest { organisation: Some(organisation), update_mask, request_id };
    match signed.organisations().update_organisation(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/organisations/{}?done=saved", encode(&id))).into_response()),
        Err(status) => {
            let stale = failure::is_stale(&status);
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, &id, "", Sent { facts: Some((input, problems)), stale, ..Sent::default() }).await
        }
    }
}

/// `POST /organisations/{id}/leave`.
pub(crate) async fn leave(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let (last_day, request_id) = (input.proto_date("last_day"), input.text("request_id").to_owned());
    let request = EndMembershipRequest { organisation: id.clone(), last_day, request_id };
    match signed.organisations().end_membership(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/organisations/{}?done=leaves", encode(&id))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            page(&signed, &id, "", Sent { leave: Some((input, problems)), ..Sent::default() }).await
        }
    }
}
