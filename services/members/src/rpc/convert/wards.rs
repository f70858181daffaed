//! Locations and wards.

use chassis::{
    error::Result,
    ids::{LocationId, OrganisationId, WardId},
    page::Page,
    validate::Fields,
};
use proto::members as pb;
use uuid::Uuid;

use super::{NAME, as_read, mask, message, page, version};
use crate::{
    domain::{
        place,
        text::{open_lines, open_text},
        ward::{Lead, Location, NewLocation, NewWard, Site, Ward, WardCard, WardEdit},
    },
    store::organisations::ByName,
};

/// Longest text of a field of a ward's card.
const CARD: usize = 1000;

pub(in crate::rpc) fn create_location(msg: &pb::CreateLocationRequest) -> Result<(NewLocation, Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "location", msg.location.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        fields.output_only("location.id", msg.id.is_empty());
        let organisation = fields.id("location.organisation", &msg.organisation);
        let name = open_text(fields, "location.name", &msg.name, NAME);
        let postcode = fields.postcode("location.postcode", &msg.postcode);
        fields.output_only("location.town", msg.town.is_empty());
        fields.output_only("location.municipality", msg.municipality.is_empty());
        fields.output_only("location.municipality_name", msg.municipality_name.is_empty());
        fields.output_only("location.latitude_microdegrees", msg.latitude_microdegrees == 0);
        fields.output_only("location.longitude_microdegrees", msg.longitude_microdegrees == 0);
        fields.output_only("location.etag", msg.etag.is_empty());
        Some(NewLocation { organisation: organisation?, name: name?, postcode: postcode? })
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id))
}

/// A location, the version that was read, and what is to be otherwise.
type LocationUpdate = (LocationId, i64, (Option<String>, Option<String>));

pub(in crate::rpc) fn update_location(msg: &pb::UpdateLocationRequest) -> Result<(LocationUpdate, Uuid)> {
    let mut fields = Fields::new();
    let paths = mask(&mut fields, msg.update_mask.as_ref(), &["name", "postcode"]);
    let update = message(&mut fields, "location", msg.location.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        let id = fields.id("location.id", &msg.id);
        let version = version(fields, "location.etag", &msg.etag);
        let texts = [
            ("organisation", &msg.organisation),
            ("name", &msg.name),
            ("postcode", &msg.postcode),
            ("town", &msg.town),
            ("municipality", &msg.municipality),
            ("municipality_name", &msg.municipality_name),
        ];
        as_read(fields, "location", &texts, &paths);
        let name = paths.contains(&"name").then(|| open_text(fields, "location.name", &msg.name, NAME)).flatten();
        let postcode = paths.contains(&"postcode").then(|| fields.postcode("location.postcode", &msg.postcode)).flatten();
        Some((id?, version?, (name, postcode)))
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(update.zip(request_id))
}

pub(in crate::rpc) fn list_locations(msg: &pb::ListLocationsRequest) -> Result<(Option<OrganisationId>, Page<ByName>)> {
    let mut fields = Fields::new();
    let organisation = fields.optional_id("organisation", &msg.organisation);
    let page = page(&mut fields, msg.page_size, &msg.page_token, &format!("locations/{}", msg.organisation));
    fields.finish_with(page).map(|page| (organisation, page))
}

pub(in crate::rpc) fn location(location: &Location) -> pb::Location {
    let about = &location.about;
    let place = place::of_postcode(&about.postcode);
    let municipality = place.and_then(|place| place.municipality).unwrap_or_default();
    pb::Location {
        id: location.id.to_string(),
        organisation: about.organisation.to_string(),
        name: about.name.clone(),
        postcode: about.postcode.clone(),
        town: place.map(|place| place.town.to_owned()).unwrap_or_default(),
        municipality: municipality.to_owned(),
        municipality_name: place::municipality_name(municipality).unwrap_or_default().to_owned(),
        latitude_microdegrees: place.map(|place| place.latitude).unwrap_or_default(),
        longitude_microdegrees: place.map(|place| place.longitude).unwrap_or_default(),
        etag: location.version.to_string(),
    }
}

pub(in crate::rpc) fn create_ward(msg: &pb::CreateWardRequest) -> Result<(NewWard, Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "ward", msg.ward.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        fields.output_only("ward.id", msg.id.is_empty());
        let organisation = fields.id("ward.organisation", &msg.organisation);
        let name = open_text(fields, "ward.name", &msg.name, NAME);
        let site = site(fields, msg);
        fields.output_only("ward.lead", msg.lead.is_empty());
        let card = card(fields, msg.card.as_ref());
        fields.output_only("ward.etag", msg.etag.is_empty());
        fields.output_only("ward.lead_name", msg.lead_name.is_empty());
        Some(NewWard { organisation: organisation?, name: name?, site: site?, card: card? })
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id))
}

