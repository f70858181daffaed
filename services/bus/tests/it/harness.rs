//! Two databases, replicas that can be killed, and a handler that writes down what it took.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bus::{Bus, Event, Handler, Timing, faults::Faults};
use chassis::{
    config::Settings,
    db::{Db, sqlite_url},
    error::{Error, Result},
    frame::Frame,
    ids::{RegionId, random_uuid},
    time::real_now,
};
use proto::flexpool::ShiftCancelled;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tempfile::TempDir;
use testservers::variable;
use tokio::runtime::Runtime;
use uuid::Uuid;

pub(crate) use crate::effects::{Effect, assert_in_order_of_positions, assert_sound, effects};

/// The producer's name in these tests.
pub(crate) const SOURCE: &str = "flexpool";
/// Short, so that tests that wait for a lease to end do not wait long; what they wait for is the condition.
pub(crate) const TIMING: Timing = Timing { lease: Duration::from_millis(600), tick: Duration::from_millis(50) };
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        bus::migrations()
    }
}

pub(crate) fn distributed() -> bool {
    match variable("REGIOPOOL_TEST_MODE").as_deref() {
        None | Some("embedded") => false,
        Some("distributed") => true,
        Some(other) => panic!("REGIOPOOL_TEST_MODE is {other:?}: expected embedded or distributed"),
    }
}

/// Asks until the probe gives a value; its error says what the state is instead.
pub(crate) async fn wait_until<T>(what: &str, mut probe: impl AsyncFnMut() -> Result<T, String>) -> T {
    let start = Instant::now();
    loop {
        match probe().await {
            Ok(value) => return value,
            Err(state) => assert!(start.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}; the last state was: {state}"),
        }
        pause().await;
    }
}

/// Between two questions.
pub(crate) async fn pause() {
    tokio::time::sleep(Duration::from_millis(10)).await;
}

/// The randomness of a test, from a seed that is printed.
#[expect(clippy::print_stderr, reason = "who wants to repeat a failure needs the seed")]
pub(crate) fn randomness() -> StdRng {
    let seed = variable("REGIOPOOL_TEST_SEED").map_or_else(rand::random, |text| text.parse().expect("REGIOPOOL_TEST_SEED is a number"));
    eprintln!("REGIOPOOL_TEST_SEED={seed}");
    StdRng::seed_from_u64(seed)
}

/// A producer's and a consumer's database, and the Redis between them.
pub(crate) struct Harness {
    folder: Option<TempDir>,
    producer: String,
    consumer: String,
    pub(crate) redis: Option<String>,
    pub(crate) prefix: String,
    pub(crate) region: RegionId,
}

impl Harness {
    pub(crate) async fn start() -> Self {
        let server = || variable("REGIOPOOL_TEST_POSTGRES").expect("REGIOPOOL_TEST_POSTGRES is set in distributed mode");
        Self::start_on(distributed().then(server)).await
    }

