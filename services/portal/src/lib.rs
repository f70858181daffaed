//! The web pages for workers, planners and operators: templates and gRPC clients, no database and no rules.
//!
//! Every page is made on the server and works without a script: forms are sent, answered with a redirect, and carry a request id that makes
//! sending them twice harmless (D25). A small script only shows changes as they happen. In reading order: what requests share ([`app`]), the
//! addresses ([`routes`]) with the layers around them ([`trace`], [`guard`], [`pace`], [`visit`]), who is signed in ([`session`], [`sign_in`]), what can
//! stop a page ([`failure`]), how pages are put together ([`view`], [`forms`], [`cards`], [`names`], [`reads`]), the [`pages`], and [`live`].

mod app;
mod routes;

mod guard;
mod pace;
mod trace;
mod visit;

mod cookies;
mod language;
mod session;
mod sign_in;

mod failure;

mod assets;
mod cards;
mod forms;
mod names;
mod reads;
mod view;

mod live;
mod pages;

use std::{future::IntoFuture, net::SocketAddr, time::Duration};

use chassis::{
    error::{Error, Result},
    frame::Frame,
};
use tokio::net::TcpListener;

/// Serves the pages on `listener` until the process stops; open pages get the time of the setting `drain_s` to end, streams end at once.
/// Errors: `Internal` for settings that do not fit, and when the listener fails.
pub async fn serve(frame: &Frame, listener: TcpListener) -> Result<()> {
    let app = app::App::new(frame)?;
    let router = routes::all(app).into_make_service_with_connect_info::<SocketAddr>();
    let shutdown = frame.shutdown.clone();
    let served = axum::serve(listener, router).with_graceful_shutdown(async move { shutdown.cancelled().await }).into_future();
    let (stopping, limit) = (frame.shutdown.clone(), Duration::from_secs(frame.settings.drain_s));
    tokio::select! {
        done = served => done.map_err(|error| Error::Internal(Box::new(error))),
        () = async { stopping.cancelled().await; tokio::time::sleep(limit).await } => Ok(()),
    }
}
