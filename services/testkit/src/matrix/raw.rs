//! Calls with messages as the bytes that they are.

use chassis::{frame::Peer, server::methods};
use prost::bytes::{Buf, BufMut};
use tonic::{
    Request, Status, Streaming,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use crate::as_token;

/// A raw call. Of a stream only its beginning is waited for: it is let in, and empty.
/// Errors: what was answered instead.
pub async fn call(peer: Peer, method: &'static str, message: Vec<u8>, token: Option<&str>) -> Result<Vec<u8>, Status> {
    if streams(method) {
        return open(peer, method, message, token).await.map(|_| Vec::new());
    }
    let (mut client, path) = ready(peer, method).await?;
    client.unary(asked(message, token), path, Raw).await.map(tonic::Response::into_inner)
}

/// Begins a stream, raw. Errors: what was answered instead.
pub(super) async fn open(peer: Peer, method: &'static str, message: Vec<u8>, token: Option<&str>) -> Result<Streaming<Vec<u8>>, Status> {
    let (mut client, path) = ready(peer, method).await?;
    client.server_streaming(asked(message, token), path, Raw).await.map(tonic::Response::into_inner)
}

/// Whether the method of the contract answers with a stream.
pub(super) fn streams(method: &str) -> bool {
    let package = method.trim_start_matches('/').rsplit_once('.').map(|(package, _)| package).unwrap_or_default();
    methods(package).get(method).is_some_and(|method| method.streams)
}

async fn ready(peer: Peer, method: &'static str) -> Result<(Grpc<Peer>, PathAndQuery), Status> {
    let mut client = Grpc::new(peer);
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    Ok((client, PathAndQuery::from_static(method)))
}

fn asked(message: Vec<u8>, token: Option<&str>) -> Request<Vec<u8>> {
    match token {
        Some(token) => as_token(message, token),
        None => Request::new(message),
    }
}

/// Messages as the bytes that they are.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}
