//! Pools.

use bus::log;
use chassis::{
    caller::Call,
    error::{Error, Result},
    ids::{OrganisationId, PoolId},
    page::Page,
};
use proto::members::Reason;
use sea_orm::ConnectionTrait;

use crate::{
    domain::pool::{MAX_ORGANISATIONS, NewPool, Pool, PoolEdit, PoolRefused},
    events,
    store::{
        organisations::{self, ByName},
        pools as store, refusal,
    },
};

impl From<PoolRefused> for Error {
    fn from(refused: PoolRefused) -> Self {
        Self::Refused(refusal(match refused {
            PoolRefused::Stale => Reason::ChangedMeanwhile,
            PoolRefused::NeedsMember => Reason::PoolNeedsMember,
        }))
    }
}

pub(crate) async fn create(txn: &impl ConnectionTrait, call: &Call, new: NewPool) -> Result<Pool> {
    organisations::require_all(txn, call.region, &new.organisations).await?;
    let pool = Pool { id: PoolId::new(), about: new, hours_elsewhere: Vec::new(), version: 1 };
    store::insert(txn, call.region, call.now, &pool).await?;
    log::append(txn, call.region, call.now, pool.id.0, &events::pool_created(&pool)).await?;
    Ok(pool)
}

/// Changes what was read as `version`. Shifts that are published keep their release plan: it was copied onto them.
pub(crate) async fn update(txn: &impl ConnectionTrait, call: &Call, id: PoolId, version: i64, edit: PoolEdit) -> Result<Pool> {
    let pool = locked(txn, call, id).await?;
    match pool.edited(version, edit)? {
        Some(edited) => changed(txn, call, edited).await,
        None => Ok(pool),
    }
}

/// Adding a member again changes nothing and tells nobody.
pub(crate) async fn add_member(txn: &impl ConnectionTrait, call: &Call, id: PoolId, organisation: OrganisationId) -> Result<Pool> {
    let mut pool = locked(txn, call, id).await?;
    organisations::require(txn, call.region, organisation).await?;
    let members = &mut pool.about.organisations;
    if members.contains(&organisation) {
        return Ok(pool);
    }
    if members.len() >= MAX_ORGANISATIONS {
        return Err(Error::invalid("organisation", format!("would be one more than the {MAX_ORGANISATIONS} that a pool may have")));
    }
    members.push(organisation);
    pool.version += 1;
    store::add_member(txn, call.region, &pool, organisation).await?;
    log::append(txn, call.region, call.now, id.0, &events::pool_member_added(id, organisation)).await?;
    Ok(pool)
}

/// Taking out who is no member changes nothing and tells nobody.
pub(crate) async fn remove_member(txn: &impl ConnectionTrait, call: &Call, id: PoolId, organisation: OrganisationId) -> Result<Pool> {
    let pool = locked(txn, call, id).await?;
    let Some(left) = pool.without(organisation)? else { return Ok(pool) };
    store::remove_member(txn, call.region, id, organisation).await?;
    changed(txn, call, left).await
}

/// Limits what the people of a member claim elsewhere. Who may not see to the organisation, or one that is no member, is not found.
pub(crate) async fn limit_hours(
    txn: &impl ConnectionTrait,
    call: &Call,
    id: PoolId,
    organisation: OrganisationId,
    minutes: Option<i32>,
) -> Result<Pool> {
    let organisation = call.scope.organisation(organisation, "organisation")?;
    let pool = locked(txn, call, id).await?;
    if !pool.about.organisations.contains(&organisation) {
        return Err(Error::NotFound("organisation"));
    }
    let Some(limited) = pool.limited(*organisation, minutes) else { return Ok(pool) };
    store::limit(txn, call.region, id, *organisation, minutes).await?;
    changed(txn, call, limited).await
}

async fn locked(txn: &impl ConnectionTrait, call: &Call, id: PoolId) -> Result<Pool> {
    store::find_locked(txn, call.region, id).await?.ok_or(Error::NotFound("pool"))
}

/// Stores what is the pool's own, and tells the whole of it.
async fn changed(txn: &impl ConnectionTrait, call: &Call, pool: Pool) -> Result<Pool> {
    store::update(txn, call.region, &pool).await?;
    log::append(txn, call.region, call.now, pool.id.0, &events::pool_updated(&pool)).await?;
    Ok(pool)
}

pub(crate) async fn get(db: &impl ConnectionTrait, call: &Call, id: PoolId) -> Result<Pool> {
    store::find(db, call.region, id).await?.ok_or(Error::NotFound("pool"))
}

pub(crate) async fn list(db: &impl ConnectionTrait, call: &Call, page: &Page<ByName>) -> Result<(Vec<Pool>, String)> {
    store::list(db, call.region, page).await
}
