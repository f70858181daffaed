//! One span and one log line per page, named by its route, so that a claim in the browser and all that follows is one trace.

use axum::{
    extract::{MatchedPath, Request},
    http::Method,
    middleware::Next,
    response::Response,
};
use chassis::{telemetry, time::real_now};
use tracing::{Instrument, field::Empty};

/// The layer around every request. Ids in paths stay out of the name; nothing that a person typed is written down.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).to_owned();
    // Names are few: what a client makes up does not become one.
    let method = match *request.method() {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "OTHER",
    };
    let name = format!("portal {method} {route}");
    let span = tracing::info_span!(
        "portal",
        otel.name = name,
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = Empty,
        calls = Empty,
    );
    if let Some(parent) = request.headers().get("traceparent").and_then(|value| value.to_str().ok()) {
        telemetry::set_parent(&span, parent);
    }
    let began = real_now();
    let work = async {
        let response = next.run(request).await;
        let status = response.status().as_u16();
        tracing::Span::current().record("http.response.status_code", status);
        let duration_ms = (real_now().0 - began.0) / 1_000;
        if response.status().is_server_error() {
            tracing::warn!(status, duration_ms, "answered");
        } else {
            tracing::info!(status, duration_ms, "answered");
        }
        response
    };
    work.instrument(span).await
}
