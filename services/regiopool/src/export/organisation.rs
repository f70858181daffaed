//! The files of one organisation.

use std::{collections::HashMap, path::Path};

use anyhow::{Context, Result};
use chassis::time::Timestamp;
use futures::TryStreamExt;
use proto::{
    flexpool::{ListRosterBlocksRequest, ListShiftsRequest, WorkKind, shift::State},
    members::{
        AssessmentResult, Basis, Competence, Employment, EmploymentKind, FunctionLevel, ListAgreementsRequest, ListLocationsRequest,
        ListPoolsRequest, ListWardsRequest, ListWorkerFilesRequest, Organisation, Worker, WorkerFile,
    },
};

use super::{
    Written,
    cells::{clock, day, hours, list, moment, name},
    region::fields,
    table::{DIALECT, Table, write_map},
};
use crate::{
    client::Client,
    import::records::{Absence, Agreements, Contracts, Locations, Wards},
};

/// Titles of a file of workers: the names of the fields of a map.
pub(crate) const WORKERS: &[&str] = &[
    "personnel_number",
    "first_name",
    "last_name",
    "birth_date",
    "postcode",
    "big_number",
    "big_valid_until",
    "function_level",
    "kind",
    "hours_per_week",
    "from",
    "until",
    "cost_centre",
    "assessment",
    "assessed_on",
    "competences",
];
const ROSTER: &[&str] = &["external_reference", "personnel_number", "date", "starts_at", "ends_on", "ends_at", "break_minutes", "kind"];
/// The same of a file of open shifts.
pub(crate) const SHIFTS: &[&str] = &[
    "external_reference",
    "ward",
    "pool",
    "date",
    "starts_at",
    "ends_on",
    "ends_at",
    "break_minutes",
    "function_level",
    "places",
    "competences",
];

/// KvK numbers of the organisations whose files are written too, by their ids.
pub(super) type Employers = HashMap<String, String>;

/// Writes everything of an organisation. Of who works for several that are written, the one with the lowest number has the person, the
/// others a further employment; without others each person is one of this organisation alone.
pub(super) async fn write(client: &Client, folder: &Path, one: &Organisation, employers: Option<&Employers>) -> Result<Vec<Written>> {
    let mut written = places(client, folder, &one.id).await?;
    let alone = HashMap::from([(one.id.clone(), one.kvk_number.clone())]);
    let (files, numbers) = people(client, folder, &one.id, employers.unwrap_or(&alone)).await?;
    written.extend(files);
    written.push(roster(client, folder, &one.id, &numbers).await?);
    written.push(shifts(client, folder, &one.id).await?);
    let sections: Vec<&str> = written.iter().map(|file| file.file.trim_end_matches(".csv")).collect();
    map(folder, &one.kvk_number, &sections)?;
    Ok(written)
}

/// Writes the map of an organisation's folder, with a section for each of these files.
pub(crate) fn map(folder: &Path, kvk_number: &str, sections: &[&str]) -> Result<()> {
    let sections: Vec<String> = sections.iter().map(|name| format!("[{name}]\nfile = \"{name}.csv\"\n")).collect();
    let map = format!(
        "# Written by `regiopool export`; `regiopool import` takes it in.\n\n[organisation]\nkvk_number = \"{kvk_number}\"\n\n{DIALECT}\n{}",
        sections.join("\n")
    );
    write_map(folder, "organisation.toml", &map)
}

