//! The copies of members' facts. Written by members' events only; a fact that comes again overwrites itself.
//!
//! Events of different subjects come in any order: a worker's employment can come after the news that the worker is another one. So
//! whatever names a worker goes to who that worker is by now ([`kept`]). Every change of a worker raises the version (D8), and whoever
//! changes two workers does so in the order of their ids, so that no two wait for each other.

use std::collections::HashSet;

use chassis::{
    error::Result,
    ids::{AgreementId, CompetenceId, LocationId, OrganisationId, PoolId, RegionId, WardId, WorkerId},
    time::LocalDate,
};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult};

use super::{all, execute, one, shift, values};
use crate::domain::{agreement::Bases, pool::PoolTerms, worker::Employment};

pub(crate) async fn organisation(
    db: &impl ConnectionTrait,
    region: RegionId,
    id: OrganisationId,
    name: &str,
    branch: Option<i32>,
) -> Result<()> {
    let sql = "INSERT INTO organisation (region, id, name, branch) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (region, id) DO UPDATE SET name = excluded.name, branch = excluded.branch";
    execute(db, sql, values![region, id, name, branch]).await?;
    Ok(())
}

/// The last day of an organisation.
pub(crate) async fn organisation_leaves(db: &impl ConnectionTrait, region: RegionId, id: OrganisationId, on: LocalDate) -> Result<()> {
    execute(db, "UPDATE organisation SET leaves_on = $3 WHERE region = $1 AND id = $2", values![region, id, on]).await?;
    Ok(())
}

/// The last day of an organisation, which stays as it is until the transaction ends.
pub(crate) async fn last_day(db: &impl ConnectionTrait, region: RegionId, id: OrganisationId) -> Result<Option<LocalDate>> {
    let lock = if db.get_database_backend() == DbBackend::Postgres { "FOR SHARE" } else { "" };
    let row = one(db, format!("SELECT leaves_on FROM organisation WHERE region = $1 AND id = $2 {lock}"), values![region, id]).await?;
    Ok(row.map(|row| row.try_get("", "leaves_on")).transpose()?.flatten())
}

/// The workers who have or had an employment there.
pub(crate) async fn workers_of(db: &impl ConnectionTrait, region: RegionId, id: OrganisationId) -> Result<HashSet<WorkerId>> {
    let sql = "SELECT DISTINCT e.worker FROM employment e JOIN worker w ON w.region = e.region AND w.id = e.worker \
         WHERE e.region = $1 AND e.organisation = $2 AND w.merged_into IS NULL";
    all(db, sql, values![region, id]).await?.iter().map(|row| Ok(row.try_get("", "worker")?)).collect()
}

/// A ward, and where it is: its location, and the postcode that it had when that was told.
pub(crate) async fn ward(
    db: &impl ConnectionTrait,
    region: RegionId,
    id: WardId,
    organisation: OrganisationId,
    name: &str,
    (location, postcode): (Option<LocationId>, &str),
) -> Result<()> {
    let sql = "INSERT INTO ward (region, id, organisation, name, location, postcode) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (region, id) DO UPDATE SET organisation = excluded.organisation, name = excluded.name, \
         location = excluded.location, postcode = excluded.postcode";
    execute(db, sql, values![region, id, organisation, name, location, postcode]).await?;
    Ok(())
}

/// Where a location is.
pub(crate) async fn location(db: &impl ConnectionTrait, region: RegionId, id: LocationId, postcode: &str) -> Result<()> {
    let sql = "INSERT INTO location (region, id, postcode) VALUES ($1, $2, $3) \
         ON CONFLICT (region, id) DO UPDATE SET postcode = excluded.postcode";
    execute(db, sql, values![region, id, postcode]).await?;
    Ok(())
}

/// A pool as members tell it.
pub(crate) struct NewPool<'a> {
    pub(crate) id: PoolId,
    pub(crate) name: &'a str,
    pub(crate) kind: i32,
    pub(crate) terms: PoolTerms,
}

/// What of a pool is copied.
pub(crate) const POOL: &[&str] = &[
    "name",
    "kind",
    "mode",
    "cancellation_minutes",
    "withdrawal_minutes",
    "offer_minutes",
    "quiet_from",
    "quiet_until",
    "own_gaps_first",
    "release_own_team",
    "release_own_organisation",
    "release_pool",
    "release_self_employed",
    "release_everybody_within",
];

