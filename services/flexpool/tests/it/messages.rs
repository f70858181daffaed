//! What people are told of what happened (D34): once, whatever is away meanwhile, and not when it is too late.

use std::collections::BTreeMap;

use chassis::{
    caller::{Caller, Subject},
    ids::UserId,
};
use proto::{
    flexpool::{JoinWaitlistRequest, Shift, wait::State},
    members::{
        CreateUserRequest, ListMessagesRequest, Message,
        MessageReason::{
            self, ClaimConfirmed, ClaimNoLongerFits, ClaimReleased, PlaceCameFree, PlaceOffered, ShiftNoLongerFits, WaitEnded,
        },
        Role, RoleGrant, User,
    },
};
use sea_orm::{ConnectionTrait, Statement};
use testkit::{
    as_token,
    region::{Colleague, Employer, Opening, Person},
    request_id, wait_until,
};

use crate::{roster::block, scene::Scene};

const OUTGOING: &str = "SELECT COUNT(*) FROM outgoing";
const MINUTE: i64 = 60;

impl Scene {
    async fn messages(&self, token: &str) -> Vec<Message> {
        let request = as_token(ListMessagesRequest::default(), token);
        self.bed.messages().list_messages(request).await.expect("own messages").into_inner().messages
    }

    /// Waits until everything that flexpool told has taken effect, and then looks at what somebody was told, oldest first.
    async fn told(&self, token: &str) -> Vec<MessageReason> {
        self.all_told().await;
        self.messages(token).await.iter().rev().map(Message::reason).collect()
    }

    async fn all_told(&self) {
        let db = self.bed.db("flexpool");
        wait_until("flexpool to follow its own log", async || bus::caught_up(&db, &db, "flexpool").await).await;
        wait_until("everybody to be told", async || match self.number(OUTGOING).await {
            0 => Ok(()),
            left => Err(format!("{left} messages wait")),
        })
        .await;
    }

    /// A token of somebody who plans at an employer and can sign in.
    async fn planner(&self, employer: &Employer) -> String {
        let roles = vec![RoleGrant { role: Role::Planner.into(), organisation: employer.id.clone() }];
        let user = User { display_name: "Planner".to_owned(), roles, ..User::default() };
        let request = CreateUserRequest { user: Some(user), request_id: request_id(), ..CreateUserRequest::default() };
        let made = self.bed.identity().create_user(as_token(request, self.builder.operator())).await.expect("a user").into_inner();
        let id: UserId = made.user.expect("it").id.parse().expect("a user's id");
        self.bed.sign(&Caller { subject: Subject::User(id), region: Some(self.bed.region), grants: Vec::new(), worker: None })
    }

    async fn run(&self, service: &str, sql: &str) {
        let db = self.bed.db(service);
        db.write().execute_raw(Statement::from_string(db.backend(), sql)).await.expect("a statement");
    }

    async fn join_at_once(&self, shift: &Shift, worker: &Colleague) {
        let request = JoinWaitlistRequest { shift: shift.id.clone(), at_once: true, request_id: request_id(), ..Default::default() };
        self.bed.waits().join_waitlist(as_token(request, &worker.token)).await.expect("waits");
    }
}

#[tokio::test]
async fn who_has_a_place_is_told_with_shift_and_time_and_nothing_else() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.shift(7, 7, 15).await;
    let claim = scene.claim(&shift, &worker).await.expect("a place");
    assert_eq!(scene.told(&worker.token).await, [ClaimConfirmed]);
    let metadata: BTreeMap<String, String> = scene.messages(&worker.token).await.remove(0).metadata.into_iter().collect();
    assert_eq!(metadata.keys().collect::<Vec<_>>(), ["ends_at", "shift", "starts_at"]);
    assert_eq!(metadata["shift"], shift.id);
    // Who gives a place back knows that.
    scene.withdraw(&claim, &worker).await.expect("given back");
    assert_eq!(scene.told(&worker.token).await, [ClaimConfirmed]);
}

#[tokio::test]
async fn an_offer_is_told_and_so_is_its_end_but_not_a_place_that_was_wanted_at_once() {
    let scene = Scene::start().await;
    let [holder, first, second] = scene.carers().await;
    let (shift, claim) = scene.full(&holder).await;
    let wait = scene.join(&shift, &first).await.expect("waits");
    scene.join_at_once(&shift, &second).await;
    scene.withdraw(&claim, &holder).await.expect("given back");
    scene.becomes(&wait, &first, State::Offered).await;
    assert_eq!(scene.told(&first.token).await, [PlaceOffered]);
    assert!(scene.messages(&first.token).await[0].metadata.contains_key("until"));
    scene.bed.set_clock(61 * MINUTE);
    scene.becomes(&wait, &first, State::Expired).await;
    assert_eq!(scene.told(&first.token).await, [PlaceOffered, WaitEnded]);
    wait_until("the place of who wanted it at once", async || match scene.my_claims(&second.token).await.len() {
        1 => Ok(()),
        claims => Err(format!("{claims} claims")),
    })
    .await;
    assert_eq!(scene.told(&second.token).await, [ClaimConfirmed]);
}

