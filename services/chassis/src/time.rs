//! Instants, local dates and the clock (D22, D26).
//!
//! An instant is a number of microseconds in UTC, in memory, in both databases and in tests. What people read on a clock is
//! Europe/Amsterdam, found with the real time-zone data, so that the two clock changes a year are right (I12).

use std::{fmt, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use chrono::{DateTime, Datelike, MappedLocalTime, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::{Europe::Amsterdam, Tz};

/// The one time zone of the product's people and rules.
pub const ZONE: Tz = Amsterdam;

/// A point in time: microseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::DeriveValueType)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant of a `chrono` time, cut to microseconds.
    pub fn from_utc(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_micros())
    }

    /// As a `chrono` time; `None` far outside the years that a calendar can show.
    pub fn to_utc(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_micros(self.0)
    }

    /// On the clock in Europe/Amsterdam. Instants that a calendar cannot show become its first moment; nothing that was validated
    /// is one.
    pub fn local(self) -> DateTime<Tz> {
        self.to_utc().unwrap_or(DateTime::<Utc>::MIN_UTC).with_timezone(&ZONE)
    }

    /// The day on the calendar in Europe/Amsterdam.
    pub fn local_date(self) -> LocalDate {
        LocalDate(self.local().date_naive())
    }

    /// So many whole minutes of real time from `earlier` to `self`; negative when it is the other way.
    pub fn minutes_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0).div_euclid(60_000_000)
    }

    /// So much later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// So much earlier.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)))
    }

    /// As on the wire.
    pub fn to_proto(self) -> prost_types::Timestamp {
        prost_types::Timestamp {
            seconds: self.0.div_euclid(1_000_000),
            nanos: i32::try_from(self.0.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
        }
    }

    /// From the wire; `None` outside the years 0001 to 9999.
    pub fn from_proto(proto: &prost_types::Timestamp) -> Option<Self> {
        if !(-62_135_596_800..=253_402_300_799).contains(&proto.seconds) || !(0..1_000_000_000).contains(&proto.nanos) {
            return None;
        }
        Some(Self(proto.seconds * 1_000_000 + i64::from(proto.nanos / 1_000)))
    }
}

/// Why a time on the clock is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocalTimeError {
    /// The clock jumped over it in spring.
    #[error("does not exist on that day: the clock goes forward")]
    Skipped,
    /// The second pass was asked for at an hour that comes once.
    #[error("does not come twice on that day")]
    NotRepeated,
    /// Not a minute of a day.
    #[error("is not a time between 00:00 and 23:59")]
    NotAMinute,
}

/// A day on the calendar, without a place or time. Stored as ISO text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, sea_orm::DeriveValueType)]
#[sea_orm(value_type = "String")]
pub struct LocalDate(pub NaiveDate);

impl LocalDate {
    /// From the wire; `None` for a day that does not exist or a year outside 1900 to 9999 (ISO text then keeps its order).
    pub fn from_proto(date: &proto::Date) -> Option<Self> {
        let month = u32::try_from(date.month).ok()?;
        let day = u32::try_from(date.day).ok()?;
        NaiveDate::from_ymd_opt(date.year, month, day).filter(|d| (1900..=9999).contains(&d.year())).map(Self)
    }

    /// As on the wire.
    pub fn to_proto(self) -> proto::Date {
        proto::Date {
            year: self.0.year(),
            month: i32::try_from(self.0.month()).unwrap_or(0),
            day: i32::try_from(self.0.day()).unwrap_or(0),
        }
    }

    /// The instant at which the clock in Europe/Amsterdam shows this minute of this day. In the hour that comes twice the first pass is
    /// meant unless `second_pass`.
    pub fn at_minute(self, minute: u32, second_pass: bool) -> Result<Timestamp, LocalTimeError> {
        let clock = self.0.and_hms_opt(minute / 60, minute % 60, 0).ok_or(LocalTimeError::NotAMinute)?;
        local_instant(clock, second_pass)
    }

