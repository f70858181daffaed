//! The internal token (D14): a JWT of ten minutes, signed by members with Ed25519, accepted by every service.
//!
//! Members holds the private keys and signs ([`Signer`]); everybody checks ([`Tokens`]) with the public keys, asked from members and kept
//! for a day, so that a service works alone for the tokens in hand. Tokens live in real time, whatever business time is (D26).

use std::{
    collections::HashMap,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, errors::ErrorKind, jwk::JwkSet};
use proto::{
    chassis::Reason,
    members::{GetSigningKeysRequest, identity_service_client::IdentityServiceClient},
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::{
    caller::{Caller, Grant, Role, Subject},
    config::{Secret, Settings},
    error::{Error, Result, own},
    peer::Peers,
    sessions::{OpenStream, Sessions},
    time::{Timestamp, real_now},
};

/// Who signs internal tokens.
pub const ISSUER: &str = "regiopool";
/// For whom internal tokens are: the services of the installation.
pub const AUDIENCE: &str = "regiopool-services";
/// By so many seconds the clocks of two machines may differ.
const LEEWAY_S: i64 = 10;
/// Public keys are asked for again after this time.
const KEEP: Duration = Duration::from_secs(24 * 60 * 60);
/// A token with an unknown key makes nobody ask members more often than this, whoever sends how many.
const ASK_AGAIN: Duration = Duration::from_secs(5);
/// The same after members could not be reached.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// What a token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who signed: [`ISSUER`].
    pub iss: String,
    /// For whom: [`AUDIENCE`].
    pub aud: String,
    /// Who it is about: `usr_…` or `client:name`.
    pub sub: String,
    /// `reg_…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// What the subject may do.
    pub roles: Vec<RoleClaim>,
    /// `wrk_…` of a worker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// The session it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// Signed at, in seconds of real time.
    pub iat: i64,
    /// Not valid before, when that is later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
    /// Valid until.
    pub exp: i64,
}

/// A role in a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleClaim {
    /// As [`Role::as_str`].
    pub role: String,
    /// `org_…` that it is limited to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
}

impl Claims {
    /// What a token for `caller` says, from now on for `ttl`.
    pub fn new(caller: &Caller, ttl: Duration, session: Option<&str>) -> Self {
        let now = real_now().0.div_euclid(1_000_000);
        let role = |grant: &Grant| RoleClaim { role: grant.role.to_string(), org: grant.organisation.map(|id| id.to_string()) };
        Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: caller.subject.to_string(),
            region: caller.region.map(|id| id.to_string()),
            roles: caller.grants.iter().map(role).collect(),
            worker: caller.worker.map(|id| id.to_string()),
            sid: session.map(str::to_owned),
            iat: now,
            nbf: None,
            exp: now.saturating_add(i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX)),
        }
    }

    /// Who calls. Errors: `Unauthenticated` when a value is not what this version knows.
    pub fn caller(&self) -> Result<Caller> {
        let caller = || {
            let subject = match self.sub.strip_prefix("client:") {
                Some(name) => Subject::Client(name.to_owned()),
                None => Subject::User(self.sub.parse().ok()?),
            };
            let grant = |claim: &RoleClaim| {
                let role: Role = claim.role.parse().ok()?;
                Some(Grant { role, organisation: claim.org.as_ref().map(|id| id.parse().ok()).map_or(Some(None), |id| id.map(Some))? })
            };
            Some(Caller {
                subject,
                region: self.region.as_ref().map_or(Some(None), |id| id.parse().ok().map(Some))?,
                grants: self.roles.iter().map(grant).collect::<Option<_>>()?,
                worker: self.worker.as_ref().map_or(Some(None), |id| id.parse().ok().map(Some))?,
            })
        };
        caller().ok_or_else(|| refused(Reason::TokenInvalid))
    }
}

/// Signs tokens with the first of the installation's keys and tells the public halves of all. Only members has one.
#[derive(Clone)]
pub struct Signer {
    keys: Vec<(String, SigningKey)>,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|(kid, _)| kid)).finish()
    }
}

