//! What is known of an organisation and its wards, without JavaScript.

use proto::members::Role;
use reqwest::StatusCode;
use testkit::region::Person;

use crate::{
    browser::{Browser, Page, with},
    portal::Portal,
};

/// Sends the form of a page that is sent to an address that ends so; gives the page after it.
async fn send(browser: &mut Browser, path: &str, action: &str, set: &[(&str, &str)]) -> Page {
    let shown = browser.get(path).await;
    let sent = browser.post(&shown.action(action), &with(shown.form(action), set)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{action}: {}", sent.text());
    browser.follow(sent).await
}

#[tokio::test]
async fn an_operator_changes_the_facts_of_an_organisation_and_lets_it_leave() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let path = format!("/organisations/{}", employer.id);
    let account = portal.account(Role::Operator, "").await;
    let mut operator = portal.signed_in(&account).await;

    let before = operator.get(&path).await;
    let wrong = operator.post(&before.action("/facts#facts"), &with(before.form("/facts#facts"), &[("rsin", "123456783")])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.all("#facts-rsin-error1"), ["This is no RSIN: 9 digits that add up. (IDN-03)"]);
    let facts = [
        ("rsin", "123456782"),
        ("establishment_numbers", "000012345678, 000012345679"),
        ("agreement", "1"),
        ("from", "2026-01-01"),
        ("kind", "2"),
    ];
    let saved = send(&mut operator, &path, "/facts#facts", &facts).await;
    assert_eq!(saved.all(".notice"), ["Saved."]);
    let shown = saved.all("#facts dd").join("; ");
    for expected in ["employers' association", "000012345678, 000012345679", "123456782", "CAO VVT, from"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    // The page of before knows nothing of that.
    let stale = operator.post(&before.action("/facts#facts"), &with(before.form("/facts#facts"), &[("name", "Zonnehof II")])).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.all(".problem")[0].contains("changed this meanwhile"), "{}", stale.text());

    let placed = send(&mut operator, &path, "/locations#location", &[("name", "Hof"), ("postcode", "6211AB")]).await;
    assert!(placed.all("#location li").iter().any(|place| place == "Hof 6211AB Maastricht"), "{}", placed.text());

    let last_day = portal.bed.day(30).to_string();
    let left = send(&mut operator, &path, "/leave#leave", &[("last_day", &last_day)]).await;
    assert_eq!(left.all(".notice"), ["The last day was recorded."]);
    assert!(left.all("#facts dt").contains(&"Last day".to_owned()), "{}", left.text());
    let late = operator.get(&path).await;
    let late = operator.post(&late.action("/leave#leave"), &with(late.form("/leave#leave"), &[("last_day", "2021-01-01")])).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// How often somebody looked at files.
async fn looked(portal: &Portal) -> usize {
    let auditor = portal.bed.token(&[(chassis::caller::Role::Auditor, None)]).await;
    let request = testkit::as_token(proto::members::ListFileReadsRequest::default(), &auditor);
    portal.bed.access_log().list_file_reads(request).await.expect("the reads").into_inner().reads.len()
}

#[tokio::test]
async fn hr_names_the_lead_of_a_ward_who_fills_in_the_card_that_everybody_reads() {
    let portal = Portal::start().await;
    let (own, other) = (portal.builder.employer("Zonnehof").await, portal.builder.employer("Maasoever").await);
    let (lead, stranger) = (portal.builder.worker(&own, &Person::default()).await, portal.builder.worker(&other, &Person::default()).await);
    let path = format!("/wards/{}", own.ward);
    let hr = portal.account(Role::Hr, &own.id).await;
    let mut personnel = portal.signed_in(&hr).await;
    let before = looked(&portal).await;
    let reads = async || looked(&portal).await - before;
    let page = personnel.get(&path).await;
    assert!(page.attributes("a[href='?lead=choose#change']", "href").len() == 1 && page.all("#change select[name='lead']").is_empty());
    let renamed = send(&mut personnel, &path, "#change", &[("name", "De Linde")]).await;
    assert_eq!((renamed.all("h1"), reads().await), (vec!["De Linde".to_owned()], 0), "nobody's file was looked at for that");
    let choose = format!("{path}?lead=choose");
    let named = send(&mut personnel, &choose, "#change", &[("lead", &lead.id), ("name", "De Linde 2")]).await;
    assert_eq!(reads().await, 1);
    let renamed = send(&mut personnel, &path, "#change", &[("name", "De Linde 2")]).await;
    assert!(renamed.text().contains("Ward lead: Sam Jansen"), "it stays: {}", renamed.text());
    assert_eq!((named.all("h1"), named.all(".notice")), (vec!["De Linde 2".to_owned()], vec!["Saved.".to_owned()]));
    assert!(named.text().contains("Ward lead: Sam Jansen"), "{}", named.text());

    let account = portal.account(Role::WardLead, &own.id).await;
    let mut leads = portal.signed_in(&account).await;
    let number = leads.get(&path).await;
    let number = leads.post(&number.action("#change"), &with(number.form("#change"), &[("contact", "123456782")])).await;
    assert_eq!(number.status, StatusCode::UNPROCESSABLE_ENTITY);
    let carded = send(&mut leads, &path, "#change", &[("entrance", "By the side door.")]).await;
    assert_eq!(carded.all("#card dd"), ["By the side door."]);

    let account = portal.builder.worker_account(&stranger).await;
    let mut visitor = portal.signed_in(&account).await;
    let read = visitor.get(&path).await;
    assert_eq!(read.all("#card dd"), ["By the side door."]);
    assert!(!read.text().contains("Ward lead"), "who leads it is for its own staff: {}", read.text());
    assert_eq!(read.attributes("form[action$='#change']", "action"), [] as [&str; 0]);
}
