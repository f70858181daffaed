//! Conflicts: claims that a later fact broke (D10). That every one is known is what `check` proves.

use std::collections::{BTreeSet, HashMap};

use chassis::{
    error::{Error, Result},
    ids::{ClaimId, ConflictId, EmploymentId, OrganisationId, RegionId, ShiftId, WorkerId},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{all, execute, known, one, period, shift, values};
use crate::domain::{
    calendar::Period,
    conflict::{Held, Yields},
};

/// A claim that stands, with whom it concerns.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) held: Held,
    pub(crate) employer: OrganisationId,
    /// Whether the members of its pool have their own gaps first.
    pub(crate) own_gaps_first: bool,
}

/// A conflict that is not solved yet.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) id: ConflictId,
    pub(crate) claim: ClaimId,
    pub(crate) rule: String,
    pub(crate) deadline: Timestamp,
    pub(crate) yields: Yields,
}

/// A claim that has to give way unless its conflict is solved.
#[derive(Debug)]
pub(crate) struct Yielding {
    pub(crate) claim: ClaimId,
    pub(crate) worker: WorkerId,
    pub(crate) deadline: Timestamp,
}

/// Whether a worker has a claim on a shift that is not over at `now`, or a conflict about one.
pub(crate) async fn concerns(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, now: Timestamp) -> Result<bool> {
    let sql = "SELECT 1 AS found FROM claim WHERE region = $1 AND worker = $2 AND state = 1 AND ends_at > $3 AND starts_at > $3 - $4 \
         UNION ALL SELECT 1 FROM claim_conflict WHERE region = $1 AND worker = $2 AND resolved_at IS NULL AND ends_at > $3 LIMIT 1";
    Ok(one(db, sql, values![region, worker, now, shift::LONGEST_MICROS]).await?.is_some())
}

/// The workers of claims with an organisation as employer or host on shifts that end after `ends_after`, and of its conflicts that are not
/// solved and whose shift is not over at `now`.
pub(crate) async fn workers_of(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    ends_after: Timestamp,
    now: Timestamp,
) -> Result<BTreeSet<WorkerId>> {
    let sql = "SELECT c.worker FROM claim c JOIN shift s ON s.region = c.region AND s.id = c.shift \
         WHERE c.region = $1 AND c.state = 1 AND c.ends_at > $3 AND (c.employer = $2 OR s.organisation = $2) \
         UNION SELECT worker FROM claim_conflict \
         WHERE region = $1 AND resolved_at IS NULL AND ends_at > $4 AND (employer = $2 OR host = $2)";
    let rows = all(db, sql, values![region, organisation, ends_after, now]).await?;
    rows.iter().map(|row| Ok(row.try_get("", "worker")?)).collect()
}

/// The claims of a worker whose shift is not over at `now`.
pub(crate) async fn standing(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, now: Timestamp) -> Result<Vec<Standing>> {
    let sql = "SELECT c.id AS claim_id, c.employment, c.employer, c.confirmed_at, COALESCE(p.own_gaps_first, 0) AS own_gaps_first, s.* \
         FROM claim c JOIN shift s ON s.region = c.region AND s.id = c.shift LEFT JOIN pool p ON p.region = s.region AND p.id = s.pool \
         WHERE c.region = $1 AND c.worker = $2 AND c.state = 1 AND c.ends_at > $3 AND c.starts_at > $3 - $4 ORDER BY c.confirmed_at, c.id";
    let read = |row: &QueryResult| {
        let employment: EmploymentId = row.try_get("", "employment")?;
        let (claim, confirmed_at) = (row.try_get("", "claim_id")?, row.try_get("", "confirmed_at")?);
        let held = Held { claim, confirmed_at, employment, terms: shift::terms(row)? };
        let own_gaps_first = row.try_get::<i32>("", "own_gaps_first")? != 0;
        Ok(Standing { held, employer: row.try_get("", "employer")?, own_gaps_first })
    };
    all(db, sql, values![region, worker, now, shift::LONGEST_MICROS]).await?.iter().map(read).collect()
}

