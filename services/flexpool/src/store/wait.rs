//! Who waits for a place on a shift. The list of a shift changes only under the shift's lock, and raises its `queue_version`; but a
//! confirmation drops the worker's waits that it overlaps, and leaves a timer for a place that was offered there.

use std::collections::HashMap;

use chassis::{
    error::{Error, Result},
    ids::{EmploymentId, RegionId, ShiftId, WaitId, WorkerId},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, QueryResult};

use super::{
    all, execute, known, one,
    shift::{self, Key},
    values,
};
use crate::domain::{
    calendar::Period,
    shift::Shift,
    waitlist::WaitState::{self, Ended, Skipped, Waiting},
};

/// A worker who waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wait {
    pub(crate) id: WaitId,
    pub(crate) shift: ShiftId,
    pub(crate) worker: WorkerId,
    pub(crate) employment: Option<EmploymentId>,
    pub(crate) state: WaitState,
    pub(crate) joined_at: Timestamp,
    pub(crate) at_once: bool,
    pub(crate) offer_until: Option<Timestamp>,
    /// The number of the reason for which it was skipped, with its facts.
    pub(crate) skipped: Option<(i32, HashMap<String, String>)>,
}

/// A worker's wait with its shift and how many stand before.
#[derive(Debug)]
pub(crate) struct MyWait {
    pub(crate) wait: Wait,
    pub(crate) shift: Shift,
    pub(crate) before: i32,
}

const COLUMNS: &str = "t.id AS wait_id, t.shift, t.worker, t.employment, t.state AS wait_state, t.joined_at, t.at_once, t.offer_until, \
     t.reason, t.facts";

fn read(row: &QueryResult) -> Result<Wait> {
    let skipped = match (row.try_get::<Option<i32>>("", "reason")?, row.try_get::<Option<String>>("", "facts")?) {
        (Some(reason), Some(facts)) => Some((reason, serde_json::from_str(&facts).map_err(|error| Error::Internal(Box::new(error)))?)),
        _ => None,
    };
    Ok(Wait {
        id: row.try_get("", "wait_id")?,
        shift: row.try_get("", "shift")?,
        worker: row.try_get("", "worker")?,
        employment: row.try_get("", "employment")?,
        state: known(WaitState::from_number(row.try_get("", "wait_state")?), "state of a wait")?,
        joined_at: row.try_get("", "joined_at")?,
        at_once: row.try_get::<i32>("", "at_once")? != 0,
        offer_until: row.try_get("", "offer_until")?,
        skipped,
    })
}

/// A wait by id.
pub(crate) async fn get(db: &impl ConnectionTrait, region: RegionId, id: WaitId) -> Result<Option<Wait>> {
    let row = one(db, format!("SELECT {COLUMNS} FROM wait t WHERE t.region = $1 AND t.id = $2"), values![region, id]).await?;
    row.as_ref().map(read).transpose()
}

/// Whether an offer waits for an answer: it still stands, and will not be accepted without a word.
pub(crate) async fn awaits_answer(db: &impl ConnectionTrait, region: RegionId, id: WaitId) -> Result<bool> {
    let sql = "SELECT 1 AS found FROM wait t WHERE t.region = $1 AND t.id = $2 AND t.state = 2 \
         AND NOT EXISTS (SELECT 1 FROM timer d WHERE d.region = t.region AND d.kind = 3 AND d.key = t.id)";
    Ok(one(db, sql, values![region, id]).await?.is_some())
}

/// The open wait of a worker for a shift.
pub(crate) async fn open_of(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, shift: ShiftId) -> Result<Option<WaitId>> {
    let sql = "SELECT t.id FROM wait t WHERE t.region = $1 AND t.shift = $3 AND t.worker = $2 AND t.state IN (1, 2) LIMIT 1";
    let row = one(db, sql, values![region, worker, shift]).await?;
    row.map(|row| Ok(row.try_get("", "id")?)).transpose()
}

