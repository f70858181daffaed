//! Closing the open shifts of who left. Claims on them stand.

use chassis::{
    error::Result,
    ids::{OrganisationId, PoolId, RegionId, ShiftId},
    time::Timestamp,
};
use sea_orm::ConnectionTrait;

use super::conflict;
use crate::{
    domain::{calendar::end_of, shift::Closing},
    events,
    store::{self, shift::Closed},
};

/// Closes the shifts in a pool of organisations that are no members of it any more. The copies must know of it already.
pub(crate) async fn left_pool(db: &impl ConnectionTrait, region: RegionId, pool: PoolId, now: Timestamp) -> Result<()> {
    for organisation in store::shift::strangers(db, region, pool, now).await? {
        let which = Closed { organisation, pool: Some(pool), starts_after: now, ends_after: now };
        close(db, region, which, Closing::LeftPool, now).await?;
    }
    Ok(())
}

/// Closes the shifts of an organisation that end after its last day, and looks again at claims that do (F6): they keep their places and have
/// no legal basis any more. The copies must know of that day already.
pub(crate) async fn leaves(db: &impl ConnectionTrait, region: RegionId, organisation: OrganisationId, now: Timestamp) -> Result<()> {
    let Some(last) = store::copy::last_day(db, region, organisation).await? else { return Ok(()) };
    let which = Closed { organisation, pool: None, starts_after: now, ends_after: end_of(last) };
    // The people before the shifts, as a confirmation locks them.
    conflict::raise_at(db, region, organisation, end_of(last).max(now), now).await?;
    close(db, region, which, Closing::OrganisationLeaves, now).await?;
    conflict::review_at(db, region, organisation, end_of(last).max(now), now).await
}

async fn close(db: &impl ConnectionTrait, region: RegionId, which: Closed, because: Closing, now: Timestamp) -> Result<()> {
    let organisation = which.organisation;
    let closed: Vec<ShiftId> = store::shift::close(db, region, which, because).await?;
    let told = closed.into_iter().map(|shift| bus::log::Row::new(region, now, shift.0, &events::shift_closed(shift, because)));
    bus::log::append_all(db, told.collect()).await?;
    store::timer::for_closed(db, region, organisation, now).await
}
