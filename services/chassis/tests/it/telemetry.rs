//! Traces over services, and what reaches a collector.

use std::sync::{Arc, Mutex};

use chassis::{
    auth::{Access, Who},
    config::Settings,
    telemetry,
};
use opentelemetry_proto::tonic::collector::{
    metrics::v1::{
        ExportMetricsServiceRequest, ExportMetricsServiceResponse,
        metrics_service_server::{MetricsService, MetricsServiceServer},
    },
    trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
};
use proto::bus::{GetHeadsRequest, GetHeadsResponse, event_log_service_client::EventLogServiceClient};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, async_trait, transport::Server};
use tracing::Instrument;

use crate::stand::{Stand, settings, unary};

const HEADS: &str = "/regiopool.bus.v1.EventLogService/GetHeads";
const OPEN: &[Access] = &[Access { method: HEADS, who: Who::Open }];
const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

type Seen = Arc<Mutex<Vec<String>>>;

/// A handler that notes the trace it runs in.
fn noting(seen: &Seen) -> axum::Router {
    let seen = seen.clone();
    let handler = unary(move |_: Request<GetHeadsRequest>| {
        seen.lock().expect("no panic").push(telemetry::traceparent().unwrap_or_default());
        async { Ok(GetHeadsResponse::default()) }
    });
    axum::Router::new().route(HEADS, handler)
}

#[derive(Clone, Default)]
struct Collector {
    names: Seen,
    services: Seen,
}

impl Collector {
    fn note(&self, resource: Option<opentelemetry_proto::tonic::resource::v1::Resource>, names: impl Iterator<Item = String>) {
        let attributes = resource.into_iter().flat_map(|resource| resource.attributes);
        let service = attributes.filter(|attribute| attribute.key == "service.name").map(|attribute| format!("{:?}", attribute.value));
        self.services.lock().expect("no panic").extend(service);
        self.names.lock().expect("no panic").extend(names);
    }
}

#[async_trait]
impl TraceService for Collector {
    async fn export(&self, request: Request<ExportTraceServiceRequest>) -> Result<Response<ExportTraceServiceResponse>, Status> {
        for part in request.into_inner().resource_spans {
            self.note(part.resource, part.scope_spans.into_iter().flat_map(|scope| scope.spans).map(|span| span.name));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[async_trait]
impl MetricsService for Collector {
    async fn export(&self, request: Request<ExportMetricsServiceRequest>) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        for part in request.into_inner().resource_metrics {
            self.note(part.resource, part.scope_metrics.into_iter().flat_map(|scope| scope.metrics).map(|metric| metric.name));
        }
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

async fn collecting() -> (Collector, String) {
    let collector = Collector::default();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("a bound port"));
    let server = Server::builder()
        .add_service(TraceServiceServer::new(collector.clone()))
        .add_service(MetricsServiceServer::new(collector.clone()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    (collector, endpoint)
}

/// One test, since a process has its telemetry once: an event's trace goes on over a call into its handler, and the collector is told
/// under the name of the service.
#[tokio::test(flavor = "multi_thread")]
async fn a_trace_goes_on_over_events_and_calls_and_reaches_the_collector() {
    assert_eq!(telemetry::traceparent(), None, "without a collector there is no trace");
    let (collector, endpoint) = collecting().await;
    let settings = Settings { otlp_endpoint: Some(endpoint), ..settings() };
    let guard = telemetry::init(&settings, "stand").expect("telemetry");
    assert!(telemetry::init(&settings, "stand").is_err(), "once is enough");
    let seen = Seen::default();
    let stand = Stand::start(settings, noting(&seen), OPEN).await;

    let span = tracing::info_span!("event");
    telemetry::set_parent(&span, PARENT);
    let own = span.in_scope(telemetry::traceparent).expect("a trace");
    assert!(own.starts_with(&PARENT[..36]) && own != PARENT, "{own}");
    let call = async { EventLogServiceClient::new(stand.peer()).get_heads(GetHeadsRequest::default()).await };
    call.instrument(span).await.expect("an answer");
    let handler = seen.lock().expect("no panic").remove(0);
    assert!(handler.starts_with(&PARENT[..36]) && handler != own && handler != PARENT, "{handler}");
    for nonsense in ["", "00-0-0-00", "ünsinn"] {
        let span = tracing::info_span!("event");
        telemetry::set_parent(&span, nonsense);
        assert!(span.in_scope(telemetry::traceparent).is_some_and(|own| !own.starts_with(&PARENT[..36])));
    }

    stand.frame.shutdown.cancel();
    stand.serving.await.expect("no panic").expect("served to the end");
    guard.shutdown().await;
    let names = collector.names.lock().expect("no panic").clone();
    for wanted in ["event", "regiopool.bus.v1.EventLogService/GetHeads", "regiopool.rpc.calls", "regiopool.rpc.duration"] {
        assert!(names.iter().any(|name| name == wanted), "{wanted} in {names:?}");
    }
    // The machinery below makes no spans of its own.
    assert!(names.iter().all(|name| name == "event" || name.contains("regiopool") || name.starts_with("grpc.")), "{names:?}");
    let services = collector.services.lock().expect("no panic").clone();
    assert!(!services.is_empty() && services.iter().all(|service| service.contains("\"regiopool-stand\"")), "{services:?}");
}
