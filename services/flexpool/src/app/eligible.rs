//! Who could have which shift, and why not: what is shown to whom (D15). It only proposes; claiming decides (D8).

use chassis::{
    caller::Call,
    db::Db,
    error::{Error, Result},
    file_reads,
    ids::{ShiftId, WorkerId},
    page::Page,
    time::Timestamp,
};
use proto::flexpool::Reason;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{list, roster};
use crate::{
    domain::{
        agreement::Basis,
        consent::{Consent, ConsentKind},
        eligibility::{Facts, decide},
        explained,
        refused::ClaimRefused,
        shift::{Shift, Terms},
        wishes::{Preferences, Unwished},
        working_time::{Desk, Verdict},
    },
    reasons::refusal,
    store::{self, eligible, facts, facts_of_each, wishes},
};

/// So many people are looked at for a page, whoever asks: a count of a part of them would tell of few.
const LOOKED_AT: u64 = 300;
/// Others are counted in these steps (I10).
const STEP: usize = 10;

/// What holds a worker back from a shift, or what working time says of it.
#[derive(Debug)]
pub(crate) struct Explained {
    pub(crate) refused: Vec<ClaimRefused>,
    pub(crate) verdict: Option<Verdict>,
    pub(crate) unwished: Vec<Unwished>,
    /// How far it is from home.
    pub(crate) km: Option<i64>,
}

/// Everything that holds the caller back from a shift that is the caller's to see.
pub(crate) async fn explain(db: &Db, call: &Call, id: ShiftId) -> Result<Explained> {
    let Shift { terms: shift, place, .. } = list::shift(db, call, id).await?;
    let facts = facts::for_offer(db.read(), call.region, call.worker()?, id).await?;
    let facts = facts.ok_or_else(|| Error::Refused(refusal(Reason::WorkerUnknown)))?;
    let desk = Desk::new(&facts);
    let verdict = decide(&shift, &desk, None, call.now).ok().map(|offer| offer.verdict);
    let refused = if verdict.is_some() { Vec::new() } else { explained::reasons(&shift, &desk, call.now) };
    let around = (shift.period.starts_at(), shift.period.ends_at());
    let wishes = wishes::of_each(db.read(), call.region, &[facts.worker.id], around).await?.remove(&facts.worker.id).unwrap_or_default();
    Ok(Explained { refused, verdict, unwished: wishes.against(&shift, place, &facts.busy), km: wishes.km(place) })
}

/// What the caller wants.
pub(crate) async fn preferences(db: &impl ConnectionTrait, call: &Call) -> Result<Preferences> {
    let worker = roster::own(db, call).await?;
    let around = (call.now, call.now);
    Ok(wishes::of_each(db, call.region, &[worker], around).await?.remove(&worker).unwrap_or_default().preferences)
}

/// Sets what the caller wants.
pub(crate) async fn set_preferences(txn: &DatabaseTransaction, call: &Call, wanted: &Preferences) -> Result<()> {
    let worker = roster::own(txn, call).await?;
    wishes::set(txn, call.region, worker, wanted).await
}

/// Somebody who could have a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Could {
    pub(crate) worker: WorkerId,
    pub(crate) basis: Basis,
    /// Under an employment with the shift's organisation.
    pub(crate) own: bool,
    /// When it opens for them, if that is still to come.
    pub(crate) opens_at: Option<Timestamp>,
    /// Whether the planners of the shift's organisation may see it.
    seen: bool,
}

/// A page of those who could have a place, and how many others there are, in whole tens.
#[derive(Debug, Default)]
pub(crate) struct WhoCould {
    pub(crate) workers: Vec<Could>,
    pub(crate) others: usize,
    pub(crate) next_page_token: String,
}

/// A page of those who could have a place on a shift of the caller's organisation. The read is noted before the answer (D17).
///
/// Four statements whatever the number of people: one finds who may come into question, the others load what is known of them.
pub(crate) async fn workers(db: &Db, call: &Call, id: ShiftId, page: &Page<Uuid>) -> Result<WhoCould> {
    let shift = store::shift::get(db.read(), call.region, id).await?.ok_or(Error::NotFound("shift"))?;
    let Shift { terms: shift, place, .. } = shift;
    call.scope.organisation(shift.organisation, "shift")?;
    let candidates = eligible::candidates(db.read(), call.region, &shift, page.after, LOOKED_AT).await?;
    let known = facts_of_each::for_each(db.read(), call.region, id, &candidates).await?;
    let around = (shift.period.starts_at(), shift.period.ends_at());
    let wishes = wishes::of_each(db.read(), call.region, &candidates, around).await?;
    let wanted = |facts: &&Facts| wishes.get(&facts.worker.id).is_none_or(|one| one.against(&shift, place, &facts.busy).is_empty());
    let could: Vec<Could> = known.iter().filter(wanted).filter_map(|facts| could(&shift, facts, call.now)).collect();
    let more = u64::try_from(candidates.len()).is_ok_and(|looked_at| looked_at == LOOKED_AT);
    let next_page_token = candidates.last().filter(|_| more).map(|last| page.token(&last.0)).unwrap_or_default();
    let (workers, others): (Vec<Could>, Vec<Could>) = could.into_iter().partition(|could| could.seen);
    file_reads::note(db, call, "EligibilityService/ListEligibleWorkers", workers.iter().map(|could| could.worker)).await?;
    Ok(WhoCould { workers, others: others.len() / STEP * STEP, next_page_token })
}

/// Whether somebody could have the shift; that it opens later is no obstacle.
fn could(shift: &Terms, facts: &Facts, now: Timestamp) -> Option<Could> {
    let desk = Desk::new(facts);
    let (offer, opens_at) = match decide(shift, &desk, None, now) {
        Ok(offer) => (offer, None),
        // Nobody but who waits for the opening has this reason, so that then nothing is in the way.
        Err(ClaimRefused::NotYetOpen { opens_at }) => (decide(shift, &desk, None, opens_at).ok()?, Some(opens_at)),
        Err(_) => return None,
    };
    let own = offer.employer == shift.organisation;
    let agreed = |consent: &Consent| consent.kind == ConsentKind::SeenByPlanners as i32 && consent.holds();
    let seen = own || facts.consents.iter().any(agreed);
    Some(Could { worker: facts.worker.id, basis: offer.basis, own, opens_at, seen })
}
