//! Reading: every list shows only what is the caller's to see (I9, D15).

use chassis::{
    caller::Call,
    db::Db,
    error::{Error, Result},
    file_reads,
    ids::{OrganisationId, PoolId, ShiftId},
    page::Page,
    time::Timestamp,
};
use uuid::Uuid;
use working_time::HoursLeft;

use crate::{
    domain::{
        eligibility,
        refused::ClaimRefused,
        shift::Shift,
        wishes::Unwished,
        working_time::{Desk, Verdict},
    },
    store::{
        self,
        claim::{Claim, Mine, MyClaim},
        shift::Key,
        wait::MyWait,
    },
};

/// A list of open shifts that leaves some out looks at no more than this many for one page.
const LOOKED_AT: usize = 2_000;

/// One shift: for its organisation's staff, for workers of its pool, and for who has a claim on it.
pub(crate) async fn shift(db: &Db, call: &Call, id: ShiftId) -> Result<Shift> {
    let shift = store::shift::get(db.read(), call.region, id).await?.ok_or(Error::NotFound("shift"))?;
    if call.scope.reaches(shift.terms.organisation) {
        return Ok(shift);
    }
    let worker = call.scope.person().ok_or(Error::NotFound("shift"))?;
    let today = call.now.local_date();
    let seen = store::copy::pools_of(db.read(), call.region, worker, today).await?.contains(&shift.terms.pool)
        || store::claim::exists(db.read(), call.region, worker, id).await?;
    if seen { Ok(shift) } else { Err(Error::NotFound("shift")) }
}

/// A page of an organisation's shifts by start.
pub(crate) async fn shifts(
    db: &Db,
    call: &Call,
    organisation: OrganisationId,
    ends_after: Option<Timestamp>,
    page: &Page<Key>,
) -> Result<(Vec<Shift>, String)> {
    let organisation = call.scope.organisation(organisation, "organisation")?;
    let shifts = store::shift::of_organisation(db.read(), call.region, organisation, ends_after, page.after, page.limit()).await?;
    // Staff of an organisation that is not known here yet have no shifts; an operator may have mistyped it.
    if shifts.is_empty() && !store::shift::organisation_exists(db.read(), call.region, *organisation).await? {
        return Err(Error::NotFound("organisation"));
    }
    Ok(page.cut(shifts, key))
}

/// An open shift, with what working time says of it or with what holds the worker back, and what the worker's wishes say.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) shift: Shift,
    pub(crate) found: Result<Verdict, ClaimRefused>,
    pub(crate) unwished: Vec<Unwished>,
    /// How far it is from home.
    pub(crate) km: Option<i64>,
}

/// What a list of open shifts leaves out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Only {
    /// What cannot be claimed.
    pub(crate) claimable: bool,
    /// What the worker's wishes or the way there speak against.
    pub(crate) wished: bool,
}

impl Only {
    fn shows(self, open: &Open) -> bool {
        (!self.claimable || open.found.is_ok()) && (!self.wished || open.unwished.is_empty())
    }
}

/// A page of open shifts, and what is left of the hours.
#[derive(Debug, Default)]
pub(crate) struct OpenShifts {
    pub(crate) shifts: Vec<Open>,
    pub(crate) next_page_token: String,
    pub(crate) left: Option<HoursLeft>,
}

