//! What is kept and how: the only place that knows columns.
//!
//! The statements are written out, once for both databases: the hot ones must be (D8), and the others then read the same way. Every one
//! begins with the region (D21). Enum values are stored as the numbers of the proto.

pub(crate) mod check;
mod check_claims;
mod check_timers;
pub(crate) mod claim;
pub(crate) mod conflict;
pub(crate) mod copy;
pub(crate) mod copy_absence;
pub(crate) mod eligible;
mod fact_rows;
pub(crate) mod facts;
pub(crate) mod facts_of_each;
pub(crate) mod outgoing;
pub(crate) mod roster;
pub(crate) mod shift;
pub(crate) mod timer;
pub(crate) mod wait;
pub(crate) mod wishes;

mod confirm;
pub(crate) use confirm::{Confirmation, Confirmed, confirm};

use chassis::{
    error::{Error, Result},
    time::Timestamp,
};
use sea_orm::{ConnectionTrait, DbErr, QueryResult, Statement, Value};

use crate::domain::calendar::Period;

/// The values of a statement, in the order of their numbers.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$(sea_orm::Value::from($value)),*] };
}
pub(crate) use values;

/// Runs a statement that gives no rows; gives how many it touched.
pub(crate) async fn execute(db: &impl ConnectionTrait, sql: impl Into<String>, values: Vec<Value>) -> Result<u64> {
    Ok(db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?.rows_affected())
}

/// Every row that a statement gives.
pub(crate) async fn all(db: &impl ConnectionTrait, sql: impl Into<String>, values: Vec<Value>) -> Result<Vec<QueryResult>> {
    Ok(db.query_all_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?)
}

/// The row that a statement gives, if it gives one.
pub(crate) async fn one(db: &impl ConnectionTrait, sql: impl Into<String>, values: Vec<Value>) -> Result<Option<QueryResult>> {
    Ok(db.query_one_raw(Statement::from_sql_and_values(db.get_database_backend(), sql, values)).await?)
}

/// That no connection came free in time is no defect: the caller is told to come again. Everything else stays what it is.
pub(crate) fn overloaded(error: Error) -> Error {
    match error {
        Error::Internal(source) if matches!(source.downcast_ref(), Some(DbErr::ConnectionAcquire(_))) => Error::Unavailable("database"),
        other => other,
    }
}

/// A stored number that stands for a value of an enum. Errors: `Internal` for one that this program does not know.
fn known<T>(value: Option<T>, what: &'static str) -> Result<T> {
    value.ok_or_else(|| Error::internal(format!("the database holds a {what} that this program does not know")))
}

/// The period in two columns.
fn period(starts_at: i64, ends_at: i64) -> Result<Period> {
    known(Period::new(Timestamp(starts_at), Timestamp(ends_at)), "period")
}

#[cfg(test)]
mod tests {
    use sea_orm::error::ConnAcquireErr;

    use super::*;

    #[test]
    fn a_wait_for_a_connection_that_was_too_long_is_no_defect() {
        let waited: Error = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout).into();
        assert!(matches!(overloaded(waited), Error::Unavailable("database")));
        let broken: Error = DbErr::Custom("broken".to_owned()).into();
        assert!(matches!(overloaded(broken), Error::Internal(_)));
    }
}
