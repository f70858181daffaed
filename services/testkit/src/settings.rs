//! The settings of an installation that only one test has.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use chassis::{auth::Signer, config::Settings, ids::random_uuid};

use crate::{
    Mode, mode,
    servers::{self, Redis},
};

/// The defaults, with keys of its own and free ports.
pub(crate) fn secrets() -> Settings {
    let random = || random_uuid().simple().to_string();
    let session_key = format!("k1:{}", STANDARD.encode([random(), random()].concat()));
    Settings {
        token_keys: Some(Signer::new_key("test")),
        service_secret: Some(random().as_str().into()),
        session_key: Some(session_key.as_str().into()),
        listen: ([127, 0, 0, 1], 0).into(),
        portal_listen: ([127, 0, 0, 1], 0).into(),
        ..Settings::default()
    }
}

/// Gives the settings the Redis of this run with keys of their own, when the mode has one. The value keeps a private server alive.
pub(crate) fn carrier(settings: &mut Settings) -> Option<Arc<Redis>> {
    if mode() == Mode::Embedded {
        return None;
    }
    let (address, own) = servers::redis();
    settings.redis = Some(address.as_str().into());
    settings.redis_prefix = format!("rp-{}", &random_uuid().simple().to_string()[..8]);
    own
}
