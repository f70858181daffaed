//! Pools.

use proto::members::{
    AddPoolMemberRequest, ClaimMode, CreatePoolRequest, GetPoolRequest, HoursElsewhere, LimitHoursElsewhereRequest, ListPoolsRequest, Pool,
    PoolKind, PoolTerms, QuietHours, ReleasePlan, RemovePoolMemberRequest, UpdatePoolRequest,
};
use testkit::{Testbed, as_token, request_id};
use tonic::Code;

use crate::support::{Wrong, happens_once, not_found, refuses, refuses_what_is_wrong, rows, unknown};

fn pool(name: &str, organisations: &[&str]) -> CreatePoolRequest {
    let organisations = organisations.iter().map(|id| (*id).to_owned()).collect();
    let pool = Pool { name: name.to_owned(), organisations, ..Pool::default() };
    CreatePoolRequest { pool: Some(pool), request_id: request_id() }
}

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

fn member(pool: &str, organisation: &str) -> AddPoolMemberRequest {
    AddPoolMemberRequest { pool: pool.to_owned(), organisation: organisation.to_owned(), request_id: request_id() }
}

#[tokio::test]
async fn a_pool_is_told_everything_that_is_wrong_with_it() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let employer = builder.employer_without_agreement("Zonnehof").await;
    let wrong: &[Wrong<CreatePoolRequest>] = &[
        (|r| r.pool = None, &[("pool", "is required")]),
        (
            |r| *r = CreatePoolRequest { pool: Some(Pool::default()), ..Default::default() },
            &[("pool.name", "is required"), ("pool.organisations", "is not 1 to 200 ids"), ("request_id", "is not a UUID (D25)")],
        ),
        (|r| r.pool.as_mut().unwrap().id = "pol_1".to_owned(), &[("pool.id", "is set by the service and must be empty")]),
        (|r| r.pool.as_mut().unwrap().name = "x".repeat(121), &[("pool.name", "is longer than 120 characters")]),
        (
            |r| {
                let organisations = &mut r.pool.as_mut().unwrap().organisations;
                organisations.extend([organisations[0].clone(), "wrd_1".to_owned(), String::new()]);
            },
            &[
                ("pool.organisations[2]", "is not an id of this kind: expected org_ followed by 32 hexadecimal digits"),
                ("pool.organisations[3]", "is required"),
            ],
        ),
        (
            |r| {
                let organisations = &mut r.pool.as_mut().unwrap().organisations;
                organisations.push(organisations[0].clone());
            },
            &[("pool.organisations[1]", "is there twice")],
        ),
        (
            |r| r.pool.as_mut().unwrap().organisations = (0..201).map(|_| unknown("org")).collect(),
            &[("pool.organisations", "is not 1 to 200 ids")],
        ),
    ];
    refuses_what_is_wrong(&bed, &pool("Regio", &[&employer.id]), wrong, async |r| {
        bed.pools().create_pool(as_token(r, builder.operator())).await
    })
    .await;
    not_found(&bed, "organisation", async || {
        bed.pools().create_pool(as_token(pool("Regio", &[&employer.id, &unknown("org")]), builder.operator())).await
    })
    .await;
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
async fn a_pool_is_made_once_and_its_name_belongs_to_one() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (a, b) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let create = async |r| bed.pools().create_pool(as_token(r, builder.operator())).await.map(tonic::Response::into_inner);
    let rename = |r: &mut CreatePoolRequest| r.pool.as_mut().unwrap().name = "Other".to_owned();
    let made = happens_once(&bed, &pool("Regio", &[&b.id, &a.id]), rename, create).await.pool.expect("it");
    assert_eq!(made.organisations, [b.id.clone(), a.id.clone()], "members stay in the order given");
    assert_eq!((made.kind(), made.terms, made.hours_elsewhere.len()), (PoolKind::Region, Some(plain()), 0));
    refuses(&bed, async || create(pool("regio", &[&a.id])).await, Code::AlreadyExists, "POOL_NAME_TAKEN", &[("name", "regio")]).await;
    create(pool("Craft", &[&a.id])).await.expect("another name");

    let list = async |page_size: i32, page_token: &str| {
        let request = ListPoolsRequest { page_size, page_token: page_token.to_owned() };
        bed.pools().list_pools(as_token(request, &a.planner)).await.map(tonic::Response::into_inner)
    };
    let first = list(1, "").await.expect("a page");
    assert_eq!(first.pools[0].name, "Craft");
    let last = list(1, &first.next_page_token).await.expect("a page");
    assert_eq!((last.pools, last.next_page_token), (vec![made], String::new()));
    let status = list(-1, "").await.expect_err("a wrong page");
    assert_eq!(testkit::violations(&status), [("page_size".to_owned(), "is negative".to_owned())]);
}

