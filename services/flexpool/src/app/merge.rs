//! Two workers turned out to be one person (D13): what they claimed is one person's work now.

use chassis::{
    error::Result,
    file_reads,
    ids::{RegionId, WorkerId},
    time::Timestamp,
};
use sea_orm::ConnectionTrait;

use super::{conflict, wait};
use crate::{
    domain::waitlist::WaitState,
    store::{self, timer::Timer},
};

/// Gives the claims of `merged` to who `kept` is by now, who also finds who looked at them (D17). Claims stand; where the two did not know
/// of each other and their work does not fit together, that is a conflict, recorded and never silent (D10). The copies must know of the
/// merger already.
pub(crate) async fn claims(db: &impl ConnectionTrait, region: RegionId, kept: WorkerId, merged: WorkerId, now: Timestamp) -> Result<()> {
    let into = store::copy::kept(db, region, kept).await?;
    if into == merged {
        return Ok(());
    }
    file_reads::merged(db, region, into, merged).await?;
    store::claim::move_all(db, region, merged, into).await?;
    store::roster::move_all(db, region, merged, into).await?;
    store::wishes::move_all(db, region, merged, into).await?;
    for twice in store::wait::move_all(db, region, merged, into, now).await? {
        wait::told(db, region, &twice, WaitState::Left, now).await?;
        if twice.state == WaitState::Offered {
            store::timer::set(db, region, Timer::Promote(twice.shift), now).await?;
        }
    }
    store::conflict::move_all(db, region, merged, into).await?;
    store::outgoing::move_all(db, region, merged, into).await?;
    conflict::review(db, region, into, now).await?;
    Ok(())
}
