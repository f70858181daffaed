//! The use cases: load, decide, save, tell. Every change is one transaction with its events (D1).

pub(crate) mod agreements;
pub(crate) mod consents;
pub(crate) mod employments;
pub(crate) mod identity;
pub(crate) mod links;
pub(crate) mod messages;
pub(crate) mod organisations;
pub(crate) mod pools;
pub(crate) mod reads;
pub(crate) mod terms;
pub(crate) mod unavailability;
pub(crate) mod wards;
pub(crate) mod workers;
