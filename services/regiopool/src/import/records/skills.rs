//! Competences, one a row.

use std::collections::{BTreeMap, HashMap};

use proto::members::{AddCompetenceRequest, Competence};
use tonic::Status;

use super::{Done, Field, FieldCells, Record, Shows};
use crate::{
    client::Client,
    import::{files::Known, map::Map, notation::codes},
};

/// Competences of an organisation's workers.
pub(crate) struct Skills {
    codes: BTreeMap<String, String>,
    /// Ids and portfolios by personnel number; `None` when nothing is sent.
    known: Option<HashMap<String, (String, Vec<Competence>)>>,
}

impl Skills {
    /// When nothing is sent.
    pub(in crate::import) fn new(map: &Map) -> Self {
        Self { codes: map.competence_codes.clone(), known: None }
    }

    /// With what the region knows.
    pub(in crate::import) fn of(map: &Map, files: &Known) -> Self {
        let portfolio = |(number, file): (&String, &proto::members::WorkerFile)| {
            let worker = file.worker.clone()?;
            Some((number.clone(), (worker.id, worker.competences)))
        };
        Self { known: Some(files.iter().filter_map(portfolio).collect()), ..Self::new(map) }
    }
}

impl Record for Skills {
    type Request = AddCompetenceRequest;
    const SECTION: &'static str = "competences";
    const ROWS_ARE: &'static str = "competences";
    const FIELDS: &'static [Field] = &[
        ("personnel_number", true, Shows::Nothing),
        ("code", true, Shows::Nothing),
        ("valid_from", false, Shows::Dates),
        ("valid_until", false, Shows::Dates),
    ];

    fn read(&self, cells: &mut FieldCells<'_>) -> (String, AddCompetenceRequest) {
        let worker = cells.required("personnel_number", |number| match &self.known {
            None => Ok(number.to_owned()),
            Some(known) => {
                known.get(number).map(|(id, _)| id.clone()).ok_or_else(|| "is no personnel number of the organisation".to_owned())
            }
        });
        // One skill in a cell, whatever sign stands in it.
        let code = codes(&cells.text("code"), '\0', &self.codes).pop().unwrap_or_default();
        let competence =
            Competence { code, valid_from: cells.day("valid_from"), valid_until: cells.day("valid_until"), ..Competence::default() };
        let request = AddCompetenceRequest { worker: worker.unwrap_or_default(), competence: Some(competence), request_id: String::new() };
        (String::new(), request)
    }

    async fn send(&self, client: &Client, request: AddCompetenceRequest) -> Result<Done, Status> {
        let asked = request.competence.clone().unwrap_or_default();
        let held = self.known.iter().flat_map(HashMap::values).find(|(id, _)| *id == request.worker);
        let same = |own: &Competence| (&own.code, own.valid_from, own.valid_until) == (&asked.code, asked.valid_from, asked.valid_until);
        if held.is_some_and(|(_, held)| held.iter().any(same)) {
            return Ok(Done::Known(Vec::new()));
        }
        client.change(request).await.map(|_| Done::Made)
    }
}
