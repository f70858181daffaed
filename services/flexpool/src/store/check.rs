//! What must always hold, proved from the database alone; and whether the copies are what members says.

use std::collections::BTreeMap;

use bus::Finding;
use chassis::{
    db::Db,
    error::Result,
    ids::{
        AgreementId, ClaimId, CompetenceId, ConsentId, EmploymentId, OrganisationId, PoolId, RegionId, ScheduleConstraintId, ShiftId,
        UnavailabilityId, WardId, WorkBlockId, WorkerId,
    },
    time::{LocalDate, Timestamp},
};
use sea_orm::{QueryResult, TryGetable};

use super::{all, check_timers, values};
use crate::domain::pool::PoolTerms;

/// At most so many findings of a kind: who broke one thing broke many.
pub(super) const AT_MOST: u64 = 100;

/// Looks for breaches of what must always hold, in every region: I1 places, D11 places and offers that nothing gives further, I2 overlap that no conflict tells of (D10), I4 claims without
/// employment, basis or verdict; and of claims whose shift is not over at `now` everything that no conflict tells of, and conflicts that
/// are none.
pub async fn check(db: &Db, now: Timestamp) -> Result<Vec<Finding>> {
    let mut findings = places(db).await?;
    findings.extend(check_timers::held(db, now).await?);
    findings.extend(check_timers::unattended(db, now).await?);
    findings.extend(overlaps(db, now).await?);
    findings.extend(overlapped_blocks(db, now).await?);
    findings.extend(claims(db).await?);
    findings.extend(super::check_claims::ahead(db, now, AT_MOST as usize).await?);
    Ok(findings)
}

pub(super) fn get<T: TryGetable>(row: &QueryResult, column: &str) -> Result<T> {
    Ok(row.try_get("", column)?)
}

async fn places(db: &Db) -> Result<Vec<Finding>> {
    let sql = "SELECT id, places, taken, held, confirmed, offered FROM (SELECT s.id, s.places, s.taken, s.held, \
         (SELECT COUNT(*) FROM claim c WHERE c.region = s.region AND c.shift = s.id AND c.state = 1) AS confirmed, \
         (SELECT COUNT(*) FROM wait t WHERE t.region = s.region AND t.shift = s.id AND t.state = 2) AS offered FROM shift s) AS counted \
         WHERE taken + held > places OR taken <> confirmed OR held < offered LIMIT $1";
    let read = |row: &QueryResult| {
        let (shift, places, taken): (ShiftId, i32, i32) = (get(row, "id")?, get(row, "places")?, get(row, "taken")?);
        let (held, confirmed, offered): (i32, i64, i64) = (get(row, "held")?, get(row, "confirmed")?, get(row, "offered")?);
        let text = format!(
            "has {places} places, says that {taken} are taken and {held} held, and has {confirmed} confirmed claims and {offered} offers"
        );
        Ok(Finding { invariant: "I1", subject: shift.to_string(), text })
    };
    all(db.read(), sql, values![AT_MOST]).await?.iter().map(read).collect()
}

async fn overlaps(db: &Db, now: Timestamp) -> Result<Vec<Finding>> {
    let sql = "SELECT a.worker, a.id AS claim, b.id AS other_claim FROM claim a \
         JOIN claim b ON b.region = a.region AND b.worker = a.worker AND b.id > a.id AND b.state = 1 \
         AND b.starts_at < a.ends_at AND b.ends_at > a.starts_at \
         WHERE a.state = 1 AND a.ends_at > $2 AND b.ends_at > $2 AND NOT EXISTS (SELECT 1 FROM claim_conflict k \
         WHERE k.region = a.region AND k.claim IN (a.id, b.id) AND k.rule = 'OVERLAP' AND k.resolved_at IS NULL) LIMIT $1";
    let read = |row: &QueryResult| {
        let (worker, claim, other): (WorkerId, ClaimId, ClaimId) = (get(row, "worker")?, get(row, "claim")?, get(row, "other_claim")?);
        Ok(Finding { invariant: "I2", subject: worker.to_string(), text: format!("{claim} and {other} overlap") })
    };
    all(db.read(), sql, values![AT_MOST, now]).await?.iter().map(read).collect()
}