impl Signer {
    /// With the keys of the settings. Errors: `Setting`.
    pub fn new(settings: &Settings) -> Result<Self> {
        let wrong = || Error::setting("token_keys", "expected kid:base64 of a 32-byte Ed25519 seed, several separated by commas");
        let key = |text: &str| {
            let (kid, seed) = text.trim().split_once(':')?;
            let seed = STANDARD.decode(seed).ok().and_then(|bytes| bytes.try_into().ok())?;
            (!kid.is_empty()).then(|| (kid.to_owned(), SigningKey::from_bytes(&seed)))
        };
        let text = settings.token_keys.as_ref().ok_or_else(wrong)?;
        Ok(Self { keys: text.expose().split(',').map(key).collect::<Option<_>>().ok_or_else(wrong)? })
    }

    /// A new key for the setting `token_keys`.
    pub fn new_key(kid: &str) -> Secret {
        let seed: [u8; 32] = rand::random();
        Secret::from(format!("{kid}:{}", STANDARD.encode(seed)))
    }

    /// A token for `caller`, valid from now on for `ttl` of real time.
    pub fn sign(&self, caller: &Caller, ttl: Duration, session: Option<&str>) -> Result<String> {
        self.sign_claims(&Claims::new(caller, ttl, session))
    }

    /// A token that says exactly this.
    pub fn sign_claims(&self, claims: &Claims) -> Result<String> {
        let (kid, key) = self.keys.first().ok_or_else(|| Error::internal("a signer has at least one key"))?;
        let der = key.to_pkcs8_der().map_err(|error| Error::internal(error.to_string()))?;
        let header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(der.as_bytes())).map_err(|error| Error::Internal(Box::new(error)))
    }

    /// The public keys as a JSON Web Key Set.
    pub fn jwks(&self) -> String {
        let key = |(kid, key): &(String, SigningKey)| {
            let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
            serde_json::json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x })
        };
        serde_json::json!({ "keys": self.keys.iter().map(key).collect::<Vec<_>>() }).to_string()
    }
}

struct Keys {
    by_kid: HashMap<String, DecodingKey>,
    /// `None` until members was asked or the own keys were read.
    since: Option<Instant>,
}

impl Keys {
    fn parse(jwks: &str) -> Result<Self> {
        let set: JwkSet = serde_json::from_str(jwks).map_err(|error| Error::Internal(Box::new(error)))?;
        let key = |jwk: &jsonwebtoken::jwk::Jwk| Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?));
        Ok(Self { by_kid: set.keys.iter().filter_map(key).collect(), since: Some(Instant::now()) })
    }

    fn fresh(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed() < KEEP)
    }

    fn get(&self, kid: &str) -> Option<DecodingKey> {
        self.by_kid.get(kid).filter(|_| self.fresh()).cloned()
    }
}

/// Checks tokens. Clones share the keys and what was revoked.
#[derive(Clone)]
pub struct Tokens {
    peers: Peers,
    sessions: Sessions,
    keys: Arc<ArcSwap<Keys>>,
    ask_not_before: Arc<Mutex<Option<Instant>>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

impl Tokens {
    /// Whoever has the private keys needs nobody for the public ones; others ask members at the first token.
    pub(crate) fn new(settings: &Settings, peers: Peers) -> Result<Self> {
        let keys = match settings.token_keys {
            Some(_) => Keys::parse(&Signer::new(settings)?.jwks())?,
            None => Keys { by_kid: HashMap::new(), since: None },
        };
        Ok(Self { peers, sessions: Sessions::default(), keys: Arc::new(ArcSwap::from_pointee(keys)), ask_not_before: Arc::default() })
    }

