//! Closing the open shifts of who left. Claims on them stand.

use chassis::{
    error::Result,
    ids::{PoolId, RegionId, ShiftId},
    time::Timestamp,
};
use sea_orm::ConnectionTrait;

use crate::{domain::shift::Closing, events, store};

/// Closes the shifts in a pool of organisations that are no members of it any more. The copies must know of it already.
pub(crate) async fn left_pool(db: &impl ConnectionTrait, region: RegionId, pool: PoolId, now: Timestamp) -> Result<()> {
    for organisation in store::shift::strangers(db, region, pool, now).await? {
        let closed = store::shift::close(db, region, organisation, Some(pool), now, Closing::LeftPool).await?;
        tell(db, region, closed, Closing::LeftPool, now).await?;
        store::timer::for_closed(db, region, organisation, now).await?;
    }
    Ok(())
}

async fn tell(db: &impl ConnectionTrait, region: RegionId, closed: Vec<ShiftId>, because: Closing, now: Timestamp) -> Result<()> {
    let told = closed.into_iter().map(|shift| bus::log::Row::new(region, now, shift.0, &events::shift_closed(shift, because)));
    bus::log::append_all(db, told.collect()).await
}
