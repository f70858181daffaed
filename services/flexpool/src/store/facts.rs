//! What a decision needs, in as few round trips as possible: one statement for a claim, so that worker, shift, agreements and busy
//! time are of one moment, and one for a list.
//!
//! Rows of different kinds come from one statement by a `UNION ALL`; the first column tells the kind, the others hold what [`Loaded::add`]
//! reads from them. Joins are written as `CROSS JOIN` with a condition: SQLite then goes from left to right, from the few rows that are
//! known into the index of the next table, whatever it guesses about their number; PostgreSQL chooses for itself.

use std::{collections::HashSet, sync::LazyLock};

use chassis::{
    error::{Error, Result},
    ids::{PoolId, RegionId, ShiftId, WorkerId},
    mutation::Request,
    time::{LocalDate, Timestamp},
};
use sea_orm::{ConnectionTrait, QueryResult};

use super::{all, known, period, shift, values};
use crate::domain::{
    agreement::{Agreement, Bases, Scope},
    calendar::Validity,
    eligibility::Facts,
    release::{Plan, Release},
    shift::{State, Terms},
    worker::{Competence, Employment, EmploymentKind, FunctionLevel, Worker},
    working_time::{Busy, REST_MINUTES},
};

/// Work that ends this long before a shift, or starts this long after it, cannot be too close to it.
const REST_MICROS: i64 = REST_MINUTES * 60_000_000;

/// $1 region, $2 worker, who may have become another one.
const WORKER: &str = "WITH me AS (\
     SELECT k.region, k.id, k.version, k.registered_until FROM worker t \
     JOIN worker k ON k.region = t.region AND k.id = COALESCE(t.merged_into, t.id) WHERE t.region = $1 AND t.id = $2), \
     job AS (SELECT e.* FROM me CROSS JOIN employment e WHERE e.region = me.region AND e.worker = me.id)";

/// The first branch gives the columns their types.
const WORKER_ROWS: &str = "\
     SELECT 1 AS kind, me.id AS a, CAST(NULL AS UUID) AS b, CAST(NULL AS UUID) AS c, me.version AS n1, CAST(NULL AS BIGINT) AS n2, \
     CAST(NULL AS BIGINT) AS n3, CAST(NULL AS BIGINT) AS n4, CAST(NULL AS BIGINT) AS n5, CAST(NULL AS BIGINT) AS n6, \
     CAST(NULL AS BIGINT) AS n7, me.registered_until AS t1, CAST(NULL AS TEXT) AS t2, CAST(NULL AS TEXT) AS t3, \
     CAST(NULL AS BYTEA) AS x1, CAST(NULL AS BYTEA) AS x2 FROM me \
     UNION ALL SELECT 2, id, organisation, NULL, function_level, kind, NULL, NULL, NULL, NULL, NULL, from_day, until_day, NULL, NULL, NULL \
     FROM job \
     UNION ALL SELECT 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, k.code, k.valid_from, k.valid_until, NULL, NULL \
     FROM me CROSS JOIN competence k WHERE k.region = me.region AND k.worker = me.id";

/// An agreement ends with its organisation's last day (F6).
const AGREEMENT_ROW: &str = "SELECT 5, g.organisation, NULL, NULL, g.bases, g.scope, NULL, NULL, NULL, NULL, NULL, g.from_day, \
     CASE WHEN o.leaves_on < g.until_day OR g.until_day IS NULL THEN COALESCE(o.leaves_on, g.until_day) ELSE g.until_day END, NULL, NULL, NULL";
const AGREEMENT_OF: &str = "CROSS JOIN agreement g LEFT JOIN organisation o ON o.region = g.region AND o.id = g.organisation \
     WHERE g.region = $1 AND g.organisation = who.organisation";

const BUSY_ROW: &str =
    "SELECT 6, c.id, c.shift, c.employer, c.starts_at, c.ends_at, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL";

