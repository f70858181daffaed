//! A region of a test's own: how to call its services, and how to fill it through the public RPCs.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use chassis::{
    auth::Signer,
    caller::{Caller, Grant, Role, Subject},
    config::Settings,
    frame::{Peer, connect},
    ids::{RegionId, UserId, WorkerId},
    time::{Clock, LocalDate},
};
use futures::StreamExt;
use proto::{
    flexpool::{LocalTime, PublishShiftRequest, Shift, claim_service_client::ClaimServiceClient, shift_service_client::ShiftServiceClient},
    members::{
        Agreement, Basis, Branch, Competence, CreateAgreementRequest, CreateEmploymentRequest, CreateOrganisationRequest,
        CreatePoolRequest, CreateRegionRequest, CreateUserRequest, CreateWardRequest, CreateWorkerRequest, Employment, EmploymentKind,
        FunctionLevel, Identity, IssueServiceTokenRequest, Organisation, Pool, Region as RegionMessage, RoleGrant, User, Ward, Worker,
        agreement_service_client::AgreementServiceClient, identity_service_client::IdentityServiceClient,
        organisation_service_client::OrganisationServiceClient, pool_service_client::PoolServiceClient,
        worker_service_client::WorkerServiceClient,
    },
};

use crate::{as_token, request_id};

/// Tokens of tests outlive a slow test, as a portal that renews them in time makes them do.
const TOKEN: Duration = Duration::from_secs(3600);

/// A region and how to call its services. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Region {
    /// Its id.
    pub id: RegionId,
    /// Its short name.
    pub slug: String,
    members: Peer,
    flexpool: Peer,
    secret: String,
    signer: Signer,
    clock: Clock,
    issuer: String,
}

impl Region {
    /// Makes a new region in the installation that these settings describe.
    ///
    /// # Panics
    /// When members refuses; the settings need `service_secret` and `token_keys`.
    pub async fn create(settings: &Settings) -> Self {
        let slug = format!("r-{}", &chassis::ids::random_uuid().simple().to_string()[..12]);
        let peer = |service| connect(&settings.url(service)).expect("an address of the settings");
        let mut region = Self {
            id: RegionId::new(),
            slug: slug.clone(),
            members: peer("members"),
            flexpool: peer("flexpool"),
            secret: settings.service_secret.as_ref().expect("a service secret").expose().to_owned(),
            signer: Signer::new(settings).expect("token keys"),
            clock: settings.clock_file.clone().map_or_else(Clock::real, Clock::moved_by),
            issuer: settings.issuer().unwrap_or_else(|| "https://provider.example".to_owned()),
        };
        let message = RegionMessage { slug, name: "A region of a test".to_owned(), ..RegionMessage::default() };
        let request = CreateRegionRequest { region: Some(message), request_id: request_id() };
        let token = region.issue(&[(Role::PlatformAdmin, None)], "").await;
        let made = region.identity().create_region(as_token(request, &token)).await.expect("a new region").into_inner();
        region.id = made.region.expect("the region").id.parse().expect("its id");
        region
    }

    /// A token of a command-line client with these roles in this region, each for the whole region or for one organisation.
    ///
    /// # Panics
    /// When members refuses.
    pub async fn token(&self, grants: &[(Role, Option<&str>)]) -> String {
        self.issue(grants, &self.slug).await
    }

    /// The token of a user who is this worker, as signing in gives it.
    ///
    /// # Panics
    /// When the id is no worker's.
    pub fn worker_token(&self, user: UserId, worker: &str) -> String {
        let worker: WorkerId = worker.parse().expect("a worker's id");
        let grants = vec![Grant { role: Role::Worker, organisation: None }];
        self.sign(&Caller { subject: Subject::User(user), region: Some(self.id), grants, worker: Some(worker) })
    }

    /// A token that says exactly this, signed as members would.
    ///
    /// # Panics
    /// When the keys of the settings are no keys.
    pub fn sign(&self, caller: &Caller) -> String {
        self.signer.sign(caller, TOKEN, None).expect("a token")
    }

    /// The day so many days from today, in business time.
    pub fn day(&self, days: i64) -> LocalDate {
        LocalDate(self.clock.now().local_date().0 + chrono::Duration::days(days))
    }

    /// The same region, with its calls to flexpool going to this process.
    ///
    /// # Panics
    /// When it is no address.
    #[must_use]
    pub fn at_flexpool(&self, url: &str) -> Self {
        Self { flexpool: connect(url).expect("an address"), ..self.clone() }
    }

