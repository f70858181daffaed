//! Waiting for a place (D11): who asked joins a list per shift; a place that comes free is held and offered to the first of them that it
//! fits, for a time, and then to the next.
//!
//! People are left in peace at night: no offer begins then, and the time to accept does not run.

use std::time::Duration;

use chassis::time::{LocalDate, Timestamp};

use super::worker::EmploymentKind;

/// So many may wait for each place.
pub const WAITING_PER_PLACE: i32 = 5;
/// Nobody on call is put on a shift that starts so soon without a word of their own (CALL-01).
const CALL_NOTICE: Duration = Duration::from_secs(4 * 24 * 60 * 60);

/// How far a wait is. The numbers are those of the proto and of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum WaitState {
    /// Waits for a place.
    Waiting = 1,
    /// A place is held and offered.
    Offered = 2,
    /// The offer was accepted: there is a claim.
    Accepted = 3,
    /// The worker left the list.
    Left = 4,
    /// The worker declined the offer.
    Declined = 5,
    /// The time to accept ran out.
    Expired = 6,
    /// The shift no longer fits the worker.
    Skipped = 7,
    /// The shift was taken back, closed, or has begun.
    Ended = 8,
}

impl WaitState {
    /// The state with this number.
    pub fn from_number(number: i32) -> Option<Self> {
        use WaitState::{Accepted, Declined, Ended, Expired, Left, Offered, Skipped, Waiting};
        [Waiting, Offered, Accepted, Left, Declined, Expired, Skipped, Ended].into_iter().find(|state| *state as i32 == number)
    }

    /// Whether the worker still waits for an answer or owes one.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Offered)
    }
}

/// Hours of the day in which people are left in peace: from and until, in minutes after midnight on the clock in Europe/Amsterdam.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quiet {
    from: i32,
    until: i32,
}

/// What becomes of a place that is free for somebody who waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promotion {
    /// It is the worker's at once, as the worker asked.
    AtOnce,
    /// It is offered until then.
    Offer {
        /// The last moment, that counts no more itself.
        until: Timestamp,
    },
    /// Not in these hours: look again then.
    Later {
        /// When the quiet hours are over.
        at: Timestamp,
    },
    /// The shift begins before anybody may be asked.
    TooLate,
}

impl Quiet {
    /// None when they would last no time.
    pub fn new(from: i32, until: i32) -> Option<Self> {
        (from != until).then_some(Self { from, until })
    }

    fn holds(self, time: Timestamp) -> bool {
        let minute = minute_of_day(time);
        if self.from < self.until { (self.from..self.until).contains(&minute) } else { minute >= self.from || minute < self.until }
    }

    /// The next time after `time` at which the clock shows this minute.
    fn next(time: Timestamp, minute: i32) -> Timestamp {
        let today = time.local_date();
        let on = |day: LocalDate| day.at_minute(u32::try_from(minute).unwrap_or(0), false);
        let days = std::iter::successors(Some(today), |day| day.0.succ_opt().map(LocalDate));
        // A time that the clock skips in spring is passed over: then the next day's comes.
        days.filter_map(|day| on(day).ok()).find(|at| *at > time).unwrap_or(time)
    }
}

fn minute_of_day(time: Timestamp) -> i32 {
    use chrono::Timelike;
    let local = time.local();
    i32::try_from(local.hour() * 60 + local.minute()).unwrap_or(0)
}

/// Until when an offer made at `now` may be accepted: so many minutes that are not quiet later, and no longer than until the start.
fn offer_until(now: Timestamp, minutes: i32, quiet: Option<Quiet>, starts_at: Timestamp) -> Timestamp {
    let mut left = Duration::from_secs(u64::try_from(minutes).unwrap_or(0) * 60);
    let mut time = now;
    while let Some(quiet) = quiet {
        let quiet_from = Quiet::next(time, quiet.from);
        if time.plus(left) <= quiet_from || quiet_from >= starts_at {
            break;
        }
        left = left.saturating_sub(Duration::from_micros(u64::try_from(quiet_from.0 - time.0).unwrap_or(0)));
        time = Quiet::next(quiet_from, quiet.until);
    }
    time.plus(left).min(starts_at)
}

