//! The process frame that every service stands on. It knows no service.
//!
//! In reading order: what a value is ([`ids`], [`time`]), what can go wrong ([`error`]), how a request becomes a command
//! ([`validate`], [`page`]), who calls ([`caller`]), where it is kept ([`db`]), how a change is made once ([`mutation`]) and what is on
//! record about who saw whose file ([`file_reads`]); then the process: its settings ([`config`]), what it tells about itself
//! ([`telemetry`]), how it stops ([`shutdown`]), who may call what and how far that reaches ([`auth`],
//! [`tokens`]), how it reaches others ([`peer`]; [`outside`] the
//! installation) and what a call hands on to them ([`carried`]), all in one [`frame`], and the door through which every call comes
//! ([`server`]).

pub mod ids;
pub mod time;

pub mod error;
pub mod page;
pub mod validate;

pub mod caller;

pub mod db;
pub mod file_reads;
pub mod mutation;

pub mod config;
pub mod telemetry;

pub mod shutdown;

pub mod auth;
mod scope;

pub mod pace;
mod sessions;
pub mod tokens;

pub mod carried;
pub mod outside;
pub mod peer;

pub mod frame;

pub mod server;
