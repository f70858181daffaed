//! What rows of [`super::facts`] hold: a shift, its release, a consent, a limit on a roster.

use chassis::{error::Result, time::Timestamp};
use sea_orm::QueryResult;
use working_time::Limit;

use super::{known, period, shift};
use crate::domain::{
    consent::Consent,
    release::{Plan, Release},
    shift::{State, Terms},
    worker::FunctionLevel,
};

/// The shift that is to be claimed, but for its release: that is a row of its own, which may come before or after.
pub(super) fn target(row: &QueryResult) -> Result<Terms> {
    let number = |column: &str| row.try_get::<i64>("", column);
    let small = |column: &str| -> Result<i32> { known(i32::try_from(number(column)?).ok(), "number") };
    Ok(Terms {
        id: row.try_get("", "a")?,
        organisation: row.try_get("", "b")?,
        pool: row.try_get("", "c")?,
        period: period(number("n1")?, number("n2")?)?,
        break_minutes: small("n8")?,
        places: small("n3")?,
        taken: small("n4")?,
        held: small("n9")?,
        queue_version: number("n10")?,
        terms_version: number("n5")?,
        level: known(FunctionLevel::from_number(small("n6")?), "function level")?,
        state: known(State::from_number(small("n7")?), "state")?,
        competences: shift::codes(&row.try_get::<String>("", "t1")?),
        release: Release { published_at: Timestamp(0), plan: Plan::AT_ONCE },
    })
}

/// When the shift opens for whom.
pub(super) fn release(row: &QueryResult) -> Result<Release> {
    let number = |column: &str| row.try_get::<i64>("", column);
    let small = |column: &str| -> Result<i32> { known(i32::try_from(number(column)?).ok(), "number") };
    let plan = Plan {
        own_team: small("n2")?,
        own_organisation: small("n3")?,
        pool: small("n4")?,
        self_employed: row.try_get::<Option<i64>>("", "n5")?.map(|_| small("n5")).transpose()?,
        everybody_within: small("n6")?,
    };
    Ok(Release { published_at: Timestamp(number("n1")?), plan })
}

/// What the worker agreed to.
pub(super) fn consent(row: &QueryResult) -> Result<Consent> {
    let number = |column: &str| row.try_get::<i64>("", column);
    let kind = known(i32::try_from(number("n1")?).ok(), "kind of consent")?;
    Ok(Consent { kind, given_at: Timestamp(number("n2")?), revoked_at: row.try_get("", "n3")? })
}

/// A limit on a roster by the number of members' proto; `None` without the minutes that it needs.
pub(super) fn limit(kind: i32, minutes: Option<i32>) -> Option<Limit> {
    match kind {
        1 => Some(Limit::NoNight),
        2 => Some(Limit::NoDuty),
        3 => Some(Limit::RegularHours),
        4 => minutes.map(Limit::ShiftMinutes),
        5 => minutes.map(Limit::WeekMinutes),
        6 => minutes.map(Limit::FourWeekAverage),
        7 => minutes.map(Limit::SixteenWeekAverage),
        _ => None,
    }
}
