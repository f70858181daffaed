//! The law, and what it says of the young.

use std::collections::{BTreeMap, BTreeSet};

use chassis::time::LocalDate;

use super::{Broken, Choice, Dienst, Work, clock, date_of, in_band, is_young, least, most, sunday_of, without_overlaps};
use crate::support::later;

pub(super) fn shifts(all: &[Dienst], choice: &Choice, found: &mut Vec<Broken>) {
    for (at, dienst) in all.iter().enumerate() {
        let window = (dienst.start, dienst.end);
        let work = dienst.work();
        if is_young(choice, dienst.start) {
            most(found, "YTH-01", "work", work, 540, window);
            least(found, "YTH-01", "break", dienst.breaks(), if work > 270 { 30 } else { 0 }, window);
            for part in &dienst.parts {
                let dark = in_band(part.start, part.end, 0, 360) + in_band(part.start, part.end, 1380, 1440);
                most(found, "YTH-01", "hours", dark, 0, (part.start, part.end));
            }
            continue;
        }
        if dienst.is_night() {
            most(found, "ATW-02", "work", work, if choice.extension { 720 } else { 600 }, window);
        } else {
            most(found, "ATW-01", "work", work, 720, window);
        }
        let needed = if work > 600 {
            45
        } else if work > 330 {
            30
        } else {
            0
        };
        least(found, "ATW-09", "break", dienst.breaks(), needed, window);
        let extended = |dienst: &Dienst| dienst.is_night() && dienst.work() > 600;
        if choice.extension && extended(dienst) {
            let count =
                all.iter().filter(|other| extended(other) && other.start >= dienst.start && other.start < dienst.start + 20160).count();
            most(found, "ATW-02", "count", count as i64, 5, (dienst.start, dienst.start + 20160));
            if let Some(next) = all.get(at + 1) {
                least(found, "ATW-02", "rest", next.start - dienst.end, 720, (dienst.end, next.start));
            }
        }
    }
}

pub(super) fn gap_after(all: &[Dienst], at: usize) -> i64 {
    all.get(at + 1).map_or(1_000_000_000, |next| next.start - all[at].end)
}

pub(super) fn rests(all: &[Dienst], choice: &Choice, found: &mut Vec<Broken>) {
    let (mut shortened, mut shortened_after_night): (Option<i64>, Option<i64>) = (None, None);
    for (at, dienst) in all.iter().enumerate() {
        let gap = gap_after(all, at);
        let left = 1440 - dienst.span();
        if is_young(choice, dienst.start) {
            let rest = if dienst.span() > 720 { gap.min(left).max(0) } else { gap };
            least(found, "YTH-01", "rest", rest, 720, (dienst.end, dienst.end + rest.max(1)));
            continue;
        }
        let too_soon = |last: Option<i64>| last.is_some_and(|last| dienst.end - last < 10080);
        if dienst.is_late() && gap < 840 {
            if too_soon(shortened_after_night) {
                least(found, "ATW-11", "again", gap, 840, (dienst.end, dienst.end + gap));
            }
            shortened_after_night = Some(dienst.end);
        }
        if dienst.span() > 960 {
            let longest = dienst.gaps().into_iter().max().unwrap_or(0).max(0);
            let badness = dienst.span() * 1440 - longest;
            let measured = left.max(longest).max(0);
            found.push(Broken { rule: "ATW-05", what: "span", measured, limit: 480, window: (dienst.start, dienst.end), badness });
            shortened = Some(dienst.end);
        } else if !dienst.is_late() {
            let rest = if dienst.span() > 780 { gap.min(left) } else { gap };
            if rest < 660 {
                if too_soon(shortened) {
                    least(found, "ATW-05", "again", rest, 660, (dienst.end, dienst.end + rest));
                }
                shortened = Some(dienst.end);
            }
        }
    }
}

/// Splits diensten where `parted` says so of the place before the gap.
pub(super) fn groups(all: &[Dienst], parted: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for at in 0..all.len() {
        if at == 0 || parted(at - 1) {
            groups.push(Vec::new());
        }
        groups.last_mut().expect("a group").push(at);
    }
    groups
}

pub(super) fn night_series(all: &[Dienst], choice: &Choice) -> Vec<Vec<usize>> {
    let night = |at: usize| all[at].is_night() && !is_young(choice, all[at].start);
    let series = groups(all, |at| !night(at) || !night(at + 1) || gap_after(all, at) >= 2760);
    series.into_iter().filter(|series| night(series[0])).collect()
}

pub(super) fn series(all: &[Dienst], choice: &Choice, found: &mut Vec<Broken>) {
    for nights in night_series(all, choice) {
        let last = nights[nights.len() - 1];
        let gap = gap_after(all, last);
        if nights.len() >= 3 {
            least(found, "ATW-12", "rest", gap, 2760, (all[last].end, all[last].end + gap));
        }
    }
    for run in groups(all, |at| gap_after(all, at) >= 2160) {
        if run.iter().any(|at| all[*at].is_night()) {
            let window = (all[run[0]].start, all[run[run.len() - 1]].end);
            most(found, "ATW-13", "run", run.len() as i64, choice.series_max, window);
        }
    }
    for dienst in all.iter().filter(|dienst| dienst.is_late()) {
        let until = dienst.start + 16 * 10080;
        let count = all.iter().filter(|other| other.is_late() && other.start >= dienst.start && other.start < until).count();
        most(found, "ATW-14", "nights", count as i64, 36, (dienst.start, until));
    }
}

