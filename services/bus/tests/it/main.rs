//! What the bus promises, held against it: on SQLite with the embedded bus, and on PostgreSQL with Redis.
//!
//! `REGIOPOOL_TEST_MODE=distributed` chooses the second, with the servers that `REGIOPOOL_TEST_POSTGRES` and `REGIOPOOL_TEST_REDIS` name;
//! the latter may be a cluster. What is random comes from a seed that is printed; `REGIOPOOL_TEST_SEED` repeats it.

mod effects;
mod harness;
mod wire;

mod broadcast;
mod checks;
mod contract;
mod crashes;
mod delivery;
mod handlers;
mod lag;
mod leases;
mod parking;
mod positions;
mod remote;
mod servers;
mod sqlite;
mod streams;
mod traces;
