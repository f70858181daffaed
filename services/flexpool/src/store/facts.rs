//! What a decision needs, in as few round trips as possible: one statement for a claim, so that worker, shift, agreements and busy
//! time are of one moment, and one for a list.
//!
//! Rows of different kinds come from one statement by a `UNION ALL`; the first column tells the kind, the others hold what [`Loaded::add`]
//! reads from them. Joins are written as `CROSS JOIN` with a condition: SQLite then goes from left to right, from the few rows that are
//! known into the index of the next table, whatever it guesses about their number; PostgreSQL chooses for itself.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use chassis::{
    error::{Error, Result},
    ids::{ClaimId, OrganisationId, PoolId, RegionId, ShiftId, WorkerId},
    mutation::Request,
    time::{LocalDate, Timestamp},
};
use sea_orm::{ConnectionTrait, QueryResult};
use working_time::{Constraint, Kind, Person};

use super::{all, fact_rows, known, period, shift, values};
use crate::domain::{
    agreement::{Agreement, Bases, Scope, collective},
    calendar::Validity,
    eligibility::Facts,
    release::Release,
    roster::{self, MONTH_MICROS},
    shift::Terms,
    worker::{Competence, Employment, EmploymentKind, FunctionLevel, Worker},
    working_time::Busy,
};

const WEEK_MICROS: i64 = 7 * 24 * 3_600_000_000;
/// Rules look back over 52 weeks, the shift's own among them, and forward over 15 after it; what begins before the first of them may reach
/// into it.
const BACK_MICROS: i64 = 53 * WEEK_MICROS;
const FORWARD_MICROS: i64 = 17 * WEEK_MICROS;

/// The columns of the rows with their types.
const COLUMNS: [(&str, &str); 20] = [
    ("kind", "INTEGER"),
    ("a", "UUID"),
    ("b", "UUID"),
    ("c", "UUID"),
    ("d", "UUID"),
    ("n1", "BIGINT"),
    ("n2", "BIGINT"),
    ("n3", "BIGINT"),
    ("n4", "BIGINT"),
    ("n5", "BIGINT"),
    ("n6", "BIGINT"),
    ("n7", "BIGINT"),
    ("n8", "BIGINT"),
    ("n9", "BIGINT"),
    ("n10", "BIGINT"),
    ("t1", "TEXT"),
    ("t2", "TEXT"),
    ("t3", "TEXT"),
    ("x1", "BYTEA"),
    ("x2", "BYTEA"),
];

/// `SELECT` of a kind of row that has these columns and lacks the others. Every one gives the columns their types, so that they may
/// stand in any order.
fn row(kind: u8, columns: &[(&str, &str)]) -> String {
    let value = |(name, kind_of_value): &(&str, &str)| {
        let held = columns.iter().find(|(column, _)| column == name);
        match held {
            _ if *name == "kind" => format!("{kind} AS kind"),
            Some((_, value)) => format!("{value} AS {name}"),
            None => format!("CAST(NULL AS {kind_of_value}) AS {name}"),
        }
    };
    format!("SELECT {}", COLUMNS.iter().map(value).collect::<Vec<_>>().join(", "))
}

/// $1 region, $2 worker, who may have become another one.
const WORKER: &str = "WITH me AS (\
     SELECT k.region, k.id, k.version, k.registered_until, k.adult_on FROM worker t \
     JOIN worker k ON k.region = t.region AND k.id = COALESCE(t.merged_into, t.id) WHERE t.region = $1 AND t.id = $2), \
     job AS (SELECT e.* FROM me CROSS JOIN employment e WHERE e.region = me.region AND e.worker = me.id)";

