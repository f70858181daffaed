//! An organisation leaves (F6): its open shifts after its last day close, its people claim nothing that ends later, and what was claimed
//! stands.

use proto::{
    flexpool::{Claim, Shift, shift},
    members::EndMembershipRequest,
};
use testkit::{as_token, region::Opening, region::Person, request_id};

use crate::scene::{Scene, facts, refusal};

pub(crate) async fn end_membership(scene: &Scene, organisation: &str, days: i64) {
    let last_day = Some(scene.bed.day(days).to_proto());
    let request = EndMembershipRequest { organisation: organisation.to_owned(), last_day, request_id: request_id() };
    scene.bed.organisations().end_membership(as_token(request, scene.builder.operator())).await.expect("ended");
    scene.bed.caught_up().await;
}

async fn state(scene: &Scene, shift: &Shift) -> (shift::State, shift::Closing) {
    let shown = scene.get(&shift.id, scene.builder.operator()).await.expect("it is there");
    (shown.state(), shown.closed_because())
}

#[tokio::test]
async fn the_open_shifts_after_the_last_day_close_and_what_was_claimed_stands() {
    let scene = Scene::start().await;
    let other = scene.worker(&scene.beekdal, &Person::default()).await;
    let before = scene.opening(&Opening::on(scene.bed.day(10)).places(2)).await;
    let last_night = scene.opening(&Opening::on(scene.bed.day(10)).hours(23, 7)).await;
    let until_midnight = scene.opening(&Opening::on(scene.bed.day(10)).hours(16, 0)).await;
    let after = scene.opening(&Opening::on(scene.bed.day(14)).places(2)).await;
    let theirs = scene.builder.shift(&scene.beekdal, &scene.pool, &Opening::on(scene.bed.day(14))).await;
    let claims: Vec<Claim> =
        vec![scene.claim(&before, &other).await.expect("a place"), scene.claim(&after, &other).await.expect("a place")];
    end_membership(&scene, &scene.zonnehof.id, 10).await;

    let closed = (shift::State::Closed, shift::Closing::OrganisationLeaves);
    let open = (shift::State::Open, shift::Closing::Unspecified);
    for (shift, expected) in [(&before, open), (&until_midnight, open), (&last_night, closed), (&after, closed), (&theirs, open)] {
        assert_eq!(state(&scene, shift).await, expected, "{:?}", shift.starts_at);
    }
    let mine: Vec<Claim> = scene.my_claims(&other.token).await.into_iter().filter_map(|mine| mine.claim).collect();
    assert_eq!(mine, claims, "claims stand");
    let told = "SELECT COUNT(*) FROM event_log WHERE kind = 'regiopool.flexpool.v1.ShiftClosed'";
    assert_eq!(scene.number(told).await, 2);
    // The one after the last day has no legal basis any more: a conflict (D10), until the day is moved.
    let conflicts = "SELECT COUNT(*) FROM claim_conflict WHERE reason = 'NO_AGREEMENT' AND resolved_at IS NULL";
    assert_eq!(scene.number(conflicts).await, 1);
    scene.assert_clean().await;
    end_membership(&scene, &scene.zonnehof.id, 20).await;
    assert_eq!(scene.number(conflicts).await, 0);
    assert_eq!(state(&scene, &after).await, closed, "what has closed stays closed");
    scene.assert_clean().await;
}

#[tokio::test]
async fn nothing_that_ends_after_the_last_day_is_claimed_or_published() {
    let scene = Scene::start().await;
    let own = scene.carer().await;
    let on_the_last_day = scene.builder.shift(&scene.beekdal, &scene.pool, &Opening::on(scene.bed.day(10))).await;
    let later = scene.builder.shift(&scene.beekdal, &scene.pool, &Opening::on(scene.bed.day(12))).await;
    let before = scene.number("SELECT version FROM worker").await;
    end_membership(&scene, &scene.zonnehof.id, 10).await;
    assert!(scene.number("SELECT version FROM worker").await > before, "no confirmation stands on the days that are no more (D8)");

    scene.claim(&on_the_last_day, &own).await.expect("a place");
    let day = scene.bed.day(12).to_string();
    let expected = facts([("organisation", scene.zonnehof.id.as_str()), ("date", day.as_str())]);
    let (_, reason, said) = refusal(&scene.claim(&later, &own).await.expect_err("after the last day"));
    assert_eq!((reason.as_str(), said), ("NO_AGREEMENT", expected));
    let listed = scene.open_shifts(&own.token).await;
    let listed = listed.into_iter().find(|open| open.shift.as_ref().is_some_and(|shift| shift.id == later.id)).expect("listed");
    assert_eq!(listed.refusal.expect("a refusal").reason().as_str_name(), "REASON_NO_AGREEMENT");

    let night = Opening::on(scene.bed.day(10)).hours(23, 7).request(&scene.zonnehof.ward, &scene.pool);
    let last = scene.bed.day(10).to_string();
    let (_, reason, said) = refusal(&scene.publish(night, &scene.zonnehof.planner).await.expect_err("after the last day"));
    assert_eq!((reason.as_str(), said), ("ORGANISATION_LEAVES", facts([("on", last.as_str())])));
    scene.opening(&Opening::on(scene.bed.day(10))).await;

    // Another day, while the first is not over.
    end_membership(&scene, &scene.zonnehof.id, 20).await;
    scene.claim(&later, &own).await.expect("a place");
    scene.assert_clean().await;
}
