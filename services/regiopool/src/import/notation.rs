//! How exports write dates, times and lists: a closed set of notations that a map chooses from, so that another roster system
//! needs another map and no code.

use std::{collections::BTreeMap, fmt};

use chassis::time::LocalDate;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

/// Why a cell is not a value. Sentence parts that read on from the column's title; never the value itself, which may be personal.
pub(super) type Reason = String;

/// One part of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Day,
    Month,
    NamedMonth,
    Year,
    ShortYear,
}

/// How months are named, by their first three letters: in Dutch, and in English where it differs.
const MONTHS: &[(&str, i32)] = &[
    ("jan", 1),
    ("feb", 2),
    ("mrt", 3),
    ("maa", 3),
    ("mar", 3),
    ("apr", 4),
    ("mei", 5),
    ("may", 5),
    ("jun", 6),
    ("jul", 7),
    ("aug", 8),
    ("sep", 9),
    ("okt", 10),
    ("oct", 10),
    ("nov", 11),
    ("dec", 12),
];

/// How dates are written: `dd`, `mm` or a name `mmm`, and `yyyy` or `yy` in any order, with one of `- / .`, a blank or nothing between.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct DateNotation {
    text: String,
    parts: [Part; 3],
    separator: Option<char>,
}

impl TryFrom<String> for DateNotation {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no date notation: expected dd, mm (or mmm for names) and yyyy or yy with - / . or a blank or nothing between, as in \"dd-mm-yyyy\""
            )
        };
        let separator = text.chars().find(|c| !c.is_ascii_alphabetic());
        let tokens: Vec<&str> = match separator {
            Some(c @ ('-' | '/' | '.' | ' ')) => text.split(c).collect(),
            Some(_) => return Err(wrong()),
            None => text.as_bytes().chunk_by(|a, b| a == b).filter_map(|run| std::str::from_utf8(run).ok()).collect(),
        };
        let part = |token: &&str| match *token {
            "dd" => Some(Part::Day),
            "mm" => Some(Part::Month),
            // A name has no fixed length: something must end it.
            "mmm" if separator.is_some() => Some(Part::NamedMonth),
            "yyyy" => Some(Part::Year),
            "yy" => Some(Part::ShortYear),
            _ => None,
        };
        let parts: Option<Vec<Part>> = tokens.iter().map(part).collect();
        let parts: [Part; 3] = parts.and_then(|parts| parts.try_into().ok()).ok_or_else(wrong)?;
        let has = |wanted: &[Part]| parts.iter().filter(|part| wanted.contains(part)).count() == 1;
        if has(&[Part::Day]) && has(&[Part::Month, Part::NamedMonth]) && has(&[Part::Year, Part::ShortYear]) {
            Ok(Self { parts, separator, text })
        } else {
            Err(wrong())
        }
    }
}

impl DateNotation {
    /// The day that a cell names. A year of two digits is the latest one not after `latest_year`.
    pub(super) fn parse(&self, cell: &str, latest_year: i32) -> Result<LocalDate, Reason> {
        let wrong = || format!("is not a date as {}", self.text);
        let pieces: Vec<&str> = match self.separator {
            Some(separator) => cell.split(separator).collect(),
            None => self.cut(cell).ok_or_else(wrong)?,
        };
        if pieces.len() != 3 {
            return Err(wrong());
        }
        let (mut day, mut month, mut year) = (0, 0, 0);
        for (part, piece) in self.parts.iter().zip(pieces) {
            let digits = piece.len();
            if *part == Part::NamedMonth {
                month = named_month(piece).ok_or_else(wrong)?;
                continue;
            }
            if !piece.bytes().all(|b| b.is_ascii_digit()) || !(1..=4).contains(&digits) {
                return Err(wrong());
            }
            let number: i32 = piece.parse().map_err(|_| wrong())?;
            match part {
                Part::Day if digits <= 2 => day = number,
                Part::Month if digits <= 2 => month = number,
                Part::Year if digits == 4 => year = number,
                Part::ShortYear if digits == 2 => year = latest_year - (latest_year - number).rem_euclid(100),
                _ => return Err(wrong()),
            }
        }
        let (month, day) = (u32::try_from(month).map_err(|_| wrong())?, u32::try_from(day).map_err(|_| wrong())?);
        let date = NaiveDate::from_ymd_opt(year, month, day).filter(|date| (1900..=9999).contains(&date.year()));
        date.map(LocalDate).ok_or_else(|| "is a date that does not exist".to_owned())
    }

