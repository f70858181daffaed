//! The region as large as it really is: 90 employers and 75,000 workers, written as CSV files from a seed and a day and taken in by the
//! public import.

mod branches;
mod draw;
mod files;

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context, Result, ensure};
use chassis::{frame::Frame, time::LocalDate};
use proto::members::{CreateRegionRequest, ListOrganisationsRequest, ListRegionsRequest, ListWorkersRequest, Region, Role};

use self::draw::{Draw, Employer};
use super::{
    PEOPLE, Summary,
    create::{DemoPerson, Named, SLUG, people},
    names, save,
};
use crate::{
    client::{Client, role},
    import,
};

/// Folder in the data folder with the files that the region was made of.
const FILES: &str = "demo-files";

/// Makes the region of this seed and day, a `share`th of its real size. A region that stands is left as it is; one that was begun is gone on
/// with. Errors: a service does not answer, or the day is past.
pub(super) async fn create(frame: &Frame, share: usize, seed: u64, anchor: LocalDate) -> Result<Summary> {
    let mut draw = Draw::new(seed, anchor);
    let employers = draw.employers(share);
    let (workers, shifts) = (employers.iter().map(|one| one.workers).sum(), employers.iter().map(Draw::shifts_of).sum());
    let data = &frame.settings.data;
    let summary = |people| Summary { organisations: employers.len(), workers, shifts, people };
    if let Some(people) = stands(frame, &data.join(PEOPLE), employers.len()).await? {
        return Ok(summary(people));
    }
    let folder = data.join(FILES);
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot write {}", folder.display()))?;
    }
    files::write(&folder, &mut draw, &employers)?;
    let reports = import::region(folder, SLUG, &frame.settings).await?;
    let wrong = reports.iter().flat_map(|report| &report.files).find(|file| !file.not_taken.is_empty());
    if let Some(file) = wrong {
        let problems = file.not_taken.first().map(|row| row.problems.clone());
        ensure!(wrong.is_none(), "{} rows of {} were not taken, the first: {problems:?}", file.not_taken.len(), file.file);
    }
    let people = sign_in(frame, &employers).await?;
    save(data, &people)?;
    Ok(summary(people.len()))
}

/// How many can sign in, when the region is whole already. Sees that there is a region otherwise.
async fn stands(frame: &Frame, people: &Path, organisations: usize) -> Result<Option<usize>> {
    let admin = Client::platform_admin(frame, "demo")?;
    let regions = admin.ask(ListRegionsRequest {}).await.context("the regions")?.regions;
    if !regions.iter().any(|region| region.slug == SLUG) {
        let region = Region { slug: SLUG.to_owned(), name: "Zorg en welzijn Limburg (demo)".to_owned(), ..Region::default() };
        admin.change(CreateRegionRequest { region: Some(region), ..Default::default() }).await.context("the region")?;
        return Ok(None);
    }
    let operator = admin.acting(SLUG, vec![role(Role::Operator, "")]);
    let known = operator.all(ListOrganisationsRequest::default()).await.context("the organisations")?;
    let Ok(text) = fs::read_to_string(people) else { return Ok(None) };
    let people: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap_or_default();
    Ok((known.len() >= organisations && !people.is_empty()).then_some(people.len()))
}

/// Sees that somebody of each kind can sign in: of the first employer of each branch planner, hr and a worker.
async fn sign_in(frame: &Frame, employers: &[Employer]) -> Result<Vec<DemoPerson>> {
    let admin = Client::platform_admin(frame, "demo")?;
    let operator = admin.acting(SLUG, vec![role(Role::Operator, "")]);
    let known = operator.all(ListOrganisationsRequest::default()).await.context("the organisations")?;
    let mut wanted = vec![
        Named {
            name: names::OPERATOR.to_owned(),
            role: "operator",
            organisation: None,
            roles: vec![role(Role::Operator, "")],
            worker: String::new(),
        },
        Named {
            name: names::AUDITOR.to_owned(),
            role: "auditor",
            organisation: None,
            roles: vec![role(Role::Auditor, "")],
            worker: String::new(),
        },
    ];
    let mut branches = BTreeSet::new();
    let first = employers.iter().filter(|one| branches.insert(one.profile.branch as i32));
    for (number, employer) in first.enumerate() {
        let Some(own) = known.iter().find(|own| own.kvk_number == employer.kvk_number) else { continue };
        let name = |at: usize| {
            format!("{} {}", names::FIRST[(7 * number + at) % names::FIRST.len()], names::LAST[(5 * number + 3 * at) % names::LAST.len()])
        };
        let organisation = Some(employer.name.clone());
        for (at, (shown, granted)) in [("planner", Role::Planner), ("hr", Role::Hr)].into_iter().enumerate() {
            let roles = vec![role(granted, &own.id)];
            wanted.push(Named { name: name(at), role: shown, organisation: organisation.clone(), roles, worker: String::new() });
        }
        let request = ListWorkersRequest { organisation: own.id.clone(), page_size: 1, ..Default::default() };
        let page = operator.ask(request).await.context("the workers")?.workers;
        if let Some(worker) = page.into_iter().next() {
            let name = format!("{} {}", worker.first_name, worker.last_name);
            let roles = vec![role(Role::Worker, "")];
            wanted.push(Named { name, role: "worker", organisation, roles, worker: worker.id });
        }
    }
    people(&operator, frame, wanted).await
}
