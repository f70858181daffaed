//! Claiming a place: read everything at one moment, decide, confirm in one conditional step, and again when that moment has passed (D8).

use std::sync::OnceLock;

use chassis::{
    caller::Call,
    db::Db,
    error::{Error, Result},
    ids::{ClaimId, EmploymentId, ShiftId, WaitId},
    mutation::Request,
};
use opentelemetry::{KeyValue, global, metrics::Counter};
use prost::Message;
use proto::flexpool::Reason;

use super::wait;
use crate::{
    domain::{
        claim::ClaimState,
        eligibility::{self, Offer},
        shift::Terms,
        waitlist::WaitState,
        working_time::{Desk, Verdict},
    },
    reasons::{busy, refusal},
    store::{self, Confirmation, Confirmed, claim::Claim, facts},
};

/// So often the decision is made before the caller is asked to come again.
const ATTEMPTS: u32 = 5;

/// What a worker asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ClaimShift {
    /// The shift.
    pub(crate) shift: ShiftId,
    /// The employment under which to work it; the first that fits without one.
    pub(crate) employment: Option<EmploymentId>,
    /// The offer that is accepted by it, if it is one: then the place that it holds is claimed.
    pub(crate) offer: Option<WaitId>,
}

/// Claims a place for the caller's worker. `answer` makes the reply, which is saved for repetitions (D25).
///
/// One round trip reads, one writes; a refusal or a repetition only reads.
/// Errors: `NotFound`, `Invalid` for an employment of somebody else, `Refused`, `Conflict` when others were quicker five times,
/// `Unavailable` when the database has no time for it.
pub(crate) async fn claim<R: Message + Default>(
    db: &Db,
    call: &Call,
    request: &Request,
    command: ClaimShift,
    answer: impl Fn(&Claim, &Verdict) -> R,
) -> Result<R> {
    let result = attempts(db, call, request, command, answer).await;
    count(&result);
    result.map(|(_, answer)| answer)
}

enum How {
    Confirmed,
    Repeated,
}

async fn attempts<R: Message + Default>(
    db: &Db,
    call: &Call,
    request: &Request,
    command: ClaimShift,
    answer: impl Fn(&Claim, &Verdict) -> R,
) -> Result<(How, R)> {
    for attempt in 1..=ATTEMPTS {
        match once(db, call, request, command, &answer).await {
            Ok(Some(done)) => return Ok(done),
            Ok(None) | Err(Error::Repeat(_)) => tracing::debug!(attempt, "what a claim was decided on has changed"),
            Err(error) => return Err(store::overloaded(error)),
        }
    }
    Err(busy())
}

/// One attempt; `None` when what was decided on changed before it was confirmed.
async fn once<R: Message + Default>(
    db: &Db,
    call: &Call,
    request: &Request,
    command: ClaimShift,
    answer: impl Fn(&Claim, &Verdict) -> R,
) -> Result<Option<(How, R)>> {
    let mut loaded = facts::for_claim(db.read(), request, call.worker()?, command.shift).await?;
    if let Some((method, hash, response)) = loaded.saved.take() {
        return Ok(Some((How::Repeated, request.saved(&method, &hash, &response)?)));
    }
    let shift: Terms = loaded.shift().ok_or(Error::NotFound("shift"))?;
    let facts = loaded.facts().ok_or_else(|| Error::Refused(refusal(Reason::WorkerUnknown)))?;
    // Who may not see the shift learns only that, below.
    let is_own = |id| facts.worker.employments.iter().any(|employment| employment.id == id);
    if command.employment.is_some_and(|id| !is_own(id)) && facts.pools(call.now.local_date()).contains(&shift.pool) {
        return Err(Error::invalid("employment", "is not an employment of yours"));
    }
    // After the facts: when the list changed between, its version is no longer the one in hand, and nothing is confirmed.
    let kept = match command.offer {
        Some(wait) => Some(offered(db, call, wait).await?),
        None => None,
    };
    let desk = Desk::new(&facts).that_tells_next();
    let asked = if kept.is_some() { &wait::with_a_place(&shift) } else { &shift };
    let Offer { employment, employer, basis, verdict } = eligibility::decide(asked, &desk, command.employment, call.now)?;
    let (state, worker) = (ClaimState::Confirmed, facts.worker.id);
    let (id, confirmed_at) = (ClaimId::new(), call.now);
    let claim = Claim { id, shift: shift.id, worker, employment, employer, basis, state, confirmed_at, ended_at: None };
    let reply = answer(&claim, &verdict);
    let confirmation = Confirmation {
        claim: &claim,
        worker_version: facts.worker.version,
        shift: &shift,
        verdict: &verdict,
        request,
        answer: reply.encode_to_vec(),
        offer: kept,
    };
    match store::confirm(db, confirmation).await? {
        Confirmed::Yes => Ok(Some((How::Confirmed, reply))),
        Confirmed::Changed => Ok(None),
    }
}

/// The offer, if there is one that the caller can accept now.
async fn offered(db: &Db, call: &Call, id: WaitId) -> Result<WaitId> {
    let wait = wait::own(db.read(), call, id).await?;
    let stands = wait.state == WaitState::Offered && wait.offer_until.is_some_and(|until| call.now < until);
    if stands { Ok(id) } else { Err(Error::Refused(refusal(Reason::NoOffer))) }
}

/// Counts claims by what came of them and why.
fn count<R>(result: &Result<(How, R)>) {
    static CLAIMS: OnceLock<Counter<u64>> = OnceLock::new();
    let (outcome, reason) = match result {
        Ok((How::Confirmed, _)) => ("confirmed", ""),
        Ok((How::Repeated, _)) => ("repeated", ""),
        Err(Error::Refused(refusal)) => ("refused", refusal.reason.as_str()),
        Err(Error::Conflict(_)) => ("busy", ""),
        Err(Error::Invalid(_) | Error::NotFound(_) | Error::Forbidden) => ("invalid", ""),
        Err(_) => ("failed", ""),
    };
    let labels = [KeyValue::new("outcome", outcome), KeyValue::new("reason", reason.to_owned())];
    let counter = CLAIMS
        .get_or_init(|| global::meter("flexpool").u64_counter("regiopool.claims").with_description("Claims by outcome and reason").build());
    counter.add(1, &labels);
}
