//! Which RPCs of a service answer with data of a person, read from the contract, and what its table says about each.

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use prost_types::{DescriptorProto, FileDescriptorSet, MethodDescriptorProto};

/// Whether the answers of an RPC are on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Each is, except for what people see of themselves.
    Recorded,
    /// They are not, and why they need not be.
    Not(&'static str),
}

/// A row of a service's table: an RPC whose answers hold something of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// The RPC: `/regiopool.members.v1.WorkerService/GetWorker`.
    pub method: &'static str,
    /// Whether it is on record.
    pub kept: Kept,
}

impl Answer {
    /// The RPC as it stands in the record: `WorkerService/GetWorker`.
    pub fn short(&self) -> &'static str {
        self.method.rsplit_once('.').map_or(self.method, |(_, short)| short)
    }
}

/// Fields that say that a message is about a person.
const PERSONAL: &[&str] = &[
    "worker",
    "workers",
    "candidate",
    "first_name",
    "last_name",
    "display_name",
    "reader_name",
    "birth_date",
    "big_number",
    "personnel_number",
    "email",
];

/// Where a service's table and the contract of its package differ: RPCs that the table forgets, whose answers hold a message about a person
/// or say something of one whom the request names, and rows for which there is no such RPC. For one test per service.
pub fn mistakes(package: &str, table: &[Answer]) -> Vec<String> {
    let Ok(set) = FileDescriptorSet::decode(proto::DESCRIPTORS) else { return vec!["the contract cannot be read".to_owned()] };
    let mut messages = BTreeMap::new();
    for file in &set.file {
        for message in &file.message_type {
            collect(&format!(".{}", file.package()), message, &mut messages);
        }
    }
    let files = set.file.iter().filter(|file| file.package() == package);
    let methods = files
        .flat_map(|file| &file.service)
        .flat_map(|service| service.method.iter().map(move |method| (format!("/{package}.{}/{}", service.name(), method.name()), method)));
    let about = |method: &MethodDescriptorProto| {
        is_personal(method.output_type(), &messages)
            || (names_somebody(method.input_type(), &messages) && !is_empty(method.output_type(), &messages))
    };
    let found: BTreeSet<String> = methods.filter(|(_, method)| about(method)).map(|(path, _)| path).collect();
    let listed: BTreeSet<String> = table.iter().map(|row| row.method.to_owned()).collect();
    let mut mistakes: Vec<String> = found.symmetric_difference(&listed).cloned().collect();
    if listed.len() != table.len() {
        mistakes.push("a method stands there twice".to_owned());
    }
    mistakes
}

fn collect<'a>(prefix: &str, message: &'a DescriptorProto, found: &mut BTreeMap<String, &'a DescriptorProto>) {
    let name = format!("{prefix}.{}", message.name());
    for nested in &message.nested_type {
        collect(&name, nested, found);
    }
    found.insert(name, message);
}

/// Fields by which a request names whom it is about.
const NAMES: [&str; 3] = ["worker", "workers", "candidate"];

fn names_somebody(request: &str, messages: &BTreeMap<String, &DescriptorProto>) -> bool {
    messages.get(request).is_some_and(|request| request.field.iter().any(|field| NAMES.contains(&field.name())))
}

fn is_empty(answer: &str, messages: &BTreeMap<String, &DescriptorProto>) -> bool {
    messages.get(answer).is_some_and(|answer| answer.field.is_empty())
}

/// Whether the message, or one that it may hold, is about a person.
fn is_personal(answer: &str, messages: &BTreeMap<String, &DescriptorProto>) -> bool {
    let (mut open, mut seen) = (vec![answer.to_owned()], BTreeSet::new());
    while let Some(name) = open.pop() {
        let Some(message) = messages.get(&name).filter(|_| seen.insert(name.clone())) else { continue };
        if message.field.iter().any(|field| field.type_name().is_empty() && PERSONAL.contains(&field.name())) {
            return true;
        }
        open.extend(message.field.iter().map(|field| field.type_name().to_owned()).filter(|name| !name.is_empty()));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_about_people_is_found_in_the_contract_and_one_about_shifts_is_not() {
        let found = mistakes("regiopool.flexpool.v1", &[]);
        let has = |method: &str| found.iter().any(|path| path.ends_with(method));
        assert!(has("ClaimService/ListClaims") && has("ClaimService/ListMyClaims"), "{found:?}");
        assert!(!has("ShiftService/ListShifts"), "{found:?}");
        let twice = [Answer { method: "/regiopool.flexpool.v1.ClaimService/ListClaims", kept: Kept::Recorded }; 2];
        assert!(mistakes("regiopool.flexpool.v1", &twice).contains(&"a method stands there twice".to_owned()));
        assert_eq!(twice[0].short(), "ClaimService/ListClaims");
    }
}
