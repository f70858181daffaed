//! The OpenID Connect provider, whichever it is: authorization code flow with PKCE.

use std::{
    sync::OnceLock,
    time::{Duration, Instant},
};

use chassis::config::Secret;
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
    core::{CoreClient, CoreProviderMetadata, CoreResponseType},
};
use tokio::sync::Mutex;

use crate::failure::Failure;

/// What the provider says about itself, with its keys, is asked for again after this time, and earlier when a key is not among them.
const METADATA_LASTS: Duration = Duration::from_secs(3600);
const LARGEST_ANSWER: usize = 1024 * 1024;

/// The identity provider.
pub(crate) struct Provider {
    issuer: String,
    client: String,
    secret: Option<Secret>,
    redirect: String,
    http: OnceLock<reqwest::Client>,
    metadata: Mutex<Option<(Instant, CoreProviderMetadata)>>,
}

/// A sign-in that begins: where to go, and what must come back.
pub(crate) struct Start {
    pub(crate) url: String,
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
}

#[derive(Debug, thiserror::Error)]
enum HttpError {
    #[error("the provider cannot be asked")]
    Request(#[from] reqwest::Error),
    #[error("the provider's answer is no HTTP")]
    Shape(#[from] axum::http::Error),
    #[error("the provider's answer is too large")]
    TooLarge,
}

impl Provider {
    /// The provider with this issuer; it comes back to the portal at `url`.
    pub(crate) fn new(issuer: String, client: String, secret: Option<Secret>, url: &str) -> Self {
        let redirect = format!("{url}/sign-in/callback");
        Self { issuer, client, secret, redirect, http: OnceLock::new(), metadata: Mutex::new(None) }
    }

    /// Redirects are not followed: a provider that sends us elsewhere would choose whom we ask.
    fn http(&self) -> Result<&reqwest::Client, Failure> {
        if let Some(client) = self.http.get() {
            return Ok(client);
        }
        // Another part of the process may have chosen the same already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(Duration::from_secs(10)).no_proxy();
        // A machine without certificate authorities can still reach a provider without TLS, as the demo's own.
        let built = builder().build().or_else(|_| builder().tls_certs_only([]).build());
        let client = built.map_err(|error| {
            tracing::error!(%error, "no HTTP client");
            Failure::Unavailable
        })?;
        Ok(self.http.get_or_init(|| client))
    }

    async fn metadata(&self, fresh: bool) -> Result<CoreProviderMetadata, Failure> {
        let mut kept = self.metadata.lock().await;
        if let Some((since, metadata)) = kept.as_ref().filter(|(since, _)| !fresh && since.elapsed() < METADATA_LASTS) {
            let _ = since;
            return Ok(metadata.clone());
        }
        let http = self.http()?;
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(|_| Failure::SignInFailed("the issuer is no address"))?;
        let ask = |request: HttpRequest| call(http.clone(), request);
        let metadata = CoreProviderMetadata::discover_async(issuer, &ask).await.map_err(|error| {
            tracing::warn!(%error, "the identity provider does not say who it is");
            Failure::Unavailable
        })?;
        *kept = Some((Instant::now(), metadata.clone()));
        Ok(metadata)
    }

    /// Where to send somebody who wants to sign in.
    pub(crate) async fn start(&self) -> Result<Start, Failure> {
        let metadata = self.metadata(false).await?;
        let redirect = RedirectUrl::new(self.redirect.clone()).map_err(|_| Failure::SignInFailed("portal_url is no address"))?;
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new(self.client.clone()), None).set_redirect_uri(redirect);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let request = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let (url, state, nonce) = request.add_scope(Scope::new("profile".to_owned())).set_pkce_challenge(challenge).url();
        Ok(Start { url: url.into(), state: state.into_secret(), nonce: nonce.secret().clone(), verifier: verifier.into_secret() })
    }

    /// Exchanges the code that came back for the ID token, checked against issuer, audience, time, signature and nonce.
    pub(crate) async fn finish(&self, code: String, verifier: String, nonce: String) -> Result<String, Failure> {
        let metadata = self.metadata(false).await?;
        let redirect = RedirectUrl::new(self.redirect.clone()).map_err(|_| Failure::SignInFailed("portal_url is no address"))?;
        let secret = self.secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let id = ClientId::new(self.client.clone());
        let client = CoreClient::from_provider_metadata(metadata, id.clone(), secret.clone()).set_redirect_uri(redirect);
        let http = self.http()?;
        let ask = |request: HttpRequest| call(http.clone(), request);
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| Failure::SignInFailed("the provider has no token endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        let tokens = exchange.request_async(&ask).await.map_err(|error| match error {
            openidconnect::RequestTokenError::Request(_) => Failure::Unavailable,
            _ => Failure::SignInFailed("the provider did not accept the code"),
        })?;
        let id_token = tokens.id_token().ok_or(Failure::SignInFailed("the provider gave no ID token"))?;
        let nonce = Nonce::new(nonce);
        if id_token.claims(&client.id_token_verifier(), &nonce).is_err() {
            // The provider may have new keys.
            let renewed = CoreClient::from_provider_metadata(self.metadata(true).await?, id, secret);
            let checked = id_token.claims(&renewed.id_token_verifier(), &nonce);
            checked.map_err(|_| Failure::SignInFailed("the ID token is not valid"))?;
        }
        Ok(id_token.to_string())
    }
}

async fn call(client: reqwest::Client, request: HttpRequest) -> Result<HttpResponse, HttpError> {
    let response = client.execute(request.try_into()?).await?;
    if response.content_length().is_some_and(|length| length > LARGEST_ANSWER as u64) {
        return Err(HttpError::TooLarge);
    }
    let mut answer = axum::http::Response::builder().status(response.status());
    for (name, value) in response.headers() {
        answer = answer.header(name, value);
    }
    Ok(answer.body(response.bytes().await?.to_vec())?)
}
