//! Where an organisation works, on its page; and one ward with the card for who comes the first time.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use proto::members::{
    CreateLocationRequest, CreateWardRequest, GetOrganisationRequest, GetWardRequest, ListLocationsRequest, ListWorkersRequest, Location,
    Role, UpdateWardRequest, Ward, WardCard,
};
use serde::Deserialize;
use wording::Words;

use crate::{
    failure::{self, Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::organisations::{Sent, page as organisation_page, sent_back},
    view::{Page, encode, html},
    visit::Signed,
};

/// Longest text of a field of a card, as members takes it.
const CARD: usize = 1000;

/// The form for a new location.
pub(crate) fn location_form(words: Words, path: &str) -> Form {
    Form::new("location", format!("{path}/locations#location"), words.location_submit())
        .field("name", words.field_location_name(), Kind::Text(120))
        .field("postcode", words.field_postcode(), Kind::Text(7))
}

/// The form for a new ward.
pub(crate) fn ward_form(words: Words, path: &str, locations: &[Location]) -> Form {
    let mut form =
        Form::new("ward", format!("{path}/wards#ward"), words.ward_submit()).field("name", words.field_ward_name(), Kind::Text(120));
    if !locations.is_empty() {
        form = form.field("location", words.field_location(), Kind::Select(choices(locations, ""))).optional();
        form = form.hint(words.hint_ward_location());
    }
    let form = form.field("postcode", words.field_postcode(), Kind::Text(7));
    if locations.is_empty() { form } else { form.optional() }
}

fn choices(locations: &[Location], chosen: &str) -> Vec<Choice> {
    let choice =
        |one: &Location| Choice { chosen: one.id == chosen, ..Choice::new(one.id.clone(), format!("{} ({})", one.name, one.postcode)) };
    locations.iter().map(choice).collect()
}

/// `POST /organisations/{id}/locations`.
pub(crate) async fn add_location(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let location = Location {
        organisation: id.clone(),
        name: input.text("name").to_owned(),
        postcode: input.text("postcode").to_owned(),
        ..Location::default()
    };
    let request = CreateLocationRequest { location: Some(location), request_id: input.text("request_id").to_owned() };
    match signed.organisations().create_location(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/organisations/{}?done=location", encode(&id))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            organisation_page(&signed, &id, "", Sent { location: Some((input, problems)), ..Sent::default() }).await
        }
    }
}

/// `POST /organisations/{id}/wards`.
pub(crate) async fn add(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let ward = Ward {
        organisation: id.clone(),
        name: input.text("name").to_owned(),
        location: input.text("location").to_owned(),
        postcode: input.text("postcode").to_owned(),
        ..Ward::default()
    };
    let request = CreateWardRequest { ward: Some(ward), request_id: input.text("request_id").to_owned() };
    match signed.organisations().create_ward(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/organisations/{}?done=ward", encode(&id))).into_response()),
        Err(status) => {
            let problems = Problems::of(signed.language(), status)?;
            organisation_page(&signed, &id, "", Sent { ward: Some((input, problems)), ..Sent::default() }).await
        }
    }
}

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    done: String,
    /// `choose`: the page has the list of workers, each of whom is on record as looked at (D17).
    lead: String,
}

#[derive(Template)]
#[template(path = "ward.html")]
struct WardPage {
    page: Page,
    organisation: String,
    organisation_name: String,
    postcode: String,
    lead: String,
    /// What stands on the card: a name and a text each.
    card: Vec<(&'static str, String)>,
    form: Option<Form>,
    /// Whether the form can have a list of workers and has none.
    may_choose: bool,
    /// Whether the form was asked for.
    choosing: bool,
    problem: Option<String>,
}

/// `GET /wards/{id}`.
pub(crate) async fn show(signed: Signed, Path(id): Path<String>, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    page(&signed, &id, &wish, None, None).await
}

/// `POST /wards/{id}`.
pub(crate) async fn update(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let text = |name: &str| input.text(name).to_owned();
    let ward = Ward {
        id: id.clone(),
        name: text("name"),
        location: text("location"),
        lead: text("lead"),
        card: Some(WardCard {
            entrance: text("entrance"),
            parking: text("parking"),
            contact: text("contact"),
            tasks: text("tasks"),
            buddy: text("buddy"),
        }),
        etag: text("etag"),
        ..Ward::default()
    };
    // The form of a ward lead has the card only.
    let paths: &[&str] = if input.text("location").is_empty() { &["card"] } else { &["name", "location", "lead", "card"] };
    let update_mask = Some(prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() });
    let request = UpdateWardRequest { ward: Some(ward), update_mask, request_id: text("request_id") };
    match signed.organisations().update_ward(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/wards/{}?done=saved", encode(&id))).into_response()),
        Err(status) => {
            let stale = failure::is_stale(&status);
            let problems = Problems::of(signed.language(), status)?;
            let (sent, general) = if stale { (None, Some(problems)) } else { (Some((input, problems)), None) };
            page(&signed, &id, &Wish::default(), sent, general).await
        }
    }
}

