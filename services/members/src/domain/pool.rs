//! Pools: organisations that share shifts.

use chassis::ids::{OrganisationId, PoolId};

/// How many organisations a pool may have.
pub const MAX_ORGANISATIONS: usize = 200;

/// What is said about a new pool.
#[derive(Debug, Clone)]
pub struct NewPool {
    /// Its name, unique within the region whatever the case.
    pub name: String,
    /// Its members, each once.
    pub organisations: Vec<OrganisationId>,
}

/// Organisations that share shifts.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Its id.
    pub id: PoolId,
    /// Name and members.
    pub about: NewPool,
}
