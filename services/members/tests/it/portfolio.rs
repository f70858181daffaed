//! Further employments and competences: what may be written.

use proto::members::{AddCompetenceRequest, Competence, CreateEmploymentRequest, Employment};
use testkit::{
    Testbed, as_token,
    region::{Employer, Person},
    request_id,
};
use tonic::Code;

use crate::{
    support::{Wrong, date, happens_once, not_found, refuses, refuses_what_is_wrong, unknown},
    workers::{OUTPUT_ONLY, competence, employment},
};

async fn worker_at(bed: &Testbed, employer: &Employer) -> String {
    bed.builder().await.worker(employer, &Person::default()).await.id
}

#[tokio::test]
async fn a_further_employment_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let id = worker_at(&bed, &employer).await;
    let good = CreateEmploymentRequest {
        employment: Some(Employment { worker: id, ..employment(&employer.id, "20000") }),
        request_id: request_id(),
    };
    let wrong: &[Wrong<CreateEmploymentRequest>] = &[
        (|r| *r = CreateEmploymentRequest::default(), &[("employment", "is required"), ("request_id", "is not a UUID (D25)")]),
        (
            |r| r.employment = Some(Employment::default()),
            &[
                ("employment.worker", "is required"),
                ("employment.organisation", "is required"),
                ("employment.personnel_number", "is required"),
                ("employment.function_level", "is required"),
                ("employment.kind", "is required"),
                ("employment.from", "is required"),
            ],
        ),
        (
            |r| {
                let employment = r.employment.as_mut().unwrap();
                employment.id = "emp_1".to_owned();
                employment.worker = unknown("emp");
                employment.personnel_number = " ".to_owned();
            },
            &[
                ("employment.worker", "is not an id of this kind: expected wrk_ followed by 32 hexadecimal digits"),
                ("employment.id", OUTPUT_ONLY),
                ("employment.personnel_number", "is required"),
            ],
        ),
    ];
    refuses_what_is_wrong(&bed, &good, wrong, async |r| bed.workers().create_employment(as_token(r, &employer.hr)).await).await;
}

#[tokio::test]
async fn hr_gives_further_employments_to_the_own_workers_only() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let id = worker_at(&bed, &own).await;
    let request = |worker: &str, organisation: &str, number: &str| CreateEmploymentRequest {
        employment: Some(Employment { worker: worker.to_owned(), ..employment(organisation, number) }),
        request_id: request_id(),
    };
    let create = async |r, token: &str| bed.workers().create_employment(as_token(r, token)).await.map(tonic::Response::into_inner);
    let shorter = |r: &mut CreateEmploymentRequest| r.employment.as_mut().unwrap().minutes_per_week = 60;
    let made = happens_once(&bed, &request(&id, &own.id, "20000"), shorter, async |r| create(r, &own.hr).await).await;
    let made = made.employment.expect("it");
    assert_eq!(made, Employment { id: made.id.clone(), worker: id.clone(), etag: "0".to_owned(), ..employment(&own.id, "20000") });

    let taken = request(&id, &own.id, "20000");
    let facts = [("personnel_number", "20000")];
    refuses(&bed, async || create(taken, &own.hr).await, Code::AlreadyExists, "PERSONNEL_NUMBER_TAKEN", &facts).await;
    not_found(&bed, "organisation", async || create(request(&id, &other.id, "1"), &own.hr).await).await;
    // Somebody else's worker, whose id hr saw on a claim, does not become theirs.
    not_found(&bed, "worker", async || create(request(&id, &other.id, "1"), &other.hr).await).await;
    not_found(&bed, "worker", async || create(request(&unknown("wrk"), &own.id, "1"), &own.hr).await).await;
    not_found(&bed, "worker", async || create(request(&unknown("wrk"), &own.id, "1"), builder.operator()).await).await;
    not_found(&bed, "organisation", async || create(request(&id, &unknown("org"), "1"), builder.operator()).await).await;
    create(request(&id, &other.id, "1"), builder.operator()).await.expect("the operator links them");
}

