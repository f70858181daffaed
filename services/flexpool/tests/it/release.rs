//! When a published shift opens for whom, and what becomes of the shifts of who leaves a pool.

use proto::{
    flexpool::{Audience, Shift, shift},
    members::{AddPoolMemberRequest, EmploymentKind, GetPoolRequest, PoolTerms, ReleasePlan, RemovePoolMemberRequest, UpdatePoolRequest},
};
use testkit::{
    as_token,
    region::{Opening, Person},
    request_id, wait_until,
};
use tonic::Code;

use crate::scene::{Scene, facts, refusal};

impl Scene {
    /// Changes the terms of the scene's pool, which flexpool then knows.
    pub(crate) async fn change_terms(&self, change: impl FnOnce(&mut PoolTerms)) {
        let operator = self.builder.operator();
        let asked = as_token(GetPoolRequest { id: self.pool.clone() }, operator);
        let mut pool = self.bed.pools().get_pool(asked).await.expect("the pool").into_inner().pool.expect("it");
        change(pool.terms.as_mut().expect("terms"));
        let update_mask = Some(prost_types::FieldMask { paths: vec!["terms".to_owned()] });
        let request = UpdatePoolRequest { pool: Some(pool), update_mask, request_id: request_id() };
        self.bed.pools().update_pool(as_token(request, operator)).await.expect("changed");
        self.bed.caught_up().await;
    }
}

/// Gives the scene's pool this release plan.
async fn set_release(scene: &Scene, release: ReleasePlan) {
    scene.change_terms(|terms| terms.release = Some(release)).await;
}

const HOUR: i32 = 60;

fn staged() -> ReleasePlan {
    ReleasePlan {
        own_team_minutes: 0,
        own_organisation_minutes: HOUR,
        pool_minutes: 24 * HOUR,
        self_employed_minutes: None,
        everybody_within_minutes: 12 * HOUR,
    }
}

