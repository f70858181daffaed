//! One person over several employers (D13): two workers become one by the worker's own word, never silently, and never apart again.

use bus::log;
use chassis::{
    caller::Call,
    error::{Error, Result},
    file_reads,
    ids::{LinkProposalId, OrganisationId, WorkerId},
    time::real_now,
};
use proto::members::Reason;
use sea_orm::ConnectionTrait;

use super::{messages::tell_worker, workers::require_personnel};
use crate::{
    domain::{
        identity::{InvitationCode, TOKEN_TTL},
        link::{MAX_PROPOSALS, Outcome, Proposal, ProposalState, confirm as decide, may_be_one},
        message::MessageReason,
        worker::{Employment, Worker},
    },
    events, secrets,
    store::{employments, links as store, refusal, sessions, unavailability, users, workers},
};

/// A match with the other employers of today, and whether the caller confirmed it already.
pub(crate) type Shown = (Proposal, Vec<OrganisationId>, bool);

/// Looks for people who may be this one. Whoever asked learns nothing of what was found.
pub(crate) async fn propose(txn: &impl ConnectionTrait, call: &Call, worker: WorkerId) -> Result<()> {
    let worker = workers::kept(txn, call.region, worker).await?;
    require_personnel(txn, call, worker).await?;
    let found = workers::find_all(txn, call.region, &[worker]).await?.pop().ok_or(Error::NotFound("worker"))?;
    look(txn, call, &found).await
}

/// Notes every match that is not known yet.
pub(crate) async fn look(txn: &impl ConnectionTrait, call: &Call, worker: &Worker) -> Result<()> {
    let mut matches = store::count(txn, call.region, worker.id).await?;
    for other in store::born_with(txn, call.region, worker).await? {
        if matches >= MAX_PROPOSALS {
            break;
        }
        if may_be_one(&worker.person, &other.person) {
            let (first, second) = if worker.id < other.id { (worker.id, other.id) } else { (other.id, worker.id) };
            let proposal = Proposal { id: LinkProposalId::new(), first, second, state: ProposalState::Open, confirmed: None, tries: 0 };
            store::propose(txn, call.region, call.now, &proposal).await?;
            matches += 1;
        }
    }
    Ok(())
}

fn employers(employments: &[Employment], call: &Call) -> Vec<OrganisationId> {
    let today = call.now.local_date();
    let current = employments.iter().filter(|employment| employment.about.until.is_none_or(|until| today <= until));
    let mut organisations: Vec<OrganisationId> = current.map(|employment| employment.about.organisation).collect();
    organisations.sort_unstable();
    organisations.dedup();
    organisations
}

/// The caller's open matches. Where the other one works nowhere today there is nothing to confirm.
pub(crate) async fn list(db: &impl ConnectionTrait, call: &Call) -> Result<Vec<Shown>> {
    let own = workers::kept(db, call.region, call.worker()?).await?;
    let mut shown = Vec::new();
    for proposal in store::open(db, call.region, own).await? {
        let organisations = employers(&employments::of(db, call.region, proposal.other(own)).await?, call);
        if !organisations.is_empty() {
            let waiting = proposal.confirmed == Some(own);
            shown.push((proposal, organisations, waiting));
        }
    }
    Ok(shown)
}

/// An open match of the caller, with both workers locked.
async fn find(txn: &impl ConnectionTrait, call: &Call, id: LinkProposalId) -> Result<(WorkerId, Proposal)> {
    let not_found = || Error::NotFound("proposal");
    let own = workers::kept(txn, call.region, call.worker()?).await?;
    let of_caller = |proposal: &Proposal| proposal.state == ProposalState::Open && [proposal.first, proposal.second].contains(&own);
    let found = store::find(txn, call.region, id).await?.filter(of_caller).ok_or_else(not_found)?;
    for worker in [found.first, found.second] {
        workers::lock(txn, call.region, worker).await?;
    }
    let found = store::find(txn, call.region, id).await?.filter(of_caller).ok_or_else(not_found)?;
    Ok((own, found))
}

pub(crate) async fn decline(txn: &impl ConnectionTrait, call: &Call, id: LinkProposalId) -> Result<()> {
    let (_, found) = find(txn, call, id).await?;
    store::update(txn, call.region, &Proposal { state: ProposalState::Closed, ..found }).await
}

