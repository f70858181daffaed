//! The bus at work: events that one service commits take effect in the database of another, each an inserted row, exactly once.
//!
//! Both services run in this process; what they share is the bus. With PostgreSQL and Redis every event goes through its stream.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use async_trait::async_trait;
use bus::{Bus, Event, Handler, Heads};
use chassis::{
    config::Settings,
    db::{Db, sqlite_url},
    error::{Error, Result},
    frame::Frame,
    ids::{RegionId, random_uuid},
    time::real_now,
};
use proto::flexpool::ShiftCancelled;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement, Value};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tempfile::TempDir;
use testservers::{Postgres, Redis};
use tokio::{task::JoinSet, time::sleep};
use uuid::Uuid;

const SOURCE: &str = "flexpool";
/// So long each rate is measured.
const SPAN: Duration = Duration::from_secs(5);
/// So many events share a commit when they are committed in bulk.
const BULK: usize = 200;
/// Who commits in bulk stays at most so many events ahead of their effects.
const AHEAD: i64 = 10_000;
/// So many write at once, each an event a commit.
const WRITERS: usize = 16;
const SUBJECTS: usize = 1000;
/// How often it is looked what took effect, while delays are measured.
const LOOK: Duration = Duration::from_micros(500);
const PER_SECOND: u32 = 500;

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        bus::migrations()
    }
}

/// A producer and a consumer with the bus between them.
pub(crate) struct Place {
    frame: Frame,
    bus: Bus,
    producer: Db,
    consumer: Db,
    region: RegionId,
    subjects: Vec<Uuid>,
    taken: Arc<Recorder>,
    _folder: Option<TempDir>,
}

/// Where an event stands: its partition and its position there.
type At = (i32, i64);

/// Inserts a row for every event. While delays are measured it remembers whose event stood where.
#[derive(Default)]
struct Recorder(Mutex<Option<HashMap<At, Uuid>>>);

impl Recorder {
    fn remembered(&self) -> MutexGuard<'_, Option<HashMap<At, Uuid>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Handler for Recorder {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        let sql = "INSERT INTO effect (id, subject, sequence, partition, position) VALUES ($1, $2, $3, $4, $5)";
        let values: [Value; 5] =
            [event.id.into(), event.subject.into(), event.sequence.into(), event.partition.into(), event.position.into()];
        txn.execute_raw(Statement::from_sql_and_values(txn.get_database_backend(), sql, values)).await?;
        if let Some(remembered) = &mut *self.remembered() {
            remembered.insert((event.partition, event.position), event.subject);
        }
        Ok(())
    }
}

impl Place {
    pub(crate) async fn distributed(postgres: &Postgres, redis: &Redis) -> Self {
        let server = postgres.address();
        let admin = Db::connect(&server, 1).await.expect("the server");
        let mut databases = Vec::new();
        for side in ["producer", "consumer"] {
            let name = format!("{side}_{}", random_uuid().simple());
            admin.write().execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
            let (base, _) = server.rsplit_once('/').expect("an address with a database");
            databases.push(format!("{base}/{name}"));
        }
        admin.close().await.expect("closed");
        let prefix = format!("b{}", random_uuid().simple());
        let settings = Settings { redis: Some(redis.address().into()), redis_prefix: prefix, ..Settings::default() };
        Self::start(settings, &databases[0], &databases[1], None).await
    }

    /// On files on the disk.
    pub(crate) async fn embedded() -> Self {
        let folder = tempfile::tempdir().expect("a folder on the disk");
        let [producer, consumer] = ["producer", "consumer"].map(|side| sqlite_url(&folder.path().join(format!("{side}.sqlite"))));
        Self::start(Settings::default(), &producer, &consumer, Some(folder)).await
    }

