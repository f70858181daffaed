//! Every method of every service, tried as every role, without a token, and from another region (D14, D21).

use chassis::{
    auth::{Access, Who},
    caller::{Caller, Grant, Role, Subject},
    frame::{Peer, connect},
    ids::UserId,
};
use proto::{flexpool, members};
use testkit::{
    Testbed,
    matrix::{self, Probe},
    region::{Builder, Colleague, Employer, Opening, Person, Region},
    request_id,
};

/// The access table of each package.
pub(crate) fn tables() -> [(&'static str, &'static [Access]); 3] {
    [("regiopool.members.v1", ::members::ACCESS), ("regiopool.flexpool.v1", ::flexpool::ACCESS), ("regiopool.bus.v1", bus::access())]
}

fn peer(bed: &Testbed) -> Peer {
    connect(&bed.address).expect("an address")
}

#[tokio::test]
async fn every_method_lets_in_exactly_the_roles_of_its_table() {
    let mut bed = Testbed::start().await;
    for (package, table) in tables() {
        assert!(matrix::cases(package, table).len() > table.len() * Role::ALL.len(), "{package}: the walk over the contract is broken");
        let mistakes = matrix::mistakes(&peer(&bed), &bed, package, table).await;
        assert!(mistakes.is_empty(), "{package}: {mistakes:#?}");
    }
    // A table that says otherwise is noticed: two roles of one method, and everybody in the one that it forgets.
    let wrong = Access { method: bus::access()[0].method, who: Who::Roles(&[Role::Operator]) };
    let mistakes = matrix::mistakes(&peer(&bed), &bed, "regiopool.bus.v1", &[wrong]).await;
    assert_eq!(mistakes.len(), 2 + Role::ALL.len() + 1, "{mistakes:#?}");
    bed.stop().await;
}

/// A region with something of each kind.
struct Filled {
    employer: Employer,
    location: String,
    pool: String,
    agreement: String,
    colleague: Colleague,
    unavailability: String,
    shift: String,
    claim: String,
}

impl Filled {
    async fn fill(region: &Region, bed: &Testbed) -> Self {
        let builder = Builder::new(region).await;
        let employer = builder.employer_without_agreement("Zonnehof").await;
        let agreement = builder.agreement(&employer, region.day(-400), None, &[members::Basis::OwnExtraHours]).await;
        let pool = builder.pool(&[&employer]).await;
        let asked = members::GetWardRequest { id: employer.ward.clone() };
        let ward = region.organisations().get_ward(testkit::as_token(asked, &employer.hr)).await.expect("the ward").into_inner();
        let location = ward.ward.expect("it").location;
        let colleague = builder.worker(&employer, &Person::default()).await;
        bed.caught_up().await;
        let shift = builder.shift(&employer, &pool, &Opening::on(region.day(7))).await.id;
        let claim = flexpool::ClaimShiftRequest { shift: shift.clone(), request_id: request_id(), ..Default::default() };
        let claimed = region.claims().claim_shift(testkit::as_token(claim, &colleague.token)).await.expect("a place").into_inner();
        let claim = claimed.claim.expect("the claim").id;
        let away = members::Unavailability {
            worker: colleague.id.clone(),
            from: Some(region.day(20).at_minute(0, false).expect("midnight").to_proto()),
            ..Default::default()
        };
        let away = members::CreateUnavailabilityRequest { unavailability: Some(away), request_id: request_id() };
        let away = region.unavailabilities().create_unavailability(testkit::as_token(away, &colleague.token)).await.expect("recorded");
        let unavailability = away.into_inner().unavailability.expect("it").id;
        Self { employer, location, pool, agreement, colleague, unavailability, shift, claim }
    }

    fn ids(&self) -> Vec<String> {
        let ids = [
            &self.employer.id,
            &self.employer.ward,
            &self.location,
            &self.pool,
            &self.agreement,
            &self.colleague.id,
            &self.colleague.employment,
            &self.unavailability,
            &self.shift,
        ];
        ids.into_iter().chain([&self.claim]).cloned().collect()
    }

    /// Somebody with each role.
    fn callers(&self, region: &Region) -> Vec<(Role, String)> {
        let employer = self.employer.id.parse().expect("an organisation");
        let token = |role: Role| {
            let of_one = matches!(role, Role::Planner | Role::WardLead | Role::Hr | Role::CaseManager | Role::OccupationalPhysician);
            let grants = vec![Grant { role, organisation: of_one.then_some(employer) }];
            let worker = (role == Role::Worker).then(|| self.colleague.id.parse().expect("a worker"));
            (role, region.sign(&Caller { subject: Subject::User(UserId::new()), region: Some(region.id), grants, worker }))
        };
        Role::ALL.iter().copied().map(token).collect()
    }
}

