//! Messages that nobody means: every field of every request with what should never stand there, and bytes that are no message.
//!
//! They are made from the descriptors of the contract, one field at a time inside a message that is right otherwise, so that a new field
//! is tried without a word more.

use std::{collections::HashMap, sync::LazyLock};

use chassis::{frame::Peer, server::methods};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};
use tonic::{Code, Status};

use crate::{matrix::call, reason};

/// Longer than any text of the contract, and still a message that the server takes.
const LONG: [usize; 2] = [20_000, 1_000_000];
/// More than any list of the contract.
const MANY: usize = 100_000;
/// Fields within fields are looked into so far.
const DEPTH: usize = 4;

static CONTRACT: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(proto::DESCRIPTORS).expect("the contract's descriptors"));

/// How the service must answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Must {
    /// It is too much of something: `INVALID_ARGUMENT` or `REQUEST_TOO_LARGE`.
    Refuse,
    /// As it likes, but neither with a defect nor too late.
    Answer,
}

/// A call that nobody means.
#[derive(Debug, Clone)]
pub struct Wild {
    /// The RPC: `/regiopool.flexpool.v1.ShiftService/PublishShift`.
    pub method: &'static str,
    /// What is wild about it: `user.display_name: 20000 characters`.
    pub what: String,
    /// How it must be answered.
    pub must: Must,
    message: Vec<u8>,
}

/// Wild calls of every method of a package of the contract (`regiopool.flexpool.v1`). `right` has a right message for a method where there
/// is one; the others begin with an empty one.
pub fn wild(package: &str, right: &HashMap<&'static str, Vec<u8>>) -> Vec<Wild> {
    let mut all = Vec::new();
    for method in methods(package).into_keys() {
        let input = input(method);
        let message = right.get(method).map_or_else(
            || DynamicMessage::new(input.clone()),
            |bytes| DynamicMessage::decode(input.clone(), &**bytes).expect("a right message"),
        );
        let mut found = Vec::new();
        changes(&message, "", DEPTH, &mut found);
        let changed = found.into_iter().map(|(what, must, message)| Wild { method, what, must, message: message.encode_to_vec() });
        all.extend(changed);
        all.extend(no_messages(&message).into_iter().map(|(what, message)| Wild {
            method,
            what: what.to_owned(),
            must: Must::Refuse,
            message,
        }));
    }
    all
}

fn input(method: &str) -> MessageDescriptor {
    let (service, name) = method.trim_start_matches('/').split_once('/').expect("a path");
    let service = CONTRACT.get_service_by_name(service).expect("a service of the contract");
    service.methods().find(|method| method.name() == name).expect("a method of the service").input()
}

/// The message with one field changed, for each field and each change.
fn changes(message: &DynamicMessage, path: &str, depth: usize, found: &mut Vec<(String, Must, DynamicMessage)>) {
    for field in message.descriptor().fields() {
        let path = if path.is_empty() { field.name().to_owned() } else { format!("{path}.{}", field.name()) };
        for (what, must, value) in values(&field) {
            let mut changed = message.clone();
            changed.set_field(&field, value);
            found.push((format!("{path}: {what}"), must, changed));
        }
        let Kind::Message(kind) = field.kind() else { continue };
        let mut without = message.clone();
        without.clear_field(&field);
        found.push((format!("{path}: absent"), Must::Answer, without));
        if depth == 0 {
            continue;
        }
        let inner = match message.get_field(&field).as_ref() {
            Value::Message(inner) => Some(inner.clone()),
            Value::List(list) => list.first().and_then(Value::as_message).cloned(),
            _ => None,
        };
        let mut within = Vec::new();
        changes(&inner.unwrap_or_else(|| DynamicMessage::new(kind)), &path, depth - 1, &mut within);
        for (what, must, inner) in within {
            let mut changed = message.clone();
            let inner = Value::Message(inner);
            changed.set_field(&field, if field.is_list() { Value::List(vec![inner]) } else { inner });
            found.push((what, must, changed));
        }
    }
}

/// What should never stand in the field.
fn values(field: &FieldDescriptor) -> Vec<(String, Must, Value)> {
    let one = of_kind(&field.kind());
    if !field.is_list() {
        return one;
    }
    let entry = one.first().map_or_else(|| Value::default_value(&field.kind()), |(_, _, value)| value.clone());
    let short = match field.kind() {
        Kind::String => Value::String("x".to_owned()),
        kind => Value::default_value(&kind),
    };
    let lists = [(MANY, Must::Refuse), (1_000, Must::Answer), (200, Must::Answer), (50, Must::Answer)];
    let lists = lists.map(|(count, must)| (format!("{count} entries"), must, Value::List(vec![short.clone(); count])));
    let each = one.into_iter().map(|(what, must, value)| (format!("an entry of {what}"), must, Value::List(vec![value])));
    let twice = ("twice the same".to_owned(), Must::Answer, Value::List(vec![entry; 2]));
    lists.into_iter().chain(each).chain([twice]).collect()
}

