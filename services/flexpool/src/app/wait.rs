//! Waiting for a place (D11): joining and leaving the list of a shift, and giving the places that it holds to those who wait.

use chassis::{
    caller::Call,
    error::{Error, Refusal, Result},
    ids::{EmploymentId, RegionId, ShiftId, WaitId},
    time::Timestamp,
};
use proto::flexpool::Reason;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::{
    domain::{
        eligibility,
        pool::PoolTerms,
        refused::ClaimRefused,
        shift::{Shift, State, Terms},
        waitlist::{
            self, Promotion, Quiet, WAITING_PER_PLACE,
            WaitState::{self, Declined, Ended, Expired, Left, Offered, Skipped, Waiting},
        },
        worker::EmploymentKind,
        working_time::Desk,
    },
    events,
    reasons::{self, refusal},
    store::{self, facts, timer::Timer, wait::Wait},
};

/// So many who wait are looked at in one transaction.
const AT_ONCE: u64 = 32;

/// What a worker asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Join {
    /// The full shift.
    pub(crate) shift: ShiftId,
    /// The employment under which to work it; the first that fits without one.
    pub(crate) employment: Option<EmploymentId>,
    /// Whether a place that comes free becomes the worker's without another word.
    pub(crate) at_once: bool,
}

/// The shift as it is to somebody for whom a place is kept.
pub(crate) fn with_a_place(shift: &Terms) -> Terms {
    Terms { taken: 0, held: 0, ..shift.clone() }
}

/// Puts the caller's worker at the end of the list. Gives the wait and how many stand before it.
/// Errors: `NotFound`; `Invalid` for an employment of somebody else; `Refused` when the shift does not fit, is not full, or has too many
/// who wait.
pub(crate) async fn join(txn: &DatabaseTransaction, call: &Call, command: Join) -> Result<(Wait, i32)> {
    let region = call.region;
    let shift = store::shift::lock(txn, region, command.shift).await?.ok_or(Error::NotFound("shift"))?;
    let facts = facts::for_offer(txn, region, call.worker()?, command.shift).await?;
    let facts = facts.ok_or_else(|| Error::Refused(refusal(Reason::WorkerUnknown)))?;
    let is_own = |id| facts.worker.employments.iter().any(|employment| employment.id == id);
    if command.employment.is_some_and(|id| !is_own(id)) && facts.pools(call.now.local_date()).contains(&shift.terms.pool) {
        return Err(Error::invalid("employment", "is not an employment of yours"));
    }
    let worker = facts.worker.id;
    eligibility::decide(&with_a_place(&shift.terms), &Desk::new(&facts).that_tells_next(), command.employment, call.now)?;
    if shift.terms.taken + shift.terms.held < shift.terms.places {
        return Err(Error::Refused(refusal(Reason::PlacesFree)));
    }
    if let Some(wait) = store::wait::open_of(txn, region, worker, command.shift).await? {
        return Err(Error::Refused(refusal(Reason::AlreadyWaiting).with("wait", wait)));
    }
    let (open, offered) = store::wait::counts(txn, region, command.shift).await?;
    if open >= i64::from(WAITING_PER_PLACE * shift.terms.places) {
        return Err(Error::Refused(refusal(Reason::WaitlistFull).with("waiting", open)));
    }
    let wait = Wait {
        id: WaitId::new(),
        shift: command.shift,
        worker,
        employment: command.employment,
        state: Waiting,
        joined_at: call.now,
        at_once: command.at_once,
        offer_until: None,
        skipped: None,
    };
    store::wait::insert(txn, region, &wait, shift.terms.period).await?;
    bus::log::append(txn, region, call.now, wait.id.0, &events::waitlist_joined(&wait)).await?;
    store::timer::set(txn, region, Timer::Begin(command.shift), shift.terms.period.starts_at()).await?;
    Ok((wait, i32::try_from(open - offered).unwrap_or(i32::MAX)))
}

/// A wait of the caller's worker. Errors: `NotFound` for another's.
pub(crate) async fn own(db: &impl ConnectionTrait, call: &Call, id: WaitId) -> Result<Wait> {
    let worker = store::copy::kept(db, call.region, call.worker()?).await?;
    let wait = store::wait::get(db, call.region, id).await?.filter(|wait| wait.worker == worker);
    wait.ok_or(Error::NotFound("wait"))
}

