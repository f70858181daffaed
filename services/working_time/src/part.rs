//! All work of a person, or of one of the employments, put in order once.

use chassis::time::LocalDate;

use crate::{
    block::{Block, Kind},
    dienst::Dienst,
    person::WeekRecord,
    piece::{Piece, Role},
    zone,
};

/// What is counted in one week, Sunday to Saturday.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Week {
    /// Minutes of work.
    pub(crate) work: i32,
    /// Minutes between 00:00 and 06:00 of the shifts that start in it.
    pub(crate) night: i32,
    /// Night shifts that start in it, those that end after 02:00, and those of more than ten hours.
    pub(crate) nights: u16,
    pub(crate) late: u16,
    pub(crate) extended: u16,
    /// Presence duties that start in it.
    pub(crate) presence: u16,
    /// Days with work, and with on-call duty, as bits from Sunday on.
    pub(crate) worked: u8,
    pub(crate) on_call: u8,
}

impl Week {
    /// Whether nothing is counted in it that a record keeps.
    pub(crate) fn is_empty(&self) -> bool {
        self.work == 0 && self.worked == 0 && self.late == 0 && self.extended == 0 && self.presence == 0
    }

    /// What is kept of it, as the week of this Sunday.
    pub(crate) fn record(&self, sunday: LocalDate) -> WeekRecord {
        WeekRecord {
            week: sunday,
            work: self.work,
            late_nights: i32::from(self.late),
            extended_nights: i32::from(self.extended),
            presence: i32::from(self.presence),
            sunday: self.worked & 1 != 0,
            saturday: self.worked & 1 << 6 != 0,
        }
    }

    fn count(&mut self, dienst: &Dienst, there: bool) {
        let (night, is_night, late, extended) =
            (dienst.night, u16::from(dienst.is_night()), u16::from(dienst.is_late_night()), u16::from(dienst.is_extended()));
        if there {
            self.night += night;
            self.nights += is_night;
            self.late += late;
            self.extended += extended;
        } else {
            self.night -= night;
            self.nights -= is_night;
            self.late -= late;
            self.extended -= extended;
        }
    }
}

/// Weeks in a row, from the one with number `first`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Weeks<T> {
    pub(crate) first: i32,
    pub(crate) counts: T,
}

impl<T: AsRef<[Week]>> Weeks<T> {
    /// What is counted in a week; nothing outside them.
    pub(crate) fn get(&self, number: i32) -> Week {
        usize::try_from(number - self.first).ok().and_then(|at| self.counts.as_ref().get(at)).copied().unwrap_or_default()
    }
}

impl<T: AsMut<[Week]>> Weeks<T> {
    fn week(&mut self, number: i32) -> Option<&mut Week> {
        usize::try_from(number - self.first).ok().and_then(|at| self.counts.as_mut().get_mut(at))
    }

    /// With or without what a dienst adds to the week in which it starts.
    pub(crate) fn count(&mut self, dienst: &Dienst, there: bool) {
        if let Some(week) = self.week(dienst.week) {
            week.count(dienst, there);
        }
    }

    /// With what a piece adds.
    pub(crate) fn add(&mut self, piece: &Piece) {
        if let Some(week) = self.week(piece.week) {
            week.work += piece.in_week;
            week.presence += u16::from(piece.kind == Kind::Presence);
        }
        if piece.in_next > 0
            && let Some(week) = self.week(piece.week + 1)
        {
            week.work += piece.in_next;
        }
        for day in piece.day..=piece.last_day {
            let number = zone::week_of_day(day);
            let Some(week) = self.week(number) else { continue };
            let bit = 1 << (day - zone::sunday(number));
            match piece.role {
                Role::Work | Role::Call => week.worked |= bit,
                Role::Duty if piece.kind == Kind::OnCall => week.on_call |= bit,
                Role::Duty | Role::Nothing => {}
            }
        }
    }
}

/// An instant at which something is occupied, for overlaps: of every kind of block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Taken {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// The latest end of all up to this one.
    reach: i64,
    pub(crate) kind: Kind,
    pub(crate) index: u32,
}

/// All work of a person, or of one of the employments.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    /// Work, by start.
    pub(crate) pieces: Vec<Piece>,
    /// The shifts of the law that it makes.
    pub(crate) diensten: Vec<Dienst>,
    /// Work on calls, and on-call and reachable duties, by start.
    pub(crate) calls: Vec<Piece>,
    pub(crate) duties: Vec<Piece>,
    /// Everything, by start.
    taken: Vec<Taken>,
    /// Overlaps that were there: the two blocks.
    pub(crate) overlaps: Vec<(Taken, Taken)>,
    pub(crate) weeks: Weeks<Vec<Week>>,
}