    /// What the token says, if it is one of ours and valid now. Errors: `Unauthenticated` with `TOKEN_INVALID`, `TOKEN_ISSUER`,
    /// `TOKEN_AUDIENCE`, `TOKEN_EXPIRED`, `TOKEN_NOT_YET_VALID`, `TOKEN_KEY_UNKNOWN` or `SESSION_ENDED`; `Unavailable` when the keys are not
    /// known and members is away.
    pub async fn verify(&self, token: &str) -> Result<Claims> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| refused(Reason::TokenInvalid))?;
        let (Algorithm::EdDSA, Some(kid)) = (header.alg, header.kid) else { return Err(refused(Reason::TokenInvalid)) };
        let key = self.key(&kid).await?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // Times are checked below, with the one clock of the project.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map_err(|error| {
                refused(match error.kind() {
                    ErrorKind::InvalidIssuer => Reason::TokenIssuer,
                    ErrorKind::InvalidAudience => Reason::TokenAudience,
                    _ => Reason::TokenInvalid,
                })
            })?
            .claims;
        in_time(&claims, real_now().0.div_euclid(1_000_000))?;
        if claims.sid.as_deref().is_some_and(|session| self.sessions.is_revoked(session, real_now())) {
            return Err(refused(Reason::SessionEnded));
        }
        Ok(claims)
    }

    /// Refuses the tokens of a session from now on with `SESSION_ENDED`, and ends its open streams with the same. `session` is the
    /// token's `sid`; `until` is the latest moment, in real time, at which one of its tokens is valid: then this is forgotten, since the
    /// tokens are refused for their age. To be called in every replica, for every `SessionRevoked` of members (D14); again is harmless.
    pub fn revoke(&self, session: &str, until: Timestamp) {
        // As long as another machine's clock may still call the token valid.
        let until = until.plus(Duration::from_secs(LEEWAY_S.unsigned_abs()));
        self.sessions.revoke(session, until, real_now());
    }

    /// What ends a stream that was opened with this token.
    pub(crate) fn open_stream(&self, claims: &Claims) -> OpenStream {
        let expires = Timestamp(claims.exp.saturating_add(LEEWAY_S).saturating_mul(1_000_000));
        self.sessions.open_stream(claims.sid.as_deref(), expires)
    }

    async fn key(&self, kid: &str) -> Result<DecodingKey> {
        if let Some(key) = self.keys.load().get(kid) {
            return Ok(key);
        }
        // One asks, the others wait for the answer.
        let mut not_before = self.ask_not_before.lock().await;
        let known = self.keys.load();
        if let Some(key) = known.get(kid) {
            return Ok(key);
        }
        if not_before.is_some_and(|time| Instant::now() < time) {
            return Err(if known.fresh() { refused(Reason::TokenKeyUnknown) } else { Error::Unavailable("members") });
        }
        let answer = IdentityServiceClient::new(self.peers.get("members")).get_signing_keys(GetSigningKeysRequest {}).await;
        *not_before = Some(Instant::now() + if answer.is_ok() { ASK_AGAIN } else { TRY_AGAIN });
        let answer = answer.map_err(|status| {
            tracing::warn!(code = ?status.code(), "members does not tell its signing keys");
            Error::Unavailable("members")
        })?;
        let keys = Keys::parse(&answer.into_inner().jwks)?;
        let key = keys.get(kid);
        self.keys.store(Arc::new(keys));
        key.ok_or_else(|| refused(Reason::TokenKeyUnknown))
    }
}

/// Whether the token counts at this second.
fn in_time(claims: &Claims, now: i64) -> Result<()> {
    if claims.iat.max(claims.nbf.unwrap_or(i64::MIN)) > now + LEEWAY_S {
        return Err(refused(Reason::TokenNotYetValid));
    }
    if claims.exp <= now - LEEWAY_S {
        return Err(refused(Reason::TokenExpired));
    }
    Ok(())
}

fn refused(reason: Reason) -> Error {
    Error::Unauthenticated(own(reason))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;

    #[test]
    fn clocks_may_differ_by_ten_seconds_and_not_by_one_more() {
        let caller = Caller { subject: Subject::User(UserId::new()), region: None, grants: Vec::new(), worker: None };
        let claims = Claims { iat: 1_000, exp: 1_600, ..Claims::new(&caller, Duration::ZERO, None) };
        let later = Claims { nbf: Some(1_100), ..claims.clone() };
        for (claims, now, expected) in [
            (&claims, 990, None),
            (&claims, 989, Some("TOKEN_NOT_YET_VALID")),
            (&claims, 1_609, None),
            (&claims, 1_610, Some("TOKEN_EXPIRED")),
            (&later, 1_090, None),
            (&later, 1_089, Some("TOKEN_NOT_YET_VALID")),
        ] {
            let found = in_time(claims, now).err().map(|error| match error {
                Error::Unauthenticated(refusal) => refusal.reason,
                other => panic!("{other:?}"),
            });
            assert_eq!(found.as_deref(), expected, "{claims:?} at {now}");
        }
    }
}