fn of_kind(kind: &Kind) -> Vec<(String, Must, Value)> {
    let answer = |value: Value| (format!("{value:?}"), Must::Answer, value);
    match kind {
        Kind::String => {
            let long = LONG.map(|length| (format!("{length} characters"), Must::Refuse, Value::String("a".repeat(length))));
            let garbage = ["", " ", "\0", "a\u{0}b", "\u{202e}\u{1f937}\u{feff}", "'; DROP TABLE worker; --", "%_\\", "-1", "\u{fffd}"];
            let garbage = garbage.map(|text| answer(Value::String(text.to_owned())));
            garbage.into_iter().chain(long).collect()
        }
        Kind::Bytes => LONG.map(|length| (format!("{length} bytes"), Must::Refuse, Value::Bytes(vec![0xff; length].into()))).to_vec(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => [i32::MIN, -1, 0, 1, i32::MAX].map(|number| answer(Value::I32(number))).to_vec(),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => [i64::MIN, -1, 0, 1, i64::MAX].map(|number| answer(Value::I64(number))).to_vec(),
        Kind::Uint32 | Kind::Fixed32 => [0, u32::MAX].map(|number| answer(Value::U32(number))).to_vec(),
        Kind::Uint64 | Kind::Fixed64 => [0, u64::MAX].map(|number| answer(Value::U64(number))).to_vec(),
        Kind::Enum(_) => [i32::MIN, -1, 0, 9_999, i32::MAX].map(|number| answer(Value::EnumNumber(number))).to_vec(),
        Kind::Float => [f32::NAN, f32::INFINITY, -1.0].map(|number| answer(Value::F32(number))).to_vec(),
        Kind::Double => [f64::NAN, f64::INFINITY, -1.0].map(|number| answer(Value::F64(number))).to_vec(),
        Kind::Bool => vec![answer(Value::Bool(true)), answer(Value::Bool(false))],
        Kind::Message(_) => Vec::new(),
    }
}

/// Bytes that are no message, whatever the method.
fn no_messages(message: &DynamicMessage) -> Vec<(&'static str, Vec<u8>)> {
    let right = message.encode_to_vec();
    // Field 1 with a length that goes beyond the end; a wire type that there is none; a number that never ends.
    let mut all = vec![
        ("a field that is cut off", [&right[..], &[0x0a, 0x7f, 0x00]].concat()),
        ("a wire type that there is none", [&right[..], &[0x0f]].concat()),
        ("a number that never ends", [&right[..], &[0x08], &[0xff; 16]].concat()),
    ];
    let text = message.descriptor().fields().find(|field| field.kind() == Kind::String && field.number() < 16);
    if let Some(text) = text {
        let key = u8::try_from(text.number() << 3 | 2).expect("one byte");
        all.push(("a text that is not UTF-8", [&right[..], &[key, 2, 0xff, 0xfe]].concat()));
    }
    all
}

/// Makes the call, and says what came when it should not have.
pub async fn wrongly_answered(peer: &Peer, wild: &Wild, token: Option<&str>) -> Option<String> {
    let answer = call(peer.clone(), wild.method, wild.message.clone(), token).await;
    let good = match &answer {
        Ok(_) => wild.must == Must::Answer,
        Err(status) => is_good(status, wild.must),
    };
    let came = || answer.as_ref().map_or_else(|status| format!("{:?} {}", status.code(), reason(status)), |_| "an answer".to_owned());
    (!good).then(|| format!("{} with {}: {}", wild.method, wild.what, came()))
}

fn is_good(status: &Status, must: Must) -> bool {
    match status.code() {
        Code::InvalidArgument => true,
        Code::ResourceExhausted => reason(status) == "REQUEST_TOO_LARGE",
        Code::NotFound | Code::AlreadyExists | Code::FailedPrecondition | Code::PermissionDenied | Code::Unauthenticated => {
            must == Must::Answer
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_a_request_is_changed_also_within_others() {
        let all = wild("regiopool.members.v1", &HashMap::new());
        let of = |method: &str, what: &str| all.iter().any(|wild| wild.method.ends_with(method) && wild.what.starts_with(what));
        for what in
            ["user.display_name: 20000", "user.roles: 100000", "user.roles.organisation: 1000000", "request_id: ", "identity.issuer: "]
        {
            assert!(of("/CreateUser", what), "{what}");
        }
        assert!(of("/CreateWorker", "worker.birth_date.year: I32(-2147483648)") && of("/ListWards", "a text that is not UTF-8"));
        assert!(all.iter().all(|wild| wild.message.len() < 4_000_000), "what the door refuses for its size tries nothing behind it");
    }
}
