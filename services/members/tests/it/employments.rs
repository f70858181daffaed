//! Employments change and end, and why somebody leaves stays between the person and the employer.

use prost::Message;
use proto::members::{
    AssessmentResult, Employment, EmploymentEnded, EmploymentKind, EndEmploymentRequest, Exit, ExitDestination, ExitReason, FunctionLevel,
    GetWorkerRequest, ListExitsRequest, SelfEmployedAssessment, UpdateEmploymentRequest,
};
use sea_orm::{ConnectionTrait, Statement};
use testkit::{
    Testbed, as_token,
    region::{Builder, Colleague, Employer, Person},
    request_id,
};
use tonic::{Code, Status};

use crate::support::{Wrong, count, date, happens_once, not_found, refuses, refuses_what_is_wrong, unknown};

/// What can be changed.
const ALL: [&str; 8] = ["personnel_number", "function_level", "kind", "minutes_per_week", "cost_centre", "from", "until", "assessment"];
const OUTPUT_ONLY: &str = "is set by the service and must be empty";

struct Stand {
    bed: Testbed,
    builder: Builder,
    own: Employer,
    worker: Colleague,
}

impl Stand {
    async fn start(person: &Person) -> Self {
        let bed = Testbed::start().await;
        let builder = bed.builder().await;
        let own = builder.employer_without_agreement("A").await;
        let worker = builder.worker(&own, person).await;
        Self { bed, builder, own, worker }
    }

    fn update(&self, paths: &[&str], change: Employment) -> UpdateEmploymentRequest {
        let id = self.worker.employment.clone();
        let etag = if change.etag.is_empty() { "0".to_owned() } else { change.etag.clone() };
        let update_mask = Some(prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() });
        UpdateEmploymentRequest { employment: Some(Employment { id, etag, ..change }), update_mask, request_id: request_id() }
    }

    async fn send(&self, request: UpdateEmploymentRequest, token: &str) -> Result<Employment, Status> {
        Ok(self.bed.workers().update_employment(as_token(request, token)).await?.into_inner().employment.expect("it"))
    }

    fn end(&self, etag: &str, until: &str) -> EndEmploymentRequest {
        let exit = Exit { reason: ExitReason::OwnNotice.into(), destination: ExitDestination::OtherSector.into(), ..Exit::default() };
        let (id, etag) = (self.worker.employment.clone(), etag.to_owned());
        EndEmploymentRequest { id, etag, until: date(until), exit: Some(exit), request_id: request_id() }
    }

    async fn send_end(&self, request: EndEmploymentRequest, token: &str) -> Result<Employment, Status> {
        Ok(self.bed.workers().end_employment(as_token(request, token)).await?.into_inner().employment.expect("it"))
    }

    async fn get(&self, token: &str) -> Employment {
        let request = as_token(GetWorkerRequest { id: self.worker.id.clone() }, token);
        self.bed.workers().get_worker(request).await.expect("the file").into_inner().worker.expect("it").employments.remove(0)
    }

    async fn exits(&self, organisation: &str, token: &str) -> Result<Vec<Exit>, Status> {
        let request = ListExitsRequest { organisation: organisation.to_owned(), ..ListExitsRequest::default() };
        Ok(self.bed.workers().list_exits(as_token(request, token)).await?.into_inner().exits)
    }

    /// The stored events of this kind.
    async fn payloads(&self, kind: &str) -> Vec<Vec<u8>> {
        let db = self.bed.db("members");
        let sql = format!("SELECT payload FROM event_log WHERE kind LIKE '%.{kind}'");
        let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.expect("the log");
        rows.iter().map(|row| row.try_get("", "payload").expect("a payload")).collect()
    }

    async fn told(&self, kind: &str) -> i64 {
        count(&self.bed.db("members"), &format!("SELECT COUNT(*) AS n FROM event_log WHERE kind LIKE '%.{kind}'")).await
    }
}

fn self_employed() -> Person {
    Person { kind: EmploymentKind::SelfEmployed, ..Person::default() }
}

