//! The use cases: load, decide, save, tell. RPCs and events come through here.

pub(crate) mod agreement;
pub(crate) mod claim;
pub(crate) mod closing;
pub(crate) mod conflict;
pub(crate) mod list;
pub(crate) mod merge;
pub(crate) mod publish;
pub(crate) mod roster;
pub(crate) mod timers;
pub(crate) mod wait;
pub(crate) mod withdraw;
