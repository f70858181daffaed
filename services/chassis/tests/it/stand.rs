//! What the tests stand on: a process frame, a listener on a free port, handlers for single RPCs.

use std::{convert::Infallible, future::Future, time::Duration};

use axum::routing::{MethodRouter, any_service};
use chassis::{
    auth::{Access, Signer},
    caller::{Caller, Grant, Role, Subject},
    config::Settings,
    error::Result,
    frame::{Frame, Peer, connect},
    ids::{RegionId, UserId},
    server::{Part, serve},
};
use futures::Stream;
use prost::Message;
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::{
    Request, Response, Status,
    codegen::{BoxFuture, http},
    server::Grpc,
};
use tonic_prost::ProstCodec;

/// Settings of a test: own keys, and short times.
pub(crate) fn settings() -> Settings {
    Settings { token_keys: Some(Signer::new_key("test")), ..Settings::default() }
}

/// A server under test.
pub(crate) struct Stand {
    pub(crate) frame: Frame,
    pub(crate) address: String,
    pub(crate) serving: JoinHandle<Result<()>>,
}

impl Stand {
    /// Serves these handlers, by path, with these rights.
    pub(crate) async fn start(settings: Settings, handlers: axum::Router, access: &'static [Access]) -> Self {
        let frame = Frame::new(settings).expect("a frame");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("a bound port"));
        let part = Part { name: "stand", routes: handlers.into(), access, unattributed: &[] };
        let serving = tokio::spawn({
            let frame = frame.clone();
            async move { serve(&frame, listener, vec![part]).await }
        });
        Self { frame, address, serving }
    }

    pub(crate) fn peer(&self) -> Peer {
        connect(&self.address).expect("an address")
    }

    pub(crate) fn signer(&self) -> Signer {
        Signer::new(&self.frame.settings).expect("keys")
    }

    pub(crate) fn token(&self, role: Role) -> String {
        self.signer().sign(&caller(role), Duration::from_secs(60), None).expect("a token")
    }
}

pub(crate) fn caller(role: Role) -> Caller {
    Caller {
        subject: Subject::Client("test".to_owned()),
        region: Some(RegionId::new()),
        grants: vec![Grant { role, organisation: None }],
        worker: None,
    }
}

/// Somebody who signed in.
pub(crate) fn user(role: Role) -> Caller {
    Caller { subject: Subject::User(UserId::new()), ..caller(role) }
}

type RawRequest = http::Request<axum::body::Body>;

/// A handler of a unary RPC.
pub(crate) fn unary<M, R, F>(handler: impl Fn(Request<M>) -> F + Clone + Send + Sync + 'static) -> MethodRouter
where
    M: Message + Default + 'static,
    R: Message + Default + 'static,
    F: Future<Output = Result<R, Status>> + Send + 'static,
{
    any_service(tower::service_fn(move |request: RawRequest| {
        let handler = handler.clone();
        let service = tower::service_fn(move |request| {
            let answer = handler(request);
            let answer: BoxFuture<_, Status> = Box::pin(async move { answer.await.map(Response::new) });
            answer
        });
        async move { Ok::<_, Infallible>(Grpc::new(ProstCodec::<R, M>::default()).unary(service, request.map(tonic::body::Body::new)).await) }
    }))
}

/// A handler of an RPC that answers with a stream.
pub(crate) fn streaming<M, R, S>(handler: impl Fn(Request<M>) -> S + Clone + Send + Sync + 'static) -> MethodRouter
where
    M: Message + Default + 'static,
    R: Message + Default + 'static,
    S: Stream<Item = Result<R, Status>> + Send + 'static,
{
    any_service(tower::service_fn(move |request: RawRequest| {
        let handler = handler.clone();
        let service = tower::service_fn(move |request| {
            let stream = handler(request);
            let answer: BoxFuture<_, Status> = Box::pin(async move { Ok(Response::new(stream)) });
            answer
        });
        let codec = ProstCodec::<R, M>::default();
        async move { Ok::<_, Infallible>(Grpc::new(codec).server_streaming(service, request.map(tonic::body::Body::new)).await) }
    }))
}

/// The reason that a status carries.
pub(crate) fn reason(status: &Status) -> String {
    use tonic_types::StatusExt;
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}
