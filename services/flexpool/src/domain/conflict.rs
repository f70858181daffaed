//! Claims that were confirmed and no longer fit what is known now (D10).
//!
//! A claim is judged again as it was at first: beside what else is known, and beside the claims that were confirmed before it. Those after
//! it were judged beside it, so of two claims that do not fit together the later one is in conflict.

use std::{collections::BTreeMap, time::Duration};

use chassis::{
    ids::{ClaimId, EmploymentId},
    time::Timestamp,
};

use super::{
    calendar::Period,
    consent,
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
    /// Whether it would fit but for the rosters of employers.
    pub by_roster: bool,
}

impl Breach {
    /// Who gives way. An absence, a lost competence or work elsewhere cannot be changed here, so the claim does. A roster can: it came
    /// later, so it does, unless the members of the pool have agreed that the gaps of the own employer come first.
    pub fn yields(&self, own_gaps_first: bool) -> Yields {
        if self.by_roster && !own_gaps_first { Yields::Other } else { Yields::Claim }
    }
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

/// So long people have to solve a conflict.
const TIME_TO_SOLVE: Duration = Duration::from_secs(48 * 3600);
/// So long before the shift it should be solved, that somebody else can still take the place.
const TIME_TO_FILL: Duration = Duration::from_secs(12 * 3600);

/// Until when a conflict that is found at `now` about this shift has to be solved. An absence cannot be solved here: the place is free for
/// somebody else at once.
pub fn deadline(now: Timestamp, shift: Period, refused: &ClaimRefused) -> Timestamp {
    if *refused == ClaimRefused::NotAvailable {
        return now;
    }
    let in_time = shift.starts_at().minus(TIME_TO_FILL);
    if now < in_time { now.plus(TIME_TO_SOLVE).min(in_time) } else { shift.starts_at().max(now) }
}

/// Claims by the order of their confirmation: as they stand, when they are not over, and the time that they take.
type Order<'a> = BTreeMap<(Timestamp, ClaimId), (Option<&'a Held>, Option<Busy>)>;

/// Every breach by these claims of one worker on the facts of now, each rule once for each claim. `facts` hold all the time that is known,
/// these claims' too.
pub fn breaches(facts: &Facts, held: &[Held]) -> Vec<Breach> {
    let mut order: Order<'_> = held.iter().map(|held| ((held.confirmed_at, held.claim), (Some(held), None))).collect();
    let (claims, busy): (Vec<Busy>, Vec<Busy>) = facts.busy.iter().partition(|work| work.claim.is_some());
    // Claims whose shift is over stand in the order too: that one of them broke a rule beside an earlier one was told of it, and is no
    // news about the earlier one.
    for work in claims {
        let Some((claim, _)) = work.claim else { continue };
        let of_held = held.iter().find(|held| held.claim == claim).map(|held| held.confirmed_at);
        let confirmed_at = of_held.or_else(|| facts.confirmed_at.get(&claim).copied()).unwrap_or(Timestamp(i64::MIN));
        order.entry((confirmed_at, claim)).or_default().1 = Some(work);
    }
    let mut known = Facts { busy, ..facts.clone() };
    let mut found = Vec::new();
    for (held, own) in order.into_values() {
        if let Some(held) = held {
            // What was claimed on a consent stands when it is revoked later.
            known.person.consents = consent::for_rules(&facts.consents, |one| one.holds() || one.held_at(held.confirmed_at));
            found.extend(of_claim(&known, held));
        }
        known.busy.extend(own);
    }
    found
}

fn of_claim(known: &Facts, held: &Held) -> Vec<Breach> {
    let breach = |refused, by_roster| Breach { claim: held.claim, refused, by_roster };
    let Some(employment) = known.worker.employments.iter().find(|employment| employment.id == held.employment) else {
        return vec![breach(ClaimRefused::NotInPool, false)];
    };
    let unqualified = eligibility::qualified(employment, &held.terms, known).err();
    let away = (!known.available(held.terms.period)).then_some(ClaimRefused::NotAvailable);
    let shift = Shift { period: held.terms.period, break_minutes: held.terms.break_minutes, employment };
    let broken = Desk::new(known).breaches(&shift);
    let elsewhere: Vec<_> = if broken.is_empty() { Vec::new() } else { rules(&Desk::new(&without_rosters(known)).breaches(&shift)) };
    let by_roster = |refused: &ClaimRefused| !elsewhere.contains(&refused.rule());
    let of_time = broken.into_iter().map(|refused| breach(refused.clone(), by_roster(&refused)));
    unqualified.into_iter().chain(away).map(|refused| breach(refused, false)).chain(of_time).collect()
}

