//! Agreements.

use bus::log;
use chassis::{
    caller::Call,
    error::{Error, Result},
    ids::{AgreementId, OrganisationId},
    page::Page,
};
use proto::members::Reason;
use sea_orm::ConnectionTrait;

use crate::{
    domain::agreement::{Agreement, AgreementRefused, NewAgreement, decide},
    events,
    store::{
        agreements::{self as store, ByDay},
        organisations, refusal,
    },
};

pub(crate) async fn create(txn: &impl ConnectionTrait, call: &Call, new: NewAgreement) -> Result<Agreement> {
    // Two agreements recorded at once must see each other.
    organisations::lock(txn, call.region, new.organisation).await?;
    let existing = store::of(txn, call.region, new.organisation).await?;
    decide(&new, &existing).map_err(|refused| {
        Error::Refused(match refused {
            AgreementRefused::Overlaps { from } => refusal(Reason::AgreementOverlaps).with("from", from),
            AgreementRefused::WorksCouncilDecisionMissing => refusal(Reason::WorksCouncilDecisionMissing),
        })
    })?;
    let agreement = Agreement { id: AgreementId::new(), about: new };
    store::insert(txn, call.region, call.now, &agreement).await?;
    log::append(txn, call.region, call.now, agreement.id.0, &events::agreement_created(&agreement)).await?;
    Ok(agreement)
}

/// Of one organisation, or of all that the caller may see.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    call: &Call,
    organisation: Option<OrganisationId>,
    page: &Page<ByDay>,
) -> Result<(Vec<Agreement>, String)> {
    let within = call.scope.within(organisation, "organisation")?;
    if let Some(organisation) = organisation {
        organisations::require(db, call.region, organisation).await?;
    }
    store::list(db, call.region, &within, page).await
}
