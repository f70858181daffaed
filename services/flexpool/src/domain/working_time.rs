//! Whether one more shift fits into somebody's working time: what the library `working_time` says of it, as claims need it (D9).
//!
//! The library judges under the law and the collective agreement of the employment under which the shift would be worked, over all known
//! work of the person at every employer (ATW-17). Here its findings become what a claim is refused for, what is stored with a claim and
//! what is shown; of work at another employer that is its time and nothing else (D15).

use std::{sync::OnceLock, time::Duration};

use chassis::{
    ids::{ClaimId, EmploymentId, OrganisationId, ShiftId},
    time::{LocalDate, Timestamp},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use working_time::{Block, CaoTable, HoursLeft, Kind, Measure, Norms, Roster, Rule};

use super::{calendar::Period, eligibility::Facts, refused::ClaimRefused, worker::Employment};

/// How far a refused worker is told when a shift of that length would be possible.
const NEXT_WITHIN: Duration = Duration::from_secs(3 * 24 * 3600);

/// Time at which somebody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// When.
    pub period: Period,
    /// Unpaid break in minutes.
    pub break_minutes: i32,
    /// What is done in it.
    pub kind: Kind,
    /// At whose expense; absent for work elsewhere that the worker told of.
    pub employer: Option<OrganisationId>,
    /// Under which employment, where that is known.
    pub employment: Option<EmploymentId>,
    /// The claim and its shift that it comes from.
    pub claim: Option<(ClaimId, ShiftId)>,
}

impl Busy {
    /// As the library knows it; `None` for what it cannot: outside the years 2000 to 2099, or longer than three days.
    pub fn block(&self) -> Option<Block> {
        let block = Block::new(self.period.starts_at(), self.period.ends_at(), i64::from(self.break_minutes)).ok()?.of_kind(self.kind);
        let block = self.employer.map_or(block, |employer| block.at(employer));
        Some(self.employment.map_or(block, |employment| block.under(employment)))
    }
}

/// One thing that a rule found, as it is told and stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The rule.
    #[serde(serialize_with = "rule_id", deserialize_with = "rule_of_id")]
    pub rule: Rule,
    /// What of it was measured.
    #[serde(serialize_with = "measure_name", deserialize_with = "measure_of_name")]
    pub measure: Measure,
    /// How much, in the unit of the measure.
    pub measured: i64,
    /// How much is allowed at most, or needed at least.
    pub limit: i64,
    /// Where it begins and ends, in microseconds.
    pub window: (i64, i64),
    /// The work closest to the shift that has part in it, in microseconds.
    pub other: Option<(i64, i64)>,
    /// Whether work at another employer than the claim's has part in it; which one is shown to nobody.
    pub other_work: bool,
}

fn rule_id<S: Serializer>(rule: &Rule, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(rule.id())
}

fn rule_of_id<'a, D: Deserializer<'a>>(from: D) -> Result<Rule, D::Error> {
    Rule::from_id(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("an unknown rule"))
}

fn measure_name<S: Serializer>(measure: &Measure, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(measure.name())
}

fn measure_of_name<'a, D: Deserializer<'a>>(from: D) -> Result<Measure, D::Error> {
    Measure::from_name(&String::deserialize(from)?).ok_or_else(|| D::Error::custom("an unknown measure"))
}

/// What was found about a claim, stored with it (D9).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdict {
    /// Version of the rules.
    pub rule_set: i32,
    /// Edition of the table of collective agreements.
    pub agreements: String,
    /// The collective agreement whose values held; absent: the law alone.
    pub agreement: Option<String>,
    /// Work elsewhere may be unknown; never blocks.
    pub incomplete: bool,
    /// What is used of what the law allows only now and then, or by consent.
    pub exceptions: Vec<Told>,
    /// What to tell beside it.
    pub warnings: Vec<Told>,
    /// Breaches that were there before and that the claim does not worsen.
    pub older: Vec<Told>,
}

/// All known work of one person, for any number of questions about shifts.
#[derive(Debug)]
pub struct Desk<'a> {
    facts: &'a Facts,
    roster: OnceLock<Roster>,
    tells_next: bool,
}

