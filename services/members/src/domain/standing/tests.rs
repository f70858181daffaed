//! When an agreement can stand.

use chassis::ids::OrganisationId;

use super::*;
use crate::domain::agreement::{Approval, LenderRegistration, VatDecision};

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
    Agreement { id, first: id, amends: None, about, association, organisation, withdrawn: None, version: 1 }
}

fn council(on: &str, agreed: bool) -> CouncilDecision {
    CouncilDecision { programme: Programme::Flexpool, decided_on: day(on), agreed, note: String::new() }
}

fn standing(agreements: &[Agreement]) -> Standing {
    Standing { is_association: false, agreements: agreements.to_vec(), decisions: Vec::new(), wage_costs: Vec::new() }
}

#[test]
fn an_agreement_needs_days_of_its_own() {
    let known = agreement(new("2026-01-01", Some("2026-12-31"), Some("2025-12-01")));
    let standing = standing(&[known.clone()]);
    let overlaps = Err(AgreementRefused::Overlaps { from: day("2026-01-01") });
    for (from, until, expected) in [
        ("2027-01-01", None, Ok(())),
        ("2025-01-01", Some("2025-12-31"), Ok(())),
        ("2026-12-31", None, overlaps.clone()),
        ("2025-01-01", None, overlaps.clone()),
    ] {
        assert_eq!(standing.allows(&new(from, until, Some("2024-11-01")), None, None), expected, "{from}");
    }
    let amended = new("2026-06-01", None, Some("2025-12-01"));
    assert_eq!(standing.allows(&amended, Some(known.id), None), Ok(()), "it takes the place of the one before");
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
        (vec![yes, no], Some("2025-09-01"), missing.clone()),
        (vec![council("2026-02-01", true)], None, missing),
    ] {
        let standing = Standing { decisions: decisions.clone(), ..standing(&[]) };
        assert_eq!(standing.allows(&new("2026-01-01", None, told), None, None), expected, "{decisions:?} {told:?}");
    }
    let both = NewAgreement { programmes: vec![Programme::Flexpool, Programme::Mobility], ..new("2026-01-01", None, Some("2025-12-01")) };
    let missing = AgreementRefused::WorksCouncilDecisionMissing { programme: Programme::Mobility };
    assert_eq!(standing(&[]).allows(&both, None, None), Err(missing));
}

#[test]
fn a_tariff_is_at_most_what_an_hour_costs_on_every_day_and_a_little_more_for_structural_lending() {
    use Basis::{CollegialLending, RegisteredLending};
    let cost = |from, cents| WageCost { level: FunctionLevel::Carer, from: day(from), cents };
    let wage_costs = vec![cost("2025-01-01", 3200), cost("2026-07-01", 3500), cost("2027-01-01", 3400)];
    let standing = Standing { wage_costs, ..standing(&[]) };
    let vat = |treatment| {
        let (reason, decided_by) = ("people of their own".to_owned(), "the inspector".to_owned());
        Some(VatDecision { treatment, reason, decided_by, valid_from: day("2026-01-01") })
    };
    let with = |(from, until): (&str, Option<&str>), cents, bases: &[Basis], scope, treatment| {
        let tariffs = vec![(FunctionLevel::Carer, cents)];
        let lender = Some(LenderRegistration { checked_on: day("2025-12-01"), checked_by: "KvK".to_owned() });
        let about = new(from, until, Some("2024-12-01"));
        standing.allows(&NewAgreement { tariffs, bases: bases.to_vec(), scope, lender, vat: vat(treatment), ..about }, None, None)
    };
    let above = |on, tariff, cap| Err(AgreementRefused::TariffAboveWageCost { level: FunctionLevel::Carer, on: day(on), tariff, cap });
    let missing = Err(AgreementRefused::WageCostMissing { level: FunctionLevel::Carer, on: day("2024-12-31") });
    let (standard, structural) = (VatTreatment::Standard, VatTreatment::OutsideStructural);
    let both: &[Basis] = &[CollegialLending, RegisteredLending];
    for (days, cents, bases, scope, treatment, expected) in [
        (("2026-01-01", None), 3200, &[CollegialLending][..], SharingScope::Both, standard, Ok(())),
        (("2026-01-01", None), 3201, &[CollegialLending], SharingScope::Both, standard, above("2026-01-01", 3201, 3200)),
        (("2026-08-01", Some("2026-12-31")), 3500, &[CollegialLending], SharingScope::People, standard, Ok(())),
        (("2026-08-01", Some("2027-01-01")), 3500, &[CollegialLending], SharingScope::People, standard, above("2027-01-01", 3500, 3400)),
        (("2024-12-31", None), 100, &[CollegialLending], SharingScope::Both, standard, missing),
        (("2026-01-01", None), 9900, &[CollegialLending], SharingScope::Shifts, standard, Ok(())),
        (("2026-01-01", None), 9900, &[RegisteredLending], SharingScope::Both, standard, Ok(())),
        (("2026-01-01", None), 3360, &[RegisteredLending], SharingScope::Both, structural, Ok(())),
        (("2026-01-01", None), 3361, &[RegisteredLending], SharingScope::Both, structural, above("2026-01-01", 3361, 3360)),
        (("2026-01-01", None), 3360, both, SharingScope::Both, structural, above("2026-01-01", 3360, 3200)),
    ] {
        assert_eq!(with(days, cents, bases, scope, treatment), expected, "{days:?} {cents} {bases:?} {scope:?} {treatment:?}");
    }
}

