//! What collective agreements add.

use chassis::time::LocalDate;

use super::{
    Broken, Choice, Dienst, Work, is_young,
    law::{by_week, gap_after, groups, night_series, one_week, rests_from, windows},
    least, most,
};

pub(super) fn agreed(works: &[Work], all: &[Dienst], choice: &Choice, first: LocalDate, found: &mut Vec<Broken>) {
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
