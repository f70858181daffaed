//! Every method of every service, tried as every role, without a token, and by those to whom a thing belongs, by another person, from
//! another organisation and from another region (I9, D14, D15, D21).

use chassis::{
    auth::{Access, Reach, Who},
    caller::{Caller, Grant, Role, Subject},
    frame::{Peer, connect},
};
use proto::{flexpool, members};
use testkit::{
    Testbed,
    matrix::{self, Beyond, Probe, Side},
    region::{Builder, Colleague, Employer, Opening, Person, Region},
    request_id,
};

macro_rules! probes {
    ($service:literal: $($method:literal $message:expr;)*) => { [$(Probe::new(concat!("/regiopool.", $service, "/", $method), &$message),)*] };
}

mod eligibility;
mod own;

/// The access table of each package.
pub(crate) fn tables() -> [(&'static str, &'static [Access]); 3] {
    [("regiopool.members.v1", ::members::ACCESS), ("regiopool.flexpool.v1", ::flexpool::ACCESS), ("regiopool.bus.v1", bus::access())]
}

pub(crate) fn peer(bed: &Testbed) -> Peer {
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
    let wrong = Access { method: bus::access()[0].method, who: Who::Roles(&[(Role::Operator, Reach::Region)]) };
    let mistakes = matrix::mistakes(&peer(&bed), &bed, "regiopool.bus.v1", &[wrong]).await;
    assert_eq!(mistakes.len(), 2 + Role::ALL.len() + 1, "{mistakes:#?}");
    bed.stop().await;
}

/// An organisation with something of each kind, in a pool of its own.
#[derive(Clone)]
pub(crate) struct Filled {
    employer: Employer,
    location: String,
    pool: String,
    agreement: String,
    colleague: Colleague,
    user: String,
    unavailability: String,
    proposal: String,
    consent: String,
    /// Work elsewhere that the colleague told of.
    work: String,
    shift: String,
    claim: String,
    /// That the colleague waits for a place on another shift.
    wait: String,
    /// A user who looked at the colleague's file.
    reader: String,
}

impl Filled {
    pub(crate) async fn fill(region: &Region, builder: &Builder, bed: &Testbed, name: &str) -> Self {
        let employer = builder.employer_without_agreement(name).await;
        let agreement = builder.agreement(&employer, region.day(-400), None, &[members::Basis::OwnExtraHours]).await;
        let pool = builder.pool(&[&employer]).await;
        let location = organisations::location(region, &employer).await;
        let (colleague, user) = with_user(region, builder, &employer).await;
        bed.caught_up().await;
        let shift = builder.shift(&employer, &pool, &Opening::on(region.day(7))).await.id;
        let claim = claim(region, &shift, &colleague).await;
        let unavailability = own::away(region, &colleague).await;
        let work = work(region, &colleague).await;
        let (proposal, consent) = (own::twin(region, builder, &employer, &colleague).await, own::consent(region, &colleague).await);
        let reader = look(region, builder, &employer, &colleague, &shift).await;
        let wait = wait(region, builder, bed, (&employer, &pool), &colleague, 14).await;
        Self { employer, location, pool, agreement, colleague, user, unavailability, proposal, consent, work, shift, claim, wait, reader }
    }

    /// A second person of the organisation with the same things, but a shift and a claim of their own.
    async fn neighbour(&self, region: &Region, builder: &Builder, bed: &Testbed) -> Self {
        let (colleague, user) = with_user(region, builder, &self.employer).await;
        bed.caught_up().await;
        let shift = builder.shift(&self.employer, &self.pool, &Opening::on(region.day(9))).await.id;
        let claim = claim(region, &shift, &colleague).await;
        let unavailability = own::away(region, &colleague).await;
        let work = work(region, &colleague).await;
        let wait = wait(region, builder, bed, (&self.employer, &self.pool), &colleague, 16).await;
        let (proposal, consent) = (own::twin(region, builder, &self.employer, &colleague).await, own::consent(region, &colleague).await);
        Self { colleague, user, unavailability, proposal, consent, work, claim, wait, ..self.clone() }
    }

