//! Late facts: claims that they break become conflicts that people see, and those that they mend are solved (D10). Nothing is changed
//! silently: who is in conflict keeps the place until the deadline, and is told.

use std::collections::{BTreeMap, BTreeSet};

use chassis::{
    caller::Call,
    db::Db,
    error::{Error, Result},
    file_reads,
    ids::{ClaimId, ConflictId, OrganisationId, RegionId, WorkerId},
    page::Page,
    time::Timestamp,
};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::tell;
use crate::{
    domain::conflict::{Held, Yields, breaches, deadline},
    reasons,
    store::{
        self,
        conflict::{New, Of, Shown},
        timer::Timer,
    },
};

/// After news about a worker: looks again at the claims of who that is by now.
pub(crate) async fn review_after(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, now: Timestamp) -> Result<()> {
    let worker = store::copy::kept(db, region, worker).await?;
    review(db, region, worker, now).await?;
    Ok(())
}

/// Raises the versions of an organisation's people and of those with claims there, so that no confirmation stands on what was known.
pub(crate) async fn raise_at(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    ends_after: Timestamp,
    now: Timestamp,
) -> Result<()> {
    let mut people = store::copy::workers_of(db, region, organisation).await?;
    people.extend(store::conflict::workers_of(db, region, organisation, ends_after, now).await?);
    store::roster::touch(db, region, &people).await
}

/// After an agreement that may mend what was broken: looks again at the people with a conflict there.
pub(crate) async fn review_conflicts_at(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    now: Timestamp,
) -> Result<()> {
    let people = store::conflict::in_conflict_at(db, region, organisation, now).await?;
    store::roster::touch(db, region, &people.iter().copied().collect()).await?;
    for worker in people {
        review(db, region, worker, now).await?;
    }
    Ok(())
}

/// After news about an organisation: looks again at the claims with it as employer or host on shifts that end after `ends_after`. Raises
/// the versions of its people before, so that no confirmation stands on what was known.
pub(crate) async fn review_at(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    ends_after: Timestamp,
    now: Timestamp,
) -> Result<()> {
    raise_at(db, region, organisation, ends_after, now).await?;
    // What was confirmed until then is seen from here on.
    for worker in store::conflict::workers_of(db, region, organisation, ends_after, now).await? {
        review(db, region, worker, now).await?;
    }
    Ok(())
}

/// Looks again at every claim of a worker whose shift is not over, on the facts as this transaction left them. Whatever changed them must
/// have raised the worker's version before, so that no confirmation slips in between. Gives how many conflicts are new.
pub(crate) async fn review(db: &impl ConnectionTrait, region: RegionId, worker: WorkerId, now: Timestamp) -> Result<usize> {
    if !store::conflict::concerns(db, region, worker, now).await? {
        return Ok(0);
    }
    let standing = store::conflict::standing(db, region, worker, now).await?;
    let mut open = store::conflict::open(db, region, worker, now).await?;
    let facts = store::facts::for_review(db, region, worker, now).await?.ok_or_else(|| Error::internal("a claim of nobody"))?;
    let held: Vec<Held> = standing.iter().map(|claim| claim.held.clone()).collect();
    let mut told: BTreeSet<ClaimId> = open.iter().map(|known| known.claim).collect();
    let mut new = 0;
    for breach in breaches(&facts, &held) {
        let Some(claim) = standing.iter().find(|standing| standing.held.claim == breach.claim) else { continue };
        let yields = breach.yields(claim.own_gaps_first);
        let refused = breach.refused;
        let refusal = reasons::claim_refusal(&refused);
        let rule = refused.rule().unwrap_or(&refusal.reason);
        let said: BTreeMap<&str, &str> = refusal.metadata.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let facts = serde_json::to_string(&said).map_err(|error| Error::Internal(Box::new(error)))?;
        let deadline = deadline(now, claim.held.terms.period, &refused);
        if let Some(place) = open.iter().position(|known| known.claim == claim.held.claim && known.rule == rule) {
            let known = open.swap_remove(place);
            // Who has to give way only now gets the time that everybody has.
            let until = if known.yields == yields { known.deadline } else { known.deadline.max(deadline) };
            store::conflict::measured(db, region, known.id, (&refusal.reason, facts), yields, until).await?;
            yielding(db, region, known.id, yields, until, (claim.held.terms.period.starts_at(), now)).await?;
            continue;
        }
        let conflict = New { claim, worker, rule, reason: &refusal.reason, facts, found_at: now, deadline, yields };
        let id = store::conflict::record(db, region, conflict).await?;
        yielding(db, region, id, yields, deadline, (claim.held.terms.period.starts_at(), now)).await?;
        // Once for a claim, however many rules it breaks.
        if told.insert(claim.held.claim) {
            tell::conflict(db, region, (worker, claim), &refused, deadline, now).await?;
        }
        tracing::warn!(conflict = %id, claim = %claim.held.claim, rule, "a later fact broke a claim");
        new += 1;
    }
    for solved in open {
        store::conflict::resolve(db, region, solved.id, now).await?;
    }
    Ok(new)
}

