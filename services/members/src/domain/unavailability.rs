//! When somebody cannot work, and what the roster must keep to: without why and without who said so (D7, PRG-04).

use chassis::{
    ids::{ScheduleConstraintId, UnavailabilityId, WorkerId},
    time::{LocalDate, Timestamp},
};

use super::numbered;

/// So many periods that are not over a worker may have.
pub const MAX_PERIODS: usize = 100;
/// So many constraints a worker may have.
pub const MAX_CONSTRAINTS: usize = 20;

/// A time in which somebody cannot work, up to but not including its end; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Away {
    /// Begin.
    pub from: Timestamp,
    /// End; absent while it is not known.
    pub until: Option<Timestamp>,
}

impl Away {
    /// `None` unless the end comes after the begin.
    pub fn new(from: Timestamp, until: Option<Timestamp>) -> Option<Self> {
        until.is_none_or(|until| from < until).then_some(Self { from, until })
    }
}

/// Whether a begin or an end is near enough to be meant: two years back to five years ahead.
pub fn is_near(moment: Timestamp, now: Timestamp) -> bool {
    let today = now.local_date();
    (today.plus_years(-2)..=today.plus_years(5)).contains(&moment.local_date())
}

/// A recorded time in which a worker cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailability {
    /// Its id.
    pub id: UnavailabilityId,
    /// Whose it is.
    pub worker: WorkerId,
    /// When.
    pub away: Away,
    /// How often it was changed; its etag.
    pub revision: i64,
}

/// What somebody wants to be different about a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwayChange {
    /// Another begin.
    pub from: Option<Timestamp>,
    /// Another end, or none.
    pub until: Option<Option<Timestamp>>,
}

impl AwayChange {
    /// The period after the change; `None` when it would end before it begins.
    pub fn applied(self, away: Away) -> Option<Away> {
        Away::new(self.from.unwrap_or(away.from), self.until.unwrap_or(away.until))
    }
}

numbered! {
    /// What a constraint limits.
    ConstraintKind {
        /// No night shift (ATW-10) and no duty in the night.
        NoNights = 1,
        /// No presence, on-call or reachable duty.
        NoDuties = 2,
        /// Only Monday to Friday between 07:00 and 20:00 (CAO-11).
        RegularHours = 3,
        /// Work in one shift.
        ShiftMinutes = 4,
        /// Work in one week.
        WeekMinutes = 5,
        /// Work a week, on average over four.
        FourWeekAverage = 6,
        /// Work a week, on average over sixteen.
        SixteenWeekAverage = 7,
    }
}

impl ConstraintKind {
    /// What the minutes of such a constraint can be; `None` for a kind that has none.
    pub fn minutes(self) -> Option<(i32, i32)> {
        match self {
            Self::NoNights | Self::NoDuties | Self::RegularHours => None,
            Self::ShiftMinutes => Some((60, 24 * 60)),
            Self::WeekMinutes | Self::FourWeekAverage | Self::SixteenWeekAverage => Some((60, 60 * 60)),
        }
    }
}

/// What is said about a constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewConstraint {
    /// What is limited.
    pub kind: ConstraintKind,
    /// To how much; there exactly when the kind says how much.
    pub minutes: Option<i32>,
    /// First day.
    pub from: LocalDate,
    /// Last day; absent while there is no end.
    pub until: Option<LocalDate>,
}

/// A limit on the roster of a worker for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Constraint {
    /// Its id.
    pub id: ScheduleConstraintId,
    /// Whose it is.
    pub worker: WorkerId,
    /// Its content.
    pub about: NewConstraint,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_never_ends_before_it_begins_also_after_a_change() {
        let at = Timestamp;
        let away = Away::new(at(10), Some(at(20))).expect("a period");
        assert_eq!(Away::new(at(10), Some(at(10))), None);
        assert_eq!(Away::new(at(10), None).map(|away| away.until), Some(None));
        let change = |from: Option<i64>, until: Option<Option<i64>>| AwayChange { from: from.map(at), until: until.map(|end| end.map(at)) };
        for (change, expected) in [
            (change(None, Some(Some(15))), Away::new(at(10), Some(at(15)))),
            (change(None, Some(None)), Away::new(at(10), None)),
            (change(Some(19), None), Away::new(at(19), Some(at(20)))),
            (change(Some(20), None), None),
            (change(None, Some(Some(10))), None),
            (change(Some(30), Some(None)), Away::new(at(30), None)),
        ] {
            assert_eq!(change.applied(away), expected, "{change:?}");
        }
    }

    #[test]
    fn a_period_is_within_two_years_back_and_five_ahead() {
        let at = |day: &str| day.parse::<LocalDate>().expect("a day").at_minute(12 * 60, false).expect("noon");
        let now = at("2026-11-24");
        for (moment, near) in [("2024-11-24", true), ("2024-11-23", false), ("2031-11-24", true), ("2031-11-25", false)] {
            assert_eq!(is_near(at(moment), now), near, "{moment}");
        }
    }

    #[test]
    fn kinds_that_say_how_much_have_bounds() {
        let bounded: Vec<i32> = ConstraintKind::ALL.iter().filter(|kind| kind.minutes().is_some()).map(|kind| kind.number()).collect();
        assert_eq!(bounded, [4, 5, 6, 7]);
    }
}
