//! Dutch (level B1) and English of every reason and state that a person reads (D28).
//!
//! Reasons and states are values of proto enums; their facts travel as typed metadata and become words only here, for the portal and later
//! for mail, calendar and documents. A test walks over the contract and fails on a value without both texts. In reading order: which
//! language ([`Language`]), days and times on the clock ([`clock`]), names of states ([`states`]), reasons ([`reasons`]), what is wrong with
//! a field ([`fields`]), what was done by who looked at somebody's file ([`reads`]), and the texts of the pages ([`Words`]).

mod language;
pub use language::Language;

pub mod clock;
pub use clock::{date, duration, moments, period, short_date, time};

pub mod states;

mod facts;
pub mod reasons;
pub mod working_time;
pub use facts::Facts;

pub mod fields;

pub mod messages;
pub mod reads;
mod wishes;

#[macro_use]
mod pages;
pub use pages::Words;
