//! What the rules find.

use crate::rule::{Measure, Rule};

/// Whether a norm is broken, or something was used that is only allowed now and then or by consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grade {
    Broken,
    Used,
}

/// One thing that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Breach {
    pub(crate) rule: Rule,
    pub(crate) measure: Measure,
    pub(crate) grade: Grade,
    pub(crate) measured: i64,
    pub(crate) limit: i64,
    /// How bad it is, to compare with the same breach without the candidate.
    pub(crate) excess: i64,
    /// From and until when it is.
    pub(crate) window: (i64, i64),
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(crate) struct Found(pub(crate) Vec<Breach>);

impl Found {
    /// Broken when more was measured than the limit.
    pub(crate) fn most(&mut self, rule: Rule, measure: Measure, measured: impl Into<i64>, limit: impl Into<i64>, window: (i64, i64)) {
        let (measured, limit) = (measured.into(), limit.into());
        if measured > limit {
            self.0.push(Breach { rule, measure, grade: Grade::Broken, measured, limit, excess: measured - limit, window });
        }
    }

    /// Broken when less was measured than the limit.
    pub(crate) fn least(&mut self, rule: Rule, measure: Measure, measured: impl Into<i64>, limit: impl Into<i64>, window: (i64, i64)) {
        let (measured, limit) = (measured.into(), limit.into());
        if measured < limit {
            self.0.push(Breach { rule, measure, grade: Grade::Broken, measured, limit, excess: limit - measured, window });
        }
    }

    /// Broken, and as bad as `excess` says.
    pub(crate) fn broken(&mut self, rule: Rule, measure: Measure, (measured, limit): (i64, i64), excess: i64, window: (i64, i64)) {
        self.0.push(Breach { rule, measure, grade: Grade::Broken, measured, limit, excess, window });
    }

    /// Lawful by an exception.
    pub(crate) fn used(&mut self, rule: Rule, measure: Measure, measured: impl Into<i64>, limit: impl Into<i64>, window: (i64, i64)) {
        let (measured, limit) = (measured.into(), limit.into());
        self.0.push(Breach { rule, measure, grade: Grade::Used, measured, limit, excess: (measured - limit).abs(), window });
    }
}

/// The breaches of `with` that a piece of work is to blame for, given what there is without it (D9): first, then those that were there.
///
/// The same breach is one of the same rule that measures the same in the same window; where that moved, in one that overlaps. Each old
/// breach excuses one at most, and only when that is no worse.
pub(crate) fn difference(with: Vec<Breach>, without: &[Breach]) -> (Vec<Breach>, Vec<Breach>) {
    let mut free = vec![true; without.len()];
    let (mut new, mut old, mut moved) = (Vec::new(), Vec::new(), Vec::new());
    let same = |a: &Breach, b: &Breach| a.rule == b.rule && a.measure == b.measure && a.grade == b.grade;
    for breach in with {
        match (0..without.len()).find(|at| free[*at] && same(&breach, &without[*at]) && breach.window == without[*at].window) {
            Some(at) => {
                free[at] = false;
                if breach.excess > without[at].excess { new.push(breach) } else { old.push(breach) }
            }
            None => moved.push(breach),
        }
    }
    for breach in moved {
        let overlaps = |other: &Breach| breach.window.0 < other.window.1 && other.window.0 < breach.window.1;
        let excuse = (0..without.len())
            .find(|at| free[*at] && same(&breach, &without[*at]) && overlaps(&without[*at]) && breach.excess <= without[*at].excess);
        match excuse {
            Some(at) => {
                free[at] = false;
                old.push(breach);
            }
            None => new.push(breach),
        }
    }
    (new, old)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breach(excess: i64, window: (i64, i64)) -> Breach {
        let (rule, measure) = (Rule::FourWeeks, Measure::FourWeekWork);
        Breach { rule, measure, grade: Grade::Broken, measured: excess, limit: 0, excess, window }
    }

    #[test]
    fn an_old_breach_excuses_one_that_is_no_worse() {
        let a = breach(10, (0, 100));
        for (with, without, blamed) in [
            (vec![a], vec![], 1),
            (vec![a], vec![a], 0),
            (vec![breach(11, (0, 100))], vec![a], 1),
            (vec![breach(9, (0, 100))], vec![a], 0),
            // Where the window moved.
            (vec![breach(10, (50, 150))], vec![a], 0),
            (vec![breach(11, (50, 150))], vec![a], 1),
            (vec![breach(1, (100, 200))], vec![a], 1),
            // One old breach does not excuse two, and the same window goes first.
            (vec![breach(1, (50, 150)), a], vec![a], 1),
            (vec![breach(1, (50, 150)), a], vec![a, breach(1, (60, 160))], 0),
            (vec![Breach { grade: Grade::Used, ..a }], vec![a], 1),
            (vec![Breach { rule: Rule::SixteenWeeks, ..a }], vec![a], 1),
        ] {
            let all = with.len();
            let (new, old) = difference(with.clone(), &without);
            assert_eq!((new.len(), old.len()), (blamed, all - blamed), "{with:?} beside {without:?}");
        }
    }
}
