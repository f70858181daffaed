//! Weekly rest (ATW-06, the weekly rest of YTH-01 and ATB-02, CAO-07).

use crate::{
    breach::Found,
    norms::WeeklyRest,
    rule::{Measure, Rule},
    view::View,
    zone::WEEK,
};

/// Rest in 7 x 24 hours.
const REST: i64 = 36 * 60;
/// The other way: rest in 14 x 24 hours, in parts.
const FORTNIGHT_REST: i64 = 72 * 60;
const PART: i64 = 32 * 60;
/// One part in every 9 x 24 hours (CAO-07).
const NINE_DAYS: i64 = 9 * 24 * 60;
/// Rest in 7 x 24 hours with a presence duty, and the longest part of it (ATB-02).
const PRESENCE_REST: i64 = 90 * 60;
const PRESENCE_PART: i64 = 24 * 60;

/// Which ways there are.
#[derive(Clone, Copy)]
struct Ways {
    rule: Rule,
    fortnight: bool,
}

/// ATW-06, YTH-01, ATB-02.
pub(super) fn law(view: &View<'_>, found: &mut Found) {
    each_week(view, found, |at| {
        let dienst = &view.diensten[at];
        if view.is_young(dienst.day) {
            return Some(Ways { rule: Rule::Young, fortnight: false });
        }
        let until = dienst.start + WEEK;
        let with_presence = view.diensten[at..].iter().take_while(|dienst| dienst.start < until).any(|dienst| dienst.presence);
        (!with_presence).then_some(Ways { rule: Rule::WeeklyRest, fortnight: true })
    });
    with_presence(view, found);
}

/// CAO-07.
pub(super) fn agreement(view: &View<'_>, found: &mut Found) {
    match view.norms.weekly_rest {
        WeeklyRest::Law => {}
        WeeklyRest::EveryWeek => each_week(view, found, |_| Some(Ways { rule: Rule::AgreedWeeklyRest, fortnight: false })),
        WeeklyRest::EveryFortnight => {
            each_fortnight(view, found);
            every_nine_days(view, found);
        }
    }
}

/// Goes from the first shift after one weekly rest to the first after the next (WT-8). `ways` says by which rule the time from
/// the shift at that place on is judged, if by any.
fn each_week(view: &View<'_>, found: &mut Found, ways: impl Fn(usize) -> Option<Ways>) {
    let mut at = 0;
    while at < view.diensten.len() {
        let anchor = view.diensten[at].start;
        let rest = (at..view.diensten.len()).find(|place| view.rest_after(*place) >= REST).unwrap_or(view.diensten.len() - 1);
        let begins = view.diensten[rest].end;
        let next = rest + 1;
        if begins + REST <= anchor + WEEK {
            at = next;
            continue;
        }
        let Some(ways) = ways(at) else {
            at = next;
            continue;
        };
        match in_parts(view, at, anchor + 2 * WEEK).filter(|_| ways.fortnight) {
            Some(last) => at = last + 1,
            None => {
                let measured = longest_rest(view, at, anchor + WEEK);
                let window = (anchor, begins.max(anchor + WEEK));
                found.broken(ways.rule, Measure::WeeklyRest, (measured, REST), begins - anchor, window);
                at = next;
            }
        }
    }
}

/// The place after which rest in parts, each cut off at `until` and of at least 32 hours, comes to 72 hours.
fn in_parts(view: &View<'_>, at: usize, until: i64) -> Option<usize> {
    let mut total = 0;
    (at..view.diensten.len()).take_while(|place| view.diensten[*place].end < until).find(|place| {
        let part = view.rest_after(*place).min(until - view.diensten[*place].end);
        total += if part >= PART { part } else { 0 };
        total >= FORTNIGHT_REST
    })
}

/// The longest rest before `until`.
fn longest_rest(view: &View<'_>, at: usize, until: i64) -> i64 {
    let rests = (at..view.diensten.len()).take_while(|place| view.diensten[*place].end < until);
    rests.map(|place| view.rest_after(place).min(until - view.diensten[place].end)).max().unwrap_or(0)
}

/// 72 hours in 14 x 24 hours, without the other way of the law.
fn each_fortnight(view: &View<'_>, found: &mut Found) {
    let mut at = 0;
    while at < view.diensten.len() {
        let anchor = view.diensten[at].start;
        let until = anchor + 2 * WEEK;
        if let Some(last) = in_parts(view, at, until) {
            at = last + 1;
            continue;
        }
        let places = (at..view.diensten.len()).take_while(|place| view.diensten[*place].end < until);
        let parts = places.map(|place| view.rest_after(place).min(until - view.diensten[place].end)).filter(|part| *part >= PART);
        found.least(Rule::AgreedWeeklyRest, Measure::FortnightRest, parts.sum::<i64>(), FORTNIGHT_REST, (anchor, until));
        at = (at..view.diensten.len()).find(|place| view.diensten[*place].start >= until).unwrap_or(view.diensten.len());
    }
}

/// A rest of 32 hours in every 9 x 24 hours.
fn every_nine_days(view: &View<'_>, found: &mut Found) {
    let mut start = None;
    for (at, dienst) in view.diensten.iter().enumerate() {
        let from = *start.get_or_insert(dienst.start);
        if view.rest_after(at) >= PART {
            let window = (from, dienst.end);
            found.most(Rule::AgreedWeeklyRest, Measure::TimeWithoutRest, dienst.end - from, NINE_DAYS - PART, window);
            start = None;
        }
    }
}

/// ATB-02: 90 hours of rest, 24 of them in one piece, in the 7 x 24 hours from the start of each shift with a presence duty.
fn with_presence(view: &View<'_>, found: &mut Found) {
    for (at, dienst) in view.diensten.iter().enumerate().filter(|(_, dienst)| dienst.presence) {
        let until = dienst.start + WEEK;
        let places = (at..view.diensten.len()).take_while(|place| view.diensten[*place].end < until);
        let total: i64 = places.map(|place| view.rest_after(place).min(until - view.diensten[place].end)).sum();
        found.least(Rule::Presence, Measure::WeekRestTotal, total, PRESENCE_REST, (dienst.start, until));
        found.least(Rule::Presence, Measure::WeeklyRest, longest_rest(view, at, until), PRESENCE_PART, (dienst.start, until));
    }
}