    /// The day so many years later; the 28th for a 29th of February in a year without one (the birthday of Dutch law is then 1 March;
    /// callers that need that add a day).
    pub fn plus_years(self, years: i32) -> Self {
        let year = self.0.year() + years;
        Self(self.0.with_year(year).or_else(|| NaiveDate::from_ymd_opt(year, 2, 28)).unwrap_or(self.0))
    }
}

fn local_instant(clock: NaiveDateTime, second_pass: bool) -> Result<Timestamp, LocalTimeError> {
    match (ZONE.from_local_datetime(&clock), second_pass) {
        (MappedLocalTime::None, _) => Err(LocalTimeError::Skipped),
        (MappedLocalTime::Single(_), true) => Err(LocalTimeError::NotRepeated),
        (MappedLocalTime::Single(time) | MappedLocalTime::Ambiguous(time, _), false) => Ok(time),
        (MappedLocalTime::Ambiguous(_, time), true) => Ok(time),
    }
    .map(|time| Timestamp(time.timestamp_micros()))
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl fmt::Debug for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for LocalDate {
    type Err = chrono::ParseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map(Self)
    }
}

/// Real time: for tokens, leases and measurements, which a moved clock must not touch (D26).
#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
pub fn real_now() -> Timestamp {
    Timestamp::from_utc(Utc::now())
}

/// Business time. Every process of a demo or a test reads the same file, which holds how many seconds the clock is moved, so that
/// one write moves them all; without a file it is real time.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    file: Option<Arc<PathBuf>>,
}

impl Clock {
    /// Real time.
    pub fn real() -> Self {
        Self::default()
    }

    /// Moved by the seconds that the file says at every reading. A missing or unreadable file means not moved.
    pub fn moved_by(file: PathBuf) -> Self {
        Self { file: Some(Arc::new(file)) }
    }

    /// Business time now.
    pub fn now(&self) -> Timestamp {
        let moved: i64 = self
            .file
            .as_ref()
            .and_then(|file| std::fs::read_to_string(file.as_path()).ok())
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(0);
        Timestamp(real_now().0.saturating_add(moved.saturating_mul(1_000_000)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDate {
        text.parse().expect("a date")
    }

    #[test]
    fn the_skipped_hour_of_spring_does_not_exist() {
        assert_eq!(day("2027-03-28").at_minute(150, false), Err(LocalTimeError::Skipped));
        assert!(day("2027-03-27").at_minute(150, false).is_ok());
    }

    #[test]
    fn the_repeated_hour_of_autumn_has_two_passes() {
        let first = day("2026-10-25").at_minute(150, false).expect("first");
        let second = day("2026-10-25").at_minute(150, true).expect("second");
        assert_eq!(second.minutes_since(first), 60);
        assert_eq!(day("2026-10-24").at_minute(150, true), Err(LocalTimeError::NotRepeated));
    }

    #[test]
    fn a_night_of_eight_clock_hours_is_seven_or_nine_real_hours_at_the_clock_changes() {
        let hours = |from: &str, to: &str| {
            let start = day(from).at_minute(23 * 60, false).expect("start");
            day(to).at_minute(7 * 60, false).expect("end").minutes_since(start) / 60
        };
        assert_eq!(hours("2026-03-28", "2026-03-29"), 7);
        assert_eq!(hours("2026-10-24", "2026-10-25"), 9);
        assert_eq!(hours("2026-06-10", "2026-06-11"), 8);
    }

    #[test]
    fn a_timestamp_survives_the_wire() {
        for micros in [0, -1, 1_764_000_000_123_456] {
            let time = Timestamp(micros);
            assert_eq!(Timestamp::from_proto(&time.to_proto()), Some(time));
        }
    }

    #[test]
    fn a_day_that_does_not_exist_is_no_date() {
        assert_eq!(LocalDate::from_proto(&proto::Date { year: 2026, month: 2, day: 31 }), None);
        assert_eq!(LocalDate::from_proto(&proto::Date { year: 0, month: 2, day: 1 }), None);
    }
}
