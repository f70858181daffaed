//! Who may call what, tried out (D14): every method of a service as every role and without a token, and everything that names something
//! of a region as callers of another one.
//!
//! What should come is read from the service's access table and from the contract, so that a new method or role is tried without a word
//! more. Calls are raw gRPC: what is tried is the door of the running service, not the table.

use std::collections::BTreeSet;

use chassis::{
    auth::{Access, Who},
    caller::{Caller, Grant, Role, Subject},
    frame::Peer,
    ids::{UserId, WorkerId},
    server::methods,
};
use futures::{StreamExt, stream};
use prost::{
    Message,
    bytes::{Buf, BufMut},
};
use tonic::{
    Code, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
};

use crate::{as_token, reason, region::Region};

/// So many calls are made at once.
const AT_ONCE: usize = 16;

/// How far a call should come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Expected {
    /// `UNAUTHENTICATED` with `TOKEN_MISSING`.
    TokenMissing,
    /// `PERMISSION_DENIED` with `ROLE_MISSING`.
    RoleMissing,
    /// `PERMISSION_DENIED` with `METHOD_NOT_LISTED`: the table forgot the method.
    NotListed,
    /// To the use case, whatever that says of the message.
    LetIn,
}

/// A cell of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// The RPC: `/regiopool.flexpool.v1.ShiftService/PublishShift`.
    pub method: &'static str,
    /// The one role of the caller; `None` has no token.
    pub role: Option<Role>,
    /// How far the call should come.
    pub expected: Expected,
}

/// Every method of a package of the contract (`regiopool.flexpool.v1`) with every role and without a token.
pub fn cases(package: &str, table: &[Access]) -> Vec<Case> {
    let callers = || Role::ALL.iter().copied().map(Some).chain([None]);
    let case = |method: &'static str, role: Option<Role>| {
        let row = table.iter().find(|row| row.method == method);
        let expected = match (row.map(|row| row.who), role) {
            (None, _) => Expected::NotListed,
            (Some(Who::Open), _) | (Some(Who::SignedIn), Some(_)) => Expected::LetIn,
            (Some(_), None) => Expected::TokenMissing,
            (Some(Who::Roles(roles)), Some(role)) if roles.contains(&role) => Expected::LetIn,
            (Some(Who::Roles(_)), Some(_)) => Expected::RoleMissing,
        };
        Case { method, role, expected }
    };
    methods(package)
        .into_keys()
        .flat_map(|method| callers().map(move |role| (method, role)))
        .map(|(method, role)| case(method, role))
        .collect()
}

/// Calls every method of the package with an empty message as everybody, and gives what came otherwise than the table says. Being let in
/// also means that the message is judged: an answer that shows a defect, or that nobody serves the method, is one of the mistakes.
pub async fn mistakes(peer: &Peer, region: &Region, package: &str, table: &[Access]) -> Vec<String> {
    let calls = cases(package, table).into_iter().map(|case| {
        let token = case.role.map(|role| token(region, role));
        let peer = peer.clone();
        async move {
            let answer = call(peer, case.method, Vec::new(), token.as_deref()).await;
            let as_expected = came(&answer) == Some(case.expected);
            (!as_expected).then(|| format!("{} as {}: expected {:?}, not {}", case.method, named(case.role), case.expected, told(&answer)))
        }
    });
    stream::iter(calls).buffered(AT_ONCE).filter_map(std::future::ready).collect().await
}

/// Calls every method of the table that wants a token with each of these, and gives where anything came but `UNAUTHENTICATED` with the reason
/// beside it.
pub async fn accepted(peer: &Peer, table: &[Access], wrong: &[(String, &str)]) -> Vec<String> {
    let methods = table.iter().filter(|row| row.who != Who::Open).map(|row| row.method);
    let calls = methods.flat_map(|method| wrong.iter().map(move |(token, expected)| (method, token, *expected)));
    let calls = calls.map(|(method, token, expected)| async move {
        let answer = call(peer.clone(), method, Vec::new(), Some(token)).await;
        let refused = matches!(&answer, Err(status) if status.code() == Code::Unauthenticated && reason(status) == expected);
        (!refused).then(|| format!("{method} with what should be {expected}: {}", told(&answer)))
    });
    let calls: Vec<_> = calls.collect();
    stream::iter(calls).buffered(AT_ONCE).filter_map(std::future::ready).collect().await
}

fn named(role: Option<Role>) -> &'static str {
    role.map_or("nobody", Role::as_str)
}

/// Somebody who signed in and has this role in the whole region.
fn token(region: &Region, role: Role) -> String {
    let grants = vec![Grant { role, organisation: None }];
    let worker = (role == Role::Worker).then(WorkerId::new);
    region.sign(&Caller { subject: Subject::User(UserId::new()), region: Some(region.id), grants, worker })
}

fn came(answer: &Result<Vec<u8>, Status>) -> Option<Expected> {
    let Err(status) = answer else { return Some(Expected::LetIn) };
    match (status.code(), reason(status).as_str()) {
        (Code::Unauthenticated, "TOKEN_MISSING") => Some(Expected::TokenMissing),
        (Code::PermissionDenied, "ROLE_MISSING") => Some(Expected::RoleMissing),
        (Code::PermissionDenied, "METHOD_NOT_LISTED") => Some(Expected::NotListed),
        (Code::Unknown | Code::Internal | Code::Unimplemented | Code::DataLoss | Code::ResourceExhausted, _) => None,
        _ => Some(Expected::LetIn),
    }
}

