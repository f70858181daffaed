//! What people are told (D34): about what, whom, and until when it is of any use to them.

use std::{collections::BTreeMap, time::Duration};

use chassis::{
    ids::{OrganisationId, ShiftId, WorkerId},
    time::Timestamp,
};

use super::calendar::Period;

/// What a message is about. The numbers are those of members' proto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Matter {
    /// A claim gave way.
    ClaimReleased = 2,
    /// A place is offered.
    PlaceOffered = 4,
    /// A shift that fits is open.
    ShiftOpen = 5,
    /// The worker has a place.
    ClaimConfirmed = 20,
    /// A wait or an offer is over without a place.
    WaitEnded = 21,
    /// A shift no longer fits, told to the worker.
    ShiftNoLongerFits = 22,
    /// A claim no longer fits, told to planners.
    ClaimNoLongerFits = 23,
    /// A claim gave way, told to the host's planners.
    PlaceCameFree = 24,
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// A worker.
    Worker(WorkerId),
    /// Everybody who plans at an organisation when it is told.
    Planners(OrganisationId),
}

/// Something to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Who is told.
    pub to: To,
    /// About what.
    pub matter: Matter,
    /// What it was measured on, as members' proto names it.
    pub facts: BTreeMap<&'static str, String>,
    /// From then on it is too late to tell: nobody wants to hear of a place that nobody can have any more.
    pub useful_until: Timestamp,
}

impl Message {
    /// About a shift; of use until it begins.
    pub fn about(to: To, matter: Matter, shift: ShiftId, period: Period) -> Self {
        let facts = [("shift", shift.to_string()), ("starts_at", written(period.starts_at())), ("ends_at", written(period.ends_at()))];
        Self { to, matter, facts: facts.into(), useful_until: period.starts_at() }
    }

    /// The same with a time until which something is to be done, after which it is of no use.
    pub fn before(mut self, until: Timestamp) -> Self {
        self.facts.insert("until", written(until));
        self.useful_until = self.useful_until.min(until);
        self
    }
}

/// RFC 3339, to the second.
fn written(time: Timestamp) -> String {
    time.to_utc().map(|time| time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)).unwrap_or_default()
}

/// How long to wait after so many tries that failed: seconds at first, twice as long each time, at most ten minutes.
pub fn wait_after(tries: i32) -> Duration {
    Duration::from_secs(1 << tries.clamp(0, 16)).min(Duration::from_secs(10 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::{at, period};

    #[test]
    fn a_message_is_of_use_until_the_shift_begins_or_what_is_asked_is_over() {
        let shift = period("2026-05-04 23:00 2026-05-05 07:00");
        let told = Message::about(To::Worker(WorkerId::new()), Matter::PlaceOffered, ShiftId::new(), shift);
        assert_eq!(told.useful_until, at("2026-05-04 23:00"));
        assert_eq!(told.facts["starts_at"], "2026-05-04T21:00:00Z");
        let offer = told.clone().before(at("2026-05-04 20:00"));
        assert_eq!((offer.useful_until, offer.facts["until"].as_str()), (at("2026-05-04 20:00"), "2026-05-04T18:00:00Z"));
        assert_eq!(told.before(at("2026-05-05 20:00")).useful_until, at("2026-05-04 23:00"));
    }

    #[test]
    fn what_could_not_be_told_waits_longer_each_time() {
        let seconds: Vec<u64> = [0, 1, 5, 9, 10, 99].map(|tries| wait_after(tries).as_secs()).into();
        assert_eq!(seconds, [1, 2, 32, 512, 600, 600]);
    }
}