#[tokio::test]
async fn worker_and_planners_of_both_sides_are_told_of_a_conflict_and_the_host_of_the_free_place() {
    let scene = Scene::start().await;
    let worker = scene.worker(&scene.beekdal, &Person::default()).await;
    let (employer, host) = (scene.planner(&scene.beekdal).await, scene.planner(&scene.zonnehof).await);
    let day = scene.bed.day(7);
    let shift = scene.opening(&Opening::on(day)).await;
    scene.claim(&shift, &worker).await.expect("a place");
    assert_eq!(scene.told(&worker.token).await, [ClaimConfirmed]);
    assert_eq!(scene.roster(&scene.beekdal, vec![block("R1", &worker, day, (13, 21))]).await.conflicts, 1);
    assert_eq!(scene.told(&worker.token).await, [ClaimConfirmed, ShiftNoLongerFits]);
    for planner in [&employer, &host] {
        assert_eq!(scene.told(planner).await, [ClaimNoLongerFits]);
    }
    scene.away(&worker, 6).await;
    wait_until("the claim to give way", async || match scene.my_claims(&worker.token).await.len() {
        0 => Ok(()),
        claims => Err(format!("{claims} claims")),
    })
    .await;
    assert_eq!(scene.told(&worker.token).await, [ClaimConfirmed, ShiftNoLongerFits, ClaimReleased]);
    assert_eq!(scene.told(&host).await, [ClaimNoLongerFits, PlaceCameFree]);
    assert_eq!(scene.told(&employer).await, [ClaimNoLongerFits]);
}

#[tokio::test]
async fn while_members_is_away_nothing_is_lost_and_then_everything_is_told_once() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    scene.run("members", "ALTER TABLE message RENAME TO message_away").await;
    for day in [7, 9] {
        let shift = scene.shift(day, 7, 15).await;
        scene.claim(&shift, &worker).await.expect("a place");
    }
    wait_until("both to be tried", async || match scene.number(&format!("{OUTGOING} WHERE tries > 0")).await {
        2 => Ok(()),
        tried => Err(format!("{tried} tried")),
    })
    .await;
    scene.run("members", "ALTER TABLE message_away RENAME TO message").await;
    scene.bed.set_clock(20 * MINUTE);
    assert_eq!(scene.told(&worker.token).await, [ClaimConfirmed, ClaimConfirmed]);
}

#[tokio::test]
async fn what_was_told_before_a_crash_is_not_told_again_after_it() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.shift(7, 7, 15).await;
    // Kept aside: what a process that dies between telling and noting it leaves behind.
    scene.run("flexpool", "CREATE TABLE kept AS SELECT * FROM outgoing").await;
    let keep = match scene.bed.db("flexpool").backend() {
        sea_orm::DbBackend::Postgres => {
            let keeps = "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS \
                         $$ BEGIN INSERT INTO kept SELECT OLD.*; RETURN OLD; END $$";
            scene.run("flexpool", keeps).await;
            "CREATE TRIGGER keeps BEFORE DELETE ON outgoing FOR EACH ROW EXECUTE FUNCTION keep()"
        }
        _ => {
            "CREATE TRIGGER keeps BEFORE DELETE ON outgoing BEGIN INSERT INTO kept SELECT * FROM outgoing \
             WHERE region = OLD.region AND id = OLD.id; END"
        }
    };
    scene.run("flexpool", keep).await;
    scene.claim(&shift, &worker).await.expect("a place");
    assert_eq!(scene.told(&worker.token).await, [ClaimConfirmed]);
    scene.run("flexpool", "INSERT INTO outgoing SELECT * FROM kept").await;
    scene.bed.set_clock(20 * MINUTE);
    assert_eq!(scene.told(&worker.token).await, [ClaimConfirmed]);
    assert_eq!(scene.number("SELECT COUNT(*) FROM kept").await, 2);
}

#[tokio::test]
async fn what_comes_too_late_is_told_to_nobody() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    scene.run("members", "ALTER TABLE message RENAME TO message_away").await;
    let shift = scene.shift(2, 7, 15).await;
    scene.claim(&shift, &worker).await.expect("a place");
    wait_until("it to be tried", async || match scene.number(&format!("{OUTGOING} WHERE tries > 0")).await {
        1 => Ok(()),
        tried => Err(format!("{tried} tried")),
    })
    .await;
    scene.bed.set_clock(3 * 24 * 60 * MINUTE);
    scene.all_told().await;
    scene.run("members", "ALTER TABLE message_away RENAME TO message").await;
    assert_eq!(scene.told(&worker.token).await, []);
}