const RELEASE_ROW: &str = "SELECT 20, NULL, NULL, NULL, s.published_at, s.release_own_team, s.release_own_organisation, s.release_pool, \
     s.release_self_employed, s.release_everybody_within, NULL, NULL, NULL, NULL, NULL, NULL";

/// For a claim: $3 shift, $4 and $5 caller and id of the request.
static FOR_CLAIM: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{WORKER}, target AS (SELECT * FROM shift WHERE region = $1 AND id = $3) {WORKER_ROWS} \
         UNION ALL SELECT 4, m.pool, m.organisation, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL \
         FROM target s CROSS JOIN (SELECT DISTINCT organisation FROM job) AS employer \
         CROSS JOIN pool_member m WHERE m.region = s.region AND m.pool = s.pool AND m.organisation = employer.organisation \
         UNION ALL {AGREEMENT_ROW} FROM (SELECT organisation FROM job UNION SELECT organisation FROM target) AS who \
         {AGREEMENT_OF} \
         UNION ALL {BUSY_ROW} FROM me CROSS JOIN target s CROSS JOIN claim c WHERE c.region = me.region AND c.worker = me.id AND c.state = 1 \
         AND c.starts_at > s.starts_at - {before} AND c.starts_at < s.ends_at + {REST_MICROS} AND c.ends_at > s.starts_at - {REST_MICROS} \
         UNION ALL SELECT 7, s.id, s.organisation, s.pool, s.starts_at, s.ends_at, s.places, s.taken, s.terms_version, s.function_level, \
         s.state, s.competences, NULL, NULL, NULL, NULL FROM target s \
         UNION ALL {RELEASE_ROW} FROM target s \
         UNION ALL SELECT 8, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, r.method, NULL, NULL, r.hash, r.response \
         FROM request r WHERE r.region = $1 AND r.caller = $4 AND r.id = $5",
        before = REST_MICROS + shift::LONGEST_MICROS,
    )
});

/// For a list of shifts: $3 is when the first of them can start.
static FOR_LIST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{WORKER}, seen AS (SELECT DISTINCT m.region, m.pool, m.organisation FROM job \
         CROSS JOIN pool_member m WHERE m.region = job.region AND m.organisation = job.organisation) {WORKER_ROWS} \
         UNION ALL SELECT 4, pool, organisation, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM seen \
         UNION ALL {AGREEMENT_ROW} FROM (SELECT DISTINCT m.organisation FROM (SELECT DISTINCT region, pool FROM seen) AS p \
         CROSS JOIN pool_member m WHERE m.region = p.region AND m.pool = p.pool) AS who \
         {AGREEMENT_OF} \
         UNION ALL {BUSY_ROW} FROM me CROSS JOIN claim c WHERE c.region = me.region AND c.worker = me.id AND c.state = 1 \
         AND c.starts_at > $3 - {before}",
        before = REST_MICROS + shift::LONGEST_MICROS,
    )
});

/// What was loaded for a claim.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    worker: Option<(WorkerId, i64, Option<LocalDate>)>,
    employments: Vec<Employment>,
    competences: Vec<Competence>,
    memberships: HashSet<(PoolId, chassis::ids::OrganisationId)>,
    agreements: Vec<Agreement>,
    busy: Vec<Busy>,
    release: Option<Release>,
    shift: Option<Terms>,
    /// Method, hash and answer of an earlier request with this id.
    pub(crate) saved: Option<(String, Vec<u8>, Vec<u8>)>,
}

impl Loaded {
    /// The shift that is to be claimed, if there is one.
    pub(crate) fn shift(&mut self) -> Option<Terms> {
        self.shift.take().zip(self.release).map(|(shift, release)| Terms { release, ..shift })
    }

    /// What is known about the worker; `None` for one who is not known here yet.
    pub(crate) fn facts(self) -> Option<Facts> {
        let (id, version, registered_until) = self.worker?;
        let worker = Worker { id, version, registered_until, employments: self.employments, competences: self.competences };
        Some(Facts { worker, memberships: self.memberships, agreements: self.agreements, busy: self.busy })
    }

