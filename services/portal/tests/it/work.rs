//! Work outside claimed shifts, and claims that no longer fit, without JavaScript.

use chassis::time::LocalDate;
use proto::flexpool::{LocalTime, PutRosterBlocksRequest, RosterBlock};
use reqwest::StatusCode;
use testkit::{
    as_token,
    region::{Colleague, Employer, Opening, Person},
    request_id,
};

use crate::{browser::with, portal::Portal};

/// The employer's roster system says late that the worker works on that day.
async fn late_block(portal: &Portal, employer: &Employer, worker: &Colleague, day: LocalDate) {
    let at = |minute| Some(LocalTime { date: Some(day.to_proto()), minute, second_pass: false });
    let block = RosterBlock {
        external_reference: "R1".to_owned(),
        employment: worker.employment.clone(),
        starts_at: at(14 * 60),
        ends_at: at(22 * 60),
        ..Default::default()
    };
    let request =
        PutRosterBlocksRequest { organisation: employer.id.clone(), blocks: vec![block], request_id: request_id(), ..Default::default() };
    portal.bed.rosters().put_roster_blocks(as_token(request, &employer.planner)).await.expect("taken");
}

#[tokio::test]
async fn a_worker_tells_of_work_elsewhere_and_takes_it_back() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let worker = portal.builder.worker(&employer, &Person::default()).await;
    let account = portal.builder.worker_account(&worker).await;
    portal.bed.caught_up().await;
    let mut browser = portal.signed_in(&account).await;
    let page = browser.get("/work").await;
    assert_eq!(page.all(".empty"), ["No other work is noted yet."], "{}", page.text());

    let day = portal.bed.day(3);
    let night = [("date", day.to_string()), ("starts_at", "22:45".to_owned()), ("ends_at", "07:15".to_owned())];
    let fields = with(page.form("/work"), &night.each_ref().map(|(name, value)| (*name, value.as_str())));
    let noted = browser.post("/work", &fields).await;
    assert_eq!(noted.leads_to(&portal.url), "/work?done=noted");
    assert_eq!(browser.post("/work", &fields).await.status, StatusCode::SEE_OTHER, "sent twice");
    let page = browser.follow(noted).await;
    assert_eq!(page.all(".rows li strong"), ["22:45 – 07:15"], "once: {}", page.text());
    assert_eq!(page.all(".rows li .soft"), ["Work elsewhere"]);

    let wrong = with(fields, &[("break_minutes", "900"), ("request_id", &request_id())]);
    let refused = browser.post("/work", &wrong).await;
    assert_eq!(
        (refused.status, refused.all(".error")),
        (StatusCode::UNPROCESSABLE_ENTITY, vec!["The break must be shorter than the work.".to_owned()])
    );
    assert_eq!(refused.attributes("#work-starts_at", "value"), ["22:45"], "what was filled in stays");

    let until = with(page.form("/known"), &[("until", &day.to_string())]);
    let known = browser.post("/work/known", &until).await;
    let page = browser.follow(known).await;
    assert!(page.text().contains("You said: all of it stands here until"), "{}", page.text());

    let action = page.action("/remove");
    let removed = browser.post(&action, &page.form("/remove")).await;
    let page = browser.follow(removed).await;
    assert_eq!((page.all(".notice"), page.all(".empty").len()), (vec!["It was removed.".to_owned()], 1));
    let far = portal.bed.day(9).to_string();
    let duty = with(page.form("/work"), &[("date", &far), ("starts_at", "22:00"), ("ends_at", "07:00"), ("kind", "2")]);
    let page = browser.post("/work", &duty).await;
    let page = browser.follow(page).await;
    assert_eq!(page.all(".rows li .soft"), ["Work elsewhere · presence duty"], "{}", page.text());
    let unknown = browser.post("/work/blk_00000000000000000000000000000000/remove", &page.form("/known")).await;
    assert!(unknown.status.is_client_error(), "{}", unknown.status);
}

#[tokio::test]
async fn a_claim_that_no_longer_fits_is_shown_to_its_worker_and_to_both_planners() {
    let portal = Portal::start().await;
    let builder = &portal.builder;
    let (host, employer) = (builder.employer("Zonnehof").await, builder.employer("Maasoever").await);
    let pool = builder.pool(&[&host, &employer]).await;
    let worker = builder.worker(&employer, &Person::default()).await;
    let account = builder.worker_account(&worker).await;
    let planners = [builder.planner_account(&host).await, builder.planner_account(&employer).await];
    portal.bed.caught_up().await;
    let shift = builder.shift(&host, &pool, &Opening::on(portal.bed.day(3))).await;
    let mut browser = portal.signed_in(&account).await;
    let claim = format!("/shifts/{}/claim", shift.id);
    let fields = browser.get("/open").await.form(&claim);
    browser.post(&claim, &fields).await;
    assert_eq!(browser.get("/mine").await.all(".card .reason"), [] as [&str; 0]);

    late_block(&portal, &employer, &worker, portal.bed.day(3)).await;
    let told = browser.get("/mine").await.all(".card .reason");
    let [told] = told.as_slice() else { panic!("{told:?}") };
    assert!(told.starts_with("This shift no longer fits.") && told.contains("The employer's roster came later"), "{told}");
    let work = browser.get("/work").await;
    assert_eq!(work.all(".rows li .soft"), ["Maasoever"], "{}", work.text());
    assert_eq!(work.attributes(".rows form", "action"), [] as [&str; 0], "a roster is not the worker's to change");

    let mut seen = Vec::new();
    for planner in &planners {
        let page = portal.signed_in(planner).await.get("/conflicts").await;
        assert_eq!(page.all(".card .where"), ["Shift at Zonnehof"], "{}", page.text());
        seen.push((page.all(".card .reason"), page.attributes(".card a", "href").len()));
    }
    let text = |text: &str| vec![text.to_owned()];
    // The host learns that the worker cannot come, the employer by which rule.
    assert_eq!(seen, [(text("Cannot come then."), 1), (text("Works at that time already."), 0)]);
    assert_eq!(browser.get("/conflicts").await.status, StatusCode::FORBIDDEN);
}
