//! How far a claim is.

/// The numbers are those of the proto and of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum ClaimState {
    /// The place is the worker's.
    Confirmed = 1,
    /// The worker gave it back.
    Withdrawn = 2,
    /// The worker undid it minutes after: as if it had not been.
    Undone = 3,
    /// It no longer fitted what is known, and gave way (D10).
    Released = 4,
}

impl ClaimState {
    /// The state with this number.
    pub fn from_number(number: i32) -> Option<Self> {
        [Self::Confirmed, Self::Withdrawn, Self::Undone, Self::Released].into_iter().find(|state| *state as i32 == number)
    }
}
