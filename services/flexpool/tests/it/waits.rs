//! Waiting for a place (D11).

use futures::future::join_all;
use proto::flexpool::{
    AcceptOfferRequest, Claim, JoinWaitlistRequest, LeaveWaitlistRequest, ListMyWaitsRequest, MyWait, Reason, Shift, Wait, wait::State,
};
use sea_orm::ConnectionTrait;
use testkit::{
    as_token, reason,
    region::{Colleague, Opening, Person},
    request_id, wait_until,
};
use tonic::{Code, Status};

use crate::{leaving::end_membership, scene::Scene};

const MINUTE: i64 = 60;

impl Scene {
    pub(crate) async fn join(&self, shift: &Shift, worker: &Colleague) -> Result<Wait, Status> {
        self.join_with(JoinWaitlistRequest { shift: shift.id.clone(), request_id: request_id(), ..Default::default() }, worker).await
    }

    async fn join_with(&self, request: JoinWaitlistRequest, worker: &Colleague) -> Result<Wait, Status> {
        Ok(self.bed.waits().join_waitlist(as_token(request, &worker.token)).await?.into_inner().wait.expect("the wait"))
    }

    async fn leave(&self, wait: &Wait, worker: &Colleague) -> Result<Wait, Status> {
        let request = LeaveWaitlistRequest { id: wait.id.clone(), request_id: request_id() };
        Ok(self.bed.waits().leave_waitlist(as_token(request, &worker.token)).await?.into_inner().wait.expect("the wait"))
    }

    pub(crate) async fn accept(&self, wait: &Wait, worker: &Colleague) -> Result<Claim, Status> {
        let request = AcceptOfferRequest { id: wait.id.clone(), request_id: request_id() };
        Ok(self.bed.waits().accept_offer(as_token(request, &worker.token)).await?.into_inner().claim.expect("the claim"))
    }

    async fn my_waits(&self, worker: &Colleague) -> Vec<MyWait> {
        let request = ListMyWaitsRequest { include_closed: true, ..Default::default() };
        self.bed.waits().list_my_waits(as_token(request, &worker.token)).await.expect("own waits").into_inner().waits
    }

    async fn wait_of(&self, wait: &Wait, worker: &Colleague) -> Wait {
        let mine = self.my_waits(worker).await.into_iter().filter_map(|mine| mine.wait);
        mine.into_iter().find(|mine| mine.id == wait.id).expect("the wait")
    }

    /// Waits until a wait is so, which timers make it.
    pub(crate) async fn becomes(&self, wait: &Wait, worker: &Colleague, state: State) -> Wait {
        wait_until(&format!("the wait to be {state:?}"), async || {
            let now = self.wait_of(wait, worker).await;
            if now.state() == state { Ok(now) } else { Err(format!("{:?}", now.state())) }
        })
        .await
    }

    pub(crate) async fn carers<const N: usize>(&self) -> [Colleague; N] {
        let carers = self.builder.workers(&self.zonnehof, &Person::default(), N).await;
        self.bed.caught_up().await;
        carers.try_into().expect("so many")
    }

    /// A full shift with one place, and the claim on it.
    pub(crate) async fn full(&self, holder: &Colleague) -> (Shift, Claim) {
        let shift = self.shift(7, 7, 15).await;
        let claim = self.claim(&shift, holder).await.expect("a place");
        (shift, claim)
    }
}

fn refused(result: Result<impl std::fmt::Debug, Status>) -> String {
    let status = result.expect_err("a refusal");
    assert_eq!(status.code(), Code::FailedPrecondition, "{status:?}");
    reason(&status)
}

#[tokio::test]
async fn a_place_that_comes_free_is_held_for_the_first_and_then_for_the_next() {
    let scene = Scene::start().await;
    let [holder, first, second, passer_by] = scene.carers().await;
    let (shift, claim) = scene.full(&holder).await;
    let (one, two) = (scene.join(&shift, &first).await.expect("waits"), scene.join(&shift, &second).await.expect("waits"));
    assert_eq!([(&one, 0), (&two, 1)].map(|(wait, before)| (wait.state(), wait.before == before)), [(State::Waiting, true); 2]);
    scene.withdraw(&claim, &holder).await.expect("given back");

    let offered = scene.becomes(&one, &first, State::Offered).await;
    // An hour from the offer, which came after the joining and before now.
    let until = offered.offer_until.expect("until when").seconds - 60 * MINUTE;
    let (joined, now) = (offered.joined_at.expect("since when").seconds, chassis::time::real_now().0 / 1_000_000);
    assert!((joined..=now).contains(&until), "{until} is not from {joined} to {now}");
    assert_eq!(scene.wait_of(&two, &second).await.state(), State::Waiting);
    let seen = scene.get(&shift.id, &passer_by.token).await.expect("shown");
    assert_eq!((seen.taken, seen.held), (0, 1));
    assert_eq!(refused(scene.claim(&shift, &passer_by).await), "SHIFT_FULL");
    assert_eq!(refused(scene.accept(&two, &second).await), "NO_OFFER");

    assert_eq!(scene.leave(&offered, &first).await.expect("declined").state(), State::Declined);
    scene.becomes(&two, &second, State::Offered).await;
    let claim = scene.accept(&two, &second).await.expect("the place");
    assert_eq!(scene.becomes(&two, &second, State::Accepted).await.offer_until, None);
    assert_eq!(scene.my_claims(&second.token).await[0].claim, Some(claim));
    let seen = scene.get(&shift.id, &passer_by.token).await.expect("shown");
    assert_eq!((seen.taken, seen.held), (1, 0));
    assert_eq!(refused(scene.accept(&two, &second).await), "NO_OFFER");
    scene.assert_clean().await;
}