/// Methods that name nothing of a region, or only what stands in the caller's own token.
const APART: &[&str] = &[
    "/regiopool.members.v1.OrganisationService/CreateOrganisation",
    "/regiopool.members.v1.IdentityService/CreateRegion",
    "/regiopool.members.v1.IdentityService/ListRegions",
    "/regiopool.members.v1.IdentityService/GetMe",
    "/regiopool.members.v1.IdentityService/ListSessions",
    "/regiopool.members.v1.IdentityService/ListRevocations",
    // A stream of what comes; flexpool's own tests listen to it from elsewhere.
    "/regiopool.flexpool.v1.ShiftService/WatchShifts",
];

macro_rules! probes {
    ($service:literal: $($method:literal $message:expr;)*) => { [$(Probe::new(concat!("/regiopool.", $service, "/", $method), &$message),)*] };
}

/// A right request of a region's own for each of members' methods about those who take part.
fn of_organisations(all: &Filled, region: &Region) -> Vec<Probe> {
    use members::*;
    let organisation = || all.employer.id.clone();
    let ward = Ward { organisation: organisation(), name: "Other".into(), postcode: "5825AB".into(), ..Default::default() };
    let pool = Pool { name: "Other".into(), organisations: vec![organisation()], ..Default::default() };
    let agreement = Agreement {
        organisation: organisation(),
        from: Some(region.day(400).to_proto()),
        bases: vec![Basis::OwnExtraHours.into()],
        works_council_decided_on: Some(region.day(-1).to_proto()),
        ..Default::default()
    };
    let of_name = prost_types::FieldMask { paths: vec!["name".to_owned()] };
    let location = Location { organisation: organisation(), name: "Other".into(), postcode: "6211AB".into(), ..Default::default() };
    let organisations = probes! { "members.v1.OrganisationService":
        "GetOrganisation" GetOrganisationRequest { id: organisation() };
        "UpdateOrganisation" UpdateOrganisationRequest {
            organisation: Some(Organisation { id: organisation(), etag: "1".into(), name: "Changed".into(), ..Default::default() }),
            update_mask: Some(of_name.clone()),
            request_id: request_id(),
        };
        "EndMembership" EndMembershipRequest {
            organisation: organisation(), last_day: Some(region.day(400).to_proto()), request_id: request_id(),
        };
        "CreateLocation" CreateLocationRequest { location: Some(location), request_id: request_id() };
        "UpdateLocation" UpdateLocationRequest {
            location: Some(Location { id: all.location.clone(), etag: "1".into(), name: "Changed".into(), ..Default::default() }),
            update_mask: Some(of_name.clone()),
            request_id: request_id(),
        };
        "ListLocations" ListLocationsRequest { organisation: organisation(), ..Default::default() };
        "ListLocations" ListLocationsRequest::default();
        "GetWard" GetWardRequest { id: all.employer.ward.clone() };
        "UpdateWard" UpdateWardRequest {
            ward: Some(Ward { id: all.employer.ward.clone(), etag: "1".into(), name: "Changed".into(), ..Default::default() }),
            update_mask: Some(of_name.clone()),
            request_id: request_id(),
        };
        "ListOrganisations" ListOrganisationsRequest::default();
        "CreateWard" CreateWardRequest { ward: Some(ward), request_id: request_id() };
        "ListWards" ListWardsRequest { organisation: organisation(), ..Default::default() };
        "ListWards" ListWardsRequest::default();
    };
    let changed_pool = Pool { id: all.pool.clone(), etag: "1".into(), name: "Changed".into(), ..Default::default() };
    let pools = probes! { "members.v1.PoolService":
        "CreatePool" CreatePoolRequest { pool: Some(pool), request_id: request_id() };
        "AddPoolMember" AddPoolMemberRequest { pool: all.pool.clone(), organisation: organisation(), request_id: request_id() };
        "UpdatePool" UpdatePoolRequest { pool: Some(changed_pool), update_mask: Some(of_name.clone()), request_id: request_id() };
        "RemovePoolMember" RemovePoolMemberRequest { pool: all.pool.clone(), organisation: organisation(), request_id: request_id() };
        "LimitHoursElsewhere" LimitHoursElsewhereRequest {
            pool: all.pool.clone(), organisation: organisation(), minutes_per_week: Some(0), request_id: request_id(),
        };
        "GetPool" GetPoolRequest { id: all.pool.clone() };
        "ListPools" ListPoolsRequest::default();
    };
    let amendment = Agreement { from: Some(region.day(450).to_proto()), bases: vec![1], ..Default::default() };
    let decision = WorksCouncilDecision {
        organisation: organisation(),
        programme: 2,
        decided_on: Some(region.day(-1).to_proto()),
        decision: 1,
        ..Default::default()
    };
    let wage_cost =
        WageCost { organisation: organisation(), function_level: 4, from: Some(region.day(-1).to_proto()), cents_per_hour: 3000 };
    let agreements = probes! { "members.v1.AgreementService":
        "CreateAgreement" CreateAgreementRequest { agreement: Some(agreement), signed_on_paper: None, request_id: request_id() };
        "AmendAgreement" AmendAgreementRequest {
            amends: all.agreement.clone(), etag: "1".into(), agreement: Some(amendment), request_id: request_id(),
        };
        "ApproveAgreement" ApproveAgreementRequest { id: all.agreement.clone(), etag: "1".into(), party: 2, request_id: request_id() };
        "EndAgreement" EndAgreementRequest {
            id: all.agreement.clone(), etag: "1".into(), until: Some(region.day(500).to_proto()), request_id: request_id(),
        };
        "ListAgreementVersions" ListAgreementVersionsRequest { id: all.agreement.clone() };
        "RecordWorksCouncilDecision" RecordWorksCouncilDecisionRequest { decision: Some(decision), request_id: request_id() };
        "ListWorksCouncilDecisions" ListWorksCouncilDecisionsRequest { organisation: organisation() };
        "RecordWageCost" RecordWageCostRequest { wage_cost: Some(wage_cost), request_id: request_id() };
        "ListWageCosts" ListWageCostsRequest { organisation: organisation() };
        "ListAgreements" ListAgreementsRequest { organisation: organisation(), ..Default::default() };
        "ListAgreements" ListAgreementsRequest::default();
    };
    organisations.into_iter().chain(pools).chain(agreements).collect()
}

