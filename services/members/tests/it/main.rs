//! Members from outside: over gRPC, on a real database, with its real log.

mod issuer;
mod keys;
mod support;

mod access;
mod access_log;
mod agreement_versions;
mod agreements;
mod check;
mod consents;
mod employments;
mod events;
mod id_tokens;
mod invitations;
mod links;
mod mail;
mod messages;
mod organisations;
mod pool_terms;
mod pools;
mod portfolio;
mod provider;
mod reads;
mod regions;
mod revocations;
mod sessions;
mod unavailability;
mod users;
mod wards;
mod workers;
