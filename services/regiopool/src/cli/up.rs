//! `regiopool up`: the whole region in one process (D23).

use std::time::Duration;

use anyhow::Context;
use bus::Bus;
use chassis::{
    config::{Demo, Settings},
    frame::Frame,
    server, telemetry,
};

use super::{installation, migrate, serve::bind};
use crate::demo;

/// Makes the data folder what it must be, serves all services on one listener and the portal on another, and ends in a line with the
/// portal's address. Runs until it is asked to stop, then drains.
pub(crate) async fn run(settings: Settings, demo: &demo::Args) -> anyhow::Result<()> {
    let telemetry = telemetry::init(&settings, "up")?;
    let _lock = installation::lock(&settings.data)?;
    installation::make_keys(&settings.data)?;
    let mut settings = installation::with_keys(settings)?;
    migrate::run(&settings).await?;

    // The listeners come first: with port 0 only they know where the services are to be found.
    let grpc = bind(settings.listen).await?;
    let pages = bind(settings.portal_listen).await?;
    let (grpc_address, portal_address) = (grpc.local_addr()?, pages.local_addr()?);
    settings.listen = grpc_address;
    settings.portal_listen = portal_address;

    let frame = Frame::new(settings)?;
    let bus = Bus::connect(&frame.settings).await?;
    let parts = vec![members::start(&frame, &bus).await?, flexpool::start(&frame, &bus).await?, bus.part()];
    let services = tokio::spawn({
        let frame = frame.clone();
        async move { server::serve(&frame, grpc, parts).await }
    });
    let portal = tokio::spawn({
        let frame = frame.clone();
        async move { portal::serve(&frame, pages).await }
    });

    let stop = super::asked_to_stop();
    tokio::pin!(stop);
    tokio::select! {
        stopped = &mut stop => stopped?,
        first = first_steps(&frame, demo) => {
            let hint = first.context("the region could not be prepared")?;
            println!("grpc http://{grpc_address}");
            if let Some(hint) = hint {
                println!("{hint}");
            }
            println!("portal http://{portal_address}");
            stop.await?;
        }
    }
    frame.shutdown.drain(Duration::from_secs(frame.settings.drain_s)).await;
    services.await??;
    portal.await??;
    telemetry.shutdown().await;
    Ok(())
}

/// Fills the demo region, or leads the operator of an empty one in. Gives what to tell the user.
async fn first_steps(frame: &Frame, demo: &demo::Args) -> anyhow::Result<Option<String>> {
    match frame.settings.demo {
        Demo::Region => Ok(Some(demo::prepare(frame, demo).await?.to_string())),
        Demo::Empty | Demo::Off => super::first_operator::invite(frame).await,
    }
}
