//! What the law calls a *dienst*: the shift between two rests.

use crate::{
    block::Kind,
    piece::{Piece, Role},
    zone,
};

/// Pieces of work with less than this between them are one dienst (WT-4): no lawful rest can part them.
pub(crate) const MERGED_BELOW: i64 = 8 * 60;
/// A gap within a dienst counts as break from here on.
const SHORTEST_BREAK: i64 = 15;
/// More work than this between 00:00 and 06:00 makes a night shift (ATW-10).
const NIGHT_ABOVE: i32 = 60;
/// A night shift with more work than this is an extended one (ATW-02).
pub(crate) const NIGHT_WORK: i32 = 10 * 60;

/// A dienst.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dienst {
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Work, without breaks and gaps.
    pub(crate) work: i32,
    /// The part of it that is no presence duty.
    pub(crate) ordinary: i32,
    /// Breaks, and gaps of a quarter of an hour or more.
    pub(crate) breaks: i32,
    /// The longest gap.
    pub(crate) gap: i32,
    /// Minutes between 00:00 and 06:00 that are no presence duty.
    pub(crate) night: i32,
    /// All minutes between 00:00 and 06:00.
    pub(crate) dark: i32,
    /// 02:00 of the first night with such minutes that are no presence duty.
    two: i64,
    /// Day and week in which it starts.
    pub(crate) day: i32,
    pub(crate) week: i32,
    /// With a presence duty in it.
    pub(crate) presence: bool,
    /// With two pieces in it that overlap.
    pub(crate) overlaps: bool,
    /// Its pieces, `first..last`, without the candidate.
    pub(crate) first: u32,
    pub(crate) last: u32,
}

impl Dienst {
    /// Of one piece of work.
    pub(crate) fn of(piece: &Piece, first: u32, last: u32) -> Self {
        let mut dienst = Self {
            start: piece.start,
            end: piece.start,
            work: 0,
            ordinary: 0,
            breaks: 0,
            gap: 0,
            night: 0,
            dark: 0,
            two: i64::MAX,
            day: piece.day,
            week: zone::week_of_day(piece.day),
            presence: false,
            overlaps: false,
            first,
            last,
        };
        dienst.add(piece);
        dienst
    }

    /// Whether a piece that starts no earlier belongs to it.
    pub(crate) fn takes(&self, piece: &Piece) -> bool {
        piece.start - self.end < MERGED_BELOW
    }

    /// With one more piece that starts no earlier than those in it.
    pub(crate) fn add(&mut self, piece: &Piece) {
        debug_assert_eq!(piece.role, Role::Work);
        let gap = piece.start - self.end;
        self.overlaps |= gap < 0;
        if gap >= SHORTEST_BREAK {
            self.breaks += zone::narrow(gap);
        }
        self.gap = self.gap.max(zone::narrow(gap));
        self.end = self.end.max(piece.end);
        self.work += piece.work;
        self.breaks += piece.breaks;
        self.dark += piece.night;
        if piece.kind == Kind::Presence {
            self.presence = true;
        } else {
            self.ordinary += piece.work;
            self.night += piece.night;
            self.two = self.two.min(piece.two);
        }
    }

    /// Whether it is a night shift (ATW-10).
    pub(crate) fn is_night(&self) -> bool {
        self.night > NIGHT_ABOVE
    }

    /// Whether it is a night shift that ends after 02:00 (ATW-11, ATW-14).
    pub(crate) fn is_late_night(&self) -> bool {
        self.is_night() && self.end > self.two
    }

    /// Whether it is one in whichever kind of duty (for constraints).
    pub(crate) fn is_dark(&self) -> bool {
        self.dark > NIGHT_ABOVE
    }

    /// Whether it is a night shift that needs an extension (ATW-02).
    pub(crate) fn is_extended(&self) -> bool {
        self.is_night() && !self.presence && self.work > NIGHT_WORK
    }

    /// From its start to its end.
    pub(crate) fn span(&self) -> i64 {
        self.end - self.start
    }
}
