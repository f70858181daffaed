//! What members tells others: exactly this, in this order, and nothing that says who somebody is (D6).

use bus::Event;
use chassis::{db::Db, ids::RegionId};
use prost::Message;
use proto::members::{
    AddCompetenceRequest, AddPoolMemberRequest, Agreement, AgreementCreated, Basis, Competence, CompetenceAdded, CreateAgreementRequest,
    CreateEmploymentRequest, CreateUserRequest, CreateWorkerRequest, Employment, EmploymentKind, EmploymentStarted, FunctionLevel,
    GetWardRequest, HoursElsewhere, LimitHoursElsewhereRequest, LocationCreated, OrganisationCreated, OrganisationKind, PoolCreated,
    PoolKind, PoolMemberAdded, PoolUpdated, Programme, RemovePoolMemberRequest, Role, SharingScope, WardCreated, Worker, WorkerCreated,
};
use sea_orm::{ConnectionTrait, Statement};
use testkit::{
    Testbed, as_token,
    region::{Employer, long_ago, signed},
    request_id,
};
use uuid::Uuid;

use crate::{
    support::date,
    users::{grant, user},
};

/// The log in the order in which it was written.
async fn log(db: &Db) -> Vec<Event> {
    let sql = "SELECT id, kind, subject, sequence, partition, time, region, traceparent, payload FROM event_log ORDER BY written";
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.expect("the log");
    let event = |row: &sea_orm::QueryResult| Event {
        id: row.try_get("", "id").expect("id"),
        kind: row.try_get("", "kind").expect("kind"),
        source: "members".to_owned(),
        subject: row.try_get("", "subject").expect("subject"),
        sequence: row.try_get("", "sequence").expect("sequence"),
        partition: row.try_get("", "partition").expect("partition"),
        position: 0,
        time: row.try_get("", "time").expect("time"),
        region: row.try_get("", "region").expect("region"),
        traceparent: row.try_get("", "traceparent").expect("traceparent"),
        payload: row.try_get::<Vec<u8>>("", "payload").expect("payload").into(),
    };
    rows.iter().map(event).collect()
}

fn uuid(id: &str) -> Uuid {
    Uuid::try_parse(id.split_once('_').expect("an id").1).expect("a UUID")
}

/// Where 5825 is.
const LATITUDE: i32 = 51_570_700;
const LONGITUDE: i32 = 5_940_800;

/// Takes the first event and asserts all of it.
fn expect<M: Message + prost::Name + Default + PartialEq + std::fmt::Debug>(
    events: &mut Vec<Event>,
    region: RegionId,
    subject: &str,
    sequence: i64,
    message: &M,
) {
    let event = events.remove(0);
    assert_eq!(event.kind, M::full_name());
    assert_eq!((event.subject, event.sequence, event.region), (uuid(subject), sequence, region), "{}", event.kind);
    assert_eq!(event.decode::<M>().expect("a payload"), *message);
}

/// What is told of the location that came with an employer's ward.
async fn place(bed: &Testbed, employer: &Employer) -> LocationCreated {
    let asked = as_token(GetWardRequest { id: employer.ward.clone() }, &employer.hr);
    let location = bed.organisations().get_ward(asked).await.expect("the ward").into_inner().ward.expect("it").location;
    LocationCreated {
        location,
        organisation: employer.id.clone(),
        name: "Overloon 5825AB".to_owned(),
        postcode: "5825AB".to_owned(),
        municipality: String::new(),
        latitude_microdegrees: LATITUDE,
        longitude_microdegrees: LONGITUDE,
    }
}

