//! Values as the cells of a file.

use chassis::time::{LocalDate, Timestamp};
use chrono::{SecondsFormat, Timelike};
use proto::Date;

use crate::import::Named;

/// A day; nothing where there is none.
pub(super) fn day(day: Option<Date>) -> String {
    day.as_ref().and_then(LocalDate::from_proto).map(|day| day.to_string()).unwrap_or_default()
}

/// A value of the contract under the name that people write; nothing where it is unspecified.
pub(super) fn name<E: Named>(number: i32) -> String {
    if number == 0 { String::new() } else { E::try_from(number).map(E::name).unwrap_or_default() }
}

/// Several texts in one cell.
pub(super) fn list(texts: impl IntoIterator<Item = impl Into<String>>) -> String {
    texts.into_iter().map(Into::into).collect::<Vec<String>>().join("|")
}

/// A number; nothing where there is none.
pub(super) fn number(number: Option<i32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

/// Minutes as hours, from which the minutes follow again.
pub(super) fn hours(minutes: i32) -> String {
    let ten_thousandths = (i64::from(minutes) * 10_000 + 30) / 60;
    let text = format!("{}.{:04}", ten_thousandths / 10_000, ten_thousandths % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Day and time on the clock; the second time in the night in which an hour is repeated has a `*`.
pub(super) fn clock(moment: Option<Timestamp>) -> (String, String) {
    let Some(moment) = moment else { return (String::new(), String::new()) };
    let (local, date) = (moment.local(), moment.local_date());
    let is_first = date.at_minute(local.hour() * 60 + local.minute(), false).is_ok_and(|first| first == moment);
    (date.to_string(), format!("{:02}:{:02}{}", local.hour(), local.minute(), if is_first { "" } else { "*" }))
}

/// A moment as RFC 3339 writes it.
pub(super) fn moment(moment: Option<Timestamp>) -> String {
    moment.and_then(Timestamp::to_utc).map(|moment| moment.to_rfc3339_opts(SecondsFormat::AutoSi, true)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<Timestamp> {
        Some(Timestamp::from_utc(chrono::DateTime::parse_from_rfc3339(text).expect("a moment").to_utc()))
    }

    #[test]
    fn the_repeated_hour_is_told_apart() {
        let cells = |text| clock(at(text));
        let is = |day: &str, time: &str| (day.to_owned(), time.to_owned());
        assert_eq!(cells("2026-10-25T00:30:00Z"), is("2026-10-25", "02:30"));
        assert_eq!(cells("2026-10-25T01:30:00Z"), is("2026-10-25", "02:30*"));
        assert_eq!(cells("2026-12-31T23:00:00Z"), is("2027-01-01", "00:00"));
        assert_eq!(clock(None), is("", ""));
        assert_eq!(moment(at("2026-12-31T23:00:00.25Z")), "2026-12-31T23:00:00.250Z");
    }

    #[test]
    fn hours_are_written_so_that_the_minutes_follow() {
        for (minutes, text) in [(0, "0"), (1440, "24"), (1296, "21.6"), (1, "0.0167"), (1300, "21.6667")] {
            assert_eq!(hours(minutes), text);
        }
    }
}