    pub(crate) fn side<'a>(&self, region: &'a Region) -> Side<'a> {
        let person = &self.colleague;
        let said = [&self.unavailability, &self.proposal, &self.consent, &self.work, &self.wait];
        let personal = [&person.id, &person.employment, &self.user, &self.claim].into_iter().chain(said).cloned().collect::<Vec<_>>();
        let place = [&self.employer.id, &self.employer.ward, &self.location].map(Clone::clone);
        let shared = [&self.pool, &self.agreement, &self.shift, &self.reader].map(Clone::clone);
        Side {
            region,
            organisation: self.employer.id.parse().expect("an organisation"),
            worker: self.colleague.id.parse().expect("a worker"),
            user: self.user.parse().expect("a user"),
            ids: place.into_iter().chain(shared).chain(personal.clone()).collect(),
            personal,
            names: vec![self.employer.name.clone()],
        }
    }
}

/// Lets a user look at the colleague in every service; gives the user's id.
async fn look(region: &Region, builder: &Builder, employer: &Employer, colleague: &Colleague, shift: &str) -> String {
    let roles = vec![members::RoleGrant { role: members::Role::Hr.into(), organisation: employer.id.clone() }];
    let user = members::User { display_name: "Robin".into(), roles, ..Default::default() };
    let user = members::CreateUserRequest { user: Some(user), request_id: request_id(), ..Default::default() };
    let user = region.identity().create_user(testkit::as_token(user, builder.operator())).await.expect("a user").into_inner();
    let user = user.user.expect("the user").id;
    let organisation = Some(employer.id.parse().expect("an organisation"));
    let grants = [Role::Hr, Role::Planner].map(|role| Grant { role, organisation }).to_vec();
    let subject = Subject::User(user.parse().expect("a user"));
    let token = region.sign(&Caller { subject, region: Some(region.id), grants, worker: None });
    let file = members::GetWorkerRequest { id: colleague.id.clone() };
    region.workers().get_worker(testkit::as_token(file, &token)).await.expect("the file");
    let claims = flexpool::ListClaimsRequest { shift: shift.to_owned(), ..Default::default() };
    region.claims().list_claims(testkit::as_token(claims, &token)).await.expect("the claims");
    user
}

/// A person who works there and was invited.
async fn with_user(region: &Region, builder: &Builder, employer: &Employer) -> (Colleague, String) {
    let colleague = builder.worker(employer, &Person::default()).await;
    let role = members::RoleGrant { role: members::Role::Worker.into(), ..Default::default() };
    let user = members::User { display_name: "Sam".into(), roles: vec![role], worker: colleague.id.clone(), ..Default::default() };
    let request = members::CreateUserRequest { user: Some(user), request_id: request_id(), ..Default::default() };
    let invited = region.identity().create_user(testkit::as_token(request, builder.operator())).await.expect("a user").into_inner();
    (colleague, invited.user.expect("the user").id)
}

async fn claim(region: &Region, shift: &str, colleague: &Colleague) -> String {
    let request = flexpool::ClaimShiftRequest { shift: shift.to_owned(), request_id: request_id(), ..Default::default() };
    let claimed = region.claims().claim_shift(testkit::as_token(request, &colleague.token)).await.expect("a place").into_inner();
    claimed.claim.expect("the claim").id
}

async fn work(region: &Region, colleague: &Colleague) -> String {
    let at = |minute| Some(flexpool::LocalTime { date: Some(region.day(30).to_proto()), minute, second_pass: false });
    let (starts_at, ends_at) = (at(480), at(720));
    let request = flexpool::DeclareWorkRequest { starts_at, ends_at, request_id: request_id(), ..Default::default() };
    let noted = region.rosters().declare_work(testkit::as_token(request, &colleague.token)).await.expect("noted").into_inner();
    noted.block.expect("the work").id
}

/// Puts the colleague on the list of a shift that somebody else has.
async fn wait(region: &Region, builder: &Builder, bed: &Testbed, at: (&Employer, &str), colleague: &Colleague, day: i64) -> String {
    let holder = builder.worker(at.0, &Person::default()).await;
    bed.caught_up().await;
    let shift = builder.shift(at.0, at.1, &Opening::on(region.day(day))).await.id;
    claim(region, &shift, &holder).await;
    let request = flexpool::JoinWaitlistRequest { shift, request_id: request_id(), ..Default::default() };
    let joined = region.waits().join_waitlist(testkit::as_token(request, &colleague.token)).await.expect("it is full").into_inner();
    joined.wait.expect("the wait").id
}

