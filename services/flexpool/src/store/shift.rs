//! Shifts.

use chassis::{
    auth::Reached,
    error::{Error, Result, violates},
    ids::{OrganisationId, PoolId, RegionId, ShiftId, WardId},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};
use uuid::Uuid;

use super::{all, execute, known, one, period, values};
use crate::domain::{
    release::{Plan, Release},
    shift::{Closing, Draft, Shift, State, Terms},
    worker::FunctionLevel,
};

/// Where a list goes on: start and id of its last row.
pub(crate) type Key = (i64, Uuid);

/// Shows every shift `s` with the names of its ward and organisation, which may be on their way.
const SHOWN: &str = "SELECT s.*, w.name AS ward_name, o.name AS organisation_name FROM shift s \
     LEFT JOIN ward w ON w.region = s.region AND w.id = s.ward \
     LEFT JOIN organisation o ON o.region = s.region AND o.id = s.organisation";

/// Reads what a claim is decided on from a row with the columns of shifts.
pub(crate) fn terms(row: &QueryResult) -> Result<Terms> {
    let number = |column: &str| row.try_get::<i32>("", column);
    Ok(Terms {
        id: row.try_get("", "id")?,
        organisation: row.try_get("", "organisation")?,
        pool: row.try_get("", "pool")?,
        period: period(row.try_get("", "starts_at")?, row.try_get("", "ends_at")?)?,
        break_minutes: number("break_minutes")?,
        level: known(FunctionLevel::from_number(number("function_level")?), "function level")?,
        competences: codes(&row.try_get::<String>("", "competences")?),
        places: number("places")?,
        taken: number("taken")?,
        held: number("held")?,
        queue_version: row.try_get("", "queue_version")?,
        state: known(State::from_number(number("state")?), "state")?,
        terms_version: row.try_get("", "terms_version")?,
        release: Release { published_at: row.try_get("", "published_at")?, plan: plan(row)? },
    })
}

/// Reads a row of a statement that shows shifts.
pub(crate) fn read(row: &QueryResult) -> Result<Shift> {
    Ok(Shift {
        terms: terms(row)?,
        ward: row.try_get("", "ward")?,
        external_reference: row.try_get("", "external_reference")?,
        closed_because: row
            .try_get::<Option<i32>>("", "closed_because")?
            .map(|number| known(Closing::from_number(number), "reason to close"))
            .transpose()?,
        ward_name: row.try_get::<Option<String>>("", "ward_name")?.unwrap_or_default(),
        organisation_name: row.try_get::<Option<String>>("", "organisation_name")?.unwrap_or_default(),
    })
}

/// The release plan of a shift or a pool.
pub(super) fn plan(row: &QueryResult) -> Result<Plan> {
    Ok(Plan {
        own_team: row.try_get("", "release_own_team")?,
        own_organisation: row.try_get("", "release_own_organisation")?,
        pool: row.try_get("", "release_pool")?,
        self_employed: row.try_get("", "release_self_employed")?,
        everybody_within: row.try_get("", "release_everybody_within")?,
    })
}

