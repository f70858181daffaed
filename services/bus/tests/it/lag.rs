//! What an operator is told when a consumer does not keep up: by the consumer's own health, and by the databases.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use async_trait::async_trait;
use bus::{Event, Handler};
use chassis::{
    config::Settings,
    error::{Error, Result},
    server::serve,
};
use sea_orm::DatabaseTransaction;
use tokio::net::TcpListener;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::harness::{Harness, Replica, SOURCE, record, subject_in, wait_until, write};

const CONSUMER: &str = "regiopool.bus.consumer/flexpool";

/// Takes events, waits for something that is away, or fails, as it is told.
#[derive(Default)]
struct Moody(AtomicU8);

const AWAY: u8 = 1;
const BROKEN: u8 = 2;

#[async_trait]
impl Handler for Moody {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        match self.0.load(Ordering::SeqCst) {
            AWAY => Err(Error::Unavailable("something")),
            BROKEN => Err(Error::internal("it fails")),
            _ => record(txn, event).await,
        }
    }
}

/// Serves the health of a replica and gives a client for it.
async fn health_of(replica: &Replica) -> HealthClient<chassis::frame::Peer> {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let listener = listener.into_std().expect("a listener");
    replica
        .within(move |bus, frame| {
            let listener = TcpListener::from_std(listener).expect("a listener");
            let own = frame.clone();
            frame.shutdown.spawn(async move { serve(&own, listener, vec![bus.part()]).await });
        })
        .await;
    HealthClient::new(chassis::frame::connect(&address).expect("an address"))
}

async fn asked(health: &mut HealthClient<chassis::frame::Peer>, service: &str) -> Result<ServingStatus, String> {
    let request = HealthCheckRequest { service: service.to_owned() };
    Ok(health.check(request).await.map_err(|status| status.to_string())?.into_inner().status())
}

/// Waits until the consumer's health is this; the process itself is well all the time.
async fn wait_for(health: &mut HealthClient<chassis::frame::Peer>, wanted: ServingStatus) {
    wait_until("the consumer's health", async || {
        assert_eq!(asked(health, "").await?, ServingStatus::Serving);
        let now = asked(health, CONSUMER).await?;
        if now == wanted { Ok(()) } else { Err(format!("{now:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_that_does_not_keep_up_says_so_while_its_process_serves() {
    let harness = Harness::start().await;
    let moody = Arc::new(Moody::default());
    let settings = Settings { delay_alarm_s: 1, ..harness.settings() };
    let replica = harness.replica_with(settings, true, Some(moody.clone())).await;
    let mut health = health_of(&replica).await;
    wait_for(&mut health, ServingStatus::Serving).await;
    let (producer, consumer) = (harness.producer().await, harness.consumer().await);

    moody.0.store(AWAY, Ordering::SeqCst);
    write(&replica.producer, harness.region, &[subject_in(5), subject_in(5)]).await;
    wait_for(&mut health, ServingStatus::NotServing).await;
    let status = bus::status::consumer(&producer, &consumer, SOURCE).await.expect("its status");
    let late = &status[5];
    assert_eq!((status.len(), late.head, late.behind(), late.parked_subjects), (16, 2, 2, 0));
    assert!(late.oldest.is_some() && late.holder.is_some());
    assert_eq!((status[4].behind(), status[4].oldest), (0, None));
    moody.0.store(0, Ordering::SeqCst);
    wait_for(&mut health, ServingStatus::Serving).await;

    moody.0.store(BROKEN, Ordering::SeqCst);
    let subject = subject_in(6);
    write(&replica.producer, harness.region, &[subject, subject]).await;
    wait_for(&mut health, ServingStatus::NotServing).await;
    wait_until("the second event behind the first", async || {
        let parked = &bus::status::consumer(&producer, &consumer, SOURCE).await.map_err(|error| error.to_string())?[6];
        let state = (parked.behind(), parked.parked_subjects, parked.parked_events);
        if state == (0, 1, 2) { Ok(()) } else { Err(format!("{state:?}")) }
    })
    .await;
    moody.0.store(0, Ordering::SeqCst);
    bus::parked::work_off(&consumer, SOURCE, &*moody, None).await.expect("worked off");
    wait_for(&mut health, ServingStatus::Serving).await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_of_a_log_says_what_waits_for_a_position() {
    let harness = Harness::start().await;
    let db = harness.producer().await;
    write(&db, harness.region, &[subject_in(3), subject_in(3), subject_in(8)]).await;
    let status = bus::status::log(&db).await.expect("its status");
    let waiting: Vec<i64> = status.iter().map(|partition| partition.waiting).collect();
    assert_eq!((waiting[3], waiting[8], waiting.iter().sum::<i64>()), (2, 1, 3));
    assert!(status[3].oldest.is_some() && status[3].holder.is_none());
    assert_eq!(bus::status::consumer(&db, &harness.consumer().await, SOURCE).await.expect("its status"), []);
    let replica = harness.replica(None).await;
    wait_until("positions and their publication", async || {
        let status = bus::status::log(&db).await.map_err(|error| error.to_string())?;
        let of = |n: usize| (status[n].head, status[n].published, status[n].waiting);
        if (of(3), of(8)) == ((2, 2, 0), (1, 1, 0)) && status[3].holder.is_some() { Ok(()) } else { Err(format!("{status:?}")) }
    })
    .await;
    replica.stop().await;
}
