//! The rules once more, written to be read and not to be fast: nothing here is shared with the library.
//!
//! It covers all that can refuse under the law (ATW-01 to ATW-15) and the main norms of collective agreements and of the young. Times are
//! minutes, asked of the calendar one by one.

use chassis::time::{LocalDate, Timestamp};
use chrono::Datelike;

use crate::support::later;

mod agreed;
mod law;

/// A piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Work {
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) pause: i64,
    pub(crate) own: bool,
}

/// What can be chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Choice {
    pub(crate) series_max: i64,
    pub(crate) extension: bool,
    pub(crate) eighteen: Option<LocalDate>,
    /// CAO-04: day and night; CAO-05: four weeks; CAO-06; CAO-07: 0 law, 1 every week, 2 every fortnight; CAO-09; CAO-12.
    pub(crate) shift: Option<(i64, i64)>,
    pub(crate) four_week: Option<i64>,
    pub(crate) short_rest: Option<i64>,
    pub(crate) weekly: u8,
    pub(crate) nights_in_row: Option<i64>,
    pub(crate) split: Option<i64>,
}

/// A breach: rule, measured, limit, window, how bad it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) rule: &'static str,
    what: &'static str,
    pub(crate) measured: i64,
    pub(crate) limit: i64,
    window: (i64, i64),
    badness: i64,
}

#[derive(Debug, Clone)]
struct Dienst {
    parts: Vec<Work>,
    start: i64,
    end: i64,
    night: bool,
    late: bool,
}

fn date_of(minute: i64) -> LocalDate {
    Timestamp(minute * 60_000_000).local_date()
}

fn clock(date: LocalDate, minute_of_day: u32) -> i64 {
    match date.at_minute(minute_of_day, false) {
        Ok(time) => time.0 / 60_000_000,
        // Left out in spring: the moment of the jump is 03:00.
        Err(_) => clock(date, 180),
    }
}

fn sunday_of(date: LocalDate) -> LocalDate {
    later(date, -i64::from(date.0.weekday().num_days_from_sunday()))
}

/// Real minutes of `[start, end)` in a band of the clock on every day.
fn in_band(start: i64, end: i64, from: u32, until: u32) -> i64 {
    let mut date = later(date_of(start), -1);
    let mut sum = 0;
    while clock(date, 0) < end {
        let band_end = if until == 1440 { clock(later(date, 1), 0) } else { clock(date, until) };
        sum += (end.min(band_end) - start.max(clock(date, from))).max(0);
        date = later(date, 1);
    }
    sum
}

/// What overlaps counts once.
fn without_overlaps(mut works: Vec<Work>) -> Vec<(Work, i64)> {
    works.sort_by_key(|work| (work.start, work.end, work.pause));
    let mut covered = i64::MIN;
    works
        .into_iter()
        .map(|work| {
            let from = work.start.max(covered).min(work.end);
            covered = covered.max(work.end);
            (Work { pause: work.pause.min(work.end - from), ..work }, from)
        })
        .collect()
}

fn net(work: &Work) -> i64 {
    work.end - work.start - work.pause
}

fn diensten(works: &[Work]) -> Vec<Dienst> {
    let mut all: Vec<Dienst> = Vec::new();
    for (work, from) in without_overlaps(works.to_vec()) {
        let counted = Work { start: from, ..work };
        match all.last_mut() {
            Some(dienst) if work.start - dienst.end < 480 => {
                dienst.end = dienst.end.max(work.end);
                dienst.parts.push(counted);
            }
            _ => all.push(Dienst { start: work.start, end: work.end, parts: vec![counted], night: false, late: false }),
        }
    }
    // Found once: everything below asks for it often.
    for dienst in &mut all {
        dienst.night = dienst.night_minutes() > 60;
        dienst.late = dienst.ends_after_two();
    }
    all
}

impl Dienst {
    fn work(&self) -> i64 {
        self.parts.iter().map(net).sum()
    }

    fn gaps(&self) -> Vec<i64> {
        let mut end = self.start;
        let mut gaps = Vec::new();
        for part in &self.parts {
            gaps.push(part.start - end);
            end = end.max(part.end);
        }
        gaps
    }

    fn breaks(&self) -> i64 {
        self.parts.iter().map(|part| part.pause).sum::<i64>() + self.gaps().into_iter().filter(|gap| *gap >= 15).sum::<i64>()
    }

