//! Employments, and why they ended.

use chassis::{
    auth::Reached,
    error::{Error, Result, violates},
    ids::{EmploymentId, OrganisationId, RegionId, WorkerId},
    page::Page,
    time::Timestamp,
};
use proto::members::Reason;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::{before, known, refusal, row};
use crate::domain::{
    employment::{Assessment, AssessmentResult, Exit, ExitDestination, ExitReason, Left},
    worker::{Employment, EmploymentKind, FunctionLevel, NewEmployment},
};

/// The sort key of who left: last day and id, newest first.
pub(crate) type ByEnd = (String, uuid::Uuid);

/// Errors: `Exists` when the organisation uses the personnel number.
pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, employment: &Employment) -> Result<()> {
    let model = model(region, now, employment).into_active_model();
    let inserted = row::employment::Entity::insert(model).exec_without_returning(db).await;
    inserted.map(drop).map_err(|error| taken(error, &employment.about))
}

/// The row of a new employment.
pub(super) fn model(region: RegionId, now: Timestamp, employment: &Employment) -> row::employment::Model {
    let about = &employment.about;
    let assessment = about.assessment.as_ref();
    row::employment::Model {
        region,
        id: employment.id,
        worker: employment.worker,
        organisation: about.organisation,
        personnel_number: about.personnel_number.clone(),
        function_level: about.function_level.number(),
        kind: about.kind.number(),
        minutes_per_week: about.minutes_per_week,
        from_on: about.from,
        until_on: about.until,
        created_at: now,
        revision: employment.revision,
        cost_centre: about.cost_centre.clone(),
        assessment_result: assessment.map(|assessment| assessment.result.number()),
        assessed_on: assessment.map(|assessment| assessment.assessed_on),
        assessed_by: assessment.map(|assessment| assessment.recorded_by.clone()),
        exit_reason: employment.exit.map(|exit| exit.reason.number()),
        exit_destination: employment.exit.map(|exit| exit.destination.number()),
    }
}

/// Writes everything that can change. Errors: as [`insert`].
pub(crate) async fn update(db: &impl ConnectionTrait, region: RegionId, employment: &Employment) -> Result<()> {
    use row::employment::{ActiveModel, Column, Entity};
    let about = &employment.about;
    let assessment = about.assessment.as_ref();
    let set = ActiveModel {
        personnel_number: Set(about.personnel_number.clone()),
        function_level: Set(about.function_level.number()),
        kind: Set(about.kind.number()),
        minutes_per_week: Set(about.minutes_per_week),
        from_on: Set(about.from),
        until_on: Set(about.until),
        revision: Set(employment.revision),
        cost_centre: Set(about.cost_centre.clone()),
        assessment_result: Set(assessment.map(|assessment| assessment.result.number())),
        assessed_on: Set(assessment.map(|assessment| assessment.assessed_on)),
        assessed_by: Set(assessment.map(|assessment| assessment.recorded_by.clone())),
        exit_reason: Set(employment.exit.map(|exit| exit.reason.number())),
        exit_destination: Set(employment.exit.map(|exit| exit.destination.number())),
        ..Default::default()
    };
    let update = Entity::update_many().set(set).filter(Column::Region.eq(region)).filter(Column::Id.eq(employment.id));
    update.exec(db).await.map(drop).map_err(|error| taken(error, about))
}

/// Whether a statement failed because the organisation uses the personnel number.
pub(super) fn is_number_taken(error: &DbErr) -> bool {
    violates(error, "employment_personnel_number", "employment.region, employment.organisation, employment.personnel_number")
}

fn taken(error: DbErr, about: &NewEmployment) -> Error {
    if is_number_taken(&error) {
        Error::Exists(refusal(Reason::PersonnelNumberTaken).with("personnel_number", &about.personnel_number))
    } else {
        error.into()
    }
}

pub(crate) async fn find(db: &impl ConnectionTrait, region: RegionId, id: EmploymentId) -> Result<Option<Employment>> {
    row::employment::Entity::find_by_id((region, id)).one(db).await?.map(employment).transpose()
}

