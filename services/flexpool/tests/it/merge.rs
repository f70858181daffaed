//! Two workers turn out to be one person (D13).

use chassis::{
    ids::{CompetenceId, WorkerId},
    time::real_now,
};
use proto::{
    flexpool::{ListClaimsRequest, ListFileReadsRequest},
    members::{CompetenceAdded, WorkersMerged},
};
use testkit::{
    as_token, reason,
    region::{Colleague, Opening, Person},
    request_id,
};

use crate::scene::{Scene, claim_of};

impl Scene {
    /// Tells, as members will, that `merged` is `kept`.
    pub(crate) async fn merge(&self, kept: &Colleague, merged: &Colleague) {
        let told = WorkersMerged { kept: kept.id.clone(), merged: merged.id.clone() };
        self.tell(&kept.id, &told).await;
    }

    pub(crate) async fn tell<M: prost::Message + prost::Name>(&self, worker: &str, message: &M) {
        let members = self.bed.db("members");
        let subject: WorkerId = worker.parse().expect("an id");
        let txn = members.begin().await.expect("a transaction");
        bus::log::append(&txn, self.bed.region, real_now(), subject.0, message).await.expect("appended");
        members.commit(txn).await.expect("committed");
        self.bed.caught_up().await;
    }

    pub(crate) async fn version(&self, worker: &Colleague) -> i64 {
        let id: WorkerId = worker.id.parse().expect("an id");
        let db = self.bed.db("flexpool");
        use sea_orm::ConnectionTrait;
        let sql = "SELECT version FROM worker WHERE id = $1";
        let query = sea_orm::Statement::from_sql_and_values(db.backend(), sql, [id.into()]);
        db.read().query_one_raw(query).await.expect("a query").expect("the worker").try_get("", "version").expect("a version")
    }
}

#[tokio::test]
async fn everything_of_the_merged_worker_is_the_kept_ones() {
    let scene = Scene::start().await;
    let kept = scene.carer().await;
    let nurse = Person {
        level: proto::members::FunctionLevel::Nurse,
        registered_until: Some(scene.bed.day(365)),
        competences: vec!["infuus".to_owned()],
        ..Person::default()
    };
    let merged = scene.worker(&scene.beekdal, &nurse).await;
    let shift = scene.shift(7, 7, 15).await;
    let claim = scene.claim(&shift, &merged).await.expect("a place");
    let on_it = ListClaimsRequest { shift: shift.id.clone(), ..Default::default() };
    scene.bed.claims().list_claims(as_token(on_it, &scene.zonnehof.planner)).await.expect("who is on it");
    let (before_kept, before_merged) = (scene.version(&kept).await, scene.version(&merged).await);
    scene.merge(&kept, &merged).await;
    assert!(scene.version(&kept).await > before_kept && scene.version(&merged).await > before_merged);

    // Who looked at the merged worker is found by the kept one.
    let seen = ListFileReadsRequest::default();
    let seen = scene.bed.seen_on_shifts().list_file_reads(as_token(seen, &kept.token)).await.expect("reads").into_inner().reads;
    assert_eq!(seen.iter().map(|read| read.workers.clone()).collect::<Vec<_>>(), [[kept.id.clone()]]);

    // The claim, and the time that it takes.
    for token in [&kept.token, &merged.token] {
        let mine = scene.my_claims(token).await;
        let ids: Vec<_> = mine.iter().filter_map(|mine| mine.claim.as_ref()).map(|claim| (&claim.id, &claim.worker)).collect();
        assert_eq!(ids, [(&claim.id, &kept.id)]);
        let same_time = scene.shift(7, 12, 20).await;
        let status = scene.send_claim(claim_of(&same_time.id), token).await.expect_err("other work");
        assert_eq!(reason(&status), "OVERLAP");
    }
    // Employment, registration and competence of the one under the name of the other, and the old name for who still uses it.
    let opening = Opening {
        level: proto::members::FunctionLevel::Nurse,
        competences: vec!["infuus".to_owned()],
        ..Opening::on(scene.bed.day(9)).places(2)
    };
    let hard = scene.opening(&opening).await;
    let claim = scene.claim(&hard, &merged).await.expect("a place");
    assert_eq!((&claim.worker, &claim.employment), (&kept.id, &merged.employment));
    let status = scene.claim(&hard, &kept).await.expect_err("the same person");
    assert_eq!(reason(&status), "ALREADY_CLAIMED");
    assert_eq!(scene.number("SELECT COUNT(*) FROM claim_conflict").await, 0);
    scene.assert_clean().await;
}

