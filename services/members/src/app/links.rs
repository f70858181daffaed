//! One person over several employers (D13): two workers become one by the worker's own word, never silently, and never apart again.

use std::collections::{BTreeSet, HashMap};

use bus::log;
use chassis::{
    caller::Call,
    error::{Error, Result},
    file_reads,
    ids::{LinkProposalId, OrganisationId, WorkerId},
    time::{LocalDate, real_now},
};
use proto::members::Reason;
use sea_orm::ConnectionTrait;

use super::{messages::tell_worker, workers::require_personnel};
use crate::{
    domain::{
        identity::{InvitationCode, TOKEN_TTL},
        link::{MAX_GUESSES, MAX_PROPOSALS, MAX_TRIES, Outcome, Proposal, ProposalState, may_be_one},
        message::MessageReason,
        worker::{File, Worker},
    },
    events, secrets,
    store::{employments, imports, links as store, organisations, refusal, sessions, unavailability, users, workers},
};

/// All that somebody is told of a match.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    /// Its id.
    pub(crate) id: LinkProposalId,
    /// Whether the caller confirmed it already.
    pub(crate) waiting: bool,
}

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
            store::propose(txn, call.region, call.now, &matched(worker.id, other.id)).await?;
            matches += 1;
        }
    }
    Ok(())
}

/// Every match of new workers with who is there and with each other, as if they came one after the other.
pub(crate) async fn alike(txn: &impl ConnectionTrait, call: &Call, new: &[File]) -> Result<Vec<Proposal>> {
    let days: BTreeSet<LocalDate> = new.iter().map(|file| file.worker.person.birth_date).collect();
    let days: Vec<LocalDate> = days.into_iter().collect();
    let mut born: HashMap<LocalDate, Vec<Worker>> = HashMap::new();
    for other in imports::born_on(txn, call.region, &days).await? {
        born.entry(other.person.birth_date).or_default().push(other);
    }
    let mut matches = Vec::new();
    for file in new {
        let others = born.entry(file.worker.person.birth_date).or_default();
        let same = others.iter().filter(|other| may_be_one(&file.worker.person, &other.person));
        matches.extend(same.take(usize::try_from(MAX_PROPOSALS).unwrap_or(0)).map(|other| matched(file.worker.id, other.id)));
        others.push(file.worker.clone());
    }
    Ok(matches)
}

fn matched(one: WorkerId, other: WorkerId) -> Proposal {
    let (first, second) = if one < other { (one, other) } else { (other, one) };
    Proposal { id: LinkProposalId::new(), first, second, state: ProposalState::Open, confirmed: None, tries: 0 }
}

/// The caller's open matches.
pub(crate) async fn list(db: &impl ConnectionTrait, call: &Call) -> Result<Vec<Shown>> {
    let own = workers::kept(db, call.region, call.worker()?).await?;
    let open = store::open(db, call.region, own).await?;
    Ok(open.into_iter().map(|proposal| Shown { id: proposal.id, waiting: proposal.confirmed == Some(own) }).collect())
}

/// Which match it is stays unknown to who has several: a no is to all of them.
pub(crate) async fn decline(txn: &impl ConnectionTrait, call: &Call) -> Result<()> {
    let own = workers::lock(txn, call.region, call.worker()?).await?;
    if store::close(txn, call.region, own, 0).await? == 0 { Err(Error::NotFound("proposal")) } else { Ok(()) }
}

/// Each answer is counted before it is looked at, so that many at once are no more guesses than one after the other.
pub(crate) async fn confirm(txn: &impl ConnectionTrait, call: &Call, organisation: OrganisationId, number: &str) -> Result<Outcome> {
    organisations::require(txn, call.region, organisation).await?;
    let own = workers::kept(txn, call.region, call.worker()?).await?;
    store::tried(txn, call.region, own, 1).await?;
    let open = store::open(txn, call.region, own).await?;
    if open.is_empty() {
        return Err(Error::NotFound("proposal"));
    }
    // The same for each of the others: of many who guess at one number, all together have so many answers.
    let guessed = store::guessed(txn, call.region, own).await?;
    let (over, others): (Vec<_>, Vec<_>) = guessed.into_iter().partition(|(_, guesses)| *guesses > MAX_GUESSES);
    let [over, others] = [over, others].map(|all| all.into_iter().map(|(worker, _)| worker).collect::<Vec<WorkerId>>());
    let proved = employments::numbered(txn, call.region, organisation, number, &others).await?;
    let Some(found) = open.iter().find(|proposal| proved.contains(&proposal.other(own))) else {
        let closed = store::close_with(txn, call.region, own, &over).await? + store::close(txn, call.region, own, MAX_TRIES).await?;
        let all = usize::try_from(closed).is_ok_and(|closed| closed == open.len());
        return Ok(if all { Outcome::Closed } else { Outcome::WrongNumber });
    };
    store::tried(txn, call.region, own, -1).await?;
    let other = found.other(own);
    if lock(txn, call, own, other).await? != (own, other) {
        // Somebody linked one of the two in between.
        return Err(Error::NotFound("proposal"));
    }
    let account = users::has_signed_in(txn, call.region, other).await?;
    let outcome = found.proved(own, account);
    match outcome {
        Outcome::Linked => merge(txn, call, own, other).await?,
        _ => store::confirmed(txn, call.region, found.id, own).await?,
    }
    Ok(outcome)
}

/// Locks two workers in one order, whoever comes at the same time, and gives who they are by now.
async fn lock(txn: &impl ConnectionTrait, call: &Call, one: WorkerId, other: WorkerId) -> Result<(WorkerId, WorkerId)> {
    let (low, high) = if one < other { (one, other) } else { (other, one) };
    let low = workers::lock(txn, call.region, low).await?;
    let high = workers::lock(txn, call.region, high).await?;
    Ok(if one < other { (low, high) } else { (high, low) })
}

/// Links the worker for whom a code was made to the caller's own.
pub(crate) async fn by_code(txn: &impl ConnectionTrait, call: &Call, code: Option<&InvitationCode>) -> Result<()> {
    let invalid = || Error::Refused(refusal(Reason::InvitationInvalid));
    let code = code.ok_or_else(invalid)?;
    let own = call.worker()?;
    let (region, user) = users::redeem(txn, call.now, &secrets::hash(code.as_bytes())).await?.ok_or_else(invalid)?;
    let invited = if region == call.region { users::find(txn, region, user).await? } else { None };
    let other = invited.and_then(|user| user.about.worker).ok_or_else(invalid)?;
    let (own, other) = lock(txn, call, own, other).await?;
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
