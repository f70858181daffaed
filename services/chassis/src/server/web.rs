//! Browsers at the same listener: gRPC-Web, which is gRPC in what a browser can send, and the permission for pages of other origins.
//!
//! Who may call what is decided by tokens, which pages hold and no browser adds by itself; so the origins here protect nobody's data. They
//! keep other people's pages from using the service. Without `cors_origins` no page of another origin may.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use tonic::{
    body::Body,
    codegen::{
        Service,
        http::{self, HeaderName, HeaderValue, Method, StatusCode, header},
    },
};
use tonic_web::{GrpcWebLayer, GrpcWebService};
use tower::Layer;
use tower_http::cors::{AllowOrigin, Cors, CorsLayer};

use super::door::Door;
use crate::config::Origins;

/// What a browser may keep of a permission.
const KEEP: Duration = Duration::from_secs(60 * 60);
/// What a page may send.
const SENT: [HeaderName; 7] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-grpc-web"),
    HeaderName::from_static("x-user-agent"),
];
/// What a page may read beside the body: where the answer has none, the status is here.
const READ: [HeaderName; 3] =
    [HeaderName::from_static("grpc-status"), HeaderName::from_static("grpc-message"), HeaderName::from_static("grpc-status-details-bin")];

type Request = http::Request<Body>;
type Response = http::Response<Body>;

/// The door, for browsers too.
#[derive(Clone)]
pub(super) struct Web {
    origins: Arc<[HeaderValue]>,
    plain: GrpcWebService<Door>,
    permitted: Cors<GrpcWebService<Door>>,
}

impl Web {
    pub(super) fn new(door: Door, origins: &Origins) -> Self {
        let origins: Arc<[_]> = origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()).collect();
        let cors = CorsLayer::new()
            .allow_origin(AllowOrigin::list(origins.iter().cloned()))
            .allow_methods([Method::POST])
            .allow_headers(SENT)
            .expose_headers(READ)
            .max_age(KEEP);
        let plain = GrpcWebLayer::new().layer(door);
        Self { origins, permitted: cors.layer(plain.clone()), plain }
    }
}

impl Service<Request> for Web {
    type Response = Response;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // The door is always open; what is too much it refuses with an answer.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        // Other origins get not one of the headers: neither a permission nor what it would have been.
        let listed = request.headers().get(header::ORIGIN).is_some_and(|origin| self.origins.contains(origin));
        match *request.method() {
            Method::POST if !listed => self.plain.call(request).boxed(),
            Method::POST => self.permitted.call(request).boxed(),
            Method::OPTIONS if listed => self.permitted.call(request).boxed(),
            _ => std::future::ready(Ok(only_post())).boxed(),
        }
    }
}

fn only_post() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("POST"));
    response
}