    async fn start(settings: Settings, producer: &str, consumer: &str, folder: Option<TempDir>) -> Self {
        let producer = Db::connect(producer, 24).await.expect("the producer's database");
        let consumer = Db::connect(consumer, 8).await.expect("the consumer's database");
        producer.migrate::<Migrator>().await.expect("migrated");
        consumer.migrate::<Migrator>().await.expect("migrated");
        let (uuid, key) = match consumer.backend() {
            DbBackend::Postgres => ("UUID", "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
            _ => ("BLOB", "INTEGER PRIMARY KEY"),
        };
        let table = format!(
            "CREATE TABLE effect (taken {key}, id {uuid} NOT NULL, subject {uuid} NOT NULL, sequence BIGINT NOT NULL, \
             partition INTEGER NOT NULL, position BIGINT NOT NULL)"
        );
        consumer.write().execute_unprepared(&table).await.expect("the table of effects");
        let bus = Bus::connect(&settings).await.expect("a bus");
        let frame = Frame::new(settings).expect("a frame");
        bus.attach(&frame, SOURCE, &producer).expect("attached");
        let taken = Arc::new(Recorder::default());
        bus.consume(&frame, SOURCE, &consumer, taken.clone());
        let subjects = std::iter::repeat_with(random_uuid).take(SUBJECTS).collect();
        let place = Self { frame, bus, producer, consumer, region: RegionId::new(), subjects, taken, _folder: folder };
        // Leases are given and everybody is connected when the first event took effect.
        place.write(1, 0).await.expect("written");
        place.caught_up().await;
        place
    }

    /// Commits events about the next subjects from `first` on, in one transaction.
    async fn write(&self, events: usize, first: usize) -> Result<()> {
        let row = |n: usize| {
            let subject = self.subjects[(first + n) % SUBJECTS];
            bus::log::Row::new(self.region, real_now(), subject, &ShiftCancelled { shift: subject.to_string() })
        };
        let txn = self.producer.begin().await?;
        bus::log::append_all(&txn, (0..events).map(row).collect()).await?;
        self.producer.commit(txn).await
    }

    /// How many events took effect until now, from the memory of the bus.
    fn positions(&self) -> Heads {
        let mut positions = Heads::default();
        for lag in self.bus.lag() {
            positions[usize::try_from(lag.partition).expect("a partition")] = lag.position;
        }
        positions
    }

    fn effects(&self) -> i64 {
        self.positions().iter().sum()
    }

    async fn caught_up(&self) {
        while bus::caught_up(&self.producer, &self.consumer, SOURCE).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Effects a second while events are committed in bulk, always ahead of them.
    pub(crate) async fn bulk(&self) -> f64 {
        let over = AtomicBool::new(false);
        let mut written = self.effects();
        let writing = async {
            while !over.load(Ordering::Relaxed) {
                if written - self.effects() > AHEAD {
                    sleep(Duration::from_millis(1)).await;
                    continue;
                }
                self.write(BULK, usize::try_from(written).expect("a count")).await.expect("written");
                written += BULK as i64;
            }
        };
        let measuring = async {
            // Into full swing first.
            sleep(SPAN / 5).await;
            let (before, start) = (self.effects(), Instant::now());
            sleep(SPAN).await;
            let rate = (self.effects() - before) as f64 / start.elapsed().as_secs_f64();
            over.store(true, Ordering::Relaxed);
            rate
        };
        let (rate, ()) = tokio::join!(measuring, writing);
        self.proven().await;
        rate
    }

    /// Effects a second, from the first commit to the last effect, while 16 commit one event each; and their commits a second.
    pub(crate) async fn single(&self) -> (f64, f64) {
        let before = self.effects();
        let start = Instant::now();
        let writer = async |writer: usize| {
            let (mut commits, mut n) = (0.0, 0);
            while start.elapsed() < SPAN {
                match self.write(1, writer + WRITERS * n).await {
                    Ok(()) => commits += 1.0,
                    Err(Error::Repeat(_)) => {}
                    Err(error) => panic!("cannot write: {error:?}"),
                }
                n += 1;
            }
            commits
        };
        let commits: f64 = futures::future::join_all((0..WRITERS).map(writer)).await.iter().sum();
        let commit_rate = commits / start.elapsed().as_secs_f64();
        self.caught_up().await;
        let rate = (self.effects() - before) as f64 / start.elapsed().as_secs_f64();
        self.proven().await;
        (rate, commit_rate)
    }

    /// Milliseconds from a commit to the committed effect, p50 and p99, while 500 events a second are committed.
    pub(crate) async fn latency(&self) -> (f64, f64) {
        *self.taken.remembered() = Some(HashMap::new());
        let over = AtomicBool::new(false);
        let (effects, commits) = tokio::join!(self.look(&over), async {
            let commits = self.write_evenly().await;
            self.caught_up().await;
            sleep(LOOK * 10).await;
            over.store(true, Ordering::Relaxed);
            commits
        });
        let remembered = self.taken.remembered().take().unwrap_or_default();
        let delay = |(at, effect): (&At, &Instant)| {
            let commit = commits.get(remembered.get(at)?)?;
            Some(effect.saturating_duration_since(*commit).as_secs_f64() * 1000.0)
        };
        let mut delays: Vec<f64> = effects.iter().filter_map(delay).collect();
        assert_eq!(delays.len(), commits.len(), "every event took effect");
        delays.sort_by(f64::total_cmp);
        let at = |percent: usize| delays[(delays.len() - 1) * percent / 100];
        (at(50), at(99))
    }

    /// Looks again and again how far the consumer has come. Gives when each position was there.
    async fn look(&self, over: &AtomicBool) -> HashMap<At, Instant> {
        let (mut seen, mut times) = (self.positions(), HashMap::new());
        while !over.load(Ordering::Relaxed) {
            let (now, positions) = (Instant::now(), self.positions());
            for (partition, (old, new)) in (0..).zip(seen.iter().zip(positions)) {
                times.extend((old + 1..=new).map(|position| ((partition, position), now)));
            }
            seen = positions;
            sleep(LOOK).await;
        }
        times
    }

    /// Commits an event every two milliseconds, each about a new subject. Gives when each was committed.
    async fn write_evenly(&self) -> HashMap<Uuid, Instant> {
        let start = Instant::now();
        let mut writers = JoinSet::new();
        for n in 0..PER_SECOND * SPAN.as_secs() as u32 {
            sleep((start + Duration::from_secs(1) * n / PER_SECOND).saturating_duration_since(Instant::now())).await;
            let (db, region, subject) = (self.producer.clone(), self.region, random_uuid());
            writers.spawn(async move {
                let txn = db.begin().await.expect("begun");
                let message = ShiftCancelled { shift: subject.to_string() };
                bus::log::append(&txn, region, real_now(), subject, &message).await.expect("appended");
                db.commit(txn).await.expect("committed");
                (subject, Instant::now())
            });
        }
        writers.join_all().await.into_iter().collect()
    }

    /// Holds that everything that was committed took effect, once. A figure that breaks a promise is none.
    async fn proven(&self) {
        self.caught_up().await;
        let mut findings = bus::check(&self.producer, SOURCE).await.expect("checked");
        let heads = bus::heads(&self.producer).await.expect("heads");
        findings.extend(bus::check_consumer(&self.consumer, SOURCE, &heads).await.expect("checked"));
        assert_eq!(findings, []);
        let counted = async |db: &Db, sql: &str| {
            let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.expect("counted");
            row.expect("a row").try_get::<i64>("", "n").expect("a number")
        };
        let events = counted(&self.producer, "SELECT COUNT(*) AS n FROM event_log").await;
        assert_eq!(events, counted(&self.consumer, "SELECT COUNT(*) AS n FROM effect").await, "every event once");
        assert_eq!(events, counted(&self.consumer, "SELECT COUNT(DISTINCT id) AS n FROM effect").await, "every event once");
    }

    /// Stops the bus in order.
    pub(crate) async fn end(self) {
        assert!(self.frame.shutdown.drain(Duration::from_secs(30)).await, "the bus ends by itself");
        for db in [self.producer, self.consumer] {
            db.close().await.expect("closed");
        }
    }
}
