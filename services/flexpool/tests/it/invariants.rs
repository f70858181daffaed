//! `check` finds what must not be.

use sea_orm::ConnectionTrait;
use testkit::region::Opening;

use crate::scene::Scene;

async fn broken(scene: &Scene, change: &str) -> Vec<(&'static str, String)> {
    let db = scene.bed.db("flexpool");
    db.write().execute_unprepared(change).await.expect("a change behind the service's back");
    let findings = flexpool::check(&db, scene.bed.now()).await.expect("a check");
    findings.into_iter().map(|finding| (finding.invariant, finding.text)).collect()
}

#[tokio::test]
async fn places_that_do_not_add_up_are_found() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.opening(&Opening::on(scene.bed.day(7)).places(2)).await;
    scene.claim(&shift, &worker).await.expect("a place");
    scene.assert_clean().await;
    let found = broken(&scene, "UPDATE shift SET taken = 3").await;
    assert_eq!(found, [("I1", "has 2 places, says that 3 are taken and 0 held, and has 1 confirmed claims and 0 offers".to_owned())]);
}

#[tokio::test]
async fn a_place_that_is_held_for_nobody_for_ever_is_found() {
    let scene = Scene::start().await;
    scene.opening(&Opening::on(scene.bed.day(7)).places(2)).await;
    let found = broken(&scene, "UPDATE shift SET held = 1").await;
    assert_eq!(found, [("D11", "holds 1 places, not all of them offered, and nothing is going to be done about it".to_owned())]);
    let set = "INSERT INTO timer (region, kind, key, due, tries) SELECT region, 1, id, 9223372036854775807, 0 FROM shift";
    assert_eq!(broken(&scene, set).await, []);
}

#[tokio::test]
async fn work_at_the_same_time_is_found_unless_it_is_a_known_conflict() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    for days in [7, 9] {
        let shift = scene.shift(days, 7, 15).await;
        scene.claim(&shift, &worker).await.expect("a place");
    }
    scene.assert_clean().await;
    let same_time = "UPDATE claim SET starts_at = (SELECT MIN(starts_at) FROM claim), ends_at = (SELECT MAX(ends_at) FROM claim)";
    let found = broken(&scene, same_time).await;
    // From the rows, and by judging again.
    assert_eq!(found.iter().map(|(invariant, _)| *invariant).collect::<Vec<_>>(), ["I2", "I2"]);
    let known = "INSERT INTO claim_conflict (region, id, claim, rule, worker, employer, host, ends_at, reason, facts, found_at, deadline, yields) \
         SELECT a.region, a.id, a.id, 'OVERLAP', a.worker, a.employer, a.employer, a.ends_at, 'OVERLAP', '{}', 0, 0, 2 FROM claim a \
         ORDER BY a.confirmed_at DESC, a.id DESC LIMIT 1";
    assert_eq!(broken(&scene, known).await, []);
    let forgotten = broken(&scene, "UPDATE claim_conflict SET yields = 1").await;
    assert!(forgotten.iter().all(|(invariant, text)| *invariant == "D10" && text.ends_with("never does")), "{forgotten:?}");
    assert!(!forgotten.is_empty(), "a claim that should give way has no timer");
}

#[tokio::test]
async fn a_claim_without_employment_basis_or_verdict_is_found() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.shift(7, 7, 15).await;
    scene.claim(&shift, &worker).await.expect("a place");
    let nobody = "breaks NOT_IN_POOL, and no conflict tells of it";
    for (change, back, texts) in [
        ("UPDATE claim SET basis = 9", "UPDATE claim SET basis = 1", vec!["lacks a basis or a verdict"]),
        ("UPDATE claim SET verdict = ''", "UPDATE claim SET verdict = '{}'", vec!["lacks a basis or a verdict"]),
        (
            "UPDATE claim SET employer = shift",
            "UPDATE claim SET employer = (SELECT organisation FROM employment)",
            vec!["names an employment with another employer"],
        ),
        (
            "UPDATE employment SET worker = id",
            "UPDATE employment SET worker = (SELECT id FROM worker)",
            vec!["names an employment of another worker", nobody],
        ),
        ("DELETE FROM employment", "SELECT 1", vec!["names an employment that is not known here", nobody]),
    ] {
        let expected: Vec<_> = texts.into_iter().map(|text| ("I4", text.to_owned())).collect();
        assert_eq!(broken(&scene, change).await, expected, "{change}");
        scene.bed.db("flexpool").write().execute_unprepared(back).await.expect("mended");
    }
}
