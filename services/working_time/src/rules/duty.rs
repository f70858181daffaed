//! On-call and reachable duty, and hours that are closed to the young (ATB-01, ATB-03, ATB-04, YTH-01).

use crate::{
    block::Kind,
    breach::Found,
    piece::Piece,
    rule::{Measure, Rule},
    view::View,
    zone::{self, DAY, WEEK},
};

use super::{shift::at_hours, weeks};

/// How long a reachable duty lasts at most.
const LONGEST_REACHABLE: i64 = DAY;
/// Work in 24 hours around on-call duty.
const DAY_WORK: i64 = 13 * 60;
/// Days with on-call duty, and pairs of free days, in four weeks.
const ON_CALL_DAYS: u32 = 14;
const FREE_PAIRS: u32 = 2;
/// No on-call duty so long before and after a night shift.
const BEFORE_NIGHT: i64 = 11 * 60;
const AFTER_NIGHT: i64 = 14 * 60;
/// Sixteen times 7 x 24 hours.
const PERIOD: i64 = 16 * WEEK;

/// ATB-01, ATB-03, ATB-04, YTH-01.
pub(super) fn law(view: &View<'_>, found: &mut Found) {
    let duties: Vec<&Piece> = view.duties().collect();
    if view.adult_from > i32::MIN {
        young(view, &duties, found);
    }
    if duties.is_empty() {
        return;
    }
    let (on_call, mut reachable): (Vec<&Piece>, Vec<&Piece>) = duties.iter().partition(|piece| piece.kind == Kind::OnCall);
    if !on_call.is_empty() {
        near_nights(view, &on_call, found);
        work_in_a_day(view, &on_call, found);
        days(view, found);
    }
    reachable.sort_unstable_by_key(|piece| piece.start);
    for piece in &reachable {
        found.most(Rule::Reachable, Measure::Span, piece.end - piece.start, LONGEST_REACHABLE, (piece.start, piece.end));
    }
    how_many(&reachable, Measure::ReachableInWeek, view.norms.reachable_week, WEEK, found);
    how_many(&reachable, Measure::ReachableInPeriod, view.norms.reachable_period, PERIOD, found);
}

/// No duties, no work between 23:00 and 06:00, and a Saturday off before a Sunday with work.
fn young(view: &View<'_>, duties: &[&Piece], found: &mut Found) {
    let all = view.work().filter(|piece| view.is_young(piece.day));
    for piece in all {
        let window = (piece.start, piece.end);
        found.most(Rule::Young, Measure::ForbiddenHours, at_hours(piece.from, piece.end, 23 * 60, 6 * 60), 0, window);
        if piece.kind == Kind::Presence {
            found.most(Rule::Young, Measure::ForbiddenKind, piece.end - piece.start, 0, window);
        }
    }
    for piece in duties.iter().filter(|piece| view.is_young(piece.day)) {
        found.most(Rule::Young, Measure::ForbiddenKind, piece.end - piece.start, 0, (piece.start, piece.end));
    }
    let (sunday_bit, saturday_bit) = (1, 1 << 6);
    for (week, pair) in (view.first_week()..).zip(view.weeks.counts.windows(2)) {
        let saturday = zone::sunday(week) + 6;
        if view.is_young(saturday + 1) && pair[0].worked & saturday_bit != 0 && pair[1].worked & sunday_bit != 0 {
            let window = (zone::day_start(saturday), zone::day_start(saturday + 2));
            let minutes: i64 =
                view.work().map(|piece| (piece.end.min(zone::day_start(saturday + 1)) - piece.from.max(window.0)).max(0)).sum();
            found.most(Rule::Young, Measure::SaturdayWork, minutes, 0, window);
        }
    }
}

/// No on-call duty in the eleven hours before a night shift and the fourteen after it.
fn near_nights(view: &View<'_>, on_call: &[&Piece], found: &mut Found) {
    for night in view.diensten.iter().filter(|dienst| dienst.is_night()) {
        for duty in on_call {
            if duty.start < night.start {
                let between = (night.start - duty.end).max(0);
                found.least(Rule::OnCall, Measure::OnCallBeforeNight, between, BEFORE_NIGHT, (duty.start, night.start));
            } else {
                let between = (duty.start - night.end).max(0);
                found.least(Rule::OnCall, Measure::OnCallAfterNight, between, AFTER_NIGHT, (night.start, duty.end));
            }
        }
    }
}

/// Work in 24 hours, calls included, as far as on-call duty touches them: from every start and up to every end of work.
fn work_in_a_day(view: &View<'_>, on_call: &[&Piece], found: &mut Found) {
    let work: Vec<&Piece> = view.work().chain(view.calls()).collect();
    let mut starts: Vec<i64> = work.iter().flat_map(|piece| [piece.from, piece.end - DAY]).collect();
    starts.sort_unstable();
    starts.dedup();
    for start in starts {
        let end = start + DAY;
        if !on_call.iter().any(|duty| duty.start < end && duty.end > start) {
            continue;
        }
        let minutes: i64 = work.iter().map(|piece| work_between(piece, start, end)).sum();
        found.most(Rule::OnCall, Measure::DayWork, minutes, DAY_WORK, (start, end));
    }
}

/// Work of a piece in `[start, end)`: its breaks are taken from it when more than half of it is there.
fn work_between(piece: &Piece, start: i64, end: i64) -> i64 {
    let elapsed = piece.end - piece.from;
    let inside = (piece.end.min(end) - piece.from.max(start)).max(0);
    if inside == elapsed {
        i64::from(piece.work)
    } else if inside * 2 > elapsed {
        (inside - i64::from(piece.breaks)).max(0)
    } else {
        inside
    }
}

/// At most fourteen days with on-call duty in four weeks, and twice two days in a row without it and without work.
fn days(view: &View<'_>, found: &mut Found) {
    for (first, weeks) in weeks::windows(view, 4) {
        let on_call: u32 = weeks.iter().map(|week| week.on_call.count_ones()).sum();
        if on_call == 0 {
            continue;
        }
        let window = weeks::span(first, 4);
        found.most(Rule::OnCall, Measure::OnCallDays, on_call, ON_CALL_DAYS, window);
        let taken = weeks.iter().rev().fold(0_u32, |days, week| days << 7 | u32::from(week.worked | week.on_call));
        let (mut pairs, mut day) = (0, 0);
        while day < 27 {
            if taken >> day & 0b11 == 0 {
                pairs += 1;
                day += 1;
            }
            day += 1;
        }
        found.least(Rule::OnCall, Measure::FreePairs, pairs, FREE_PAIRS, window);
    }
}

/// Duties that start in a time from the start of each of them.
fn how_many(duties: &[&Piece], measure: Measure, limit: Option<i32>, length: i64, found: &mut Found) {
    let Some(limit) = limit else { return };
    for (at, first) in duties.iter().enumerate() {
        let until = first.start + length;
        let count = duties[at..].partition_point(|duty| duty.start < until);
        found.most(Rule::ReachableCount, measure, count as i64, limit, (first.start, until));
    }
}
