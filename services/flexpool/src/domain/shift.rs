//! What can be claimed.

use chassis::{
    ids::{OrganisationId, PoolId, ShiftId, WardId},
    time::Timestamp,
};

use super::{calendar::Period, distance::Point, release::Release, worker::FunctionLevel};

/// How far a shift is. The numbers are those of the proto and of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum State {
    /// Can be claimed while places are free.
    Open = 1,
    /// Taken back.
    Cancelled = 2,
    /// Closed because its organisation left; claims on it stand.
    Closed = 3,
}

impl State {
    /// The state with this number.
    pub fn from_number(number: i32) -> Option<Self> {
        [Self::Open, Self::Cancelled, Self::Closed].into_iter().find(|state| *state as i32 == number)
    }
}

/// Why a shift was closed. The numbers are those of the proto and of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Closing {
    /// Its organisation leaves the region before it starts.
    OrganisationLeaves = 1,
    /// Its organisation left the pool.
    LeftPool = 2,
}

impl Closing {
    /// The reason with this number.
    pub fn from_number(number: i32) -> Option<Self> {
        [Self::OrganisationLeaves, Self::LeftPool].into_iter().find(|closing| *closing as i32 == number)
    }
}

/// What a claim is decided on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The shift.
    pub id: ShiftId,
    /// The host: the ward's organisation.
    pub organisation: OrganisationId,
    /// The pool it is shared in.
    pub pool: PoolId,
    /// When it is worked.
    pub period: Period,
    /// Unpaid break in minutes, shorter than the period.
    pub break_minutes: i32,
    /// Required function level.
    pub level: FunctionLevel,
    /// Required competence codes.
    pub competences: Vec<String>,
    /// Places.
    pub places: i32,
    /// Places with a confirmed claim.
    pub taken: i32,
    /// Places that are held for people who wait: nobody else can have them (D11).
    pub held: i32,
    /// Raised by every change of the list of those who wait.
    pub queue_version: i64,
    /// How far it is.
    pub state: State,
    /// Raised by every edit, so that nobody is confirmed on terms that changed meanwhile (D8).
    pub terms_version: i64,
    /// When it opens for whom.
    pub release: Release,
}

/// A shift as it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Shift {
    /// What a claim is decided on.
    pub terms: Terms,
    /// The ward.
    pub ward: WardId,
    /// The planner's own number of the shift.
    pub external_reference: Option<String>,
    /// Why it is closed, if it is.
    pub closed_because: Option<Closing>,
    /// Name of the ward; empty while the news of it is on its way.
    pub ward_name: String,
    /// Name of the organisation; empty while the news of it is on its way.
    pub organisation_name: String,
    /// Where the ward is, if that is known and was asked for.
    pub place: Option<Point>,
}

/// A gap that a planner publishes: well formed, not yet decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The ward.
    pub ward: WardId,
    /// The pool to share it in.
    pub pool: PoolId,
    /// When it is worked.
    pub period: Period,
    /// Unpaid break in minutes, shorter than the period.
    pub break_minutes: i32,
    /// Required function level.
    pub level: FunctionLevel,
    /// Required competence codes, none twice.
    pub competences: Vec<String>,
    /// Places.
    pub places: i32,
    /// The planner's own number of the shift.
    pub external_reference: Option<String>,
}

/// What cancelling comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cancelling {
    /// It is taken back now.
    Now,
    /// It was before; nothing changes.
    Before,
}

/// Why a shift cannot be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelRefused {
    /// It has begun.
    Started,
    /// People have a place on it.
    HasClaims {
        /// So many.
        claims: i32,
    },
}

impl Terms {
    /// Whether it can be taken back at `now`: before it begins and while nobody has a place. One that is closed is offered to nobody
    /// any more, as if it had been taken back.
    pub fn cancel(&self, now: Timestamp) -> Result<Cancelling, CancelRefused> {
        match self.state {
            State::Cancelled | State::Closed => Ok(Cancelling::Before),
            State::Open if self.period.starts_at() <= now => Err(CancelRefused::Started),
            State::Open if self.taken > 0 => Err(CancelRefused::HasClaims { claims: self.taken }),
            State::Open => Ok(Cancelling::Now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample::{at, shift};

    #[test]
    fn a_shift_is_taken_back_before_it_begins_and_while_nobody_is_on_it() {
        let open = shift("2026-05-04 07:00 2026-05-04 15:00");
        let taken = Terms { taken: 2, places: 3, ..open.clone() };
        let cancelled = Terms { state: State::Cancelled, ..open.clone() };
        let closed = Terms { state: State::Closed, ..open.clone() };
        for (terms, now, expected) in [
            (&open, "2026-05-04 06:59", Ok(Cancelling::Now)),
            (&open, "2026-05-04 07:00", Err(CancelRefused::Started)),
            (&taken, "2026-05-04 06:59", Err(CancelRefused::HasClaims { claims: 2 })),
            (&taken, "2026-05-04 08:00", Err(CancelRefused::Started)),
            (&cancelled, "2026-05-04 06:59", Ok(Cancelling::Before)),
            (&cancelled, "2026-05-04 08:00", Ok(Cancelling::Before)),
            (&closed, "2026-05-04 06:59", Ok(Cancelling::Before)),
        ] {
            assert_eq!(terms.cancel(at(now)), expected, "{:?} at {now}", terms.state);
        }
    }
}
