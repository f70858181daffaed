//! The process frame, tested over real listeners and databases.

mod config;
mod databases;
mod limits;
mod mutation;
mod server;
mod stand;
mod telemetry;
mod tokens;
