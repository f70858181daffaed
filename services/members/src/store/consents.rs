//! What workers agreed to.

use chassis::{
    error::Result,
    ids::{ConsentId, RegionId, WorkerId},
    time::Timestamp,
};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::{known, person_row::consent as row};
use crate::domain::consent::{Consent, ConsentKind};

/// So many of a worker are shown: there are nine kinds, each given and revoked now and then.
const SHOWN: u64 = 200;

pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, new: &Consent) -> Result<()> {
    let Consent { id, worker, kind, given_at, revoked_at } = *new;
    let model = row::Model { region, id, worker, kind: kind.number(), given_at, revoked_at };
    row::Entity::insert(model.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn find(db: &impl ConnectionTrait, region: RegionId, id: ConsentId) -> Result<Option<Consent>> {
    row::Entity::find_by_id((region, id)).one(db).await?.map(consent).transpose()
}

/// The one of this kind that holds.
pub(crate) async fn holding(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, kind: ConsentKind) -> Result<Option<Consent>> {
    use row::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.eq(worker)).filter(Column::Kind.eq(kind.number()));
    query.filter(Column::RevokedAt.is_null()).order_by_asc(Column::Id).one(db).await?.map(consent).transpose()
}

/// Notes since when it no longer holds.
pub(crate) async fn revoke(db: &impl ConnectionTrait, region: RegionId, id: ConsentId, at: Timestamp) -> Result<()> {
    use row::{ActiveModel, Column, Entity};
    let revoked = ActiveModel { revoked_at: Set(Some(at)), ..Default::default() };
    Entity::update_many().set(revoked).filter(Column::Region.eq(region)).filter(Column::Id.eq(id)).exec(db).await?;
    Ok(())
}

/// The last ones, in the order in which they were given.
pub(crate) async fn of(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<Vec<Consent>> {
    use row::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.eq(worker));
    let mut found = query.order_by_desc(Column::GivenAt).order_by_desc(Column::Id).limit(SHOWN).all(db).await?;
    found.reverse();
    found.into_iter().map(consent).collect()
}

pub(crate) fn consent(row: row::Model) -> Result<Consent> {
    let kind = known(ConsentKind::from_number(row.kind))?;
    Ok(Consent { id: row.id, worker: row.worker, kind, given_at: row.given_at, revoked_at: row.revoked_at })
}
