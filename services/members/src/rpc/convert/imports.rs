//! Many workers at once, in and out.

use chassis::{caller::Call, error::Error, error::Result, ids::OrganisationId, page::Page, validate::Fields};
use prost::Message;
use proto::members as pb;
use uuid::Uuid;

use super::{file, new_file, page, unavailability};
use crate::{
    app::imports::{Row, Taken, WholeFile},
    domain::worker::NewFile,
};

const MAX_ROWS: usize = 500;
/// No row that anybody means is so large.
const MAX_ROW_BYTES: usize = 16 << 10;

/// Which organisation, and each row or what is wrong with it.
pub(in crate::rpc) type Rows = (OrganisationId, Vec<Row>);

pub(in crate::rpc) fn import_workers(msg: &pb::ImportWorkersRequest, call: &Call) -> Result<(Rows, Uuid)> {
    let mut fields = Fields::new();
    let organisation = fields.id("organisation", &msg.organisation);
    if !(1..=MAX_ROWS).contains(&msg.workers.len()) {
        fields.violation("workers", format!("is not 1 to {MAX_ROWS} rows"));
    }
    for (n, row) in msg.workers.iter().take(MAX_ROWS).enumerate() {
        if row.encoded_len() > MAX_ROW_BYTES {
            fields.violation(format!("workers[{n}]"), format!("is longer than {MAX_ROW_BYTES} bytes"));
        }
    }
    let request_id = fields.request_id(&msg.request_id);
    let (organisation, request_id) = fields.finish_with(organisation.zip(request_id))?;
    let rows = msg.workers.iter().map(|row| judged(row, organisation, call)).collect::<Result<_>>()?;
    Ok(((organisation, rows), request_id))
}

/// One row alone. Errors: a defect.
fn judged(row: &pb::NewWorker, organisation: OrganisationId, call: &Call) -> Result<Row> {
    match new_worker(row, organisation, call) {
        Ok(new) => Ok(Row::Right(Box::new(new))),
        Err(Error::Invalid(violations)) => Ok(Row::Wrong(violations)),
        Err(error) => Err(error),
    }
}

fn new_worker(row: &pb::NewWorker, organisation: OrganisationId, call: &Call) -> Result<NewFile> {
    let mut fields = Fields::new();
    let employment = row.employment.as_ref().map(|employment| {
        fields.output_only("employment.organisation", employment.organisation.is_empty());
        pb::Employment { organisation: organisation.to_string(), ..employment.clone() }
    });
    let new = new_file(&mut fields, row.worker.as_ref(), employment.as_ref(), &row.competences, call);
    fields.finish_with(new)
}

pub(in crate::rpc) fn imported(taken: &Taken) -> pb::ImportedWorker {
    match taken {
        Taken::Created(worker) => pb::ImportedWorker { worker: worker.to_string(), created: true, ..Default::default() },
        Taken::Known(worker, differing) => pb::ImportedWorker {
            worker: worker.to_string(),
            differing: differing.iter().map(|field| (*field).to_owned()).collect(),
            ..Default::default()
        },
        Taken::Wrong(violations) => {
            let mistake = |violation: &chassis::error::Violation| pb::Mistake {
                field: violation.field.clone(),
                expected: violation.expected.clone(),
            };
            pb::ImportedWorker { mistakes: violations.iter().map(mistake).collect(), ..Default::default() }
        }
    }
}

pub(in crate::rpc) fn list_worker_files(msg: &pb::ListWorkerFilesRequest) -> Result<(OrganisationId, Page<String>)> {
    let mut fields = Fields::new();
    let organisation = fields.id("organisation", &msg.organisation);
    let page = page(&mut fields, msg.page_size, &msg.page_token, &format!("worker_files/{}", msg.organisation));
    fields.finish_with(organisation.zip(page))
}

pub(in crate::rpc) fn worker_file(whole: &WholeFile) -> pb::WorkerFile {
    let unavailabilities = whole.unavailabilities.iter().map(unavailability).collect();
    pb::WorkerFile { worker: Some(file(&whole.file)), unavailabilities }
}
