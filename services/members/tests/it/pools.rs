//! Pools and who takes part in them.

use proto::members::{
    AddPoolMemberRequest, CreatePoolRequest, HoursElsewhere, LimitHoursElsewhereRequest, ListPoolsRequest, Pool, PoolKind,
    RemovePoolMemberRequest,
};
use testkit::{Testbed, as_token, request_id};
use tonic::Code;

use crate::{
    pool_terms::plain,
    support::{Wrong, happens_once, not_found, refuses, refuses_what_is_wrong, rows, unknown},
};

pub(crate) fn pool(name: &str, organisations: &[&str]) -> CreatePoolRequest {
    let organisations = organisations.iter().map(|id| (*id).to_owned()).collect();
    let pool = Pool { name: name.to_owned(), organisations, ..Pool::default() };
    CreatePoolRequest { pool: Some(pool), request_id: request_id() }
}

pub(crate) fn member(pool: &str, organisation: &str) -> AddPoolMemberRequest {
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
