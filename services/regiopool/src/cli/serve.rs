//! `regiopool serve <service>`: one service of a distributed installation.

use std::time::Duration;

use anyhow::{Context, bail};
use bus::Bus;
use chassis::{config::Settings, frame::Frame, server, telemetry};
use tokio::net::TcpListener;

/// The services that can run alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Service {
    /// Organisations, workers, users, tokens.
    Members,
    /// Open shifts and claims.
    Flexpool,
    /// The web pages.
    Portal,
}

/// What to serve.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which service.
    service: Service,
}

/// Serves until it is asked to stop, then drains.
pub(crate) async fn run(settings: Settings, Args { service }: &Args) -> anyhow::Result<()> {
    let name = match service {
        Service::Members => "members",
        Service::Flexpool => "flexpool",
        Service::Portal => "portal",
    };
    let drain = Duration::from_secs(settings.drain_s);
    let telemetry = telemetry::init(&settings, name)?;
    if *service != Service::Portal && settings.redis.is_none() {
        bail!("a service on its own needs the Redis that carries its events: set REGIOPOOL_REDIS");
    }
    let frame = Frame::new(settings)?;
    let serving = match service {
        Service::Portal => {
            let listener = bind(frame.settings.portal_listen).await?;
            println!("portal http://{}", listener.local_addr()?);
            let frame = frame.clone();
            tokio::spawn(async move { portal::serve(&frame, listener).await })
        }
        Service::Members | Service::Flexpool => {
            let bus = Bus::connect(&frame.settings).await?;
            let part = match service {
                Service::Members => members::start(&frame, &bus).await?,
                _ => flexpool::start(&frame, &bus).await?,
            };
            let parts = vec![part, bus.part()];
            let listener = bind(frame.settings.listen).await?;
            println!("grpc http://{}", listener.local_addr()?);
            let frame = frame.clone();
            tokio::spawn(async move { server::serve(&frame, listener, parts).await })
        }
    };
    super::asked_to_stop().await?;
    frame.shutdown.drain(drain).await;
    serving.await??;
    telemetry.shutdown().await;
    Ok(())
}

/// Listens at the address; port 0 lets the system choose.
pub(crate) async fn bind(address: std::net::SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| format!("cannot listen at {address}"))
}
