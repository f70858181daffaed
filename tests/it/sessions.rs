//! The end of somebody's sessions reaches every process, also one that starts afterwards (D14).

use chassis::{
    auth::Signer,
    caller::{Caller, Grant, Role, Subject},
    db::Db,
    frame::connect,
    ids::{UserId, timed_uuid},
    time::real_now,
};
use proto::{
    flexpool::{ListMyClaimsRequest, claim_service_client::ClaimServiceClient},
    members::{CreateUserRequest, EndSessionsRequest, Role as MemberRole, RoleGrant, User},
};
use sea_orm::{ConnectionTrait, Statement, entity::prelude::Uuid};
use testkit::{
    Mode, as_token, mode,
    process::{Installation, Options},
    reason,
    region::{Builder, Person},
    request_id, wait_until,
};
use tonic::Status;

const HOUR: std::time::Duration = std::time::Duration::from_secs(3600);

/// A session as signing in leaves it behind, and a token of it. No provider is asked: what is tried is how a session ends.
async fn session(installation: &Installation, user: &User) -> String {
    let (region, settings) = (&installation.region, installation.settings());
    let db = Db::connect(&settings.database("members"), 1).await.expect("the database of members");
    let (id, owner): (Uuid, UserId) = (timed_uuid(), user.id.parse().expect("an id"));
    let sql = "INSERT INTO session (region, id, user_id, secret_hash, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let (now, later) = (real_now().0, real_now().plus(HOUR).0);
    let values = [region.id.0.into(), id.into(), owner.0.into(), id.as_bytes().to_vec().into(), now.into(), later.into()];
    db.write().execute_raw(Statement::from_sql_and_values(db.backend(), sql, values)).await.expect("a session");
    db.close().await.expect("a database closes");
    let worker = Some(user.worker.parse().expect("a worker"));
    let grants = vec![Grant { role: Role::Worker, organisation: None }];
    let caller = Caller { subject: Subject::User(owner), region: Some(region.id), grants, worker };
    Signer::new(settings).expect("keys").sign(&caller, HOUR, Some(&id.simple().to_string())).expect("a token")
}

/// What flexpool at this address says to the token.
async fn ask(url: &str, token: &str) -> Result<(), Status> {
    let mut claims = ClaimServiceClient::new(connect(url).expect("an address"));
    claims.list_my_claims(as_token(ListMyClaimsRequest::default(), token)).await.map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ended_session_is_refused_by_every_process_and_by_one_that_starts_later() {
    let mut installation = Installation::start(Options::default()).await;
    let builder = Builder::new(&installation.region).await;
    let employer = builder.employer("Zonnehof").await;
    let worker = builder.worker(&employer, &Person::default()).await.id;
    let user = User {
        display_name: "Sam".to_owned(),
        roles: vec![RoleGrant { role: MemberRole::Worker.into(), organisation: String::new() }],
        worker: worker.clone(),
        ..User::default()
    };
    let request = CreateUserRequest { user: Some(user), request_id: request_id(), ..Default::default() };
    let made = installation.region.identity().create_user(as_token(request, &employer.hr)).await.expect("a user").into_inner();
    let user = made.user.expect("the user");
    let ended = session(&installation, &user).await;
    for url in installation.replicas("flexpool") {
        ask(&url, &ended).await.expect("a good token");
    }
    let request = EndSessionsRequest { worker, request_id: request_id(), ..Default::default() };
    let answer = installation.region.identity().end_sessions(as_token(request, &employer.hr)).await.expect("ended").into_inner();
    assert_eq!(answer.ended, 1);
    for url in installation.replicas("flexpool") {
        let status = wait_until("flexpool to refuse the token", async || match ask(&url, &ended).await {
            Ok(()) => Err(format!("{url} still accepts it")),
            Err(status) => Ok(status),
        })
        .await;
        assert_eq!(reason(&status), "SESSION_ENDED");
    }

    // Before it serves: the first call is refused, nothing is waited for.
    let other = session(&installation, &user).await;
    installation.restart("flexpool", 0).await;
    let url = &installation.replicas("flexpool")[0];
    assert_eq!(reason(&ask(url, &ended).await.expect_err("ended before this process began")), "SESSION_ENDED");
    ask(url, &other).await.expect("another session of the same person");

    // Without members, what is known stays known, and tokens in hand work.
    if mode() == Mode::Distributed {
        for replica in [0, 1] {
            installation.process("members", replica).kill();
        }
        for url in installation.replicas("flexpool") {
            assert_eq!(reason(&ask(&url, &ended).await.expect_err("still ended")), "SESSION_ENDED");
            ask(&url, &other).await.expect("a token in hand");
        }
        starts_without_members(&mut installation, &ended, &other).await;
    }
}

/// A process that starts while members is away waits a moment for it and then serves: tokens in hand work, and of sessions that ended before
/// it knows nothing until members is back, whom it asks on (D14). Without members nobody gets a new token meanwhile.
async fn starts_without_members(installation: &mut Installation, ended: &str, other: &str) {
    installation.restart("flexpool", 0).await;
    assert!(installation.process("flexpool", 0).log().contains("members does not say which sessions have ended; it is asked on"));
    let url = installation.replicas("flexpool")[0].clone();
    ask(&url, other).await.expect("a token in hand");
    ask(&url, ended).await.expect("nobody could tell that this one ended");
    for replica in [0, 1] {
        installation.restart("members", replica).await;
    }
    let status = wait_until("flexpool to learn what ended before it began", async || match ask(&url, ended).await {
        Ok(()) => Err("it still accepts the token".to_owned()),
        Err(status) => Ok(status),
    })
    .await;
    assert_eq!(reason(&status), "SESSION_ENDED");
    ask(&url, other).await.expect("another session of the same person");
}