/// What is known of the worker alone.
static WORKER_ROWS: LazyLock<String> = LazyLock::new(|| {
    let me = row(1, &[("a", "me.id"), ("n1", "me.version"), ("t1", "me.registered_until"), ("t2", "me.adult_on")]);
    let employment = row(
        2,
        &[
            ("a", "job.id"),
            ("b", "job.organisation"),
            ("n1", "job.function_level"),
            ("n2", "job.kind"),
            ("n3", "o.branch"),
            ("t1", "job.from_day"),
            ("t2", "job.until_day"),
            ("t3", "job.assessed_until"),
        ],
    );
    let absence = row(9, &[("n1", "u.from_at"), ("n2", "u.until_at")]);
    let constraint = row(10, &[("n1", "l.kind"), ("n2", "l.minutes"), ("t1", "l.from_day"), ("t2", "l.until_day")]);
    let roster = row(12, &[("a", "f.organisation"), ("t1", "f.from_day"), ("t2", "f.until_day")]);
    let work_known = row(13, &[("t1", "w.until_day")]);
    let competence = row(3, &[("t1", "k.code"), ("t2", "k.valid_from"), ("t3", "k.valid_until")]);
    format!(
        "{me} FROM me \
         UNION ALL {employment} FROM job LEFT JOIN organisation o ON o.region = job.region AND o.id = job.organisation \
         UNION ALL {competence} FROM me CROSS JOIN competence k WHERE k.region = me.region AND k.worker = me.id \
         UNION ALL {absence} FROM me CROSS JOIN unavailability u WHERE u.region = me.region AND u.worker = me.id AND u.withdrawn = 0 \
         UNION ALL {constraint} FROM me CROSS JOIN schedule_constraint l WHERE l.region = me.region AND l.worker = me.id \
         UNION ALL {roster} FROM (SELECT DISTINCT organisation FROM job) AS employer CROSS JOIN roster_feed f \
         WHERE f.region = $1 AND f.organisation = employer.organisation \
         UNION ALL {work_known} FROM me CROSS JOIN work_known w WHERE w.region = me.region AND w.worker = me.id"
    )
});

fn membership(pool: &str, organisation: &str) -> String {
    row(4, &[("a", pool), ("b", organisation)])
}

/// Agreements of organisations called `who`; they end with their organisation's last day (F6).
fn agreement() -> String {
    const UNTIL: &str =
        "CASE WHEN o.leaves_on < g.until_day OR g.until_day IS NULL THEN COALESCE(o.leaves_on, g.until_day) ELSE g.until_day END";
    row(5, &[("a", "g.organisation"), ("n1", "g.bases"), ("n2", "g.scope"), ("t1", "g.from_day"), ("t2", UNTIL)])
}
const AGREEMENT_OF: &str = "CROSS JOIN agreement g LEFT JOIN organisation o ON o.region = g.region AND o.id = g.organisation \
     WHERE g.region = $1 AND g.organisation = who.organisation";

fn claim() -> String {
    row(
        6,
        &[
            ("a", "c.id"),
            ("b", "c.shift"),
            ("c", "c.employer"),
            ("d", "c.employment"),
            ("n1", "c.starts_at"),
            ("n2", "c.ends_at"),
            ("n3", "c.break_minutes"),
            ("n4", "c.confirmed_at"),
        ],
    )
}

/// What the worker does outside claims, packed (D27).
fn month() -> String {
    format!(
        "{} FROM me CROSS JOIN busy_month b WHERE b.region = me.region AND b.worker = me.id",
        row(11, &[("n1", "b.month"), ("x1", "b.blocks")])
    )
}

/// For a claim: $3 shift, $4 and $5 caller and id of the request.
static FOR_CLAIM: LazyLock<String> = LazyLock::new(|| {
    let target = row(
        7,
        &[
            ("a", "s.id"),
            ("b", "s.organisation"),
            ("c", "s.pool"),
            ("n1", "s.starts_at"),
            ("n2", "s.ends_at"),
            ("n3", "s.places"),
            ("n4", "s.taken"),
            ("n5", "s.terms_version"),
            ("n6", "s.function_level"),
            ("n7", "s.state"),
            ("n8", "s.break_minutes"),
            ("n9", "s.held"),
            ("n10", "s.queue_version"),
            ("t1", "s.competences"),
        ],
    );
    let release = row(
        20,
        &[
            ("n1", "s.published_at"),
            ("n2", "s.release_own_team"),
            ("n3", "s.release_own_organisation"),
            ("n4", "s.release_pool"),
            ("n5", "s.release_self_employed"),
            ("n6", "s.release_everybody_within"),
        ],
    );
    let saved = row(8, &[("t1", "r.method"), ("x1", "r.hash"), ("x2", "r.response")]);
    format!(
        "{WORKER}, target AS (SELECT * FROM shift WHERE region = $1 AND id = $3) {worker} \
         UNION ALL {membership} FROM target s CROSS JOIN (SELECT DISTINCT organisation FROM job) AS employer \
         CROSS JOIN pool_member m WHERE m.region = s.region AND m.pool = s.pool AND m.organisation = employer.organisation \
         UNION ALL {agreement} FROM (SELECT organisation FROM job UNION SELECT organisation FROM target) AS who \
         {AGREEMENT_OF} \
         UNION ALL {claim} FROM me CROSS JOIN target s CROSS JOIN claim c WHERE c.region = me.region AND c.worker = me.id AND c.state = 1 \
         AND c.starts_at > s.starts_at - {BACK_MICROS} AND c.starts_at < s.starts_at + {FORWARD_MICROS} \
         UNION ALL {month} AND b.month >= (SELECT (s.starts_at - {BACK_MICROS}) / {MONTH_MICROS} FROM target s) \
         AND b.month <= (SELECT (s.starts_at + {FORWARD_MICROS}) / {MONTH_MICROS} FROM target s) \
         UNION ALL {target} FROM target s UNION ALL {release} FROM target s \
         UNION ALL {saved} FROM request r WHERE r.region = $1 AND r.caller = $4 AND r.id = $5",
        worker = *WORKER_ROWS,
        membership = membership("m.pool", "m.organisation"),
        agreement = agreement(),
        claim = claim(),
        month = month(),
    )
});

