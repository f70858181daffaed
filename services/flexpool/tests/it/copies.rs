//! The copies of members' facts.

use flexpool::{
    AgreementFacts, CompetenceFacts, ConsentFacts, ConstraintFacts, EmploymentFacts, PoolFacts, Snapshot, UnavailabilityFacts, WardFacts,
    WorkerFacts,
    domain::{pool::PoolTerms, release::Plan},
};
use futures::StreamExt;
use proto::members::LimitHoursElsewhereRequest;
use sea_orm::ConnectionTrait;
use testkit::{
    as_token,
    region::{Opening, Person},
    request_id,
};

use crate::scene::Scene;

/// What members says, in the words of flexpool.
pub(crate) async fn says(scene: &Scene) -> Snapshot {
    let mut regions = Box::pin(members::snapshot(&scene.bed.db("members")));
    while let Some(region) = regions.next().await {
        let region = region.expect("a region");
        if region.region == scene.bed.region {
            return translated(region);
        }
    }
    panic!("the region of the test is not there");
}

fn ward(ward: members::domain::ward::Ward) -> WardFacts {
    WardFacts { id: ward.id, organisation: ward.organisation, name: ward.name }
}

fn consent(one: members::domain::consent::Consent) -> ConsentFacts {
    ConsentFacts { id: one.id, worker: one.worker, kind: one.kind as i32, given_at: one.given_at, revoked_at: one.revoked_at }
}

fn pool(pool: members::domain::pool::Pool) -> PoolFacts {
    let (terms, plan) = (pool.about.terms, pool.about.terms.release);
    let limit = |member| pool.hours_elsewhere.iter().find(|(limited, _)| *limited == member).map(|(_, minutes)| *minutes);
    PoolFacts {
        id: pool.id,
        kind: pool.about.kind as i32,
        terms: PoolTerms {
            mode: terms.mode as i32,
            cancellation_minutes: terms.cancellation_minutes,
            withdrawal_minutes: terms.withdrawal_minutes,
            offer_minutes: terms.offer_minutes,
            quiet_hours: terms.quiet_hours.map(|hours| (hours.from, hours.until)),
            release: Plan {
                own_team: plan.own_team,
                own_organisation: plan.own_organisation,
                pool: plan.pool,
                self_employed: plan.self_employed,
                everybody_within: plan.everybody_within,
            },
            own_gaps_first: terms.own_gaps_first,
        },
        members: pool.about.organisations.iter().map(|member| (*member, limit(*member))).collect(),
        name: pool.about.name,
    }
}

fn translated(region: members::RegionSnapshot) -> Snapshot {
    Snapshot {
        organisations: region.organisations.into_iter().map(|one| (one.id, one.about.name, one.leaves_on)).collect(),
        wards: region.wards.into_iter().map(ward).collect(),
        pools: region.pools.into_iter().map(pool).collect(),
        agreements: region
            .agreements
            .into_iter()
            .filter(members::domain::agreement::Agreement::lets_claim)
            .map(|one| AgreementFacts {
                scope: one.about.scope as i32,
                id: one.id,
                organisation: one.about.organisation,
                from: one.about.from,
                until: one.about.until,
                bases: one.about.bases.iter().map(|basis| *basis as i32).collect(),
            })
            .collect(),
        workers: region
            .workers
            .into_iter()
            .map(|one| WorkerFacts { id: one.id, adult_on: one.adult_on, registered_until: one.registered_until })
            .collect(),
        employments: region
            .employments
            .into_iter()
            .map(|one| EmploymentFacts {
                id: one.id,
                worker: one.worker,
                organisation: one.about.organisation,
                function_level: one.about.function_level as i32,
                kind: one.about.kind as i32,
                minutes_per_week: one.about.minutes_per_week,
                from: one.about.from,
                until: one.about.until,
                assessed_until: one.about.assessment.as_ref().and_then(members::domain::employment::Assessment::good_until),
            })
            .collect(),
        competences: region
            .competences
            .into_iter()
            .map(|one| CompetenceFacts {
                id: one.id,
                worker: one.worker,
                code: one.about.code,
                valid_from: one.about.valid.from,
                valid_until: one.about.valid.until,
            })
            .collect(),
        unavailabilities: region
            .unavailabilities
            .into_iter()
            .map(|one| UnavailabilityFacts { id: one.id, worker: one.worker, from: one.away.from, until: one.away.until })
            .collect(),
        consents: region.consents.into_iter().map(consent).collect(),
        constraints: region
            .constraints
            .into_iter()
            .map(|one| ConstraintFacts {
                id: one.id,
                worker: one.worker,
                kind: one.about.kind as i32,
                minutes: one.about.minutes,
                from: one.about.from,
                until: one.about.until,
            })
            .collect(),
    }
}

