//! Giving a place back: undoing a claim that was just made, and withdrawing in time by the pool's terms.

use std::time::Duration;

use chassis::time::Timestamp;

/// A claim can be undone so soon after it was made…
const UNDO_WITHIN: Duration = Duration::from_secs(5 * 60);
/// … when the shift starts so much later: whoever takes it instead needs the time.
const UNDO_AHEAD: Duration = Duration::from_secs(8 * 60 * 60);

/// When a worker may give a place back. Both times are limits that count no more themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Until then it is undone as if it had not been; absent when it starts too soon for that.
    pub undo_until: Option<Timestamp>,
    /// Until then the pool lets people withdraw.
    pub withdraw_until: Timestamp,
    starts_at: Timestamp,
}

/// What giving back comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GivenBack {
    /// As if it had not been claimed.
    Undone,
    /// In time.
    Withdrawn,
}

/// Why a place cannot be given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WithdrawRefused {
    /// The shift has begun.
    Started,
    /// The pool let people withdraw until then.
    TooLate {
        /// The limit.
        until: Timestamp,
    },
}

impl Terms {
    /// Of a claim confirmed then on a shift that starts then, in a pool that lets people withdraw until so many minutes before.
    pub fn new(confirmed_at: Timestamp, starts_at: Timestamp, withdrawal_minutes: i32) -> Self {
        let minutes = u64::try_from(withdrawal_minutes).unwrap_or(0);
        let undo_until = confirmed_at.plus(UNDO_WITHIN).min(starts_at.minus(UNDO_AHEAD));
        Self {
            undo_until: (undo_until > confirmed_at).then_some(undo_until),
            withdraw_until: starts_at.minus(Duration::from_secs(minutes * 60)),
            starts_at,
        }
    }

    /// What giving the place back at `now` comes to.
    pub fn give_back(&self, now: Timestamp) -> Result<GivenBack, WithdrawRefused> {
        if self.undo_until.is_some_and(|until| now < until) {
            Ok(GivenBack::Undone)
        } else if self.starts_at <= now {
            Err(WithdrawRefused::Started)
        } else if now < self.withdraw_until {
            Ok(GivenBack::Withdrawn)
        } else {
            Err(WithdrawRefused::TooLate { until: self.withdraw_until })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::at;

    #[test]
    fn a_place_is_undone_soon_after_and_given_back_in_time() {
        use GivenBack::{Undone, Withdrawn};
        const DAY: i32 = 24 * 60;
        let (claimed, far, near, soon) = ("2026-05-01 12:00", "2026-05-04 07:00", "2026-05-02 07:00", "2026-05-01 20:03");
        let too_late = |until| Err(WithdrawRefused::TooLate { until: at(until) });
        for (starts, minutes, now, expected) in [
            (far, DAY, "2026-05-01 12:04", Ok(Undone)),
            (far, DAY, "2026-05-01 12:05", Ok(Withdrawn)),
            (far, DAY, "2026-05-03 06:59", Ok(Withdrawn)),
            (far, DAY, "2026-05-03 07:00", too_late("2026-05-03 07:00")),
            (far, DAY, "2026-05-04 07:00", Err(WithdrawRefused::Started)),
            (far, 0, "2026-05-04 06:59", Ok(Withdrawn)),
            // Claimed when it was too late to withdraw already: a slip of the thumb is still undone.
            (near, DAY, "2026-05-01 12:04", Ok(Undone)),
            (near, DAY, "2026-05-01 12:05", too_late("2026-05-01 07:00")),
            // Eight hours and three minutes before the start: three minutes to think.
            (soon, DAY, "2026-05-01 12:02", Ok(Undone)),
            (soon, DAY, "2026-05-01 12:03", too_late("2026-04-30 20:03")),
        ] {
            assert_eq!(Terms::new(at(claimed), at(starts), minutes).give_back(at(now)), expected, "{starts} at {now}");
        }
        assert_eq!(Terms::new(at(claimed), at("2026-05-01 20:00"), DAY).undo_until, None);
    }

    #[test]
    fn the_limit_is_in_real_time_in_the_nights_in_which_the_clock_changes() {
        let terms = |starts| Terms::new(at("2026-03-01 12:00"), at(starts), 24 * 60).withdraw_until;
        assert_eq!(terms("2026-03-29 12:00"), at("2026-03-28 11:00"));
        assert_eq!(terms("2026-10-25 12:00"), at("2026-10-24 13:00"));
    }
}