    /// On this PostgreSQL, or on SQLite files.
    pub(crate) async fn start_on(server: Option<String>) -> Self {
        crate::traces::collect();
        let folder = tempfile::tempdir().expect("a folder");
        let name = random_uuid().simple().to_string();
        let mut urls = Vec::new();
        for side in ["producer", "consumer"] {
            urls.push(match &server {
                None => file(folder.path(), side),
                Some(server) => create_database(server, &format!("bus_{side}_{name}")).await,
            });
        }
        let [producer, consumer] = urls.try_into().expect("two");
        let redis = distributed().then(|| variable("REGIOPOOL_TEST_REDIS").expect("REGIOPOOL_TEST_REDIS is set in distributed mode"));
        let harness = Self { folder: Some(folder), producer, consumer, redis, prefix: format!("t{name}"), region: RegionId::new() };
        harness.producer().await.migrate::<Migrator>().await.expect("migrated");
        let consumer = harness.consumer().await;
        consumer.migrate::<Migrator>().await.expect("migrated");
        let (uuid, key) = match consumer.backend() {
            DbBackend::Postgres => ("UUID", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
            _ => ("BLOB", "INTEGER PRIMARY KEY"),
        };
        let sql = format!(
            "CREATE TABLE effect (taken {key}, id {uuid} NOT NULL, subject {uuid} NOT NULL, sequence BIGINT NOT NULL, \
             partition INTEGER NOT NULL, position BIGINT NOT NULL)"
        );
        consumer.write().execute_unprepared(&sql).await.expect("the table of effects");
        harness
    }

    /// On the SQLite files that another process made.
    pub(crate) fn in_folder(folder: &Path) -> Self {
        let (producer, consumer) = (file(folder, "producer"), file(folder, "consumer"));
        Self { folder: None, producer, consumer, redis: None, prefix: String::new(), region: RegionId::new() }
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.as_ref().expect("its own folder").path()
    }

    pub(crate) async fn producer(&self) -> Db {
        Db::connect(&self.producer, 12).await.expect("the producer's database")
    }

    pub(crate) async fn consumer(&self) -> Db {
        Db::connect(&self.consumer, 12).await.expect("the consumer's database")
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings { redis: self.redis.as_deref().map(Into::into), redis_prefix: self.prefix.clone(), ..Settings::default() }
    }

    /// As new for the next history, without making PostgreSQL's databases again, which is most of what a short one costs: whoever was
    /// killed and still has a connection loses it, and the tables are empty.
    pub(crate) async fn renewed(self) -> Self {
        if self.redis.is_none() {
            return Self::start().await;
        }
        for url in [&self.producer, &self.consumer] {
            let db = Db::connect(url, 1).await.expect("a database");
            wait_until("the last connection to end", async || {
                let others =
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
                let left = db.write().query_all_raw(Statement::from_string(DbBackend::Postgres, others)).await.expect("asked").len();
                if left == 0 { Ok(()) } else { Err(format!("{left} connections")) }
            })
            .await;
            let effects = if *url == self.consumer { ", effect" } else { "" };
            let empty =
                format!("TRUNCATE event_log, parked, bus_replica{effects} RESTART IDENTITY; DELETE FROM bus_cursor WHERE name <> 'relay'");
            execute(&db, &empty).await;
            execute(&db, "UPDATE bus_cursor SET position = 0, published = 0, owner = NULL, epoch = 0, lease_until = 0").await;
            db.close().await.expect("closed");
        }
        Self { prefix: format!("t{}", random_uuid().simple()), region: RegionId::new(), ..self }
    }

    /// The replica of a service that is both: it keeps the log and follows it.
    pub(crate) async fn replica(&self, handler: Option<Arc<dyn Handler>>) -> Replica {
        self.replica_with(self.settings(), true, handler).await
    }

    /// Another kind of replica.
    pub(crate) async fn replica_with(&self, settings: Settings, attach: bool, handler: Option<Arc<dyn Handler>>) -> Replica {
        self.replica_under(settings, attach, handler, TIMING, Faults::default()).await
    }

    /// A replica in a runtime of its own, so that it can be killed like a process. It suffers what is planned.
    pub(crate) async fn replica_under(
        &self,
        settings: Settings,
        attach: bool,
        handler: Option<Arc<dyn Handler>>,
        timing: Timing,
        faults: Faults,
    ) -> Replica {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let (producer, consumer) = (self.producer.clone(), self.consumer.clone());
        let start = async move {
            let producer = Db::connect(&producer, 6).await?;
            let consumer = Db::connect(&consumer, 6).await?;
            let bus = Bus::connect_with_faults(&settings, timing, faults).await?;
            let frame = Frame::new(settings)?;
            if attach {
                bus.attach(&frame, SOURCE, &producer)?;
            }
            if let Some(handler) = handler {
                bus.consume(&frame, SOURCE, &consumer, handler);
            }
            Ok::<_, Error>((bus, frame, producer))
        };
        let (bus, frame, producer) = runtime.spawn(start).await.expect("no panic").expect("a replica");
        Replica { runtime: Some(runtime), bus, frame, producer }
    }

    /// Waits until all that is committed took effect, and gives the effects in the order in which they were taken.
    pub(crate) async fn effects(&self) -> Vec<Effect> {
        let (producer, consumer) = (self.producer().await, self.consumer().await);
        wait_until("all effects", async || bus::caught_up(&producer, &consumer, SOURCE).await).await;
        effects(&consumer).await
    }

    /// Holds every promise against what the databases say at the end.
    pub(crate) async fn assert_exactly_once(&self) {
        assert_in_order_of_positions(&self.assert_exactly_once_per_subject().await);
    }

    /// The same where subjects were parked, so that others of their partition overtook them. Gives the effects.
    pub(crate) async fn assert_exactly_once_per_subject(&self) -> Vec<Effect> {
        let effects = self.effects().await;
        assert_sound(&self.producer().await, &self.consumer().await, effects).await
    }
}

fn file(folder: &Path, side: &str) -> String {
    sqlite_url(&folder.join(format!("{side}.sqlite")))
}

async fn create_database(server: &str, name: &str) -> String {
    let db = Db::connect(server, 2).await.expect("the PostgreSQL server");
    db.write().execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
    db.close().await.expect("closed");
    let (base, _) = server.rsplit_once('/').expect("an address with a database");
    format!("{base}/{name}")
}

/// A process of a service, as far as the bus sees it.
pub(crate) struct Replica {
    runtime: Option<Runtime>,
    pub(crate) bus: Bus,
    pub(crate) frame: Frame,
    /// Its own connection: a commit through it nudges its relay.
    pub(crate) producer: Db,
}

impl Replica {
    /// Does something with its bus in its own runtime, where what it starts then lives.
    pub(crate) async fn within<T: Send + 'static>(&self, work: impl FnOnce(Bus, Frame) -> T + Send + 'static) -> T {
        let (bus, frame) = (self.bus.clone(), self.frame.clone());
        let runtime = self.runtime.as_ref().expect("it runs");
        runtime.spawn(async move { work(bus, frame) }).await.expect("no panic")
    }

