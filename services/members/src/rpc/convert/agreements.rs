//! Agreements.

use chassis::{error::Result, ids::OrganisationId, page::Page, validate::Fields};
use proto::members as pb;
use uuid::Uuid;

use super::{choice, message, page, span};
use crate::{
    domain::agreement::{Agreement, Basis, NewAgreement},
    store::agreements::ByDay,
};

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
