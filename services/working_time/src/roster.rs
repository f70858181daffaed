//! All that a person works, and the questions one can ask about it.

use std::sync::OnceLock;

use chassis::{
    ids::EmploymentId,
    time::{LocalDate, Timestamp},
};

use crate::{
    block::{Block, Kind},
    breach::{Breach, Found, Grade, difference},
    norms::Norms,
    part::{Part, Taken},
    person::Person,
    piece::{CANDIDATE, Piece, Role},
    rule::{Measure, Rule},
    rules,
    verdict::{Finding, Verdict, told},
    view::{AROUND, View},
    zone,
};

/// All known work of one person, put in order once: make it once and judge many candidates.
#[derive(Debug, Clone)]
pub struct Roster {
    blocks: Vec<Block>,
    pub(crate) person: Person,
    pub(crate) adult_from: i32,
    pub(crate) all: Part,
    own: Own,
    nothing: Part,
}

/// The work of each employment.
#[derive(Debug, Clone)]
enum Own {
    /// All blocks are of this one.
    One(Option<EmploymentId>),
    /// Each by itself, put in order when it is asked for.
    Each(Vec<(EmploymentId, OnceLock<Part>)>),
}

impl Roster {
    /// Of everything that a person works or is planned to work, at every employer, in whatever order. A verdict looks 15 weeks back and
    /// forward from the week of its candidate; more than that does no harm.
    pub fn new(person: Person, blocks: Vec<Block>) -> Self {
        let adult_from = person.eighteen_on.map_or(i32::MIN, zone::day_number);
        let all = Part::new(&blocks, adult_from, |_| true);
        let first = blocks.first().and_then(|block| block.employment);
        let own = if blocks.iter().all(|block| block.employment == first) {
            Own::One(first)
        } else {
            let mut employments: Vec<EmploymentId> = blocks.iter().filter_map(|block| block.employment).collect();
            employments.sort_unstable();
            employments.dedup();
            Own::Each(employments.into_iter().map(|employment| (employment, OnceLock::new())).collect())
        };
        Self { blocks, person, adult_from, all, own, nothing: Part::default() }
    }

    /// Whose it is.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// What it was made of: a [`Finding`] names blocks by their place here.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// With one more block, behind the others.
    #[must_use]
    pub fn with(&self, block: Block) -> Self {
        let mut blocks = self.blocks.clone();
        blocks.push(block);
        Self::new(self.person.clone(), blocks)
    }

