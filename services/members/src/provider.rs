//! The OpenID Connect provider that proves who somebody is (D14).
//!
//! Its description and keys are asked when the first ID token comes, kept for an hour, and asked again when a token names a key that
//! is not known, at most every half minute: junk tokens must not make members hammer the provider. Meanwhile tokens with known keys are
//! judged without waiting. While the provider is away what is known serves until its hour is over; then nobody can sign in.

use std::{
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use chassis::{
    config::Settings,
    error::{Error, Result},
    outside::Outside,
    time::{Timestamp, real_now},
};
use chrono::{DateTime, Utc};
use openidconnect::{
    AdditionalClaims, ClaimsVerificationError, ClientId, IdToken, IssuerUrl, Nonce, SignatureVerificationError,
    core::{
        CoreGenderClaim, CoreIdTokenVerifier, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm,
        CoreProviderMetadata,
    },
};
use proto::members::Reason;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use crate::{domain::identity::Identity, store::refusal};

const KEEP: Duration = Duration::from_secs(60 * 60);
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// A provider that did not answer is left alone for so long: who signs in meanwhile must not queue for its silence.
const TRY_AGAIN: Duration = Duration::from_secs(2);
/// By so much the clocks of the provider and of this machine may differ, in either direction.
const CLOCKS: Duration = Duration::from_secs(60);

/// Only signatures that need the provider's private key: never `none`, never a shared secret.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
];

/// What an ID token says beside the claims that the library knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Further {
    /// Not valid before, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<f64>,
}

impl AdditionalClaims for Further {}

type Proof = IdToken<Further, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm>;

/// Checks ID tokens. Clones share what is known of the provider.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    /// Absent when no provider is set: then nobody can sign in.
    at: Option<At>,
    outside: Outside,
    known: Arc<ArcSwapOption<Known>>,
    asked: Arc<Mutex<Asked>>,
}

#[derive(Debug, Clone)]
struct At {
    issuer: IssuerUrl,
    client: ClientId,
}

/// What the provider said.
#[derive(Debug)]
struct Known {
    keys: CoreJsonWebKeySet,
    since: Instant,
}

impl Known {
    fn is_fresh(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < KEEP
    }
}

/// When the provider was asked.
#[derive(Debug, Default)]
struct Asked {
    for_a_key: Option<Instant>,
    silent_since: Option<Instant>,
}

/// Whether to ask.
#[derive(Debug, PartialEq, Eq)]
enum Now {
    Ask,
    /// It told its keys a moment ago.
    TooSoon,
    /// It did not answer a moment ago.
    Silent,
}

impl Asked {
    fn may_ask(&self, for_a_key: bool, now: Instant) -> Now {
        let within = |since: Option<Instant>, time| since.is_some_and(|since| now.saturating_duration_since(since) < time);
        if for_a_key && within(self.for_a_key, ASK_AGAIN) {
            Now::TooSoon
        } else if within(self.silent_since, TRY_AGAIN) {
            Now::Silent
        } else {
            Now::Ask
        }
    }
}

