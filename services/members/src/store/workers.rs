//! Workers and competences.

use chassis::{
    error::{Error, Result},
    ids::{RegionId, WorkerId},
    time::Timestamp,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::{employments, row};
use crate::domain::{
    span::Span,
    worker::{Competence, File, NewCompetence, Person, Registration, Worker},
};

pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, worker: &Worker) -> Result<()> {
    row::worker::Entity::insert(model(region, now, worker).into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// The row of a new worker.
pub(super) fn model(region: RegionId, now: Timestamp, worker: &Worker) -> row::worker::Model {
    let person = &worker.person;
    row::worker::Model {
        region,
        id: worker.id,
        first_name: person.first_name.clone(),
        last_name: person.last_name.clone(),
        birth_date: person.birth_date,
        postcode: person.postcode.clone(),
        big_number: person.registration.as_ref().map(|registration| registration.big_number.clone()),
        big_valid_until: person.registration.as_ref().map(|registration| registration.valid_until),
        created_at: now,
        merged_into: None,
        constraints_revision: 0,
    }
}

pub(crate) async fn insert_competences(
    db: &impl ConnectionTrait,
    region: RegionId,
    now: Timestamp,
    competences: &[Competence],
) -> Result<()> {
    if competences.is_empty() {
        return Ok(());
    }
    let rows = competences.iter().map(|competence| {
        let NewCompetence { code, valid } = &competence.about;
        row::competence::Model {
            region,
            id: competence.id,
            worker: competence.worker,
            code: code.clone(),
            valid_from: valid.from,
            valid_until: valid.until,
            created_at: now,
        }
        .into_active_model()
    });
    row::competence::Entity::insert_many(rows).exec_without_returning(db).await?;
    Ok(())
}

/// Who the worker is by now: of two that turned out to be one person, the kept one (D13). Errors: `NotFound`.
pub(crate) async fn kept(db: &impl ConnectionTrait, region: RegionId, id: WorkerId) -> Result<WorkerId> {
    let found = row::worker::Entity::find_by_id((region, id)).one(db).await?.ok_or(Error::NotFound("worker"))?;
    Ok(found.merged_into.unwrap_or(id))
}

/// Keeps others from changing what hangs on the worker until the transaction ends, and gives who the worker is by now (D13).
/// Errors: `NotFound`.
pub(crate) async fn lock(db: &impl ConnectionTrait, region: RegionId, id: WorkerId) -> Result<WorkerId> {
    let mut id = id;
    loop {
        let found = row::worker::Entity::find_by_id((region, id)).lock_exclusive().one(db).await?;
        match found.ok_or(Error::NotFound("worker"))?.merged_into {
            Some(kept) => id = kept,
            None => return Ok(id),
        }
    }
}

/// Everything about one worker.
pub(crate) async fn file(db: &impl ConnectionTrait, region: RegionId, id: WorkerId) -> Result<Option<File>> {
    let Some(row) = row::worker::Entity::find_by_id((region, id)).one(db).await? else { return Ok(None) };
    let employments = employments::of(db, region, id).await?;
    let competences = competences_of(db, region, id).await?;
    Ok(Some(File { worker: worker(row)?, employments, competences }))
}

/// In the order in which they were recorded.
pub(crate) async fn competences_of(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<Vec<Competence>> {
    use row::competence::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.eq(worker)).order_by_asc(Column::Id);
    Ok(query.all(db).await?.into_iter().map(competence).collect())
}

/// Those of the workers that there are, in no order.
pub(crate) async fn find_all(db: &impl ConnectionTrait, region: RegionId, ids: &[WorkerId]) -> Result<Vec<Worker>> {
    use row::worker::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Id.is_in(ids.iter().copied()));
    query.all(db).await?.into_iter().map(worker).collect()
}

pub(crate) fn worker(row: row::worker::Model) -> Result<Worker> {
    let registration = match (row.big_number, row.big_valid_until) {
        (Some(big_number), Some(valid_until)) => Some(Registration { big_number, valid_until }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => return Err(Error::internal("half a BIG registration is stored")),
    };
    let person =
        Person { first_name: row.first_name, last_name: row.last_name, birth_date: row.birth_date, postcode: row.postcode, registration };
    Ok(Worker { id: row.id, person })
}

pub(crate) fn competence(row: row::competence::Model) -> Competence {
    let valid = Span { from: row.valid_from, until: row.valid_until };
    Competence { id: row.id, worker: row.worker, about: NewCompetence { code: row.code, valid } }
}
