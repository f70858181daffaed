//! What decisions about several workers need, in one statement: the rows of [`super::facts`], sorted by whose they are.

use std::collections::{BTreeMap, HashMap};

use chassis::{
    error::Result,
    ids::{EmploymentId, RegionId, ShiftId, WorkerId},
};
use sea_orm::{ConnectionTrait, QueryResult};

use super::{
    all,
    facts::{Loaded, around},
    known, values,
};
use crate::domain::eligibility::Facts;

/// These workers by a list of their ids. $1 region.
fn workers(ids: &str) -> String {
    format!(
        "WITH me AS (SELECT k.region, k.id, k.version, k.registered_until, k.adult_on FROM worker k WHERE k.region = $1 AND k.id IN ({ids})), \
         job AS (SELECT e.* FROM me CROSS JOIN employment e WHERE e.region = me.region AND e.worker = me.id)"
    )
}

/// What a place on a shift is judged on for each of these workers, none of whom became another one: one statement for all of them, at most a
/// few hundred.
pub(crate) async fn for_each(db: &impl ConnectionTrait, region: RegionId, shift: ShiftId, ids: &[WorkerId]) -> Result<Vec<Facts>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<String> = (3..ids.len() + 3).map(|number| format!("${number}")).collect();
    let mut values = values![region, shift];
    values.extend(ids.iter().map(|id| sea_orm::Value::from(*id)));
    of_each(&all(db, around(&workers(&numbers.join(", ")), 2), values).await?)
}

/// The facts of each of several workers. Rows say whose they are in `d`: a claim by its employment, a worker's own in `a`; what belongs to
/// organisations says it of nobody and is everybody's.
fn of_each(rows: &[QueryResult]) -> Result<Vec<Facts>> {
    let mut whose: HashMap<EmploymentId, WorkerId> = HashMap::new();
    let mut common = Loaded::default();
    let mut of: BTreeMap<WorkerId, Vec<&QueryResult>> = BTreeMap::new();
    for row in rows {
        match row.try_get::<i32>("", "kind")? {
            1 => of.entry(row.try_get("", "a")?).or_default().push(row),
            // Rows of organisations.
            4 | 5 | 12 => common.add(row)?,
            6 => {}
            kind => {
                let worker = row.try_get("", "d")?;
                if kind == 2 {
                    whose.insert(row.try_get("", "a")?, worker);
                }
                of.entry(worker).or_default().push(row);
            }
        }
    }
    for row in rows {
        if row.try_get::<i32>("", "kind")? == 6 {
            let worker = known(whose.get(&row.try_get("", "d")?), "claim of no employment")?;
            of.entry(*worker).or_default().push(row);
        }
    }
    let each = of.into_values().map(|rows| {
        let mut loaded = common.clone();
        rows.into_iter().try_for_each(|row| loaded.add(row))?;
        Ok(loaded.facts())
    });
    each.filter_map(Result::transpose).collect()
}
