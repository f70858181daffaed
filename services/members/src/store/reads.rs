//! Who saw whose file (D17).

use std::collections::{BTreeSet, HashMap};

use chassis::{
    caller::Call,
    error::{Error, Result},
    ids::{OrganisationId, RegionId, WorkerId, timed_uuid},
    page::Page,
    time::Timestamp,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait, sea_query::Condition,
};
use uuid::Uuid;

use super::{before, row};
use crate::domain::reads::{FileRead, Filter};

/// The sort key of the list: when and id, newest first.
pub(crate) type ByTime = (i64, Uuid);

/// Far below what a statement of either database may hold.
const ROWS_PER_STATEMENT: usize = 500;

/// Notes that the caller is about to see the files of these workers: one row for the whole response, committed before it goes out.
/// What people see of themselves is not noted.
pub(crate) async fn note(db: &impl ConnectionTrait, call: &Call, method: &'static str, subjects: &[WorkerId]) -> Result<()> {
    let own = call.caller.worker;
    let subjects: Vec<String> = subjects.iter().filter(|id| own != Some(**id)).map(ToString::to_string).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    let organisations: BTreeSet<String> =
        call.caller.grants.iter().filter_map(|grant| grant.organisation).map(|id| id.to_string()).collect();
    let id = timed_uuid();
    // By whom it is found comes first: without the row itself it means nothing, and a row is never without it.
    let about: BTreeSet<&String> = subjects.iter().chain(&organisations).collect();
    let about: Vec<row::file_read_about::ActiveModel> = about
        .into_iter()
        .map(|about| row::file_read_about::Model { region: call.region, about: about.clone(), at: call.now, id }.into_active_model())
        .collect();
    for part in about.chunks(ROWS_PER_STATEMENT) {
        row::file_read_about::Entity::insert_many(part.iter().cloned()).exec_without_returning(db).await?;
    }
    let model = row::file_read::Model {
        region: call.region,
        id,
        at: call.now,
        caller: call.caller.subject.to_string(),
        method: method.to_owned(),
        subjects: json(&subjects)?,
        organisations: json(&organisations)?,
    };
    row::file_read::Entity::insert(model.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

fn json(list: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(list).map_err(|error| Error::Internal(Box::new(error)))
}

/// The reads that the filter names, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    region: RegionId,
    filter: &Filter,
    page: &Page<ByTime>,
) -> Result<(Vec<FileRead>, String)> {
    let about: Vec<String> = filter.about();
    let Some((first, others)) = about.split_first() else { return list_all(db, region, filter, page).await };
    use row::file_read_about::{Column, Entity};
    let mut query = Entity::find().filter(Column::Region.eq(region)).filter(Column::About.eq(first));
    query = query.filter(within(Column::At, filter));
    for other in others {
        let those = Entity::find().select_only().column(Column::Id).filter(Column::Region.eq(region)).filter(Column::About.eq(other));
        query = query.filter(Column::Id.in_subquery(those.into_query()));
    }
    if let Some((at, id)) = &page.after {
        query = query.filter(before((Column::At.into_expr(), Column::Id.into_expr()), (*at, *id)));
    }
    let found = query.order_by_desc(Column::At).order_by_desc(Column::Id).limit(page.limit()).all(db).await?;
    let (found, next) = page.cut(found, |row| (row.at.0, row.id));
    let ids: Vec<Uuid> = found.iter().map(|row| row.id).collect();
    use row::file_read;
    let rows = file_read::Entity::find().filter(file_read::Column::Region.eq(region)).filter(file_read::Column::Id.is_in(ids.clone()));
    let mut rows: HashMap<Uuid, file_read::Model> = rows.all(db).await?.into_iter().map(|row| (row.id, row)).collect();
    let reads = ids.iter().filter_map(|id| rows.remove(id)).map(read).collect::<Result<_>>()?;
    Ok((reads, next))
}

async fn list_all(db: &impl ConnectionTrait, region: RegionId, filter: &Filter, page: &Page<ByTime>) -> Result<(Vec<FileRead>, String)> {
    use row::file_read::{Column, Entity};
    let mut query = Entity::find().filter(Column::Region.eq(region)).filter(within(Column::At, filter));
    if let Some((at, id)) = &page.after {
        query = query.filter(before((Column::At.into_expr(), Column::Id.into_expr()), (*at, *id)));
    }
    let rows = query.order_by_desc(Column::At).order_by_desc(Column::Id).limit(page.limit()).all(db).await?;
    let (rows, next) = page.cut(rows, |row| (row.at.0, row.id));
    Ok((rows.into_iter().map(read).collect::<Result<_>>()?, next))
}

fn within(at: impl ColumnTrait, filter: &Filter) -> Condition {
    let from = filter.from.map(|from: Timestamp| at.gte(from));
    let until = filter.until.map(|until: Timestamp| at.lt(until));
    Condition::all().add_option(from).add_option(until)
}

fn read(row: row::file_read::Model) -> Result<FileRead> {
    let list = |text: &str| serde_json::from_str::<Vec<String>>(text).map_err(|error| Error::Internal(Box::new(error)));
    let unknown = || Error::internal("a stored id is none");
    Ok(FileRead {
        at: row.at,
        reader: row.caller,
        method: row.method,
        workers: list(&row.subjects)?.iter().map(|id| id.parse().ok()).collect::<Option<Vec<WorkerId>>>().ok_or_else(unknown)?,
        organisations: list(&row.organisations)?
            .iter()
            .map(|id| id.parse().ok())
            .collect::<Option<Vec<OrganisationId>>>()
            .ok_or_else(unknown)?,
    })
}
