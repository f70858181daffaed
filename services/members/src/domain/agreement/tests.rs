//! When an agreement can stand.

use super::*;

fn day(text: &str) -> LocalDate {
    text.parse().expect("a day")
}

fn new(from: &str, until: Option<&str>, decided: Option<&str>) -> NewAgreement {
    NewAgreement {
        organisation: OrganisationId::new(),
        from: day(from),
        until: until.map(day),
        bases: vec![Basis::CollegialLending],
        works_council_decided_on: decided.map(day),
        programmes: vec![Programme::Flexpool],
        scope: SharingScope::Both,
        tariffs: Vec::new(),
        vat: None,
        lender: None,
        notice_days: 30,
    }
}

fn approval(by: &str) -> Approval {
    Approval { by: by.to_owned(), on: day("2025-12-01"), on_paper: false }
}

fn agreement(about: NewAgreement) -> Agreement {
    let id = AgreementId::new();
    let (association, organisation) = (Some(approval("usr_1")), Some(approval("usr_2")));
    Agreement { id, first: id, amends: None, about, association, organisation, version: 1 }
}

fn council(on: &str, agreed: bool) -> CouncilDecision {
    CouncilDecision { programme: Programme::Flexpool, decided_on: day(on), agreed, note: String::new() }
}

#[test]
fn an_agreement_needs_days_of_its_own() {
    let known = agreement(new("2026-01-01", Some("2026-12-31"), Some("2025-12-01")));
    let standing = Standing { approved: vec![known.clone()], ..Standing::default() };
    let overlaps = Err(AgreementRefused::Overlaps { from: day("2026-01-01") });
    for (from, until, expected) in [
        ("2027-01-01", None, Ok(())),
        ("2025-01-01", Some("2025-12-31"), Ok(())),
        ("2026-12-31", None, overlaps.clone()),
        ("2025-01-01", None, overlaps.clone()),
    ] {
        assert_eq!(standing.allows(&new(from, until, Some("2024-11-01")), None), expected, "{from}");
    }
    let amended = new("2026-06-01", None, Some("2025-12-01"));
    assert_eq!(standing.allows(&amended, Some(known.id)), Ok(()), "it takes the place of the one before");
}

#[test]
fn the_last_word_of_the_works_council_counts() {
    let missing = Err(AgreementRefused::WorksCouncilDecisionMissing { programme: Programme::Flexpool });
    let (yes, no) = (council("2025-06-01", true), council("2025-09-01", false));
    for (decisions, told, expected) in [
        (vec![], None, missing.clone()),
        (vec![], Some("2026-01-01"), Ok(())),
        (vec![], Some("2026-01-02"), missing.clone()),
        (vec![yes.clone()], None, Ok(())),
        (vec![no.clone(), yes.clone()], None, missing.clone()),
        (vec![yes.clone(), no.clone()], Some("2025-10-01"), Ok(())),
        (vec![yes, no], Some("2025-06-01"), missing.clone()),
        (vec![council("2026-02-01", true)], None, missing),
    ] {
        let standing = Standing { decisions: decisions.clone(), ..Standing::default() };
        assert_eq!(standing.allows(&new("2026-01-01", None, told), None), expected, "{decisions:?} {told:?}");
    }
    let both = NewAgreement { programmes: vec![Programme::Flexpool, Programme::Mobility], ..new("2026-01-01", None, Some("2025-12-01")) };
    let missing = AgreementRefused::WorksCouncilDecisionMissing { programme: Programme::Mobility };
    assert_eq!(Standing::default().allows(&both, None), Err(missing));
}

#[test]
fn a_tariff_for_collegial_lending_is_at_most_what_an_hour_costs() {
    let cost = |from, cents| WageCost { level: FunctionLevel::Carer, from: day(from), cents };
    let standing = Standing { wage_costs: vec![cost("2025-01-01", 3200), cost("2026-07-01", 3500)], ..Standing::default() };
    let with = |from: &str, cents, bases: &[Basis], scope| {
        let tariffs = vec![(FunctionLevel::Carer, cents)];
        let lender = Some(LenderRegistration { checked_on: day("2025-12-01"), checked_by: "KvK".to_owned() });
        standing.allows(&NewAgreement { tariffs, bases: bases.to_vec(), scope, lender, ..new(from, None, Some("2024-12-01")) }, None)
    };
    let above = |tariff, cost| Err(AgreementRefused::TariffAboveWageCost { level: FunctionLevel::Carer, tariff, cost });
    let missing = Err(AgreementRefused::WageCostMissing { level: FunctionLevel::Carer });
    use Basis::{CollegialLending, RegisteredLending};
    for (from, cents, bases, scope, expected) in [
        ("2026-01-01", 3200, CollegialLending, SharingScope::Both, Ok(())),
        ("2026-01-01", 3201, CollegialLending, SharingScope::Both, above(3201, 3200)),
        ("2026-07-01", 3500, CollegialLending, SharingScope::People, Ok(())),
        ("2024-12-31", 100, CollegialLending, SharingScope::Both, missing),
        ("2026-01-01", 9900, CollegialLending, SharingScope::Shifts, Ok(())),
        ("2026-01-01", 9900, RegisteredLending, SharingScope::Both, Ok(())),
    ] {
        assert_eq!(with(from, cents, &[bases], scope), expected, "{from} {cents} {bases:?} {scope:?}");
    }
}

#[test]
fn a_lender_is_registered_where_its_people_go() {
    let lends = |scope| NewAgreement { bases: vec![Basis::RegisteredLending], scope, ..new("2026-01-01", None, Some("2025-12-01")) };
    let standing = Standing::default();
    assert_eq!(standing.allows(&lends(SharingScope::Both), None), Err(AgreementRefused::LenderNotRegistered));
    assert_eq!(standing.allows(&lends(SharingScope::Shifts), None), Ok(()));
}

#[test]
fn both_sides_approve_and_nobody_for_both() {
    let proposed = Agreement { organisation: None, ..agreement(new("2026-01-01", None, None)) };
    assert!(!proposed.is_approved());
    assert_eq!(proposed.approved(0, Party::Organisation, approval("usr_2")), Err(AgreementRefused::Stale));
    assert_eq!(proposed.approved(1, Party::Organisation, approval("usr_1")), Err(AgreementRefused::SamePerson));
    assert_eq!(proposed.approved(1, Party::Association, approval("usr_3")), Ok(None));
    let approved = proposed.approved(1, Party::Organisation, approval("usr_2")).expect("two people").expect("a change");
    assert!(approved.is_approved() && approved.version == 2);
    assert_eq!(proposed.can_be_amended(1, day("2026-06-01")), Err(AgreementRefused::NotInForce));
    assert_eq!(approved.can_be_amended(2, day("2026-06-01")), Ok(()));
    assert_eq!(approved.can_be_amended(1, day("2026-06-01")), Err(AgreementRefused::Stale));
    assert_eq!(approved.can_be_amended(2, day("2026-01-01")), Err(AgreementRefused::NotInForce));
    let over = approved.until(day("2026-05-31"));
    assert_eq!((over.about.until, over.can_be_amended(3, day("2026-06-01"))), (Some(day("2026-05-31")), Err(AgreementRefused::NotInForce)));
}
