//! The typed metadata of a reason, read back from the texts in which it travels.

use std::collections::HashMap;

use chassis::time::{LocalDate, Timestamp};
use chrono::DateTime;
use proto::members::FunctionLevel;

use crate::{Language, clock, states};

/// What a reason was measured on. What is absent or cannot be read is left out of the sentence.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a>(pub &'a HashMap<String, String>);

impl<'a> Facts<'a> {
    /// The text under a key, if it is there and not empty.
    pub fn text(self, key: &str) -> Option<&'a str> {
        self.0.get(key).map(String::as_str).filter(|text| !text.is_empty())
    }

    /// Whether the key says `true`.
    pub fn is_true(self, key: &str) -> bool {
        self.text(key) == Some("true")
    }

    /// The number under a key.
    pub fn number(self, key: &str) -> Option<i64> {
        self.text(key)?.parse().ok()
    }

    /// An instant: microseconds, or RFC 3339.
    pub fn instant(self, key: &str) -> Option<Timestamp> {
        let text = self.text(key)?;
        let written = || DateTime::parse_from_rfc3339(text).ok().map(|time| Timestamp(time.timestamp_micros()));
        text.parse().ok().map(Timestamp).or_else(written)
    }

    /// A day in words: `di 24 nov`.
    pub fn day(self, language: Language, key: &str) -> Option<String> {
        self.text(key)?.parse::<LocalDate>().ok().map(|date| clock::short_date(language, date))
    }

    /// An instant in words: `di 24 nov 23:00`.
    pub fn moment(self, language: Language, key: &str) -> Option<String> {
        Some(clock::moment(language, self.instant(key)?))
    }

    /// The period between two instants in words.
    pub fn moments(self, language: Language, from: &str, until: &str) -> Option<String> {
        Some(clock::moments(language, self.instant(from)?, self.instant(until)?))
    }

    /// So much time in words.
    pub fn duration(self, language: Language, key: &str) -> Option<String> {
        self.number(key).map(|minutes| clock::duration(language, minutes))
    }

    /// A function level, given by the name or the number of its value.
    pub fn function_level(self, language: Language, key: &str) -> Option<&'static str> {
        let text = self.text(key)?;
        let level = FunctionLevel::from_str_name(text)
            .or_else(|| FunctionLevel::from_str_name(&format!("FUNCTION_LEVEL_{}", text.to_uppercase().replace('-', "_"))))
            .or_else(|| text.parse::<i32>().ok().and_then(|number| FunctionLevel::try_from(number).ok()))?;
        Some(states::function_level(language, level))
    }
}
