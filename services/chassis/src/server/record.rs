//! What remains of a call: one log line, its count and its duration, however it ends.

use std::time::{Duration, Instant};

use tonic::{
    Code, Status,
    codegen::http::{HeaderMap, Request},
};
use tracing::{Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{caller::Caller, telemetry};

/// A call under way. Dropped, it writes the line; that also happens when the client hangs up and the call is dropped in the middle.
#[derive(Debug)]
pub(super) struct Record {
    method: &'static str,
    started: Instant,
    limit: Option<Duration>,
    code: Option<Code>,
    span: Span,
}

impl Record {
    /// Of a call that begins now, as part of the trace that it names.
    pub(super) fn begin<B>(method: &'static str, request: &Request<B>) -> Self {
        let span = tracing::info_span!(
            "rpc",
            otel.name = method,
            otel.kind = "server",
            otel.status_code = field::Empty,
            caller = field::Empty,
            region = field::Empty,
        );
        telemetry::extract(&span, request.headers());
        span.set_attribute("rpc.system.name", "grpc");
        span.set_attribute("rpc.method", method);
        Self { method, started: Instant::now(), limit: None, code: None, span }
    }

    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    pub(super) fn limit(&mut self, limit: Option<Duration>) {
        self.limit = limit;
    }

    /// Who calls, and where; only where when the call is one that must not be told by who made it (D7).
    pub(super) fn caller(&self, caller: &Caller, attributed: bool) {
        if attributed {
            self.span.record("caller", field::display(&caller.subject));
        }
        if let Some(region) = caller.region {
            self.span.record("region", field::display(region));
        }
    }

    /// How the call ended.
    pub(super) fn end(&mut self, code: Code) {
        self.code = Some(code);
    }

    /// How the call ended, when headers or trailers say so.
    pub(super) fn end_as(&mut self, headers: &HeaderMap) -> bool {
        let status = Status::from_header_map(headers);
        self.code = status.as_ref().map(Status::code).or(self.code);
        status.is_some()
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        let given_up = if self.limit.is_some_and(|limit| took >= limit) { Code::DeadlineExceeded } else { Code::Cancelled };
        let code = self.code.unwrap_or(given_up);
        telemetry::count_rpc(self.method, code, took);
        if matches!(code, Code::Internal | Code::Unknown | Code::DataLoss | Code::Unavailable | Code::DeadlineExceeded) {
            self.span.record("otel.status_code", "ERROR");
        }
        self.span.set_attribute("rpc.response.status_code", i64::from(i32::from(code)));
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.span.in_scope(|| {
            if self.method.starts_with("grpc.") {
                tracing::debug!(?code, duration_ms, "answered");
            } else {
                tracing::info!(?code, duration_ms, "answered");
            }
        });
    }
}