/// Those of a worker, in the order in which they were recorded.
pub(crate) async fn of(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId) -> Result<Vec<Employment>> {
    use row::employment::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Worker.eq(worker)).order_by_asc(Column::Id);
    query.all(db).await?.into_iter().map(employment).collect()
}

/// Which of these workers have or had this personnel number at the organisation; case does not matter.
pub(crate) async fn numbered(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    number: &str,
    workers: &[WorkerId],
) -> Result<Vec<WorkerId>> {
    use row::employment::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Organisation.eq(organisation));
    let found = query.filter(Column::Worker.is_in(workers.iter().copied())).all(db).await?;
    Ok(found.into_iter().filter(|row| row.personnel_number.eq_ignore_ascii_case(number)).map(|row| row.worker).collect())
}

/// The employments at one organisation in order of personnel number, which is unique there.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: Reached<OrganisationId>,
    page: &Page<String>,
) -> Result<(Vec<Employment>, String)> {
    use row::employment::{Column, Entity};
    let mut query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Organisation.eq(*organisation));
    if let Some(number) = &page.after {
        query = query.filter(Column::PersonnelNumber.gt(number.as_str()));
    }
    let rows = query.order_by_asc(Column::PersonnelNumber).limit(page.limit()).all(db).await?;
    let (rows, next) = page.cut(rows, |row| row.personnel_number.clone());
    Ok((rows.into_iter().map(employment).collect::<Result<_>>()?, next))
}

/// Who left one organisation, the latest first.
pub(crate) async fn exits(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: Reached<OrganisationId>,
    page: &Page<ByEnd>,
) -> Result<(Vec<Left>, String)> {
    use row::employment::{Column, Entity};
    let mut query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Organisation.eq(*organisation));
    query = query.filter(Column::ExitReason.is_not_null());
    if let Some((until, id)) = &page.after {
        query = query.filter(before((Column::UntilOn.into_expr(), Column::Id.into_expr()), (until.as_str(), *id)));
    }
    let rows = query.order_by_desc(Column::UntilOn).order_by_desc(Column::Id).limit(page.limit()).all(db).await?;
    let until = |row: &row::employment::Model| row.until_on.map(|day| day.to_string()).unwrap_or_default();
    let (rows, next) = page.cut(rows, |row| (until(row), row.id.0));
    let left = |row: row::employment::Model| {
        let (until, employment) = (row.until_on, employment(row)?);
        let left =
            until.zip(employment.exit).map(|(left_on, exit)| Left { employment: employment.id, worker: employment.worker, left_on, exit });
        left.ok_or_else(|| Error::internal("an employment was ended on no day"))
    };
    Ok((rows.into_iter().map(left).collect::<Result<_>>()?, next))
}

pub(crate) fn employment(row: row::employment::Model) -> Result<Employment> {
    let assessment = match (row.assessment_result, row.assessed_on, row.assessed_by) {
        (Some(result), Some(assessed_on), Some(recorded_by)) => {
            Some(Assessment { result: known(AssessmentResult::from_number(result))?, assessed_on, recorded_by })
        }
        (None, None, None) => None,
        _ => return Err(Error::internal("half an assessment is stored")),
    };
    let exit = match (row.exit_reason, row.exit_destination) {
        (Some(reason), Some(destination)) => {
            Some(Exit { reason: known(ExitReason::from_number(reason))?, destination: known(ExitDestination::from_number(destination))? })
        }
        _ => None,
    };
    let about = NewEmployment {
        organisation: row.organisation,
        personnel_number: row.personnel_number,
        function_level: known(FunctionLevel::from_number(row.function_level))?,
        kind: known(EmploymentKind::from_number(row.kind))?,
        minutes_per_week: row.minutes_per_week,
        cost_centre: row.cost_centre,
        from: row.from_on,
        until: row.until_on,
        assessment,
    };
    Ok(Employment { id: row.id, worker: row.worker, about, revision: row.revision, exit })
}