/// Makes the pool one about which something special is known.
async fn limit_hours(scene: &Scene) {
    let (pool, organisation, minutes_per_week) = (scene.pool.clone(), scene.zonnehof.id.clone(), Some(480));
    let request = LimitHoursElsewhereRequest { pool, organisation, minutes_per_week, request_id: request_id() };
    scene.bed.pools().limit_hours_elsewhere(as_token(request, &scene.zonnehof.hr)).await.expect("limited");
}

#[tokio::test]
async fn the_copies_are_what_members_says_and_a_difference_is_found() {
    let scene = Scene::start().await;
    let person = Person {
        registered_until: Some(scene.bed.day(90)),
        competences: vec!["infuus".to_owned(), "tillen".to_owned()],
        until: Some(scene.bed.day(400)),
        ..Person::default()
    };
    let worker = scene.worker(&scene.zonnehof, &person).await;
    scene.builder.employment(&worker, &scene.beekdal, &Person::default()).await;
    limit_hours(&scene).await;
    scene.bed.caught_up().await;
    let says = says(&scene).await;
    assert!(says.organisations.len() == 2 && says.employments.len() == 2 && says.competences.len() == 2);
    let db = scene.bed.db("flexpool");
    assert_eq!(flexpool::compare(&db, scene.bed.region, &says).await.expect("compared"), []);

    for change in [
        "UPDATE worker SET registered_until = '1999-01-01'",
        "UPDATE organisation SET name = 'X' WHERE name = 'Beekdal'",
        "DELETE FROM competence WHERE code = 'tillen'",
        "DELETE FROM pool_member WHERE organisation = (SELECT id FROM organisation WHERE name = 'Zonnehof')",
        "UPDATE pool SET release_pool = 7",
        "UPDATE pool_member SET minutes_elsewhere = 7 WHERE organisation = (SELECT id FROM organisation WHERE name = 'X')",
        "UPDATE agreement SET bases = 2 WHERE organisation = (SELECT id FROM organisation WHERE name = 'Zonnehof')",
    ] {
        db.write().execute_unprepared(change).await.expect("a change behind the service's back");
    }
    let mut texts: Vec<String> =
        flexpool::compare(&db, scene.bed.region, &says).await.expect("compared").into_iter().map(|finding| finding.text).collect();
    texts.sort();
    let differs = "differs from what members says";
    assert_eq!(texts, [differs, differs, differs, differs, differs, "is missing", "is missing"]);
    let nothing = flexpool::compare(&db, scene.bed.region, &Snapshot::default()).await.expect("compared");
    assert!(!nothing.is_empty() && nothing.iter().all(|finding| finding.text == "is not known to members"));
}

#[tokio::test]
async fn a_change_of_a_workers_facts_raises_the_version() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let version = async || scene.number("SELECT version FROM worker").await;
    let at_first = version().await;
    scene.builder.employment(&worker, &scene.beekdal, &Person::default()).await;
    scene.bed.caught_up().await;
    let with_employment = version().await;
    let shift = scene.opening(&Opening::on(scene.bed.day(7))).await;
    scene.claim(&shift, &worker).await.expect("a place");
    let with_claim = version().await;
    assert!(at_first < with_employment && with_employment < with_claim, "{at_first} {with_employment} {with_claim}");
}