/// Takes the caller's worker off a list, or declines what is offered; a wait that is over stays so. Errors: `NotFound`.
pub(crate) async fn leave(txn: &DatabaseTransaction, call: &Call, id: WaitId) -> Result<Wait> {
    let shift = own(txn, call, id).await?.shift;
    let shift = store::shift::lock(txn, call.region, shift).await?.ok_or_else(|| Error::internal("a wait without its shift"))?;
    // Again, now that the list stands still.
    let mut wait = own(txn, call, id).await?;
    let how = match wait.state {
        Waiting => Left,
        Offered => Declined,
        _ => return Ok(wait),
    };
    end(txn, call.region, &shift.terms, &wait, how, call.now).await?;
    (wait.state, wait.offer_until) = (how, None);
    Ok(wait)
}

/// Ends an offer whose time ran out. Gives when to look again, if that is later.
pub(crate) async fn end_offer(txn: &DatabaseTransaction, region: RegionId, id: WaitId, now: Timestamp) -> Result<Option<Timestamp>> {
    let Some(wait) = store::wait::get(txn, region, id).await? else { return Ok(None) };
    let Some(shift) = store::shift::lock(txn, region, wait.shift).await? else { return Ok(None) };
    let wait = store::wait::get(txn, region, id).await?.filter(|wait| wait.state == Offered);
    let Some(wait) = wait else { return Ok(None) };
    match wait.offer_until.filter(|until| now < *until) {
        Some(until) => Ok(Some(until)),
        None => end(txn, region, &shift.terms, &wait, Expired, now).await.map(|()| None),
    }
}

/// Ends the waits for a shift that begins. Gives when to look again, if that is later.
pub(crate) async fn begin(txn: &DatabaseTransaction, region: RegionId, id: ShiftId, now: Timestamp) -> Result<Option<Timestamp>> {
    let Some(shift) = store::shift::lock(txn, region, id).await? else { return Ok(None) };
    let starts_at = shift.terms.period.starts_at();
    if now < starts_at {
        return Ok(Some(starts_at));
    }
    end_all(txn, region, id, now).await.map(|()| None)
}

/// Ends an offer that no longer fits the worker, though that was wanted at once.
pub(crate) async fn skip_offer(txn: &DatabaseTransaction, region: RegionId, id: WaitId, refusal: &Refusal, now: Timestamp) -> Result<()> {
    let Some(wait) = store::wait::get(txn, region, id).await? else { return Ok(()) };
    let Some(shift) = store::shift::lock(txn, region, wait.shift).await? else { return Ok(()) };
    let shown = reasons::told(refusal);
    if store::wait::skip(txn, region, id, (shown.reason, &shown.metadata), now).await? {
        told(txn, region, &wait, Skipped, now).await?;
        next(txn, region, &shift.terms, now).await?;
    }
    Ok(())
}

/// Ends a wait on a locked shift; what was offered goes to the next.
async fn end(txn: &DatabaseTransaction, region: RegionId, shift: &Terms, wait: &Wait, how: WaitState, now: Timestamp) -> Result<()> {
    if store::wait::close(txn, region, wait.id, how, now).await? {
        told(txn, region, wait, how, now).await?;
        if wait.state == Offered {
            next(txn, region, shift, now).await?;
        }
    }
    Ok(())
}

/// The list changed, and a held place wants somebody else.
async fn next(txn: &DatabaseTransaction, region: RegionId, shift: &Terms, now: Timestamp) -> Result<()> {
    store::wait::hold(txn, region, shift.id, shift.held).await?;
    store::timer::set(txn, region, Timer::Promote(shift.id), now).await
}

pub(crate) async fn told(txn: &impl ConnectionTrait, region: RegionId, wait: &Wait, how: WaitState, now: Timestamp) -> Result<()> {
    bus::log::append(txn, region, now, wait.id.0, &events::wait_ended(wait, how)).await
}

