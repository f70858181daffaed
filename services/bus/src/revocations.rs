//! The ends of sessions, in every process that accepts tokens (D14).
//!
//! Members tells `SessionRevoked` on its log; a broadcast brings it to every replica of every service. One that starts has missed what was
//! told before, so it first asks which sessions ended while a token of theirs may still be valid. This stands here because it needs both the
//! bus and the tokens of the frame; a service calls it in one line.

use std::{future::Future, sync::atomic::Ordering, time::Duration};

use chassis::{
    error::{Error, Result},
    frame::{Frame, with_token},
    time::{Timestamp, real_now},
};
use proto::members::{ListRevocationsRequest, SessionRevoked, identity_service_client::IdentityServiceClient};
use tokio::{
    sync::oneshot,
    time::{sleep, timeout},
};

use crate::{Bus, Subscription};

/// Who accepts tokens and has members away goes on without (D14) after this time; it is asked on until it answers.
const WAIT: Duration = Duration::from_secs(3);
const TRY_AGAIN: Duration = Duration::from_millis(250);
/// A revocation without an end is kept for as long as any token lives.
const LONGEST: Duration = Duration::from_secs(600);

impl Bus {
    /// Refuses the tokens of ended sessions in this process, also of those that ended before it started. To be called by every service
    /// before it serves; once per process is enough, so the second call changes nothing. Waits a few seconds for members, and then goes
    /// on: without members nobody gets a new token, and keys that are not known yet cannot be had either.
    pub async fn follow_revocations(&self, frame: &Frame) {
        let asking = frame.clone();
        self.follow_revocations_with(frame, move || known(asking.clone())).await;
    }

    /// The same for members, which knows by itself what ended: gives the `sid` and the end of the last token of each such session.
    pub async fn follow_revocations_with<F, K>(&self, frame: &Frame, known: F)
    where
        F: Fn() -> K + Send + Sync + 'static,
        K: Future<Output = Result<Vec<(String, Timestamp)>>> + Send,
    {
        if self.0.revocations.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut events = self.broadcast(frame, "members");
        let (learnt, ready) = oneshot::channel();
        let following = frame.clone();
        frame.shutdown.spawn(async move {
            // First hear what is told from now on, then ask for what was told before: nothing falls between.
            if !events.ready().await {
                return;
            }
            let learn = async {
                learn(&following, known).await;
                // Who waited may have gone on.
                let _ = learnt.send(());
            };
            let stopped = following.shutdown.cancelled();
            tokio::select! {
                ((), ()) = async { tokio::join!(learn, hear(&following, &mut events)) } => {}
                () = stopped => {}
            }
        });
        if timeout(WAIT, ready).await.is_err() {
            tracing::warn!("members does not say which sessions have ended; it is asked on");
        }
    }
}

async fn hear(frame: &Frame, events: &mut Subscription) {
    while let Some(event) = events.recv().await {
        if !event.is::<SessionRevoked>() {
            continue;
        }
        match event.decode::<SessionRevoked>() {
            Ok(revoked) => {
                let until = revoked.until.as_ref().and_then(Timestamp::from_proto);
                frame.tokens.revoke(&revoked.session, until.unwrap_or_else(|| real_now().plus(LONGEST)));
            }
            Err(error) => tracing::error!(%error, "a revoked session cannot be read"),
        }
    }
}

async fn learn<K: Future<Output = Result<Vec<(String, Timestamp)>>>>(frame: &Frame, known: impl Fn() -> K) {
    loop {
        match known().await {
            Ok(ended) => return ended.iter().for_each(|(session, until)| frame.tokens.revoke(session, *until)),
            Err(error) => tracing::debug!(%error, "cannot learn which sessions have ended; trying again"),
        }
        sleep(TRY_AGAIN).await;
    }
}

/// Asks members for all pages.
async fn known(frame: Frame) -> Result<Vec<(String, Timestamp)>> {
    let (mut known, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = with_token(ListRevocationsRequest { page_size: i32::MAX, page_token }, &frame.service_token().await?);
        let answer = IdentityServiceClient::new(frame.peer("members")).list_revocations(request).await;
        let answer = answer.map_err(|_| Error::Unavailable("members"))?.into_inner();
        known.extend(answer.revocations.into_iter().map(|ended| {
            let until = ended.until.as_ref().and_then(Timestamp::from_proto);
            (ended.session, until.unwrap_or_else(|| real_now().plus(LONGEST)))
        }));
        page_token = answer.next_page_token;
        if page_token.is_empty() {
            return Ok(known);
        }
    }
}
