//! Users, their roles and invitations.

use std::collections::{BTreeSet, HashMap};

use chassis::{
    caller::{Grant, Role},
    error::{Error, Result, violates},
    ids::{OrganisationId, RegionId, UserId, WorkerId},
    time::Timestamp,
};
use proto::members::Reason;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{known, refusal, row};
use crate::domain::identity::{INVITATION_TTL, Identity, NewUser, User};

/// Errors: `Exists` when the identity is another user's, in whatever region, or the worker has a user.
pub(crate) async fn insert(db: &impl ConnectionTrait, now: Timestamp, user: &User, identity: Option<&Identity>) -> Result<()> {
    let model = row::users::Model {
        region: user.region,
        id: user.id,
        display_name: user.about.display_name.clone(),
        worker: user.about.worker,
        issuer: identity.map(|identity| identity.issuer.clone()),
        subject: identity.map(|identity| identity.subject.clone()),
        created_at: now,
        merged_into: None,
    };
    row::users::Entity::insert(model.into_active_model()).exec_without_returning(db).await.map_err(taken)?;
    let roles = (0..).zip(&user.about.grants).map(|(position, grant)| {
        row::user_role::Model {
            region: user.region,
            user_id: user.id,
            position,
            role: grant.role.as_str().to_owned(),
            organisation: grant.organisation,
        }
        .into_active_model()
    });
    row::user_role::Entity::insert_many(roles).exec_without_returning(db).await?;
    Ok(())
}

fn taken(error: DbErr) -> Error {
    if violates(&error, "users_identity", "users.issuer, users.subject") {
        Error::Exists(refusal(Reason::IdentityTaken))
    } else if violates(&error, "users_worker", "users.region, users.worker") {
        Error::Exists(refusal(Reason::WorkerHasUser))
    } else {
        error.into()
    }
}

/// Gives a user that has none its identity. Errors: `Exists` as [`insert`].
pub(crate) async fn link(db: &impl ConnectionTrait, region: RegionId, user: UserId, identity: &Identity) -> Result<()> {
    use row::users::{ActiveModel, Column, Entity};
    let linked =
        ActiveModel { issuer: Set(Some(identity.issuer.clone())), subject: Set(Some(identity.subject.clone())), ..Default::default() };
    let update = Entity::update_many().set(linked).filter(Column::Region.eq(region)).filter(Column::Id.eq(user));
    let done = update.filter(Column::Issuer.is_null()).exec(db).await.map_err(taken)?;
    if done.rows_affected == 1 { Ok(()) } else { Err(Error::internal("an invitation for a user with an identity")) }
}

pub(crate) async fn find(db: &impl ConnectionTrait, region: RegionId, id: UserId) -> Result<Option<User>> {
    match row::users::Entity::find_by_id((region, id)).one(db).await? {
        Some(row) => user(db, row).await.map(Some),
        None => Ok(None),
    }
}

/// Keeps others from changing what hangs on the user until the transaction ends, and gives who that is by now (D13); `None` when there is
/// no such user.
pub(crate) async fn lock(db: &impl ConnectionTrait, region: RegionId, id: UserId) -> Result<Option<UserId>> {
    let mut id = match row::users::Entity::find_by_id((region, id)).one(db).await? {
        Some(found) => found.merged_into.unwrap_or(id),
        None => return Ok(None),
    };
    loop {
        let found = row::users::Entity::find_by_id((region, id)).lock_exclusive().one(db).await?;
        match found.map(|found| found.merged_into) {
            Some(Some(kept)) => id = kept,
            Some(None) => return Ok(Some(id)),
            None => return Ok(None),
        }
    }
}

/// Whether the user that is this worker has an identity.
pub(crate) async fn has_signed_in(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<bool> {
    use row::users::{Column, Entity};
    let found = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.eq(worker)).one(db).await?;
    Ok(found.is_some_and(|row| row.issuer.is_some()))
}

/// The user that is this worker.
pub(crate) async fn find_by_worker(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<Option<User>> {
    use row::users::{Column, Entity};
    match Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.eq(worker)).one(db).await? {
        Some(row) => user(db, row).await.map(Some),
        None => Ok(None),
    }
}

/// Who is a planner of an organisation, at most so many. Of users that became another one that one is told.
pub(crate) async fn planners(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    limit: u64,
) -> Result<BTreeSet<UserId>> {
    use row::user_role::{Column, Entity};
    let query = Entity::find().select_only().column(Column::UserId).distinct().filter(Column::Region.eq(region));
    let query = query.filter(Column::Organisation.eq(organisation)).filter(Column::Role.eq(Role::Planner.as_str()));
    let found: Vec<UserId> = query.order_by_asc(Column::UserId).limit(limit).into_tuple().all(db).await?;
    use row::users;
    let merged: Vec<(UserId, Option<UserId>)> = users::Entity::find()
        .select_only()
        .columns([users::Column::Id, users::Column::MergedInto])
        .filter(users::Column::Region.eq(region))
        .filter(users::Column::Id.is_in(found))
        .into_tuple()
        .all(db)
        .await?;
    Ok(merged.into_iter().map(|(id, into)| into.unwrap_or(id)).collect())
}

