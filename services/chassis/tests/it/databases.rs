//! Fresh databases of both kinds, and what a transaction does when it meets another.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use chassis::{
    db::{Db, sqlite_url},
    error::Error,
    ids::random_uuid,
    mutation::RequestTable,
};
use sea_orm::{ConnectionTrait, DbErr, Statement};
use sea_orm_migration::{MigrationTrait, MigratorTrait, async_trait::async_trait, prelude::*};
use tempfile::TempDir;
use tokio::sync::Barrier;

/// The tables of the tests.
pub(crate) struct Tables;

impl MigratorTrait for Tables {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(RequestTable), Box::new(Counters)]
    }
}

struct Counters;

impl MigrationName for Counters {
    fn name(&self) -> &'static str {
        "m0002_counter"
    }
}

#[async_trait]
impl MigrationTrait for Counters {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared("CREATE TABLE counter (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)").await?;
        manager.get_connection().execute_unprepared("INSERT INTO counter VALUES (1, 0), (2, 0)").await?;
        Ok(())
    }
}

/// One migrated database of each kind; PostgreSQL when the test command says where it is.
pub(crate) async fn databases() -> (TempDir, Vec<Db>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut databases = vec![Db::connect(&sqlite_url(&folder.path().join("test.sqlite")), 4).await.expect("SQLite")];
    databases.extend(postgres().await);
    for db in &databases {
        db.migrate::<Tables>().await.expect("migrated");
    }
    (folder, databases)
}

#[expect(clippy::disallowed_methods, reason = "the test command's own variable, no setting")]
async fn postgres() -> Option<Db> {
    let server = std::env::var("REGIOPOOL_TEST_POSTGRES").ok()?;
    let name = format!("chassis_{}", random_uuid().simple());
    let admin = Db::connect(&server, 2).await.expect("PostgreSQL");
    admin.write().execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
    let (base, _) = server.rsplit_once('/').expect("an address with a database");
    Some(Db::connect(&format!("{base}/{name}"), 8).await.expect("PostgreSQL"))
}

/// What a counter shows.
pub(crate) async fn counted(db: &Db, id: i64) -> i64 {
    let sql = "SELECT n FROM counter WHERE id = $1";
    let row = db.read().query_one_raw(Statement::from_sql_and_values(db.backend(), sql, [id.into()])).await;
    row.expect("no error").expect("a row").try_get("", "n").expect("a number")
}

/// Counts one further.
pub(crate) async fn count(txn: &impl ConnectionTrait, id: i64) -> Result<(), Error> {
    let sql = "UPDATE counter SET n = n + 1 WHERE id = $1";
    txn.execute_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, [id.into()])).await?;
    Ok(())
}

#[tokio::test]
async fn an_unmigrated_schema_is_refused_and_migrating_twice_is_harmless() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::connect(&sqlite_url(&folder.path().join("test.sqlite")), 4).await.expect("SQLite");
    let error = db.require_migrated::<Tables>().await.expect_err("nothing is there");
    assert!(matches!(error, Error::Internal(source) if source.to_string().contains("m0001_chassis_request")));
    for _ in 0..2 {
        db.migrate::<Tables>().await.expect("migrated");
    }
    db.require_migrated::<Tables>().await.expect("up to date");
}

/// From the thread that a runtime blocks, as a process opens its databases: there what a pool does in the background begins first.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_file_opens_whatever_a_pool_does_in_the_background() {
    let folder = tempfile::tempdir().expect("a folder");
    for n in 0..500 {
        let url = sqlite_url(&folder.path().join(format!("{n}.sqlite")));
        Db::connect(&url, 4).await.expect("a new file opens").close().await.expect("it closes");
    }
}

#[tokio::test]
async fn several_processes_migrate_at_once() {
    let Some(db) = postgres().await else { return };
    let all = futures::future::join_all((0..3).map(|_| db.migrate::<Tables>())).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(counted(&db, 1).await, 0);
}