/// Methods within a region that name nothing of it.
const APART: &[&str] = &[
    "/regiopool.members.v1.OrganisationService/CreateOrganisation",
    // Of which the answer tells nothing but what was typed.
    "/regiopool.members.v1.LinkService/LinkByCode",
    // Ids of others change nothing (`services/members/tests/it/messages.rs`).
    "/regiopool.members.v1.MessageService/MarkRead",
];

fn mask(path: &str) -> Option<prost_types::FieldMask> {
    Some(prost_types::FieldMask { paths: vec![path.to_owned()] })
}

mod organisations;
use organisations::of_organisations;

/// A right request of a region's own for each of members' methods about people.
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
    let contract_of_row = Employment { organisation: String::new(), personnel_number: "9002".into(), ..first.clone() };
    let row = NewWorker { worker: Some(person.clone()), employment: Some(contract_of_row), ..Default::default() };
    let contract = Employment { id: all.colleague.employment.clone(), etag: "0".into(), minutes_per_week: 600, ..Default::default() };
    let exit = Exit { reason: ExitReason::Other.into(), destination: ExitDestination::Unknown.into(), ..Default::default() };
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
        "UpdateEmployment" UpdateEmploymentRequest {
            employment: Some(contract.clone()), update_mask: mask("minutes_per_week"), request_id: request_id(),
        };
        "EndEmployment" EndEmploymentRequest {
            id: contract.id.clone(), etag: "0".into(), until: Some(region.day(300).to_proto()), exit: Some(exit), request_id: request_id(),
        };
        "ListExits" ListExitsRequest { organisation: organisation(), ..Default::default() };
        "ImportWorkers" ImportWorkersRequest { organisation: organisation(), workers: vec![row], request_id: request_id() };
        "ListWorkerFiles" ListWorkerFilesRequest { organisation: organisation(), ..Default::default() };
        "AddCompetence" AddCompetenceRequest { worker: worker(), competence: Some(competence), request_id: request_id() };
    };
    let sessions = probes! { "members.v1.IdentityService":
        "InviteAgain" InviteAgainRequest { worker: worker(), request_id: request_id(), ..Default::default() };
        "InviteAgain" InviteAgainRequest { user: all.user.clone(), request_id: request_id(), ..Default::default() };
        "EndSessions" EndSessionsRequest { worker: worker(), request_id: request_id(), ..Default::default() };
        "EndSessions" EndSessionsRequest { user: all.user.clone(), request_id: request_id(), ..Default::default() };
        "GetMe" GetMeRequest {};
        "ListSessions" ListSessionsRequest::default();
    };
    let log = probes! { "members.v1.AccessLogService":
        "ListFileReads" ListFileReadsRequest { worker: worker(), ..Default::default() };
        "ListFileReads" ListFileReadsRequest { organisation: organisation(), ..Default::default() };
        "ListFileReads" ListFileReadsRequest::default();
        "BatchGetReaders" BatchGetReadersRequest { ids: vec![all.reader.clone()] };
    };
    let [of_worker, of_planner] = probes! { "members.v1.IdentityService":
        "CreateUser" invite(user(granted(Role::Worker, String::new()), worker()));
        "CreateUser" invite(user(granted(Role::Planner, organisation()), String::new()));
    };
    workers.into_iter().chain(sessions).chain(log).chain([of_worker, of_planner.only(chassis::caller::Role::Operator)]).collect()
}

