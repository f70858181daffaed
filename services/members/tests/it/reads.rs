//! Workers: who may see what, and that it is noted (D17).

use chassis::caller::Role;
use proto::members::{BatchGetWorkersRequest, CreateEmploymentRequest, Employment, GetWorkerRequest, ListWorkersRequest, Worker};
use sea_orm::{ConnectionTrait, Statement};
use testkit::{
    Testbed, as_token,
    region::{Colleague, Employer, Person, Region},
    request_id,
};
use tonic::Status;

use crate::{
    support::{count, not_found, unknown},
    workers::worker,
};

async fn get(bed: &Region, id: &str, token: &str) -> Result<Worker, Status> {
    let answer = bed.workers().get_worker(as_token(GetWorkerRequest { id: id.to_owned() }, token)).await?;
    Ok(answer.into_inner().worker.expect("a worker"))
}

/// Two employers, a worker of both, and a colleague at the first.
struct Scene {
    bed: Testbed,
    operator: String,
    own: Employer,
    other: Employer,
    both: Colleague,
    colleague: Colleague,
}

async fn scene() -> Scene {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let both = builder.worker(&own, &Person { competences: vec!["bhv".to_owned()], ..Person::default() }).await;
    builder.employment(&both, &other, &Person::default()).await;
    let colleague = builder.worker(&own, &Person::default()).await;
    Scene { operator: builder.operator().to_owned(), bed, own, other, both, colleague }
}

#[tokio::test]
async fn a_file_is_seen_by_the_worker_by_hr_of_an_employer_and_by_the_operator() {
    let Scene { bed, operator, own, other, both, colleague } = scene().await;
    for token in [&both.token, &operator] {
        let file = get(&bed, &both.id, token).await.expect("the file");
        assert_eq!((file.employments.len(), file.competences.len(), file.postcode.as_str()), (2, 1, "6001AB"));
    }
    for employer in [&own, &other] {
        let file = get(&bed, &both.id, &employer.hr).await.expect("the file");
        let employers: Vec<&str> = file.employments.iter().map(|employment| employment.organisation.as_str()).collect();
        assert_eq!(employers, [employer.id.as_str()], "hr sees the own employment only");
        assert_eq!(file.competences.len(), 1);
    }
    not_found(&bed, "worker", async || get(&bed, &colleague.id, &other.hr).await).await;
    not_found(&bed, "worker", async || get(&bed, &colleague.id, &both.token).await).await;
    not_found(&bed, "worker", async || get(&bed, &unknown("wrk"), &operator).await).await;
    let elsewhere = Region::create(&bed.frame.settings).await;
    let stranger = elsewhere.token(&[(Role::Operator, None)]).await;
    not_found(&bed, "worker", async || get(&elsewhere, &both.id, &stranger).await).await;
    for id in ["", "emp_00000000000000000000000000000000"] {
        let status = get(&bed, id, &operator).await.expect_err("no worker's id");
        assert_eq!(testkit::violations(&status)[0].0, "id");
    }
}

#[tokio::test]
async fn every_read_of_somebody_elses_file_is_noted_with_who_and_what() {
    let Scene { bed, own, both, colleague, .. } = scene().await;
    let db = bed.db("members");
    let reads = async || count(&db, "SELECT COUNT(*) AS n FROM file_read").await;

    get(&bed, &both.id, &both.token).await.expect("the own file");
    let names = BatchGetWorkersRequest { ids: vec![both.id.clone()] };
    bed.workers().batch_get_workers(as_token(names, &own.planner)).await.expect("names");
    assert_eq!(reads().await, 0, "the own file and names are not noted");

    get(&bed, &both.id, &own.hr).await.expect("the file");
    let list = ListWorkersRequest { organisation: own.id.clone(), ..ListWorkersRequest::default() };
    bed.workers().list_workers(as_token(list, &own.planner)).await.expect("the list");
    let sql = "SELECT caller, method, subjects FROM file_read ORDER BY id";
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.expect("the notes");
    let notes: Vec<(String, String, String)> = rows
        .iter()
        .map(|row| (row.try_get("", "caller").unwrap(), row.try_get("", "method").unwrap(), row.try_get("", "subjects").unwrap()))
        .collect();
    let note = |method: &str, subjects: &[&str]| {
        ("client:testkit".to_owned(), format!("WorkerService/{method}"), serde_json::to_string(subjects).expect("a list"))
    };
    assert_eq!(notes, [note("GetWorker", &[&both.id]), note("ListWorkers", &[&both.id, &colleague.id])]);
}

