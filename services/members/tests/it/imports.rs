//! Many workers at once: in from files, out into files.

use proto::members::{
    AddCompetenceRequest, CreateUnavailabilityRequest, Employment, GetWorkerRequest, ImportWorkersRequest, ImportWorkersResponse,
    ListWorkerFilesRequest, ListWorkerFilesResponse, ListWorkersRequest, NewWorker, Unavailability, Worker,
};
use testkit::{Testbed, as_token, region::Employer, request_id};
use tonic::{Code, Status};

use crate::{
    support::{Wrong, count, happens_once, not_found, refuses_what_is_wrong, unknown},
    workers::worker,
};

/// A row as `CreateWorker` would take it.
fn row(number: &str) -> NewWorker {
    let whole = worker("", number);
    NewWorker { worker: whole.worker, employment: whole.employment, competences: whole.competences }
}

fn rows(organisation: &str, workers: Vec<NewWorker>) -> ImportWorkersRequest {
    ImportWorkersRequest { organisation: organisation.to_owned(), workers, request_id: request_id() }
}

async fn send(bed: &Testbed, request: ImportWorkersRequest, token: &str) -> Result<ImportWorkersResponse, Status> {
    bed.workers().import_workers(as_token(request, token)).await.map(tonic::Response::into_inner)
}

pub(crate) async fn files(bed: &Testbed, organisation: &str, page: (i32, &str), token: &str) -> Result<ListWorkerFilesResponse, Status> {
    let request = ListWorkerFilesRequest { organisation: organisation.to_owned(), page_size: page.0, page_token: page.1.to_owned() };
    bed.workers().list_worker_files(as_token(request, token)).await.map(tonic::Response::into_inner)
}

/// Sends a file in which the worker's number has other data.
pub(crate) async fn compare(bed: &Testbed, employer: &Employer, worker: &str) {
    let asked = GetWorkerRequest { id: worker.to_owned() };
    let stored = bed.workers().get_worker(as_token(asked, &employer.hr)).await.expect("it").into_inner().worker.expect("it");
    let number = stored.employments.first().map(|employment| employment.personnel_number.clone()).expect("a number");
    let told = send(bed, rows(&employer.id, vec![row(&number)]), &employer.hr).await.expect("compared");
    assert!(!told.workers[0].differing.is_empty());
}

#[tokio::test]
async fn right_rows_are_taken_and_wrong_ones_told_field_by_field() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let db = bed.db("members");
    let mut wrong = row("3");
    wrong.worker.as_mut().expect("a worker").postcode = "nowhere".to_owned();
    wrong.employment.as_mut().expect("an employment").personnel_number = String::new();
    let empty = NewWorker::default();
    let request = rows(&employer.id, vec![row("1"), wrong, row("2"), empty, row("1")]);
    let events = count(&db, "SELECT COUNT(*) AS n FROM event_log").await;
    let answer = happens_once(&bed, &request, |r| r.workers.truncate(1), async |r| send(&bed, r, &employer.hr).await).await;
    let created: Vec<bool> = answer.workers.iter().map(|row| row.created).collect();
    assert_eq!(created, [true, false, true, false, false]);
    let told = |n: usize| answer.workers[n].mistakes.iter().map(|mistake| mistake.field.as_str()).collect::<Vec<_>>();
    assert_eq!(told(1), ["worker.postcode", "employment.personnel_number"]);
    assert_eq!(told(3), ["worker", "employment"]);
    assert_eq!(answer.workers[4].mistakes[0].expected, "is there twice");
    // A worker, an employment and two competences each, in one statement of events; the file is as CreateWorker makes it.
    assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM event_log").await, events + 8);
    let asked = GetWorkerRequest { id: answer.workers[0].worker.clone() };
    let stored = bed.workers().get_worker(as_token(asked, &employer.hr)).await.expect("it").into_inner().worker.expect("it");
    assert_eq!((stored.postcode.as_str(), stored.employments.len(), stored.competences.len()), ("5825AB", 1, 2));
}

