//! One database of one service: SQLite or PostgreSQL, chosen by its address (D23, D24).
//!
//! SQLite has one writer and a few readers, so that writers queue here and not inside SQLite, where waiting costs far more; every
//! writing transaction begins `IMMEDIATE`, since an upgrade in the middle fails at once. PostgreSQL has one pool for both.

use std::{
    future::Future,
    sync::{Arc, OnceLock},
    time::Duration,
};

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use tokio_util::task::TaskTracker;

use crate::error::{Error, Result, told};

const RETRIES: u32 = 5;
/// Held on PostgreSQL while migrating, so that two processes that start at once take turns. An arbitrary number that nothing else uses.
const MIGRATION_LOCK: i64 = 0x5265_6769_6f70;

type Hook = Arc<OnceLock<Box<dyn Fn() + Send + Sync>>>;

/// The database of one service. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
    committed: Hook,
    changes: TaskTracker,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("backend", &self.backend()).finish_non_exhaustive()
    }
}

impl Db {
    /// Opens the database at `sqlite:…` or `postgres://…`, with at most `connections` to PostgreSQL. A missing SQLite file is made.
    /// Errors: `Unavailable` when the server cannot be reached; `Invalid` for another kind of address.
    pub async fn connect(url: &str, connections: u32) -> Result<Self> {
        let (reader, writer) = if url.starts_with("sqlite:") {
            // The writer first: alone, it makes the file and turns on its write-ahead log, which SQLite cannot wait for.
            let writer = sqlite(url, 1, true).await?;
            (sqlite(url, 4, false).await?, writer)
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let pool = open(url, connections, |_| {}).await?;
            (pool.clone(), pool)
        } else {
            return Err(Error::invalid("database", "is neither sqlite:… nor postgres://…"));
        };
        Ok(Self { reader, writer, committed: Arc::default(), changes: TaskTracker::new() })
    }

    /// Counts changes that are under way among the tasks of a process, so that it does not end before they do.
    #[must_use]
    pub fn tracked_by(self, tracker: &TaskTracker) -> Self {
        Self { changes: tracker.clone(), ..self }
    }

    /// Where changes that run to their end are counted.
    pub(crate) fn changes(&self) -> &TaskTracker {
        &self.changes
    }

    /// For queries outside a transaction. On SQLite it cannot write.
    pub fn read(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// For a single writing statement that is its own transaction. Call [`Db::announce_commit`] after one that appends to the log.
    pub fn write(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// Which of the two it is.
    pub fn backend(&self) -> DbBackend {
        self.writer.get_database_backend()
    }

    /// Begins a writing transaction. Dropped without [`Db::commit`] it leaves nothing behind.
    ///
    /// It begins in a task of its own. When somebody stops waiting for `BEGIN`, sqlx 0.9 gives the connection back to the pool with the
    /// transaction open on the server and forgotten here; the next statement that is its own transaction would then be answered and not
    /// committed, until somebody else commits or takes back what he knows nothing of. So the task waits in any case.
    pub async fn begin(&self) -> Result<DatabaseTransaction> {
        let mode = (self.backend() == DbBackend::Sqlite).then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions { sqlite_transaction_mode: mode, ..Default::default() };
        let writer = self.writer.clone();
        let begun = tokio::spawn(async move { writer.begin_with_options(options).await }).await;
        // It ends before it is done only when the whole process does.
        Ok(begun.map_err(|_| Error::Unavailable("database"))??)
    }

    /// Commits and tells the relay that there may be something to publish.
    pub async fn commit(&self, txn: DatabaseTransaction) -> Result<()> {
        txn.commit().await?;
        self.announce_commit();
        Ok(())
    }

    /// Tells the relay that there may be something to publish: a hint, never the guarantee (D5).
    pub fn announce_commit(&self) {
        if let Some(hook) = self.committed.get() {
            hook();
        }
    }

    /// Sets what happens after every commit; the first call counts.
    pub fn on_commit(&self, hook: impl Fn() + Send + Sync + 'static) {
        let _ = self.committed.set(Box::new(hook));
    }

    /// Does `work` again, up to five times, while it meets other transactions (D24).
    pub async fn retry<T, F: Future<Output = Result<T>>>(&self, work: impl Fn() -> F) -> Result<T> {
        let mut attempt = 0;
        loop {
            match work().await {
                Err(Error::Repeat(source)) if attempt < RETRIES => {
                    attempt += 1;
                    tracing::debug!(attempt, error = %told(&source), "repeating a transaction");
                    tokio::time::sleep(Duration::from_millis(u64::from(attempt * attempt))).await;
                }
                result => return result,
            }
        }
    }

    /// Brings the schema up to date. Two processes at once take turns.
    pub async fn migrate<M: MigratorTrait>(&self) -> Result<()> {
        if self.backend() == DbBackend::Postgres {
            // The lock belongs to this transaction's connection and falls with it, also when the process dies.
            let guard = self.writer.begin().await?;
            guard.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
            M::up(&self.writer, None).await?;
            guard.commit().await?;
        } else {
            M::up(&self.writer, None).await?;
        }
        Ok(())
    }

    /// Refuses a schema that lacks a migration: `serve` never migrates (D24).
    pub async fn require_migrated<M: MigratorTrait>(&self) -> Result<()> {
        let pending = M::get_pending_migrations(&self.writer).await?;
        match pending.first() {
            None => Ok(()),
            Some(migration) => Err(Error::internal(format!(
                "the schema is older than this program: migration {} is missing; run `regiopool migrate` first",
                migration.name()
            ))),
        }
    }

    /// Closes every connection.
    pub async fn close(self) -> Result<()> {
        self.reader.clone().close().await?;
        if self.backend() == DbBackend::Sqlite {
            self.writer.close().await?;
        }
        Ok(())
    }
}

async fn sqlite(url: &str, connections: u32, first: bool) -> Result<DatabaseConnection> {
    // FULL: an answered success survives a power cut (I5, D23).
    let settings = move |options: sqlx::sqlite::SqliteConnectOptions| {
        let options = if first { options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal) } else { options };
        options
            .create_if_missing(true)
            .synchronous(sqlx::sqlite::SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
    };
    open(url, connections, |options| {
        options.map_sqlx_sqlite_opts(settings);
    })
    .await
}

async fn open(url: &str, connections: u32, adapt: impl FnOnce(&mut ConnectOptions)) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        // With a minimum, sqlx opens a second one in the background while this waits for the first.
        .min_connections(0)
        .acquire_timeout(Duration::from_secs(10))
        .sqlx_logging(false)
        // Nothing ages: sqlx 0.9 looks for old connections in a task that takes their number from a counter which can be below zero for a
        // moment, and then turns for ever on a thread of the runtime.
        .idle_timeout(None)
        .max_lifetime(None)
        // A ping before every use would be one more round trip; a dead connection shows itself at its first statement.
        .test_before_acquire(false);
    adapt(&mut options);
    Database::connect(options).await.map_err(|error| {
        tracing::error!(error = %told(&error), "cannot open the database");
        Error::Unavailable("database")
    })
}

/// The address of an SQLite file.
pub fn sqlite_url(file: &std::path::Path) -> String {
    format!("sqlite:{}?mode=rwc", file.display())
}