#[tokio::test]
async fn names_come_in_the_order_of_the_ids_and_unknown_ones_are_left_out() {
    let Scene { bed, other, both, colleague, .. } = scene().await;
    let names = async |ids: Vec<String>| {
        let answer = bed.workers().batch_get_workers(as_token(BatchGetWorkersRequest { ids }, &other.planner)).await;
        answer.map(|answer| answer.into_inner().workers)
    };
    let asked = vec![colleague.id.clone(), unknown("wrk"), both.id.clone(), colleague.id.clone()];
    let found = names(asked).await.expect("names");
    let ids: Vec<&str> = found.iter().map(|name| name.id.as_str()).collect();
    assert_eq!(ids, [&colleague.id, &both.id, &colleague.id]);
    assert!(found.iter().all(|name| name.first_name == "Sam" && name.last_name.starts_with("Jansen")), "{found:?}");

    for (ids, expected) in [
        (vec![], vec![("ids", "is not 1 to 200 ids")]),
        ((0..201).map(|_| unknown("wrk")).collect(), vec![("ids", "is not 1 to 200 ids")]),
        (
            vec![both.id.clone(), "sam".to_owned(), String::new()],
            vec![("ids[1]", "is not an id of this kind: expected wrk_ followed by 32 hexadecimal digits"), ("ids[2]", "is required")],
        ),
    ] {
        let status = names(ids).await.expect_err("wrong ids");
        let expected: Vec<(String, String)> = expected.iter().map(|(f, e)| ((*f).to_owned(), (*e).to_owned())).collect();
        assert_eq!(testkit::violations(&status), expected);
    }
    assert_eq!(names((0..200).map(|_| unknown("wrk")).collect()).await.expect("nobody"), []);
}

#[tokio::test]
async fn the_workers_of_an_organisation_come_in_order_of_personnel_number() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    for number in ["20", "100", "B-7", "a"] {
        bed.workers().create_worker(as_token(worker(&own.id, number), &own.hr)).await.expect("made");
    }
    bed.workers().create_worker(as_token(worker(&other.id, "1"), builder.operator())).await.expect("made");
    let list = async |token: &str, organisation: &str, page_size: i32, page_token: &str| {
        let (organisation, page_token) = (organisation.to_owned(), page_token.to_owned());
        let request = ListWorkersRequest { organisation, page_size, page_token };
        bed.workers().list_workers(as_token(request, token)).await.map(tonic::Response::into_inner)
    };
    let all = list(&own.hr, &own.id, 0, "").await.expect("all").workers;
    let numbers: Vec<&str> = all.iter().map(|worker| worker.employments[0].personnel_number.as_str()).collect();
    assert_eq!(numbers, ["100", "20", "B-7", "a"]);
    assert!(all.iter().all(|worker| worker.competences.is_empty() && worker.employments.len() == 1 && worker.postcode == "5825AB"));

    let planners = list(&own.planner, &own.id, 0, "").await.expect("all").workers;
    for (seen, whole) in planners.iter().zip(&all) {
        let rostered = |employment: &Employment| Employment { etag: String::new(), ..employment.clone() };
        let without = Worker {
            birth_date: None,
            postcode: String::new(),
            big_number: String::new(),
            big_valid_until: None,
            employments: whole.employments.iter().map(rostered).collect(),
            ..whole.clone()
        };
        assert_eq!(seen, &without, "a planner needs no birth date, home or registration number");
    }
    assert_eq!(list(builder.operator(), &own.id, 0, "").await.expect("all").workers, all);

    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = list(&own.hr, &own.id, 3, &token).await.expect("a page");
        seen.extend(page.workers);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, all);

    not_found(&bed, "organisation", async || list(&own.hr, &other.id, 0, "").await).await;
    not_found(&bed, "organisation", async || list(builder.operator(), &unknown("org"), 0, "").await).await;
    let first = list(&own.hr, &own.id, 1, "").await.expect("a page").next_page_token;
    let status = list(builder.operator(), &other.id, 0, &first).await.expect_err("a token of another list");
    assert_eq!(testkit::violations(&status), [("page_token".to_owned(), "is not a token of this list".to_owned())]);
    let status = list(&own.hr, "", -1, "").await.expect_err("all wrong");
    let fields: Vec<String> = testkit::violations(&status).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["organisation", "page_size"]);
}

#[tokio::test]
async fn somebody_with_two_employments_at_one_organisation_is_listed_with_each() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("A").await;
    let made = bed.workers().create_worker(as_token(worker(&employer.id, "1"), &employer.hr)).await.expect("made").into_inner();
    let mut second = made.worker.expect("it").employments.remove(0);
    (second.id, second.etag, second.personnel_number) = (String::new(), String::new(), "2".to_owned());
    let request = CreateEmploymentRequest { employment: Some(second), request_id: request_id() };
    bed.workers().create_employment(as_token(request, &employer.hr)).await.expect("given");
    let request = ListWorkersRequest { organisation: employer.id.clone(), ..ListWorkersRequest::default() };
    let list = bed.workers().list_workers(as_token(request, &employer.hr)).await.expect("a list").into_inner().workers;
    let numbers: Vec<&str> = list.iter().map(|worker| worker.employments[0].personnel_number.as_str()).collect();
    assert_eq!(numbers, ["1", "2"]);
    assert_eq!(list[0].id, list[1].id);
}
