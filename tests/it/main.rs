//! Stories over real processes, and tests of the files that lead to them.

mod browser;
mod identity_provider;

mod access;
mod access_log;
mod bus_replicas;
mod demo;
mod deploy;
mod exports;
mod f1_claim;
mod files;
mod identity;
mod leaks;
mod linking;
mod sessions;
mod storm;
mod trace;
mod wild;
mod wrong_tokens;
