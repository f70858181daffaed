//! Who signs in or renews too often is told when to come again, and nobody else notices.

use chassis::config::Settings;
use reqwest::{Method, StatusCode, header};

use crate::{browser::Page, cookies::expired, portal::Portal};

fn slow(settings: &mut Settings) {
    (settings.sign_in_rate_per_s, settings.sign_in_burst) = (1, 3);
}

/// Begins to sign in, as a proxy says for this address.
async fn begin(portal: &Portal, forwarded: &str) -> Page {
    let mut browser = portal.browser();
    let request = browser.request(Method::GET, "/sign-in").header("x-forwarded-for", forwarded);
    browser.send(request).await
}

/// Begins again and again until it is refused.
async fn until_refused(portal: &Portal, forwarded: &str) -> Page {
    for _ in 0..1_000 {
        let page = begin(portal, forwarded).await;
        if page.status != StatusCode::SEE_OTHER {
            return page;
        }
    }
    panic!("nobody was refused");
}

#[tokio::test]
async fn an_address_that_signs_in_too_often_is_told_when_to_come_again() {
    let portal = Portal::with(slow).await;
    let refused = until_refused(&portal, "198.51.100.7").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.headers.contains_key(header::RETRY_AFTER));
    assert_eq!(refused.all("h1"), ["Not reachable for a moment"]);
    // Whoever reaches the portal itself can write any address; pages that need nobody to sign in go on.
    let mut browser = portal.browser();
    assert_eq!(browser.get("/").await.status, StatusCode::OK);
    assert_eq!(until_refused(&portal, "198.51.100.8").await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn behind_a_proxy_of_ours_each_browser_is_counted_for_itself() {
    let proxied = |settings: &mut Settings| {
        slow(settings);
        settings.portal_proxies = "127.0.0.1".parse().expect("a proxy");
    };
    let portal = Portal::with(proxied).await;
    assert_eq!(until_refused(&portal, "203.0.113.9, 198.51.100.7").await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(begin(&portal, "198.51.100.8").await.status, StatusCode::SEE_OTHER, "another browser");
    assert_eq!(until_refused(&portal, "2001:db8::1").await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(begin(&portal, "2001:db8:0:1::1").await.status, StatusCode::SEE_OTHER, "another network");
}

#[tokio::test]
async fn a_session_that_is_renewed_with_every_page_is_slowed_and_another_is_not() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let account = portal.builder.planner_account(&employer).await;
    let late = expired(&portal, portal.signed_in(&account).await, |_| {});
    let mut refused = None;
    for _ in 0..1_000 {
        // The browser never keeps the new token.
        let page = late.clone().get("/account").await;
        if page.status != StatusCode::OK {
            refused = Some(page.status);
            break;
        }
    }
    assert_eq!(refused, Some(StatusCode::TOO_MANY_REQUESTS));
    let mut other = expired(&portal, portal.signed_in(&account).await, |_| {});
    assert_eq!(other.get("/account").await.status, StatusCode::OK);
}
