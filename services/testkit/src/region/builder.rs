//! Organisations, pools, people and shifts, made through the public RPCs.

use std::sync::atomic::{AtomicU32, Ordering};

use chassis::{caller::Role, ids::UserId, time::LocalDate};
use futures::StreamExt;
use proto::{
    flexpool::{LocalTime, PublishShiftRequest, Shift},
    members::{
        Agreement, AssessmentResult, Basis, Branch, Competence, CreateAgreementRequest, CreateEmploymentRequest, CreateOrganisationRequest,
        CreatePoolRequest, CreateUserRequest, CreateWardRequest, CreateWorkerRequest, Employment, EmploymentKind, FunctionLevel, Identity,
        LenderRegistration, Organisation, PaperSignatures, Pool, RoleGrant, SelfEmployedAssessment, User, Ward, Worker,
    },
};

use super::{Region, grant};
use crate::{as_token, request_id};

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
            lender_registration: Some(LenderRegistration { checked_on: Some(long_ago().to_proto()), checked_by: "KvK".to_owned() }),
            ..Agreement::default()
        };
        let signed_on_paper = Some(signed(long_ago()));
        let request = CreateAgreementRequest { agreement: Some(agreement), signed_on_paper, request_id: request_id() };
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
            // Everybody on a day of their own: nobody is taken for somebody else (D13).
            birth_date: Some(LocalDate(long_ago().0 - chrono::Duration::days(25 * 365 + i64::from(number % 7_000))).to_proto()),
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
            assessment: (person.kind == EmploymentKind::SelfEmployed).then(|| self.assessment()),
            ..Employment::default()
        }
    }

    /// Of today: the work is no employment.
    fn assessment(&self) -> SelfEmployedAssessment {
        let assessed_on = Some(self.region.day(0).to_proto());
        SelfEmployedAssessment { result: AssessmentResult::OutsideEmployment.into(), assessed_on, ..SelfEmployedAssessment::default() }
    }

    fn asks<T>(&self, message: T) -> tonic::Request<T> {
        as_token(message, &self.operator)
    }

    fn number(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }
}

/// Signed on paper by both on this day.
pub fn signed(day: LocalDate) -> PaperSignatures {
    PaperSignatures { association_on: Some(day.to_proto()), organisation_on: Some(day.to_proto()) }
}

/// Every legal basis.
pub const ALL_BASES: &[Basis] =
    &[Basis::OwnExtraHours, Basis::CollegialLending, Basis::RegisteredLending, Basis::SecondContract, Basis::SelfEmployed];

/// A day before everything that tests are about.
pub fn long_ago() -> LocalDate {
    LocalDate(chrono::NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_shift_ends_on_the_next_day() {
        let night = Opening::on(long_ago()).hours(23, 7).request("wrd_1", "pol_1");
        let date = |time: Option<LocalTime>| time.and_then(|time| time.date).map(|date| date.day);
        assert_eq!((date(night.starts_at), date(night.ends_at)), (Some(1), Some(2)));
    }
}
