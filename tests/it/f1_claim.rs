//! F1: a planner publishes a shift in a browser, a worker of another organisation claims it in another one, and the planner sees it.

use chassis::time::LocalDate;
use proto::members::FunctionLevel;
use reqwest::StatusCode;
use testkit::{
    process::{Installation, Options},
    region::{Builder, Person},
    wait_until,
};

use crate::browser::Browser;

async fn publish(planner: &mut Browser, day: LocalDate) {
    let form = planner.get("/board/publish").await.form("/board/publish");
    let filled = form
        .with("date", &day.to_string())
        .with("starts_at", "15:00")
        .with("ends_at", "23:00")
        .with("function_level", &i32::from(FunctionLevel::Carer).to_string())
        .with("places", "1");
    let board = planner.submit(&filled).await;
    assert!(board.status == StatusCode::OK && board.path.starts_with("/board?"), "{}: {}", board.path, board.text());
}

#[tokio::test]
async fn a_shift_that_a_planner_publishes_is_claimed_by_a_worker_of_another_organisation() {
    let mut installation = Installation::start(Options::default()).await;
    let builder = Builder::new(&installation.region).await;
    let (host, employer) = (builder.employer("Zonnehof").await, builder.employer("Maasoever").await);
    builder.pool(&[&host, &employer]).await;
    let colleague = builder.worker(&employer, &Person::default()).await;
    let (planner, worker) = (builder.planner_account(&host).await, builder.worker_account(&colleague).await);

    let mut planners = Browser::new(installation.portal());
    planners.sign_in(&planner).await;
    publish(&mut planners, installation.region.day(3)).await;

    // The worker signs in and sees the shift as soon as flexpool knows who that is.
    let mut workers = Browser::new(installation.portal());
    workers.sign_in(&worker).await;
    let claim = wait_until("the worker to be offered the shift", async || {
        let page = workers.get("/open?claimable=1").await;
        page.forms().into_iter().find(|form| form.action.ends_with("/claim")).ok_or_else(|| page.text())
    })
    .await;
    let shift = workers.submit(&claim).await;
    assert!(shift.status == StatusCode::OK && shift.path.contains("done=claimed"), "{}: {}", shift.path, shift.text());
    // Sent twice, as an impatient thumb does: still one claim.
    let again = workers.submit(&claim).await;
    assert_eq!((again.status, &again.path), (StatusCode::OK, &shift.path), "{}", again.text());
    let mine = workers.get("/mine").await;
    assert!(mine.text().contains("Zonnehof") && mine.text().contains("15:00"), "{}", mine.text());

    let board = planners.get("/board").await;
    assert!(board.text().contains("Sam Jansen"), "the planner does not see who comes: {}", board.text());
    assert!(workers.get("/open?claimable=1").await.forms().iter().all(|form| !form.action.ends_with("/claim")), "it is offered still");

    installation.check();
    installation.stop().await;
}

#[tokio::test]
async fn somebody_who_is_not_known_is_asked_for_an_invitation_and_sees_nothing() {
    let installation = Installation::start(Options::default()).await;
    let mut stranger = Browser::new(installation.portal());
    let asked = stranger.sign_in("nobody-knows-me").await;
    assert!(asked.path.starts_with("/invitation"), "{}: {}", asked.path, asked.text());
    let open = stranger.get("/open").await;
    assert!(!open.path.starts_with("/open"), "{}: {}", open.path, open.text());
}
