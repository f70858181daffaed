//! The two tables of the record: the reads, and by whom each is found.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Statement, Value,
    sea_query::{Condition, Expr, ExprTrait},
};
use uuid::Uuid;

use super::{ByTime, FileRead, Filter};
use crate::{
    caller::Call,
    db::Db,
    error::{Error, Result},
    frame::Frame,
    ids::{FileReadId, RegionId, WorkerId},
    page::Page,
    time::{LocalDate, Timestamp},
};

const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);
/// So many rows are forgotten in one statement.
const FORGET_AT_ONCE: u64 = 1_000;

/// A response. `subjects` and `organisations` are JSON lists of ids.
#[allow(unreachable_pub, reason = "what sea-orm derives is pub")]
mod file_read {
    use sea_orm::entity::prelude::*;

    use crate::{
        ids::{FileReadId, RegionId},
        time::Timestamp,
    };

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "file_read")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: FileReadId,
        pub at: Timestamp,
        pub caller: String,
        pub method: String,
        pub subjects: String,
        pub organisations: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// The same response by what it is found by: a worker whose file was read, the reader, an organisation of the reader.
#[allow(unreachable_pub, reason = "what sea-orm derives is pub")]
mod file_read_about {
    use sea_orm::entity::prelude::*;

    use crate::{
        ids::{FileReadId, RegionId},
        time::Timestamp,
    };

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "file_read_about")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub region: RegionId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub about: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub at: Timestamp,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: FileReadId,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// Notes that the caller is about to see data of these workers: one row for the whole response, committed when this returns. What people
/// see of themselves is not noted. One round trip on PostgreSQL, one transaction on SQLite, however many they are.
pub async fn note(db: &Db, call: &Call, method: &'static str, subjects: impl IntoIterator<Item = WorkerId>) -> Result<()> {
    if db.backend() == DbBackend::Postgres {
        return note_within(db.write(), call, method, subjects).await;
    }
    let txn = db.begin().await?;
    note_within(&txn, call, method, subjects).await?;
    // Nothing is in the log: nobody needs to be told.
    Ok(txn.commit().await?)
}

/// The same for a change that answers with such data, within its transaction.
pub async fn note_within(
    txn: &impl ConnectionTrait,
    call: &Call,
    method: &'static str,
    subjects: impl IntoIterator<Item = WorkerId>,
) -> Result<()> {
    let backend = txn.get_database_backend();
    let own = call.caller.worker;
    let mut seen = HashSet::new();
    let subjects = subjects.into_iter().filter(|id| own != Some(*id) && seen.insert(*id));
    let subjects: Vec<String> = subjects.map(|id| id.to_string()).collect();
    if subjects.is_empty() {
        return Ok(());
    }
    let organisations: BTreeSet<String> =
        call.caller.grants.iter().filter_map(|grant| grant.organisation).map(|id| id.to_string()).collect();
    let caller = call.caller.subject.to_string();
    let about: BTreeSet<&String> = subjects.iter().chain(&organisations).chain([&caller]).collect();
    let about = json(&about)?;
    let id = FileReadId::new();
    let (subjects, organisations) = (json(&subjects)?, json(&organisations)?);
    let named: Vec<Value> = vec![call.region.into(), id.into(), call.now.into(), about.into()];
    let whole: Vec<Value> =
        vec![call.region.into(), id.into(), call.now.into(), caller.into(), method.into(), subjects.into(), organisations.into()];
    if backend == DbBackend::Postgres {
        let sql = format!("WITH named AS ({ABOUT} FROM json_array_elements_text($8::json) AS each(value)) {READ}");
        let values = whole.into_iter().chain(named.into_iter().skip(3));
        txn.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
        return Ok(());
    }
    txn.execute_raw(Statement::from_sql_and_values(backend, format!("{ABOUT} FROM json_each($4) WHERE true"), named)).await?;
    txn.execute_raw(Statement::from_sql_and_values(backend, READ, whole)).await?;
    Ok(())
}

const ABOUT: &str = "INSERT INTO file_read_about (region, about, at, id) SELECT $1, value, $3, $2";
const READ: &str = "INSERT INTO file_read (region, id, at, caller, method, subjects, organisations) VALUES ($1, $2, $3, $4, $5, $6, $7)";

fn json(list: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(list).map_err(|error| Error::Internal(Box::new(error)))
}

/// Everything that was noted about `merged` is found under `kept`, too (D13).
pub async fn merged(db: &impl ConnectionTrait, region: RegionId, kept: WorkerId, merged: WorkerId) -> Result<()> {
    let sql = "INSERT INTO file_read_about (region, about, at, id) \
               SELECT region, $3, at, id FROM file_read_about WHERE region = $1 AND about = $2 ON CONFLICT DO NOTHING";
    let values: [Value; 3] = [region.into(), merged.to_string().into(), kept.to_string().into()];
    db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?;
    Ok(())
}

