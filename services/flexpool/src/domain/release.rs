//! When a published shift opens for whom.
//!
//! A shift carries the release plan that its pool had when it was published. The stage that it is in is no state: it follows from plan
//! and time (D26). Minutes are real time, so that a plan is as long in the nights in which the clock changes.

use std::time::Duration;

use chassis::{ids::OrganisationId, time::Timestamp};

use super::worker::{Employment, EmploymentKind};

/// Who somebody is to a shift. The numbers are those of the proto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Audience {
    /// Of the ward's own team.
    OwnTeam = 1,
    /// Employed by the shift's organisation.
    OwnOrganisation = 2,
    /// Employed by another member of the pool.
    Pool = 3,
    /// Self-employed.
    SelfEmployed = 4,
}

impl Audience {
    /// Everybody, in the order in which a shift opens.
    pub const ALL: &'static [Self] = &[Self::OwnTeam, Self::OwnOrganisation, Self::Pool, Self::SelfEmployed];

    /// Who a worker is to the shifts of `host` under this employment. Which team somebody belongs to is not known here yet.
    pub fn of(employment: &Employment, host: OrganisationId) -> Self {
        match employment.kind {
            EmploymentKind::SelfEmployed => Self::SelfEmployed,
            _ if employment.organisation == host => Self::OwnOrganisation,
            _ => Self::Pool,
        }
    }
}

/// In minutes after publishing, when a shift opens for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// For the ward's own team.
    pub own_team: i32,
    /// For everybody else at the own organisation.
    pub own_organisation: i32,
    /// For employees of the pool's other members.
    pub pool: i32,
    /// For the self-employed; absent: never.
    pub self_employed: Option<i32>,
    /// For everybody for whom it ever opens, once so little time is left before the start; 0: not so.
    pub everybody_within: i32,
}

impl Plan {
    /// Everybody at once.
    pub const AT_ONCE: Self = Self { own_team: 0, own_organisation: 0, pool: 0, self_employed: Some(0), everybody_within: 0 };

    /// When a shift that was published then and starts then opens for an audience; `None` when it never does.
    pub fn opens_at(&self, audience: Audience, published_at: Timestamp, starts_at: Timestamp) -> Option<Timestamp> {
        let after = match audience {
            Audience::OwnTeam => self.own_team,
            Audience::OwnOrganisation => self.own_organisation,
            Audience::Pool => self.pool,
            Audience::SelfEmployed => self.self_employed?,
        };
        let planned = published_at.plus(minutes(after));
        if self.everybody_within == 0 {
            return Some(planned);
        }
        let everybody = starts_at.minus(minutes(self.everybody_within));
        Some(planned.min(everybody).max(published_at))
    }
}

fn minutes(minutes: i32) -> Duration {
    Duration::from_secs(u64::try_from(minutes).unwrap_or(0) * 60)
}

/// How a shift is released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Release {
    /// When it was published.
    pub published_at: Timestamp,
    /// The plan of its pool at that time.
    pub plan: Plan,
}

impl Release {
    /// When a shift that starts then opens for an audience; `None` when it never does.
    pub fn opens_at(&self, audience: Audience, starts_at: Timestamp) -> Option<Timestamp> {
        self.plan.opens_at(audience, self.published_at, starts_at)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::sample::{at, employment, organisation};

    const STAGED: Plan = Plan { own_team: 0, own_organisation: 60, pool: 24 * 60, self_employed: Some(48 * 60), everybody_within: 12 * 60 };

    #[test]
    fn a_shift_opens_in_stages_and_for_everybody_shortly_before_it_starts() {
        use Audience::{OwnOrganisation, OwnTeam, Pool, SelfEmployed};
        let (published, far, near) = ("2026-05-01 12:00", "2026-05-09 07:00", "2026-05-02 20:00");
        for (plan, audience, starts, expected) in [
            (STAGED, OwnTeam, far, Some("2026-05-01 12:00")),
            (STAGED, OwnOrganisation, far, Some("2026-05-01 13:00")),
            (STAGED, Pool, far, Some("2026-05-02 12:00")),
            (STAGED, SelfEmployed, far, Some("2026-05-03 12:00")),
            // Twelve hours before the start is sooner than the plan.
            (STAGED, OwnOrganisation, near, Some("2026-05-01 13:00")),
            (STAGED, Pool, near, Some("2026-05-02 08:00")),
            (STAGED, SelfEmployed, near, Some("2026-05-02 08:00")),
            // Never before it was published.
            (STAGED, SelfEmployed, "2026-05-01 18:00", Some("2026-05-01 12:00")),
            (Plan { self_employed: None, ..STAGED }, SelfEmployed, near, None),
            (Plan { everybody_within: 0, ..STAGED }, SelfEmployed, near, Some("2026-05-03 12:00")),
            (Plan::AT_ONCE, SelfEmployed, far, Some("2026-05-01 12:00")),
        ] {
            let opens = plan.opens_at(audience, at(published), at(starts));
            assert_eq!(opens, expected.map(at), "{audience:?} of a shift at {starts}");
        }
    }

    #[test]
    fn a_stage_is_as_long_in_the_nights_in_which_the_clock_changes() {
        let day = Plan { pool: 24 * 60, everybody_within: 0, ..STAGED };
        let opens = |published| day.opens_at(Audience::Pool, at(published), at("2027-01-01 07:00"));
        // In spring a day has 23 hours, in autumn 25.
        assert_eq!(opens("2026-03-28 12:00"), Some(at("2026-03-29 13:00")));
        assert_eq!(opens("2026-10-24 12:00"), Some(at("2026-10-25 11:00")));
    }

    #[test]
    fn who_somebody_is_to_a_shift_follows_from_the_employment() {
        use EmploymentKind::{OnCall, Permanent, SelfEmployed};
        for (employer, kind, expected) in [
            (1, Permanent, Audience::OwnOrganisation),
            (1, OnCall, Audience::OwnOrganisation),
            (2, Permanent, Audience::Pool),
            (1, SelfEmployed, Audience::SelfEmployed),
            (2, SelfEmployed, Audience::SelfEmployed),
        ] {
            assert_eq!(Audience::of(&employment(1, employer, kind), organisation(1)), expected, "{kind:?} at {employer}");
        }
    }

    proptest! {
        #[test]
        fn nobody_is_let_in_before_those_who_come_first(
            stretches in prop::array::uniform4(0..86_400_i32), within in 0..86_400_i32, left in 1..200_000_i64,
        ) {
            let mut stretches = stretches;
            stretches.sort_unstable();
            let [own_team, own_organisation, pool, self_employed] = stretches;
            let plan = Plan { own_team, own_organisation, pool, self_employed: Some(self_employed), everybody_within: within };
            let published = Timestamp(0);
            let starts = Timestamp(left * 60_000_000);
            let opens: Vec<Timestamp> = Audience::ALL.iter().filter_map(|one| plan.opens_at(*one, published, starts)).collect();
            prop_assert!(opens.is_sorted(), "{opens:?}");
            prop_assert!(opens.iter().all(|at| *at >= published));
            prop_assert!(within == 0 || opens.iter().all(|at| *at <= starts.minus(minutes(within)).max(published)));
        }
    }
}
