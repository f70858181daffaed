//! The OpenID Connect provider that proves who somebody is (D14).
//!
//! Its description and keys are asked when the first ID token comes, kept for an hour, and asked again when a token names a key that
//! is not known, at most every half minute: junk tokens must not make members hammer the provider.

use std::{
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use chassis::{
    config::Settings,
    error::{Error, Result},
    time::real_now,
};
use openidconnect::{
    ClaimsVerificationError, ClientId, HttpRequest, HttpResponse, IssuerUrl, SignatureVerificationError,
    core::{CoreIdToken, CoreIdTokenVerifier, CoreJwsSigningAlgorithm, CoreProviderMetadata},
    http,
};
use proto::members::Reason;
use tokio::sync::Mutex;

use crate::{domain::identity::Identity, store::refusal};

const KEEP: Duration = Duration::from_secs(60 * 60);
const ASK_AGAIN: Duration = Duration::from_secs(30);
/// A provider that did not answer is left alone for so long: who signs in meanwhile must not queue for its silence.
const TRY_AGAIN: Duration = Duration::from_secs(2);
const TIMEOUT: Duration = Duration::from_secs(5);
const MAX_ANSWER_BYTES: usize = 1 << 20;
/// By so many seconds the provider's clock may be ahead.
const LEEWAY_S: i64 = 60;

/// Only signatures that need the provider's private key: never `none`, never a shared secret.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 10] = [
    CoreJwsSigningAlgorithm::EdDsa,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EcdsaP521Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
];

/// Checks ID tokens. Clones share what is known of the provider.
#[derive(Clone)]
pub(crate) struct Provider {
    /// Absent when no provider is set: then nobody can sign in.
    at: Option<(IssuerUrl, ClientId)>,
    http: reqwest::Client,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    metadata: Option<(Arc<CoreProviderMetadata>, Instant)>,
    asked_for_a_key: Option<Instant>,
    silent_since: Option<Instant>,
}

impl std::fmt::Debug for Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.at.as_ref().map(|(issuer, _)| issuer.as_str())).finish_non_exhaustive()
    }
}

impl Provider {
    /// The provider of the settings; it is not asked yet. Errors: `Setting` for an address that is none, or without a client id.
    pub(crate) fn new(settings: &Settings) -> Result<Self> {
        let at = match settings.issuer() {
            None => None,
            Some(issuer) => {
                let issuer = IssuerUrl::new(issuer).map_err(|_| Error::setting("oidc_issuer", "expected an address"))?;
                let client = settings.client_id().ok_or_else(|| Error::setting("oidc_client_id", "expected with a provider"))?;
                Some((issuer, ClientId::new(client)))
            }
        };
        // Another part of the process may have chosen it before; it is the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none()).build();
        let http = http.map_err(|error| Error::Internal(Box::new(error)))?;
        Ok(Self { at, http, known: Arc::default() })
    }