/// How many wait or think about an offer, and how many of them have one.
pub(crate) async fn counts(db: &impl ConnectionTrait, region: RegionId, shift: ShiftId) -> Result<(i64, i64)> {
    let sql = "SELECT COUNT(*) AS open, COALESCE(SUM(CASE WHEN state = 2 THEN 1 ELSE 0 END), 0) AS offered FROM wait \
         WHERE region = $1 AND shift = $2 AND state IN (1, 2)";
    let row = one(db, sql, values![region, shift]).await?.ok_or_else(|| Error::internal("a count without a row"))?;
    Ok((row.try_get("", "open")?, row.try_get("", "offered")?))
}

/// Adds a wait to the end of the list.
pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, wait: &Wait, period: Period) -> Result<()> {
    let sql = "INSERT INTO wait (region, id, shift, worker, employment, state, joined_at, at_once, starts_at, ends_at) \
         VALUES ($1, $2, $3, $4, $5, 1, $6, $7, $8, $9)";
    let values = values![
        region,
        wait.id,
        wait.shift,
        wait.worker,
        wait.employment,
        wait.joined_at,
        i32::from(wait.at_once),
        period.starts_at(),
        period.ends_at(),
    ];
    execute(db, sql, values).await?;
    Ok(())
}

/// The first of those who wait for a shift, in order.
pub(crate) async fn first(db: &impl ConnectionTrait, region: RegionId, shift: ShiftId, limit: u64) -> Result<Vec<Wait>> {
    let sql =
        format!("SELECT {COLUMNS} FROM wait t WHERE t.region = $1 AND t.shift = $2 AND t.state = 1 ORDER BY t.joined_at, t.id LIMIT $3");
    all(db, sql, values![region, shift, limit]).await?.iter().map(read).collect()
}

/// Offers a place to who waits. Gives whether the wait was still there: a confirmation elsewhere may have dropped it meanwhile.
pub(crate) async fn offer(db: &impl ConnectionTrait, region: RegionId, id: WaitId, until: Timestamp) -> Result<bool> {
    let sql = "UPDATE wait SET state = 2, offer_until = $3 WHERE region = $1 AND id = $2 AND state = 1";
    Ok(execute(db, sql, values![region, id, until]).await? == 1)
}

/// Ends an open wait in one of the ways without a claim. Gives whether it was open.
pub(crate) async fn close(db: &impl ConnectionTrait, region: RegionId, id: WaitId, how: WaitState, at: Timestamp) -> Result<bool> {
    let sql = "UPDATE wait SET state = $3, closed_at = $4, offer_until = NULL WHERE region = $1 AND id = $2 AND state IN (1, 2)";
    Ok(execute(db, sql, values![region, id, how as i32, at]).await? == 1)
}

/// Ends an open wait that no longer fits, with the reason. Gives whether it was open.
pub(crate) async fn skip(
    db: &impl ConnectionTrait,
    region: RegionId,
    id: WaitId,
    (reason, facts): (i32, &HashMap<String, String>),
    at: Timestamp,
) -> Result<bool> {
    let facts = serde_json::to_string(facts).map_err(|error| Error::Internal(Box::new(error)))?;
    let sql = "UPDATE wait SET state = $3, closed_at = $4, offer_until = NULL, reason = $5, facts = $6 \
         WHERE region = $1 AND id = $2 AND state IN (1, 2)";
    Ok(execute(db, sql, values![region, id, Skipped as i32, at, reason, facts]).await? == 1)
}

