//! What must hold of every decision, on facts that nobody thought of.

use chassis::{
    ids::{ClaimId, EmploymentId},
    time::Timestamp,
};
use proptest::prelude::*;

use super::{
    agreement::Bases,
    calendar::Period,
    conflict::{Breach, Held, breaches},
    eligibility::{Facts, Offer, decide},
    refused::ClaimRefused,
    sample::{at, competence, employment, facts, organisation, shift, work},
    shift::{State, Terms},
    worker::{EmploymentKind, FunctionLevel},
    working_time::{Busy, Desk},
};

/// Around the two clock changes of 2026, in steps of a quarter of an hour, up to a day long.
fn any_period() -> impl Strategy<Value = Period> {
    let start = prop_oneof![Just("2026-03-27 00:00"), Just("2026-10-23 00:00")];
    (start, 0..400_i64, 1..96_i64).prop_map(|(from, start, length)| {
        let quarter = 15 * 60_000_000;
        let start = at(from).0 + start * quarter;
        Period::new(Timestamp(start), Timestamp(start + length * quarter)).expect("not empty")
    })
}

fn any_busy() -> impl Strategy<Value = Busy> {
    (any_period(), 1..4_u128).prop_map(|(period, employer)| Busy { period, ..work("2026-05-04 07:00 2026-05-04 15:00", employer) })
}

fn overlaps(candidate: Period, busy: &[Busy]) -> bool {
    busy.iter().any(|work| work.period.overlaps(candidate))
}

fn any_level() -> impl Strategy<Value = FunctionLevel> {
    proptest::sample::select(FunctionLevel::ALL)
}

fn any_shift() -> impl Strategy<Value = Terms> {
    (any_period(), any_level(), proptest::collection::vec("[ab]", 0..2), 1..3_i32, 0..3_i32, any::<bool>()).prop_map(
        |(period, level, competences, places, taken, open)| Terms {
            period,
            break_minutes: i32::try_from(period.minutes() / 8).unwrap_or_default(),
            level,
            competences,
            places,
            taken: taken.min(places),
            state: if open { State::Open } else { State::Cancelled },
            ..shift("2026-05-04 07:00 2026-05-04 15:00")
        },
    )
}

fn any_facts() -> impl Strategy<Value = Facts> {
    let employments = proptest::collection::vec((1..4_u128, any_level(), any::<bool>()), 0..4);
    let agreements = proptest::collection::vec((1..4_u128, 0..64_i64), 0..4);
    let busy = proptest::collection::vec(any_busy(), 0..3);
    (employments, agreements, busy, "[ab]{0,2}", any::<bool>(), 0..8_u128).prop_map(
        |(employments, agreements, busy, competences, registered, members)| {
            let mut facts = facts();
            facts.worker.employments = (1..)
                .zip(employments)
                .map(|(id, (employer, level, independent))| {
                    let kind = if independent { EmploymentKind::SelfEmployed } else { EmploymentKind::Permanent };
                    super::worker::Employment { level, ..employment(id, employer, kind) }
                })
                .collect();
            facts.agreements = agreements.into_iter().map(|(of, bits)| super::sample::agreement_of(of, Bases::from_bits(bits))).collect();
            facts.busy = busy;
            facts.worker.competences = competences.chars().map(|code| competence(&code.to_string(), None, None)).collect();
            facts.worker.registered_until = registered.then(|| super::sample::day("2030-01-01"));
            let pool = shift("2026-05-04 07:00 2026-05-04 15:00").pool;
            facts.memberships = (1..4_u128).filter(|n| members & (1 << (n - 1)) != 0).map(|n| (pool, organisation(n))).collect();
            facts
        },
    )
}

fn allowed(shift: &Terms, facts: &Facts) -> bool {
    decided(shift, facts, None).is_ok()
}

fn decided(shift: &Terms, facts: &Facts, requested: Option<EmploymentId>) -> Result<Offer, ClaimRefused> {
    decide(shift, &Desk::new(facts), requested, at("2026-01-01 00:00"))
}

