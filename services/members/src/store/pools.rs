//! Pools and their members.

use std::collections::HashMap;

use chassis::{
    error::{Error, Result, violates},
    ids::{OrganisationId, PoolId, RegionId},
    page::Page,
    time::Timestamp,
};
use proto::members::Reason;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::{after, organisations::ByName, refusal, row};
use crate::domain::{
    pool::{NewPool, Pool},
    text::name_key,
};

/// Errors: `Exists` when the region has a pool of that name.
pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, pool: &Pool) -> Result<()> {
    let about = &pool.about;
    let model = row::pool::Model { region, id: pool.id, name: about.name.clone(), name_key: name_key(&about.name), created_at: now };
    row::pool::Entity::insert(model.into_active_model()).exec_without_returning(db).await.map_err(|error| {
        if violates(&error, "pool_name", "pool.region, pool.name_key") {
            Error::Exists(refusal(Reason::PoolNameTaken).with("name", &about.name))
        } else {
            error.into()
        }
    })?;
    insert_members(db, region, pool.id, 0, &about.organisations).await
}

/// Adds members after the first `position` ones. None of them may be a member already.
pub(crate) async fn insert_members(
    db: &impl ConnectionTrait,
    region: RegionId,
    pool: PoolId,
    position: i32,
    organisations: &[OrganisationId],
) -> Result<()> {
    let members = (position..).zip(organisations).map(|(position, organisation)| {
        row::pool_member::Model { region, pool, organisation: *organisation, position }.into_active_model()
    });
    row::pool_member::Entity::insert_many(members).exec_without_returning(db).await?;
    Ok(())
}

/// Loads a pool and keeps others from changing it until the transaction ends.
pub(crate) async fn find_locked(db: &impl ConnectionTrait, region: RegionId, id: PoolId) -> Result<Option<Pool>> {
    let Some(row) = row::pool::Entity::find_by_id((region, id)).lock_exclusive().one(db).await? else { return Ok(None) };
    Ok(with_members(db, region, vec![row]).await?.pop())
}

pub(crate) async fn list(db: &impl ConnectionTrait, region: RegionId, page: &Page<ByName>) -> Result<(Vec<Pool>, String)> {
    use row::pool::{Column, Entity};
    let mut query = Entity::find().filter(Column::Region.eq(region));
    if let Some((name, id)) = &page.after {
        query = query.filter(after((Column::NameKey.into_expr(), Column::Id.into_expr()), (name.as_str(), *id)));
    }
    let rows = query.order_by_asc(Column::NameKey).order_by_asc(Column::Id).limit(page.limit()).all(db).await?;
    let (rows, next) = page.cut(rows, |row| (row.name_key.clone(), row.id.0));
    Ok((with_members(db, region, rows).await?, next))
}

/// Every pool, in order of id.
pub(crate) async fn all(db: &impl ConnectionTrait, region: RegionId) -> Result<Vec<Pool>> {
    use row::pool::{Column, Entity};
    let rows = Entity::find().filter(Column::Region.eq(region)).order_by_asc(Column::Id).all(db).await?;
    with_members(db, region, rows).await
}

/// The pools of these rows, in their order.
async fn with_members(db: &impl ConnectionTrait, region: RegionId, rows: Vec<row::pool::Model>) -> Result<Vec<Pool>> {
    use row::pool_member::{Column, Entity};
    let members = Entity::find()
        .filter(Column::Region.eq(region))
        .filter(Column::Pool.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(Column::Position)
        .all(db)
        .await?;
    let mut of: HashMap<PoolId, Vec<OrganisationId>> = HashMap::new();
    for member in members {
        of.entry(member.pool).or_default().push(member.organisation);
    }
    let pool = |row: row::pool::Model| Pool {
        about: NewPool { name: row.name, organisations: of.remove(&row.id).unwrap_or_default() },
        id: row.id,
    };
    Ok(rows.into_iter().map(pool).collect())
}
