//! Conflicts: breaches between claims that a later fact made (D10). Who sees them and who yields comes with the rest of D10; that they
//! are known is what `check` proves.

use chassis::{
    error::Result,
    ids::{ClaimId, RegionId},
    time::Timestamp,
};
use sea_orm::ConnectionTrait;

use super::{execute, values};

/// Records a breach of `rule` between two claims; one that is recorded already stays as it is.
pub(crate) async fn record(
    db: &impl ConnectionTrait,
    region: RegionId,
    claims: (ClaimId, ClaimId),
    rule: &str,
    now: Timestamp,
) -> Result<()> {
    let (first, second) = if claims.0 <= claims.1 { claims } else { (claims.1, claims.0) };
    let sql = "INSERT INTO conflict (region, claim, other_claim, rule, found_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    execute(db, sql, values![region, first, second, rule, now]).await?;
    Ok(())
}
