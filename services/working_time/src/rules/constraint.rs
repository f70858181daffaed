//! What was set on the roster for a time, without a reason (PRG-01, PRG-02, CAO-11; D7).

use crate::{
    breach::Found,
    person::{Constraint, Limit},
    piece::Piece,
    rule::{Measure, Rule},
    view::View,
    zone::{self, DAY},
};

use super::weeks::{self, Cap};

/// Every constraint, over all work of the person.
pub(super) fn all(view: &View<'_>, found: &mut Found) {
    for constraint in &view.person.constraints {
        one(view, constraint, found);
    }
    caps(view, |cap| weeks::broken(&cap, found));
}

fn one(view: &View<'_>, constraint: &Constraint, found: &mut Found) {
    let (from, until) = constraint.days();
    let holds = |day: i32| (from..=until).contains(&day);
    let pieces = || view.work().chain(view.duties()).chain(view.calls());
    match constraint.limit {
        Limit::NoWork => {
            let (start, end) = (zone::day_start(from), if until == i32::MAX { i64::MAX } else { zone::day_start(until + 1) });
            for piece in pieces() {
                let window = (piece.start.max(start), piece.end.min(end));
                found.most(Rule::Constraint, Measure::ForbiddenKind, (window.1 - window.0).max(0), 0, window);
            }
        }
        Limit::NoNight => {
            for dienst in view.diensten.iter().filter(|dienst| holds(dienst.day) && dienst.is_dark()) {
                found.most(Rule::Constraint, Measure::ForbiddenHours, dienst.dark, 0, (dienst.start, dienst.end));
            }
            for duty in view.duties().filter(|duty| holds(duty.day) && duty.night > 60) {
                found.most(Rule::Constraint, Measure::ForbiddenHours, duty.night, 0, (duty.start, duty.end));
            }
        }
        Limit::NoDuty => {
            let presence = view.work().filter(|piece| piece.kind == crate::Kind::Presence);
            for duty in view.duties().chain(presence).filter(|duty| holds(duty.day)) {
                found.most(Rule::Constraint, Measure::ForbiddenKind, duty.end - duty.start, 0, (duty.start, duty.end));
            }
        }
        Limit::RegularHours => pieces().filter(|piece| holds(piece.day)).for_each(|piece| regular(view, piece, found)),
        Limit::ShiftMinutes(limit) => {
            for dienst in view.diensten.iter().filter(|dienst| holds(dienst.day)) {
                found.most(Rule::Constraint, Measure::ShiftWork, dienst.work, limit, (dienst.start, dienst.end));
            }
        }
        Limit::WeekMinutes(_) | Limit::FourWeekAverage(_) | Limit::SixteenWeekAverage(_) => {}
    }
}

/// Minutes outside Monday to Friday between 07:00 and 20:00.
fn regular(view: &View<'_>, piece: &Piece, found: &mut Found) {
    let mut irregular = 0;
    for day in piece.day..=piece.last_day {
        let (start, end) = (piece.from.max(zone::day_start(day)), piece.end.min(zone::day_start(day + 1)));
        let weekend = matches!(day - zone::sunday(zone::week_of_day(day)), 0 | 6);
        let inside = if weekend { 0 } else { zone::in_band(start, end, 7 * 60, 20 * 60) };
        irregular += zone::in_band(start, end, 0, DAY) - inside;
    }
    let window = (piece.start, piece.end);
    if view.person.consents.irregular_hours {
        if irregular > 0 {
            found.used(Rule::Constraint, Measure::ForbiddenHours, irregular, 0, window);
        }
    } else {
        found.most(Rule::Constraint, Measure::ForbiddenHours, irregular, 0, window);
    }
}

/// What constraints allow in weeks: on average over so many that the constraint touches, over all of them when they are fewer.
pub(crate) fn caps(view: &View<'_>, mut each: impl FnMut(Cap)) {
    for constraint in &view.person.constraints {
        let (measure, length, limit) = match constraint.limit {
            Limit::WeekMinutes(limit) => (Measure::WeekWork, 1, limit),
            Limit::FourWeekAverage(limit) => (Measure::FourWeekWork, 4, limit),
            Limit::SixteenWeekAverage(limit) => (Measure::PeriodWork, 16, limit),
            _ => continue,
        };
        let (from, until) = constraint.days();
        let (first, last) = (zone::week_of_day(from), if until == i32::MAX { i32::MAX } else { zone::week_of_day(until) });
        let touched = usize::try_from(i64::from(last) - i64::from(first) + 1).unwrap_or(0);
        let length = touched.min(length);
        if length == 0 {
            continue;
        }
        for (week, weeks) in weeks::windows(view, length) {
            if week >= first && week + zone::narrow(length as i64) - 1 <= last {
                let work = weeks.iter().map(|week| i64::from(week.work)).sum();
                each(Cap { rule: Rule::Constraint, measure, first: week, weeks: length, work, limit: i64::from(limit) * length as i64 });
            }
        }
    }
}