/// Ends every wait for a locked shift that nobody can have any more.
pub(crate) async fn end_all(txn: &DatabaseTransaction, region: RegionId, shift: ShiftId, now: Timestamp) -> Result<()> {
    for wait in store::wait::end_all(txn, region, shift, now).await? {
        told(txn, region, &wait, Ended, now).await?;
    }
    Ok(())
}

/// Offers the places that a shift holds to those who wait, in order; whom it no longer fits is skipped and can see why. A place for which
/// nobody is left is open to everybody. Gives when to go on.
pub(crate) async fn promote(txn: &DatabaseTransaction, region: RegionId, id: ShiftId, now: Timestamp) -> Result<Option<Timestamp>> {
    let Some(shift) = store::shift::lock(txn, region, id).await? else { return Ok(None) };
    let starts_at = shift.terms.period.starts_at();
    if shift.terms.state != State::Open || starts_at <= now {
        return end_all(txn, region, id, now).await.map(|()| None);
    }
    let (_, offered) = store::wait::counts(txn, region, id).await?;
    let mut free = shift.terms.held - i32::try_from(offered).unwrap_or(i32::MAX);
    if free <= 0 {
        return Ok(None);
    }
    let pool = store::copy::pool_terms_now(txn, region, shift.terms.pool).await?.unwrap_or(PoolTerms::PLAIN);
    let quiet = pool.quiet_hours.and_then(|(from, until)| Quiet::new(from, until));
    let waiting = store::wait::first(txn, region, id, AT_ONCE).await?;
    let more = u64::try_from(waiting.len()).is_ok_and(|count| count == AT_ONCE);
    let mut again = more.then_some(now);
    for wait in waiting {
        if free == 0 {
            break;
        }
        let kind = match fits(txn, region, &shift, &wait, now).await? {
            Ok(kind) => kind,
            Err(refused) => {
                let shown = reasons::shown(&refused);
                if store::wait::skip(txn, region, wait.id, (shown.reason, &shown.metadata), now).await? {
                    told(txn, region, &wait, Skipped, now).await?;
                }
                continue;
            }
        };
        let given = match waitlist::promote(now, starts_at, pool.offer_minutes, quiet, kind, wait.at_once) {
            Promotion::AtOnce => offer(txn, region, &wait, starts_at, Some(now), now).await?,
            Promotion::Offer { until } => offer(txn, region, &wait, until, None, now).await?,
            Promotion::Later { at } => {
                again = Some(at);
                break;
            }
            Promotion::TooLate => {
                again = None;
                break;
            }
        };
        free -= i32::from(given);
    }
    let again = again.filter(|_| free > 0);
    if again.is_none() {
        store::wait::hold(txn, region, id, shift.terms.held - free).await?;
    }
    Ok(again)
}

/// Under which kind of employment the shift fits who waits, or why it does not.
async fn fits(
    txn: &DatabaseTransaction,
    region: RegionId,
    shift: &Shift,
    wait: &Wait,
    now: Timestamp,
) -> Result<Result<EmploymentKind, ClaimRefused>> {
    let Some(facts) = facts::for_offer(txn, region, wait.worker, wait.shift).await? else { return Ok(Err(ClaimRefused::NotInPool)) };
    let decided = eligibility::decide(&with_a_place(&shift.terms), &Desk::new(&facts), wait.employment, now);
    Ok(decided.and_then(|offer| {
        let employment = facts.worker.employments.iter().find(|employment| employment.id == offer.employment);
        employment.map(|employment| employment.kind).ok_or(ClaimRefused::NotInPool)
    }))
}

/// Holds a place for who waits and sets the timers: for the end of the offer, and for accepting it without another word.
async fn offer(
    txn: &DatabaseTransaction,
    region: RegionId,
    wait: &Wait,
    until: Timestamp,
    at_once: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    if !store::wait::offer(txn, region, wait.id, until).await? {
        return Ok(false);
    }
    bus::log::append(txn, region, now, wait.id.0, &events::place_offered(wait, until)).await?;
    store::timer::set(txn, region, Timer::EndOffer(wait.id), until).await?;
    if let Some(at) = at_once {
        store::timer::set(txn, region, Timer::Accept(wait.id), at).await?;
    }
    Ok(true)
}
