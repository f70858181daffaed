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

mod mail;
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
    file_reads::{self, Answer},
    frame::Frame,
    mutation,
    pace::Attempts,
    page::Page,
    server::Part,
    time::real_now,
};

use crate::domain::identity::{CODE_TRIES, CODE_TRY_EVERY};

pub use check::check;
pub use domain::text::has_citizen_number;
pub use migration::Migrator;
pub use rpc::role_to_proto;
pub use snapshot::{RegionSnapshot, WorkerFacts, snapshot};

/// Who may call what, for tests of the contract.
pub const ACCESS: &[Access] = rpc::access::ACCESS;

/// Which answers are on record as reads of somebody's file, for tests of the contract.
pub const FILE_READS: &[Answer] = rpc::file_reads::FILE_READS;

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
    follow_revocations(frame, bus, &db).await;
    mutation::forget_regularly(frame, &db);
    file_reads::forget_regularly(frame, &db);
    forget_sessions_regularly(frame, &db);
    let codes = secrets::Codes::new(frame.settings.token_keys.as_ref())?;
    mail::start(frame, &db, &codes)?;
    let rpc = rpc::Rpc {
        clock: frame.clock.clone(),
        signer: Signer::new(&frame.settings)?,
        codes,
        provider: provider::Provider::new(&frame.settings)?,
        code_tries: Attempts::new(CODE_TRY_EVERY, CODE_TRIES),
        link_tries: Attempts::new(CODE_TRY_EVERY, CODE_TRIES),
        settings: frame.settings.clone(),
        db,
    };
    Ok(Part { name: "members", routes: rpc.routes(), access: ACCESS, unattributed: rpc::access::UNATTRIBUTED })
}

/// Refuses the tokens of ended sessions in this process from now on. What ended before is in the own database; other services ask for it.
async fn follow_revocations(frame: &Frame, bus: &Bus, db: &Db) {
    let db = db.clone();
    let known = move || {
        let db = db.clone();
        async move {
            let (mut known, mut token) = (Vec::new(), String::new());
            loop {
                let page = Page::parse(i32::MAX, &token, "revocations")?;
                let (ended, next) = app::identity::revocations(db.read(), &page).await?;
                known.extend(ended.into_iter().map(|(session, until)| (events::sid(session), until)));
                token = next;
                if token.is_empty() {
                    return Ok(known);
                }
            }
        }
    };
    bus.follow_revocations_with(frame, known).await;
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