/// Rests after the dienst at `at` and later, as begin and end.
pub(super) fn rests_from(all: &[Dienst], at: usize) -> Vec<(i64, i64, usize)> {
    (at..all.len()).map(|place| (all[place].end, all[place].end + gap_after(all, place), place)).collect()
}

pub(super) fn weekly(all: &[Dienst], choice: &Choice, found: &mut Vec<Broken>) {
    let mut at = 0;
    while at < all.len() {
        let young = is_young(choice, all[at].start);
        at = one_week(all, at, if young { "YTH-01" } else { "ATW-06" }, !young, found);
    }
}

/// Judges from the dienst at `at` to the next weekly rest; returns the first after it.
pub(super) fn one_week(all: &[Dienst], at: usize, rule: &'static str, fortnight: bool, found: &mut Vec<Broken>) -> usize {
    let t0 = all[at].start;
    let rests = rests_from(all, at);
    if let Some((_, _, place)) = rests.iter().find(|(a, b, _)| b - a >= 2160 && a + 2160 <= t0 + 10080) {
        return place + 1;
    }
    if fortnight {
        let mut sum = 0;
        for (a, b, place) in &rests {
            let length = (*b).min(t0 + 20160) - a;
            if length >= 1920 {
                sum += length;
            }
            if sum >= 4320 {
                return place + 1;
            }
        }
    }
    let (begin, _, place) = *rests.iter().find(|(a, b, _)| b - a >= 2160).expect("the last rest has no end");
    let longest = rests.iter().filter(|(a, _, _)| *a < t0 + 10080).map(|(a, b, _)| (*b).min(t0 + 10080) - a).max().unwrap_or(0);
    let window = (t0, begin.max(t0 + 10080));
    found.push(Broken { rule, what: "weekly", measured: longest, limit: 2160, window, badness: begin - t0 });
    place + 1
}

/// Minutes per week, by its Sunday.
pub(super) fn by_week(works: &[Work]) -> BTreeMap<LocalDate, i64> {
    let mut weeks = BTreeMap::new();
    for (work, from) in without_overlaps(works.to_vec()) {
        let sunday = sunday_of(date_of(from));
        let midnight = clock(later(sunday, 7), 0);
        let (mut first, mut second) = ((work.end.min(midnight) - from).max(0), (work.end - midnight).max(0));
        if first >= second {
            let taken = work.pause.min(first);
            first -= taken;
            second -= work.pause - taken;
        } else {
            let taken = work.pause.min(second);
            second -= taken;
            first -= work.pause - taken;
        }
        *weeks.entry(sunday).or_insert(0) += first;
        *weeks.entry(later(sunday, 7)).or_insert(0) += second;
    }
    weeks
}

/// Begin and end, the Sunday of the last week, work, all Sundays.
type Window = ((i64, i64), LocalDate, i64, BTreeSet<LocalDate>);

/// Every so many weeks in a row from `first` on, 31 in all.
pub(super) fn windows(weeks: &BTreeMap<LocalDate, i64>, first: LocalDate, length: i64) -> Vec<Window> {
    (0..=31 - length)
        .map(|at| {
            let sundays: BTreeSet<LocalDate> = (at..at + length).map(|week| later(first, week * 7)).collect();
            let work = sundays.iter().filter_map(|sunday| weeks.get(sunday)).sum();
            let end = later(first, (at + length) * 7);
            ((clock(later(first, at * 7), 0), clock(end, 0)), later(end, -7), work, sundays)
        })
        .collect()
}

pub(super) fn totals(works: &[Work], all: &[Dienst], choice: &Choice, first: LocalDate, found: &mut Vec<Broken>) {
    let weeks = by_week(works);
    let young = |sunday: LocalDate| choice.eighteen.is_some_and(|day| sunday < day);
    for (length, law, limit, of_young) in [(1, "ATW-03", 3600, 2700), (4, "ATW-04a", 13200, 9600)] {
        for (window, last, work, _) in windows(&weeks, first, length) {
            if young(last) {
                most(found, "YTH-01", if length == 1 { "week" } else { "weeks" }, work, of_young, window);
            } else {
                most(found, law, "weeks", work, limit, window);
            }
        }
    }
    for (window, _, work, sundays) in windows(&weeks, first, 16) {
        most(found, "ATW-04b", "weeks", work, 46080, window);
        let nights = all.iter().filter(|dienst| dienst.is_night() && sundays.contains(&sunday_of(date_of(dienst.start)))).count();
        if nights >= 16 {
            most(found, "ATW-15", "weeks", work, 38400, window);
        }
    }
    if choice.eighteen.is_some() {
        let worked = |date: LocalDate| {
            let (start, end) = (clock(date, 0), clock(later(date, 1), 0));
            let minutes =
                without_overlaps(works.to_vec()).iter().map(|(work, from)| (work.end.min(end) - (*from).max(start)).max(0)).sum::<i64>();
            let touched = works.iter().any(|work| work.start < end && work.end > start);
            touched.then_some(minutes)
        };
        for week in 0..30 {
            let saturday = later(first, week * 7 + 6);
            if let (true, Some(minutes), Some(_)) = (young(later(saturday, 1)), worked(saturday), worked(later(saturday, 1))) {
                most(found, "YTH-01", "saturday", minutes, 0, (clock(saturday, 0), clock(later(saturday, 2), 0)));
            }
        }
    }
}
