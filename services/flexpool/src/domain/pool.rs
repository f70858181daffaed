//! On what terms the members of a pool share, as members tells it.

use super::release::Plan;

/// The terms. Numbers of enums are those of members' proto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolTerms {
    /// Number of what a claim comes to: 1 confirmed at once, 2 an application.
    pub mode: i32,
    /// Until so many minutes before the start a planner may take back a shift.
    pub cancellation_minutes: i32,
    /// Until so many minutes before the start a worker may withdraw.
    pub withdrawal_minutes: i32,
    /// So many minutes an offer may be accepted.
    pub offer_minutes: i32,
    /// When people are left in peace, in minutes since midnight, over midnight when the end is before the begin.
    pub quiet_hours: Option<(i32, i32)>,
    /// When a shift opens for whom.
    pub release: Plan,
    /// Whether people fill the gaps of their own employer first.
    pub own_gaps_first: bool,
}

impl PoolTerms {
    /// Of a pool about which nothing else was said.
    pub const PLAIN: Self = Self {
        mode: 1,
        cancellation_minutes: 0,
        withdrawal_minutes: 0,
        offer_minutes: 60,
        quiet_hours: None,
        release: Plan::AT_ONCE,
        own_gaps_first: false,
    };
}
