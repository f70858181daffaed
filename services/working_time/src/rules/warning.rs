//! What is told beside a verdict about the candidate (ATW-07, ATW-08, ATW-16, ATW-20, CAO-03, CAO-10).

use crate::{
    breach::Found,
    part::{Part, Week},
    person::WeekRecord,
    rule::{Measure, Rule},
    view::{View, YEAR},
    zone::{self, DAY},
};

use super::weeks;

/// Notice of the roster, and of the times when the roster could not be told so early (ATW-16).
const NOTICE: i64 = 28 * DAY;
const LATE_NOTICE: i64 = 4 * DAY;

const SUNDAY: u8 = 1;
const SATURDAY: u8 = 1 << 6;

/// Warnings about the candidate of `view`, at `now`. `before` is the work without it: all of it, and that of the employment.
pub(crate) fn about(view: &View<'_>, before: (&Part, &Part), now: i64, found: &mut Found) {
    let Some(candidate) = view.candidate else { return };
    let window = (candidate.start, candidate.end);
    let notice = candidate.start - now;
    match view.norms.notice {
        Some(agreed) => found.least(Rule::AgreedNotice, Measure::Notice, notice, agreed, window),
        None if notice < LATE_NOTICE => found.least(Rule::Notice, Measure::Notice, notice, LATE_NOTICE, window),
        None => found.least(Rule::Notice, Measure::Notice, notice, NOTICE, window),
    }
    let night = view.diensten.iter().find(|dienst| dienst.start <= candidate.start && candidate.start < dienst.end);
    if !view.person.consents.night_work
        && candidate.night > 0
        && let Some(night) = night.filter(|dienst| dienst.is_night())
        && !before.0.diensten.iter().any(|dienst| dienst.is_night())
    {
        found.most(Rule::FirstNight, Measure::FirstNight, night.night, 0, (night.start, night.end));
    }
    if candidate.work > 0 {
        days_off(view, before, found);
    }
}

/// Sundays and weekends that the candidate takes.
fn days_off(view: &View<'_>, (all, own): (&Part, &Part), found: &mut Found) {
    let Some(candidate) = view.candidate else { return };
    let (mut sunday, mut weekend) = (false, false);
    for day in candidate.day..=candidate.last_day {
        let week = zone::week_of_day(day);
        match day - zone::sunday(week) {
            0 => {
                let minutes = zone::day_start(day + 1).min(candidate.end) - candidate.start.max(zone::day_start(day));
                if !view.person.consents.sunday_work {
                    found.most(Rule::SundayWork, Measure::SundayWork, minutes, 0, (candidate.start, candidate.end));
                }
                sunday |= all.weeks.get(week).worked & SUNDAY == 0;
                weekend |= own.weeks.get(week).worked & SUNDAY == 0 && own.weeks.get(week - 1).worked & SATURDAY == 0;
            }
            6 => weekend |= own.weeks.get(week).worked & SATURDAY == 0 && own.weeks.get(week + 1).worked & SUNDAY == 0,
            _ => {}
        }
    }
    if sunday {
        sundays(view, Rule::FreeSundays, view.norms.free_sundays, found);
        if let Some(least) = view.norms.agreed_free_sundays {
            sundays(view, Rule::AgreedWeekends, least, found);
        }
    }
    if weekend && let Some(least) = view.norms.free_weekends {
        weekends(view, least, found);
    }
}

fn worked(view: &View<'_>, bit: u8, recorded: impl Fn(&WeekRecord) -> bool) -> Vec<i64> {
    view.year(|week: &Week| i64::from(week.worked & bit != 0), |record| i64::from(recorded(record)))
}

/// Free Sundays in 52 weeks with the candidate among them. Of a week that nobody knows the Sunday counts as free.
fn sundays(view: &View<'_>, rule: Rule, least: i32, found: &mut Found) {
    let figures = worked(view, SUNDAY, |record| record.sunday);
    weeks::in_year(view, &figures, |worked, window| {
        found.least(rule, Measure::FreeSundays, i64::from(YEAR) - worked, least, window);
    });
}

/// Free weekends in 52 weeks: neither the Saturday of a week nor the Sunday after it is worked.
fn weekends(view: &View<'_>, least: i32, found: &mut Found) {
    let saturdays = worked(view, SATURDAY, |record| record.saturday);
    let sundays = worked(view, SUNDAY, |record| record.sunday);
    let next = sundays[1..].iter().copied().chain([0]);
    let figures: Vec<i64> = saturdays.iter().zip(next).map(|(saturday, sunday)| (*saturday).max(sunday)).collect();
    weeks::in_year(view, &figures, |worked, window| {
        found.least(Rule::AgreedWeekends, Measure::FreeWeekends, i64::from(YEAR) - worked, least, window);
    });
}