#[tokio::test]
async fn organisations_wards_pools_and_agreements_are_told_as_they_are() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (a, b) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let pool = builder.pool(&[&a]).await;
    let request = AddPoolMemberRequest { pool: pool.clone(), organisation: b.id.clone(), request_id: request_id() };
    bed.pools().add_pool_member(as_token(request, builder.operator())).await.expect("added");
    let (organisation, minutes_per_week) = (b.id.clone(), Some(480));
    let request = LimitHoursElsewhereRequest { pool: pool.clone(), organisation, minutes_per_week, request_id: request_id() };
    bed.pools().limit_hours_elsewhere(as_token(request, &b.hr)).await.expect("limited");
    let request = RemovePoolMemberRequest { pool: pool.clone(), organisation: b.id.clone(), request_id: request_id() };
    bed.pools().remove_pool_member(as_token(request, builder.operator())).await.expect("removed");
    let agreement = Agreement {
        organisation: a.id.clone(),
        from: date("2026-01-01"),
        until: date("2026-12-31"),
        bases: vec![Basis::CollegialLending.into(), Basis::OwnExtraHours.into()],
        works_council_decided_on: date("2025-06-01"),
        ..Agreement::default()
    };
    let signed_on_paper = Some(signed(long_ago()));
    let request = CreateAgreementRequest { agreement: Some(agreement), signed_on_paper, request_id: request_id() };
    let made = bed.agreements().create_agreement(as_token(request, builder.operator())).await.expect("made").into_inner();
    let agreement = made.agreement.expect("it").id;

    let mut events = log(&bed.db("members")).await;
    let joined_on = date("2020-01-01");
    for employer in [&a, &b] {
        let (organisation, name) = (employer.id.clone(), employer.name.clone());
        let created = OrganisationCreated {
            organisation: organisation.clone(),
            name,
            joined_on,
            branch: proto::members::Branch::NursingAndHomeCare.into(),
            kind: OrganisationKind::Employer.into(),
            collective_agreements: Vec::new(),
        };
        expect(&mut events, bed.region, &employer.id, 1, &created);
        let place = place(&bed, employer).await;
        let location = place.location.clone();
        expect(&mut events, bed.region, &location, 1, &place);
        let (ward, name, postcode) = (employer.ward.clone(), "De Linde".to_owned(), "5825AB".to_owned());
        expect(&mut events, bed.region, &employer.ward, 1, &WardCreated { ward, organisation, name, postcode, location });
    }
    let (kind, terms) = (PoolKind::Region.into(), Some(crate::pool_terms::plain()));
    let created = PoolCreated { pool: pool.clone(), name: "Pool 3".to_owned(), organisations: vec![a.id.clone()], kind, terms };
    expect(&mut events, bed.region, &pool, 1, &created);
    expect(&mut events, bed.region, &pool, 2, &PoolMemberAdded { pool: pool.clone(), organisation: b.id.clone() });
    let mut whole = PoolUpdated {
        pool: pool.clone(),
        name: "Pool 3".to_owned(),
        organisations: vec![a.id.clone(), b.id.clone()],
        kind,
        terms,
        hours_elsewhere: vec![HoursElsewhere { organisation: b.id.clone(), minutes_per_week: 480 }],
    };
    expect(&mut events, bed.region, &pool, 3, &whole);
    (whole.organisations, whole.hours_elsewhere) = (vec![a.id.clone()], Vec::new());
    expect(&mut events, bed.region, &pool, 4, &whole);
    let created = AgreementCreated {
        agreement: agreement.clone(),
        organisation: a.id,
        from: date("2026-01-01"),
        until: date("2026-12-31"),
        bases: vec![Basis::OwnExtraHours.into(), Basis::CollegialLending.into()],
        programmes: vec![Programme::Flexpool.into()],
        scope: SharingScope::Both.into(),
        ..AgreementCreated::default()
    };
    expect(&mut events, bed.region, &agreement, 1, &created);
    assert_eq!(events, []);
}

/// A worker whose every personal fact is found nowhere else.
fn canary(organisation: &str) -> CreateWorkerRequest {
    let worker = Worker {
        first_name: "Kanariefirst".to_owned(),
        last_name: "Kanarielast".to_owned(),
        birth_date: date("2008-02-29"),
        postcode: "6043XQ".to_owned(),
        big_number: "49087654330".to_owned(),
        big_valid_until: date("2031-07-09"),
        ..Worker::default()
    };
    let employment = Employment {
        organisation: organisation.to_owned(),
        personnel_number: "PN-Kanarie-77".to_owned(),
        function_level: FunctionLevel::DistrictNurse.into(),
        kind: EmploymentKind::Permanent.into(),
        minutes_per_week: 1920,
        from: date("2026-02-01"),
        ..Employment::default()
    };
    let competences = ["tilliften", "bhv"].map(|code| Competence { code: code.to_owned(), ..Competence::default() }).to_vec();
    CreateWorkerRequest { worker: Some(worker), employment: Some(employment), competences, request_id: request_id() }
}

