//! Organisations. Who takes part is public within the region.

use bus::log;
use chassis::{
    caller::Call,
    error::{Error, Result},
    ids::OrganisationId,
    page::Page,
    time::LocalDate,
};
use proto::members::Reason;
use sea_orm::ConnectionTrait;

use super::wards::current;
use crate::{
    domain::organisation::{LeaveRefused, NewOrganisation, Organisation, OrganisationEdit},
    events,
    store::{
        organisations::{self as store, ByName},
        refusal,
    },
};

pub(crate) async fn create(txn: &impl ConnectionTrait, call: &Call, new: NewOrganisation) -> Result<Organisation> {
    let organisation = Organisation { id: OrganisationId::new(), about: new, leaves_on: None, version: 1 };
    store::insert(txn, call.region, call.now, &organisation).await?;
    log::append(txn, call.region, call.now, organisation.id.0, &events::organisation_created(&organisation)).await?;
    Ok(organisation)
}

/// Changes what was read as `version`.
pub(crate) async fn update(
    txn: &impl ConnectionTrait,
    call: &Call,
    id: OrganisationId,
    version: i64,
    edit: OrganisationEdit,
) -> Result<Organisation> {
    let organisation = store::find_locked(txn, call.region, id).await?.ok_or(Error::NotFound("organisation"))?;
    current(organisation.version, version)?;
    let Some(edited) = organisation.edited(edit) else { return Ok(organisation) };
    store::update(txn, call.region, &edited).await?;
    log::append(txn, call.region, call.now, id.0, &events::organisation_updated(&edited)).await?;
    Ok(edited)
}

/// Lets an organisation take part until the end of a day (F6).
pub(crate) async fn end_membership(txn: &impl ConnectionTrait, call: &Call, id: OrganisationId, on: LocalDate) -> Result<Organisation> {
    let organisation = store::find_locked(txn, call.region, id).await?.ok_or(Error::NotFound("organisation"))?;
    let leaves = organisation.leaves(on, call.now.local_date()).map_err(|refused| match refused {
        LeaveRefused::Left { on } => Error::Refused(refusal(Reason::OrganisationLeft).with("on", on)),
        LeaveRefused::Past => Error::invalid("last_day", "is in the past"),
        LeaveRefused::BeforeJoining => Error::invalid("last_day", "is before the first day"),
    })?;
    let Some(leaving) = leaves else { return Ok(organisation) };
    store::update(txn, call.region, &leaving).await?;
    log::append(txn, call.region, call.now, id.0, &events::organisation_leaves(id, on)).await?;
    Ok(leaving)
}

pub(crate) async fn get(db: &impl ConnectionTrait, call: &Call, id: OrganisationId) -> Result<Organisation> {
    store::find(db, call.region, id).await?.ok_or(Error::NotFound("organisation"))
}

pub(crate) async fn list(db: &impl ConnectionTrait, call: &Call, page: &Page<ByName>) -> Result<(Vec<Organisation>, String)> {
    store::list(db, call.region, page).await
}
