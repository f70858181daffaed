//! Time outside claims: rosters of employers, and work elsewhere that people tell of.

use chassis::{caller::Role, time::LocalDate};
use proto::flexpool::{
    ConfirmWorkKnownRequest, DeclareWorkRequest, DeclareWorkResponse, ListConflictsRequest, ListMyConflictsRequest, ListMyWorkRequest,
    ListRosterBlocksRequest, LocalTime, PutRosterBlocksRequest, PutRosterBlocksResponse, RemoveDeclaredWorkRequest, RosterBlock, WorkBlock,
    WorkKind,
};
use sea_orm::ConnectionTrait;
use testkit::{
    as_token, reason,
    region::{Colleague, Employer, Opening, Person},
    request_id,
};
use tonic::{Code, Status};

use crate::scene::{Scene, assert_wrong, claim_of, facts, refusal};

fn clock(day: LocalDate, hour: i32) -> Option<LocalTime> {
    let date = LocalDate(day.0 + chrono::Duration::days(i64::from(hour / 24)));
    Some(LocalTime { date: Some(date.to_proto()), minute: hour % 24 * 60, second_pass: false })
}

/// A block of so many hours from midnight on; over 24 is the next day.
pub(crate) fn block(reference: &str, worker: &Colleague, day: LocalDate, (start, end): (i32, i32)) -> RosterBlock {
    RosterBlock {
        external_reference: reference.to_owned(),
        employment: worker.employment.clone(),
        starts_at: clock(day, start),
        ends_at: clock(day, end),
        break_minutes: 30,
        kind: WorkKind::Ordinary.into(),
    }
}

impl Scene {
    /// The whole roster of an employer for so many days from a month ago on.
    pub(crate) async fn roster(&self, employer: &Employer, blocks: Vec<RosterBlock>) -> PutRosterBlocksResponse {
        let (from, until) = (Some(self.bed.day(-10).to_proto()), Some(self.bed.day(40).to_proto()));
        let request = PutRosterBlocksRequest { organisation: employer.id.clone(), from, until, blocks, ..Default::default() };
        self.put(request, &employer.planner).await.expect("taken")
    }

    async fn put(&self, request: PutRosterBlocksRequest, token: &str) -> Result<PutRosterBlocksResponse, Status> {
        let request = PutRosterBlocksRequest { request_id: request_id(), ..request };
        Ok(self.bed.rosters().put_roster_blocks(as_token(request, token)).await?.into_inner())
    }

    async fn declare(&self, worker: &Colleague, day: LocalDate, (start, end): (i32, i32)) -> Result<DeclareWorkResponse, Status> {
        let request =
            DeclareWorkRequest { starts_at: clock(day, start), ends_at: clock(day, end), request_id: request_id(), ..Default::default() };
        Ok(self.bed.rosters().declare_work(as_token(request, &worker.token)).await?.into_inner())
    }

    async fn my_work(&self, worker: &Colleague) -> Vec<WorkBlock> {
        let request = as_token(ListMyWorkRequest::default(), &worker.token);
        self.bed.rosters().list_my_work(request).await.expect("own time").into_inner().blocks
    }
}

