//! What follows from an agreement that changes or ends.

use chassis::{
    error::Result,
    ids::{OrganisationId, RegionId},
    time::{LocalDate, Timestamp},
};
use sea_orm::ConnectionTrait;

use super::conflict;
use crate::{domain::calendar::end_of, store};

/// What an organisation agreed to is another thing after a day: its open shifts are decided anew, and claims that end later and have no
/// basis any more become conflicts (D10). The copies must know of it already.
pub(crate) async fn changed(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    after: LocalDate,
    now: Timestamp,
) -> Result<()> {
    let ends_after = end_of(after).max(now);
    // The people before the shifts, as a confirmation locks them.
    conflict::raise_at(db, region, organisation, ends_after, now).await?;
    store::shift::touch(db, region, organisation, ends_after).await?;
    conflict::review_at(db, region, organisation, ends_after, now).await
}
