//! Workers, employments and competences. Who may not see a worker is told that there is none.

use std::collections::{HashMap, HashSet};

use bus::log;
use chassis::{
    caller::{Call, Role},
    db::Db,
    error::{Error, Result},
    file_reads,
    ids::{CompetenceId, EmploymentId, OrganisationId, WorkerId},
    page::Page,
};
use proto::members::Reason;
use sea_orm::ConnectionTrait;

use super::links;
use crate::{
    domain::worker::{Competence, CompetenceOverlaps, Employment, File, NewCompetence, NewEmployment, Person, Worker, decide_competence},
    events,
    store::{employments, organisations, refusal, workers as store},
};

/// A worker with a first employment and the competences held. Its events come in the order in which a reader needs them.
pub(crate) async fn create(
    txn: &impl ConnectionTrait,
    call: &Call,
    person: Person,
    employment: NewEmployment,
    competences: Vec<NewCompetence>,
) -> Result<File> {
    call.scope.organisation(employment.organisation, "organisation")?;
    organisations::require(txn, call.region, employment.organisation).await?;
    let worker = Worker { id: WorkerId::new(), person };
    let employment = Employment { id: EmploymentId::new(), worker: worker.id, about: employment, revision: 0, exit: None };
    let competence = |about| Competence { id: CompetenceId::new(), worker: worker.id, about };
    let competences: Vec<Competence> = competences.into_iter().map(competence).collect();

    store::insert(txn, call.region, call.now, &worker).await?;
    employments::insert(txn, call.region, call.now, &employment).await?;
    store::insert_competences(txn, call.region, call.now, &competences).await?;

    let subject = worker.id.0;
    let mut told = vec![
        log::Row::new(call.region, call.now, subject, &events::worker_created(&worker)),
        log::Row::new(call.region, call.now, subject, &events::employment_started(&employment)),
    ];
    let competence_added = |competence| log::Row::new(call.region, call.now, subject, &events::competence_added(competence));
    told.extend(competences.iter().map(competence_added));
    log::append_all(txn, told).await?;
    links::look(txn, call, &worker).await?;
    Ok(File { worker, employments: vec![employment], competences })
}

/// The file as far as the caller may see it. The read is noted before the answer (D17).
pub(crate) async fn get(db: &Db, call: &Call, asked: WorkerId) -> Result<File> {
    let not_found = || Error::NotFound("worker");
    let id = store::kept(db.read(), call.region, asked).await?;
    let mut file = store::file(db.read(), call.region, id).await?.ok_or_else(not_found)?;
    // The person, also under a name from before a merger.
    let own = call.scope.person() == Some(asked) || call.scope.worker(id).is_ok();
    if !own {
        if !reaches(call, &file.employments) {
            return Err(not_found());
        }
        file.employments.retain(|employment| call.scope.reaches(employment.about.organisation));
    }
    file_reads::note(db, call, "WorkerService/GetWorker", [id]).await?;
    file.employments = file.employments.into_iter().map(|employment| shown(call, employment)).collect();
    Ok(file)
}

/// Those that there are, in the order of the ids. Names alone are no file (D17).
pub(crate) async fn names(db: &impl ConnectionTrait, call: &Call, ids: &[WorkerId]) -> Result<Vec<Worker>> {
    let wanted: HashSet<WorkerId> = ids.iter().copied().collect();
    let wanted: Vec<WorkerId> = wanted.into_iter().collect();
    let found = store::find_all(db, call.region, &wanted).await?;
    let found: HashMap<WorkerId, Worker> = found.into_iter().map(|worker| (worker.id, worker)).collect();
    Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
}

/// The workers of an organisation, one per employment there. The read is noted before the answer (D17).
pub(crate) async fn list(db: &Db, call: &Call, organisation: OrganisationId, page: &Page<String>) -> Result<(Vec<File>, String)> {
    let organisation = call.scope.organisation(organisation, "organisation")?;
    organisations::require(db.read(), call.region, *organisation).await?;
    let (employments, next) = employments::list(db.read(), call.region, organisation, page).await?;
    let ids: Vec<WorkerId> = employments.iter().map(|employment| employment.worker).collect();
    let workers = names(db.read(), call, &ids).await?;
    if workers.len() != employments.len() {
        return Err(Error::internal("an employment without its worker"));
    }
    file_reads::note(db, call, "WorkerService/ListWorkers", ids).await?;
    let file = |(worker, employment)| File { worker, employments: vec![shown(call, employment)], competences: Vec::new() };
    Ok((workers.into_iter().zip(employments).map(file).collect(), next))
}

pub(crate) async fn add_competence(txn: &impl ConnectionTrait, call: &Call, worker: WorkerId, new: NewCompetence) -> Result<Competence> {
    // Two added at once must see each other.
    let worker = store::lock(txn, call.region, worker).await?;
    require_personnel(txn, call, worker).await?;
    let held = store::competences_of(txn, call.region, worker).await?;
    decide_competence(&new, &held)
        .map_err(|CompetenceOverlaps| Error::Refused(refusal(Reason::CompetenceOverlaps).with("code", &new.code)))?;
    let competence = Competence { id: CompetenceId::new(), worker, about: new };
    store::insert_competences(txn, call.region, call.now, std::slice::from_ref(&competence)).await?;
    log::append(txn, call.region, call.now, worker.0, &events::competence_added(&competence)).await?;
    Ok(competence)
}

/// The employment as the caller may see it: why somebody left is between the person and the employer.
pub(crate) fn shown(call: &Call, employment: Employment) -> Employment {
    let own = call.caller.worker == Some(employment.worker);
    let visible = own || call.caller.acts_for(employment.about.organisation, &[Role::Hr]);
    Employment { exit: employment.exit.filter(|_| visible), ..employment }
}

/// Whether the call reaches the file over one of these employments: an operator always, hr while one of the own counts. Who left is the
/// former employer's no longer.
fn reaches(call: &Call, employments: &[Employment]) -> bool {
    let today = call.now.local_date();
    let everywhere = call.scope.is_everywhere();
    employments.iter().any(|one| call.scope.reaches(one.about.organisation) && (everywhere || one.about.counts(today)))
}

/// Refuses unless the call reaches one of the worker's employers of today, or of a day to come.
pub(crate) async fn require_personnel(txn: &impl ConnectionTrait, call: &Call, worker: WorkerId) -> Result<()> {
    let employments = employments::of(txn, call.region, worker).await?;
    if reaches(call, &employments) { Ok(()) } else { Err(Error::NotFound("worker")) }
}

/// Whether the caller may know when the worker cannot work: the person, hr of an employer of today, and a service. `worker` is who that is
/// by now.
pub(crate) async fn require_close(db: &impl ConnectionTrait, call: &Call, worker: WorkerId) -> Result<()> {
    if call.scope.is_everywhere() {
        return Ok(());
    }
    if let Some(own) = call.scope.person()
        && (own == worker || store::kept(db, call.region, own).await? == worker)
    {
        return Ok(());
    }
    let employments = employments::of(db, call.region, worker).await?;
    if reaches(call, &employments) { Ok(()) } else { Err(Error::NotFound("worker")) }
}
