//! The weeks around a piece of work, with it or without it: what the rules look at.

use crate::{
    dienst::{Dienst, MERGED_BELOW},
    norms::Norms,
    part::{Part, Week, Weeks},
    person::Person,
    piece::{Piece, Role},
    zone,
};

/// Weeks before and after the one in which the candidate starts (WT-8).
pub(crate) const AROUND: i32 = 15;
/// All of them.
pub(crate) const HORIZON: usize = 31;
/// How far back a year reaches: 52 weeks with the candidate's own.
pub(crate) const YEAR: i32 = 52;

/// A rest without an end.
pub(crate) const FREE: i64 = i64::MAX / 4;

/// The weeks around a piece of work. The first and the last dienst are whole, though they may reach over the edge.
pub(crate) struct View<'a> {
    pub(crate) person: &'a Person,
    pub(crate) norms: &'a Norms,
    /// The day of the 18th birthday.
    pub(crate) adult_from: i32,
    pub(crate) part: &'a Part,
    pub(crate) candidate: Option<&'a Piece>,
    pub(crate) diensten: Vec<Dienst>,
    pub(crate) weeks: Weeks<[Week; HORIZON]>,
}

impl<'a> View<'a> {
    /// Around the week with number `centre`.
    pub(crate) fn new(
        person: &'a Person,
        norms: &'a Norms,
        adult_from: i32,
        part: &'a Part,
        centre: i32,
        candidate: Option<&'a Piece>,
    ) -> Self {
        let first = centre - AROUND;
        let (start, end) = (zone::week_start(first), zone::week_start(centre + AROUND + 1));
        let range = part.diensten_in(start, end);
        let mut weeks = [Week::default(); HORIZON];
        for (number, week) in (first..).zip(&mut weeks) {
            *week = part.weeks.get(number);
        }
        let mut view = Self {
            person,
            norms,
            adult_from,
            part,
            candidate,
            diensten: Vec::with_capacity(range.len() + 1),
            weeks: Weeks { first, counts: weeks },
        };
        let there = &part.diensten[range];
        match candidate {
            Some(candidate) => view.insert(there, candidate),
            None => view.diensten.extend_from_slice(there),
        }
        view
    }

    fn insert(&mut self, there: &[Dienst], candidate: &Piece) {
        self.weeks.add(candidate);
        if candidate.role != Role::Work {
            self.diensten.extend_from_slice(there);
            return;
        }
        let before = there.partition_point(|dienst| candidate.start - dienst.end >= MERGED_BELOW);
        let after = there.partition_point(|dienst| dienst.start - candidate.end < MERGED_BELOW).max(before);
        let merged = self.merged(&there[before..after], candidate);
        self.diensten.extend_from_slice(&there[..before]);
        self.diensten.push(merged);
        self.diensten.extend_from_slice(&there[after..]);
        for dienst in &there[before..after] {
            self.weeks.count(dienst, false);
        }
        self.weeks.count(&merged, true);
    }

    /// The dienst that the candidate makes with those around it.
    fn merged(&self, with: &[Dienst], candidate: &Piece) -> Dienst {
        let (Some(first), Some(last)) = (with.first(), with.last()) else { return Dienst::of(candidate, 0, 0) };
        let pieces = &self.part.pieces[first.first as usize..last.last as usize];
        let (earlier, later) = pieces.split_at(pieces.partition_point(|piece| piece.start < candidate.start));
        let mut all = earlier.iter().chain(std::iter::once(candidate)).chain(later);
        let mut merged = Dienst::of(all.next().unwrap_or(candidate), first.first, last.last);
        all.for_each(|piece| merged.add(piece));
        merged
    }

    /// Whether somebody is under 18 on this day.
    pub(crate) fn is_young(&self, day: i32) -> bool {
        day < self.adult_from
    }

    /// The rest after the dienst at this place: without an end after the last one.
    pub(crate) fn rest_after(&self, at: usize) -> i64 {
        self.diensten.get(at + 1).map_or(FREE, |next| next.start - self.diensten[at].end)
    }

    /// The week from which the horizon begins.
    pub(crate) fn first_week(&self) -> i32 {
        self.weeks.first
    }

    /// The pieces of work within the horizon, the candidate's among them.
    pub(crate) fn work(&self) -> impl Iterator<Item = &Piece> {
        let range = match (self.diensten.first(), self.diensten.last()) {
            (Some(first), Some(last)) => self.pieces_between(first.start, last.end),
            _ => &[],
        };
        range.iter().chain(self.candidate.filter(|piece| piece.role == Role::Work))
    }

    fn pieces_between(&self, start: i64, end: i64) -> &'a [Piece] {
        let pieces = &self.part.pieces;
        &pieces[pieces.partition_point(|piece| piece.start < start)..pieces.partition_point(|piece| piece.start < end)]
    }

    /// The on-call and reachable duties that touch the horizon, the candidate's among them.
    pub(crate) fn duties(&self) -> impl Iterator<Item = &Piece> {
        self.within(&self.part.duties).chain(self.candidate.filter(|piece| piece.role == Role::Duty))
    }

    /// The calls that touch the horizon, the candidate's among them.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &Piece> {
        self.within(&self.part.calls).chain(self.candidate.filter(|piece| piece.role == Role::Call))
    }

    fn within(&self, pieces: &'a [Piece]) -> impl Iterator<Item = &'a Piece> {
        let (start, end) = (zone::week_start(self.weeks.first), zone::week_start(self.weeks.first + zone::narrow(HORIZON as i64)));
        pieces.iter().filter(move |piece| piece.end > start && piece.start < end)
    }

    /// A figure of every week from 51 weeks before the candidate's to the end of the horizon, oldest first: of the horizon from its
    /// blocks, of the weeks before it as recorded.
    pub(crate) fn year(&self, of_week: impl Fn(&Week) -> i64, of_record: impl Fn(&crate::person::WeekRecord) -> i64) -> Vec<i64> {
        let mut figures = vec![0; usize::try_from(YEAR + AROUND).unwrap_or(0)];
        let first = self.weeks.first + AROUND - (YEAR - 1);
        let before = figures.len() - HORIZON;
        for record in &self.person.weeks {
            let at = usize::try_from(zone::week_of_day(zone::day_number(record.week)) - first).unwrap_or(usize::MAX);
            if at < before {
                figures[at] = of_record(record);
            }
        }
        for (figure, week) in figures[before..].iter_mut().zip(&self.weeks.counts) {
            *figure = of_week(week);
        }
        figures
    }

    /// The number of the first of the weeks of [`View::year`].
    pub(crate) fn first_of_year(&self) -> i32 {
        self.weeks.first + AROUND - (YEAR - 1)
    }
}
