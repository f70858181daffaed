//! A block with everything about it that the rules ask, found once.

use crate::{
    block::{Block, Kind},
    zone::{self, Clock, DAY},
};

/// What a block is to the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Work that makes a shift of the law.
    Work,
    /// Work on a call.
    Call,
    /// Consignatie or reachable duty.
    Duty,
    /// Nothing: school of an adult.
    Nothing,
}

/// A block, seen by the rules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Its place among the blocks that were given; the candidate has none.
    pub(crate) index: u32,
    pub(crate) kind: Kind,
    pub(crate) role: Role,
    /// Where it begins to count: later than its start when it overlaps an earlier piece, whose time counts once.
    pub(crate) from: i64,
    /// Breaks, at most what counts.
    pub(crate) breaks: i32,
    /// Minutes that count as work.
    pub(crate) work: i32,
    /// Real minutes between 00:00 and 06:00 (ATW-10).
    pub(crate) night: i32,
    /// 02:00 on the first day with such minutes (ATW-11).
    pub(crate) two: i64,
    /// The day on which it starts.
    pub(crate) day: i32,
    /// The last day that it touches.
    pub(crate) last_day: i32,
    /// The week in which it starts to count, and how much of the work is in it and in the week after.
    pub(crate) week: i32,
    pub(crate) in_week: i32,
    pub(crate) in_next: i32,
}

/// The index of the piece that is asked about.
pub(crate) const CANDIDATE: u32 = u32::MAX;

/// A call counts as at least so much work (ATB-01).
const SHORTEST_CALL: i64 = 30;

impl Piece {
    /// Of a block of somebody who has the 18th birthday on day `adult_from`; `covered` is the end of the work before it.
    pub(crate) fn new(block: &Block, index: u32, adult_from: i32, covered: i64) -> Self {
        let clock = Clock::during(block.start, block.end);
        let day = clock.day(block.start);
        let role = match block.kind {
            Kind::Ordinary | Kind::Presence => Role::Work,
            Kind::School if day < adult_from => Role::Work,
            Kind::School => Role::Nothing,
            Kind::Call => Role::Call,
            Kind::OnCall | Kind::Reachable => Role::Duty,
        };
        let from = if role == Role::Work { block.start.max(covered.min(block.end)) } else { block.start };
        let elapsed = block.end - from;
        let breaks = i64::from(block.break_minutes).min(elapsed);
        let work = match role {
            Role::Work => elapsed - breaks,
            Role::Call => (elapsed - breaks).max(SHORTEST_CALL),
            Role::Duty | Role::Nothing => 0,
        };
        let mut piece = Self {
            start: block.start,
            end: block.end,
            index,
            kind: block.kind,
            role,
            from,
            breaks: zone::narrow(breaks),
            work: zone::narrow(work),
            night: clock.in_band(from, block.end, 0, 6 * 60),
            two: i64::MAX,
            day,
            last_day: clock.day(block.end - 1),
            week: zone::week_of_day(clock.day(from)),
            in_week: zone::narrow(work),
            in_next: 0,
        };
        if piece.night > 0 {
            piece.two = first_two(clock, from);
        }
        piece.split(clock, elapsed, work, breaks);
        piece
    }

    /// Over Saturday 24:00 work is split, and the break taken from the larger part, the first when they are equal; what does not fit
    /// into it comes from the other (WT-9).
    fn split(&mut self, clock: Clock, elapsed: i64, work: i64, breaks: i64) {
        let next = zone::sunday(self.week + 1);
        if self.last_day < next || work == 0 {
            return;
        }
        let boundary = clock.at(i64::from(next) * DAY);
        let (first, second) = (boundary - self.from, self.end - boundary);
        let longer_call = work - (elapsed - breaks);
        let (first, second) = if first >= second {
            let taken = breaks.min(first);
            (first - taken + longer_call, second - (breaks - taken))
        } else {
            let taken = breaks.min(second);
            (first - (breaks - taken), second - taken + longer_call)
        };
        (self.in_week, self.in_next) = (zone::narrow(first), zone::narrow(second));
    }
}

/// 02:00 on the first day with a minute between 00:00 and 06:00 at or after `from`.
fn first_two(clock: Clock, from: i64) -> i64 {
    let local = clock.local(from);
    let midnight = local.div_euclid(DAY) * DAY;
    // It may lie before or after the piece, where the clock may be another.
    zone::at(if local < midnight + 6 * 60 { midnight + 2 * 60 } else { midnight + DAY + 2 * 60 })
}
