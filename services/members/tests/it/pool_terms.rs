//! What a pool is and on what terms it shares, and changing them.

use proto::members::{
    ClaimMode, CreatePoolRequest, GetPoolRequest, HoursElsewhere, Pool, PoolKind, PoolTerms, QuietHours, ReleasePlan, UpdatePoolRequest,
};
use testkit::{Testbed, as_token, request_id};
use tonic::Code;

use crate::{
    pools::{member, pool},
    support::{Wrong, happens_once, not_found, refuses, refuses_what_is_wrong, rows, unknown},
};

/// The terms of a pool about which nothing was said.
pub(crate) fn plain() -> PoolTerms {
    PoolTerms {
        mode: ClaimMode::Claim.into(),
        offer_minutes: 60,
        release: Some(ReleasePlan { self_employed_minutes: Some(0), ..ReleasePlan::default() }),
        ..PoolTerms::default()
    }
}

/// Terms of which nothing is plain.
fn special() -> PoolTerms {
    PoolTerms {
        mode: ClaimMode::Apply.into(),
        cancellation_minutes: 24 * 60,
        withdrawal_minutes: 48 * 60,
        offer_minutes: 90,
        quiet_hours: Some(QuietHours { from_minute: 22 * 60, until_minute: 7 * 60 }),
        release: Some(ReleasePlan {
            own_team_minutes: 0,
            own_organisation_minutes: 60,
            pool_minutes: 24 * 60,
            self_employed_minutes: None,
            everybody_within_minutes: 12 * 60,
        }),
        own_gaps_first: true,
    }
}

fn update(pool: &Pool, paths: &[&str]) -> UpdatePoolRequest {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    UpdatePoolRequest { pool: Some(pool.clone()), update_mask: Some(prost_types::FieldMask { paths }), request_id: request_id() }
}

#[tokio::test]
async fn terms_are_told_everything_that_is_wrong_with_them() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let employer = builder.employer_without_agreement("Zonnehof").await;
    let wrong: &[Wrong<CreatePoolRequest>] = &[
        (|r| r.pool.as_mut().unwrap().kind = 9, &[("pool.kind", "is not a value of its enum")]),
        (
            |r| {
                let pool = r.pool.as_mut().unwrap();
                pool.etag = "1".to_owned();
                pool.hours_elsewhere = vec![HoursElsewhere::default()];
            },
            &[
                ("pool.hours_elsewhere", "is set by the service and must be empty"),
                ("pool.etag", "is set by the service and must be empty"),
            ],
        ),
        (
            |r| {
                let minutes = -1;
                let release = ReleasePlan {
                    own_team_minutes: minutes,
                    own_organisation_minutes: 86_401,
                    pool_minutes: minutes,
                    self_employed_minutes: Some(minutes),
                    everybody_within_minutes: minutes,
                };
                let quiet_hours = Some(QuietHours { from_minute: minutes, until_minute: 1440 });
                r.pool.as_mut().unwrap().terms = Some(PoolTerms {
                    mode: 3,
                    cancellation_minutes: minutes,
                    withdrawal_minutes: 86_401,
                    offer_minutes: 4,
                    quiet_hours,
                    release: Some(release),
                    own_gaps_first: true,
                });
            },
            &[
                ("pool.terms.mode", "is not a value of its enum"),
                ("pool.terms.cancellation_minutes", "is not between 0 and 86400"),
                ("pool.terms.withdrawal_minutes", "is not between 0 and 86400"),
                ("pool.terms.offer_minutes", "is not between 5 and 10080"),
                ("pool.terms.quiet_hours.from_minute", "is not between 0 and 1439"),
                ("pool.terms.quiet_hours.until_minute", "is not between 0 and 1439"),
                ("pool.terms.release.own_team_minutes", "is not between 0 and 86400"),
                ("pool.terms.release.own_organisation_minutes", "is not between 0 and 86400"),
                ("pool.terms.release.pool_minutes", "is not between 0 and 86400"),
                ("pool.terms.release.self_employed_minutes", "is not between 0 and 86400"),
                ("pool.terms.release.everybody_within_minutes", "is not between 0 and 86400"),
            ],
        ),
        (
            |r| {
                let quiet_hours = Some(QuietHours { from_minute: 60, until_minute: 60 });
                let release =
                    Some(ReleasePlan { own_team_minutes: 60, own_organisation_minutes: 30, pool_minutes: 90, ..plain().release.unwrap() });
                r.pool.as_mut().unwrap().terms = Some(PoolTerms { quiet_hours, release, ..plain() });
            },
            &[
                ("pool.terms.quiet_hours.until_minute", "is the begin itself"),
                ("pool.terms.release.own_organisation_minutes", "is earlier than for those who come first"),
                ("pool.terms.release.self_employed_minutes", "is earlier than for those who come first"),
            ],
        ),
    ];
    refuses_what_is_wrong(&bed, &pool("Regio", &[&employer.id]), wrong, async |r| {
        bed.pools().create_pool(as_token(r, builder.operator())).await
    })
    .await;
}