async fn places(client: &Client, folder: &Path, organisation: &str) -> Result<Vec<Written>> {
    let request = ListLocationsRequest { organisation: organisation.to_owned(), ..Default::default() };
    let mut all = client.all(request).await.context("the locations")?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    let mut locations = Table::begin(folder, "locations.csv", fields::<Locations>())?;
    for one in &all {
        locations.row(&[one.name.clone(), one.postcode.clone()])?;
    }
    let names: HashMap<&str, &str> = all.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    let request = ListWardsRequest { organisation: organisation.to_owned(), ..Default::default() };
    let mut wards = Table::begin(folder, "wards.csv", fields::<Wards>())?;
    let mut all_wards = client.all(request).await.context("the wards")?;
    all_wards.sort_by(|a, b| a.name.cmp(&b.name));
    for one in all_wards {
        let location = names.get(one.location.as_str()).map(|name| (*name).to_owned()).unwrap_or_default();
        let card = one.card.unwrap_or_default();
        // The postcode is that of the location.
        wards.row(&[one.name, location, String::new(), card.entrance, card.parking, card.contact, card.tasks, card.buddy])?;
    }
    let request = ListAgreementsRequest { organisation: organisation.to_owned(), ..Default::default() };
    let mut agreements = Table::begin(folder, "agreements.csv", fields::<Agreements>())?;
    let mut all = client.all(request).await.context("the agreements")?;
    all.reverse();
    for one in all {
        let bases = list(one.bases.iter().map(|basis| name::<Basis>(*basis)));
        agreements.row(&[day(one.from), day(one.until), bases, day(one.works_council_decided_on)])?;
    }
    Ok(vec![locations.end()?, wards.end()?, agreements.end()?])
}

/// The organisation's own numbers by employment.
type Numbers = HashMap<String, String>;

async fn people(client: &Client, folder: &Path, organisation: &str, employers: &Employers) -> Result<(Vec<Written>, Numbers)> {
    let mut workers = Table::begin(folder, "workers.csv", WORKERS.iter().copied())?;
    let mut employments = Table::begin(folder, "employments.csv", fields::<Contracts>())?;
    let mut absence = Table::begin(folder, "unavailability.csv", fields::<Absence>())?;
    let mut numbers = Numbers::new();
    let request = ListWorkerFilesRequest { organisation: organisation.to_owned(), ..Default::default() };
    let mut pages = Box::pin(client.pages(request));
    while let Some(page) = pages.try_next().await.context("the workers")? {
        for WorkerFile { worker, unavailabilities } in page {
            let mut worker = worker.unwrap_or_default();
            let mut contracts: Vec<(String, Employment)> =
                worker.employments.drain(..).filter_map(|one| Some((employers.get(&one.organisation)?.clone(), one))).collect();
            contracts.sort_by(|a, b| (&a.0, &a.1.personnel_number).cmp(&(&b.0, &b.1.personnel_number)));
            let Some((home, first)) = contracts.first().cloned() else { continue };
            let own: Vec<Employment> = contracts.into_iter().map(|(_, one)| one).filter(|one| one.organisation == organisation).collect();
            let Some(here) = own.first().map(|one| one.personnel_number.clone()) else { continue };
            for one in own {
                numbers.insert(one.id.clone(), one.personnel_number.clone());
                if one.id == first.id {
                    workers.row(&worker_row(&worker, &one))?;
                } else {
                    let employer = if first.organisation == organisation { String::new() } else { home.clone() };
                    let row = [vec![employer, first.personnel_number.clone()], contract(&one)].concat();
                    employments.row(&row)?;
                }
            }
            for period in unavailabilities {
                let [from, until] = [period.from, period.until].map(|at| moment(self::at(at.as_ref())));
                absence.row(&[here.clone(), from, until])?;
            }
        }
    }
    Ok((vec![workers.end()?, employments.end()?, absence.end()?], numbers))
}

fn worker_row(worker: &Worker, employment: &Employment) -> Vec<String> {
    let mut skills: Vec<String> = worker.competences.iter().map(skill).collect();
    skills.sort();
    let contract = contract(employment);
    let [number, rest @ ..] = contract.as_slice() else { return Vec::new() };
    let person = [number, &worker.first_name, &worker.last_name].map(Clone::clone);
    let registration = [day(worker.birth_date), worker.postcode.clone(), worker.big_number.clone(), day(worker.big_valid_until)];
    person.into_iter().chain(registration).chain(rest.iter().cloned()).chain([list(skills)]).collect()
}