/// The reads that the filter names, newest first.
pub(super) async fn list(
    db: &impl ConnectionTrait,
    region: RegionId,
    filter: &Filter,
    page: &Page<ByTime>,
) -> Result<(Vec<FileRead>, String)> {
    let about: Vec<String> = filter.about();
    let Some((first, others)) = about.split_first() else { return list_all(db, region, filter, page).await };
    use file_read_about::{Column, Entity};
    let mut query = Entity::find().filter(Column::Region.eq(region)).filter(Column::About.eq(first));
    query = query.filter(within(Column::At, Column::Id, filter, page));
    for other in others {
        let those = Entity::find().select_only().column(Column::Id).filter(Column::Region.eq(region)).filter(Column::About.eq(other));
        query = query.filter(Column::Id.in_subquery(those.into_query()));
    }
    let found = query.order_by_desc(Column::At).order_by_desc(Column::Id).limit(page.limit()).all(db).await?;
    let (found, next) = page.cut(found, |row| (row.at.0, row.id.0));
    let ids: Vec<FileReadId> = found.iter().map(|row| row.id).collect();
    let rows = file_read::Entity::find().filter(file_read::Column::Region.eq(region)).filter(file_read::Column::Id.is_in(ids.clone()));
    let mut rows: HashMap<Uuid, file_read::Model> = rows.all(db).await?.into_iter().map(|row| (row.id.0, row)).collect();
    let reads = ids.iter().filter_map(|id| rows.remove(&id.0)).map(|row| read(row, page)).collect::<Result<_>>()?;
    Ok((reads, next))
}

async fn list_all(db: &impl ConnectionTrait, region: RegionId, filter: &Filter, page: &Page<ByTime>) -> Result<(Vec<FileRead>, String)> {
    use file_read::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(within(Column::At, Column::Id, filter, page));
    let rows = query.order_by_desc(Column::At).order_by_desc(Column::Id).limit(page.limit()).all(db).await?;
    let (rows, next) = page.cut(rows, |row| (row.at.0, row.id.0));
    Ok((rows.into_iter().map(|row| read(row, page)).collect::<Result<_>>()?, next))
}

/// In the time of the filter and after what the page goes on from.
fn within(at: impl ColumnTrait, id: impl ColumnTrait, filter: &Filter, page: &Page<ByTime>) -> Condition {
    let from = filter.from.map(|from: Timestamp| at.gte(from));
    let until = filter.until.map(|until: Timestamp| at.lt(until));
    let after = page.after.map(|(when, after)| {
        let key = Expr::tuple([at.into_expr(), id.into_expr()]);
        key.lt(Expr::tuple([Expr::val(when), Expr::val(after)]))
    });
    Condition::all().add_option(from).add_option(until).add_option(after)
}

fn read(row: file_read::Model, page: &Page<ByTime>) -> Result<FileRead> {
    fn ids<T: std::str::FromStr>(text: &str) -> Result<Vec<T>> {
        let list = serde_json::from_str::<Vec<String>>(text).map_err(|error| Error::Internal(Box::new(error)))?;
        list.iter().map(|id| id.parse().ok()).collect::<Option<_>>().ok_or_else(|| Error::internal("a stored id is none"))
    }
    Ok(FileRead {
        workers: ids(&row.subjects)?,
        organisations: ids(&row.organisations)?,
        page_token: page.token(&(row.at.0, row.id.0)),
        id: row.id,
        at: row.at,
        reader: row.caller,
        method: row.method,
    })
}

/// Forgets what was noted before this moment; gives how many rows that were.
pub async fn forget(db: &Db, before: Timestamp) -> Result<u64> {
    // By what a read is found comes first: without the read it means nothing, and a read is never found by half of it.
    let about = "(region, about, at, id) IN (SELECT region, about, at, id FROM file_read_about";
    let read = "(region, id) IN (SELECT region, id FROM file_read";
    let mut forgotten = 0;
    for (table, which) in [("file_read_about", about), ("file_read", read)] {
        let sql = format!("DELETE FROM {table} WHERE {which} WHERE at < $1 ORDER BY at LIMIT {FORGET_AT_ONCE})");
        loop {
            let statement = Statement::from_sql_and_values(db.backend(), sql.as_str(), [before.into()]);
            let done = db.write().execute_raw(statement).await?.rows_affected();
            forgotten += done;
            if done < FORGET_AT_ONCE {
                break;
            }
        }
    }
    Ok(forgotten)
}

/// Forgets what is older than the setting says (AVG-06), as long as the process runs. Every service that notes reads calls it once.
pub fn forget_regularly(frame: &Frame, db: &Db) {
    let (clock, db) = (frame.clock.clone(), db.clone());
    let years = i32::try_from(frame.settings.access_log_years).unwrap_or(i32::MAX);
    frame.shutdown.every(FORGET_EVERY, move || {
        let (today, db) = (clock.now().local_date(), db.clone());
        async move {
            let Some(before) = before(today, years) else { return };
            if let Err(error) = forget(&db, before).await {
                tracing::warn!(%error, "the old record of who looked could not be forgotten; the next round tries again");
            }
        }
    });
}

fn before(today: LocalDate, years: i32) -> Option<Timestamp> {
    super::begin(today.plus_years(-years))
}