impl Provider {
    /// The provider of the settings; it is not asked yet. Errors: `Setting` for an address that is none, or without a client id.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let issuer = settings.issuer();
        let outside = Outside::new(issuer.as_deref().unwrap_or_default());
        let at = match issuer {
            None => None,
            Some(issuer) => {
                let issuer = IssuerUrl::new(issuer).map_err(|_| Error::setting("oidc_issuer", "expected an address"))?;
                let client = settings.client_id().ok_or_else(|| Error::setting("oidc_client_id", "expected with a provider"))?;
                Some(At { issuer, client: ClientId::new(client) })
            }
        };
        Ok(Self { at, outside, known: Arc::default(), asked: Arc::default() })
    }

    /// Who the ID token says somebody is, if it is the provider's, for this installation and valid now. That its nonce is the one that was
    /// sent, the portal has checked, which made it. Errors: `Unauthenticated` with `IDENTITY_INVALID`; `Unavailable` when the provider has
    /// to be asked and does not answer.
    pub(crate) async fn identity(&self, id_token: &str) -> Result<Identity> {
        let invalid = || Error::Unauthenticated(refusal(Reason::IdentityInvalid));
        let Some(at) = &self.at else {
            tracing::warn!("somebody tries to sign in, but the setting oidc_issuer names no provider");
            return Err(invalid());
        };
        let token = Proof::from_str(id_token).map_err(|_| invalid())?;
        let known = match self.fresh() {
            Some(known) => known,
            None => self.ask(at, None).await?.ok_or_else(invalid)?,
        };
        let mut verdict = verify(&token, at, &known.keys, real_now());
        if matches!(&verdict, Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)))
            && let Some(newer) = self.ask(at, Some(&known)).await?
        {
            verdict = verify(&token, at, &newer.keys, real_now());
        }
        let subject = verdict.map_err(|error| {
            tracing::info!(reason = kind(&error), "an ID token is not valid");
            invalid()
        })?;
        Ok(Identity { issuer: at.issuer.as_str().to_owned(), subject })
    }

    fn fresh(&self) -> Option<Arc<Known>> {
        self.known.load_full().filter(|known| known.is_fresh(Instant::now()))
    }

    /// What the provider says now, or what another call learnt since `seen`, which lacks a key. `None` when it was asked for a key a
    /// moment ago.
    async fn ask(&self, at: &At, seen: Option<&Arc<Known>>) -> Result<Option<Arc<Known>>> {
        // One asks, the others wait for the answer.
        let mut asked = self.asked.lock().await;
        if let Some(known) = self.fresh().filter(|known| seen.is_none_or(|seen| !Arc::ptr_eq(known, seen))) {
            return Ok(Some(known));
        }
        match asked.may_ask(seen.is_some(), Instant::now()) {
            Now::Ask => {}
            Now::TooSoon => return Ok(None),
            Now::Silent => return Err(Error::Unavailable("identity provider")),
        }
        let outside = self.outside.clone();
        let ask = move |request| outside.ask(request);
        match CoreProviderMetadata::discover_async(at.issuer.clone(), &ask).await {
            Ok(metadata) => {
                let known = Arc::new(Known { keys: metadata.jwks().clone(), since: Instant::now() });
                self.known.store(Some(known.clone()));
                asked.silent_since = None;
                asked.for_a_key = seen.map(|_| known.since).or(asked.for_a_key);
                Ok(Some(known))
            }
            Err(error) => {
                tracing::warn!(%error, "the identity provider does not say who it is");
                asked.silent_since = Some(Instant::now());
                Err(Error::Unavailable("identity provider"))
            }
        }
    }
}

/// The subject of a token that is good at `now`.
fn verify(token: &Proof, at: &At, keys: &CoreJsonWebKeySet, now: Timestamp) -> Result<String, ClaimsVerificationError> {
    let (soon, before) = (now.plus(CLOCKS), now.minus(CLOCKS));
    let early = || ClaimsVerificationError::Expired("it is not valid yet".to_owned());
    let verifier = CoreIdTokenVerifier::new_public_client(at.client.clone(), at.issuer.clone(), keys.clone())
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || before.to_utc().unwrap_or(DateTime::<Utc>::MAX_UTC))
        .set_issue_time_verifier_fn(move |issued| if issued.timestamp_micros() <= soon.0 { Ok(()) } else { Err(early().to_string()) });
    let claims = token.claims(&verifier, |_: Option<&Nonce>| Ok(()))?;
    // A second audience is refused above; with one, the party that asked for the token can only be this installation.
    if let Some(party) = claims.authorized_party().filter(|party| **party != at.client) {
        return Err(ClaimsVerificationError::InvalidAudience(format!("it was given to `{}`", **party)));
    }
    if claims.additional_claims().nbf.is_some_and(|nbf| nbf > soon.0 as f64 / 1_000_000.0) {
        return Err(early());
    }
    Ok(claims.subject().as_str().to_owned())
}

