//! What a worker wants, and what the way there says: the parts of the day, the function levels, the organisations, how far, and whether
//! there is time to come from the shift before. None of it refuses a claim, which is the worker's own choice: lists that propose leave such
//! shifts out, and nobody proposes the worker for them.

use std::collections::{BTreeSet, HashMap};

use chassis::{
    ids::{ClaimId, OrganisationId},
    time::{LocalDate, Timestamp},
};
use chrono::{Datelike, Weekday};

use super::{calendar::Period, distance::Point, shift::Terms, worker::FunctionLevel, working_time::Busy};

/// When somebody wants to work. The numbers are those of the proto; in the database each is a bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum DayPart {
    /// On weekdays, beginning from 6:00 and before 14:00.
    Day = 1,
    /// On weekdays, beginning from 14:00 and before 20:00.
    Evening = 2,
    /// On weekdays, beginning from 20:00 or before 6:00.
    Night = 3,
    /// Beginning on a Saturday or Sunday, at any time.
    Weekend = 4,
}

impl DayPart {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Day, Self::Evening, Self::Night, Self::Weekend];

    /// In which part a shift begins, by the clock in Europe/Amsterdam.
    pub fn of(period: Period) -> Self {
        let start = period.starts_at();
        let day = start.local_date();
        if matches!(day.0.weekday(), Weekday::Sat | Weekday::Sun) {
            return Self::Weekend;
        }
        match clock_hour(start, day) {
            6..14 => Self::Day,
            14..20 => Self::Evening,
            _ => Self::Night,
        }
    }
}

/// The hour that the clock shows. It is asked which hours have begun, so that it holds on the days on which the clock changes.
fn clock_hour(time: Timestamp, day: LocalDate) -> u32 {
    let has_begun = |hour: &u32| day.at_minute(hour * 60, false).is_ok_and(|begin| begin <= time);
    [20, 14, 6].into_iter().find(has_begun).unwrap_or(0)
}

/// What a worker wants. Where nothing is chosen, everything is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    /// At most so far from home, in kilometres.
    pub max_km: Option<i32>,
    /// Only in these parts of the day.
    pub day_parts: BTreeSet<DayPart>,
    /// Only work of these levels.
    pub levels: Vec<FunctionLevel>,
    /// Only at these organisations.
    pub organisations: Vec<OrganisationId>,
}

/// What is known of a worker's wishes and ways.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// What the worker wants.
    pub preferences: Preferences,
    /// Where the worker lives, by four digits.
    pub home: Option<Point>,
    /// Where the worker's claims are worked.
    pub places: HashMap<ClaimId, Point>,
}

/// Why a shift is not proposed, in the order in which reasons are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwished {
    /// Begins in a part of the day that is not wanted.
    DayPart(DayPart),
    /// Work of a level that is not wanted.
    Level(FunctionLevel),
    /// At an organisation that is not among the wanted ones.
    Organisation(OrganisationId),
    /// Further from home than wanted.
    TooFar {
        /// How far, in kilometres.
        km: i64,
        /// How far at most.
        max_km: i32,
    },
    /// Too little time to come from the shift before, or to go to the one after.
    TooLittleTravelTime {
        /// How long the way takes by estimate, in minutes.
        minutes: i64,
        /// How much time there is.
        gap_minutes: i64,
        /// The other shift.
        other: Period,
    },
}

impl Wishes {
    /// How far a place is from home, in kilometres.
    pub fn km(&self, place: Option<Point>) -> Option<i64> {
        Some(self.home?.km(place?))
    }

    /// Everything that the worker's wishes and ways say against a shift at `place`; `busy` is what the worker works around it. What is
    /// not known says nothing.
    pub fn against(&self, shift: &Terms, place: Option<Point>, busy: &[Busy]) -> Vec<Unwished> {
        let wanted = &self.preferences;
        let part = DayPart::of(shift.period);
        let not_among = |chosen: bool, is_empty: bool| !is_empty && !chosen;
        let mut found = Vec::new();
        if not_among(wanted.day_parts.contains(&part), wanted.day_parts.is_empty()) {
            found.push(Unwished::DayPart(part));
        }
        if not_among(wanted.levels.contains(&shift.level), wanted.levels.is_empty()) {
            found.push(Unwished::Level(shift.level));
        }
        if not_among(wanted.organisations.contains(&shift.organisation), wanted.organisations.is_empty()) {
            found.push(Unwished::Organisation(shift.organisation));
        }
        if let (Some(max_km), Some(km)) = (wanted.max_km, self.km(place))
            && km > i64::from(max_km)
        {
            found.push(Unwished::TooFar { km, max_km });
        }
        found.extend(self.travel(shift, place, busy));
        found
    }

    /// The tightest of the ways that take longer than there is time for.
    fn travel(&self, shift: &Terms, place: Option<Point>, busy: &[Busy]) -> Option<Unwished> {
        let here = place?;
        let ways = busy.iter().filter_map(|work| {
            let (claim, claimed) = work.claim?;
            let other = work.period;
            let before = shift.period.starts_at().minutes_since(other.ends_at());
            let after = other.starts_at().minutes_since(shift.period.ends_at());
            let gap_minutes = before.max(after);
            // What overlaps is another reason.
            if claimed == shift.id || gap_minutes < 0 {
                return None;
            }
            let minutes = self.places.get(&claim)?.minutes(here);
            (minutes > gap_minutes).then_some((minutes - gap_minutes, Unwished::TooLittleTravelTime { minutes, gap_minutes, other }))
        });
        // At the same place nobody travels.
        let real = ways.filter(|(_, way)| !matches!(way, Unwished::TooLittleTravelTime { minutes, .. } if *minutes <= SAME_PLACE_MINUTES));
        real.max_by_key(|(short, _)| *short).map(|(_, way)| way)
    }
}

