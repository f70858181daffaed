//! What a process tells about itself: log lines on standard error, traces and metrics to an OpenTelemetry collector.
//!
//! One trace follows the work over services and events as W3C trace context; without a collector the context that came is passed on as it
//! is, so that a trace of others has no hole here. Where the collector is, and everything else about sending,
//! is set by the `OTEL_…` variables that OpenTelemetry defines; without `OTEL_EXPORTER_OTLP_ENDPOINT` nothing is sent.

use std::{io::IsTerminal, sync::OnceLock, time::Duration};

use opentelemetry::{
    Context, KeyValue, global,
    metrics::{Counter, Histogram},
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::{SpanContext, TraceContextExt, TracerProvider},
};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use tonic::{Code, codegen::http::HeaderMap};
use tracing::{Metadata, Span, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{EnvFilter, Layer, filter::FilterFn, layer::SubscriberExt, util::SubscriberInitExt};

use crate::{
    carried::Carried,
    config::{LogFormat, Settings},
    error::{Error, Result},
};

/// Spans of these belong to the machinery; those that the exporter's own calls make would feed themselves.
const MACHINERY: &[&str] = &["h2", "hyper", "hyper_util", "tonic", "tower", "tower_http", "sqlx", "sea_orm", "opentelemetry"];

/// Keeps the telemetry of a process. Call [`Guard::shutdown`] at the end, or what is not yet sent is lost.
#[derive(Debug, Default)]
#[must_use = "shut it down at the end of the process"]
pub struct Guard {
    providers: Option<(SdkTracerProvider, SdkMeterProvider)>,
}

impl Guard {
    /// Sends what is left and stops. Takes a few seconds when the collector is away.
    pub async fn shutdown(self) {
        let Some((traces, metrics)) = self.providers else { return };
        // Both block.
        let done = tokio::task::spawn_blocking(move || (traces.shutdown(), metrics.shutdown())).await;
        if !matches!(done, Ok((Ok(()), Ok(())))) {
            tracing::warn!("the collector did not take the last traces or metrics");
        }
    }
}

/// Starts logs, traces and metrics of the process, once. `service` is what it serves: its name in telemetry is `regiopool-<service>`.
/// Must be called within a Tokio runtime. Errors: `Setting` for a collector's address that cannot be used; `Internal` the second time.
pub fn init(settings: &Settings, service: &str) -> Result<Guard> {
    let filter = log_filter(&settings.log)?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    let lines = match settings.log_format {
        LogFormat::Text => lines.with_target(false).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
    };
    let providers = settings.otlp_endpoint.as_deref().map(|endpoint| providers(endpoint, service)).transpose()?;
    let spans = providers.as_ref().map(|(traces, _)| {
        let layer = tracing_opentelemetry::layer().with_tracer(traces.tracer("regiopool")).with_location(false).with_threads(false);
        layer.with_filter(FilterFn::new(ours).with_max_level_hint(LevelFilter::INFO))
    });
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(spans)
        .try_init()
        .map_err(|error| Error::Internal(Box::new(error)))?;
    if let Some((_, metrics)) = &providers {
        global::set_meter_provider(metrics.clone());
        // `try_init` succeeds once, so nobody was here before.
        let _ = RPC_METRICS.set(RpcMetrics::new());
    }
    Ok(Guard { providers })
}

/// Makes a panic a log line like any other, from now on. Of its message only what stands in the source is shown: the rest may quote data
/// of a person. The binary calls it; tests do not, since they want the whole message.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().filter(|_| panic.payload().is::<&'static str>()).unwrap_or("(message withheld)");
        tracing::error!(place = panic.location().map(tracing::field::display), message, "a task panicked");
    }));
}

/// What the setting asks for, but nothing of the client of Redis unless it is asked for by name: while a cluster is away it tells of every
/// attempt at every node, and the bus says once what matters.
fn log_filter(setting: &str) -> Result<EnvFilter> {
    let wrong = |error: tracing_subscriber::filter::ParseError| Error::setting("log", error.to_string());
    EnvFilter::builder().parse(format!("redis=off,{setting}")).map_err(wrong)
}

fn ours(metadata: &Metadata<'_>) -> bool {
    let root = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= tracing::Level::INFO && !MACHINERY.contains(&root)
}

