//! Many at once. Whatever the order, what must hold holds, and everybody gets an answer that is true.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use proto::flexpool::{Claim, ClaimShiftRequest};
use testkit::{
    reason,
    region::{Opening, Person},
};
use tonic::{Code, Status};

use crate::scene::{Scene, claim_of};

impl Scene {
    /// Claims, and does what a client does when it is told to come again or does not hear what came of it: repeats with the same
    /// request id.
    async fn insist(&self, request: ClaimShiftRequest, token: &str) -> Result<Claim, Status> {
        loop {
            match self.send_claim(request.clone(), token).await {
                Err(status) if status.code() == Code::Aborted => assert_eq!(reason(&status), "BUSY"),
                Err(status) if matches!(status.code(), Code::DeadlineExceeded | Code::ResourceExhausted | Code::Unavailable) => {}
                answer => return answer,
            }
        }
    }
}

/// How often each answer came; claims count as `CONFIRMED`.
fn tally(answers: &[Result<Claim, Status>]) -> BTreeMap<String, usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        let name = answer.as_ref().map_or_else(reason, |_| "CONFIRMED".to_owned());
        *tally.entry(name).or_default() += 1;
    }
    tally
}

fn counted<const N: usize>(pairs: [(&str, usize); N]) -> BTreeMap<String, usize> {
    pairs.into_iter().map(|(name, times)| (name.to_owned(), times)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_workers_on_three_places_fill_exactly_three() {
    let scene = Scene::start().await;
    let workers = scene.builder.workers(&scene.zonnehof, &Person::default(), 500).await;
    scene.bed.caught_up().await;
    let shift = scene.opening(&Opening::on(scene.bed.day(7)).places(3)).await;
    let requests: Vec<ClaimShiftRequest> = workers.iter().map(|_| claim_of(&shift.id)).collect();
    let before = scene.rows().await;
    let storm = || join_all(workers.iter().zip(&requests).map(|(worker, request)| scene.insist(request.clone(), &worker.token)));
    let answers = storm().await;
    assert_eq!(tally(&answers), counted([("CONFIRMED", 3), ("SHIFT_FULL", 497)]));

    // Who was confirmed hears the same again, who was not is refused again; nothing is done twice.
    let after = scene.rows().await;
    assert_eq!([1, 2, 3, 4, 5].map(|place| after[place] - before[place]), [3; 5]);
    let again = storm().await;
    let claims =
        |answers: &[Result<Claim, Status>]| -> Vec<Option<Claim>> { answers.iter().map(|answer| answer.as_ref().ok().cloned()).collect() };
    assert_eq!(claims(&again), claims(&answers));
    assert_eq!(scene.rows().await, after);
    assert_eq!(scene.get(&shift.id, &scene.zonnehof.planner).await.expect("shown").taken, 3);
    scene.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_overlapping_claims_of_one_worker_confirm_exactly_one() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let mut shifts = Vec::new();
    for n in 0..50 {
        let opening = Opening { start: 7 * 60 + n, ..Opening::on(scene.bed.day(7)) };
        shifts.push(scene.opening(&opening).await);
    }
    let answers = join_all(shifts.iter().map(|shift| scene.insist(claim_of(&shift.id), &worker.token))).await;
    assert_eq!(tally(&answers), counted([("CONFIRMED", 1), ("OVERLAP", 49)]));
    assert_eq!(scene.my_claims(&worker.token).await.len(), 1);
    scene.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_sent_fifty_times_at_once_is_one_claim() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.opening(&Opening::on(scene.bed.day(7)).places(50)).await;
    let request = claim_of(&shift.id);
    let answers = join_all((0..50).map(|_| scene.insist(request.clone(), &worker.token))).await;
    let claims: BTreeSet<String> = answers.into_iter().map(|answer| answer.expect("the claim").id).collect();
    assert_eq!(claims.len(), 1);
    assert_eq!(scene.my_claims(&worker.token).await.len(), 1);
    scene.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_who_all_want_the_same_week_get_what_fits_each() {
    let scene = Scene::start().await;
    let workers = scene.builder.workers(&scene.zonnehof, &Person::default(), 20).await;
    scene.bed.caught_up().await;
    let mut shifts = Vec::new();
    for days in 7..12 {
        for (start, end) in [(7, 15), (15, 23), (23, 7)] {
            shifts.push(scene.opening(&Opening::on(scene.bed.day(days)).hours(start, end).places(4)).await);
        }
    }
    let pairs = workers.iter().flat_map(|worker| shifts.iter().map(move |shift| (worker, shift)));
    let answers = join_all(pairs.map(|(worker, shift)| scene.insist(claim_of(&shift.id), &worker.token))).await;
    let tally = tally(&answers);
    let known = ["CONFIRMED", "SHIFT_FULL", "OVERLAP", "REST_TOO_SHORT", "WORKING_TIME"];
    assert!(tally.keys().all(|name| known.contains(&name.as_str())), "{tally:?}");
    assert!(tally["CONFIRMED"] >= 20, "everybody gets at least one: {tally:?}");
    // Afterwards nobody can have one more of what is left: whoever was refused was refused for what is so.
    for worker in &workers {
        let open = scene.open_shifts(&worker.token).await;
        assert!(open.iter().all(|open| open.refusal.is_some()), "somebody was refused what fits");
    }
    scene.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shift_is_cancelled_or_claimed_never_both() {
    let scene = Scene::start().await;
    let workers = scene.builder.workers(&scene.zonnehof, &Person::default(), 10).await;
    scene.bed.caught_up().await;
    for round in 0..10 {
        let shift = scene.opening(&Opening::on(scene.bed.day(7 + 2 * round)).places(10)).await;
        let claims = join_all(workers.iter().map(|worker| scene.insist(claim_of(&shift.id), &worker.token)));
        let (claims, cancelled) = tokio::join!(claims, scene.cancel(&shift.id, &scene.zonnehof.planner));
        let confirmed = claims.iter().filter(|claim| claim.is_ok()).count();
        match cancelled {
            Ok(_) => assert_eq!(tally(&claims), counted([("SHIFT_CANCELLED", 10)])),
            Err(status) => assert_eq!((reason(&status).as_str(), confirmed), ("SHIFT_HAS_CLAIMS", 10)),
        }
    }
    scene.assert_clean().await;
}