/// What the estimate gives for no way at all.
const SAME_PLACE_MINUTES: i64 = 10;

#[cfg(test)]
mod tests {
    use chassis::ids::ShiftId;
    use uuid::Uuid;

    use super::*;
    use crate::domain::sample::{organisation, period, shift, work};

    fn at(postcode: &str) -> Option<Point> {
        Point::of(postcode)
    }

    fn ranks(found: &[Unwished]) -> Vec<u8> {
        let rank = |one: &Unwished| match one {
            Unwished::DayPart(_) => 1,
            Unwished::Level(_) => 2,
            Unwished::Organisation(_) => 3,
            Unwished::TooFar { .. } => 4,
            Unwished::TooLittleTravelTime { .. } => 5,
        };
        found.iter().map(rank).collect()
    }

    #[test]
    fn a_part_of_the_day_follows_from_the_clock_also_when_it_changes() {
        for (times, expected) in [
            ("2026-05-04 06:00 2026-05-04 14:00", DayPart::Day),
            ("2026-05-04 13:59 2026-05-04 20:00", DayPart::Day),
            ("2026-05-04 14:00 2026-05-04 22:00", DayPart::Evening),
            ("2026-05-04 20:00 2026-05-05 06:00", DayPart::Night),
            ("2026-05-05 05:59 2026-05-05 07:00", DayPart::Night),
            ("2026-05-08 23:00 2026-05-09 07:00", DayPart::Night),
            ("2026-05-09 00:00 2026-05-09 07:00", DayPart::Weekend),
            ("2026-05-10 23:59 2026-05-11 07:00", DayPart::Weekend),
            // The Monday after the clock changed.
            ("2026-03-30 06:00 2026-03-30 14:00", DayPart::Day),
            ("2026-10-26 05:59 2026-10-26 14:00", DayPart::Night),
        ] {
            assert_eq!(DayPart::of(period(times)), expected, "{times}");
        }
    }

    #[test]
    fn who_chose_nothing_wants_everything() {
        let shift = shift("2026-05-04 07:00 2026-05-04 15:00");
        assert_eq!(Wishes::default().against(&shift, at("6211"), &[]), []);
        let home = Wishes { home: at("6411"), ..Wishes::default() };
        assert_eq!((home.against(&shift, at("6211"), &[]), home.km(at("6211")), home.km(None)), (vec![], Some(17), None));
    }

    #[test]
    fn every_wish_that_is_not_met_is_told_in_order() {
        let shift = shift("2026-05-04 07:00 2026-05-04 15:00");
        let mut wishes = Wishes { home: at("6411"), ..Wishes::default() };
        wishes.preferences = Preferences {
            max_km: Some(16),
            day_parts: [DayPart::Evening, DayPart::Night].into(),
            levels: vec![FunctionLevel::Helper],
            organisations: vec![organisation(2)],
        };
        assert_eq!(ranks(&wishes.against(&shift, at("6211"), &[])), [1, 2, 3, 4]);
        assert_eq!(ranks(&wishes.against(&shift, None, &[])), [1, 2, 3], "where it is, is not known");
        wishes.preferences = Preferences {
            max_km: Some(17),
            day_parts: [DayPart::Day].into(),
            levels: vec![shift.level],
            organisations: vec![organisation(2), organisation(1)],
        };
        assert_eq!(wishes.against(&shift, at("6211"), &[]), []);
    }

    #[test]
    fn there_is_time_for_the_way_from_the_shift_before_and_to_the_one_after() {
        let (early, late) = (shift("2026-05-04 07:00 2026-05-04 11:00"), shift("2026-05-04 11:35 2026-05-04 15:00"));
        let claim = ClaimId(Uuid::from_u128(1));
        let busy = |times: &str| Busy { claim: Some((claim, ShiftId(Uuid::from_u128(9)))), ..work(times, 1) };
        let wishes = |postcode: &str| Wishes { places: HashMap::from([(claim, at(postcode).expect("a place"))]), ..Wishes::default() };
        let before = busy("2026-05-04 07:00 2026-05-04 11:00");
        let short = Unwished::TooLittleTravelTime { minutes: 40, gap_minutes: 35, other: before.period };
        assert_eq!(wishes("6411").against(&late, at("6211"), &[before]), [short]);
        let after = busy("2026-05-04 11:35 2026-05-04 15:00");
        assert_eq!(ranks(&wishes("6411").against(&early, at("6211"), &[after])), [5]);
        assert_eq!(wishes("6461").against(&late, at("6411"), &[before]), [], "27 minutes are enough");
        let next_door = busy("2026-05-04 07:00 2026-05-04 11:33");
        assert_eq!(wishes("6211").against(&late, at("6211"), &[next_door]), [], "nobody travels at the same place");
        let unknown = Busy { claim: None, ..before };
        assert_eq!(wishes("6411").against(&late, at("6211"), &[unknown]), [], "where other work is, is not known");
        let same = Busy { claim: Some((claim, late.id)), ..before };
        assert_eq!(wishes("6411").against(&late, at("6211"), &[same]), []);
    }
}