/// For a list of shifts: $3 is when the first of them can start.
static FOR_LIST: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{WORKER}, seen AS (SELECT DISTINCT m.region, m.pool, m.organisation FROM job \
         CROSS JOIN pool_member m WHERE m.region = job.region AND m.organisation = job.organisation) {worker} \
         UNION ALL {membership} FROM seen \
         UNION ALL {agreement} FROM (SELECT DISTINCT m.organisation FROM (SELECT DISTINCT region, pool FROM seen) AS p \
         CROSS JOIN pool_member m WHERE m.region = p.region AND m.pool = p.pool) AS who \
         {AGREEMENT_OF} \
         UNION ALL {claim} FROM me CROSS JOIN claim c WHERE c.region = me.region AND c.worker = me.id AND c.state = 1 \
         AND c.starts_at > $3 - {BACK_MICROS} \
         UNION ALL {month} AND b.month >= ($3 - {BACK_MICROS}) / {MONTH_MICROS}",
        month = month(),
        worker = *WORKER_ROWS,
        membership = membership("seen.pool", "seen.organisation"),
        agreement = agreement(),
        claim = claim(),
    )
});

/// For looking again at claims that stand: $3 is when it is.
static FOR_REVIEW: LazyLock<String> = LazyLock::new(|| {
    format!(
        "{WORKER}, held AS (SELECT c.employer, s.organisation FROM me CROSS JOIN claim c \
         JOIN shift s ON s.region = c.region AND s.id = c.shift \
         WHERE c.region = me.region AND c.worker = me.id AND c.state = 1 AND c.starts_at > $3 - {longest}) {worker} \
         UNION ALL {agreement} FROM (SELECT employer AS organisation FROM held UNION SELECT organisation FROM held) AS who \
         {AGREEMENT_OF} \
         UNION ALL {claim} FROM me CROSS JOIN claim c WHERE c.region = me.region AND c.worker = me.id AND c.state = 1 \
         AND c.starts_at > $3 - {BACK_MICROS} \
         UNION ALL {month} AND b.month >= ($3 - {BACK_MICROS}) / {MONTH_MICROS}",
        month = month(),
        longest = shift::LONGEST_MICROS,
        worker = *WORKER_ROWS,
        agreement = agreement(),
        claim = claim(),
    )
});

