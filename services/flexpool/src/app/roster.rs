//! Time outside claims: an employer's roster, and work elsewhere that the worker tells of. It counts at once, and what it breaks is a
//! conflict at once (D10).

use std::collections::HashSet;

use chassis::{
    caller::Call,
    db::Db,
    error::{Error, Result},
    file_reads,
    ids::{EmploymentId, OrganisationId, RegionId, WorkBlockId, WorkerId},
    page::Page,
    time::{LocalDate, Timestamp},
};
use proto::flexpool::Reason;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::conflict;
use crate::{
    domain::{
        calendar::Period,
        roster::{Changes, Planned, Time, WorkBlock, changes},
    },
    reasons::refusal,
    store::{self, roster, shift::Key},
};

/// So many blocks of work elsewhere a worker may have ahead, and so many in the four weeks of a packed row.
const MOST_DECLARED: i64 = 500;
const MOST_DECLARED_IN_A_MONTH: i64 = 100;
/// So many blocks of rosters one person may have in the four weeks of a packed row: a claim reads and compares them all.
const MOST_IN_A_MONTH: usize = 500;

/// Blocks of an organisation's roster, well formed.
#[derive(Debug, Clone)]
pub(crate) struct Roster {
    pub(crate) organisation: OrganisationId,
    /// The days of which these are all blocks, and when they begin and end.
    pub(crate) window: Option<((LocalDate, LocalDate), Period)>,
    /// Of whom they are; empty: of everybody.
    pub(crate) employments: HashSet<EmploymentId>,
    pub(crate) blocks: Vec<Planned>,
    /// References of blocks that stay as they are.
    pub(crate) unread: HashSet<String>,
}

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) added: usize,
    pub(crate) changed: usize,
    pub(crate) unchanged: usize,
    pub(crate) removed: usize,
    pub(crate) not_taken: Vec<String>,
    pub(crate) conflicts: usize,
}

/// Makes the organisation's roster what is said. What is the same costs a look and changes nothing.
pub(crate) async fn put(txn: &DatabaseTransaction, call: &Call, roster: Roster) -> Result<Done> {
    let Roster { organisation, window, employments, blocks, unread } = roster;
    let organisation = *call.scope.organisation(organisation, "organisation")?;
    if !store::roster::lock(txn, call.region, organisation).await? {
        return Err(Error::NotFound("organisation"));
    }
    let named: HashSet<EmploymentId> = blocks.iter().map(|block| block.employment).collect();
    let workers = roster::workers(txn, call.region, organisation, &named).await?;
    let references: Vec<String> = blocks.iter().map(|block| block.external_reference.clone()).collect();
    let period = window.map(|(_, period)| period);
    let kept = roster::kept(txn, call.region, organisation, references, period, &employments).await?;
    let is_in_window = |block: &WorkBlock| {
        let start = block.time.period.starts_at();
        let of_them = block.employer.is_some_and(|(_, employment)| employments.is_empty() || employments.contains(&employment));
        of_them && period.is_some_and(|period| period.starts_at() <= start && start < period.ends_at())
    };
    let changes = changes(blocks, &unread, kept, &workers, is_in_window);
    let mut done = Done {
        added: changes.added.len(),
        changed: changes.changed.len(),
        unchanged: changes.unchanged,
        removed: changes.removed.len(),
        not_taken: changes.unknown.clone(),
        conflicts: 0,
    };
    // A roster with holes is not all that there is.
    let whole = employments.is_empty() && unread.is_empty() && done.not_taken.is_empty();
    if let Some((days, _)) = window.filter(|_| whole) {
        roster::fed(txn, call.region, organisation, days).await?;
    }
    done.conflicts = make(txn, call.region, organisation, changes, call.now).await?;
    Ok(done)
}

async fn make(
    txn: &DatabaseTransaction,
    region: RegionId,
    organisation: OrganisationId,
    changes: Changes,
    now: Timestamp,
) -> Result<usize> {
    let (workers, months) = (changes.workers(), changes.months());
    if workers.is_empty() {
        return Ok(0);
    }
    roster::touch(txn, region, &workers).await?;
    let gone: Vec<WorkBlockId> =
        changes.removed.iter().chain(changes.changed.iter().map(|(old, _, _)| old)).map(|block| block.id).collect();
    roster::delete(txn, region, &gone).await?;
    let changed =
        changes.changed.into_iter().map(|(old, worker, planned)| WorkBlock { id: old.id, ..roster::new(organisation, worker, planned) });
    let added = changes.added.into_iter().map(|(worker, planned)| roster::new(organisation, worker, planned));
    let new: Vec<WorkBlock> = changed.chain(added).collect();
    roster::insert(txn, region, &new).await?;
    if roster::repack(txn, region, &months).await? > MOST_IN_A_MONTH {
        return Err(Error::invalid("blocks", format!("has more than {MOST_IN_A_MONTH} of one person within four weeks")));
    }
    review(txn, region, &workers, now).await
}

