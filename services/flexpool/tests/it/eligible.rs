//! Who could have which shift and why not, as it is shown to workers and planners; and that it is what claiming decides.

use std::collections::BTreeSet;

use chassis::ids::ShiftId;
use proto::{
    flexpool::{
        ExplainShiftRequest, ExplainShiftResponse, ListEligibleWorkersRequest, ListEligibleWorkersResponse, ListFileReadsRequest, Reason,
        Shift,
    },
    members::{Basis, ConsentKind, FunctionLevel},
};
use testkit::{
    as_token, reason,
    region::{Colleague, Employer, Opening, Person},
};
use tonic::{Code, Status};

use crate::scene::{Scene, assert_wrong};

impl Scene {
    async fn explain(&self, shift: &str, token: &str) -> Result<ExplainShiftResponse, Status> {
        let request = ExplainShiftRequest { shift: shift.to_owned() };
        self.bed.eligibility().explain_shift(as_token(request, token)).await.map(tonic::Response::into_inner)
    }

    async fn who_could(&self, shift: &str, token: &str) -> Result<ListEligibleWorkersResponse, Status> {
        let request = ListEligibleWorkersRequest { shift: shift.to_owned(), page_token: String::new() };
        self.bed.eligibility().list_eligible_workers(as_token(request, token)).await.map(tonic::Response::into_inner)
    }

    /// The ids of who is shown to the planner of Zonnehof, and how many others there are.
    async fn shown(&self, shift: &Shift) -> (BTreeSet<String>, i32) {
        let answer = self.who_could(&shift.id, &self.zonnehof.planner).await.expect("who could");
        assert_eq!(answer.next_page_token, "");
        (answer.workers.into_iter().map(|worker| worker.worker).collect(), answer.others)
    }

    async fn many(&self, employer: &Employer, person: &Person, count: usize) -> Vec<Colleague> {
        let mut workers = Vec::new();
        for _ in 0..count {
            workers.push(self.builder.worker(employer, person).await);
        }
        self.bed.caught_up().await;
        workers
    }
}

fn reasons(explained: &ExplainShiftResponse) -> Vec<Reason> {
    explained.refusals.iter().map(proto::flexpool::Refusal::reason).collect()
}

fn ids<'a>(workers: impl IntoIterator<Item = &'a Colleague>) -> BTreeSet<String> {
    workers.into_iter().map(|worker| worker.id.clone()).collect()
}

#[tokio::test]
async fn a_worker_is_told_everything_that_is_in_the_way_and_whether_one_course_would_do() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let skilled = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    let opening = Opening { level: FunctionLevel::Nurse, competences: skilled(&["infuus", "katheter"]), ..Opening::on(scene.bed.day(7)) };
    let far = scene.opening(&opening).await;
    scene.claim(&scene.shift(7, 6, 9).await, &worker).await.expect("another shift at that time");
    let told = scene.explain(&far.id, &worker.token).await.expect("why");
    let expected =
        [Reason::FunctionLevelTooLow, Reason::NotRegistered, Reason::CompetenceMissing, Reason::CompetenceMissing, Reason::Overlap];
    assert_eq!(reasons(&told)[..5], expected);
    assert_eq!((told.one_course_away.as_str(), &told.verdict), ("", &None));
    let refused = scene.claim(&far, &worker).await.expect_err("refused");
    assert_eq!(reason(&refused), "FUNCTION_LEVEL_TOO_LOW", "a claim is told the first");

    let near = scene.opening(&Opening { competences: skilled(&["infuus"]), ..Opening::on(scene.bed.day(10)) }).await;
    let told = scene.explain(&near.id, &worker.token).await.expect("why");
    assert_eq!((reasons(&told), told.one_course_away.as_str()), (vec![Reason::CompetenceMissing], "infuus"));

    let fits = scene.shift(12, 7, 15).await;
    let told = scene.explain(&fits.id, &worker.token).await.expect("why");
    assert_eq!((reasons(&told), told.one_course_away.as_str(), told.verdict.is_some()), (vec![], "", true));
}

#[tokio::test]
async fn what_a_shift_asks_is_told_to_nobody_who_may_not_see_it() {
    let scene = Scene::start().await;
    let shift = scene.shift(7, 7, 15).await;
    let outside = scene.builder.employer("Elders").await;
    let stranger = scene.worker(&outside, &Person::default()).await;
    for (id, token) in [(shift.id.clone(), &stranger.token), (ShiftId::new().to_string(), &stranger.token)] {
        assert_eq!(scene.explain(&id, token).await.expect_err("not theirs").code(), Code::NotFound);
    }
    for (id, token) in [(shift.id.clone(), &scene.beekdal.planner), (ShiftId::new().to_string(), &scene.zonnehof.planner)] {
        assert_eq!(scene.who_could(&id, token).await.expect_err("not theirs").code(), Code::NotFound);
    }
    let wrong = [("shift", "is not an id of this kind: expected shf_ followed by 32 hexadecimal digits")];
    assert_wrong(&scene.explain("x", &stranger.token).await.expect_err("no id"), &wrong, "explain");
    assert_wrong(&scene.who_could("x", &scene.zonnehof.planner).await.expect_err("no id"), &wrong, "who could");
    let other_list = ListEligibleWorkersRequest { shift: shift.id, page_token: "x".to_owned() };
    let status = scene.bed.eligibility().list_eligible_workers(as_token(other_list, &scene.zonnehof.planner)).await.expect_err("no token");
    assert_wrong(&status, &[("page_token", "is not a token of this list")], "page");
}