pub(crate) async fn pool(db: &impl ConnectionTrait, region: RegionId, pool: &NewPool<'_>) -> Result<()> {
    let NewPool { id, name, kind, terms } = *pool;
    let plan = terms.release;
    let values = values![
        region,
        id,
        name,
        kind,
        terms.mode,
        terms.cancellation_minutes,
        terms.withdrawal_minutes,
        terms.offer_minutes,
        terms.quiet_hours.map(|(from, _)| from),
        terms.quiet_hours.map(|(_, until)| until),
        i32::from(terms.own_gaps_first),
        plan.own_team,
        plan.own_organisation,
        plan.pool,
        plan.self_employed,
        plan.everybody_within,
    ];
    let numbers: Vec<String> = (1..=values.len()).map(|number| format!("${number}")).collect();
    let updates: Vec<String> = POOL.iter().map(|column| format!("{column} = excluded.{column}")).collect();
    let sql = format!(
        "INSERT INTO pool (region, id, {}) VALUES ({}) ON CONFLICT (region, id) DO UPDATE SET {}",
        POOL.join(", "),
        numbers.join(", "),
        updates.join(", "),
    );
    execute(db, sql, values).await?;
    Ok(())
}

/// The terms of a pool, which stays as it is until the transaction ends; `None` for a pool that is not known here. SQLite needs no lock:
/// only one transaction writes.
pub(crate) async fn pool_terms(db: &impl ConnectionTrait, region: RegionId, id: PoolId) -> Result<Option<PoolTerms>> {
    let lock = if db.get_database_backend() == DbBackend::Postgres { "FOR SHARE" } else { "" };
    let row = one(db, format!("SELECT * FROM pool WHERE region = $1 AND id = $2 {lock}"), values![region, id]).await?;
    row.as_ref().map(terms).transpose()
}

/// The terms that a pool has now; `None` for a pool that is not known here.
pub(crate) async fn pool_terms_now(db: &impl ConnectionTrait, region: RegionId, id: PoolId) -> Result<Option<PoolTerms>> {
    let row = one(db, "SELECT * FROM pool WHERE region = $1 AND id = $2", values![region, id]).await?;
    row.as_ref().map(terms).transpose()
}

/// The terms in a row of pools.
pub(super) fn terms(row: &QueryResult) -> Result<PoolTerms> {
    let optional = |column: &str| row.try_get::<Option<i32>>("", column);
    Ok(PoolTerms {
        mode: row.try_get("", "mode")?,
        cancellation_minutes: row.try_get("", "cancellation_minutes")?,
        withdrawal_minutes: row.try_get("", "withdrawal_minutes")?,
        offer_minutes: row.try_get("", "offer_minutes")?,
        quiet_hours: optional("quiet_from")?.zip(optional("quiet_until")?),
        release: shift::plan(row)?,
        own_gaps_first: row.try_get::<i32>("", "own_gaps_first")? != 0,
    })
}

/// Makes these, with the minutes a week that their people may claim elsewhere, the only members of a pool. Gives who was one and is no
/// more.
pub(crate) async fn pool_members(
    db: &impl ConnectionTrait,
    region: RegionId,
    pool: PoolId,
    members: &[(OrganisationId, Option<i32>)],
) -> Result<Vec<OrganisationId>> {
    let stay: Vec<String> = (3..members.len() + 3).map(|number| format!("${number}")).collect();
    let mut values = values![region, pool];
    values.extend(members.iter().map(|(organisation, _)| sea_orm::Value::from(*organisation)));
    let others = if stay.is_empty() { String::new() } else { format!("AND organisation NOT IN ({})", stay.join(", ")) };
    let sql = format!("DELETE FROM pool_member WHERE region = $1 AND pool = $2 {others} RETURNING organisation");
    let left = all(db, sql, values).await?.iter().map(|row| Ok(row.try_get("", "organisation")?)).collect::<Result<_>>()?;
    if members.is_empty() {
        return Ok(left);
    }
    let mut values = values![region, pool];
    let mut rows = Vec::new();
    for (organisation, minutes) in members {
        rows.push(format!("($1, $2, ${}, ${})", values.len() + 1, values.len() + 2));
        values.extend(values![*organisation, *minutes]);
    }
    let sql = format!(
        "INSERT INTO pool_member (region, pool, organisation, minutes_elsewhere) VALUES {} \
         ON CONFLICT (region, pool, organisation) DO UPDATE SET minutes_elsewhere = excluded.minutes_elsewhere",
        rows.join(", ")
    );
    execute(db, sql, values).await?;
    Ok(left)
}

