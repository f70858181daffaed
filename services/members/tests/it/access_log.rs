//! Who looked at whose file: what is on record, and who may see it (D17).

use std::collections::BTreeSet;

use chassis::{
    caller::{Caller, Grant, Role, Subject},
    file_reads::Kept,
};
use proto::members::{
    BatchGetReadersRequest, CreateUserRequest, Employment, EndEmploymentRequest, Exit, ExitDestination, ExitReason, FileRead,
    GetScheduleConstraintsRequest, GetWorkerRequest, ListConsentsRequest, ListExitsRequest, ListFileReadsRequest,
    ListUnavailabilitiesRequest, ListWorkersRequest, Role as R, UpdateEmploymentRequest,
};
use testkit::{
    Testbed, as_token,
    region::{Colleague, Employer, Person},
    request_id,
};
use tonic::Status;

use crate::{
    support::{Wrong, date, not_found, refuses_what_is_wrong, unknown},
    users::{grant, user},
};

struct Scene {
    bed: Testbed,
    own: Employer,
    other: Employer,
    sam: Colleague,
    alex: Colleague,
    auditor: String,
}

async fn scene() -> Scene {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (own, other) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let (sam, alex) = (builder.worker(&own, &Person::default()).await, builder.worker(&own, &Person::default()).await);
    builder.employment(&sam, &other, &Person::default()).await;
    let auditor = bed.token(&[(Role::Auditor, None)]).await;
    Scene { bed, own, other, sam, alex, auditor }
}

async fn list(bed: &Testbed, token: &str, request: ListFileReadsRequest) -> Result<Vec<FileRead>, Status> {
    bed.access_log().list_file_reads(as_token(request, token)).await.map(|answer| answer.into_inner().reads)
}

async fn look(bed: &Testbed, worker: &str, token: &str) {
    bed.workers().get_worker(as_token(GetWorkerRequest { id: worker.to_owned() }, token)).await.expect("the file");
}

#[tokio::test]
async fn the_auditor_finds_reads_by_person_by_organisation_and_by_day_and_the_person_the_own() {
    let Scene { bed, own, other, sam, alex, auditor } = scene().await;
    // Hr of B is a user with a name.
    let builder = bed.builder().await;
    let request: CreateUserRequest = user(vec![grant(R::Hr, &other.id)], "");
    let made = bed.identity().create_user(as_token(request, builder.operator())).await.expect("made").into_inner().user.expect("it");
    let grants = vec![Grant { role: Role::Hr, organisation: Some(other.id.parse().expect("an id")) }];
    let subject = Subject::User(made.id.parse().expect("an id"));
    let named = bed.sign(&Caller { subject, region: Some(bed.region), grants, worker: None });

    look(&bed, &sam.id, &named).await;
    let all = ListWorkersRequest { organisation: own.id.clone(), ..Default::default() };
    bed.workers().list_workers(as_token(all, &own.planner)).await.expect("the list");
    look(&bed, &alex.id, &own.hr).await;
    look(&bed, &alex.id, &alex.token).await;

    let everything = list(&bed, &auditor, ListFileReadsRequest::default()).await.expect("all");
    let told: Vec<(&str, usize)> = everything.iter().map(|read| (read.method.as_str(), read.workers.len())).collect();
    assert_eq!(told, [("WorkerService/GetWorker", 1), ("WorkerService/ListWorkers", 2), ("WorkerService/GetWorker", 1)]);
    let first = everything.last().expect("a read");
    assert_eq!((first.reader.as_str(), first.reader_name.as_str()), (made.id.as_str(), "Sam Jansen"));
    assert_eq!((&first.organisations, &first.workers), (&vec![other.id.clone()], &vec![sam.id.clone()]));

    let of = |worker: &str, organisation: &str| ListFileReadsRequest {
        worker: worker.to_owned(),
        organisation: organisation.to_owned(),
        ..Default::default()
    };
    let count = async |token: &str, request| list(&bed, token, request).await.expect("a list").len();
    assert_eq!(count(&auditor, of(&sam.id, "")).await, 2);
    assert_eq!(count(&auditor, of("", &own.id)).await, 2);
    assert_eq!(count(&auditor, of(&sam.id, &own.id)).await, 1);
    assert_eq!(count(&auditor, of(&alex.id, &other.id)).await, 0);
    let today = bed.day(0).to_string();
    let days = |from: &str, until: &str| ListFileReadsRequest { from: date(from), until: date(until), ..of(&sam.id, "") };
    assert_eq!(count(&auditor, days(&today, &today)).await, 2);
    let (yesterday, tomorrow) = (bed.day(-1).to_string(), bed.day(1).to_string());
    assert_eq!(count(&auditor, days(&yesterday, &yesterday)).await, 0);
    assert_eq!(count(&auditor, ListFileReadsRequest { from: date(&tomorrow), ..Default::default() }).await, 0);

    // The person sees who looked at the own file, and of the others in the same response nothing.
    let own_file = list(&bed, &sam.token, ListFileReadsRequest::default()).await.expect("the own");
    assert_eq!(own_file.len(), 2);
    assert!(own_file.iter().all(|read| read.workers == [sam.id.clone()]), "{own_file:?}");
    let ids = |reads: &[FileRead]| reads.iter().map(|read| read.id.clone()).collect::<Vec<_>>();
    let named = list(&bed, &sam.token, of(&sam.id, "")).await.expect("the own");
    assert_eq!(ids(&named), ids(&own_file));
    not_found(&bed, "worker", async || list(&bed, &sam.token, of(&alex.id, "")).await).await;
    not_found(&bed, "worker", async || list(&bed, &sam.token, of(&unknown("wrk"), "")).await).await;
}