#[tokio::test]
async fn a_planner_sees_the_own_people_and_who_agreed_to_be_seen_and_of_others_only_tens() {
    let scene = Scene::start().await;
    let own = scene.many(&scene.zonnehof, &Person::default(), 2).await;
    let others = scene.many(&scene.beekdal, &Person::default(), 10).await;
    scene.many(&scene.beekdal, &Person { level: FunctionLevel::Helper, ..Person::default() }, 1).await;
    let shift = scene.shift(7, 7, 15).await;
    assert_eq!(scene.shown(&shift).await, (ids(&own), 10));

    let consent = scene.give_consent(&others[0], ConsentKind::SeenByPlanners).await;
    scene.give_consent(&others[1], ConsentKind::Lending).await;
    // Nine others are nobody to tell of.
    assert_eq!(scene.shown(&shift).await, (ids(own.iter().chain(&others[..1])), 0));
    let answer = scene.who_could(&shift.id, &scene.ward_lead(&scene.zonnehof).await).await.expect("who could");
    for worker in &answer.workers {
        let is_own = worker.worker != others[0].id;
        let basis = if is_own { Basis::OwnExtraHours } else { Basis::CollegialLending };
        assert_eq!((worker.own, worker.basis(), worker.opens_at), (is_own, basis, None));
    }
    scene.revoke_consent(&others[0], &consent.id).await;
    assert_eq!(scene.shown(&shift).await, (ids(&own), 10));

    // Who looked is on record, with everybody who was shown.
    let auditor = scene.bed.token(&[(chassis::caller::Role::Auditor, None)]).await;
    let request = ListFileReadsRequest { worker: others[0].id.clone(), ..ListFileReadsRequest::default() };
    let reads = scene.bed.seen_on_shifts().list_file_reads(as_token(request, &auditor)).await.expect("reads").into_inner().reads;
    let methods: Vec<&str> = reads.iter().map(|read| read.method.as_str()).collect();
    assert_eq!(methods, ["EligibilityService/ListEligibleWorkers"; 2]);

    scene.claim(&shift, &own[0]).await.expect("the place");
    assert_eq!(scene.shown(&shift).await, (BTreeSet::new(), 0), "there is no place left");
}

#[tokio::test]
async fn who_could_is_whom_nothing_holds_back() {
    let scene = Scene::start().await;
    let person = Person::default;
    let infuus = || vec!["infuus".to_owned()];
    let (today, soon) = (scene.bed.day(0), scene.bed.day(7));
    let people = [
        person(),
        Person { competences: infuus(), ..person() },
        Person { competences: infuus(), level: FunctionLevel::Helper, ..person() },
        Person { competences: infuus(), level: FunctionLevel::Nurse, registered_until: Some(scene.bed.day(90)), ..person() },
        Person { competences: infuus(), level: FunctionLevel::SupportWorker, ..person() },
        Person { competences: infuus(), until: Some(soon), ..person() },
        Person { competences: infuus(), until: Some(today), ..person() },
        Person { competences: vec!["katheter".to_owned()], ..person() },
    ];
    let mut workers = Vec::new();
    for person in &people {
        workers.push(scene.builder.worker(&scene.zonnehof, person).await);
    }
    for _ in 0..3 {
        workers.push(scene.builder.worker(&scene.zonnehof, &people[1]).await);
    }
    scene.bed.caught_up().await;
    // One is away, one works at that time, one has too little rest before it.
    scene.away(&workers[8], 6).await;
    scene.claim(&scene.shift(7, 22, 2).await, &workers[9]).await.expect("a late shift");
    for (days, start, end) in [(4, 15, 23), (5, 7, 12), (6, 15, 23)] {
        scene.claim(&scene.shift(days, start, end).await, &workers[10]).await.expect("one short rest");
    }
    for (day, start, end) in [(7, 7, 15), (7, 23, 7), (6, 23, 7)] {
        for competences in [Vec::new(), infuus()] {
            let opening = Opening { competences, ..Opening::on(scene.bed.day(day)).hours(start, end) };
            let shift = scene.opening(&opening).await;
            let mut expected = BTreeSet::new();
            for worker in &workers {
                // Who is employed no more does not see the shift at all.
                let told = scene.explain(&shift.id, &worker.token).await;
                if told.is_ok_and(|told| told.refusals.is_empty()) {
                    expected.insert(worker.id.clone());
                }
            }
            assert!(!expected.is_empty() && expected.len() < workers.len(), "{expected:?}");
            assert_eq!(scene.shown(&shift).await.0, expected, "day {day} at {start}");
        }
    }
}
