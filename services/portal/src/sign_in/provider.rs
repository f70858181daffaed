//! The OpenID Connect provider, whichever it is: authorization code flow with PKCE.
//!
//! What somebody proves is judged by members alone (`members/src/provider.rs`): issuer, audience, signature and time. Only the nonce is held
//! here, where it was made: it binds the proof to the browser that asked.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chassis::{config::Secret, outside::Outside};
use chrono::{DateTime, Utc};
use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, IssuerUrl, LogoutRequest, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RequestTokenError, TokenResponse,
    core::{CoreClient, CoreClientAuthMethod, CoreErrorResponseType, CoreIdTokenVerifier, CoreResponseType},
};
use tokio::sync::Mutex;

use crate::failure::Failure;

/// What the provider says about itself is asked for again after this time.
const KEEP: Duration = Duration::from_secs(60 * 60);
/// A provider that did not answer is left alone for so long: who signs in meanwhile must not queue for its silence.
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// The identity provider.
pub(crate) struct Provider {
    issuer: String,
    client: String,
    secret: Option<Secret>,
    /// The portal as browsers know it.
    url: String,
    outside: Outside,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    metadata: Option<(Instant, Arc<ProviderMetadataWithLogout>)>,
    silent_since: Option<Instant>,
}

/// A sign-in that begins: where to go, and what must come back.
pub(crate) struct Start {
    pub(crate) url: String,
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) verifier: String,
}

impl Provider {
    /// The provider with this issuer; it comes back to the portal at `url`.
    pub(crate) fn new(issuer: String, client: String, secret: Option<Secret>, url: &str) -> Self {
        let outside = Outside::new(&issuer);
        Self { issuer, client, secret, url: url.to_owned(), outside, known: Mutex::default() }
    }

    /// The address that names the provider.
    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    async fn metadata(&self) -> Result<Arc<ProviderMetadataWithLogout>, Failure> {
        let mut known = self.known.lock().await;
        if let Some((_, metadata)) = known.metadata.as_ref().filter(|(since, _)| since.elapsed() < KEEP) {
            return Ok(metadata.clone());
        }
        if known.silent_since.is_some_and(|since| since.elapsed() < TRY_AGAIN) {
            return Err(Failure::Unavailable);
        }
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(|_| Failure::SignInFailed("the issuer is no address"))?;
        let outside = self.outside.clone();
        let ask = move |request| outside.ask(request);
        match ProviderMetadataWithLogout::discover_async(issuer, &ask).await.map(Arc::new) {
            Ok(metadata) => {
                *known = Known { metadata: Some((Instant::now(), metadata.clone())), silent_since: None };
                Ok(metadata)
            }
            Err(error) => {
                tracing::warn!(%error, "the identity provider does not say who it is");
                known.silent_since = Some(Instant::now());
                Err(Failure::Unavailable)
            }
        }
    }

    fn redirect(&self) -> Result<RedirectUrl, Failure> {
        RedirectUrl::new(format!("{}/sign-in/callback", self.url)).map_err(|_| Failure::SignInFailed("portal_url is no address"))
    }

