//! Asks the rules with a candidate and without it, and tells the difference (D9).

use std::cell::OnceCell;

use chassis::{
    ids::EmploymentId,
    time::{LocalDate, Timestamp},
};

use crate::{
    block::{Block, Kind},
    breach::{Breach, Found, Grade, difference},
    norms::Norms,
    part::{Part, Taken},
    piece::{CANDIDATE, Piece},
    roster::Roster,
    rule::{Measure, Rule},
    rules,
    verdict::{Finding, Verdict, told},
    view::{AROUND, View},
    zone,
};

/// A roster around one week, for candidates that start in it and would be worked under one employment: what is broken without them is
/// found once, when the first of them asks for it.
#[derive(Debug)]
pub struct Around<'a> {
    roster: &'a Roster,
    norms: &'a Norms,
    employment: Option<EmploymentId>,
    own: &'a Part,
    week: i32,
    without: OnceCell<Vec<Breach>>,
}

impl Roster {
    /// The weeks around a day, for work under this employment, by the values of its collective agreement.
    pub fn around<'a>(&'a self, day: LocalDate, employment: Option<EmploymentId>, norms: &'a Norms) -> Around<'a> {
        self.around_week(zone::week_of_day(zone::day_number(day)), employment, norms)
    }

    pub(crate) fn around_week<'a>(&'a self, week: i32, employment: Option<EmploymentId>, norms: &'a Norms) -> Around<'a> {
        Around { roster: self, norms, employment, own: self.own(employment, norms), week, without: OnceCell::new() }
    }

    /// Whether `candidate` may be added, under the values of the collective agreement of its employment on its first day. It must not be
    /// among the blocks of the roster itself. `now` is only for warnings about short notice.
    pub fn judge(&self, candidate: &Block, norms: &Norms, now: Timestamp) -> Verdict {
        let piece = self.piece(candidate);
        self.around_week(zone::week_of_day(piece.day), candidate.employment, norms).verdict(&piece, now)
    }

    /// Whether a candidate may be added: as [`Roster::judge`], for who only asks that.
    pub fn allows(&self, candidate: &Block, norms: &Norms) -> bool {
        let piece = self.piece(candidate);
        self.around_week(zone::week_of_day(piece.day), candidate.employment, norms).is_free_for(&piece)
    }

    /// Judges candidates that belong together, such as a series or the parts of a split shift, each as if those before it in time were
    /// worked already. The verdicts stand in the order of the candidates.
    pub fn judge_all(&self, candidates: &[Block], norms: impl Fn(&Block) -> Norms, now: Timestamp) -> Vec<Verdict> {
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        order.sort_by_key(|at| (candidates[*at].start, candidates[*at].end));
        let mut verdicts: Vec<(usize, Verdict)> = Vec::with_capacity(order.len());
        let mut roster = self.clone();
        for at in order {
            verdicts.push((at, roster.judge(&candidates[at], &norms(&candidates[at]), now)));
            roster = roster.with(candidates[at]);
        }
        verdicts.sort_unstable_by_key(|(at, _)| *at);
        verdicts.into_iter().map(|(_, verdict)| verdict).collect()
    }

    /// Everything that is broken in the 31 weeks around a day, whoever is to blame. Where two blocks overlap, only that is told of their
    /// shift: what was really worked in it is not known.
    pub fn audit(&self, around: LocalDate, employment: Option<EmploymentId>, norms: &Norms) -> Vec<Finding> {
        let around = self.around(around, employment, norms);
        let (view, found) = around.found(None);
        let known = |breach: &Breach| {
            let near = |start: i64, end: i64| breach.window.0 <= end && start <= breach.window.1;
            !breach.measure.is_of_shift() || !view.diensten.iter().any(|dienst| dienst.overlaps && near(dienst.start, dienst.end))
        };
        told(broken(found.0).filter(known).chain(around.old_overlaps()).collect(), None, |rule| around.part(rule))
    }

    pub(crate) fn piece(&self, candidate: &Block) -> Piece {
        Piece::new(candidate, CANDIDATE, self.adult_from, i64::MIN)
    }
}