/// From the personnel number to the assessment.
fn contract(one: &Employment) -> Vec<String> {
    let assessment = one.assessment.clone().unwrap_or_default();
    vec![
        one.personnel_number.clone(),
        name::<FunctionLevel>(one.function_level),
        name::<EmploymentKind>(one.kind),
        hours(one.minutes_per_week),
        day(one.from),
        day(one.until),
        one.cost_centre.clone(),
        name::<AssessmentResult>(assessment.result),
        day(assessment.assessed_on),
    ]
}

fn skill(one: &Competence) -> String {
    match (day(one.valid_from), day(one.valid_until)) {
        (from, until) if from.is_empty() && until.is_empty() => one.code.clone(),
        (from, until) => format!("{}@{from}..{until}", one.code),
    }
}

async fn roster(client: &Client, folder: &Path, organisation: &str, numbers: &Numbers) -> Result<Written> {
    let mut table = Table::begin(folder, "roster.csv", ROSTER.iter().copied())?;
    let request = ListRosterBlocksRequest { organisation: organisation.to_owned(), ..Default::default() };
    let mut pages = Box::pin(client.pages(request));
    while let Some(page) = pages.try_next().await.context("the roster")? {
        for one in page {
            let ((date, starts), (ends_on, ends)) = (clock(at(one.starts_at.as_ref())), clock(at(one.ends_at.as_ref())));
            let number = numbers.get(&one.employment).cloned().unwrap_or_default();
            let kind = name::<WorkKind>(one.kind);
            table.row(&[one.external_reference, number, date, starts, ends_on, ends, one.break_minutes.to_string(), kind])?;
        }
    }
    table.end()
}

fn at(moment: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    moment.and_then(Timestamp::from_proto)
}

/// The shifts that are open and have not begun: what is over is no gap.
async fn shifts(client: &Client, folder: &Path, organisation: &str) -> Result<Written> {
    let request = ListWardsRequest { organisation: organisation.to_owned(), ..Default::default() };
    let wards = client.all(request).await.context("the wards")?;
    let wards: HashMap<String, String> = wards.into_iter().map(|one| (one.id, one.name)).collect();
    let pools = client.all(ListPoolsRequest::default()).await.context("the pools")?;
    let pools: HashMap<String, String> = pools.into_iter().map(|one| (one.id, one.name)).collect();
    let now = client.now();
    let request = ListShiftsRequest { organisation: organisation.to_owned(), ends_after: Some(now.to_proto()), ..Default::default() };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut pages = Box::pin(client.pages(request));
    while let Some(page) = pages.try_next().await.context("the shifts")? {
        let open = page.into_iter().filter(|one| one.state() == State::Open && at(one.starts_at.as_ref()) > Some(now));
        for one in open {
            let ((date, starts), (ends_on, ends)) = (clock(at(one.starts_at.as_ref())), clock(at(one.ends_at.as_ref())));
            let mut competences = one.competences.clone();
            competences.sort();
            let reference = if one.external_reference.is_empty() { one.id.clone() } else { one.external_reference.clone() };
            rows.push(vec![
                reference,
                wards.get(&one.ward).cloned().unwrap_or_default(),
                pools.get(&one.pool).cloned().unwrap_or_default(),
                date,
                starts,
                ends_on,
                ends,
                one.break_minutes.to_string(),
                name::<FunctionLevel>(one.function_level),
                one.places.to_string(),
                list(competences),
            ]);
        }
    }
    // By start and reference: the region lists them by ids of its own.
    rows.sort_by(|a, b| (&a[3], &a[4], &a[0]).cmp(&(&b[3], &b[4], &b[0])));
    let mut table = Table::begin(folder, "shifts.csv", SHIFTS.iter().copied())?;
    rows.iter().try_for_each(|row| table.row(row))?;
    table.end()
}
