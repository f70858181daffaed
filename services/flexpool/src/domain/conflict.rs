//! Claims that were confirmed and no longer fit what is known now (D10).
//!
//! A claim is judged again as it was at first: beside what else is known, and beside the claims that were confirmed before it. Those after
//! it were judged beside it, so of two claims that do not fit together the later one is in conflict.

use chassis::{
    ids::{ClaimId, EmploymentId},
    time::Timestamp,
};

use super::{
    calendar::Period,
    eligibility::{self, Facts},
    refused::ClaimRefused,
    shift::Terms,
    working_time::{Busy, Desk, Shift},
};

/// A claim that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The claim.
    pub claim: ClaimId,
    /// When it was confirmed.
    pub confirmed_at: Timestamp,
    /// The employment under which it is worked.
    pub employment: EmploymentId,
    /// The shift as it is now.
    pub terms: Terms,
}

/// Why a claim that stands could not be confirmed now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The claim.
    pub claim: ClaimId,
    /// Why.
    pub refused: ClaimRefused,
}

/// Who gives way in a conflict, by the pool's terms. The numbers are those of the proto and of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Yields {
    /// The claim: the place is given back unless the conflict is solved.
    Claim = 1,
    /// What came later: the employer changes its roster.
    Other = 2,
}

impl Yields {
    /// The value with this number.
    pub fn from_number(number: i32) -> Option<Self> {
        [Self::Claim, Self::Other].into_iter().find(|yields| *yields as i32 == number)
    }
}

/// So long people have to solve a conflict, and never longer than until the shift starts.
const TIME_TO_SOLVE_MICROS: i64 = 48 * 3_600_000_000;

/// Until when a conflict that is found at `now` about this shift has to be solved.
pub fn deadline(now: Timestamp, shift: Period) -> Timestamp {
    Timestamp(now.0.saturating_add(TIME_TO_SOLVE_MICROS).min(shift.starts_at().0.max(now.0)))
}

/// Every breach by these claims of one worker on the facts of now, each rule once for each claim. `facts` hold all the time that is known,
/// these claims' too.
pub fn breaches(facts: &Facts, held: &[Held]) -> Vec<Breach> {
    let mut order: Vec<&Held> = held.iter().collect();
    order.sort_by_key(|held| (held.confirmed_at, held.claim));
    let is_held = |work: &Busy| work.claim.is_some_and(|(claim, _)| held.iter().any(|held| held.claim == claim));
    let (mut later, busy): (Vec<Busy>, Vec<Busy>) = facts.busy.iter().partition(|work| is_held(work));
    let mut known = Facts { busy, ..facts.clone() };
    let mut found = Vec::new();
    for held in order {
        let refusals = of_claim(&known, held);
        found.extend(refusals.into_iter().map(|refused| Breach { claim: held.claim, refused }));
        let own = later.iter().position(|work| work.claim.is_some_and(|(claim, _)| claim == held.claim));
        known.busy.extend(own.map(|place| later.swap_remove(place)));
    }
    found
}

fn of_claim(known: &Facts, held: &Held) -> Vec<ClaimRefused> {
    let Some(employment) = known.worker.employments.iter().find(|employment| employment.id == held.employment) else {
        return vec![ClaimRefused::NotInPool];
    };
    let mut found: Vec<ClaimRefused> = eligibility::qualified(employment, &held.terms, known).err().into_iter().collect();
    let shift = Shift { period: held.terms.period, break_minutes: held.terms.break_minutes, employment };
    if !known.available(held.terms.period) {
        found.push(ClaimRefused::NotAvailable);
    }
    found.extend(Desk::new(known).breaches(&shift));
    found
}