proptest! {
    #[test]
    fn the_order_of_what_is_known_does_not_matter(shift in any_shift(), facts in any_facts()) {
        let mut reversed = facts.clone();
        reversed.busy.reverse();
        let reason = |facts: &Facts| decided(&shift, facts, None).map_err(|refused| refused.rank()).map(|offer| offer.employment);
        prop_assert_eq!(reason(&facts), reason(&reversed));
    }

    #[test]
    fn a_claim_that_was_confirmed_is_in_no_conflict_until_something_changes(shift in any_shift(), facts in any_facts()) {
        let Ok(offer) = decided(&shift, &facts, None) else { return Ok(()) };
        let claim = ClaimId::new();
        let held = Held { claim, confirmed_at: Timestamp(0), employment: offer.employment, terms: shift.clone() };
        let mut later = facts.clone();
        let own = Busy {
            period: shift.period,
            break_minutes: shift.break_minutes,
            employer: Some(offer.employer),
            employment: Some(offer.employment),
            claim: Some((claim, shift.id)),
            ..work("2026-05-04 07:00 2026-05-04 15:00", 1)
        };
        later.busy.push(own);
        prop_assert_eq!(breaches(&later, std::slice::from_ref(&held)), vec![]);
        // Unless the worker was away all the time.
        later.unavailable.push((shift.period.starts_at(), None));
        let expected = vec![Breach { claim, refused: ClaimRefused::NotAvailable, by_roster: false }];
        prop_assert_eq!(breaches(&later, &[held]), expected);
    }

    #[test]
    fn asking_more_of_the_worker_never_makes_a_shift_fit(shift in any_shift(), facts in any_facts()) {
        prop_assume!(!allowed(&shift, &facts));
        let mut more = shift.clone();
        more.competences.push("c".to_owned());
        prop_assert!(!allowed(&more, &facts));
        let full = Terms { taken: shift.places, ..shift.clone() };
        prop_assert!(!allowed(&full, &facts));
        let mut fewer = facts.clone();
        fewer.worker.employments.pop();
        prop_assert!(!allowed(&shift, &fewer));
        let mut fewer = facts.clone();
        fewer.agreements.pop();
        prop_assert!(!allowed(&shift, &fewer));
        let mut fewer = facts;
        fewer.worker.competences.pop();
        prop_assert!(!allowed(&shift, &fewer));
    }

    #[test]
    fn what_is_offered_keeps_every_condition(shift in any_shift(), facts in any_facts()) {
        if let Ok(offer) = decided(&shift, &facts, None) {
            let employment = facts.worker.employments.iter().find(|e| e.id == offer.employment).expect("the worker's own");
            prop_assert_eq!(employment.organisation, offer.employer);
            prop_assert!(shift.state == State::Open && shift.taken < shift.places);
            prop_assert!(facts.memberships.contains(&(shift.pool, offer.employer)));
            prop_assert!(employment.level.covers(shift.level));
            prop_assert!(!shift.level.needs_registration() || facts.worker.registered_until.is_some());
            prop_assert!(shift.competences.iter().all(|code| facts.worker.competences.iter().any(|held| &held.code == code)));
            prop_assert!(!overlaps(shift.period, &facts.busy));
            let host_accepts = facts.agreements.iter().any(|a| a.organisation == shift.organisation && a.bases.contains(offer.basis));
            prop_assert!(host_accepts, "the host accepts {:?}", offer.basis);
        }
    }

    #[test]
    fn a_requested_employment_fits_only_if_it_would_be_found(shift in any_shift(), facts in any_facts()) {
        let found = decided(&shift, &facts, None);
        let each: Vec<_> = facts.worker.employments.iter().map(|e| decided(&shift, &facts, Some(e.id))).collect();
        match &found {
            Ok(offer) => prop_assert!(each.iter().any(|one| one.as_ref() == Ok(offer))),
            Err(refused) => {
                prop_assert!(each.iter().all(Result::is_err));
                let furthest = each.iter().filter_map(|one| one.as_ref().err()).map(ClaimRefused::rank).max();
                prop_assert_eq!(furthest.unwrap_or(5).max(5).min(refused.rank().max(5)), refused.rank().max(5));
            }
        }
    }
}
