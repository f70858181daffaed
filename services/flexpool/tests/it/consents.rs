//! What a worker agreed to lifts the rule that asks for it, for new claims until it is revoked (D9).

use proto::{
    flexpool::Shift,
    members::{Consent, ConsentKind, GiveConsentRequest, RevokeConsentRequest, ScheduleConstraint, ScheduleConstraintKind},
};
use testkit::{as_token, reason, region::Colleague, request_id};

use crate::scene::Scene;

impl Scene {
    pub(crate) async fn give_consent(&self, worker: &Colleague, kind: ConsentKind) -> Consent {
        let request = GiveConsentRequest { kind: kind.into(), request_id: request_id() };
        let given = self.bed.consents().give_consent(as_token(request, &worker.token)).await.expect("given");
        self.bed.caught_up().await;
        given.into_inner().consent.expect("it")
    }

    pub(crate) async fn revoke_consent(&self, worker: &Colleague, id: &str) {
        let request = RevokeConsentRequest { id: id.to_owned(), request_id: request_id() };
        self.bed.consents().revoke_consent(as_token(request, &worker.token)).await.expect("revoked");
        self.bed.caught_up().await;
    }

    /// Why the worker cannot have a shift.
    async fn refused_for(&self, shift: &Shift, worker: &Colleague) -> Option<String> {
        self.claim(shift, worker).await.err().map(|status| reason(&status))
    }

    async fn open_conflicts(&self) -> i64 {
        self.number("SELECT COUNT(*) FROM claim_conflict WHERE resolved_at IS NULL").await
    }
}

#[tokio::test]
async fn a_consent_lifts_the_rule_that_asks_for_it_until_it_is_revoked() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let regular = ScheduleConstraint {
        kind: ScheduleConstraintKind::RegularHours.into(),
        from: Some(scene.bed.day(1).to_proto()),
        ..ScheduleConstraint::default()
    };
    scene.constrain(&worker, vec![regular], "0").await;
    let (first, second) = (scene.shift(7, 15, 23).await, scene.shift(9, 15, 23).await);
    assert_eq!(scene.refused_for(&first, &worker).await.as_deref(), Some("WORKING_TIME"));
    let other = scene.give_consent(&worker, ConsentKind::SplitShifts).await;
    assert_eq!(scene.refused_for(&first, &worker).await.as_deref(), Some("WORKING_TIME"), "it is another rule's");

    let before = scene.version(&worker).await;
    let consent = scene.give_consent(&worker, ConsentKind::IrregularHours).await;
    assert!(scene.version(&worker).await > before);
    assert_eq!(scene.refused_for(&first, &worker).await, None);

    // What was claimed on it stands; nothing new can be.
    for revoked in [&consent, &other] {
        scene.revoke_consent(&worker, &revoked.id).await;
    }
    assert_eq!(scene.open_conflicts().await, 0);
    assert_eq!(scene.refused_for(&second, &worker).await.as_deref(), Some("WORKING_TIME"));
    scene.assert_clean().await;
    scene.give_consent(&worker, ConsentKind::IrregularHours).await;
    assert_eq!(scene.refused_for(&second, &worker).await, None);
    scene.assert_clean().await;
}
