//! Everything that holds a worker back from a shift, for who asks: a claim is told the first reason only.

use chassis::time::Timestamp;

use super::{
    agreement,
    calendar::Period,
    eligibility::{can_be_claimed, is_open},
    refused::ClaimRefused,
    shift::Terms,
    worker::Employment,
    working_time::{self, Desk},
};

/// Every reason why the worker cannot have the shift at `now`, in the order in which they are looked for: those of the shift, then those
/// of the employment that comes furthest. The first is the one that [`super::eligibility::decide`] gives; nothing is found when that
/// makes an offer. Who has no employer in the pool learns only that.
pub fn reasons(shift: &Terms, desk: &Desk<'_>, now: Timestamp) -> Vec<ClaimRefused> {
    let facts = desk.facts();
    if !facts.pools(now.local_date()).contains(&shift.pool) {
        return vec![ClaimRefused::NotInPool];
    }
    let mut best: Option<Vec<ClaimRefused>> = None;
    // An employment that is in no pool or not of these days says nothing about the worker; it counts when there is no other.
    let came = |found: &[ClaimRefused]| found.first().map_or(u8::MAX, ClaimRefused::rank);
    for employment in facts.worker.employments_for(shift.organisation) {
        let found = under(employment, shift, desk, now);
        if best.as_deref().is_none_or(|best| came(&found) > came(best)) {
            best = Some(found);
        }
    }
    let of_worker = best.unwrap_or_else(|| vec![ClaimRefused::NotInPool]);
    of_shift(shift, desk, now).into_iter().chain(of_worker).collect()
}

/// The one competence that would be enough, if there is one: nothing else is missing, though it may not be open yet.
pub fn one_course_away(reasons: &[ClaimRefused]) -> Option<&str> {
    let mut missing = None;
    for reason in reasons {
        match reason {
            ClaimRefused::CompetenceMissing { competence, .. } if missing.is_none() => missing = Some(competence.as_str()),
            ClaimRefused::NotYetOpen { .. } => {}
            _ => return None,
        }
    }
    missing
}

/// What is found of the shift itself: whether it is full does not hide that the worker has it.
fn of_shift(shift: &Terms, desk: &Desk<'_>, now: Timestamp) -> Vec<ClaimRefused> {
    let Err(first) = can_be_claimed(shift, desk.facts(), now) else { return Vec::new() };
    let second = match first {
        ClaimRefused::Full { .. } => can_be_claimed(&Terms { taken: 0, held: 0, ..shift.clone() }, desk.facts(), now).err(),
        _ => None,
    };
    [Some(first), second].into_iter().flatten().collect()
}

fn under(employment: &Employment, shift: &Terms, desk: &Desk<'_>, now: Timestamp) -> Vec<ClaimRefused> {
    let (facts, days) = (desk.facts(), shift.period.days());
    let in_pool = facts.memberships.contains(&(shift.pool, employment.organisation));
    if !in_pool || !days.into_iter().all(|day| employment.validity.holds_on(day)) {
        return vec![ClaimRefused::NotInPool];
    }
    let mut found: Vec<ClaimRefused> =
        agreement::basis(&facts.agreements, employment, shift.organisation, days).err().into_iter().collect();
    if !employment.level.covers(shift.level) {
        found.push(ClaimRefused::LevelTooLow { required: shift.level, held: employment.level });
    }
    if shift.level.needs_registration()
        && let Some(date) = facts.worker.unregistered_on(days)
    {
        found.push(ClaimRefused::NotRegistered { date });
    }
    let missing = shift.competences.iter().filter_map(|code| facts.worker.lacks(std::slice::from_ref(code), days));
    found.extend(missing.map(|(competence, date)| ClaimRefused::CompetenceMissing { competence: competence.to_owned(), date }));
    let asked = working_time::Shift { period: shift.period, break_minutes: shift.break_minutes, employment };
    found.extend(of_time(desk, &asked, shift.period));
    found.extend(is_open(employment, shift, now).err());
    found
}