/// Looks again at the claims of these workers; gives how many conflicts are new.
async fn review(db: &impl ConnectionTrait, region: RegionId, workers: &HashSet<WorkerId>, now: Timestamp) -> Result<usize> {
    let mut conflicts = 0;
    for worker in roster::with_claims(db, region, workers, now).await? {
        conflicts += conflict::review(db, region, worker, now).await?;
    }
    Ok(conflicts)
}

/// The caller's worker as who it is by now. Errors: `Refused` for one who is not known here yet.
pub(super) async fn own(db: &impl ConnectionTrait, call: &Call) -> Result<WorkerId> {
    let worker = store::copy::kept(db, call.region, call.worker()?).await?;
    if store::copy::exists(db, call.region, worker).await? { Ok(worker) } else { Err(Error::Refused(refusal(Reason::WorkerUnknown))) }
}

/// Notes work elsewhere of the caller. Gives also how many conflicts are new.
pub(crate) async fn declare(txn: &DatabaseTransaction, call: &Call, time: Time) -> Result<(WorkBlock, usize)> {
    let worker = own(txn, call).await?;
    roster::touch(txn, call.region, &HashSet::from([worker])).await?;
    let block = WorkBlock { id: WorkBlockId::new(), worker, employer: None, external_reference: None, time };
    let [ahead, in_month] = roster::count_declared(txn, call.region, &block, call.now).await?;
    for (count, limit) in [(ahead, MOST_DECLARED), (in_month, MOST_DECLARED_IN_A_MONTH)] {
        if count >= limit {
            return Err(Error::Refused(refusal(Reason::TooMuchWork).with("limit", limit)));
        }
    }
    roster::insert(txn, call.region, std::slice::from_ref(&block)).await?;
    roster::repack(txn, call.region, &HashSet::from([(worker, block.month())])).await?;
    let conflicts = conflict::review(txn, call.region, worker, call.now).await?;
    Ok((block, conflicts))
}

/// Takes work elsewhere of the caller back. Errors: `NotFound`.
pub(crate) async fn remove_declared(txn: &DatabaseTransaction, call: &Call, id: WorkBlockId) -> Result<()> {
    let worker = store::copy::touch_kept(txn, call.region, call.worker()?).await?;
    let block = roster::declared(txn, call.region, worker, id).await?.ok_or(Error::NotFound("work"))?;
    roster::delete(txn, call.region, &[id]).await?;
    roster::repack(txn, call.region, &HashSet::from([(worker, block.month())])).await?;
    conflict::review(txn, call.region, worker, call.now).await?;
    Ok(())
}

/// Notes until when all work elsewhere of the caller is known.
pub(crate) async fn confirm_known(txn: &DatabaseTransaction, call: &Call, until: LocalDate) -> Result<()> {
    let worker = own(txn, call).await?;
    roster::touch(txn, call.region, &HashSet::from([worker])).await?;
    roster::work_known(txn, call.region, worker, until).await
}

/// A page of what an organisation gave. The read is noted before the answer (D17).
pub(crate) async fn of_organisation(
    db: &Db,
    call: &Call,
    organisation: OrganisationId,
    page: &Page<String>,
) -> Result<(Vec<WorkBlock>, String)> {
    let organisation = *call.scope.organisation(organisation, "organisation")?;
    if !store::shift::organisation_exists(db.read(), call.region, organisation).await? {
        return Err(Error::NotFound("organisation"));
    }
    let after = page.after.clone().unwrap_or_default();
    let blocks = roster::of_organisation(db.read(), call.region, organisation, after, page.limit()).await?;
    let (blocks, next) = page.cut(blocks, |block| block.external_reference.clone().unwrap_or_default());
    file_reads::note(db, call, "RosterService/ListRosterBlocks", blocks.iter().map(|block| block.worker)).await?;
    Ok((blocks, next))
}

/// A page of the caller's own time outside claims, and until when work elsewhere is known.
pub(crate) async fn my_work(
    db: &impl ConnectionTrait,
    call: &Call,
    ends_after: Option<Timestamp>,
    page: &Page<Key>,
) -> Result<(Vec<WorkBlock>, String, Option<LocalDate>)> {
    let worker = store::copy::kept(db, call.region, call.worker()?).await?;
    let blocks = roster::of_worker(db, call.region, worker, ends_after, page.after, page.limit()).await?;
    let (blocks, next) = page.cut(blocks, |block| (block.time.period.starts_at().0, block.id.0));
    Ok((blocks, next, roster::work_known_until(db, call.region, worker).await?))
}