/// The same of those about time outside claims, and about what later facts broke.
fn of_rosters(all: &Filled, region: &Region) -> Vec<Probe> {
    use flexpool::*;
    let organisation = || all.employer.id.clone();
    let at = |minute| Some(LocalTime { date: Some(region.day(31).to_proto()), minute, second_pass: false });
    let (starts_at, ends_at) = (at(480), at(720));
    let block = RosterBlock {
        external_reference: "R1".into(),
        employment: all.colleague.employment.clone(),
        starts_at,
        ends_at,
        ..Default::default()
    };
    let until = Some(region.day(31).to_proto());
    let rosters = probes! { "flexpool.v1.RosterService":
        "PutRosterBlocks" PutRosterBlocksRequest {
            organisation: organisation(), blocks: vec![block], request_id: request_id(), ..Default::default()
        };
        "ListRosterBlocks" ListRosterBlocksRequest { organisation: organisation(), ..Default::default() };
        "DeclareWork" DeclareWorkRequest { starts_at, ends_at, request_id: request_id(), ..Default::default() };
        "ConfirmWorkKnown" ConfirmWorkKnownRequest { until, request_id: request_id() };
        "ListMyWork" ListMyWorkRequest::default();
    };
    let [remove] = probes! { "flexpool.v1.RosterService":
        "RemoveDeclaredWork" RemoveDeclaredWorkRequest { id: all.work.clone(), request_id: request_id() };
    };
    let conflicts = probes! { "flexpool.v1.ConflictService":
        "ListMyConflicts" ListMyConflictsRequest::default();
        "ListConflicts" ListConflictsRequest { organisation: organisation(), ..Default::default() };
    };
    rosters.into_iter().chain([remove.once()]).chain(conflicts).collect()
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
    let [claim] = probes! { "flexpool.v1.ClaimService": "ClaimShift" claim; };
    let [join] = probes! { "flexpool.v1.WaitService":
        "JoinWaitlist" JoinWaitlistRequest { shift: shift(), request_id: request_id(), ..Default::default() };
    };
    let [withdraw] = probes! { "flexpool.v1.ClaimService":
        "WithdrawClaim" WithdrawClaimRequest { id: all.claim.clone(), request_id: request_id() };
    };
    let waits = probes! { "flexpool.v1.WaitService":
        "AcceptOffer" AcceptOfferRequest { id: all.wait.clone(), request_id: request_id() };
        "ListMyWaits" ListMyWaitsRequest { include_closed: true, ..Default::default() };
    };
    let [leave] = probes! { "flexpool.v1.WaitService":
        "LeaveWaitlist" LeaveWaitlistRequest { id: all.wait.clone(), request_id: request_id() };
    };
    let claims = probes! { "flexpool.v1.ClaimService":
        "ListMyClaims" ListMyClaimsRequest::default();
        "ListClaims" ListClaimsRequest { shift: shift(), ..Default::default() };
        "ListClaims" ListClaimsRequest { shifts: vec![shift()], ..Default::default() };
    };
    let log = probes! { "flexpool.v1.AccessLogService":
        "ListFileReads" ListFileReadsRequest { worker: all.colleague.id.clone(), ..Default::default() };
        "ListFileReads" ListFileReadsRequest { organisation: all.employer.id.clone(), ..Default::default() };
        "ListFileReads" ListFileReadsRequest::default();
    };
    // Who shares no pool with the shift learns that, and nothing of it (`eligibility::decide`).
    let of_pool = [claim, join].map(|probe| probe.instead("NOT_IN_POOL"));
    shifts
        .into_iter()
        .chain(of_pool)
        .chain(claims)
        .chain(waits)
        .chain([withdraw.once(), leave.once()])
        .chain(eligibility::probes(all))
        .chain(log)
        .collect()
}

