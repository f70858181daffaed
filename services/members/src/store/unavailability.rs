//! When somebody cannot work, and what rosters must keep to.

use chassis::{
    error::{Error, Result},
    ids::{RegionId, UnavailabilityId, WorkerId},
    page::Page,
    time::Timestamp,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::Condition,
};

use super::{after, known, person_row as row, row::worker};
use crate::domain::unavailability::{Away, Constraint, ConstraintKind, NewConstraint, Unavailability};

/// The sort key of the list: begin and id.
pub(crate) type ByBegin = (i64, uuid::Uuid);

pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, new: &Unavailability) -> Result<()> {
    let Unavailability { id, worker, away, revision } = *new;
    let model = row::unavailability::Model { region, id, worker, from_at: away.from, until_at: away.until, revision };
    row::unavailability::Entity::insert(model.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

pub(crate) async fn find(db: &impl ConnectionTrait, region: RegionId, id: UnavailabilityId) -> Result<Option<Unavailability>> {
    row::unavailability::Entity::find_by_id((region, id)).one(db).await?.map(unavailability).transpose()
}

/// Writes when it is and its revision.
pub(crate) async fn update(db: &impl ConnectionTrait, region: RegionId, changed: &Unavailability) -> Result<()> {
    use row::unavailability::{ActiveModel, Column, Entity};
    let Unavailability { id, away, revision, .. } = *changed;
    let set = ActiveModel { from_at: Set(away.from), until_at: Set(away.until), revision: Set(revision), ..Default::default() };
    Entity::update_many().set(set).filter(Column::Region.eq(region)).filter(Column::Id.eq(id)).exec(db).await?;
    Ok(())
}

pub(crate) async fn delete(db: &impl ConnectionTrait, region: RegionId, id: UnavailabilityId) -> Result<()> {
    row::unavailability::Entity::delete_by_id((region, id)).exec(db).await?;
    Ok(())
}

fn not_over(now: Timestamp) -> Condition {
    use row::unavailability::Column::UntilAt;
    Condition::any().add(UntilAt.is_null()).add(UntilAt.gt(now))
}

/// How many periods of the worker are not over.
pub(crate) async fn count(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, now: Timestamp) -> Result<usize> {
    use row::unavailability::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.eq(worker)).filter(not_over(now));
    Ok(usize::try_from(query.count(db).await?).unwrap_or(usize::MAX))
}

/// The worker's periods that are not over.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    region: RegionId,
    worker: WorkerId,
    now: Timestamp,
    page: &Page<ByBegin>,
) -> Result<(Vec<Unavailability>, String)> {
    use row::unavailability::{Column, Entity};
    let mut query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.eq(worker)).filter(not_over(now));
    if let Some((from, id)) = &page.after {
        query = query.filter(after((Column::FromAt.into_expr(), Column::Id.into_expr()), (*from, *id)));
    }
    let rows = query.order_by_asc(Column::FromAt).order_by_asc(Column::Id).limit(page.limit()).all(db).await?;
    let (rows, next) = page.cut(rows, |row| (row.from_at.0, row.id.0));
    Ok((rows.into_iter().map(unavailability).collect::<Result<_>>()?, next))
}

/// All periods of these workers that are not over, by begin.
pub(crate) async fn of_all(
    db: &impl ConnectionTrait,
    region: RegionId,
    workers: &[WorkerId],
    now: Timestamp,
) -> Result<Vec<Unavailability>> {
    use row::unavailability::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.is_in(workers.iter().copied()));
    let rows = query.filter(not_over(now)).order_by_asc(Column::FromAt).order_by_asc(Column::Id).all(db).await?;
    rows.into_iter().map(unavailability).collect()
}

pub(crate) fn unavailability(row: row::unavailability::Model) -> Result<Unavailability> {
    let away = Away::new(row.from_at, row.until_at).ok_or_else(|| Error::internal("a stored period ends before it begins"))?;
    Ok(Unavailability { id: row.id, worker: row.worker, away, revision: row.revision })
}

/// The worker's constraints in the order in which they were set, and how often that was done.
pub(crate) async fn constraints(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<(Vec<Constraint>, i64)> {
    use row::schedule_constraint::{Column, Entity};
    let person = worker::Entity::find_by_id((region, worker)).one(db).await?.ok_or(Error::NotFound("worker"))?;
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.eq(worker)).order_by_asc(Column::Id);
    let constraints = query.all(db).await?.into_iter().map(constraint).collect::<Result<_>>()?;
    Ok((constraints, person.constraints_revision))
}

/// Puts these in the place of the worker's constraints.
pub(crate) async fn set_constraints(
    db: &impl ConnectionTrait,
    region: RegionId,
    worker: WorkerId,
    constraints: &[Constraint],
    revision: i64,
) -> Result<()> {
    use row::schedule_constraint::{Column, Entity, Model};
    Entity::delete_many().filter(Column::Region.eq(region)).filter(Column::Worker.eq(worker)).exec(db).await?;
    let rows = constraints.iter().map(|constraint| {
        let NewConstraint { kind, minutes, from, until } = constraint.about;
        Model { region, id: constraint.id, worker, kind: kind.number(), minutes, from_on: from, until_on: until }.into_active_model()
    });
    if !constraints.is_empty() {
        Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    let set = worker::ActiveModel { constraints_revision: Set(revision), ..Default::default() };
    let update = worker::Entity::update_many().set(set).filter(worker::Column::Region.eq(region));
    update.filter(worker::Column::Id.eq(worker)).exec(db).await?;
    Ok(())
}

pub(crate) fn constraint(row: row::schedule_constraint::Model) -> Result<Constraint> {
    let kind = known(ConstraintKind::from_number(row.kind))?;
    let about = NewConstraint { kind, minutes: row.minutes, from: row.from_on, until: row.until_on };
    Ok(Constraint { id: row.id, worker: row.worker, about })
}
