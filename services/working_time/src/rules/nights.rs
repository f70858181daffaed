//! Night shifts in a row and how many there are (ATW-12, ATW-13, ATW-14, CAO-09).

use crate::{
    breach::Found,
    dienst::Dienst,
    norms::NightCount,
    rule::{Measure, Rule},
    view::View,
    zone::{self, WEEK},
};

/// Rest after a series of so many night shifts.
const SERIES: i32 = 3;
const SERIES_REST: i64 = 46 * 60;
/// A rest as long as this ends a run of shifts (WT-7).
const RUN_BREAK: i64 = 36 * 60;
/// Night shifts that end after 02:00: in sixteen weeks, in 52, and the hours between 00:00 and 06:00 in two.
const NIGHTS: i64 = 36;
const NIGHTS_IN_YEAR: i64 = 140;
const NIGHT_HOURS: i64 = 38 * 60;
/// Sixteen times 7 x 24 hours.
const PERIOD: i64 = 16 * WEEK;

/// ATW-12, ATW-13, ATW-14.
pub(super) fn law(view: &View<'_>, found: &mut Found) {
    if !view.diensten.iter().any(Dienst::is_night) {
        return;
    }
    in_series(view, |last, count, rest, _| {
        if count >= SERIES {
            let end = view.diensten[last].end;
            found.least(Rule::RestAfterNights, Measure::RestAfterSeries, rest, SERIES_REST, (end, end.saturating_add(rest)));
        }
    });
    runs(view, found);
    count(view, found);
}

/// Calls `each` with every series of night shifts (WT-7): the place of its last, how many they are, the rest after it and the
/// place of its first.
fn in_series(view: &View<'_>, mut each: impl FnMut(usize, i32, i64, usize)) {
    let (mut count, mut first) = (0, 0);
    for (at, dienst) in view.diensten.iter().enumerate() {
        if !dienst.is_night() || view.is_young(dienst.day) {
            count = 0;
            continue;
        }
        if count == 0 {
            first = at;
        }
        count += 1;
        let rest = view.rest_after(at);
        let goes_on = rest < view.norms.series_break && view.diensten.get(at + 1).is_some_and(Dienst::is_night);
        if !goes_on {
            each(at, count, rest, first);
            count = 0;
        }
    }
}

/// Shifts in a row with less than 36 hours between them, a night shift among them.
fn runs(view: &View<'_>, found: &mut Found) {
    let (mut count, mut with_night, mut start) = (0, false, 0);
    for (at, dienst) in view.diensten.iter().enumerate() {
        if count == 0 {
            start = dienst.start;
        }
        count += 1;
        with_night |= dienst.is_night();
        if view.rest_after(at) >= RUN_BREAK {
            if with_night {
                found.most(Rule::Series, Measure::ShiftsInRow, count, view.norms.series_max, (start, dienst.end));
            }
            (count, with_night) = (0, false);
        }
    }
}

/// How many night shifts end after 02:00.
fn count(view: &View<'_>, found: &mut Found) {
    match view.norms.night_count {
        NightCount::Period => in_period(view, Rule::NightCount, NIGHTS, Dienst::is_late_night, found),
        NightCount::Year => {
            let counts = view.year(|week| i64::from(week.late), |record| i64::from(record.late_nights));
            super::weeks::in_year(view, &counts, |count, window| {
                found.most(Rule::NightCount, Measure::NightsInYear, count, NIGHTS_IN_YEAR, window);
            });
        }
        NightCount::Hours => {
            for (week, pair) in (view.first_week()..).zip(view.weeks.counts.windows(2)) {
                let minutes: i32 = pair.iter().map(|week| week.night).sum();
                let window = (zone::week_start(week), zone::week_start(week + 2));
                found.most(Rule::NightCount, Measure::NightHours, minutes, NIGHT_HOURS, window);
            }
        }
    }
}

/// The night shifts in the 16 x 7 x 24 hours from the start of each of them (WT-10).
fn in_period(view: &View<'_>, rule: Rule, limit: i64, counts: impl Fn(&Dienst) -> bool, found: &mut Found) {
    let total = view.diensten.iter().filter(|dienst| counts(dienst)).count() as i64;
    if total <= limit {
        return;
    }
    let nights: Vec<&Dienst> = view.diensten.iter().filter(|dienst| counts(dienst)).collect();
    let mut until = 0;
    for (at, first) in nights.iter().enumerate() {
        while nights.get(until).is_some_and(|night| night.start < first.start + PERIOD) {
            until += 1;
        }
        found.most(rule, Measure::Nights, (until - at) as i64, limit, (first.start, first.start + PERIOD));
    }
}

/// CAO-09: night shifts in a row; more when the worker asked for it, and then no more than so many in sixteen weeks.
pub(super) fn agreement(view: &View<'_>, found: &mut Found) {
    let Some(usual) = view.norms.nights_in_row else { return };
    let asked = view.norms.nights_in_row_asked.filter(|_| view.person.consents.longer_night_series);
    let limit = asked.unwrap_or(usual);
    in_series(view, |last, count, _, first| {
        let window = (view.diensten[first].start, view.diensten[last].end);
        found.most(Rule::AgreedNights, Measure::NightsInRow, count, limit, window);
        if count > usual && count <= limit {
            found.used(Rule::AgreedNights, Measure::NightsInRow, count, usual, window);
        }
    });
    if let (Some(_), Some(limit)) = (asked, view.norms.nights_asked) {
        in_period(view, Rule::AgreedNights, i64::from(limit), Dienst::is_night, found);
    }
}
