//! Blocks of rosters and work elsewhere, and their packed form (D27).

use std::collections::{BTreeMap, HashMap, HashSet};

use chassis::{
    error::{Error, Result},
    ids::{EmploymentId, OrganisationId, RegionId, WorkBlockId, WorkerId},
    time::{LocalDate, Timestamp},
};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, QueryResult, Value};
use uuid::Uuid;

use super::{all, execute, known, one, period, shift::Key, values};
use crate::domain::{
    calendar::Period,
    roster::{self, Planned, Time, WorkBlock, kind_from_number, kind_number},
    working_time::Busy,
};

/// So many rows are written by one statement.
const AT_ONCE: usize = 500;
/// No block is longer than three days.
const LONGEST_MICROS: i64 = 72 * 3_600_000_000;

/// Numbers for further values of a statement, as a list: `$4, $5`.
fn listed<V: Into<Value>>(values: &mut Vec<Value>, more: impl IntoIterator<Item = V>) -> String {
    let first = values.len() + 1;
    values.extend(more.into_iter().map(Into::into));
    (first..=values.len()).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

fn read(row: &QueryResult) -> Result<WorkBlock> {
    let organisation: Option<OrganisationId> = row.try_get("", "organisation")?;
    let employment: Option<EmploymentId> = row.try_get("", "employment")?;
    Ok(WorkBlock {
        id: row.try_get("", "id")?,
        worker: row.try_get("", "worker")?,
        employer: organisation.zip(employment),
        external_reference: row.try_get("", "external_reference")?,
        time: Time {
            period: period(row.try_get("", "starts_at")?, row.try_get("", "ends_at")?)?,
            break_minutes: row.try_get("", "break_minutes")?,
            kind: known(kind_from_number(row.try_get("", "kind")?), "kind of work")?,
        },
    })
}

/// Makes changes of an organisation's roster wait for each other. Gives whether the organisation is known here.
pub(crate) async fn lock(db: &impl ConnectionTrait, region: RegionId, organisation: OrganisationId) -> Result<bool> {
    let lock = if db.get_database_backend() == DbBackend::Postgres { "FOR UPDATE" } else { "" };
    let sql = format!("SELECT id FROM organisation WHERE region = $1 AND id = $2 {lock}");
    Ok(one(db, sql, values![region, organisation]).await?.is_some())
}

/// Whose employments these are, of those that the organisation has.
pub(crate) async fn workers(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    employments: &HashSet<EmploymentId>,
) -> Result<HashMap<EmploymentId, WorkerId>> {
    let mut values = values![region, organisation];
    let ids = listed(&mut values, employments.iter().copied());
    if employments.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!("SELECT id, worker FROM employment WHERE region = $1 AND organisation = $2 AND id IN ({ids})");
    all(db, sql, values).await?.iter().map(|row| Ok((row.try_get("", "id")?, row.try_get("", "worker")?))).collect()
}

/// The blocks of an organisation with these references, and those that start in the window, of the named employments only if any are.
pub(crate) async fn kept(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    references: impl IntoIterator<Item = String>,
    window: Option<Period>,
    employments: &HashSet<EmploymentId>,
) -> Result<Vec<WorkBlock>> {
    let (start, end) = window.map_or((0, 0), |window| (window.starts_at().0, window.ends_at().0));
    let mut values = values![region, organisation, start, end];
    let references = listed(&mut values, references);
    let named = if references.is_empty() { String::new() } else { format!("OR external_reference IN ({references})") };
    let of_them = listed(&mut values, employments.iter().copied());
    let of_them = if of_them.is_empty() { String::new() } else { format!("AND employment IN ({of_them})") };
    let sql = format!(
        "SELECT * FROM work_block WHERE region = $1 AND organisation = $2 AND ((starts_at >= $3 AND starts_at < $4 {of_them}) {named})"
    );
    all(db, sql, values).await?.iter().map(read).collect()
}

/// Raises the versions of these workers, always in the same order, so that no two wait for each other in a circle. Errors: `Repeat` when
/// one of them turned out to be somebody else meanwhile.
pub(crate) async fn touch(db: &impl ConnectionTrait, region: RegionId, workers: &HashSet<WorkerId>) -> Result<()> {
    let mut sorted: Vec<WorkerId> = workers.iter().copied().collect();
    sorted.sort_unstable();
    let postgres = db.get_database_backend() == DbBackend::Postgres;
    for some in sorted.chunks(AT_ONCE) {
        let mut values = values![region];
        let ids = listed(&mut values, some.iter().copied());
        let lock = if postgres { "FOR UPDATE" } else { "" };
        let locked = format!("SELECT merged_into FROM worker WHERE region = $1 AND id IN ({ids}) ORDER BY id {lock}");
        for row in all(db, locked, values.clone()).await? {
            if row.try_get::<Option<WorkerId>>("", "merged_into")?.is_some() {
                return Err(Error::Repeat(DbErr::Custom("a worker was merged meanwhile".to_owned())));
            }
        }
        execute(db, format!("UPDATE worker SET version = version + 1 WHERE region = $1 AND id IN ({ids})"), values).await?;
    }
    Ok(())
}

/// Deletes blocks.
pub(crate) async fn delete(db: &impl ConnectionTrait, region: RegionId, blocks: &[WorkBlockId]) -> Result<()> {
    for some in blocks.chunks(AT_ONCE) {
        let mut values = values![region];
        let ids = listed(&mut values, some.iter().copied());
        execute(db, format!("DELETE FROM work_block WHERE region = $1 AND id IN ({ids})"), values).await?;
    }
    Ok(())
}

/// Stores blocks.
pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, blocks: &[WorkBlock]) -> Result<()> {
    for some in blocks.chunks(AT_ONCE) {
        let mut values = values![region];
        let mut rows = Vec::with_capacity(some.len());
        for block in some {
            let (organisation, employment) = block.employer.unzip();
            let Time { period, break_minutes, kind } = block.time;
            let row = values![
                block.id,
                block.worker,
                organisation,
                employment,
                block.external_reference.clone(),
                period.starts_at(),
                period.ends_at(),
                break_minutes,
                kind_number(kind),
            ];
            rows.push(format!("($1, {})", listed(&mut values, row)));
        }
        let sql = format!(
            "INSERT INTO work_block (region, id, worker, organisation, employment, external_reference, starts_at, ends_at, break_minutes, \
             kind) VALUES {}",
            rows.join(", ")
        );
        execute(db, sql, values).await?;
    }
    Ok(())
}

