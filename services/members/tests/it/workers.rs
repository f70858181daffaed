//! Workers with a first employment and competences: what may be written.

use proto::members::{Competence, CreateWorkerRequest, Employment, EmploymentKind, FunctionLevel, Worker};
use testkit::{Testbed, as_token, request_id};
use tonic::Code;

use crate::support::{Wrong, count, date, happens_once, not_found, refuses, refuses_what_is_wrong, unknown};

const NO_ORGANISATION: &str = "is not an id of this kind: expected org_ followed by 32 hexadecimal digits";
const CITIZEN_NUMBER: &str = "holds what looks like a citizen service number (IDN-07)";
const NO_POSTCODE: &str = "is not a Dutch postcode such as 5825AB (IDN-06)";
pub(crate) const OUTPUT_ONLY: &str = "is set by the service and must be empty";

pub(crate) fn worker(organisation: &str, personnel_number: &str) -> CreateWorkerRequest {
    let worker = Worker {
        first_name: "Mehmet".to_owned(),
        last_name: "van den Berg".to_owned(),
        birth_date: date("1992-04-21"),
        postcode: "5825 ab".to_owned(),
        big_number: "52002566630".to_owned(),
        big_valid_until: date("2030-06-01"),
        ..Worker::default()
    };
    CreateWorkerRequest {
        worker: Some(worker),
        employment: Some(employment(organisation, personnel_number)),
        competences: vec![competence("tilliften"), competence("insuline")],
        request_id: request_id(),
    }
}

pub(crate) fn employment(organisation: &str, personnel_number: &str) -> Employment {
    Employment {
        organisation: organisation.to_owned(),
        personnel_number: personnel_number.to_owned(),
        function_level: FunctionLevel::Nurse.into(),
        kind: EmploymentKind::Temporary.into(),
        minutes_per_week: 1440,
        from: date("2025-04-01"),
        until: date("2027-03-31"),
        ..Employment::default()
    }
}

pub(crate) fn competence(code: &str) -> Competence {
    Competence { id: String::new(), code: code.to_owned(), valid_from: date("2026-01-01"), valid_until: date("2028-12-31") }
}

#[tokio::test]
async fn a_person_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let wrong: &[Wrong<CreateWorkerRequest>] = &[
        (
            |r| *r = CreateWorkerRequest::default(),
            &[("worker", "is required"), ("employment", "is required"), ("request_id", "is not a UUID (D25)")],
        ),
        (
            |r| r.worker = Some(Worker::default()),
            &[
                ("worker.first_name", "is required"),
                ("worker.last_name", "is required"),
                ("worker.birth_date", "is required"),
                ("worker.postcode", NO_POSTCODE),
            ],
        ),
        (
            |r| {
                let worker = r.worker.as_mut().unwrap();
                worker.id = "wrk_1".to_owned();
                worker.employments.push(Employment::default());
                worker.competences.push(Competence::default());
            },
            &[("worker.id", OUTPUT_ONLY), ("worker.employments", OUTPUT_ONLY), ("worker.competences", OUTPUT_ONLY)],
        ),
        (
            |r| {
                let worker = r.worker.as_mut().unwrap();
                worker.first_name = "x".repeat(81);
                worker.last_name = "x".repeat(121);
            },
            &[("worker.first_name", "is longer than 80 characters"), ("worker.last_name", "is longer than 120 characters")],
        ),
        (
            |r| {
                let worker = r.worker.as_mut().unwrap();
                worker.first_name = "Mehmet 123456782".to_owned();
                worker.last_name = "BSN:111222333.".to_owned();
            },
            &[("worker.first_name", CITIZEN_NUMBER), ("worker.last_name", CITIZEN_NUMBER)],
        ),
        (
            |r| r.worker.as_mut().unwrap().birth_date = Some(proto::Date { year: 1992, month: 2, day: 30 }),
            &[("worker.birth_date", "is not a day between 1900 and 9999")],
        ),
        (|r| r.worker.as_mut().unwrap().birth_date = date("2024-01-01"), &[("worker.birth_date", "is not between 14 and 100 years ago")]),
        (|r| r.worker.as_mut().unwrap().birth_date = date("1901-01-01"), &[("worker.birth_date", "is not between 14 and 100 years ago")]),
        (|r| r.worker.as_mut().unwrap().postcode = "5825".to_owned(), &[("worker.postcode", NO_POSTCODE)]),
        (|r| r.worker.as_mut().unwrap().big_number = "5200256663".to_owned(), &[("worker.big_number", "is not 11 digits (QUA-02)")]),
        (|r| r.worker.as_mut().unwrap().big_valid_until = None, &[("worker.big_valid_until", "is required")]),
        (|r| r.worker.as_mut().unwrap().big_number.clear(), &[("worker.big_number", "is required with big_valid_until")]),
    ];
    refuses_what_is_wrong(&bed, &worker(&employer.id, "10000"), wrong, async |r| {
        bed.workers().create_worker(as_token(r, &employer.hr)).await
    })
    .await;
}

