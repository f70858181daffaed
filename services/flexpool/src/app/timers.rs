//! Does what is to be done at a time (D26), in every replica: whoever comes second finds that it is done.

use std::{sync::Arc, time::Duration};

use chassis::{
    auth::{Reach, Scope, Who},
    caller::{Call, Caller, Grant, Role, Subject},
    db::Db,
    error::{Error, Result, told},
    frame::Frame,
    ids::{RegionId, WaitId},
    mutation::Request,
    time::Timestamp,
};
use proto::flexpool::AcceptOfferResponse;
use tokio::sync::Notify;

use super::{
    claim, wait,
    withdraw::{self, Settled},
};
use crate::store::{
    self,
    timer::{self, Due, Timer},
};

/// How often timers are looked for without being woken.
const TICK: Duration = Duration::from_secs(1);
/// So long a process has to accept an offer for somebody before another one tries.
const TAKEN_FOR: Duration = Duration::from_secs(30);

/// Wakes the timers of this process: something may be due now. Only a hint.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wake(Arc<Notify>);

impl Wake {
    /// Looks now.
    pub(crate) fn now(&self) {
        self.0.notify_one();
    }
}

/// Begins to look for timers that are due, until the process stops.
pub(crate) fn start(frame: &Frame, db: &Db) -> Wake {
    let wake = Wake::default();
    let (frame_, db, own) = (frame.clone(), db.clone(), wake.clone());
    frame.shutdown.spawn(async move {
        let stopped = frame_.shutdown.cancelled();
        tokio::pin!(stopped);
        loop {
            tokio::select! {
                () = &mut stopped => return,
                () = own.0.notified() => {}
                () = tokio::time::sleep(TICK) => {}
            }
            while !frame_.shutdown.token.is_cancelled() {
                match due(&db, frame_.clock.now()).await {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(error) => {
                        tracing::warn!(error = told(&error), "a timer failed; it is tried again later");
                        break;
                    }
                }
            }
        }
    });
    wake
}

/// Does what is due longest. Gives whether something was.
async fn due(db: &Db, now: Timestamp) -> Result<bool> {
    let Some(mut seen) = timer::first(db.read(), now).await? else { return Ok(false) };
    match once(db, &mut seen, now).await {
        Ok(()) => Ok(true),
        Err(error) => {
            timer::put_off(db.write(), &seen, now).await?;
            Err(error)
        }
    }
}

async fn once(db: &Db, seen: &mut Due, now: Timestamp) -> Result<()> {
    let region = seen.region;
    if let Timer::Accept(id) = seen.timer {
        // A confirmation is a step of its own: until it is done the timer stays, for whoever comes after a crash.
        let Some(leased) = timer::lease(db.write(), seen, now.plus(TAKEN_FOR)).await? else { return Ok(()) };
        *seen = leased;
        accept(db, region, id, now).await?;
        return timer::done(db.write(), seen, None).await;
    }
    let as_seen = *seen;
    db.retry(|| async {
        let (txn, mut seen) = (db.begin().await?, as_seen);
        let again = match seen.timer {
            Timer::Promote(shift) => wait::promote(&txn, region, shift, now).await?,
            Timer::EndOffer(id) => wait::end_offer(&txn, region, id, now).await?,
            Timer::Settle(id) => match withdraw::settle(&txn, region, id, now).await? {
                Settled::NothingToDo => None,
                Settled::Judged(again) => {
                    // Set again by this very transaction: taken for somebody else's it would be due for ever, and before every other one.
                    seen = timer::as_it_is(&txn, seen).await?;
                    again
                }
            },
            Timer::Begin(shift) => wait::begin(&txn, region, shift, now).await?,
            Timer::Accept(_) => None,
        };
        timer::done(&txn, &seen, again).await?;
        db.commit(txn).await
    })
    .await
}

/// Accepts an offer for the worker who chose so. Repeating it is harmless: the wait is the request.
async fn accept(db: &Db, region: RegionId, id: WaitId, now: Timestamp) -> Result<()> {
    let Some(wait) = store::wait::get(db.read(), region, id).await? else { return Ok(()) };
    let grants = vec![Grant { role: Role::Worker, organisation: None }];
    let subject = Subject::Client("flexpool".to_owned());
    let caller = Caller { subject, region: Some(region), grants, worker: Some(wait.worker) };
    let scope = Scope::new(&caller, Who::Roles(&[(Role::Worker, Reach::Person)])).ok_or(Error::Forbidden)?;
    let call = Call { caller, scope, region, now };
    let request =
        Request { region, caller: call.caller.subject.to_string(), id: id.0, method: "WaitService/AcceptOffer", hash: Vec::new(), at: now };
    let command = claim::ClaimShift { shift: wait.shift, employment: wait.employment, offer: Some(id) };
    match claim::claim(db, &call, &request, command, |_, _| AcceptOfferResponse::default()).await {
        Ok(_) => Ok(()),
        // What no longer fits goes to the next.
        Err(Error::Refused(refusal)) => {
            let txn = db.begin().await?;
            wait::skip_offer(&txn, region, id, &refusal, now).await?;
            db.commit(txn).await
        }
        Err(error) => Err(error),
    }
}
