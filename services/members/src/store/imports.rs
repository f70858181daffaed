//! Many workers at once, with as few statements as can be.

use super::{
    employments::{self, employment},
    links::{SAME_DAY, model as proposal_row},
    person_row, row, workers,
};
use crate::domain::{
    link::Proposal,
    worker::{Competence, Employment, File, Worker},
};
use chassis::{
    error::{Error, Result},
    ids::{OrganisationId, RegionId, WorkerId},
    time::{LocalDate, Timestamp},
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, Statement, Value, sea_query::OnConflict,
};

/// So many rows go into one statement: SQLite takes 32,766 parameters. Full statements have one text, so that it is planned once.
const AT_ONCE: usize = 500;

/// The employments of an organisation that have one of these numbers.
pub(crate) async fn numbered(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    numbers: &[String],
) -> Result<Vec<Employment>> {
    use row::employment::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Organisation.eq(organisation));
    let rows = query.filter(Column::PersonnelNumber.is_in(numbers)).all(db).await?;
    rows.into_iter().map(employment).collect()
}

/// All employments of these workers, in the order in which they were recorded.
pub(crate) async fn employments_of(db: &impl ConnectionTrait, region: RegionId, ids: &[WorkerId]) -> Result<Vec<Employment>> {
    use row::employment::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.is_in(ids.iter().copied()));
    query.order_by_asc(Column::Id).all(db).await?.into_iter().map(employment).collect()
}

/// The portfolios of these workers, in the order in which they were recorded.
pub(crate) async fn competences_of(db: &impl ConnectionTrait, region: RegionId, ids: &[WorkerId]) -> Result<Vec<Competence>> {
    use row::competence::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.is_in(ids.iter().copied()));
    Ok(query.order_by_asc(Column::Id).all(db).await?.into_iter().map(workers::competence).collect())
}

/// Stores new workers with their employments and competences. Errors: `Repeat` when somebody gave one of the numbers at the same time.
pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, new: &[File]) -> Result<()> {
    let people = new.iter().map(|file| workers::model(region, now, &file.worker).into_active_model());
    row::worker::Entity::insert_many(people).exec_without_returning(db).await?;
    let contracts = new.iter().flat_map(|file| &file.employments);
    let contracts = contracts.map(|employment| employments::model(region, now, employment).into_active_model());
    let inserted = row::employment::Entity::insert_many(contracts).exec_without_returning(db).await;
    inserted.map_err(|error| if employments::is_number_taken(&error) { Error::Repeat(error) } else { error.into() })?;
    let skills: Vec<Competence> = new.iter().flat_map(|file| file.competences.iter().cloned()).collect();
    for part in skills.chunks(AT_ONCE) {
        workers::insert_competences(db, region, now, part).await?;
    }
    Ok(())
}

/// Workers born on one of these days, of each day as many as one new worker is compared with, but those who were merged.
pub(crate) async fn born_on(db: &impl ConnectionTrait, region: RegionId, days: &[LocalDate]) -> Result<Vec<Worker>> {
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (2..days.len() + 2).map(|n| format!("${n}")).collect();
    let sql = format!(
        "SELECT * FROM (SELECT worker.*, ROW_NUMBER() OVER (PARTITION BY birth_date ORDER BY id) AS place FROM worker \
         WHERE region = $1 AND merged_into IS NULL AND birth_date IN ({})) AS born WHERE place <= {SAME_DAY}",
        places.join(", ")
    );
    let values: Vec<Value> = std::iter::once(region.into()).chain(days.iter().map(|day| (*day).into())).collect();
    let query = row::worker::Entity::find().from_raw_sql(Statement::from_sql_and_values(db.get_database_backend(), sql, values));
    query.all(db).await?.into_iter().map(workers::worker).collect()
}

/// Adds matches, but those of two who were matched before.
pub(crate) async fn propose(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, proposals: &[Proposal]) -> Result<()> {
    use person_row::link_proposal::{Column, Entity};
    for part in proposals.chunks(AT_ONCE) {
        let rows = part.iter().map(|proposal| proposal_row(region, now, proposal).into_active_model());
        let known = OnConflict::columns([Column::Region, Column::FirstWorker, Column::SecondWorker]).do_nothing().to_owned();
        Entity::insert_many(rows).on_conflict(known).exec_without_returning(db).await?;
    }
    Ok(())
}
