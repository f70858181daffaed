//! The process frame, tested over real listeners and databases.

mod carried;
mod config;
mod databases;
mod limits;
mod mutation;
mod pace;
mod server;
mod sessions;
mod stand;
mod telemetry;
mod tokens;
mod web;
mod wrong_tokens;