/// Lets a claim give way at the deadline, if it has to and nothing solves the conflict before. Of a shift that has begun nobody is replaced:
/// a timer for it would do nothing, and two of one worker would set each other for ever.
async fn yielding(
    db: &impl ConnectionTrait,
    region: RegionId,
    id: ConflictId,
    yields: Yields,
    deadline: Timestamp,
    (begins, now): (Timestamp, Timestamp),
) -> Result<()> {
    match yields {
        Yields::Claim if now < begins => store::timer::set(db, region, Timer::Settle(id), deadline).await,
        Yields::Claim | Yields::Other => Ok(()),
    }
}

/// What the own employer is told beside the reason: the rule and whether other work has part in it, never when or where (D15).
const FOR_EMPLOYER: &[&str] = &["rule", "other_work", "competence", "date", "required", "held", "organisation"];
/// What another host is told: what its shift asks for and the worker no longer has.
const FOR_HOST: &[&str] = &["competence", "date", "required", "organisation"];
/// Reasons that tell of a person's time. Another host only learns that the person cannot come.
const ABOUT_TIME: &[&str] = &["OVERLAP", "REST_TOO_SHORT", "WORKING_TIME", "NOT_AVAILABLE"];

/// A page of the caller's own conflicts in order of time.
pub(crate) async fn mine(db: &Db, call: &Call, include_past: bool, page: &Page<Uuid>) -> Result<(Vec<Shown>, String)> {
    let worker = store::copy::kept(db.read(), call.region, call.worker()?).await?;
    let of = Of::Worker(worker);
    let conflicts =
        store::conflict::list(db.read(), call.region, of, (!include_past).then_some(call.now), page.after, page.limit()).await?;
    Ok(page.cut(conflicts, |conflict| conflict.id.0))
}

/// A page of the conflicts that concern an organisation as employer or host, in order of time. The read is noted before the answer (D17).
pub(crate) async fn of_organisation(
    db: &Db,
    call: &Call,
    organisation: OrganisationId,
    include_past: bool,
    page: &Page<Uuid>,
) -> Result<(Vec<Shown>, String)> {
    let organisation = *call.scope.organisation(organisation, "organisation")?;
    let (of, ahead) = (Of::Organisation(organisation), (!include_past).then_some(call.now));
    let mut conflicts = store::conflict::list(db.read(), call.region, of, ahead, page.after, page.limit()).await?;
    if conflicts.is_empty() && !store::shift::organisation_exists(db.read(), call.region, organisation).await? {
        return Err(Error::NotFound("organisation"));
    }
    for conflict in &mut conflicts {
        let is_employer = conflict.employer == organisation;
        let told = if is_employer { FOR_EMPLOYER } else { FOR_HOST };
        conflict.facts.retain(|key, _| told.contains(&key.as_str()));
        if !is_employer && ABOUT_TIME.contains(&conflict.reason.as_str()) {
            "NOT_AVAILABLE".clone_into(&mut conflict.reason);
        }
    }
    let (conflicts, next) = page.cut(conflicts, |conflict| conflict.id.0);
    file_reads::note(db, call, "ConflictService/ListConflicts", conflicts.iter().map(|conflict| conflict.worker)).await?;
    Ok((conflicts, next))
}