    async fn issue(&self, grants: &[(Role, Option<&str>)], region: &str) -> String {
        let roles = grants.iter().map(|(role, organisation)| grant(*role, *organisation)).collect();
        let (secret, region) = (self.secret.clone(), region.to_owned());
        let request = IssueServiceTokenRequest { client: "testkit".to_owned(), secret, roles, region };
        self.identity().issue_service_token(request).await.expect("a token for the secret").into_inner().token
    }
}

macro_rules! clients {
    ($($(#[doc = $doc:literal])* $name:ident $peer:ident $client:ident;)*) => {
        impl Region { $(
            $(#[doc = $doc])*
            pub fn $name(&self) -> $client<Peer> {
                $client::new(self.$peer.clone())
            }
        )* }
    };
}

clients! {
    /// Organisations and wards.
    organisations members OrganisationServiceClient;
    /// Pools.
    pools members PoolServiceClient;
    /// Agreements.
    agreements members AgreementServiceClient;
    /// Workers, employments, competences.
    workers members WorkerServiceClient;
    /// Regions, users, sessions, tokens.
    identity members IdentityServiceClient;
    /// Open shifts.
    shifts flexpool ShiftServiceClient;
    /// Claims.
    claims flexpool ClaimServiceClient;
}

/// Fills a region through the public RPCs, and gives ids and tokens of what it made. Whatever is refused is a panic with the status.
#[derive(Debug)]
pub struct Builder {
    region: Region,
    operator: String,
    next: AtomicU32,
}

/// An employer with one ward, and the tokens of those who act for it.
#[derive(Debug, Clone)]
pub struct Employer {
    /// `org_…`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its ward, `wrd_…`.
    pub ward: String,
    /// A token of its hr.
    pub hr: String,
    /// A token of its planner.
    pub planner: String,
}

/// A person with one employment.
#[derive(Debug, Clone)]
pub struct Colleague {
    /// `wrk_…`.
    pub id: String,
    /// The first employment, `emp_…`.
    pub employment: String,
    /// A token of a user who is this worker, as signing in gives it.
    pub token: String,
}

/// What a new worker is like.
#[derive(Debug, Clone)]
pub struct Person {
    /// Function level of the employment.
    pub level: FunctionLevel,
    /// Kind of contract.
    pub kind: EmploymentKind,
    /// Contract hours in minutes a week.
    pub minutes_per_week: i32,
    /// First day of the employment.
    pub from: LocalDate,
    /// Last day of the employment.
    pub until: Option<LocalDate>,
    /// Last day of a BIG registration.
    pub registered_until: Option<LocalDate>,
    /// Competences that hold without an end.
    pub competences: Vec<String>,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            level: FunctionLevel::Carer,
            kind: EmploymentKind::Permanent,
            minutes_per_week: 24 * 60,
            from: long_ago(),
            until: None,
            registered_until: None,
            competences: Vec::new(),
        }
    }
}

/// What a new shift is like.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Day on which it starts.
    pub day: LocalDate,
    /// Start on the clock, in minutes since midnight.
    pub start: i32,
    /// End on the clock; not after the start means on the next day.
    pub end: i32,
    /// Unpaid break in minutes.
    pub break_minutes: i32,
    /// Places.
    pub places: i32,
    /// Required function level.
    pub level: FunctionLevel,
    /// Required competences.
    pub competences: Vec<String>,
}

impl Opening {
    /// One place for a carer from 7:00 to 15:00 on this day.
    pub fn on(day: LocalDate) -> Self {
        let level = FunctionLevel::Carer;
        Self { day, start: 7 * 60, end: 15 * 60, break_minutes: 30, places: 1, level, competences: Vec::new() }
    }

    /// The same between these whole hours.
    #[must_use]
    pub fn hours(self, start: i32, end: i32) -> Self {
        Self { start: start * 60, end: end * 60, ..self }
    }

    /// The same with so many places.
    #[must_use]
    pub fn places(self, places: i32) -> Self {
        Self { places, ..self }
    }

    /// The request that publishes it.
    pub fn request(&self, ward: &str, pool: &str) -> PublishShiftRequest {
        let on = |day: LocalDate, minute| Some(LocalTime { date: Some(day.to_proto()), minute, second_pass: false });
        let last = if self.end > self.start { self.day } else { LocalDate(self.day.0 + chrono::Duration::days(1)) };
        PublishShiftRequest {
            ward: ward.to_owned(),
            pool: pool.to_owned(),
            starts_at: on(self.day, self.start),
            ends_at: on(last, self.end),
            break_minutes: self.break_minutes,
            function_level: self.level.into(),
            competences: self.competences.clone(),
            places: self.places,
            external_reference: String::new(),
            request_id: request_id(),
        }
    }
}