#[tokio::test]
async fn a_roster_counts_and_only_its_differences_are_changes() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let day = scene.bed.day(7);
    let plan = vec![block("R1", &worker, day, (7, 15)), block("R2", &worker, scene.bed.day(9), (23, 31))];
    let done = scene.roster(&scene.zonnehof, plan.clone()).await;
    assert_eq!((done.added, done.changed, done.unchanged, done.removed), (2, 0, 0, 0));
    let same_time = scene.shift(7, 14, 22).await;
    let status = scene.claim(&same_time, &worker).await.expect_err("in the roster");
    assert_eq!((reason(&status).as_str(), refusal(&status).2["other_work"].as_str()), ("OVERLAP", "false"));
    let after_night = scene.shift(10, 9, 17).await;
    let status = scene.claim(&after_night, &worker).await.expect_err("no rest");
    assert!(["REST_TOO_SHORT", "WORKING_TIME"].contains(&reason(&status).as_str()), "{status:?}");

    let before = scene.rows().await;
    let done = scene.roster(&scene.zonnehof, plan).await;
    assert_eq!((done.added, done.changed, done.unchanged, done.removed), (0, 0, 2, 0));
    let mut after = scene.rows().await;
    // Nothing but the request that is remembered.
    after[3] -= 1;
    assert_eq!(after, before);

    let done = scene.roster(&scene.zonnehof, vec![block("R1", &worker, day, (6, 13))]).await;
    assert_eq!((done.added, done.changed, done.unchanged, done.removed), (0, 1, 0, 1));
    let times: Vec<_> = scene.my_work(&worker).await.into_iter().map(|block| (block.starts_at, block.organisation)).collect();
    assert_eq!(times, [(Some(day.at_minute(6 * 60, false).expect("a time").to_proto()), scene.zonnehof.id.clone())]);
    scene.claim(&after_night, &worker).await.expect("the night is gone");
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_roster_that_is_sent_again_is_taken_once_and_what_could_not_be_read_stays() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let (day, planner) = (scene.bed.day(7), &scene.zonnehof.planner);
    let window = Some(day.to_proto());
    let request = PutRosterBlocksRequest { organisation: scene.zonnehof.id.clone(), from: window, until: window, ..Default::default() };
    let first = PutRosterBlocksRequest {
        blocks: vec![block("A", &worker, day, (7, 11)), block("B", &worker, day, (12, 16))],
        request_id: request_id(),
        ..request.clone()
    };
    let send = async |request| sent(&scene, request, planner).await;
    let done = send(first.clone()).await;
    assert_eq!((done.added, done.removed), (2, 0));
    let unread = PutRosterBlocksRequest { unread: vec!["B".to_owned()], ..request };
    let done = scene.put(unread, planner).await.expect("taken");
    assert_eq!((done.unchanged, done.removed), (0, 1));
    assert_eq!(scene.my_work(&worker).await.len(), 1);
    // The first one comes again, late: what was answered is answered, and nothing is done.
    assert_eq!(send(first).await.added, 2);
    assert_eq!(scene.my_work(&worker).await.len(), 1);
    scene.assert_clean().await;
}

async fn sent(scene: &Scene, request: PutRosterBlocksRequest, token: &str) -> PutRosterBlocksResponse {
    scene.bed.rosters().put_roster_blocks(as_token(request, token)).await.expect("taken").into_inner()
}

#[tokio::test]
async fn two_that_send_a_roster_at_once_are_one_after_the_other() {
    let scene = Scene::start().await;
    let workers = [scene.carer().await, scene.carer().await];
    let plan = |hours: (i32, i32)| -> Vec<RosterBlock> {
        let days = (1..20).step_by(2).flat_map(|day| workers.iter().map(move |worker| (day, worker)));
        days.map(|(day, worker)| block(&format!("{day} {}", worker.employment), worker, scene.bed.day(day), hours)).collect()
    };
    let sends = (0..6).map(|n| scene.roster(&scene.zonnehof, plan((6 + n % 3, 14))));
    let done = futures::future::join_all(sends).await;
    assert_eq!(done.iter().map(|done| done.added).sum::<i32>(), 20);
    assert!(done.iter().all(|done| done.added + done.changed + done.unchanged == 20 && done.removed == 0), "{done:?}");
    assert_eq!((scene.my_work(&workers[0]).await.len(), scene.my_work(&workers[1]).await.len()), (10, 10));
    scene.claim(&scene.shift(25, 7, 15).await, &workers[0]).await.expect("a place");
    scene.assert_clean().await;
}

