//! Who may call what (D14): one table per service says it for every RPC, and what no table lists is refused.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

use proto::chassis::Reason;
use tonic::{Code, Status, codegen::http::HeaderMap};

pub use crate::tokens::{AUDIENCE, Claims, ISSUER, RoleClaim, Signer, Tokens};
use crate::{
    caller::{Call, Caller, Role},
    error::{Error, Result, own, plain},
    frame::Frame,
    pace::Pace,
    server::{HEALTH, METHODS},
    sessions::OpenStream,
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

/// Names the session of a token, for handlers.
#[derive(Debug, Clone)]
pub(crate) struct Sid(pub(crate) String);

/// The session that the call's token belongs to, by its `sid`; the tokens of programs have none.
pub fn session<T>(request: &tonic::Request<T>) -> Option<&str> {
    request.extensions().get::<Sid>().map(|sid| sid.0.as_str())
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
    pace: Pace,
}

/// Who was let in.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) caller: Caller,
    pub(crate) claims: Claims,
}

impl Gate {
    pub(crate) fn new(table: impl IntoIterator<Item = Access>, frame: &Frame) -> Self {
        let table = table.into_iter().map(|row| (row.method, row.who)).collect();
        Self { table, tokens: frame.tokens.clone(), pace: Pace::new(&frame.settings) }
    }

    /// Who makes an admitted call; `None` where nobody needs to be known, even if a token came along: an old one must not keep somebody
    /// from signing in. Errors: `METHOD_NOT_LISTED`, those of the token, `TOO_MANY_CALLS`, `ROLE_MISSING`.
    pub(crate) async fn admit(&self, path: &str, headers: &HeaderMap, from: Option<IpAddr>) -> Result<Option<Admitted>, Status> {
        let Some(who) = self.table.get(path) else {
            return Err(plain(Code::PermissionDenied, Reason::MethodNotListed, "no access table lists this method"));
        };
        if *who == Who::Open {
            // A busy proxy must not make the process look dead.
            if let Some(from) = from.filter(|_| path != HEALTH) {
                self.pace.of_address(from)?;
            }
            return Ok(None);
        }
        let header = headers.get("authorization").ok_or_else(token_missing)?;
        let token = header.to_str().ok().and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let (_, token) = token.ok_or_else(token_missing)?;
        let claims = self.tokens.verify(token.trim()).await?;
        let caller = claims.caller()?;
        self.pace.of_caller(&caller)?;
        match who {
            Who::Roles(roles) if !roles.iter().any(|role| caller.has(*role)) => {
                Err(plain(Code::PermissionDenied, Reason::RoleMissing, "no role of the caller may call this method"))
            }
            _ => Ok(Some(Admitted { caller, claims })),
        }
    }

    /// What ends a stream that this token opened.
    pub(crate) fn open_stream(&self, claims: &Claims) -> OpenStream {
        self.tokens.open_stream(claims)
    }
}

fn token_missing() -> Error {
    Error::Unauthenticated(own(Reason::TokenMissing))
}
