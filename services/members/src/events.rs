//! What members tells others, as messages of the contract. Nothing here says who somebody is (D6): no name, birth date, BIG number, and of
//! a postcode the first four digits.

use chassis::{
    ids::{OrganisationId, PoolId, WorkerId},
    time::{LocalDate, Timestamp},
};
use proto::members::{
    AgreementCreated, AgreementEnded, CollectiveAgreementFrom, CompetenceAdded, ConsentChanged, EmploymentChanged, EmploymentEnded,
    EmploymentStarted, HoursElsewhere, LocationCreated, LocationUpdated, OrganisationCreated, OrganisationLeaves, OrganisationUpdated,
    PoolCreated, PoolMemberAdded, PoolTerms, PoolUpdated, QuietHours, ReleasePlan, ScheduleConstraint, ScheduleConstraintsChanged,
    SessionRevoked, Tariff, UnavailabilityChanged, UnavailabilityWithdrawn, WardCreated, WardUpdated, WorkerCreated, WorkerUnavailable,
    WorkersMerged,
};
use uuid::Uuid;

use crate::domain::{
    agreement::Agreement,
    consent::Consent,
    employment::Assessment,
    organisation::{CollectiveAgreement, Organisation},
    place,
    pool::{self, Pool},
    unavailability::{Constraint, Unavailability},
    ward::{Location, Ward},
    worker::{Competence, Employment, FunctionLevel, Worker},
};

pub(crate) fn organisation_created(organisation: &Organisation) -> OrganisationCreated {
    let about = &organisation.about;
    OrganisationCreated {
        organisation: organisation.id.to_string(),
        name: about.name.clone(),
        joined_on: Some(about.joined_on.to_proto()),
        branch: about.branch as i32,
        kind: about.kind.number(),
        collective_agreements: collective_agreements(organisation),
    }
}

pub(crate) fn organisation_updated(organisation: &Organisation) -> OrganisationUpdated {
    let about = &organisation.about;
    OrganisationUpdated {
        organisation: organisation.id.to_string(),
        name: about.name.clone(),
        branch: about.branch.number(),
        kind: about.kind.number(),
        collective_agreements: collective_agreements(organisation),
    }
}

/// The collective agreements, as on the wire.
pub(crate) fn collective_agreements(organisation: &Organisation) -> Vec<CollectiveAgreementFrom> {
    let entry = |(from, agreement): &(LocalDate, CollectiveAgreement)| CollectiveAgreementFrom {
        agreement: agreement.number(),
        from: Some(from.to_proto()),
    };
    organisation.about.collective_agreements.iter().map(entry).collect()
}

pub(crate) fn organisation_leaves(organisation: OrganisationId, on: LocalDate) -> OrganisationLeaves {
    OrganisationLeaves { organisation: organisation.to_string(), on: Some(on.to_proto()) }
}

pub(crate) fn location_created(location: &Location) -> LocationCreated {
    let about = &location.about;
    let place = place::of_postcode(&about.postcode);
    LocationCreated {
        location: location.id.to_string(),
        organisation: about.organisation.to_string(),
        name: about.name.clone(),
        postcode: about.postcode.clone(),
        municipality: place.and_then(|place| place.municipality).unwrap_or_default().to_owned(),
        latitude_microdegrees: place.map(|place| place.latitude).unwrap_or_default(),
        longitude_microdegrees: place.map(|place| place.longitude).unwrap_or_default(),
    }
}

pub(crate) fn location_updated(one: &Location) -> LocationUpdated {
    let LocationCreated { location, organisation, name, postcode, municipality, latitude_microdegrees, longitude_microdegrees } =
        location_created(one);
    LocationUpdated { location, organisation, name, postcode, municipality, latitude_microdegrees, longitude_microdegrees }
}

pub(crate) fn ward_created(ward: &Ward) -> WardCreated {
    WardCreated {
        ward: ward.id.to_string(),
        organisation: ward.organisation.to_string(),
        name: ward.name.clone(),
        postcode: ward.postcode.clone(),
        location: ward.location.to_string(),
    }
}

pub(crate) fn ward_updated(one: &Ward) -> WardUpdated {
    let WardCreated { ward, organisation, name, postcode, location } = ward_created(one);
    WardUpdated { ward, organisation, name, postcode, location }
}