/// The user with this identity; its region follows from it.
pub(crate) async fn find_by_identity(db: &impl ConnectionTrait, identity: &Identity) -> Result<Option<User>> {
    use row::users::{Column, Entity};
    let query = Entity::find().filter(Column::Issuer.eq(&identity.issuer)).filter(Column::Subject.eq(&identity.subject));
    match query.one(db).await? {
        Some(row) => user(db, row).await.map(Some),
        None => Ok(None),
    }
}

/// What pages call these users, by the id as tokens name it; those that there are.
pub(crate) async fn names(db: &impl ConnectionTrait, region: RegionId, ids: Vec<UserId>) -> Result<HashMap<String, String>> {
    use row::users::{Column, Entity};
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let query = Entity::find().select_only().column(Column::Id).column(Column::DisplayName).filter(Column::Region.eq(region));
    let found: Vec<(UserId, String)> = query.filter(Column::Id.is_in(ids)).into_tuple().all(db).await?;
    Ok(found.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
}

/// The user of the row, or the one whose other name it is (D13).
async fn user(db: &impl ConnectionTrait, row: row::users::Model) -> Result<User> {
    let row = match row.merged_into {
        Some(into) => {
            let found = row::users::Entity::find_by_id((row.region, into)).one(db).await?;
            found.ok_or_else(|| Error::internal("the user whose other name this is is gone"))?
        }
        None => row,
    };
    use row::user_role::{Column, Entity};
    let roles = Entity::find()
        .filter(Column::Region.eq(row.region))
        .filter(Column::UserId.eq(row.id))
        .order_by_asc(Column::Position)
        .all(db)
        .await?;
    let grant = |role: row::user_role::Model| Ok(Grant { role: known(role.role.parse().ok())?, organisation: role.organisation });
    let grants = roles.into_iter().map(grant).collect::<Result<_>>()?;
    let about = NewUser { display_name: row.display_name, grants, worker: row.worker };
    Ok(User { region: row.region, id: row.id, about })
}

/// Forgets the invitations of a user who has no identity yet, so that their codes work no longer. Gives whether there is such a user,
/// who stays as is until the transaction ends: of two who invite at once, or one who invites and one who redeems, one waits.
pub(crate) async fn uninvite(db: &impl ConnectionTrait, region: RegionId, user: UserId) -> Result<bool> {
    use row::users::{Column, Entity};
    let held = Entity::update_many().col_expr(Column::Issuer, Column::Issuer.into_expr()).filter(Column::Region.eq(region));
    let held = held.filter(Column::Id.eq(user)).filter(Column::Issuer.is_null()).exec(db).await?;
    if held.rows_affected == 0 {
        return Ok(false);
    }
    use row::invitation;
    let old = invitation::Entity::delete_many().filter(invitation::Column::Region.eq(region));
    old.filter(invitation::Column::UserId.eq(user)).exec(db).await?;
    Ok(true)
}

/// Keeps the hash of a new invitation's code.
pub(crate) async fn invite(db: &impl ConnectionTrait, now: Timestamp, user: &User, id: Uuid, code_hash: Vec<u8>) -> Result<()> {
    let model = row::invitation::Model {
        region: user.region,
        id,
        user_id: user.id,
        code_hash,
        created_at: now,
        expires_at: now.plus(INVITATION_TTL),
        redeemed_at: None,
    };
    row::invitation::Entity::insert(model.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Id and hash of the code with which the user was invited last.
pub(crate) async fn invitation(db: &impl ConnectionTrait, region: RegionId, user: UserId) -> Result<Option<(Uuid, Vec<u8>)>> {
    use row::invitation::{Column, Entity};
    let found = Entity::find().filter(Column::Region.eq(region)).filter(Column::UserId.eq(user)).one(db).await?;
    Ok(found.map(|row| (row.id, row.code_hash)))
}

/// Uses up the invitation with this code and gives its user; `None` when it is unknown, used or expired. Of two at once one gets it.
pub(crate) async fn redeem(db: &impl ConnectionTrait, now: Timestamp, code_hash: &[u8]) -> Result<Option<(RegionId, UserId)>> {
    use row::invitation::{ActiveModel, Column, Entity};
    let Some(found) = Entity::find().filter(Column::CodeHash.eq(code_hash.to_vec())).one(db).await? else { return Ok(None) };
    let used = ActiveModel { redeemed_at: Set(Some(now)), ..Default::default() };
    let done = Entity::update_many()
        .set(used)
        .filter(Column::Region.eq(found.region))
        .filter(Column::Id.eq(found.id))
        .filter(Column::RedeemedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok((done.rows_affected == 1).then_some((found.region, found.user_id)))
}
