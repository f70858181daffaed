//! When a candidate that is refused now would be allowed.

use std::time::Duration;

use chassis::time::Timestamp;

use crate::{block::Block, breach::Breach, judge::Around, norms::Norms, piece::Piece, roster::Roster, rule::Measure, zone};

/// The search goes no further than this many days, whatever is asked.
const FURTHEST_DAYS: u64 = 28;

impl Roster {
    /// The first start, at the candidate's own or later, from which it would be allowed if it were as long as it is, to the minute; `None`
    /// when there is none within so long, or within 28 days. Every minute is looked at but those of which it is certain that what
    /// refuses the one before refuses them too.
    pub fn next_allowed(&self, candidate: &Block, norms: &Norms, within: Duration) -> Option<Timestamp> {
        let minutes = (within.as_secs() / 60).min(FURTHEST_DAYS * 24 * 60);
        let last = candidate.start.saturating_add(i64::try_from(minutes).unwrap_or(0));
        let mut start = candidate.start;
        let mut known: Option<(i32, Around<'_>)> = None;
        while start <= last {
            let moved = candidate.moved_to(zone::timestamp(start)).ok()?;
            let piece = self.piece(&moved);
            if let Some(free) = self.all.overlapping(&piece).map(|other| other.end).max() {
                start = free;
                continue;
            }
            let week = zone::week_of_day(piece.day);
            let same = known.take().filter(|(number, _)| *number == week);
            let (_, around) = known.insert(same.unwrap_or_else(|| (week, self.around_week(week, moved.employment(), norms))));
            let refusals = around.refusals(&piece);
            if refusals.is_empty() {
                return Some(zone::timestamp(start));
            }
            start += refusals.iter().map(|breach| certain(breach, &piece)).max().unwrap_or(1).max(1);
        }
        None
    }
}

/// For how many minutes, if the candidate starts later, the same is certain to be broken.
fn certain(breach: &Breach, piece: &Piece) -> i64 {
    let (from, until) = breach.window;
    match breach.measure {
        // The work in those weeks gets no less until it reaches over their end, and then by a minute with every minute.
        Measure::WeekWork | Measure::FourWeekWork | Measure::PeriodWork if piece.end <= until => {
            until - piece.end + breach.excess.min(i64::from(piece.work))
        }
        // A rest before the candidate grows by a minute with every minute.
        Measure::ShortRestAgain if until == piece.start && until - from == breach.measured => breach.excess,
        _ => 1,
    }
}