#[tokio::test]
async fn a_first_employment_and_competences_are_told_everything_that_is_wrong_with_them() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let wrong: &[Wrong<CreateWorkerRequest>] = &[
        (
            |r| r.employment = Some(Employment::default()),
            &[
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
                employment.worker = unknown("wrk");
                employment.id = unknown("emp");
                employment.organisation = "Zonnehof".to_owned();
                employment.personnel_number = "1".repeat(41);
                employment.function_level = 11;
                employment.kind = -1;
                employment.minutes_per_week = 3601;
                employment.until = date("2025-03-31");
            },
            &[
                ("employment.worker", OUTPUT_ONLY),
                ("employment.id", OUTPUT_ONLY),
                ("employment.organisation", NO_ORGANISATION),
                ("employment.personnel_number", "is longer than 40 characters"),
                ("employment.function_level", "is not a value of its enum"),
                ("employment.kind", "is not a value of its enum"),
                ("employment.minutes_per_week", "is not between 0 and 3600"),
                ("employment.until", "is before the first day"),
            ],
        ),
        (|r| r.employment.as_mut().unwrap().minutes_per_week = -1, &[("employment.minutes_per_week", "is not between 0 and 3600")]),
        (
            |r| {
                let wrong = Competence { id: "cmp_1".to_owned(), code: "Tilliften".to_owned(), ..competence("") };
                let backwards = Competence { valid_until: date("2025-12-31"), ..competence("bhv") };
                r.competences.extend([wrong, competence(""), backwards, competence("tilliften")]);
            },
            &[
                ("competences[2].id", OUTPUT_ONLY),
                ("competences[2].code", "is not 1 to 60 lower case letters, digits and hyphens"),
                ("competences[3].code", "is required"),
                ("competences[4].valid_until", "is before the first day"),
                ("competences[5].code", "is there twice"),
            ],
        ),
        (|r| r.competences = (0..51).map(|n| competence(&format!("c-{n}"))).collect(), &[("competences", "are more than 50")]),
    ];
    let create = async |r| bed.workers().create_worker(as_token(r, &employer.hr)).await;
    refuses_what_is_wrong(&bed, &worker(&employer.id, "10000"), wrong, create).await;
    // What is wrong with person, employment and competences is told together.
    let everything: &[Wrong<CreateWorkerRequest>] = &[(
        |r| {
            r.worker.as_mut().unwrap().first_name.clear();
            r.employment.as_mut().unwrap().kind = 0;
            r.competences[1].code = "É".to_owned();
        },
        &[
            ("worker.first_name", "is required"),
            ("employment.kind", "is required"),
            ("competences[1].code", "is not 1 to 60 lower case letters, digits and hyphens"),
        ],
    )];
    refuses_what_is_wrong(&bed, &worker(&employer.id, "10000"), everything, create).await;
}

