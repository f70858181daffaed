//! Who is signed in. The session lives in an encrypted cookie, so that any replica of the portal can answer; the internal token in it lasts
//! ten minutes and is renewed with the session's secret before it ends (D14).

use chassis::time::{Timestamp, real_now};
use proto::members::{self, RenewSessionRequest, Role, identity_service_client::IdentityServiceClient};
use serde::{Deserialize, Serialize};
use tonic::{Code, Status};

use crate::{app::App, cookies};

/// A token with less than this left is renewed first, in microseconds.
pub(crate) const RENEW_BEFORE: i64 = 120 * 1_000_000;

/// Who is signed in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    #[serde(rename = "s")]
    secret: String,
    #[serde(rename = "t")]
    pub(crate) token: String,
    #[serde(rename = "e")]
    expires: i64,
    /// What pages call the person.
    #[serde(rename = "n")]
    pub(crate) name: String,
    /// The worker that the person is, `wrk_…`; empty for who is none.
    #[serde(rename = "k", default)]
    pub(crate) worker: String,
    /// Roles with their organisation, which is empty for a role in the whole region.
    #[serde(rename = "r")]
    grants: Vec<(i32, String)>,
}

/// What became of a session that had to be renewed.
pub(crate) enum Renewal {
    /// There is a new token.
    Renewed(Session),
    /// The session has ended: sign in again.
    Ended,
    /// Members cannot be asked now.
    Unavailable,
}

impl Session {
    /// From what members answers. `None` for an answer without a user or an end.
    pub(crate) fn new(session: members::Session) -> Option<Self> {
        let user = session.user?;
        Some(Self {
            secret: session.secret,
            token: session.token,
            expires: Timestamp::from_proto(&session.token_expires_at?)?.0,
            name: user.display_name,
            worker: user.worker,
            grants: user.roles.into_iter().map(|grant| (grant.role, grant.organisation)).collect(),
        })
    }

    /// The session as it fits into a cookie: where the token is too long for that it is left out, and asked for again on every page.
    pub(crate) fn for_cookie(&self) -> Self {
        if cookies::fits(self) { self.clone() } else { Self { token: String::new(), expires: 0, ..self.clone() } }
    }

    /// Microseconds of real time until the token ends.
    pub(crate) fn left(&self) -> i64 {
        self.expires - real_now().0
    }

    /// The secret that renews and ends the session.
    pub(crate) fn secret(&self) -> &str {
        &self.secret
    }

    /// Asks members for a new token.
    pub(crate) async fn renew(&self, app: &App) -> Renewal {
        let mut members = IdentityServiceClient::new(app.members.clone());
        match members.renew_session(RenewSessionRequest { secret: self.secret.clone() }).await {
            Ok(answer) => answer.into_inner().session.and_then(Self::new).map_or(Renewal::Unavailable, Renewal::Renewed),
            Err(status) => Self::not_renewed(&status),
        }
    }

    fn not_renewed(status: &Status) -> Renewal {
        match status.code() {
            Code::Unauthenticated | Code::InvalidArgument | Code::NotFound => Renewal::Ended,
            code => {
                tracing::warn!(?code, "a session could not be renewed");
                Renewal::Unavailable
            }
        }
    }

    /// Whether the person has the role anywhere.
    pub(crate) fn has(&self, role: Role) -> bool {
        self.grants.iter().any(|(granted, _)| *granted == role as i32)
    }

    /// Whether the person is a worker with shifts of their own.
    pub(crate) fn is_worker(&self) -> bool {
        !self.worker.is_empty()
    }

    /// Whether the person runs the region.
    pub(crate) fn is_operator(&self) -> bool {
        self.has(Role::Operator)
    }

    /// The organisations in which the person has one of the roles, each once.
    pub(crate) fn organisations(&self, roles: &[Role]) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for (role, organisation) in &self.grants {
            if !organisation.is_empty() && roles.iter().any(|wanted| *wanted as i32 == *role) && !found.contains(organisation) {
                found.push(organisation.clone());
            }
        }
        found
    }

    /// Whether the person has the role for this organisation.
    pub(crate) fn acts_for(&self, role: Role, organisation: &str) -> bool {
        self.grants.iter().any(|(granted, of)| *granted == role as i32 && (of.is_empty() || of == organisation))
    }
}
