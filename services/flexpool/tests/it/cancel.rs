//! `CancelShift`.

use chassis::ids::ShiftId;
use proto::flexpool::{CancelShiftRequest, shift::State};
use testkit::{as_token, request_id};
use tonic::Code;

use crate::scene::{Scene, assert_wrong, facts, refusal};

#[tokio::test]
async fn a_cancelled_shift_stays_so_and_is_told_once() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let shift = scene.shift(7, 7, 15).await;
    let request = CancelShiftRequest { id: shift.id.clone(), request_id: request_id() };
    for _ in 0..2 {
        let again = as_token(request.clone(), &scene.zonnehof.planner);
        let answer = scene.bed.shifts().cancel_shift(again).await.expect("cancelled").into_inner();
        assert_eq!(answer.shift.expect("the shift").state(), State::Cancelled);
    }
    assert_eq!(scene.cancel(&shift.id, &scene.zonnehof.planner).await.expect("with another id").state(), State::Cancelled);
    let told = scene.number("SELECT COUNT(*) FROM event_log WHERE kind = 'regiopool.flexpool.v1.ShiftCancelled' AND sequence = 2").await;
    assert_eq!(told, 1);
    let status = scene.claim(&shift, &worker).await.expect_err("cancelled");
    assert_eq!(refusal(&status), (Code::FailedPrecondition, "SHIFT_CANCELLED".to_owned(), facts([])));
    assert!(scene.open_shifts(&worker.token).await.is_empty());
}

#[tokio::test]
async fn a_shift_that_cannot_be_cancelled_stays_open_with_a_reason() {
    let scene = Scene::start().await;
    let worker = scene.carer().await;
    let (taken, begun) = (scene.shift(7, 7, 15).await, scene.shift(2, 7, 15).await);
    scene.claim(&taken, &worker).await.expect("a place");
    scene.bed.set_clock(3 * 86_400);
    let before = scene.rows().await;
    let status = scene.cancel(&taken.id, &scene.zonnehof.planner).await.expect_err("taken");
    assert_eq!(refusal(&status), (Code::FailedPrecondition, "SHIFT_HAS_CLAIMS".to_owned(), facts([("claims", "1")])));
    let status = scene.cancel(&begun.id, &scene.zonnehof.planner).await.expect_err("begun");
    assert_eq!(refusal(&status), (Code::FailedPrecondition, "SHIFT_STARTED".to_owned(), facts([])));
    assert_eq!(scene.rows().await, before);
    assert_eq!(scene.get(&taken.id, &scene.zonnehof.planner).await.expect("shown").state(), State::Open);
}

#[tokio::test]
async fn a_shift_of_others_does_not_exist() {
    let scene = Scene::start().await;
    let shift = scene.shift(7, 7, 15).await;
    let before = scene.rows().await;
    let not_found = (Code::NotFound, "NOT_FOUND".to_owned(), facts([("resource", "shift")]));
    let status = scene.cancel(&ShiftId::new().to_string(), &scene.zonnehof.planner).await.expect_err("unknown");
    assert_eq!(refusal(&status), not_found);
    let status = scene.cancel(&shift.id, &scene.beekdal.planner).await.expect_err("of another organisation");
    assert_eq!(refusal(&status), not_found);
    let status = scene.cancel(&shift.id, &scene.ward_lead(&scene.zonnehof).await).await.expect_err("not a planner");
    assert_eq!((status.code(), testkit::reason(&status)), (Code::PermissionDenied, "ROLE_MISSING".to_owned()));
    assert_eq!(scene.rows().await, before);
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let scene = Scene::start().await;
    let status = scene.bed.shifts().cancel_shift(as_token(CancelShiftRequest::default(), &scene.zonnehof.planner)).await;
    let expected = [("id", "is required"), ("request_id", "is not a UUID (D25)")];
    assert_wrong(&status.expect_err("empty"), &expected, "empty");
    let status = scene.cancel(&scene.pool, &scene.zonnehof.planner).await.expect_err("a pool's id");
    assert_wrong(&status, &[("id", "is not an id of this kind: expected shf_ followed by 32 hexadecimal digits")], "a pool's id");
}