#[tokio::test]
async fn what_comes_later_for_the_merged_worker_goes_to_the_kept_one() {
    let scene = Scene::start().await;
    let (first, second, third) = (scene.carer().await, scene.carer().await, scene.carer().await);
    // A chain, told in the order in which it was not made: news of different workers comes in any order.
    scene.merge(&second, &first).await;
    scene.merge(&third, &second).await;
    scene.merge(&third, &second).await;
    let competence = CompetenceAdded {
        worker: first.id.clone(),
        competence: CompetenceId::new().to_string(),
        code: "infuus".to_owned(),
        valid_from: None,
        valid_until: None,
    };
    scene.tell(&first.id, &competence).await;
    let employment = scene.builder.employment(&second, &scene.beekdal, &Person::default()).await;
    scene.bed.caught_up().await;
    let shift = scene.opening(&Opening { competences: vec!["infuus".to_owned()], ..Opening::on(scene.bed.day(7)) }).await;
    let request = proto::flexpool::ClaimShiftRequest { employment, ..claim_of(&shift.id) };
    let claim = scene.send_claim(request, &third.token).await.expect("a place");
    assert_eq!(claim.worker, third.id);
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_merger_that_comes_before_the_merged_worker_is_known_holds() {
    let scene = Scene::start().await;
    let kept = scene.carer().await;
    let early = WorkerId::new().to_string();
    scene.tell(&kept.id, &WorkersMerged { kept: kept.id.clone(), merged: early.clone() }).await;
    let created = proto::members::WorkerCreated {
        worker: early.clone(),
        pc4: "6001".to_owned(),
        adult_on: Some(scene.bed.day(-4_000).to_proto()),
        registered_until: Some(scene.bed.day(100).to_proto()),
    };
    scene.tell(&early, &created).await;
    let started = proto::members::EmploymentStarted {
        worker: early.clone(),
        employment: chassis::ids::EmploymentId::new().to_string(),
        organisation: scene.beekdal.id.clone(),
        function_level: proto::members::FunctionLevel::Nurse.into(),
        kind: proto::members::EmploymentKind::Permanent.into(),
        minutes_per_week: 1440,
        from: Some(scene.bed.day(-10).to_proto()),
        until: None,
        assessed_until: None,
    };
    scene.tell(&early, &started).await;
    let nurse = Opening { level: proto::members::FunctionLevel::Nurse, ..Opening::on(scene.bed.day(7)) };
    let shift = scene.opening(&nurse).await;
    let claim = scene.claim(&shift, &kept).await.expect("a place");
    assert_eq!((claim.worker, claim.employment), (kept.id, started.employment));
    scene.assert_clean().await;
}

#[tokio::test]
async fn claims_of_two_who_are_one_stand_and_are_a_conflict() {
    let scene = Scene::start().await;
    let (kept, merged) = (scene.carer().await, scene.carer().await);
    let both = scene.opening(&Opening::on(scene.bed.day(7)).places(2)).await;
    let same_time = scene.shift(7, 12, 20).await;
    let far = scene.shift(12, 7, 15).await;
    for (shift, worker) in [(&both, &kept), (&both, &merged), (&far, &merged)] {
        scene.claim(shift, worker).await.expect("a place");
    }
    scene.claim(&same_time, &kept).await.expect_err("not beside the own work");
    scene.merge(&kept, &merged).await;
    assert_eq!(scene.my_claims(&kept.token).await.len(), 3);
    assert_eq!(scene.number("SELECT COUNT(*) FROM claim_conflict WHERE rule = 'OVERLAP' AND resolved_at IS NULL").await, 1);
    // The breach is known: nothing that must hold is broken silently (D10).
    scene.assert_clean().await;
    assert_eq!(scene.get(&both.id, &scene.zonnehof.planner).await.expect("shown").taken, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merger_in_the_middle_of_claims_lets_nothing_slip() {
    let scene = Scene::start().await;
    let (kept, merged) = (scene.carer().await, scene.carer().await);
    let shift = scene.opening(&Opening::on(scene.bed.day(7)).places(2)).await;
    let claims = async {
        let both = [&kept, &merged].map(|worker| {
            let request = proto::flexpool::ClaimShiftRequest { request_id: request_id(), ..claim_of(&shift.id) };
            scene.send_claim(request, &worker.token)
        });
        futures::future::join_all(both).await
    };
    let (answers, ()) = tokio::join!(claims, scene.merge(&kept, &merged));
    let confirmed = answers.iter().filter(|answer| answer.is_ok()).count();
    let conflicts = scene.number("SELECT COUNT(*) FROM claim_conflict").await;
    // Both before the merger, which is a conflict, or the second one after it, which is refused.
    assert_eq!(i64::try_from(confirmed).expect("two at most"), conflicts + 1);
    let claims = scene.my_claims(&kept.token).await;
    assert!(claims.len() == confirmed && claims.iter().all(|mine| mine.claim.as_ref().is_some_and(|claim| claim.worker == kept.id)));
    scene.assert_clean().await;
}
