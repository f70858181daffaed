//! An error as a log, a parked event or a span may tell it (D6). A database, a codec or another service may quote the data that it
//! stumbled over; of their errors only what names the place is told: codes, constraints, columns, lines.

use std::error::Error;

use sea_orm::{DbErr, RuntimeErr};
use tonic::Status;
use tonic_types::StatusExt;

/// PostgreSQL's classes of errors whose texts speak of statements, connections and the server, never of a row. Statements hold no data:
/// values are bound.
const ABOUT_NO_ROW: [&str; 7] = ["08", "25", "42", "53", "55", "57", "58"];
/// The same of SQLite: a wrong statement, a busy or broken file, no room.
const SQLITE_ABOUT_NO_ROW: [&str; 12] = ["1", "5", "6", "8", "10", "11", "13", "14", "26", "261", "517", "522"];

/// The error and what caused it, in one line without a word of the data.
pub fn told(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let (part, is_last) = part(error);
        if !text.ends_with(&part) {
            let between = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{between}{part}");
        }
        next = if is_last { None } else { error.source() };
    }
    text
}

/// What is told of one error, and whether nothing may be told of its causes.
fn part(error: &(dyn Error + 'static)) -> (String, bool) {
    if let Some(error) = error.downcast_ref::<DbErr>() {
        return (database(error), true);
    }
    if let Some(error) = error.downcast_ref::<sqlx::Error>() {
        return (client(error), true);
    }
    if let Some(error) = error.downcast_ref::<serde_json::Error>() {
        return (format!("JSON is wrong ({:?}) at line {}, column {}", error.classify(), error.line(), error.column()), true);
    }
    if let Some(status) = error.downcast_ref::<Status>() {
        let reason = status.get_details_error_info().map(|info| format!(" {}", info.reason)).unwrap_or_default();
        return (format!("answered {:?}{reason}", status.code()), true);
    }
    (error.to_string(), false)
}

fn database(error: &DbErr) -> String {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => client(error),
        DbErr::ConnectionAcquire(error) => format!("no database connection: {error}"),
        // Their texts are of the program.
        DbErr::Migration(text) | DbErr::Custom(text) => text.clone(),
        DbErr::RecordNotInserted | DbErr::RecordNotUpdated => error.to_string(),
        _ => "the database gave or was given what does not fit".to_owned(),
    }
}

fn client(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            let class = code.get(..2).filter(|_| code.len() == 5);
            let speaks_freely = class.is_some_and(|class| ABOUT_NO_ROW.contains(&class)) || SQLITE_ABOUT_NO_ROW.contains(&&*code);
            let of = |what: &str, name: Option<&str>| name.map(|name| format!(", {what} {name}")).unwrap_or_default();
            let place = of("constraint", error.constraint()) + &of("table", error.table());
            let words = if speaks_freely { format!(": {}", error.message()) } else { String::new() };
            format!("database error {code}{place}{words}")
        }
        sqlx::Error::Io(error) => format!("the database cannot be reached: {error}"),
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::RowNotFound => error.to_string(),
        sqlx::Error::ColumnDecode { index, .. } => format!("column {index} cannot be read"),
        sqlx::Error::ColumnNotFound(name) => format!("there is no column {name}"),
        _ => "the database client failed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Database};

    use super::*;
    use crate::error::Error as Crossing;

    #[tokio::test]
    async fn what_a_database_quotes_is_not_told_and_what_is_wrong_with_a_statement_is() {
        let db = Database::connect("sqlite::memory:").await.expect("a database in memory");
        db.execute_unprepared("CREATE TABLE person (name TEXT NOT NULL)").await.expect("a table");
        let trigger = "CREATE TRIGGER quoting BEFORE INSERT ON person BEGIN SELECT RAISE(ABORT, 'no room for Sam Jansen'); END";
        db.execute_unprepared(trigger).await.expect("a trigger");
        let error = db.execute_unprepared("INSERT INTO person VALUES ('Sam Jansen')").await.expect_err("the trigger");
        assert!(error.to_string().contains("Sam"), "the test is blind: {error}");
        assert_eq!(told(&error), "database error 1811");
        assert_eq!(told(&Crossing::from(error)), "internal error: database error 1811");
        let error = db.execute_unprepared("SELECT name FROM nobody").await.expect_err("no table");
        assert_eq!(told(&error), "database error 1: no such table: nobody");
    }

    #[test]
    fn what_a_codec_or_a_service_quotes_is_not_told() {
        let error = serde_json::from_str::<u32>("\"Sam Jansen\"").expect_err("no number");
        assert!(error.to_string().contains("Sam"), "the test is blind: {error}");
        assert_eq!(told(&error), "JSON is wrong (Data) at line 1, column 12");
        let status = Status::not_found("no Sam Jansen");
        assert_eq!(told(&Crossing::Internal(Box::new(status))), "internal error: answered NotFound");
        assert_eq!(told(&Crossing::internal("a field was dropped")), "internal error: a field was dropped");
    }
}
