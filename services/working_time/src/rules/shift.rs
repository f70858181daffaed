//! One shift: how long it is, and its breaks (ATW-01, ATW-02, ATW-09, YTH-01, the length of ATB-02).

use crate::{
    breach::Found,
    dienst::{Dienst, NIGHT_WORK},
    rule::{Measure, Rule},
    view::View,
    zone::{self, DAY, WEEK},
};

/// Work in a shift.
const DAY_WORK: i32 = 12 * 60;
/// Work in a night shift that was made longer.
pub(super) const EXTENDED_NIGHT_WORK: i32 = 12 * 60;
/// Work without a break, and with a short one.
const UNBROKEN: i32 = 330;
const LONG: i32 = 10 * 60;
/// From its start to its end; with a presence duty as long as that may be.
pub(super) const LONGEST_SPAN: i64 = 16 * 60;
const LONGEST_PRESENCE: i64 = DAY;
/// Extensions in 14 x 24 hours and in 52 weeks.
const EXTENSIONS: i64 = 5;
const EXTENSIONS_IN_YEAR: i64 = 22;
/// Under 18.
const YOUNG_WORK: i32 = 9 * 60;
const YOUNG_UNBROKEN: i32 = 270;

/// ATW-01, ATW-02, ATW-09, YTH-01, ATB-02.
pub(super) fn law(view: &View<'_>, found: &mut Found) {
    let mut extended = false;
    for dienst in &view.diensten {
        let window = (dienst.start, dienst.end);
        if view.is_young(dienst.day) {
            young(dienst, found);
            continue;
        }
        if dienst.presence {
            found.most(Rule::Presence, Measure::Span, dienst.span(), LONGEST_PRESENCE, window);
        } else if dienst.is_night() {
            let limit = if view.norms.night_extension { EXTENDED_NIGHT_WORK } else { NIGHT_WORK };
            found.most(Rule::NightLength, Measure::ShiftWork, dienst.work, limit, window);
            extended |= dienst.work > NIGHT_WORK;
            if view.norms.night_extension && dienst.work > NIGHT_WORK && dienst.work <= limit {
                found.used(Rule::NightLength, Measure::ShiftWork, dienst.work, NIGHT_WORK, window);
            }
        } else {
            found.most(Rule::ShiftLength, Measure::ShiftWork, dienst.work, DAY_WORK, window);
        }
        let needed = break_needed(dienst.ordinary, view.norms.short_breaks);
        found.least(Rule::Breaks, Measure::Breaks, dienst.breaks, needed, window);
    }
    if extended && view.norms.night_extension {
        extensions(view, found);
    }
}

/// The break that so much work needs (ATW-09).
fn break_needed(work: i32, short_breaks: bool) -> i32 {
    if work <= UNBROKEN {
        0
    } else if short_breaks {
        15
    } else if work <= LONG {
        30
    } else {
        45
    }
}

fn young(dienst: &Dienst, found: &mut Found) {
    let window = (dienst.start, dienst.end);
    found.most(Rule::Young, Measure::ShiftWork, dienst.work, YOUNG_WORK, window);
    let needed = if dienst.ordinary > YOUNG_UNBROKEN { 30 } else { 0 };
    found.least(Rule::Young, Measure::Breaks, dienst.breaks, needed, window);
}

/// How often night shifts are longer than ten hours: in 14 x 24 hours from each of them, and in every 52 weeks.
fn extensions(view: &View<'_>, found: &mut Found) {
    let nights: Vec<&Dienst> = view.diensten.iter().filter(|dienst| dienst.is_extended()).collect();
    for (at, first) in nights.iter().enumerate() {
        let until = first.start + 2 * WEEK;
        let count = nights[at..].partition_point(|night| night.start < until);
        found.most(Rule::NightLength, Measure::Extensions, count as i64, EXTENSIONS, (first.start, until));
    }
    let counts = view.year(|week| i64::from(week.extended), |record| i64::from(record.extended_nights));
    super::weeks::in_year(view, &counts, |count, window| {
        found.most(Rule::NightLength, Measure::ExtensionsInYear, count, EXTENSIONS_IN_YEAR, window);
    });
    for (at, night) in view.diensten.iter().enumerate().filter(|(_, dienst)| dienst.is_extended()) {
        let rest = view.rest_after(at);
        found.least(Rule::NightLength, Measure::RestAfterExtension, rest, 12 * 60, (night.end, night.end.saturating_add(rest)));
    }
}

/// Minutes of a piece between two times of the day, the second on the day after when it is the smaller.
pub(super) fn at_hours(start: i64, end: i64, from: i64, until: i64) -> i32 {
    if from < until {
        zone::in_band(start, end, from, until)
    } else {
        zone::in_band(start, end, 0, until) + zone::in_band(start, end, from, DAY)
    }
}