#[tokio::test]
async fn a_change_is_told_everything_that_is_wrong_with_it() {
    let stand = Stand::start(&Person::default()).await;
    let wrong: &[Wrong<UpdateEmploymentRequest>] = &[
        (
            |r| *r = UpdateEmploymentRequest::default(),
            &[("update_mask", "is required: at least one path"), ("employment", "is required"), ("request_id", "is not a UUID (D25)")],
        ),
        (
            |r| {
                r.update_mask.as_mut().unwrap().paths = ALL.map(str::to_owned).to_vec();
                r.employment = Some(Employment {
                    worker: unknown("wrk"),
                    organisation: unknown("org"),
                    exit: Some(Exit::default()),
                    minutes_per_week: 3601,
                    cost_centre: "x".repeat(41),
                    until: Some(proto::Date { year: 2026, month: 2, day: 30 }),
                    assessment: Some(SelfEmployedAssessment {
                        recorded_by: "me".to_owned(),
                        assessed_on: date("2099-01-01"),
                        ..SelfEmployedAssessment::default()
                    }),
                    ..Employment::default()
                });
            },
            &[
                ("employment.id", "is required"),
                ("employment.etag", "is required"),
                ("employment.worker", OUTPUT_ONLY),
                ("employment.organisation", OUTPUT_ONLY),
                ("employment.exit", OUTPUT_ONLY),
                ("employment.personnel_number", "is required"),
                ("employment.cost_centre", "is longer than 40 characters"),
                ("employment.assessment.recorded_by", OUTPUT_ONLY),
                ("employment.function_level", "is required"),
                ("employment.kind", "is required"),
                ("employment.minutes_per_week", "is not between 0 and 3600"),
                ("employment.from", "is required"),
                ("employment.until", "is not a day between 1900 and 9999"),
                ("employment.assessment.result", "is required"),
                ("employment.assessment.assessed_on", "is in the future"),
            ],
        ),
        (
            |r| {
                r.update_mask.as_mut().unwrap().paths = vec!["until".to_owned()];
                r.employment.as_mut().unwrap().until = date("2019-12-31");
            },
            &[("employment.until", "is before the first day")],
        ),
        (
            |r| {
                r.update_mask.as_mut().unwrap().paths = vec!["assessment".to_owned()];
                let (result, assessed_on) = (AssessmentResult::OutsideEmployment.into(), date("2026-01-01"));
                r.employment.as_mut().unwrap().assessment =
                    Some(SelfEmployedAssessment { result, assessed_on, ..SelfEmployedAssessment::default() });
            },
            &[("employment.assessment", "is only for the self-employed")],
        ),
    ];
    let good = stand.update(&["minutes_per_week"], Employment { minutes_per_week: 600, ..Employment::default() });
    refuses_what_is_wrong(&stand.bed, &good, wrong, async |r| stand.send(r, &stand.own.hr).await).await;
}

#[tokio::test]
async fn an_end_is_told_everything_that_is_wrong_with_it() {
    let stand = Stand::start(&Person::default()).await;
    let wrong: &[Wrong<EndEmploymentRequest>] = &[
        (
            |r| *r = EndEmploymentRequest::default(),
            &[
                ("id", "is required"),
                ("etag", "is required"),
                ("until", "is required"),
                ("exit", "is required"),
                ("request_id", "is not a UUID (D25)"),
            ],
        ),
        (
            |r| r.exit = Some(Exit { employment: unknown("emp"), worker: unknown("wrk"), left_on: r.until, reason: 7, destination: 0 }),
            &[
                ("exit.employment", OUTPUT_ONLY),
                ("exit.worker", OUTPUT_ONLY),
                ("exit.left_on", OUTPUT_ONLY),
                ("exit.reason", "is not a value of its enum"),
                ("exit.destination", "is required"),
            ],
        ),
        (|r| r.until = date("2019-12-31"), &[("until", "is before the first day")]),
    ];
    refuses_what_is_wrong(&stand.bed, &stand.end("0", "2026-12-31"), wrong, async |r| stand.send_end(r, &stand.own.hr).await).await;
}