#[test]
fn a_lender_is_registered_where_its_people_go_and_a_pool_of_the_association_always() {
    let lends = |basis, scope| NewAgreement { bases: vec![basis], scope, ..new("2026-01-01", None, Some("2025-12-01")) };
    let employer = standing(&[]);
    let registered = |scope| lends(Basis::RegisteredLending, scope);
    assert_eq!(employer.allows(&registered(SharingScope::Both), None, None), Err(AgreementRefused::LenderNotRegistered));
    assert_eq!(employer.allows(&registered(SharingScope::Shifts), None, None), Ok(()));
    let association = Standing { is_association: true, ..standing(&[]) };
    let collegial = |scope| lends(Basis::CollegialLending, scope);
    assert_eq!(association.allows(&collegial(SharingScope::Both), None, None), Err(AgreementRefused::LendingIsItsWork));
    assert_eq!(association.allows(&collegial(SharingScope::Shifts), None, None), Ok(()));
}

#[test]
fn one_proposal_waits_at_a_time() {
    let known = agreement(new("2026-01-01", None, Some("2025-12-01")));
    let about = new("2026-06-01", Some("2026-06-30"), Some("2025-12-01"));
    let proposed = Agreement { amends: Some(known.id), organisation: None, ..agreement(about.clone()) };
    let standing = standing(&[known.clone(), proposed.clone()]);
    let pending = Err(AgreementRefused::Pending { agreement: proposed.id });
    assert_eq!(standing.allows(&about, Some(known.id), Some(proposed.id)), Ok(()), "its own days");
    assert_eq!(standing.allows(&about, Some(known.id), None), pending);
    let later = new("2026-08-01", None, Some("2025-12-01"));
    assert_eq!(standing.allows(&later, Some(known.id), None), pending, "in the place of the same version");
}

#[test]
fn what_is_in_force_holds_fast_what_it_rests_on() {
    let known = agreement(NewAgreement { tariffs: vec![(FunctionLevel::Carer, 3000)], ..new("2026-01-01", Some("2026-12-31"), None) });
    let costs = |cents: &[(&str, i32)]| {
        let cost = |(from, cents): &(&str, i32)| WageCost { level: FunctionLevel::Carer, from: day(from), cents: *cents };
        Standing { wage_costs: cents.iter().map(cost).collect(), ..standing(&[known.clone()]) }
    };
    let today = day("2026-05-01");
    assert_eq!(costs(&[("2025-01-01", 2900), ("2026-05-01", 3000)]).asks_no_profit(today), Ok(()), "what is over cannot be mended");
    let above = AgreementRefused::TariffAboveWageCost { level: FunctionLevel::Carer, on: day("2026-06-01"), tariff: 3000, cap: 2999 };
    assert_eq!(costs(&[("2025-01-01", 3000), ("2026-06-01", 2999)]).asks_no_profit(today), Err(above));
    assert_eq!(costs(&[("2025-01-01", 3000), ("2027-01-01", 2999)]).asks_no_profit(today), Ok(()));
    let decided = |decisions: &[CouncilDecision]| Standing { decisions: decisions.to_vec(), ..standing(&[known.clone()]) };
    let yes = council("2025-06-01", true);
    assert_eq!(decided(&[yes.clone()]).rests_on_decisions(today), Ok(()));
    assert_eq!(decided(&[yes.clone(), council("2026-06-01", false)]).rests_on_decisions(today), Ok(()), "it had begun");
    let in_use = AgreementRefused::InUse { agreement: known.id };
    assert_eq!(decided(&[yes.clone(), council("2025-07-01", false)]).rests_on_decisions(today), Err(in_use));
    assert_eq!(decided(&[yes, council("2025-07-01", false)]).rests_on_decisions(day("2027-01-01")), Ok(()), "it is over");
}
