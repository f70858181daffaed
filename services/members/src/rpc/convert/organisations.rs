//! Organisations, wards, pools and agreements.

use chassis::{
    error::Result,
    ids::{OrganisationId, PoolId},
    page::Page,
    validate::Fields,
};
use proto::members as pb;
use uuid::Uuid;

use super::{choice, ids, message, page, span};
use crate::{
    domain::{
        agreement::{Agreement, Basis, NewAgreement},
        organisation::{Branch, NewOrganisation, NewWard, Organisation, Ward},
        pool::{MAX_ORGANISATIONS, NewPool, Pool},
        text::{kvk_number, open_text},
    },
    store::{agreements::ByDay, organisations::ByName},
};

/// Longest name of anything.
const NAME: usize = 120;

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

pub(in crate::rpc) fn create_pool(msg: &pb::CreatePoolRequest) -> Result<(NewPool, Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "pool", msg.pool.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        fields.output_only("pool.id", msg.id.is_empty());
        let name = open_text(fields, "pool.name", &msg.name, NAME);
        let organisations: Option<Vec<OrganisationId>> = ids(fields, "pool.organisations", &msg.organisations, 1, MAX_ORGANISATIONS);
        for (n, organisation) in organisations.iter().flatten().enumerate() {
            if organisations.iter().flatten().take(n).any(|earlier| earlier == organisation) {
                fields.violation(format!("pool.organisations[{n}]"), "is there twice");
            }
        }
        Some(NewPool { name: name?, organisations: organisations? })
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id))
}

pub(in crate::rpc) fn add_pool_member(msg: &pb::AddPoolMemberRequest) -> Result<((PoolId, OrganisationId), Uuid)> {
    let mut fields = Fields::new();
    let pool = fields.id("pool", &msg.pool);
    let organisation = fields.id("organisation", &msg.organisation);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(pool.zip(organisation).zip(request_id))
}

pub(in crate::rpc) fn list_pools(msg: &pb::ListPoolsRequest) -> Result<Page<ByName>> {
    let mut fields = Fields::new();
    let page = page(&mut fields, msg.page_size, &msg.page_token, "pools");
    fields.finish_with(page)
}

pub(in crate::rpc) fn pool(pool: &Pool) -> pb::Pool {
    pb::Pool {
        id: pool.id.to_string(),
        name: pool.about.name.clone(),
        organisations: pool.about.organisations.iter().map(ToString::to_string).collect(),
    }
}

pub(in crate::rpc) fn create_agreement(msg: &pb::CreateAgreementRequest) -> Result<(NewAgreement, Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "agreement", msg.agreement.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        fields.output_only("agreement.id", msg.id.is_empty());
        let organisation = fields.id("agreement.organisation", &msg.organisation);
        let from = fields.date("agreement.from", msg.from.as_ref());
        let until = fields.optional_date("agreement.until", msg.until.as_ref());
        span(fields, "agreement.until", from, until);
        let bases = bases(fields, &msg.bases);
        let works_council_decided_on = fields.optional_date("agreement.works_council_decided_on", msg.works_council_decided_on.as_ref());
        Some(NewAgreement { organisation: organisation?, from: from?, until, bases: bases?, works_council_decided_on })
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id))
}

fn bases(fields: &mut Fields, numbers: &[i32]) -> Option<Vec<Basis>> {
    if numbers.is_empty() {
        fields.violation("agreement.bases", "is required: at least one (D12)");
        return None;
    }
    let mut bases: Vec<Basis> = Vec::new();
    for (n, number) in numbers.iter().enumerate() {
        let field = format!("agreement.bases[{n}]");
        match choice(fields, &field, *number, Basis::from_number) {
            Some(basis) if bases.contains(&basis) => fields.violation(field, "is there twice"),
            basis => bases.extend(basis),
        }
    }
    bases.sort();
    Some(bases)
}

pub(in crate::rpc) fn list_agreements(msg: &pb::ListAgreementsRequest) -> Result<(Option<OrganisationId>, Page<ByDay>)> {
    let mut fields = Fields::new();
    let organisation = fields.optional_id("organisation", &msg.organisation);
    let page = page(&mut fields, msg.page_size, &msg.page_token, &format!("agreements/{}", msg.organisation));
    fields.finish_with(page).map(|page| (organisation, page))
}

pub(in crate::rpc) fn agreement(agreement: &Agreement) -> pb::Agreement {
    let about = &agreement.about;
    pb::Agreement {
        id: agreement.id.to_string(),
        organisation: about.organisation.to_string(),
        from: Some(about.from.to_proto()),
        until: about.until.map(|day| day.to_proto()),
        bases: about.bases.iter().map(|basis| basis.number()).collect(),
        works_council_decided_on: about.works_council_decided_on.map(|day| day.to_proto()),
    }
}
