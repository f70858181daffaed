//! Who looked at whose file (D17).

use std::collections::HashMap;

use chassis::{caller::Call, error::Result, ids::UserId, page::Page};
use sea_orm::ConnectionTrait;

use crate::{
    domain::reads::{FileRead, Filter},
    store::{
        reads::{self, ByTime},
        users,
    },
};

/// The reads with the names of who looked. An auditor sees all; everybody else those of the own file, and of other people nothing.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    call: &Call,
    mut filter: Filter,
    page: &Page<ByTime>,
) -> Result<(Vec<FileRead>, HashMap<String, String>, String)> {
    let audits = call.scope.is_everywhere();
    if !audits {
        let asked = filter.worker.map_or_else(|| call.worker(), Ok)?;
        filter.worker = Some(*call.scope.worker(asked)?);
    }
    let (mut found, next) = reads::list(db, call.region, &filter, page).await?;
    if !audits {
        found.iter_mut().for_each(|read| read.workers.retain(|worker| Some(*worker) == filter.worker));
    }
    let readers: Vec<UserId> = found.iter().filter_map(|read| read.reader.parse().ok()).collect();
    let names = users::names(db, call.region, readers).await?;
    Ok((found, names, next))
}
