//! Who may call what (D14), and how far they reach with it (D15): one table per service says it for every RPC and role, and what no
//! table lists is refused.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

use proto::chassis::Reason;
use tonic::{Code, Status, codegen::http::HeaderMap};
use uuid::Uuid;

use crate::{
    caller::{Call, Caller, Role},
    error::{Error, Result, own, plain},
    frame::Frame,
    ids::RegionId,
    pace::Pace,
    server::{HEALTH, METHODS},
    sessions::OpenStream,
    time::Clock,
};
pub use crate::{
    scope::{Reach, Reached, Scope, Within},
    tokens::{AUDIENCE, Claims, ISSUER, RoleClaim, Signer, Tokens},
};

/// Who may call an RPC, and how far each reaches with it. Whoever has several roles reaches as far as all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody, also without a token: nothing in it belongs to a region's people.
    Open,
    /// Everybody with a token: what it shows is public within the region.
    SignedIn,
    /// Everybody with a token for themselves, and these roles further.
    Themselves(&'static [(Role, Reach)]),
    /// Who has one of these roles, each so far.
    Roles(&'static [(Role, Reach)]),
}

impl Who {
    /// How far a role reaches; `None` for one that may not call.
    pub fn reach(self, role: Role) -> Option<Reach> {
        let further = |roles: &[(Role, Reach)]| roles.iter().find(|(one, _)| *one == role).map(|(_, reach)| *reach);
        match self {
            Self::Open | Self::SignedIn => Some(Reach::Region),
            Self::Themselves(roles) => Some(further(roles).unwrap_or(Reach::Person)),
            Self::Roles(roles) => further(roles),
        }
    }
}

/// A row of a service's access table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Access {
    /// The RPC: `/regiopool.flexpool.v1.ShiftService/PublishShift`.
    pub method: &'static str,
    /// Who may call it, and how far they reach.
    pub who: Who,
}

/// The call with its region, its scope and the time, for every RPC within a region. Errors: `Forbidden` when the token names no region.
pub fn call<T>(request: &tonic::Request<T>, clock: &Clock) -> Result<Call> {
    let region = caller(request)?.region.ok_or(Error::Forbidden)?;
    call_in(request, clock, region)
}

/// The same for RPCs outside every region, whatever region the token names: what they keep is kept under the nil one.
pub fn call_outside<T>(request: &tonic::Request<T>, clock: &Clock) -> Result<Call> {
    call_in(request, clock, RegionId(Uuid::nil()))
}

fn call_in<T>(request: &tonic::Request<T>, clock: &Clock, region: RegionId) -> Result<Call> {
    let scope = request.extensions().get::<Scope>().ok_or_else(token_missing)?.clone();
    Ok(Call { caller: caller(request)?.clone(), scope, region, now: clock.now() })
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
    pub(crate) scope: Scope,
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
        match Scope::new(&caller, *who) {
            Some(scope) => Ok(Some(Admitted { caller, scope, claims })),
            None => Err(plain(Code::PermissionDenied, Reason::RoleMissing, "no role of the caller may call this method")),
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
