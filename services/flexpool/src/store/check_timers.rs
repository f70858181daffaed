//! What waits for a time must have a timer (D26): or it would wait for ever.

use bus::Finding;
use chassis::{
    db::Db,
    error::Result,
    ids::{ConflictId, ShiftId, WaitId},
    time::Timestamp,
};
use sea_orm::QueryResult;

use super::{
    all,
    check::{AT_MOST, get},
    values,
};

/// A place that is held for nobody must be about to be offered or opened, or it would be held for ever (D11).
pub(super) async fn held(db: &Db, now: Timestamp) -> Result<Vec<Finding>> {
    let sql = "SELECT s.id, s.held FROM shift s WHERE s.starts_at > $2 AND s.held > (SELECT COUNT(*) FROM wait t \
         WHERE t.region = s.region AND t.shift = s.id AND t.state = 2) \
         AND NOT EXISTS (SELECT 1 FROM timer d WHERE d.region = s.region AND d.kind = 1 AND d.key = s.id) LIMIT $1";
    let read = |row: &QueryResult| {
        let (shift, held): (ShiftId, i32) = (get(row, "id")?, get(row, "held")?);
        let text = format!("holds {held} places, not all of them offered, and nothing is going to be done about it");
        Ok(Finding { invariant: "D11", subject: shift.to_string(), text })
    };
    all(db.read(), sql, values![AT_MOST, now]).await?.iter().map(read).collect()
}

/// An offer ends, and a claim that has to give way does, only by a timer.
pub(super) async fn unattended(db: &Db, now: Timestamp) -> Result<Vec<Finding>> {
    let timer = |kind: i32, key: &str| {
        format!("NOT EXISTS (SELECT 1 FROM timer d WHERE d.region = x.region AND d.kind = {kind} AND d.key = {key})")
    };
    let offers = format!("SELECT x.id FROM wait x WHERE x.state = 2 AND x.starts_at > $2 AND {} LIMIT $1", timer(2, "x.id"));
    let conflicts = format!(
        "SELECT x.id FROM claim_conflict x JOIN claim c ON c.region = x.region AND c.id = x.claim WHERE x.resolved_at IS NULL \
         AND x.yields = 1 AND c.state = 1 AND c.starts_at > $2 AND x.deadline < c.starts_at AND {} LIMIT $1",
        timer(4, "x.id")
    );
    let offer = |row: &QueryResult| -> Result<Finding> {
        let wait: WaitId = get(row, "id")?;
        Ok(Finding { invariant: "D11", subject: wait.to_string(), text: "is an offer that nothing ends".to_owned() })
    };
    let conflict = |row: &QueryResult| -> Result<Finding> {
        let conflict: ConflictId = get(row, "id")?;
        Ok(Finding { invariant: "D10", subject: conflict.to_string(), text: "has a claim that should give way and never does".to_owned() })
    };
    let mut found: Vec<Finding> = all(db.read(), offers, values![AT_MOST, now]).await?.iter().map(offer).collect::<Result<_>>()?;
    found.extend(all(db.read(), conflicts, values![AT_MOST, now]).await?.iter().map(conflict).collect::<Result<Vec<_>>>()?);
    Ok(found)
}