/// A block as the roster system says it, with a new id.
pub(crate) fn new(organisation: OrganisationId, worker: WorkerId, planned: Planned) -> WorkBlock {
    let Planned { external_reference, employment, time } = planned;
    let (id, employer) = (WorkBlockId::new(), Some((organisation, employment)));
    WorkBlock { id, worker, employer, external_reference: Some(external_reference), time }
}

/// Packs the rows of these workers and weeks again. The workers' versions must have been raised before in the same transaction. Gives how
/// many blocks of rosters stand in the fullest row.
pub(crate) async fn repack(db: &impl ConnectionTrait, region: RegionId, months: &HashSet<(WorkerId, i64)>) -> Result<usize> {
    let mut sorted: Vec<(WorkerId, i64)> = months.iter().copied().collect();
    sorted.sort_unstable();
    let mut most = 0;
    for some in sorted.chunks(AT_ONCE) {
        let first = some.iter().map(|(_, month)| *month).min().unwrap_or_default();
        let last = some.iter().map(|(_, month)| *month).max().unwrap_or_default();
        let mut values = values![region, roster::month_start(first), roster::month_start(last + 1)];
        let ids = listed(&mut values, some.iter().map(|(worker, _)| *worker));
        let sql = format!(
            "SELECT * FROM work_block WHERE region = $1 AND starts_at >= $2 AND starts_at < $3 AND worker IN ({ids}) ORDER BY starts_at, id"
        );
        let mut packed: BTreeMap<(WorkerId, i64), Vec<Busy>> = some.iter().map(|key| (*key, Vec::new())).collect();
        for row in all(db, sql, values).await? {
            let block = read(&row)?;
            if let Some(busy) = packed.get_mut(&(block.worker, block.month())) {
                busy.push(block.busy());
            }
        }
        let of_rosters = |busy: &Vec<Busy>| busy.iter().filter(|work| work.employer.is_some()).count();
        most = packed.values().map(of_rosters).max().unwrap_or_default().max(most);
        write(db, region, packed).await?;
    }
    Ok(most)
}

