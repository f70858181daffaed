//! How often one browser may do what nobody is known for yet: sign in, redeem a code, renew a session.
//!
//! Members counts calls by user, and by address where it knows no user; the portal is one address with everybody behind it. So what comes to
//! members' open methods through here is counted here, by the address of the browser, and a renewal by its session: somebody who hammers at the
//! sign-in takes nothing from the others.

use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::HeaderMap,
    middleware::Next,
    response::{IntoResponse, Response},
};
use chassis::{
    config::Settings,
    pace::{Buckets, network},
};
use sha2::{Digest, Sha256};

use crate::{app::App, failure::Failure};

/// At most so many are counted apart.
const COUNTED: usize = 65_536;
/// A session is renewed every eight minutes; one whose token fits in no cookie with every page.
const RENEWAL_EVERY: Duration = Duration::from_millis(500);
const RENEWALS_AT_ONCE: u32 = 30;
const FORWARDED: &str = "x-forwarded-for";

/// The pace of a portal.
#[derive(Debug)]
pub(crate) struct Pace {
    addresses: Buckets<IpAddr>,
    sessions: Buckets<[u8; 32]>,
}

impl Pace {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            addresses: Buckets::new(Duration::from_secs(1) / settings.sign_in_rate_per_s, settings.sign_in_burst, COUNTED),
            sessions: Buckets::new(RENEWAL_EVERY, RENEWALS_AT_ONCE, COUNTED),
        }
    }

    /// A renewal of the session with this secret. Errors: how long to wait for the next one.
    pub(crate) fn renewal(&self, secret: &str) -> Result<(), Duration> {
        self.sessions.take(Sha256::digest(secret).into(), Instant::now())
    }
}

/// The layer around what leads to a session.
pub(crate) async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    if let Some(peer) = peer {
        let browser = browser(&app.frame.settings, peer, request.headers());
        if let Err(wait) = app.pace.addresses.take(network(browser), Instant::now()) {
            return Failure::TooOften(wait).into_response();
        }
    }
    next.run(request).await
}

/// The address of the browser: of whoever is connected, or what our own proxies say of whom they serve.
fn browser(settings: &Settings, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let forwarded = headers.get_all(FORWARDED).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    let forwarded: Vec<&str> = forwarded.map(str::trim).collect();
    settings.portal_proxies.behind(peer, &forwarded)
}
