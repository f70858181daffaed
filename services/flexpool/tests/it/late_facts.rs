//! What becomes known after a claim was confirmed (D10).

use chassis::ids::{ScheduleConstraintId, UnavailabilityId};
use proto::{
    flexpool::{JoinWaitlistRequest, ListMyClaimsRequest, Shift, claim::State},
    members::{ScheduleConstraint, ScheduleConstraintKind, ScheduleConstraintsChanged, UnavailabilityWithdrawn, WorkerUnavailable},
};
use testkit::{
    as_token, reason,
    region::{Colleague, Opening, Person},
    request_id, wait_until,
};

use crate::{
    roster::block,
    scene::{Scene, refusal},
};

const OPEN: &str = "SELECT COUNT(*) FROM claim_conflict WHERE resolved_at IS NULL";

const DAY: i64 = 24 * 3600;

impl Scene {
    /// Waits until these are the shifts that a worker has, by start.
    async fn standing(&self, worker: &Colleague, shifts: &[&Shift]) {
        let expected: Vec<&str> = shifts.iter().map(|shift| shift.id.as_str()).collect();
        wait_until("the worker's claims", async || {
            let mine = self.my_claims(&worker.token).await;
            let mine: Vec<_> = mine.iter().filter_map(|mine| Some(mine.shift.as_ref()?.id.as_str())).collect();
            if mine == expected { Ok(()) } else { Err(format!("{mine:?}, not {expected:?}")) }
        })
        .await;
    }
}

#[tokio::test]
async fn the_places_of_who_is_not_available_are_free_for_others_at_once() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let (before, during, later) = (scene.shift(7, 7, 15).await, scene.shift(9, 7, 15).await, scene.shift(10, 7, 15).await);
    for shift in [&before, &during] {
        scene.claim(shift, &worker).await.expect("a place");
    }
    let unavailability = UnavailabilityId::new().to_string();
    let from = Some(scene.bed.day(9).at_minute(12 * 60, false).expect("a time").to_proto());
    let told = WorkerUnavailable { worker: worker.id.clone(), unavailability: unavailability.clone(), from, until: None };
    scene.tell(&worker.id, &told).await;
    scene.standing(&worker, &[&before]).await;
    assert_eq!(scene.number("SELECT COUNT(*) FROM claim_conflict WHERE rule = 'NOT_AVAILABLE' AND resolved_at IS NOT NULL").await, 1);
    let other = scene.carer().await;
    scene.claim(&during, &other).await.expect("the place is free");
    let status = scene.claim(&later, &worker).await.expect_err("away");
    assert_eq!((reason(&status).as_str(), refusal(&status).2.len()), ("NOT_AVAILABLE", 0));
    // Nothing was changed silently: the worker can see what became of it.
    let all = ListMyClaimsRequest { include_ended: true, ..Default::default() };
    let all = scene.bed.claims().list_my_claims(as_token(all, &worker.token)).await.expect("all").into_inner().claims;
    let states: Vec<_> = all.iter().map(|mine| mine.claim.as_ref().expect("it").state()).collect();
    assert_eq!(states, [State::Confirmed, State::Released]);
    scene.assert_clean().await;

    let back = UnavailabilityWithdrawn { worker: worker.id.clone(), unavailability, revision: 1 };
    scene.tell(&worker.id, &back).await;
    scene.claim(&later, &worker).await.expect("a place");
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_limit_on_the_roster_refuses_and_breaks_what_was_confirmed() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let night = scene.opening(&Opening::on(scene.bed.day(7)).hours(23, 7)).await;
    let next_night = scene.opening(&Opening::on(scene.bed.day(12)).hours(23, 7)).await;
    let day = scene.shift(14, 7, 15).await;
    scene.claim(&night, &worker).await.expect("a place");
    let constraint = ScheduleConstraint {
        id: ScheduleConstraintId::new().to_string(),
        kind: ScheduleConstraintKind::NoNights.into(),
        minutes: 0,
        from: Some(scene.bed.day(0).to_proto()),
        until: Some(scene.bed.day(60).to_proto()),
    };
    let told = |constraints| ScheduleConstraintsChanged { worker: worker.id.clone(), constraints };
    scene.tell(&worker.id, &told(vec![constraint])).await;
    assert_eq!(scene.number(&format!("{OPEN} AND rule = 'CONSTRAINT'")).await, 1);
    scene.standing(&worker, &[&night]).await;
    let status = scene.claim(&next_night, &worker).await.expect_err("no nights");
    let (_, reason, metadata) = refusal(&status);
    assert_eq!(
        (reason.as_str(), metadata["rule"].as_str(), metadata["measure"].as_str()),
        ("WORKING_TIME", "CONSTRAINT", "ForbiddenHours")
    );
    scene.claim(&day, &worker).await.expect("a place by day");
    scene.tell(&worker.id, &told(Vec::new())).await;
    assert_eq!(scene.number(OPEN).await, 0);
    scene.claim(&next_night, &worker).await.expect("a place");
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_claim_that_has_to_give_way_does_at_the_deadline_and_one_that_has_not_stays() {
    let scene = Scene::start().await;
    let [by_terms, by_roster, solved] = [
        scene.worker(&scene.beekdal, &Person::default()).await,
        scene.worker(&scene.beekdal, &Person::default()).await,
        scene.worker(&scene.beekdal, &Person::default()).await,
    ];
    let day = scene.bed.day(7);
    let shift = scene.opening(&Opening::on(day).places(3)).await;
    for worker in [&by_terms, &by_roster, &solved] {
        scene.claim(&shift, worker).await.expect("a place");
    }
    let late = |worker: &Colleague, name: &str| block(name, worker, day, (13, 21));
    // The roster came later and yields, as long as the pool says nothing else.
    assert_eq!(scene.roster(&scene.beekdal, vec![late(&by_roster, "R1")]).await.conflicts, 1);
    scene.bed.set_clock(3 * DAY);
    assert_eq!(scene.number(&format!("{OPEN} AND yields = 2")).await, 1);

    scene.change_terms(|terms| terms.own_gaps_first = true).await;
    let all = vec![late(&by_roster, "R1"), late(&by_terms, "R2"), late(&solved, "R3")];
    assert_eq!(scene.roster(&scene.beekdal, all).await.conflicts, 2);
    assert_eq!(scene.number(&format!("{OPEN} AND yields = 1")).await, 2);
    // The first one is looked at again, too: it gives way now, and has the time that everybody has.
    let changed = block("R1", &by_roster, day, (12, 20));
    scene.roster(&scene.beekdal, vec![changed, late(&by_terms, "R2")]).await;
    for worker in [&by_terms, &by_roster, &solved] {
        scene.standing(worker, &[&shift]).await;
    }
    scene.bed.set_clock(5 * DAY + 60);
    for worker in [&by_terms, &by_roster] {
        scene.standing(worker, &[]).await;
    }
    scene.standing(&solved, &[&shift]).await;
    assert_eq!(scene.get(&shift.id, &scene.zonnehof.planner).await.expect("shown").taken, 1);
    scene.assert_clean().await;
}

