//! Whether a worker can have a shift, and if so under which employment and on what basis (I4, D12).

use std::collections::{BTreeSet, HashMap, HashSet};

use ::working_time::Person;
use chassis::{
    ids::{ClaimId, EmploymentId, OrganisationId, PoolId},
    time::{LocalDate, Timestamp},
};

use super::{
    agreement::{self, Agreement, Basis},
    calendar::Period,
    consent::Consent,
    refused::ClaimRefused,
    release::Audience,
    shift::{State, Terms},
    worker::{Employment, Worker},
    working_time::{self, Busy, Desk, Verdict},
};

/// What is known about a worker and the organisations around, at one moment.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The worker.
    pub worker: Worker,
    /// Which of the worker's employers are members of which pools.
    pub memberships: HashSet<(PoolId, OrganisationId)>,
    /// The agreements of the employers and of the hosts.
    pub agreements: Vec<Agreement>,
    /// Work of the worker around the shifts that are looked at, and of the year before.
    pub busy: Vec<Busy>,
    /// When the claims among that work were confirmed.
    pub confirmed_at: HashMap<ClaimId, Timestamp>,
    /// When the worker is not available, from and until; without an end it is not known yet. Why is known to nobody here (D7).
    pub unavailable: Vec<(Timestamp, Option<Timestamp>)>,
    /// What the rules of working time ask about the worker besides the work, with the consents that hold.
    pub person: Person,
    /// Everything that the worker ever agreed to.
    pub consents: Vec<Consent>,
    /// The days of which each employer gave its whole roster, first and last.
    pub rosters: HashMap<OrganisationId, (LocalDate, LocalDate)>,
    /// Until when the worker said that all work elsewhere is known.
    pub work_known_until: Option<LocalDate>,
    /// The collective agreement of each employer that has one.
    pub collective_agreements: HashMap<OrganisationId, String>,
}

/// How a worker can have a shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// Under this employment.
    pub employment: EmploymentId,
    /// With this employer.
    pub employer: OrganisationId,
    /// On this basis.
    pub basis: Basis,
    /// What the working-time rules found.
    pub verdict: Verdict,
}

impl Facts {
    /// Whether the worker is available all that time.
    pub fn available(&self, period: Period) -> bool {
        self.unavailable.iter().all(|(from, until)| period.ends_at() <= *from || until.is_some_and(|until| until <= period.starts_at()))
    }

    /// Whether all work of the worker on these days is known: every employer gave its roster, and the worker told of the rest.
    pub fn all_work_known(&self, days: [LocalDate; 2]) -> bool {
        let employs = |employment: &&Employment| days.into_iter().any(|day| employment.validity.holds_on(day));
        let given = |employment: &Employment| {
            self.rosters.get(&employment.organisation).is_some_and(|(from, until)| *from <= days[0] && days[1] <= *until)
        };
        self.work_known_until.is_some_and(|until| days[1] <= until) && self.worker.employments.iter().filter(employs).all(given)
    }

    /// The pools whose shifts are the worker's to see on this day: an employer is a member, and the employment is not over.
    pub fn pools(&self, today: LocalDate) -> BTreeSet<PoolId> {
        let employs = |organisation| {
            let mut employments = self.worker.employments.iter().filter(|employment| employment.organisation == organisation);
            employments.any(|employment| employment.validity.until.is_none_or(|until| today <= until))
        };
        self.memberships.iter().filter(|(_, organisation)| employs(*organisation)).map(|(pool, _)| *pool).collect()
    }
}

/// Decides whether the worker can have the shift at `now`, under the `requested` employment or, without one, under the first that
/// fits: with the host itself first, then by id.
///
/// The first reason in the order of [`ClaimRefused`] is given; of several employments, that of the one that came furthest. Who has no
/// employer in the pool now learns only that: how far the shift is is not theirs to see.
pub fn decide(shift: &Terms, desk: &Desk<'_>, requested: Option<EmploymentId>, now: Timestamp) -> Result<Offer, ClaimRefused> {
    let facts = desk.facts();
    if !facts.pools(now.local_date()).contains(&shift.pool) {
        return Err(ClaimRefused::NotInPool);
    }
    can_be_claimed(shift, facts, now)?;
    let mut best = ClaimRefused::NotInPool;
    let candidates = facts.worker.employments_for(shift.organisation);
    for employment in candidates.into_iter().filter(|employment| requested.is_none_or(|id| id == employment.id)) {
        match under(employment, shift, desk, now) {
            Ok(offer) => return Ok(offer),
            Err(refused) if refused.rank() > best.rank() => best = refused,
            Err(_) => {}
        }
    }
    Err(best)
}