/// Every service's table with the calls about what the organisation has.
pub(crate) fn probes(all: &Filled, region: &Region) -> [(&'static [Access], Vec<Probe>); 2] {
    let of_members = [of_organisations(all, region), of_people(all, region), own::absence(all, region), own::probes(all)].concat();
    [(::members::ACCESS, of_members), (::flexpool::ACCESS, [of_flexpool(all, region), of_rosters(all, region)].concat())]
}

#[tokio::test]
async fn a_role_reaches_as_far_as_its_table_says_and_no_further() {
    let mut bed = Testbed::start().await;
    let elsewhere = Region::create(&bed.frame.settings).await;
    let (builder, far_builder) = (Builder::new(&bed).await, Builder::new(&elsewhere).await);
    let own = Filled::fill(&bed, &builder, &bed, "Zonnehof").await;
    let neighbour = own.neighbour(&bed, &builder, &bed).await;
    let other = Filled::fill(&bed, &builder, &bed, "Morgenster").await;
    let far = Filled::fill(&elsewhere, &far_builder, &bed, "Avondrood").await;
    let side = own.side(&bed);
    for (table, probes) in probes(&own, &bed) {
        assert_eq!(matrix::untried(table, &probes, APART), Vec::<&str>::new(), "a method that nobody tried from elsewhere");
        let others =
            [(far.side(&elsewhere), Beyond::Region), (other.side(&bed), Beyond::Organisation), (neighbour.side(&bed), Beyond::Person)];
        for (by, between) in others {
            let leaks = matrix::leaks(&peer(&bed), table, &probes, &by, &side, between).await;
            assert!(leaks.is_empty(), "{between:?}: {leaks:#?}");
        }
        // The same calls do name something: those to whom it belongs get an answer or a decision.
        let shut_out = matrix::shut_out(&peer(&bed), table, &probes, &side).await;
        assert!(shut_out.is_empty(), "{shut_out:#?}");
    }
    // A table that says less than the service does is noticed.
    let wrong = Access { method: "/regiopool.members.v1.OrganisationService/ListWards", who: Who::Roles(&[(Role::Operator, Reach::Own)]) };
    let [(_, of_members), _] = probes(&own, &bed);
    let wards: Vec<Probe> = of_members.into_iter().filter(|probe| probe.method() == wrong.method).collect();
    let leaks = matrix::leaks(&peer(&bed), &[wrong], &wards, &other.side(&bed), &side, Beyond::Organisation).await;
    assert_eq!(leaks.len(), wards.len(), "{leaks:#?}");
    bed.stop().await;
}

#[tokio::test]
async fn a_stream_tells_as_far_as_its_table_says_and_no_further() {
    let mut bed = Testbed::start().await;
    let elsewhere = Region::create(&bed.frame.settings).await;
    let (builder, far_builder) = (Builder::new(&bed).await, Builder::new(&elsewhere).await);
    let own = Filled::fill(&bed, &builder, &bed, "Zonnehof").await;
    let neighbour = own.neighbour(&bed, &builder, &bed).await;
    let other = Filled::fill(&bed, &builder, &bed, "Morgenster").await;
    let far = Filled::fill(&elsewhere, &far_builder, &bed, "Avondrood").await;
    let tables = tables().map(|(_, table)| table).concat();
    let [near, beside, away, side] = [neighbour.side(&bed), other.side(&bed), far.side(&elsewhere), own.side(&bed)];

    let mut owners = matrix::listen(&peer(&bed), &tables, &side, None).await;
    let mut neighbours = matrix::listen(&peer(&bed), &tables, &near, Some(Beyond::Person)).await;
    let mut others = matrix::listen(&peer(&bed), &tables, &beside, Some(Beyond::Organisation)).await;
    let mut strangers = matrix::listen(&peer(&bed), &tables, &away, Some(Beyond::Region)).await;
    assert!([&owners, &neighbours, &others, &strangers].iter().all(|listeners| !listeners.is_empty()), "nobody listens");
    // A table that says less than the service does is noticed.
    let wrong = Access { method: "/regiopool.flexpool.v1.ShiftService/WatchShifts", who: Who::Roles(&[(Role::Operator, Reach::Own)]) };
    let [mut wrongly] = matrix::listen(&peer(&bed), &[wrong], &beside, Some(Beyond::Organisation)).await.try_into().expect("one role");

    let shift = builder.shift(&own.employer, &own.pool, &Opening::on(bed.day(11))).await.id;
    let claim = claim(&bed, &shift, &own.colleague).await;
    let hidden = [&side.ids[..], &side.names, &[shift.clone(), claim.clone()]].concat();
    let personal = [&side.personal[..], &[claim]].concat();
    let after = builder.shift(&own.employer, &own.pool, &Opening::on(bed.day(13))).await.id;
    let of_others = builder.shift(&other.employer, &other.pool, &Opening::on(bed.day(11))).await.id;
    let of_strangers = far_builder.shift(&far.employer, &far.pool, &Opening::on(elsewhere.day(11))).await.id;
    for listener in &mut owners {
        assert!(listener.told_until(&after, &hidden).await.contains(&shift), "{} heard nothing", listener.who);
    }
    for (listeners, last, hidden) in
        [(&mut neighbours, &after, &personal), (&mut others, &of_others, &hidden), (&mut strangers, &of_strangers, &hidden)]
    {
        for listener in listeners {
            assert_eq!(listener.told_until(last, hidden).await, Vec::<String>::new(), "{}", listener.who);
        }
    }
    assert!(wrongly.told_until(&of_others, &hidden).await.contains(&shift), "a wrong table went unnoticed");
    bed.stop().await;
}
