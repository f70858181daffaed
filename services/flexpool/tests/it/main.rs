//! Flexpool as its callers see it: the service in this process on fresh databases, in the mode of the run; everything through its RPCs.

mod scene;

mod absence;
mod cancel;
mod claim;
mod claim_reasons;
mod copies;
mod invariants;
mod leaving;
mod lists;
mod merge;
mod publish;
mod release;
mod replay;
mod storms;
mod tidy;
mod watch;
