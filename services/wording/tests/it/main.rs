//! Every value of every enum that a person can meet has a text in both languages (D28).

use std::{collections::HashMap, fs, path::Path};

use prost::Message;
use prost_types::{DescriptorProto, EnumDescriptorProto, FileDescriptorSet};
use proto::{
    chassis,
    flexpool::{self, claim, conflict, finding, shift, wait},
    members,
};
use wording::{Facts, Language, fields, messages, reasons, states};

/// The text of a value of an enum, both by their names in the contract; `None` when there is none.
fn text(language: Language, of: &str, value: &str) -> Option<String> {
    let nothing = HashMap::new();
    let facts = Facts(&nothing);
    let text = match of {
        "regiopool.chassis.v1.Reason" => reasons::of_chassis(language, chassis::Reason::from_str_name(value)?, facts),
        "regiopool.members.v1.Reason" => reasons::of_members(language, members::Reason::from_str_name(value)?, facts),
        "regiopool.flexpool.v1.Reason" => reasons::of_flexpool(language, flexpool::Reason::from_str_name(value)?, facts),
        "regiopool.flexpool.v1.Shift.State" => states::shift_state(language, shift::State::from_str_name(value)?).to_owned(),
        "regiopool.flexpool.v1.Audience" => states::audience(language, flexpool::Audience::from_str_name(value)?).to_owned(),
        "regiopool.flexpool.v1.Shift.Closing" => states::closing(language, shift::Closing::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.Programme" => states::programme(language, members::Programme::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.SharingScope" => states::sharing_scope(language, members::SharingScope::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.VatTreatment" => states::vat_treatment(language, members::VatTreatment::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.Agreement.State" => {
            states::agreement_state(language, members::agreement::State::from_str_name(value)?).to_owned()
        }
        "regiopool.members.v1.AgreementParty" => {
            states::agreement_party(language, members::AgreementParty::from_str_name(value)?).to_owned()
        }
        "regiopool.members.v1.WorksCouncilDecision.Decision" => {
            states::council_decision(language, members::works_council_decision::Decision::from_str_name(value)?).to_owned()
        }
        "regiopool.members.v1.OrganisationKind" => {
            states::organisation_kind(language, members::OrganisationKind::from_str_name(value)?).to_owned()
        }
        "regiopool.members.v1.CollectiveAgreement" => {
            states::collective_agreement(language, members::CollectiveAgreement::from_str_name(value)?).to_owned()
        }
        "regiopool.members.v1.PoolKind" => states::pool_kind(language, members::PoolKind::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.ClaimMode" => states::claim_mode(language, members::ClaimMode::from_str_name(value)?).to_owned(),
        "regiopool.flexpool.v1.Claim.State" => states::claim_state(language, claim::State::from_str_name(value)?).to_owned(),
        "regiopool.flexpool.v1.WorkKind" => states::work_kind(language, flexpool::WorkKind::from_str_name(value)?).to_owned(),
        "regiopool.flexpool.v1.Conflict.Yields" => states::yields(language, conflict::Yields::from_str_name(value)?).to_owned(),
        "regiopool.flexpool.v1.Wait.State" => states::wait_state(language, wait::State::from_str_name(value)?).to_owned(),
        "regiopool.flexpool.v1.Finding.Unit" => states::unit(language, finding::Unit::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.FunctionLevel" => states::function_level(language, members::FunctionLevel::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.EmploymentKind" => {
            states::employment_kind(language, members::EmploymentKind::from_str_name(value)?).to_owned()
        }
        "regiopool.members.v1.Basis" => states::basis(language, members::Basis::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.MessageReason" => {
            let reason = members::MessageReason::from_str_name(value)?;
            format!("{}: {}", messages::subject(language, reason), messages::text(language, reason, facts))
        }
        "regiopool.members.v1.MessageKind" => messages::kind(language, members::MessageKind::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.MailLanguage" => states::mail_language(language, members::MailLanguage::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.ConsentKind" => states::consent_kind(language, members::ConsentKind::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.LinkOutcome" => states::link_outcome(language, members::LinkOutcome::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.AssessmentResult" => {
            states::assessment_result(language, members::AssessmentResult::from_str_name(value)?).to_owned()
        }
        "regiopool.members.v1.ExitReason" => states::exit_reason(language, members::ExitReason::from_str_name(value)?).to_owned(),
        "regiopool.members.v1.ExitDestination" => {
            states::exit_destination(language, members::ExitDestination::from_str_name(value)?).to_owned()
        }
        "regiopool.members.v1.ScheduleConstraintKind" => {
            states::schedule_constraint(language, members::ScheduleConstraintKind::from_str_name(value)?).to_owned()
        }
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

/// The source of a crate of the services, without its tests.
fn source(of: &str) -> Vec<String> {
    fn walk(folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder of sources").map(|entry| entry.expect("an entry").path()) {
            if entry.is_dir() {
                walk(&entry, found);
            } else if entry.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&entry).expect("a source");
                found.push(text.split("#[cfg(test)]").next().unwrap_or_default().to_owned());
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(of).join("src"), &mut found);
    found
}

/// The texts between quotes.
fn literals(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').skip(1).step_by(2)
}

#[test]
fn everything_that_services_expect_of_a_field_has_a_sentence() {
    let (mut missing, mut seen) = (Vec::new(), 0);
    for text in ["chassis", "members", "flexpool"].into_iter().flat_map(source) {
        for (at, _) in text.match_indices("violation(").chain(text.match_indices("Error::invalid(")) {
            let call = text[at..].split(';').next().unwrap_or_default();
            let Some(said) = literals(call).last().filter(|said| said.contains(' ') && !said.contains("://") && !call.contains("fn "))
            else {
                continue;
            };
            seen += 1;
            if !fields::is_known(said) {
                missing.push(said.to_owned());
            }
        }
    }
    assert!(seen > 20, "only {seen} were found: the walk over the sources is broken");
    assert!(missing.is_empty(), "without a sentence: {missing:#?}");
}

#[test]
fn what_is_wrong_with_a_field_reads_as_a_sentence() {
    let cases = [
        ("is required", "Vul dit in.", "Fill this in."),
        ("is longer than 120 characters", "Dit is te lang: hoogstens 120 tekens.", "This is too long: at most 120 characters."),
        ("is not between 1 and 100", "Vul een getal in tussen 1 en 100.", "Fill in a number between 1 and 100."),
        ("is not 8 digits (IDN-01)", "Dit moeten 8 cijfers zijn. (IDN-01)", "This must be 8 digits. (IDN-01)"),
        ("is required: at least one (D12)", "Kies er minstens één.", "Choose at least one."),
        (
            "is not between 14 and 100 years ago",
            "Dit moet tussen 14 en 100 jaar geleden zijn.",
            "This must be between 14 and 100 years ago.",
        ),
        (
            "02:30 does not exist on 2027-03-28 in Europe/Amsterdam",
            "Deze tijd bestaat op die dag niet: de klok gaat vooruit.",
            "This time does not exist on that day: the clock goes forward.",
        ),
        ("shines too brightly", "Dit klopt niet.", "This shines too brightly."),
    ];
    for (said, dutch, english) in cases {
        assert_eq!(fields::expected(Language::Dutch, said), dutch);
        assert_eq!(fields::expected(Language::English, said), english);
    }
}
