//! The clock of Europe/Amsterdam in whole minutes (I12).
//!
//! Every rule needs days, weeks and bands of the clock of hundreds of instants, so the few moments at which the clock was or will be
//! moved are asked of the time-zone data once, and every question after that is a search among them.

use std::sync::LazyLock;

use chassis::time::{LocalDate, Timestamp, ZONE};
use chrono::{DateTime, Datelike, NaiveDate, Offset, TimeZone};

/// Minutes of a day.
pub(crate) const DAY: i64 = 24 * 60;
/// Minutes of seven times 24 hours.
pub(crate) const WEEK: i64 = 7 * DAY;

/// The first and the last instant at which work can be: 2000 to 2100, in minutes.
pub(crate) const FIRST: i64 = 15_778_080;
pub(crate) const LAST: i64 = 68_374_080;

/// Half a year on average.
const HALF_YEAR: i64 = 262_974;

/// From which minute on the clock is so many minutes ahead of UTC; the first holds from the beginning.
static CHANGES: LazyLock<Vec<(i64, i64)>> = LazyLock::new(|| {
    let mut changes = vec![(i64::MIN, asked_offset(FIRST - WEEK))];
    let mut from = FIRST - WEEK;
    while from < LAST + WEEK {
        let until = from + WEEK;
        let (before, after) = (asked_offset(from), asked_offset(until));
        if before != after {
            let (mut low, mut high) = (from, until);
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if asked_offset(middle) == before { low = middle } else { high = middle }
            }
            changes.push((high, after));
        }
        from = until;
    }
    changes
});

/// What the time-zone data say.
fn asked_offset(minute: i64) -> i64 {
    let utc = DateTime::from_timestamp(minute * 60, 0).unwrap_or_default().naive_utc();
    i64::from(ZONE.offset_from_utc_datetime(&utc).fix().local_minus_utc()) / 60
}

/// The last change at or before a minute. There are two a year, so its place is known to within one or two.
fn change_at(minute: i64) -> (i64, i64) {
    let changes = CHANGES.as_slice();
    let guess = (minute.clamp(FIRST, LAST) - FIRST) / HALF_YEAR;
    let mut place = usize::try_from(guess).unwrap_or(0).min(changes.len() - 1);
    while changes[place].0 > minute {
        place -= 1;
    }
    while changes.get(place + 1).is_some_and(|next| next.0 <= minute) {
        place += 1;
    }
    changes[place]
}

/// An instant in minutes; what is over the last whole minute is cut off.
pub(crate) fn minute(time: Timestamp) -> i64 {
    time.0.div_euclid(60_000_000)
}

/// The instant of a minute.
pub(crate) fn timestamp(minute: i64) -> Timestamp {
    Timestamp(minute * 60_000_000)
}

/// How many minutes the clock is ahead of UTC.
fn offset(minute: i64) -> i64 {
    change_at(minute).1
}

/// What the clock shows, as minutes since the midnight with which 1970 began.
fn local(minute: i64) -> i64 {
    minute + offset(minute)
}

/// The number of the day on the calendar, counted from 1970-01-01.
pub(crate) fn day(minute: i64) -> i32 {
    narrow(local(minute).div_euclid(DAY))
}

/// The first instant at which the clock shows this or later: a time that spring leaves out is the moment of the jump, and of an hour that
/// comes twice the first pass is meant.
pub(crate) fn at(local: i64) -> i64 {
    let (early, late) = (local - 120, local - 60);
    if offset(early) == 120 {
        early
    } else if offset(late) == 60 {
        late
    } else {
        change_at(late).0
    }
}

/// The instant at which a day begins.
pub(crate) fn day_start(day: i32) -> i64 {
    at(i64::from(day) * DAY)
}

/// The number of the week, Sunday to Saturday, in which a day is (ATW-03).
pub(crate) fn week_of_day(day: i32) -> i32 {
    (day + 4).div_euclid(7)
}

/// The number of the week's Sunday.
pub(crate) fn sunday(week: i32) -> i32 {
    week * 7 - 4
}

/// The instant at which a week begins: Sunday 00:00.
pub(crate) fn week_start(week: i32) -> i64 {
    day_start(sunday(week))
}

/// The number of a day on the calendar.
pub(crate) fn day_number(date: LocalDate) -> i32 {
    date.0.num_days_from_ce() - 719_163
}

/// The day on the calendar with this number.
pub(crate) fn date(day: i32) -> LocalDate {
    LocalDate(NaiveDate::from_num_days_from_ce_opt(day.saturating_add(719_163)).unwrap_or_default())
}