/// The same of those about people.
fn of_people(all: &Filled, region: &Region) -> Vec<Probe> {
    use members::*;
    let (organisation, worker) = (|| all.employer.id.clone(), || all.colleague.id.clone());
    let employment = Employment {
        worker: worker(),
        organisation: organisation(),
        personnel_number: "9001".into(),
        function_level: FunctionLevel::Carer.into(),
        kind: EmploymentKind::Permanent.into(),
        minutes_per_week: 600,
        from: Some(region.day(-1).to_proto()),
        ..Default::default()
    };
    let person = Worker {
        first_name: "Noor".into(),
        last_name: "Peters".into(),
        birth_date: Some(region.day(-30 * 365).to_proto()),
        postcode: "6001AB".into(),
        ..Default::default()
    };
    let first = Employment { worker: String::new(), ..employment.clone() };
    let competence = Competence { code: "medication".into(), ..Default::default() };
    let granted = |role: Role, organisation| RoleGrant { role: role.into(), organisation };
    let user = |role, worker| User { display_name: "Sam".into(), roles: vec![role], worker, ..Default::default() };
    let invite = |user| CreateUserRequest { user: Some(user), request_id: request_id(), ..Default::default() };
    let workers = probes! { "members.v1.WorkerService":
        "CreateWorker" CreateWorkerRequest {
            worker: Some(person), employment: Some(first), request_id: request_id(), ..Default::default()
        };
        "GetWorker" GetWorkerRequest { id: worker() };
        "BatchGetWorkers" BatchGetWorkersRequest { ids: vec![worker()] };
        "ListWorkers" ListWorkersRequest { organisation: organisation(), ..Default::default() };
        "CreateEmployment" CreateEmploymentRequest { employment: Some(employment), request_id: request_id() };
        "AddCompetence" AddCompetenceRequest { worker: worker(), competence: Some(competence), request_id: request_id() };
    };
    let sessions = probes! { "members.v1.IdentityService":
        "InviteAgain" InviteAgainRequest { worker: worker(), request_id: request_id(), ..Default::default() };
        "EndSessions" EndSessionsRequest { worker: worker(), request_id: request_id(), ..Default::default() };
    };
    let log = probes! { "members.v1.AccessLogService":
        "ListFileReads" ListFileReadsRequest { worker: worker(), ..Default::default() };
        "ListFileReads" ListFileReadsRequest { organisation: organisation(), ..Default::default() };
        "ListFileReads" ListFileReadsRequest::default();
    };
    let from = Some(region.day(9).at_minute(0, false).expect("midnight").to_proto());
    let period = Unavailability { worker: worker(), from, ..Default::default() };
    let changed = Unavailability { id: all.unavailability.clone(), etag: "0".into(), from, ..Default::default() };
    let mask = |path: &str| Some(prost_types::FieldMask { paths: vec![path.to_owned()] });
    let absence = probes! { "members.v1.UnavailabilityService":
        "CreateUnavailability" CreateUnavailabilityRequest { unavailability: Some(period), request_id: request_id() };
        "UpdateUnavailability" UpdateUnavailabilityRequest {
            unavailability: Some(changed), update_mask: mask("from"), request_id: request_id(),
        };
        "ListUnavailabilities" ListUnavailabilitiesRequest { worker: worker(), ..Default::default() };
        "WithdrawUnavailability" WithdrawUnavailabilityRequest { id: all.unavailability.clone(), request_id: request_id() };
    };
    let constraints = probes! { "members.v1.ScheduleConstraintService":
        "GetScheduleConstraints" GetScheduleConstraintsRequest { worker: worker() };
        "SetScheduleConstraints" SetScheduleConstraintsRequest {
            worker: worker(), etag: "0".into(), request_id: request_id(), ..Default::default()
        };
    };
    let [of_worker, of_planner] = probes! { "members.v1.IdentityService":
        "CreateUser" invite(user(granted(Role::Worker, String::new()), worker()));
        "CreateUser" invite(user(granted(Role::Planner, organisation()), String::new()));
    };
    let workers = workers.into_iter().chain(absence).chain(constraints);
    workers.chain(sessions).chain(log).chain([of_worker, of_planner.only(chassis::caller::Role::Operator)]).collect()
}