async fn page(
    signed: &Signed,
    id: &str,
    wish: &Wish,
    sent: Option<(Input, Problems)>,
    general: Option<Problems>,
) -> Result<Response, Failure> {
    let ward = signed.organisations().get_ward(signed.ask(GetWardRequest { id: id.to_owned() })).await?;
    let ward = ward.into_inner().ward.ok_or(Failure::NotFound)?;
    let asked = GetOrganisationRequest { id: ward.organisation.clone() };
    let organisation = signed.organisations().get_organisation(signed.ask(asked)).await?;
    let organisation = organisation.into_inner().organisation.ok_or(Failure::NotFound)?;
    let words = signed.words();
    let session = &signed.session;
    let (personnel, choosing) = (session.is_operator() || session.acts_for(Role::Hr, &ward.organisation), wish.lead == "choose");
    let form = if personnel {
        Some(whole_form(signed, &ward, choosing).await?)
    } else if session.acts_for(Role::WardLead, &ward.organisation) {
        Some(card_fields(words, begin(words, &ward), &ward))
    } else {
        None
    };
    let form = form.map(|form| sent_back(words, form, sent));
    let card = ward.card.clone().unwrap_or_default();
    let card = [
        (words.ward_entrance(), card.entrance),
        (words.ward_parking(), card.parking),
        (words.ward_contact(), card.contact),
        (words.ward_tasks(), card.tasks),
        (words.ward_buddy(), card.buddy),
    ];
    let status = general.as_ref().map(|problems| problems.status).or_else(|| form.as_ref().map(|form| form.status));
    let template = WardPage {
        page: Page::new(&signed.visit, ward.name.clone()).with_notice((wish.done == "saved").then(|| words.saved_notice())),
        organisation: ward.organisation.clone(),
        organisation_name: organisation.name,
        postcode: ward.postcode.clone(),
        lead: ward.lead_name.clone(),
        card: card.into_iter().filter(|(_, text)| !text.is_empty()).collect(),
        form,
        may_choose: personnel && !choosing,
        choosing: personnel && choosing,
        problem: general.and_then(|problems| problems.general),
    };
    Ok(html(status.unwrap_or(StatusCode::OK), &template))
}

fn begin(words: Words, ward: &Ward) -> Form {
    Form::new("ward", format!("/wards/{}#change", encode(&ward.id)), words.save()).field("etag", "", Kind::Hidden).value(&ward.etag)
}

async fn whole_form(signed: &Signed, ward: &Ward, choosing: bool) -> Result<Form, Failure> {
    let words = signed.words();
    let request = ListLocationsRequest { organisation: ward.organisation.clone(), page_size: 200, page_token: String::new() };
    let locations = signed.organisations().list_locations(signed.ask(request)).await?.into_inner().locations;
    let form = begin(words, ward).field("name", words.field_ward_name(), Kind::Text(120)).value(&ward.name).field(
        "location",
        words.field_location(),
        Kind::Select(choices(&locations, &ward.location)),
    );
    let form = if choosing {
        let (leads, more) = leads(signed, ward).await?;
        let form = form.field("lead", words.ward_lead(), Kind::Select(leads)).optional();
        if more { form.hint(words.hint_ward_lead()) } else { form }
    } else {
        form.field("lead", "", Kind::Hidden).value(&ward.lead)
    };
    Ok(card_fields(words, form, ward))
}

/// The first 200 who can lead the ward, with who does, and whether there are more.
async fn leads(signed: &Signed, ward: &Ward) -> Result<(Vec<Choice>, bool), Failure> {
    let request = ListWorkersRequest { organisation: ward.organisation.clone(), page_size: 200, ..Default::default() };
    let answer = signed.workers().list_workers(signed.ask(request)).await?.into_inner();
    let mut leads: Vec<Choice> = Vec::new();
    for worker in answer.workers {
        let name = format!("{} {}", worker.first_name, worker.last_name);
        leads.push(Choice { chosen: worker.id == ward.lead, ..Choice::new(worker.id, name) });
    }
    if !ward.lead.is_empty() && leads.iter().all(|lead| !lead.chosen) {
        leads.insert(0, Choice { chosen: true, ..Choice::new(ward.lead.clone(), ward.lead_name.clone()) });
    }
    Ok((leads, !answer.next_page_token.is_empty()))
}

fn card_fields(words: Words, form: Form, ward: &Ward) -> Form {
    let card = ward.card.clone().unwrap_or_default();
    form.field("entrance", words.ward_entrance(), Kind::Lines(CARD))
        .value(card.entrance)
        .optional()
        .hint(words.hint_ward_card())
        .field("parking", words.ward_parking(), Kind::Lines(CARD))
        .value(card.parking)
        .optional()
        .field("contact", words.ward_contact(), Kind::Lines(CARD))
        .value(card.contact)
        .optional()
        .field("tasks", words.ward_tasks(), Kind::Lines(CARD))
        .value(card.tasks)
        .optional()
        .field("buddy", words.ward_buddy(), Kind::Lines(CARD))
        .value(card.buddy)
        .optional()
}
