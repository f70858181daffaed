//! One listener for the services of a process, and the one door through which every call comes.
//!
//! A call passes, in this order: trace, deadline, limits, sign-in, the caller's pace, handler; it ends with one log line. [`door`] is that
//! path, and [`web`] lets browsers in, too. Here the parts are put behind it, with the standard services for health and reflection, and
//! everything is stopped in order.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::LazyLock,
    time::Duration,
};

use prost::Message;
use prost_types::FileDescriptorSet;
use tokio::{
    net::TcpListener,
    time::{sleep, timeout},
};
use tonic::{
    service::Routes,
    transport::{Server, server::TcpIncoming},
};
use tonic_health::{
    ServingStatus,
    pb::health_server::HealthServer,
    server::{HealthReporter, HealthService},
};
use tonic_reflection::server::Builder as Reflection;

use crate::{
    auth::{Access, Who},
    error::{Error, Result},
    frame::Frame,
};

mod body;
mod door;
mod record;
mod web;

/// How long connections get to close after the last call was cut off.
const CLOSE: Duration = Duration::from_secs(1);

/// What a service adds to the process.
#[derive(Debug)]
pub struct Part {
    /// The service's name: `members`.
    pub name: &'static str,
    /// Its RPCs. Where two parts list the same method, the first one answers it.
    pub routes: Routes,
    /// Who may call them; what is not listed is refused.
    pub access: &'static [Access],
    /// Those of them, by path, of which neither log nor trace says who called (D7).
    pub unattributed: &'static [&'static str],
}

/// What the contract says about an RPC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method {
    /// Answers with a stream: has no end of its own, and is ended when the process stops.
    pub streams: bool,
}

/// Every RPC of the contract and of the standard services, by path.
pub(crate) static METHODS: LazyLock<HashMap<String, Method>> = LazyLock::new(|| {
    let sets = [
        proto::DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
    ];
    let mut methods = HashMap::new();
    for file in sets.iter().filter_map(|set| FileDescriptorSet::decode(*set).ok()).flat_map(|set| set.file) {
        for service in &file.service {
            for method in &service.method {
                let path = format!("/{}.{}/{}", file.package(), service.name(), method.name());
                methods.insert(path, Method { streams: method.server_streaming() });
            }
        }
    }
    methods
});

/// The RPCs of a package of the contract (`regiopool.flexpool.v1`), by path.
pub fn methods(package: &str) -> BTreeMap<&'static str, Method> {
    let within = format!("/{package}.");
    METHODS.iter().filter(|(path, _)| path.starts_with(&within)).map(|(path, method)| (path.as_str(), *method)).collect()
}

/// Has a place always and no pace: a busy process is not a dead one.
pub(crate) const HEALTH: &str = "/grpc.health.v1.Health/Check";

/// The standard services tell nothing about people and are open.
const STANDARD: &[Access] = &[
    Access { method: HEALTH, who: Who::Open },
    Access { method: "/grpc.health.v1.Health/Watch", who: Who::Open },
    Access { method: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", who: Who::Open },
    Access { method: "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", who: Who::Open },
];

/// Serves the parts on `listener` until the frame's shutdown is asked for. Then no new connection is taken, streams end with
/// `UNAVAILABLE`, and calls get `drain_s` to end before they are cut off with the same.
/// Errors: `Internal` when a part lists a method that the contract does not have.
pub async fn serve(frame: &Frame, listener: TcpListener, parts: Vec<Part>) -> Result<()> {
    let (services, standard) = standard(frame, &parts).await?;
    let parts: Vec<Part> = parts.into_iter().chain([standard]).collect();
    if let Some(row) = parts.iter().flat_map(|part| part.access).find(|row| !METHODS.contains_key(row.method)) {
        return Err(Error::internal(format!("the contract has no {}", row.method)));
    }
    let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
    let address = listener.local_addr().map_err(|error| Error::Internal(Box::new(error)))?;
    tracing::info!(%address, parts = ?names, "serving gRPC");

    // Who waits for the tasks of the process waits for its calls, too.
    let _serving = frame.shutdown.tracker.token();
    let door = door::Door::new(frame, parts);
    let cut_off = door.cut_off();
    let web = web::Web::new(door, &frame.settings.cors_origins);
    let (shutdown, health) = (frame.shutdown.clone(), frame.health.clone());
    let asked = async move {
        shutdown.cancelled().await;
        tell(&health, &services, ServingStatus::NotServing).await;
    };
    let streams = u32::try_from(frame.settings.max_concurrent_requests).unwrap_or(u32::MAX).saturating_mul(2);
    let serving = Server::builder()
        .http2_keepalive_interval(Some(Duration::from_secs(30)))
        .max_concurrent_streams(Some(streams))
        // What browsers speak to a server without TLS; gRPC itself is HTTP/2.
        .accept_http1(true)
        .serve_with_incoming_shutdown(web, TcpIncoming::from(listener).with_nodelay(Some(true)), asked);
    tokio::pin!(serving);
    let too_late = async {
        frame.shutdown.cancelled().await;
        sleep(Duration::from_secs(frame.settings.drain_s)).await;
    };
    let served = tokio::select! {
        served = &mut serving => served,
        () = too_late => {
            tracing::warn!("calls that did not end in time are cut off");
            cut_off.cancel();
            timeout(CLOSE, serving).await.unwrap_or(Ok(()))
        }
    };
    served.map_err(|error| Error::Internal(Box::new(error)))
}

/// Health of the process, of each part and of each of its gRPC services; reflection, in the version that is standard and in the one
/// before it, which many clients still speak alone.
async fn standard(frame: &Frame, parts: &[Part]) -> Result<(Vec<&'static str>, Part)> {
    let listed = parts.iter().flat_map(|part| part.access).chain(STANDARD);
    let services: BTreeSet<&str> = listed.filter_map(|row| row.method.trim_start_matches('/').split('/').next()).collect();
    let names: Vec<&str> = parts.iter().map(|part| part.name).chain(services.iter().copied()).chain([""]).collect();
    tell(&frame.health, &names, ServingStatus::Serving).await;
    let reflection = || {
        let base = Reflection::configure()
            .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET)
            .include_reflection_service(false);
        services.iter().fold(base, |builder, name| builder.with_service_name(*name))
    };
    let wrong = |error| Error::Internal(Box::new(error));
    let mut routes = Routes::builder();
    routes.add_service(HealthServer::new(HealthService::from_health_reporter(frame.health.clone())));
    routes.add_service(reflection().build_v1().map_err(wrong)?);
    routes.add_service(reflection().build_v1alpha().map_err(wrong)?);
    Ok((names, Part { name: "standard", routes: routes.routes(), access: STANDARD, unattributed: &[] }))
}

async fn tell(health: &HealthReporter, names: &[&str], status: ServingStatus) {
    for name in names {
        health.set_service_status(name, status).await;
    }
}
