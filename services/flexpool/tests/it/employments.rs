//! Employments change and end: the copy follows, and claims with it.

use proto::members::{
    AssessmentResult, Employment, EmploymentKind, EmploymentStarted, EndEmploymentRequest, Exit, ExitDestination, ExitReason,
    FunctionLevel, SelfEmployedAssessment, UpdateEmploymentRequest,
};
use testkit::{
    as_token, reason,
    region::{Colleague, Opening, Person},
    request_id,
};

use crate::scene::{Scene, claim_of};

impl Scene {
    async fn change(&self, worker: &Colleague, path: &str, change: Employment) {
        let employment = Some(Employment { id: worker.employment.clone(), ..change });
        let update_mask = Some(prost_types::FieldMask { paths: vec![path.to_owned()] });
        let request = UpdateEmploymentRequest { employment, update_mask, request_id: request_id() };
        self.bed.workers().update_employment(as_token(request, self.builder.operator())).await.expect("changed");
        self.bed.caught_up().await;
    }

    /// Why the worker cannot have a new shift so many days from now.
    async fn refused(&self, worker: &Colleague, days: i64) -> Option<String> {
        let shift = self.opening(&Opening::on(self.bed.day(days))).await;
        self.send_claim(claim_of(&shift.id), &worker.token).await.err().map(|status| reason(&status))
    }
}

fn etag(etag: &str) -> Employment {
    Employment { etag: etag.to_owned(), ..Employment::default() }
}

#[tokio::test]
async fn a_changed_or_ended_employment_counts_at_once_and_raises_the_version() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let mut versions = vec![scene.version(&worker).await];
    let lower = Employment { function_level: FunctionLevel::Helper.into(), ..etag("0") };
    scene.change(&worker, "function_level", lower).await;
    versions.push(scene.version(&worker).await);
    assert_eq!(scene.refused(&worker, 7).await.as_deref(), Some("FUNCTION_LEVEL_TOO_LOW"));
    let higher = Employment { function_level: FunctionLevel::Carer.into(), ..etag("1") };
    scene.change(&worker, "function_level", higher).await;
    versions.push(scene.version(&worker).await);
    assert_eq!(scene.refused(&worker, 7).await, None);

    versions.push(scene.version(&worker).await);
    let (reason, destination) = (ExitReason::OwnNotice.into(), ExitDestination::Unknown.into());
    let request = EndEmploymentRequest {
        id: worker.employment.clone(),
        etag: "2".to_owned(),
        until: Some(scene.bed.day(20).to_proto()),
        exit: Some(Exit { reason, destination, ..Exit::default() }),
        request_id: request_id(),
    };
    scene.bed.workers().end_employment(as_token(request, scene.builder.operator())).await.expect("ended");
    scene.bed.caught_up().await;
    versions.push(scene.version(&worker).await);
    assert_eq!(scene.refused(&worker, 20).await, None, "the last day is one of it");
    assert_eq!(scene.refused(&worker, 21).await.as_deref(), Some("NOT_IN_POOL"));
    assert!(versions.windows(2).all(|pair| pair[0] < pair[1]), "{versions:?}");
    scene.assert_copied().await;
}

#[tokio::test]
async fn who_is_self_employed_claims_only_within_a_year_of_a_good_assessment() {
    let scene = Scene::start().await;
    let worker = scene.worker(&scene.zonnehof, &Person { kind: EmploymentKind::SelfEmployed, ..Person::default() }).await;
    assert_eq!(scene.refused(&worker, 7).await, None);
    let assessed = |result: AssessmentResult, days, of| {
        let assessed_on = Some(scene.bed.day(days).to_proto());
        let assessment = Some(SelfEmployedAssessment { result: result.into(), assessed_on, ..SelfEmployedAssessment::default() });
        Employment { assessment, ..etag(of) }
    };
    scene.change(&worker, "assessment", assessed(AssessmentResult::OutsideEmployment, -360, "0")).await;
    assert_eq!(scene.refused(&worker, 12).await.as_deref(), Some("NOT_ASSESSED"), "it is older than a year by then");
    scene.change(&worker, "assessment", assessed(AssessmentResult::Employment, -1, "1")).await;
    assert_eq!(scene.refused(&worker, 9).await.as_deref(), Some("NOT_ASSESSED"));
    scene.change(&worker, "assessment", etag("2")).await;
    assert_eq!(scene.refused(&worker, 9).await.as_deref(), Some("NOT_ASSESSED"));
    scene.change(&worker, "assessment", assessed(AssessmentResult::OutsideEmployment, -1, "3")).await;
    assert_eq!(scene.refused(&worker, 9).await, None);
}

#[tokio::test]
async fn old_news_of_a_merged_workers_employment_changes_nothing() {
    let scene = Scene::start().await;
    let (kept, merged) = (scene.carer().await, scene.carer().await);
    let lower = Employment { function_level: FunctionLevel::Helper.into(), ..etag("0") };
    scene.change(&merged, "function_level", lower).await;
    scene.merge(&kept, &merged).await;
    let started = EmploymentStarted {
        worker: merged.id.clone(),
        employment: merged.employment.clone(),
        organisation: scene.zonnehof.id.clone(),
        function_level: FunctionLevel::Carer.into(),
        kind: EmploymentKind::Permanent.into(),
        minutes_per_week: 1440,
        from: Some(scene.bed.day(-10).to_proto()),
        until: None,
        assessed_until: None,
    };
    scene.tell(&merged.id, &started).await;
    assert_eq!(scene.number(&format!("SELECT COUNT(*) FROM employment WHERE function_level = {}", FunctionLevel::Helper as i32)).await, 1);
}
