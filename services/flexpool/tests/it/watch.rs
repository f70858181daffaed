//! `WatchShifts`.

use std::time::Duration;

use proto::flexpool::{Shift, WatchShiftsRequest, WatchShiftsResponse, shift::State};
use testkit::{
    as_token,
    region::{Opening, Person},
};
use tonic::Streaming;

use crate::scene::Scene;

/// Longer than any word needs; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(60);

async fn watch(scene: &Scene, token: &str) -> Streaming<WatchShiftsResponse> {
    scene.bed.shifts().watch_shifts(as_token(WatchShiftsRequest {}, token)).await.expect("a watch").into_inner()
}

async fn word(words: &mut Streaming<WatchShiftsResponse>) -> Shift {
    let word = tokio::time::timeout(PATIENCE, words.message()).await.expect("a word in time").expect("a word").expect("not the end");
    let after = word.after.expect("the shift");
    assert_eq!((word.shift.as_str(), word.reset), (after.id.as_str(), false));
    after
}

/// Reads until the shift is so; words may be joined when changes come close together.
async fn until(words: &mut Streaming<WatchShiftsResponse>, shift: &Shift, is: impl Fn(&Shift) -> bool) {
    loop {
        let after = word(words).await;
        assert_eq!(after.id, shift.id, "a word about something else");
        if is(&after) {
            return;
        }
    }
}

#[tokio::test]
async fn who_may_see_a_shift_hears_of_its_publishing_its_claims_and_its_end() {
    let scene = Scene::start().await;
    let (worker, lent) = (scene.carer().await, scene.worker(&scene.beekdal, &Person::default()).await);
    let tokens = [&worker.token, &lent.token, &scene.zonnehof.planner, scene.builder.operator()];
    let mut watches = Vec::new();
    for token in tokens {
        watches.push(watch(&scene, token).await);
    }
    let taken = scene.opening(&Opening::on(scene.bed.day(7))).await;
    for words in &mut watches {
        until(words, &taken, |shift| shift.state() == State::Open && shift.ward_name == "De Linde").await;
    }
    scene.claim(&taken, &worker).await.expect("a place");
    for words in &mut watches {
        until(words, &taken, |shift| shift.taken == 1).await;
    }
    let gone = scene.opening(&Opening::on(scene.bed.day(9))).await;
    for words in &mut watches {
        until(words, &gone, |shift| shift.state() == State::Open).await;
    }
    scene.cancel(&gone.id, &scene.zonnehof.planner).await.expect("cancelled");
    for words in &mut watches {
        until(words, &gone, |shift| shift.state() == State::Cancelled).await;
    }
}

#[tokio::test]
async fn nobody_hears_of_what_is_not_theirs_to_see() {
    let scene = Scene::start().await;
    let stranger = scene.builder.employer("Elders").await;
    let strange = scene.builder.pool(&[&stranger]).await;
    let outside = scene.worker(&stranger, &Person::default()).await;
    let mut watches = [watch(&scene, &outside.token).await, watch(&scene, &stranger.planner).await];
    scene.shift(7, 7, 15).await;
    // The next one is theirs, and the first word is about it.
    let own = scene.builder.shift(&stranger, &strange, &Opening::on(scene.bed.day(7))).await;
    for words in &mut watches {
        until(words, &own, |shift| shift.state() == State::Open).await;
    }
}

#[tokio::test]
async fn a_watch_ends_when_the_service_stops() {
    let mut scene = Scene::start().await;
    let mut words = watch(&scene, &scene.zonnehof.planner).await;
    scene.bed.stop().await;
    let last = tokio::time::timeout(PATIENCE, words.message()).await.expect("the end in time");
    assert!(!matches!(last, Ok(Some(_))), "{last:?}");
}

#[tokio::test]
async fn only_some_roles_watch() {
    let scene = Scene::start().await;
    let request = as_token(WatchShiftsRequest {}, &scene.zonnehof.hr);
    let status = scene.bed.shifts().watch_shifts(request).await.expect_err("not a role for it");
    assert_eq!(testkit::reason(&status), "ROLE_MISSING");
}
