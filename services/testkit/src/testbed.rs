//! Members and flexpool running in the test's own process.

use std::{fs, ops::Deref};

use bus::Bus;
use chassis::{
    config::{Demo, Settings},
    db::Db,
    frame::Frame,
    ids::RegionId,
    server,
};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    databases::Database,
    region::{Builder, Region},
    servers::{self, Redis},
    settings::{carrier, secrets},
    wait_until,
};

/// Members and flexpool on one free port, on fresh databases, with a fresh region: SQLite with the embedded bus or PostgreSQL with Redis,
/// as the mode of the run says. Calls to the region's services are methods of [`Region`], which it dereferences to. Everything ends with
/// the value.
#[derive(Debug)]
pub struct Testbed {
    /// The process frame of the services.
    pub frame: Frame,
    /// Their bus.
    pub bus: Bus,
    /// The region.
    pub region: RegionId,
    /// Where all services answer: `http://127.0.0.1:port`.
    pub address: String,
    access: Region,
    members: Db,
    flexpool: Db,
    pages: Option<TcpListener>,
    serving: JoinHandle<chassis::error::Result<()>>,
    _databases: [Database; 2],
    _redis: Option<std::sync::Arc<Redis>>,
    _folder: tempfile::TempDir,
}

impl Testbed {
    /// Starts it.
    ///
    /// # Panics
    /// When anything does not start; a test cannot go on without it.
    pub async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// Starts it with other settings than usual.
    ///
    /// # Panics
    /// As [`Testbed::start`].
    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let folder = servers::temporary();
        let databases =
            [Database::migrated::<members::Migrator>("members").await, Database::migrated::<flexpool::Migrator>("flexpool").await];
        let (grpc, pages) = (listener().await, listener().await);
        let mut settings = Settings {
            data: folder.path().join("data"),
            listen: grpc.local_addr().expect("a bound port"),
            portal_listen: pages.local_addr().expect("a bound port"),
            members_database: Some(databases[0].url().into()),
            flexpool_database: Some(databases[1].url().into()),
            database_connections: 8,
            demo: Demo::Empty,
            clock_file: Some(folder.path().join("clock")),
            ..secrets()
        };
        let redis = carrier(&mut settings);
        change(&mut settings);

        let address = settings.url("members");
        let frame = Frame::new(settings).expect("a frame");
        let bus = Bus::connect(&frame.settings).await.expect("a bus");
        let parts = vec![
            members::start(&frame, &bus).await.expect("members starts"),
            flexpool::start(&frame, &bus).await.expect("flexpool starts"),
            bus.part(),
        ];
        let serving = tokio::spawn({
            let frame = frame.clone();
            async move { server::serve(&frame, grpc, parts).await }
        });
        let access = Region::create(&frame.settings).await;
        Self {
            region: access.id,
            address,
            members: databases[0].open().await,
            flexpool: databases[1].open().await,
            frame,
            bus,
            access,
            pages: Some(pages),
            serving,
            _databases: databases,
            _redis: redis,
            _folder: folder,
        }
    }

    /// The database of a service, on connections of the test's own.
    ///
    /// # Panics
    /// When there is no such service.
    pub fn db(&self, service: &str) -> Db {
        match service {
            "members" => self.members.clone(),
            "flexpool" => self.flexpool.clone(),
            _ => panic!("there is no service {service}"),
        }
    }

    /// Fills the region.
    pub async fn builder(&self) -> Builder {
        Builder::new(&self.access).await
    }

    /// Moves business time of every service by so many seconds from real time (D26).
    ///
    /// # Panics
    /// When the file of the clock cannot be written.
    pub fn set_clock(&self, seconds: i64) {
        // Renamed into place: whoever reads sees the old number or the new one.
        let file = self.frame.settings.clock_file.as_ref().expect("a testbed has a clock file");
        let partial = file.with_extension("new");
        fs::write(&partial, seconds.to_string()).and_then(|()| fs::rename(&partial, file)).expect("the clock is set");
    }

    /// Waits until flexpool has taken in everything that members told until now.
    ///
    /// # Panics
    /// When it does not within a minute; with how far it is.
    pub async fn caught_up(&self) {
        wait_until("flexpool to know what members told", async || bus::caught_up(&self.members, &self.flexpool, "members").await).await;
    }

    /// The listener on which the settings say that the portal is, for `portal::serve`. The first caller gets it.
    ///
    /// # Panics
    /// At the second call.
    pub fn pages(&mut self) -> TcpListener {
        self.pages.take().expect("one portal per testbed")
    }

    /// Stops the services in an orderly way.
    ///
    /// # Panics
    /// When they do not end in time, or with an error.
    pub async fn stop(&mut self) {
        let limit = std::time::Duration::from_secs(self.frame.settings.drain_s);
        assert!(self.frame.shutdown.drain(limit).await, "the services did not end in time");
        (&mut self.serving).await.expect("the server does not panic").expect("the server ends well");
    }
}

impl Deref for Testbed {
    type Target = Region;

    fn deref(&self) -> &Region {
        &self.access
    }
}

impl Drop for Testbed {
    fn drop(&mut self) {
        self.frame.shutdown.cancel();
        self.serving.abort();
    }
}

async fn listener() -> TcpListener {
    TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_worker_who_was_made_through_members_is_known_to_flexpool() {
        let mut bed = Testbed::start().await;
        let builder = bed.builder().await;
        let employer = builder.employer("Zonnehof").await;
        let pool = builder.pool(&[&employer]).await;
        let worker = builder.worker(&employer, &crate::region::Person::default()).await;
        bed.caught_up().await;
        let shift = builder.shift(&employer, &pool, &crate::region::Opening::on(bed.day(7))).await;
        let request = proto::flexpool::ClaimShiftRequest { shift: shift.id, request_id: crate::request_id(), ..Default::default() };
        let answer = bed.claims().claim_shift(crate::as_token(request, &worker.token)).await.expect("a place").into_inner();
        assert_eq!(answer.claim.expect("the claim").worker, worker.id);
        bed.stop().await;
    }
}