pub(crate) async fn confirm(txn: &impl ConnectionTrait, call: &Call, id: LinkProposalId, number: &str) -> Result<Outcome> {
    let (own, found) = find(txn, call, id).await?;
    let other = found.other(own);
    let theirs = employments::of(txn, call.region, other).await?;
    let numbers: Vec<String> = theirs.into_iter().map(|employment| employment.about.personnel_number).collect();
    let account = users::has_signed_in(txn, call.region, other).await?;
    let outcome = decide(&found, own, number, &numbers, account);
    match outcome {
        Outcome::Linked => merge(txn, call, own, other).await?,
        Outcome::Waiting => store::update(txn, call.region, &Proposal { confirmed: Some(own), ..found }).await?,
        Outcome::WrongNumber => store::update(txn, call.region, &Proposal { tries: found.tries + 1, ..found }).await?,
        Outcome::Closed => store::update(txn, call.region, &Proposal { state: ProposalState::Closed, ..found }).await?,
    }
    Ok(outcome)
}

/// Links the worker for whom a code was made to the caller's own.
pub(crate) async fn by_code(txn: &impl ConnectionTrait, call: &Call, code: Option<&InvitationCode>) -> Result<()> {
    let invalid = || Error::Refused(refusal(Reason::InvitationInvalid));
    let code = code.ok_or_else(invalid)?;
    let own = call.worker()?;
    let (region, user) = users::redeem(txn, call.now, &secrets::hash(code.as_bytes())).await?.ok_or_else(invalid)?;
    let invited = if region == call.region { users::find(txn, region, user).await? } else { None };
    let other = invited.and_then(|user| user.about.worker).ok_or_else(invalid)?;
    // In one order, whoever comes at the same time.
    let (low, high) = if own < other { (own, other) } else { (other, own) };
    let low = workers::lock(txn, call.region, low).await?;
    let high = workers::lock(txn, call.region, high).await?;
    let (own, other) = if own < other { (low, high) } else { (high, low) };
    if own == other {
        return Err(invalid());
    }
    let people = workers::find_all(txn, call.region, &[own, other]).await?;
    // A code that was given to the wrong person, or a mistake in one of the files.
    if people.windows(2).any(|pair| pair[0].person.birth_date != pair[1].person.birth_date) {
        return Err(Error::Refused(refusal(Reason::BirthDatesDiffer)));
    }
    merge(txn, call, own, other).await
}

/// Makes two locked workers one and tells everybody (D13). The limits on both rosters are told anew as the kept one's, which is how
/// readers know that whatever still comes for the merged one is old.
async fn merge(txn: &impl ConnectionTrait, call: &Call, kept: WorkerId, merged: WorkerId) -> Result<()> {
    let (_, own_revision) = unavailability::constraints(txn, call.region, kept).await?;
    let (_, other_revision) = unavailability::constraints(txn, call.region, merged).await?;
    store::merge(txn, call.region, kept, merged).await?;
    file_reads::merged(txn, call.region, kept, merged).await?;
    log::append(txn, call.region, call.now, kept.0, &events::workers_merged(kept, merged)).await?;
    if own_revision + other_revision > 0 {
        let (constraints, _) = unavailability::constraints(txn, call.region, kept).await?;
        unavailability::set_constraints(txn, call.region, kept, &constraints, own_revision + other_revision + 1).await?;
        let told = events::schedule_constraints_changed(kept, &constraints);
        log::append_all(txn, vec![log::Row::new(call.region, call.now, kept.0, &told).untraced()]).await?;
    }
    // Tokens that name the merged worker end.
    if let Some(user) = store::merge_users(txn, call.region, kept, merged).await? {
        let ended = sessions::end_all(txn, call.region, user, real_now()).await?;
        let until = real_now().plus(TOKEN_TTL);
        let revoked = |session: &uuid::Uuid| log::Row::new(call.region, call.now, *session, &events::session_revoked(*session, until));
        log::append_all(txn, ended.iter().map(revoked).collect()).await?;
    }
    tell_worker(txn, call, kept, MessageReason::EmployerLinked, format!("linked {merged}")).await?;
    let found = workers::find_all(txn, call.region, &[kept]).await?.pop().ok_or_else(|| Error::internal("the kept worker is gone"))?;
    look(txn, call, &found).await
}
