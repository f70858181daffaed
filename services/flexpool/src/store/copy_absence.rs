//! The copies of when workers cannot work, of what their rosters must keep to (D7) and of what they agreed to. Written by members' events only.
//!
//! Whoever reads them takes only rows with `withdrawn = 0`. Each change raises the worker's version (D8).

use chassis::{
    error::Result,
    ids::{ConsentId, RegionId, ScheduleConstraintId, UnavailabilityId, WorkerId},
    time::{LocalDate, Timestamp},
};
use sea_orm::ConnectionTrait;

use super::{
    copy::{kept, touch, touch_kept},
    execute, values,
};

/// A period, or what is new about one. Of two told about the same one, the higher revision counts: after a merger the older one can come
/// later (D13).
pub(crate) async fn unavailability(
    db: &impl ConnectionTrait,
    region: RegionId,
    worker: WorkerId,
    id: UnavailabilityId,
    (from, until): (Timestamp, Option<Timestamp>),
    revision: i64,
) -> Result<()> {
    let worker = touch_kept(db, region, worker).await?;
    let sql = "INSERT INTO unavailability (region, id, worker, from_at, until_at, revision, withdrawn) VALUES ($1, $2, $3, $4, $5, $6, 0) \
         ON CONFLICT (region, id) DO UPDATE SET worker = excluded.worker, from_at = excluded.from_at, until_at = excluded.until_at, \
         revision = excluded.revision WHERE excluded.revision > unavailability.revision";
    execute(db, sql, values![region, id, worker, from, until, revision]).await?;
    Ok(())
}

/// A period was taken back. The row stays, so that older news of it, which can come later, brings it back no more.
pub(crate) async fn withdrawn(
    db: &impl ConnectionTrait,
    region: RegionId,
    worker: WorkerId,
    id: UnavailabilityId,
    revision: i64,
) -> Result<()> {
    let worker = touch_kept(db, region, worker).await?;
    let sql = "INSERT INTO unavailability (region, id, worker, from_at, until_at, revision, withdrawn) VALUES ($1, $2, $3, 0, 0, $4, 1) \
         ON CONFLICT (region, id) DO UPDATE SET worker = excluded.worker, from_at = 0, until_at = 0, revision = excluded.revision, \
         withdrawn = 1 WHERE excluded.revision > unavailability.revision";
    execute(db, sql, values![region, id, worker, revision]).await?;
    Ok(())
}

/// A limit on a worker's roster.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Constraint {
    pub(crate) id: ScheduleConstraintId,
    /// The number of members' proto.
    pub(crate) kind: i32,
    pub(crate) minutes: Option<i32>,
    pub(crate) from: LocalDate,
    pub(crate) until: Option<LocalDate>,
}

/// Puts these in the place of the worker's constraints. What comes for a worker who was merged is old: members told all constraints of
/// both right after the merger, as the kept one's.
pub(crate) async fn constraints(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, constraints: &[Constraint]) -> Result<()> {
    if kept(db, region, worker).await? != worker {
        return Ok(());
    }
    touch(db, region, worker).await?;
    execute(db, "DELETE FROM schedule_constraint WHERE region = $1 AND worker = $2", values![region, worker]).await?;
    let sql =
        "INSERT INTO schedule_constraint (region, id, worker, kind, minutes, from_day, until_day) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    for Constraint { id, kind, minutes, from, until } in constraints {
        execute(db, sql, values![region, *id, worker, *kind, *minutes, *from, *until]).await?;
    }
    Ok(())
}

/// A consent, or that it was revoked. Once revoked it stays so: after a merger the news that it was given can come later (D13).
pub(crate) async fn consent(
    db: &impl ConnectionTrait,
    region: RegionId,
    worker: WorkerId,
    (id, kind): (ConsentId, i32),
    given_at: Timestamp,
    revoked_at: Option<Timestamp>,
) -> Result<()> {
    let worker = touch_kept(db, region, worker).await?;
    let sql = "INSERT INTO consent (region, id, worker, kind, given_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6) \
         ON CONFLICT (region, id) DO UPDATE SET worker = excluded.worker, kind = excluded.kind, given_at = excluded.given_at, \
         revoked_at = COALESCE(consent.revoked_at, excluded.revoked_at)";
    execute(db, sql, values![region, id, worker, kind, given_at, revoked_at]).await?;
    Ok(())
}