impl<'a> Desk<'a> {
    /// On these facts.
    pub fn new(facts: &'a Facts) -> Self {
        Self { facts, roster: OnceLock::new(), tells_next: false }
    }

    /// The same, whose refusals also tell from when on work as long would be allowed. That takes a search.
    #[must_use]
    pub fn that_tells_next(self) -> Self {
        Self { tells_next: true, ..self }
    }

    /// What is known.
    pub fn facts(&self) -> &'a Facts {
        self.facts
    }

    /// Judges one more shift under an employment, at `now`. Errors: the first thing that is new or worse with it.
    pub fn judge(&self, shift: &Shift<'_>, now: Timestamp) -> Result<Verdict, ClaimRefused> {
        // Published shifts are whole minutes of known years; anything else cannot be judged, so it cannot be claimed.
        let question = self.question(shift).ok_or(ClaimRefused::NotAvailable)?;
        let verdict = self.roster().judge(&question.block, &question.norms, now);
        let mut refusals = verdict.refusals.iter();
        if let Some(first) = refusals.next() {
            let mut also: Vec<&'static str> = refusals.map(|finding| finding.rule.id()).filter(|id| *id != first.rule.id()).collect();
            also.dedup();
            let next = || self.roster().next_allowed(&question.block, &question.norms, NEXT_WITHIN);
            let next_allowed = if self.tells_next { next() } else { None };
            return Err(refused(self.told(first, &question), first.candidate, also, next_allowed));
        }
        let told = |findings: &[working_time::Finding]| findings.iter().map(|finding| self.told(finding, &question)).collect();
        Ok(Verdict {
            rule_set: working_time::RULE_SET,
            agreements: CaoTable::shipped().version().to_owned(),
            agreement: question.agreement.map(str::to_owned),
            incomplete: !self.facts.all_work_known(shift.period.days()),
            exceptions: told(&verdict.exceptions),
            warnings: told(&verdict.warnings),
            older: told(&verdict.older),
        })
    }

    /// Everything about working time that a shift would break, each rule once.
    pub fn breaches(&self, shift: &Shift<'_>) -> Vec<ClaimRefused> {
        let Some(question) = self.question(shift) else { return vec![ClaimRefused::NotAvailable] };
        // Only warnings ask for the time.
        let mut refusals = self.roster().judge(&question.block, &question.norms, shift.period.starts_at()).refusals;
        refusals.dedup_by_key(|finding| finding.rule);
        refusals.iter().map(|finding| refused(self.told(finding, &question), finding.candidate, Vec::new(), None)).collect()
    }

    fn question(&self, shift: &Shift<'_>) -> Option<Question<'a>> {
        let candidate = Busy {
            period: shift.period,
            break_minutes: shift.break_minutes,
            kind: Kind::Ordinary,
            employer: Some(shift.employment.organisation),
            employment: Some(shift.employment.id),
            claim: None,
        };
        let agreement = self.agreement(shift.employment);
        let norms = norms(agreement, shift.period.starts_at().local_date());
        Some(Question { block: candidate.block()?, employer: shift.employment.organisation, agreement, norms })
    }

    fn told(&self, finding: &working_time::Finding, question: &Question<'_>) -> Told {
        let known = self.roster().blocks();
        let blocks: Vec<&Block> = finding.blocks.iter().filter_map(|place| known.get(*place)).collect();
        let distance = |block: &&&Block| {
            let before = question.block.starts_at().0 - block.ends_at().0;
            let after = block.starts_at().0 - question.block.ends_at().0;
            (before.max(after).max(0), block.starts_at())
        };
        Told {
            rule: finding.rule,
            measure: finding.measure,
            measured: finding.measured,
            limit: finding.limit,
            window: (finding.from.0, finding.until.0),
            other: blocks.iter().min_by_key(distance).map(|block| (block.starts_at().0, block.ends_at().0)),
            other_work: blocks.iter().any(|block| block.employer() != Some(question.employer)),
        }
    }

    /// How much more the worker may work in the week and in the month of a day: the least that any employment of that day leaves.
    pub fn hours_left(&self, day: LocalDate) -> Option<HoursLeft> {
        let employments = self.facts.worker.employments.iter().filter(|employment| employment.validity.holds_on(day));
        let each = employments.map(|employment| {
            let norms = norms(self.agreement(employment), day);
            self.roster().hours_left(day, Some(employment.id), &norms)
        });
        each.reduce(|one, other| HoursLeft { week: one.week.min(other.week), month: one.month.min(other.month) })
    }

    /// The collective agreement of an employment; the law alone holds for who is self-employed.
    fn agreement(&self, employment: &Employment) -> Option<&'a str> {
        let employed = employment.kind != super::worker::EmploymentKind::SelfEmployed;
        self.facts.collective_agreements.get(&employment.organisation).filter(|_| employed).map(String::as_str)
    }

    fn roster(&self) -> &Roster {
        self.roster.get_or_init(|| {
            let blocks = self.facts.busy.iter().filter_map(Busy::block).collect();
            Roster::new(self.facts.person.clone(), blocks).with_own_records()
        })
    }
}

