//! Many workers at once: in from files of HR systems, out into files.

use std::collections::{HashMap, HashSet};

use bus::log;
use chassis::{
    caller::{Call, Role},
    db::Db,
    error::{Error, Result, Violation},
    file_reads,
    ids::{CompetenceId, EmploymentId, OrganisationId, WorkerId},
    page::Page,
};
use proto::members::ImportWorkersResponse;
use sea_orm::ConnectionTrait;

use super::{links, workers::shown};
use crate::{
    domain::{
        unavailability::Unavailability,
        worker::{Competence, Employment, File, NewFile, Worker, differing},
    },
    events,
    store::{employments, imports as store, organisations, unavailability, workers},
};

/// A row of a file.
#[derive(Debug, Clone)]
pub(crate) enum Row {
    /// It can be taken.
    Right(Box<NewFile>),
    /// What is wrong with it.
    Wrong(Vec<Violation>),
}

/// What became of a row.
#[derive(Debug)]
pub(crate) enum Taken {
    /// A new worker.
    Created(WorkerId),
    /// Somebody has the number: the fields of which something else is stored.
    Known(WorkerId, Vec<&'static str>),
    /// It is not right.
    Wrong(Vec<Violation>),
}

/// Takes the rows that are right, with as few statements as can be. Each judges itself alone; of two with one number the first counts.
pub(crate) async fn workers(txn: &impl ConnectionTrait, call: &Call, organisation: OrganisationId, rows: Vec<Row>) -> Result<Vec<Taken>> {
    call.scope.organisation(organisation, "organisation")?;
    organisations::require(txn, call.region, organisation).await?;
    let known = known(txn, call, organisation, &rows).await?;
    let (mut taken, mut new, mut seen) = (Vec::with_capacity(rows.len()), Vec::new(), HashSet::new());
    for row in rows {
        taken.push(match row {
            Row::Wrong(violations) => Taken::Wrong(violations),
            Row::Right(file) if !seen.insert(file.employment.personnel_number.clone()) => Taken::Wrong(twice()),
            Row::Right(file) => match known.get(&file.employment.personnel_number) {
                Some(stored) => Taken::Known(stored.worker.id, differing(&file, stored)),
                None => {
                    let file = made(*file);
                    let id = file.worker.id;
                    new.push(file);
                    Taken::Created(id)
                }
            },
        });
    }
    insert(txn, call, &new).await?;
    Ok(taken)
}

fn twice() -> Vec<Violation> {
    vec![Violation { field: "employment.personnel_number".to_owned(), expected: "is there twice".to_owned() }]
}

fn made(new: NewFile) -> File {
    let worker = Worker { id: WorkerId::new(), person: new.person };
    let employment = Employment { id: EmploymentId::new(), worker: worker.id, about: new.employment, revision: 0, exit: None };
    let competence = |about| Competence { id: CompetenceId::new(), worker: worker.id, about };
    let competences = new.competences.into_iter().map(competence).collect();
    File { worker, employments: vec![employment], competences }
}

/// Those who have the rows' personnel numbers, by number, each with the one employment that has it.
async fn known(txn: &impl ConnectionTrait, call: &Call, organisation: OrganisationId, rows: &[Row]) -> Result<HashMap<String, File>> {
    let number = |row: &Row| match row {
        Row::Right(file) => Some(file.employment.personnel_number.clone()),
        Row::Wrong(_) => None,
    };
    let numbers: Vec<String> = rows.iter().filter_map(number).collect();
    let employments = store::numbered(txn, call.region, organisation, &numbers).await?;
    let files = files_of(txn, call, employments).await?;
    Ok(files.into_iter().filter_map(|file| Some((file.employments.first()?.about.personnel_number.clone(), file))).collect())
}

/// A file for each of these employments, with its worker and the portfolio.
async fn files_of(db: &impl ConnectionTrait, call: &Call, employments: Vec<Employment>) -> Result<Vec<File>> {
    let ids: HashSet<WorkerId> = employments.iter().map(|employment| employment.worker).collect();
    let ids: Vec<WorkerId> = ids.into_iter().collect();
    let people = workers::find_all(db, call.region, &ids).await?;
    let people: HashMap<WorkerId, Worker> = people.into_iter().map(|worker| (worker.id, worker)).collect();
    let mut competences: HashMap<WorkerId, Vec<Competence>> = HashMap::new();
    for competence in store::competences_of(db, call.region, &ids).await? {
        competences.entry(competence.worker).or_default().push(competence);
    }
    let file = |employment: Employment| {
        let worker = people.get(&employment.worker).cloned().ok_or_else(|| Error::internal("an employment without its worker"))?;
        let competences = competences.get(&worker.id).cloned().unwrap_or_default();
        Ok(File { worker, employments: vec![employment], competences })
    };
    employments.into_iter().map(file).collect()
}

/// Stores new files with their events, which come in the order in which a reader needs them, and looks for people who may be one.
async fn insert(txn: &impl ConnectionTrait, call: &Call, new: &[File]) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let matches = links::alike(txn, call, new).await?;
    store::insert(txn, call.region, call.now, new).await?;
    let told = new.iter().flat_map(|file| {
        let subject = file.worker.id.0;
        let began = file.employments.iter().map(events::employment_started);
        let began = began.map(move |event| log::Row::new(call.region, call.now, subject, &event));
        let skills = file.competences.iter().map(events::competence_added);
        let skills = skills.map(move |event| log::Row::new(call.region, call.now, subject, &event));
        std::iter::once(log::Row::new(call.region, call.now, subject, &events::worker_created(&file.worker))).chain(began).chain(skills)
    });
    log::begin_all(txn, told.collect()).await?;
    store::propose(txn, call.region, call.now, &matches).await
}