#[tokio::test]
async fn a_member_is_added_once() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (a, b) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let pool = builder.pool(&[&a]).await;
    let add = async |r| bed.pools().add_pool_member(as_token(r, builder.operator())).await.map(tonic::Response::into_inner);

    let wrong: &[Wrong<AddPoolMemberRequest>] = &[
        (
            |r| *r = AddPoolMemberRequest::default(),
            &[("pool", "is required"), ("organisation", "is required"), ("request_id", "is not a UUID (D25)")],
        ),
        (
            |r| std::mem::swap(&mut r.pool, &mut r.organisation),
            &[
                ("pool", "is not an id of this kind: expected pol_ followed by 32 hexadecimal digits"),
                ("organisation", "is not an id of this kind: expected org_ followed by 32 hexadecimal digits"),
            ],
        ),
    ];
    refuses_what_is_wrong(&bed, &member(&pool, &b.id), wrong, add).await;
    not_found(&bed, "pool", async || add(member(&unknown("pol"), &b.id)).await).await;
    not_found(&bed, "organisation", async || add(member(&pool, &unknown("org"))).await).await;

    let other = |r: &mut AddPoolMemberRequest| r.organisation = unknown("org");
    let grown = happens_once(&bed, &member(&pool, &b.id), other, add).await.pool.expect("it");
    assert_eq!(grown.organisations, [a.id.clone(), b.id.clone()]);

    let before = rows(&bed.db("members")).await;
    assert_eq!(add(member(&pool, &b.id)).await.expect("again, with another request id").pool, Some(grown));
    let mut after = rows(&bed.db("members")).await;
    *after.get_mut("request").expect("a table") -= 1;
    assert_eq!(after, before, "adding a member again changes nothing but the list of requests");
}

#[tokio::test]
async fn members_added_at_once_are_all_in() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let first = builder.employer_without_agreement("A").await;
    let pool = builder.pool(&[&first]).await;
    let mut others = Vec::new();
    for n in 0..8 {
        others.push(builder.employer_without_agreement(&format!("B {n}")).await.id);
    }
    // Each of them twice, at once.
    let adding = others.iter().chain(&others).map(|id| {
        let (mut pools, request) = (bed.pools(), as_token(member(&pool, id), builder.operator()));
        async move { pools.add_pool_member(request).await }
    });
    for answer in futures::future::join_all(adding).await {
        answer.expect("added");
    }
    let mut client = bed.pools();
    let list = client.list_pools(as_token(ListPoolsRequest::default(), builder.operator())).await.expect("a list").into_inner();
    let mut found = list.pools[0].organisations.clone();
    assert_eq!(found.remove(0), first.id);
    found.sort();
    others.sort();
    assert_eq!(found, others);
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
    ];
    refuses_what_is_wrong(&bed, &update(&made, &["kind"]), wrong, change).await;

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

