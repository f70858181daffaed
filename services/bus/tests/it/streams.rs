//! What may happen to Redis: streams emptied, trimmed or foreign, the server gone and back. Without Redis there is nothing to show.

use std::sync::Arc;

use bus::Heads;
use chassis::config::Settings;
use redis::streams::StreamRangeReply;
use testservers::Redis;

use crate::{
    harness::{Harness, Recorder, SOURCE, distributed, storm, subject_in, wait_until, write},
    wire::Wire,
};

pub(crate) fn key(harness: &Harness, partition: usize) -> String {
    format!("{}:{{{SOURCE}}}:{partition}", harness.prefix)
}

/// Waits until the newest entries of the streams are these positions. Nothing to wait for without Redis.
pub(crate) async fn wait_for_streams(harness: &Harness, wanted: &Heads) {
    if harness.redis.is_none() {
        return;
    }
    let mut wire = Wire::of(harness).await;
    wait_until("the streams", async || {
        let mut newest = Heads::default();
        for (partition, slot) in newest.iter_mut().enumerate() {
            let mut command = redis::cmd("XREVRANGE");
            command.arg(key(harness, partition)).arg("+").arg("-").arg("COUNT").arg(1);
            let answer: StreamRangeReply = wire.ask(&command).await?;
            let id = answer.ids.first().map(|entry| entry.id.clone()).unwrap_or_default();
            *slot = id.trim_end_matches("-0").parse().unwrap_or(0);
        }
        if newest == *wanted { Ok(()) } else { Err(format!("{newest:?}")) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_that_are_emptied_again_and_again_lose_nothing() {
    if !distributed() {
        return;
    }
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let second = harness.replica(Some(Arc::new(Recorder))).await;
    let mut wire = Wire::of(&harness).await;
    let (db, region) = (replica.producer.clone(), harness.region);
    let mut rng = crate::harness::randomness();
    let storm = tokio::spawn(async move { storm(&db, region, &mut rng, 60).await });
    wait_until("the end of the storm", async || {
        let keys: Vec<String> = (0..16).map(|partition| key(&harness, partition)).collect();
        wire.ask::<()>(redis::cmd("DEL").arg(keys)).await?;
        if storm.is_finished() { Ok(()) } else { Err("it goes on".to_owned()) }
    })
    .await;
    storm.await.expect("written");
    harness.assert_exactly_once().await;
    second.stop().await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trimmed_stream_is_made_up_for_from_the_log() {
    if !distributed() {
        return;
    }
    let harness = Harness::start().await;
    let replica = harness.replica(None).await;
    let subjects: Vec<_> = (0..16).map(subject_in).collect();
    for _ in 0..20 {
        write(&replica.producer, harness.region, &subjects).await;
    }
    wait_for_streams(&harness, &[20; 16]).await;
    let mut wire = Wire::of(&harness).await;
    for partition in 0..16 {
        let mut command = redis::cmd("XTRIM");
        wire.ask::<()>(command.arg(key(&harness, partition)).arg("MAXLEN").arg(partition % 4)).await.expect("trimmed");
    }
    let consumer = harness.replica(Some(Arc::new(Recorder))).await;
    write(&replica.producer, harness.region, &subjects).await;
    assert_eq!(harness.effects().await.len(), 16 * 21);
    harness.assert_exactly_once().await;
    consumer.stop().await;
    replica.stop().await;
}

/// Redis trims whole nodes of a stream, of 100 entries each, so a stream may be that much longer than what is asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_keeps_what_the_setting_says_and_who_comes_late_reads_the_log() {
    if !distributed() {
        return;
    }
    let harness = Harness::start().await;
    let settings = Settings { stream_length: 100, ..harness.settings() };
    let replica = harness.replica_with(settings, true, None).await;
    let subjects = [subject_in(9); 50];
    for _ in 0..20 {
        write(&replica.producer, harness.region, &subjects).await;
    }
    let mut heads = Heads::default();
    heads[9] = 1000;
    wait_for_streams(&harness, &heads).await;
    let mut wire = Wire::of(&harness).await;
    let kept: i64 = wire.ask(redis::cmd("XLEN").arg(key(&harness, 9))).await.expect("a length");
    assert!((100..=200).contains(&kept), "{kept} entries");
    let consumer = harness.replica(Some(Arc::new(Recorder))).await;
    assert_eq!(harness.effects().await.len(), 1000);
    harness.assert_exactly_once().await;
    consumer.stop().await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_with_holes_and_rubbish_is_made_up_for_from_the_log() {
    if !distributed() {
        return;
    }
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let mut wire = Wire::of(&harness).await;
    let subjects: Vec<_> = (0..16).map(subject_in).collect();
    for round in 1..=5 {
        // Rubbish stands where the next event should go: Redis refuses the event's id, and no reader takes the rubbish for it.
        for partition in 0..16 {
            let mut command = redis::cmd("XADD");
            command.arg(key(&harness, partition)).arg(format!("{}-1", round * 2 - 1)).arg("e").arg("rubbish");
            wire.ask::<()>(&command).await.expect("added");
        }
        for _ in 0..2 {
            write(&replica.producer, harness.region, &subjects).await;
        }
        harness.effects().await;
        wait_for_streams(&harness, &[round * 2; 16]).await;
    }
    harness.assert_exactly_once().await;
    replica.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_streams_of_a_database_that_is_no_more_are_forgotten() {
    if !distributed() {
        return;
    }
    let old = Harness::start().await;
    let replica = old.replica(None).await;
    let subjects: Vec<_> = (0..16).map(subject_in).collect();
    for _ in 0..3 {
        write(&replica.producer, old.region, &subjects).await;
    }
    wait_for_streams(&old, &[3; 16]).await;
    replica.stop().await;
    // New databases, and the Redis of before with the same prefix. The consumer comes first, the relay when it has looked.
    let mut new = Harness::start().await;
    new.prefix = old.prefix.clone();
    let consumer = new.replica(Some(Arc::new(Recorder))).await;
    write(&consumer.producer, new.region, &subjects).await;
    new.assert_exactly_once().await;
    wait_for_streams(&new, &[1; 16]).await;
    consumer.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_go_on_while_redis_is_away_and_after_it_comes_back_empty() {
    if !distributed() {
        return;
    }
    let mut server = Redis::start();
    let mut harness = Harness::start().await;
    harness.redis = Some(server.address());
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let second = harness.replica(Some(Arc::new(Recorder))).await;
    let subjects: Vec<_> = (0..16).map(subject_in).collect();
    write(&replica.producer, harness.region, &subjects).await;
    wait_for_streams(&harness, &[1; 16]).await;
    server.kill();
    write(&replica.producer, harness.region, &subjects).await;
    harness.assert_exactly_once().await;
    // A service that starts while Redis is away works too.
    let third = harness.replica_with(Settings { ..harness.settings() }, true, Some(Arc::new(Recorder))).await;
    write(&third.producer, harness.region, &subjects).await;
    harness.assert_exactly_once().await;
    server.restart();
    wait_for_streams(&harness, &[3; 16]).await;
    write(&second.producer, harness.region, &subjects).await;
    harness.assert_exactly_once().await;
    wait_for_streams(&harness, &[4; 16]).await;
    for replica in [third, second, replica] {
        replica.stop().await;
    }
}
