//! Who may call what, tried out (D14, D15): every method of a service as every role and without a token, and everything that names
//! something of an organisation, a person or a region as those to whom it belongs and as others.
//!
//! What should come is read from the service's access table and from the contract, so that a new method or role is tried without a word
//! more. Calls are raw gRPC: what is tried is the door of the running service, not the table.

mod raw;
mod reach;
mod streams;

use chassis::{
    auth::{Access, Who},
    caller::{Caller, Grant, Role, Subject},
    frame::Peer,
    ids::{UserId, WorkerId},
    server::methods,
};
use futures::{StreamExt, stream};
use tonic::{Code, Status};

pub use raw::call;
pub use reach::{Beyond, Probe, Side, furthest, leaks, right, shut_out, untried};
pub use streams::{Listener, listen};

use crate::{reason, region::Region};

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
            (Some(Who::Open), _) => Expected::LetIn,
            (Some(_), None) => Expected::TokenMissing,
            (Some(who), Some(role)) if who.reach(role).is_some() => Expected::LetIn,
            (Some(_), Some(_)) => Expected::RoleMissing,
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

#[cfg(test)]
mod tests {
    use chassis::auth::Reach;

    use super::*;

    const HEADS: &str = "/regiopool.bus.v1.EventLogService/GetHeads";

    #[test]
    fn a_matrix_has_every_role_and_nobody_and_names_what_a_table_forgot() {
        let table = [Access { method: HEADS, who: Who::Roles(&[(Role::Service, Reach::Installation)]) }];
        let cases = cases("regiopool.bus.v1", &table);
        assert_eq!(cases.len(), 2 * (Role::ALL.len() + 1));
        let expected = |method: &str, role| cases.iter().find(|case| case.method == method && case.role == role).map(|case| case.expected);
        assert_eq!(expected(HEADS, Some(Role::Service)), Some(Expected::LetIn));
        assert_eq!(expected(HEADS, Some(Role::Operator)), Some(Expected::RoleMissing));
        assert_eq!(expected(HEADS, None), Some(Expected::TokenMissing));
        assert_eq!(expected("/regiopool.bus.v1.EventLogService/ListEvents", None), Some(Expected::NotListed));
    }
}
