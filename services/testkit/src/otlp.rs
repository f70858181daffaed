//! A collector for tests: receives OTLP over gRPC, as a real collector would, and answers what it got.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use opentelemetry_proto::tonic::{
    collector::{
        metrics::v1::{
            ExportMetricsServiceRequest, ExportMetricsServiceResponse,
            metrics_service_server::{MetricsService, MetricsServiceServer},
        },
        trace::v1::{
            ExportTraceServiceRequest, ExportTraceServiceResponse,
            trace_service_server::{TraceService, TraceServiceServer},
        },
    },
    common::v1::{AnyValue, KeyValue, any_value::Value},
    trace::v1::status::StatusCode,
};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, async_trait, transport::Server};

use crate::wait_until;

/// One piece of work, as the collector sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The process that did it: `service.name` of the resource.
    pub service: String,
    /// Its name: for an RPC the full name of the method.
    pub name: String,
    /// The trace it belongs to, 32 hexadecimal digits.
    pub trace: String,
    /// Its id, 16 hexadecimal digits.
    pub id: String,
    /// The span that caused it; empty at the root of a trace.
    pub parent: String,
    /// Its attributes; values that are not text are shown as they print.
    pub attributes: BTreeMap<String, String>,
    /// Whether it ended with an error.
    pub failed: bool,
}

#[derive(Debug, Default)]
struct Received {
    spans: Vec<Span>,
    metrics: BTreeSet<String>,
    everything: String,
}

type Store = Arc<Mutex<Received>>;