/// Notes whose stored data the answer tells something of (D17): that a field differs.
pub(crate) async fn note(db: &Db, call: &Call, answer: &ImportWorkersResponse) -> Result<()> {
    let told = answer.workers.iter().filter(|row| !row.differing.is_empty()).filter_map(|row| row.worker.parse().ok());
    file_reads::note(db, call, "WorkerService/ImportWorkers", told).await
}

/// Everything about one worker that the caller may see.
#[derive(Debug)]
pub(crate) struct WholeFile {
    /// The person with employments and portfolio.
    pub(crate) file: File,
    /// When they cannot work.
    pub(crate) unavailabilities: Vec<Unavailability>,
}

/// The files of an organisation's workers. The read is noted before the answer (D17).
pub(crate) async fn files(db: &Db, call: &Call, organisation: OrganisationId, page: &Page<String>) -> Result<(Vec<WholeFile>, String)> {
    let organisation = call.scope.organisation(organisation, "organisation")?;
    organisations::require(db.read(), call.region, *organisation).await?;
    let (page, next) = employments::list(db.read(), call.region, organisation, page).await?;
    let ids: Vec<WorkerId> = page.iter().map(|employment| employment.worker).collect();
    let mut all: HashMap<WorkerId, Vec<Employment>> = HashMap::new();
    for employment in store::employments_of(db.read(), call.region, &ids).await? {
        all.entry(employment.worker).or_default().push(employment);
    }
    // Who has several employments there stands in the list once, with the lowest number.
    let lowest = |employment: &Employment| {
        let own = all.get(&employment.worker).into_iter().flatten().filter(|other| other.about.organisation == *organisation);
        own.map(|other| &other.about.personnel_number).min() == Some(&employment.about.personnel_number)
    };
    let first: Vec<Employment> = page.into_iter().filter(lowest).collect();
    let today = call.now.local_date();
    let close = |employment: &Employment| {
        let current = employment.about.until.is_none_or(|until| today <= until);
        current && call.caller.acts_for(employment.about.organisation, &[Role::Hr])
    };
    let closest: Vec<WorkerId> = ids.iter().copied().filter(|id| all.get(id).into_iter().flatten().any(close)).collect();
    let mut away: HashMap<WorkerId, Vec<Unavailability>> = HashMap::new();
    for period in unavailability::of_all(db.read(), call.region, &closest, call.now).await? {
        away.entry(period.worker).or_default().push(period);
    }
    file_reads::note(db, call, "WorkerService/ListWorkerFiles", first.iter().map(|employment| employment.worker)).await?;
    let whole = |file: File| {
        let id = file.worker.id;
        let seen = all.get(&id).into_iter().flatten().filter(|employment| call.scope.reaches(employment.about.organisation));
        let employments = seen.map(|employment| shown(call, employment.clone())).collect();
        WholeFile { file: File { employments, ..file }, unavailabilities: away.remove(&id).unwrap_or_default() }
    };
    Ok((files_of(db.read(), call, first).await?.into_iter().map(whole).collect(), next))
}