    /// Where to send somebody who wants to sign in. Only the subject is asked for: what people are called, members knows.
    pub(crate) async fn start(&self) -> Result<Start, Failure> {
        let metadata = ProviderMetadataWithLogout::clone(&*self.metadata().await?);
        let id = ClientId::new(self.client.clone());
        let client = CoreClient::from_provider_metadata(metadata, id, None).set_redirect_uri(self.redirect()?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let flow = AuthenticationFlow::<CoreResponseType>::AuthorizationCode;
        let request = client.authorize_url(flow, CsrfToken::new_random, Nonce::new_random);
        let (url, state, nonce) = request.set_pkce_challenge(challenge).url();
        Ok(Start { url: url.into(), state: state.into_secret(), nonce: nonce.secret().clone(), verifier: verifier.into_secret() })
    }

    /// Exchanges the code that came back for an ID token with this nonce. It still has to be judged by members.
    pub(crate) async fn finish(&self, code: String, verifier: String, nonce: String) -> Result<String, Failure> {
        let metadata = ProviderMetadataWithLogout::clone(&*self.metadata().await?);
        let authentication = authentication(&metadata);
        let secret = self.secret.as_ref().map(|secret| ClientSecret::new(secret.expose().to_owned()));
        let client = CoreClient::from_provider_metadata(metadata, ClientId::new(self.client.clone()), secret)
            .set_redirect_uri(self.redirect()?)
            .set_auth_type(authentication);
        let outside = self.outside.clone();
        let ask = move |request| outside.ask(request);
        let exchange = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|_| Failure::SignInFailed("the provider has no token endpoint"))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        let tokens = exchange.request_async(&ask).await.map_err(|error| match error {
            RequestTokenError::ServerResponse(answer) => refused(answer.error()),
            _ => {
                tracing::warn!("the identity provider does not exchange codes");
                Failure::Unavailable
            }
        })?;
        let id_token = tokens.id_token().ok_or(Failure::SignInFailed("the provider gave no ID token"))?;
        let nonce_only = CoreIdTokenVerifier::new_insecure_without_verification().set_time_fn(|| DateTime::<Utc>::MIN_UTC);
        id_token.claims(&nonce_only, &Nonce::new(nonce)).map_err(|_| Failure::SignInFailed("the nonce is not the one that was sent"))?;
        Ok(id_token.to_string())
    }

    /// Where somebody signs out of the provider too and comes back to the first page; `None` when it offers that nowhere, or is away.
    pub(crate) async fn sign_out(&self) -> Option<String> {
        let metadata = self.metadata().await.ok()?;
        let end = metadata.additional_metadata().end_session_endpoint.clone()?;
        let back = PostLogoutRedirectUrl::new(format!("{}/", self.url)).ok()?;
        let request = LogoutRequest::from(end).set_client_id(ClientId::new(self.client.clone())).set_post_logout_redirect_uri(back);
        Some(request.http_get_url().into())
    }
}

/// How the portal says at the token endpoint who it is. Who names no way means HTTP basic (OpenID Connect Discovery, 3).
fn authentication(metadata: &ProviderMetadataWithLogout) -> AuthType {
    let ways = metadata.token_endpoint_auth_methods_supported().map(Vec::as_slice).unwrap_or_default();
    let post = ways.contains(&CoreClientAuthMethod::ClientSecretPost) && !ways.contains(&CoreClientAuthMethod::ClientSecretBasic);
    if post { AuthType::RequestBody } else { AuthType::BasicAuth }
}

fn refused(error: &CoreErrorResponseType) -> Failure {
    use CoreErrorResponseType::{InvalidClient, UnauthorizedClient};
    match error {
        InvalidClient | UnauthorizedClient => {
            tracing::error!(
                "the identity provider does not know this installation: see the settings oidc_client_id and oidc_client_secret"
            );
            Failure::Broken
        }
        _ => Failure::SignInFailed("the provider did not accept the code"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_portal_says_who_it_is_in_a_way_that_the_provider_knows() {
        let with = |ways: Option<&[&str]>| {
            let mut description = json!({
                "issuer": "https://login.example",
                "authorization_endpoint": "https://login.example/authorize",
                "token_endpoint": "https://login.example/token",
                "jwks_uri": "https://login.example/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "Ed25519"],
            });
            if let Some(ways) = ways {
                description["token_endpoint_auth_methods_supported"] = json!(ways);
            }
            matches!(authentication(&serde_json::from_value(description).expect("a description")), AuthType::RequestBody)
        };
        assert!(with(Some(&["client_secret_post", "private_key_jwt"])));
        assert!(!with(Some(&["client_secret_post", "client_secret_basic"])));
        assert!(!with(Some(&["client_secret_basic"])));
        assert!(!with(None));
    }
}