#[tokio::test]
async fn an_offer_that_nobody_accepts_ends_and_a_place_that_nobody_wants_is_open() {
    let scene = Scene::start().await;
    let [holder, first, passer_by] = scene.carers().await;
    let (shift, claim) = scene.full(&holder).await;
    let wait = scene.join(&shift, &first).await.expect("waits");
    scene.withdraw(&claim, &holder).await.expect("given back");
    scene.becomes(&wait, &first, State::Offered).await;
    scene.bed.set_clock(61 * MINUTE);
    assert_eq!(refused(scene.accept(&wait, &first).await), "NO_OFFER");
    scene.becomes(&wait, &first, State::Expired).await;
    wait_until("the place to be open", async || scene.claim(&shift, &passer_by).await.map_err(|status| reason(&status))).await;
    scene.assert_clean().await;
}

#[tokio::test]
async fn who_chose_so_gets_the_place_without_another_word() {
    let scene = Scene::start().await;
    let [holder, first] = scene.carers().await;
    let (shift, claim) = scene.full(&holder).await;
    let request = JoinWaitlistRequest { shift: shift.id.clone(), at_once: true, request_id: request_id(), ..Default::default() };
    let wait = scene.join_with(request, &first).await.expect("waits");
    scene.withdraw(&claim, &holder).await.expect("given back");
    scene.becomes(&wait, &first, State::Accepted).await;
    let claims = scene.my_claims(&first.token).await;
    assert_eq!(claims.iter().map(|mine| mine.claim.as_ref().expect("it").shift.as_str()).collect::<Vec<_>>(), [shift.id.as_str()]);
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_claim_elsewhere_at_that_time_ends_the_wait_and_its_offer_goes_on() {
    let scene = Scene::start().await;
    let [holder, first, second] = scene.carers().await;
    let (shift, claim) = scene.full(&holder).await;
    let same_time = scene.shift(7, 9, 17).await;
    let (one, two) = (scene.join(&shift, &first).await.expect("waits"), scene.join(&shift, &second).await.expect("waits"));
    scene.withdraw(&claim, &holder).await.expect("given back");
    scene.becomes(&one, &first, State::Offered).await;
    scene.claim(&same_time, &first).await.expect("a place elsewhere");
    let skipped = scene.wait_of(&one, &first).await;
    assert_eq!((skipped.state(), skipped.offer_until), (State::Skipped, None));
    assert_eq!(skipped.skipped.expect("why").reason(), Reason::Overlap);
    scene.becomes(&two, &second, State::Offered).await;
    scene.accept(&two, &second).await.expect("the place");
    scene.assert_clean().await;
}

#[tokio::test]
async fn whom_it_no_longer_fits_is_passed_over_and_can_see_why() {
    let scene = Scene::start().await;
    let [holder, first, second] = scene.carers().await;
    let (shift, claim) = scene.full(&holder).await;
    let (one, two) = (scene.join(&shift, &first).await.expect("waits"), scene.join(&shift, &second).await.expect("waits"));
    scene.away(&first, 7).await;
    scene.withdraw(&claim, &holder).await.expect("given back");
    scene.becomes(&two, &second, State::Offered).await;
    let skipped = scene.wait_of(&one, &first).await;
    assert_eq!((skipped.state(), skipped.skipped.expect("why").reason()), (State::Skipped, Reason::NotAvailable));
    scene.assert_clean().await;
}

#[tokio::test]
async fn nobody_waits_for_what_can_be_had_or_does_not_fit_or_twice_or_behind_too_many() {
    let scene = Scene::start().await;
    let [holder, a, b, c, d, e, f] = scene.carers().await;
    let open = scene.shift(9, 7, 15).await;
    assert_eq!(refused(scene.join(&open, &a).await), "PLACES_FREE");
    let (shift, _) = scene.full(&holder).await;
    assert_eq!(refused(scene.join(&shift, &holder).await), "ALREADY_CLAIMED");
    for worker in [&a, &b, &c, &d, &e] {
        scene.join(&shift, worker).await.expect("waits");
    }
    assert_eq!(refused(scene.join(&shift, &a).await), "ALREADY_WAITING");
    assert_eq!(refused(scene.join(&shift, &f).await), "WAITLIST_FULL");
    let wait = scene.my_waits(&c).await.remove(0).wait.expect("it");
    assert_eq!(wait.before, 2);
    assert_eq!(scene.leave(&wait, &f).await.expect_err("another's").code(), Code::NotFound);
    assert_eq!(scene.leave(&wait, &c).await.expect("left").state(), State::Left);
    assert_eq!(scene.leave(&wait, &c).await.expect("it stays so").state(), State::Left);
    scene.join(&shift, &f).await.expect("there is room again");
    let stranger = scene.builder.employer("Elders").await;
    let outside = scene.worker(&stranger, &Person::default()).await;
    assert_eq!(refused(scene.join(&shift, &outside).await), "NOT_IN_POOL");
    let nothing = Shift { id: chassis::ids::ShiftId::new().to_string(), ..Default::default() };
    assert_eq!(scene.join(&nothing, &a).await.expect_err("nothing").code(), Code::NotFound);
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_shift_that_is_taken_back_ends_the_waits_for_it() {
    let scene = Scene::start().await;
    let [holder, first, second] = scene.carers().await;
    let (shift, claim) = scene.full(&holder).await;
    let (one, two) = (scene.join(&shift, &first).await.expect("waits"), scene.join(&shift, &second).await.expect("waits"));
    scene.withdraw(&claim, &holder).await.expect("given back");
    scene.becomes(&one, &first, State::Offered).await;
    let cancelled = scene.cancel(&shift.id, &scene.zonnehof.planner).await.expect("nobody has a place");
    assert_eq!((cancelled.taken, cancelled.held), (0, 0));
    for (wait, worker) in [(&one, &first), (&two, &second)] {
        assert_eq!(scene.wait_of(wait, worker).await.state(), State::Ended);
    }
    assert_eq!(refused(scene.accept(&one, &first).await), "NO_OFFER");
    scene.assert_clean().await;
}

#[tokio::test]
async fn whoever_still_waits_when_the_shift_begins_waits_no_more() {
    let scene = Scene::start().await;
    let [holder, first] = scene.carers().await;
    let (shift, _) = scene.full(&holder).await;
    scene.join(&shift, &first).await.expect("waits");
    let ended = "SELECT COUNT(*) FROM wait WHERE state = 8 AND closed_at IS NOT NULL";
    assert_eq!(scene.number(ended).await, 0);
    scene.bed.set_clock(9 * 24 * 60 * MINUTE);
    wait_until("the wait to end", async || if scene.number(ended).await == 1 { Ok(()) } else { Err("it waits".to_owned()) }).await;
    scene.assert_clean().await;
}

/// Whatever the database knows of the table of timers: it was seen to take all of them away for one when it took the table for empty.
#[tokio::test]
async fn many_timers_that_are_due_at_once_are_all_done() {
    let scene = Scene::start().await;
    for day in 7..19 {
        scene.shift(day, 7, 15).await;
    }
    let db = scene.bed.db("flexpool");
    let run = async |sql: &str| assert!(db.write().execute_unprepared(sql).await.is_ok(), "{sql}");
    let timers = |due: i64, some: &str| {
        format!(
            "INSERT INTO timer (region, kind, key, due, tries) SELECT region, 1, id, {due}, 0 FROM shift WHERE held = 0 {some} \
             ON CONFLICT (region, kind, key) DO UPDATE SET due = excluded.due"
        )
    };
    run(&timers(i64::MAX, "LIMIT 1")).await;
    run("ANALYZE timer").await;
    run(&timers(i64::MAX, "")).await;
    run("UPDATE shift SET held = 1").await;
    run("UPDATE timer SET due = 0").await;
    let held = "SELECT CAST(SUM(held) AS BIGINT) FROM shift";
    let left = async || (scene.number(held).await, scene.number("SELECT COUNT(*) FROM timer").await);
    wait_until("every place to be open", async || if left().await == (0, 0) { Ok(()) } else { Err(format!("{:?}", left().await)) }).await;
    scene.assert_clean().await;
}

#[tokio::test]
async fn who_turns_out_to_be_one_person_waits_once() {
    let scene = Scene::start().await;
    let [holder, kept, other] = scene.carers().await;
    let merged = scene.worker(&scene.beekdal, &Person::default()).await;
    let (shift, claim) = scene.full(&holder).await;
    let (one, two) = (scene.join(&shift, &kept).await.expect("waits"), scene.join(&shift, &merged).await.expect("waits"));
    let three = scene.join(&shift, &other).await.expect("waits");
    scene.merge(&kept, &merged).await;
    let states = scene.my_waits(&kept).await.into_iter().filter_map(|mine| mine.wait).map(|wait| (wait.id.clone(), wait.state()));
    let mut states: Vec<_> = states.collect();
    states.sort_by_key(|(_, state)| *state as i32);
    assert_eq!(states, [(one.id.clone(), State::Waiting), (two.id, State::Left)]);
    scene.withdraw(&claim, &holder).await.expect("given back");
    scene.becomes(&one, &kept, State::Offered).await;
    scene.accept(&one, &merged).await.expect("the same person, whichever token");
    assert_eq!(scene.wait_of(&three, &other).await.state(), State::Waiting);
    scene.assert_clean().await;
}

/// Claims, gives back, joins, leaves, accepts and lets offers end, all at once: places and offers always add up, and nobody has two.
#[tokio::test(flavor = "multi_thread")]
async fn a_rush_of_those_who_wait_and_those_who_go_adds_up() {
    let scene = Scene::start().await;
    let workers = scene.builder.workers(&scene.zonnehof, &Person::default(), 10).await;
    scene.bed.caught_up().await;
    let shift = scene.opening(&Opening::on(scene.bed.day(7)).places(2)).await;
    let other = scene.opening(&Opening::on(scene.bed.day(7)).places(2)).await;
    let lives = workers.iter().enumerate().map(|(n, worker)| {
        let (scene, shift, other) = (&scene, &shift, &other);
        async move {
            for turn in 0..5 {
                let here = if (n + turn) % 3 == 0 { other } else { shift };
                if scene.claim(here, worker).await.is_err() {
                    let at_once = turn % 2 == 0;
                    let request = JoinWaitlistRequest { shift: here.id.clone(), at_once, request_id: request_id(), ..Default::default() };
                    let _ = scene.join_with(request, worker).await;
                }
                for mine in scene.my_waits(worker).await.into_iter().filter_map(|mine| mine.wait) {
                    match (mine.state(), (n + turn) % 4) {
                        (State::Offered, 0) => drop(scene.leave(&mine, worker).await),
                        (State::Offered, _) => drop(scene.accept(&mine, worker).await),
                        _ => {}
                    }
                }
                for mine in scene.my_claims(&worker.token).await.into_iter().filter_map(|mine| mine.claim) {
                    let _ = scene.withdraw(&mine, worker).await;
                }
            }
        }
    });
    join_all(lives).await;
    scene.assert_clean().await;
    // Whoever still waits is asked, one after the other, until nobody is left; then every place is open again.
    wait_until("every wait to be answered", async || {
        let mut open = 0;
        for worker in &workers {
            for mine in scene.my_claims(&worker.token).await.into_iter().filter_map(|mine| mine.claim) {
                let _ = scene.withdraw(&mine, worker).await;
            }
            for mine in scene.my_waits(worker).await.into_iter().filter_map(|mine| mine.wait) {
                if matches!(mine.state(), State::Waiting | State::Offered) {
                    open += 1;
                    let _ = scene.leave(&mine, worker).await;
                }
            }
        }
        if open == 0 { Ok(()) } else { Err(format!("{open} are open")) }
    })
    .await;
    wait_until("every place to be open", async || {
        let seen = [scene.get(&shift.id, &workers[0].token).await, scene.get(&other.id, &workers[0].token).await];
        let left: Vec<_> = seen.into_iter().map(|seen| seen.map(|seen| (seen.taken, seen.held)).map_err(|status| status.code())).collect();
        if left == [Ok((0, 0)), Ok((0, 0))] { Ok(()) } else { Err(format!("{left:?}")) }
    })
    .await;
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_wait_ends_with_the_shift_that_closes_since_its_organisation_leaves_offered_or_not() {
    for offered in [false, true] {
        let scene = Scene::start().await;
        let [holder, waiting] = scene.carers().await;
        let (shift, claim) = scene.full(&holder).await;
        let wait = scene.join(&shift, &waiting).await.expect("waits");
        if offered {
            scene.withdraw(&claim, &holder).await.expect("given back");
            scene.becomes(&wait, &waiting, State::Offered).await;
        }
        end_membership(&scene, &scene.zonnehof.id, 3).await;
        scene.becomes(&wait, &waiting, State::Ended).await;
        assert_eq!(refused(scene.accept(&wait, &waiting).await), "NO_OFFER");
        // Whoever has a place keeps it and may give it back, and then it is nobody's.
        scene.withdraw(&claim, &holder).await.expect("given back");
        let seen = scene.get(&shift.id, scene.builder.operator()).await.expect("shown");
        assert_eq!(seen.taken, 0);
        scene.assert_clean().await;
    }
}