fn instant(seconds: i64) -> String {
    let time = chrono::DateTime::from_timestamp(seconds, 0).expect("a time");
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

fn opens(shift: &Shift, audience: Audience) -> Option<i64> {
    let found = shift.openings.iter().find(|opening| opening.audience() == audience)?;
    Some(found.opens_at.as_ref().expect("a time").seconds)
}

#[tokio::test]
async fn a_shift_opens_in_stages_after_it_was_published() {
    let scene = Scene::start().await;
    set_release(&scene, staged()).await;
    let own = scene.carer().await;
    let other = scene.worker(&scene.beekdal, &Person::default()).await;
    let independent = Person { kind: EmploymentKind::SelfEmployed, ..Person::default() };
    let independent = scene.worker(&scene.beekdal, &independent).await;
    let shift = scene.opening(&Opening::on(scene.bed.day(9)).places(3)).await;
    let published = shift.published_at.expect("a time").seconds;
    let stages = Audience::OwnTeam as i32..=Audience::SelfEmployed as i32;
    let stages: Vec<Option<i64>> = stages.map(|number| opens(&shift, Audience::try_from(number).expect("one"))).collect();
    assert_eq!(stages, [Some(published), Some(published + 3600), Some(published + 86_400), None]);

    let refused = async |worker: &_| {
        let (code, reason, facts) = refusal(&scene.claim(&shift, worker).await.expect_err("refused"));
        assert_eq!(code, Code::FailedPrecondition);
        (reason, facts)
    };
    let not_yet = |seconds| ("NOT_YET_OPEN".to_owned(), facts([("opens_at", instant(published + seconds).as_str())]));
    let before = scene.rows().await;
    assert_eq!(refused(&own).await, not_yet(3600));
    assert_eq!(refused(&other).await, not_yet(86_400));
    assert_eq!(refused(&independent).await, ("NOT_FOR_SELF_EMPLOYED".to_owned(), facts([])));
    assert_eq!(scene.rows().await, before, "a refusal leaves nothing behind");
    let listed = scene.open_shifts(&own.token).await.remove(0).refusal.expect("the list says so too");
    assert_eq!((listed.reason().as_str_name(), listed.metadata.len()), ("REASON_NOT_YET_OPEN", 1));

    scene.bed.set_clock(3600);
    scene.claim(&shift, &own).await.expect("open for the own organisation");
    assert_eq!(refused(&other).await, not_yet(86_400));
    scene.bed.set_clock(86_400);
    scene.claim(&shift, &other).await.expect("open for the pool");
    scene.bed.set_clock(9 * 86_400 - 12 * 3600);
    assert_eq!(refused(&independent).await.0, "NOT_FOR_SELF_EMPLOYED", "never is never");
    scene.assert_clean().await;
}

#[tokio::test]
async fn shortly_before_the_start_a_shift_is_open_for_everybody_and_keeps_the_plan_it_was_published_with() {
    let scene = Scene::start().await;
    let at_once = scene.opening(&Opening::on(scene.bed.day(5))).await;
    set_release(&scene, ReleasePlan { self_employed_minutes: Some(40_000), pool_minutes: 30_000, ..staged() }).await;
    let other = scene.worker(&scene.beekdal, &Person::default()).await;
    let staged = scene.opening(&Opening::on(scene.bed.day(9))).await;
    let start = staged.starts_at.expect("a start").seconds;
    assert_eq!([Audience::Pool, Audience::SelfEmployed].map(|audience| opens(&staged, audience)), [Some(start - 12 * 3600); 2]);
    scene.claim(&at_once, &other).await.expect("published before there was a plan");
    assert_eq!(refusal(&scene.claim(&staged, &other).await.expect_err("not yet")).1, "NOT_YET_OPEN");
    let now = scene.bed.frame.clock.now().0 / 1_000_000;
    scene.bed.set_clock(start - 12 * 3600 - now + 60);
    scene.claim(&staged, &other).await.expect("open for everybody");
    scene.assert_clean().await;
}

#[tokio::test]
async fn the_shifts_of_who_leaves_a_pool_close_and_its_people_claim_there_no_more() {
    let scene = Scene::start().await;
    let (own, other) = (scene.carer().await, scene.worker(&scene.beekdal, &Person::default()).await);
    let taken = scene.opening(&Opening::on(scene.bed.day(7)).places(2)).await;
    scene.claim(&taken, &other).await.expect("a place");
    let elsewhere = scene.builder.pool(&[&scene.zonnehof]).await;
    scene.bed.caught_up().await;
    let stays = scene.builder.shift(&scene.zonnehof, &elsewhere, &Opening::on(scene.bed.day(9))).await;
    let theirs = scene.builder.shift(&scene.beekdal, &scene.pool, &Opening::on(scene.bed.day(11))).await;

    let (pool, organisation) = (scene.pool.clone(), scene.zonnehof.id.clone());
    let request = RemovePoolMemberRequest { pool: pool.clone(), organisation: organisation.clone(), request_id: request_id() };
    scene.bed.pools().remove_pool_member(as_token(request, scene.builder.operator())).await.expect("removed");
    scene.bed.caught_up().await;
    let planner = &scene.zonnehof.planner;
    let closed = scene.get(&taken.id, planner).await.expect("it is there");
    assert_eq!((closed.state(), closed.closed_because(), closed.taken), (shift::State::Closed, shift::Closing::LeftPool, 1));
    assert_eq!(scene.get(&stays.id, planner).await.expect("it is there").state(), shift::State::Open, "in another pool");
    assert_eq!(scene.my_claims(&other.token).await.len(), 1, "the claim stands");
    let third = scene.worker(&scene.beekdal, &Person::default()).await;
    assert_eq!(refusal(&scene.claim(&taken, &third).await.expect_err("closed")).1, "SHIFT_CLOSED");
    assert_eq!(refusal(&scene.claim(&theirs, &own).await.expect_err("outside")).1, "NOT_IN_POOL");
    let told = "SELECT COUNT(*) FROM event_log WHERE kind = 'regiopool.flexpool.v1.ShiftClosed'";
    assert_eq!(scene.number(told).await, 1);
    let cancelled = scene.cancel(&taken.id, planner).await.expect("nothing to take back");
    assert_eq!(cancelled, closed);
    let request = Opening::on(scene.bed.day(12)).request(&scene.zonnehof.ward, &scene.pool);
    assert_eq!(refusal(&scene.publish(request, planner).await.expect_err("outside")).1, "POOL_UNKNOWN");

    // Coming back does not open again what was closed.
    let request = AddPoolMemberRequest { pool, organisation, request_id: request_id() };
    scene.bed.pools().add_pool_member(as_token(request, scene.builder.operator())).await.expect("added");
    wait_until("the organisation to be a member again", async || match scene.claim(&theirs, &own).await {
        Ok(_) => Ok(()),
        Err(status) => Err(status.to_string()),
    })
    .await;
    assert_eq!(scene.get(&taken.id, planner).await.expect("it is there"), closed);
    scene.assert_clean().await;
}
