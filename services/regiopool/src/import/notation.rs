//! How exports write dates, times, numbers and lists: a closed set of notations that a map chooses from, so that another roster system
//! needs another map and no code.

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
    Year,
    ShortYear,
}

/// How dates are written: `dd`, `mm` and `yyyy` or `yy` in any order, with one of `- / .` or nothing between them.
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
        let wrong =
            || format!("{text:?} is no date notation: expected dd, mm and yyyy or yy with - / . or nothing between, as in \"dd-mm-yyyy\"");
        let separator = text.chars().find(|c| !c.is_ascii_alphabetic());
        let tokens: Vec<&str> = match separator {
            Some(c @ ('-' | '/' | '.')) => text.split(c).collect(),
            Some(_) => return Err(wrong()),
            None => text.as_bytes().chunk_by(|a, b| a == b).filter_map(|run| std::str::from_utf8(run).ok()).collect(),
        };
        let part = |token: &&str| match *token {
            "dd" => Some(Part::Day),
            "mm" => Some(Part::Month),
            "yyyy" => Some(Part::Year),
            "yy" => Some(Part::ShortYear),
            _ => None,
        };
        let parts: Option<Vec<Part>> = tokens.iter().map(part).collect();
        let parts: [Part; 3] = parts.and_then(|parts| parts.try_into().ok()).ok_or_else(wrong)?;
        let has = |wanted: &[Part]| parts.iter().filter(|part| wanted.contains(part)).count() == 1;
        if has(&[Part::Day]) && has(&[Part::Month]) && has(&[Part::Year, Part::ShortYear]) {
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

/// How times are written: `hh` and `mm` with one of `: . u h` or nothing between them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct TimeNotation {
    text: String,
    separator: Option<char>,
}

impl TryFrom<String> for TimeNotation {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let between = text.strip_prefix("hh").and_then(|rest| rest.strip_suffix("mm"));
        let separator = match between {
            Some("") => None,
            Some(":" | "." | "u" | "h") => between.and_then(|between| between.chars().next()),
            _ => return Err(format!("{text:?} is no time notation: expected hh:mm, hh.mm, hhumm, hhhmm or hhmm")),
        };
        Ok(Self { text, separator })
    }
}

impl TimeNotation {
    /// Minutes since midnight, 0 to 1440: midnight at the end of a day may be written as 24:00.
    pub(super) fn parse(&self, cell: &str) -> Result<u32, Reason> {
        let wrong = || format!("is not a time as {}", self.text);
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

/// What stands between whole and broken parts of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Decimal {
    #[serde(rename = ",")]
    Comma,
    #[serde(rename = ".")]
    Point,
}

impl Decimal {
    fn sign(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Point => '.',
        }
    }

    /// Hours as minutes, to the nearest minute: `21,6` hours are 1,296 minutes.
    pub(super) fn minutes(self, cell: &str) -> Result<i32, Reason> {
        let wrong = || format!("is not a number of hours such as 21{}6", self.sign());
        let (whole, part) = cell.split_once(self.sign()).unwrap_or((cell, "0"));
        let good = |text: &str| (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if !good(whole) || !good(part) {
            return Err(wrong());
        }
        let hours: i32 = whole.parse().map_err(|_| wrong())?;
        let ten_thousandths: i32 = format!("{part:0<4}").parse().map_err(|_| wrong())?;
        Ok(hours * 60 + (ten_thousandths * 60 + 5_000) / 10_000)
    }
}

/// A whole number.
pub(super) fn whole_number(cell: &str) -> Result<i32, Reason> {
    cell.parse().map_err(|_| "is not a whole number".to_owned())
}

/// The codes of a list of skills in a roster system's own words: lower case, hyphens for blanks, each once.
pub(super) fn codes(cell: &str, separator: char) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    for word in cell.split(separator) {
        let code = word.split_whitespace().collect::<Vec<_>>().join("-").to_lowercase();
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
        for text in ["", "dd-mm", "dd-mm-yyyy-dd", "dd-mm/yyyy", "jj-mm-dddd", "dd-dd-yyyy", "dd mm yyyy", "DD-MM-YYYY", "dd-mm-yyyy "] {
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
    fn hours_become_whole_minutes() {
        for (cell, minutes) in [("24,00", 1440), ("0,00", 0), ("36", 2160), ("21,6", 1296), ("28,33", 1700), ("7,5", 450)] {
            assert_eq!(Decimal::Comma.minutes(cell), Ok(minutes), "{cell}");
        }
        assert_eq!(Decimal::Point.minutes("7.5"), Ok(450));
        for cell in ["", "24.00", "24,", ",5", "-4", "1e3", "24,00,0", "99999"] {
            assert!(Decimal::Comma.minutes(cell).is_err(), "{cell}");
        }
    }

    #[test]
    fn skills_become_codes() {
        assert_eq!(codes("BHV|medicatie  delen| tilliften |bhv||", '|'), ["bhv", "medicatie-delen", "tilliften"]);
        assert!(codes("", '|').is_empty());
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
            let _ = Decimal::Comma.minutes(&cell);
            let _ = codes(&cell, '|');
        }
    }
}