#[tokio::test]
async fn a_transaction_that_meets_another_is_repeated_but_not_forever() {
    let (_folder, databases) = databases().await;
    for db in databases {
        let tries = AtomicU32::new(0);
        let attempt = |succeeds_at: u32| {
            let number = tries.fetch_add(1, Ordering::SeqCst) + 1;
            async move { if number >= succeeds_at { Ok(number) } else { Err(Error::Repeat(DbErr::Custom("met another".to_owned()))) } }
        };
        assert_eq!(db.retry(|| attempt(3)).await.expect("the third works"), 3);
        tries.store(0, Ordering::SeqCst);
        assert!(matches!(db.retry(|| attempt(100)).await, Err(Error::Repeat(_))));
        assert_eq!(tries.load(Ordering::SeqCst), 6);
        tries.store(0, Ordering::SeqCst);
        let other = db
            .retry(|| async {
                tries.fetch_add(1, Ordering::SeqCst);
                Err::<(), _>(Error::Forbidden)
            })
            .await;
        assert!(matches!(other, Err(Error::Forbidden)));
        assert_eq!(tries.load(Ordering::SeqCst), 1);
    }
}

#[tokio::test]
async fn two_transactions_that_block_each_other_both_succeed() {
    let Some(db) = postgres().await else { return };
    db.migrate::<Tables>().await.expect("migrated");
    let (barrier, tries) = (Arc::new(Barrier::new(2)), Arc::new(AtomicU32::new(0)));
    let work = |first: i64, second: i64| {
        let (db, barrier, tries) = (db.clone(), barrier.clone(), tries.clone());
        async move {
            db.retry(|| async {
                let txn = db.begin().await?;
                count(&txn, first).await?;
                // The first time both hold one row and want the other's.
                if tries.fetch_add(1, Ordering::SeqCst) < 2 {
                    barrier.wait().await;
                }
                count(&txn, second).await?;
                db.commit(txn).await
            })
            .await
        }
    };
    let (one, other) = tokio::join!(work(1, 2), work(2, 1));
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    assert_eq!((counted(&db, 1).await, counted(&db, 2).await, tries.load(Ordering::SeqCst)), (2, 2, 3));
}

#[tokio::test]
async fn a_commit_is_announced_and_a_dropped_transaction_leaves_nothing() {
    let (_folder, databases) = databases().await;
    for db in databases {
        let announced = Arc::new(AtomicU32::new(0));
        db.on_commit({
            let announced = announced.clone();
            move || {
                announced.fetch_add(1, Ordering::SeqCst);
            }
        });
        let txn = db.begin().await.expect("a transaction");
        count(&txn, 1).await.expect("counted");
        drop(txn);
        assert_eq!((counted(&db, 1).await, announced.load(Ordering::SeqCst)), (0, 0));
        let txn = db.begin().await.expect("a transaction");
        count(&txn, 1).await.expect("counted");
        db.commit(txn).await.expect("committed");
        assert_eq!((counted(&db, 1).await, announced.load(Ordering::SeqCst)), (1, 1));
    }
}

/// A hang-up, a deadline, a consumer that lost its partition: whoever waits may be gone at any moment.
#[tokio::test]
async fn a_transaction_that_nobody_waits_for_any_more_is_not_left_open_in_the_pool() {
    let Some(db) = postgres().await else { return };
    for n in 0..60 {
        let mut beginning = std::pin::pin!(db.begin());
        for _ in 0..=n % 4 {
            if futures::poll!(beginning.as_mut()).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
    let sql = "SELECT COUNT(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'";
    let mut open = -1;
    // What just began may still be on its way back.
    for _ in 0..2000 {
        let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.expect("no error").expect("a row");
        open = row.try_get::<i64>("", "n").expect("a number");
        if open == 0 {
            return;
        }
    }
    panic!("{open} transactions are open and nobody knows of them");
}

#[tokio::test]
async fn another_kind_of_address_is_refused() {
    let error = Db::connect("mysql://host/db", 2).await.expect_err("another kind").to_string();
    assert_eq!(error, "invalid request: database is neither sqlite:… nor postgres://…");
}
