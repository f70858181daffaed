//! Claims ahead, judged again from the rows alone: every breach has a conflict that tells of it, and no conflict tells of a breach that is
//! not there (D10, I2 to I4). And what claims read packed is what stands in the rows (D27).

use std::collections::BTreeSet;

use bus::Finding;
use chassis::{
    db::Db,
    error::Result,
    ids::{ClaimId, RegionId, WorkerId},
    time::Timestamp,
};

use super::{all, conflict, facts, one, roster, values};
use crate::{
    domain::{
        conflict::{Breach, Held, breaches},
        working_time::Busy,
    },
    reasons,
};

/// So many workers are asked for at once.
const AT_ONCE: u64 = 500;
/// Who changes while being looked at is looked at again, so often.
const ATTEMPTS: usize = 3;

/// Looks at every worker who has a claim on a shift that is not over at `now`; at most `most` findings.
pub(super) async fn ahead(db: &Db, now: Timestamp, most: usize) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let mut after = (RegionId(uuid::Uuid::nil()), WorkerId(uuid::Uuid::nil()));
    loop {
        let sql = "SELECT DISTINCT region, worker FROM claim WHERE state = 1 AND ends_at > $1 AND (region, worker) > ($2, $3) \
             ORDER BY region, worker LIMIT $4";
        let rows = all(db.read(), sql, values![now, after.0, after.1, AT_ONCE]).await?;
        for row in &rows {
            after = (row.try_get("", "region")?, row.try_get("", "worker")?);
            findings.extend(of_worker(db, after, now).await?);
        }
        if rows.is_empty() || findings.len() >= most {
            findings.truncate(most);
            return Ok(findings);
        }
    }
}

async fn of_worker(db: &Db, of: (RegionId, WorkerId), now: Timestamp) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for _ in 0..ATTEMPTS {
        let before = version(db, of).await?;
        findings = looked_at(db, of, now).await?;
        if findings.is_empty() || version(db, of).await? == before {
            break;
        }
    }
    Ok(findings)
}

async fn version(db: &Db, (region, worker): (RegionId, WorkerId)) -> Result<Option<i64>> {
    let row = one(db.read(), "SELECT version FROM worker WHERE region = $1 AND id = $2", values![region, worker]).await?;
    row.map(|row| Ok(row.try_get("", "version")?)).transpose()
}

async fn looked_at(db: &Db, (region, worker): (RegionId, WorkerId), now: Timestamp) -> Result<Vec<Finding>> {
    let Some(mut facts) = facts::for_review(db.read(), region, worker, now).await? else {
        let text = "has claims and is not known here".to_owned();
        return Ok(vec![Finding { invariant: "I4", subject: worker.to_string(), text }]);
    };
    let mut findings = Vec::new();
    let first = facts::looks_back_to(now);
    let rows: Vec<Busy> = roster::between(db.read(), region, worker, first).await?.iter().map(|block| block.busy()).collect();
    let in_view = |work: &Busy| work.claim.is_none() && work.period.starts_at() >= first;
    let packed: Vec<Busy> = facts.busy.iter().copied().filter(in_view).collect();
    let sorted = |busy: &[Busy]| busy.iter().map(|work| format!("{work:?}")).collect::<BTreeSet<_>>();
    if sorted(&packed) != sorted(&rows) || packed.len() != rows.len() {
        findings.push(Finding { invariant: "I3", subject: worker.to_string(), text: "has other time packed than in the rows".to_owned() });
    }
    facts.busy.retain(|work| work.claim.is_some());
    facts.busy.extend(rows);
    let held: Vec<Held> = conflict::standing(db.read(), region, worker, now).await?.into_iter().map(|claim| claim.held).collect();
    let broken = |Breach { claim, refused, .. }: Breach| {
        let name = reasons::claim_refusal(&refused).reason;
        (claim, refused.rule().map_or(name, str::to_owned))
    };
    let broken: BTreeSet<(ClaimId, String)> = breaches(&facts, &held).into_iter().map(broken).collect();
    let open = conflict::open(db.read(), region, worker, now).await?;
    let told: BTreeSet<(ClaimId, String)> = open.into_iter().map(|conflict| (conflict.claim, conflict.rule)).collect();
    for (claim, rule) in broken.difference(&told) {
        let text = format!("breaks {rule}, and no conflict tells of it");
        findings.push(Finding { invariant: invariant(rule), subject: claim.to_string(), text });
    }
    for (claim, rule) in told.difference(&broken) {
        let text = format!("is in conflict with {rule}, which it does not break");
        findings.push(Finding { invariant: invariant(rule), subject: claim.to_string(), text });
    }
    Ok(findings)
}

fn invariant(rule: &str) -> &'static str {
    match working_time::Rule::from_id(rule) {
        Some(working_time::Rule::Overlap) => "I2",
        Some(_) => "I3",
        None => "I4",
    }
}
