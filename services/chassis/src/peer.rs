//! Connections to the other services.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use tonic::{
    body::Body,
    codegen::{Service, http},
    transport::{Channel, Endpoint, Error as ChannelError, channel::ResponseFuture},
};

use crate::{
    carried::Carried,
    config::{Settings, peer_url},
    error::{Error, Result},
    telemetry,
};

/// A connection to a service, made at its first use and again when it breaks; the generated clients are built on it. It carries the
/// trace of the calling task along, and the time that is left to the call it serves. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Peer(Channel);

impl Service<http::Request<Body>> for Peer {
    type Response = http::Response<Body>;
    type Error = ChannelError;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        telemetry::inject(request.headers_mut());
        Carried::current().limit(request.headers_mut());
        self.0.call(request)
    }
}

/// The connections of a process, one per service.
#[derive(Debug, Clone)]
pub(crate) struct Peers {
    settings: Arc<Settings>,
    open: Arc<Mutex<HashMap<&'static str, Peer>>>,
}

impl Peers {
    /// Errors: `Setting` when an address cannot be one, so that later nothing fails for that.
    pub(crate) fn new(settings: Arc<Settings>) -> Result<Self> {
        for service in ["members", "flexpool"] {
            peer_url(&settings.url(service)).map_err(|expected| Error::setting(format!("{service}_url"), expected))?;
        }
        Ok(Self { settings, open: Arc::default() })
    }

    /// Must be called within a Tokio runtime.
    pub(crate) fn get(&self, service: &'static str) -> Peer {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.entry(service).or_insert_with(|| Peer(self.endpoint(service).connect_lazy())).clone()
    }

    fn endpoint(&self, service: &str) -> Endpoint {
        let url = self.settings.url(service);
        Endpoint::from_shared(url)
            .expect("an address that was checked when the process began")
            .connect_timeout(Duration::from_secs(3))
            .timeout(Duration::from_secs(self.settings.request_timeout_s))
            // A machine that vanished closes nothing: without these a call would wait for its own end only.
            .http2_keep_alive_interval(Duration::from_secs(15))
            .keep_alive_timeout(Duration::from_secs(5))
    }
}

/// A connection to any address, for command-line clients and tests.
pub fn connect(url: &str) -> Result<Peer> {
    let url = peer_url(url).map_err(|expected| Error::setting("url", expected))?;
    let endpoint = Endpoint::from_shared(url).map_err(|_| Error::setting("url", "expected http://host:port"))?;
    Ok(Peer(endpoint.connect_timeout(Duration::from_secs(3)).connect_lazy()))
}