#[cfg(test)]
mod tests {
    use chassis::ids::ShiftId;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        sample::{at, day, employment_id, facts, period, shift, work},
        worker::FunctionLevel,
    };

    fn claim_id(number: u128) -> ClaimId {
        ClaimId(Uuid::from_u128(number))
    }

    /// Claims in the order in which they were confirmed, and the facts with them.
    fn claimed(times: &[&str]) -> (Facts, Vec<Held>) {
        let mut facts = facts();
        let mut held = Vec::new();
        for (number, times) in (1_u128..).zip(times) {
            let terms = Terms { id: ShiftId(Uuid::from_u128(number)), ..shift(times) };
            let own = Busy { break_minutes: 30, claim: Some((claim_id(number), terms.id)), ..work(times, 1) };
            facts.busy.push(own);
            let confirmed_at = Timestamp(i64::try_from(number).expect("small"));
            held.push(Held { claim: claim_id(number), confirmed_at, employment: employment_id(1), terms });
        }
        (facts, held)
    }

    fn found(facts: &Facts, held: &[Held]) -> Vec<(u128, Option<&'static str>)> {
        breaches(facts, held).into_iter().map(|breach| (breach.claim.0.as_u128(), breach.refused.rule())).collect()
    }

    #[test]
    fn of_two_claims_that_do_not_fit_the_later_one_is_in_conflict() {
        let (facts, mut held) = claimed(&["2026-05-04 07:00 2026-05-04 15:00", "2026-05-04 12:00 2026-05-04 20:00"]);
        assert_eq!(found(&facts, &held), [(2, Some("OVERLAP"))]);
        held.reverse();
        assert_eq!(found(&facts, &held), [(2, Some("OVERLAP"))]);
        held[1].confirmed_at = Timestamp(9);
        assert_eq!(found(&facts, &held), [(1, Some("OVERLAP"))]);
    }

    #[test]
    fn a_later_fact_breaks_every_claim_that_it_does_not_fit() {
        let (mut facts, held) = claimed(&["2026-05-04 15:00 2026-05-04 23:00", "2026-05-06 07:00 2026-05-06 15:00"]);
        assert_eq!(found(&facts, &held), []);
        facts.busy.push(Busy { claim: None, ..work("2026-05-04 22:00 2026-05-05 06:00", 2) });
        facts.unavailable.push((at("2026-05-06 12:00"), None));
        assert_eq!(found(&facts, &held), [(1, Some("OVERLAP")), (2, None)]);
    }

    #[test]
    fn what_qualified_somebody_may_be_lost() {
        let (mut facts, mut held) = claimed(&["2026-05-04 23:00 2026-05-05 07:00"]);
        facts.worker.employments[0].validity.until = Some(day("2026-05-04"));
        assert_eq!(breaches(&facts, &held)[0].refused, ClaimRefused::NotInPool);
        facts.worker.employments.clear();
        assert_eq!(breaches(&facts, &held)[0].refused, ClaimRefused::NotInPool);
        let (facts, _) = claimed(&["2026-05-04 23:00 2026-05-05 07:00"]);
        held[0].terms.level = FunctionLevel::Nurse;
        let refused = ClaimRefused::LevelTooLow { required: FunctionLevel::Nurse, held: FunctionLevel::Carer };
        assert_eq!(breaches(&facts, &held)[0].refused, refused);
        // That the employer left the pool is no breach: what was confirmed stands.
        let (mut facts, held) = claimed(&["2026-05-04 23:00 2026-05-05 07:00"]);
        facts.memberships.clear();
        assert_eq!(breaches(&facts, &held), []);
    }

    #[test]
    fn there_are_two_days_to_solve_a_conflict_and_never_more_than_until_the_shift() {
        let shift = period("2026-05-04 07:00 2026-05-04 15:00");
        for (now, until) in
            [("2026-05-01 07:00", "2026-05-03 07:00"), ("2026-05-03 12:00", "2026-05-04 07:00"), ("2026-05-04 08:00", "2026-05-04 08:00")]
        {
            assert_eq!(deadline(at(now), shift), at(until), "{now}");
        }
    }
}
