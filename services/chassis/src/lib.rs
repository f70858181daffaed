//! The process frame that every service stands on. It knows no service.
//!
//! In reading order: what a value is ([`ids`], [`time`]), what can go wrong ([`error`]), how a request becomes a command
//! ([`validate`], [`page`]), who calls ([`caller`]), where it is kept ([`db`]) and how a change is made once ([`mutation`]).

pub mod ids;
pub mod time;

pub mod error;
pub mod page;
pub mod validate;

pub mod caller;

pub mod db;
pub mod mutation;
