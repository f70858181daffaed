//! Values for the tests of the domain, short enough to stand in a row.

use std::collections::HashMap;

use ::working_time::{Kind, Measure, Person, Rule};
use chassis::{
    ids::{ClaimId, EmploymentId, OrganisationId, PoolId, ShiftId, WorkerId},
    time::{LocalDate, Timestamp},
};
use uuid::Uuid;

use super::{
    agreement::{Agreement, Bases, Scope},
    calendar::{Period, Validity},
    eligibility::Facts,
    release::{Plan, Release},
    shift::{State, Terms},
    worker::{Competence, Employment, EmploymentKind, FunctionLevel, Worker},
    working_time::{Busy, Told},
};

pub(crate) fn day(text: &str) -> LocalDate {
    text.parse().expect("a date")
}

/// `2026-10-25 02:30` on the clock in Europe/Amsterdam; a `+` behind it means the second pass.
pub(crate) fn at(text: &str) -> Timestamp {
    let (date, clock) = text.split_once(' ').expect("a day and a time");
    let second_pass = clock.ends_with('+');
    let (hour, minute) = clock.trim_end_matches('+').split_once(':').expect("a time");
    let minute = hour.parse::<u32>().expect("an hour") * 60 + minute.parse::<u32>().expect("a minute");
    day(date).at_minute(minute, second_pass).expect("a time that exists")
}

/// `2026-05-04 23:00 2026-05-05 07:00`.
pub(crate) fn period(times: &str) -> Period {
    let middle = times.match_indices(' ').nth(1).expect("two times").0;
    Period::new(at(&times[..middle]), at(&times[middle + 1..])).expect("not empty")
}

pub(crate) fn organisation(number: u128) -> OrganisationId {
    OrganisationId(Uuid::from_u128(number))
}

pub(crate) fn employment_id(number: u128) -> EmploymentId {
    EmploymentId(Uuid::from_u128(number))
}

/// Ordinary work without a break, claimed under the employment with the employer's number.
pub(crate) fn work(times: &str, employer: u128) -> Busy {
    Busy {
        period: period(times),
        break_minutes: 0,
        kind: Kind::Ordinary,
        employer: Some(organisation(employer)),
        employment: Some(employment_id(employer)),
        claim: Some((ClaimId::new(), ShiftId::new())),
    }
}

/// What is told of a daily rest of so many minutes that was shortened before in the same week.
pub(crate) fn short_rest(measured: i64) -> Told {
    let (rule, measure) = (Rule::DailyRest, Measure::ShortRestAgain);
    Told { rule, measure, measured, limit: 660, window: (0, measured * 60_000_000), other: None, other_work: false }
}

const ALWAYS: Validity = Validity { from: None, until: None };

pub(crate) fn employment(id: u128, employer: u128, kind: EmploymentKind) -> Employment {
    let assessed_until = Some(day("2099-12-31"));
    let (id, organisation, level) = (employment_id(id), organisation(employer), FunctionLevel::Carer);
    Employment { id, organisation, level, kind, validity: ALWAYS, assessed_until }
}

pub(crate) fn agreement_of(number: u128, bases: Bases) -> Agreement {
    Agreement { organisation: organisation(number), validity: ALWAYS, bases, scope: Scope::Both }
}

pub(crate) fn competence(code: &str, from: Option<&str>, until: Option<&str>) -> Competence {
    Competence { code: code.to_owned(), validity: Validity { from: from.map(day), until: until.map(day) } }
}

/// A shift with one place for a carer at organisation 1, in pool 1.
pub(crate) fn shift(times: &str) -> Terms {
    Terms {
        id: ShiftId(Uuid::from_u128(1)),
        organisation: organisation(1),
        pool: PoolId(Uuid::from_u128(1)),
        period: period(times),
        break_minutes: 30,
        level: FunctionLevel::Carer,
        competences: Vec::new(),
        places: 1,
        taken: 0,
        held: 0,
        queue_version: 0,
        state: State::Open,
        terms_version: 1,
        release: Release { published_at: Timestamp(0), plan: Plan::AT_ONCE },
    }
}

/// A carer employed by organisation 1, which is in pool 1 and accepts everything.
pub(crate) fn facts() -> Facts {
    Facts {
        worker: Worker {
            id: WorkerId(Uuid::from_u128(1)),
            version: 1,
            registered_until: None,
            employments: vec![employment(1, 1, EmploymentKind::Permanent)],
            competences: Vec::new(),
        },
        memberships: [(PoolId(Uuid::from_u128(1)), organisation(1))].into(),
        agreements: vec![agreement_of(1, Bases::ALL)],
        busy: Vec::new(),
        confirmed_at: HashMap::new(),
        unavailable: Vec::new(),
        person: Person::default(),
        rosters: HashMap::new(),
        work_known_until: None,
        collective_agreements: HashMap::new(),
    }
}