#[tokio::test]
async fn an_employment_is_changed_once_as_it_was_read_and_told_when_it_matters_to_others() {
    let stand = Stand::start(&Person::default()).await;
    let level = FunctionLevel::Helper.into();
    let change = Employment { function_level: level, minutes_per_week: 600, cost_centre: " 4021 ".to_owned(), ..Employment::default() };
    let request = stand.update(&["function_level", "minutes_per_week", "cost_centre"], change);
    let other = |r: &mut UpdateEmploymentRequest| r.employment.as_mut().unwrap().minutes_per_week = 660;
    let before = stand.get(&stand.own.hr).await;
    let changed = happens_once(&stand.bed, &request, other, async |r| stand.send(r, &stand.own.hr).await).await;
    let (cost_centre, etag) = ("4021".to_owned(), "1".to_owned());
    assert_eq!(changed, Employment { function_level: level, minutes_per_week: 600, cost_centre, etag, ..before });
    assert_eq!(stand.get(&stand.worker.token).await, changed);
    assert_eq!(stand.told("EmploymentChanged").await, 1);

    let own = Employment { personnel_number: "7".to_owned(), cost_centre: String::new(), etag: "1".to_owned(), ..Employment::default() };
    let changed = stand.send(stand.update(&["personnel_number", "cost_centre"], own), &stand.own.hr).await.expect("changed");
    assert_eq!((changed.personnel_number.as_str(), changed.cost_centre.as_str(), changed.etag.as_str()), ("7", "", "2"));
    assert_eq!(stand.told("EmploymentChanged").await, 1, "what only the employer sees is told to nobody");

    let late = stand.update(&["minutes_per_week"], Employment { minutes_per_week: 1, etag: "1".to_owned(), ..Employment::default() });
    refuses(&stand.bed, async || stand.send(late, &stand.own.hr).await, Code::FailedPrecondition, "CHANGED_MEANWHILE", &[]).await;
    let kind = Employment { kind: EmploymentKind::SelfEmployed.into(), etag: "2".to_owned(), ..Employment::default() };
    let kind = stand.update(&["kind"], kind);
    refuses(&stand.bed, async || stand.send(kind, &stand.own.hr).await, Code::FailedPrecondition, "EMPLOYMENT_KIND_FIXED", &[]).await;
    let second = stand.builder.worker(&stand.own, &Person::default()).await;
    let taken = stand.builder.worker_request(&stand.own, &Person::default()).employment.expect("it").personnel_number;
    let mut request = stand.update(&["personnel_number"], Employment { personnel_number: "7".to_owned(), ..Employment::default() });
    request.employment.as_mut().expect("it").id = second.employment.clone();
    let facts = [("personnel_number", "7")];
    refuses(&stand.bed, async || stand.send(request, &stand.own.hr).await, Code::AlreadyExists, "PERSONNEL_NUMBER_TAKEN", &facts).await;
    assert_ne!(taken, "7");
    assert_eq!(members::check(&stand.bed.db("members")).await.expect("a check"), []);
}

#[tokio::test]
async fn who_is_not_hr_there_or_an_operator_changes_nothing() {
    let stand = Stand::start(&Person::default()).await;
    let other = stand.builder.employer_without_agreement("B").await;
    let hours = || stand.update(&["minutes_per_week"], Employment { minutes_per_week: 600, ..Employment::default() });
    not_found(&stand.bed, "employment", async || stand.send(hours(), &other.hr).await).await;
    not_found(&stand.bed, "employment", async || stand.send_end(stand.end("0", "2026-12-31"), &other.hr).await).await;
    let mut nothing = hours();
    nothing.employment.as_mut().expect("it").id = unknown("emp");
    not_found(&stand.bed, "employment", async || stand.send(nothing, stand.builder.operator()).await).await;
    stand.send(hours(), stand.builder.operator()).await.expect("changed");
}

