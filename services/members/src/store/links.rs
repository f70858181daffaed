//! Matches between workers, and the merger of two who are one person (D13).

use chassis::{
    error::Result,
    ids::{LinkProposalId, RegionId, UserId, WorkerId},
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Statement, Value,
    sea_query::{Condition, OnConflict},
};

use super::{known, person_row as row, row as row_of, row::worker, workers};
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

/// Counts an answer at the number of everybody with whom the worker has an open match, and gives how many each has by now. Whoever answers
/// about one of them at the same time waits until this transaction ends.
pub(crate) async fn guessed(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<Vec<(WorkerId, i32)>> {
    let sql = "INSERT INTO link_guess (region, worker, guesses) SELECT region, \
         CASE WHEN first_worker = $2 THEN second_worker ELSE first_worker END AS other, 1 FROM link_proposal \
         WHERE region = $1 AND state = $3 AND (first_worker = $2 OR second_worker = $2) ORDER BY other \
         ON CONFLICT (region, worker) DO UPDATE SET guesses = link_guess.guesses + 1 RETURNING worker, guesses";
    let values = [region.into(), worker.into(), ProposalState::Open.number().into()];
    let rows = db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    rows.iter().map(|row| Ok((row.try_get("", "worker")?, row.try_get("", "guesses")?))).collect()
}

/// Closes the worker's open matches with these others.
pub(crate) async fn close_with(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, others: &[WorkerId]) -> Result<u64> {
    use row::link_proposal::{ActiveModel, Column, Entity};
    if others.is_empty() {
        return Ok(0);
    }
    let others = || others.iter().copied();
    let with = Condition::any().add(Column::FirstWorker.is_in(others())).add(Column::SecondWorker.is_in(others()));
    let closed = ActiveModel { state: Set(ProposalState::Closed.number()), ..Default::default() };
    let update = Entity::update_many().set(closed).filter(of(region, worker)).filter(Column::State.eq(ProposalState::Open.number()));
    Ok(update.filter(with).exec(db).await?.rows_affected)
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
    execute(db, "DELETE FROM link_guess WHERE region = $1 AND worker = $2", vec![region.into(), merged.into()]).await?;
    let longer = "UPDATE worker SET big_number = m.big_number, big_valid_until = m.big_valid_until FROM worker AS m \
         WHERE worker.region = $1 AND worker.id = $2 AND m.region = $1 AND m.id = $3 AND m.big_valid_until IS NOT NULL \
         AND (worker.big_valid_until IS NULL OR worker.big_valid_until < m.big_valid_until)";
    execute(db, longer, values()).await.map(drop)
}

/// The user of the merged worker becomes another name of the kept worker's user, with its roles, its messages and the mail that waits, and
/// with how they reach it where the kept one has no address; who never signed in is forgotten. Where the kept worker has no user, the
/// other's becomes theirs.
pub(crate) async fn merge_users(db: &impl ConnectionTrait, region: RegionId, kept: WorkerId, merged: WorkerId) -> Result<Option<UserId>> {
    let user = async |worker: WorkerId| -> Result<Option<row_of::users::Model>> {
        use row_of::users::{Column, Entity};
        let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.eq(worker));
        Ok(query.lock_exclusive().one(db).await?)
    };
    let (Some(other), own) = (user(merged).await?, user(kept).await?) else { return Ok(None) };
    let (other, signed_in) = (other.id, other.issuer.is_some());
    let Some(own) = own.map(|own| own.id) else {
        execute(db, "UPDATE users SET worker = $2 WHERE region = $1 AND id = $3", vec![region.into(), kept.into(), other.into()]).await?;
        return Ok(Some(other));
    };
    for sql in OF_USER {
        execute(db, sql, vec![region.into(), other.into(), own.into()]).await?;
    }
    for sql in if signed_in { RENAMED } else { FORGOTTEN } {
        execute(db, sql, vec![region.into(), other.into(), own.into()]).await?;
    }
    Ok(Some(other))
}

/// What goes from a user to another one. Parameters: region, from whom, to whom; each statement names all three, as PostgreSQL wants it.
const OF_USER: &[&str] = &[
    "UPDATE ward SET lead_user = $3 WHERE region = $1 AND lead_user = $2",
    "DELETE FROM invitation WHERE region = $1 AND user_id = $2 AND user_id <> $3",
    "UPDATE message SET user_id = $3 WHERE region = $1 AND user_id = $2",
    "UPDATE mail SET user_id = $3 WHERE region = $1 AND user_id = $2",
    // Without an address the others of the kept one's settings mean nothing.
    "DELETE FROM message_settings WHERE region = $1 AND user_id = $3 AND email IS NULL AND EXISTS \
     (SELECT 1 FROM message_settings AS other WHERE other.region = $1 AND other.user_id = $2 AND other.email IS NOT NULL)",
    "UPDATE message_settings SET user_id = $3 WHERE region = $1 AND user_id = $2 AND NOT EXISTS \
     (SELECT 1 FROM message_settings AS own WHERE own.region = $1 AND own.user_id = $3)",
    "DELETE FROM message_settings WHERE region = $1 AND user_id = $2 AND user_id <> $3",
];

/// The same of a user who never signed in and is no longer.
const FORGOTTEN: &[&str] = &[
    "DELETE FROM user_role WHERE region = $1 AND user_id = $2 AND user_id <> $3",
    "DELETE FROM users WHERE region = $1 AND id = $2 AND id <> $3",
];

/// The same of a user who is another name from now on. Roles that both have stay the one's; the others come after them.
const RENAMED: &[&str] = &[
    "UPDATE user_role SET user_id = $3, position = position + 1 + \
     (SELECT COALESCE(MAX(own.position), 0) FROM user_role AS own WHERE own.region = $1 AND own.user_id = $3) WHERE region = $1 AND user_id = $2 AND NOT EXISTS \
     (SELECT 1 FROM user_role AS own WHERE own.region = $1 AND own.user_id = $3 AND own.role = user_role.role \
     AND COALESCE(CAST(own.organisation AS TEXT), '') = COALESCE(CAST(user_role.organisation AS TEXT), ''))",
    "DELETE FROM user_role WHERE region = $1 AND user_id = $2 AND user_id <> $3",
    "UPDATE users SET worker = NULL, merged_into = $3 WHERE region = $1 AND id = $2",
    "UPDATE users SET merged_into = $3 WHERE region = $1 AND merged_into = $2",
];
