//! Workers and competences.

use chassis::{
    caller::Call,
    error::Result,
    ids::{OrganisationId, WorkerId},
    page::Page,
    time::LocalDate,
    validate::Fields,
};
use proto::members as pb;
use uuid::Uuid;

use super::{employment, ids, message, new_employment, page, roster_employment, span};
use crate::domain::{
    text::{big_number, code, open_text},
    worker::{Competence, File, NewCompetence, NewFile, Person, Registration, Worker, is_working_age},
};

const MAX_COMPETENCES: usize = 50;

pub(in crate::rpc) fn create_worker(msg: &pb::CreateWorkerRequest, call: &Call) -> Result<(NewFile, Uuid)> {
    let mut fields = Fields::new();
    let file = new_file(&mut fields, msg.worker.as_ref(), msg.employment.as_ref(), &msg.competences, call);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(file.zip(request_id))
}

pub(super) fn new_file(
    fields: &mut Fields,
    worker: Option<&pb::Worker>,
    employment: Option<&pb::Employment>,
    held: &[pb::Competence],
    call: &Call,
) -> Option<NewFile> {
    let person = message(fields, "worker", worker).and_then(|worker| person(fields, worker, call.now.local_date()));
    let employment = message(fields, "employment", employment).and_then(|employment| {
        fields.output_only("employment.worker", employment.worker.is_empty());
        new_employment(fields, employment, call)
    });
    let competences = competences(fields, held);
    Some(NewFile { person: person?, employment: employment?, competences: competences? })
}

fn person(fields: &mut Fields, msg: &pb::Worker, today: LocalDate) -> Option<Person> {
    fields.output_only("worker.id", msg.id.is_empty());
    fields.output_only("worker.employments", msg.employments.is_empty());
    fields.output_only("worker.competences", msg.competences.is_empty());
    let first_name = open_text(fields, "worker.first_name", &msg.first_name, 80);
    let last_name = open_text(fields, "worker.last_name", &msg.last_name, 120);
    let birth_date = fields.date("worker.birth_date", msg.birth_date.as_ref());
    if birth_date.is_some_and(|day| !is_working_age(day, today)) {
        fields.violation("worker.birth_date", "is not between 14 and 100 years ago");
    }
    let postcode = fields.postcode("worker.postcode", &msg.postcode);
    let registration = registration(fields, msg);
    Some(Person { first_name: first_name?, last_name: last_name?, birth_date: birth_date?, postcode: postcode?, registration })
}

/// `None` also when something is wrong with it, which is noted.
fn registration(fields: &mut Fields, msg: &pb::Worker) -> Option<Registration> {
    if msg.big_number.trim().is_empty() {
        if msg.big_valid_until.is_some() {
            fields.violation("worker.big_number", "is required with big_valid_until");
        }
        return None;
    }
    let number = big_number(fields, "worker.big_number", &msg.big_number);
    let valid_until = fields.date("worker.big_valid_until", msg.big_valid_until.as_ref());
    Some(Registration { big_number: number?, valid_until: valid_until? })
}

fn competences(fields: &mut Fields, messages: &[pb::Competence]) -> Option<Vec<NewCompetence>> {
    if messages.len() > MAX_COMPETENCES {
        fields.violation("competences", format!("are more than {MAX_COMPETENCES}"));
        return None;
    }
    let mut competences: Vec<NewCompetence> = Vec::new();
    for (n, msg) in messages.iter().enumerate() {
        match new_competence(fields, &format!("competences[{n}]"), msg) {
            Some(new) if competences.iter().any(|other| other.code == new.code) => {
                fields.violation(format!("competences[{n}].code"), "is there twice");
            }
            new => competences.extend(new),
        }
    }
    Some(competences)
}

fn new_competence(fields: &mut Fields, path: &str, msg: &pb::Competence) -> Option<NewCompetence> {
    fields.output_only(&format!("{path}.id"), msg.id.is_empty());
    let code = code(fields, &format!("{path}.code"), &msg.code, (1, 60), false);
    let from = fields.optional_date(&format!("{path}.valid_from"), msg.valid_from.as_ref());
    let until = fields.optional_date(&format!("{path}.valid_until"), msg.valid_until.as_ref());
    let valid = span(fields, &format!("{path}.valid_until"), from, until);
    Some(NewCompetence { code: code?, valid })
}

pub(in crate::rpc) fn get_worker(msg: &pb::GetWorkerRequest) -> Result<WorkerId> {
    let mut fields = Fields::new();
    let id = fields.id("id", &msg.id);
    fields.finish_with(id)
}

pub(in crate::rpc) fn batch_get_workers(msg: &pb::BatchGetWorkersRequest) -> Result<Vec<WorkerId>> {
    let mut fields = Fields::new();
    let ids = ids(&mut fields, "ids", &msg.ids, 1, 200);
    fields.finish_with(ids)
}

pub(in crate::rpc) fn list_workers(msg: &pb::ListWorkersRequest) -> Result<(OrganisationId, Page<String>)> {
    let mut fields = Fields::new();
    let organisation = fields.id("organisation", &msg.organisation);
    let page = page(&mut fields, msg.page_size, &msg.page_token, &format!("workers/{}", msg.organisation));
    fields.finish_with(organisation.zip(page))
}

pub(in crate::rpc) fn add_competence(msg: &pb::AddCompetenceRequest) -> Result<((WorkerId, NewCompetence), Uuid)> {
    let mut fields = Fields::new();
    let worker = fields.id("worker", &msg.worker);
    let new = message(&mut fields, "competence", msg.competence.as_ref())
        .and_then(|competence| new_competence(&mut fields, "competence", competence));
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(worker.zip(new).zip(request_id))
}

/// The whole file.
pub(in crate::rpc) fn file(file: &File) -> pb::Worker {
    let person = &file.worker.person;
    let registration = person.registration.as_ref();
    pb::Worker {
        birth_date: Some(person.birth_date.to_proto()),
        postcode: person.postcode.clone(),
        big_number: registration.map(|registration| registration.big_number.clone()).unwrap_or_default(),
        big_valid_until: registration.map(|registration| registration.valid_until.to_proto()),
        employments: file.employments.iter().map(employment).collect(),
        ..roster_file(file)
    }
}

/// What a former employer has of somebody: the employment, but nothing of who that is today.
pub(in crate::rpc) fn former_file(file: &File) -> pb::Worker {
    pb::Worker { employments: file.employments.iter().map(employment).collect(), ..roster_file(file) }
}

/// What a roster is made from: who somebody is and works as, but neither age nor home nor registration number.
pub(in crate::rpc) fn roster_file(file: &File) -> pb::Worker {
    pb::Worker {
        id: file.worker.id.to_string(),
        first_name: file.worker.person.first_name.clone(),
        last_name: file.worker.person.last_name.clone(),
        employments: file.employments.iter().map(roster_employment).collect(),
        competences: file.competences.iter().map(competence).collect(),
        ..Default::default()
    }
}

pub(in crate::rpc) fn worker_name(worker: &Worker) -> pb::WorkerName {
    pb::WorkerName { id: worker.id.to_string(), first_name: worker.person.first_name.clone(), last_name: worker.person.last_name.clone() }
}

pub(in crate::rpc) fn competence(competence: &Competence) -> pb::Competence {
    pb::Competence {
        id: competence.id.to_string(),
        code: competence.about.code.clone(),
        valid_from: competence.about.valid.from.map(|day| day.to_proto()),
        valid_until: competence.about.valid.until.map(|day| day.to_proto()),
    }
}
