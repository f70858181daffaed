//! Conflicts: claims that a later fact broke (D10). That every one is known is what `check` proves.

use chassis::{
    error::Result,
    ids::{ClaimId, ConflictId, EmploymentId, OrganisationId, RegionId, WorkerId},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, QueryResult};

use super::{all, execute, one, shift, values};
use crate::domain::conflict::{Held, Yields};

/// A claim that stands, with whom it concerns.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) held: Held,
    pub(crate) employer: OrganisationId,
}

/// A conflict that is not solved yet.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) id: ConflictId,
    pub(crate) claim: ClaimId,
    pub(crate) rule: String,
}

/// Whether a worker has a claim on a shift that is not over at `now`, or a conflict about one.
pub(crate) async fn concerns(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, now: Timestamp) -> Result<bool> {
    let sql = "SELECT 1 AS found FROM claim WHERE region = $1 AND worker = $2 AND state = 1 AND ends_at > $3 AND starts_at > $3 - $4 \
         UNION ALL SELECT 1 FROM claim_conflict WHERE region = $1 AND worker = $2 AND resolved_at IS NULL AND ends_at > $3 LIMIT 1";
    Ok(one(db, sql, values![region, worker, now, shift::LONGEST_MICROS]).await?.is_some())
}

/// The claims of a worker whose shift is not over at `now`.
pub(crate) async fn standing(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, now: Timestamp) -> Result<Vec<Standing>> {
    let sql = "SELECT c.id AS claim_id, c.employment, c.employer, c.confirmed_at, s.* FROM claim c \
         JOIN shift s ON s.region = c.region AND s.id = c.shift \
         WHERE c.region = $1 AND c.worker = $2 AND c.state = 1 AND c.ends_at > $3 AND c.starts_at > $3 - $4 ORDER BY c.confirmed_at, c.id";
    let read = |row: &QueryResult| {
        let employment: EmploymentId = row.try_get("", "employment")?;
        let (claim, confirmed_at) = (row.try_get("", "claim_id")?, row.try_get("", "confirmed_at")?);
        Ok(Standing { held: Held { claim, confirmed_at, employment, terms: shift::terms(row)? }, employer: row.try_get("", "employer")? })
    };
    all(db, sql, values![region, worker, now, shift::LONGEST_MICROS]).await?.iter().map(read).collect()
}

/// The conflicts of a worker that are not solved, of claims whose shift is not over at `now`.
pub(crate) async fn open(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, now: Timestamp) -> Result<Vec<Open>> {
    let sql = "SELECT id, claim, rule FROM claim_conflict WHERE region = $1 AND worker = $2 AND resolved_at IS NULL AND ends_at > $3";
    let read =
        |row: &QueryResult| Ok(Open { id: row.try_get("", "id")?, claim: row.try_get("", "claim")?, rule: row.try_get("", "rule")? });
    all(db, sql, values![region, worker, now]).await?.iter().map(read).collect()
}

/// A conflict to record.
pub(crate) struct New<'a> {
    pub(crate) claim: &'a Standing,
    pub(crate) worker: WorkerId,
    pub(crate) rule: &'a str,
    pub(crate) reason: &'a str,
    pub(crate) facts: String,
    pub(crate) found_at: Timestamp,
    pub(crate) deadline: Timestamp,
    pub(crate) yields: Yields,
}

/// Records a conflict; gives its id.
pub(crate) async fn record(db: &impl ConnectionTrait, region: RegionId, new: New<'_>) -> Result<ConflictId> {
    let id = ConflictId::new();
    let sql = "INSERT INTO claim_conflict (region, id, claim, rule, worker, employer, host, ends_at, reason, facts, found_at, deadline, yields) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    let Held { claim, terms, .. } = &new.claim.held;
    let values = values![
        region,
        id,
        *claim,
        new.rule,
        new.worker,
        new.claim.employer,
        terms.organisation,
        terms.period.ends_at(),
        new.reason,
        new.facts,
        new.found_at,
        new.deadline,
        new.yields as i32,
    ];
    execute(db, sql, values).await?;
    Ok(id)
}

/// Writes down on what a conflict rests now.
pub(crate) async fn measured(db: &impl ConnectionTrait, region: RegionId, id: ConflictId, reason: &str, facts: String) -> Result<()> {
    let sql = "UPDATE claim_conflict SET reason = $3, facts = $4 WHERE region = $1 AND id = $2 AND (reason <> $3 OR facts <> $4)";
    execute(db, sql, values![region, id, reason, facts]).await?;
    Ok(())
}

/// The conflict is solved.
pub(crate) async fn resolve(db: &impl ConnectionTrait, region: RegionId, id: ConflictId, now: Timestamp) -> Result<()> {
    execute(db, "UPDATE claim_conflict SET resolved_at = $3 WHERE region = $1 AND id = $2", values![region, id, now]).await?;
    Ok(())
}

/// Gives every conflict of `merged` to `kept` (D13).
pub(crate) async fn move_all(db: &impl ConnectionTrait, region: RegionId, merged: WorkerId, kept: WorkerId) -> Result<()> {
    execute(db, "UPDATE claim_conflict SET worker = $3 WHERE region = $1 AND worker = $2", values![region, merged, kept]).await?;
    Ok(())
}
