//! What is to be done at a time (D26): a row with its kind and what it is about. What it does and its end are one transaction, so it is
//! done once, whoever crashes.

use std::time::Duration;

use chassis::{
    error::Result,
    ids::{ConflictId, OrganisationId, RegionId, ShiftId, WaitId},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use super::{execute, known, one, values};

/// The longest pause before a timer that failed is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);

/// What is to be done. The numbers are those of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timer {
    /// Give the places that a shift holds to those who wait.
    Promote(ShiftId),
    /// End an offer that nobody accepted.
    EndOffer(WaitId),
    /// Accept an offer for a worker who chose so when joining.
    Accept(WaitId),
    /// Let the claim of a conflict give way.
    Settle(ConflictId),
}

impl Timer {
    fn key(self) -> (i32, Uuid) {
        match self {
            Self::Promote(shift) => (1, shift.0),
            Self::EndOffer(wait) => (2, wait.0),
            Self::Accept(wait) => (3, wait.0),
            Self::Settle(conflict) => (4, conflict.0),
        }
    }

    fn of(kind: i32, key: Uuid) -> Option<Self> {
        match kind {
            1 => Some(Self::Promote(ShiftId(key))),
            2 => Some(Self::EndOffer(WaitId(key))),
            3 => Some(Self::Accept(WaitId(key))),
            4 => Some(Self::Settle(ConflictId(key))),
            _ => None,
        }
    }
}

/// Sets a timer; one that is set already keeps the sooner of the two times.
pub(crate) async fn set(db: &impl ConnectionTrait, region: RegionId, timer: Timer, due: Timestamp) -> Result<()> {
    let (kind, key) = timer.key();
    let sql = "INSERT INTO timer (region, kind, key, due, tries) VALUES ($1, $2, $3, $4, 0) ON CONFLICT (region, kind, key) \
         DO UPDATE SET due = CASE WHEN excluded.due < timer.due THEN excluded.due ELSE timer.due END, tries = 0";
    execute(db, sql, values![region, kind, key, due]).await?;
    Ok(())
}

/// Sets timers that end the waits for shifts of an organisation that are open no more.
pub(crate) async fn for_closed(db: &impl ConnectionTrait, region: RegionId, organisation: OrganisationId, due: Timestamp) -> Result<()> {
    let sql = "INSERT INTO timer (region, kind, key, due, tries) SELECT DISTINCT s.region, 1, s.id, CAST($3 AS BIGINT), 0 FROM shift s \
         JOIN wait t ON t.region = s.region AND t.shift = s.id AND t.state IN (1, 2) \
         WHERE s.region = $1 AND s.organisation = $2 AND s.state <> 1 AND s.starts_at > $3 \
         ON CONFLICT (region, kind, key) DO UPDATE SET due = excluded.due, tries = 0";
    execute(db, sql, values![region, organisation, due]).await?;
    Ok(())
}

/// Takes a timer away.
pub(crate) async fn unset(db: &impl ConnectionTrait, region: RegionId, timer: Timer) -> Result<()> {
    let (kind, key) = timer.key();
    execute(db, "DELETE FROM timer WHERE region = $1 AND kind = $2 AND key = $3", values![region, kind, key]).await?;
    Ok(())
}

/// Takes away the timer that is due longest, for this transaction to do what it says; another process passes over it meanwhile.
pub(crate) async fn take(db: &impl ConnectionTrait, now: Timestamp) -> Result<Option<(RegionId, Timer)>> {
    let lock = if db.get_database_backend() == DbBackend::Postgres { "FOR UPDATE SKIP LOCKED" } else { "" };
    let sql = format!(
        "DELETE FROM timer WHERE (region, kind, key) IN (SELECT region, kind, key FROM timer WHERE due <= $1 ORDER BY due LIMIT 1 {lock}) \
         RETURNING region, kind, key"
    );
    let Some(row) = one(db, sql, values![now]).await? else { return Ok(None) };
    let timer = known(Timer::of(row.try_get("", "kind")?, row.try_get("", "key")?), "kind of timer")?;
    Ok(Some((row.try_get("", "region")?, timer)))
}

/// Puts off a timer that failed, each time for longer, so that it is in nobody's way.
pub(crate) async fn put_off(db: &impl ConnectionTrait, region: RegionId, timer: Timer, now: Timestamp) -> Result<()> {
    let (kind, key) = timer.key();
    let row = one(db, "SELECT tries FROM timer WHERE region = $1 AND kind = $2 AND key = $3", values![region, kind, key]).await?;
    let Some(row) = row else { return Ok(()) };
    let tries: i32 = row.try_get("", "tries")?;
    let pause = Duration::from_secs(1 << tries.clamp(0, 16)).min(LONGEST_PAUSE);
    let sql = "UPDATE timer SET due = $4, tries = $5 WHERE region = $1 AND kind = $2 AND key = $3";
    execute(db, sql, values![region, kind, key, now.plus(pause), tries.saturating_add(1)]).await?;
    Ok(())
}
