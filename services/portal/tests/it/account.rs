//! Where somebody is signed in, and the ways out.

use reqwest::StatusCode;
use testkit::{region::Person, wait_until};

use crate::{browser::Browser, cookies::SESSION, portal::Portal};

/// Waits until a browser is sent to the sign-in.
async fn is_out(browser: &mut Browser) {
    wait_until("the session to end", async || match browser.get("/account").await {
        page if page.status == StatusCode::SEE_OTHER => Ok(()),
        page => Err(page.text()),
    })
    .await;
    assert!(!browser.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn a_person_sees_the_own_sessions_and_ends_one_or_all() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let account = portal.builder.planner_account(&employer).await;
    let (mut here, mut phone, mut home) =
        (portal.signed_in(&account).await, portal.signed_in(&account).await, portal.signed_in(&account).await);

    let page = here.get("/account").await;
    assert_eq!((page.all("h1"), page.all(".rows li").len()), (vec!["Where I am signed in".to_owned()], 3));
    assert_eq!(page.all(".rows li .tag"), ["This is where you are now"]);
    // The one that was opened last stands first.
    let action = page.attributes(".rows form", "action").remove(0);
    let ended = here.post(&action, &page.form(&action)).await;
    let page = here.follow(ended).await;
    assert!(page.text().contains("You are signed out there."), "{}", page.text());
    assert_eq!(page.all(".rows li").len(), 2);
    is_out(&mut home).await;
    assert_eq!(phone.get("/account").await.status, StatusCode::OK);
    // Twice is once, and what nobody has is not there.
    assert_eq!(here.post(&action, &page.form("/end")).await.status, StatusCode::SEE_OTHER);

    let form = page.form("/account/sign-out-everywhere");
    let out = here.post("/account/sign-out-everywhere", &form).await;
    assert_eq!(out.leads_to(&portal.url), "/");
    assert!(!here.cookies.contains_key(SESSION));
    is_out(&mut phone).await;
}

#[tokio::test]
async fn hr_signs_a_worker_out_everywhere() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let worker = portal.builder.worker(&employer, &Person::default()).await;
    portal.builder.worker(&employer, &Person::default()).await;
    let account = portal.builder.worker_account(&worker).await;
    let mut sanne = portal.signed_in(&account).await;
    let hr = portal.account(proto::members::Role::Hr, &employer.id).await;
    let mut hr = portal.signed_in(&hr).await;

    let people = hr.get(&format!("/people?organisation={}", employer.id)).await;
    let (mut notices, ends) = (Vec::new(), people.attributes(".rows form", "action"));
    for action in ends.iter().filter(|action| action.ends_with("/end-sessions")) {
        let done = hr.post(action, &people.form(action)).await;
        notices.extend(hr.follow(done).await.all(".notice"));
    }
    notices.sort();
    assert_eq!(notices, ["This person cannot sign in yet. Invite them.", "This person is signed out everywhere."]);
    is_out(&mut sanne).await;
}
