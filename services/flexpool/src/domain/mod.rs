//! What flexpool decides. Pure: no database, no network, no clock; the same facts always give the same answer.
//!
//! In reading order: time ([`calendar`]), who somebody is at work ([`worker`]), on what terms organisations share ([`agreement`]), what
//! and since when ([`pool`], [`release`]), what can be claimed ([`shift`]), why not ([`refused`]), whether it fits the working time ([`working_time`]) and all of it together
//! ([`eligibility`]).

pub mod calendar;

pub mod agreement;
pub mod pool;
pub mod release;
pub mod shift;
pub mod worker;

pub mod refused;

pub mod eligibility;
pub mod working_time;

#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod sample;