/// What is judged of a shift.
#[derive(Debug)]
pub struct Shift<'a> {
    /// When it is worked.
    pub period: Period,
    /// Unpaid break in minutes.
    pub break_minutes: i32,
    /// Under which employment.
    pub employment: &'a Employment,
}

/// A shift as the library is asked about it.
#[derive(Debug)]
struct Question<'a> {
    block: Block,
    employer: OrganisationId,
    agreement: Option<&'a str>,
    norms: Norms,
}

fn norms(agreement: Option<&str>, day: LocalDate) -> Norms {
    agreement.map_or(Norms::LAW, |name| CaoTable::shipped().norms(name, day))
}

/// What people see at once has a reason of its own: two shifts at the same time, and too little rest between two of them.
fn refused(told: Told, touches: bool, also: Vec<&'static str>, next_allowed: Option<Timestamp>) -> ClaimRefused {
    let other = told.other.and_then(|(start, end)| Period::new(Timestamp(start), Timestamp(end)));
    match (told.rule, told.measure, other) {
        (Rule::Overlap, _, Some(other)) => ClaimRefused::Overlap { other, other_employer: told.other_work },
        (Rule::DailyRest, Measure::Rest | Measure::ShortRestAgain | Measure::RestInShift, Some(other)) if touches => {
            ClaimRefused::RestTooShort { told, other, also, next_allowed }
        }
        _ => ClaimRefused::WorkingTime { told, also, next_allowed },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        sample::{at, day, employment, facts, organisation, period, work},
        worker::EmploymentKind,
    };

    /// Judges the last piece of work, with half an hour of break, beside the others, claimed at organisation 1.
    fn judged(times: &[&str], change: impl FnOnce(&mut Facts)) -> Result<Verdict, ClaimRefused> {
        let (candidate, others) = times.split_last().expect("at least one");
        let mut facts = facts();
        facts.busy = others.iter().map(|times| Busy { break_minutes: 30, ..work(times, 1) }).collect();
        change(&mut facts);
        let employment = facts.worker.employments[0];
        let shift = Shift { period: period(candidate), break_minutes: 30, employment: &employment };
        Desk::new(&facts).that_tells_next().judge(&shift, at("2026-04-01 12:00"))
    }

    const LATE: &str = "2026-05-04 15:00 2026-05-04 23:00";
    const EARLY: &str = "2026-05-05 07:00 2026-05-05 15:00";

    #[test]
    fn what_the_law_allows_now_and_then_is_told_with_the_verdict() {
        let verdict = judged(&[LATE, EARLY], |_| {}).expect("the first shorter rest of the week");
        let told = &verdict.exceptions[0];
        assert_eq!((told.rule, told.measured, told.limit, told.other_work), (Rule::DailyRest, 480, 660, false));
        assert_eq!(told.other, Some((at("2026-05-04 15:00").0, at("2026-05-04 23:00").0)));
        assert_eq!((verdict.incomplete, verdict.rule_set, verdict.agreement), (true, working_time::RULE_SET, None));
    }

    #[test]
    fn a_second_short_rest_is_refused_and_says_when_it_would_not_be() {
        let refused = judged(&["2026-05-02 15:00 2026-05-02 23:00", "2026-05-03 07:00 2026-05-03 15:00", LATE, EARLY], |_| {});
        let Err(ClaimRefused::RestTooShort { told, other, also, next_allowed }) = refused else { panic!("{refused:?}") };
        assert_eq!((told.measure, told.measured, other), (Measure::ShortRestAgain, 480, period(LATE)));
        assert_eq!((also, next_allowed), (vec![], Some(at("2026-05-05 10:00"))));
    }

    #[test]
    fn other_employers_and_work_that_somebody_told_of_are_other_work() {
        for (employer, other_work) in [(Some(1), false), (Some(2), true), (None, true)] {
            let refused = judged(&[LATE, "2026-05-04 22:00 2026-05-05 06:00"], |facts| {
                facts.busy[0].employer = employer.map(organisation);
            });
            let expected = ClaimRefused::Overlap { other: period(LATE), other_employer: other_work };
            assert_eq!(refused, Err(expected), "{employer:?}");
        }
    }

    #[test]
    fn the_collective_agreement_of_the_employer_holds_for_who_is_employed() {
        let long = ["2026-05-04 07:00 2026-05-04 18:30"];
        let in_care = |facts: &mut Facts| drop(facts.collective_agreements.insert(organisation(1), "VVT".to_owned()));
        let rules = |result: Result<Verdict, ClaimRefused>| result.map(|_| ()).map_err(|refused| refused.rule());
        assert_eq!(rules(judged(&long, |_| {})), Err(Some("ATW-09")));
        let refused = judged(&long, in_care);
        assert!(matches!(&refused, Err(ClaimRefused::WorkingTime { also, .. }) if also == &["CAO-04"]), "{refused:?}");
        let independent = judged(&long, |facts| {
            in_care(facts);
            facts.worker.employments[0] = employment(1, 1, EmploymentKind::SelfEmployed);
        });
        assert!(matches!(&independent, Err(ClaimRefused::WorkingTime { also, .. }) if also.is_empty()), "{independent:?}");
    }

    #[test]
    fn a_verdict_is_read_back_as_it_was_stored_and_an_older_one_too() {
        let verdict = judged(&[LATE, EARLY], |_| {}).expect("allowed");
        let stored = serde_json::to_string(&verdict).expect("JSON");
        assert_eq!(serde_json::from_str::<Verdict>(&stored).expect("a verdict"), verdict);
        let old = r#"{"rule_set":1,"checked":["OVERLAP","ATW-05"],"rest_minutes":[null,480],"older_breaches":0,"incomplete":true}"#;
        let read: Verdict = serde_json::from_str(old).expect("a verdict");
        assert_eq!((read.rule_set, read.incomplete, read.exceptions), (1, true, vec![]));
    }

    #[test]
    fn the_year_before_counts_for_what_looks_so_far_back() {
        // Forty Sundays worked in the year before, and one more: twelve are left.
        let mut facts = facts();
        let first = at("2025-06-01 09:00").0;
        let sunday = |week: i64| {
            let start = Timestamp(first + week * 7 * 24 * 3_600_000_000);
            Busy { period: Period::new(start, start.plus(Duration::from_secs(4 * 3600))).expect("a period"), ..work(LATE, 1) }
        };
        facts.busy = (0..39).map(sunday).collect();
        let employment = facts.worker.employments[0];
        let judge = |facts: &Facts| {
            let shift = Shift { period: period("2026-05-03 09:00 2026-05-03 13:00"), break_minutes: 0, employment: &employment };
            let verdict = Desk::new(facts).judge(&shift, at("2026-04-01 12:00")).expect("a warning at most");
            verdict.warnings.into_iter().find(|told| told.rule == Rule::FreeSundays).map(|told| (told.measured, told.limit))
        };
        assert_eq!(judge(&facts), Some((12, 13)));
        facts.busy.pop();
        assert_eq!(judge(&facts), None);
    }

    #[test]
    fn hours_left_are_those_of_the_employment_that_leaves_least() {
        let mut facts = facts();
        facts.busy = vec![work(LATE, 1)];
        let left = |facts: &Facts, on: &str| Desk::new(facts).hours_left(day(on)).map(|left| left.week);
        assert_eq!(left(&facts, "2026-05-04"), Some((60 - 8) * 60));
        facts.worker.employments.clear();
        assert_eq!(left(&facts, "2026-05-04"), None);
    }
}