    fn add(&mut self, row: &QueryResult) -> Result<()> {
        let number = |column: &str| row.try_get::<i64>("", column);
        let small = |column: &str| -> Result<i32> { known(i32::try_from(number(column)?).ok(), "number") };
        let day = |column: &str| row.try_get::<Option<LocalDate>>("", column);
        match row.try_get::<i32>("", "kind")? {
            1 => self.worker = Some((row.try_get("", "a")?, number("n1")?, day("t1")?)),
            2 => self.employments.push(Employment {
                id: row.try_get("", "a")?,
                organisation: row.try_get("", "b")?,
                level: known(FunctionLevel::from_number(small("n1")?), "function level")?,
                kind: known(EmploymentKind::from_number(small("n2")?), "kind of contract")?,
                validity: Validity { from: day("t1")?, until: day("t2")? },
            }),
            3 => self
                .competences
                .push(Competence { code: row.try_get("", "t1")?, validity: Validity { from: day("t2")?, until: day("t3")? } }),
            4 => drop(self.memberships.insert((row.try_get("", "a")?, row.try_get("", "b")?))),
            5 => self.agreements.push(Agreement {
                organisation: row.try_get("", "a")?,
                validity: Validity { from: day("t1")?, until: day("t2")? },
                bases: Bases::from_bits(number("n1")?),
                scope: known(Scope::from_number(small("n2")?), "scope")?,
            }),
            6 => self.busy.push(Busy {
                claim: row.try_get("", "a")?,
                shift: row.try_get("", "b")?,
                employer: row.try_get("", "c")?,
                period: period(number("n1")?, number("n2")?)?,
            }),
            7 => {
                self.shift = Some(Terms {
                    id: row.try_get("", "a")?,
                    organisation: row.try_get("", "b")?,
                    pool: row.try_get("", "c")?,
                    period: period(number("n1")?, number("n2")?)?,
                    places: small("n3")?,
                    taken: small("n4")?,
                    terms_version: number("n5")?,
                    level: known(FunctionLevel::from_number(small("n6")?), "function level")?,
                    state: known(State::from_number(small("n7")?), "state")?,
                    competences: shift::codes(&row.try_get::<String>("", "t1")?),
                    // Of the row of its own, which may come before or after.
                    release: Release { published_at: Timestamp(0), plan: Plan::AT_ONCE },
                });
            }
            20 => {
                let plan = Plan {
                    own_team: small("n2")?,
                    own_organisation: small("n3")?,
                    pool: small("n4")?,
                    self_employed: row.try_get::<Option<i64>>("", "n5")?.map(|_| small("n5")).transpose()?,
                    everybody_within: small("n6")?,
                };
                self.release = Some(Release { published_at: Timestamp(number("n1")?), plan });
            }
            8 => self.saved = Some((row.try_get("", "t1")?, row.try_get("", "x1")?, row.try_get("", "x2")?)),
            kind => return Err(Error::internal(format!("a row of kind {kind}"))),
        }
        Ok(())
    }
}

fn fold(rows: &[QueryResult]) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    for row in rows {
        loaded.add(row)?;
    }
    Ok(loaded)
}

/// Everything that a claim of `worker` on `shift` is decided on, and the answer to an earlier request with the same id: one statement,
/// so one moment.
pub(crate) async fn for_claim(db: &impl ConnectionTrait, request: &Request, worker: WorkerId, shift: ShiftId) -> Result<Loaded> {
    let values = values![request.region, worker, shift, request.caller.clone(), request.id];
    fold(&all(db, FOR_CLAIM.as_str(), values).await?)
}

/// What shifts that start at `from` or later are judged on for `worker`: one statement for any number of shifts.
pub(crate) async fn for_list(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, from: Timestamp) -> Result<Option<Facts>> {
    Ok(fold(&all(db, FOR_LIST.as_str(), values![region, worker, from]).await?)?.facts())
}
