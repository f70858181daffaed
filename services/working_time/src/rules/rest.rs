//! Rest between two shifts (ATW-05, ATW-11, the rest of YTH-01 and ATB-02, CAO-06).

use crate::{
    breach::Found,
    dienst::Dienst,
    rule::{Measure, Rule},
    view::{FREE, View},
    zone::{DAY, WEEK},
};

use super::shift::LONGEST_SPAN;

/// Daily rest, and how short it may be now and then.
const REST: i64 = 11 * 60;
const SHORT_REST: i64 = 8 * 60;
/// The same after a night shift that ends after 02:00.
const NIGHT_REST: i64 = 14 * 60;
/// Under 18.
const YOUNG_REST: i64 = 12 * 60;
/// What the first of two shorter rests around presence duties must still be.
const PRESENCE_SHORT_REST: i64 = 10 * 60;

/// A kind of rest that may be shortened once in 7 x 24 hours, measured from the end of one shift to that of the other.
struct Shortening {
    rule: Rule,
    full: i64,
    last: Option<i64>,
}

impl Shortening {
    fn new(rule: Rule, full: i64) -> Self {
        Self { rule, full, last: None }
    }

    /// A rest that begins at `end`: shorter than in full it uses the shortening, and a second one too soon is broken.
    fn take(&mut self, rest: i64, end: i64, found: &mut Found) {
        if rest >= self.full {
            return;
        }
        let window = (end, end + rest.max(1));
        if self.last.is_some_and(|last| end - last < WEEK) {
            found.least(self.rule, Measure::ShortRestAgain, rest, self.full, window);
        } else {
            found.used(self.rule, Measure::Rest, rest, self.full, window);
        }
        self.last = Some(end);
    }

    /// A rest that is too short at all uses it too.
    fn spoil(&mut self, end: i64) {
        self.last = Some(end);
    }
}

/// ATW-05 and ATW-11, YTH-01, ATB-02.
pub(super) fn law(view: &View<'_>, found: &mut Found) {
    let mut daily = Shortening::new(Rule::DailyRest, REST);
    let mut after_night = Shortening::new(Rule::RestAfterNight, NIGHT_REST);
    let mut presence = PresenceRest::default();
    for (at, dienst) in view.diensten.iter().enumerate() {
        let gap = view.rest_after(at);
        if view.is_young(dienst.day) {
            young(dienst, gap, found);
            continue;
        }
        presence.make_up(gap, dienst.end, found);
        let around_presence = dienst.presence || (gap < FREE && view.diensten[at + 1].presence);
        if around_presence {
            presence.take(gap, dienst.end, found);
        }
        if dienst.is_late_night() {
            after_night.take(gap, dienst.end, found);
        }
        if dienst.presence {
            continue;
        }
        if dienst.span() > LONGEST_SPAN {
            spans_too_long(dienst, found);
            daily.spoil(dienst.end);
        } else if !dienst.is_late_night() && !around_presence {
            daily.take(rest_in_day(dienst, gap, REST), dienst.end, found);
        }
    }
}

/// The rest that is left of the 24 hours from the start of a shift, where that is less than the time to the next one (WT-5).
fn rest_in_day(dienst: &Dienst, gap: i64, full: i64) -> i64 {
    if dienst.span() > DAY - full { gap.min(DAY - dienst.span()) } else { gap }
}

/// A dienst of more than sixteen hours leaves less than eight of rest in its 24 hours. What people see is the longest gap in it.
fn spans_too_long(dienst: &Dienst, found: &mut Found) {
    let left = DAY - dienst.span();
    let measured = left.max(i64::from(dienst.gap)).max(0);
    // Longer in all is worse; as long with less rest inside is worse too.
    let excess = dienst.span() * DAY - i64::from(dienst.gap);
    found.broken(Rule::DailyRest, Measure::RestInShift, (measured, SHORT_REST), excess, (dienst.start, dienst.end));
}

fn young(dienst: &Dienst, gap: i64, found: &mut Found) {
    let rest = rest_in_day(dienst, gap, YOUNG_REST).max(0);
    found.least(Rule::Young, Measure::Rest, rest, YOUNG_REST, (dienst.end, dienst.end + rest.max(1)));
}

/// Rest before and after presence duties (ATB-02): once a week no less than ten hours, once no less than eight, and what was lacking is
/// added to the next rest.
#[derive(Default)]
struct PresenceRest {
    /// The ends of the last two shifts with a shorter rest after them, and of the last with one below ten hours.
    shortened: [Option<i64>; 2],
    shortest: Option<i64>,
    /// What the next rest must make up for.
    lacking: i64,
}

impl PresenceRest {
    /// The rest after a shorter one.
    fn make_up(&mut self, rest: i64, end: i64, found: &mut Found) {
        if self.lacking > 0 {
            found.least(Rule::Presence, Measure::RestMadeUp, rest, REST + self.lacking, (end, end + rest.max(1)));
        }
        self.lacking = 0;
    }

    /// A rest before or after a presence duty.
    fn take(&mut self, rest: i64, end: i64, found: &mut Found) {
        if rest >= REST {
            return;
        }
        let window = (end, end + rest.max(1));
        self.lacking = REST - rest;
        let recent = |last: Option<i64>| last.is_some_and(|last| end - last < WEEK);
        let shortest = rest < PRESENCE_SHORT_REST;
        if recent(self.shortened[1]) || (shortest && recent(self.shortest)) {
            let needed = if recent(self.shortened[1]) { REST } else { PRESENCE_SHORT_REST };
            found.least(Rule::Presence, Measure::ShortRestAgain, rest, needed, window);
        } else {
            found.used(Rule::Presence, Measure::Rest, rest, REST, window);
        }
        self.shortened = [Some(end), self.shortened[0]];
        if shortest {
            self.shortest = Some(end);
        }
    }
}

/// CAO-06: the daily rest may be shortened less than the law allows.
pub(super) fn agreement(view: &View<'_>, found: &mut Found) {
    let Some(short) = view.norms.short_rest else { return };
    let mut daily = Shortening::new(Rule::AgreedDailyRest, REST);
    for (at, dienst) in view.diensten.iter().enumerate() {
        if dienst.presence || dienst.is_late_night() || view.is_young(dienst.day) {
            continue;
        }
        let rest = rest_in_day(dienst, view.rest_after(at), REST).max(0);
        if rest < short {
            found.least(Rule::AgreedDailyRest, Measure::Rest, rest, short, (dienst.end, dienst.end + rest.max(1)));
            daily.spoil(dienst.end);
        } else {
            daily.take(rest, dienst.end, found);
        }
    }
}
