//! What `regiopool check` and the comparison of copies look at.

use bus::Finding;
use futures::TryStreamExt;
use sea_orm::ConnectionTrait;
use testkit::{
    Testbed,
    region::{Person, Region},
};

async fn findings(bed: &Testbed) -> Vec<(&'static str, String, String)> {
    let found = members::check(&bed.db("members")).await.expect("a check");
    found.into_iter().map(|Finding { invariant, subject, text }| (invariant, subject, text)).collect()
}

#[tokio::test]
async fn a_good_region_has_no_findings_and_each_breach_has_one() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let employer = builder.employer("A").await;
    let person = Person { competences: vec!["bhv".to_owned()], ..Person::default() };
    let worker = builder.worker(&employer, &person).await;
    builder.worker(&employer, &person).await;
    assert_eq!(findings(&bed).await, []);

    let db = bed.db("members");
    let write = async |sql: &str| db.write().execute_unprepared(sql).await.expect("a breach");
    let finding = |invariant, text: &str| (invariant, worker.id.clone(), text.to_owned());
    let one = "WHERE kind LIKE '%.CompetenceAdded' AND subject IN (SELECT worker FROM employment WHERE personnel_number = 'P00003')";
    assert_eq!(
        crate::support::count(&db, &format!("SELECT COUNT(*) AS n FROM event_log {one}")).await,
        1,
        "the builder numbers workers from P00003"
    );
    write(&format!("DELETE FROM event_log {one}")).await;
    assert_eq!(findings(&bed).await, [finding("I6", "has 1 rows of competence, the log tells of 0")]);

    write(&format!("DELETE FROM event_log {}", one.replace("CompetenceAdded", "WorkerCreated"))).await;
    let found = findings(&bed).await;
    assert_eq!(found[0], finding("I6", "its events do not begin with WorkerCreated"));

    write("DROP INDEX employment_personnel_number").await;
    write("UPDATE employment SET personnel_number = 'P1'").await;
    let found = findings(&bed).await;
    assert_eq!(found[0], ("D13", employer.id.clone(), "has 2 employments with one personnel number".to_owned()));
}

#[tokio::test]
async fn a_snapshot_holds_every_region_as_it_was_told() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (a, b) = (builder.employer("A").await, builder.employer_without_agreement("B").await);
    let pool = builder.pool(&[&b, &a]).await;
    let person = Person { competences: vec!["bhv".to_owned()], registered_until: Some(bed.day(90)), ..Person::default() };
    let worker = builder.worker(&a, &person).await;
    let second = builder.employment(&worker, &b, &Person::default()).await;
    let elsewhere = Region::create(&bed.frame.settings).await;

    let snapshots: Vec<_> = members::snapshot(&bed.db("members")).try_collect().await.expect("snapshots");
    assert_eq!(snapshots.len(), 2);
    let empty = snapshots.iter().find(|snapshot| snapshot.region == elsewhere.id).expect("the other region");
    assert!(empty.organisations.is_empty() && empty.workers.is_empty());
    let full = snapshots.iter().find(|snapshot| snapshot.region == bed.region).expect("the region");
    let ids = |ids: Vec<String>| ids;
    assert_eq!(ids(full.organisations.iter().map(|o| o.id.to_string()).collect()), [a.id.clone(), b.id.clone()]);
    assert_eq!(ids(full.wards.iter().map(|ward| ward.id.to_string()).collect()), [a.ward, b.ward]);
    assert_eq!(full.pools[0].id.to_string(), pool);
    assert_eq!(ids(full.pools[0].about.organisations.iter().map(ToString::to_string).collect()), [b.id.clone(), a.id.clone()]);
    assert_eq!(full.agreements.len(), 1);
    assert_eq!(full.agreements[0].about.organisation.to_string(), a.id);
    assert_eq!(ids(full.employments.iter().map(|e| e.id.to_string()).collect()), [worker.employment, second]);
    assert_eq!(full.competences[0].about.code, "bhv");
    let facts = &full.workers[0];
    assert_eq!((facts.id.to_string(), facts.pc4.as_str(), facts.registered_until), (worker.id, "6001", Some(bed.day(90))));
}
