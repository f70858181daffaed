//! Days and times as people read them on a clock in Europe/Amsterdam (I12).

use chassis::time::{LocalDate, Timestamp};
use chrono::{Datelike, NaiveDate, Timelike};

use crate::Language;

const DAYS: [[&str; 7]; 2] = [
    ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"],
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
];
const SHORT_DAYS: [[&str; 7]; 2] = [["ma", "di", "wo", "do", "vr", "za", "zo"], ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]];
const MONTHS: [[&str; 12]; 2] = [
    ["januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober", "november", "december"],
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"],
];
const SHORT_MONTHS: [[&str; 12]; 2] = [
    ["jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
];

fn day_name(names: &[[&'static str; 7]; 2], language: Language, date: NaiveDate) -> &'static str {
    names[language as usize][date.weekday().num_days_from_monday() as usize % 7]
}

fn month_name(names: &[[&'static str; 12]; 2], language: Language, date: NaiveDate) -> &'static str {
    names[language as usize][date.month0() as usize % 12]
}

/// A whole day: `dinsdag 24 november 2026`.
pub fn date(language: Language, date: LocalDate) -> String {
    let day = date.0;
    format!("{} {} {} {}", day_name(&DAYS, language, day), day.day(), month_name(&MONTHS, language, day), day.year())
}

/// A day in a list: `di 24 nov`.
pub fn short_date(language: Language, date: LocalDate) -> String {
    let day = date.0;
    format!("{} {} {}", day_name(&SHORT_DAYS, language, day), day.day(), month_name(&SHORT_MONTHS, language, day))
}

/// A day as the heading of a list: `Vandaag, dinsdag 24 november`.
pub fn heading(language: Language, date: LocalDate, today: LocalDate) -> String {
    let day = date.0;
    let name = format!("{} {} {}", day_name(&DAYS, language, day), day.day(), month_name(&MONTHS, language, day));
    match (day - today.0).num_days() {
        0 => format!("{}, {name}", language.two("Vandaag", "Today")),
        1 => format!("{}, {name}", language.two("Morgen", "Tomorrow")),
        _ => capital(&name),
    }
}

/// A whole day as a title: `Dinsdag 24 november 2026`.
pub fn title(language: Language, day: LocalDate) -> String {
    capital(&date(language, day))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().collect::<String>() + letters.as_str()).unwrap_or_default()
}

/// A time on the clock: `07:00`. In the hour that comes twice in autumn it says which pass is meant.
pub fn time(language: Language, time: Timestamp) -> String {
    let local = time.local();
    let clock = local.format("%H:%M").to_string();
    match time.local_date().at_minute(local.hour() * 60 + local.minute(), true) {
        Err(_) => clock,
        Ok(second) if second.minutes_since(time) > 0 => format!("{clock} ({})", language.two("zomertijd", "summer time")),
        Ok(_) => format!("{clock} ({})", language.two("wintertijd", "winter time")),
    }
}

/// From one time to another where the day of the start stands beside it: `23:00 – 07:00`, and the day of the end when it is more than a
/// day later.
pub fn period(language: Language, from: Timestamp, until: Timestamp) -> String {
    let (first, last) = (from.local_date(), until.local_date());
    let text = format!("{} – {}", time(language, from), time(language, until));
    if (last.0 - first.0).num_days() > 1 { format!("{text} ({})", short_date(language, last)) } else { text }
}

/// A moment in the middle of a sentence: `di 24 nov 23:00`.
pub fn moment(language: Language, time_of: Timestamp) -> String {
    format!("{} {}", short_date(language, time_of.local_date()), time(language, time_of))
}

/// From one moment to another in the middle of a sentence: `di 24 nov 23:00 – wo 25 nov 07:00`, or `di 24 nov 07:00 – 15:00`.
pub fn moments(language: Language, from: Timestamp, until: Timestamp) -> String {
    let (first, last) = (from.local_date(), until.local_date());
    let end = if first == last { String::new() } else { format!("{} ", short_date(language, last)) };
    format!("{} {} – {end}{}", short_date(language, first), time(language, from), time(language, until))
}

/// An amount of money: `€ 32,50`.
pub fn euros(language: Language, cents: i64) -> String {
    let (whole, part) = (cents.div_euclid(100), cents.rem_euclid(100));
    language.two(format!("€ {whole},{part:02}"), format!("€{whole}.{part:02}"))
}

/// So much time: `8 uur`, `7 uur en 30 minuten`, `45 minuten`.
pub fn duration(language: Language, minutes: i64) -> String {
    let (hours, rest) = (minutes.div_euclid(60), minutes.rem_euclid(60));
    let hours_text = || match language {
        Language::Dutch => format!("{hours} uur"),
        Language::English if hours == 1 => "1 hour".to_owned(),
        Language::English => format!("{hours} hours"),
    };
    let rest_text = || match language {
        Language::Dutch if rest == 1 => "1 minuut".to_owned(),
        Language::Dutch => format!("{rest} minuten"),
        Language::English if rest == 1 => "1 minute".to_owned(),
        Language::English => format!("{rest} minutes"),
    };
    match (hours, rest) {
        (0, _) => rest_text(),
        (_, 0) => hours_text(),
        _ => format!("{} {} {}", hours_text(), language.two("en", "and"), rest_text()),
    }
}

/// So much time where it stands in a list: `7,5 uur`; as [`duration`] where that is no half hour.
pub fn hours(language: Language, minutes: i64) -> String {
    match minutes.rem_euclid(60) {
        30 if minutes > 60 => language.two(format!("{},5 uur", minutes / 60), format!("{}.5 hours", minutes / 60)),
        _ => duration(language, minutes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: &str, minute: u32, second_pass: bool) -> Timestamp {
        day.parse::<LocalDate>().expect("a day").at_minute(minute, second_pass).expect("a time")
    }

    #[test]
    fn days_are_written_in_both_languages() {
        let day: LocalDate = "2026-11-24".parse().expect("a day");
        assert_eq!(date(Language::Dutch, day), "dinsdag 24 november 2026");
        assert_eq!(date(Language::English, day), "Tuesday 24 November 2026");
        assert_eq!(title(Language::Dutch, day), "Dinsdag 24 november 2026");
        assert_eq!(short_date(Language::Dutch, day), "di 24 nov");
        assert_eq!(heading(Language::Dutch, day, day), "Vandaag, dinsdag 24 november");
        assert_eq!(heading(Language::Dutch, day, "2026-11-20".parse().expect("a day")), "Dinsdag 24 november");
        assert_eq!(heading(Language::English, day, "2026-11-23".parse().expect("a day")), "Tomorrow, Tuesday 24 November");
    }

    #[test]
    fn the_hour_that_comes_twice_says_which_pass_it_is() {
        assert_eq!(time(Language::Dutch, at("2026-10-25", 150, false)), "02:30 (zomertijd)");
        assert_eq!(time(Language::English, at("2026-10-25", 150, true)), "02:30 (winter time)");
        assert_eq!(time(Language::Dutch, at("2026-10-25", 180, false)), "03:00");
    }

    #[test]
    fn a_night_names_the_day_of_its_end_only_where_it_stands_alone() {
        let (from, until) = (at("2026-11-24", 23 * 60, false), at("2026-11-25", 7 * 60, false));
        assert_eq!(period(Language::Dutch, from, until), "23:00 – 07:00");
        assert_eq!(moments(Language::Dutch, from, until), "di 24 nov 23:00 – wo 25 nov 07:00");
        assert_eq!(moments(Language::English, at("2026-11-24", 420, false), at("2026-11-24", 900, false)), "Tue 24 Nov 07:00 – 15:00");
    }

    #[test]
    fn durations_read_as_people_say_them() {
        let cases = [(480, "8 uur", "8 hours"), (450, "7 uur en 30 minuten", "7 hours and 30 minutes"), (45, "45 minuten", "45 minutes")];
        for (minutes, dutch, english) in cases {
            assert_eq!((duration(Language::Dutch, minutes).as_str(), duration(Language::English, minutes).as_str()), (dutch, english));
        }
        let short = [(450, "7,5 uur"), (480, "8 uur"), (30, "30 minuten"), (285, "4 uur en 45 minuten")];
        for (minutes, dutch) in short {
            assert_eq!(hours(Language::Dutch, minutes), dutch);
        }
    }
}
