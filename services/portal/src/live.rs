//! Live updates: a browser hears of every change of a shift that its person may see, as server-sent events.
//!
//! `shift` carries the shift's id and what lists show of it; `reset` means that something was missed and the list must be asked for again.
//! The stream outlives the internal token: it renews the session and watches on with the new token.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures::Stream;
use proto::flexpool::{WatchShiftsRequest, WatchShiftsResponse};
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tonic::{Code, Streaming};
use wording::Words;

use crate::{
    app::App,
    cards,
    failure::{self, Failure},
    session::{RENEW_BEFORE, Renewal},
    visit::Signed,
};

/// A browser that lost its stream waits so long before it asks again.
const RETRY: Duration = Duration::from_secs(3);
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// `GET /live`.
pub(crate) async fn stream(State(app): State<App>, signed: Signed) -> Result<Response, Failure> {
    let Ok(permit) = Arc::clone(&app.live).try_acquire_owned() else { return Ok(failure::overloaded()) };
    let watch = watch(&signed).await?;
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
    Ok(Sse::new(events(app, signed, watch, permit)).keep_alive(keep_alive).into_response())
}

async fn watch(signed: &Signed) -> Result<Streaming<WatchShiftsResponse>, tonic::Status> {
    Ok(signed.shifts().watch_shifts(signed.ask(WatchShiftsRequest {})).await?.into_inner())
}

/// How long the token in hand serves before it should be renewed.
fn serves(signed: &Signed) -> Duration {
    Duration::from_micros(u64::try_from(signed.session.left() - RENEW_BEFORE / 2).unwrap_or(0))
}

fn events(
    app: App,
    mut signed: Signed,
    mut watch: Streaming<WatchShiftsResponse>,
    permit: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> + Send + 'static {
    async_stream::stream! {
        let _permit = permit;
        yield Ok(Event::default().event("hello").retry(RETRY).data("{}"));
        loop {
            let word = tokio::select! {
                biased;
                () = app.frame.shutdown.cancelled() => break,
                () = tokio::time::sleep(serves(&signed)) => {
                    let Some(next) = renewed(&app, &mut signed).await else { break };
                    // The new stream begins before the old one is left, so that nothing falls between them.
                    watch = next;
                    yield Ok(Event::default().event("reset").data("{}"));
                    continue;
                }
                word = watch.message() => word,
            };
            match word {
                Ok(Some(word)) => yield Ok(event(signed.words(), &word)),
                Ok(None) => break,
                Err(status) => {
                    if status.code() != Code::Cancelled {
                        tracing::info!(code = ?status.code(), "a live stream ended");
                    }
                    break;
                }
            }
        }
    }
}

/// Watching with a new token; `None` when the session has ended or cannot be renewed: the browser then asks again and is led on.
async fn renewed(app: &App, signed: &mut Signed) -> Option<Streaming<WatchShiftsResponse>> {
    match signed.session.renew(app).await {
        Renewal::Renewed(session) => signed.session = session,
        Renewal::Ended | Renewal::Unavailable => return None,
    }
    watch(signed).await.ok()
}

fn event(words: Words, word: &WatchShiftsResponse) -> Event {
    let Some(after) = word.after.as_ref().filter(|_| !word.reset) else {
        return Event::default().event("reset").data("{}");
    };
    let data = json!({
        "shift": word.shift,
        "taken": after.taken,
        "places": after.places,
        "free": cards::free(words, after),
        "full": after.taken >= after.places,
        "state": after.state().as_str_name(),
    });
    Event::default().event("shift").data(data.to_string())
}
