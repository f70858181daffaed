//! What is done to the streams of a history. All of it may happen at any time.

use redis::streams::StreamRangeReply;

use crate::{harness::Harness, streams::key, wire::Wire};

/// Deletes all streams.
pub(crate) async fn empty(harness: &Harness) {
    let keys: Vec<String> = (0..16).map(|partition| key(harness, partition)).collect();
    Wire::of(harness).await.ask::<()>(redis::cmd("DEL").arg(keys)).await.expect("deleted");
}

/// Leaves so many entries of each.
pub(crate) async fn trim(harness: &Harness, entries: usize) {
    let mut wire = Wire::of(harness).await;
    for partition in 0..16 {
        wire.ask::<i64>(redis::cmd("XTRIM").arg(key(harness, partition)).arg("MAXLEN").arg(entries)).await.expect("trimmed");
    }
}

/// Deletes every second entry.
pub(crate) async fn thin(harness: &Harness) {
    let mut wire = Wire::of(harness).await;
    for partition in 0..16 {
        let all = wire.ask::<StreamRangeReply>(redis::cmd("XRANGE").arg(key(harness, partition)).arg("-").arg("+")).await.expect("read");
        let every_second: Vec<String> = all.ids.into_iter().step_by(2).map(|entry| entry.id).collect();
        if !every_second.is_empty() {
            wire.ask::<i64>(redis::cmd("XDEL").arg(key(harness, partition)).arg(every_second)).await.expect("deleted");
        }
    }
}