/// The kind of error without its text, which may show what the token says of somebody.
fn kind(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "time",
        ClaimsVerificationError::InvalidAudience(_) => "audience",
        ClaimsVerificationError::InvalidIssuer(_) => "issuer",
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => "unknown key",
        ClaimsVerificationError::SignatureVerification(_) => "signature",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
    use serde_json::{Value, json};

    use super::*;

    const NOW: i64 = 1_800_000_000;

    /// What a provider's token with these further claims is at `NOW`.
    fn judged(further: &Value) -> Result<String, ClaimsVerificationError> {
        let key = SigningKey::from_bytes(&[1; 32]);
        let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
        let keys = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "k", "x": x }] });
        let at = At {
            issuer: IssuerUrl::new("https://login.example".to_owned()).expect("an address"),
            client: ClientId::new("regiopool".to_owned()),
        };
        let mut claims = json!({ "iss": "https://login.example", "sub": "sam", "aud": "regiopool", "iat": NOW, "exp": NOW + 300 });
        claims.as_object_mut().expect("an object").extend(further.as_object().expect("an object").clone());
        let header = jsonwebtoken::Header { kid: Some("k".to_owned()), ..jsonwebtoken::Header::new(jsonwebtoken::Algorithm::EdDSA) };
        let der = key.to_pkcs8_der().expect("a key");
        let token = jsonwebtoken::encode(&header, &claims, &jsonwebtoken::EncodingKey::from_ed_der(der.as_bytes())).expect("a token");
        let keys = serde_json::from_value(keys).expect("keys");
        verify(&Proof::from_str(&token).expect("a token"), &at, &keys, Timestamp(NOW * 1_000_000))
    }

    #[test]
    fn clocks_may_differ_by_a_minute_and_not_by_a_second_more() {
        let skew = i64::try_from(CLOCKS.as_secs()).expect("small");
        for (claims, kind_of_error) in [
            (json!({ "exp": NOW - skew + 1 }), None),
            (json!({ "exp": NOW - skew }), Some("time")),
            (json!({ "iat": NOW + skew }), None),
            (json!({ "iat": NOW + skew + 1 }), Some("time")),
            (json!({ "nbf": NOW + skew }), None),
            (json!({ "nbf": NOW + skew + 1 }), Some("time")),
            (json!({ "nbf": (NOW - 5) as f64 + 0.5 }), None),
        ] {
            let found = judged(&claims).as_ref().err().map(kind);
            assert_eq!(found, kind_of_error, "{claims}");
        }
    }

    #[test]
    fn the_party_that_asked_is_this_installation_or_is_not_told() {
        assert_eq!(judged(&json!({ "azp": "regiopool" })).expect("a good one"), "sam");
        assert_eq!(kind(&judged(&json!({ "azp": "somebody-else" })).expect_err("another party")), "audience");
        assert_eq!(kind(&judged(&json!({ "aud": ["regiopool", "somebody-else"], "azp": "regiopool" })).expect_err("two")), "audience");
    }

    #[test]
    fn keys_are_kept_for_an_hour() {
        let since = Instant::now();
        let known = Known { keys: CoreJsonWebKeySet::default(), since };
        assert!(known.is_fresh(since + KEEP - Duration::from_millis(1)) && !known.is_fresh(since + KEEP));
    }

    #[test]
    fn a_provider_is_asked_for_a_key_every_half_minute_and_two_seconds_after_it_was_silent() {
        let start = Instant::now();
        let (second, never) = (Duration::from_secs(1), Asked::default());
        assert_eq!((never.may_ask(true, start), never.may_ask(false, start)), (Now::Ask, Now::Ask));
        let told = Asked { for_a_key: Some(start), silent_since: None };
        assert_eq!(told.may_ask(true, start + 29 * second), Now::TooSoon);
        assert_eq!(told.may_ask(false, start + second), Now::Ask, "keys that are too old are asked for at once");
        assert_eq!(told.may_ask(true, start + 30 * second), Now::Ask);
        let silent = Asked { for_a_key: None, silent_since: Some(start) };
        assert_eq!((silent.may_ask(true, start + second), silent.may_ask(false, start + second)), (Now::Silent, Now::Silent));
        assert_eq!(silent.may_ask(false, start + 2 * second), Now::Ask);
    }
}
