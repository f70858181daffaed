//! Organisations.

use std::collections::HashMap;

use anyhow::{Context, Result};
use proto::members::{
    CollectiveAgreement, CollectiveAgreementFrom, CreateOrganisationRequest, EndMembershipRequest, ListOrganisationsRequest, Organisation,
};
use tonic::Status;

use super::{Done, Field, FieldCells, Record, Shows, known, named};
use crate::client::Client;

/// Organisations by their numbers in the trade register.
#[derive(Default)]
pub(crate) struct Organisations {
    known: HashMap<String, Organisation>,
}

impl Organisations {
    /// With what the region knows.
    pub(crate) async fn of(client: &Client) -> Result<Self> {
        let known = client.all(ListOrganisationsRequest::default()).await.context("the organisations")?;
        Ok(Self { known: known.into_iter().map(|one| (one.kvk_number.clone(), one)).collect() })
    }
}

impl Record for Organisations {
    type Request = CreateOrganisationRequest;
    const SECTION: &'static str = "organisations";
    const ROWS_ARE: &'static str = "organisations";
    const FIELDS: &'static [Field] = &[
        ("kvk_number", true, Shows::Nothing),
        ("name", true, Shows::Nothing),
        ("branch", true, Shows::Nothing),
        ("joined_on", true, Shows::Dates),
        ("leaves_on", false, Shows::Dates),
        ("kind", false, Shows::Nothing),
        ("establishment_numbers", false, Shows::Lists),
        ("rsin", false, Shows::Nothing),
        ("vat_number", false, Shows::Nothing),
        ("agb_codes", false, Shows::Lists),
        ("collective_agreements", false, Shows::Lists),
    ];

    fn read(&self, cells: &mut FieldCells<'_>) -> (String, CreateOrganisationRequest) {
        let from = |cells: &FieldCells<'_>, text: &str| {
            let (name, day) = text.split_once('@').ok_or_else(|| "has no day after @".to_owned())?;
            let agreement: CollectiveAgreement = named(name)?;
            Ok(CollectiveAgreementFrom { agreement: agreement.into(), from: Some(cells.parse_day(day)?.to_proto()) })
        };
        let agreements: Result<Vec<_>, String> = cells.list("collective_agreements").iter().map(|text| from(cells, text)).collect();
        let organisation = Organisation {
            name: cells.text("name"),
            kvk_number: cells.text("kvk_number"),
            branch: cells.named::<proto::members::Branch>("branch").map_or(0, Into::into),
            joined_on: cells.day("joined_on"),
            kind: cells.named::<proto::members::OrganisationKind>("kind").map_or(0, Into::into),
            establishment_numbers: cells.list("establishment_numbers"),
            rsin: cells.text("rsin"),
            vat_number: cells.text("vat_number"),
            agb_codes: cells.list("agb_codes"),
            collective_agreements: cells.value("collective_agreements", |_| agreements).unwrap_or_default(),
            // Not created with it, but set afterwards.
            leaves_on: cells.day("leaves_on"),
            ..Organisation::default()
        };
        let key = organisation.kvk_number.clone();
        (key, CreateOrganisationRequest { organisation: Some(organisation), request_id: String::new() })
    }

    async fn send(&self, client: &Client, request: CreateOrganisationRequest) -> Result<Done, Status> {
        let mut asked = request.organisation.unwrap_or_default();
        let leaves_on = asked.leaves_on.take();
        let Some(own) = self.known.get(&asked.kvk_number) else {
            let made = client.change(CreateOrganisationRequest { organisation: Some(asked), ..Default::default() }).await?;
            leaves(client, &made.organisation.unwrap_or_default(), leaves_on).await?;
            return Ok(Done::Made);
        };
        leaves(client, own, leaves_on).await?;
        let sorted = |list: &[String]| {
            let mut list = list.to_vec();
            list.sort();
            list
        };
        Ok(known(&[
            ("name", own.name == asked.name),
            ("branch", own.branch == asked.branch),
            ("joined_on", own.joined_on == asked.joined_on),
            ("kind", own.kind == asked.kind.max(1)),
            ("establishment_numbers", sorted(&own.establishment_numbers) == sorted(&asked.establishment_numbers)),
            ("rsin", own.rsin == asked.rsin),
            ("vat_number", own.vat_number == asked.vat_number),
            ("agb_codes", sorted(&own.agb_codes) == sorted(&asked.agb_codes)),
            ("collective_agreements", own.collective_agreements == asked.collective_agreements),
        ]))
    }
}

/// Sees that the organisation leaves on this day. That it stays by the file changes nothing.
async fn leaves(client: &Client, own: &Organisation, day: Option<proto::Date>) -> Result<(), Status> {
    if day.is_none() || own.leaves_on == day {
        return Ok(());
    }
    let request = EndMembershipRequest { organisation: own.id.clone(), last_day: day, request_id: String::new() };
    client.change(request).await.map(drop)
}