pub(super) fn can_be_claimed(shift: &Terms, facts: &Facts, now: Timestamp) -> Result<(), ClaimRefused> {
    if shift.state == State::Cancelled {
        return Err(ClaimRefused::Cancelled);
    }
    if shift.state == State::Closed {
        return Err(ClaimRefused::Closed);
    }
    if shift.period.starts_at() <= now {
        return Err(ClaimRefused::Started);
    }
    if shift.taken + shift.held >= shift.places {
        return Err(ClaimRefused::Full { places: shift.places });
    }
    match facts.busy.iter().filter_map(|work| work.claim).find(|(_, claimed)| *claimed == shift.id) {
        Some((claim, _)) => Err(ClaimRefused::AlreadyClaimed { claim }),
        None => Ok(()),
    }
}

fn under(employment: &Employment, shift: &Terms, desk: &Desk<'_>, now: Timestamp) -> Result<Offer, ClaimRefused> {
    if !desk.facts().memberships.contains(&(shift.pool, employment.organisation)) {
        return Err(ClaimRefused::NotInPool);
    }
    let basis = qualified(employment, shift, desk.facts())?;
    let asked = working_time::Shift { period: shift.period, break_minutes: shift.break_minutes, employment };
    let verdict = desk.judge(&asked, now).map_err(|refused| match refused {
        // Why somebody is not available is not known; that it is so is told before what takes reckoning.
        ClaimRefused::WorkingTime { .. } if !desk.facts().available(shift.period) => ClaimRefused::NotAvailable,
        refused => refused,
    })?;
    if !desk.facts().available(shift.period) {
        return Err(ClaimRefused::NotAvailable);
    }
    // Last, so that somebody who waits for the opening does not find then that it was in vain.
    is_open(employment, shift, now)?;
    Ok(Offer { employment: employment.id, employer: employment.organisation, basis, verdict })
}

/// Everything but the pool and the time (I4): employment, agreement and basis, level, registration and competences on the days of the
/// shift.
pub fn qualified(employment: &Employment, shift: &Terms, facts: &Facts) -> Result<Basis, ClaimRefused> {
    let days = shift.period.days();
    let employed = days.into_iter().all(|day| employment.validity.holds_on(day));
    if !employed {
        return Err(ClaimRefused::NotInPool);
    }
    let basis = agreement::basis(&facts.agreements, employment, shift.organisation, days)?;
    if !employment.level.covers(shift.level) {
        return Err(ClaimRefused::LevelTooLow { required: shift.level, held: employment.level });
    }
    if shift.level.needs_registration()
        && let Some(date) = facts.worker.unregistered_on(days)
    {
        return Err(ClaimRefused::NotRegistered { date });
    }
    if let Some((competence, date)) = facts.worker.lacks(&shift.competences, days) {
        return Err(ClaimRefused::CompetenceMissing { competence: competence.to_owned(), date });
    }
    Ok(basis)
}

