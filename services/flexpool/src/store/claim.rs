//! Claims.

use chassis::{
    auth::Within,
    error::{Error, Result},
    ids::{ClaimId, EmploymentId, OrganisationId, RegionId, ShiftId, WorkerId},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{
    all, execute, known, one,
    shift::{self, Key, LONGEST_MICROS},
    values,
};
use crate::domain::{agreement::Basis, claim::ClaimState, shift::Shift, working_time::Verdict};

/// A worker on a shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) id: ClaimId,
    pub(crate) shift: ShiftId,
    pub(crate) worker: WorkerId,
    pub(crate) employment: EmploymentId,
    pub(crate) employer: OrganisationId,
    pub(crate) basis: Basis,
    pub(crate) state: ClaimState,
    pub(crate) confirmed_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
}

/// A worker's claim with its shift and what was found when it was confirmed.
#[derive(Debug)]
pub(crate) struct MyClaim {
    pub(crate) claim: Claim,
    pub(crate) shift: Shift,
    pub(crate) verdict: Verdict,
    /// Until so many minutes before the start its pool lets people withdraw.
    pub(crate) withdrawal_minutes: i32,
}

/// Reads a claim of a row in which the columns of claims are called so.
fn read(row: &QueryResult) -> Result<Claim> {
    Ok(Claim {
        id: row.try_get("", "claim_id")?,
        shift: row.try_get("", "shift")?,
        worker: row.try_get("", "worker")?,
        employment: row.try_get("", "employment")?,
        employer: row.try_get("", "employer")?,
        basis: known(Basis::from_number(row.try_get("", "basis")?), "basis")?,
        state: known(ClaimState::from_number(row.try_get("", "claim_state")?), "state of a claim")?,
        confirmed_at: row.try_get("", "confirmed_at")?,
        ended_at: row.try_get("", "ended_at")?,
    })
}

const COLUMNS: &str =
    "c.id AS claim_id, c.shift, c.worker, c.employment, c.employer, c.basis, c.state AS claim_state, c.confirmed_at, c.ended_at";

/// A claim by id.
pub(crate) async fn get(db: &impl ConnectionTrait, region: RegionId, id: ClaimId) -> Result<Option<Claim>> {
    let row = one(db, format!("SELECT {COLUMNS} FROM claim c WHERE c.region = $1 AND c.id = $2"), values![region, id]).await?;
    row.as_ref().map(read).transpose()
}

/// Ends a claim that stands.
pub(crate) async fn end(db: &impl ConnectionTrait, region: RegionId, id: ClaimId, how: ClaimState, at: Timestamp) -> Result<()> {
    let sql = "UPDATE claim SET state = $3, ended_at = $4 WHERE region = $1 AND id = $2 AND state = 1";
    match execute(db, sql, values![region, id, how as i32, at]).await? {
        1 => Ok(()),
        _ => Err(Error::internal("a locked claim changed")),
    }
}

/// Which of a worker's claims are asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mine {
    /// Of shifts that end after this.
    pub(crate) ends_after: Option<Timestamp>,
    /// Also those that ended.
    pub(crate) include_ended: bool,
}

/// A worker's claims with their shifts by start, after `key`.
pub(crate) async fn of_worker(
    db: &impl ConnectionTrait,
    region: RegionId,
    worker: WorkerId,
    Mine { ends_after, include_ended }: Mine,
    key: Option<Key>,
    limit: u64,
) -> Result<Vec<MyClaim>> {
    let ends_after = ends_after.unwrap_or(Timestamp(i64::MIN));
    let first = (ends_after.0.saturating_sub(LONGEST_MICROS), Uuid::nil());
    let (starts_at, id) = key.unwrap_or(first).max(first);
    let standing = if include_ended { "" } else { "AND c.state = 1" };
    let sql = format!(
        "SELECT {COLUMNS}, c.verdict, s.*, COALESCE(p.withdrawal_minutes, 0) AS withdrawal_minutes, \
         w.name AS ward_name, o.name AS organisation_name \
         FROM worker t JOIN claim c ON c.region = t.region AND c.worker = COALESCE(t.merged_into, t.id) \
         JOIN shift s ON s.region = c.region AND s.id = c.shift \
         LEFT JOIN ward w ON w.region = s.region AND w.id = s.ward \
         LEFT JOIN organisation o ON o.region = s.region AND o.id = s.organisation \
         LEFT JOIN pool p ON p.region = s.region AND p.id = s.pool \
         WHERE t.region = $1 AND t.id = $2 {standing} AND (c.starts_at, c.id) > ($3, $4) AND c.ends_at > $5 \
         ORDER BY c.starts_at, c.id LIMIT $6"
    );
    let rows = all(db, sql, values![region, worker, starts_at, id, ends_after, limit]).await?;
    let read = |row: &QueryResult| {
        // A verdict that a later version wrote is not shown.
        let verdict: String = row.try_get("", "verdict")?;
        let (verdict, withdrawal_minutes) = (serde_json::from_str(&verdict).unwrap_or_default(), row.try_get("", "withdrawal_minutes")?);
        Ok(MyClaim { claim: read(row)?, shift: shift::read(row)?, verdict, withdrawal_minutes })
    };
    rows.iter().map(read).collect()
}

/// The claims that stand on some shifts in order of time, after `key`, of shifts of the organisations that the caller may know of.
pub(crate) async fn of_shifts(
    db: &impl ConnectionTrait,
    region: RegionId,
    shifts: &[ShiftId],
    within: &Within,
    key: Option<Key>,
    limit: u64,
) -> Result<Vec<Claim>> {
    let (confirmed_at, id) = key.unwrap_or((i64::MIN, Uuid::nil()));
    let mut values = values![region, confirmed_at, id, limit];
    let mut placeholders = |ids: Vec<Uuid>| {
        let first = values.len() + 1;
        values.extend(ids.into_iter().map(sea_orm::Value::from));
        (first..=values.len()).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
    };
    let of_shifts = placeholders(shifts.iter().map(|shift| shift.0).collect());
    let of_organisations = match within.ids() {
        None => String::new(),
        Some([]) => return Ok(Vec::new()),
        Some(ids) => format!("AND s.organisation IN ({})", placeholders(ids.iter().map(|id| id.0).collect())),
    };
    let sql = format!(
        "SELECT {COLUMNS} FROM claim c JOIN shift s ON s.region = c.region AND s.id = c.shift \
         WHERE c.region = $1 AND c.shift IN ({of_shifts}) AND c.state = 1 {of_organisations} AND (c.confirmed_at, c.id) > ($2, $3) \
         ORDER BY c.confirmed_at, c.id LIMIT $4"
    );
    all(db, sql, values).await?.iter().map(read).collect()
}

/// Gives every claim of `merged` to `kept` (D13). Both workers' versions must have been raised before in the same transaction, so that
/// no confirmation slips in between.
pub(crate) async fn move_all(db: &impl ConnectionTrait, region: RegionId, merged: WorkerId, kept: WorkerId) -> Result<u64> {
    execute(db, "UPDATE claim SET worker = $3 WHERE region = $1 AND worker = $2", values![region, merged, kept]).await
}

/// Whether the worker has a claim on the shift.
pub(crate) async fn exists(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, shift: ShiftId) -> Result<bool> {
    let sql = "SELECT c.id FROM claim c WHERE c.region = $1 AND c.worker = $2 AND c.shift = $3 LIMIT 1";
    Ok(one(db, sql, values![region, worker, shift]).await?.is_some())
}
