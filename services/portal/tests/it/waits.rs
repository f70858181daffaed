//! Giving a shift back and waiting for one, without JavaScript.

use reqwest::StatusCode;
use testkit::{
    region::{Opening, Person},
    request_id, wait_until,
};

use crate::portal::Portal;

#[tokio::test]
async fn a_worker_gives_a_shift_back_and_who_waits_gets_it() {
    let portal = Portal::start().await;
    let builder = &portal.builder;
    let host = builder.employer("Zonnehof").await;
    let pool = builder.pool(&[&host]).await;
    let [holder, waiter] = [builder.worker(&host, &Person::default()).await, builder.worker(&host, &Person::default()).await];
    let accounts = [builder.worker_account(&holder).await, builder.worker_account(&waiter).await];
    portal.bed.caught_up().await;
    let shift = builder.shift(&host, &pool, &Opening::on(portal.bed.day(3))).await.id;
    let (at, claim) = (format!("/shifts/{shift}"), format!("/shifts/{shift}/claim"));
    let (give_back, wait, leave, accept) = (format!("{at}/give-back"), format!("{at}/wait"), format!("{at}/leave"), format!("{at}/accept"));

    let mut first = portal.signed_in(&accounts[0]).await;
    let form = first.get("/open").await.form(&claim);
    let claimed = first.post(&claim, &form).await;
    let mine = first.follow(claimed).await;
    assert!(mine.text().contains("You can still undo that"), "{}", mine.text());

    // Full: the second one sees a waiting list, joins, leaves and joins again.
    let mut second = portal.signed_in(&accounts[1]).await;
    let open = second.get("/open").await;
    assert_eq!(open.attributes(".foot-line a", "href"), [at.as_str()]);
    for turn in 0..2 {
        let form = second.get(&at).await.form(&wait);
        let joined = second.post(&wait, &form).await;
        assert_eq!(joined.leads_to(&portal.url), format!("{at}?done=joined"));
        let shown = second.follow(joined).await;
        assert_eq!(
            (shown.all(".notice"), shown.all(".waits")),
            (vec!["You are on the waiting list.".to_owned()], vec!["You are on the waiting list, first in line.".to_owned()])
        );
        if turn == 0 {
            let left = second.post(&leave, &shown.form(&leave)).await;
            assert_eq!(second.follow(left).await.all(".notice"), ["You are no longer on the waiting list."]);
        }
    }
    assert_eq!(second.get("/mine").await.all(".waits"), ["You are on the waiting list, first in line."]);
    let twice = second.post(&wait, &[("request_id".to_owned(), request_id())]).await;
    assert_eq!(
        (twice.status, twice.all(".problem")),
        (StatusCode::CONFLICT, vec!["You are on the waiting list of this shift already.".to_owned()])
    );

    let form = first.get(&at).await.form(&give_back);
    let given = first.post(&give_back, &form).await;
    assert_eq!(first.follow(given).await.all(".notice"), ["The shift was given back."]);
    assert_eq!(first.get("/mine").await.all(".card"), [] as [&str; 0]);

    let offered = wait_until("the offer", async || {
        let page = second.get(&at).await;
        if page.all(".offer").is_empty() { Err(page.text()) } else { Ok(page) }
    })
    .await;
    assert!(second.get("/mine").await.all(".offer")[0].starts_with("There is a place for you."));
    let accepted = second.post(&accept, &offered.form(&accept)).await;
    assert_eq!(second.follow(accepted).await.all(".notice"), ["Done: this shift is yours."]);
    let late = second.post(&accept, &offered.form(&accept)).await;
    assert_eq!(late.status, StatusCode::SEE_OTHER, "an impatient thumb changes nothing");
}
