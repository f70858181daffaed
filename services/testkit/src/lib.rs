//! What tests stand on.
//!
//! A test is one of two kinds. A *service test* starts a [`Testbed`]: members and flexpool in this process, on a free port, with fresh
//! databases and a fresh region. A *story* starts a [`process::Installation`]: the real program, one process in the embedded mode, two
//! of each service in the distributed one. Both run in the mode that the test command says ([`mode`]), so that every suite holds on
//! SQLite with the embedded bus and on PostgreSQL with Redis.
//!
//! Nothing here replaces a part of the product: people and shifts are made through the public RPCs ([`region`]), the servers are real
//! ([`servers`]), traces are read where a collector would read them ([`otlp`]), and nobody waits for a time but for a condition
//! ([`wait_until`]).

mod mode;
pub use mode::{Mode, mode};

mod wait;
pub use wait::wait_until;

mod status;
pub use status::{as_token, metadata, reason, request_id, violations};

pub mod databases;
pub mod otlp;
pub use testservers as servers;

pub mod region;

mod testbed;
pub use testbed::Testbed;

pub mod balance;
mod settings;

pub mod matrix;
pub mod wild;

pub mod process;
