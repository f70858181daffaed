//! Every value of every enum that a person can meet has a text in both languages (D28).

use std::collections::HashMap;

use prost::Message;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorSet};
use proto::{
    flexpool::{self, claim, shift},
    members,
};
use wording::{Facts, Language, reasons, states};

/// The text of a value of an enum, both by their names in the contract; `None` when there is none.
fn text(language: Language, of: &str, value: &str) -> Option<String> {
    let nothing = HashMap::new();
    let facts = Facts(&nothing);
    let text = match of {
        "regiopool.members.v1.Reason" => reasons::of_members(language, members::Reason::from_str_name(value)?, facts),
        "regiopool.flexpool.v1.Reason" => reasons::of_flexpool(language, flexpool::Reason::from_str_name(value)?, facts),
        "regiopool.flexpool.v1.Shift.State" => states::shift_state(language, shift::State::from_str_name(value)?).to_owned(),
        "regiopool.flexpool.v1.Claim.State" => states::claim_state(language, claim::State::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.FunctionLevel" => states::function_level(language, members::FunctionLevel::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.EmploymentKind" => {
            states::employment_kind(language, members::EmploymentKind::from_str_name(value)?).to_owned()
        }
        "regiopool.members.v1.Basis" => states::basis(language, members::Basis::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.Role" => states::role(language, members::Role::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.Branch" => states::branch(language, members::Branch::from_str_name(value)?).to_owned(),
        _ => return None,
    };
    Some(text)
}

fn collect(prefix: &str, message: &DescriptorProto, found: &mut Vec<(String, EnumDescriptorProto)>) {
    let name = format!("{prefix}.{}", message.name());
    found.extend(message.enum_type.iter().map(|e| (format!("{name}.{}", e.name()), e.clone())));
    for nested in &message.nested_type {
        collect(&name, nested, found);
    }
}

fn enums() -> Vec<(String, EnumDescriptorProto)> {
    let set = FileDescriptorSet::decode(proto::DESCRIPTORS).expect("the descriptors of the contract");
    let mut found = Vec::new();
    for file in set.file.iter().filter(|file| file.package().starts_with("regiopool.")) {
        found.extend(file.enum_type.iter().map(|e| (format!("{}.{}", file.package(), e.name()), e.clone())));
        for message in &file.message_type {
            collect(file.package(), message, &mut found);
        }
    }
    found
}

#[test]
fn every_value_of_the_contract_has_a_text_in_both_languages() {
    let mut missing = Vec::new();
    let mut seen = 0;
    for (name, descriptor) in enums() {
        for value in descriptor.value.iter().filter(|value| !value.name().ends_with("_UNSPECIFIED")) {
            seen += 1;
            let texts = Language::ALL.map(|language| text(language, &name, value.name()).unwrap_or_default());
            if texts.iter().any(|text| text.is_empty() || text.contains(value.name())) {
                missing.push(format!("{name}.{}", value.name()));
            }
        }
    }
    assert!(missing.is_empty(), "without a text in Dutch and English: {missing:#?}");
    assert!(seen > 60, "only {seen} values were found: the walk over the contract is broken");
}

#[test]
fn a_reason_is_not_the_same_sentence_in_both_languages() {
    for (name, descriptor) in enums().into_iter().filter(|(name, _)| name.ends_with(".Reason")) {
        for value in descriptor.value.iter().filter(|value| !value.name().ends_with("_UNSPECIFIED")) {
            let [dutch, english] = Language::ALL.map(|language| text(language, &name, value.name()));
            assert_ne!(dutch, english, "{name}.{}", value.name());
        }
    }
}

fn facts(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn what_was_measured_is_told_on_the_clock_in_amsterdam() {
    let metadata = facts(&[
        ("measured_minutes", "480"),
        ("limit_minutes", "660"),
        ("starts_at", "2026-11-24T22:00:00Z"),
        ("ends_at", "2026-11-25T06:00:00Z"),
    ]);
    assert_eq!(
        reasons::of(Language::Dutch, "flexpool.regiopool", "REST_TOO_SHORT", &metadata),
        "Tussen twee diensten moet 11 uur rust zitten (ATW-05). Tussen deze dienst en je dienst di 24 nov 23:00 – wo 25 nov 07:00 zit 8 uur."
    );
    let metadata = facts(&[("required", "FUNCTION_LEVEL_NURSE"), ("held", "4")]);
    assert_eq!(
        reasons::of(Language::English, "flexpool.regiopool", "FUNCTION_LEVEL_TOO_LOW", &metadata),
        "This shift needs the level nurse (vocational). You work as certified carer."
    );
}

#[test]
fn other_work_is_never_more_than_other_work() {
    let metadata = facts(&[
        ("other_work", "true"),
        ("measured_minutes", "480"),
        ("limit_minutes", "660"),
        ("starts_at", "2026-11-24T22:00:00Z"),
        ("ends_at", "2026-11-25T06:00:00Z"),
    ]);
    for language in Language::ALL {
        for reason in ["OVERLAP", "REST_TOO_SHORT"] {
            let text = reasons::of(language, "flexpool.regiopool", reason, &metadata);
            assert!(text.contains(language.two("ander", "other work")), "{text}");
            assert!(!text.contains("23:00") && !text.contains("07:00") && !text.contains("24"), "{text}");
        }
    }
}

#[test]
fn an_unknown_reason_names_itself() {
    let text = reasons::of(Language::Dutch, "elsewhere.regiopool", "MOON_TOO_FULL", &HashMap::new());
    assert_eq!(text, "Dit kan nu niet (MOON_TOO_FULL).");
}