fn site(fields: &mut Fields, msg: &pb::Ward) -> Option<Site> {
    if msg.location.is_empty() {
        return fields.postcode("ward.postcode", &msg.postcode).map(Site::Postcode);
    }
    if !msg.postcode.is_empty() {
        fields.violation("ward.postcode", "must be empty when a location is given");
    }
    fields.id("ward.location", &msg.location).map(Site::Location)
}

fn card(fields: &mut Fields, msg: Option<&pb::WardCard>) -> Option<WardCard> {
    let Some(msg) = msg else { return Some(WardCard::default()) };
    let mut text = |name: &str, text: &str| open_lines(fields, &format!("ward.card.{name}"), text, CARD);
    let (entrance, parking) = (text("entrance", &msg.entrance), text("parking", &msg.parking));
    let (contact, tasks, buddy) = (text("contact", &msg.contact), text("tasks", &msg.tasks), text("buddy", &msg.buddy));
    Some(WardCard { entrance: entrance?, parking: parking?, contact: contact?, tasks: tasks?, buddy: buddy? })
}

/// A ward, the version that was read, and what is to be otherwise.
type WardUpdate = (WardId, i64, WardEdit);

pub(in crate::rpc) fn update_ward(msg: &pb::UpdateWardRequest) -> Result<(WardUpdate, Uuid)> {
    let mut fields = Fields::new();
    let paths = mask(&mut fields, msg.update_mask.as_ref(), &["name", "location", "lead", "card"]);
    let update = message(&mut fields, "ward", msg.ward.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        let id = fields.id("ward.id", &msg.id);
        let version = version(fields, "ward.etag", &msg.etag);
        let wants = |path: &str| paths.contains(&path);
        let texts = [
            ("organisation", &msg.organisation),
            ("name", &msg.name),
            ("postcode", &msg.postcode),
            ("location", &msg.location),
            ("lead", &msg.lead),
            ("lead_name", &msg.lead_name),
        ];
        as_read(fields, "ward", &texts, &paths);
        if !wants("card") {
            // As it was read, it is as good as a new one.
            let _: Option<WardCard> = card(fields, msg.card.as_ref());
        }
        let edit = WardEdit {
            name: wants("name").then(|| open_text(fields, "ward.name", &msg.name, NAME)).flatten(),
            location: wants("location").then(|| fields.id("ward.location", &msg.location)).flatten(),
            lead: wants("lead").then(|| lead(fields, &msg.lead)).flatten(),
            card: wants("card").then(|| card(fields, msg.card.as_ref())).flatten(),
        };
        Some((id?, version?, edit))
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(update.zip(request_id))
}

/// Nobody, a user or a worker.
fn lead(fields: &mut Fields, text: &str) -> Option<Option<Lead>> {
    match text {
        "" => Some(None),
        text if text.starts_with("usr_") => fields.id("ward.lead", text).map(|id| Some(Lead::User(id))),
        text => fields.id("ward.lead", text).map(|id| Some(Lead::Worker(id))),
    }
}

pub(in crate::rpc) fn get_ward(msg: &pb::GetWardRequest) -> Result<WardId> {
    let mut fields = Fields::new();
    let id = fields.id("id", &msg.id);
    fields.finish_with(id)
}

pub(in crate::rpc) fn list_wards(msg: &pb::ListWardsRequest) -> Result<(Option<OrganisationId>, Page<ByName>)> {
    let mut fields = Fields::new();
    let organisation = fields.optional_id("organisation", &msg.organisation);
    let page = page(&mut fields, msg.page_size, &msg.page_token, &format!("wards/{}", msg.organisation));
    fields.finish_with(page).map(|page| (organisation, page))
}

pub(in crate::rpc) fn ward(ward: &Ward) -> pb::Ward {
    let WardCard { entrance, parking, contact, tasks, buddy } = ward.card.clone();
    pb::Ward {
        id: ward.id.to_string(),
        organisation: ward.organisation.to_string(),
        name: ward.name.clone(),
        postcode: ward.postcode.clone(),
        location: ward.location.to_string(),
        lead: match ward.lead {
            None => String::new(),
            Some(Lead::User(id)) => id.to_string(),
            Some(Lead::Worker(id)) => id.to_string(),
        },
        card: Some(pb::WardCard { entrance, parking, contact, tasks, buddy }),
        etag: ward.version.to_string(),
        lead_name: String::new(),
    }
}