/// A page of the open shifts of the caller's pools by start, each with what holds the caller back. Who is not known here yet has no pools.
///
/// The facts are loaded once; no shift costs a query of its own.
pub(crate) async fn open_shifts(db: &Db, call: &Call, only: Only, page: &Page<Key>) -> Result<OpenShifts> {
    let Some(facts) = store::facts::for_list(db.read(), call.region, call.worker()?, call.now).await? else {
        return Ok(OpenShifts::default());
    };
    let around = (call.now, Timestamp(i64::MAX));
    let mut wishes = store::wishes::of_each(db.read(), call.region, &[facts.worker.id], around).await?;
    let wishes = wishes.remove(&facts.worker.id).unwrap_or_default();
    let desk = Desk::new(&facts);
    let pools: Vec<PoolId> = facts.pools(call.now.local_date()).into_iter().collect();
    let begun: Key = (call.now.0, Uuid::max());
    let mut after = page.after.unwrap_or(begun).max(begun);
    let (mut shown, mut looked_at) = (Vec::new(), 0);
    let wanted = usize::try_from(page.limit()).unwrap_or(usize::MAX);
    loop {
        let limit = page.limit().max(if only.claimable || only.wished { 201 } else { 0 });
        let shifts = store::shift::open_in(db.read(), call.region, &pools, after, limit).await?;
        let (loaded, last) = (shifts.len(), shifts.last().map(key));
        for shift in shifts {
            let found = eligibility::decide(&shift.terms, &desk, None, call.now).map(|offer| offer.verdict);
            let unwished = wishes.against(&shift.terms, shift.place, &facts.busy);
            let open = Open { km: wishes.km(shift.place), shift, found, unwished };
            if only.shows(&open) {
                shown.push(open);
            }
        }
        looked_at += loaded;
        match last {
            Some(last) if shown.len() < wanted && u64::try_from(loaded).is_ok_and(|loaded| loaded == limit) => after = last,
            _ => break,
        }
        if looked_at >= LOOKED_AT {
            // Nothing is lost: the next page goes on where this one stopped looking.
            return Ok(OpenShifts { shifts: shown, next_page_token: token(page, after), left: desk.hours_left(call.now.local_date()) });
        }
    }
    let (shifts, next_page_token) = page.cut(shown, |open| key(&open.shift));
    Ok(OpenShifts { shifts, next_page_token, left: desk.hours_left(call.now.local_date()) })
}

/// A page of the caller's own claims by start.
pub(crate) async fn my_claims(db: &Db, call: &Call, mine: Mine, page: &Page<Key>) -> Result<(Vec<MyClaim>, String)> {
    let claims = store::claim::of_worker(db.read(), call.region, call.worker()?, mine, page.after, page.limit()).await?;
    Ok(page.cut(claims, |mine| (mine.shift.terms.period.starts_at().0, mine.claim.id.0)))
}

/// A page of the caller's own waits by start, of shifts that have not begun.
pub(crate) async fn my_waits(db: &Db, call: &Call, include_closed: bool, page: &Page<Key>) -> Result<(Vec<MyWait>, String)> {
    let (worker, now) = (call.worker()?, call.now);
    let waits = store::wait::of_worker(db.read(), call.region, worker, include_closed, now, page.after, page.limit()).await?;
    Ok(page.cut(waits, |mine| (mine.shift.terms.period.starts_at().0, mine.wait.id.0)))
}

/// A page of the claims on one shift, which must be the caller's to see.
pub(crate) async fn claims_on(db: &Db, call: &Call, shift: ShiftId, page: &Page<Key>) -> Result<(Vec<Claim>, String)> {
    let found = store::shift::get(db.read(), call.region, shift).await?.ok_or(Error::NotFound("shift"))?;
    call.scope.organisation(found.terms.organisation, "shift")?;
    claims_among(db, call, &[shift], page).await
}

/// A page of the claims on several shifts; those of organisations that the caller does not act for are left out.
/// The read is noted before the answer (D17).
pub(crate) async fn claims_among(db: &Db, call: &Call, shifts: &[ShiftId], page: &Page<Key>) -> Result<(Vec<Claim>, String)> {
    let within = call.scope.within(None, "shift")?;
    let claims = store::claim::of_shifts(db.read(), call.region, shifts, &within, page.after, page.limit()).await?;
    let (claims, next) = page.cut(claims, |claim| (claim.confirmed_at.0, claim.id.0));
    file_reads::note(db, call, "ClaimService/ListClaims", claims.iter().map(|claim| claim.worker)).await?;
    Ok((claims, next))
}

/// The token of a page that goes on after a row that is not shown: pages are cut after a row, so this cuts after that one.
fn token(page: &Page<Key>, after: Key) -> String {
    page.cut(vec![after; usize::try_from(page.limit()).unwrap_or_default()], |key| *key).1
}

fn key(shift: &Shift) -> Key {
    (shift.terms.period.starts_at().0, shift.terms.id.0)
}