/// Ends every open wait for a shift that nobody will work any more, and gives back what was held. Gives the waits as they were.
pub(crate) async fn end_all(db: &impl ConnectionTrait, region: RegionId, shift: ShiftId, at: Timestamp) -> Result<Vec<Wait>> {
    let sql = format!("SELECT {COLUMNS} FROM wait t WHERE t.region = $1 AND t.shift = $2 AND t.state IN (1, 2)");
    let open: Vec<Wait> = all(db, sql, values![region, shift]).await?.iter().map(read).collect::<Result<_>>()?;
    let sql = "UPDATE wait SET state = $3, closed_at = $4, offer_until = NULL WHERE region = $1 AND shift = $2 AND state IN (1, 2)";
    execute(db, sql, values![region, shift, Ended as i32, at]).await?;
    hold(db, region, shift, 0).await?;
    Ok(open)
}

/// Says how many places of a locked shift are held for who waits.
pub(crate) async fn hold(db: &impl ConnectionTrait, region: RegionId, shift: ShiftId, held: i32) -> Result<()> {
    let sql = "UPDATE shift SET held = $3, queue_version = queue_version + 1 WHERE region = $1 AND id = $2";
    execute(db, sql, values![region, shift, held]).await?;
    Ok(())
}

/// A worker's waits by start of the shift, after `key`, of shifts that start after `now`.
pub(crate) async fn of_worker(
    db: &impl ConnectionTrait,
    region: RegionId,
    worker: WorkerId,
    include_closed: bool,
    now: Timestamp,
    key: Option<Key>,
    limit: u64,
) -> Result<Vec<MyWait>> {
    let begun = (now.0, uuid::Uuid::max());
    let (starts_at, id) = key.unwrap_or(begun).max(begun);
    let open = if include_closed { "" } else { "AND t.state IN (1, 2)" };
    let sql = format!(
        "SELECT {COLUMNS}, (SELECT COUNT(*) FROM wait b WHERE b.region = t.region AND b.shift = t.shift AND b.state = 1 \
         AND (b.joined_at, b.id) < (t.joined_at, t.id)) AS before, s.*, w.name AS ward_name, o.name AS organisation_name \
         FROM worker me JOIN wait t ON t.region = me.region AND t.worker = COALESCE(me.merged_into, me.id) \
         JOIN shift s ON s.region = t.region AND s.id = t.shift \
         LEFT JOIN ward w ON w.region = s.region AND w.id = s.ward \
         LEFT JOIN organisation o ON o.region = s.region AND o.id = s.organisation \
         WHERE me.region = $1 AND me.id = $2 AND (t.starts_at, t.id) > ($3, $4) {open} ORDER BY t.starts_at, t.id LIMIT $5"
    );
    let rows = all(db, sql, values![region, worker, starts_at, id, limit]).await?;
    let mine = |row: &QueryResult| {
        let wait = read(row)?;
        let before = if wait.state == Waiting { i32::try_from(row.try_get::<i64>("", "before")?).unwrap_or(i32::MAX) } else { 0 };
        Ok(MyWait { wait, shift: shift::read(row)?, before })
    };
    rows.iter().map(mine).collect()
}

/// Gives every wait of `merged` to `kept` (D13). Of two open ones for the same shift that one stays that has an offer, or else the earlier;
/// gives those that ended, as they were.
pub(crate) async fn move_all(
    db: &impl ConnectionTrait,
    region: RegionId,
    merged: WorkerId,
    kept: WorkerId,
    at: Timestamp,
) -> Result<Vec<Wait>> {
    execute(db, "UPDATE wait SET worker = $3 WHERE region = $1 AND worker = $2", values![region, merged, kept]).await?;
    let sql = format!(
        "SELECT {COLUMNS} FROM wait t WHERE t.region = $1 AND t.worker = $2 AND t.state IN (1, 2) \
         ORDER BY t.shift, t.state DESC, t.joined_at, t.id"
    );
    let open: Vec<Wait> = all(db, sql, values![region, kept]).await?.iter().map(read).collect::<Result<_>>()?;
    let mut ended = Vec::new();
    for pair in open.windows(2) {
        if pair[0].shift == pair[1].shift && close(db, region, pair[1].id, WaitState::Left, at).await? {
            ended.push(pair[1].clone());
        }
    }
    Ok(ended)
}