pub(crate) fn pool_created(pool: &Pool) -> PoolCreated {
    PoolCreated {
        pool: pool.id.to_string(),
        name: pool.about.name.clone(),
        organisations: pool.about.organisations.iter().map(ToString::to_string).collect(),
        kind: pool.about.kind.number(),
        terms: Some(pool_terms(&pool.about.terms)),
    }
}

pub(crate) fn pool_updated(pool: &Pool) -> PoolUpdated {
    let PoolCreated { pool: id, name, organisations, kind, terms } = pool_created(pool);
    PoolUpdated { pool: id, name, organisations, kind, terms, hours_elsewhere: hours_elsewhere(pool) }
}

/// The limits that members set, as on the wire.
pub(crate) fn hours_elsewhere(pool: &Pool) -> Vec<HoursElsewhere> {
    let limit = |(organisation, minutes): &(OrganisationId, i32)| HoursElsewhere {
        organisation: organisation.to_string(),
        minutes_per_week: *minutes,
    };
    pool.hours_elsewhere.iter().map(limit).collect()
}

/// The terms of a pool, as on the wire.
pub(crate) fn pool_terms(terms: &pool::PoolTerms) -> PoolTerms {
    let plan = terms.release;
    PoolTerms {
        mode: terms.mode.number(),
        cancellation_minutes: terms.cancellation_minutes,
        withdrawal_minutes: terms.withdrawal_minutes,
        offer_minutes: terms.offer_minutes,
        quiet_hours: terms.quiet_hours.map(|hours| QuietHours { from_minute: hours.from, until_minute: hours.until }),
        release: Some(ReleasePlan {
            own_team_minutes: plan.own_team,
            own_organisation_minutes: plan.own_organisation,
            pool_minutes: plan.pool,
            self_employed_minutes: plan.self_employed,
            everybody_within_minutes: plan.everybody_within,
        }),
        own_gaps_first: terms.own_gaps_first,
    }
}

pub(crate) fn pool_member_added(pool: PoolId, organisation: OrganisationId) -> PoolMemberAdded {
    PoolMemberAdded { pool: pool.to_string(), organisation: organisation.to_string() }
}

pub(crate) fn agreement_created(agreement: &Agreement) -> AgreementCreated {
    let about = &agreement.about;
    AgreementCreated {
        agreement: agreement.id.to_string(),
        organisation: about.organisation.to_string(),
        from: Some(about.from.to_proto()),
        until: about.until.map(|day| day.to_proto()),
        bases: about.bases.iter().map(|basis| basis.number()).collect(),
        programmes: about.programmes.iter().map(|programme| programme.number()).collect(),
        scope: about.scope.number(),
        tariffs: tariffs(agreement),
        vat_treatment: about.vat.as_ref().map(|vat| vat.treatment.number()).unwrap_or_default(),
        vat_valid_from: about.vat.as_ref().map(|vat| vat.valid_from.to_proto()),
        amends: agreement.amends.as_ref().map(ToString::to_string).unwrap_or_default(),
    }
}

/// The tariffs, as on the wire.
pub(crate) fn tariffs(agreement: &Agreement) -> Vec<Tariff> {
    let tariff = |(level, cents): &(FunctionLevel, i32)| Tariff { function_level: level.number(), cents_per_hour: *cents };
    agreement.about.tariffs.iter().map(tariff).collect()
}

/// A version ends on a day; one that would begin later never holds.
pub(crate) fn agreement_ended(agreement: &Agreement, until: LocalDate) -> AgreementEnded {
    AgreementEnded {
        agreement: agreement.id.to_string(),
        organisation: agreement.about.organisation.to_string(),
        until: Some(until.to_proto()),
    }
}

pub(crate) fn worker_created(worker: &Worker) -> WorkerCreated {
    WorkerCreated {
        worker: worker.id.to_string(),
        pc4: worker.person.pc4().to_owned(),
        adult_on: Some(worker.person.adult_on().to_proto()),
        registered_until: worker.person.registration.as_ref().map(|registration| registration.valid_until.to_proto()),
    }
}

pub(crate) fn employment_started(employment: &Employment) -> EmploymentStarted {
    let about = &employment.about;
    EmploymentStarted {
        worker: employment.worker.to_string(),
        employment: employment.id.to_string(),
        organisation: about.organisation.to_string(),
        function_level: about.function_level.number(),
        kind: about.kind.number(),
        minutes_per_week: about.minutes_per_week,
        from: Some(about.from.to_proto()),
        until: about.until.map(|day| day.to_proto()),
        assessed_until: assessed_until(employment),
    }
}

