//! Servers of one's own: PostgreSQL, Redis, a Redis Cluster, a mail server; on free ports, in a temporary folder, gone when the value is dropped.
//!
//! The test command starts one of each for the whole run and says where they are; then [`postgres`] and [`redis`] give those
//! addresses and start nothing (D32). A test that breaks a server on purpose starts its own, with [`Postgres::durable`],
//! [`Redis::start`] or [`Cluster::start`].

mod server;
pub use server::{free_port, send, temporary};

mod postgres;
pub use postgres::Postgres;

mod redis;
pub use redis::Redis;

mod cluster;
pub use cluster::Cluster;

mod smtp;
pub use smtp::Smtp;

use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A server that this process started for itself, shared by the tests that run in it at the same time.
type Own<T> = Mutex<Weak<T>>;

fn shared<T>(own: &Own<T>, start: impl FnOnce() -> T) -> Arc<T> {
    let mut held = own.lock().unwrap_or_else(PoisonError::into_inner);
    held.upgrade().unwrap_or_else(|| {
        let new = Arc::new(start());
        *held = Arc::downgrade(&new);
        new
    })
}

/// The address of the PostgreSQL of this run, and when it is this process's own, the value that it lives as long as.
pub fn postgres() -> (String, Option<Arc<Postgres>>) {
    static OWN: Own<Postgres> = Mutex::new(Weak::new());
    if let Some(address) = variable("REGIOPOOL_TEST_POSTGRES") {
        return (address, None);
    }
    let own = shared(&OWN, Postgres::start);
    (own.address(), Some(own))
}

/// The address of the Redis of this run, as [`postgres`]. It may be that of a cluster.
pub fn redis() -> (String, Option<Arc<Redis>>) {
    static OWN: Own<Redis> = Mutex::new(Weak::new());
    if let Some(address) = variable("REGIOPOOL_TEST_REDIS") {
        return (address, None);
    }
    let own = shared(&OWN, Redis::start);
    (own.address(), Some(own))
}

/// A setting of the test command, absent when empty.
#[expect(clippy::disallowed_methods, reason = "these are settings of the test command, not of the product")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