/// Competence codes as stored.
pub(super) fn codes(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// What publishing must know of a ward and a pool: whose ward it is, and whether that organisation is in the pool.
pub(crate) struct Place {
    pub(crate) organisation: OrganisationId,
    pub(crate) ward_name: String,
    pub(crate) organisation_name: String,
    pub(crate) in_pool: bool,
}

/// The place of a ward; `None` for a ward that is not known here.
pub(crate) async fn place(db: &impl ConnectionTrait, region: RegionId, ward: WardId, pool: PoolId) -> Result<Option<Place>> {
    let sql = "SELECT w.organisation, w.name AS ward_name, o.name AS organisation_name, m.pool AS member_of FROM ward w \
         LEFT JOIN organisation o ON o.region = w.region AND o.id = w.organisation \
         LEFT JOIN pool_member m ON m.region = w.region AND m.pool = $3 AND m.organisation = w.organisation \
         WHERE w.region = $1 AND w.id = $2";
    let Some(row) = one(db, sql, values![region, ward, pool]).await? else { return Ok(None) };
    Ok(Some(Place {
        organisation: row.try_get("", "organisation")?,
        ward_name: row.try_get("", "ward_name")?,
        organisation_name: row.try_get::<Option<String>>("", "organisation_name")?.unwrap_or_default(),
        in_pool: row.try_get::<Option<Uuid>>("", "member_of")?.is_some(),
    }))
}

/// Stores a new shift. Gives `false`, and the transaction must be dropped, when the organisation has the external reference already.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    region: RegionId,
    id: ShiftId,
    organisation: OrganisationId,
    draft: &Draft,
    release: &Release,
) -> Result<bool> {
    let sql = "INSERT INTO shift (region, id, organisation, ward, pool, starts_at, ends_at, break_minutes, function_level, competences, \
         places, taken, state, terms_version, external_reference, published_at, release_own_team, release_own_organisation, release_pool, \
         release_self_employed, release_everybody_within) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 1, 1, $12, $13, $14, $15, $16, $17, $18)";
    let Release { published_at, plan } = *release;
    let values = values![
        region,
        id,
        organisation,
        draft.ward,
        draft.pool,
        draft.period.starts_at(),
        draft.period.ends_at(),
        draft.break_minutes,
        draft.level as i32,
        draft.competences.join(" "),
        draft.places,
        draft.external_reference.clone(),
        published_at,
        plan.own_team,
        plan.own_organisation,
        plan.pool,
        plan.self_employed,
        plan.everybody_within,
    ];
    match db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await {
        Ok(_) => Ok(true),
        Err(error) if violates(&error, "shift_external_reference", "shift.region, shift.organisation, shift.external_reference") => {
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// A shift by id.
pub(crate) async fn get(db: &impl ConnectionTrait, region: RegionId, id: ShiftId) -> Result<Option<Shift>> {
    let row = one(db, format!("{SHOWN} WHERE s.region = $1 AND s.id = $2"), values![region, id]).await?;
    row.as_ref().map(read).transpose()
}

/// A shift by id, kept as it is until the transaction ends. SQLite needs no lock: only one transaction writes.
pub(crate) async fn lock(db: &impl ConnectionTrait, region: RegionId, id: ShiftId) -> Result<Option<Shift>> {
    let lock = if db.get_database_backend() == DbBackend::Postgres { "FOR UPDATE OF s" } else { "" };
    let row = one(db, format!("{SHOWN} WHERE s.region = $1 AND s.id = $2 {lock}"), values![region, id]).await?;
    row.as_ref().map(read).transpose()
}

/// Takes a locked shift back.
pub(crate) async fn cancel(db: &impl ConnectionTrait, region: RegionId, id: ShiftId) -> Result<()> {
    let sql = "UPDATE shift SET state = 2, terms_version = terms_version + 1 WHERE region = $1 AND id = $2 AND state = 1 AND taken = 0";
    match execute(db, sql, values![region, id]).await? {
        1 => Ok(()),
        _ => Err(Error::internal("a locked shift changed")),
    }
}

/// Raises the versions of the open shifts of an organisation that end after `ends_after`, so that nobody is confirmed there on what was so
/// before (D8).
pub(crate) async fn touch(db: &impl ConnectionTrait, region: RegionId, organisation: OrganisationId, ends_after: Timestamp) -> Result<()> {
    let sql = "UPDATE shift SET terms_version = terms_version + 1 WHERE region = $1 AND organisation = $2 AND state = 1 AND ends_at > $3";
    execute(db, sql, values![region, organisation, ends_after]).await?;
    Ok(())
}

/// Which shifts are closed.
pub(crate) struct Closed {
    /// Those of an organisation.
    pub(crate) organisation: OrganisationId,
    /// In one pool, or in every one.
    pub(crate) pool: Option<PoolId>,
    /// That start after this.
    pub(crate) starts_after: Timestamp,
    /// And end after this.
    pub(crate) ends_after: Timestamp,
}

/// Closes open shifts. Gives them.
pub(crate) async fn close(db: &impl ConnectionTrait, region: RegionId, which: Closed, because: Closing) -> Result<Vec<ShiftId>> {
    let in_pool = which.pool.map_or("", |_| "AND pool = $6");
    let sql = format!(
        "UPDATE shift SET state = 3, closed_because = $5, terms_version = terms_version + 1 \
         WHERE region = $1 AND organisation = $2 AND starts_at > $3 AND ends_at > $4 AND state = 1 {in_pool} RETURNING id"
    );
    let mut values = values![region, which.organisation, which.starts_after, which.ends_after, because as i32];
    values.extend(which.pool.map(sea_orm::Value::from));
    let rows = all(db, sql, values).await?;
    rows.iter().map(|row| Ok(row.try_get("", "id")?)).collect()
}

/// The organisations with open shifts in a pool that they are no members of.
pub(crate) async fn strangers(db: &impl ConnectionTrait, region: RegionId, pool: PoolId, after: Timestamp) -> Result<Vec<OrganisationId>> {
    let sql = "SELECT DISTINCT s.organisation FROM shift s WHERE s.region = $1 AND s.pool = $2 AND s.state = 1 AND s.starts_at > $3 \
         AND NOT EXISTS (SELECT 1 FROM pool_member m WHERE m.region = s.region AND m.pool = s.pool AND m.organisation = s.organisation)";
    let rows = all(db, sql, values![region, pool, after]).await?;
    rows.iter().map(|row| Ok(row.try_get("", "organisation")?)).collect()
}

/// Frees a place of a locked shift that somebody had: for who waits, or for everybody.
pub(crate) async fn free(db: &impl ConnectionTrait, region: RegionId, id: ShiftId, awaited: bool) -> Result<()> {
    let sql = "UPDATE shift SET taken = taken - 1, held = held + $3, queue_version = queue_version + 1 \
         WHERE region = $1 AND id = $2 AND taken > 0";
    match execute(db, sql, values![region, id, i32::from(awaited)]).await? {
        1 => Ok(()),
        _ => Err(Error::internal("a shift counts fewer places than claims")),
    }
}

/// Shifts of an organisation by start, after `key`, that end after `ends_after`.
pub(crate) async fn of_organisation(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: Reached<OrganisationId>,
    ends_after: Option<Timestamp>,
    key: Option<Key>,
    limit: u64,
) -> Result<Vec<Shift>> {
    // No shift is longer than a day, so that the index can begin a day before the wanted end.
    let ends_after = ends_after.unwrap_or(Timestamp(i64::MIN));
    let first = (ends_after.0.saturating_sub(LONGEST_MICROS), Uuid::nil());
    let (starts_at, id) = key.unwrap_or(first).max(first);
    let sql = format!(
        "{SHOWN} WHERE s.region = $1 AND s.organisation = $2 AND (s.starts_at, s.id) > ($3, $4) AND s.ends_at > $5 \
         ORDER BY s.starts_at, s.id LIMIT $6"
    );
    let rows = all(db, sql, values![region, *organisation, starts_at, id, ends_after, limit]).await?;
    rows.iter().map(read).collect()
}

/// No shift is longer than a day.
pub(crate) const LONGEST_MICROS: i64 = 24 * 3_600_000_000;

/// Open shifts of these pools by start, after `key`. Each pool is one look into its own index, so that nothing is sorted but what is
/// shown.
pub(crate) async fn open_in(db: &impl ConnectionTrait, region: RegionId, pools: &[PoolId], key: Key, limit: u64) -> Result<Vec<Shift>> {
    if pools.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = values![region, key.0, key.1, limit];
    let each: Vec<String> = pools
        .iter()
        .map(|pool| {
            values.push((*pool).into());
            let number = values.len();
            format!(
                "SELECT * FROM (SELECT * FROM shift WHERE region = $1 AND pool = ${number} AND state = 1 \
                 AND (starts_at, id) > ($2, $3) ORDER BY starts_at, id LIMIT $4) AS p{number}"
            )
        })
        .collect();
    let open = SHOWN.replace("FROM shift s", &format!("FROM ({}) AS s", each.join(" UNION ALL ")));
    let rows = all(db, format!("{open} ORDER BY s.starts_at, s.id LIMIT $4"), values).await?;
    rows.iter().map(read).collect()
}

/// Whether an organisation is known here.
pub(crate) async fn organisation_exists(db: &impl ConnectionTrait, region: RegionId, id: OrganisationId) -> Result<bool> {
    Ok(one(db, "SELECT 1 AS found FROM organisation WHERE region = $1 AND id = $2", values![region, id]).await?.is_some())
}
