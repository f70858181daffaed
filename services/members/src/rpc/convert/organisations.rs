//! Organisations and wards.

use chassis::{error::Result, ids::OrganisationId, page::Page, validate::Fields};
use proto::members as pb;
use uuid::Uuid;

use super::{NAME, choice, message, page};
use crate::{
    domain::{
        organisation::{Branch, NewOrganisation, NewWard, Organisation, Ward},
        text::{kvk_number, open_text},
    },
    store::organisations::ByName,
};

pub(in crate::rpc) fn create_organisation(msg: &pb::CreateOrganisationRequest) -> Result<(NewOrganisation, Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "organisation", msg.organisation.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        fields.output_only("organisation.id", msg.id.is_empty());
        let name = open_text(fields, "organisation.name", &msg.name, NAME);
        let kvk_number = kvk_number(fields, "organisation.kvk_number", &msg.kvk_number);
        let branch = choice(fields, "organisation.branch", msg.branch, Branch::from_number);
        let joined_on = fields.date("organisation.joined_on", msg.joined_on.as_ref());
        Some(NewOrganisation { name: name?, kvk_number: kvk_number?, branch: branch?, joined_on: joined_on? })
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id))
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
    pb::Organisation {
        id: organisation.id.to_string(),
        name: organisation.about.name.clone(),
        kvk_number: organisation.about.kvk_number.clone(),
        branch: organisation.about.branch.number(),
        joined_on: Some(organisation.about.joined_on.to_proto()),
    }
}

pub(in crate::rpc) fn create_ward(msg: &pb::CreateWardRequest) -> Result<(NewWard, Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "ward", msg.ward.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        fields.output_only("ward.id", msg.id.is_empty());
        let organisation = fields.id("ward.organisation", &msg.organisation);
        let name = open_text(fields, "ward.name", &msg.name, NAME);
        let postcode = fields.postcode("ward.postcode", &msg.postcode);
        Some(NewWard { organisation: organisation?, name: name?, postcode: postcode? })
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id))
}

pub(in crate::rpc) fn list_wards(msg: &pb::ListWardsRequest) -> Result<(Option<OrganisationId>, Page<ByName>)> {
    let mut fields = Fields::new();
    let organisation = fields.optional_id("organisation", &msg.organisation);
    let page = page(&mut fields, msg.page_size, &msg.page_token, &format!("wards/{}", msg.organisation));
    fields.finish_with(page).map(|page| (organisation, page))
}

pub(in crate::rpc) fn ward(ward: &Ward) -> pb::Ward {
    pb::Ward {
        id: ward.id.to_string(),
        organisation: ward.about.organisation.to_string(),
        name: ward.about.name.clone(),
        postcode: ward.about.postcode.clone(),
    }
}
