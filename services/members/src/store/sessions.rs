//! Sessions: of a secret only its hash is kept.

use chassis::{
    error::Result,
    ids::{RegionId, UserId},
    page::Page,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, IntoActiveModel, Order, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, Func},
};
use uuid::Uuid;

use super::{after, row};
use crate::domain::identity::Session;

/// Far below what a statement of either database may hold.
const IDS_PER_STATEMENT: usize = 500;

pub(crate) async fn insert(db: &impl ConnectionTrait, session: &Session) -> Result<()> {
    let model = row::session::Model {
        region: session.region,
        id: session.id,
        user_id: session.user,
        secret_hash: session.secret_hash.clone(),
        created_at: session.created_at,
        expires_at: session.expires_at,
        ended_at: None,
        renewed_at: None,
    };
    row::session::Entity::insert(model.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// The session with this secret, if it has not ended at `now` (real time).
pub(crate) async fn find_open(db: &impl ConnectionTrait, now: Timestamp, secret_hash: &[u8]) -> Result<Option<Session>> {
    use row::session::{Column, Entity};
    let query = Entity::find().filter(Column::SecretHash.eq(secret_hash.to_vec()));
    let found = query.filter(Column::EndedAt.is_null()).filter(Column::ExpiresAt.gt(now)).one(db).await?;
    Ok(found.map(session))
}

fn session(row: row::session::Model) -> Session {
    Session {
        id: row.id,
        user: row.user_id,
        region: row.region,
        secret_hash: row.secret_hash,
        created_at: row.created_at,
        used_at: row.renewed_at.unwrap_or(row.created_at),
        expires_at: row.expires_at,
    }
}

/// Remembers that a session was renewed. One that ended meanwhile stays as it is.
pub(crate) async fn renewed(db: &impl ConnectionTrait, session: &Session, now: Timestamp) -> Result<()> {
    use row::session::{ActiveModel, Column, Entity};
    let used = ActiveModel { renewed_at: Set(Some(now)), ..Default::default() };
    let update = Entity::update_many().set(used).filter(Column::Region.eq(session.region)).filter(Column::Id.eq(session.id));
    update.filter(Column::EndedAt.is_null()).exec(db).await?;
    Ok(())
}

/// The open sessions of a user, used last, first; at most so many.
pub(crate) async fn open(db: &impl ConnectionTrait, region: RegionId, user: UserId, now: Timestamp, most: u64) -> Result<Vec<Session>> {
    use row::session::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::UserId.eq(user));
    let query = query.filter(Column::EndedAt.is_null()).filter(Column::ExpiresAt.gt(now));
    let used_at = Func::coalesce([Column::RenewedAt.into_expr(), Column::CreatedAt.into_expr()]);
    let query = query.order_by(Expr::expr(used_at), Order::Desc).order_by_desc(Column::Id).limit(most);
    Ok(query.all(db).await?.into_iter().map(session).collect())
}

/// Ends this open session of a user; gives whether there was one.
pub(crate) async fn end_one(db: &impl ConnectionTrait, region: RegionId, user: UserId, id: Uuid, now: Timestamp) -> Result<bool> {
    use row::session::{ActiveModel, Column, Entity};
    let ended = ActiveModel { ended_at: Set(Some(now)), ..Default::default() };
    let update = Entity::update_many().set(ended).filter(Column::Region.eq(region)).filter(Column::Id.eq(id));
    let update = update.filter(Column::UserId.eq(user)).filter(Column::EndedAt.is_null()).filter(Column::ExpiresAt.gt(now));
    Ok(update.exec(db).await?.rows_affected == 1)
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

/// Ends all open sessions of a user and gives their ids. To be called once the user's sessions cannot grow, or with the knowledge that
/// one that begins meanwhile goes on.
pub(crate) async fn end_all(db: &impl ConnectionTrait, region: RegionId, user: UserId, now: Timestamp) -> Result<Vec<Uuid>> {
    use row::session::{ActiveModel, Column, Entity};
    let open = |now| {
        let of_user = Column::Region.eq(region).and(Column::UserId.eq(user));
        of_user.and(Column::EndedAt.is_null()).and(Column::ExpiresAt.gt(now))
    };
    let ids: Vec<Uuid> = Entity::find().select_only().column(Column::Id).filter(open(now)).into_tuple().all(db).await?;
    let ended = ActiveModel { ended_at: Set(Some(now)), ..Default::default() };
    for part in ids.chunks(IDS_PER_STATEMENT) {
        let update = Entity::update_many().set(ended.clone()).filter(open(now));
        update.filter(Column::Id.is_in(part.iter().copied())).exec(db).await?;
    }
    Ok(ids)
}

/// The sort key of [`ended_since`].
pub(crate) type ByEnd = (i64, Uuid);

/// Sessions of every region that were ended after `since`, and when; first ended, first.
pub(crate) async fn ended_since(
    db: &impl ConnectionTrait,
    since: Timestamp,
    page: &Page<ByEnd>,
) -> Result<(Vec<(Uuid, Timestamp)>, String)> {
    use row::session::{Column, Entity};
    let mut query = Entity::find().select_only().column(Column::Id).column(Column::EndedAt).filter(Column::EndedAt.gt(since));
    if let Some((at, id)) = &page.after {
        query = query.filter(after((Column::EndedAt.into_expr(), Column::Id.into_expr()), (*at, *id)));
    }
    let query = query.order_by_asc(Column::EndedAt).order_by_asc(Column::Id).limit(page.limit());
    let rows: Vec<(Uuid, Timestamp)> = query.into_tuple().all(db).await?;
    Ok(page.cut(rows, |(id, at)| (at.0, *id)))
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
