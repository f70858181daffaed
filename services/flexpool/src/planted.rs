//! A bug that a test plants: confirmations that do not look at the worker's version (D8).
//!
//! The random histories (`tests/it/histories.rs`) prove themselves by it: without the version they must find what must never be. Without the
//! cargo feature `planted`, which nothing but this crate's own tests enables, there is no way to take the check away; with it the check
//! stands in every region but those that a test names.

use std::borrow::Cow;

use chassis::ids::RegionId;

/// How a confirmation's statement asks for the version.
const ASKED: &str = "AND version = $3";

#[cfg(feature = "planted")]
static REGIONS: std::sync::RwLock<Vec<RegionId>> = std::sync::RwLock::new(Vec::new());

/// Lets confirmations in a region ignore the worker's version from now on, in this process.
#[cfg(feature = "planted")]
pub fn forget_versions(region: RegionId) {
    REGIONS.write().unwrap_or_else(std::sync::PoisonError::into_inner).push(region);
}

#[cfg(feature = "planted")]
fn is_forgotten(region: RegionId) -> bool {
    REGIONS.read().unwrap_or_else(std::sync::PoisonError::into_inner).contains(&region)
}

#[cfg(not(feature = "planted"))]
fn is_forgotten(_: RegionId) -> bool {
    false
}

/// A statement of a confirmation as it holds in this region.
pub(crate) fn versioned(region: RegionId, sql: &str) -> Cow<'_, str> {
    if is_forgotten(region) { sql.replace(ASKED, "AND (version = $3 OR TRUE)").into() } else { sql.into() }
}