#[tokio::test]
async fn a_member_leaves_and_one_that_joins_later_stands_last() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let mut employers = Vec::new();
    for name in ["A", "B", "C", "D"] {
        employers.push(builder.employer_without_agreement(name).await);
    }
    let pool = builder.pool(&[&employers[0], &employers[1], &employers[2]]).await;
    let remove = async |r| bed.pools().remove_pool_member(as_token(r, builder.operator())).await.map(tonic::Response::into_inner);
    let leave = |organisation: &str| {
        let AddPoolMemberRequest { pool, organisation, request_id } = member(&pool, organisation);
        RemovePoolMemberRequest { pool, organisation, request_id }
    };
    let wrong: &[Wrong<RemovePoolMemberRequest>] = &[(
        |r| *r = RemovePoolMemberRequest::default(),
        &[("pool", "is required"), ("organisation", "is required"), ("request_id", "is not a UUID (D25)")],
    )];
    refuses_what_is_wrong(&bed, &leave(&employers[0].id), wrong, remove).await;
    let other = |r: &mut RemovePoolMemberRequest| r.organisation = employers[1].id.clone();
    let left = happens_once(&bed, &leave(&employers[0].id), other, remove).await.pool.expect("it");
    assert_eq!(left.organisations, [employers[1].id.clone(), employers[2].id.clone()]);
    let again = remove(leave(&employers[0].id)).await.expect("no member").pool.expect("it");
    assert_eq!(again, left, "who is no member is taken out without a trace");

    let add = async |id: &str| {
        let added = bed.pools().add_pool_member(as_token(member(&pool, id), builder.operator())).await.expect("added");
        added.into_inner().pool.expect("it").organisations
    };
    assert_eq!(add(&employers[3].id).await, [1, 2, 3].map(|n| employers[n].id.clone()), "not in the place of another one");
    assert_eq!(add(&employers[0].id).await, [1, 2, 3, 0].map(|n| employers[n].id.clone()));
    for n in [1, 2, 3] {
        remove(leave(&employers[n].id)).await.expect("removed");
    }
    refuses(&bed, async || remove(leave(&employers[0].id)).await, Code::FailedPrecondition, "POOL_NEEDS_MEMBER", &[]).await;
    let nowhere = RemovePoolMemberRequest { pool: unknown("pol"), ..leave(&employers[0].id) };
    not_found(&bed, "pool", async || remove(nowhere).await).await;
}

#[tokio::test]
async fn hr_limits_what_the_own_people_claim_elsewhere() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (a, b) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let outside = builder.employer_without_agreement("C").await;
    let pool = builder.pool(&[&a, &b]).await;
    let ask = |organisation: &str, minutes_per_week: Option<i32>| {
        let (pool, organisation) = (pool.clone(), organisation.to_owned());
        LimitHoursElsewhereRequest { pool, organisation, minutes_per_week, request_id: request_id() }
    };
    let limit = async |r, token: &str| bed.pools().limit_hours_elsewhere(as_token(r, token)).await.map(tonic::Response::into_inner);
    let wrong: &[Wrong<LimitHoursElsewhereRequest>] = &[
        (
            |r| *r = LimitHoursElsewhereRequest { minutes_per_week: Some(-1), ..Default::default() },
            &[
                ("pool", "is required"),
                ("organisation", "is required"),
                ("minutes_per_week", "is not between 0 and 2400"),
                ("request_id", "is not a UUID (D25)"),
            ],
        ),
        (|r| r.minutes_per_week = Some(2401), &[("minutes_per_week", "is not between 0 and 2400")]),
    ];
    refuses_what_is_wrong(&bed, &ask(&a.id, Some(480)), wrong, async |r| limit(r, &a.hr).await).await;
    let other = |r: &mut LimitHoursElsewhereRequest| r.minutes_per_week = None;
    let limited = happens_once(&bed, &ask(&a.id, Some(480)), other, async |r| limit(r, &a.hr).await).await.pool.expect("it");
    assert_eq!(limited.hours_elsewhere, [HoursElsewhere { organisation: a.id.clone(), minutes_per_week: 480 }]);
    not_found(&bed, "organisation", async || limit(ask(&b.id, Some(0)), &a.hr).await).await;
    not_found(&bed, "organisation", async || limit(ask(&outside.id, Some(0)), &outside.hr).await).await;
    let nowhere = LimitHoursElsewhereRequest { pool: unknown("pol"), ..ask(&a.id, None) };
    not_found(&bed, "pool", async || limit(nowhere, &a.hr).await).await;
    let both = limit(ask(&b.id, Some(0)), builder.operator()).await.expect("by the operator").pool.expect("it");
    assert_eq!(both.hours_elsewhere.len(), 2);
    let none = limit(ask(&a.id, None), &a.hr).await.expect("without").pool.expect("it");
    assert_eq!(none.hours_elsewhere, [HoursElsewhere { organisation: b.id, minutes_per_week: 0 }]);
}