/// What becomes of a free place for a worker whom it fits, under an employment of this kind; `at_once` is the worker's standing choice.
pub fn promote(
    now: Timestamp,
    starts_at: Timestamp,
    offer_minutes: i32,
    quiet: Option<Quiet>,
    employment: EmploymentKind,
    at_once: bool,
) -> Promotion {
    let on_call_soon = employment == EmploymentKind::OnCall && starts_at < now.plus(CALL_NOTICE);
    if at_once && !on_call_soon {
        return Promotion::AtOnce;
    }
    match quiet.filter(|quiet| quiet.holds(now)).map(|quiet| Quiet::next(now, quiet.until)) {
        Some(at) if at >= starts_at => Promotion::TooLate,
        Some(at) => Promotion::Later { at },
        None => Promotion::Offer { until: offer_until(now, offer_minutes, quiet, starts_at) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::at;

    const NIGHT: Option<Quiet> = Some(Quiet { from: 22 * 60, until: 7 * 60 });
    const NOON: Option<Quiet> = Some(Quiet { from: 12 * 60, until: 14 * 60 });

    fn promoted(now: &str, starts: &str, quiet: Option<Quiet>) -> Promotion {
        promote(at(now), at(starts), 60, quiet, EmploymentKind::Permanent, false)
    }

    #[test]
    fn an_offer_lasts_its_time_but_for_the_quiet_hours_and_never_beyond_the_start() {
        let until = |text| Promotion::Offer { until: at(text) };
        let far = "2026-05-09 07:00";
        for (now, starts, quiet, expected) in [
            ("2026-05-01 12:00", far, None, until("2026-05-01 13:00")),
            ("2026-05-01 12:00", far, NIGHT, until("2026-05-01 13:00")),
            ("2026-05-01 21:00", far, NIGHT, until("2026-05-01 22:00")),
            // Half an hour before the night and half an hour after it.
            ("2026-05-01 21:30", far, NIGHT, until("2026-05-02 07:30")),
            ("2026-05-01 11:15", far, NOON, until("2026-05-01 14:15")),
            ("2026-05-01 12:00", "2026-05-01 12:20", NIGHT, until("2026-05-01 12:20")),
            // The shift starts in the night: who has not accepted by then has not.
            ("2026-05-01 21:30", "2026-05-01 23:00", NIGHT, until("2026-05-01 23:00")),
            ("2026-05-01 21:30", "2026-05-02 07:00", NIGHT, until("2026-05-02 07:00")),
            // In the quiet hours nobody is asked.
            ("2026-05-01 22:00", far, NIGHT, Promotion::Later { at: at("2026-05-02 07:00") }),
            ("2026-05-02 06:59", far, NIGHT, Promotion::Later { at: at("2026-05-02 07:00") }),
            ("2026-05-02 07:00", far, NIGHT, until("2026-05-02 08:00")),
            ("2026-05-01 13:00", far, NOON, Promotion::Later { at: at("2026-05-01 14:00") }),
            ("2026-05-01 22:00", "2026-05-02 07:00", NIGHT, Promotion::TooLate),
            // Quiet hours end on the clock, an hour sooner or later in the nights in which it changes.
            ("2026-03-28 21:30", far, NIGHT, until("2026-03-29 07:30")),
            ("2026-10-24 21:30", "2026-11-09 07:00", NIGHT, until("2026-10-25 07:30")),
        ] {
            assert_eq!(promoted(now, starts, quiet), expected, "{now}, a shift at {starts}");
        }
    }

    #[test]
    fn who_chose_so_gets_the_place_at_once_but_for_calls_at_short_notice() {
        let promoted = |kind, starts| promote(at("2026-05-01 23:00"), at(starts), 60, NIGHT, kind, true);
        for kind in [EmploymentKind::Permanent, EmploymentKind::OnCall] {
            assert_eq!(promoted(kind, "2026-05-05 23:00"), Promotion::AtOnce, "{kind:?}");
        }
        assert_eq!(promoted(EmploymentKind::Permanent, "2026-05-05 22:59"), Promotion::AtOnce);
        // CALL-01: not within four days without a word of their own.
        assert_eq!(promoted(EmploymentKind::OnCall, "2026-05-05 22:59"), Promotion::Later { at: at("2026-05-02 07:00") });
    }

    #[test]
    fn quiet_hours_that_last_no_time_are_none() {
        assert_eq!(Quiet::new(60, 60), None);
        assert!(Quiet::new(22 * 60, 7 * 60).is_some());
    }
}
