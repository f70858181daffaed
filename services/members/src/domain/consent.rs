//! What workers agree to.

use chassis::{
    ids::{ConsentId, WorkerId},
    time::Timestamp,
};

use super::numbered;

numbered! {
    /// What a worker can agree to. None says anything about health.
    ConsentKind {
        /// Nights at an age that is exempt (CAO-08).
        NightsAtAge = 1,
        /// Work on more Sundays (ATW-07).
        FewerFreeSundays = 2,
        /// Shifts in two parts (CAO-12).
        SplitShifts = 3,
        /// Irregular hours where a limit asks for regular ones (CAO-11).
        IrregularHours = 4,
        /// Longer series of nights (CAO-09).
        LongerNightSeries = 5,
        /// On average 60 hours with presence duties (ATB-02).
        SixtyHoursWithPresence = 6,
        /// To be seen by planners elsewhere (D15).
        SeenByPlanners = 7,
        /// To be promoted at once (D11).
        ImmediatePromotion = 8,
        /// To be lent (LEN-08).
        Lending = 9,
    }
}

/// What a worker agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    /// Its id.
    pub id: ConsentId,
    /// Whose it is.
    pub worker: WorkerId,
    /// What it is.
    pub kind: ConsentKind,
    /// Since when.
    pub given_at: Timestamp,
    /// When it was revoked; absent while it holds.
    pub revoked_at: Option<Timestamp>,
}
