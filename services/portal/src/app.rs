//! What every request shares: the frame, the ways to the services, the key of the cookies, the identity provider.

use std::sync::Arc;

use axum::extract::FromRef;
use axum_extra::extract::cookie::Key;
use base64::{Engine, engine::general_purpose::STANDARD};
use chassis::{
    error::{Error, Result},
    frame::{Frame, Peer},
};
use tokio::sync::Semaphore;

use crate::sign_in::{DemoIssuer, Provider};

/// Shared by every request of a portal.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

/// The parts of an [`App`].
pub(crate) struct Shared {
    pub(crate) frame: Frame,
    pub(crate) members: Peer,
    pub(crate) flexpool: Peer,
    /// Address of the portal as browsers know it, without a slash at the end.
    pub(crate) url: String,
    pub(crate) key: Key,
    pub(crate) provider: Option<Provider>,
    /// Only in a demo.
    pub(crate) demo: Option<DemoIssuer>,
    /// Pages that are made at the same time; more are refused.
    pub(crate) pages: Semaphore,
    /// Browsers that are told of changes at the same time; more are refused and reload instead.
    pub(crate) live: Arc<Semaphore>,
}

impl App {
    /// Errors: `Internal` for a session key that is missing or too short.
    pub(crate) fn new(frame: &Frame) -> Result<Self> {
        let settings = &frame.settings;
        let url = settings.portal();
        let secret = settings.session_key.as_ref().ok_or_else(|| Error::internal("the portal needs the setting session_key"))?;
        let bytes = STANDARD.decode(secret.expose()).ok().filter(|bytes| bytes.len() >= 64);
        let bytes = bytes.ok_or_else(|| Error::internal("session_key: expected base64 of 64 bytes"))?;
        let provider = match (settings.issuer(), settings.client_id()) {
            (Some(issuer), Some(client)) => Some(Provider::new(issuer, client, settings.oidc_client_secret.clone(), &url)),
            _ => None,
        };
        Ok(Self(Arc::new(Shared {
            members: frame.peer("members"),
            flexpool: frame.peer("flexpool"),
            demo: DemoIssuer::new(settings, &url, &bytes)?,
            key: Key::from(&bytes),
            url,
            provider,
            pages: Semaphore::new(settings.max_concurrent_requests),
            live: Arc::new(Semaphore::new(settings.max_concurrent_requests)),
            frame: frame.clone(),
        })))
    }

    /// Whether browsers reach the portal over TLS, so that cookies may insist on it.
    pub(crate) fn is_secure(&self) -> bool {
        self.url.starts_with("https://")
    }
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl FromRef<App> for Key {
    fn from_ref(app: &App) -> Self {
        app.key.clone()
    }
}