/// The conflicts of a worker that are not solved, of claims whose shift is not over at `now`.
pub(crate) async fn open(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, now: Timestamp) -> Result<Vec<Open>> {
    let sql = "SELECT id, claim, rule, deadline, yields FROM claim_conflict WHERE region = $1 AND worker = $2 AND resolved_at IS NULL AND ends_at > $3";
    let read = |row: &QueryResult| {
        let (id, claim) = (row.try_get("", "id")?, row.try_get("", "claim")?);
        let yields = known(Yields::from_number(row.try_get("", "yields")?), "who yields")?;
        Ok(Open { id, claim, rule: row.try_get("", "rule")?, deadline: row.try_get("", "deadline")?, yields })
    };
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

/// Writes down on what a conflict rests now, who then yields, and until when it has to be solved.
pub(crate) async fn measured(
    db: &impl ConnectionTrait,
    region: RegionId,
    id: ConflictId,
    (reason, facts): (&str, String),
    yields: Yields,
    deadline: Timestamp,
) -> Result<()> {
    let sql = "UPDATE claim_conflict SET reason = $3, facts = $4, yields = $5, deadline = $6 \
         WHERE region = $1 AND id = $2 AND (reason <> $3 OR facts <> $4 OR yields <> $5 OR deadline <> $6)";
    execute(db, sql, values![region, id, reason, facts, yields as i32, deadline]).await?;
    Ok(())
}

/// The claim that has to give way because of this conflict, if it is still to.
pub(crate) async fn yielding(db: &impl ConnectionTrait, region: RegionId, id: ConflictId) -> Result<Option<Yielding>> {
    let sql = "SELECT k.claim, c.worker, k.deadline FROM claim_conflict k JOIN claim c ON c.region = k.region AND c.id = k.claim \
         WHERE k.region = $1 AND k.id = $2 AND k.resolved_at IS NULL AND k.yields = 1 AND c.state = 1";
    let row = one(db, sql, values![region, id]).await?;
    let read = |row: QueryResult| {
        Ok(Yielding { claim: row.try_get("", "claim")?, worker: row.try_get("", "worker")?, deadline: row.try_get("", "deadline")? })
    };
    row.map(read).transpose()
}

/// The people with a conflict at an organisation, as employer or host, that is not solved.
pub(crate) async fn in_conflict_at(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    now: Timestamp,
) -> Result<BTreeSet<WorkerId>> {
    let sql = "SELECT DISTINCT worker FROM claim_conflict \
         WHERE region = $1 AND (employer = $2 OR host = $2) AND resolved_at IS NULL AND ends_at > $3";
    let rows = all(db, sql, values![region, organisation, now]).await?;
    rows.iter().map(|row| Ok(row.try_get("", "worker")?)).collect()
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

/// Whose conflicts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Of {
    /// A worker's.
    Worker(WorkerId),
    /// Those that concern an organisation as employer or host.
    Organisation(OrganisationId),
}

/// A conflict as it is shown.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) id: ConflictId,
    pub(crate) claim: ClaimId,
    pub(crate) shift: ShiftId,
    pub(crate) worker: WorkerId,
    pub(crate) employer: OrganisationId,
    pub(crate) host: OrganisationId,
    /// When the shift is worked.
    pub(crate) period: Period,
    /// The name of the reason, and its facts.
    pub(crate) reason: String,
    pub(crate) facts: HashMap<String, String>,
    pub(crate) found_at: Timestamp,
    pub(crate) deadline: Timestamp,
    pub(crate) yields: Yields,
    pub(crate) resolved_at: Option<Timestamp>,
}

/// Conflicts in order of time after `after`; with a time only those that are not solved and whose shift is not over then.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    region: RegionId,
    of: Of,
    ahead: Option<Timestamp>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Shown>> {
    let (whose, id) = match of {
        Of::Worker(worker) => ("k.worker = $2", worker.0),
        Of::Organisation(organisation) => ("(k.employer = $2 OR k.host = $2)", organisation.0),
    };
    let open = if ahead.is_some() { "AND k.resolved_at IS NULL" } else { "" };
    let sql = format!(
        "SELECT k.*, c.shift, c.starts_at FROM claim_conflict k JOIN claim c ON c.region = k.region AND c.id = k.claim \
         WHERE k.region = $1 AND {whose} AND k.id > $3 AND k.ends_at > $4 {open} ORDER BY k.id LIMIT $5"
    );
    let values = values![region, id, after.unwrap_or_default(), ahead.unwrap_or(Timestamp(i64::MIN)), limit];
    all(db, sql, values).await?.iter().map(shown).collect()
}

fn shown(row: &QueryResult) -> Result<Shown> {
    let facts: String = row.try_get("", "facts")?;
    Ok(Shown {
        id: row.try_get("", "id")?,
        claim: row.try_get("", "claim")?,
        shift: row.try_get("", "shift")?,
        worker: row.try_get("", "worker")?,
        employer: row.try_get("", "employer")?,
        host: row.try_get("", "host")?,
        period: period(row.try_get("", "starts_at")?, row.try_get("", "ends_at")?)?,
        reason: row.try_get("", "reason")?,
        facts: serde_json::from_str(&facts).map_err(|error| Error::Internal(Box::new(error)))?,
        found_at: row.try_get("", "found_at")?,
        deadline: row.try_get("", "deadline")?,
        yields: known(Yields::from_number(row.try_get("", "yields")?), "who yields")?,
        resolved_at: row.try_get("", "resolved_at")?,
    })
}