fn told(answer: &Result<Vec<u8>, Status>) -> String {
    match answer {
        Ok(bytes) => format!("an answer of {} bytes", bytes.len()),
        Err(status) => format!("{:?} {}", status.code(), reason(status)),
    }
}

/// A call that names something of a region.
#[derive(Debug, Clone)]
pub struct Probe {
    method: &'static str,
    message: Vec<u8>,
    only: Option<Role>,
}

impl Probe {
    /// Of this method with this message, which should be right but for the region.
    pub fn new(method: &'static str, message: &impl Message) -> Self {
        Self { method, message: message.encode_to_vec(), only: None }
    }

    /// To be tried by this role alone, where others of the table may never ask for this much.
    #[must_use]
    pub fn only(self, role: Role) -> Self {
        Self { only: Some(role), ..self }
    }
}

/// Methods of the table that look at a region and that no probe tries. `apart` names those that need none, each for a reason of its own.
pub fn untried(table: &[Access], probes: &[Probe], apart: &[&str]) -> Vec<&'static str> {
    let tried: BTreeSet<&str> = probes.iter().map(|probe| probe.method).chain(apart.iter().copied()).collect();
    table.iter().filter(|row| row.who != Who::Open && !tried.contains(row.method)).map(|row| row.method).collect()
}

/// Makes the calls as these callers of another region, each where the table lets the role in, and gives what told that the things exist:
/// anything but `NOT_FOUND`, an answer without one of their ids, or the refusal that ids get which exist nowhere. A call that was refused
/// for its form tried nothing, and is among them.
pub async fn leaks(peer: &Peer, table: &[Access], callers: &[(Role, String)], probes: &[Probe], ids: &[String]) -> Vec<String> {
    let may = |probe: &Probe, role: &Role| match table.iter().find(|row| row.method == probe.method).map(|row| row.who) {
        _ if probe.only.is_some_and(|only| only != *role) => false,
        Some(Who::Roles(roles)) => roles.contains(role),
        Some(Who::SignedIn | Who::Open) => true,
        None => false,
    };
    let mut found = Vec::new();
    for probe in probes {
        let allowed: Vec<_> = callers.iter().filter(|(role, _)| may(probe, role)).collect();
        if allowed.is_empty() {
            found.push(format!("{}: none of the callers may call it", probe.method));
        }
        for (role, token) in allowed {
            let ask = async |message: Vec<u8>| call(peer.clone(), probe.method, message, Some(token)).await;
            let answer = ask(probe.message.clone()).await;
            let silent = match &answer {
                Ok(bytes) => ids.iter().all(|id| places(bytes, id).is_empty()),
                Err(status) if status.code() == Code::FailedPrecondition => {
                    told(&ask(invented(&probe.message, ids)).await) == told(&answer)
                }
                Err(status) => status.code() == Code::NotFound,
            };
            if !silent {
                found.push(format!("{} as {role} of another region: {}", probe.method, told(&answer)));
            }
        }
    }
    found
}

/// Where an id stands in a message.
fn places(message: &[u8], id: &str) -> Vec<usize> {
    message.windows(id.len()).enumerate().filter(|(_, part)| *part == id.as_bytes()).map(|(place, _)| place).collect()
}

/// The same message with ids that exist nowhere. They are as long, so the rest stays what it was.
fn invented(message: &[u8], ids: &[String]) -> Vec<u8> {
    let mut message = message.to_vec();
    for id in ids {
        let digits = chassis::ids::random_uuid().simple().to_string();
        for place in places(&message, id) {
            let end = place + id.len();
            message[end - digits.len()..end].copy_from_slice(digits.as_bytes());
        }
    }
    message
}

/// A raw call. Of a stream only its beginning is waited for: it is let in, and empty.
async fn call(peer: Peer, method: &'static str, message: Vec<u8>, token: Option<&str>) -> Result<Vec<u8>, Status> {
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

#[cfg(test)]
mod tests {
    use chassis::ids::WardId;
    use proto::flexpool::PublishShiftRequest;

    use super::*;

    const HEADS: &str = "/regiopool.bus.v1.EventLogService/GetHeads";

    #[test]
    fn a_matrix_has_every_role_and_nobody_and_names_what_a_table_forgot() {
        let table = [Access { method: HEADS, who: Who::Roles(&[Role::Service]) }];
        let cases = cases("regiopool.bus.v1", &table);
        assert_eq!(cases.len(), 2 * (Role::ALL.len() + 1));
        let expected = |method: &str, role| cases.iter().find(|case| case.method == method && case.role == role).map(|case| case.expected);
        assert_eq!(expected(HEADS, Some(Role::Service)), Some(Expected::LetIn));
        assert_eq!(expected(HEADS, Some(Role::Operator)), Some(Expected::RoleMissing));
        assert_eq!(expected(HEADS, None), Some(Expected::TokenMissing));
        assert_eq!(expected("/regiopool.bus.v1.EventLogService/ListEvents", None), Some(Expected::NotListed));
    }

    #[test]
    fn invented_ids_stand_where_the_real_ones_stood() {
        let ids = [WardId::new().to_string(), WardId::new().to_string()];
        let real = PublishShiftRequest { ward: ids[0].clone(), pool: "pool".to_owned(), places: 3, ..Default::default() };
        let other = PublishShiftRequest::decode(&*invented(&real.encode_to_vec(), &ids)).expect("a message");
        assert!(other.ward.parse::<WardId>().is_ok() && other.ward != real.ward, "{}", other.ward);
        assert_eq!(PublishShiftRequest { ward: real.ward.clone(), ..other }, real);
    }
}