    /// Without the block at this place, such as a shift that is given away in a swap.
    #[must_use]
    pub fn without(&self, place: usize) -> Self {
        let blocks = self.blocks.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, block)| *block);
        Self::new(self.person.clone(), blocks.collect())
    }

    /// Minutes of work in so many weeks from the one with this day on; weeks run from Sunday to Saturday (ATW-03).
    pub fn worked(&self, from: LocalDate, weeks: u16) -> i64 {
        let first = zone::week_of_day(zone::day_number(from));
        (first..first + i32::from(weeks)).map(|week| i64::from(self.all.weeks.get(week).work)).sum()
    }

    /// Whether `candidate` may be added, under the values of the collective agreement of its employment on its first day. `now` is only
    /// for warnings about short notice.
    pub fn judge(&self, candidate: &Block, norms: &Norms, now: Timestamp) -> Verdict {
        let piece = self.piece(candidate);
        let centre = zone::week_of_day(piece.day);
        let own = self.own(candidate.employment, norms);
        let part = |rule: Rule| if rule.is_agreed() { own } else { &self.all };
        let told = |breaches| told(breaches, Some(&piece), part);
        let incomplete = !self.person.all_work_known;
        let overlaps: Vec<Breach> = self.all.overlapping(&piece).map(|other| overlap(other, piece.start, piece.end)).collect();
        if !overlaps.is_empty() {
            let (_, without) = self.found(centre, None, norms, own);
            let older = broken(without.0).chain(self.old_overlaps(centre)).collect();
            return Verdict { older: told(older), ..Verdict::new(incomplete, told(overlaps), Vec::new()) };
        }
        let (view, with) = self.found(centre, Some(&piece), norms, own);
        let (new, old) = self.blamed(with, centre, norms, own);
        let (refusals, exceptions): (Vec<Breach>, Vec<Breach>) = new.into_iter().partition(|breach| breach.grade == Grade::Broken);
        let mut warnings = Found::default();
        rules::warning::about(&view, (&self.all, own), zone::minute(now), &mut warnings);
        let older = broken(old).chain(self.old_overlaps(centre)).collect();
        Verdict { warnings: told(warnings.0), older: told(older), ..Verdict::new(incomplete, told(refusals), told(exceptions)) }
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
        let centre = zone::week_of_day(zone::day_number(around));
        let own = self.own(employment, norms);
        let (view, found) = self.found(centre, None, norms, own);
        let known = |breach: &Breach| {
            let near = |start: i64, end: i64| breach.window.0 <= end && start <= breach.window.1;
            !breach.measure.is_of_shift() || !view.diensten.iter().any(|dienst| dienst.overlaps && near(dienst.start, dienst.end))
        };
        let breaches = broken(found.0).filter(known).chain(self.old_overlaps(centre)).collect();
        told(breaches, None, |rule: Rule| if rule.is_agreed() { own } else { &self.all })
    }

    /// Whether a candidate may be added: as [`Roster::judge`], for who only asks that.
    pub fn allows(&self, candidate: &Block, norms: &Norms) -> bool {
        let piece = self.piece(candidate);
        if self.all.overlapping(&piece).next().is_some() {
            return false;
        }
        let (centre, own) = (zone::week_of_day(piece.day), self.own(candidate.employment, norms));
        let (_, with) = self.found(centre, Some(&piece), norms, own);
        self.blamed(with, centre, norms, own).0.iter().all(|breach| breach.grade == Grade::Used)
    }

    pub(crate) fn piece(&self, candidate: &Block) -> Piece {
        Piece::new(candidate, CANDIDATE, self.adult_from, i64::MIN)
    }

    /// Everything that is found around a week without a candidate.
    pub(crate) fn before(&self, centre: i32, employment: Option<EmploymentId>, norms: &Norms) -> Vec<Breach> {
        self.found(centre, None, norms, self.own(employment, norms)).1.0
    }

    /// What a candidate that overlaps nothing is refused for, beside what there is before it.
    pub(crate) fn refusals(&self, piece: &Piece, employment: Option<EmploymentId>, norms: &Norms, before: &[Breach]) -> Vec<Breach> {
        let (_, with) = self.found(zone::week_of_day(piece.day), Some(piece), norms, self.own(employment, norms));
        let (mut new, _) = difference(with.0, before);
        new.retain(|breach| breach.grade == Grade::Broken);
        new
    }

    /// What is new with the candidate, and what was there. Nothing found needs no second look.
    fn blamed(&self, with: Found, centre: i32, norms: &Norms, own: &Part) -> (Vec<Breach>, Vec<Breach>) {
        if with.0.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let (_, without) = self.found(centre, None, norms, own);
        difference(with.0, &without.0)
    }

    /// Everything that the rules find around a week, with the candidate or without.
    fn found<'a>(&'a self, centre: i32, candidate: Option<&'a Piece>, norms: &'a Norms, own: &'a Part) -> (View<'a>, Found) {
        let mut found = Found::default();
        let view = View::new(&self.person, norms, self.adult_from, &self.all, centre, candidate);
        rules::law(&view, &mut found);
        if norms.has_agreement() {
            if std::ptr::eq(own, &self.all) {
                rules::agreement(&view, &mut found);
            } else {
                let view = View::new(&self.person, norms, self.adult_from, own, centre, candidate);
                rules::agreement(&view, &mut found);
            }
        }
        if let Some(piece) = candidate {
            arranged(piece, norms, &mut found);
        }
        (view, found)
    }

    /// The work of an employment, where its agreement asks for it.
    pub(crate) fn own(&self, employment: Option<EmploymentId>, norms: &Norms) -> &Part {
        match &self.own {
            _ if !norms.needs_own() => &self.nothing,
            Own::One(only) if *only == employment && employment.is_some() => &self.all,
            Own::One(_) => &self.nothing,
            Own::Each(parts) => {
                let own = parts.binary_search_by_key(&employment, |(id, _)| Some(*id)).ok();
                own.map_or(&self.nothing, |at| {
                    parts[at].1.get_or_init(|| Part::new(&self.blocks, self.adult_from, |block| block.employment == employment))
                })
            }
        }
    }

    fn old_overlaps(&self, centre: i32) -> impl Iterator<Item = Breach> {
        let (start, end) = (zone::week_start(centre - AROUND), zone::week_start(centre + AROUND + 1));
        let near = self.all.overlaps.iter().filter(move |(earlier, later)| earlier.start < end && later.end > start);
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
    debug_assert!(piece.role != Role::Nothing);
    found.most(rule, Measure::ForbiddenKind, piece.end - piece.start, 0, (piece.start, piece.end));
}
