//! Writes the plan through the public RPCs. What is there already is found by what names it and left as it is.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result};
use chassis::frame::Frame;
use futures::{StreamExt, TryStreamExt, stream};
use proto::{
    flexpool::{ListShiftsRequest, LocalTime, PublishShiftRequest},
    members::{
        Agreement, AssessmentResult, Competence, CreateEmploymentRequest, CreateRegionRequest, CreateUserRequest, CreateWorkerRequest,
        Employment, EmploymentKind, Identity, ListRegionsRequest, ListWorkersRequest, Organisation, Region, Role, RoleGrant,
        SelfEmployedAssessment, User, Ward, Worker,
    },
};
use serde::Serialize;

use super::{
    names,
    plan::{Plan, PlannedEmployment, PlannedShift, PlannedWorker},
    profile::{POOLS, PROFILES},
};
use crate::{
    client::{Change, Client, ensure, reason, role},
    import::ON_ITS_WAY,
};

/// Slug of the demo region.
pub(super) const SLUG: &str = "demo";
/// So many are asked at once.
const IN_FLIGHT: usize = 16;
/// The agreements began so long before the anchor.
const AGREED_MONTHS: u32 = 6;

/// Somebody whom the demo issuer offers by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct DemoPerson {
    subject: String,
    name: String,
    role: &'static str,
    organisation: String,
}

/// An organisation that is there.
struct Placed {
    id: String,
    /// Ids of the wards in the order of the profile.
    wards: Vec<String>,
}

/// The region that is being made.
pub(super) struct Creation<'a> {
    issuer: String,
    client: Client,
    plan: &'a Plan,
    organisations: Vec<Placed>,
    pools: Vec<String>,
}

impl<'a> Creation<'a> {
    /// Sees that region, organisations, wards, pools and agreements are there.
    pub(super) async fn begin(frame: &Frame, plan: &'a Plan) -> Result<Self> {
        let issuer = frame.settings.issuer().context("the people of a demo sign in at its own provider: set REGIOPOOL_DEMO")?;
        let admin = Client::platform_admin(frame, "demo")?;
        let regions = admin.ask(ListRegionsRequest {}).await.context("the regions")?.regions;
        if !regions.iter().any(|region| region.slug == SLUG) {
            let region = Region { slug: SLUG.to_owned(), name: "Zorg en welzijn Limburg (demo)".to_owned(), ..Region::default() };
            admin.change(CreateRegionRequest { region: Some(region), ..Default::default() }).await.context("the region")?;
        }
        let operator = admin.acting(SLUG, vec![role(Role::Operator, "")]);
        let mut organisations = Vec::new();
        for index in 0..PROFILES.len() {
            organisations.push(organisation(&operator, plan, index).await?);
        }
        let mut pools = Vec::new();
        for (name, south_only) in POOLS {
            let members = organisations.iter().zip(PROFILES).filter(|(_, profile)| profile.south || !south_only);
            let ids: Vec<String> = members.map(|(placed, _)| placed.id.clone()).collect();
            pools.push(ensure::pool(&operator, name, &ids).await?.0);
        }
        let planner = organisations.iter().map(|placed| role(Role::Planner, &placed.id));
        let client = admin.acting(SLUG, std::iter::once(role(Role::Operator, "")).chain(planner).collect());
        Ok(Self { issuer, client, plan, organisations, pools })
    }

    /// Sees that every worker is there with every employment, in an order that does not matter. Gives their ids in the order of the plan.
    pub(super) async fn workers(&self) -> Result<Vec<String>> {
        let mut known: HashMap<(usize, String), String> = HashMap::new();
        for (index, placed) in self.organisations.iter().enumerate() {
            let request = ListWorkersRequest { organisation: placed.id.clone(), ..Default::default() };
            for worker in self.client.all(request).await.context("the workers")? {
                let numbers = worker.employments.into_iter().map(|employment| ((index, employment.personnel_number), worker.id.clone()));
                known.extend(numbers);
            }
        }
        let known = &known;
        let made = stream::iter(&self.plan.workers).map(|worker| self.worker(worker, known));
        made.buffered(IN_FLIGHT).try_collect().await
    }

    async fn worker(&self, worker: &PlannedWorker, known: &HashMap<(usize, String), String>) -> Result<String> {
        let id_of = |employment: &PlannedEmployment| known.get(&(employment.organisation, employment.personnel_number.clone()));
        let [first, further @ ..] = worker.employments.as_slice() else { return Ok(String::new()) };
        let id = match id_of(first) {
            Some(id) => id.clone(),
            None => {
                let answer = self.client.change(self.new_worker(worker, first)).await;
                answer.with_context(|| format!("worker {}", first.personnel_number))?.worker.unwrap_or_default().id
            }
        };
        for employment in further.iter().filter(|employment| id_of(employment).is_none()) {
            let employment = Employment { worker: id.clone(), ..self.employment(employment) };
            let request = CreateEmploymentRequest { employment: Some(employment), ..Default::default() };
            self.client.change(request).await.with_context(|| format!("a second employment of worker {id}"))?;
        }
        Ok(id)
    }

