//! Who takes part: organisations, wards, pools, agreements, workers, users and their roles.
//!
//! In reading order: what is known and decided ([`domain`]), the use cases (`app`), where things are kept (`store`, `migration`), what
//! others are told (`events`), the doors (`rpc`) and how somebody proves who they are (`provider`, `secrets`). [`check`] and [`snapshot`]
//! look at the whole from outside.

pub mod domain;

mod app;

mod migration;
mod store;

mod events;

mod provider;
mod rpc;
mod secrets;

mod check;
mod snapshot;

use std::time::Duration;

use bus::Bus;
use chassis::{
    auth::{Access, Signer},
    db::Db,
    error::Result,
    frame::Frame,
    mutation,
    server::Part,
    time::{Timestamp, real_now},
};
use proto::members::SessionRevoked;

use crate::domain::identity::TOKEN_TTL;

pub use check::check;
pub use domain::text::has_citizen_number;
pub use migration::Migrator;
pub use rpc::role_to_proto;
pub use snapshot::{RegionSnapshot, WorkerFacts, snapshot};

/// Who may call what, for tests of the contract.
pub const ACCESS: &[Access] = rpc::access::ACCESS;

/// How often sessions that ended long ago are forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);
/// So long after its end a session is forgotten.
const KEEP_ENDED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Opens the database, hangs the service's log on the bus and gives its RPCs; those of the log are the bus's own part of the process.
/// Errors: `Setting` when a key or address is wrong; `Unavailable` without a database; `Internal` when the schema is older.
pub async fn start(frame: &Frame, bus: &Bus) -> Result<Part> {
    let db = frame.database("members").await?;
    db.require_migrated::<Migrator>().await?;
    bus.attach(frame, "members", &db)?;
    follow_revocations(frame, bus);
    mutation::forget_regularly(frame, &db);
    forget_sessions_regularly(frame, &db);
    let rpc = rpc::Rpc {
        clock: frame.clock.clone(),
        signer: Signer::new(&frame.settings)?,
        codes: secrets::Codes::new(frame.settings.token_keys.as_ref())?,
        provider: provider::Provider::new(&frame.settings)?,
        settings: frame.settings.clone(),
        db,
    };
    Ok(Part { name: "members", routes: rpc.routes(), access: ACCESS })
}

/// Refuses the tokens of ended sessions in this process from now on. Every service that accepts tokens does the same.
fn follow_revocations(frame: &Frame, bus: &Bus) {
    let (mut events, tokens) = (bus.broadcast(frame, "members"), frame.tokens.clone());
    frame.shutdown.spawn(async move {
        while let Some(event) = events.recv().await {
            if !event.is::<SessionRevoked>() {
                continue;
            }
            match event.decode::<SessionRevoked>() {
                Ok(revoked) => {
                    let until = revoked.until.as_ref().and_then(Timestamp::from_proto);
                    tokens.revoke(&revoked.session, until.unwrap_or_else(|| real_now().plus(TOKEN_TTL)));
                }
                Err(error) => tracing::error!(%error, "a revoked session cannot be read"),
            }
        }
    });
}

fn forget_sessions_regularly(frame: &Frame, db: &Db) {
    let db = db.clone();
    frame.shutdown.every(FORGET_EVERY, move || {
        let db = db.clone();
        async move {
            if let Err(error) = store::sessions::forget(db.write(), real_now().minus(KEEP_ENDED)).await {
                tracing::warn!(%error, "old sessions could not be forgotten; the next round tries again");
            }
        }
    });
}