#[tokio::test]
async fn a_worker_is_made_once_by_hr_of_the_own_organisation() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let create = async |r, token: &str| bed.workers().create_worker(as_token(r, token)).await.map(tonic::Response::into_inner);
    let request = worker(&own.id, " 10000 ");
    let rename = |r: &mut CreateWorkerRequest| r.worker.as_mut().unwrap().first_name = "Other".to_owned();
    let made = happens_once(&bed, &request, rename, async |r| create(r, &own.hr).await).await.worker.expect("it");

    let mut expected = request.worker.expect("it");
    expected.id = made.id.clone();
    expected.postcode = "5825AB".to_owned();
    expected.employments = vec![Employment {
        id: made.employments[0].id.clone(),
        worker: made.id.clone(),
        etag: "0".to_owned(),
        ..employment(&own.id, "10000")
    }];
    expected.competences = ["tilliften", "insuline"].map(competence).to_vec();
    for (expected, made) in expected.competences.iter_mut().zip(&made.competences) {
        expected.id = made.id.clone();
    }
    assert_eq!(made, expected);

    let facts = [("personnel_number", "10000")];
    let taken = worker(&own.id, "10000");
    refuses(&bed, async || create(taken, &own.hr).await, Code::AlreadyExists, "PERSONNEL_NUMBER_TAKEN", &facts).await;
    not_found(&bed, "organisation", async || create(worker(&other.id, "10000"), &own.hr).await).await;
    not_found(&bed, "organisation", async || create(worker(&unknown("org"), "10000"), builder.operator()).await).await;
    create(worker(&other.id, "10000"), builder.operator()).await.expect("the same number elsewhere is somebody else");
}

#[tokio::test]
async fn a_personnel_number_of_nine_digits_is_no_free_text() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let made = bed.workers().create_worker(as_token(worker(&employer.id, "123456782"), &employer.hr)).await.expect("made");
    assert_eq!(made.into_inner().worker.expect("it").employments[0].personnel_number, "123456782");
}

#[tokio::test]
async fn a_worker_without_registration_or_competences_is_complete() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let mut request = worker(&employer.id, "10000");
    let person = request.worker.as_mut().expect("it");
    (person.big_number, person.big_valid_until) = (String::new(), None);
    request.competences.clear();
    request.employment.as_mut().expect("it").until = None;
    let made = bed.workers().create_worker(as_token(request, &employer.hr)).await.expect("made").into_inner().worker.expect("it");
    assert_eq!((made.big_number.as_str(), made.big_valid_until, made.competences.len()), ("", None, 0));
    assert_eq!(made.employments[0].until, None);
}

#[tokio::test]
async fn of_twenty_workers_with_the_same_personnel_number_at_once_one_wins() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let creating = (0..20).map(|_| {
        let (mut client, request) = (bed.workers(), as_token(worker(&employer.id, "10000"), &employer.hr));
        async move { client.create_worker(request).await }
    });
    let answers = futures::future::join_all(creating).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
    for status in answers.into_iter().filter_map(Result::err) {
        assert_eq!((status.code(), testkit::reason(&status).as_str()), (Code::AlreadyExists, "PERSONNEL_NUMBER_TAKEN"));
    }
    let db = bed.db("members");
    for (table, expected) in [("worker", 1), ("employment", 1), ("competence", 2)] {
        assert_eq!(count(&db, &format!("SELECT COUNT(*) AS n FROM {table}")).await, expected, "{table}");
    }
    assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM event_log WHERE kind LIKE '%.WorkerCreated'").await, 1);
}

#[tokio::test]
async fn of_twenty_repetitions_at_once_one_happens_and_all_get_its_answer() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let request = worker(&employer.id, "10000");
    let creating = (0..20).map(|_| {
        let (mut client, request) = (bed.workers(), as_token(request.clone(), &employer.hr));
        async move { client.create_worker(request).await.map(tonic::Response::into_inner) }
    });
    let answers: Vec<_> = futures::future::try_join_all(creating).await.expect("the same answer for all");
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(count(&bed.db("members"), "SELECT COUNT(*) AS n FROM worker").await, 1);
}
