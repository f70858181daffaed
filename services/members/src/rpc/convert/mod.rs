//! From messages to commands that cannot hold a bad value, and back. All that is wrong with a message is told at once.

mod agreements;
mod consents;
mod employments;
mod identity;
mod imports;
mod links;
mod messages;
mod organisations;
mod pools;
mod reads;
mod unavailability;
mod wards;
mod workers;

use chassis::{ids::InvalidId, page::Page, time::LocalDate, validate::Fields};
use serde::{Serialize, de::DeserializeOwned};

pub(super) use agreements::*;
pub(super) use consents::*;
pub(super) use employments::*;
pub use identity::role_to_proto;
pub(super) use identity::*;
pub(super) use imports::*;
pub(super) use links::*;
pub(super) use messages::*;
pub(super) use organisations::*;
pub(super) use pools::*;
pub(super) use reads::*;
pub(super) use unavailability::*;
pub(super) use wards::*;
pub(super) use workers::*;

use crate::domain::span::Span;

/// Longest name of anything.
const NAME: usize = 120;

/// The version that an etag names; what was never given is the version of nothing.
fn version(fields: &mut Fields, field: &str, text: &str) -> Option<i64> {
    etag(fields, field, text).map(|text| text.parse().unwrap_or(-1))
}

/// A message that must be there.
fn message<'a, T>(fields: &mut Fields, field: &str, message: Option<&'a T>) -> Option<&'a T> {
    if message.is_none() {
        fields.violation(field, "is required");
    }
    message
}

/// A value of an enum.
fn choice<T>(fields: &mut Fields, field: &str, number: i32, parse: impl Fn(i32) -> Option<T>) -> Option<T> {
    let value = parse(number);
    match (&value, number) {
        (Some(_), _) => {}
        (None, 0) => fields.violation(field, "is required"),
        (None, _) => fields.violation(field, "is not a value of its enum"),
    }
    value
}

/// Ids of `min..=max` things.
fn ids<T: std::str::FromStr<Err = InvalidId>>(fields: &mut Fields, field: &str, ids: &[String], min: usize, max: usize) -> Option<Vec<T>> {
    if !(min..=max).contains(&ids.len()) {
        fields.violation(field, format!("is not {min} to {max} ids"));
        return None;
    }
    // Not stopped at the first: every wrong one is told.
    let parsed: Vec<Option<T>> = ids.iter().enumerate().map(|(n, id)| fields.id(&format!("{field}[{n}]"), id)).collect();
    parsed.into_iter().collect()
}

/// The paths of a change; each must be one of these, and there must be one.
fn mask(fields: &mut Fields, mask: Option<&prost_types::FieldMask>, allowed: &[&'static str]) -> Vec<&'static str> {
    let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
    if paths.is_empty() {
        fields.violation("update_mask", "is required: at least one path");
    }
    let mut found = Vec::new();
    for (n, path) in paths.iter().enumerate() {
        match allowed.iter().find(|allowed| *allowed == path) {
            Some(path) if found.contains(path) => fields.violation(format!("update_mask.paths[{n}]"), "is there twice"),
            Some(path) => found.push(*path),
            None => fields.violation(format!("update_mask.paths[{n}]"), format!("is not one of {}", allowed.join(", "))),
        }
    }
    found
}

/// The etag of what is changed.
fn etag(fields: &mut Fields, field: &str, etag: &str) -> Option<String> {
    fields.text(field, etag, 40)
}

/// Longest text that may come as it was read with what an update leaves alone.
const AS_READ: usize = 1000;

/// Bounds the texts of a message that an update of these paths leaves alone and that come as they were read.
fn as_read(fields: &mut Fields, message: &str, texts: &[(&str, &String)], paths: &[&str]) {
    for (name, text) in texts.iter().filter(|(name, _)| !paths.contains(name)) {
        if text.chars().count() > AS_READ {
            fields.violation(format!("{message}.{name}"), format!("is longer than {AS_READ} characters"));
        }
    }
}

/// Two days of which the second may be absent and is not before the first.
fn span(fields: &mut Fields, until_field: &str, from: Option<LocalDate>, until: Option<LocalDate>) -> Span {
    let span = Span { from, until };
    if !span.is_forward() {
        fields.violation(until_field, "is before the first day");
    }
    span
}

/// The page that is asked for.
fn page<K: Serialize + DeserializeOwned>(fields: &mut Fields, size: i32, token: &str, list: &str) -> Option<Page<K>> {
    fields.page(size, token, list)
}
