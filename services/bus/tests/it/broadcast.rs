//! Every event in every instance, from now on.

use std::collections::HashMap;

use bus::{Heads, Subscription};
use futures::StreamExt as _;

use crate::harness::{Harness, SOURCE, randomness, storm, subject_in, write};

/// Takes events until the positions are those of the log.
async fn drain(subscription: &mut Subscription, from: Heads, heads: Heads) -> u64 {
    let mut next: HashMap<i32, i64> = (0..).zip(from).collect();
    let mut taken = 0;
    while subscription.positions() != heads {
        let event = subscription.recv().await.expect("an event");
        let position = next.get_mut(&event.partition).expect("a partition");
        *position += 1;
        assert_eq!(event.position, *position, "in order, each once");
        taken += 1;
    }
    taken
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_instance_sees_every_event_after_its_subscription() {
    let harness = Harness::start().await;
    let (first, second) = (harness.replica(None).await, harness.replica(None).await);
    let subjects: Vec<_> = (0..16).map(subject_in).collect();
    write(&first.producer, harness.region, &subjects).await;
    let mut subscriptions = vec![];
    for replica in [&first, &first, &second] {
        let mut subscription = replica.frame_broadcast().await;
        assert!(subscription.ready().await);
        let from = subscription.positions();
        subscriptions.push((subscription, from));
    }
    let written = storm(&first.producer, harness.region, &mut randomness(), 30).await;
    let db = harness.producer().await;
    crate::harness::wait_until("positions", async || {
        let given: i64 = bus::heads(&db).await.map_err(|error| error.to_string())?.iter().sum();
        if given.unsigned_abs() == written + 16 { Ok(()) } else { Err(format!("{given} of {}", written + 16)) }
    })
    .await;
    let heads = bus::heads(&db).await.expect("heads");
    for (mut subscription, from) in subscriptions {
        let before: i64 = from.iter().sum();
        assert!(before <= 16, "it begins where the log was");
        let taken = drain(&mut subscription, from, heads).await;
        assert_eq!(taken + before.unsigned_abs(), written + 16);
    }
    first.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_takes_nothing_for_long_still_gets_every_event() {
    let harness = Harness::start().await;
    let replica = harness.replica(None).await;
    let mut slow = replica.frame_broadcast().await;
    assert!(slow.ready().await);
    let from = slow.positions();
    // More than the memory of the process keeps.
    let subjects = vec![subject_in(11); 200];
    for _ in 0..5 {
        write(&replica.producer, harness.region, &subjects).await;
    }
    let mut heads = Heads::default();
    heads[11] = 1000;
    assert_eq!(drain(&mut slow, from, heads).await, 1000);
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_ends_with_the_process() {
    let harness = Harness::start().await;
    let replica = harness.replica(None).await;
    let subscription = replica.frame_broadcast().await;
    let rest = tokio::spawn(subscription.into_stream().count());
    replica.stop().await;
    assert_eq!(rest.await.expect("ended"), 0);
}

impl crate::harness::Replica {
    /// A subscription whose tail runs in the replica's own runtime.
    async fn frame_broadcast(&self) -> Subscription {
        self.within(|bus, frame| bus.broadcast(&frame, SOURCE)).await
    }
}
