//! Work in weeks and on average (ATW-03, ATW-04, ATW-15, the weeks of YTH-01 and ATB-02, CAO-05).

use crate::{
    breach::Found,
    part::Week,
    rule::{Measure, Rule},
    view::{HORIZON, View, YEAR},
    zone,
};

/// Work in a week, in four weeks, in sixteen, and in sixteen with many night shifts.
const WEEK_WORK: i64 = 60 * 60;
const FOUR_WEEK_WORK: i64 = 4 * 55 * 60;
/// Each week of a longer period counts so much.
const AVERAGE: i64 = 48 * 60;
const NIGHT_AVERAGE: i64 = 40 * 60;
/// So many night shifts in sixteen weeks are many (ATW-15).
const MANY_NIGHTS: i64 = 16;
/// The weeks that have that average.
const NIGHT_PERIOD: usize = 16;
/// Under 18.
const YOUNG_WEEK_WORK: i64 = 45 * 60;
const YOUNG_FOUR_WEEK_WORK: i64 = 160 * 60;
/// With presence duties: over 26 weeks, and with consent.
const HALF_YEAR: usize = 26;
const PRESENCE_CONSENT: i64 = 60 * 60;
const PRESENCE_DUTIES: i64 = 52;

/// At most so much work in so many weeks in a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cap {
    pub(crate) rule: Rule,
    pub(crate) measure: Measure,
    /// The first of the weeks, and how many they are.
    pub(crate) first: i32,
    pub(crate) weeks: usize,
    /// What is worked in them.
    pub(crate) work: i64,
    pub(crate) limit: i64,
}

/// Sums of the first so many weeks of the horizon, so that those of any weeks in a row are a subtraction.
struct Sums([i64; HORIZON + 1]);

impl Sums {
    fn of(view: &View<'_>, figure: impl Fn(&Week) -> i64) -> Self {
        let (mut sums, mut sum) = ([0; HORIZON + 1], 0);
        for (week, place) in view.weeks.counts.iter().zip(&mut sums[1..]) {
            sum += figure(week);
            *place = sum;
        }
        Self(sums)
    }

    /// Every `weeks` in a row: the place of the first, and the sum.
    fn every(&self, weeks: usize) -> impl Iterator<Item = (usize, i64)> {
        let weeks = weeks.min(HORIZON);
        (0..=HORIZON - weeks).map(move |at| (at, self.0[at + weeks] - self.0[at]))
    }

    fn in_weeks(&self, at: usize, weeks: usize) -> i64 {
        self.0[at + weeks] - self.0[at]
    }
}

/// Every `length` weeks in a row of the horizon: the number of the first, and the weeks.
pub(super) fn windows<'a>(view: &'a View<'_>, length: usize) -> impl Iterator<Item = (i32, &'a [Week])> {
    (view.first_week()..).zip(view.weeks.counts.windows(length.min(HORIZON)))
}

/// From the Sunday of one week to that of the week so many later.
pub(super) fn span(first: i32, weeks: usize) -> (i64, i64) {
    (zone::week_start(first), zone::week_start(first + zone::narrow(weeks as i64)))
}

/// Calls `each` with the sums of every 52 weeks with the candidate's among them that end within the horizon.
pub(super) fn in_year(view: &View<'_>, figures: &[i64], mut each: impl FnMut(i64, (i64, i64))) {
    in_long_period(view, figures, usize::try_from(YEAR).unwrap_or(0), &mut each);
}

fn in_long_period(view: &View<'_>, figures: &[i64], length: usize, mut each: impl FnMut(i64, (i64, i64))) {
    for (first, window) in (view.first_of_year()..).zip(figures.windows(length)) {
        each(window.iter().sum(), span(first, length));
    }
}

/// ATW-03, ATW-04a, ATW-04b, ATW-15, YTH-01, ATB-02.
pub(super) fn law(view: &View<'_>, found: &mut Found) {
    law_caps(view, |cap| broken(&cap, found));
    let period = view.norms.period();
    let any_presence = view.weeks.counts.iter().any(|week| week.presence > 0);
    if any_presence {
        with_presence(view, found);
    } else if period > HORIZON {
        let limit = AVERAGE * period as i64;
        in_long_period(view, &worked(view), period, |work, window| {
            found.most(Rule::SixteenWeeks, Measure::PeriodWork, work, limit, window);
        });
    }
}

/// CAO-05: averages over the work of the employment.
pub(super) fn agreement(view: &View<'_>, found: &mut Found) {
    agreement_caps(view, |cap| broken(&cap, found));
}

pub(super) fn broken(cap: &Cap, found: &mut Found) {
    if cap.work > cap.limit {
        found.most(cap.rule, cap.measure, cap.work, cap.limit, span(cap.first, cap.weeks));
    }
}

