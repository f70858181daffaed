//! Matches between workers, and the merger of two who are one person (D13).

use chassis::{
    error::Result,
    ids::{LinkProposalId, RegionId, UserId, WorkerId},
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
    sea_query::{Condition, OnConflict},
};

use super::{known, person_row as row, row::worker, workers};
use crate::domain::{
    link::{Proposal, ProposalState},
    worker::Worker,
};

/// So many people born on one day are looked at.
pub(super) const SAME_DAY: u64 = 200;

/// Workers born on the same day as this one, but those who were merged.
pub(crate) async fn born_with(db: &impl ConnectionTrait, region: RegionId, of: &Worker) -> Result<Vec<Worker>> {
    use worker::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::BirthDate.eq(of.person.birth_date));
    let query = query.filter(Column::MergedInto.is_null()).filter(Column::Id.ne(of.id)).order_by_asc(Column::Id).limit(SAME_DAY);
    query.all(db).await?.into_iter().map(workers::worker).collect()
}

/// Adds a match, unless the two were matched before.
pub(crate) async fn propose(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, proposal: &Proposal) -> Result<()> {
    use row::link_proposal::{Column, Entity};
    let known = OnConflict::columns([Column::Region, Column::FirstWorker, Column::SecondWorker]).do_nothing().to_owned();
    let model = model(region, now, proposal).into_active_model();
    Entity::insert(model).on_conflict(known).exec_without_returning(db).await?;
    Ok(())
}

/// The row of a new match.
pub(super) fn model(region: RegionId, now: Timestamp, proposal: &Proposal) -> row::link_proposal::Model {
    let Proposal { id, first, second, state, confirmed, tries } = *proposal;
    row::link_proposal::Model {
        region,
        id,
        first_worker: first,
        second_worker: second,
        state: state.number(),
        confirmed_by: confirmed,
        tries,
        proposed_at: now,
    }
}

fn of(region: RegionId, worker: WorkerId) -> Condition {
    use row::link_proposal::Column;
    let either = Condition::any().add(Column::FirstWorker.eq(worker)).add(Column::SecondWorker.eq(worker));
    Condition::all().add(Column::Region.eq(region)).add(either)
}