impl Around<'_> {
    /// Whether `candidate` may be added, as [`Roster::judge`] says. One that starts in another week, or is of another employment, is
    /// judged in its own, by the same values.
    pub fn judge(&self, candidate: &Block, now: Timestamp) -> Verdict {
        let piece = self.roster.piece(candidate);
        if self.is_of(candidate, &piece) { self.verdict(&piece, now) } else { self.roster.judge(candidate, self.norms, now) }
    }

    /// Whether `candidate` may be added, for who only asks that.
    pub fn allows(&self, candidate: &Block) -> bool {
        let piece = self.roster.piece(candidate);
        if self.is_of(candidate, &piece) { self.is_free_for(&piece) } else { self.roster.allows(candidate, self.norms) }
    }

    fn is_of(&self, candidate: &Block, piece: &Piece) -> bool {
        zone::week_of_day(piece.day) == self.week && candidate.employment == self.employment
    }

    fn verdict(&self, piece: &Piece, now: Timestamp) -> Verdict {
        let told = |breaches| told(breaches, Some(piece), |rule| self.part(rule));
        let incomplete = !self.roster.person.all_work_known;
        let overlaps: Vec<Breach> = self.roster.all.overlapping(piece).map(|other| overlap(other, piece.start, piece.end)).collect();
        if !overlaps.is_empty() {
            let older = broken(self.without().to_vec()).chain(self.old_overlaps()).collect();
            return Verdict { older: told(older), ..Verdict::new(incomplete, told(overlaps), Vec::new()) };
        }
        let (view, with) = self.found(Some(piece));
        let (new, old) = self.blamed(with);
        let (refusals, exceptions): (Vec<Breach>, Vec<Breach>) = new.into_iter().partition(|breach| breach.grade == Grade::Broken);
        let mut warnings = Found::default();
        rules::warning::about(&view, (&self.roster.all, self.own), zone::minute(now), &mut warnings);
        let older = broken(old).chain(self.old_overlaps()).collect();
        Verdict { warnings: told(warnings.0), older: told(older), ..Verdict::new(incomplete, told(refusals), told(exceptions)) }
    }

    fn is_free_for(&self, piece: &Piece) -> bool {
        self.roster.all.overlapping(piece).next().is_none() && self.refusals(piece).is_empty()
    }

    /// What a candidate that overlaps nothing is refused for.
    pub(crate) fn refusals(&self, piece: &Piece) -> Vec<Breach> {
        let (_, with) = self.found(Some(piece));
        let (mut new, _) = self.blamed(with);
        new.retain(|breach| breach.grade == Grade::Broken);
        new
    }

    /// What is new with the candidate, and what was there. Nothing found needs no second look.
    fn blamed(&self, with: Found) -> (Vec<Breach>, Vec<Breach>) {
        if with.0.is_empty() { (Vec::new(), Vec::new()) } else { difference(with.0, self.without()) }
    }

    fn without(&self) -> &[Breach] {
        self.without.get_or_init(|| self.found(None).1.0)
    }

    /// Everything that the rules find, with the candidate or without.
    fn found<'b>(&'b self, candidate: Option<&'b Piece>) -> (View<'b>, Found) {
        let (roster, norms) = (self.roster, self.norms);
        let mut found = Found::default();
        let look = |part| View::new(&roster.person, norms, roster.adult_from, part, self.week, candidate);
        let view = look(&roster.all);
        rules::law(&view, &mut found);
        if norms.has_agreement() {
            if std::ptr::eq(self.own, &roster.all) {
                rules::agreement(&view, &mut found);
            } else {
                rules::agreement(&look(self.own), &mut found);
            }
        }
        if let Some(piece) = candidate {
            arranged(piece, norms, &mut found);
        }
        (view, found)
    }

    /// The work that a rule looks at.
    fn part(&self, rule: Rule) -> &Part {
        if rule.is_agreed() { self.own } else { &self.roster.all }
    }

    fn old_overlaps(&self) -> impl Iterator<Item = Breach> {
        let (start, end) = (zone::week_start(self.week - AROUND), zone::week_start(self.week + AROUND + 1));
        let near = self.roster.all.overlaps.iter().filter(move |(earlier, later)| earlier.start < end && later.end > start);
        near.map(|(earlier, later)| overlap(earlier, later.start, later.end))
    }
}

fn broken(breaches: Vec<Breach>) -> impl Iterator<Item = Breach> {
    breaches.into_iter().filter(|breach| breach.grade == Grade::Broken)
}

fn overlap(other: &Taken, start: i64, end: i64) -> Breach {
    let window = (start.max(other.start), end.min(other.end));
    let measured = window.1 - window.0;
    Breach { rule: Rule::Overlap, measure: Measure::Overlap, grade: Grade::Broken, measured, limit: 0, excess: measured, window }
}

/// Presence and reachable duties need a collective arrangement (ATB-01, ATB-02).
fn arranged(piece: &Piece, norms: &Norms, found: &mut Found) {
    let rule = match piece.kind {
        Kind::Presence if !norms.presence => Rule::Presence,
        Kind::Reachable if !norms.reachable => Rule::Reachable,
        _ => return,
    };
    found.most(rule, Measure::ForbiddenKind, piece.end - piece.start, 0, (piece.start, piece.end));
}
