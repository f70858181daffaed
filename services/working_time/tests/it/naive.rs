//! The rules once more, written to be read and not to be fast: nothing here is shared with the library.
//!
//! It covers all that can refuse under the law (ATW-01 to ATW-15) and the main norms of collective agreements and of the young. Times are
//! minutes, asked of the calendar one by one.

use std::collections::{BTreeMap, BTreeSet};

use chassis::time::{LocalDate, Timestamp};
use chrono::Datelike;

use crate::support::later;

/// A piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Work {
    pub start: i64,
    pub end: i64,
    pub pause: i64,
    pub own: bool,
}

/// What can be chosen.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    pub series_max: i64,
    pub extension: bool,
    pub eighteen: Option<LocalDate>,
    /// CAO-04: day and night; CAO-05: four weeks; CAO-06; CAO-07: 0 law, 1 every week, 2 every fortnight; CAO-09; CAO-12.
    pub shift: Option<(i64, i64)>,
    pub four_week: Option<i64>,
    pub short_rest: Option<i64>,
    pub weekly: u8,
    pub nights_in_row: Option<i64>,
    pub split: Option<i64>,
}

/// A breach: rule, measured, limit, window, how bad it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    pub rule: &'static str,
    what: &'static str,
    pub measured: i64,
    pub limit: i64,
    window: (i64, i64),
    badness: i64,
}