async fn write(db: &impl ConnectionTrait, region: RegionId, packed: BTreeMap<(WorkerId, i64), Vec<Busy>>) -> Result<()> {
    let mut values = values![region];
    let keys: Vec<String> = packed.keys().map(|(worker, month)| format!("({})", listed(&mut values, values![*worker, *month]))).collect();
    let sql = format!("DELETE FROM busy_month WHERE region = $1 AND (worker, month) IN (VALUES {})", keys.join(", "));
    execute(db, sql, values).await?;
    let mut values = values![region];
    let mut rows = Vec::new();
    for ((worker, month), busy) in packed.iter().filter(|(_, busy)| !busy.is_empty()) {
        rows.push(format!("($1, {})", listed(&mut values, values![*worker, *month, roster::pack(*month, busy)])));
    }
    if rows.is_empty() {
        return Ok(());
    }
    execute(db, format!("INSERT INTO busy_month (region, worker, month, blocks) VALUES {}", rows.join(", ")), values).await?;
    Ok(())
}

/// The organisation gave its whole roster of these days. Changes of it must wait for each other ([`lock`]).
pub(crate) async fn fed(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    days: (LocalDate, LocalDate),
) -> Result<()> {
    let sql = "SELECT from_day, until_day FROM roster_feed WHERE region = $1 AND organisation = $2";
    let row = one(db, sql, values![region, organisation]).await?;
    let known = row.map(|row| Ok::<_, DbErr>((row.try_get("", "from_day")?, row.try_get("", "until_day")?))).transpose()?;
    let all = known.map_or(days, |known| roster::fed(known, days));
    if known == Some(all) {
        return Ok(());
    }
    let sql = "INSERT INTO roster_feed (region, organisation, from_day, until_day) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (region, organisation) DO UPDATE SET from_day = excluded.from_day, until_day = excluded.until_day";
    execute(db, sql, values![region, organisation, all.0, all.1]).await?;
    Ok(())
}

/// The worker said that all work elsewhere until this day is known.
pub(crate) async fn work_known(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, until: LocalDate) -> Result<()> {
    let sql = "INSERT INTO work_known (region, worker, until_day) VALUES ($1, $2, $3) \
         ON CONFLICT (region, worker) DO UPDATE SET until_day = excluded.until_day";
    execute(db, sql, values![region, worker, until]).await?;
    Ok(())
}

