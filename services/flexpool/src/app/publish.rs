//! Publishing a gap and taking it back.

use chassis::{
    caller::Call,
    error::{Error, Result},
    ids::ShiftId,
};
use proto::flexpool::Reason;
use sea_orm::DatabaseTransaction;

use super::wait;
use crate::{
    domain::{
        release::Release,
        shift::{Cancelling, Draft, Shift, State, Terms},
    },
    events,
    reasons::refusal,
    store,
};

/// Publishes a gap on a ward of the caller's organisation, in a pool of it.
/// Errors: `Invalid` for a start that is over; `Refused` for ward or pool; `Exists` for the external reference.
pub(crate) async fn publish(txn: &DatabaseTransaction, call: &Call, draft: Draft) -> Result<Shift> {
    // Here and not where the message is read: a repetition is answered even when the shift has begun meanwhile.
    if draft.period.starts_at() <= call.now {
        return Err(Error::invalid("starts_at", "is in the past"));
    }
    // Whoever takes the organisation out of the pool waits for this, or this for them: then no shift is left open there.
    let terms = store::copy::pool_terms(txn, call.region, draft.pool).await?;
    let place = store::shift::place(txn, call.region, draft.ward, draft.pool).await?;
    let place = place.filter(|place| call.scope.reaches(place.organisation));
    let place = place.ok_or_else(|| Error::Refused(refusal(Reason::WardUnknown).with("ward", draft.ward)))?;
    let Some(terms) = terms.filter(|_| place.in_pool) else {
        return Err(Error::Refused(refusal(Reason::PoolUnknown).with("pool", draft.pool)));
    };
    // As with the pool: who sets the last day waits for this, or this for them.
    if let Some(on) = store::copy::last_day(txn, call.region, place.organisation).await?
        && draft.period.days()[1] > on
    {
        return Err(Error::Refused(refusal(Reason::OrganisationLeaves).with("on", on)));
    }
    let release = Release { published_at: call.now, plan: terms.release };
    let id = ShiftId::new();
    if !store::shift::insert(txn, call.region, id, place.organisation, &draft, &release).await? {
        let reference = draft.external_reference.unwrap_or_default();
        return Err(Error::Exists(refusal(Reason::ExternalReferenceTaken).with("external_reference", reference)));
    }
    let Draft { ward, pool, period, break_minutes, level, competences, places, external_reference } = draft;
    let organisation = place.organisation;
    let (taken, held, queue_version, state, terms_version) = (0, 0, 0, State::Open, 1);
    #[rustfmt::skip]
    let terms = Terms {
        id, organisation, pool, period, break_minutes, level, competences, places, taken, held, queue_version, state, terms_version, release,
    };
    let (ward_name, organisation_name) = (place.ward_name, place.organisation_name);
    let shift = Shift { terms, ward, external_reference, closed_because: None, ward_name, organisation_name, place: None };
    bus::log::append(txn, call.region, call.now, id.0, &events::shift_published(&shift)).await?;
    Ok(shift)
}

/// Takes an open shift of the caller's organisation back; one that was taken back before stays so.
/// Errors: `NotFound`; `Refused` when it has begun or somebody has a place.
pub(crate) async fn cancel(txn: &DatabaseTransaction, call: &Call, id: ShiftId) -> Result<Shift> {
    let mut shift = store::shift::lock(txn, call.region, id).await?.ok_or(Error::NotFound("shift"))?;
    call.scope.organisation(shift.terms.organisation, "shift")?;
    if shift.terms.cancel(call.now)? == Cancelling::Now {
        store::shift::cancel(txn, call.region, id).await?;
        (shift.terms.state, shift.terms.terms_version) = (State::Cancelled, shift.terms.terms_version + 1);
        bus::log::append(txn, call.region, call.now, id.0, &events::shift_cancelled(&shift)).await?;
        wait::end_all(txn, call.region, id, call.now).await?;
        shift.terms.held = 0;
    }
    Ok(shift)
}
