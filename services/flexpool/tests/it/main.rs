//! Flexpool as its callers see it: the service in this process on fresh databases, in the mode of the run; everything through its RPCs.

mod roster;
mod scene;

mod absence;
mod access_log;
mod cancel;
mod claim;
mod claim_reasons;
mod consents;
mod copies;
mod eligible;
mod employments;
mod histories;
mod invariants;
mod late_facts;
mod leaving;
mod lists;
mod merge;
mod messages;
mod publish;
mod release;
mod replay;
mod storms;
mod tidy;
mod waits;
mod watch;
mod wishes;
mod withdraw;