#[tokio::test]
async fn the_same_rows_again_change_nothing_and_other_data_are_told_by_field_and_on_record() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let db = bed.db("members");
    let first = send(&bed, rows(&employer.id, vec![row("1"), row("2")]), &employer.hr).await.expect("taken");
    let events = count(&db, "SELECT COUNT(*) AS n FROM event_log").await;
    let reads = async || count(&db, "SELECT COUNT(*) AS n FROM file_read WHERE method = 'WorkerService/ImportWorkers'").await;
    let again = send(&bed, rows(&employer.id, vec![row("2"), row("1")]), &employer.hr).await.expect("the same");
    assert!(again.workers.iter().all(|row| !row.created && row.differing.is_empty() && row.mistakes.is_empty()), "{again:?}");
    assert_eq!([&again.workers[1].worker, &again.workers[0].worker], [&first.workers[0].worker, &first.workers[1].worker]);
    assert_eq!(reads().await, 0);
    let mut other = row("1");
    other.worker.as_mut().expect("a worker").first_name = "Els".to_owned();
    other.employment.as_mut().expect("an employment").minutes_per_week = 600;
    other.competences.pop();
    let told = send(&bed, rows(&employer.id, vec![other]), &employer.hr).await.expect("compared");
    assert_eq!(told.workers[0].differing, ["worker.first_name", "employment.minutes_per_week", "competences"]);
    assert_eq!(reads().await, 1);
    assert_eq!(count(&db, "SELECT COUNT(*) AS n FROM event_log").await, events, "nothing was taken over");
}

#[tokio::test]
async fn what_no_file_holds_is_refused_as_a_whole() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (employer, other) = (builder.employer_without_agreement("Zonnehof").await, builder.employer_without_agreement("Beekdal").await);
    let wrong: &[Wrong<ImportWorkersRequest>] = &[
        (|r| r.workers.clear(), &[("workers", "is not 1 to 500 rows")]),
        (|r| r.workers = vec![NewWorker::default(); 501], &[("workers", "is not 1 to 500 rows")]),
        (|r| r.workers[0].worker.as_mut().unwrap().first_name = "x".repeat(20_000), &[("workers[0]", "is longer than 16384 bytes")]),
        (|r| r.request_id.clear(), &[("request_id", "is not a UUID (D25)")]),
    ];
    let good = rows(&employer.id, vec![row("1")]);
    refuses_what_is_wrong(&bed, &good, wrong, async |r| send(&bed, r, &employer.hr).await).await;
    not_found(&bed, "organisation", async || send(&bed, rows(&other.id, vec![row("1")]), &employer.hr).await).await;
    not_found(&bed, "organisation", async || send(&bed, rows(&unknown("org"), vec![row("1")]), builder.operator()).await).await;
}

#[tokio::test]
async fn people_who_may_be_one_are_matched_as_if_they_came_one_by_one() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let db = bed.db("members");
    let matches = async || count(&db, "SELECT COUNT(*) AS n FROM link_proposal").await;
    send(&bed, rows(&own.id, vec![row("1")]), &own.hr).await.expect("taken");
    assert_eq!(matches().await, 0);
    // Three of one name and birth date: each with each.
    send(&bed, rows(&other.id, vec![row("1"), row("2")]), &other.hr).await.expect("taken");
    assert_eq!(matches().await, 3);
    let mut stranger = row("3");
    stranger.worker = stranger.worker.map(|person| Worker { last_name: "Zwart".to_owned(), ..person });
    send(&bed, rows(&other.id, vec![stranger]), &other.hr).await.expect("taken");
    assert_eq!(matches().await, 3);
}

