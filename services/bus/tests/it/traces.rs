//! Publishing, effect and broadcast are in the trace of the call that wrote the event.

use std::sync::{Arc, Mutex, Once};

use bus::Subscription;
use opentelemetry::trace::{SpanId, TraceId, TracerProvider as _};
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SdkTracerProvider, SpanData, SpanExporter},
};
use tracing::Instrument as _;
use tracing_subscriber::{EnvFilter, Layer as _, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::harness::{Harness, Recorder, SOURCE, subject_in, wait_until, write};

static SPANS: Mutex<Vec<SpanData>> = Mutex::new(Vec::new());

#[derive(Debug)]
struct Collector;

impl SpanExporter for Collector {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        SPANS.lock().expect("unpoisoned").extend(batch);
        Ok(())
    }
}

/// Collects the spans of this process; and its log lines, with which a failure is read.
pub(crate) fn collect() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let provider = SdkTracerProvider::builder().with_simple_exporter(Collector).build();
        let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let lines = tracing_subscriber::fmt::layer().with_test_writer().with_ansi(false);
        tracing_subscriber::registry()
            .with(spans.with_filter(EnvFilter::new("bus=info,it=info")))
            .with(lines.with_filter(EnvFilter::new("bus=debug")))
            .init();
    });
}

/// The ended spans of the bus in a trace that are direct children of the call.
fn children(trace: TraceId, call: SpanId) -> Vec<String> {
    let spans = SPANS.lock().expect("unpoisoned");
    let own = spans.iter().filter(|span| span.span_context.trace_id() == trace && span.parent_span_id == call);
    let mut names: Vec<String> = own.map(|span| span.name.to_string()).collect();
    names.sort();
    names
}

async fn next(subscription: &mut Subscription) {
    subscription.recv().await.expect("an event");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_event_sets_off_is_in_the_trace_of_the_call_that_wrote_it() {
    let harness = Harness::start().await;
    let replica = harness.replica(Some(Arc::new(Recorder))).await;
    let mut broadcast = replica.within(|bus, frame| bus.broadcast(&frame, SOURCE)).await;
    assert!(broadcast.ready().await);
    for call in ["first", "second"] {
        let span = tracing::info_span!("call", otel.name = call);
        write(&replica.producer, harness.region, &[subject_in(3), subject_in(4)]).instrument(span).await;
        next(&mut broadcast).await;
        next(&mut broadcast).await;
    }
    // A call that nobody traces is delivered like any other.
    write(&replica.producer, harness.region, &[subject_in(3)]).await;
    next(&mut broadcast).await;
    harness.assert_exactly_once().await;
    let kind = "regiopool.flexpool.v1.ShiftCancelled";
    let expected: Vec<String> =
        ["apply", "apply", "broadcast", "broadcast", "publish", "publish"].iter().map(|what| format!("bus {what} {kind}")).collect();
    for call in ["first", "second"] {
        wait_until("the spans of a call", async || {
            let span = SPANS.lock().expect("unpoisoned").iter().find(|span| span.name == call).cloned();
            let span = span.ok_or_else(|| format!("the {call} call has not ended"))?;
            let names = children(span.span_context.trace_id(), span.span_context.span_id());
            if names == expected { Ok(()) } else { Err(format!("{call}: {names:?}")) }
        })
        .await;
    }
    replica.stop().await;
}
