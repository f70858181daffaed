//! Who saw which worker on which shift: what is on record, and who may see it (D17).

use std::collections::BTreeSet;

use chassis::{caller::Role, file_reads::Kept};
use proto::flexpool::{
    FileRead, ListClaimsRequest, ListConflictsRequest, ListEligibleWorkersRequest, ListFileReadsRequest, ListMyClaimsRequest,
    ListRosterBlocksRequest,
};
use testkit::{
    as_token, reason,
    region::{Colleague, Opening},
};
use tonic::{Code, Status};

use crate::{
    roster::block,
    scene::{Scene, assert_wrong},
};

impl Scene {
    async fn reads(&self, token: &str, request: ListFileReadsRequest) -> Result<Vec<FileRead>, Status> {
        self.bed.seen_on_shifts().list_file_reads(as_token(request, token)).await.map(|answer| answer.into_inner().reads)
    }

    async fn auditor(&self) -> String {
        self.bed.token(&[(Role::Auditor, None)]).await
    }

    /// A shift with these workers on it; gives its id.
    async fn filled(&self, days: i64, workers: &[&Colleague]) -> String {
        let places = i32::try_from(workers.len()).expect("few").max(1);
        let shift = self.opening(&Opening::on(self.bed.day(days)).places(places)).await;
        for worker in workers {
            self.claim(&shift, worker).await.expect("a place");
        }
        shift.id
    }

    async fn look(&self, shift: &str, token: &str) {
        let request = ListClaimsRequest { shift: shift.to_owned(), ..Default::default() };
        self.bed.claims().list_claims(as_token(request, token)).await.expect("the claims");
    }
}

#[tokio::test]
async fn whoever_sees_who_is_on_a_shift_is_on_record_once_per_answer() {
    let scene = Scene::start().await;
    let (sam, alex) = (scene.carer().await, scene.carer().await);
    let shifts = [scene.filled(3, &[&sam, &alex]).await, scene.filled(5, &[&sam]).await, scene.filled(7, &[]).await];
    let auditor = scene.auditor().await;
    // What people see of themselves, and that nobody is there, is not on record.
    scene.bed.claims().list_my_claims(as_token(ListMyClaimsRequest::default(), &sam.token)).await.expect("the own");
    scene.look(&shifts[2], &scene.zonnehof.planner).await;
    assert_eq!(scene.reads(&auditor, ListFileReadsRequest::default()).await.expect("reads"), []);

    let request = ListClaimsRequest { shifts: shifts.to_vec(), ..Default::default() };
    scene.bed.claims().list_claims(as_token(request, &scene.zonnehof.planner)).await.expect("the claims");
    scene.look(&shifts[1], scene.builder.operator()).await;
    // Somebody of another organisation sees nobody.
    let foreign = ListClaimsRequest { shifts: shifts.to_vec(), ..Default::default() };
    scene.bed.claims().list_claims(as_token(foreign, &scene.beekdal.planner)).await.expect("none");
    // A late block of the roster makes a conflict, which the planner looks at.
    let of_zonnehof = ListConflictsRequest { organisation: scene.zonnehof.id.clone(), ..Default::default() };
    scene.bed.conflicts().list_conflicts(as_token(of_zonnehof.clone(), &scene.zonnehof.planner)).await.expect("none yet");
    scene.roster(&scene.zonnehof, vec![block("R1", &sam, scene.bed.day(5), (7, 15))]).await;
    scene.bed.conflicts().list_conflicts(as_token(of_zonnehof, &scene.zonnehof.planner)).await.expect("the conflict");

    let of_zonnehof = ListRosterBlocksRequest { organisation: scene.zonnehof.id.clone(), ..Default::default() };
    scene.bed.rosters().list_roster_blocks(as_token(of_zonnehof, &scene.zonnehof.hr)).await.expect("the roster");
    let free = ListEligibleWorkersRequest { shift: shifts[2].clone(), ..Default::default() };
    scene.bed.eligibility().list_eligible_workers(as_token(free, &scene.zonnehof.planner)).await.expect("who could");

    let all = scene.reads(&auditor, ListFileReadsRequest::default()).await.expect("reads");
    let told: Vec<(&str, &[String], BTreeSet<&String>)> =
        all.iter().map(|read| (read.method.as_str(), read.organisations.as_slice(), read.workers.iter().collect())).collect();
    let own = [scene.zonnehof.id.clone()];
    let list = "ClaimService/ListClaims";
    let expected = [
        ("EligibilityService/ListEligibleWorkers", &own[..], BTreeSet::from([&sam.id, &alex.id])),
        ("RosterService/ListRosterBlocks", &own[..], BTreeSet::from([&sam.id])),
        ("ConflictService/ListConflicts", &own[..], BTreeSet::from([&sam.id])),
        (list, &[][..], BTreeSet::from([&sam.id])),
        (list, &own[..], BTreeSet::from([&sam.id, &alex.id])),
    ];
    assert_eq!(told, expected);
    assert!(all.iter().all(|read| read.id.starts_with("frd_") && read.workers.len() <= 2), "each stands there once: {all:?}");
    let recorded: BTreeSet<&str> =
        flexpool::FILE_READS.iter().filter(|row| row.kept == Kept::Recorded).map(chassis::file_reads::Answer::short).collect();
    let found: BTreeSet<&str> = all.iter().map(|read| read.method.as_str()).collect();
    assert_eq!(found, recorded, "an answer of the table was not tried here, or left no trace");
}