/// The clock during a stretch of time: where it is not changed, which is nearly always, everything is a sum.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    /// How far ahead it is, unless it is changed.
    ahead: Option<i64>,
}

impl Clock {
    /// During `[start, end)`.
    pub(crate) fn during(start: i64, end: i64) -> Self {
        let (from, _) = change_at(start);
        let (until, ahead) = change_at(end - 1);
        Self { ahead: (from == until).then_some(ahead) }
    }

    /// What it shows, as [`local`].
    pub(crate) fn local(self, minute: i64) -> i64 {
        minute + self.ahead.unwrap_or_else(|| offset(minute))
    }

    /// The day, as [`day`].
    pub(crate) fn day(self, minute: i64) -> i32 {
        narrow(self.local(minute).div_euclid(DAY))
    }

    /// When it shows this: as [`at`] of a time during the stretch.
    pub(crate) fn at(self, local: i64) -> i64 {
        self.ahead.map_or_else(|| at(local), |ahead| local - ahead)
    }

    /// As [`in_band`], of a part of the stretch.
    pub(crate) fn in_band(self, start: i64, end: i64, from: i64, until: i64) -> i32 {
        if start >= end {
            return 0;
        }
        let mut minutes = 0;
        for day in self.local(start).div_euclid(DAY)..=self.local(end - 1).div_euclid(DAY) {
            let (from, until) = (self.at(day * DAY + from), self.at(day * DAY + until));
            minutes += (until.min(end) - from.max(start)).max(0);
        }
        narrow(minutes)
    }
}

/// The minutes of `[start, end)` at which the clock shows a time in `[from, until)`, both in minutes of the day; real minutes, so that a
/// band over a clock change is an hour shorter or longer.
pub(crate) fn in_band(start: i64, end: i64, from: i64, until: i64) -> i32 {
    Clock::during(start, end.max(start + 1)).in_band(start, end, from, until)
}

/// Days, weeks and lengths of work are far smaller than the type that holds them.
pub(crate) fn narrow(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(if value < 0 { i32::MIN } else { i32::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(date: &str, minute_of_day: u32, second_pass: bool) -> i64 {
        minute(date.parse::<LocalDate>().expect("a date").at_minute(minute_of_day, second_pass).expect("exists"))
    }

    #[test]
    fn the_table_says_what_the_time_zone_data_say() {
        for minute in (FIRST..LAST).step_by(10_007) {
            assert_eq!(offset(minute), asked_offset(minute), "{minute}");
            assert_eq!(date(day(minute)), timestamp(minute).local_date(), "{minute}");
            assert!((at(local(minute)) - minute).abs() <= 60);
        }
        assert_eq!(CHANGES.iter().filter(|(from, _)| *from > instant("2026-01-01", 0, false)).count() % 2, 0);
    }

    #[test]
    fn a_time_left_out_is_the_jump_and_a_time_that_comes_twice_its_first_pass() {
        let jump = instant("2026-03-29", 3 * 60, false);
        for left_out in [120, 150, 179, 180] {
            assert_eq!(at(i64::from(day(jump)) * DAY + left_out), jump, "{left_out}");
        }
        assert_eq!(at(i64::from(day(jump)) * DAY + 181), jump + 1);
        let second = instant("2026-10-25", 150, true);
        assert_eq!(at(local(second)), second - 60);
        assert_eq!(at(local(instant("2026-10-25", 180, false))), instant("2026-10-25", 180, false));
    }

    #[test]
    fn a_week_begins_on_sunday_and_is_an_hour_shorter_or_longer_at_a_change() {
        for (sunday_text, hours) in [("2026-03-29", 167), ("2026-10-25", 169), ("2026-05-03", 168)] {
            let day = day_number(sunday_text.parse().expect("a date"));
            let week = week_of_day(day);
            assert_eq!((sunday(week), week_of_day(day - 1), week_of_day(day + 6)), (day, week - 1, week), "{sunday_text}");
            assert_eq!(week_start(week + 1) - week_start(week), hours * 60, "{sunday_text}");
        }
    }

    #[test]
    fn the_hours_of_a_night_are_real_hours() {
        for (from, to, hours) in [("2026-03-28", "2026-03-29", 5), ("2026-10-24", "2026-10-25", 7), ("2026-06-10", "2026-06-11", 6)] {
            let (start, end) = (instant(from, 23 * 60, false), instant(to, 7 * 60, false));
            assert_eq!(in_band(start, end, 0, 6 * 60), hours * 60, "{from}");
        }
        let start = instant("2026-05-04", 4 * 60 + 59, false);
        assert_eq!(in_band(start, start + 480, 0, 360), 61);
        assert_eq!(in_band(start, start, 0, 360), 0);
    }
}
