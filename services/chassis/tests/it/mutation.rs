//! A change that comes twice is made once (D25, I5).

use std::{sync::Arc, time::Duration};

use chassis::{
    auth::{Scope, Who},
    caller::{Call, Role},
    config::Settings,
    db::Db,
    error::{Error, Result},
    frame::Frame,
    ids::{RegionId, random_uuid},
    mutation::{Request, forget, forget_regularly, run},
    time::{Timestamp, real_now},
};
use proto::bus::{GetHeadsRequest, GetHeadsResponse};
use sea_orm::{ConnectionTrait, Statement};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::{
    databases::{Tables, count, counted, databases},
    stand::caller,
};

fn call() -> Call {
    let caller = caller(Role::Planner);
    let scope = Scope::new(&caller, Who::SignedIn).expect("everybody");
    Call { caller, scope, region: RegionId::new(), now: real_now() }
}

fn request(call: &Call, id: Uuid, body: &str) -> Request {
    Request::new(call, "EventLogService/GetHeads", id, &GetHeadsRequest { source: body.to_owned() })
}

/// Counts one further and answers with the number.
async fn count_once(db: &Db, request: Request) -> Result<i64> {
    let answer = run(db, request, |txn| async move {
        count(&txn, 1).await?;
        let sql = "SELECT n FROM counter WHERE id = 1";
        let row = txn.query_one_raw(Statement::from_string(txn.get_database_backend(), sql)).await?;
        let n = row.ok_or(Error::NotFound("counter"))?.try_get("", "n")?;
        Ok((txn, GetHeadsResponse { heads: vec![n] }))
    });
    Ok(answer.await?.heads[0])
}

/// Counts one further, but first says that it is inside and waits to be told.
async fn count_when_told(db: &Db, request: Request, inside: Arc<Semaphore>, go_on: Arc<Semaphore>) -> Result<GetHeadsResponse> {
    let work = move |txn| {
        let (inside, go_on) = (inside.clone(), go_on.clone());
        async move {
            inside.add_permits(1);
            let _ = go_on.acquire().await;
            count(&txn, 1).await?;
            Ok((txn, GetHeadsResponse { heads: vec![1] }))
        }
    };
    run(db, request, work).await
}

async fn kept(db: &Db) -> i64 {
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), "SELECT COUNT(*) AS n FROM request")).await;
    row.expect("no error").expect("a row").try_get("", "n").expect("a number")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_calls_at_once_with_one_id_do_the_work_once() {
    let (_folder, databases) = databases().await;
    for db in databases {
        let request = request(&call(), random_uuid(), "x");
        let calls = (0..20).map(|_| {
            let (db, request) = (db.clone(), request.clone());
            tokio::spawn(async move { count_once(&db, request).await })
        });
        for answer in futures::future::join_all(calls).await {
            assert_eq!(answer.expect("no panic").expect("answered"), 1, "{:?}", db.backend());
        }
        assert_eq!(counted(&db, 1).await, 1);
    }
}

#[tokio::test]
async fn the_same_id_for_another_body_or_method_is_refused_and_for_another_caller_or_region_is_another() {
    let (_folder, databases) = databases().await;
    for db in databases {
        let (call, id) = (call(), random_uuid());
        assert_eq!(count_once(&db, request(&call, id, "x")).await.expect("done"), 1);
        let other_method = Request { method: "EventLogService/ListEvents", ..request(&call, id, "x") };
        for wrong in [request(&call, id, "y"), other_method] {
            match count_once(&db, wrong).await {
                Err(Error::Invalid(violations)) => assert_eq!(violations[0].field, "request_id"),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(counted(&db, 1).await, 1);
        let other_caller = Request { caller: "client:other".to_owned(), ..request(&call, id, "x") };
        let other_region = Request { region: RegionId::new(), ..request(&call, id, "x") };
        assert_eq!(count_once(&db, other_caller).await.expect("done"), 2);
        assert_eq!(count_once(&db, other_region).await.expect("done"), 3);
    }
}

#[tokio::test]
async fn an_error_or_a_panic_leaves_nothing_and_the_id_may_come_again() {
    let (_folder, databases) = databases().await;
    for db in databases {
        let request = request(&call(), random_uuid(), "x");
        let refused: Result<GetHeadsResponse> = run(&db, request.clone(), |txn| async move {
            count(&txn, 1).await?;
            Err(Error::Forbidden)
        })
        .await;
        assert!(matches!(refused, Err(Error::Forbidden)));
        let broken: Result<GetHeadsResponse> = run(&db, request.clone(), |txn| async move {
            count(&txn, 1).await?;
            panic!("a defect");
        })
        .await;
        assert!(matches!(broken, Err(Error::Internal(_))));
        assert_eq!((counted(&db, 1).await, kept(&db).await), (0, 0));
        assert_eq!(count_once(&db, request).await.expect("done"), 1);
    }
}

#[tokio::test]
async fn a_change_is_made_to_its_end_when_the_caller_hangs_up() {
    let (_folder, databases) = databases().await;
    for db in databases {
        let request = request(&call(), random_uuid(), "x");
        let (inside, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let call = tokio::spawn({
            let (db, request, inside, go_on) = (db.clone(), request.clone(), inside.clone(), go_on.clone());
            async move { count_when_told(&db, request, inside, go_on).await }
        });
        let _ = inside.acquire().await.expect("open");
        call.abort();
        assert!(call.await.expect_err("hung up").is_cancelled());
        go_on.add_permits(1);
        // The repetition waits for the first and gets its answer.
        assert_eq!(count_once(&db, request).await.expect("answered"), 1);
        assert_eq!(counted(&db, 1).await, 1);
    }
}

#[tokio::test]
async fn a_process_that_stops_waits_for_the_change_of_a_caller_who_hung_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let frame = Frame::new(Settings { data: folder.path().to_owned(), ..Settings::default() }).expect("a frame");
    let db = frame.database("stand").await.expect("SQLite");
    db.migrate::<Tables>().await.expect("migrated");
    let (inside, go_on) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let call = tokio::spawn({
        let (db, inside, go_on) = (db.clone(), inside.clone(), go_on.clone());
        let request = request(&call(), random_uuid(), "x");
        async move { count_when_told(&db, request, inside, go_on).await }
    });
    let _ = inside.acquire().await.expect("open");
    call.abort();
    assert!(call.await.expect_err("hung up").is_cancelled());

    let draining = frame.shutdown.drain(Duration::from_secs(60));
    tokio::pin!(draining);
    assert!(futures::poll!(&mut draining).is_pending());
    go_on.add_permits(1);
    assert!(draining.await);
    assert_eq!(counted(&db, 1).await, 1);
}

#[tokio::test]
async fn ids_are_forgotten_after_seven_days() {
    let (_folder, databases) = databases().await;
    for db in databases {
        let call = call();
        let days_ago = |days: u64| Timestamp(call.now.0).minus(Duration::from_secs(days * 86_400));
        for at in [days_ago(8), days_ago(9), days_ago(6)] {
            count_once(&db, Request { at, ..request(&call, random_uuid(), "x") }).await.expect("done");
        }
        assert_eq!(forget(&db, days_ago(10)).await.expect("forgotten"), 0);
        let frame = Frame::new(Settings::default()).expect("a frame");
        forget_regularly(&frame, &db);
        while kept(&db).await > 1 {
            tokio::task::yield_now().await;
        }
        assert!(frame.shutdown.drain(Duration::from_secs(60)).await);
        assert_eq!(kept(&db).await, 1);
    }
}