/// What was loaded for a claim.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    worker: Option<(WorkerId, i64, Option<LocalDate>)>,
    person: Person,
    employments: Vec<Employment>,
    collective_agreements: HashMap<OrganisationId, String>,
    competences: Vec<Competence>,
    memberships: HashSet<(PoolId, OrganisationId)>,
    agreements: Vec<Agreement>,
    busy: Vec<Busy>,
    confirmed_at: HashMap<ClaimId, Timestamp>,
    unavailable: Vec<(Timestamp, Option<Timestamp>)>,
    rosters: HashMap<OrganisationId, (LocalDate, LocalDate)>,
    work_known_until: Option<LocalDate>,
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
        Some(Facts {
            worker,
            memberships: self.memberships,
            agreements: self.agreements,
            busy: self.busy,
            confirmed_at: self.confirmed_at,
            unavailable: self.unavailable,
            person: self.person,
            rosters: self.rosters,
            work_known_until: self.work_known_until,
            collective_agreements: self.collective_agreements,
        })
    }

    fn add_claim(&mut self, row: &QueryResult) -> Result<()> {
        let number = |name: &str| row.try_get::<i64>("", name);
        let claim: ClaimId = row.try_get("", "a")?;
        self.confirmed_at.insert(claim, Timestamp(number("n4")?));
        self.busy.push(Busy {
            period: period(number("n1")?, number("n2")?)?,
            break_minutes: known(i32::try_from(number("n3")?).ok(), "number")?,
            kind: Kind::Ordinary,
            employer: Some(row.try_get("", "c")?),
            employment: Some(row.try_get("", "d")?),
            claim: Some((claim, row.try_get("", "b")?)),
        });
        Ok(())
    }

    fn add(&mut self, row: &QueryResult) -> Result<()> {
        let number = |column: &str| row.try_get::<i64>("", column);
        let small = |column: &str| -> Result<i32> { known(i32::try_from(number(column)?).ok(), "number") };
        let day = |column: &str| row.try_get::<Option<LocalDate>>("", column);
        match row.try_get::<i32>("", "kind")? {
            1 => {
                self.worker = Some((row.try_get("", "a")?, number("n1")?, day("t1")?));
                self.born(day("t2")?);
            }
            2 => {
                let organisation: OrganisationId = row.try_get("", "b")?;
                self.employments.push(Employment {
                    id: row.try_get("", "a")?,
                    organisation,
                    level: known(FunctionLevel::from_number(small("n1")?), "function level")?,
                    kind: known(EmploymentKind::from_number(small("n2")?), "kind of contract")?,
                    validity: Validity { from: day("t1")?, until: day("t2")? },
                    assessed_until: day("t3")?,
                });
                if let Some(agreement) = row.try_get::<Option<i64>>("", "n3")?.and_then(collective) {
                    self.collective_agreements.insert(organisation, agreement.to_owned());
                }
            }
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
            6 => self.add_claim(row)?,
            7 => self.shift = Some(fact_rows::target(row)?),
            20 => self.release = Some(fact_rows::release(row)?),
            8 => self.saved = Some((row.try_get("", "t1")?, row.try_get("", "x1")?, row.try_get("", "x2")?)),
            9 => self.unavailable.push((Timestamp(number("n1")?), row.try_get("", "n2")?)),
            10 => {
                let minutes = row.try_get::<Option<i64>>("", "n2")?.and_then(|minutes| i32::try_from(minutes).ok());
                let limit = known(fact_rows::limit(small("n1")?, minutes), "limit on a roster")?;
                let (from, until) = (known(day("t1")?, "first day")?, day("t2")?);
                self.person.constraints.push(Constraint { from, until, limit });
            }
            11 => {
                let (month, packed): (i64, Vec<u8>) = (number("n1")?, row.try_get("", "x1")?);
                self.busy.extend(known(roster::unpack(month, &packed), "packed time")?);
            }
            12 => drop(self.rosters.insert(row.try_get("", "a")?, (known(day("t1")?, "first day")?, known(day("t2")?, "last day")?))),
            13 => self.work_known_until = day("t1")?,
            kind => return Err(Error::internal(format!("a row of kind {kind}"))),
        }
        Ok(())
    }

    /// The birthdays that rules ask about follow from the 18th: who was born on a 29th of February has each of them in a year without one.
    fn born(&mut self, adult_on: Option<LocalDate>) {
        self.person.eighteen_on = adult_on;
        self.person.fifty_five_on = adult_on.map(|day| day.plus_years(55 - 18));
        self.person.fifty_seven_on = adult_on.map(|day| day.plus_years(57 - 18));
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

/// What the place that a shift offers to `worker` is judged on, without a request of the worker's.
pub(crate) async fn for_offer(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, shift: ShiftId) -> Result<Option<Facts>> {
    Ok(fold(&all(db, FOR_CLAIM.as_str(), values![region, worker, shift, "", uuid::Uuid::nil()]).await?)?.facts())
}

/// What shifts that start at `from` or later are judged on for `worker`: one statement for any number of shifts.
pub(crate) async fn for_list(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, from: Timestamp) -> Result<Option<Facts>> {
    Ok(fold(&all(db, FOR_LIST.as_str(), values![region, worker, from]).await?)?.facts())
}

/// What the claims of `worker` that are not over at `now` are judged on when they are looked at again.
pub(crate) async fn for_review(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, now: Timestamp) -> Result<Option<Facts>> {
    Ok(fold(&all(db, FOR_REVIEW.as_str(), values![region, worker, now]).await?)?.facts())
}

/// From when on everything of a worker is in the facts for looking again at `now`, packed or not.
pub(crate) fn looks_back_to(now: Timestamp) -> Timestamp {
    roster::month_start(roster::month(Timestamp(now.0 - BACK_MICROS)))
}
