//! Giving a place back.

use futures::future::join_all;
use proto::flexpool::{Claim, ListMyClaimsRequest, WithdrawClaimRequest, claim::State};
use testkit::{
    as_token, reason,
    region::{Colleague, Opening, Person},
    request_id,
};
use tonic::{Code, Status};

use crate::scene::Scene;

const MINUTE: i64 = 60;
const DAY: i64 = 24 * 60 * MINUTE;

impl Scene {
    pub(crate) async fn withdraw(&self, claim: &Claim, worker: &Colleague) -> Result<Claim, Status> {
        let request = WithdrawClaimRequest { id: claim.id.clone(), request_id: request_id() };
        let answer = self.bed.claims().withdraw_claim(as_token(request, &worker.token)).await?;
        Ok(answer.into_inner().claim.expect("the claim"))
    }
}

#[tokio::test]
async fn a_place_that_is_given_back_is_open_again_and_its_time_is_free() {
    let scene = Scene::start().await;
    let (worker, other) = (scene.carer().await, scene.carer().await);
    let (shift, same_time) = (scene.shift(7, 7, 15).await, scene.shift(7, 8, 16).await);
    let claim = scene.claim(&shift, &worker).await.expect("a place");
    let listed = scene.my_claims(&worker.token).await.remove(0);
    let terms = listed.withdrawal.expect("how long it may be given back");
    assert_eq!(terms.withdraw_until, shift.starts_at, "a pool without terms lets people go until the start");
    let undo = terms.undo_until.expect("minutes to think").seconds - claim.confirmed_at.as_ref().expect("when").seconds;
    assert_eq!(undo, 5 * MINUTE);

    let request = WithdrawClaimRequest { id: claim.id.clone(), request_id: request_id() };
    let send = || async { scene.bed.claims().withdraw_claim(as_token(request.clone(), &worker.token)).await };
    let undone = send().await.expect("given back").into_inner().claim.expect("the claim");
    assert_eq!((undone.state(), undone.ended_at.is_some()), (State::Undone, true));
    let rows = scene.rows().await;
    assert_eq!(send().await.expect("again").into_inner().claim, Some(undone.clone()));
    assert_eq!(scene.rows().await, rows, "a repetition does nothing");
    assert_eq!(scene.withdraw(&claim, &worker).await.expect("it stays so").state(), State::Undone);

    assert_eq!(scene.my_claims(&worker.token).await, []);
    let all = ListMyClaimsRequest { include_ended: true, ..Default::default() };
    let all = scene.bed.claims().list_my_claims(as_token(all, &worker.token)).await.expect("all").into_inner().claims;
    assert_eq!(
        all.iter().map(|mine| (mine.claim.as_ref().expect("it").state(), mine.withdrawal)).collect::<Vec<_>>(),
        [(State::Undone, None)]
    );
    assert_eq!(scene.get(&shift.id, &worker.token).await.expect("shown").taken, 0);
    scene.claim(&shift, &other).await.expect("the place");
    scene.claim(&same_time, &worker).await.expect("the time is free");
    scene.assert_clean().await;
}

#[tokio::test]
async fn who_gave_a_place_back_may_claim_it_again() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.shift(7, 7, 15).await;
    let first = scene.claim(&shift, &worker).await.expect("a place");
    scene.withdraw(&first, &worker).await.expect("given back");
    let second = scene.claim(&shift, &worker).await.expect("the place again");
    assert_ne!(first.id, second.id);
    assert_eq!(scene.my_claims(&worker.token).await.len(), 1);
    scene.assert_clean().await;
}

#[tokio::test]
async fn minutes_later_it_is_withdrawn_and_after_the_start_too_late() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let (first, second) = (scene.shift(7, 7, 15).await, scene.shift(9, 7, 15).await);
    let first = scene.claim(&first, &worker).await.expect("a place");
    let second = scene.claim(&second, &worker).await.expect("a place");
    scene.bed.set_clock(6 * MINUTE);
    assert_eq!(scene.withdraw(&first, &worker).await.expect("in time").state(), State::Withdrawn);
    scene.bed.set_clock(10 * DAY);
    let late = scene.withdraw(&second, &worker).await.expect_err("it has begun");
    assert_eq!((late.code(), reason(&late).as_str()), (Code::FailedPrecondition, "SHIFT_STARTED"));
    scene.assert_clean().await;
}

#[tokio::test]
async fn nobody_gives_back_the_place_of_somebody_else() {
    let scene = Scene::start().await;
    let (worker, other) = (scene.carer().await, scene.worker(&scene.beekdal, &Person::default()).await);
    let shift = scene.shift(7, 7, 15).await;
    let claim = scene.claim(&shift, &worker).await.expect("a place");
    assert_eq!(scene.withdraw(&claim, &other).await.expect_err("another's").code(), Code::NotFound);
    let unknown = Claim { id: chassis::ids::ClaimId::new().to_string(), ..Default::default() };
    assert_eq!(scene.withdraw(&unknown, &worker).await.expect_err("nothing").code(), Code::NotFound);
    let wrong = scene.withdraw(&Claim { id: "clm_1".to_owned(), ..Default::default() }, &worker).await.expect_err("no id");
    assert_eq!(testkit::violations(&wrong).iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), ["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn places_that_come_and_go_in_a_rush_add_up() {
    let scene = Scene::start().await;
    let workers = scene.builder.workers(&scene.zonnehof, &Person::default(), 12).await;
    scene.bed.caught_up().await;
    let shift = scene.opening(&Opening::on(scene.bed.day(7)).places(3)).await;
    let rush = workers.iter().map(|worker| async {
        for _ in 0..6 {
            match scene.claim(&shift, worker).await {
                Ok(claim) => match scene.withdraw(&claim, worker).await {
                    Ok(ended) => assert_eq!(ended.state(), State::Undone),
                    Err(status) => assert_eq!(status.code(), Code::Aborted, "{status:?}"),
                },
                Err(status) => assert!(["SHIFT_FULL", "BUSY", "ALREADY_CLAIMED"].contains(&reason(&status).as_str()), "{status:?}"),
            }
        }
    });
    join_all(rush).await;
    scene.assert_clean().await;
}
