//! Databases of a test's own: SQLite files in a temporary folder, or databases on the PostgreSQL of this run.

use std::sync::Arc;

use chassis::db::{Db, sqlite_url};
use sea_orm_migration::MigratorTrait;
use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tempfile::TempDir;

use crate::{
    Mode, mode,
    servers::{self, Postgres},
};

/// One fresh database; its data ends with the value.
#[derive(Debug)]
pub struct Database {
    url: String,
    /// Read by its drop.
    _home: Home,
}

#[derive(Debug)]
enum Home {
    Folder { _folder: TempDir },
    Server { _database: OnServer },
}

#[derive(Debug)]
struct OnServer {
    admin: String,
    name: String,
    /// When the server is this process's own, it lives as long as its databases.
    _server: Option<Arc<Postgres>>,
}

impl Database {
    /// An empty database in the mode of this run: no table is there.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn empty(service: &str) -> Self {
        match mode() {
            Mode::Embedded => Self::file(service),
            Mode::Distributed => {
                let database = OnServer::new(service);
                database.create("template1").await;
                database.into()
            }
        }
    }

    /// A database with the schema of today. On PostgreSQL it is copied from a template that is migrated once per run.
    ///
    /// # Panics
    /// When the server cannot be reached or a migration fails.
    pub async fn migrated<M: MigratorTrait>(service: &str) -> Self {
        match mode() {
            Mode::Embedded => {
                let database = Self::file(service);
                migrate::<M>(database.url()).await;
                database
            }
            Mode::Distributed => {
                let database = OnServer::new(service);
                let template = template::<M>(service, &database.admin).await;
                database.create(&template).await;
                database.into()
            }
        }
    }

    /// Its address, as the settings take it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Opens it with a few connections of one's own.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(&self) -> Db {
        Db::connect(&self.url, 4).await.expect("a fresh database opens")
    }

    fn file(service: &str) -> Self {
        let folder = servers::temporary();
        Self { url: sqlite_url(&folder.path().join(format!("{service}.sqlite"))), _home: Home::Folder { _folder: folder } }
    }
}

impl From<OnServer> for Database {
    fn from(home: OnServer) -> Self {
        Self { url: on_server(&home.admin, &home.name), _home: Home::Server { _database: home } }
    }
}

impl OnServer {
    fn new(service: &str) -> Self {
        let (admin, server) = servers::postgres();
        Self { admin, name: format!("rp_{service}_{}", chassis::ids::random_uuid().simple()), _server: server }
    }

    async fn create(&self, template: &str) {
        let mut admin = connect(&self.admin).await;
        run(&mut admin, format!("CREATE DATABASE {} TEMPLATE {template}", self.name)).await.expect("a copy of the template");
    }
}

impl Drop for OnServer {
    fn drop(&mut self) {
        let (admin, name) = (self.admin.clone(), self.name.clone());
        let work = async move {
            // A server that has gone took the database with it.
            if let Ok(mut connection) = PgConnection::connect(&admin).await {
                let _ = run(&mut connection, format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
            }
        };
        // The test's own runtime cannot be waited for within a drop.
        let dropping = std::thread::spawn(move || {
            if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() {
                runtime.block_on(work);
            }
        });
        let _ = dropping.join();
    }
}

async fn migrate<M: MigratorTrait>(url: &str) {
    let db = Db::connect(url, 2).await.expect("a fresh database opens");
    db.migrate::<M>().await.expect("the migrations run on an empty database");
    db.close().await.expect("a database closes");
}

/// Gives the name of the template of this schema, after making it if nobody did. The name carries the migrations, so that a server that
/// outlives a change of them is no trap; the lock makes processes that start at once take turns.
async fn template<M: MigratorTrait>(service: &str, server: &str) -> String {
    let mut hash = Sha256::new();
    for migration in M::migrations() {
        hash.update(migration.name());
        hash.update([0]);
    }
    let digest = hash.finalize();
    let short: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    let name = format!("rp_template_{service}_{short}");
    let lock = i64::from_be_bytes(std::array::from_fn(|at| digest[at]));

    let mut admin = connect(server).await;
    if exists(&mut admin, &name).await {
        return name;
    }
    run(&mut admin, format!("SELECT pg_advisory_lock({lock})")).await.expect("the lock of the template");
    if !exists(&mut admin, &name).await {
        // Built under another name and renamed, so that a template is whole or not there.
        let partial = format!("{name}_{}", chassis::ids::random_uuid().simple());
        run(&mut admin, format!("CREATE DATABASE {partial}")).await.expect("a database for the template");
        migrate::<M>(&on_server(server, &partial)).await;
        run(&mut admin, format!("ALTER DATABASE {partial} RENAME TO {name}")).await.expect("the template's name");
    }
    run(&mut admin, format!("SELECT pg_advisory_unlock({lock})")).await.expect("the lock of the template");
    name
}

async fn exists(admin: &mut PgConnection, name: &str) -> bool {
    let query = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)").bind(name);
    query.fetch_one(admin).await.expect("the list of databases")
}

async fn connect(server: &str) -> PgConnection {
    PgConnection::connect(server).await.unwrap_or_else(|error| panic!("PostgreSQL at {server}: {error}"))
}

/// Runs a statement made of names that are made here.
async fn run(connection: &mut PgConnection, sql: String) -> Result<(), sqlx::Error> {
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map(drop)
}

/// The address of another database on the same server.
fn on_server(server: &str, database: &str) -> String {
    let at = server.rfind('/').map_or(server.len(), |slash| slash + 1);
    format!("{}{database}", &server[..at])
}

#[cfg(test)]
mod tests {
    use chassis::mutation::RequestTable;
    use sea_orm::ConnectionTrait;
    use sea_orm_migration::MigrationTrait;

    use super::*;

    struct Migrator;

    impl MigratorTrait for Migrator {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![Box::new(RequestTable)]
        }
    }

    #[tokio::test]
    async fn a_migrated_database_has_the_schema_and_an_empty_one_does_not() {
        let (one, other) = (Database::migrated::<Migrator>("testkit").await, Database::migrated::<Migrator>("testkit").await);
        assert_ne!(one.url(), other.url());
        let db = one.open().await;
        db.require_migrated::<Migrator>().await.expect("the schema of today");
        db.read().execute_unprepared("SELECT * FROM request").await.expect("its table");
        let empty = Database::empty("testkit").await;
        assert!(empty.open().await.read().execute_unprepared("SELECT * FROM request").await.is_err());
    }

    #[test]
    fn a_database_is_named_beside_its_server() {
        assert_eq!(on_server("postgres://u@h:1/postgres", "x"), "postgres://u@h:1/x");
    }
}