async fn overlapped_blocks(db: &Db, now: Timestamp) -> Result<Vec<Finding>> {
    let sql = "SELECT c.worker, c.id AS claim, b.id AS block FROM claim c \
         JOIN work_block b ON b.region = c.region AND b.worker = c.worker AND b.starts_at < c.ends_at AND b.ends_at > c.starts_at \
         WHERE c.state = 1 AND c.ends_at > $2 AND NOT EXISTS (SELECT 1 FROM claim_conflict k \
         WHERE k.region = c.region AND k.claim = c.id AND k.rule = 'OVERLAP' AND k.resolved_at IS NULL) LIMIT $1";
    let read = |row: &QueryResult| {
        let (worker, claim, block): (WorkerId, ClaimId, WorkBlockId) = (get(row, "worker")?, get(row, "claim")?, get(row, "block")?);
        Ok(Finding { invariant: "I2", subject: worker.to_string(), text: format!("{claim} and {block} overlap") })
    };
    all(db.read(), sql, values![AT_MOST, now]).await?.iter().map(read).collect()
}

async fn claims(db: &Db) -> Result<Vec<Finding>> {
    let sql = "SELECT c.id, c.basis, c.verdict, c.rule_set, e.worker AS employed, c.worker, e.organisation, c.employer FROM claim c \
         LEFT JOIN employment e ON e.region = c.region AND e.id = c.employment \
         WHERE c.state = 1 AND (e.id IS NULL OR e.worker <> c.worker OR e.organisation <> c.employer \
         OR c.basis NOT BETWEEN 1 AND 5 OR c.rule_set < 1 OR c.worker_version < 1 OR c.verdict NOT LIKE '{%}') LIMIT $1";
    let read = |row: &QueryResult| {
        let claim: ClaimId = get(row, "id")?;
        let (employed, worker): (Option<WorkerId>, WorkerId) = (get(row, "employed")?, get(row, "worker")?);
        let employer: Option<OrganisationId> = get(row, "organisation")?;
        let text = match employed {
            None => "names an employment that is not known here",
            Some(employed) if employed != worker => "names an employment of another worker",
            Some(_) if employer != Some(get(row, "employer")?) => "names an employment with another employer",
            Some(_) => "lacks a basis or a verdict",
        };
        Ok(Finding { invariant: "I4", subject: claim.to_string(), text: text.to_owned() })
    };
    all(db.read(), sql, values![AT_MOST]).await?.iter().map(read).collect()
}

/// What members says about one region, as far as flexpool keeps a copy: plain values, so that neither service knows the other.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Organisations with their names and last days.
    pub organisations: Vec<(OrganisationId, String, Option<LocalDate>)>,
    /// Wards.
    pub wards: Vec<WardFacts>,
    /// Pools.
    pub pools: Vec<PoolFacts>,
    /// Agreements.
    pub agreements: Vec<AgreementFacts>,
    /// Workers.
    pub workers: Vec<WorkerFacts>,
    /// Employments.
    pub employments: Vec<EmploymentFacts>,
    /// Competences.
    pub competences: Vec<CompetenceFacts>,
    /// When workers cannot work.
    pub unavailabilities: Vec<UnavailabilityFacts>,
    /// What rosters must keep to.
    pub constraints: Vec<ConstraintFacts>,
    /// What workers agreed to.
    pub consents: Vec<ConsentFacts>,
}