#[tokio::test]
async fn an_auditor_finds_by_person_and_organisation_and_a_worker_only_the_own() {
    let scene = Scene::start().await;
    let (sam, alex) = (scene.carer().await, scene.carer().await);
    let both = scene.filled(3, &[&sam, &alex]).await;
    scene.look(&both, &scene.zonnehof.planner).await;
    scene.look(&both, scene.builder.operator()).await;
    let auditor = scene.auditor().await;
    let of = |worker: &str, organisation: &str| ListFileReadsRequest {
        worker: worker.to_owned(),
        organisation: organisation.to_owned(),
        ..Default::default()
    };
    for (worker, organisation, count) in
        [(sam.id.as_str(), "", 2), (&alex.id, &scene.zonnehof.id, 1), ("", &scene.beekdal.id, 0), ("", "", 2)]
    {
        let found = scene.reads(&auditor, of(worker, organisation)).await.expect("reads");
        assert_eq!(found.len(), count, "{worker} {organisation}");
    }
    let own = scene.reads(&sam.token, of("", "")).await.expect("the own");
    assert_eq!(own.len(), 2);
    assert!(own.iter().all(|read| read.workers == [sam.id.clone()]), "{own:?}");
    let status = scene.reads(&sam.token, of(&alex.id, "")).await.expect_err("not theirs");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "NOT_FOUND"));
    let status = scene.reads(&scene.zonnehof.planner, of("", "")).await.expect_err("not for planners");
    assert_eq!(reason(&status), "ROLE_MISSING");
    let wrong = ListFileReadsRequest { worker: "sam".to_owned(), page_size: -1, page_token: "x".to_owned(), ..Default::default() };
    let status = scene.reads(&auditor, wrong).await.expect_err("wrong");
    let kind = "is not an id of this kind: expected wrk_ followed by 32 hexadecimal digits";
    assert_wrong(
        &status,
        &[("worker", kind), ("page_size", "is negative"), ("page_token", "is not a token of this list")],
        "all that is wrong is told",
    );
}

#[tokio::test]
async fn the_page_of_another_service_goes_on_in_this_one() {
    let scene = Scene::start().await;
    let sam = scene.carer().await;
    let shift = scene.filled(3, &[&sam]).await;
    let auditor = scene.auditor().await;
    scene.look(&shift, &scene.zonnehof.planner).await;
    let file = proto::members::GetWorkerRequest { id: sam.id.clone() };
    scene.bed.workers().get_worker(as_token(file, &scene.zonnehof.hr)).await.expect("the file");
    scene.look(&shift, &scene.zonnehof.planner).await;

    let request = proto::members::ListFileReadsRequest { worker: sam.id.clone(), ..Default::default() };
    let members = scene.bed.access_log().list_file_reads(as_token(request, &auditor)).await.expect("reads").into_inner().reads;
    let after = ListFileReadsRequest { worker: sam.id.clone(), page_token: members[0].page_token.clone(), ..Default::default() };
    let before = scene.reads(&auditor, after.clone()).await.expect("the rest");
    let all = scene.reads(&auditor, ListFileReadsRequest { worker: sam.id, ..Default::default() }).await.expect("reads");
    assert_eq!((all.len(), before.as_slice()), (2, &all[1..]));
    // Of another filter it is no page.
    let status = scene.reads(&auditor, ListFileReadsRequest { worker: String::new(), ..after }).await.expect_err("another list");
    assert_wrong(&status, &[("page_token", "is not a token of this list")], "another list");
}