#[tokio::test]
async fn the_pages_of_the_log_give_every_read_once_newest_first() {
    let Scene { bed, own, sam, auditor, .. } = scene().await;
    for _ in 0..7 {
        look(&bed, &sam.id, &own.hr).await;
    }
    for worker in [String::new(), sam.id.clone()] {
        let (mut seen, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListFileReadsRequest { worker: worker.clone(), page_size: 3, page_token, ..Default::default() };
            let page = bed.access_log().list_file_reads(as_token(request, &auditor)).await.expect("a page").into_inner();
            seen.extend(page.reads);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, list(&bed, &auditor, ListFileReadsRequest { worker, ..Default::default() }).await.expect("all"));
        assert_eq!(seen.len(), 7);
        assert!(
            seen.windows(2)
                .all(|pair| pair[0].at.as_ref().map(|at| (at.seconds, at.nanos)) >= pair[1].at.as_ref().map(|at| (at.seconds, at.nanos)))
        );
    }
    let wrong: &[Wrong<ListFileReadsRequest>] = &[
        (|r| r.worker = "sam".to_owned(), &[("worker", "is not an id of this kind: expected wrk_ followed by 32 hexadecimal digits")]),
        (|r| r.reader = "x".repeat(121), &[("reader", "is longer than 120 characters")]),
        (|r| (r.from, r.until) = (date("2026-02-02"), date("2026-02-01")), &[("until", "is before the first day")]),
        (|r| r.page_size = -1, &[("page_size", "is negative")]),
        (|r| r.page_token = "x".to_owned(), &[("page_token", "is not a token of this list")]),
    ];
    refuses_what_is_wrong(&bed, &ListFileReadsRequest::default(), wrong, async |r| list(&bed, &auditor, r).await).await;
}

/// A user with a name.
async fn somebody(bed: &Testbed, operator: &str, organisation: &str) -> String {
    let request: CreateUserRequest = user(vec![grant(R::Hr, organisation)], "");
    bed.identity().create_user(as_token(request, operator)).await.expect("made").into_inner().user.expect("it").id
}

#[tokio::test]
async fn the_names_of_readers_are_given_for_the_lists_of_other_services() {
    let Scene { bed, own, sam, auditor, .. } = scene().await;
    let operator = bed.token(&[(Role::Operator, None)]).await;
    let (first, second) = (somebody(&bed, &operator, &own.id).await, somebody(&bed, &operator, &own.id).await);
    let names = async |ids: Vec<String>, token: &str| {
        let answer = bed.access_log().batch_get_readers(as_token(BatchGetReadersRequest { ids }, token)).await;
        answer.map(|answer| answer.into_inner().readers.into_iter().map(|reader| (reader.id, reader.display_name)).collect::<Vec<_>>())
    };
    let asked = vec![second.clone(), unknown("usr"), first.clone()];
    let expected = vec![(second, "Sam Jansen".to_owned()), (first, "Sam Jansen".to_owned())];
    for token in [&auditor, &sam.token] {
        assert_eq!(names(asked.clone(), token).await.expect("names"), expected);
    }
    for ids in [Vec::new(), vec![unknown("usr"); 201]] {
        let status = names(ids, &auditor).await.expect_err("too few or too many");
        assert_eq!(testkit::violations(&status), [("ids".to_owned(), "is not 1 to 200 ids".to_owned())]);
    }
}

#[tokio::test]
async fn reads_are_found_by_who_looked_and_a_page_goes_on_after_any_read() {
    let Scene { bed, own, other, sam, alex, auditor } = scene().await;
    let operator = bed.token(&[(Role::Operator, None)]).await;
    let id = somebody(&bed, &operator, &own.id).await;
    let grants = vec![Grant { role: Role::Hr, organisation: Some(own.id.parse().expect("an id")) }];
    let caller = Caller { subject: Subject::User(id.parse().expect("an id")), region: Some(bed.region), grants, worker: None };
    let named = bed.sign(&caller);
    for (worker, token) in [(&sam, &named), (&alex, &own.hr), (&alex, &named), (&sam, &other.hr)] {
        look(&bed, &worker.id, token).await;
    }
    let by = |reader: &str| ListFileReadsRequest { reader: reader.to_owned(), ..Default::default() };
    let seen: Vec<_> = list(&bed, &auditor, by(&id)).await.expect("reads").into_iter().map(|read| read.workers).collect();
    assert_eq!(seen, [vec![alex.id.clone()], vec![sam.id.clone()]]);
    assert_eq!(list(&bed, &auditor, by("client:testkit")).await.expect("reads").len(), 2);
    assert_eq!(list(&bed, &auditor, by("client:nobody")).await.expect("reads"), []);
    let own_file = list(&bed, &sam.token, by(&id)).await.expect("the own");
    assert_eq!(own_file.len(), 1);

    let all = list(&bed, &auditor, ListFileReadsRequest::default()).await.expect("all");
    for (at, read) in all.iter().enumerate() {
        assert!(read.id.starts_with("frd_"), "{read:?}");
        let request = ListFileReadsRequest { page_token: read.page_token.clone(), ..Default::default() };
        assert_eq!(list(&bed, &auditor, request).await.expect("the rest"), all[at + 1..]);
    }
}

