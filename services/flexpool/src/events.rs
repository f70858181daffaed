//! Events: what flexpool tells, and what it takes in from members.
//!
//! Of what comes in, [`Copies::apply`] writes the copies and nothing else; `react` changes what is flexpool's own and is not repeated when
//! a copy is built anew (D2).

use async_trait::async_trait;
use bus::{
    Event, Handler,
    replay::{Copy, CopyTable},
};
use chassis::{
    error::{Error, Result},
    ids::{InvalidId, OrganisationId, RegionId, ShiftId, WorkerId},
    time::{LocalDate, Timestamp},
};
use proto::{flexpool as api, members};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::{
    app,
    domain::{
        agreement::{Bases, Basis},
        calendar::Validity,
        claim::ClaimState,
        pool::PoolTerms,
        release::Plan,
        shift::{Closing, Shift, Terms},
        waitlist::WaitState,
        worker::{Competence, Employment, EmploymentKind, FunctionLevel},
    },
    store::{claim::Claim, copy, copy_absence, wait::Wait},
};

/// A shift can be claimed.
pub(crate) fn shift_published(shift: &Shift) -> api::ShiftPublished {
    let Terms { id, organisation, pool, period, break_minutes, level, competences, places, .. } = &shift.terms;
    api::ShiftPublished {
        shift: id.to_string(),
        organisation: organisation.to_string(),
        ward: shift.ward.to_string(),
        pool: pool.to_string(),
        starts_at: Some(period.starts_at().to_proto()),
        ends_at: Some(period.ends_at().to_proto()),
        break_minutes: *break_minutes,
        function_level: *level as i32,
        competences: competences.clone(),
        places: *places,
    }
}

/// A shift was taken back.
pub(crate) fn shift_cancelled(shift: &Shift) -> api::ShiftCancelled {
    api::ShiftCancelled { shift: shift.terms.id.to_string() }
}

/// A shift can be claimed no more.
pub(crate) fn shift_closed(shift: ShiftId, because: Closing) -> api::ShiftClosed {
    api::ShiftClosed { shift: shift.to_string(), because: because as i32 }
}

/// A worker has a place.
pub(crate) fn claim_confirmed(claim: &Claim, shift: &Terms) -> api::ClaimConfirmed {
    api::ClaimConfirmed {
        claim: claim.id.to_string(),
        shift: claim.shift.to_string(),
        worker: claim.worker.to_string(),
        employment: claim.employment.to_string(),
        employer: claim.employer.to_string(),
        host: shift.organisation.to_string(),
        basis: claim.basis as i32,
        starts_at: Some(shift.period.starts_at().to_proto()),
        ends_at: Some(shift.period.ends_at().to_proto()),
    }
}

/// A worker gave a place back.
pub(crate) fn claim_withdrawn(claim: &Claim, shift: &Terms) -> api::ClaimWithdrawn {
    api::ClaimWithdrawn {
        claim: claim.id.to_string(),
        shift: claim.shift.to_string(),
        worker: claim.worker.to_string(),
        employer: claim.employer.to_string(),
        host: shift.organisation.to_string(),
        undone: claim.state == ClaimState::Undone,
    }
}

/// A claim gave way.
pub(crate) fn claim_released(claim: &Claim, shift: &Terms) -> api::ClaimReleased {
    api::ClaimReleased {
        claim: claim.id.to_string(),
        shift: claim.shift.to_string(),
        worker: claim.worker.to_string(),
        employer: claim.employer.to_string(),
        host: shift.organisation.to_string(),
    }
}

/// A worker waits.
pub(crate) fn waitlist_joined(wait: &Wait) -> api::WaitlistJoined {
    api::WaitlistJoined { wait: wait.id.to_string(), shift: wait.shift.to_string(), worker: wait.worker.to_string() }
}

/// A place is held and offered.
pub(crate) fn place_offered(wait: &Wait, until: Timestamp) -> api::PlaceOffered {
    let until = Some(until.to_proto());
    api::PlaceOffered { wait: wait.id.to_string(), shift: wait.shift.to_string(), worker: wait.worker.to_string(), until }
}

