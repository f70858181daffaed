//! The API's reasons: what a decision against a request is called, and the facts it was measured on. The proto's `Reason` says which facts
//! each has.

use chassis::{
    error::{Error, Refusal},
    time::Timestamp,
};
use proto::flexpool::{self as api, Reason};
use working_time::Unit;

use crate::domain::{
    calendar::Period,
    refused::ClaimRefused,
    shift::CancelRefused,
    wishes::{DayPart, Unwished},
    withdrawal::WithdrawRefused,
};

/// The service in the domain of an `ErrorInfo`.
pub(crate) const DOMAIN: &str = "flexpool";

/// A refusal without facts yet.
pub(crate) fn refusal(reason: Reason) -> Refusal {
    Refusal::new(DOMAIN, reason.as_str_name())
}

/// Too many others changed the same at once.
pub(crate) fn busy() -> Error {
    Error::Conflict(refusal(Reason::Busy))
}

fn name(refused: &ClaimRefused) -> Reason {
    match refused {
        ClaimRefused::Cancelled => Reason::ShiftCancelled,
        ClaimRefused::Closed => Reason::ShiftClosed,
        ClaimRefused::Started => Reason::ShiftStarted,
        ClaimRefused::Full { .. } => Reason::ShiftFull,
        ClaimRefused::AlreadyClaimed { .. } => Reason::AlreadyClaimed,
        ClaimRefused::NotInPool => Reason::NotInPool,
        ClaimRefused::NoAgreement { .. } => Reason::NoAgreement,
        ClaimRefused::NoBasis { .. } => Reason::NoBasis,
        ClaimRefused::NotAssessed { .. } => Reason::NotAssessed,
        ClaimRefused::LevelTooLow { .. } => Reason::FunctionLevelTooLow,
        ClaimRefused::NotRegistered { .. } => Reason::NotRegistered,
        ClaimRefused::CompetenceMissing { .. } => Reason::CompetenceMissing,
        ClaimRefused::Overlap { .. } => Reason::Overlap,
        ClaimRefused::NotAvailable => Reason::NotAvailable,
        ClaimRefused::RestTooShort { .. } => Reason::RestTooShort,
        ClaimRefused::WorkingTime { .. } => Reason::WorkingTime,
        ClaimRefused::NotForSelfEmployed => Reason::NotForSelfEmployed,
        ClaimRefused::NotYetOpen { .. } => Reason::NotYetOpen,
    }
}

/// RFC 3339 in UTC: `2026-05-04T21:00:00Z`.
fn instant(time: Timestamp) -> String {
    time.to_utc().map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).unwrap_or_default()
}

fn with_period(refusal: Refusal, period: Period) -> Refusal {
    refusal.with("starts_at", instant(period.starts_at())).with("ends_at", instant(period.ends_at()))
}

fn with_further(refusal: Refusal, also: &[&str], next_allowed: Option<Timestamp>) -> Refusal {
    let refusal = if also.is_empty() { refusal } else { refusal.with("also", also.join(",")) };
    match next_allowed {
        Some(time) => refusal.with("next_allowed", instant(time)),
        None => refusal,
    }
}

fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Minutes => "MINUTES",
        Unit::Times => "TIMES",
        Unit::Days => "DAYS",
    }
}

/// Why a worker cannot have a shift, as the API says it.
pub(crate) fn claim_refusal(refused: &ClaimRefused) -> Refusal {
    let plain = refusal(name(refused));
    match refused {
        ClaimRefused::Cancelled | ClaimRefused::Closed | ClaimRefused::Started | ClaimRefused::NotInPool => plain,
        ClaimRefused::NotAvailable | ClaimRefused::NotForSelfEmployed => plain,
        ClaimRefused::NotYetOpen { opens_at } => plain.with("opens_at", instant(*opens_at)),
        ClaimRefused::Full { places } => plain.with("places", places),
        ClaimRefused::AlreadyClaimed { claim } => plain.with("claim", claim),
        ClaimRefused::NoAgreement { organisation, date } => plain.with("organisation", organisation).with("date", date),
        ClaimRefused::NoBasis { organisation } => plain.with("organisation", organisation),
        ClaimRefused::LevelTooLow { required, held } => plain.with("required", required.name()).with("held", held.name()),
        ClaimRefused::NotRegistered { date } | ClaimRefused::NotAssessed { date } => plain.with("date", date),
        ClaimRefused::CompetenceMissing { competence, date } => plain.with("competence", competence).with("date", date),
        ClaimRefused::Overlap { other, other_employer } => with_period(plain, *other).with("other_work", other_employer),
        ClaimRefused::RestTooShort { told, other, also, next_allowed } => {
            let plain = plain.with("measured_minutes", told.measured).with("limit_minutes", told.limit);
            let plain = with_period(plain, *other).with("other_work", told.other_work).with("rule", told.rule.id());
            with_further(plain.with("measure", told.measure.name()), also, *next_allowed)
        }
        ClaimRefused::WorkingTime { told, also, next_allowed } => {
            let plain = plain.with("rule", told.rule.id()).with("measure", told.measure.name());
            let plain = plain.with("measured", told.measured).with("limit", told.limit).with("unit", unit(told.measure.unit()));
            let (from, until) = told.window;
            let plain = plain.with("from", instant(Timestamp(from))).with("until", instant(Timestamp(until)));
            with_further(plain.with("other_work", told.other_work), also, *next_allowed)
        }
    }
}

