//! Sessions: of a secret only its hash is kept.

use chassis::{error::Result, ids::RegionId, time::Timestamp};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::row;
use crate::domain::identity::Session;

pub(crate) async fn insert(db: &impl ConnectionTrait, session: &Session) -> Result<()> {
    let model = row::session::Model {
        region: session.region,
        id: session.id,
        user_id: session.user,
        secret_hash: session.secret_hash.clone(),
        created_at: session.created_at,
        expires_at: session.expires_at,
        ended_at: None,
    };
    row::session::Entity::insert(model.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// The session with this secret, if it has not ended at `now` (real time).
pub(crate) async fn find_open(db: &impl ConnectionTrait, now: Timestamp, secret_hash: &[u8]) -> Result<Option<Session>> {
    use row::session::{Column, Entity};
    let query = Entity::find().filter(Column::SecretHash.eq(secret_hash.to_vec()));
    let found = query.filter(Column::EndedAt.is_null()).filter(Column::ExpiresAt.gt(now)).one(db).await?;
    Ok(found.map(|row| Session {
        id: row.id,
        user: row.user_id,
        region: row.region,
        secret_hash: row.secret_hash,
        created_at: row.created_at,
        expires_at: row.expires_at,
    }))
}

/// Ends the session with this secret, once and for all, and gives its key. Unknown and ended ones stay as they are.
pub(crate) async fn end(db: &impl ConnectionTrait, now: Timestamp, secret_hash: &[u8]) -> Result<Option<(RegionId, Uuid)>> {
    use row::session::{ActiveModel, Column, Entity};
    let Some(found) = Entity::find().filter(Column::SecretHash.eq(secret_hash.to_vec())).one(db).await? else { return Ok(None) };
    let ended = ActiveModel { ended_at: Set(Some(now)), ..Default::default() };
    let update = Entity::update_many().set(ended).filter(Column::Region.eq(found.region)).filter(Column::Id.eq(found.id));
    let done = update.filter(Column::EndedAt.is_null()).exec(db).await?;
    Ok((done.rows_affected == 1).then_some((found.region, found.id)))
}

/// Forgets up to 1,000 sessions that expired before `before`; gives how many.
pub(crate) async fn forget(db: &impl ConnectionTrait, before: Timestamp) -> Result<u64> {
    use row::session::{Column, Entity};
    let old: Vec<(RegionId, Uuid)> = Entity::find()
        .select_only()
        .column(Column::Region)
        .column(Column::Id)
        .filter(Column::ExpiresAt.lt(before))
        .limit(1000)
        .into_tuple()
        .all(db)
        .await?;
    if old.is_empty() {
        return Ok(0);
    }
    // Ids of sessions are unique over regions, so the second half of the key is enough.
    let done = Entity::delete_many().filter(Column::Id.is_in(old.into_iter().map(|(_, id)| id))).exec(db).await?;
    Ok(done.rows_affected)
}
