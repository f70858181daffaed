//! The door for calls: a message becomes a command that cannot hold a bad value, the use case does the work, the result becomes a message.

pub(crate) mod access;
pub(crate) mod access_log;
pub(crate) mod claims;
pub(crate) mod conflicts;
pub(crate) mod eligibility;
pub(crate) mod shifts;
pub(crate) mod waits;

mod convert;
mod convert_roster;
mod convert_waits;
mod convert_wishes;
pub(crate) mod roster;
