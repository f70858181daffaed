//! What a worker sees and does, without JavaScript.

use proto::members::FunctionLevel;
use reqwest::StatusCode;
use testkit::{
    region::{Opening, Person},
    request_id,
};

use crate::portal::Portal;

#[tokio::test]
async fn a_worker_claims_a_shift_and_sees_it_is_theirs() {
    let portal = Portal::start().await;
    let builder = &portal.builder;
    let (host, employer) = (builder.employer("Zonnehof").await, builder.employer("Maasoever").await);
    let pool = builder.pool(&[&host, &employer]).await;
    let worker = builder.worker(&employer, &Person::default()).await;
    let account = builder.worker_account(&worker).await;
    portal.bed.caught_up().await;
    let shift = builder.shift(&host, &pool, &Opening::on(portal.bed.day(3)).places(2)).await;

    let mut browser = portal.signed_in(&account).await;
    let open = browser.get("/open").await;
    assert_eq!(open.all(".card time"), ["07:00 – 15:00"], "{}", open.text());
    assert_eq!(open.all(".card .where"), ["Zonnehof"]);
    assert_eq!(open.all("[data-free]"), ["2 of 2 places free"]);
    let claim = format!("/shifts/{}/claim", shift.id);
    let form = open.form(&claim);

    let claimed = browser.post(&claim, &form).await;
    assert_eq!(claimed.leads_to(&portal.url), format!("/shifts/{}?done=claimed", shift.id));
    let result = browser.follow(claimed).await;
    assert_eq!(result.all(".notice"), ["Done: this shift is yours."]);
    // An impatient thumb changes nothing.
    assert_eq!(browser.post(&claim, &form).await.status, StatusCode::SEE_OTHER);

    let mine = browser.get("/mine").await;
    assert_eq!(mine.all(".card time"), ["07:00 – 15:00"]);
    assert!(mine.text().contains("employed by Maasoever"), "{}", mine.text());
    let open = browser.get("/open").await;
    assert_eq!(open.all(".yours"), ["This shift is yours"]);
    assert_eq!(open.all("[data-free]"), ["1 of 2 places free"]);
    assert!(browser.get("/open?claimable=1").await.text().contains("There is no shift that you can take now."));

    let again = browser.post(&claim, &[("request_id".to_owned(), request_id())]).await;
    assert_eq!((again.status, again.all(".problem")), (StatusCode::CONFLICT, vec!["This shift is already yours.".to_owned()]));
}

#[tokio::test]
async fn what_holds_a_worker_back_is_said_in_both_languages() {
    let portal = Portal::start().await;
    let builder = &portal.builder;
    let employer = builder.employer("Zonnehof").await;
    let pool = builder.pool(&[&employer]).await;
    let worker = builder.worker(&employer, &Person { level: FunctionLevel::Helper, ..Person::default() }).await;
    let account = builder.worker_account(&worker).await;
    portal.bed.caught_up().await;
    let shift = builder.shift(&employer, &pool, &Opening::on(portal.bed.day(3))).await;

    let mut browser = portal.signed_in(&account).await;
    let open = browser.get("/open").await;
    let said = "Not possible now: This shift needs the level certified carer. You work as care helper.";
    assert_eq!(open.all(".reason"), [said]);
    assert_eq!(open.all("form button.main"), [] as [&str; 0], "it can be claimed");
    browser.language = "nl";
    let open = browser.get("/open").await;
    assert_eq!(open.all(".reason"), ["Kan nu niet: Voor deze dienst is het niveau verzorgende IG nodig. Jij werkt als helpende."]);

    let claim = format!("/shifts/{}/claim", shift.id);
    let refused = browser.post(&claim, &[("request_id".to_owned(), request_id())]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.all("h1"), ["Deze dienst kun je niet nemen"]);
    assert_eq!(refused.all(".problem"), ["Voor deze dienst is het niveau verzorgende IG nodig. Jij werkt als helpende."]);

    let unknown = browser.post("/shifts/shf_00000000000000000000000000000000/claim", &[("request_id".to_owned(), request_id())]).await;
    assert_eq!((unknown.status, unknown.all(".problem").len()), (StatusCode::NOT_FOUND, 1), "{}", unknown.text());
    let nonsense = browser.get("/shifts/nonsense").await;
    assert!(nonsense.status.is_client_error(), "{}", nonsense.status);
}