fn rules(refused: &[ClaimRefused]) -> Vec<Option<&'static str>> {
    refused.iter().map(ClaimRefused::rule).collect()
}

fn without_rosters(known: &Facts) -> Facts {
    let is_roster = |work: &Busy| work.claim.is_none() && work.employer.is_some();
    Facts { busy: known.busy.iter().copied().filter(|work| !is_roster(work)).collect(), ..known.clone() }
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
    fn a_roster_gives_way_unless_own_gaps_come_first_and_what_nobody_here_can_change_does_not() {
        let (mut facts, held) = claimed(&["2026-05-04 15:00 2026-05-04 23:00"]);
        let who = |facts: &Facts| -> Vec<(Yields, Yields)> {
            breaches(facts, &held).iter().map(|breach| (breach.yields(false), breach.yields(true))).collect()
        };
        let block = Busy { claim: None, ..work("2026-05-04 22:00 2026-05-05 06:00", 2) };
        facts.busy.push(block);
        assert_eq!(who(&facts), [(Yields::Other, Yields::Claim)]);
        facts.unavailable.push((at("2026-05-04 16:00"), None));
        assert_eq!(who(&facts), [(Yields::Claim, Yields::Claim), (Yields::Other, Yields::Claim)]);
        facts.unavailable.clear();
        // Changing the roster would not help: the worker told of work elsewhere at that time.
        facts.busy.push(Busy { employer: None, employment: None, ..block });
        assert_eq!(who(&facts), [(Yields::Claim, Yields::Claim)]);
    }

    #[test]
    fn what_was_claimed_on_a_consent_stands_when_it_is_revoked() {
        use crate::domain::consent::{Consent, ConsentKind::IrregularHours};
        let (mut facts, held) = claimed(&["2026-05-04 15:00 2026-05-04 23:00"]);
        let limit = working_time::Limit::RegularHours;
        facts.person.constraints = vec![working_time::Constraint { from: day("2026-05-01"), until: None, limit }];
        assert_eq!(found(&facts, &held).len(), 1);
        let consent = |given_at, revoked_at: Option<i64>| Consent {
            kind: IrregularHours as i32,
            given_at: Timestamp(given_at),
            revoked_at: revoked_at.map(Timestamp),
        };
        // The claim was confirmed at 1.
        for (given, revoked, breaches) in [(0, None, 0), (0, Some(2), 0), (0, Some(1), 1), (5, None, 0), (5, Some(6), 1)] {
            facts.consents = vec![consent(given, revoked)];
            assert_eq!(found(&facts, &held).len(), breaches, "given at {given}, revoked at {revoked:?}");
        }
    }

    #[test]
    fn a_claim_that_was_worked_is_no_news_about_an_earlier_one() {
        let (mut facts, mut held) = claimed(&["2026-05-05 07:00 2026-05-05 15:00", "2026-05-04 22:00 2026-05-05 06:00"]);
        let broken = found(&facts, &held);
        assert!(!broken.is_empty() && broken.iter().all(|(claim, _)| *claim == 2), "{broken:?}");
        // The night, confirmed second, is over.
        let night = held.pop().expect("the second");
        facts.confirmed_at.insert(night.claim, night.confirmed_at);
        assert_eq!(found(&facts, &held), []);
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
    fn there_are_two_days_to_solve_a_conflict_but_time_to_fill_the_place_and_none_when_somebody_is_away() {
        let shift = period("2026-05-04 07:00 2026-05-04 15:00");
        for (now, until) in [
            ("2026-05-01 07:00", "2026-05-03 07:00"),
            ("2026-05-02 12:00", "2026-05-03 19:00"),
            ("2026-05-03 18:59", "2026-05-03 19:00"),
            ("2026-05-03 19:00", "2026-05-04 07:00"),
            ("2026-05-04 08:00", "2026-05-04 08:00"),
        ] {
            assert_eq!(deadline(at(now), shift, &ClaimRefused::NotInPool), at(until), "{now}");
            assert_eq!(deadline(at(now), shift, &ClaimRefused::NotAvailable), at(now), "{now}");
        }
    }
}