#[tokio::test]
async fn an_end_has_a_reason_that_only_the_person_and_the_employer_see() {
    let stand = Stand::start(&Person::default()).await;
    let other = stand.builder.employer_without_agreement("B").await;
    let later = |r: &mut EndEmploymentRequest| r.until = date("2027-01-31");
    let request = stand.end("0", "2026-12-31");
    let ended = happens_once(&stand.bed, &request, later, async |r| stand.send_end(r, &stand.own.hr).await).await;
    let exit = Exit {
        employment: stand.worker.employment.clone(),
        worker: stand.worker.id.clone(),
        left_on: date("2026-12-31"),
        ..request.exit.expect("it")
    };
    assert_eq!((ended.until, &ended.exit), (date("2026-12-31"), &Some(exit.clone())));
    assert_eq!(stand.told("EmploymentEnded").await, 1);
    for (token, sees) in [(&stand.worker.token, true), (&stand.own.hr, true), (&stand.builder.operator().to_owned(), false)] {
        assert_eq!(stand.get(token).await.exit.is_some(), sees);
    }
    assert_eq!(stand.exits(&stand.own.id, &stand.own.hr).await.expect("listed"), std::slice::from_ref(&exit));
    not_found(&stand.bed, "organisation", async || stand.exits(&stand.own.id, &other.hr).await).await;
    assert!(stand.exits(&other.id, &other.hr).await.expect("listed").is_empty());

    // Its end is no longer changed but by ending it again.
    let until = stand.update(&["until"], Employment { etag: "1".to_owned(), ..Employment::default() });
    let facts = [("until", "2026-12-31")];
    refuses(&stand.bed, async || stand.send(until, &stand.own.hr).await, Code::FailedPrecondition, "EMPLOYMENT_ENDED", &facts).await;
    let again = stand.send_end(stand.end("1", "2027-01-31"), stand.builder.operator()).await.expect("ended again");
    assert_eq!((again.until, again.exit.as_ref()), (date("2027-01-31"), None), "an operator does not see why");
    assert_eq!(stand.exits(&stand.own.id, &stand.own.hr).await.expect("listed")[0].left_on, date("2027-01-31"));
    // Neither reason nor destination is in an event: it holds these fields, each of another thing, and no other byte.
    let payloads = stand.payloads("EmploymentEnded").await;
    assert_eq!(payloads.len(), 2);
    for payload in payloads {
        let told = EmploymentEnded::decode(payload.as_slice()).expect("an event");
        assert_eq!(told.encode_to_vec(), payload);
        let EmploymentEnded {
            worker,
            employment,
            organisation,
            function_level,
            kind,
            minutes_per_week,
            from,
            until,
            assessed_until,
            revision,
        } = told;
        assert_eq!((worker, employment, organisation), (ended.worker.clone(), ended.id.clone(), ended.organisation.clone()));
        assert_eq!((function_level, kind, minutes_per_week), (ended.function_level, ended.kind, ended.minutes_per_week));
        assert_eq!((from, assessed_until), (ended.from, None));
        let ends = [(1, ended.until), (2, again.until)];
        assert!(ends.contains(&(revision, until)), "{revision} {until:?}");
    }
}

#[tokio::test]
async fn an_assessment_of_somebody_self_employed_says_who_recorded_it() {
    let stand = Stand::start(&self_employed()).await;
    let assessment = SelfEmployedAssessment {
        result: AssessmentResult::NoJudgement.into(),
        assessed_on: Some(stand.bed.day(-3).to_proto()),
        ..SelfEmployedAssessment::default()
    };
    let change = Employment { assessment: Some(assessment.clone()), ..Employment::default() };
    let changed = stand.send(stand.update(&["assessment"], change), &stand.own.hr).await.expect("changed");
    let recorded_by = "client:testkit".to_owned();
    assert_eq!(changed.assessment, Some(SelfEmployedAssessment { recorded_by, ..assessment }));
    assert_eq!(stand.told("EmploymentChanged").await, 1);
    let gone = Employment { etag: "1".to_owned(), ..Employment::default() };
    let changed = stand.send(stand.update(&["assessment"], gone), &stand.own.hr).await.expect("changed");
    assert_eq!(changed.assessment, None);
    assert_eq!(stand.told("EmploymentChanged").await, 1, "both let nobody claim, so nothing is told");
}