/// Whether two kinds of block may be at the same time: a call during the duty that it comes from.
pub(crate) fn may_coincide(one: Kind, other: Kind) -> bool {
    let duty = |kind| matches!(kind, Kind::OnCall | Kind::Reachable);
    (one == Kind::Call && duty(other)) || (other == Kind::Call && duty(one))
}

impl Part {
    /// Of those blocks that `belongs` says, in whatever order, of somebody whose 18th birthday is on day `adult_from`.
    pub(crate) fn new(blocks: &[Block], adult_from: i32, belongs: impl Fn(&Block) -> bool) -> Self {
        let mut order: Vec<(i64, u32)> = Vec::with_capacity(blocks.len());
        order.extend((0_u32..).zip(blocks).filter(|(_, block)| belongs(block)).map(|(index, block)| (block.start, index)));
        let key = |index: u32| &blocks[index as usize];
        order.sort_unstable_by(|(start, one), (other_start, other)| {
            start.cmp(other_start).then_with(|| {
                let (a, b) = (key(*one), key(*other));
                (a.end, a.kind, a.break_minutes, a.employer, a.employment, one).cmp(&(
                    b.end,
                    b.kind,
                    b.break_minutes,
                    b.employer,
                    b.employment,
                    other,
                ))
            })
        });
        let mut part = Self { pieces: Vec::with_capacity(order.len()), taken: Vec::with_capacity(order.len()), ..Self::default() };
        let mut covered = i64::MIN;
        for (_, index) in order {
            let piece = Piece::new(key(index), index, adult_from, covered);
            part.take(&piece);
            match piece.role {
                Role::Work => {
                    covered = covered.max(piece.end);
                    part.pieces.push(piece);
                }
                Role::Call => part.calls.push(piece),
                Role::Duty => part.duties.push(piece),
                Role::Nothing => {}
            }
        }
        part.merge();
        part.count();
        part
    }

    fn take(&mut self, piece: &Piece) {
        let reach = self.taken.last().map_or(i64::MIN, |last| last.reach);
        let taken = Taken { start: piece.start, end: piece.end, reach: reach.max(piece.end), kind: piece.kind, index: piece.index };
        if reach > piece.start {
            let earlier = self.taken.iter().filter(|other| other.end > taken.start && !may_coincide(other.kind, taken.kind));
            self.overlaps.extend(earlier.map(|other| (*other, taken)));
        }
        self.taken.push(taken);
    }

    fn merge(&mut self) {
        self.diensten.reserve(self.pieces.len());
        for (at, piece) in (0_u32..).zip(&self.pieces) {
            match self.diensten.last_mut() {
                Some(dienst) if dienst.takes(piece) => {
                    dienst.add(piece);
                    dienst.last = at + 1;
                }
                _ => self.diensten.push(Dienst::of(piece, at, at + 1)),
            }
        }
    }

    fn count(&mut self) {
        let (Some(first), Some(last)) = (self.taken.first(), self.taken.last()) else { return };
        let first_week = zone::week_of_day(zone::day(first.start));
        let weeks = zone::week_of_day(zone::day(last.reach)) - first_week + 1;
        self.weeks = Weeks { first: first_week, counts: vec![Week::default(); usize::try_from(weeks).unwrap_or(0)] };
        for piece in self.pieces.iter().chain(&self.calls).chain(&self.duties) {
            self.weeks.add(piece);
        }
        for dienst in &self.diensten {
            self.weeks.count(dienst, true);
        }
    }

    /// Every block, by start.
    pub(crate) fn taken(&self) -> impl Iterator<Item = &Taken> {
        self.taken.iter()
    }

    /// Everything at the same time as `piece` that may not be.
    pub(crate) fn overlapping(&self, piece: &Piece) -> impl Iterator<Item = &Taken> {
        let (start, end, kind) = (piece.start, piece.end, piece.kind);
        let before = self.taken.partition_point(|taken| taken.start < end);
        let reaching = self.taken[..before].iter().rev().take_while(move |taken| taken.reach > start);
        reaching.filter(move |taken| taken.end > start && !may_coincide(taken.kind, kind))
    }

    /// The shifts that touch `[start, end)`, as a range.
    pub(crate) fn diensten_in(&self, start: i64, end: i64) -> std::ops::Range<usize> {
        let first = self.diensten.partition_point(|dienst| dienst.end <= start);
        let last = self.diensten.partition_point(|dienst| dienst.start < end);
        first..last.max(first)
    }
}
