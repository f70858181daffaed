//! How exports write numbers.

use serde::Deserialize;

use super::notation::Reason;

/// What stands between whole and broken parts of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Decimal {
    #[serde(rename = ",")]
    Comma,
    #[serde(rename = ".")]
    Point,
}

impl Decimal {
    /// The sign.
    pub(super) fn sign(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Point => '.',
        }
    }

    /// Hours as minutes, to the nearest minute: `21,6` hours are 1,296 minutes.
    pub(super) fn minutes(self, cell: &str) -> Result<i32, Reason> {
        self.share(cell, 60, 1)
    }

    /// A part of a full week of so many minutes, to the nearest minute; `whole` is what a full week is written as: 1 or 100.
    pub(super) fn share(self, cell: &str, full_week: i32, whole: i32) -> Result<i32, Reason> {
        let share = i64::from(self.ten_thousandths(cell)?);
        let whole = i64::from(whole) * 10_000;
        i32::try_from((share * i64::from(full_week) + whole / 2) / whole).map_err(|_| "is more than can be worked".to_owned())
    }

    fn ten_thousandths(self, cell: &str) -> Result<i32, Reason> {
        let wrong = || format!("is not a number such as 21{}6", self.sign());
        let (whole, part) = cell.split_once(self.sign()).unwrap_or((cell, "0"));
        let good = |text: &str| (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if !good(whole) || !good(part) {
            return Err(wrong());
        }
        let whole: i32 = whole.parse().map_err(|_| wrong())?;
        let part: i32 = format!("{part:0<4}").parse().map_err(|_| wrong())?;
        Ok(whole * 10_000 + part)
    }
}

/// A whole number.
pub(super) fn whole_number(cell: &str) -> Result<i32, Reason> {
    cell.parse().map_err(|_| "is not a whole number".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn hours_become_whole_minutes() {
        for (cell, minutes) in [("24,00", 1440), ("0,00", 0), ("36", 2160), ("21,6", 1296), ("28,33", 1700), ("7,5", 450)] {
            assert_eq!(Decimal::Comma.minutes(cell), Ok(minutes), "{cell}");
        }
        assert_eq!(Decimal::Point.minutes("7.5"), Ok(450));
        assert_eq!(Decimal::Comma.share("0,6667", 36 * 60, 1), Ok(1440));
        assert_eq!(Decimal::Point.share("66.67", 36 * 60, 100), Ok(1440));
        for cell in ["", "24.00", "24,", ",5", "-4", "1e3", "24,00,0", "99999"] {
            assert!(Decimal::Comma.minutes(cell).is_err(), "{cell}");
        }
    }

    proptest! {
        #[test]
        fn no_cell_stops_the_import(cell in ".{0,12}") {
            let _ = Decimal::Comma.minutes(&cell);
            let _ = Decimal::Point.share(&cell, 2_160, 100);
            let _ = whole_number(&cell);
        }
    }
}