    fn new_worker(&self, worker: &PlannedWorker, first: &PlannedEmployment) -> CreateWorkerRequest {
        let person = Worker {
            first_name: worker.first_name.clone(),
            last_name: worker.last_name.clone(),
            birth_date: Some(worker.birth_date.to_proto()),
            postcode: worker.postcode.clone(),
            big_number: worker.registration.as_ref().map(|(number, _)| number.clone()).unwrap_or_default(),
            big_valid_until: worker.registration.as_ref().map(|(_, until)| until.to_proto()),
            ..Worker::default()
        };
        let competence = |(code, until): &(&str, Option<chassis::time::LocalDate>)| Competence {
            code: (*code).to_owned(),
            valid_until: until.map(|day| day.to_proto()),
            ..Competence::default()
        };
        CreateWorkerRequest {
            worker: Some(person),
            employment: Some(self.employment(first)),
            competences: worker.competences.iter().map(competence).collect(),
            request_id: String::new(),
        }
    }

    fn employment(&self, planned: &PlannedEmployment) -> Employment {
        Employment {
            organisation: self.organisations[planned.organisation].id.clone(),
            personnel_number: planned.personnel_number.clone(),
            function_level: planned.level.into(),
            kind: planned.kind.into(),
            minutes_per_week: planned.minutes_per_week,
            from: Some(planned.from.to_proto()),
            until: planned.until.map(|day| day.to_proto()),
            assessment: (planned.kind == EmploymentKind::SelfEmployed).then(|| SelfEmployedAssessment {
                result: AssessmentResult::OutsideEmployment.into(),
                assessed_on: Some(self.plan.anchor.to_proto()),
                ..SelfEmployedAssessment::default()
            }),
            ..Employment::default()
        }
    }

    /// Sees that every shift was published once.
    pub(super) async fn shifts(&self) -> Result<()> {
        let mut known: HashSet<(usize, String)> = HashSet::new();
        for (index, placed) in self.organisations.iter().enumerate() {
            let request = ListShiftsRequest { organisation: placed.id.clone(), ..Default::default() };
            let shifts = self.client.all(request).await.context("the shifts")?;
            known.extend(shifts.into_iter().map(|shift| (index, shift.external_reference)));
        }
        let missing = self.plan.shifts.iter().filter(|shift| !known.contains(&(shift.organisation, shift.reference.clone())));
        let published = stream::iter(missing).map(|shift| self.publish(shift));
        published.buffer_unordered(IN_FLIGHT).try_collect().await
    }

    async fn publish(&self, shift: &PlannedShift) -> Result<()> {
        let time = |date: chassis::time::LocalDate, minute: u32| LocalTime {
            date: Some(date.to_proto()),
            minute: i32::try_from(minute).unwrap_or_default(),
            second_pass: false,
        };
        let request = PublishShiftRequest {
            ward: self.organisations[shift.organisation].wards[shift.ward].clone(),
            pool: self.pools[shift.pool].clone(),
            starts_at: Some(time(shift.date, shift.starts)),
            ends_at: Some(time(shift.ends_on, shift.ends)),
            break_minutes: shift.break_minutes,
            function_level: shift.level.into(),
            competences: shift.competence.map(str::to_owned).into_iter().collect(),
            places: shift.places,
            external_reference: shift.reference.clone(),
            request_id: String::new(),
        };
        let published = self.client.ask_when_known(request.with_request_id(), ON_ITS_WAY).await;
        published.map(|_| ()).with_context(|| format!("shift {} on {}: the anchor is to be today or later", shift.reference, shift.date))
    }

    /// Sees that the named people can sign in. `workers` are the ids in the order of the plan.
    pub(super) async fn people(&self, workers: &[String]) -> Result<Vec<DemoPerson>> {
        let mut people: Vec<(DemoPerson, Vec<RoleGrant>, String)> = Vec::new();
        let named = |index: usize| Some(PROFILES[index].name.to_owned());
        for (worker, id) in self.plan.workers.iter().zip(workers).filter(|(worker, _)| worker.signs_in) {
            let organisation = worker.employments.first().map_or(0, |employment| employment.organisation);
            let name = format!("{} {}", worker.first_name, worker.last_name);
            people.push((person(&name, "worker", named(organisation)), vec![role(Role::Worker, "")], id.clone()));
        }
        for (index, (placed, [planner, hr])) in self.organisations.iter().zip(names::STAFF).enumerate() {
            let grant = |granted: Role| vec![role(granted, &placed.id)];
            people.push((person(planner, "planner", named(index)), grant(Role::Planner), String::new()));
            people.push((person(hr, "hr", named(index)), grant(Role::Hr), String::new()));
        }
        people.push((person(names::OPERATOR, "operator", None), vec![role(Role::Operator, "")], String::new()));
        people.push((person(names::AUDITOR, "auditor", None), vec![role(Role::Auditor, "")], String::new()));
        let made = stream::iter(people).map(|(person, roles, worker)| user(&self.client, &self.issuer, person, roles, worker));
        made.buffered(IN_FLIGHT).try_collect().await
    }
}

