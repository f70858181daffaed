//! Calls with messages as the bytes that they are.

use chassis::{frame::Peer, server::methods};
use prost::bytes::{Buf, BufMut};
use tonic::{
    Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use crate::as_token;

/// A raw call. Of a stream only its beginning is waited for: it is let in, and empty.
/// Errors: what was answered instead.
pub async fn call(peer: Peer, method: &'static str, message: Vec<u8>, token: Option<&str>) -> Result<Vec<u8>, Status> {
    let package = method.trim_start_matches('/').rsplit_once('.').map(|(package, _)| package).unwrap_or_default();
    let streams = methods(package).get(method).is_some_and(|method| method.streams);
    let request = match token {
        Some(token) => as_token(message, token),
        None => tonic::Request::new(message),
    };
    let mut client = Grpc::new(peer);
    client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    let path = PathAndQuery::from_static(method);
    if streams {
        client.server_streaming(request, path, Raw).await.map(|_| Vec::new())
    } else {
        client.unary(request, path, Raw).await.map(tonic::Response::into_inner)
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