#[tokio::test]
async fn without_a_window_nothing_is_removed_and_with_employments_only_of_those() {
    let scene = Scene::start().await;
    let (one, other) = (scene.carer().await, scene.carer().await);
    let day = scene.bed.day(7);
    scene.roster(&scene.zonnehof, vec![block("A", &one, day, (7, 15)), block("B", &other, day, (7, 15))]).await;
    let request = PutRosterBlocksRequest { organisation: scene.zonnehof.id.clone(), ..Default::default() };
    let more = PutRosterBlocksRequest { blocks: vec![block("C", &one, scene.bed.day(9), (7, 15))], ..request.clone() };
    let done = scene.put(more, &scene.zonnehof.hr).await.expect("taken");
    assert_eq!((done.added, done.removed), (1, 0));
    let day_of = Some(day.to_proto());
    let of_one = PutRosterBlocksRequest { from: day_of, until: day_of, employments: vec![one.employment.clone()], ..request };
    let done = scene.put(of_one, &scene.zonnehof.planner).await.expect("taken");
    assert_eq!((done.added, done.removed), (0, 1));
    assert_eq!((scene.my_work(&one).await.len(), scene.my_work(&other).await.len()), (1, 1));
    scene.assert_clean().await;
}

#[tokio::test]
async fn what_cannot_be_taken_is_told() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let day = scene.bed.day(7);
    let stranger = Colleague { employment: chassis::ids::EmploymentId::new().to_string(), ..worker.clone() };
    let of_another = scene.worker(&scene.beekdal, &Person::default()).await;
    let done = scene.roster(&scene.zonnehof, vec![block("R9", &of_another, day, (7, 15))]).await;
    assert_eq!((done.added, done.not_taken), (0, vec!["R9".to_owned()]));
    let done = scene.roster(&scene.zonnehof, vec![block("R1", &stranger, day, (7, 15)), block("R2", &worker, day, (7, 15))]).await;
    assert_eq!((done.added, done.not_taken), (1, vec!["R1".to_owned()]));

    let wrong = PutRosterBlocksRequest {
        organisation: scene.zonnehof.id.clone(),
        from: Some(day.to_proto()),
        until: Some(day.to_proto()),
        blocks: vec![
            RosterBlock { break_minutes: 600, kind: 9, ..block("", &worker, day, (7, 15)) },
            block("R3", &worker, scene.bed.day(8), (7, 15)),
            RosterBlock { ends_at: clock(day, 7), ..block("R3", &worker, day, (7, 15)) },
        ],
        ..Default::default()
    };
    let status = scene.put(wrong, &scene.zonnehof.planner).await.expect_err("wrong");
    let expected = [
        ("blocks[0].external_reference", "is required"),
        ("blocks[0].kind", "is not a known kind of work"),
        ("blocks[0].break_minutes", "is not shorter than the work"),
        ("blocks[1].starts_at", "is not in the window"),
        ("blocks[2].external_reference", "stands there twice"),
        ("blocks[2].ends_at", "is not after the start"),
    ];
    assert_wrong(&status, &expected, "blocks");
    let half = PutRosterBlocksRequest { organisation: scene.zonnehof.id.clone(), from: Some(day.to_proto()), ..Default::default() };
    let status = scene.put(half, &scene.zonnehof.planner).await.expect_err("half a window");
    assert_wrong(&status, &[("until", "is required with the other end of the window")], "window");
    let of_others = PutRosterBlocksRequest { organisation: scene.zonnehof.id.clone(), ..Default::default() };
    let contradicts = PutRosterBlocksRequest {
        employments: vec![stranger.employment],
        blocks: vec![block("R4", &worker, day, (7, 15))],
        unread: vec!["R4".to_owned(), String::new()],
        ..of_others.clone()
    };
    let status = scene.put(contradicts, &scene.zonnehof.planner).await.expect_err("it contradicts itself");
    let expected =
        [("blocks[0].employment", "is not one of the employments"), ("unread[0]", "stands there twice"), ("unread[1]", "is required")];
    assert_wrong(&status, &expected, "contradiction");
    let many: Vec<_> = (0..501).map(|n| block(&format!("M{n}"), &worker, day, (7, 15))).collect();
    let too_many = PutRosterBlocksRequest { blocks: many, ..of_others.clone() };
    let status = scene.put(too_many, &scene.zonnehof.planner).await.expect_err("nobody works so often");
    assert_wrong(&status, &[("blocks", "has more than 500 of one person within four weeks")], "too many");
    let status = scene.put(of_others, &scene.beekdal.planner).await.expect_err("another organisation");
    assert_eq!(status.code(), Code::NotFound);
}