/// Somebody who is to sign in.
pub(super) struct Named {
    pub(super) name: String,
    pub(super) role: &'static str,
    /// Name of the organisation.
    pub(super) organisation: Option<String>,
    pub(super) roles: Vec<RoleGrant>,
    /// `wrk_…`, of a worker.
    pub(super) worker: String,
}

/// Sees that they can sign in at the demo's provider. Of two with one name the first can.
pub(super) async fn people(client: &Client, frame: &Frame, wanted: Vec<Named>) -> Result<Vec<DemoPerson>> {
    let issuer = frame.settings.issuer().context("the people of a demo sign in at its own provider: set REGIOPOOL_DEMO")?;
    let mut seen = HashSet::new();
    let mut people = Vec::new();
    for Named { name, role, organisation, roles, worker } in wanted {
        let person = person(&name, role, organisation);
        if seen.insert(person.subject.clone()) {
            people.push((person, roles, worker));
        }
    }
    let made = stream::iter(people).map(|(person, roles, worker)| user(client, &issuer, person, roles, worker));
    made.buffered(IN_FLIGHT).try_collect().await
}

async fn user(client: &Client, issuer: &str, person: DemoPerson, roles: Vec<RoleGrant>, worker: String) -> Result<DemoPerson> {
    let request = CreateUserRequest {
        user: Some(User { display_name: person.name.clone(), roles, worker, ..User::default() }),
        identity: Some(Identity { issuer: issuer.to_owned(), subject: person.subject.clone() }),
        request_id: String::new(),
    };
    match client.change(request).await {
        Err(status) if reason(&status) == "IDENTITY_TAKEN" => Ok(person),
        answer => answer.map(|_| person).context("a user"),
    }
}

async fn organisation(operator: &Client, plan: &Plan, index: usize) -> Result<Placed> {
    let profile = &PROFILES[index];
    let months = |months: u32| {
        let day = plan.anchor.0.checked_sub_months(chrono::Months::new(months));
        Some(chassis::time::LocalDate(day.unwrap_or(plan.anchor.0)).to_proto())
    };
    let wanted = Organisation {
        name: profile.name.to_owned(),
        kvk_number: profile.kvk_number.to_owned(),
        branch: profile.branch.into(),
        joined_on: months(AGREED_MONTHS),
        ..Organisation::default()
    };
    let (organisation, _) = ensure::organisation(operator, wanted).await?;
    let ward = |(name, postcode): &(&str, &str)| Ward { name: (*name).to_owned(), postcode: (*postcode).to_owned(), ..Ward::default() };
    let wanted: Vec<Ward> = profile.wards.iter().map(ward).collect();
    let (ids, _) = ensure::wards(operator, &organisation.id, &wanted).await?;
    let agreement = Agreement {
        organisation: organisation.id.clone(),
        from: months(AGREED_MONTHS),
        bases: profile.bases.iter().map(|basis| (*basis).into()).collect(),
        works_council_decided_on: months(AGREED_MONTHS + 1),
        ..Agreement::default()
    };
    ensure::agreement(operator, agreement).await?;
    let wards = wanted.iter().map(|ward| ids.get(&ward.name.to_lowercase()).cloned().context("a ward that is not listed"));
    Ok(Placed { id: organisation.id, wards: wards.collect::<Result<_>>()? })
}

/// Somebody with a subject that people can type: `hassan.el.amrani`.
fn person(name: &str, role: &'static str, organisation: Option<String>) -> DemoPerson {
    let plain = |c: char| match c {
        'Ö' | 'ö' => 'o',
        'ü' => 'u',
        'ı' => 'i',
        ' ' => '.',
        c => c.to_ascii_lowercase(),
    };
    DemoPerson { subject: name.chars().map(plain).collect(), name: name.to_owned(), role, organisation: organisation.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_named_person_has_a_subject_of_its_own() {
        let workers = names::WORKERS.iter().map(|[first, last]| format!("{first} {last}"));
        let staff = names::STAFF.iter().flatten().copied().chain([names::OPERATOR, names::AUDITOR]).map(str::to_owned);
        let names: Vec<String> = workers.chain(staff).collect();
        let subjects: BTreeSet<String> = names.iter().map(|name| person(name, "worker", None).subject).collect();
        assert_eq!(subjects.len(), names.len());
        assert_eq!(names.len(), 3 * PROFILES.len() + 2);
        assert!(subjects.contains("esra.ozturk") && subjects.contains("hassan.el.amrani"), "{subjects:?}");
        assert!(subjects.iter().all(|subject| subject.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'.')), "{subjects:?}");
    }
}