/// The same of flexpool's.
fn of_flexpool(all: &Filled, region: &Region) -> Vec<Probe> {
    use flexpool::*;
    let shift = || all.shift.clone();
    let publish = Opening::on(region.day(8)).request(&all.employer.ward, &all.pool);
    let claim = ClaimShiftRequest { shift: shift(), employment: all.colleague.employment.clone(), request_id: request_id() };
    let shifts = probes! { "flexpool.v1.ShiftService":
        "PublishShift" publish;
        "CancelShift" CancelShiftRequest { id: shift(), request_id: request_id() };
        "GetShift" GetShiftRequest { id: shift() };
        "ListShifts" ListShiftsRequest { organisation: all.employer.id.clone(), ..Default::default() };
        "ListOpenShifts" ListOpenShiftsRequest::default();
    };
    let claims = probes! { "flexpool.v1.ClaimService":
        "ClaimShift" claim;
        "ListMyClaims" ListMyClaimsRequest::default();
        "ListClaims" ListClaimsRequest { shift: shift(), ..Default::default() };
        "ListClaims" ListClaimsRequest { shifts: vec![shift()], ..Default::default() };
    };
    shifts.into_iter().chain(claims).collect()
}

#[tokio::test]
async fn another_region_does_not_exist() {
    let mut bed = Testbed::start().await;
    let elsewhere = Region::create(&bed.frame.settings).await;
    let (here, there) = (Filled::fill(&bed, &bed).await, Filled::fill(&elsewhere, &bed).await);
    let strangers = there.callers(&elsewhere);
    let (members, flexpool) = ([of_organisations(&here, &bed), of_people(&here, &bed)].concat(), of_flexpool(&here, &bed));
    for (table, probes) in [(::members::ACCESS, &members), (::flexpool::ACCESS, &flexpool)] {
        assert_eq!(matrix::untried(table, probes, APART), Vec::<&str>::new(), "a method that nobody tried from another region");
        let leaks = matrix::leaks(&peer(&bed), table, &strangers, probes, &here.ids()).await;
        assert!(leaks.is_empty(), "{leaks:#?}");
    }
    // The same calls do name something: whoever is at home is answered with it, or refused for another reason.
    let own = here.callers(&bed);
    let told = matrix::leaks(&peer(&bed), ::members::ACCESS, &own, &members, &here.ids()).await.len();
    let told = told + matrix::leaks(&peer(&bed), ::flexpool::ACCESS, &own, &flexpool, &here.ids()).await.len();
    assert!(told >= members.len() + flexpool.len(), "only {told}: the calls try nothing");
    bed.stop().await;
}
