//! Stories over real processes, and tests of the files that lead to them.

mod browser;

mod bus_replicas;
mod deploy;
mod f1_claim;
mod storm;
mod trace;
mod zonnehof;
