//! What every request shares: the frame, the ways to the services, the keys of the cookies, the identity provider.

use std::sync::Arc;

use axum_extra::extract::cookie::Key;
use chassis::{
    error::{Error, Result},
    frame::{Frame, Peer},
};
use tokio::sync::Semaphore;

use crate::{
    cookies,
    pace::Pace,
    sign_in::{DemoIssuer, Provider},
};

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
    /// The key that encrypts cookies, and older ones that still count.
    pub(crate) keys: (Key, Vec<Key>),
    pub(crate) provider: Option<Provider>,
    /// How often one address may sign in.
    pub(crate) pace: Pace,
    /// Only in a demo.
    pub(crate) demo: Option<DemoIssuer>,
    /// Pages that are made at the same time; more are refused.
    pub(crate) pages: Semaphore,
    /// Browsers that are told of changes at the same time; more are refused and reload instead.
    pub(crate) live: Arc<Semaphore>,
}

impl App {
    /// Errors: `Setting` for a session key that is missing or too short.
    pub(crate) fn new(frame: &Frame) -> Result<Self> {
        let settings = &frame.settings;
        let url = settings.portal();
        let wrong = || Error::setting("session_key", "expected kid:base64 of 64 bytes, several separated by commas");
        let bytes = settings.session_key.as_ref().and_then(|text| cookies::keys(text.expose())).ok_or_else(wrong)?;
        let mut keys = bytes.iter().map(|bytes| Key::from(bytes));
        let keys = (keys.next().ok_or_else(wrong)?, keys.collect());
        let provider = match (settings.issuer(), settings.client_id()) {
            (Some(issuer), Some(client)) => Some(Provider::new(issuer, client, settings.oidc_client_secret.clone(), &url)),
            _ => None,
        };
        Ok(Self(Arc::new(Shared {
            members: frame.peer("members"),
            flexpool: frame.peer("flexpool"),
            demo: DemoIssuer::new(settings, &url, &bytes[0])?,
            keys,
            pace: Pace::new(settings),
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
