//! Pools.

use proto::members::{AddPoolMemberRequest, CreatePoolRequest, ListPoolsRequest, Pool};
use testkit::{Testbed, as_token, request_id};
use tonic::Code;

use crate::support::{Wrong, happens_once, not_found, refuses, refuses_what_is_wrong, rows, unknown};

fn pool(name: &str, organisations: &[&str]) -> CreatePoolRequest {
    let organisations = organisations.iter().map(|id| (*id).to_owned()).collect();
    let pool = Pool { id: String::new(), name: name.to_owned(), organisations };
    CreatePoolRequest { pool: Some(pool), request_id: request_id() }
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
async fn a_pool_is_made_once_and_its_name_belongs_to_one() {
    let bed = Testbed::start().await;
    let builder = bed.builder().await;
    let (a, b) = (builder.employer_without_agreement("A").await, builder.employer_without_agreement("B").await);
    let create = async |r| bed.pools().create_pool(as_token(r, builder.operator())).await.map(tonic::Response::into_inner);
    let rename = |r: &mut CreatePoolRequest| r.pool.as_mut().unwrap().name = "Other".to_owned();
    let made = happens_once(&bed, &pool("Regio", &[&b.id, &a.id]), rename, create).await.pool.expect("it");
    assert_eq!(made.organisations, [b.id.clone(), a.id.clone()], "members stay in the order given");
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
