//! One person over two employers: what the two had claimed apart is looked at together as soon as the person says so (D10, D13).

use chassis::{db::Db, ids::UserId};
use proto::{
    flexpool::{ClaimShiftRequest, ListMyClaimsRequest},
    members::{CreateUserRequest, CreateWorkerRequest, Role, RoleGrant, User},
};
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, Statement};
use testkit::{
    as_token,
    process::{Installation, Options},
    reason,
    region::{Builder, Colleague, Employer, Opening, Person},
    request_id, wait_until,
};

use crate::browser::Browser;

/// The same person, as an employer writes her.
async fn sanne(installation: &Installation, builder: &Builder, employer: &Employer) -> Colleague {
    let request = builder.worker_request(employer, &Person::default());
    let mut worker = request.worker.clone().expect("it");
    (worker.first_name, worker.last_name) = ("Sanne".to_owned(), "Willems".to_owned());
    worker.birth_date = Some(proto::Date { year: 1990, month: 5, day: 17 });
    let request = CreateWorkerRequest { worker: Some(worker), ..request };
    let made = installation.region.workers().create_worker(as_token(request, builder.operator())).await.expect("made").into_inner();
    builder.colleague(made.worker.expect("it"))
}

async fn code(installation: &Installation, builder: &Builder, worker: &Colleague) -> String {
    let roles = vec![RoleGrant { role: Role::Worker.into(), organisation: String::new() }];
    let user = User { display_name: "Sanne Willems".to_owned(), roles, worker: worker.id.clone(), ..User::default() };
    let request = CreateUserRequest { user: Some(user), identity: None, request_id: request_id() };
    let made = installation.region.identity().create_user(as_token(request, builder.operator())).await.expect("invited");
    made.into_inner().invitation_code
}

async fn claim(installation: &Installation, worker: &Colleague, shift: &str) -> Result<(), String> {
    let request = ClaimShiftRequest { shift: shift.to_owned(), request_id: request_id(), ..Default::default() };
    let answer = installation.region.claims().claim_shift(as_token(request, &worker.token)).await;
    answer.map(drop).map_err(|status| reason(&status))
}

async fn conflicts(installation: &Installation) -> Vec<String> {
    let db = Db::connect(&installation.settings().database("flexpool"), 2).await.expect("flexpool's database");
    let sql = "SELECT rule FROM claim_conflict WHERE resolved_at IS NULL ORDER BY rule";
    let rows = db.read().query_all_raw(Statement::from_string(db.backend(), sql)).await.expect("the conflicts");
    rows.iter().map(|row| row.try_get("", "rule").expect("a rule")).collect()
}

#[tokio::test]
async fn claims_of_two_workers_whom_their_person_links_become_conflicts() {
    let mut installation = Installation::start(Options::default()).await;
    let builder = Builder::new(&installation.region).await;
    let (zonnehof, maasoever) = (builder.employer("Zonnehof").await, builder.employer("Maasoever").await);
    let pool = builder.pool(&[&zonnehof, &maasoever]).await;
    let (kept, merged) = (sanne(&installation, &builder, &zonnehof).await, sanne(&installation, &builder, &maasoever).await);
    let account = builder.worker_account(&kept).await;
    let code = code(&installation, &builder, &merged).await;
    installation.caught_up().await;

    // Each alone is in order: the same morning twice, and an evening with seven hours of rest after it, fewer than ever are enough (ATW-05).
    let day = |days| Opening::on(installation.region.day(days));
    let morning = builder.shift(&zonnehof, &pool, &day(5).places(2)).await.id;
    let evening = builder.shift(&zonnehof, &pool, &day(8).hours(15, 23)).await.id;
    let early = builder.shift(&maasoever, &pool, &day(9).hours(6, 14)).await.id;
    claim(&installation, &kept, &morning).await.expect("a place");
    claim(&installation, &merged, &morning).await.expect("a place");
    claim(&installation, &kept, &evening).await.expect("a place");
    claim(&installation, &merged, &early).await.expect("a place");
    assert!(conflicts(&installation).await.is_empty());

    let mut browser = Browser::new(installation.portal());
    browser.sign_in(&account).await;
    let employers = browser.get("/employers").await;
    assert!(employers.text().contains("Do you also work at another organisation?"), "{}", employers.text());
    let linked = browser.submit(&employers.form("/employers/code").with("code", &code)).await;
    assert!(linked.status == StatusCode::OK && linked.path == "/employers?done=linked", "{}: {}", linked.path, linked.text());
    assert!(linked.text().contains("Maasoever") && linked.text().contains("Zonnehof"), "{}", linked.text());

    installation.caught_up().await;
    wait_until("flexpool to show what is too close now", async || {
        let found = conflicts(&installation).await;
        // What lies between is no rest at all, so the two are also one shift that is too long (ATW-01).
        if found == ["ATW-01", "ATW-05", "OVERLAP"] { Ok(()) } else { Err(format!("{found:?}")) }
    })
    .await;
    let mine = installation.region.claims().list_my_claims(as_token(ListMyClaimsRequest::default(), &kept.token)).await;
    assert_eq!(mine.expect("listed").into_inner().claims.len(), 4, "claims stand");
    // What is claimed from now on is judged over all of it, under either name.
    let late = builder.shift(&maasoever, &pool, &day(5).hours(15, 23)).await.id;
    let other = Colleague { token: installation.region.worker_token(UserId::new(), &merged.id), ..merged.clone() };
    for worker in [&kept, &other] {
        claim(&installation, worker, &late).await.expect_err("too close to the morning");
    }
    installation.check();
    installation.stop().await;
}
