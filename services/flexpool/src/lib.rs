//! Flexpool: open shifts that workers of several employers claim themselves.
//!
//! In reading order: what is decided ([`domain`]), what is done (`app`), how it is kept (`store`, [`Migrator`]), the door for calls
//! (`rpc`), the door for events and what is told (`events`), and who is told live (`live`).

pub mod domain;

mod app;
mod reasons;

mod migration;
mod store;

#[cfg(not(feature = "planted"))]
mod planted;
#[cfg(feature = "planted")]
pub mod planted;

mod events;
mod live;
mod rpc;

use std::sync::Arc;

use bus::Bus;
use chassis::{
    auth::Access,
    error::Result,
    file_reads::{self, Answer},
    frame::Frame,
    mutation,
    server::Part,
    time::Clock,
};
use proto::flexpool::{
    access_log_service_server::AccessLogServiceServer, claim_service_server::ClaimServiceServer,
    conflict_service_server::ConflictServiceServer, eligibility_service_server::EligibilityServiceServer,
    roster_service_server::RosterServiceServer, shift_service_server::ShiftServiceServer, wait_service_server::WaitServiceServer,
};
use tonic::service::Routes;

pub use migration::Migrator;
pub use store::check::{
    AgreementFacts, CompetenceFacts, ConsentFacts, ConstraintFacts, EmploymentFacts, PoolFacts, Snapshot, UnavailabilityFacts, WardFacts,
    WorkerFacts, check, compare,
};

/// Who may call what, for tests of the contract.
pub const ACCESS: &[Access] = rpc::access::OWN;

/// Which answers are on record as reads about somebody, for tests of the contract.
pub const FILE_READS: &[Answer] = rpc::access_log::FILE_READS;

/// What flexpool copies from members, for a replay.
pub const COPY: bus::replay::Copy = events::COPY;

/// What flexpool does with members' events, for a replay and for working off what is parked.
pub fn handler() -> Arc<dyn bus::Handler> {
    Arc::new(events::Copies)
}

/// The source of what flexpool tells people: its own log.
pub const OWN_LOG: &str = "flexpool";

/// What flexpool tells people of its own log, for working off what is parked.
pub fn own_log(clock: &Clock) -> Arc<dyn bus::Handler> {
    Arc::new(app::tell::OwnLog { clock: clock.clone() })
}

/// Opens the database, follows members' events, hangs the service's log on the bus and gives its RPCs; those of the log are the bus's own
/// part of the process.
/// Errors: `Unavailable` without a database; `Internal` when the schema is older.
pub async fn start(frame: &Frame, bus: &Bus) -> Result<Part> {
    let db = frame.database("flexpool").await?;
    db.require_migrated::<Migrator>().await?;
    bus.attach(frame, "flexpool", &db)?;
    bus.follow_revocations(frame).await;
    bus.consume(frame, COPY.source, &db, handler());
    bus.consume(frame, OWN_LOG, &db, own_log(&frame.clock));
    app::outgoing::start(frame, &db);
    mutation::forget_regularly(frame, &db);
    file_reads::forget_regularly(frame, &db);
    let live = live::Live::start(frame, bus, &db);
    let shifts = rpc::shifts::Shifts { db: db.clone(), clock: frame.clock.clone(), live };
    let access_log = rpc::access_log::AccessLog { db: db.clone(), clock: frame.clock.clone() };
    let timers = app::timers::start(frame, &db);
    let (clock, shutdown) = (&frame.clock, &frame.shutdown);
    let waits = rpc::waits::Waits { db: db.clone(), clock: clock.clone(), shutdown: shutdown.clone(), timers: timers.clone() };
    let claims = rpc::claims::Claims { db: db.clone(), clock: clock.clone(), shutdown: shutdown.clone(), timers };
    let rosters = rpc::roster::Rosters { db: db.clone(), clock: clock.clone() };
    let eligibility = rpc::eligibility::Eligibility { db: db.clone(), clock: clock.clone() };
    let conflicts = rpc::conflicts::Conflicts { db, clock: clock.clone() };
    let mut routes = Routes::builder();
    routes.add_service(ShiftServiceServer::new(shifts)).add_service(ClaimServiceServer::new(claims));
    routes.add_service(WaitServiceServer::new(waits)).add_service(AccessLogServiceServer::new(access_log));
    routes.add_service(RosterServiceServer::new(rosters)).add_service(ConflictServiceServer::new(conflicts));
    routes.add_service(EligibilityServiceServer::new(eligibility));
    Ok(Part { name: "flexpool", routes: routes.routes(), access: ACCESS, unattributed: &[] })
}
