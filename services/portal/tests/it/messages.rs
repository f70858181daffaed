//! Messages and their settings, without JavaScript.

use std::collections::HashMap;

use chassis::caller::Role;
use proto::members::{MessageReason, NotifyRequest};
use reqwest::StatusCode;
use testkit::{as_token, region::Person};

use crate::{browser::with, portal::Portal};

#[tokio::test]
async fn a_person_reads_messages_and_says_how_they_come() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let worker = portal.builder.worker(&employer, &Person::default()).await;
    let account = portal.builder.worker_account(&worker).await;
    let service = portal.bed.token(&[(Role::Service, None)]).await;
    let facts = [("shift", "shf_1"), ("starts_at", "2026-11-24T06:00:00Z"), ("ends_at", "2026-11-24T14:00:00Z")];
    let metadata: HashMap<String, String> = facts.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    let told = NotifyRequest {
        worker: worker.id,
        reason: MessageReason::ShiftCancelled.into(),
        metadata,
        key: "a".to_owned(),
        ..NotifyRequest::default()
    };
    portal.bed.messages().notify(as_token(told, &service)).await.expect("told");

    let mut browser = portal.signed_in(&account).await;
    let page = browser.get("/messages").await;
    assert_eq!(page.all("#unread"), ["1 new message."], "{}", page.text());
    assert!(page.text().contains("Your shift is cancelled"), "{}", page.text());
    let read = browser.post("/messages/read", &page.form("/messages/read")).await;
    let page = browser.follow(read).await;
    assert_eq!(page.all("#unread"), ["You have read everything."]);

    let form = page.form("/messages/settings");
    let wrong = browser.post("/messages/settings", &with(form.clone(), &[("email", "sam")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.all("#settings-email-error1"), ["This is no e-mail address."]);
    let set = browser.post("/messages/settings", &with(form, &[("email", "sam@example.nl"), ("quiet_from", "21:30")])).await;
    let page = browser.follow(set).await;
    assert_eq!(page.all(".notice"), ["Saved."]);
    assert_eq!(page.attributes("#settings-email", "value"), ["sam@example.nl"]);
    assert_eq!(page.attributes("#settings-quiet_from", "value"), ["21:30"]);

    // A link of a mail needs no sign-in, and asks first.
    let mut anybody = portal.browser();
    let asked = anybody.get("/messages/stop?token=x").await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.text());
    let refused = anybody.post("/messages/stop", &asked.form("/messages/stop")).await;
    assert!(refused.status.is_client_error(), "{}", refused.text());
}