/// Why a shift is not proposed to its worker, as the API says it.
pub(crate) fn unwished(reason: &Unwished) -> api::Refusal {
    let part = |part: DayPart| match part {
        DayPart::Day => "DAY",
        DayPart::Evening => "EVENING",
        DayPart::Night => "NIGHT",
        DayPart::Weekend => "WEEKEND",
    };
    told(&match reason {
        Unwished::DayPart(one) => refusal(Reason::DayPartUnwished).with("day_part", part(*one)),
        Unwished::Level(level) => refusal(Reason::LevelUnwished).with("required", level.name()),
        Unwished::Organisation(organisation) => refusal(Reason::OrganisationUnwished).with("organisation", organisation),
        Unwished::TooFar { km, max_km } => refusal(Reason::TooFar).with("km", km).with("max_km", max_km),
        Unwished::TooLittleTravelTime { minutes, gap_minutes, other } => {
            let plain = refusal(Reason::TooLittleTravelTime).with("minutes", minutes).with("gap_minutes", gap_minutes);
            with_period(plain, *other)
        }
    })
}

/// The same, in a list.
pub(crate) fn shown(refused: &ClaimRefused) -> api::Refusal {
    told(&claim_refusal(refused))
}

impl From<ClaimRefused> for Error {
    fn from(refused: ClaimRefused) -> Self {
        Self::Refused(claim_refusal(&refused))
    }
}

/// A refusal as it is kept and shown in a list.
pub(crate) fn told(refusal: &Refusal) -> api::Refusal {
    let reason = Reason::from_str_name(&format!("REASON_{}", refusal.reason)).unwrap_or_default();
    let metadata = refusal.metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    api::Refusal { reason: reason.into(), metadata }
}

impl From<WithdrawRefused> for Error {
    fn from(refused: WithdrawRefused) -> Self {
        Self::Refused(match refused {
            WithdrawRefused::Started => refusal(Reason::ShiftStarted),
            WithdrawRefused::TooLate { until } => refusal(Reason::WithdrawalTooLate).with("until", instant(until)),
        })
    }
}

impl From<CancelRefused> for Error {
    fn from(refused: CancelRefused) -> Self {
        Self::Refused(match refused {
            CancelRefused::Started => refusal(Reason::ShiftStarted),
            CancelRefused::HasClaims { claims } => refusal(Reason::ShiftHasClaims).with("claims", claims),
        })
    }
}

#[cfg(test)]
mod tests {
    use chassis::ids::{ClaimId, OrganisationId};

    use super::*;
    use crate::domain::{sample, worker::FunctionLevel, working_time::Told};

    #[test]
    fn the_order_of_refusals_is_the_order_of_the_contract() {
        let organisation = OrganisationId::new();
        let (date, other) = (sample::day("2026-05-04"), sample::period("2026-05-04 07:00 2026-05-04 15:00"));
        let opens_at = sample::at("2026-05-01 12:00");
        let placed_elsewhere = [
            (ClaimRefused::Closed, Reason::ShiftClosed),
            (ClaimRefused::NotForSelfEmployed, Reason::NotForSelfEmployed),
            (ClaimRefused::NotYetOpen { opens_at }, Reason::NotYetOpen),
        ];
        for (refused, reason) in placed_elsewhere {
            assert_eq!(name(&refused), reason, "{refused:?}");
        }
        let all = [
            ClaimRefused::Cancelled,
            ClaimRefused::Started,
            ClaimRefused::Full { places: 3 },
            ClaimRefused::AlreadyClaimed { claim: ClaimId::new() },
            ClaimRefused::NotInPool,
            ClaimRefused::NoAgreement { organisation, date },
            ClaimRefused::NoBasis { organisation },
            ClaimRefused::LevelTooLow { required: FunctionLevel::Nurse, held: FunctionLevel::Carer },
            ClaimRefused::NotRegistered { date },
            ClaimRefused::CompetenceMissing { competence: "infuus".to_owned(), date },
            ClaimRefused::Overlap { other, other_employer: true },
            ClaimRefused::RestTooShort { told: sample::short_rest(480), other, also: Vec::new(), next_allowed: None },
            ClaimRefused::NotAvailable,
            ClaimRefused::WorkingTime { told: sample::short_rest(480), also: Vec::new(), next_allowed: None },
        ];
        assert_eq!(all.each_ref().map(ClaimRefused::rank), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
        assert!(all.is_sorted_by_key(|refused| name(refused) as i32));
    }

    #[test]
    fn other_work_is_told_by_its_time_only() {
        let other = sample::period("2026-05-04 15:00 2026-05-04 23:00");
        let refusal = claim_refusal(&ClaimRefused::RestTooShort {
            told: Told { other_work: true, ..sample::short_rest(480) },
            other,
            also: vec!["ATW-06", "ATW-03"],
            next_allowed: Some(sample::at("2026-05-05 10:00")),
        });
        let metadata: Vec<(&str, &str)> = refusal.metadata.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let expected = [
            ("measured_minutes", "480"),
            ("limit_minutes", "660"),
            ("starts_at", "2026-05-04T13:00:00Z"),
            ("ends_at", "2026-05-04T21:00:00Z"),
            ("other_work", "true"),
            ("rule", "ATW-05"),
            ("measure", "ShortRestAgain"),
            ("also", "ATW-06,ATW-03"),
            ("next_allowed", "2026-05-05T08:00:00Z"),
        ];
        assert_eq!(metadata, expected);
    }
}
