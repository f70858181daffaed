//! When somebody cannot work, and what rosters must keep to. Nothing here keeps or tells why, or who said so (D7): no column, no event, no
//! log line; and the events stand outside the trace of the call that made them.

use bus::log;
use chassis::{
    caller::Call,
    db::Db,
    error::{Error, Result},
    file_reads,
    ids::{ScheduleConstraintId, UnavailabilityId, WorkerId},
    page::Page,
};
use prost::{Message, Name};
use proto::members::Reason;
use sea_orm::ConnectionTrait;

use super::workers::require_close;
use crate::{
    domain::unavailability::{Away, AwayChange, Constraint, MAX_PERIODS, NewConstraint, Unavailability},
    events,
    store::{
        refusal,
        unavailability::{self as store, ByBegin},
        workers,
    },
};

fn changed_meanwhile() -> Error {
    Error::Refused(refusal(Reason::ChangedMeanwhile))
}

async fn tell<M: Message + Name>(txn: &impl ConnectionTrait, call: &Call, worker: WorkerId, message: &M) -> Result<()> {
    log::append_all(txn, vec![log::Row::new(call.region, call.now, worker.0, message).untraced()]).await
}

pub(crate) async fn create(txn: &impl ConnectionTrait, call: &Call, worker: WorkerId, away: Away) -> Result<Unavailability> {
    let worker = workers::lock(txn, call.region, worker).await?;
    require_close(txn, call, worker).await?;
    if store::count(txn, call.region, worker, call.now).await? >= MAX_PERIODS {
        return Err(Error::Refused(refusal(Reason::TooMany).with("limit", MAX_PERIODS)));
    }
    let new = Unavailability { id: UnavailabilityId::new(), worker, away, revision: 0 };
    store::insert(txn, call.region, &new).await?;
    tell(txn, call, worker, &events::worker_unavailable(&new)).await?;
    Ok(new)
}

/// The period with its worker locked.
async fn find(txn: &impl ConnectionTrait, call: &Call, id: UnavailabilityId) -> Result<Unavailability> {
    let not_found = || Error::NotFound("unavailability");
    let found = store::find(txn, call.region, id).await?.ok_or_else(not_found)?;
    let worker = workers::lock(txn, call.region, found.worker).await?;
    require_close(txn, call, worker).await.map_err(|error| match error {
        Error::NotFound(_) => not_found(),
        other => other,
    })?;
    store::find(txn, call.region, id).await?.ok_or_else(not_found)
}

pub(crate) async fn update(
    txn: &impl ConnectionTrait,
    call: &Call,
    id: UnavailabilityId,
    etag: &str,
    change: AwayChange,
) -> Result<Unavailability> {
    let found = find(txn, call, id).await?;
    if etag != found.revision.to_string() {
        return Err(changed_meanwhile());
    }
    let away = change.applied(found.away).ok_or_else(|| Error::invalid("unavailability.until", "is not after the start"))?;
    if away == found.away {
        return Ok(found);
    }
    let changed = Unavailability { away, revision: found.revision + 1, ..found };
    store::update(txn, call.region, &changed).await?;
    tell(txn, call, changed.worker, &events::unavailability_changed(&changed)).await?;
    Ok(changed)
}

pub(crate) async fn withdraw(txn: &impl ConnectionTrait, call: &Call, id: UnavailabilityId) -> Result<()> {
    let found = find(txn, call, id).await?;
    store::delete(txn, call.region, id).await?;
    let gone = Unavailability { revision: found.revision + 1, ..found };
    tell(txn, call, gone.worker, &events::unavailability_withdrawn(&gone)).await
}

/// The read is noted before the answer (D17).
pub(crate) async fn list(db: &Db, call: &Call, worker: WorkerId, page: &Page<ByBegin>) -> Result<(Vec<Unavailability>, String)> {
    let worker = workers::kept(db.read(), call.region, worker).await?;
    require_close(db.read(), call, worker).await?;
    let found = store::list(db.read(), call.region, worker, call.now, page).await?;
    file_reads::note(db, call, "UnavailabilityService/ListUnavailabilities", [worker]).await?;
    Ok(found)
}

/// The read is noted before the answer (D17).
pub(crate) async fn constraints(db: &Db, call: &Call, worker: WorkerId) -> Result<(Vec<Constraint>, i64)> {
    let worker = workers::kept(db.read(), call.region, worker).await?;
    require_close(db.read(), call, worker).await?;
    let found = store::constraints(db.read(), call.region, worker).await?;
    file_reads::note(db, call, "ScheduleConstraintService/GetScheduleConstraints", [worker]).await?;
    Ok(found)
}

pub(crate) async fn set_constraints(
    txn: &impl ConnectionTrait,
    call: &Call,
    worker: WorkerId,
    etag: &str,
    new: Vec<NewConstraint>,
) -> Result<(Vec<Constraint>, i64)> {
    let worker = workers::lock(txn, call.region, worker).await?;
    require_close(txn, call, worker).await?;
    let (_, revision) = store::constraints(txn, call.region, worker).await?;
    if etag != revision.to_string() {
        return Err(changed_meanwhile());
    }
    let constraint = |about| Constraint { id: ScheduleConstraintId::new(), worker, about };
    let constraints: Vec<Constraint> = new.into_iter().map(constraint).collect();
    store::set_constraints(txn, call.region, worker, &constraints, revision + 1).await?;
    tell(txn, call, worker, &events::schedule_constraints_changed(worker, &constraints)).await?;
    Ok((constraints, revision + 1))
}
