//! Members from outside: over gRPC, on a real database, with its real log.

mod issuer;
mod support;

mod access;
mod access_log;
mod agreements;
mod check;
mod events;
mod invitations;
mod organisations;
mod pools;
mod portfolio;
mod reads;
mod regions;
mod revocations;
mod sessions;
mod unavailability;
mod users;
mod workers;