#[tokio::test]
async fn a_late_block_is_a_conflict_that_people_see_until_it_is_gone() {
    let scene = Scene::start().await;
    let worker = scene.worker(&scene.beekdal, &Person::default()).await;
    let shift = scene.shift(7, 7, 15).await;
    let claim = scene.claim(&shift, &worker).await.expect("a place");
    let own = ListMyConflictsRequest::default();
    let list = async |organisation: &str, token: &str| {
        let request = ListConflictsRequest { organisation: organisation.to_owned(), ..Default::default() };
        Ok::<_, Status>(scene.bed.conflicts().list_conflicts(as_token(request, token)).await?.into_inner().conflicts)
    };
    assert_eq!(list(&scene.beekdal.id, &scene.beekdal.planner).await.expect("a list"), []);

    let done = scene.roster(&scene.beekdal, vec![block("R1", &worker, scene.bed.day(7), (13, 21))]).await;
    assert_eq!(done.conflicts, 1);
    scene.assert_clean().await;
    let mine = scene.bed.conflicts().list_my_conflicts(as_token(own, &worker.token)).await.expect("own").into_inner().conflicts;
    let [conflict] = mine.as_slice() else { panic!("{mine:?}") };
    assert_eq!((&conflict.claim, &conflict.shift, &conflict.worker), (&claim.id, &shift.id, &worker.id));
    assert_eq!((conflict.yields(), conflict.resolved_at), (proto::flexpool::conflict::Yields::Other, None));
    assert!(conflict.deadline.is_some() && conflict.found_at.is_some());
    let told = conflict.refusal.as_ref().expect("a reason");
    assert_eq!((told.reason(), told.metadata["other_work"].as_str()), (proto::flexpool::Reason::Overlap, "false"));
    assert!(told.metadata.contains_key("starts_at"), "{told:?}");
    // The employer sees the rule and no time; the host, whose people they are not, only that the worker cannot come.
    use proto::flexpool::Reason::{NotAvailable, Overlap};
    for (organisation, token, reason, told) in [
        (&scene.zonnehof, &scene.zonnehof.planner, NotAvailable, Vec::new()),
        (&scene.beekdal, &scene.beekdal.hr, Overlap, facts([("other_work", "false")]).into_iter().collect()),
    ] {
        let seen = list(&organisation.id, token).await.expect("a list");
        let [seen] = seen.as_slice() else { panic!("{seen:?}") };
        let refusal = seen.refusal.as_ref().expect("a reason");
        assert_eq!((&seen.id, refusal.reason()), (&conflict.id, reason));
        assert_eq!(refusal.metadata, told.into_iter().collect());
    }
    let status = list(&scene.zonnehof.id, &scene.beekdal.planner).await.expect_err("another organisation");
    assert_eq!(status.code(), Code::NotFound);

    scene.roster(&scene.beekdal, Vec::new()).await;
    assert_eq!(list(&scene.zonnehof.id, &scene.zonnehof.planner).await.expect("a list"), []);
    let past = ListMyConflictsRequest { include_past: true, ..Default::default() };
    let past = scene.bed.conflicts().list_my_conflicts(as_token(past, &worker.token)).await.expect("own").into_inner().conflicts;
    assert!(past.len() == 1 && past[0].resolved_at.is_some(), "{past:?}");
    scene.assert_clean().await;
}

