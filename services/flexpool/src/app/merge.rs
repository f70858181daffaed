//! Two workers turned out to be one person (D13): what they claimed is one person's work now.

use std::collections::HashSet;

use chassis::{
    error::Result,
    file_reads,
    ids::{ClaimId, RegionId, WorkerId},
    time::Timestamp,
};
use sea_orm::ConnectionTrait;

use crate::{
    domain::{calendar::Period, working_time},
    store,
};

/// Gives the claims of `merged` to who `kept` is by now, who also finds who looked at them (D17). Claims stand; where the two did not know of each other and their work is too
/// close, that is a conflict, recorded and never silent (D10). The copies must know of the merger already.
pub(crate) async fn claims(db: &impl ConnectionTrait, region: RegionId, kept: WorkerId, merged: WorkerId, now: Timestamp) -> Result<()> {
    let into = store::copy::kept(db, region, kept).await?;
    if into == merged {
        return Ok(());
    }
    file_reads::merged(db, region, into, merged).await?;
    let moved: HashSet<ClaimId> = store::claim::times_of(db, region, merged).await?.into_iter().map(|(claim, _)| claim).collect();
    if moved.is_empty() {
        return Ok(());
    }
    store::claim::move_all(db, region, merged, into).await?;
    let claims = store::claim::times_of(db, region, into).await?;
    let periods: Vec<Period> = claims.iter().map(|(_, period)| *period).collect();
    for violation in working_time::violations(&periods) {
        let (one, other) = violation.pieces();
        let pair = (claims[one].0, claims[other].0);
        if moved.contains(&pair.0) != moved.contains(&pair.1) {
            tracing::warn!(worker = %into, claim = %pair.0, other_claim = %pair.1, rule = violation.rule.id(), "a merger made a conflict");
            store::conflict::record(db, region, pair, violation.rule.id(), now).await?;
        }
    }
    Ok(())
}