fn assessed_until(employment: &Employment) -> Option<proto::Date> {
    employment.about.assessment.as_ref().and_then(Assessment::good_until).map(|day| day.to_proto())
}

pub(crate) fn employment_changed(employment: &Employment) -> EmploymentChanged {
    let about = &employment.about;
    EmploymentChanged {
        worker: employment.worker.to_string(),
        employment: employment.id.to_string(),
        organisation: about.organisation.to_string(),
        function_level: about.function_level.number(),
        kind: about.kind.number(),
        minutes_per_week: about.minutes_per_week,
        from: Some(about.from.to_proto()),
        until: about.until.map(|day| day.to_proto()),
        assessed_until: assessed_until(employment),
        revision: employment.revision,
    }
}

pub(crate) fn employment_ended(employment: &Employment) -> EmploymentEnded {
    let about = &employment.about;
    EmploymentEnded {
        worker: employment.worker.to_string(),
        employment: employment.id.to_string(),
        organisation: about.organisation.to_string(),
        function_level: about.function_level.number(),
        kind: about.kind.number(),
        minutes_per_week: about.minutes_per_week,
        from: Some(about.from.to_proto()),
        until: about.until.map(|day| day.to_proto()),
        assessed_until: assessed_until(employment),
        revision: employment.revision,
    }
}

pub(crate) fn competence_added(competence: &Competence) -> CompetenceAdded {
    CompetenceAdded {
        worker: competence.worker.to_string(),
        competence: competence.id.to_string(),
        code: competence.about.code.clone(),
        valid_from: competence.about.valid.from.map(|day| day.to_proto()),
        valid_until: competence.about.valid.until.map(|day| day.to_proto()),
    }
}

pub(crate) fn worker_unavailable(period: &Unavailability) -> WorkerUnavailable {
    WorkerUnavailable {
        worker: period.worker.to_string(),
        unavailability: period.id.to_string(),
        from: Some(period.away.from.to_proto()),
        until: period.away.until.map(Timestamp::to_proto),
    }
}

pub(crate) fn unavailability_changed(period: &Unavailability) -> UnavailabilityChanged {
    UnavailabilityChanged {
        worker: period.worker.to_string(),
        unavailability: period.id.to_string(),
        from: Some(period.away.from.to_proto()),
        until: period.away.until.map(Timestamp::to_proto),
        revision: period.revision,
    }
}

pub(crate) fn unavailability_withdrawn(period: &Unavailability) -> UnavailabilityWithdrawn {
    let (worker, unavailability) = (period.worker.to_string(), period.id.to_string());
    UnavailabilityWithdrawn { worker, unavailability, revision: period.revision }
}

pub(crate) fn schedule_constraints_changed(worker: WorkerId, constraints: &[Constraint]) -> ScheduleConstraintsChanged {
    ScheduleConstraintsChanged { worker: worker.to_string(), constraints: constraints.iter().map(schedule_constraint).collect() }
}

pub(crate) fn consent_changed(consent: &Consent) -> ConsentChanged {
    ConsentChanged {
        worker: consent.worker.to_string(),
        consent: consent.id.to_string(),
        kind: consent.kind.number(),
        given_at: Some(consent.given_at.to_proto()),
        revoked_at: consent.revoked_at.map(Timestamp::to_proto),
    }
}

pub(crate) fn workers_merged(kept: WorkerId, merged: WorkerId) -> WorkersMerged {
    WorkersMerged { kept: kept.to_string(), merged: merged.to_string() }
}

/// As in events and in answers.
pub(crate) fn schedule_constraint(constraint: &Constraint) -> ScheduleConstraint {
    let about = &constraint.about;
    ScheduleConstraint {
        id: constraint.id.to_string(),
        kind: about.kind.number(),
        minutes: about.minutes.unwrap_or(0),
        from: Some(about.from.to_proto()),
        until: about.until.map(|day| day.to_proto()),
    }
}

/// How the tokens of a session name it.
pub(crate) fn sid(session: Uuid) -> String {
    session.simple().to_string()
}

pub(crate) fn session_revoked(session: Uuid, until: Timestamp) -> SessionRevoked {
    SessionRevoked { session: sid(session), until: Some(until.to_proto()) }
}