#[tokio::test]
async fn employments_given_at_once_all_reach_the_log_in_order() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let id = worker_at(&bed, &employer).await;
    let giving = (0..12).map(|n| {
        let employment = Employment { worker: id.clone(), ..employment(&employer.id, &format!("2{n:04}")) };
        let request = CreateEmploymentRequest { employment: Some(employment), request_id: request_id() };
        let (mut client, request) = (bed.workers(), as_token(request, &employer.hr));
        async move { client.create_employment(request).await }
    });
    futures::future::try_join_all(giving).await.expect("all are given");
    assert_eq!(members::check(&bed.db("members")).await.expect("a check"), []);
}

#[tokio::test]
async fn a_competence_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let good = AddCompetenceRequest {
        worker: worker_at(&bed, &employer).await,
        competence: Some(competence("tilliften")),
        request_id: request_id(),
    };
    let wrong: &[Wrong<AddCompetenceRequest>] = &[
        (
            |r| *r = AddCompetenceRequest::default(),
            &[("worker", "is required"), ("competence", "is required"), ("request_id", "is not a UUID (D25)")],
        ),
        (
            |r| {
                r.worker = "sam".to_owned();
                r.competence = Some(Competence { id: "cmp_1".to_owned(), code: "a".repeat(61), ..competence("") });
            },
            &[
                ("worker", "is not an id of this kind: expected wrk_ followed by 32 hexadecimal digits"),
                ("competence.id", OUTPUT_ONLY),
                ("competence.code", "is not 1 to 60 lower case letters, digits and hyphens"),
            ],
        ),
        (|r| r.competence.as_mut().unwrap().valid_from = date("2029-01-01"), &[("competence.valid_until", "is before the first day")]),
        (
            |r| r.competence.as_mut().unwrap().valid_from = Some(proto::Date { year: 20, month: 1, day: 1 }),
            &[("competence.valid_from", "is not a day between 1900 and 9999")],
        ),
    ];
    refuses_what_is_wrong(&bed, &good, wrong, async |r| bed.workers().add_competence(as_token(r, &employer.hr)).await).await;
}

#[tokio::test]
async fn a_competence_is_held_once_on_a_day() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let id = worker_at(&bed, &own).await;
    let request = |worker: &str, competence| AddCompetenceRequest {
        worker: worker.to_owned(),
        competence: Some(competence),
        request_id: request_id(),
    };
    let add = async |r, token: &str| bed.workers().add_competence(as_token(r, token)).await.map(tonic::Response::into_inner);
    let change = |r: &mut AddCompetenceRequest| r.competence.as_mut().unwrap().code = "bhv".to_owned();
    let made = happens_once(&bed, &request(&id, competence("tilliften")), change, async |r| add(r, &own.hr).await).await;
    let made = made.competence.expect("it");
    assert_eq!(made, Competence { id: made.id.clone(), ..competence("tilliften") });

    let overlapping = Competence { valid_from: None, valid_until: date("2026-01-01"), ..competence("tilliften") };
    let send = async || add(request(&id, overlapping), &own.hr).await;
    refuses(&bed, send, Code::FailedPrecondition, "COMPETENCE_OVERLAPS", &[("code", "tilliften")]).await;
    let later = Competence { valid_from: date("2029-01-01"), valid_until: None, ..competence("tilliften") };
    add(request(&id, later), &own.hr).await.expect("the days after");

    not_found(&bed, "worker", async || add(request(&id, competence("bhv")), &other.hr).await).await;
    not_found(&bed, "worker", async || add(request(&unknown("wrk"), competence("bhv")), &own.hr).await).await;
    not_found(&bed, "worker", async || add(request(&unknown("wrk"), competence("bhv")), builder.operator()).await).await;
    add(request(&id, competence("bhv")), builder.operator()).await.expect("the operator may");
}

#[tokio::test]
async fn of_the_same_competence_added_at_once_one_stands() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let id = worker_at(&bed, &employer).await;
    let adding = (0..10).map(|_| {
        let request = AddCompetenceRequest { worker: id.clone(), competence: Some(competence("bhv")), request_id: request_id() };
        let (mut client, request) = (bed.workers(), as_token(request, &employer.hr));
        async move { client.add_competence(request).await }
    });
    let answers = futures::future::join_all(adding).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for status in answers.into_iter().filter_map(Result::err) {
        assert_eq!(testkit::reason(&status), "COMPETENCE_OVERLAPS");
    }
}
