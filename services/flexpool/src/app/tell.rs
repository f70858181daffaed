//! What people are told about what happened (D34). What happened stands in flexpool's own log: this follows it, so that nothing is told
//! that did not happen, nothing is told twice, and no claim waits for it. Conflicts are in no log and are told where they are found.
//!
//! Who did something themselves is not told of it, but for a place that is theirs.

use async_trait::async_trait;
use bus::{Event, Handler};
use chassis::{
    error::{Error, Result},
    ids::{InvalidId, RegionId, ShiftId, WorkerId},
    time::Timestamp,
};
use proto::flexpool as api;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::{
    domain::{
        calendar::Period,
        conflict::Held,
        message::{
            Matter::{self, ClaimConfirmed, ClaimNoLongerFits, ClaimReleased, PlaceCameFree, PlaceOffered, ShiftNoLongerFits, WaitEnded},
            Message, To,
        },
        refused::ClaimRefused,
        waitlist::WaitState,
    },
    store::{self, conflict::Standing},
};

/// News is told so long after it happened: who starts to follow a log that is years old tells nobody of those years.
const NEWS: std::time::Duration = std::time::Duration::from_secs(3 * 24 * 3600);

/// Follows flexpool's own log.
#[derive(Debug)]
pub(crate) struct OwnLog {
    pub(crate) clock: chassis::time::Clock,
}

#[async_trait]
impl Handler for OwnLog {
    /// The log tells of what is in the database already.
    async fn apply(&self, _: &DatabaseTransaction, _: &Event) -> Result<()> {
        Ok(())
    }

    async fn react(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        let now = self.clock.now();
        if event.time.plus(NEWS) < now {
            return Ok(());
        }
        let region = event.region;
        match event.kind.as_str() {
            "regiopool.flexpool.v1.ClaimConfirmed" => {
                let told: api::ClaimConfirmed = event.decode()?;
                to_worker(txn, region, &told.worker, &told.shift, ClaimConfirmed, None, now).await
            }
            "regiopool.flexpool.v1.ClaimReleased" => {
                let told: api::ClaimReleased = event.decode()?;
                to_worker(txn, region, &told.worker, &told.shift, ClaimReleased, None, now).await?;
                let host = To::Planners(id(&told.host)?);
                tell(txn, region, host, id(&told.shift)?, PlaceCameFree, None, now).await
            }
            "regiopool.flexpool.v1.PlaceOffered" => {
                let told: api::PlaceOffered = event.decode()?;
                // Who chose so gets the place without another word, and is told of that instead.
                if !store::wait::awaits_answer(txn, region, id(&told.wait)?).await? {
                    return Ok(());
                }
                let until = told.until.as_ref().and_then(Timestamp::from_proto);
                to_worker(txn, region, &told.worker, &told.shift, PlaceOffered, until, now).await
            }
            "regiopool.flexpool.v1.WaitEnded" => {
                let told: api::WaitEnded = event.decode()?;
                let by_others = [WaitState::Expired, WaitState::Skipped, WaitState::Ended].map(|how| how as i32);
                match by_others.contains(&told.how) {
                    true => to_worker(txn, region, &told.worker, &told.shift, WaitEnded, None, now).await,
                    false => Ok(()),
                }
            }
            // Known, and nothing that anybody has to be told.
            _ => Ok(()),
        }
    }
}

/// What flexpool writes has been checked there.
fn id<T: std::str::FromStr<Err = InvalidId>>(text: &str) -> Result<T> {
    text.parse().map_err(|error: InvalidId| Error::Internal(Box::new(error)))
}

async fn to_worker(
    txn: &impl ConnectionTrait,
    region: RegionId,
    worker: &str,
    shift: &str,
    matter: Matter,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    let worker = store::copy::kept(txn, region, id(worker)?).await?;
    tell(txn, region, To::Worker(worker), id(shift)?, matter, until, now).await
}

async fn tell(
    txn: &impl ConnectionTrait,
    region: RegionId,
    to: To,
    shift: ShiftId,
    matter: Matter,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    let Some(period) = store::shift::period_of(txn, region, shift).await? else { return Ok(()) };
    let message = until_when(Message::about(to, matter, shift, period), until);
    store::outgoing::add(txn, region, &[message], now).await
}

fn until_when(message: Message, until: Option<Timestamp>) -> Message {
    match until {
        Some(until) => message.before(until),
        None => message,
    }
}

/// Tells the worker and the planners of employer and host of a conflict that was found, in its transaction. A claim that gives way at once
/// is no conflict that anybody can solve: then its end is told.
pub(crate) async fn conflict(
    txn: &impl ConnectionTrait,
    region: RegionId,
    (worker, claim): (WorkerId, &Standing),
    refused: &ClaimRefused,
    deadline: Timestamp,
    now: Timestamp,
) -> Result<()> {
    if *refused == ClaimRefused::NotAvailable {
        return Ok(());
    }
    let Held { terms, .. } = &claim.held;
    let about = |to, matter| of_conflict(to, matter, terms.id, terms.period, deadline);
    let mut messages = vec![about(To::Worker(worker), ShiftNoLongerFits), about(To::Planners(claim.employer), ClaimNoLongerFits)];
    if terms.organisation != claim.employer {
        messages.push(about(To::Planners(terms.organisation), ClaimNoLongerFits));
    }
    store::outgoing::add(txn, region, &messages, now).await
}

/// A conflict is of use until the shift begins, also when it cannot be solved any more.
fn of_conflict(to: To, matter: Matter, shift: ShiftId, period: Period, deadline: Timestamp) -> Message {
    let message = Message::about(to, matter, shift, period);
    let useful_until = message.useful_until;
    Message { useful_until, ..message.before(deadline) }
}