    fn night_minutes(&self) -> i64 {
        self.parts.iter().map(|part| in_band(part.start, part.end, 0, 360)).sum()
    }

    fn is_night(&self) -> bool {
        self.night
    }

    fn is_late(&self) -> bool {
        self.late
    }

    fn ends_after_two(&self) -> bool {
        let first = self.parts.iter().find(|part| in_band(part.start, part.end, 0, 360) > 0);
        let Some(part) = first.filter(|_| self.is_night()) else { return false };
        let mut date = date_of(part.start);
        if part.start >= clock(date, 360) {
            date = later(date, 1);
        }
        self.end > clock(date, 120)
    }

    fn span(&self) -> i64 {
        self.end - self.start
    }
}

fn is_young(choice: &Choice, minute: i64) -> bool {
    choice.eighteen.is_some_and(|day| date_of(minute) < day)
}

/// Everything that is broken in the 31 weeks around the week of `centre`.
pub(crate) fn all(works: &[Work], choice: &Choice, centre: i64) -> Vec<Broken> {
    let sunday = sunday_of(date_of(centre));
    let (first, last) = (later(sunday, -15 * 7), later(sunday, 16 * 7));
    let (start, end) = (clock(first, 0), clock(last, 0));
    let around = |works: &[Work]| diensten(works).into_iter().filter(|dienst| dienst.end > start && dienst.start < end).collect::<Vec<_>>();
    let mut found = Vec::new();
    let whole = around(works);
    law::shifts(&whole, choice, &mut found);
    law::rests(&whole, choice, &mut found);
    law::series(&whole, choice, &mut found);
    law::weekly(&whole, choice, &mut found);
    law::totals(works, &whole, choice, first, &mut found);
    let own: Vec<Work> = works.iter().copied().filter(|work| work.own).collect();
    agreed::agreed(&own, &around(&own), choice, first, &mut found);
    found
}

fn most(found: &mut Vec<Broken>, rule: &'static str, what: &'static str, measured: i64, limit: i64, window: (i64, i64)) {
    if measured > limit {
        found.push(Broken { rule, what, measured, limit, window, badness: measured - limit });
    }
}

fn least(found: &mut Vec<Broken>, rule: &'static str, what: &'static str, measured: i64, limit: i64, window: (i64, i64)) {
    if measured < limit {
        found.push(Broken { rule, what, measured, limit, window, badness: limit - measured });
    }
}

/// What a candidate is refused for, and what was broken before and is no worse.
pub(crate) fn judge(works: &[Work], candidate: Work, choice: &Choice) -> (Vec<Broken>, Vec<Broken>) {
    let mut without: Vec<Option<Broken>> = all(works, choice, candidate.start).into_iter().map(Some).collect();
    if works.iter().any(|work| work.start < candidate.end && work.end > candidate.start) {
        let (measured, window) = (0, (candidate.start, candidate.end));
        let overlap = Broken { rule: "OVERLAP", what: "", measured, limit: 0, window, badness: 0 };
        return (vec![overlap], without.into_iter().flatten().collect());
    }
    let mut with: Vec<Work> = works.to_vec();
    with.push(candidate);
    let found = all(&with, choice, candidate.start);
    let (mut new, mut old, mut left) = (Vec::new(), Vec::new(), Vec::new());
    for breach in found {
        let same = |other: &&mut Option<Broken>| {
            other.as_ref().is_some_and(|other| (other.rule, other.what, other.window) == (breach.rule, breach.what, breach.window))
        };
        match without.iter_mut().find(same).and_then(Option::take) {
            Some(before) if before.badness >= breach.badness => old.push(breach),
            Some(_) => new.push(breach),
            None => left.push(breach),
        }
    }
    for breach in left {
        let excuses = |other: &&mut Option<Broken>| {
            other.as_ref().is_some_and(|other| {
                (other.rule, other.what) == (breach.rule, breach.what)
                    && other.window.0 < breach.window.1
                    && breach.window.0 < other.window.1
                    && other.badness >= breach.badness
            })
        };
        match without.iter_mut().find(excuses).and_then(Option::take) {
            Some(_) => old.push(breach),
            None => new.push(breach),
        }
    }
    (new, old)
}