#[tokio::test]
async fn a_change_of_a_pool_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let employer = builder.employer_without_agreement("A").await;
    let made = bed.pools().create_pool(as_token(pool("Regio", &[&employer.id]), builder.operator())).await.expect("made");
    let made = made.into_inner().pool.expect("it");
    let wrong: &[Wrong<UpdatePoolRequest>] = &[
        (
            |r| *r = UpdatePoolRequest::default(),
            &[("update_mask", "is required: at least one path"), ("pool", "is required"), ("request_id", "is not a UUID (D25)")],
        ),
        (
            |r| {
                r.update_mask.as_mut().unwrap().paths = vec!["name".to_owned(), "organisations".to_owned(), "terms".to_owned()];
                r.pool = Some(Pool { terms: Some(PoolTerms { offer_minutes: -1, ..plain() }), ..Pool::default() });
            },
            &[
                ("update_mask.paths[1]", "is not one of name, kind, terms"),
                ("pool.id", "is required"),
                ("pool.etag", "is required"),
                ("pool.name", "is required"),
                ("pool.terms.offer_minutes", "is not between 5 and 10080"),
            ],
        ),
        (
            |r| {
                let pool = r.pool.as_mut().unwrap();
                pool.organisations = (0..201).map(|_| unknown("org")).collect();
                pool.hours_elsewhere = vec![HoursElsewhere { organisation: "x".repeat(20_000), minutes_per_week: 0 }];
            },
            &[
                ("pool.organisations", "is not 0 to 200 ids"),
                ("pool.hours_elsewhere[0].organisation", "is not an id of this kind: expected org_ followed by 32 hexadecimal digits"),
            ],
        ),
        (
            |r| r.pool.as_mut().unwrap().hours_elsewhere = vec![HoursElsewhere::default(); 201],
            &[("pool.hours_elsewhere", "is not 0 to 200 limits")],
        ),
    ];
    refuses_what_is_wrong(&bed, &update(&made, &["kind"]), wrong, async |r| bed.pools().update_pool(as_token(r, builder.operator())).await)
        .await;
}

#[tokio::test]
async fn a_pool_is_changed_by_who_has_seen_it_as_it_is() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let employer = builder.employer_without_agreement("A").await;
    let create = CreatePoolRequest {
        pool: Some(Pool { terms: Some(special()), kind: PoolKind::Craft.into(), ..pool("Dialyse", &[&employer.id]).pool.unwrap() }),
        ..pool("", &[])
    };
    let made = bed.pools().create_pool(as_token(create, builder.operator())).await.expect("made").into_inner().pool.expect("it");
    assert_eq!((made.kind(), made.terms), (PoolKind::Craft, Some(special())));
    let change = async |r| bed.pools().update_pool(as_token(r, builder.operator())).await.map(tonic::Response::into_inner);
    let stored = async || {
        let request = as_token(GetPoolRequest { id: made.id.clone() }, &employer.planner);
        bed.pools().get_pool(request).await.expect("it is there").into_inner().pool.expect("it")
    };

    let renamed = Pool { name: "Dialyse zuid".to_owned(), terms: None, ..made.clone() };
    let other = |r: &mut UpdatePoolRequest| r.pool.as_mut().unwrap().name = "Elsewhere".to_owned();
    let changed = happens_once(&bed, &update(&renamed, &["name"]), other, change).await.pool.expect("it");
    assert_eq!((changed.name.as_str(), changed.terms), ("Dialyse zuid", Some(special())), "only what the mask names");
    assert_ne!(changed.etag, made.etag);
    assert_eq!(stored().await, changed);
    refuses(&bed, async || change(update(&made, &["kind"])).await, Code::FailedPrecondition, "CHANGED_MEANWHILE", &[]).await;

    // Members count: who adds one must not be overwritten unseen.
    let second = builder.employer_without_agreement("B").await;
    bed.pools().add_pool_member(as_token(member(&made.id, &second.id), builder.operator())).await.expect("added");
    refuses(&bed, async || change(update(&changed, &["terms"])).await, Code::FailedPrecondition, "CHANGED_MEANWHILE", &[]).await;
    let now = stored().await;
    let before = rows(&bed.db("members")).await;
    assert_eq!(change(update(&now, &["name", "kind", "terms"])).await.expect("as it is").pool, Some(now.clone()), "nothing changes");
    let mut after = rows(&bed.db("members")).await;
    *after.get_mut("request").expect("requests") -= 1;
    assert_eq!(after, before, "nobody is told");
    let plain_now = change(update(&Pool { terms: None, ..now }, &["terms"])).await.expect("changed").pool.expect("it");
    assert_eq!(plain_now.terms, Some(plain()));

    bed.pools().create_pool(as_token(pool("Regio", &[&employer.id]), builder.operator())).await.expect("another");
    let taken = update(&Pool { name: "REGIO".to_owned(), ..plain_now }, &["name"]);
    refuses(&bed, async || change(taken).await, Code::AlreadyExists, "POOL_NAME_TAKEN", &[("name", "REGIO")]).await;
    let unknown = update(&Pool { id: unknown("pol"), ..made }, &["name"]);
    not_found(&bed, "pool", async || change(unknown).await).await;
}