fn providers(endpoint: &str, service: &str) -> Result<(SdkTracerProvider, SdkMeterProvider)> {
    let wrong = |_| Error::setting("otlp_endpoint", "expected the http:// address of an OTLP collector for gRPC");
    let resource = Resource::builder().with_service_name(format!("regiopool-{service}")).build();
    let spans = SpanExporter::builder().with_tonic().with_endpoint(endpoint).build().map_err(wrong)?;
    let metrics = MetricExporter::builder().with_tonic().with_endpoint(endpoint).build().map_err(wrong)?;
    let traces = SdkTracerProvider::builder().with_batch_exporter(spans).with_resource(resource.clone()).build();
    let metrics = SdkMeterProvider::builder().with_periodic_exporter(metrics).with_resource(resource).build();
    Ok((traces, metrics))
}

struct Headers<'a>(&'a HeaderMap);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(|name| name.as_str()).collect()
    }
}

struct HeadersMut<'a>(&'a mut HeaderMap);

impl Injector for HeadersMut<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (key.parse::<tonic::codegen::http::HeaderName>(), value.parse()) {
            self.0.insert(name, value);
        }
    }
}

/// The trace that the work of this task belongs to: its span's or, without a collector, the one that the call came with.
fn context() -> Context {
    let own = Span::current().context();
    if own.span().span_context().is_valid() {
        return own;
    }
    Carried::current().trace().map_or(own, |trace| Context::new().with_remote_span_context(trace.clone()))
}

/// The trace that a call's headers name, if they do.
pub(crate) fn trace_of(headers: &HeaderMap) -> Option<SpanContext> {
    if !headers.contains_key("traceparent") {
        return None;
    }
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &Headers(headers));
    Some(context.span().span_context().clone()).filter(SpanContext::is_valid)
}

/// Puts the trace context of this task into the headers of a call.
pub fn inject(headers: &mut HeaderMap) {
    TraceContextPropagator::new().inject_context(&context(), &mut HeadersMut(headers));
}

/// Makes a span that nobody has entered yet part of the trace that a call's headers name.
pub fn extract(span: &Span, headers: &HeaderMap) {
    if headers.contains_key("traceparent") {
        // Without a collector there is no trace to continue, and that is no error.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&Headers(headers)));
    }
}

/// The W3C trace context of this task, to be kept with an event; `None` outside every trace.
pub fn traceparent() -> Option<String> {
    let context = context();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags().to_u8()))
}

/// Makes a span that nobody has entered yet part of the trace that an event carries. What is no trace context is ignored.
pub fn set_parent(span: &Span, traceparent: &str) {
    let mut headers = HeaderMap::new();
    if let Ok(value) = traceparent.parse() {
        headers.insert("traceparent", value);
        extract(span, &headers);
    }
}

/// Absent without a collector.
static RPC_METRICS: OnceLock<RpcMetrics> = OnceLock::new();

struct RpcMetrics {
    calls: Counter<u64>,
    seconds: Histogram<f64>,
}

impl RpcMetrics {
    fn new() -> Self {
        let meter = global::meter("regiopool");
        Self {
            calls: meter.u64_counter("regiopool.rpc.calls").with_description("Answered calls").build(),
            seconds: meter.f64_histogram("regiopool.rpc.duration").with_unit("s").with_description("Duration of calls").build(),
        }
    }
}

/// Counts an answered call and how long it took, by method and code.
pub fn count_rpc(method: &'static str, code: Code, took: Duration) {
    let Some(metrics) = RPC_METRICS.get() else { return };
    let labels = [KeyValue::new("rpc.method", method), KeyValue::new("rpc.grpc.status_code", i64::from(i32::from(code)))];
    metrics.calls.add(1, &labels);
    metrics.seconds.record(took.as_secs_f64(), &labels);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_of_redis_is_silent_unless_it_is_asked() {
        let filter = |setting: &str| log_filter(setting).expect("a filter").to_string();
        assert!(filter("info,bus=debug").contains("redis=off"));
        let asked = filter("info,redis=debug");
        assert!(asked.contains("redis=debug") && !asked.contains("redis=off"), "{asked}");
    }
}
