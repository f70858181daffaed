//! Who looked at whose file, by name (D17).

use std::collections::HashMap;

use chassis::{
    caller::Call,
    error::Result,
    file_reads::{self, ByTime, FileRead, Filter},
    ids::UserId,
    page::Page,
};
use sea_orm::ConnectionTrait;

use crate::store::users;

/// The reads that are the caller's to see, with the names of who looked.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    call: &Call,
    filter: Filter,
    page: &Page<ByTime>,
) -> Result<(Vec<FileRead>, HashMap<String, String>, String)> {
    let (found, next) = file_reads::list(db, call, filter, page).await?;
    let readers: Vec<UserId> = found.iter().filter_map(|read| read.reader.parse().ok()).collect();
    let names = users::names(db, call.region, readers).await?;
    Ok((found, names, next))
}
