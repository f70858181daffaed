//! Pools, their terms and their members.

use std::collections::HashMap;

use chassis::{
    error::{Error, Result, violates},
    ids::{OrganisationId, PoolId, RegionId},
    page::Page,
    time::Timestamp,
};
use proto::members::Reason;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::{after, known, organisations::ByName, pool_row as row, refusal};
use crate::domain::{
    pool::{ClaimMode, NewPool, Pool, PoolKind, PoolTerms, QuietHours, ReleasePlan},
    text::name_key,
};

/// Errors: `Exists` when the region has a pool of that name.
pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, pool: &Pool) -> Result<()> {
    let about = &pool.about;
    let row = row::pool::ActiveModel { region: Set(region), id: Set(pool.id), created_at: Set(now), ..columns(pool) };
    row::pool::Entity::insert(row).exec_without_returning(db).await.map_err(|error| taken(error, &about.name))?;
    let members = (0..).zip(&about.organisations).map(|(position, organisation)| member(region, pool.id, *organisation, position));
    row::pool_member::Entity::insert_many(members).exec_without_returning(db).await?;
    Ok(())
}

/// Stores name, kind, terms and version. Errors: `Exists` when the region has another pool of that name.
pub(crate) async fn update(db: &impl ConnectionTrait, region: RegionId, pool: &Pool) -> Result<()> {
    use row::pool::{Column, Entity};
    let update = Entity::update_many().set(columns(pool)).filter(Column::Region.eq(region)).filter(Column::Id.eq(pool.id));
    update.exec(db).await.map(drop).map_err(|error| taken(error, &pool.about.name))
}

fn taken(error: DbErr, name: &str) -> Error {
    if violates(&error, "pool_name", "pool.region, pool.name_key") {
        Error::Exists(refusal(Reason::PoolNameTaken).with("name", name))
    } else {
        error.into()
    }
}

/// What an edit can change. The key and the time of creation are not set.
fn columns(pool: &Pool) -> row::pool::ActiveModel {
    let NewPool { name, kind, terms, .. } = &pool.about;
    let ReleasePlan { own_team, own_organisation, pool: others, self_employed, everybody_within } = terms.release;
    row::pool::ActiveModel {
        region: NotSet,
        id: NotSet,
        created_at: NotSet,
        name: Set(name.clone()),
        name_key: Set(name_key(name)),
        kind: Set(kind.number()),
        version: Set(pool.version),
        mode: Set(terms.mode.number()),
        cancellation_minutes: Set(terms.cancellation_minutes),
        withdrawal_minutes: Set(terms.withdrawal_minutes),
        offer_minutes: Set(terms.offer_minutes),
        quiet_from: Set(terms.quiet_hours.map(|hours| hours.from)),
        quiet_until: Set(terms.quiet_hours.map(|hours| hours.until)),
        own_gaps_first: Set(terms.own_gaps_first),
        release_own_team: Set(own_team),
        release_own_organisation: Set(own_organisation),
        release_pool: Set(others),
        release_self_employed: Set(self_employed),
        release_everybody_within: Set(everybody_within),
    }
}

fn member(region: RegionId, pool: PoolId, organisation: OrganisationId, position: i32) -> row::pool_member::ActiveModel {
    row::pool_member::Model { region, pool, organisation, position, minutes_elsewhere: None }.into_active_model()
}

/// Adds a member, who stands after all that are there, and stores the pool's version. The pool is locked.
pub(crate) async fn add_member(db: &impl ConnectionTrait, region: RegionId, pool: &Pool, organisation: OrganisationId) -> Result<()> {
    use row::pool_member::{Column, Entity};
    // Not their number: after a member left, that would be the position of another one.
    let last: Option<i32> = Entity::find()
        .select_only()
        .column_as(Column::Position.max(), "last")
        .filter(Column::Region.eq(region))
        .filter(Column::Pool.eq(pool.id))
        .into_tuple::<Option<i32>>()
        .one(db)
        .await?
        .flatten();
    let position = last.map_or(0, |last| last + 1);
    Entity::insert(member(region, pool.id, organisation, position)).exec_without_returning(db).await?;
    update(db, region, pool).await
}

/// Takes a member out.
pub(crate) async fn remove_member(db: &impl ConnectionTrait, region: RegionId, pool: PoolId, organisation: OrganisationId) -> Result<()> {
    row::pool_member::Entity::delete_by_id((region, pool, organisation)).exec(db).await?;
    Ok(())
}

/// Limits what the people of a member claim elsewhere.
pub(crate) async fn limit(
    db: &impl ConnectionTrait,
    region: RegionId,
    pool: PoolId,
    organisation: OrganisationId,
    minutes: Option<i32>,
) -> Result<()> {
    let row = row::pool_member::ActiveModel {
        region: Set(region),
        pool: Set(pool),
        organisation: Set(organisation),
        position: NotSet,
        minutes_elsewhere: Set(minutes),
    };
    row::pool_member::Entity::update(row).exec(db).await?;
    Ok(())
}

pub(crate) async fn find(db: &impl ConnectionTrait, region: RegionId, id: PoolId) -> Result<Option<Pool>> {
    let Some(row) = row::pool::Entity::find_by_id((region, id)).one(db).await? else { return Ok(None) };
    Ok(with_members(db, region, vec![row]).await?.pop())
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
    let mut of: HashMap<PoolId, Vec<row::pool_member::Model>> = HashMap::new();
    for member in members {
        of.entry(member.pool).or_default().push(member);
    }
    rows.into_iter().map(|row| pool(row, &of)).collect()
}

fn pool(row: row::pool::Model, members: &HashMap<PoolId, Vec<row::pool_member::Model>>) -> Result<Pool> {
    let members = members.get(&row.id).map(Vec::as_slice).unwrap_or_default();
    let terms = PoolTerms {
        mode: known(ClaimMode::from_number(row.mode))?,
        cancellation_minutes: row.cancellation_minutes,
        withdrawal_minutes: row.withdrawal_minutes,
        offer_minutes: row.offer_minutes,
        quiet_hours: row.quiet_from.zip(row.quiet_until).map(|(from, until)| QuietHours { from, until }),
        release: ReleasePlan {
            own_team: row.release_own_team,
            own_organisation: row.release_own_organisation,
            pool: row.release_pool,
            self_employed: row.release_self_employed,
            everybody_within: row.release_everybody_within,
        },
        own_gaps_first: row.own_gaps_first,
    };
    let organisations = members.iter().map(|member| member.organisation).collect();
    Ok(Pool {
        about: NewPool { name: row.name, kind: known(PoolKind::from_number(row.kind))?, terms, organisations },
        hours_elsewhere: members.iter().filter_map(|member| member.minutes_elsewhere.map(|most| (member.organisation, most))).collect(),
        version: row.version,
        id: row.id,
    })
}