#[tokio::test]
async fn work_elsewhere_that_somebody_tells_of_counts_as_other_work() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let day = scene.bed.day(7);
    let told = scene.declare(&worker, day, (8, 12)).await.expect("noted");
    let noted = told.block.expect("the block");
    assert_eq!((noted.organisation.as_str(), noted.kind()), ("", WorkKind::Ordinary));
    let shift = scene.shift(7, 7, 15).await;
    let status = scene.claim(&shift, &worker).await.expect_err("other work");
    assert_eq!((reason(&status).as_str(), refusal(&status).2["other_work"].as_str()), ("OVERLAP", "true"));
    let remove = async |id: &str, token: &str| {
        let request = RemoveDeclaredWorkRequest { id: id.to_owned(), request_id: request_id() };
        scene.bed.rosters().remove_declared_work(as_token(request, token)).await
    };
    // Nobody else's.
    let other = scene.carer().await;
    assert_eq!(remove(&noted.id, &other.token).await.expect_err("not theirs").code(), Code::NotFound);
    assert_eq!(scene.my_work(&worker).await.len(), 1);
    remove(&noted.id, &worker.token).await.expect("gone");
    assert!(scene.my_work(&worker).await.is_empty());
    scene.claim(&shift, &worker).await.expect("a place");
    let late = scene.declare(&worker, day, (14, 18)).await.expect("noted");
    assert_eq!(late.conflicts, 1);
    scene.assert_clean().await;
    let long_ago = scene.bed.day(-100);
    for _ in 0..100 {
        scene.declare(&worker, long_ago, (8, 9)).await.expect("noted");
    }
    let status = scene.declare(&worker, long_ago, (8, 9)).await.expect_err("too much");
    assert_eq!((reason(&status).as_str(), refusal(&status).2["limit"].as_str()), ("TOO_MUCH_WORK", "100"));
    let status = scene.declare(&worker, day, (18, 18)).await.expect_err("no time");
    assert_wrong(&status, &[("ends_at", "is not after the start")], "empty");
}

#[tokio::test]
async fn a_verdict_is_complete_when_every_roster_and_the_worker_say_so() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.opening(&Opening::on(scene.bed.day(7)).places(3)).await;
    let incomplete = async || {
        let listed = scene.open_shifts(&worker.token).await;
        let open = listed.into_iter().find(|open| open.shift.as_ref().is_some_and(|one| one.id == shift.id)).expect("listed");
        open.verdict.expect("a verdict").incomplete
    };
    assert!(incomplete().await);
    let (from, until) = (Some(scene.bed.day(0).to_proto()), Some(scene.bed.day(40).to_proto()));
    let holes = PutRosterBlocksRequest {
        organisation: scene.zonnehof.id.clone(),
        from,
        until,
        unread: vec!["R1".to_owned()],
        ..Default::default()
    };
    scene.put(holes, &scene.zonnehof.planner).await.expect("taken");
    assert!(incomplete().await, "the worker said nothing yet");
    let until = Some(scene.bed.day(7).to_proto());
    let request = ConfirmWorkKnownRequest { until, request_id: request_id() };
    scene.bed.rosters().confirm_work_known(as_token(request, &worker.token)).await.expect("noted");
    assert!(incomplete().await, "a roster with a hole is not all");
    scene.roster(&scene.zonnehof, Vec::new()).await;
    assert!(!incomplete().await);
    scene.builder.employment(&worker, &scene.beekdal, &Person::default()).await;
    scene.bed.caught_up().await;
    assert!(incomplete().await, "the second employer gave no roster");
}

#[tokio::test]
async fn a_merger_brings_the_rosters_of_both_together() {
    let scene = Scene::start().await;
    let (kept, merged) = (scene.carer().await, scene.worker(&scene.beekdal, &Person::default()).await);
    let shift = scene.shift(7, 7, 15).await;
    scene.claim(&shift, &kept).await.expect("a place");
    scene.roster(&scene.beekdal, vec![block("R1", &merged, scene.bed.day(7), (14, 22))]).await;
    scene.declare(&merged, scene.bed.day(7), (23, 26)).await.expect("noted");
    scene.assert_clean().await;
    let told = proto::members::WorkersMerged { kept: kept.id.clone(), merged: merged.id.clone() };
    scene.tell(&kept.id, &told).await;
    assert_eq!(scene.my_work(&kept).await.len(), 2);
    assert_eq!(scene.number("SELECT COUNT(*) FROM claim_conflict WHERE rule = 'OVERLAP' AND resolved_at IS NULL").await, 1);
    scene.assert_clean().await;
    // The roster system knows nothing of it and goes on.
    let done = scene.roster(&scene.beekdal, vec![block("R1", &merged, scene.bed.day(7), (16, 22))]).await;
    assert_eq!((done.changed, done.added), (1, 0));
    assert_eq!(scene.number("SELECT COUNT(*) FROM claim_conflict WHERE rule = 'OVERLAP' AND resolved_at IS NULL").await, 0);
    scene.assert_clean().await;
}