    fn cut<'a>(&self, cell: &'a str) -> Option<Vec<&'a str>> {
        let mut rest = cell;
        let mut pieces = Vec::with_capacity(3);
        for part in self.parts {
            let (piece, after) = rest.split_at_checked(if part == Part::Year { 4 } else { 2 })?;
            pieces.push(piece);
            rest = after;
        }
        rest.is_empty().then_some(pieces)
    }
}

impl Default for DateNotation {
    fn default() -> Self {
        Self { text: "yyyy-mm-dd".to_owned(), parts: [Part::Year, Part::Month, Part::Day], separator: Some('-') }
    }
}

impl fmt::Display for DateNotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Default for TimeNotation {
    fn default() -> Self {
        Self { text: "hh:mm".to_owned(), separator: Some(':'), seconds: false }
    }
}

impl fmt::Display for TimeNotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The number of a month by its name, written out or short, with or without a full stop.
fn named_month(name: &str) -> Option<i32> {
    let name = name.trim_end_matches('.').to_lowercase();
    let first: String = name.chars().take(3).collect();
    let known = name.chars().all(char::is_alphabetic).then(|| MONTHS.iter().find(|(short, _)| *short == first))?;
    known.map(|(_, number)| *number)
}

/// How times are written: `hh` and `mm` with one of `: . u h` or nothing between them, and `ss` after a colon where seconds are written.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct TimeNotation {
    text: String,
    separator: Option<char>,
    seconds: bool,
}

impl TryFrom<String> for TimeNotation {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (short, seconds) = text.strip_suffix(":ss").map_or((text.as_str(), false), |short| (short, true));
        let between = short.strip_prefix("hh").and_then(|rest| rest.strip_suffix("mm"));
        let separator = match between {
            Some("") => None,
            Some(":" | "." | "u" | "h") => between.and_then(|between| between.chars().next()),
            _ => return Err(format!("{text:?} is no time notation: expected hh:mm, hh:mm:ss, hh.mm, hhumm, hhhmm or hhmm")),
        };
        Ok(Self { separator, seconds, text })
    }
}

impl TimeNotation {
    /// The same, and whether it is the second time in the night in which an hour is repeated: `02:30*`.
    pub(super) fn clock(&self, cell: &str) -> Result<(u32, bool), Reason> {
        match cell.strip_suffix('*') {
            Some(cell) => Ok((self.parse(cell)?, true)),
            None => Ok((self.parse(cell)?, false)),
        }
    }

    /// Minutes since midnight, 0 to 1440: midnight at the end of a day may be written as 24:00.
    pub(super) fn parse(&self, cell: &str) -> Result<u32, Reason> {
        let wrong = || format!("is not a time as {}", self.text);
        // Work begins and ends on whole minutes: seconds are written, but mean nothing.
        let cell = if self.seconds { cell.strip_suffix(":00").ok_or_else(wrong)? } else { cell };
        let (hours, minutes) = match self.separator {
            Some(separator) => cell.split_once(separator).ok_or_else(wrong)?,
            None => cell.len().checked_sub(2).and_then(|at| cell.split_at_checked(at)).ok_or_else(wrong)?,
        };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !(1..=2).contains(&hours.len()) || minutes.len() != 2 || !digits(hours) || !digits(minutes) {
            return Err(wrong());
        }
        let (hours, minutes): (u32, u32) = (hours.parse().map_err(|_| wrong())?, minutes.parse().map_err(|_| wrong())?);
        match (hours, minutes) {
            (0..=23, 0..=59) | (24, 0) => Ok(hours * 60 + minutes),
            _ => Err("is a time that does not exist".to_owned()),
        }
    }
}

