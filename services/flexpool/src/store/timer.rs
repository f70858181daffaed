//! What is to be done at a time (D26): a row with its kind and what it is about. What it does and its end are one transaction, so it is
//! done once, whoever crashes.
//!
//! Rows of timers are locked last, after worker, shift and wait, so that nobody waits in a circle: a timer is looked at without a lock, what it
//! says is done, and then its row is taken away as it was seen. Whoever set it again meanwhile changed it, by a microsecond at least, and
//! then it stays. What a timer does is harmless to do twice.

use std::time::Duration;

use chassis::{
    error::Result,
    ids::{ConflictId, OrganisationId, RegionId, ShiftId, WaitId},
    time::Timestamp,
};
use sea_orm::ConnectionTrait;
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
    /// End the waits for a shift that begins.
    Begin(ShiftId),
}

/// A timer as it was seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    pub(crate) region: RegionId,
    pub(crate) timer: Timer,
    due: Timestamp,
    tries: i32,
}

/// Of two times the sooner, and never the one that was: see above.
const SOONER: &str = "due = CASE WHEN excluded.due < timer.due THEN excluded.due ELSE timer.due - 1 END";

/// What a statement ends with that sets a timer where one may be set already: that keeps the sooner of the two times.
pub(super) fn or_sooner() -> String {
    format!("ON CONFLICT (region, kind, key) DO UPDATE SET {SOONER}, tries = 0")
}

impl Timer {
    fn key(self) -> (i32, Uuid) {
        match self {
            Self::Promote(shift) => (1, shift.0),
            Self::EndOffer(wait) => (2, wait.0),
            Self::Accept(wait) => (3, wait.0),
            Self::Settle(conflict) => (4, conflict.0),
            Self::Begin(shift) => (5, shift.0),
        }
    }

    fn of(kind: i32, key: Uuid) -> Option<Self> {
        match kind {
            1 => Some(Self::Promote(ShiftId(key))),
            2 => Some(Self::EndOffer(WaitId(key))),
            3 => Some(Self::Accept(WaitId(key))),
            4 => Some(Self::Settle(ConflictId(key))),
            5 => Some(Self::Begin(ShiftId(key))),
            _ => None,
        }
    }
}

/// Sets a timer; one that is set already keeps the sooner of the two times.
pub(crate) async fn set(db: &impl ConnectionTrait, region: RegionId, timer: Timer, due: Timestamp) -> Result<()> {
    let (kind, key) = timer.key();
    let sql = format!("INSERT INTO timer (region, kind, key, due, tries) VALUES ($1, $2, $3, $4, 0) {}", or_sooner());
    execute(db, sql, values![region, kind, key, due]).await?;
    Ok(())
}

/// Sets timers that end the waits for shifts of an organisation that are open no more.
pub(crate) async fn for_closed(db: &impl ConnectionTrait, region: RegionId, organisation: OrganisationId, due: Timestamp) -> Result<()> {
    let sql = format!(
        "INSERT INTO timer (region, kind, key, due, tries) SELECT DISTINCT s.region, 1, s.id, CAST($3 AS BIGINT), 0 FROM shift s \
         JOIN wait t ON t.region = s.region AND t.shift = s.id AND t.state IN (1, 2) \
         WHERE s.region = $1 AND s.organisation = $2 AND s.state <> 1 AND s.starts_at > $3 {}",
        or_sooner()
    );
    execute(db, sql, values![region, organisation, due]).await?;
    Ok(())
}

/// The timer that is due longest.
pub(crate) async fn first(db: &impl ConnectionTrait, now: Timestamp) -> Result<Option<Due>> {
    let sql = "SELECT region, kind, key, due, tries FROM timer WHERE due <= $1 ORDER BY due LIMIT 1";
    let Some(row) = one(db, sql, values![now]).await? else { return Ok(None) };
    let timer = known(Timer::of(row.try_get("", "kind")?, row.try_get("", "key")?), "kind of timer")?;
    Ok(Some(Due { region: row.try_get("", "region")?, timer, due: row.try_get("", "due")?, tries: row.try_get("", "tries")? }))
}

/// A timer as it is now, after this transaction may have set it itself. Nobody else may be able to: what sets it must hold a lock that this
/// transaction has.
pub(crate) async fn as_it_is(db: &impl ConnectionTrait, seen: Due) -> Result<Due> {
    let (kind, key) = seen.timer.key();
    let sql = "SELECT due FROM timer WHERE region = $1 AND kind = $2 AND key = $3";
    let row = one(db, sql, values![seen.region, kind, key]).await?;
    Ok(Due { due: row.map(|row| row.try_get("", "due")).transpose()?.unwrap_or(seen.due), ..seen })
}

/// Takes a timer away after what it says was done, or sets it for another time. One that was set again meanwhile stays as it is now.
pub(crate) async fn done(db: &impl ConnectionTrait, seen: &Due, again: Option<Timestamp>) -> Result<()> {
    move_to(db, seen, again, 0).await.map(drop)
}

/// Puts a timer off while somebody works on it, for whoever comes when that one does not end. Gives it as it is then; `None` when somebody
/// else was quicker.
pub(crate) async fn lease(db: &impl ConnectionTrait, seen: &Due, until: Timestamp) -> Result<Option<Due>> {
    let moved = move_to(db, seen, Some(until), seen.tries).await?;
    Ok(moved.then_some(Due { due: until, ..*seen }))
}

/// Puts off a timer that failed, each time for longer, so that it is in nobody's way.
pub(crate) async fn put_off(db: &impl ConnectionTrait, seen: &Due, now: Timestamp) -> Result<()> {
    let pause = Duration::from_secs(1 << seen.tries.clamp(0, 16)).min(LONGEST_PAUSE);
    move_to(db, seen, Some(now.plus(pause)), seen.tries.saturating_add(1)).await.map(drop)
}

async fn move_to(db: &impl ConnectionTrait, seen: &Due, to: Option<Timestamp>, tries: i32) -> Result<bool> {
    let (kind, key) = seen.timer.key();
    let which = "WHERE region = $1 AND kind = $2 AND key = $3 AND due = $4";
    let mut values = values![seen.region, kind, key, seen.due];
    let sql = match to {
        None => format!("DELETE FROM timer {which}"),
        Some(to) => {
            values.extend(values![to, tries]);
            format!("UPDATE timer SET due = $5, tries = $6 {which}")
        }
    };
    Ok(execute(db, sql, values).await? == 1)
}