/// What working time says, and that the worker is not available in its place: before what takes reckoning.
fn of_time(desk: &Desk<'_>, asked: &working_time::Shift<'_>, period: Period) -> Vec<ClaimRefused> {
    let mut found = desk.breaches(asked);
    if !desk.facts().available(period) {
        found.retain(|refused| *refused != ClaimRefused::NotAvailable);
        let reckoned = |refused: &ClaimRefused| matches!(refused, ClaimRefused::WorkingTime { .. });
        let place = found.iter().position(reckoned).unwrap_or(found.len());
        found.insert(place, ClaimRefused::NotAvailable);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        agreement::Bases,
        eligibility::{Facts, decide},
        sample::{agreement_of, at, competence, employment, facts, organisation, shift, work},
        shift::State,
        worker::{EmploymentKind, FunctionLevel},
    };

    const NIGHT: &str = "2026-05-04 23:00 2026-05-05 07:00";
    const NOW: &str = "2026-05-01 12:00";

    fn found(shift: &Terms, facts: &Facts) -> Vec<ClaimRefused> {
        let desk = Desk::new(facts);
        let all = reasons(shift, &desk, at(NOW));
        let first = decide(shift, &desk, None, at(NOW)).err();
        let name = |refused: &ClaimRefused| (refused.rank(), refused.rule());
        assert_eq!(all.first().map(name), first.as_ref().map(name), "the first is what a claim is refused for");
        all
    }

    fn ranks(shift: &Terms, facts: &Facts) -> Vec<u8> {
        found(shift, facts).iter().map(ClaimRefused::rank).collect()
    }

    #[test]
    fn every_reason_is_told_in_the_order_in_which_they_are_looked_for() {
        let (mut shift, mut facts) = (shift(NIGHT), facts());
        assert_eq!(ranks(&shift, &facts), [0_u8; 0]);
        shift.taken = 1;
        shift.level = FunctionLevel::Nurse;
        shift.competences = vec!["infuus".to_owned(), "katheter".to_owned()];
        facts.agreements[0].bases = Bases::NONE;
        facts.busy = vec![work("2026-05-05 06:00 2026-05-05 10:00", 2)];
        facts.unavailable = vec![(at("2026-05-04 20:00"), None)];
        let all = ranks(&shift, &facts);
        assert_eq!(all[..8], [3, 7, 8, 9, 10, 10, 11, 13]);
        assert!(all[8..].iter().all(|rank| *rank == 14), "{all:?}");
        shift.state = State::Cancelled;
        assert_eq!(ranks(&shift, &facts)[..2], [1, 7], "of a shift that was taken back only that");
        facts.memberships.clear();
        assert_eq!(ranks(&shift, &facts), [5], "who has no employer in the pool learns nothing else");
    }

    #[test]
    fn of_several_employments_the_one_that_comes_furthest_is_told_of() {
        let (mut shift, mut facts) = (shift(NIGHT), facts());
        facts.worker.employments.push(employment(2, 2, EmploymentKind::Permanent));
        facts.memberships.insert((shift.pool, organisation(2)));
        facts.agreements.push(agreement_of(2, Bases::ALL));
        facts.worker.employments[0].level = FunctionLevel::Helper;
        shift.competences = vec!["infuus".to_owned()];
        assert_eq!(ranks(&shift, &facts), [10]);
        facts.worker.competences = vec![competence("infuus", None, None)];
        assert_eq!(ranks(&shift, &facts), [0_u8; 0]);
        facts.worker.employments.clear();
        assert_eq!(ranks(&shift, &facts), [5]);
    }

    #[test]
    fn one_course_away_is_who_lacks_one_competence_and_nothing_else() {
        let (mut shift, facts) = (shift(NIGHT), facts());
        let away = |shift: &Terms, facts: &Facts| one_course_away(&found(shift, facts)).map(str::to_owned);
        assert_eq!(away(&shift, &facts), None);
        shift.competences = vec!["infuus".to_owned()];
        assert_eq!(away(&shift, &facts).as_deref(), Some("infuus"));
        shift.release.published_at = at("2026-05-02 12:00");
        assert_eq!(away(&shift, &facts).as_deref(), Some("infuus"), "it opens later");
        shift.taken = 1;
        assert_eq!(away(&shift, &facts), None, "a course makes no place");
        shift.taken = 0;
        shift.competences.push("katheter".to_owned());
        assert_eq!(away(&shift, &facts), None, "that takes two");
    }
}
