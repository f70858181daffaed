//! The copies of when workers cannot work and of what their rosters must keep to.

use chassis::ids::UnavailabilityId;
use proto::members::{
    CreateUnavailabilityRequest, ScheduleConstraint, ScheduleConstraintKind, ScheduleConstraintsChanged, SetScheduleConstraintsRequest,
    Unavailability, UnavailabilityChanged, UnavailabilityWithdrawn, UpdateUnavailabilityRequest, WithdrawUnavailabilityRequest,
    WorkerUnavailable,
};
use testkit::{as_token, region::Colleague, request_id};

use crate::{copies::says, scene::Scene};

impl Scene {
    fn at(&self, days: i64) -> Option<prost_types::Timestamp> {
        Some(self.bed.day(days).at_minute(0, false).expect("midnight").to_proto())
    }

    pub(crate) async fn away(&self, worker: &Colleague, from: i64) -> Unavailability {
        let period = Unavailability { worker: worker.id.clone(), from: self.at(from), ..Unavailability::default() };
        let request = CreateUnavailabilityRequest { unavailability: Some(period), request_id: request_id() };
        let made = self.bed.unavailabilities().create_unavailability(as_token(request, &worker.token)).await.expect("recorded");
        self.bed.caught_up().await;
        made.into_inner().unavailability.expect("it")
    }

    pub(crate) async fn constrain(&self, worker: &Colleague, constraints: Vec<ScheduleConstraint>, etag: &str) {
        let (worker, token, etag) = (worker.id.clone(), &worker.token, etag.to_owned());
        let request = SetScheduleConstraintsRequest { worker, constraints, etag, request_id: request_id() };
        self.bed.schedule_constraints().set_schedule_constraints(as_token(request, token)).await.expect("set");
        self.bed.caught_up().await;
    }

    pub(crate) async fn assert_copied(&self) {
        let says = says(self).await;
        assert_eq!(flexpool::compare(&self.bed.db("flexpool"), self.bed.region, &says).await.expect("compared"), []);
    }
}

fn no_nights(scene: &Scene) -> ScheduleConstraint {
    let kind = ScheduleConstraintKind::NoNights.into();
    ScheduleConstraint { kind, from: Some(scene.bed.day(1).to_proto()), ..ScheduleConstraint::default() }
}

#[tokio::test]
async fn every_change_of_absence_and_constraints_is_copied_and_raises_the_version() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let periods = async || scene.number("SELECT COUNT(*) FROM unavailability WHERE withdrawn = 0").await;
    let constraints = async || scene.number("SELECT COUNT(*) FROM schedule_constraint").await;
    let mut versions = vec![scene.version(&worker).await];

    let period = scene.away(&worker, 3).await;
    versions.push(scene.version(&worker).await);
    assert_eq!(periods().await, 1);
    scene.assert_copied().await;

    let ended = Unavailability { worker: String::new(), until: scene.at(5), ..period.clone() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["until".to_owned()] });
    let request = UpdateUnavailabilityRequest { unavailability: Some(ended), update_mask, request_id: request_id() };
    scene.bed.unavailabilities().update_unavailability(as_token(request, &worker.token)).await.expect("changed");
    scene.bed.caught_up().await;
    versions.push(scene.version(&worker).await);
    scene.assert_copied().await;

    let request = WithdrawUnavailabilityRequest { id: period.id, request_id: request_id() };
    scene.bed.unavailabilities().withdraw_unavailability(as_token(request, &worker.token)).await.expect("taken back");
    scene.bed.caught_up().await;
    versions.push(scene.version(&worker).await);
    assert_eq!(periods().await, 0);
    scene.assert_copied().await;

    let hours = ScheduleConstraint { kind: ScheduleConstraintKind::WeekMinutes.into(), minutes: 1200, ..no_nights(&scene) };
    scene.constrain(&worker, vec![no_nights(&scene), hours], "0").await;
    versions.push(scene.version(&worker).await);
    assert_eq!(constraints().await, 2);
    scene.assert_copied().await;
    scene.constrain(&worker, vec![no_nights(&scene)], "1").await;
    versions.push(scene.version(&worker).await);
    assert_eq!(constraints().await, 1);
    scene.assert_copied().await;
    assert!(versions.is_sorted() && versions.windows(2).all(|pair| pair[0] < pair[1]), "{versions:?}");
}

#[tokio::test]
async fn of_two_news_of_one_period_the_later_change_counts_in_whatever_order_they_come() {
    let scene = Scene::start().await;
    let (kept, merged) = (scene.carer().await, scene.carer().await);
    scene.merge(&kept, &merged).await;
    let id = UnavailabilityId::new().to_string();
    let changed =
        UnavailabilityChanged { worker: kept.id.clone(), unavailability: id.clone(), from: scene.at(3), until: scene.at(5), revision: 1 };
    scene.tell(&kept.id, &changed).await;
    // It was recorded for the merged worker, of whom the news is late.
    let recorded = WorkerUnavailable { worker: merged.id.clone(), unavailability: id.clone(), from: scene.at(3), until: None };
    scene.tell(&merged.id, &recorded).await;
    assert_eq!(scene.number("SELECT COUNT(*) FROM unavailability WHERE revision = 1 AND until_at IS NOT NULL").await, 1);

    let gone = UnavailabilityWithdrawn { worker: kept.id.clone(), unavailability: id, revision: 2 };
    scene.tell(&kept.id, &gone).await;
    scene.tell(&merged.id, &recorded).await;
    assert_eq!(scene.number("SELECT COUNT(*) FROM unavailability WHERE withdrawn = 0").await, 0);
}

#[tokio::test]
async fn constraints_of_two_who_are_one_are_those_that_were_told_last_of_the_kept_one() {
    let scene = Scene::start().await;
    let (kept, merged) = (scene.carer().await, scene.carer().await);
    scene.constrain(&merged, vec![no_nights(&scene)], "0").await;
    scene.merge(&kept, &merged).await;
    let of_kept = async || {
        let id: chassis::ids::WorkerId = kept.id.parse().expect("an id");
        scene.number(&format!("SELECT COUNT(*) FROM schedule_constraint WHERE worker = {}", scene.literal(id.0))).await
    };
    assert_eq!(of_kept().await, 1);
    // Old news of the merged one changes nothing.
    let none = ScheduleConstraintsChanged { worker: merged.id.clone(), constraints: Vec::new() };
    scene.tell(&merged.id, &none).await;
    assert_eq!(of_kept().await, 1);
    let none = ScheduleConstraintsChanged { worker: kept.id.clone(), constraints: Vec::new() };
    scene.tell(&kept.id, &none).await;
    assert_eq!(of_kept().await, 0);
}
