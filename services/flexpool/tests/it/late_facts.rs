//! What becomes known after a claim was confirmed (D10).

use chassis::ids::{ScheduleConstraintId, UnavailabilityId};
use proto::members::{ScheduleConstraint, ScheduleConstraintKind, ScheduleConstraintsChanged, UnavailabilityWithdrawn, WorkerUnavailable};
use testkit::{reason, region::Opening};

use crate::scene::{Scene, refusal};

const OPEN: &str = "SELECT COUNT(*) FROM claim_conflict WHERE resolved_at IS NULL";

#[tokio::test]
async fn who_is_not_available_is_refused_and_in_conflict_until_it_is_taken_back() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let (before, during, later) = (scene.shift(7, 7, 15).await, scene.shift(9, 7, 15).await, scene.shift(10, 7, 15).await);
    for shift in [&before, &during] {
        scene.claim(shift, &worker).await.expect("a place");
    }
    let unavailability = UnavailabilityId::new().to_string();
    let from = Some(scene.bed.day(9).at_minute(12 * 60, false).expect("a time").to_proto());
    let told = WorkerUnavailable { worker: worker.id.clone(), unavailability: unavailability.clone(), from, until: None };
    scene.tell(&worker.id, &told).await;
    assert_eq!(scene.number(&format!("{OPEN} AND rule = 'NOT_AVAILABLE'")).await, 1);
    let status = scene.claim(&later, &worker).await.expect_err("away");
    assert_eq!((reason(&status).as_str(), refusal(&status).2.len()), ("NOT_AVAILABLE", 0));
    // Nothing was changed silently: both places are still the worker's.
    assert_eq!(scene.my_claims(&worker.token).await.len(), 2);
    scene.assert_clean().await;

    let back = UnavailabilityWithdrawn { worker: worker.id.clone(), unavailability, revision: 1 };
    scene.tell(&worker.id, &back).await;
    assert_eq!((scene.number(OPEN).await, scene.number("SELECT COUNT(*) FROM claim_conflict").await), (0, 1));
    scene.claim(&later, &worker).await.expect("a place");
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_limit_on_the_roster_refuses_and_breaks_what_was_confirmed() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let night = scene.opening(&Opening::on(scene.bed.day(7)).hours(23, 7)).await;
    let next_night = scene.opening(&Opening::on(scene.bed.day(12)).hours(23, 7)).await;
    let day = scene.shift(14, 7, 15).await;
    scene.claim(&night, &worker).await.expect("a place");
    let constraint = ScheduleConstraint {
        id: ScheduleConstraintId::new().to_string(),
        kind: ScheduleConstraintKind::NoNights.into(),
        minutes: 0,
        from: Some(scene.bed.day(0).to_proto()),
        until: Some(scene.bed.day(60).to_proto()),
    };
    let told = |constraints| ScheduleConstraintsChanged { worker: worker.id.clone(), constraints };
    scene.tell(&worker.id, &told(vec![constraint])).await;
    assert_eq!(scene.number(&format!("{OPEN} AND rule = 'CONSTRAINT'")).await, 1);
    let status = scene.claim(&next_night, &worker).await.expect_err("no nights");
    let (_, reason, metadata) = refusal(&status);
    assert_eq!(
        (reason.as_str(), metadata["rule"].as_str(), metadata["measure"].as_str()),
        ("WORKING_TIME", "CONSTRAINT", "ForbiddenHours")
    );
    scene.claim(&day, &worker).await.expect("a place by day");
    scene.tell(&worker.id, &told(Vec::new())).await;
    assert_eq!(scene.number(OPEN).await, 0);
    scene.claim(&next_night, &worker).await.expect("a place");
    scene.assert_clean().await;
}
