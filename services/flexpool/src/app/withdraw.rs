//! Giving a place back (D11): it is held for who waits, or open again.

use chassis::{
    caller::Call,
    error::{Error, Result},
    ids::ClaimId,
};
use sea_orm::DatabaseTransaction;

use super::conflict;
use crate::{
    domain::{
        claim::ClaimState,
        pool::PoolTerms,
        withdrawal::{self, GivenBack},
    },
    events,
    store::{self, claim::Claim, timer::Timer},
};

/// Gives back a place of the caller's worker; a claim that ended before stays so.
/// Errors: `NotFound` for a claim of somebody else; `Refused` when it is too late.
///
/// The worker is locked before the shift, as by a confirmation.
pub(crate) async fn withdraw(txn: &DatabaseTransaction, call: &Call, id: ClaimId) -> Result<Claim> {
    let (region, now) = (call.region, call.now);
    let worker = store::copy::kept(txn, region, call.worker()?).await?;
    store::copy::touch(txn, region, worker).await?;
    let mut claim = store::claim::get(txn, region, id).await?.filter(|claim| claim.worker == worker).ok_or(Error::NotFound("claim"))?;
    if claim.state != ClaimState::Confirmed {
        return Ok(claim);
    }
    let shift = store::shift::lock(txn, region, claim.shift).await?.ok_or_else(|| Error::internal("a claim without its shift"))?;
    let terms = store::copy::pool_terms_now(txn, region, shift.terms.pool).await?.unwrap_or(PoolTerms::PLAIN);
    let given = withdrawal::Terms::new(claim.confirmed_at, shift.terms.period.starts_at(), terms.withdrawal_minutes).give_back(now)?;
    claim.state = match given {
        GivenBack::Undone => ClaimState::Undone,
        GivenBack::Withdrawn => ClaimState::Withdrawn,
    };
    claim.ended_at = Some(now);
    store::claim::end(txn, region, id, claim.state, now).await?;
    let (open, offered) = store::wait::counts(txn, region, shift.terms.id).await?;
    let awaited = open > offered;
    store::shift::free(txn, region, shift.terms.id, awaited).await?;
    if awaited {
        store::timer::set(txn, region, Timer::Promote(shift.terms.id), now).await?;
    }
    bus::log::append(txn, region, now, id.0, &events::claim_withdrawn(&claim, &shift.terms)).await?;
    // What it was in the way of may be solved by it.
    conflict::review(txn, region, worker, now).await?;
    Ok(claim)
}