#[tokio::test]
async fn two_files_with_one_number_at_once_make_one_worker() {
    let bed = Testbed::start().await;
    let employer = bed.builder().await.employer_without_agreement("Zonnehof").await;
    let numbers: Vec<NewWorker> = (0..50).map(|n| row(&n.to_string())).collect();
    let one = send(&bed, rows(&employer.id, numbers.clone()), &employer.hr);
    let two = send(&bed, rows(&employer.id, numbers.into_iter().rev().collect()), &employer.hr);
    let (one, two) = tokio::join!(one, two);
    let created = |answer: ImportWorkersResponse| answer.workers.into_iter().filter(|row| row.created).count();
    assert_eq!(created(one.expect("taken")) + created(two.expect("taken")), 50);
    assert_eq!(count(&bed.db("members"), "SELECT COUNT(*) AS n FROM employment").await, 50);
}

#[tokio::test]
async fn whole_files_are_listed_for_hr_and_operator_as_far_as_they_may_see() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let made = send(&bed, rows(&own.id, vec![row("1"), row("3")]), &own.hr).await.expect("taken");
    let sam = made.workers[0].worker.clone();
    for (organisation, number) in [(&own.id, "2"), (&other.id, "9")] {
        let contract = row(number).employment.expect("a contract");
        let employment = Employment { worker: sam.clone(), organisation: organisation.clone(), ..contract };
        let request = proto::members::CreateEmploymentRequest { employment: Some(employment), request_id: request_id() };
        bed.workers().create_employment(as_token(request, builder.operator())).await.expect("given");
    }
    let more = proto::members::Competence { code: "bhv".to_owned(), ..Default::default() };
    let request = AddCompetenceRequest { worker: sam.clone(), competence: Some(more), request_id: request_id() };
    bed.workers().add_competence(as_token(request, &own.hr)).await.expect("added");
    let from = Some(bed.now().to_proto());
    let period = Unavailability { worker: sam.clone(), from, ..Default::default() };
    let request = CreateUnavailabilityRequest { unavailability: Some(period), request_id: request_id() };
    bed.unavailabilities().create_unavailability(as_token(request, &own.hr)).await.expect("noted");

    let told = |answer: &ListWorkerFilesResponse| {
        let file = |file: &proto::members::WorkerFile| {
            let worker = file.worker.clone().unwrap_or_default();
            (worker.id, worker.employments.len(), worker.competences.len(), file.unavailabilities.len())
        };
        answer.files.iter().map(file).collect::<Vec<_>>()
    };
    let alex = made.workers[1].worker.clone();
    let seen = files(&bed, &own.id, (0, ""), &own.hr).await.expect("the files");
    assert_eq!(told(&seen), [(sam.clone(), 2, 3, 1), (alex.clone(), 1, 2, 0)]);
    // The operator sees every employment, and when nobody can work.
    let seen = files(&bed, &own.id, (0, ""), builder.operator()).await.expect("the files");
    assert_eq!(told(&seen), [(sam.clone(), 3, 3, 0), (alex, 1, 2, 0)]);
    // Page by page the same, each once.
    let (mut all, mut token) = (Vec::new(), String::new());
    loop {
        let page = files(&bed, &own.id, (1, &token), &own.hr).await.expect("a page");
        all.extend(told(&page));
        if page.next_page_token.is_empty() {
            break;
        }
        token = page.next_page_token;
    }
    assert_eq!(all.len(), 2);
    let status = files(&bed, &own.id, (0, ""), &own.planner).await.expect_err("not a planner's");
    assert_eq!(status.code(), Code::PermissionDenied);
    not_found(&bed, "organisation", async || files(&bed, &other.id, (0, ""), &own.hr).await).await;
    let list = ListWorkersRequest { organisation: own.id.clone(), page_size: 1, ..Default::default() };
    let foreign = bed.workers().list_workers(as_token(list, &own.hr)).await.expect("a page").into_inner().next_page_token;
    assert_eq!(files(&bed, &own.id, (1, &foreign), &own.hr).await.expect_err("another list's").code(), Code::InvalidArgument);
    let reads = count(&bed.db("members"), "SELECT COUNT(*) AS n FROM file_read WHERE method = 'WorkerService/ListWorkerFiles'").await;
    assert_eq!(reads, 4, "two whole lists and two pages with somebody new");
}