/// A wait is over without a claim.
pub(crate) fn wait_ended(wait: &Wait, how: WaitState) -> api::WaitEnded {
    let how = how as i32;
    api::WaitEnded { wait: wait.id.to_string(), shift: wait.shift.to_string(), worker: wait.worker.to_string(), how }
}

/// Takes in what members tells.
#[derive(Debug)]
pub(crate) struct Copies;

const fn copied(name: &'static str, key: &'static [&'static str], columns: &'static [&'static str]) -> CopyTable {
    CopyTable { name, key, columns, own: &[] }
}

const EMPLOYMENT: &[&str] =
    &["worker", "organisation", "function_level", "kind", "minutes_per_week", "from_day", "until_day", "assessed_until", "revision"];

/// The tables that [`Copies`] writes. Once rows were swapped, no confirmation may stand on the facts before (D8).
pub(crate) const COPY: Copy = Copy {
    source: "members",
    tables: &[
        copied("organisation", &["id"], &["name", "branch", "leaves_on"]),
        copied("ward", &["id"], &["organisation", "name"]),
        copied("pool", &["id"], copy::POOL),
        copied("pool_member", &["pool", "organisation"], &["minutes_elsewhere"]),
        copied("agreement", &["id"], &["organisation", "from_day", "until_day", "bases", "scope"]),
        CopyTable { name: "worker", key: &["id"], columns: &["registered_until", "adult_on", "merged_into"], own: &["version"] },
        copied("employment", &["id"], EMPLOYMENT),
        copied("competence", &["id"], &["worker", "code", "valid_from", "valid_until"]),
        copied("unavailability", &["id"], &["worker", "from_at", "until_at", "revision", "withdrawn"]),
        copied("consent", &["id"], &["worker", "kind", "given_at", "revoked_at"]),
        copied("schedule_constraint", &["id"], &["worker", "kind", "minutes", "from_day", "until_day"]),
    ],
    swapped: "UPDATE worker SET version = version + 1",
};

#[async_trait]
impl Handler for Copies {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        match event.kind.as_str() {
            "regiopool.members.v1.OrganisationCreated" => organisation_created(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.OrganisationUpdated" => organisation_updated(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.OrganisationLeaves" => organisation_leaves(txn, event.region, &event.decode()?).await,
            // Where a ward is, matters to nobody here yet.
            "regiopool.members.v1.LocationCreated" | "regiopool.members.v1.LocationUpdated" => Ok(()),
            "regiopool.members.v1.WardUpdated" => ward_updated(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.WardCreated" => ward_created(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.PoolCreated" => pool_created(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.PoolUpdated" => pool_updated(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.PoolMemberAdded" => pool_member_added(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.AgreementCreated" => agreement_created(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.AgreementEnded" => agreement_ended(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.WorkerCreated" => worker_created(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.EmploymentStarted" => employment_started(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.EmploymentChanged" => employment_changed(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.EmploymentEnded" => employment_ended(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.CompetenceAdded" => competence_added(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.WorkerUnavailable" => worker_unavailable(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.UnavailabilityChanged" => unavailability_changed(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.UnavailabilityWithdrawn" => unavailability_withdrawn(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.ScheduleConstraintsChanged" => constraints_changed(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.ConsentChanged" => consent_changed(txn, event.region, &event.decode()?).await,
            "regiopool.members.v1.WorkersMerged" => workers_merged(txn, event.region, &event.decode()?).await,
            _ => event.unknown(),
        }
    }

    async fn react(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        if event.is::<members::WorkersMerged>() {
            let told: members::WorkersMerged = event.decode()?;
            app::merge::claims(txn, event.region, id(&told.kept)?, id(&told.merged)?, event.time).await?;
        } else if is_about_a_worker(event) {
            app::conflict::review_after(txn, event.region, WorkerId(event.subject), event.time).await?;
        }
        if event.is::<members::OrganisationUpdated>() {
            // Its collective agreement may be another one.
            let told: members::OrganisationUpdated = event.decode()?;
            app::conflict::review_at(txn, event.region, id(&told.organisation)?, event.time, event.time).await?;
        }
        if event.is::<members::AgreementCreated>() {
            let told: members::AgreementCreated = event.decode()?;
            let organisation = id(&told.organisation)?;
            match told.amends.as_str() {
                // What was allowed stays so, and more may be.
                "" => app::conflict::review_conflicts_at(txn, event.region, organisation, event.time).await?,
                _ => app::agreement::changed(txn, event.region, organisation, before(first_day(&told)?), event.time).await?,
            }
        }
        if event.is::<members::OrganisationLeaves>() {
            let told: members::OrganisationLeaves = event.decode()?;
            app::closing::leaves(txn, event.region, id(&told.organisation)?, event.time).await?;
        }
        if event.is::<members::AgreementEnded>() {
            let told: members::AgreementEnded = event.decode()?;
            app::agreement::changed(txn, event.region, id(&told.organisation)?, last_day(&told)?, event.time).await?;
        }
        if event.is::<members::PoolUpdated>() {
            let told: members::PoolUpdated = event.decode()?;
            app::closing::left_pool(txn, event.region, id(&told.pool)?, event.time).await?;
        }
        Ok(())
    }
}

/// Whether an event says something about its subject, a worker, that claims were or will be decided on.
fn is_about_a_worker(event: &Event) -> bool {
    let name = event.kind.rsplit('.').next().unwrap_or_default();
    ["Worker", "Employment", "Competence", "Unavailability", "ScheduleConstraints", "Consent"].iter().any(|start| name.starts_with(start))
}

/// What members writes has been checked there, so anything else is a defect that must not pass silently.
fn id<T: std::str::FromStr<Err = InvalidId>>(text: &str) -> Result<T> {
    text.parse().map_err(|error: InvalidId| Error::Internal(Box::new(error)))
}

fn day(date: Option<&proto::Date>) -> Result<Option<LocalDate>> {
    date.map(|date| LocalDate::from_proto(date).ok_or_else(|| defect("a day"))).transpose()
}

fn moment(time: Option<&prost_types::Timestamp>) -> Result<Option<Timestamp>> {
    time.map(|time| Timestamp::from_proto(time).ok_or_else(|| defect("a time"))).transpose()
}

fn defect(what: &str) -> Error {
    Error::internal(format!("an event of members holds {what} that does not exist"))
}

async fn organisation_created(db: &impl ConnectionTrait, region: RegionId, told: &members::OrganisationCreated) -> Result<()> {
    let branch = Some(told.branch).filter(|number| *number != 0);
    copy::organisation(db, region, id(&told.organisation)?, &told.name, branch).await
}

async fn organisation_updated(db: &impl ConnectionTrait, region: RegionId, told: &members::OrganisationUpdated) -> Result<()> {
    let branch = Some(told.branch).filter(|number| *number != 0);
    copy::organisation(db, region, id(&told.organisation)?, &told.name, branch).await
}

async fn organisation_leaves(db: &impl ConnectionTrait, region: RegionId, told: &members::OrganisationLeaves) -> Result<()> {
    let on = day(told.on.as_ref())?.ok_or_else(|| defect("a last day"))?;
    copy::organisation_leaves(db, region, id(&told.organisation)?, on).await
}

async fn ward_updated(db: &impl ConnectionTrait, region: RegionId, told: &members::WardUpdated) -> Result<()> {
    copy::ward(db, region, id(&told.ward)?, id(&told.organisation)?, &told.name).await
}

async fn ward_created(db: &impl ConnectionTrait, region: RegionId, told: &members::WardCreated) -> Result<()> {
    copy::ward(db, region, id(&told.ward)?, id(&told.organisation)?, &told.name).await
}

async fn pool_created(db: &impl ConnectionTrait, region: RegionId, told: &members::PoolCreated) -> Result<()> {
    let pool = copy::NewPool { id: id(&told.pool)?, name: &told.name, kind: told.kind.max(1), terms: pool_terms(told.terms.as_ref()) };
    copy::pool(db, region, &pool).await?;
    copy::pool_members(db, region, pool.id, &pool_members(&told.organisations, &[])?).await?;
    Ok(())
}

async fn pool_updated(db: &impl ConnectionTrait, region: RegionId, told: &members::PoolUpdated) -> Result<()> {
    let pool = copy::NewPool { id: id(&told.pool)?, name: &told.name, kind: told.kind.max(1), terms: pool_terms(told.terms.as_ref()) };
    copy::pool(db, region, &pool).await?;
    copy::pool_members(db, region, pool.id, &pool_members(&told.organisations, &told.hours_elsewhere)?).await?;
    Ok(())
}

fn pool_members(organisations: &[String], limits: &[members::HoursElsewhere]) -> Result<Vec<(OrganisationId, Option<i32>)>> {
    let limit = |organisation: &String| limits.iter().find(|limit| limit.organisation == *organisation).map(|limit| limit.minutes_per_week);
    organisations.iter().map(|organisation| Ok((id(organisation)?, limit(organisation)))).collect()
}

/// The terms; a pool of before there were any has plain ones.
fn pool_terms(told: Option<&members::PoolTerms>) -> PoolTerms {
    let Some(told) = told else { return PoolTerms::PLAIN };
    let plan = told.release.as_ref().map_or(Plan::AT_ONCE, |plan| Plan {
        own_team: plan.own_team_minutes,
        own_organisation: plan.own_organisation_minutes,
        pool: plan.pool_minutes,
        self_employed: plan.self_employed_minutes,
        everybody_within: plan.everybody_within_minutes,
    });
    PoolTerms {
        mode: told.mode,
        cancellation_minutes: told.cancellation_minutes,
        withdrawal_minutes: told.withdrawal_minutes,
        offer_minutes: told.offer_minutes,
        quiet_hours: told.quiet_hours.as_ref().map(|hours| (hours.from_minute, hours.until_minute)),
        release: plan,
        own_gaps_first: told.own_gaps_first,
    }
}

async fn pool_member_added(db: &impl ConnectionTrait, region: RegionId, told: &members::PoolMemberAdded) -> Result<()> {
    copy::pool_member(db, region, id(&told.pool)?, id(&told.organisation)?).await
}

async fn agreement_ended(db: &impl ConnectionTrait, region: RegionId, told: &members::AgreementEnded) -> Result<()> {
    copy::agreement_ended(db, region, id(&told.agreement)?, last_day(told)?).await
}

fn last_day(told: &members::AgreementEnded) -> Result<LocalDate> {
    day(told.until.as_ref())?.ok_or_else(|| defect("a last day"))
}

fn first_day(told: &members::AgreementCreated) -> Result<LocalDate> {
    day(told.from.as_ref())?.ok_or_else(|| defect("a first day"))
}

fn before(day: LocalDate) -> LocalDate {
    LocalDate(day.0 - chrono::Duration::days(1))
}

async fn agreement_created(db: &impl ConnectionTrait, region: RegionId, told: &members::AgreementCreated) -> Result<()> {
    if !told.amends.is_empty() {
        copy::agreement_ended(db, region, id(&told.amends)?, before(first_day(told)?)).await?;
    }
    // One that is about other programmes lets nobody claim.
    if !told.programmes.is_empty() && !told.programmes().any(|programme| programme == members::Programme::Flexpool) {
        return Ok(());
    }
    let agreement = copy::NewAgreement {
        id: id(&told.agreement)?,
        organisation: id(&told.organisation)?,
        from: first_day(told)?,
        until: day(told.until.as_ref())?,
        // A basis that a later version knows is one that this version cannot use.
        bases: told.bases.iter().filter_map(|number| Basis::from_number(*number)).fold(Bases::NONE, Bases::with),
        scope: told.scope.max(1),
    };
    copy::agreement(db, region, &agreement).await
}

async fn worker_created(db: &impl ConnectionTrait, region: RegionId, told: &members::WorkerCreated) -> Result<()> {
    let (registered_until, adult_on) = (day(told.registered_until.as_ref())?, day(told.adult_on.as_ref())?);
    copy::worker(db, region, id(&told.worker)?, registered_until, adult_on).await
}

macro_rules! employment {
    ($txn:expr, $region:expr, $told:expr, $revision:expr) => {{
        let told = $told;
        let employment = Employment {
            id: id(&told.employment)?,
            organisation: id(&told.organisation)?,
            level: FunctionLevel::from_number(told.function_level).ok_or_else(|| defect("a function level"))?,
            kind: EmploymentKind::from_number(told.kind).ok_or_else(|| defect("a kind of contract"))?,
            validity: Validity { from: day(told.from.as_ref())?, until: day(told.until.as_ref())? },
            assessed_until: day(told.assessed_until.as_ref())?,
        };
        copy::employment($txn, $region, id(&told.worker)?, &employment, told.minutes_per_week, $revision).await
    }};
}

async fn employment_started(db: &impl ConnectionTrait, region: RegionId, told: &members::EmploymentStarted) -> Result<()> {
    employment!(db, region, told, 0)
}

async fn employment_changed(db: &impl ConnectionTrait, region: RegionId, told: &members::EmploymentChanged) -> Result<()> {
    employment!(db, region, told, told.revision)
}

async fn employment_ended(db: &impl ConnectionTrait, region: RegionId, told: &members::EmploymentEnded) -> Result<()> {
    employment!(db, region, told, told.revision)
}

async fn competence_added(db: &impl ConnectionTrait, region: RegionId, told: &members::CompetenceAdded) -> Result<()> {
    let validity = Validity { from: day(told.valid_from.as_ref())?, until: day(told.valid_until.as_ref())? };
    let competence = Competence { code: told.code.clone(), validity };
    copy::competence(db, region, id(&told.worker)?, id(&told.competence)?, &competence).await
}

async fn workers_merged(db: &impl ConnectionTrait, region: RegionId, told: &members::WorkersMerged) -> Result<()> {
    copy::merge(db, region, id(&told.kept)?, id(&told.merged)?).await
}

async fn worker_unavailable(db: &impl ConnectionTrait, region: RegionId, told: &members::WorkerUnavailable) -> Result<()> {
    let from = moment(told.from.as_ref())?.ok_or_else(|| defect("a begin"))?;
    let period = (from, moment(told.until.as_ref())?);
    copy_absence::unavailability(db, region, id(&told.worker)?, id(&told.unavailability)?, period, 0).await
}

async fn unavailability_changed(db: &impl ConnectionTrait, region: RegionId, told: &members::UnavailabilityChanged) -> Result<()> {
    let from = moment(told.from.as_ref())?.ok_or_else(|| defect("a begin"))?;
    let period = (from, moment(told.until.as_ref())?);
    copy_absence::unavailability(db, region, id(&told.worker)?, id(&told.unavailability)?, period, told.revision).await
}

async fn unavailability_withdrawn(db: &impl ConnectionTrait, region: RegionId, told: &members::UnavailabilityWithdrawn) -> Result<()> {
    copy_absence::withdrawn(db, region, id(&told.worker)?, id(&told.unavailability)?, told.revision).await
}

async fn constraints_changed(db: &impl ConnectionTrait, region: RegionId, told: &members::ScheduleConstraintsChanged) -> Result<()> {
    let constraint = |told: &members::ScheduleConstraint| {
        Ok(copy_absence::Constraint {
            id: id(&told.id)?,
            kind: told.kind,
            minutes: (told.minutes != 0).then_some(told.minutes),
            from: day(told.from.as_ref())?.ok_or_else(|| defect("a first day"))?,
            until: day(told.until.as_ref())?,
        })
    };
    let constraints: Vec<_> = told.constraints.iter().map(constraint).collect::<Result<_>>()?;
    copy_absence::constraints(db, region, id(&told.worker)?, &constraints).await
}

async fn consent_changed(db: &impl ConnectionTrait, region: RegionId, told: &members::ConsentChanged) -> Result<()> {
    let given_at = moment(told.given_at.as_ref())?.ok_or_else(|| defect("a time"))?;
    let consent = (id(&told.consent)?, told.kind);
    copy_absence::consent(db, region, id(&told.worker)?, consent, given_at, moment(told.revoked_at.as_ref())?).await
}
