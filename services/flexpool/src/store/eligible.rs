//! Who may come into question for a shift: a look into indexes that leaves out people who certainly cannot have it, and never one who can.

use chassis::{
    error::Result,
    ids::{RegionId, WorkerId},
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{all, shift, values};
use crate::domain::{shift::Terms, worker::FunctionLevel};

/// Workers after `after` by id: employed on both days by a member of the pool at a level that covers the shift's, with its competences at
/// some time, without another claim at that time and not away. What else there is to say is decided on their facts.
pub(crate) async fn candidates(
    db: &impl ConnectionTrait,
    region: RegionId,
    terms: &Terms,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<WorkerId>> {
    let ([first, last], period) = (terms.period.days(), terms.period);
    let mut values = values![
        region,
        terms.pool,
        after.unwrap_or(Uuid::nil()),
        first,
        last,
        period.starts_at(),
        period.ends_at(),
        period.starts_at().0 - shift::LONGEST_MICROS,
        limit,
    ];
    let levels: Vec<String> =
        FunctionLevel::ALL.iter().filter(|level| level.covers(terms.level)).map(|level| (*level as i32).to_string()).collect();
    let skilled: String = terms
        .competences
        .iter()
        .map(|code| {
            values.push(code.clone().into());
            let number = values.len();
            format!(" AND EXISTS (SELECT 1 FROM competence k WHERE k.region = $1 AND k.worker = e.worker AND k.code = ${number})")
        })
        .collect();
    let sql = format!(
        "SELECT DISTINCT e.worker FROM pool_member m CROSS JOIN employment e \
         WHERE m.region = $1 AND m.pool = $2 AND e.region = m.region AND e.organisation = m.organisation AND e.worker > $3 \
         AND e.from_day <= $4 AND (e.until_day IS NULL OR e.until_day >= $5) AND e.function_level IN ({levels}){skilled} \
         AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.region = $1 AND c.worker = e.worker AND c.state = 1 \
         AND c.starts_at > $8 AND c.starts_at < $7 AND c.ends_at > $6) \
         AND NOT EXISTS (SELECT 1 FROM unavailability u WHERE u.region = $1 AND u.worker = e.worker AND u.withdrawn = 0 \
         AND u.from_at < $7 AND (u.until_at IS NULL OR u.until_at > $6)) \
         ORDER BY e.worker LIMIT $9",
        levels = levels.join(", "),
    );
    all(db, sql, values).await?.iter().map(|row| Ok(row.try_get("", "worker")?)).collect()
}
