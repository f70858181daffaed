//! What flexpool decides. Pure: no database, no network, no clock; the same facts always give the same answer.
//!
//! In reading order: time ([`calendar`]), who somebody is at work ([`worker`]), what they agreed to ([`consent`]), on what terms organisations share ([`agreement`]), what
//! and since when ([`pool`], [`release`]), what can be claimed ([`shift`]), given back ([`claim`], [`withdrawal`]) and waited for
//! ([`waitlist`]), why not ([`refused`]), whether it fits the working time ([`working_time`]), all of it together ([`eligibility`]) with every reason ([`explained`]), what
//! somebody wants ([`wishes`], [`distance`]), other
//! time of people ([`roster`]), what no longer fits ([`conflict`]), and what people are told of it ([`message`]).

pub mod calendar;
pub mod claim;
pub mod consent;
pub mod distance;

pub mod agreement;
pub mod pool;
pub mod release;
pub mod shift;
pub mod waitlist;
pub mod withdrawal;
pub mod worker;

pub mod refused;

pub mod eligibility;
pub mod explained;
pub mod roster;
pub mod wishes;
pub mod working_time;

pub mod conflict;
pub mod message;

#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod sample;