#[derive(Debug, Clone)]
struct Dienst {
    parts: Vec<Work>,
    start: i64,
    end: i64,
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
            _ => all.push(Dienst { start: work.start, end: work.end, parts: vec![counted] }),
        }
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
        self.night_minutes() > 60
    }

    fn is_late(&self) -> bool {
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
pub fn all(works: &[Work], choice: &Choice, centre: i64) -> Vec<Broken> {
    let sunday = sunday_of(date_of(centre));
    let (first, last) = (later(sunday, -15 * 7), later(sunday, 16 * 7));
    let (start, end) = (clock(first, 0), clock(last, 0));
    let around = |works: &[Work]| diensten(works).into_iter().filter(|dienst| dienst.end > start && dienst.start < end).collect::<Vec<_>>();
    let mut found = Vec::new();
    let whole = around(works);
    shifts(&whole, choice, &mut found);
    rests(&whole, choice, &mut found);
    series(&whole, choice, &mut found);
    weekly(&whole, choice, &mut found);
    totals(works, &whole, choice, first, &mut found);
    let own: Vec<Work> = works.iter().copied().filter(|work| work.own).collect();
    agreed(&own, &around(&own), choice, first, &mut found);
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

fn shifts(all: &[Dienst], choice: &Choice, found: &mut Vec<Broken>) {
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

fn gap_after(all: &[Dienst], at: usize) -> i64 {
    all.get(at + 1).map_or(1_000_000_000, |next| next.start - all[at].end)
}

fn rests(all: &[Dienst], choice: &Choice, found: &mut Vec<Broken>) {
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
fn groups(all: &[Dienst], parted: impl Fn(usize) -> bool) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for at in 0..all.len() {
        if at == 0 || parted(at - 1) {
            groups.push(Vec::new());
        }
        groups.last_mut().expect("a group").push(at);
    }
    groups
}

fn night_series(all: &[Dienst], choice: &Choice) -> Vec<Vec<usize>> {
    let night = |at: usize| all[at].is_night() && !is_young(choice, all[at].start);
    let series = groups(all, |at| !night(at) || !night(at + 1) || gap_after(all, at) >= 2760);
    series.into_iter().filter(|series| night(series[0])).collect()
}

fn series(all: &[Dienst], choice: &Choice, found: &mut Vec<Broken>) {
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
fn rests_from(all: &[Dienst], at: usize) -> Vec<(i64, i64, usize)> {
    (at..all.len()).map(|place| (all[place].end, all[place].end + gap_after(all, place), place)).collect()
}

fn weekly(all: &[Dienst], choice: &Choice, found: &mut Vec<Broken>) {
    let mut at = 0;
    while at < all.len() {
        let young = is_young(choice, all[at].start);
        at = one_week(all, at, if young { "YTH-01" } else { "ATW-06" }, !young, found);
    }
}

/// Judges from the dienst at `at` to the next weekly rest; returns the first after it.
fn one_week(all: &[Dienst], at: usize, rule: &'static str, fortnight: bool, found: &mut Vec<Broken>) -> usize {
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
fn by_week(works: &[Work]) -> BTreeMap<LocalDate, i64> {
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

/// Every so many weeks in a row from `first` on, 31 in all: window, Sunday of the last, work, Sundays.
fn windows(weeks: &BTreeMap<LocalDate, i64>, first: LocalDate, length: i64) -> Vec<((i64, i64), LocalDate, i64, BTreeSet<LocalDate>)> {
    (0..=31 - length)
        .map(|at| {
            let sundays: BTreeSet<LocalDate> = (at..at + length).map(|week| later(first, week * 7)).collect();
            let work = sundays.iter().filter_map(|sunday| weeks.get(sunday)).sum();
            let end = later(first, (at + length) * 7);
            ((clock(later(first, at * 7), 0), clock(end, 0)), later(end, -7), work, sundays)
        })
        .collect()
}

fn totals(works: &[Work], all: &[Dienst], choice: &Choice, first: LocalDate, found: &mut Vec<Broken>) {
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

fn agreed(works: &[Work], all: &[Dienst], choice: &Choice, first: LocalDate, found: &mut Vec<Broken>) {
    for dienst in all {
        let window = (dienst.start, dienst.end);
        if let Some((day, night)) = choice.shift {
            most(found, "CAO-04", "work", dienst.work(), if dienst.is_night() { night } else { day }, window);
        }
        if let Some(limit) = choice.split {
            most(found, "CAO-12", "gap", dienst.gaps().into_iter().max().unwrap_or(0), limit, window);
        }
    }
    if let Some(limit) = choice.four_week {
        for (window, _, work, _) in windows(&by_week(works), first, 4) {
            most(found, "CAO-05", "weeks", work, limit, window);
        }
    }
    if let Some(limit) = choice.nights_in_row {
        for nights in night_series(all, choice) {
            let window = (all[nights[0]].start, all[nights[nights.len() - 1]].end);
            most(found, "CAO-09", "row", nights.len() as i64, limit, window);
        }
    }
    agreed_rest(all, choice, found);
    match choice.weekly {
        1 => {
            let mut at = 0;
            while at < all.len() {
                at = one_week(all, at, "CAO-07", false, found);
            }
        }
        2 => fortnights(all, found),
        _ => {}
    }
}

fn agreed_rest(all: &[Dienst], choice: &Choice, found: &mut Vec<Broken>) {
    let Some(short) = choice.short_rest else { return };
    let mut shortened: Option<i64> = None;
    for (at, dienst) in all.iter().enumerate() {
        if dienst.is_late() || is_young(choice, dienst.start) {
            continue;
        }
        let gap = gap_after(all, at);
        let rest = if dienst.span() > 780 { gap.min(1440 - dienst.span()).max(0) } else { gap };
        let window = (dienst.end, dienst.end + rest.max(1));
        if rest < short {
            least(found, "CAO-06", "rest", rest, short, window);
        } else if rest < 660 && shortened.is_some_and(|last| dienst.end - last < 10080) {
            least(found, "CAO-06", "again", rest, 660, window);
        }
        if rest < 660 {
            shortened = Some(dienst.end);
        }
    }
}

fn fortnights(all: &[Dienst], found: &mut Vec<Broken>) {
    let mut at = 0;
    while at < all.len() {
        let t0 = all[at].start;
        let (mut sum, mut done) = (0, None);
        for (a, b, place) in rests_from(all, at) {
            let length = b.min(t0 + 20160) - a;
            if length >= 1920 && sum < 4320 {
                sum += length;
                done = (sum >= 4320).then_some(place);
            }
        }
        least(found, "CAO-07", "fortnight", sum, 4320, (t0, t0 + 20160));
        at = match done {
            Some(place) => place + 1,
            None => (at..all.len()).find(|place| all[*place].start >= t0 + 20160).unwrap_or(all.len()),
        };
    }
    for run in groups(all, |at| gap_after(all, at) >= 1920) {
        let window = (all[run[0]].start, all[run[run.len() - 1]].end);
        most(found, "CAO-07", "without", window.1 - window.0, 9 * 1440 - 1920, window);
    }
}

/// What a candidate is refused for, and what was broken before and is no worse.
pub fn judge(works: &[Work], candidate: Work, choice: &Choice) -> (Vec<Broken>, Vec<Broken>) {
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
