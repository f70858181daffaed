//! Pieces of work as they stand in rosters and claims.

use chassis::{
    ids::{EmploymentId, OrganisationId},
    time::Timestamp,
};

use crate::zone;

/// What somebody does in a block (ATB-01 to ATB-03).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Ordinary work.
    Ordinary,
    /// On the premises and ready to be called, asleep or not (aanwezigheidsdienst): all of it is working time (ATB-02).
    Presence,
    /// Free but to be called for what nobody foresaw (consignatie): no working time, only its calls are (ATB-03).
    OnCall,
    /// Free but to be called as an ordinary part of the work, in care only (bereikbaarheidsdienst, ATB-01).
    Reachable,
    /// Work on a call during on-call or reachable duty: at least half an hour of working time, which interrupts no rest and makes no
    /// night shift (ATB-01, ATB-03, ATW-10).
    Call,
    /// Time at school: working time for who is under 18 (YTH-01), nothing for others.
    School,
}

/// Why something is no block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InvalidBlock {
    /// The end is not at least a minute after the start.
    Empty,
    /// It lasts longer than [`Block::LONGEST_HOURS`]: a mistake, or several pieces.
    TooLong,
    /// The break is negative or leaves no work.
    Break,
    /// Before the year 2000 or after 2099.
    OutOfRange,
}

impl std::fmt::Display for InvalidBlock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Empty => "ends before it has lasted a minute",
            Self::TooLong => "lasts longer than three days",
            Self::Break => "has a break as long as itself",
            Self::OutOfRange => "is not in the years 2000 to 2099",
        })
    }
}

impl std::error::Error for InvalidBlock {}

/// A piece of work of one person at one employer, from its start up to its end. Instants are cut to whole minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) break_minutes: i32,
    pub(crate) kind: Kind,
    pub(crate) employer: Option<OrganisationId>,
    pub(crate) employment: Option<EmploymentId>,
}

impl Block {
    /// No block lasts longer.
    pub const LONGEST_HOURS: i64 = 72;

    /// Ordinary work with unpaid breaks of together so many minutes, each at least a quarter of an hour (ATW-09). Errors: what is wrong
    /// with it.
    pub fn new(starts_at: Timestamp, ends_at: Timestamp, break_minutes: i64) -> Result<Self, InvalidBlock> {
        let (start, end) = (zone::minute(starts_at), zone::minute(ends_at));
        if start < zone::FIRST || end > zone::LAST {
            return Err(InvalidBlock::OutOfRange);
        }
        if end <= start {
            return Err(InvalidBlock::Empty);
        }
        if end - start > Self::LONGEST_HOURS * 60 {
            return Err(InvalidBlock::TooLong);
        }
        if !(0..end - start).contains(&break_minutes) {
            return Err(InvalidBlock::Break);
        }
        let break_minutes = zone::narrow(break_minutes);
        Ok(Self { start, end, break_minutes, kind: Kind::Ordinary, employer: None, employment: None })
    }

    /// The same of another kind.
    #[must_use]
    pub fn of_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// The same at this employer; without one it is work elsewhere that the person told of.
    #[must_use]
    pub fn at(self, employer: OrganisationId) -> Self {
        Self { employer: Some(employer), ..self }
    }

    /// The same under this employment, whose collective agreement then holds for it (D9).
    #[must_use]
    pub fn under(self, employment: EmploymentId) -> Self {
        Self { employment: Some(employment), ..self }
    }

    /// The same from another start, as long in real time as before. Errors: outside the years that are known.
    pub fn moved_to(self, starts_at: Timestamp) -> Result<Self, InvalidBlock> {
        let start = zone::minute(starts_at);
        let end = start.saturating_add(self.end - self.start);
        if start < zone::FIRST || end > zone::LAST {
            return Err(InvalidBlock::OutOfRange);
        }
        Ok(Self { start, end, ..self })
    }

    /// Its first instant.
    pub fn starts_at(&self) -> Timestamp {
        zone::timestamp(self.start)
    }

    /// The instant at which it is over.
    pub fn ends_at(&self) -> Timestamp {
        zone::timestamp(self.end)
    }

    /// Unpaid breaks in minutes.
    pub fn break_minutes(&self) -> i64 {
        i64::from(self.break_minutes)
    }

    /// What is done in it.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The employer, where it is one that takes part.
    pub fn employer(&self) -> Option<OrganisationId> {
        self.employer
    }

    /// The employment under which it is worked, where it is known.
    pub fn employment(&self) -> Option<EmploymentId> {
        self.employment
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_worked_is_no_block() {
        let minutes = |start: i64, end: i64, rest: i64| {
            Block::new(zone::timestamp(zone::FIRST + start), zone::timestamp(zone::FIRST + end), rest).map(|block| block.end - block.start)
        };
        for (start, end, rest, expected) in [
            (0, 480, 30, Ok(480)),
            (0, 1, 0, Ok(1)),
            (5, 5, 0, Err(InvalidBlock::Empty)),
            (5, 4, 0, Err(InvalidBlock::Empty)),
            (0, 72 * 60, 0, Ok(72 * 60)),
            (0, 72 * 60 + 1, 0, Err(InvalidBlock::TooLong)),
            (0, 60, 59, Ok(60)),
            (0, 60, 60, Err(InvalidBlock::Break)),
            (0, 60, -1, Err(InvalidBlock::Break)),
            (-1, 60, 0, Err(InvalidBlock::OutOfRange)),
        ] {
            assert_eq!(minutes(start, end, rest), expected, "{start} {end} {rest}");
        }
        let far = [Timestamp(i64::MIN), Timestamp(i64::MAX), zone::timestamp(zone::LAST)];
        for time in far {
            assert_eq!(Block::new(time, time.plus(std::time::Duration::from_secs(60)), 0), Err(InvalidBlock::OutOfRange));
        }
    }

    #[test]
    fn what_is_over_the_last_whole_minute_is_cut_off() {
        let start = zone::timestamp(zone::FIRST).0;
        let block = Block::new(Timestamp(start + 59_999_999), Timestamp(start + 119_999_999), 0).expect("a minute");
        assert_eq!((block.starts_at(), block.ends_at()), (zone::timestamp(zone::FIRST), zone::timestamp(zone::FIRST + 1)));
        assert_eq!(Block::new(Timestamp(start), Timestamp(start + 59_999_999), 0), Err(InvalidBlock::Empty));
    }
}