    /// Who the ID token says somebody is, if it is the provider's, for this installation and valid now. Errors: `Unauthenticated` with
    /// `IDENTITY_INVALID`; `Unavailable` when the provider has to be asked and does not answer.
    pub(crate) async fn identity(&self, id_token: &str) -> Result<Identity> {
        let invalid = || Error::Unauthenticated(refusal(Reason::IdentityInvalid));
        let Some((issuer, client)) = &self.at else {
            tracing::warn!("somebody tries to sign in, but the setting oidc_issuer names no provider");
            return Err(invalid());
        };
        let token = CoreIdToken::from_str(id_token).map_err(|_| invalid())?;
        let mut metadata = self.metadata(issuer).await?;
        let mut verdict = verify(&token, issuer, client, &metadata);
        if matches!(&verdict, Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)))
            && let Some(newer) = self.metadata_with_new_keys(issuer, &metadata).await?
        {
            metadata = newer;
            verdict = verify(&token, issuer, client, &metadata);
        }
        let subject = verdict.map_err(|error| {
            tracing::info!(reason = kind(&error), "an ID token is not valid");
            invalid()
        })?;
        Ok(Identity { issuer: issuer.as_str().to_owned(), subject })
    }

    async fn metadata(&self, issuer: &IssuerUrl) -> Result<Arc<CoreProviderMetadata>> {
        let mut known = self.known.lock().await;
        if let Some((metadata, _)) = known.metadata.as_ref().filter(|(_, since)| since.elapsed() < KEEP) {
            return Ok(metadata.clone());
        }
        self.ask(issuer, &mut known).await
    }

    /// What the provider says now, if it was not asked for a new key a moment ago; or what another call learnt since `seen`.
    async fn metadata_with_new_keys(
        &self,
        issuer: &IssuerUrl,
        seen: &Arc<CoreProviderMetadata>,
    ) -> Result<Option<Arc<CoreProviderMetadata>>> {
        let mut known = self.known.lock().await;
        if let Some((metadata, _)) = known.metadata.as_ref().filter(|(metadata, _)| !Arc::ptr_eq(metadata, seen)) {
            return Ok(Some(metadata.clone()));
        }
        if known.asked_for_a_key.is_some_and(|asked| asked.elapsed() < ASK_AGAIN) {
            return Ok(None);
        }
        known.asked_for_a_key = Some(Instant::now());
        self.ask(issuer, &mut known).await.map(Some)
    }

    async fn ask(&self, issuer: &IssuerUrl, known: &mut Known) -> Result<Arc<CoreProviderMetadata>> {
        if known.silent_since.is_some_and(|since| since.elapsed() < TRY_AGAIN) {
            return Err(Error::Unavailable("identity provider"));
        }
        let fetch = |request: HttpRequest| fetch(self.http.clone(), request);
        match CoreProviderMetadata::discover_async(issuer.clone(), &fetch).await.map(Arc::new) {
            Ok(metadata) => {
                known.metadata = Some((metadata.clone(), Instant::now()));
                known.silent_since = None;
                Ok(metadata)
            }
            Err(error) => {
                tracing::warn!(%error, "the identity provider does not say who it is");
                known.silent_since = Some(Instant::now());
                Err(Error::Unavailable("identity provider"))
            }
        }
    }
}

fn verify(
    token: &CoreIdToken,
    issuer: &IssuerUrl,
    client: &ClientId,
    metadata: &CoreProviderMetadata,
) -> Result<String, ClaimsVerificationError> {
    let soon = real_now().plus(Duration::from_secs(LEEWAY_S.unsigned_abs()));
    let verifier = CoreIdTokenVerifier::new_public_client(client.clone(), issuer.clone(), metadata.jwks().clone())
        .set_allowed_algs(ALGORITHMS)
        .set_issue_time_verifier_fn(
            move |issued| {
                if issued.timestamp_micros() <= soon.0 { Ok(()) } else { Err("issued in the future".to_owned()) }
            },
        );
    // The nonce binds the token to the browser; the portal, which made it, has checked it.
    let claims = token.claims(&verifier, |_: Option<&openidconnect::Nonce>| Ok(()))?;
    Ok(claims.subject().as_str().to_owned())
}

/// The kind of error without its text, which may show what the token says of somebody.
fn kind(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "expired",
        ClaimsVerificationError::InvalidAudience(_) => "audience",
        ClaimsVerificationError::InvalidIssuer(_) => "issuer",
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => "unknown key",
        ClaimsVerificationError::SignatureVerification(_) => "signature",
        _ => "other",
    }
}

/// Why an answer of the provider cannot be used.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("no answer: {0}")]
    Request(#[from] reqwest::Error),
    #[error("no HTTP: {0}")]
    Http(#[from] http::Error),
    #[error("the answer is larger than {MAX_ANSWER_BYTES} bytes")]
    TooLarge,
}

async fn fetch(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, FetchError> {
    let (parts, body) = request.into_parts();
    let request = client.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
    let mut answer = request.send().await?;
    let mut response = http::Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        headers.extend(answer.headers().clone());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        if bytes.len() + chunk.len() > MAX_ANSWER_BYTES {
            return Err(FetchError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(response.body(bytes)?)
}