pub(crate) async fn pool_member(db: &impl ConnectionTrait, region: RegionId, pool: PoolId, organisation: OrganisationId) -> Result<()> {
    let sql = "INSERT INTO pool_member (region, pool, organisation) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    execute(db, sql, values![region, pool, organisation]).await?;
    Ok(())
}

/// An agreement as members tell it.
pub(crate) struct NewAgreement {
    pub(crate) id: AgreementId,
    pub(crate) organisation: OrganisationId,
    pub(crate) from: LocalDate,
    pub(crate) until: Option<LocalDate>,
    pub(crate) bases: Bases,
}

pub(crate) async fn agreement(db: &impl ConnectionTrait, region: RegionId, agreement: &NewAgreement) -> Result<()> {
    let sql = "INSERT INTO agreement (region, id, organisation, from_day, until_day, bases) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (region, id) DO UPDATE SET organisation = excluded.organisation, from_day = excluded.from_day, \
         until_day = excluded.until_day, bases = excluded.bases";
    let NewAgreement { id, organisation, from, until, bases } = *agreement;
    execute(db, sql, values![region, id, organisation, from, until, bases.bits()]).await?;
    Ok(())
}

/// Whether a worker is known here.
pub(crate) async fn exists(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<bool> {
    Ok(one(db, "SELECT 1 AS found FROM worker WHERE region = $1 AND id = $2", values![region, worker]).await?.is_some())
}

/// Who a worker is by now: of two that turned out to be one person, the kept one. Who is not known here is who the event says.
pub(crate) async fn kept(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<WorkerId> {
    let row = one(db, "SELECT merged_into FROM worker WHERE region = $1 AND id = $2", values![region, worker]).await?;
    let into: Option<WorkerId> = row.map(|row| row.try_get("", "merged_into")).transpose()?.flatten();
    Ok(into.unwrap_or(worker))
}

/// A worker, or what is new about one. The registration of somebody who was merged meanwhile goes to the kept worker, the longer one
/// counts.
pub(crate) async fn worker(
    db: &impl ConnectionTrait,
    region: RegionId,
    id: WorkerId,
    registered_until: Option<LocalDate>,
    adult_on: Option<LocalDate>,
    pc4: &str,
) -> Result<()> {
    let sql = "INSERT INTO worker (region, id, version, registered_until, adult_on, pc4) VALUES ($1, $2, 1, $3, $4, $5) \
         ON CONFLICT (region, id) DO UPDATE SET registered_until = excluded.registered_until, adult_on = excluded.adult_on, \
         pc4 = excluded.pc4, version = worker.version + 1";
    execute(db, sql, values![region, id, registered_until, adult_on, pc4]).await?;
    let kept = kept(db, region, id).await?;
    if kept != id { take_over_registration(db, region, id, kept).await } else { Ok(()) }
}

async fn take_over_registration(db: &impl ConnectionTrait, region: RegionId, merged: WorkerId, kept: WorkerId) -> Result<()> {
    let sql = "UPDATE worker SET version = version + 1, registered_until = (SELECT MAX(t.registered_until) FROM worker t \
         WHERE t.region = $1 AND t.id IN ($2, $3)) WHERE region = $1 AND id = $3";
    execute(db, sql, values![region, merged, kept]).await?;
    Ok(())
}

/// Raises the version of a worker, who is made if not known here.
pub(crate) async fn touch(db: &impl ConnectionTrait, region: RegionId, id: WorkerId) -> Result<()> {
    let sql =
        "INSERT INTO worker (region, id, version) VALUES ($1, $2, 1) ON CONFLICT (region, id) DO UPDATE SET version = worker.version + 1";
    execute(db, sql, values![region, id]).await?;
    Ok(())
}

/// Raises the version of who a worker is by now, and gives who that is: nobody merges them until the transaction ends.
pub(crate) async fn touch_kept(db: &impl ConnectionTrait, region: RegionId, id: WorkerId) -> Result<WorkerId> {
    loop {
        let worker = kept(db, region, id).await?;
        touch(db, region, worker).await?;
        // Somebody may have merged them before the row was ours.
        if kept(db, region, id).await? == worker {
            return Ok(worker);
        }
    }
}

/// An employment, or what is new about one. Of two told about the same one, the higher revision counts: after a merger the older one can
/// come later (D13).
pub(crate) async fn employment(
    db: &impl ConnectionTrait,
    region: RegionId,
    worker: WorkerId,
    employment: &Employment,
    minutes_per_week: i32,
    revision: i64,
) -> Result<()> {
    let worker = touch_kept(db, region, worker).await?;
    let sql = "INSERT INTO employment (region, id, worker, organisation, function_level, kind, minutes_per_week, from_day, until_day, \
         assessed_until, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) \
         ON CONFLICT (region, id) DO UPDATE SET worker = excluded.worker, \
         organisation = excluded.organisation, function_level = excluded.function_level, kind = excluded.kind, \
         minutes_per_week = excluded.minutes_per_week, from_day = excluded.from_day, until_day = excluded.until_day, \
         assessed_until = excluded.assessed_until, revision = excluded.revision WHERE excluded.revision >= employment.revision";
    let Employment { id, organisation, level, kind, validity, assessed_until } = *employment;
    let (level, kind) = (level as i32, kind as i32);
    let what =
        values![region, id, worker, organisation, level, kind, minutes_per_week, validity.from, validity.until, assessed_until, revision];
    execute(db, sql, what).await?;
    Ok(())
}

pub(crate) async fn competence(
    db: &impl ConnectionTrait,
    region: RegionId,
    worker: WorkerId,
    id: CompetenceId,
    competence: &crate::domain::worker::Competence,
) -> Result<()> {
    let worker = touch_kept(db, region, worker).await?;
    let sql = "INSERT INTO competence (region, id, worker, code, valid_from, valid_until) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (region, id) DO UPDATE SET worker = excluded.worker, code = excluded.code, \
         valid_from = excluded.valid_from, valid_until = excluded.valid_until";
    let values = values![region, id, worker, competence.code.clone(), competence.validity.from, competence.validity.until];
    execute(db, sql, values).await?;
    Ok(())
}

/// Two workers turned out to be one person (D13): employments, competences and registration of `merged` go to `kept`, and so does
/// whatever comes for `merged` later. Raises both versions first: a confirmation on the old facts of either then fails, and one that
/// was quicker is seen by what follows in this transaction. Who was told to keep it may be a third worker by now, who then does.
pub(crate) async fn merge(db: &impl ConnectionTrait, region: RegionId, kept_as_told: WorkerId, merged: WorkerId) -> Result<()> {
    let into = loop {
        let into = kept(db, region, kept_as_told).await?;
        if into == merged {
            return Ok(());
        }
        for worker in if into < merged { [into, merged] } else { [merged, into] } {
            touch(db, region, worker).await?;
        }
        // As in `touch_kept`: the one who is kept may have been merged meanwhile.
        if kept(db, region, kept_as_told).await? == into {
            break into;
        }
    };
    take_over_registration(db, region, merged, into).await?;
    let moves = [
        "UPDATE worker SET merged_into = $3 WHERE region = $1 AND (id = $2 OR merged_into = $2)",
        "UPDATE employment SET worker = $3 WHERE region = $1 AND worker = $2",
        "UPDATE competence SET worker = $3 WHERE region = $1 AND worker = $2",
        "UPDATE unavailability SET worker = $3 WHERE region = $1 AND worker = $2",
        "UPDATE schedule_constraint SET worker = $3 WHERE region = $1 AND worker = $2",
        "UPDATE consent SET worker = $3 WHERE region = $1 AND worker = $2",
    ];
    for sql in moves {
        execute(db, sql, values![region, merged, into]).await?;
    }
    Ok(())
}

/// The pools whose shifts are the worker's to see: as [`crate::domain::eligibility::Facts::pools`] says.
pub(crate) async fn pools_of(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, today: LocalDate) -> Result<HashSet<PoolId>> {
    let sql = "SELECT DISTINCT m.pool FROM worker t \
         JOIN employment e ON e.region = t.region AND e.worker = COALESCE(t.merged_into, t.id) \
         JOIN pool_member m ON m.region = e.region AND m.organisation = e.organisation \
         WHERE t.region = $1 AND t.id = $2 AND (e.until_day IS NULL OR e.until_day >= $3)";
    let rows = all(db, sql, values![region, worker, today]).await?;
    rows.iter().map(|row| Ok(row.try_get("", "pool")?)).collect()
}