/// What the law allows in the weeks of the horizon. With a presence duty among them ATB-02 holds instead of ATW-03 and ATW-04.
pub(crate) fn law_caps(view: &View<'_>, mut each: impl FnMut(Cap)) {
    let work = Sums::of(view, |week| i64::from(week.work));
    let nights = Sums::of(view, |week| i64::from(week.nights));
    let presence = Sums::of(view, |week| i64::from(week.presence));
    let any_presence = presence.0[HORIZON] > 0;
    let first = view.first_week();
    let number = |at: usize| first + zone::narrow(at as i64);
    let mut cap = |rule, measure, at, weeks, work, limit| each(Cap { rule, measure, first: number(at), weeks, work, limit });
    for (at, work) in work.every(1) {
        if view.is_young(zone::sunday(number(at))) {
            cap(Rule::Young, Measure::WeekWork, at, 1, work, YOUNG_WEEK_WORK);
        } else if !any_presence || presence.in_weeks(at, 1) == 0 {
            cap(Rule::WeekLength, Measure::WeekWork, at, 1, work, WEEK_WORK);
        }
    }
    for (at, work) in work.every(4) {
        if view.is_young(zone::sunday(number(at + 3))) {
            cap(Rule::Young, Measure::FourWeekWork, at, 4, work, YOUNG_FOUR_WEEK_WORK);
        } else if view.norms.four_weeks && (!any_presence || presence.in_weeks(at, 4) == 0) {
            cap(Rule::FourWeeks, Measure::FourWeekWork, at, 4, work, FOUR_WEEK_WORK);
        }
    }
    let period = view.norms.period();
    if period <= HORIZON {
        let limit = AVERAGE * period as i64;
        for (at, work) in work.every(period).filter(|(at, _)| !any_presence || presence.in_weeks(*at, period) == 0) {
            cap(Rule::SixteenWeeks, Measure::PeriodWork, at, period, work, limit);
        }
    }
    if nights.0[HORIZON] >= MANY_NIGHTS {
        for (at, work) in work.every(NIGHT_PERIOD).filter(|(at, _)| nights.in_weeks(*at, NIGHT_PERIOD) >= MANY_NIGHTS) {
            cap(Rule::NightAverage, Measure::PeriodWorkWithNights, at, NIGHT_PERIOD, work, NIGHT_AVERAGE * NIGHT_PERIOD as i64);
        }
    }
}

/// What the collective agreement allows.
pub(crate) fn agreement_caps(view: &View<'_>, mut each: impl FnMut(Cap)) {
    if !view.norms.has_averages() {
        return;
    }
    let work = Sums::of(view, |week| i64::from(week.work));
    let nights = Sums::of(view, |week| i64::from(week.nights));
    let norms = view.norms;
    for (measure, weeks, limit, many) in [
        (Measure::WeekWork, 1, norms.week, 0),
        (Measure::FourWeekWork, 4, norms.four_week, 0),
        (Measure::PeriodWork, NIGHT_PERIOD, norms.sixteen_week, 0),
        (Measure::PeriodWorkWithNights, NIGHT_PERIOD, norms.sixteen_week_nights, MANY_NIGHTS),
    ] {
        let Some(limit) = limit else { continue };
        for (at, work) in work.every(weeks).filter(|(at, _)| nights.in_weeks(*at, weeks) >= many) {
            let first = view.first_week() + zone::narrow(at as i64);
            each(Cap { rule: Rule::AgreedAverage, measure, first, weeks, work, limit });
        }
    }
}

fn worked(view: &View<'_>) -> Vec<i64> {
    view.year(|week| i64::from(week.work), |record| i64::from(record.work))
}

/// ATB-02: duties and average over 26 weeks.
fn with_presence(view: &View<'_>, found: &mut Found) {
    let duties = view.year(|week| i64::from(week.presence), |record| i64::from(record.presence));
    let work = worked(view);
    let consent = view.person.consents.sixty_hours_with_presence;
    let usual = AVERAGE * HALF_YEAR as i64;
    for (at, (duties, work)) in duties.windows(HALF_YEAR).zip(work.windows(HALF_YEAR)).enumerate() {
        let duties: i64 = duties.iter().sum();
        if duties == 0 {
            continue;
        }
        let window = span(view.first_of_year() + zone::narrow(at as i64), HALF_YEAR);
        let work: i64 = work.iter().sum();
        let limit = if consent { PRESENCE_CONSENT * HALF_YEAR as i64 } else { usual };
        found.most(Rule::Presence, Measure::PresenceDuties, duties, PRESENCE_DUTIES, window);
        found.most(Rule::Presence, Measure::HalfYearWork, work, limit, window);
        if work > usual && work <= limit {
            found.used(Rule::Presence, Measure::HalfYearWork, work, usual, window);
        }
    }
}
