//! Pools.

use bus::log;
use chassis::{
    caller::Call,
    error::{Error, Result},
    ids::{OrganisationId, PoolId},
    page::Page,
};
use sea_orm::ConnectionTrait;

use crate::{
    domain::pool::{MAX_ORGANISATIONS, NewPool, Pool},
    events,
    store::{
        organisations::{self, ByName},
        pools as store,
    },
};

pub(crate) async fn create(txn: &impl ConnectionTrait, call: &Call, new: NewPool) -> Result<Pool> {
    organisations::require_all(txn, call.region, &new.organisations).await?;
    let pool = Pool { id: PoolId::new(), about: new };
    store::insert(txn, call.region, call.now, &pool).await?;
    log::append(txn, call.region, call.now, pool.id.0, &events::pool_created(&pool)).await?;
    Ok(pool)
}

/// Adding a member again changes nothing and tells nobody.
pub(crate) async fn add_member(txn: &impl ConnectionTrait, call: &Call, id: PoolId, organisation: OrganisationId) -> Result<Pool> {
    let mut pool = store::find_locked(txn, call.region, id).await?.ok_or(Error::NotFound("pool"))?;
    organisations::require(txn, call.region, organisation).await?;
    let members = &mut pool.about.organisations;
    if members.contains(&organisation) {
        return Ok(pool);
    }
    if members.len() >= MAX_ORGANISATIONS {
        return Err(Error::invalid("organisation", format!("would be one more than the {MAX_ORGANISATIONS} that a pool may have")));
    }
    let position = i32::try_from(members.len()).unwrap_or(i32::MAX);
    store::insert_members(txn, call.region, id, position, &[organisation]).await?;
    members.push(organisation);
    log::append(txn, call.region, call.now, id.0, &events::pool_member_added(id, organisation)).await?;
    Ok(pool)
}

pub(crate) async fn list(db: &impl ConnectionTrait, call: &Call, page: &Page<ByName>) -> Result<(Vec<Pool>, String)> {
    store::list(db, call.region, page).await
}
