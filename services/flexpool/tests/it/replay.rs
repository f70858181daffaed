//! The copy of members' facts, built again from the start of the log (D2).

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use bus::{
    Event, Handler,
    replay::{Difference, replay},
};
use chassis::{
    db::Db,
    error::{Error, Result},
};
use flexpool::{COPY, Migrator};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use testkit::wait_until;
use tokio::sync::Notify;

use crate::scene::Scene;

async fn replayed(scene: &Scene, swap: bool) -> Vec<Difference> {
    let (members, live) = (scene.bed.db("members"), scene.bed.frame.settings.database("flexpool"));
    let handler = flexpool::handler();
    let mut counted = 0;
    let done = replay::<Migrator>(&members, &live, &COPY, &*handler, swap, |events| counted += events).await.expect("replayed");
    assert_eq!((done.events, done.parked), (counted, 0));
    assert!(done.events > 0, "there is a history");
    done.differences
}

/// Begins only when it is told to go on.
struct Held {
    handler: Arc<dyn Handler>,
    first: AtomicBool,
    begun: Notify,
    go_on: Notify,
}

#[async_trait]
impl Handler for Held {
    async fn apply(&self, txn: &DatabaseTransaction, event: &Event) -> Result<()> {
        if self.first.swap(false, Ordering::SeqCst) {
            self.begun.notify_one();
            self.go_on.notified().await;
        }
        self.handler.apply(txn, event).await
    }
}

/// What arrives while the copy is built is in both, and a second replay is sent away.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_region_goes_on_while_its_copy_is_built_again() {
    let scene = Scene::start().await;
    scene.carer().await;
    scene.bed.caught_up().await;
    let (members, live) = (scene.bed.db("members"), scene.bed.frame.settings.database("flexpool"));
    let held = Held { handler: flexpool::handler(), first: AtomicBool::new(true), begun: Notify::new(), go_on: Notify::new() };
    let meanwhile = async {
        held.begun.notified().await;
        scene.carer().await;
        scene.bed.caught_up().await;
        let second = replay::<Migrator>(&members, &live, &COPY, &*flexpool::handler(), true, |_| {}).await;
        assert!(matches!(second, Err(Error::Internal(_))), "{second:?}");
        held.go_on.notify_one();
    };
    let (done, ()) = tokio::join!(replay::<Migrator>(&members, &live, &COPY, &held, false, |_| {}), meanwhile);
    assert_eq!(done.expect("replayed").differences, []);
    assert_eq!(replayed(&scene, false).await, []);
}

async fn execute(db: &Db, sql: &str) {
    db.write().execute_unprepared(sql).await.expect("executed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_makes_the_same_copy_again_finds_what_was_tampered_with_and_repairs_it() {
    let scene = Scene::start().await;
    scene.carer().await;
    let (members, flexpool) = (scene.bed.db("members"), scene.bed.db("flexpool"));
    wait_until("flexpool to know it all", async || bus::caught_up(&members, &flexpool, "members").await).await;
    assert_eq!(replayed(&scene, false).await, [], "nothing was tampered with");

    execute(&flexpool, "UPDATE organisation SET name = 'Somebody else'").await;
    execute(&flexpool, "DELETE FROM employment").await;
    execute(&flexpool, "INSERT INTO pool_member (region, pool, organisation) SELECT region, organisation, pool FROM pool_member").await;
    let found = replayed(&scene, false).await;
    let tables: Vec<&str> = found.iter().map(|difference| difference.table).collect();
    assert_eq!(tables, ["organisation", "pool_member", "employment"], "{found:?}");
    assert_eq!(replayed(&scene, false).await, found, "looking changes nothing");
    assert!(found[0].lacking > 0 && found[0].lacking == found[0].surplus && !found[0].keys.is_empty());
    assert_eq!((found[1].lacking, found[2].surplus), (0, 0));

    let version = "SELECT COALESCE(MIN(version), 0) AS version FROM worker";
    let before = scalar(&flexpool, version).await;
    assert_eq!(replayed(&scene, true).await, found);
    assert_eq!(replayed(&scene, false).await, [], "repaired");
    assert_eq!(scalar(&flexpool, version).await, before + 1, "no confirmation stands on what was wrong (D8)");
    assert_eq!(scalar(&flexpool, "SELECT COUNT(*) AS version FROM event_log").await, 0, "nothing was told again");
}

async fn scalar(db: &Db, sql: &str) -> i64 {
    let row = db.read().query_one_raw(Statement::from_string(db.backend(), sql)).await.expect("asked").expect("a row");
    row.try_get("", "version").expect("a number")
}
