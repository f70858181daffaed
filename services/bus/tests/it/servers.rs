//! Real servers that stop in the middle of a storm with two replicas: Redis, a cluster's master, PostgreSQL. Whatever happens to them,
//! every event takes effect once and in order, and the streams are well again afterwards.
//!
//! When what happens comes from a seed. Each is tried with as many as `REGIOPOOL_TEST_SEEDS` says, or with the one in
//! `REGIOPOOL_TEST_SEED`: a failure's is the last that was printed.

use std::sync::Arc;

use chassis::time::real_now;
use rand::{Rng, SeedableRng, rngs::StdRng};
use sea_orm::{ConnectionTrait, Statement};
use testservers::{Cluster, Postgres, Redis, variable};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::{
    harness::{Harness, Recorder, Replica, SOURCE, distributed, effects, subject_in, wait_until, write_through},
    streams::wait_for_streams,
};

/// So many seeds a kind of fault gets when nobody asks for more.
const SEEDS: usize = 5;
const WRITERS: usize = 6;
const TRANSACTIONS: usize = 8;

/// The randomness of each round of a test, from a seed that is printed before it.
#[expect(clippy::print_stderr, reason = "who wants to repeat a failure needs the seed")]
pub(crate) fn rounds() -> impl Iterator<Item = StdRng> {
    let number = |name: &str| variable(name).map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{name} is no number: {text}")));
    let seeds: Vec<u64> = match (number("REGIOPOOL_TEST_SEED"), number("REGIOPOOL_TEST_SEEDS")) {
        (Some(seed), _) => vec![seed],
        (None, count) => (0..count.unwrap_or(SEEDS as u64)).map(|_| rand::random()).collect(),
    };
    seeds.into_iter().map(|seed| {
        eprintln!("REGIOPOOL_TEST_SEED={seed}");
        StdRng::seed_from_u64(seed)
    })
}

/// Two replicas at work while somebody writes.
struct Storm {
    replicas: Vec<Replica>,
    writers: Vec<JoinHandle<()>>,
    subjects: Vec<Uuid>,
}

impl Storm {
    async fn over(harness: &Harness, rng: &mut StdRng) -> Self {
        let mut replicas = Vec::new();
        for _ in 0..2 {
            replicas.push(harness.replica(Some(Arc::new(Recorder))).await);
        }
        let subjects: Vec<Uuid> = (0..16).map(subject_in).collect();
        let mut storm = Self { replicas, writers: Vec::new(), subjects };
        for writer in 0..WRITERS {
            let (db, region) = (storm.replicas[writer % 2].producer.clone(), harness.region);
            let (subjects, mut rng) = (storm.subjects.clone(), StdRng::from_rng(rng));
            storm.writers.push(tokio::spawn(async move {
                for _ in 0..TRANSACTIONS {
                    let own: Vec<Uuid> = (0..rng.random_range(1..=4)).map(|_| subjects[rng.random_range(0..16)]).collect();
                    write_through(&db, region, &own).await;
                }
            }));
        }
        storm
    }

    /// Waits until so many events took effect, or all that are written.
    async fn reaches(&self, harness: &Harness, wanted: usize) {
        let consumer = harness.consumer().await;
        wait_until("the moment", async || {
            let taken = effects(&consumer).await.len();
            let over = self.writers.iter().all(JoinHandle::is_finished);
            if taken >= wanted || over { Ok(()) } else { Err(format!("{taken} of {wanted} effects")) }
        })
        .await;
    }

    /// Lets the writers end, writes to every partition once more, and holds all promises against the databases and the streams.
    async fn ends_well(self, harness: &Harness) {
        for writer in self.writers {
            writer.await.expect("a writer");
        }
        harness.assert_exactly_once().await;
        write_through(&self.replicas[0].producer, harness.region, &self.subjects).await;
        harness.assert_exactly_once().await;
        wait_for_streams(harness, &bus::heads(&harness.producer().await).await.expect("heads")).await;
        for replica in self.replicas {
            replica.stop().await;
        }
    }
}

/// Waits until every lease that is given now has ended.
async fn outlast_leases(harness: &Harness) {
    let mut last = 0;
    for db in [harness.producer().await, harness.consumer().await] {
        let sql = "SELECT COALESCE(MAX(lease_until), 0) AS last FROM bus_cursor";
        let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.expect("leases");
        last = last.max(row.expect("a row").try_get("", "last").expect("a time"));
    }
    wait_until("the end of the leases", async || if real_now().0 > last { Ok(()) } else { Err("they last".to_owned()) }).await;
}

/// Rounds with a Redis of their own, to which `fault` does something in the middle.
async fn with_redis(fault: impl AsyncFn(&mut Redis, &Harness, &Storm, &mut StdRng)) {
    if !distributed() {
        return;
    }
    let mut redis = Redis::start();
    for mut rng in rounds() {
        let mut harness = Harness::start().await;
        harness.redis = Some(redis.address());
        let storm = Storm::over(&harness, &mut rng).await;
        storm.reaches(&harness, rng.random_range(0..80)).await;
        fault(&mut redis, &harness, &storm, &mut rng).await;
        storm.ends_well(&harness).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_emptied_loses_no_event() {
    with_redis(async |redis, harness, storm, rng| {
        for _ in 0..rng.random_range(1..5) {
            redis.empty();
            storm.reaches(harness, effects(&harness.consumer().await).await.len() + rng.random_range(1..10)).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_killed_and_comes_back_empty_at_once_loses_no_event() {
    with_redis(async |redis, _, _, _| redis.restart()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_away_for_a_while_holds_up_no_event() {
    with_redis(async |redis, harness, storm, rng| {
        redis.kill();
        // Events go on without it.
        storm.reaches(harness, effects(&harness.consumer().await).await.len() + rng.random_range(1..20)).await;
        redis.restart();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_is_silent_for_longer_than_the_leases_holds_up_no_event() {
    with_redis(async |redis, harness, storm, rng| {
        redis.pause();
        outlast_leases(harness).await;
        storm.reaches(harness, effects(&harness.consumer().await).await.len() + rng.random_range(1..20)).await;
        redis.resume();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_whose_master_fails_loses_no_event() {
    if !distributed() {
        return;
    }
    let mut cluster = Cluster::start();
    for mut rng in rounds() {
        let mut harness = Harness::start().await;
        harness.redis = Some(cluster.address());
        let storm = Storm::over(&harness, &mut rng).await;
        storm.reaches(&harness, rng.random_range(0..80)).await;
        let key = format!("{}:{{{SOURCE}}}:0", harness.prefix);
        let master = cluster.serves(&key).expect("a master");
        if rng.random() {
            cluster.kill(master);
            cluster.wait_until_taken_over(&key, master);
            cluster.restart(master);
        } else {
            cluster.pause(master);
            cluster.wait_until_taken_over(&key, master);
            cluster.resume(master);
        }
        cluster.wait_until_whole();
        storm.ends_well(&harness).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_that_crashes_in_a_storm_loses_and_repeats_nothing() {
    if !distributed() {
        return;
    }
    let mut postgres = Postgres::durable();
    for mut rng in rounds() {
        let harness = Harness::start_on(Some(postgres.address())).await;
        let storm = Storm::over(&harness, &mut rng).await;
        storm.reaches(&harness, rng.random_range(0..80)).await;
        for _ in 0..rng.random_range(1..=2) {
            if rng.random() {
                postgres.kill();
            } else {
                postgres.cut_off();
            }
            postgres.restart();
        }
        storm.ends_well(&harness).await;
    }
}