/// The worker's open matches, first found first.
pub(crate) async fn open(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<Vec<Proposal>> {
    use row::link_proposal::{Column, Entity};
    let query = Entity::find().filter(of(region, worker)).filter(Column::State.eq(ProposalState::Open.number()));
    query.order_by_asc(Column::Id).limit(crate::domain::link::MAX_PROPOSALS).all(db).await?.into_iter().map(proposal).collect()
}

/// How many matches the worker has, whatever came of them.
pub(crate) async fn count(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<u64> {
    Ok(row::link_proposal::Entity::find().filter(of(region, worker)).count(db).await?)
}

/// Counts answers to the worker's open matches. Whoever answers one of them at the same time waits until this transaction ends.
pub(crate) async fn tried(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, answers: i32) -> Result<()> {
    let sql = "UPDATE link_proposal SET tries = tries + $3 WHERE region = $1 AND state = $4 AND (first_worker = $2 OR second_worker = $2)";
    let values = vec![region.into(), worker.into(), answers.into(), ProposalState::Open.number().into()];
    execute(db, sql, values).await.map(drop)
}

/// Closes the worker's open matches with at least so many answers, and gives how many they were.
pub(crate) async fn close(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, tries: i32) -> Result<u64> {
    let sql = "UPDATE link_proposal SET state = $3 WHERE region = $1 AND state = $4 AND tries >= $5 AND (first_worker = $2 OR second_worker = $2)";
    let (closed, open) = (ProposalState::Closed.number(), ProposalState::Open.number());
    execute(db, sql, vec![region.into(), worker.into(), closed.into(), open.into(), tries.into()]).await
}

/// Notes who confirmed a match.
pub(crate) async fn confirmed(db: &impl ConnectionTrait, region: RegionId, id: LinkProposalId, by: WorkerId) -> Result<()> {
    execute(db, "UPDATE link_proposal SET confirmed_by = $3 WHERE region = $1 AND id = $2", vec![region.into(), id.into(), by.into()])
        .await
        .map(drop)
}

fn proposal(row: row::link_proposal::Model) -> Result<Proposal> {
    Ok(Proposal {
        id: row.id,
        first: row.first_worker,
        second: row.second_worker,
        state: known(ProposalState::from_number(row.state))?,
        confirmed: row.confirmed_by,
        tries: row.tries,
    })
}

async fn execute(db: &impl ConnectionTrait, sql: &str, values: Vec<Value>) -> Result<u64> {
    Ok(db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?.rows_affected())
}

/// Gives all that hangs on `merged` to `kept`. Both must be locked. Of two registrations the one that holds longer counts, as in the copies
/// of others.
pub(crate) async fn merge(db: &impl ConnectionTrait, region: RegionId, kept: WorkerId, merged: WorkerId) -> Result<()> {
    let values = || vec![Value::from(region), kept.into(), merged.into()];
    for sql in [
        "UPDATE employment SET worker = $2 WHERE region = $1 AND worker = $3",
        "UPDATE competence SET worker = $2 WHERE region = $1 AND worker = $3",
        "UPDATE unavailability SET worker = $2 WHERE region = $1 AND worker = $3",
        "UPDATE schedule_constraint SET worker = $2 WHERE region = $1 AND worker = $3",
        "UPDATE consent SET worker = $2 WHERE region = $1 AND worker = $3",
        "UPDATE message SET worker = $2 WHERE region = $1 AND worker = $3",
        "UPDATE ward SET lead_worker = $2 WHERE region = $1 AND lead_worker = $3",
        "UPDATE worker SET merged_into = $2 WHERE region = $1 AND (id = $3 OR merged_into = $3)",
    ] {
        execute(db, sql, values()).await?;
    }
    // A match names the lower id first, so that what is the other one's cannot be renamed: it is looked for anew.
    let matches = "DELETE FROM link_proposal WHERE region = $1 AND (first_worker = $2 OR second_worker = $2)";
    execute(db, matches, vec![region.into(), merged.into()]).await?;
    let longer = "UPDATE worker SET big_number = m.big_number, big_valid_until = m.big_valid_until FROM worker AS m \
         WHERE worker.region = $1 AND worker.id = $2 AND m.region = $1 AND m.id = $3 AND m.big_valid_until IS NOT NULL \
         AND (worker.big_valid_until IS NULL OR worker.big_valid_until < m.big_valid_until)";
    execute(db, longer, values()).await.map(drop)
}

/// The user of the merged worker becomes another name of the kept worker's user, with its roles; who never signed in is forgotten. Where
/// the kept worker has no user, the other's becomes theirs.
pub(crate) async fn merge_users(db: &impl ConnectionTrait, region: RegionId, kept: WorkerId, merged: WorkerId) -> Result<Option<UserId>> {
    let user = async |worker: WorkerId| -> Result<Option<(UserId, bool)>> {
        let sql = "SELECT id, issuer FROM users WHERE region = $1 AND worker = $2";
        let values = [Value::from(region), worker.into()];
        let row = db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
        row.map(|row| Ok((row.try_get("", "id")?, row.try_get::<Option<String>>("", "issuer")?.is_some()))).transpose()
    };
    let (Some((other, signed_in)), own) = (user(merged).await?, user(kept).await?) else { return Ok(None) };
    let Some((own, _)) = own else {
        execute(db, "UPDATE users SET worker = $2 WHERE region = $1 AND id = $3", vec![region.into(), kept.into(), other.into()]).await?;
        return Ok(Some(other));
    };
    let leads = "UPDATE ward SET lead_user = $3 WHERE region = $1 AND lead_user = $2";
    execute(db, leads, vec![region.into(), other.into(), own.into()]).await?;
    let values = || vec![Value::from(region), other.into()];
    for sql in ["DELETE FROM invitation WHERE region = $1 AND user_id = $2", "DELETE FROM mail WHERE region = $1 AND user_id = $2"] {
        execute(db, sql, values()).await?;
    }
    if !signed_in {
        execute(db, "DELETE FROM message_settings WHERE region = $1 AND user_id = $2", values()).await?;
        execute(db, "DELETE FROM user_role WHERE region = $1 AND user_id = $2", values()).await?;
        execute(db, "DELETE FROM users WHERE region = $1 AND id = $2", values()).await?;
        return Ok(Some(other));
    }
    // Roles that both have stay the one's; the others come after them.
    let roles = "UPDATE user_role SET user_id = $3, position = position + 1 + \
         (SELECT COALESCE(MAX(own.position), 0) FROM user_role AS own WHERE own.region = $1 AND own.user_id = $3) WHERE region = $1 AND user_id = $2 AND NOT EXISTS \
         (SELECT 1 FROM user_role AS own WHERE own.region = $1 AND own.user_id = $3 AND own.role = user_role.role \
         AND COALESCE(CAST(own.organisation AS TEXT), '') = COALESCE(CAST(user_role.organisation AS TEXT), ''))";
    execute(db, roles, vec![region.into(), other.into(), own.into()]).await?;
    execute(db, "DELETE FROM user_role WHERE region = $1 AND user_id = $2", values()).await?;
    execute(db, "UPDATE message SET user_id = $3 WHERE region = $1 AND user_id = $2", vec![region.into(), other.into(), own.into()])
        .await?;
    let whose = || vec![Value::from(region), other.into(), own.into()];
    let named = "UPDATE users SET worker = NULL, merged_into = $3 WHERE region = $1 AND id = $2";
    execute(db, named, whose()).await?;
    execute(db, "UPDATE users SET merged_into = $3 WHERE region = $1 AND merged_into = $2", whose()).await?;
    Ok(Some(other))
}