/// Until when the worker said so.
pub(crate) async fn work_known_until(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<Option<LocalDate>> {
    let row = one(db, "SELECT until_day FROM work_known WHERE region = $1 AND worker = $2", values![region, worker]).await?;
    row.map(|row| Ok(row.try_get("", "until_day")?)).transpose()
}

/// Of these workers those who have a claim on a shift that is not over, or a conflict that is not solved.
pub(crate) async fn with_claims(
    db: &impl ConnectionTrait,
    region: RegionId,
    workers: &HashSet<WorkerId>,
    now: Timestamp,
) -> Result<Vec<WorkerId>> {
    let mut found = Vec::new();
    let mut sorted: Vec<WorkerId> = workers.iter().copied().collect();
    sorted.sort_unstable();
    for some in sorted.chunks(AT_ONCE) {
        let mut values = values![region, now, now.0 - super::shift::LONGEST_MICROS];
        let ids = listed(&mut values, some.iter().copied());
        let sql = format!(
            "SELECT worker FROM claim WHERE region = $1 AND worker IN ({ids}) AND state = 1 AND ends_at > $2 AND starts_at > $3 \
             UNION SELECT worker FROM claim_conflict WHERE region = $1 AND worker IN ({ids}) AND resolved_at IS NULL AND ends_at > $2"
        );
        for row in all(db, sql, values).await? {
            found.push(row.try_get("", "worker")?);
        }
    }
    Ok(found)
}

/// How many blocks of work elsewhere the worker of this one has: that end after `now`, and that start in the same four weeks.
pub(crate) async fn count_declared(db: &impl ConnectionTrait, region: RegionId, like: &WorkBlock, now: Timestamp) -> Result<[i64; 2]> {
    let sql = "SELECT COUNT(CASE WHEN ends_at > $3 THEN 1 END) AS ahead, \
         COUNT(CASE WHEN starts_at >= $4 AND starts_at < $5 THEN 1 END) AS in_month \
         FROM work_block WHERE region = $1 AND worker = $2 AND organisation IS NULL AND (starts_at > $3 - $6 OR starts_at >= $4)";
    let (from, until) = (roster::month_start(like.month()), roster::month_start(like.month() + 1));
    let row = one(db, sql, values![region, like.worker, now, from, until, LONGEST_MICROS]).await?;
    let row = row.ok_or_else(|| Error::internal("a count without a row"))?;
    Ok([row.try_get("", "ahead")?, row.try_get("", "in_month")?])
}

/// Work elsewhere of this worker.
pub(crate) async fn declared(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, id: WorkBlockId) -> Result<Option<WorkBlock>> {
    let sql = "SELECT * FROM work_block WHERE region = $1 AND id = $3 AND worker = $2 AND organisation IS NULL";
    one(db, sql, values![region, worker, id]).await?.as_ref().map(read).transpose()
}

/// A worker's blocks by start, after `key`, that end after `ends_after`.
pub(crate) async fn of_worker(
    db: &impl ConnectionTrait,
    region: RegionId,
    worker: WorkerId,
    ends_after: Option<Timestamp>,
    key: Option<Key>,
    limit: u64,
) -> Result<Vec<WorkBlock>> {
    let ends_after = ends_after.unwrap_or(Timestamp(i64::MIN));
    let first = (ends_after.0.saturating_sub(LONGEST_MICROS), Uuid::nil());
    let (starts_at, id) = key.unwrap_or(first).max(first);
    let sql = "SELECT * FROM work_block WHERE region = $1 AND worker = $2 AND (starts_at, id) > ($3, $4) AND ends_at > $5 \
         ORDER BY starts_at, id LIMIT $6";
    all(db, sql, values![region, worker, starts_at, id, ends_after, limit]).await?.iter().map(read).collect()
}

/// The blocks of an organisation whose references come after this one, in their order.
pub(crate) async fn of_organisation(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    after: String,
    limit: u64,
) -> Result<Vec<WorkBlock>> {
    let sql =
        "SELECT * FROM work_block WHERE region = $1 AND organisation = $2 AND external_reference > $3 ORDER BY external_reference LIMIT $4";
    all(db, sql, values![region, organisation, after, limit]).await?.iter().map(read).collect()
}

/// Gives every block of `merged` to `kept`, whose packed rows are then those of both (D13). Both versions must have been raised before.
pub(crate) async fn move_all(db: &impl ConnectionTrait, region: RegionId, merged: WorkerId, kept: WorkerId) -> Result<()> {
    let sql = "SELECT DISTINCT month FROM busy_month WHERE region = $1 AND worker = $2";
    let rows = all(db, sql, values![region, merged]).await?;
    let months: Vec<i64> = rows.iter().map(|row| row.try_get("", "month")).collect::<Result<_, DbErr>>()?;
    if months.is_empty() {
        return Ok(());
    }
    execute(db, "UPDATE work_block SET worker = $3 WHERE region = $1 AND worker = $2", values![region, merged, kept]).await?;
    let both = months.into_iter().flat_map(|month| [(kept, month), (merged, month)]).collect();
    repack(db, region, &both).await?;
    Ok(())
}

/// A worker's blocks that start at `from` or later.
pub(crate) async fn between(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, from: Timestamp) -> Result<Vec<WorkBlock>> {
    let sql = "SELECT * FROM work_block WHERE region = $1 AND worker = $2 AND starts_at >= $3 ORDER BY starts_at, id";
    all(db, sql, values![region, worker, from]).await?.iter().map(read).collect()
}
