//! Brings what people are to be told to members (D34): at least once by this, exactly once by the key that members keeps. What members cannot
//! take now is tried again, later each time, and is never in the way of what comes after it.

use std::time::Duration;

use chassis::{
    db::Db,
    error::{Error, Result, told},
    frame::{Frame, with_token},
    time::Timestamp,
};
use futures::{StreamExt as _, stream};
use proto::members::{NotifyRequest, message_service_client::MessageServiceClient};
use tonic::Code;

use crate::{
    domain::message::{To, wait_after},
    store::outgoing::{self, Outgoing},
};

/// How often it is looked what is due.
const EVERY: Duration = Duration::from_secs(1);
/// So many are taken at once, and so many of them told at the same time.
const BATCH: u64 = 64;
const AT_ONCE: usize = 8;
/// So long a process has to tell what it took before another one tries.
const TAKEN_FOR: Duration = Duration::from_secs(60);
/// What members says is wrong is a defect; it is tried so often, for members may be of an older version, and then given up.
const MAX_TRIES: i32 = 12;

/// What came of a message.
enum How {
    Told,
    /// Members is away, or busy.
    Away,
    /// Members does not take it.
    Wrong(Code),
}

/// Tells what is due until the process stops.
pub(crate) fn start(frame: &Frame, db: &Db) {
    let (frame_, db) = (frame.clone(), db.clone());
    frame.shutdown.every(EVERY, move || {
        let (frame, db) = (frame_.clone(), db.clone());
        async move {
            if let Err(error) = rounds(&frame, &db).await {
                tracing::warn!(error = %told(&error), "messages could not be looked after; the next round tries again");
            }
        }
    });
}

/// Rounds until nothing is due, or members is away.
async fn rounds(frame: &Frame, db: &Db) -> Result<()> {
    while !frame.shutdown.token.is_cancelled() {
        let now = frame.clock.now();
        let due = db.retry(|| async {
            let txn = db.begin().await?;
            let due = outgoing::take(&txn, now, now.plus(TAKEN_FOR), BATCH).await?;
            db.commit(txn).await?;
            Ok(due)
        });
        let due = due.await?;
        if due.is_empty() {
            return Ok(());
        }
        let away = stream::iter(due).map(|message| one(frame, db, message, now)).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await;
        if away.into_iter().collect::<Result<Vec<_>>>()?.contains(&true) {
            return Ok(());
        }
    }
    Ok(())
}

/// Tells one message and notes it. Gives whether members was away.
async fn one(frame: &Frame, db: &Db, message: Outgoing, now: Timestamp) -> Result<bool> {
    match notify(frame, &message).await {
        How::Told => outgoing::told(db.write(), &message).await.map(|()| false),
        How::Wrong(code) if message.tries >= MAX_TRIES => {
            tracing::error!(message = %message.id, reason = message.reason, ?code, "a message is given up: members does not take it");
            outgoing::told(db.write(), &message).await.map(|()| false)
        }
        how => {
            outgoing::later(db.write(), &message, now.plus(wait_after(message.tries))).await?;
            Ok(matches!(how, How::Away))
        }
    }
}

async fn notify(frame: &Frame, message: &Outgoing) -> How {
    let token = match frame.service_token_in(message.region).await {
        Ok(token) => token,
        Err(Error::Internal(_)) => return How::Wrong(Code::Unauthenticated),
        Err(_) => return How::Away,
    };
    let (worker, organisation) = match message.to {
        To::Worker(worker) => (worker.to_string(), String::new()),
        To::Planners(organisation) => (String::new(), organisation.to_string()),
    };
    let request = NotifyRequest {
        user: String::new(),
        worker,
        organisation,
        reason: message.reason,
        metadata: message.facts.clone(),
        // All services tell under one name.
        key: format!("flexpool {}", message.id),
    };
    match MessageServiceClient::new(frame.peer("members")).notify(with_token(request, &token)).await {
        Ok(_) => How::Told,
        Err(status) => match status.code() {
            code @ (Code::InvalidArgument | Code::NotFound | Code::PermissionDenied | Code::Unimplemented | Code::FailedPrecondition) => {
                How::Wrong(code)
            }
            _ => How::Away,
        },
    }
}