fn locked<T>(store: &Store, work: impl FnOnce(&mut Received) -> T) -> T {
    work(&mut store.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A running collector; ends with the value.
#[derive(Debug)]
pub struct Sink {
    /// For `OTEL_EXPORTER_OTLP_ENDPOINT`.
    pub address: String,
    store: Store,
    task: JoinHandle<()>,
}

impl Sink {
    /// Listens on a free port.
    ///
    /// # Panics
    /// When the machine has no free port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("a bound port"));
        let store = Store::default();
        let server = Server::builder()
            .add_service(TraceServiceServer::new(Receiver(store.clone())))
            .add_service(MetricsServiceServer::new(Receiver(store.clone())))
            .serve_with_incoming(TcpListenerStream::new(listener));
        let task = tokio::spawn(async move {
            if let Err(error) = server.await {
                // The test then fails on the spans it does not find; this says why.
                panic!("the collector stopped: {error}");
            }
        });
        Self { address, store, task }
    }

    /// Everything received until now.
    pub fn spans(&self) -> Vec<Span> {
        locked(&self.store, |received| received.spans.clone())
    }

    /// The spans of one trace.
    pub fn trace(&self, id: &str) -> Vec<Span> {
        self.spans().into_iter().filter(|span| span.trace == id).collect()
    }

    /// The names of all metrics received until now.
    pub fn metrics(&self) -> BTreeSet<String> {
        locked(&self.store, |received| received.metrics.clone())
    }

    /// Everything received until now, as it prints: spans with their attributes and events, metrics with theirs, and where they came from.
    pub fn everything(&self) -> String {
        locked(&self.store, |received| received.everything.clone())
    }

    /// Waits for a trace that has a span for each of these, by name and service, and gives all its spans. A span may serve only one of
    /// them, so that a name that is given twice must be there twice.
    ///
    /// # Panics
    /// When no such trace comes; with the nearest one.
    pub async fn wait_for_trace(&self, wanted: &[(&str, &str)]) -> Vec<Span> {
        wait_until(&format!("one trace over {wanted:?}"), async || {
            let mut traces: BTreeMap<String, Vec<Span>> = BTreeMap::new();
            for span in self.spans() {
                traces.entry(span.trace.clone()).or_default().push(span);
            }
            let nearest = traces.into_values().min_by_key(|spans| missing(spans, wanted).len());
            let spans = nearest.ok_or("no spans at all")?;
            let missing = missing(&spans, wanted);
            if missing.is_empty() {
                return Ok(spans);
            }
            let have: Vec<_> = spans.iter().map(|span| (&span.service, &span.name)).collect();
            Err(format!("the nearest trace lacks {missing:?}; it has {have:?}"))
        })
        .await
    }
}

fn missing<'a>(spans: &[Span], wanted: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut left: Vec<(&str, &str)> = spans.iter().map(|span| (span.service.as_str(), span.name.as_str())).collect();
    let is_missing = |want: &&(&str, &str)| match left.iter().position(|have| have == *want) {
        Some(at) => {
            left.swap_remove(at);
            false
        }
        None => true,
    };
    wanted.iter().filter(is_missing).copied().collect()
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Receiver(Store);

#[async_trait]
impl TraceService for Receiver {
    async fn export(&self, request: Request<ExportTraceServiceRequest>) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let request = request.into_inner();
        let printed = format!("{request:?}\n");
        locked(&self.0, |received| received.everything.push_str(&printed));
        for resource in request.resource_spans {
            let about = resource.resource.map(|resource| attributes(resource.attributes)).unwrap_or_default();
            let service = about.get("service.name").cloned().unwrap_or_default();
            let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans).map(|span| Span {
                service: service.clone(),
                name: span.name,
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                attributes: attributes(span.attributes),
                failed: span.status.is_some_and(|status| status.code() == StatusCode::Error),
            });
            locked(&self.0, |received| received.spans.extend(spans));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[async_trait]
impl MetricsService for Receiver {
    async fn export(&self, request: Request<ExportMetricsServiceRequest>) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let request = request.into_inner();
        let printed = format!("{request:?}\n");
        locked(&self.0, |received| received.everything.push_str(&printed));
        let resources = request.resource_metrics.into_iter();
        let names = resources.flat_map(|resource| resource.scope_metrics).flat_map(|scope| scope.metrics).map(|metric| metric.name);
        locked(&self.0, |received| received.metrics.extend(names));
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

fn attributes(pairs: Vec<KeyValue>) -> BTreeMap<String, String> {
    pairs.into_iter().map(|pair| (pair.key, pair.value.map(text).unwrap_or_default())).collect()
}

fn text(value: AnyValue) -> String {
    match value.value {
        None => String::new(),
        Some(Value::StringValue(text)) => text,
        Some(Value::BoolValue(value)) => value.to_string(),
        Some(Value::IntValue(value)) => value.to_string(),
        Some(Value::DoubleValue(value)) => value.to_string(),
        Some(other) => format!("{other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::{
        collector::trace::v1::trace_service_client::TraceServiceClient,
        resource::v1::Resource,
        trace::v1::{ResourceSpans, ScopeSpans, Span as Sent},
    };

    use super::*;

    fn export(service: &str, trace: u8, name: &str) -> ExportTraceServiceRequest {
        let value = Some(AnyValue { value: Some(Value::StringValue(service.to_owned())) });
        let named = KeyValue { key: "service.name".to_owned(), value, ..KeyValue::default() };
        let span = Sent { trace_id: vec![trace; 16], span_id: vec![7; 8], name: name.to_owned(), ..Sent::default() };
        ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: Some(Resource { attributes: vec![named], ..Resource::default() }),
                scope_spans: vec![ScopeSpans { spans: vec![span], ..ScopeSpans::default() }],
                ..ResourceSpans::default()
            }],
        }
    }

    #[tokio::test]
    async fn a_trace_is_found_by_what_it_passed() {
        let sink = Sink::start().await;
        let mut client = TraceServiceClient::connect(sink.address.clone()).await.expect("the collector listens");
        for (service, trace, name) in [("portal", 1, "POST /claim"), ("flexpool", 2, "ClaimShift"), ("flexpool", 1, "ClaimShift")] {
            client.export(export(service, trace, name)).await.expect("received");
        }
        let spans = sink.wait_for_trace(&[("portal", "POST /claim"), ("flexpool", "ClaimShift")]).await;
        assert_eq!(spans, sink.trace(&"01".repeat(16)));
        assert_eq!(spans.len(), 2);
    }

    #[test]
    fn a_name_that_is_wanted_twice_must_be_there_twice() {
        let span = Span {
            service: "bus".to_owned(),
            name: "relay".to_owned(),
            trace: String::new(),
            id: String::new(),
            parent: String::new(),
            attributes: BTreeMap::new(),
            failed: false,
        };
        assert_eq!(missing(std::slice::from_ref(&span), &[("bus", "relay"), ("bus", "relay")]), [("bus", "relay")]);
        assert_eq!(missing(&[span.clone(), span], &[("bus", "relay"), ("bus", "relay")]), []);
    }
}