#[tokio::test]
async fn check_finds_a_breach_that_nobody_is_told_of_and_a_conflict_that_is_none() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.shift(7, 7, 15).await;
    scene.claim(&shift, &worker).await.expect("a place");
    scene.roster(&scene.zonnehof, vec![block("R1", &worker, scene.bed.day(7), (14, 22))]).await;
    scene.assert_clean().await;
    let db = scene.bed.db("flexpool");
    let found = async |change: &str| {
        db.write().execute_unprepared(change).await.expect("a change behind the service's back");
        let findings = flexpool::check(&db, scene.bed.now()).await.expect("a check");
        findings.into_iter().map(|finding| finding.text).collect::<Vec<_>>()
    };
    let untold = found("UPDATE claim_conflict SET resolved_at = 1").await;
    assert!(untold.iter().any(|text| text == "breaks OVERLAP, and no conflict tells of it"), "{untold:?}");
    let unpacked = found("DELETE FROM busy_month").await;
    assert!(unpacked.iter().any(|text| text == "has other time packed than in the rows"), "{unpacked:?}");
    let baseless = found("DELETE FROM work_block; UPDATE claim_conflict SET resolved_at = NULL").await;
    assert_eq!(baseless, ["is in conflict with OVERLAP, which it does not break"]);
}

#[tokio::test]
async fn an_organisation_gets_its_roster_back_as_it_gave_it_and_no_other() {
    let scene = Scene::start().await;
    let (sam, other) = (scene.carer().await, scene.bed.day(5));
    scene.roster(&scene.zonnehof, vec![block("R2", &sam, other, (7, 15)), block("R1", &sam, scene.bed.day(6), (15, 23))]).await;
    let list = async |organisation: &str, page_size, page_token: &str, token: &str| {
        let request = ListRosterBlocksRequest { organisation: organisation.to_owned(), page_size, page_token: page_token.to_owned() };
        scene.bed.rosters().list_roster_blocks(as_token(request, token)).await.map(tonic::Response::into_inner)
    };
    let all = list(&scene.zonnehof.id, 0, "", &scene.zonnehof.planner).await.expect("the roster");
    let told: Vec<(&str, &str, &str)> =
        all.blocks.iter().map(|block| (block.external_reference.as_str(), block.employment.as_str(), block.worker.as_str())).collect();
    let (contract, id) = (sam.employment.as_str(), sam.id.as_str());
    assert_eq!(told, [("R1", contract, id), ("R2", contract, id)]);
    let start = other.at_minute(7 * 60, false).expect("a time").to_proto();
    assert_eq!(all.blocks[1].starts_at, Some(start));
    let first = list(&scene.zonnehof.id, 1, "", &scene.zonnehof.hr).await.expect("a page");
    let second = list(&scene.zonnehof.id, 1, &first.next_page_token, &scene.zonnehof.hr).await.expect("a page");
    assert_eq!([first.blocks, second.blocks].concat(), all.blocks);
    let status = list(&scene.zonnehof.id, 0, "", &scene.beekdal.planner).await.expect_err("not theirs");
    assert_eq!(reason(&status), "NOT_FOUND");
    let status = list(&scene.zonnehof.id, 1, "x", &scene.zonnehof.planner).await.expect_err("no token");
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn only_who_may_gives_a_roster() {
    let scene = Scene::start().await;
    let lead = scene.ward_lead(&scene.zonnehof).await;
    let operator = scene.bed.token(&[(Role::Operator, None)]).await;
    let request = PutRosterBlocksRequest { organisation: scene.zonnehof.id.clone(), ..Default::default() };
    for token in [&lead, &operator, &scene.carer().await.token] {
        let status = scene.put(request.clone(), token).await.expect_err("not theirs");
        assert_eq!(status.code(), Code::PermissionDenied);
    }
    let worker = scene.carer().await;
    let claim = claim_of(&scene.shift(7, 7, 15).await.id);
    scene.send_claim(claim, &worker.token).await.expect("a place");
}