    /// Ends it in the middle of whatever it does, as a crash would: nothing is given back.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    /// Ends it in order.
    pub(crate) async fn stop(mut self) {
        assert!(self.frame.shutdown.drain(PATIENCE).await, "it ends by itself");
        self.end();
    }

    fn end(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.end();
    }
}

/// Writes down every event in the transaction it is given. Nothing in the table keeps an event from standing there twice.
pub(crate) struct Recorder;

pub(crate) async fn record(txn: &DatabaseTransaction, event: &Event) -> Result<()> {
    let sql = "INSERT INTO effect (id, subject, sequence, partition, position) VALUES ($1, $2, $3, $4, $5)";
    let values: [Value; 5] = [event.id.into(), event.subject.into(), event.sequence.into(), event.partition.into(), event.position.into()];
    txn.execute_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, values)).await?;
    Ok(())
}

#[async_trait]
impl Handler for Recorder {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        assert_eq!(event.decode::<ShiftCancelled>()?.shift, event.subject.to_string());
        record(txn, event).await
    }
}

/// A subject of this partition.
pub(crate) fn subject_in(partition: i32) -> Uuid {
    std::iter::repeat_with(random_uuid).find(|id| bus::partition_of(*id) == partition).expect("endless")
}

/// Appends one event for each subject, in one transaction; again while it meets others.
pub(crate) async fn write(db: &Db, region: RegionId, subjects: &[Uuid]) {
    let now = real_now();
    loop {
        let work = async {
            let txn = db.begin().await?;
            for subject in subjects {
                bus::log::append(&txn, region, now, *subject, &ShiftCancelled { shift: subject.to_string() }).await?;
            }
            db.commit(txn).await
        };
        match work.await {
            Ok(()) => return,
            Err(Error::Repeat(_)) => tokio::task::yield_now().await,
            Err(error) => panic!("cannot write: {error}: {error:?}"),
        }
    }
}

/// The same while the database may be away. A commit without an answer happened or not: either way what is in the log must take effect.
pub(crate) async fn write_through(db: &Db, region: RegionId, subjects: &[Uuid]) {
    let start = Instant::now();
    loop {
        let work = async {
            let txn = db.begin().await?;
            for subject in subjects {
                bus::log::append(&txn, region, real_now(), *subject, &ShiftCancelled { shift: subject.to_string() }).await?;
            }
            db.commit(txn).await
        };
        match work.await {
            Ok(()) => return,
            Err(error) => assert!(start.elapsed() < PATIENCE, "cannot write: {error}: {error:?}"),
        }
        pause().await;
    }
}

/// Eight writers at once, each with `transactions` of one to four events over the same few subjects; every fifth is taken back.
/// Gives how many events were committed.
pub(crate) async fn storm(db: &Db, region: RegionId, rng: &mut StdRng, transactions: usize) -> u64 {
    let subjects: Vec<Uuid> = std::iter::repeat_with(random_uuid).take(24).collect();
    let committed = Arc::new(AtomicU64::new(0));
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (db, subjects, committed, mut rng) = (db.clone(), subjects.clone(), committed.clone(), StdRng::from_rng(rng));
        writers.spawn(async move {
            for _ in 0..transactions {
                let own: Vec<Uuid> = (0..rng.random_range(1..=4)).map(|_| subjects[rng.random_range(0..subjects.len())]).collect();
                if rng.random_ratio(1, 5) {
                    let txn = db.begin().await.expect("begun");
                    let message = ShiftCancelled { shift: "taken back".to_owned() };
                    let _ = bus::log::append(&txn, region, real_now(), own[0], &message).await;
                    continue;
                }
                write(&db, region, &own).await;
                committed.fetch_add(own.len() as u64, Ordering::Relaxed);
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.expect("a writer");
    }
    committed.load(Ordering::Relaxed)
}

/// One statement, on a database of the harness.
pub(crate) async fn execute(db: &Db, sql: &str) {
    db.write().execute_unprepared(sql).await.expect("executed");
}
