//! Places come free again: a worker gives one back, or a claim gives way to what became known later (D10). Then the place is held for who
//! waits, or open to everybody (D11).

use chassis::{
    caller::Call,
    error::{Error, Result},
    ids::{ClaimId, ConflictId, RegionId, WorkerId},
    time::Timestamp,
};
use sea_orm::DatabaseTransaction;

use super::conflict;
use crate::{
    domain::{
        claim::ClaimState,
        pool::PoolTerms,
        shift::Shift,
        withdrawal::{self, GivenBack},
    },
    events,
    store::{self, claim::Claim, timer::Timer},
};

/// Gives back a place of the caller's worker; a claim that ended before stays so.
/// Errors: `NotFound` for a claim of somebody else; `Refused` when it is too late.
pub(crate) async fn withdraw(txn: &DatabaseTransaction, call: &Call, id: ClaimId) -> Result<Claim> {
    let (region, now) = (call.region, call.now);
    let worker = store::copy::kept(txn, region, call.worker()?).await?;
    let (mut claim, shift) = lock(txn, region, worker, id).await?.ok_or(Error::NotFound("claim"))?;
    if claim.state != ClaimState::Confirmed {
        return Ok(claim);
    }
    let terms = store::copy::pool_terms_now(txn, region, shift.terms.pool).await?.unwrap_or(PoolTerms::PLAIN);
    let given = withdrawal::Terms::new(claim.confirmed_at, shift.terms.period.starts_at(), terms.withdrawal_minutes).give_back(now)?;
    let how = match given {
        GivenBack::Undone => ClaimState::Undone,
        GivenBack::Withdrawn => ClaimState::Withdrawn,
    };
    end(txn, region, &mut claim, &shift, how, now).await?;
    bus::log::append(txn, region, now, id.0, &events::claim_withdrawn(&claim, &shift.terms)).await?;
    // What it was in the way of may be solved by it.
    conflict::review(txn, region, worker, now).await?;
    Ok(claim)
}

/// What came of a conflict whose deadline may have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Settled {
    /// No claim has to give way to it, as it seemed at a look without a lock: whoever sets the timer meanwhile means something else.
    NothingToDo,
    /// The claims were judged with the worker locked, by which the timer is set again; that stands for what is said here: when to look
    /// again, if ever.
    Judged(Option<Timestamp>),
}

/// Lets the claim of a conflict give way when its deadline has come and nothing solved it. On a shift that has begun nobody is replaced.
pub(crate) async fn settle(txn: &DatabaseTransaction, region: RegionId, id: ConflictId, now: Timestamp) -> Result<Settled> {
    let Some(yielding) = store::conflict::yielding(txn, region, id).await? else { return Ok(Settled::NothingToDo) };
    let Some((mut claim, shift)) = lock(txn, region, yielding.worker, yielding.claim).await? else { return Ok(Settled::NothingToDo) };
    // Judged once more, now that nothing about the worker changes meanwhile: what was mended without news of the worker stands.
    conflict::review(txn, region, yielding.worker, now).await?;
    let Some(yielding) = store::conflict::yielding(txn, region, id).await? else { return Ok(Settled::Judged(None)) };
    if now < yielding.deadline {
        return Ok(Settled::Judged(Some(yielding.deadline)));
    }
    if shift.terms.period.starts_at() <= now {
        return Ok(Settled::Judged(None));
    }
    end(txn, region, &mut claim, &shift, ClaimState::Released, now).await?;
    bus::log::append(txn, region, now, claim.id.0, &events::claim_released(&claim, &shift.terms)).await?;
    conflict::review(txn, region, yielding.worker, now).await?;
    Ok(Settled::Judged(None))
}

/// A claim of this worker with its shift; both and the worker stay as they are until the transaction ends. The worker is locked before the
/// shift, as by a confirmation, and the version raised.
async fn lock(txn: &DatabaseTransaction, region: RegionId, worker: WorkerId, id: ClaimId) -> Result<Option<(Claim, Shift)>> {
    store::copy::touch(txn, region, worker).await?;
    let Some(claim) = store::claim::get(txn, region, id).await?.filter(|claim| claim.worker == worker) else { return Ok(None) };
    let shift = store::shift::lock(txn, region, claim.shift).await?.ok_or_else(|| Error::internal("a claim without its shift"))?;
    Ok(Some((claim, shift)))
}

/// Ends a claim that stands and frees its place: for who waits, or for everybody.
async fn end(txn: &DatabaseTransaction, region: RegionId, claim: &mut Claim, shift: &Shift, how: ClaimState, now: Timestamp) -> Result<()> {
    let shift = shift.terms.id;
    store::claim::end(txn, region, claim.id, how, now).await?;
    (claim.state, claim.ended_at) = (how, Some(now));
    let (open, offered) = store::wait::counts(txn, region, shift).await?;
    let awaited = open > offered;
    store::shift::free(txn, region, shift, awaited).await?;
    if awaited {
        store::timer::set(txn, region, Timer::Promote(shift), now).await?;
    }
    Ok(())
}