#[tokio::test]
async fn a_worker_is_told_in_the_order_in_which_a_reader_needs_it_and_without_saying_who() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("A").await;
    let before = log(&bed.db("members")).await.len();
    let request = canary(&employer.id);
    let made = bed.workers().create_worker(as_token(request, &employer.hr)).await.expect("made").into_inner().worker.expect("it");
    let second = Employment {
        id: String::new(),
        personnel_number: "PN-Kanarie-78".to_owned(),
        until: date("2027-01-31"),
        etag: String::new(),
        ..made.employments[0].clone()
    };
    let request = CreateEmploymentRequest { employment: Some(second), request_id: request_id() };
    let second = bed.workers().create_employment(as_token(request, &employer.hr)).await.expect("given").into_inner();
    let third = Competence {
        code: "insuline".to_owned(),
        valid_from: date("2026-03-01"),
        valid_until: date("2029-02-28"),
        ..Competence::default()
    };
    let request = AddCompetenceRequest { worker: made.id.clone(), competence: Some(third), request_id: request_id() };
    let third = bed.workers().add_competence(as_token(request, &employer.hr)).await.expect("added").into_inner().competence.expect("it");
    // Users are told to nobody.
    let request: CreateUserRequest = user(vec![grant(Role::Worker, "")], &made.id);
    bed.identity().create_user(as_token(request, &employer.hr)).await.expect("invited");

    let mut events = log(&bed.db("members")).await.split_off(before);
    let worker = made.id.clone();
    // Who is born on 29 February comes of age on 1 March.
    let created = WorkerCreated {
        worker: worker.clone(),
        pc4: "6043".to_owned(),
        adult_on: date("2026-03-01"),
        registered_until: date("2031-07-09"),
    };
    expect(&mut events, bed.region, &worker, 1, &created);
    let started = |employment: &Employment| EmploymentStarted {
        worker: worker.clone(),
        employment: employment.id.clone(),
        organisation: employer.id.clone(),
        function_level: FunctionLevel::DistrictNurse.into(),
        kind: EmploymentKind::Permanent.into(),
        minutes_per_week: 1920,
        from: date("2026-02-01"),
        until: employment.until,
        assessed_until: None,
    };
    let added = |competence: &Competence| CompetenceAdded {
        worker: worker.clone(),
        competence: competence.id.clone(),
        code: competence.code.clone(),
        valid_from: competence.valid_from,
        valid_until: competence.valid_until,
    };
    expect(&mut events, bed.region, &worker, 2, &started(&made.employments[0]));
    expect(&mut events, bed.region, &worker, 3, &added(&made.competences[0]));
    expect(&mut events, bed.region, &worker, 4, &added(&made.competences[1]));
    expect(&mut events, bed.region, &worker, 5, &started(&second.employment.expect("it")));
    expect(&mut events, bed.region, &worker, 6, &added(&third));
    assert_eq!(events, []);
}

#[tokio::test]
async fn no_event_says_who_somebody_is() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("A").await;
    let request = canary(&employer.id);
    bed.workers().create_worker(as_token(request, &employer.hr)).await.expect("made");
    let birth_date = date("2008-02-29").expect("a day").encode_to_vec();
    let facts: Vec<Vec<u8>> = ["Kanarie", "6043X", "6043 X", "XQ", "4908765", "PN-", "2008-02-29", "29-02-2008"]
        .iter()
        .map(|text| text.as_bytes().to_vec())
        .chain([birth_date])
        .collect();
    let events = log(&bed.db("members")).await;
    assert!(events.len() > 5);
    for event in events {
        for fact in &facts {
            let found = event.payload.windows(fact.len()).any(|part| part.eq_ignore_ascii_case(fact));
            assert!(!found, "{} tells {}", event.kind, String::from_utf8_lossy(fact));
        }
    }
}

#[tokio::test]
async fn an_event_carries_the_time_of_the_call_and_reaches_the_bus() {
    let bed = Testbed::start().await;
    bed.set_clock(86_400);
    let before = bed.frame.clock.now();
    bed.builder().await.employer_without_agreement("A").await;
    let events = log(&bed.db("members")).await;
    assert!(events.iter().all(|event| event.time >= before && event.time <= bed.frame.clock.now()));
    bed.caught_up().await;
    let heads = bus::heads(&bed.db("members")).await.expect("the heads");
    assert_eq!(heads.iter().sum::<i64>(), i64::try_from(events.len()).expect("few"));
}
