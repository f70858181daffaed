//! How an agreement is approved, withdrawn, amended and ended.

use super::*;

fn day(text: &str) -> LocalDate {
    text.parse().expect("a day")
}

fn new(from: &str, until: Option<&str>) -> NewAgreement {
    NewAgreement {
        organisation: OrganisationId::new(),
        from: day(from),
        until: until.map(day),
        bases: vec![Basis::CollegialLending],
        works_council_decided_on: None,
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
    Agreement { id, first: id, amends: None, about, association, organisation, withdrawn: None, version: 1 }
}

fn withdrawn() -> Withdrawn {
    Withdrawn { by: "usr_2".to_owned(), on: day("2025-12-02") }
}

#[test]
fn both_sides_approve_and_nobody_for_both() {
    let proposed = Agreement { organisation: None, ..agreement(new("2026-01-01", None)) };
    assert!(!proposed.is_approved());
    assert_eq!(proposed.read_as(0), Err(AgreementRefused::Stale));
    assert_eq!(proposed.approved(Party::Organisation, approval("usr_1")), Err(AgreementRefused::SamePerson));
    assert_eq!(proposed.approved(Party::Association, approval("usr_3")), Ok(None));
    let approved = proposed.approved(Party::Organisation, approval("usr_2")).expect("two people").expect("a change");
    assert!(approved.is_approved() && approved.read_as(2).is_ok());
}

#[test]
fn only_a_proposal_is_withdrawn_and_then_nobody_approves_it() {
    let proposed = Agreement { organisation: None, ..agreement(new("2026-01-01", None)) };
    let declined = proposed.declined(withdrawn()).expect("a proposal");
    assert_eq!((declined.is_approved(), declined.version), (false, 2));
    assert_eq!(declined.approved(Party::Organisation, approval("usr_2")), Err(AgreementRefused::NoProposal));
    assert_eq!(declined.declined(withdrawn()), Err(AgreementRefused::NoProposal));
    assert_eq!(agreement(new("2026-01-01", None)).declined(withdrawn()), Err(AgreementRefused::NoProposal));
}

#[test]
fn another_version_begins_while_the_one_before_holds_and_changes_no_day_that_is_over() {
    let approved = agreement(new("2026-01-01", Some("2026-12-31")));
    let today = day("2026-05-01");
    for (from, expected) in [
        ("2026-01-01", Err(AgreementRefused::NotInForce)),
        ("2026-04-30", Err(AgreementRefused::TooLate { today })),
        ("2026-05-01", Ok(())),
        ("2026-12-31", Ok(())),
        ("2027-01-01", Err(AgreementRefused::NotInForce)),
    ] {
        assert_eq!(approved.can_be_amended(day(from), today), expected, "{from}");
    }
    let proposed = Agreement { organisation: None, ..approved };
    assert_eq!(proposed.can_be_amended(day("2026-06-01"), today), Err(AgreementRefused::NotInForce));
}

#[test]
fn what_would_begin_after_the_end_never_does() {
    let approved = agreement(new("2026-06-01", None));
    let ended = approved.until(day("2026-06-30"), "usr_2", day("2026-01-01"));
    assert_eq!((ended.about.until, ended.is_approved()), (Some(day("2026-06-30")), true));
    assert!(ended.is_over(day("2026-07-01")) && !ended.is_over(day("2026-06-30")));
    let never = approved.until(day("2026-05-31"), "usr_2", day("2026-01-01"));
    assert_eq!((never.about.until, never.is_approved()), (None, false));
}
