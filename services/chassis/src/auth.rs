//! Who may call what (D14): one table per service says it for every RPC, and what no table lists is refused.

use std::collections::{HashMap, HashSet};

use tonic::{Code, Status, codegen::http::HeaderMap};

pub use crate::tokens::{Claims, ISSUER, RoleClaim, Signer, Tokens};
use crate::{
    caller::{Call, Caller, Role},
    error::{Error, Refusal, Result, plain},
    server::METHODS,
    time::Clock,
};

/// Who may call an RPC. What they may do with it, the use case decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody, also without a token.
    Open,
    /// Everybody with a token.
    SignedIn,
    /// Who has one of these roles, anywhere.
    Roles(&'static [Role]),
}

/// A row of a service's access table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The RPC: `/regiopool.flexpool.v1.ShiftService/PublishShift`.
    pub method: &'static str,
    /// Who may call it.
    pub who: Who,
}

/// The call with its region and the time, for every RPC within a region. Errors: `Forbidden` when the token names no region.
pub fn call<T>(request: &tonic::Request<T>, clock: &Clock) -> Result<Call> {
    let caller = caller(request)?.clone();
    let region = caller.region.ok_or(Error::Forbidden)?;
    Ok(Call { caller, region, now: clock.now() })
}

/// The caller, for RPCs outside every region. Errors: `Unauthenticated` in an open RPC, where nobody looked at a token.
pub fn caller<T>(request: &tonic::Request<T>) -> Result<&Caller> {
    request.extensions().get::<Caller>().ok_or_else(token_missing)
}

/// The RPCs of a package of the contract (`regiopool.flexpool.v1`) that a table forgets, and rows of the table that are in no
/// contract: for one test per service.
pub fn mistakes(package: &str, table: &[Access]) -> Vec<String> {
    let contract: HashSet<&str> = METHODS.keys().map(String::as_str).collect();
    let listed: HashSet<&str> = table.iter().map(|row| row.method).collect();
    let forgotten = contract.iter().filter(|path| path.starts_with(&format!("/{package}.")) && !listed.contains(*path));
    let invented = listed.iter().filter(|path| !contract.contains(**path)).map(|path| (*path).to_owned());
    let mut mistakes: Vec<String> = forgotten.map(|path| (*path).to_owned()).chain(invented).collect();
    mistakes.sort();
    mistakes
}

/// Decides over every call of a server.
#[derive(Debug)]
pub(crate) struct Gate {
    table: HashMap<&'static str, Who>,
    tokens: Tokens,
}

impl Gate {
    pub(crate) fn new(table: impl IntoIterator<Item = Access>, tokens: Tokens) -> Self {
        Self { table: table.into_iter().map(|row| (row.method, row.who)).collect(), tokens }
    }

    /// The caller of an admitted call; `None` where nobody needs to be known, even if a token came along: an old one must not keep
    /// somebody from signing in.
    pub(crate) async fn admit(&self, path: &str, headers: &HeaderMap) -> Result<Option<Caller>, Status> {
        let Some(who) = self.table.get(path) else {
            return Err(plain(Code::PermissionDenied, "METHOD_NOT_LISTED", "no access table lists this method".to_owned()));
        };
        if *who == Who::Open {
            return Ok(None);
        }
        let header = headers.get("authorization").ok_or_else(token_missing)?;
        let token = header.to_str().ok().and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, token) = token.ok_or_else(token_missing)?;
        let caller = self.tokens.verify(token.trim()).await?.caller()?;
        match who {
            Who::Roles(roles) if !roles.iter().any(|role| caller.has(*role)) => {
                Err(plain(Code::PermissionDenied, "ROLE_MISSING", "no role of the caller may call this method".to_owned()))
            }
            _ => Ok(Some(caller)),
        }
    }
}

fn token_missing() -> Error {
    Error::Unauthenticated(Refusal::new("chassis", "TOKEN_MISSING"))
}
