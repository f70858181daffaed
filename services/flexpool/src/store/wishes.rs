//! What workers want, where they live, and where their claims are worked.

use std::{collections::HashMap, str::FromStr};

use chassis::{
    error::Result,
    ids::{ClaimId, OrganisationId, RegionId, WorkerId},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, QueryResult};

use super::{all, execute, known, values};
use crate::domain::{
    distance::Point,
    wishes::{DayPart, Preferences, Wishes},
    worker::FunctionLevel,
};

/// No shift further away than this has to do with the way to or from another one.
const AROUND_MICROS: i64 = 2 * 24 * 3_600_000_000;

/// The wishes of each of these workers, at most a few hundred, none of whom became another one; of their claims those around `from` to
/// `until`. Who is not known is not among them.
pub(crate) async fn of_each(
    db: &impl ConnectionTrait,
    region: RegionId,
    workers: &[WorkerId],
    (from, until): (Timestamp, Timestamp),
) -> Result<HashMap<WorkerId, Wishes>> {
    if workers.is_empty() {
        return Ok(HashMap::new());
    }
    let ids = |first: usize| (first..first + workers.len()).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ");
    let with = |mut values: Vec<sea_orm::Value>| {
        values.extend(workers.iter().map(|id| sea_orm::Value::from(*id)));
        values
    };
    let sql = format!(
        "SELECT w.id AS who, w.pc4, p.max_km, p.day_parts, p.levels, p.organisations FROM worker w \
         LEFT JOIN preference p ON p.region = w.region AND p.worker = w.id WHERE w.region = $1 AND w.id IN ({})",
        ids(2)
    );
    let mut found = HashMap::new();
    for row in all(db, sql, with(values![region])).await? {
        let home = row.try_get::<Option<String>>("", "pc4")?.as_deref().and_then(Point::of);
        let preferences = preferences(&row)?;
        found.insert(row.try_get("", "who")?, Wishes { preferences, home, places: HashMap::new() });
    }
    let sql = format!(
        "SELECT c.id AS claimed, c.worker, COALESCE(l.postcode, d.postcode) AS at FROM claim c \
         JOIN shift s ON s.region = c.region AND s.id = c.shift JOIN ward d ON d.region = s.region AND d.id = s.ward \
         LEFT JOIN location l ON l.region = d.region AND l.id = d.location \
         WHERE c.region = $1 AND c.state = 1 AND c.starts_at > $2 AND c.starts_at < $3 AND c.worker IN ({})",
        ids(4)
    );
    let window = values![region, from.0.saturating_sub(AROUND_MICROS), until.0.saturating_add(AROUND_MICROS)];
    for row in all(db, sql, with(window)).await? {
        let (claim, worker): (ClaimId, WorkerId) = (row.try_get("", "claimed")?, row.try_get("", "worker")?);
        let at = row.try_get::<Option<String>>("", "at")?.as_deref().and_then(Point::of);
        if let (Some(wishes), Some(at)) = (found.get_mut(&worker), at) {
            wishes.places.insert(claim, at);
        }
    }
    Ok(found)
}

fn preferences(row: &QueryResult) -> Result<Preferences> {
    let Some(parts) = row.try_get::<Option<i32>>("", "day_parts")? else { return Ok(Preferences::default()) };
    let level = |number: &i32| FunctionLevel::from_number(*number);
    let levels = listed::<i32>(row, "levels")?;
    Ok(Preferences {
        max_km: row.try_get("", "max_km")?,
        day_parts: DayPart::ALL.into_iter().filter(|part| parts & bit(*part) != 0).collect(),
        levels: known(levels.iter().map(level).collect(), "function level")?,
        organisations: listed::<uuid::Uuid>(row, "organisations")?.into_iter().map(OrganisationId).collect(),
    })
}

fn listed<T: FromStr>(row: &QueryResult, column: &str) -> Result<Vec<T>> {
    let text: String = row.try_get("", column)?;
    known(text.split_whitespace().map(|one| one.parse().ok()).collect(), "list")
}

fn bit(part: DayPart) -> i32 {
    1 << part as i32
}

/// Puts these in the place of what the worker wanted.
pub(crate) async fn set(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, wanted: &Preferences) -> Result<()> {
    let sql = "INSERT INTO preference (region, worker, max_km, day_parts, levels, organisations) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (region, worker) DO UPDATE SET max_km = excluded.max_km, day_parts = excluded.day_parts, \
         levels = excluded.levels, organisations = excluded.organisations";
    let parts = wanted.day_parts.iter().fold(0, |parts, part| parts | bit(*part));
    let levels: Vec<String> = wanted.levels.iter().map(|level| (*level as i32).to_string()).collect();
    let organisations: Vec<String> = wanted.organisations.iter().map(|id| id.0.to_string()).collect();
    execute(db, sql, values![region, worker, wanted.max_km, parts, levels.join(" "), organisations.join(" ")]).await?;
    Ok(())
}

/// Two workers turned out to be one person: what the kept one wants holds, else what the other one wanted.
pub(crate) async fn move_all(db: &impl ConnectionTrait, region: RegionId, merged: WorkerId, kept: WorkerId) -> Result<()> {
    let sql = "UPDATE preference SET worker = $3 WHERE region = $1 AND worker = $2 \
         AND NOT EXISTS (SELECT 1 FROM preference k WHERE k.region = $1 AND k.worker = $3)";
    execute(db, sql, values![region, merged, kept]).await?;
    execute(db, "DELETE FROM preference WHERE region = $1 AND worker = $2", values![region, merged]).await?;
    Ok(())
}