macro_rules! facts {
    ($($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $field_doc:literal])* $field:ident: $kind:ty,)* })*) => { $(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name { $($(#[doc = $field_doc])* pub $field: $kind,)* }
    )* };
}

facts! {
    /// A ward.
    WardFacts {
        /// Its id.
        id: WardId,
        /// Whose it is.
        organisation: OrganisationId,
        /// Its name.
        name: String,
    }
    /// A pool.
    PoolFacts {
        /// Its id.
        id: PoolId,
        /// Its name.
        name: String,
        /// Number of what its members have in common.
        kind: i32,
        /// On what terms they share.
        terms: PoolTerms,
        /// Its members, in any order, with the minutes a week that their people may claim elsewhere.
        members: Vec<(OrganisationId, Option<i32>)>,
    }
    /// An agreement.
    AgreementFacts {
        /// Its id.
        id: AgreementId,
        /// Whose it is.
        organisation: OrganisationId,
        /// First day.
        from: LocalDate,
        /// Last day.
        until: Option<LocalDate>,
        /// The numbers of the accepted bases, in any order.
        bases: Vec<i32>,
        /// Number of what it shares.
        scope: i32,
    }
    /// A worker.
    WorkerFacts {
        /// Random id.
        id: WorkerId,
        /// The 18th birthday.
        adult_on: LocalDate,
        /// Last day of a BIG registration.
        registered_until: Option<LocalDate>,
    }
    /// An employment.
    EmploymentFacts {
        /// Its id.
        id: EmploymentId,
        /// Whose it is.
        worker: WorkerId,
        /// The employer.
        organisation: OrganisationId,
        /// Number of the function level.
        function_level: i32,
        /// Number of the kind of contract.
        kind: i32,
        /// Contract hours in minutes a week.
        minutes_per_week: i32,
        /// First day.
        from: LocalDate,
        /// Last day.
        until: Option<LocalDate>,
        /// Last day on which an assessment lets somebody self-employed claim.
        assessed_until: Option<LocalDate>,
    }
    /// A competence.
    CompetenceFacts {
        /// Its id.
        id: CompetenceId,
        /// Whose it is.
        worker: WorkerId,
        /// Its code.
        code: String,
        /// First day.
        valid_from: Option<LocalDate>,
        /// Last day.
        valid_until: Option<LocalDate>,
    }
    /// A time in which a worker cannot work.
    UnavailabilityFacts {
        /// Its id.
        id: UnavailabilityId,
        /// Whose it is.
        worker: WorkerId,
        /// Begin.
        from: Timestamp,
        /// End.
        until: Option<Timestamp>,
    }
    /// What a worker agreed to.
    ConsentFacts {
        /// Its id.
        id: ConsentId,
        /// Whose it is.
        worker: WorkerId,
        /// Number of the kind.
        kind: i32,
        /// Since when.
        given_at: Timestamp,
        /// When it was revoked.
        revoked_at: Option<Timestamp>,
    }
    /// What a worker's roster must keep to.
    ConstraintFacts {
        /// Its id.
        id: ScheduleConstraintId,
        /// Whose it is.
        worker: WorkerId,
        /// Number of the kind.
        kind: i32,
        /// How much, where the kind says so.
        minutes: Option<i32>,
        /// First day.
        from: LocalDate,
        /// Last day.
        until: Option<LocalDate>,
    }
}

/// Compares the copies of one region with what members says. Both must be of one moment at which flexpool had taken in all events. The
/// findings name what differs, not how: values may be about people.
pub async fn compare(db: &Db, region: RegionId, says: &Snapshot) -> Result<Vec<Finding>> {
    let kept = copies(db, region).await?;
    let said = said(says);
    let mut findings = Vec::new();
    for (id, facts) in &said {
        let text = match kept.get(id) {
            Some(copy) if copy == facts => continue,
            Some(_) => "differs from what members says",
            None => "is missing",
        };
        findings.push(Finding { invariant: "I6", subject: id.clone(), text: text.to_owned() });
    }
    let unknown = kept.keys().filter(|id| !said.contains_key(*id));
    findings.extend(unknown.map(|id| Finding { invariant: "I6", subject: id.clone(), text: "is not known to members".to_owned() }));
    Ok(findings)
}

/// Whatever is kept or said, as text by id: two of the same kind are equal when their texts are.
type Facts = BTreeMap<String, String>;

fn said(says: &Snapshot) -> Facts {
    let mut facts = Facts::new();
    facts.extend(says.organisations.iter().map(|(id, name, last)| (id.to_string(), format!("{name} {last:?}"))));
    facts.extend(says.wards.iter().map(|ward| (ward.id.to_string(), format!("{} {}", ward.organisation, ward.name))));
    for pool in &says.pools {
        facts.insert(pool.id.to_string(), format!("{} {} {:?}", pool.name, pool.kind, pool.terms));
        facts.extend(pool.members.iter().map(|(member, minutes)| (format!("{member} in {}", pool.id), format!("{minutes:?}"))));
    }
    for AgreementFacts { id, organisation, from, until, bases, scope } in &says.agreements {
        let bits = bases.iter().fold(0_i64, |bits, basis| bits | 1 << basis);
        facts.insert(id.to_string(), format!("{organisation} {from} {until:?} {bits} {scope}"));
    }
    for WorkerFacts { id, adult_on, registered_until } in &says.workers {
        facts.insert(id.to_string(), format!("{adult_on} {registered_until:?}"));
    }
    for one in &says.employments {
        let EmploymentFacts { id, worker, organisation, function_level, kind, minutes_per_week, from, until, assessed_until } = one;
        let days = format!("{from} {until:?} {assessed_until:?}");
        facts.insert(id.to_string(), format!("{worker} {organisation} {function_level} {kind} {minutes_per_week} {days}"));
    }
    for CompetenceFacts { id, worker, code, valid_from, valid_until } in &says.competences {
        facts.insert(id.to_string(), format!("{worker} {code} {valid_from:?} {valid_until:?}"));
    }
    for UnavailabilityFacts { id, worker, from, until } in &says.unavailabilities {
        facts.insert(id.to_string(), format!("{worker} {from:?} {until:?}"));
    }
    for ConsentFacts { id, worker, kind, given_at, revoked_at } in &says.consents {
        facts.insert(id.to_string(), format!("{worker} {kind} {given_at:?} {revoked_at:?}"));
    }
    for ConstraintFacts { id, worker, kind, minutes, from, until } in &says.constraints {
        facts.insert(id.to_string(), format!("{worker} {kind} {minutes:?} {from} {until:?}"));
    }
    facts
}

async fn copies(db: &Db, region: RegionId) -> Result<Facts> {
    let mut says = Snapshot::default();
    let rows = |table: &'static str, condition: &'static str| async move {
        all(db.read(), format!("SELECT * FROM {table} WHERE region = $1 {condition}"), values![region]).await
    };
    for row in rows("organisation", "").await? {
        says.organisations.push((get(&row, "id")?, get(&row, "name")?, get(&row, "leaves_on")?));
    }
    for row in rows("ward", "").await? {
        says.wards.push(WardFacts { id: get(&row, "id")?, organisation: get(&row, "organisation")?, name: get(&row, "name")? });
    }
    for row in rows("pool", "").await? {
        let (kind, terms) = (get(&row, "kind")?, super::copy::terms(&row)?);
        says.pools.push(PoolFacts { id: get(&row, "id")?, name: get(&row, "name")?, kind, terms, members: Vec::new() });
    }
    for row in rows("worker", "AND merged_into IS NULL").await? {
        let adult_on: Option<LocalDate> = get(&row, "adult_on")?;
        // A worker without a birthday is one of whom only later news came: that is the difference.
        let adult_on = adult_on.unwrap_or(LocalDate(chrono::NaiveDate::MIN));
        says.workers.push(WorkerFacts { id: get(&row, "id")?, adult_on, registered_until: get(&row, "registered_until")? });
    }
    for row in rows("employment", "").await? {
        says.employments.push(EmploymentFacts {
            id: get(&row, "id")?,
            worker: get(&row, "worker")?,
            organisation: get(&row, "organisation")?,
            function_level: get(&row, "function_level")?,
            kind: get(&row, "kind")?,
            minutes_per_week: get(&row, "minutes_per_week")?,
            from: get(&row, "from_day")?,
            until: get(&row, "until_day")?,
            assessed_until: get(&row, "assessed_until")?,
        });
    }
    for row in rows("competence", "").await? {
        says.competences.push(CompetenceFacts {
            id: get(&row, "id")?,
            worker: get(&row, "worker")?,
            code: get(&row, "code")?,
            valid_from: get(&row, "valid_from")?,
            valid_until: get(&row, "valid_until")?,
        });
    }
    absence(db, region, &mut says).await?;
    let mut facts = said(&says);
    for row in rows("agreement", "").await? {
        let (organisation, from, until): (OrganisationId, LocalDate, Option<LocalDate>) =
            (get(&row, "organisation")?, get(&row, "from_day")?, get(&row, "until_day")?);
        let (id, bits, scope): (AgreementId, i64, i32) = (get(&row, "id")?, get(&row, "bases")?, get(&row, "scope")?);
        facts.insert(id.to_string(), format!("{organisation} {from} {until:?} {bits} {scope}"));
    }
    for row in rows("pool_member", "").await? {
        let (pool, member): (PoolId, OrganisationId) = (get(&row, "pool")?, get(&row, "organisation")?);
        let minutes: Option<i32> = get(&row, "minutes_elsewhere")?;
        facts.insert(format!("{member} in {pool}"), format!("{minutes:?}"));
    }
    Ok(facts)
}

/// When workers cannot work and what their rosters must keep to.
async fn absence(db: &Db, region: RegionId, says: &mut Snapshot) -> Result<()> {
    let periods = "SELECT * FROM unavailability WHERE region = $1 AND withdrawn = 0";
    let constraints = "SELECT * FROM schedule_constraint WHERE region = $1";
    for row in all(db.read(), periods, values![region]).await? {
        says.unavailabilities.push(UnavailabilityFacts {
            id: get(&row, "id")?,
            worker: get(&row, "worker")?,
            from: get(&row, "from_at")?,
            until: get(&row, "until_at")?,
        });
    }
    for row in all(db.read(), constraints, values![region]).await? {
        says.constraints.push(ConstraintFacts {
            id: get(&row, "id")?,
            worker: get(&row, "worker")?,
            kind: get(&row, "kind")?,
            minutes: get(&row, "minutes")?,
            from: get(&row, "from_day")?,
            until: get(&row, "until_day")?,
        });
    }
    let consents = "SELECT * FROM consent WHERE region = $1";
    for row in all(db.read(), consents, values![region]).await? {
        says.consents.push(ConsentFacts {
            id: get(&row, "id")?,
            worker: get(&row, "worker")?,
            kind: get(&row, "kind")?,
            given_at: get(&row, "given_at")?,
            revoked_at: get(&row, "revoked_at")?,
        });
    }
    Ok(())
}