/// Whether the release plan has opened the shift for who works under this employment.
pub(super) fn is_open(employment: &Employment, shift: &Terms, now: Timestamp) -> Result<(), ClaimRefused> {
    let audience = Audience::of(employment, shift.organisation);
    match shift.release.opens_at(audience, shift.period.starts_at()) {
        None => Err(ClaimRefused::NotForSelfEmployed),
        Some(opens_at) if opens_at > now => Err(ClaimRefused::NotYetOpen { opens_at }),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        agreement::Bases,
        calendar::Validity,
        release::{Plan, Release},
        sample::{agreement_of, at, competence, day, employment, employment_id, facts, organisation, shift, work},
        worker::{EmploymentKind, FunctionLevel},
    };

    const NIGHT: &str = "2026-05-04 23:00 2026-05-05 07:00";
    const NOW: &str = "2026-05-01 12:00";

    fn decided(shift: &Terms, facts: &Facts, requested: Option<EmploymentId>) -> Result<Offer, ClaimRefused> {
        decide(shift, &Desk::new(facts), requested, at(NOW))
    }

    /// The refusal after a change to the shift and to the facts that alone would pass.
    fn refusal(change: impl FnOnce(&mut Terms, &mut Facts)) -> Option<ClaimRefused> {
        let (mut shift, mut facts) = (shift(NIGHT), facts());
        change(&mut shift, &mut facts);
        decided(&shift, &facts, None).err()
    }

    #[test]
    fn who_has_everything_gets_the_shift_with_employment_and_basis() {
        let offer = decided(&shift(NIGHT), &facts(), None).expect("fits");
        assert_eq!((offer.employment, offer.employer, offer.basis), (employment_id(1), organisation(1), Basis::OwnExtraHours));
    }

    #[test]
    fn every_condition_has_its_reason() {
        use FunctionLevel::{Carer, HelperPlus, Nurse};
        assert_eq!(refusal(|_, _| {}), None);
        assert_eq!(refusal(|shift, _| shift.state = State::Cancelled), Some(ClaimRefused::Cancelled));
        assert_eq!(refusal(|shift, _| shift.state = State::Closed), Some(ClaimRefused::Closed));
        assert_eq!(
            refusal(|shift, _| shift.period = crate::domain::sample::period("2026-05-01 12:00 2026-05-01 20:00")),
            Some(ClaimRefused::Started)
        );
        assert_eq!(refusal(|shift, _| shift.taken = 1), Some(ClaimRefused::Full { places: 1 }));
        assert_eq!(refusal(|shift, _| shift.held = 1), Some(ClaimRefused::Full { places: 1 }));
        assert_eq!(refusal(|_, facts| facts.memberships.clear()), Some(ClaimRefused::NotInPool));
        assert_eq!(
            refusal(|_, facts| facts.agreements[0].validity.until = Some(day("2026-05-04"))),
            Some(ClaimRefused::NoAgreement { organisation: organisation(1), date: day("2026-05-05") })
        );
        assert_eq!(
            refusal(|_, facts| facts.agreements[0].bases = Bases::NONE),
            Some(ClaimRefused::NoBasis { organisation: organisation(1) })
        );
        assert_eq!(
            refusal(|_, facts| facts.worker.employments[0].level = HelperPlus),
            Some(ClaimRefused::LevelTooLow { required: Carer, held: HelperPlus })
        );
        let nurse = |shift: &mut Terms, facts: &mut Facts| (shift.level, facts.worker.employments[0].level) = (Nurse, Nurse);
        assert_eq!(refusal(nurse), Some(ClaimRefused::NotRegistered { date: day("2026-05-04") }));
        assert_eq!(
            refusal(|shift, _| shift.competences = vec!["infuus".to_owned()]),
            Some(ClaimRefused::CompetenceMissing { competence: "infuus".to_owned(), date: day("2026-05-04") })
        );
        let busy = work("2026-05-05 06:00 2026-05-05 10:00", 2);
        assert_eq!(refusal(|_, facts| facts.busy.push(busy)), Some(ClaimRefused::Overlap { other: busy.period, other_employer: true }));
        let away = (at("2026-05-05 06:00"), None);
        assert_eq!(refusal(|_, facts| facts.unavailable.push(away)), Some(ClaimRefused::NotAvailable));
        let back = (at("2026-05-01 06:00"), Some(at("2026-05-04 23:00")));
        assert_eq!(refusal(|_, facts| facts.unavailable.push(back)), None);
    }

    #[test]
    fn registration_and_competence_must_hold_on_the_day_of_the_end_too() {
        let with = |until: &'static str| {
            move |shift: &mut Terms, facts: &mut Facts| {
                (shift.level, facts.worker.employments[0].level) = (FunctionLevel::Nurse, FunctionLevel::DistrictNurse);
                facts.worker.registered_until = Some(day(until));
            }
        };
        assert_eq!(refusal(with("2026-05-04")), Some(ClaimRefused::NotRegistered { date: day("2026-05-05") }));
        assert_eq!(refusal(with("2026-05-05")), None);
        let skilled = |from: Option<&'static str>, until: Option<&'static str>| {
            move |shift: &mut Terms, facts: &mut Facts| {
                shift.competences = vec!["infuus".to_owned()];
                facts.worker.competences = vec![competence("infuus", from, until)];
            }
        };
        let missing = |date| Some(ClaimRefused::CompetenceMissing { competence: "infuus".to_owned(), date: day(date) });
        assert_eq!(refusal(skilled(None, Some("2026-05-04"))), missing("2026-05-05"));
        assert_eq!(refusal(skilled(Some("2026-05-05"), None)), missing("2026-05-04"));
        assert_eq!(refusal(skilled(Some("2026-05-04"), Some("2026-05-05"))), None);
    }

    #[test]
    fn an_employment_that_ends_during_the_shift_does_not_count() {
        let until =
            |text: &'static str| move |_: &mut Terms, facts: &mut Facts| facts.worker.employments[0].validity.until = Some(day(text));
        assert_eq!(refusal(until("2026-05-04")), Some(ClaimRefused::NotInPool));
        assert_eq!(refusal(until("2026-05-05")), None);
    }

    #[test]
    fn reasons_are_looked_for_in_their_order() {
        // Everything is wrong at once; what is mended comes off in the order of the reasons.
        let mut shift = shift(NIGHT);
        (shift.state, shift.taken, shift.level, shift.competences) = (State::Cancelled, 1, FunctionLevel::Nurse, vec!["infuus".to_owned()]);
        let mut facts = facts();
        let mut own = work(NIGHT, 1);
        own.claim = own.claim.map(|(claim, _)| (claim, shift.id));
        // Nine hours of rest before the night shift, and nine before that in the same week.
        let close = ["2026-05-02 18:00 2026-05-02 23:00", "2026-05-03 08:00 2026-05-03 13:00", "2026-05-04 09:00 2026-05-04 14:00"];
        facts.busy = close.map(|times| work(times, 2)).into();
        facts.busy.push(own);
        shift.break_minutes = 0;
        facts.unavailable = vec![(at("2026-05-04 20:00"), None)];
        facts.worker.employments[0].validity.until = Some(day("2026-05-04"));
        facts.agreements[0].bases = Bases::NONE;
        let mut ranks = Vec::new();
        let mends: [fn(&mut Terms, &mut Facts); 11] = [
            |shift, _| shift.state = State::Open,
            |shift, _| shift.taken = 0,
            |_, facts| facts.busy[3].claim = None,
            |_, facts| facts.worker.employments[0].validity.until = None,
            |_, facts| facts.agreements[0].bases = Bases::ALL,
            |_, facts| facts.worker.employments[0].level = FunctionLevel::DistrictNurse,
            |_, facts| facts.worker.registered_until = Some(day("2027-01-01")),
            |_, facts| facts.worker.competences.push(competence("infuus", None, None)),
            |_, facts| facts.busy.truncate(3),
            |_, facts| facts.busy.clear(),
            |_, facts| facts.unavailable.clear(),
        ];
        for mend in mends {
            ranks.push(decided(&shift, &facts, None).expect_err("still wrong").rank());
            mend(&mut shift, &mut facts);
        }
        ranks.push(decided(&shift, &facts, None).expect_err("still wrong").rank());
        assert_eq!(ranks, [1, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14]);
    }

    #[test]
    fn a_shift_that_opens_later_waits_and_everything_else_is_told_first() {
        let staged = |shift: &mut Terms, _: &mut Facts| {
            // Published three hours ago; the own organisation waits four, the pool five, the self-employed for ever.
            shift.release = Release {
                published_at: at("2026-05-01 09:00"),
                plan: Plan { own_organisation: 240, pool: 300, self_employed: None, ..Plan::AT_ONCE },
            };
        };
        let not_yet = |opens_at| Some(ClaimRefused::NotYetOpen { opens_at: at(opens_at) });
        let host = organisation(2);
        assert_eq!(refusal(staged), not_yet("2026-05-01 13:00"));
        let elsewhere = |shift: &mut Terms, facts: &mut Facts| {
            staged(shift, facts);
            shift.organisation = host;
            facts.agreements.push(agreement_of(2, Bases::ALL));
        };
        assert_eq!(refusal(elsewhere), not_yet("2026-05-01 14:00"));
        let on_own_account = |shift: &mut Terms, facts: &mut Facts| {
            staged(shift, facts);
            facts.worker.employments[0].kind = EmploymentKind::SelfEmployed;
        };
        assert_eq!(refusal(on_own_account), Some(ClaimRefused::NotForSelfEmployed));
        let open = |shift: &mut Terms, facts: &mut Facts| {
            staged(shift, facts);
            shift.release.plan.own_organisation = 180;
        };
        assert_eq!(refusal(open), None, "it opens at this very moment");
        let busy = work("2026-05-05 06:00 2026-05-05 10:00", 2);
        let also_busy = |shift: &mut Terms, facts: &mut Facts| {
            staged(shift, facts);
            facts.busy.push(busy);
        };
        assert_eq!(refusal(also_busy), Some(ClaimRefused::Overlap { other: busy.period, other_employer: true }));
    }

    #[test]
    fn the_own_employer_comes_first_and_then_the_lowest_id_that_fits() {
        let mut facts = facts();
        let host = organisation(1);
        facts.worker.employments = vec![
            employment(1, 3, EmploymentKind::Permanent),
            employment(2, 2, EmploymentKind::Permanent),
            employment(3, 1, EmploymentKind::Permanent),
        ];
        facts.memberships = (1..=3).map(|n| (shift(NIGHT).pool, organisation(n))).collect();
        facts.agreements = (1..=3).map(|n| agreement_of(n, Bases::ALL)).collect();
        let with = |facts: &Facts, requested| decided(&shift(NIGHT), facts, requested).map(|offer| (offer.employment, offer.basis));
        assert_eq!(shift(NIGHT).organisation, host);
        assert_eq!(with(&facts, None), Ok((employment_id(3), Basis::OwnExtraHours)));
        assert_eq!(with(&facts, Some(employment_id(2))), Ok((employment_id(2), Basis::CollegialLending)));
        facts.worker.employments[2].level = FunctionLevel::Helper;
        assert_eq!(with(&facts, None), Ok((employment_id(1), Basis::CollegialLending)));
    }

    #[test]
    fn the_refusal_is_that_of_the_employment_that_came_furthest() {
        let mut facts = facts();
        facts.worker.employments = vec![employment(1, 1, EmploymentKind::Permanent), employment(2, 2, EmploymentKind::Permanent)];
        facts.worker.employments[0].level = FunctionLevel::Helper;
        facts.memberships.insert((shift(NIGHT).pool, organisation(2)));
        let why = |facts: &Facts, requested| decided(&shift(NIGHT), facts, requested).expect_err("refused");
        let too_low = ClaimRefused::LevelTooLow { required: FunctionLevel::Carer, held: FunctionLevel::Helper };
        assert_eq!(why(&facts, None), too_low);
        let no_agreement = ClaimRefused::NoAgreement { organisation: organisation(2), date: day("2026-05-04") };
        assert_eq!(why(&facts, Some(employment_id(2))), no_agreement);
        facts.agreements.push(agreement_of(2, Bases::ALL));
        facts.busy = vec![work("2026-05-05 06:00 2026-05-05 10:00", 2)];
        assert!(matches!(why(&facts, None), ClaimRefused::Overlap { other_employer: false, .. }));
    }

    #[test]
    fn who_has_no_employer_in_the_pool_learns_nothing_of_the_shift() {
        let outside = refusal(|shift, facts| {
            (shift.state, shift.taken) = (State::Cancelled, 1);
            facts.memberships.clear();
        });
        assert_eq!(outside, Some(ClaimRefused::NotInPool));
    }

    #[test]
    fn a_pool_is_seen_until_the_last_day_of_the_employment() {
        let mut facts = facts();
        facts.worker.employments[0].validity = Validity { from: Some(day("2026-06-01")), until: Some(day("2026-06-30")) };
        let seen = |today| !facts.pools(day(today)).is_empty();
        assert_eq!(["2026-05-01", "2026-06-30", "2026-07-01"].map(seen), [true, true, false]);
    }

    #[test]
    fn a_validity_without_ends_always_holds() {
        assert_eq!(refusal(|_, facts| facts.worker.employments[0].validity = Validity { from: None, until: None }), None);
    }
}
