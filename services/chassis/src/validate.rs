//! Parse, don't validate: from the fields of a request to values that cannot be wrong, with every violation found in one pass.

use std::str::FromStr;

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    error::{Error, Result, Violation},
    ids::InvalidId,
    page::Page,
    time::{LocalDate, Timestamp},
};

/// So many violations are told at most: the answer has to fit into the trailers of a call, and who has so many asks again anyway.
const MOST: usize = 50;

/// Collects violations. Take each field through a method, then ask [`Fields::finish`] once; values are `None` only where a violation
/// was noted.
#[derive(Debug, Default)]
pub struct Fields {
    violations: Vec<Violation>,
}

impl Fields {
    /// Nothing found yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that a field is not right. `expected` reads on from the field's name.
    pub fn violation(&mut self, field: impl Into<String>, expected: impl Into<String>) {
        if self.violations.len() < MOST {
            self.violations.push(Violation { field: field.into(), expected: expected.into() });
        }
    }

    /// The id in a required field.
    pub fn id<T: FromStr<Err = InvalidId>>(&mut self, field: &str, text: &str) -> Option<T> {
        if text.is_empty() {
            self.violation(field, "is required");
            return None;
        }
        text.parse().inspect_err(|e: &InvalidId| self.violation(field, format!("is not an id of this kind: {e}"))).ok()
    }

    /// The id in a field that may be empty.
    pub fn optional_id<T: FromStr<Err = InvalidId>>(&mut self, field: &str, text: &str) -> Option<T> {
        if text.is_empty() { None } else { self.id(field, text) }
    }

    /// Text without blanks around it, of `1..=max` characters, without control characters.
    pub fn text(&mut self, field: &str, text: &str, max: usize) -> Option<String> {
        let text = text.trim();
        if text.is_empty() {
            self.violation(field, "is required");
            None
        } else if text.chars().count() > max {
            self.violation(field, format!("is longer than {max} characters"));
            None
        } else if text.chars().any(char::is_control) {
            self.violation(field, "has control characters");
            None
        } else {
            Some(text.to_owned())
        }
    }

    /// As [`Fields::text`], but may be empty.
    pub fn optional_text(&mut self, field: &str, text: &str, max: usize) -> String {
        if text.trim().is_empty() { String::new() } else { self.text(field, text, max).unwrap_or_default() }
    }

    /// A whole number between two bounds.
    pub fn number(&mut self, field: &str, number: i32, min: i32, max: i32) -> Option<i32> {
        if (min..=max).contains(&number) {
            Some(number)
        } else {
            self.violation(field, format!("is not between {min} and {max}"));
            None
        }
    }

    /// A required day.
    pub fn date(&mut self, field: &str, date: Option<&proto::Date>) -> Option<LocalDate> {
        let Some(date) = date else {
            self.violation(field, "is required");
            return None;
        };
        let parsed = LocalDate::from_proto(date);
        if parsed.is_none() {
            self.violation(field, "is not a day between 1900 and 9999");
        }
        parsed
    }

    /// A day that may be absent.
    pub fn optional_date(&mut self, field: &str, date: Option<&proto::Date>) -> Option<LocalDate> {
        date.and_then(|_| self.date(field, date))
    }

    /// A required instant.
    pub fn timestamp(&mut self, field: &str, time: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
        let Some(time) = time else {
            self.violation(field, "is required");
            return None;
        };
        let parsed = Timestamp::from_proto(time);
        if parsed.is_none() {
            self.violation(field, "is not a time between the years 1 and 9999");
        }
        parsed
    }

    /// A postcode such as `5825 AB` or `5825AB`, given back as `5825AB` (IDN-06).
    pub fn postcode(&mut self, field: &str, text: &str) -> Option<String> {
        let compact: String = text.trim().replacen(' ', "", 1).to_uppercase();
        let bytes = compact.as_bytes();
        let good = bytes.len() == 6
            && matches!(bytes[0], b'1'..=b'9')
            && bytes[1..4].iter().all(u8::is_ascii_digit)
            && bytes[4..].iter().all(u8::is_ascii_uppercase)
            && !matches!(&bytes[4..], b"SA" | b"SD" | b"SS");
        if good {
            Some(compact)
        } else {
            self.violation(field, "is not a Dutch postcode such as 5825AB (IDN-06)");
            None
        }
    }

    /// A field that only the service fills.
    pub fn output_only(&mut self, field: &str, empty: bool) {
        if !empty {
            self.violation(field, "is set by the service and must be empty");
        }
    }

    /// The page that is asked for. A wrong size does not hide a wrong token.
    pub fn page<K: Serialize + DeserializeOwned>(&mut self, size: i32, token: &str, list: &str) -> Option<Page<K>> {
        let wrong = [Page::<K>::parse(size, "", list).err(), Page::<K>::parse(0, token, list).err()];
        for error in wrong.into_iter().flatten() {
            if let Error::Invalid(violations) = error {
                self.violations.extend(violations);
            }
        }
        Page::parse(size, token, list).ok()
    }

    /// The id that makes a repetition harmless: a UUID (D25).
    pub fn request_id(&mut self, text: &str) -> Option<Uuid> {
        match Uuid::try_parse(text) {
            Ok(id) if !id.is_nil() => Some(id),
            _ => {
                self.violation("request_id", "is not a UUID (D25)");
                None
            }
        }
    }

    /// Refuses with all that was found, if anything was.
    pub fn finish(self) -> Result<()> {
        if self.violations.is_empty() { Ok(()) } else { Err(Error::Invalid(self.violations)) }
    }

    /// `finish`, for a value that is `Some` unless something was found.
    pub fn finish_with<T>(self, value: Option<T>) -> Result<T> {
        self.finish()?;
        value.ok_or_else(|| Error::internal("a field was dropped without a violation"))
    }
}
