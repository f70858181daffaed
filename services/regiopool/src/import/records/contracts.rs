//! Further employments of workers who are there.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Result};
use proto::members::{
    AssessmentResult, CreateEmploymentRequest, Employment, EmploymentKind, FunctionLevel, ListOrganisationsRequest, ListWorkersRequest,
    SelfEmployedAssessment,
};
use tokio::sync::Mutex;
use tonic::Status;

use super::{Done, Field, FieldCells, Record, Shows, known};
use crate::{
    client::Client,
    import::{files::Known, map::Map, notation::key},
};

/// Ids of an organisation's workers by their numbers.
type Numbers = HashMap<String, String>;

/// Employments by the organisation's own numbers.
pub(crate) struct Contracts {
    function_levels: BTreeMap<String, FunctionLevel>,
    employment_kinds: BTreeMap<String, EmploymentKind>,
    organisation: String,
    /// Ids of organisations by their numbers in the trade register.
    organisations: HashMap<String, String>,
    known: HashMap<String, Employment>,
    workers: Numbers,
    /// Workers of other organisations, listed when somebody first needs them.
    elsewhere: Mutex<HashMap<String, Numbers>>,
}

impl Contracts {
    /// When nothing is sent.
    pub(in crate::import) fn new(map: &Map) -> Self {
        Self {
            function_levels: map.function_levels.clone(),
            employment_kinds: map.employment_kinds.clone(),
            organisation: String::new(),
            organisations: HashMap::new(),
            known: HashMap::new(),
            workers: HashMap::new(),
            elsewhere: Mutex::default(),
        }
    }

    /// Of an organisation, with what the region knows.
    pub(in crate::import) async fn of(client: &Client, organisation: &str, map: &Map, files: &Known) -> Result<Self> {
        let organisations = client.all(ListOrganisationsRequest::default()).await.context("the organisations")?;
        let workers = files.iter().filter_map(|(number, file)| Some((number.clone(), file.worker.as_ref()?.id.clone())));
        let contract = |(number, file): (&String, &proto::members::WorkerFile)| {
            let all = file.worker.iter().flat_map(|worker| &worker.employments);
            let own = all.into_iter().find(|one| one.organisation == organisation && one.personnel_number == *number);
            own.map(|own| (number.clone(), own.clone()))
        };
        Ok(Self {
            organisation: organisation.to_owned(),
            organisations: organisations.into_iter().map(|one| (one.kvk_number, one.id)).collect(),
            known: files.iter().filter_map(contract).collect(),
            workers: workers.collect(),
            ..Self::new(map)
        })
    }

    /// The id of the worker that a row names by organisation and number.
    async fn worker(&self, client: &Client, named: &str) -> Result<String, Status> {
        let unknown = || Status::not_found("nobody is known by this number");
        let (organisation, number) = named.split_once('/').unwrap_or_default();
        if organisation.is_empty() {
            return self.workers.get(number).cloned().ok_or_else(unknown);
        }
        let organisation = self.organisations.get(organisation).ok_or_else(unknown)?;
        let mut elsewhere = self.elsewhere.lock().await;
        if !elsewhere.contains_key(organisation) {
            let workers = client.all(ListWorkersRequest { organisation: organisation.clone(), ..Default::default() }).await?;
            let number = |worker: proto::members::Worker| Some((worker.employments.first()?.personnel_number.clone(), worker.id));
            elsewhere.insert(organisation.clone(), workers.into_iter().filter_map(number).collect());
        }
        elsewhere.get(organisation).and_then(|numbers| numbers.get(number)).cloned().ok_or_else(unknown)
    }
}

impl Record for Contracts {
    type Request = CreateEmploymentRequest;
    const SECTION: &'static str = "employments";
    const ROWS_ARE: &'static str = "employments";
    const FIELDS: &'static [Field] = &[
        ("worker_organisation", false, Shows::Nothing),
        ("worker_number", true, Shows::Nothing),
        ("personnel_number", true, Shows::Nothing),
        ("function_level", true, Shows::Nothing),
        ("kind", true, Shows::Nothing),
        ("hours_per_week", true, Shows::Nothing),
        ("from", true, Shows::Dates),
        ("until", false, Shows::Dates),
        ("cost_centre", false, Shows::Nothing),
        ("assessment", false, Shows::Nothing),
        ("assessed_on", false, Shows::Dates),
    ];

    fn read(&self, cells: &mut FieldCells<'_>) -> (String, CreateEmploymentRequest) {
        let function = |cell: &str| {
            let level = self.function_levels.get(&key(cell));
            level.copied().ok_or_else(|| "is an unknown function: the map's [function_levels] does not name it".to_owned())
        };
        let contract = |cell: &str| {
            let kind = self.employment_kinds.get(&key(cell));
            kind.copied().ok_or_else(|| "is an unknown contract: the map's [employment_kinds] does not name it".to_owned())
        };
        let employment = Employment {
            worker: format!("{}/{}", cells.text("worker_organisation"), cells.text("worker_number")),
            organisation: self.organisation.clone(),
            personnel_number: cells.text("personnel_number"),
            function_level: cells.required("function_level", function).unwrap_or_default().into(),
            kind: cells.required("kind", contract).unwrap_or_default().into(),
            minutes_per_week: cells.hours("hours_per_week"),
            from: cells.day("from"),
            until: cells.day("until"),
            cost_centre: cells.text("cost_centre"),
            assessment: assessment(cells),
            ..Employment::default()
        };
        (employment.personnel_number.clone(), CreateEmploymentRequest { employment: Some(employment), request_id: String::new() })
    }

    async fn send(&self, client: &Client, request: CreateEmploymentRequest) -> Result<Done, Status> {
        let mut asked = request.employment.unwrap_or_default();
        asked.worker = self.worker(client, &asked.worker).await?;
        let Some(own) = self.known.get(&asked.personnel_number) else {
            return client.change(CreateEmploymentRequest { employment: Some(asked), ..Default::default() }).await.map(|_| Done::Made);
        };
        Ok(known(&[
            ("worker_number", own.worker == asked.worker),
            ("function_level", own.function_level == asked.function_level),
            ("kind", own.kind == asked.kind),
            ("hours_per_week", own.minutes_per_week == asked.minutes_per_week),
            ("from", own.from == asked.from),
            ("until", own.until == asked.until),
            ("cost_centre", own.cost_centre == asked.cost_centre),
        ]))
    }
}

/// The assessment that a row has of somebody self-employed.
fn assessment(cells: &mut FieldCells<'_>) -> Option<SelfEmployedAssessment> {
    let result = cells.named::<AssessmentResult>("assessment")?;
    let assessed_on = cells.day("assessed_on");
    Some(SelfEmployedAssessment { result: result.into(), assessed_on, ..SelfEmployedAssessment::default() })
}