#[tokio::test]
async fn who_waits_gets_the_place_of_who_falls_ill() {
    let scene = Scene::start().await;
    let (ill, waiting) = (scene.carer().await, scene.carer().await);
    let shift = scene.shift(7, 7, 15).await;
    scene.claim(&shift, &ill).await.expect("a place");
    let request = JoinWaitlistRequest { shift: shift.id.clone(), at_once: true, request_id: request_id(), ..Default::default() };
    scene.bed.waits().join_waitlist(as_token(request, &waiting.token)).await.expect("it is full");
    scene.away(&ill, 6).await;
    scene.standing(&waiting, &[&shift]).await;
    scene.standing(&ill, &[]).await;
    scene.assert_clean().await;
}

#[tokio::test]
async fn a_deadline_that_was_missed_until_the_shift_began_changes_nothing_and_holds_up_nobody() {
    let scene = Scene::start().await;
    scene.change_terms(|terms| terms.own_gaps_first = true).await;
    let (worker, other) = (scene.worker(&scene.beekdal, &Person::default()).await, scene.worker(&scene.beekdal, &Person::default()).await);
    let (begun, ahead) = (scene.shift(7, 7, 15).await, scene.shift(12, 7, 15).await);
    scene.claim(&begun, &worker).await.expect("a place");
    scene.claim(&ahead, &other).await.expect("a place");
    let late = [block("R1", &worker, scene.bed.day(7), (13, 21)), block("R2", &other, scene.bed.day(12), (13, 21))];
    for known in [1, 2] {
        assert_eq!(scene.roster(&scene.beekdal, late[..known].to_vec()).await.conflicts, 1);
    }
    // As after a week in which no process ran: the first is due before the second, and too late.
    let during = scene.bed.day(7).at_minute(9 * 60, false).expect("a time");
    scene.bed.set_clock((during.0 - scene.bed.now().0) / 1_000_000);
    scene.standing(&other, &[]).await;
    scene.standing(&worker, &[&begun]).await;
    let settling = async || scene.number("SELECT COUNT(*) FROM timer WHERE kind = 4").await;
    wait_until("no timer", async || if settling().await == 0 { Ok(()) } else { Err("there is one".to_owned()) }).await;
    scene.assert_clean().await;
}
