//! What the tests of every RPC have in common.

use std::{collections::BTreeMap, fmt::Debug};

use chassis::{db::Db, time::LocalDate};
use sea_orm::{ConnectionTrait, Statement};
use testkit::{Testbed, metadata, reason, violations};
use tonic::{Code, Status};

/// Every table that a request could leave something in.
const TABLES: &[&str] = &[
    "region",
    "organisation",
    "location",
    "ward",
    "agreement",
    "wage_cost",
    "works_council_decision",
    "pool",
    "pool_member",
    "worker",
    "employment",
    "competence",
    "unavailability",
    "schedule_constraint",
    "link_proposal",
    "consent",
    "message",
    "message_settings",
    "mail",
    "file_read",
    "file_read_about",
    "users",
    "user_role",
    "invitation",
    "session",
    "request",
    "event_log",
];

/// How many rows each table has.
pub(crate) async fn rows(db: &Db) -> BTreeMap<&'static str, i64> {
    let mut rows = BTreeMap::new();
    for table in TABLES {
        rows.insert(*table, count(db, &format!("SELECT COUNT(*) AS n FROM {table}")).await);
    }
    rows
}

/// The number `n` that a query gives.
pub(crate) async fn count(db: &Db, sql: &str) -> i64 {
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql.to_owned())).await.expect("a query");
    row.expect("a row").try_get("", "n").expect("a number")
}

/// A day.
pub(crate) fn day(text: &str) -> LocalDate {
    text.parse().expect("a day")
}

/// A day on the wire.
pub(crate) fn date(text: &str) -> Option<proto::Date> {
    Some(day(text).to_proto())
}

/// What makes a request wrong, and every violation that must be told, in order.
pub(crate) type Wrong<T> = (fn(&mut T), &'static [(&'static str, &'static str)]);

/// Sends the request wrong in each way and asserts what is told, and that nothing is left behind.
pub(crate) async fn refuses_what_is_wrong<T: Clone + Debug, R: Debug>(
    bed: &Testbed,
    good: &T,
    wrong: &[Wrong<T>],
    send: impl AsyncFn(T) -> Result<R, Status>,
) {
    let db = bed.db("members");
    let before = rows(&db).await;
    for (change, expected) in wrong {
        let mut request = good.clone();
        change(&mut request);
        let status = send(request.clone()).await.expect_err(&format!("{request:?}"));
        assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "INVALID_REQUEST"), "{request:?}");
        let found = violations(&status);
        let found: Vec<(&str, &str)> = found.iter().map(|(field, expected)| (field.as_str(), expected.as_str())).collect();
        assert_eq!(found, *expected, "{request:?}");
    }
    assert_eq!(rows(&db).await, before, "something was left behind");
}

/// Sends the request, again, and then another one under the same request id. Gives the answer.
pub(crate) async fn happens_once<T: Clone, R: Debug + PartialEq>(
    bed: &Testbed,
    request: &T,
    other: impl Fn(&mut T),
    send: impl AsyncFn(T) -> Result<R, Status>,
) -> R {
    let db = bed.db("members");
    let answer = send(request.clone()).await.expect("the first");
    let once = rows(&db).await;
    assert_eq!(send(request.clone()).await.expect("the repetition"), answer);
    let mut changed = request.clone();
    other(&mut changed);
    let status = send(changed).await.expect_err("another request under the same id");
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(violations(&status), [("request_id".to_owned(), "was used before for another request (D25)".to_owned())]);
    assert_eq!(rows(&db).await, once, "a repetition left something behind");
    answer
}

/// Asserts a refusal with this code, reason and metadata, after which every table is as it was.
pub(crate) async fn refuses<R: Debug>(
    bed: &Testbed,
    send: impl AsyncFnOnce() -> Result<R, Status>,
    code: Code,
    expected: &str,
    facts: &[(&str, &str)],
) {
    let db = bed.db("members");
    let before = rows(&db).await;
    let status = send().await.expect_err("a refusal");
    assert_refusal(&status, code, expected, facts);
    assert_eq!(rows(&db).await, before, "something was left behind");
}

/// Asserts code, reason and metadata.
pub(crate) fn assert_refusal(status: &Status, code: Code, expected: &str, facts: &[(&str, &str)]) {
    assert_eq!((status.code(), reason(status).as_str()), (code, expected), "{status:?}");
    let facts: BTreeMap<String, String> = facts.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    assert_eq!(metadata(status), facts);
}

/// Asserts that there is no such thing for the caller.
pub(crate) async fn not_found<R: Debug>(bed: &Testbed, what: &str, send: impl AsyncFnOnce() -> Result<R, Status>) {
    refuses(bed, send, Code::NotFound, "NOT_FOUND", &[("resource", what)]).await;
}

/// An id of this kind that nothing has.
pub(crate) fn unknown(prefix: &str) -> String {
    format!("{prefix}_{}", chassis::ids::random_uuid().simple())
}
