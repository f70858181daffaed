//! What is told about a candidate.

use chassis::time::Timestamp;

use crate::{
    breach::Breach,
    part::Part,
    piece::{CANDIDATE, Piece},
    rule::{Measure, Rule, Unit},
    zone,
};

/// Whether the candidate may be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Yes.
    Allowed,
    /// Yes, by something that the law allows only now and then, or the person's consent.
    AllowedWithException,
    /// No.
    Refused,
}

/// The answer to [`Roster::judge`](crate::Roster::judge).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the candidate may be added.
    pub outcome: Outcome,
    /// Work elsewhere may be unknown. It is told, and never refuses.
    pub incomplete: bool,
    /// What the candidate breaks, in the order in which to tell it.
    pub refusals: Vec<Finding>,
    /// What it uses of what is allowed only now and then.
    pub exceptions: Vec<Finding>,
    /// What to tell beside it.
    pub warnings: Vec<Finding>,
    /// What was broken before, and is no worse with the candidate.
    pub older: Vec<Finding>,
}

impl Verdict {
    /// Whether the candidate may be added.
    pub fn is_allowed(&self) -> bool {
        self.outcome != Outcome::Refused
    }

    pub(crate) fn new(incomplete: bool, refusals: Vec<Finding>, exceptions: Vec<Finding>) -> Self {
        let outcome = match (refusals.is_empty(), exceptions.is_empty()) {
            (false, _) => Outcome::Refused,
            (true, false) => Outcome::AllowedWithException,
            (true, true) => Outcome::Allowed,
        };
        Self { outcome, incomplete, refusals, exceptions, warnings: Vec::new(), older: Vec::new() }
    }
}

/// One thing that a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What of it was measured.
    pub measure: Measure,
    /// How much, in the unit of the measure.
    pub measured: i64,
    /// How much is allowed at most, or needed at least.
    pub limit: i64,
    /// Where it begins: of a rest the end of the work before it, of weeks the first Sunday.
    pub from: Timestamp,
    /// Where it ends.
    pub until: Timestamp,
    /// The blocks that have part in it, by their place among those that the roster was made of, in order of time.
    pub blocks: Vec<usize>,
    /// Whether the candidate has.
    pub candidate: bool,
}

impl Finding {
    /// In what it was measured.
    pub fn unit(&self) -> Unit {
        self.measure.unit()
    }

    fn of(breach: &Breach, part: &Part, candidate: Option<&Piece>) -> Self {
        let (from, until) = breach.window;
        // Between two shifts: those that touch the rest are meant.
        let touching = i64::from(breach.measure.is_between_shifts());
        let within = |start: i64, end: i64| start < until + touching && end > from - touching;
        Self {
            rule: breach.rule,
            measure: breach.measure,
            measured: breach.measured,
            limit: breach.limit,
            from: zone::timestamp(from),
            until: zone::timestamp(until),
            blocks: part.taken().filter(|taken| within(taken.start, taken.end)).map(|taken| taken.index as usize).collect(),
            candidate: candidate.is_some_and(|piece| piece.index == CANDIDATE && within(piece.start, piece.end)),
        }
    }
}

impl Measure {
    fn is_between_shifts(self) -> bool {
        matches!(self, Self::Rest | Self::ShortRestAgain | Self::RestMadeUp | Self::RestAfterExtension | Self::RestAfterSeries)
    }

    /// Whether it is about one shift or the rest after it, and so is not known where two blocks of that shift overlap.
    pub(crate) fn is_of_shift(self) -> bool {
        self.is_between_shifts()
            || matches!(self, Self::RestInShift | Self::Span | Self::ShiftWork | Self::BlockWork | Self::Breaks | Self::Split)
    }

    /// Whether it is looked for in every place of a window that slides, so that one cause is found many times.
    fn slides(self) -> bool {
        matches!(
            self,
            Self::FourWeekWork
                | Self::PeriodWork
                | Self::PeriodWorkWithNights
                | Self::HalfYearWork
                | Self::PresenceDuties
                | Self::DayWork
                | Self::Nights
                | Self::NightsInYear
                | Self::NightHours
                | Self::Extensions
                | Self::ExtensionsInYear
                | Self::OnCallDays
                | Self::FreePairs
                | Self::ReachableInWeek
                | Self::ReachableInPeriod
                | Self::FreeSundays
                | Self::FreeWeekends
        )
    }
}

/// What was found, in the order in which to tell it; of what slides only the worst. `part` is the work that a rule looked at.
pub(crate) fn told<'a>(mut breaches: Vec<Breach>, candidate: Option<&Piece>, part: impl Fn(Rule) -> &'a Part) -> Vec<Finding> {
    breaches.sort_unstable_by_key(|breach| {
        (breach.rule, breach.measure, if breach.measure.slides() { -breach.excess } else { 0 }, breach.window)
    });
    breaches.dedup_by(|next, first| next.rule == first.rule && next.measure == first.measure && first.measure.slides());
    breaches.iter().map(|breach| Finding::of(breach, part(breach.rule), candidate)).collect()
}
