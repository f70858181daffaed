//! What a service needs from the process it runs in.

use std::{collections::HashMap, sync::Arc, time::Duration};

use proto::members::{IssueServiceTokenRequest, identity_service_client::IdentityServiceClient};
use tokio::sync::Mutex;
use tonic::metadata::AsciiMetadataValue;
use tonic_health::{ServingStatus, server::HealthReporter};

pub use crate::peer::{Peer, connect};
use crate::{
    auth::Tokens,
    config::{Demo, Settings},
    db::Db,
    error::{Error, Result},
    ids::RegionId,
    peer::Peers,
    shutdown::Shutdown,
    time::{Clock, Timestamp, real_now},
};

/// The own token is renewed when it has less than this to live.
const RENEW_BEFORE: Duration = Duration::from_secs(120);

/// The process: its settings, its clock, how it stops, how it knows callers and reaches other services. Clones are the same.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The settings.
    pub settings: Arc<Settings>,
    /// Business time (D26).
    pub clock: Clock,
    /// How the process stops.
    pub shutdown: Shutdown,
    /// Checks internal tokens.
    pub tokens: Tokens,
    /// What the process says about its health.
    pub(crate) health: HealthReporter,
    peers: Peers,
    /// The tokens in hand: one outside every region, and one for each region that the process acts in.
    own: Arc<Mutex<HashMap<Option<RegionId>, OwnToken>>>,
}

struct OwnToken {
    token: String,
    expires_at: Timestamp,
}

impl std::fmt::Debug for OwnToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OwnToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl Frame {
    /// The frame of a process with these settings. Errors: `Setting`.
    pub fn new(settings: Settings) -> Result<Self> {
        let clock = match &settings.clock_file {
            None => Clock::real(),
            Some(_) if settings.demo == Demo::Off => return Err(Error::setting("clock_file", "expected only in a demo (D26)")),
            Some(file) => Clock::moved_by(file.clone()),
        };
        let settings = Arc::new(settings);
        let peers = Peers::new(settings.clone())?;
        let tokens = Tokens::new(&settings, peers.clone())?;
        Ok(Self { settings, clock, shutdown: Shutdown::new(), tokens, health: HealthReporter::new(), peers, own: Arc::default() })
    }

    /// The connection to a service, made at its first use. Must be called within a Tokio runtime.
    pub fn peer(&self, service: &'static str) -> Peer {
        self.peers.get(service)
    }

    /// Says under a name of its own whether something in this process is well. The health of the process itself stays what it is.
    pub async fn tell_health(&self, name: &str, well: bool) {
        let status = if well { ServingStatus::Serving } else { ServingStatus::NotServing };
        self.health.set_service_status(name, status).await;
    }

    /// Opens the database of a service as the settings say; makes the data folder when it is kept there. Changes to it that are under
    /// way are waited for when the process stops.
    pub async fn database(&self, service: &str) -> Result<Db> {
        let url = self.settings.database(service);
        if url.starts_with("sqlite:") {
            tokio::fs::create_dir_all(&self.settings.data).await.map_err(|error| Error::Internal(Box::new(error)))?;
        }
        Ok(Db::connect(&url, self.settings.database_connections).await?.tracked_by(&self.shutdown.tracker))
    }

    /// This process's own token with the role `service`, asked from members with the service secret, kept and renewed in time.
    /// Errors: `Setting` without a secret; `Unavailable` when members is away and no token is in hand; `Internal` when it refuses.
    pub async fn service_token(&self) -> Result<String> {
        self.own_token(None).await
    }

    /// The same for calls within a region, which the token then names (D21).
    pub async fn service_token_in(&self, region: RegionId) -> Result<String> {
        self.own_token(Some(region)).await
    }

    async fn own_token(&self, region: Option<RegionId>) -> Result<String> {
        let mut tokens = self.own.lock().await;
        let now = real_now();
        if let Some(own) = tokens.get(&region).filter(|own| own.expires_at > now.plus(RENEW_BEFORE)) {
            return Ok(own.token.clone());
        }
        match self.issue(region).await {
            Ok(new) => {
                let token = new.token.clone();
                tokens.insert(region, new);
                Ok(token)
            }
            Err(error) => match tokens.get(&region).filter(|own| own.expires_at > now) {
                Some(own) => Ok(own.token.clone()),
                None => Err(error),
            },
        }
    }

    async fn issue(&self, region: Option<RegionId>) -> Result<OwnToken> {
        let secret = self.settings.service_secret.as_ref().ok_or_else(|| Error::setting("service_secret", "expected"))?;
        let request = IssueServiceTokenRequest {
            client: "service".to_owned(),
            secret: secret.expose().to_owned(),
            roles: Vec::new(),
            region: region.map(|region| region.to_string()).unwrap_or_default(),
        };
        let answer = IdentityServiceClient::new(self.peer("members")).issue_service_token(request).await;
        let answer = answer.map_err(|status| match status.code() {
            tonic::Code::Unauthenticated | tonic::Code::InvalidArgument => Error::Internal(Box::new(status)),
            _ => Error::Unavailable("members"),
        })?;
        let answer = answer.into_inner();
        let expires_at = answer.expires_at.as_ref().and_then(Timestamp::from_proto);
        let expires_at = expires_at.ok_or_else(|| Error::internal("a token without an end"))?;
        Ok(OwnToken { token: answer.token, expires_at })
    }
}

/// A request that carries a token: `authorization: Bearer …`. A text that can be no token is left out, and the call refused.
pub fn with_token<T>(message: T, token: &str) -> tonic::Request<T> {
    let mut request = tonic::Request::new(message);
    if let Ok(mut value) = AsciiMetadataValue::try_from(format!("Bearer {token}")) {
        value.set_sensitive(true);
        request.metadata_mut().insert("authorization", value);
    }
    request
}
