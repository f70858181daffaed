//! Stories over real processes, and tests of the files that lead to them.

mod browser;

mod access;
mod bus_replicas;
mod demo;
mod deploy;
mod f1_claim;
mod sessions;
mod storm;
mod trace;
mod zonnehof;
