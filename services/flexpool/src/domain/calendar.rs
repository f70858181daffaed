//! Time as the decisions need it: stretches of real time, and the days and clock times of Europe/Amsterdam that people mean (I12).

use chassis::time::{LocalDate, LocalTimeError, Timestamp};

/// A stretch of real time, from its start up to but not including its end; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    starts_at: Timestamp,
    ends_at: Timestamp,
}

impl Period {
    /// From `starts_at` up to `ends_at`; `None` unless the end comes after the start.
    pub fn new(starts_at: Timestamp, ends_at: Timestamp) -> Option<Self> {
        (starts_at < ends_at).then_some(Self { starts_at, ends_at })
    }

    /// Its first instant.
    pub fn starts_at(self) -> Timestamp {
        self.starts_at
    }

    /// The instant at which it is over.
    pub fn ends_at(self) -> Timestamp {
        self.ends_at
    }

    /// Its length in whole minutes of real time: a night of eight clock hours has seven or nine hours at the clock changes.
    pub fn minutes(self) -> i64 {
        self.ends_at.minutes_since(self.starts_at)
    }

    /// Whether the two have an instant in common. Periods that touch have none.
    pub fn overlaps(self, other: Self) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }

    /// The first and the last day that it touches in Europe/Amsterdam: the days on which agreement, registration and competence must
    /// hold (I4). A shift that ends at midnight does not touch the day that begins there.
    pub fn days(self) -> [LocalDate; 2] {
        [self.starts_at.local_date(), Timestamp(self.ends_at.0 - 1).local_date()]
    }
}

/// When a day ends in Europe/Amsterdam.
pub fn end_of(day: LocalDate) -> Timestamp {
    let next = LocalDate(day.0.succ_opt().unwrap_or(day.0));
    // Midnight exists on every day of the zone; a day at the end of all calendars never ends.
    next.at_minute(0, false).unwrap_or(Timestamp(i64::MAX))
}

/// Days on which something holds, both ends included; an absent end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// First day.
    pub from: Option<LocalDate>,
    /// Last day.
    pub until: Option<LocalDate>,
}

impl Validity {
    /// Whether it holds on this day.
    pub fn holds_on(self, day: LocalDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// A time on the clock in Europe/Amsterdam, as a planner writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// The day.
    pub day: LocalDate,
    /// Minutes since midnight.
    pub minute: u32,
    /// In the hour that comes twice in autumn: the second pass.
    pub second_pass: bool,
}

impl LocalTime {
    /// The instant that is meant. Errors: a sentence that names the time, the day and the zone, when the clock never shows that time on
    /// that day, or does not show it twice though the second pass was asked for.
    pub fn instant(self) -> Result<Timestamp, String> {
        let clock = format!("{:02}:{:02}", self.minute / 60, self.minute % 60);
        self.day.at_minute(self.minute, self.second_pass).map_err(|error| match error {
            LocalTimeError::Skipped => format!("{clock} does not exist on {} in Europe/Amsterdam", self.day),
            LocalTimeError::NotRepeated => format!("{clock} does not come twice on {} in Europe/Amsterdam", self.day),
            LocalTimeError::NotAMinute => format!("{clock} {error}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::{at, day, period};

    #[test]
    fn a_period_is_never_empty() {
        assert_eq!(Period::new(Timestamp(5), Timestamp(5)), None);
        assert_eq!(Period::new(Timestamp(6), Timestamp(5)), None);
        assert!(Period::new(Timestamp(5), Timestamp(6)).is_some());
    }

    #[test]
    fn the_days_of_a_period_are_those_it_touches() {
        for (times, first, last) in [
            ("2026-05-04 07:00 2026-05-04 15:00", "2026-05-04", "2026-05-04"),
            ("2026-05-04 23:00 2026-05-05 07:00", "2026-05-04", "2026-05-05"),
            ("2026-05-04 15:00 2026-05-05 00:00", "2026-05-04", "2026-05-04"),
            ("2026-05-04 15:00 2026-05-05 00:01", "2026-05-04", "2026-05-05"),
            // In winter and in summer midnight in Amsterdam is another instant.
            ("2026-12-31 16:00 2027-01-01 00:00", "2026-12-31", "2026-12-31"),
        ] {
            assert_eq!(period(times).days(), [day(first), day(last)], "{times}");
        }
    }

    #[test]
    fn a_night_at_a_clock_change_is_as_long_as_it_really_is() {
        for (times, minutes) in [
            ("2026-03-28 23:00 2026-03-29 07:00", 7 * 60),
            ("2026-10-24 23:00 2026-10-25 07:00", 9 * 60),
            ("2026-10-25 02:30 2026-10-25 02:30+", 60),
            ("2026-06-10 23:00 2026-06-11 07:00", 8 * 60),
        ] {
            assert_eq!(period(times).minutes(), minutes, "{times}");
        }
    }

    #[test]
    fn a_time_that_the_clock_does_not_show_is_told_with_its_day_and_zone() {
        let time = |day_text: &str, minute, second_pass| LocalTime { day: day(day_text), minute, second_pass }.instant();
        assert_eq!(time("2027-03-28", 150, false), Err("02:30 does not exist on 2027-03-28 in Europe/Amsterdam".to_owned()));
        assert_eq!(time("2027-03-28", 119, false), Ok(at("2027-03-28 01:59")));
        assert_eq!(time("2027-03-28", 180, false), Ok(at("2027-03-28 03:00")));
        assert_eq!(time("2026-10-24", 150, true), Err("02:30 does not come twice on 2026-10-24 in Europe/Amsterdam".to_owned()));
        assert_eq!(time("2026-10-25", 180, true), Err("03:00 does not come twice on 2026-10-25 in Europe/Amsterdam".to_owned()));
        assert_eq!(
            time("2026-10-25", 150, false).map(|first| time("2026-10-25", 150, true).map(|second| second.minutes_since(first))),
            Ok(Ok(60))
        );
    }

    #[test]
    fn a_validity_includes_both_its_ends() {
        let validity = |from: Option<&str>, until: Option<&str>| Validity { from: from.map(day), until: until.map(day) };
        for (from, until, asked, holds) in [
            (Some("2026-05-04"), Some("2026-05-06"), "2026-05-03", false),
            (Some("2026-05-04"), Some("2026-05-06"), "2026-05-04", true),
            (Some("2026-05-04"), Some("2026-05-06"), "2026-05-06", true),
            (Some("2026-05-04"), Some("2026-05-06"), "2026-05-07", false),
            (None, Some("2026-05-06"), "1999-01-01", true),
            (Some("2026-05-04"), None, "2099-01-01", true),
            (None, None, "2026-05-04", true),
        ] {
            assert_eq!(validity(from, until).holds_on(day(asked)), holds, "{from:?} {until:?} {asked}");
        }
    }
}
