//! Agreements of one organisation, as far as they can be recorded in one step.

use anyhow::{Context, Result};
use proto::members::{Agreement, Basis, CreateAgreementRequest, ListAgreementsRequest};
use tonic::Status;

use super::{Done, Field, FieldCells, Record, Shows, known};
use crate::client::Client;

/// Agreements by their first days.
#[derive(Default)]
pub(crate) struct Agreements {
    organisation: String,
    known: Vec<Agreement>,
}

impl Agreements {
    /// Of an organisation, with what the region knows.
    pub(crate) async fn of(client: &Client, organisation: &str) -> Result<Self> {
        let request = ListAgreementsRequest { organisation: organisation.to_owned(), ..Default::default() };
        let known = client.all(request).await.context("the agreements")?;
        Ok(Self { organisation: organisation.to_owned(), known })
    }
}

impl Record for Agreements {
    type Request = CreateAgreementRequest;
    const SECTION: &'static str = "agreements";
    const ROWS_ARE: &'static str = "agreements";
    const FIELDS: &'static [Field] = &[
        ("from", true, Shows::Dates),
        ("until", false, Shows::Dates),
        ("bases", true, Shows::Lists),
        ("works_council_decided_on", true, Shows::Dates),
    ];

    fn read(&self, cells: &mut FieldCells<'_>) -> (String, CreateAgreementRequest) {
        let agreement = Agreement {
            organisation: self.organisation.clone(),
            from: cells.day("from"),
            until: cells.day("until"),
            bases: cells.named_list::<Basis>("bases").into_iter().map(Into::into).collect(),
            works_council_decided_on: cells.day("works_council_decided_on"),
            ..Agreement::default()
        };
        (cells.text("from"), CreateAgreementRequest { agreement: Some(agreement), request_id: String::new() })
    }

    async fn send(&self, client: &Client, request: CreateAgreementRequest) -> Result<Done, Status> {
        let asked = request.agreement.clone().unwrap_or_default();
        let Some(own) = self.known.iter().find(|own| own.from == asked.from) else {
            return client.change(request).await.map(|_| Done::Made);
        };
        let sorted = |bases: &[i32]| {
            let mut bases = bases.to_vec();
            bases.sort_unstable();
            bases
        };
        Ok(known(&[
            ("until", own.until == asked.until),
            ("bases", sorted(&own.bases) == sorted(&asked.bases)),
            ("works_council_decided_on", own.works_council_decided_on == asked.works_council_decided_on),
        ]))
    }
}