impl Builder {
    /// Acts as an operator of the region.
    pub async fn new(region: &Region) -> Self {
        let operator = region.token(&[(Role::Operator, None)]).await;
        Self { region: region.clone(), operator, next: AtomicU32::new(1) }
    }

    /// The operator's token.
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// An employer with a ward that accepts every legal basis since long ago.
    pub async fn employer(&self, name: &str) -> Employer {
        let employer = self.employer_without_agreement(name).await;
        self.agreement(&employer, long_ago(), None, ALL_BASES).await;
        employer
    }

    /// An employer with a ward and no agreement.
    pub async fn employer_without_agreement(&self, name: &str) -> Employer {
        let organisation = Organisation {
            name: name.to_owned(),
            kvk_number: format!("{:08}", 10_000_000 + self.number()),
            branch: Branch::NursingAndHomeCare.into(),
            joined_on: Some(long_ago().to_proto()),
            ..Organisation::default()
        };
        let request = CreateOrganisationRequest { organisation: Some(organisation), request_id: request_id() };
        let made = self.region.organisations().create_organisation(self.asks(request)).await.expect("an organisation").into_inner();
        let id = made.organisation.expect("the organisation").id;
        let ward = self.ward(&id, "De Linde").await;
        let hr = self.region.token(&[(Role::Hr, Some(&id))]).await;
        let planner = self.region.token(&[(Role::Planner, Some(&id))]).await;
        Employer { id, name: name.to_owned(), ward, hr, planner }
    }

    /// A further ward; gives its id.
    pub async fn ward(&self, organisation: &str, name: &str) -> String {
        let (organisation, name, postcode) = (organisation.to_owned(), name.to_owned(), "5825AB".to_owned());
        let ward = Ward { organisation, name, postcode, ..Ward::default() };
        let request = CreateWardRequest { ward: Some(ward), request_id: request_id() };
        let made = self.region.organisations().create_ward(self.asks(request)).await.expect("a ward").into_inner();
        made.ward.expect("the ward").id
    }

    /// An agreement of the employer about these bases; gives its id.
    pub async fn agreement(&self, employer: &Employer, from: LocalDate, until: Option<LocalDate>, bases: &[Basis]) -> String {
        let agreement = Agreement {
            organisation: employer.id.clone(),
            from: Some(from.to_proto()),
            until: until.map(LocalDate::to_proto),
            bases: bases.iter().map(|basis| i32::from(*basis)).collect(),
            works_council_decided_on: Some(long_ago().to_proto()),
            ..Agreement::default()
        };
        let request = CreateAgreementRequest { agreement: Some(agreement), request_id: request_id() };
        let made = self.region.agreements().create_agreement(self.asks(request)).await.expect("an agreement").into_inner();
        made.agreement.expect("the agreement").id
    }

    /// A pool of these employers; gives its id.
    pub async fn pool(&self, employers: &[&Employer]) -> String {
        let organisations = employers.iter().map(|employer| employer.id.clone()).collect();
        let pool = Pool { name: format!("Pool {}", self.number()), organisations, ..Pool::default() };
        let request = CreatePoolRequest { pool: Some(pool), request_id: request_id() };
        self.region.pools().create_pool(self.asks(request)).await.expect("a pool").into_inner().pool.expect("the pool").id
    }

    /// A person who works for the employer. Flexpool learns of it by events.
    pub async fn worker(&self, employer: &Employer, person: &Person) -> Colleague {
        let request = self.asks(self.worker_request(employer, person));
        let made = self.region.workers().create_worker(request).await.expect("a worker").into_inner();
        self.colleague(made.worker.expect("the worker"))
    }

    /// So many people who work for the employer.
    pub async fn workers(&self, employer: &Employer, person: &Person, count: usize) -> Vec<Colleague> {
        let each = futures::stream::iter(0..count).map(|_| self.worker(employer, person));
        each.buffer_unordered(8).collect().await
    }

