//! What the bus counts.

use std::{sync::OnceLock, time::Duration};

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Gauge},
};

use crate::{event::Event, lag::Lag};

struct Metrics {
    published: Counter<u64>,
    applied: Counter<u64>,
    unknown: Counter<u64>,
    failed: Counter<u64>,
    lag: Gauge<i64>,
    delay: Gauge<f64>,
    backlog: Gauge<i64>,
    parked: Gauge<i64>,
}

fn metrics() -> &'static Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    METRICS.get_or_init(|| {
        let meter = global::meter("regiopool");
        Metrics {
            published: meter.u64_counter("regiopool.bus.published").with_description("Events that got their position").build(),
            applied: meter.u64_counter("regiopool.bus.applied").with_description("Events that took effect").build(),
            unknown: meter
                .u64_counter("regiopool.bus.unknown")
                .with_description("Events of a type that the consumer does not know")
                .build(),
            failed: meter.u64_counter("regiopool.bus.failed").with_description("Attempts at an event that failed").build(),
            lag: meter.i64_gauge("regiopool.bus.lag").with_description("Log head minus consumer position").build(),
            delay: meter
                .f64_gauge("regiopool.bus.delay")
                .with_unit("s")
                .with_description("How long the oldest event has been waiting for its effect")
                .build(),
            backlog: meter
                .i64_gauge("regiopool.bus.backlog")
                .with_description("Committed events that wait for their position, and those with one that wait to be published")
                .build(),
            parked: meter.i64_gauge("regiopool.bus.parked").with_description("Events that wait parked in the consumer").build(),
        }
    })
}

pub(crate) fn published(source: &'static str, events: usize) {
    metrics().published.add(events as u64, &[KeyValue::new("source", source)]);
}

pub(crate) fn applied(source: &'static str, events: usize) {
    metrics().applied.add(events as u64, &[KeyValue::new("source", source)]);
}

pub(crate) fn failed(event: &Event) {
    metrics().failed.add(1, &[KeyValue::new("source", event.source.clone()), KeyValue::new("type", event.kind.clone())]);
}

pub(crate) fn unknown(event: &Event) {
    metrics().unknown.add(1, &[KeyValue::new("source", event.source.clone()), KeyValue::new("type", event.kind.clone())]);
}

pub(crate) fn lag(lag: &Lag) {
    let labels = [KeyValue::new("source", lag.source), KeyValue::new("partition", i64::from(lag.partition))];
    metrics().lag.record(lag.head - lag.position, &labels);
}

pub(crate) fn delay(source: &'static str, delay: Duration) {
    metrics().delay.record(delay.as_secs_f64(), &[KeyValue::new("source", source)]);
}

/// What waits in the partitions that this process's relay holds.
pub(crate) fn backlog(source: &'static str, for_position: i64, for_publishing: i64) {
    for (stage, events) in [("position", for_position), ("publish", for_publishing)] {
        metrics().backlog.record(events, &[KeyValue::new("source", source), KeyValue::new("stage", stage)]);
    }
}

pub(crate) fn parked(source: &'static str, events: i64) {
    metrics().parked.record(events, &[KeyValue::new("source", source)]);
}