#[tokio::test]
async fn what_is_older_than_the_setting_says_is_forgotten_and_the_rest_is_kept() {
    let Scene { bed, own, sam, auditor, .. } = scene().await;
    look(&bed, &sam.id, &own.hr).await;
    let db = bed.db("members");
    // The oldest of those that are kept.
    let year = 365 * 24 * 3600;
    bed.set_clock(4 * year);
    look(&bed, &sam.id, &own.hr).await;
    let first_of_the_day = |days| bed.day(days).at_minute(0, false).expect("midnight");
    assert_eq!(chassis::file_reads::forget(&db, first_of_the_day(-5 * 365)).await.expect("looked"), 0);
    // The read, and the person, the reader and the organisation by which it was found.
    assert_eq!(chassis::file_reads::forget(&db, first_of_the_day(-365)).await.expect("forgotten"), 4);
    assert_eq!(list(&bed, &auditor, ListFileReadsRequest::default()).await.expect("the rest").len(), 1);
    let kept = ListFileReadsRequest { worker: sam.id.clone(), ..Default::default() };
    assert_eq!(list(&bed, &auditor, kept).await.expect("the rest").len(), 1);
    assert_eq!(bed.frame.settings.access_log_years, 5, "AVG-06");
}

#[tokio::test]
async fn every_answer_that_the_table_says_is_on_record_is() {
    let Scene { bed, own, sam, auditor, .. } = scene().await;
    look(&bed, &sam.id, &own.hr).await;
    let all = ListWorkersRequest { organisation: own.id.clone(), ..Default::default() };
    bed.workers().list_workers(as_token(all, &own.planner)).await.expect("the list");
    let request = ListUnavailabilitiesRequest { worker: sam.id.clone(), ..Default::default() };
    bed.unavailabilities().list_unavailabilities(as_token(request, &own.hr)).await.expect("the periods");
    let request = GetScheduleConstraintsRequest { worker: sam.id.clone() };
    bed.schedule_constraints().get_schedule_constraints(as_token(request, &own.hr)).await.expect("the limits");
    let request = ListConsentsRequest { worker: sam.id.clone() };
    bed.consents().list_consents(as_token(request, &own.hr)).await.expect("the consents");
    // A mask that changes nothing answers with the employment, too.
    let same = Employment { id: sam.employment.clone(), etag: "0".to_owned(), ..Employment::default() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["cost_centre".to_owned()] });
    let request = UpdateEmploymentRequest { employment: Some(same), update_mask, request_id: request_id() };
    for _ in 0..2 {
        // The repetition is answered with what was read before.
        bed.workers().update_employment(as_token(request.clone(), &own.hr)).await.expect("changed");
    }
    let exit = Exit { reason: ExitReason::Other.into(), destination: ExitDestination::Unknown.into(), ..Exit::default() };
    let (id, until) = (sam.employment.clone(), Some(bed.day(30).to_proto()));
    let request = EndEmploymentRequest { id, etag: "1".to_owned(), until, exit: Some(exit), request_id: request_id() };
    bed.workers().end_employment(as_token(request, &own.hr)).await.expect("ended");
    let request = ListExitsRequest { organisation: own.id.clone(), ..Default::default() };
    bed.workers().list_exits(as_token(request, &own.hr)).await.expect("the exits");
    crate::imports::files(&bed, &own.id, (0, ""), &own.hr).await.expect("the files");
    crate::imports::compare(&bed, &own, &sam.id).await;
    let recorded: BTreeSet<&str> =
        members::FILE_READS.iter().filter(|row| row.kept == Kept::Recorded).map(chassis::file_reads::Answer::short).collect();
    let found = list(&bed, &auditor, ListFileReadsRequest { worker: sam.id, ..Default::default() }).await.expect("reads");
    let employments = found.iter().filter(|read| read.method.ends_with("Employment")).count();
    assert_eq!(employments, 2, "one change, one end");
    let found: BTreeSet<&str> = found.iter().map(|read| read.method.as_str()).collect();
    assert_eq!(found, recorded, "an answer of the table was not tried here, or left no trace");
}
