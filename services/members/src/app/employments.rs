//! Employments: given, changed and ended.

use bus::log;
use chassis::{
    caller::Call,
    db::Db,
    error::{Error, Result},
    file_reads,
    ids::{EmploymentId, OrganisationId, WorkerId},
    page::Page,
    time::LocalDate,
};
use proto::members::Reason;
use sea_orm::ConnectionTrait;

use super::workers::{require_personnel, shown};
use crate::{
    domain::{
        employment::{ChangeRefused, EmploymentChange, Exit, Left},
        worker::{Employment, NewEmployment},
    },
    events,
    store::{
        employments::{self as store, ByEnd},
        organisations, refusal, workers,
    },
};

/// A further employment. Hr may give one only to a worker who has one there already: with the id of somebody who works elsewhere, which
/// a claim shows, they would otherwise make a stranger's file their own. Links over employers come from the worker (D13).
pub(crate) async fn create(txn: &impl ConnectionTrait, call: &Call, worker: WorkerId, new: NewEmployment) -> Result<Employment> {
    call.scope.organisation(new.organisation, "organisation")?;
    organisations::require(txn, call.region, new.organisation).await?;
    let worker = workers::lock(txn, call.region, worker).await?;
    require_personnel(txn, call, worker).await?;
    let employment = Employment { id: EmploymentId::new(), worker, about: new, revision: 0, exit: None };
    store::insert(txn, call.region, call.now, &employment).await?;
    log::append(txn, call.region, call.now, worker.0, &events::employment_started(&employment)).await?;
    Ok(employment)
}

/// The employment as it was read, with its worker locked.
async fn find(txn: &impl ConnectionTrait, call: &Call, id: EmploymentId, etag: &str) -> Result<Employment> {
    let not_found = || Error::NotFound("employment");
    let found = store::find(txn, call.region, id).await?.ok_or_else(not_found)?;
    call.scope.organisation(found.about.organisation, "employment")?;
    workers::lock(txn, call.region, found.worker).await?;
    let found = store::find(txn, call.region, id).await?.ok_or_else(not_found)?;
    if etag == found.revision.to_string() { Ok(found) } else { Err(Error::Refused(refusal(Reason::ChangedMeanwhile))) }
}

/// The answer is the whole of it, also of what was not changed; that it was read is noted with the change (D17).
pub(crate) async fn update(
    txn: &impl ConnectionTrait,
    call: &Call,
    id: EmploymentId,
    etag: &str,
    change: EmploymentChange,
) -> Result<Employment> {
    let found = find(txn, call, id, etag).await?;
    let about = change.applied(&found.about, found.exit.is_some()).map_err(|refused| match refused {
        ChangeRefused::EndsBeforeItBegins => Error::invalid("employment.until", "is before the first day"),
        ChangeRefused::NotSelfEmployed => Error::invalid("employment.assessment", "is only for the self-employed"),
        ChangeRefused::KindFixed => Error::Refused(refusal(Reason::EmploymentKindFixed)),
        ChangeRefused::Ended(until) => Error::Refused(refusal(Reason::EmploymentEnded).with("until", until)),
    })?;
    let changed = Employment { about, revision: found.revision + 1, ..found.clone() };
    store::update(txn, call.region, &changed).await?;
    // What only the employer and the person see is told to nobody.
    if events::employment_started(&changed) != events::employment_started(&found) {
        log::append(txn, call.region, call.now, changed.worker.0, &events::employment_changed(&changed)).await?;
    }
    file_reads::note_within(txn, call, "WorkerService/UpdateEmployment", [changed.worker]).await?;
    Ok(shown(call, changed))
}

/// Answered and noted as [`update`].
pub(crate) async fn end(
    txn: &impl ConnectionTrait,
    call: &Call,
    id: EmploymentId,
    etag: &str,
    until: LocalDate,
    exit: Exit,
) -> Result<Employment> {
    let found = find(txn, call, id, etag).await?;
    if until < found.about.from {
        return Err(Error::invalid("until", "is before the first day"));
    }
    let about = NewEmployment { until: Some(until), ..found.about };
    let ended = Employment { about, revision: found.revision + 1, exit: Some(exit), ..found };
    store::update(txn, call.region, &ended).await?;
    log::append(txn, call.region, call.now, ended.worker.0, &events::employment_ended(&ended)).await?;
    file_reads::note_within(txn, call, "WorkerService/EndEmployment", [ended.worker]).await?;
    Ok(shown(call, ended))
}

/// Who left, why and where to. The read is noted before the answer (D17).
pub(crate) async fn exits(db: &Db, call: &Call, organisation: OrganisationId, page: &Page<ByEnd>) -> Result<(Vec<Left>, String)> {
    let organisation = call.scope.organisation(organisation, "organisation")?;
    organisations::require(db.read(), call.region, *organisation).await?;
    let (left, next) = store::exits(db.read(), call.region, organisation, page).await?;
    file_reads::note(db, call, "WorkerService/ListExits", left.iter().map(|left| left.worker)).await?;
    Ok((left, next))
}