    /// The request that makes a person who works for the employer, for tests that repeat it. To be sent with [`Builder::operator`].
    pub fn worker_request(&self, employer: &Employer, person: &Person) -> CreateWorkerRequest {
        let number = self.number();
        let worker = Worker {
            first_name: "Sam".to_owned(),
            last_name: format!("Jansen {number}"),
            birth_date: Some(LocalDate(long_ago().0 - chrono::Duration::days(30 * 365)).to_proto()),
            postcode: "6001AB".to_owned(),
            big_number: person.registered_until.map(|_| format!("190{number:06}30")).unwrap_or_default(),
            big_valid_until: person.registered_until.map(LocalDate::to_proto),
            ..Worker::default()
        };
        let competence = |code: &String| Competence { code: code.clone(), ..Competence::default() };
        CreateWorkerRequest {
            worker: Some(worker),
            employment: Some(self.contract(employer, person)),
            competences: person.competences.iter().map(competence).collect(),
            request_id: request_id(),
        }
    }

    /// What a test needs of a worker that was made.
    pub fn colleague(&self, made: Worker) -> Colleague {
        let employment = made.employments.first().expect("the first employment").id.clone();
        let token = self.region.worker_token(UserId::new(), &made.id);
        Colleague { id: made.id, employment, token }
    }

    /// Lets somebody sign in as this worker; gives the person's subject at the identity provider.
    pub async fn worker_account(&self, worker: &Colleague) -> String {
        self.account("Sam Jansen", grant(Role::Worker, None), &worker.id).await
    }

    /// Lets somebody sign in as a planner of the employer; gives the person's subject at the identity provider.
    pub async fn planner_account(&self, employer: &Employer) -> String {
        self.account("Robin Planner", grant(Role::Planner, Some(&employer.id)), "").await
    }

    /// A further employment of somebody; gives its id.
    pub async fn employment(&self, worker: &Colleague, employer: &Employer, person: &Person) -> String {
        let employment = Employment { worker: worker.id.clone(), ..self.contract(employer, person) };
        let request = CreateEmploymentRequest { employment: Some(employment), request_id: request_id() };
        let made = self.region.workers().create_employment(self.asks(request)).await.expect("an employment").into_inner();
        made.employment.expect("the employment").id
    }

    /// An open shift on the employer's ward, published by its planner.
    pub async fn shift(&self, employer: &Employer, pool: &str, opening: &Opening) -> Shift {
        let request = as_token(opening.request(&employer.ward, pool), &employer.planner);
        self.region.shifts().publish_shift(request).await.expect("a shift").into_inner().shift.expect("the shift")
    }

    async fn account(&self, name: &str, role: RoleGrant, worker: &str) -> String {
        let subject = format!("{}-{}", self.region.slug, self.number());
        let user = User { display_name: name.to_owned(), roles: vec![role], worker: worker.to_owned(), ..User::default() };
        let identity = Identity { issuer: self.region.issuer.clone(), subject: subject.clone() };
        let request = CreateUserRequest { user: Some(user), identity: Some(identity), request_id: request_id() };
        self.region.identity().create_user(self.asks(request)).await.expect("a user");
        subject
    }

    fn contract(&self, employer: &Employer, person: &Person) -> Employment {
        Employment {
            organisation: employer.id.clone(),
            personnel_number: format!("P{:05}", self.number()),
            function_level: person.level.into(),
            kind: person.kind.into(),
            minutes_per_week: person.minutes_per_week,
            from: Some(person.from.to_proto()),
            until: person.until.map(LocalDate::to_proto),
            ..Employment::default()
        }
    }

    fn asks<T>(&self, message: T) -> tonic::Request<T> {
        as_token(message, &self.operator)
    }

    fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

/// Every legal basis.
pub const ALL_BASES: &[Basis] =
    &[Basis::OwnExtraHours, Basis::CollegialLending, Basis::RegisteredLending, Basis::SecondContract, Basis::SelfEmployed];

/// A day before everything that tests are about.
pub fn long_ago() -> LocalDate {
    LocalDate(chrono::NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day"))
}

fn grant(role: Role, organisation: Option<&str>) -> RoleGrant {
    let name = format!("ROLE_{}", role.as_str().to_uppercase().replace('-', "_"));
    let role = proto::members::Role::from_str_name(&name).expect("the contract has every role");
    RoleGrant { role: role.into(), organisation: organisation.unwrap_or_default().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_its_value_in_the_contract() {
        for role in Role::ALL {
            assert_eq!(grant(*role, Some("org_1")).organisation, "org_1", "{role}");
        }
    }

    #[test]
    fn a_night_shift_ends_on_the_next_day() {
        let night = Opening::on(long_ago()).hours(23, 7).request("wrd_1", "pol_1");
        let date = |time: Option<LocalTime>| time.and_then(|time| time.date).map(|date| date.day);
        assert_eq!((date(night.starts_at), date(night.ends_at)), (Some(1), Some(2)));
    }
}
