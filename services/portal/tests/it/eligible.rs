//! Who could work a shift, what holds somebody back, and what workers want, without JavaScript.

use reqwest::StatusCode;
use testkit::region::{Opening, Person};

use crate::{browser::with, portal::Portal};

#[tokio::test]
async fn a_worker_sees_everything_in_the_way_and_a_planner_who_could() {
    let portal = Portal::start().await;
    let builder = &portal.builder;
    let host = builder.employer("Zonnehof").await;
    let pool = builder.pool(&[&host]).await;
    let worker = builder.worker(&host, &Person::default()).await;
    let (account, planner) = (builder.worker_account(&worker).await, builder.planner_account(&host).await);
    portal.bed.caught_up().await;
    let opening = Opening { competences: vec!["infuus".to_owned()], ..Opening::on(portal.bed.day(3)) };
    let skilled = format!("/shifts/{}", builder.shift(&host, &pool, &opening).await.id);
    let plain = format!("/shifts/{}", builder.shift(&host, &pool, &Opening::on(portal.bed.day(5))).await.id);

    let mut browser = portal.signed_in(&account).await;
    let page = browser.get(&skilled).await;
    assert_eq!(page.all(".why-not .reason").len(), 1, "{}", page.text());
    assert_eq!(page.all(".one-course").len(), 1, "{}", page.text());
    assert!(page.attributes("#claim", "id").is_empty(), "no button that would be refused");
    assert_eq!(browser.get(&plain).await.attributes("#claim", "id"), ["claim"]);
    assert_eq!(browser.get(&format!("{plain}/who")).await.status, StatusCode::FORBIDDEN);

    let mut browser = portal.signed_in(&planner).await;
    assert!(browser.get(&plain).await.attributes(".actions a", "href").contains(&format!("{plain}/who")));
    assert_eq!(browser.get(&format!("{plain}/who")).await.all(".who li").len(), 1);
    assert_eq!(browser.get(&format!("{skilled}/who")).await.all(".empty"), ["Nobody whom we can show you."]);
}

#[tokio::test]
async fn a_worker_chooses_what_is_wanted_and_finds_it_again() {
    let portal = Portal::start().await;
    let builder = &portal.builder;
    let host = builder.employer("Zonnehof").await;
    let worker = builder.worker(&host, &Person::default()).await;
    let account = builder.worker_account(&worker).await;
    portal.bed.caught_up().await;
    let mut browser = portal.signed_in(&account).await;

    let form = browser.get("/wishes").await.form("/wishes");
    let wrong = browser.post("/wishes", &with(form.clone(), &[("max_km", "1000")])).await;
    assert_eq!((wrong.status, wrong.all(".field .error").len()), (StatusCode::UNPROCESSABLE_ENTITY, 1), "{}", wrong.text());

    let chosen = [("max_km", "15"), ("day_parts", "3"), ("organisations", host.id.as_str())];
    let mut fields = with(form, &chosen[..1]);
    fields.extend(chosen[1..].iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let saved = browser.post("/wishes", &fields).await;
    let page = browser.follow(saved).await;
    assert_eq!(page.all(".notice"), ["Saved."]);
    let kept = page.form("/wishes");
    for (name, value) in chosen {
        assert!(kept.contains(&(name.to_owned(), value.to_owned())), "{name} in {kept:?}");
    }
}