/// The codes of a list of skills, each once: as the map names them, else a roster system's own words in lower case with hyphens for blanks.
pub(super) fn codes(cell: &str, separator: char, named: &BTreeMap<String, String>) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for word in cell.split(separator) {
        let word = key(word);
        let code = named.get(&word).cloned().unwrap_or_else(|| word.replace(' ', "-"));
        if !code.is_empty() && !codes.contains(&code) {
            codes.push(code);
        }
    }
    codes
}

/// A title or name as it is looked up: blanks around it and case do not matter.
pub(super) fn key(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(notation: &str, cell: &str) -> Result<String, Reason> {
        DateNotation::try_from(notation.to_owned()).expect("a notation").parse(cell, 2056).map(|date| date.to_string())
    }

    fn time(notation: &str, cell: &str) -> Result<u32, Reason> {
        TimeNotation::try_from(notation.to_owned()).expect("a notation").parse(cell)
    }

    #[test]
    fn every_notation_names_the_same_day() {
        for (notation, cell) in [
            ("dd-mm-yyyy", "28-03-2027"),
            ("dd-mm-yyyy", "28-3-2027"),
            ("dd/mm/yy", "28/03/27"),
            ("mm/dd/yyyy", "3/28/2027"),
            ("mm/dd/yy", "03/28/27"),
            ("yyyy-mm-dd", "2027-03-28"),
            ("yyyymmdd", "20270328"),
            ("ddmmyy", "280327"),
            ("dd.mm.yyyy", "28.03.2027"),
            ("dd mmm yyyy", "28 maart 2027"),
            ("dd-mmm-yy", "28-Mar-27"),
            ("mmm dd yyyy", "mrt. 28 2027"),
        ] {
            assert_eq!(date(notation, cell).as_deref(), Ok("2027-03-28"), "{notation} {cell}");
        }
    }

    #[test]
    fn a_day_that_is_on_no_calendar_is_told_from_another_notation() {
        for cell in ["31-02-1980", "00-01-1980", "01-13-1980", "29-02-2027"] {
            assert_eq!(date("dd-mm-yyyy", cell), Err("is a date that does not exist".to_owned()), "{cell}");
        }
        for cell in ["", "1980-02-01", "01/02/1980", "1-2", "01-02-80", "1-2-3-4", "aa-bb-cccc", "+1-02-1980", "001-02-1980"] {
            assert_eq!(date("dd-mm-yyyy", cell), Err("is not a date as dd-mm-yyyy".to_owned()), "{cell}");
        }
        assert_eq!(date("yyyymmdd", "2027032"), Err("is not a date as yyyymmdd".to_owned()));
        assert_eq!(date("yyyymmdd", "2027é328"), Err("is not a date as yyyymmdd".to_owned()));
    }

    #[test]
    fn a_year_of_two_digits_is_the_latest_that_can_be_meant() {
        let short = DateNotation::try_from("dd/mm/yy".to_owned()).expect("a notation");
        let birth = |cell| short.parse(cell, 2026).map(|date| date.to_string());
        assert_eq!(birth("05/12/68").as_deref(), Ok("1968-12-05"));
        assert_eq!(birth("18/10/05").as_deref(), Ok("2005-10-18"));
        assert_eq!(birth("18/10/26").as_deref(), Ok("2026-10-18"));
        assert_eq!(birth("18/10/27").as_deref(), Ok("1927-10-18"));
    }

    #[test]
    fn a_notation_that_is_none_says_what_is_expected() {
        for text in ["", "dd-mm", "dd-mm-yyyy-dd", "dd-mm/yyyy", "jj-mm-dddd", "dd-dd-yyyy", "ddmmmyyyy", "DD-MM-YYYY", "dd-mm-yyyy "] {
            assert!(DateNotation::try_from(text.to_owned()).is_err_and(|e| e.contains("\"dd-mm-yyyy\"")), "{text}");
        }
        for text in ["", "hh", "hh-mm", "mm:hh", "HH:MM"] {
            assert!(TimeNotation::try_from(text.to_owned()).is_err_and(|e| e.contains("hh:mm")), "{text}");
        }
    }

    #[test]
    fn every_notation_names_the_same_time() {
        for (notation, cell) in [
            ("hh:mm", "7:00"),
            ("hh:mm", "07:00"),
            ("hh.mm", "07.00"),
            ("hhmm", "0700"),
            ("hhmm", "700"),
            ("hhumm", "7u00"),
            ("hhhmm", "7h00"),
            ("hh:mm:ss", "07:00:00"),
        ] {
            assert_eq!(time(notation, cell), Ok(420), "{notation} {cell}");
        }
        assert_eq!(time("hh:mm", "24:00"), Ok(1440));
        assert_eq!(time("hh:mm", "00:00"), Ok(0));
    }

    #[test]
    fn a_time_that_no_clock_shows_is_told_from_another_notation() {
        for cell in ["25:00", "24:01", "07:60"] {
            assert_eq!(time("hh:mm", cell), Err("is a time that does not exist".to_owned()), "{cell}");
        }
        assert_eq!(time("hhmm", "2500"), Err("is a time that does not exist".to_owned()));
        for cell in ["", "7", "07.00", "0700", "7:0", "007:00", ":00", "-1:00", "07:00:00", "é:00"] {
            assert_eq!(time("hh:mm", cell), Err("is not a time as hh:mm".to_owned()), "{cell}");
        }
        assert_eq!(time("hhmm", "7é"), Err("is not a time as hhmm".to_owned()));
    }

    #[test]
    fn skills_become_codes() {
        let named = BTreeMap::from([("med. delen".to_owned(), "medicatie-delen".to_owned())]);
        assert_eq!(codes("BHV|medicatie  delen| tilliften |bhv||Med.  delen", '|', &named), ["bhv", "medicatie-delen", "tilliften"]);
        assert!(codes("", '|', &named).is_empty());
    }

    proptest! {
        #[test]
        fn a_written_day_is_read_back(days in 0i64..60_000, notation in prop::sample::select(vec![
            ("dd-mm-yyyy", "%d-%m-%Y"), ("mm/dd/yyyy", "%m/%d/%Y"), ("yyyy-mm-dd", "%Y-%m-%d"), ("yyyymmdd", "%Y%m%d"),
            ("dd.mm.yyyy", "%d.%m.%Y"), ("yyyy/dd/mm", "%Y/%d/%m"),
        ])) {
            let day = NaiveDate::from_ymd_opt(1900, 1, 1).expect("a day") + chrono::Days::new(days.unsigned_abs());
            prop_assert_eq!(date(notation.0, &day.format(notation.1).to_string()), Ok(LocalDate(day).to_string()));
        }

        #[test]
        fn a_written_time_is_read_back(minute in 0u32..1440, notation in prop::sample::select(vec![("hh:mm", ":"), ("hh.mm", "."), ("hhmm", "")])) {
            let cell = format!("{:02}{}{:02}", minute / 60, notation.1, minute % 60);
            prop_assert_eq!(time(notation.0, &cell), Ok(minute));
        }

        #[test]
        fn no_cell_stops_the_import(cell in ".{0,12}") {
            for notation in ["dd-mm-yyyy", "yyyymmdd", "dd/mm/yy"] {
                let _ = date(notation, &cell);
            }
            for notation in ["hh:mm", "hhmm"] {
                let _ = time(notation, &cell);
            }
            let _ = codes(&cell, '|', &BTreeMap::new());
        }
    }
}
