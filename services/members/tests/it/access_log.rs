//! Who looked at whose file: what is on record, and who may see it (D17).

use std::collections::{BTreeMap, BTreeSet};

use chassis::caller::{Caller, Grant, Role, Subject};
use prost::Message;
use prost_types::FileDescriptorSet;
use proto::members::{CreateUserRequest, FileRead, GetWorkerRequest, ListFileReadsRequest, ListWorkersRequest, Role as R};
use testkit::{
    Testbed, as_token,
    region::{Colleague, Employer, Person},
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
    assert_eq!(list(&bed, &sam.token, of(&sam.id, "")).await.expect("the own"), own_file);
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
        (|r| (r.from, r.until) = (date("2026-02-02"), date("2026-02-01")), &[("until", "is before the first day")]),
        (|r| r.page_size = -1, &[("page_size", "is negative")]),
        (|r| r.page_token = "x".to_owned(), &[("page_token", "is not a token of this list")]),
    ];
    refuses_what_is_wrong(&bed, &ListFileReadsRequest::default(), wrong, async |r| list(&bed, &auditor, r).await).await;
}

/// RPCs whose answers hold data of a person, and why each is on record or need not be.
const WITH_DATA: &[(&str, &str)] = &[
    ("AddCompetence", "tells only what the caller just wrote"),
    ("CreateEmployment", "tells only what the caller just wrote"),
    ("CreateWorker", "tells only what the caller just wrote"),
    ("GetWorker", "on record"),
    ("ListWorkers", "on record"),
];

/// The messages that hold data of a person beyond a name.
const DATA: [&str; 3] = [".regiopool.members.v1.Worker", ".regiopool.members.v1.Employment", ".regiopool.members.v1.Competence"];

#[test]
fn every_rpc_that_answers_with_data_of_a_person_is_known() {
    let set = FileDescriptorSet::decode(proto::DESCRIPTORS).expect("the contract");
    let files: Vec<_> = set.file.iter().filter(|file| file.package() == "regiopool.members.v1").collect();
    let fields: BTreeMap<String, Vec<String>> = files
        .iter()
        .flat_map(|file| &file.message_type)
        .map(|message| {
            let types = message.field.iter().map(|field| field.type_name().to_owned()).filter(|name| !name.is_empty());
            (format!(".regiopool.members.v1.{}", message.name()), types.collect())
        })
        .collect();
    let holds = |answer: &str| {
        let (mut open, mut seen) = (vec![answer.to_owned()], BTreeSet::new());
        while let Some(name) = open.pop() {
            if DATA.contains(&name.as_str()) {
                return true;
            }
            if seen.insert(name.clone()) {
                open.extend(fields.get(&name).into_iter().flatten().cloned());
            }
        }
        false
    };
    let methods = files.iter().flat_map(|file| &file.service).flat_map(|service| &service.method);
    let found: BTreeSet<&str> = methods.filter(|method| holds(method.output_type())).map(|method| method.name()).collect();
    let known: BTreeSet<&str> = WITH_DATA.iter().map(|(method, _)| *method).collect();
    assert_eq!(found, known, "an RPC shows data of people: note the read (store::reads::note) and list it here");
}
