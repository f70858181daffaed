//! Organisations and wards. Who takes part is public within the region.

use bus::log;
use chassis::{
    caller::Call,
    error::{Error, Result},
    ids::{OrganisationId, WardId},
    page::Page,
};
use sea_orm::ConnectionTrait;

use crate::{
    domain::organisation::{NewOrganisation, NewWard, Organisation, Ward},
    events,
    store::organisations::{self as store, ByName},
};

pub(crate) async fn create(txn: &impl ConnectionTrait, call: &Call, new: NewOrganisation) -> Result<Organisation> {
    let organisation = Organisation { id: OrganisationId::new(), about: new };
    store::insert(txn, call.region, call.now, &organisation).await?;
    log::append(txn, call.region, call.now, organisation.id.0, &events::organisation_created(&organisation)).await?;
    Ok(organisation)
}

pub(crate) async fn get(db: &impl ConnectionTrait, call: &Call, id: OrganisationId) -> Result<Organisation> {
    store::find(db, call.region, id).await?.ok_or(Error::NotFound("organisation"))
}

pub(crate) async fn list(db: &impl ConnectionTrait, call: &Call, page: &Page<ByName>) -> Result<(Vec<Organisation>, String)> {
    store::list(db, call.region, page).await
}

pub(crate) async fn create_ward(txn: &impl ConnectionTrait, call: &Call, new: NewWard) -> Result<Ward> {
    call.scope.organisation(new.organisation, "organisation")?;
    store::require(txn, call.region, new.organisation).await?;
    let ward = Ward { id: WardId::new(), about: new };
    store::insert_ward(txn, call.region, call.now, &ward).await?;
    log::append(txn, call.region, call.now, ward.id.0, &events::ward_created(&ward)).await?;
    Ok(ward)
}

pub(crate) async fn list_wards(
    db: &impl ConnectionTrait,
    call: &Call,
    organisation: Option<OrganisationId>,
    page: &Page<ByName>,
) -> Result<(Vec<Ward>, String)> {
    if let Some(organisation) = organisation {
        store::require(db, call.region, organisation).await?;
    }
    store::list_wards(db, call.region, organisation, page).await
}
