//! What keeps other sites out, and what every answer carries.

use reqwest::{Method, StatusCode, header};
use testkit::region::Person;

use crate::portal::Portal;

#[tokio::test]
async fn a_form_from_another_site_changes_nothing() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let worker = portal.builder.worker(&employer, &Person::default()).await;
    let account = portal.builder.worker_account(&worker).await;
    let mut browser = portal.signed_in(&account).await;

    let foreign = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("x-none", "")];
    for (name, value) in foreign {
        for path in ["/sign-out", "/language", "/shifts/shf_00000000000000000000000000000000/claim"] {
            let request = browser.request(Method::POST, path).header(name, value).form(&[("language", "nl")]);
            let answer = browser.send(request).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} with {name}: {value}");
        }
    }
    assert_eq!(browser.get("/open").await.status, StatusCode::OK, "the session is gone");
}

#[tokio::test]
async fn every_answer_forbids_browsers_what_pages_never_need() {
    let portal = Portal::start().await;
    let mut browser = portal.browser();
    for path in ["/", "/healthz", "/no-such-page", "/sign-in", "/manifest.webmanifest"] {
        let headers = browser.get(path).await.headers;
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        for part in ["default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::REFERRER_POLICY], "same-origin", "{path}");
    }
    let welcome = browser.get("/").await;
    assert_eq!(welcome.headers[header::CACHE_CONTROL], "no-store");
    assert!(!welcome.body.contains("<style") && !welcome.body.contains(" style=") && !welcome.body.contains(" onclick="));
    let scripts = welcome.attributes("script", "src");
    assert_eq!(scripts.len(), 1);
    for asset in [scripts, welcome.attributes("link", "href")].concat() {
        let answer = browser.get(&asset).await;
        assert_eq!(answer.status, StatusCode::OK, "{asset}");
        assert!(answer.headers[header::CACHE_CONTROL].to_str().unwrap().starts_with("public"), "{asset}");
    }
    assert_eq!(browser.get("/no-such-page").await.all("h1"), ["Not found"]);
    assert_eq!(browser.get("/healthz").await.body, "ok");
}

#[tokio::test]
async fn behind_tls_cookies_insist_on_it() {
    let portal = Portal::start_behind("https://regio.example").await;
    let mut browser = portal.browser();
    let welcome = browser.get("/").await;
    assert_eq!(welcome.headers[header::STRICT_TRANSPORT_SECURITY], "max-age=31536000");
    let request = browser.request(Method::POST, "/language").header(header::ORIGIN, "https://regio.example").form(&[("language", "nl")]);
    let chosen = browser.send(request).await;
    let cookie = chosen.headers[header::SET_COOKIE].to_str().expect("plain ASCII");
    assert!(cookie.contains("; Secure") && cookie.contains("; HttpOnly"), "{cookie}");
}

#[tokio::test]
async fn pages_are_in_the_language_of_the_browser_until_another_is_chosen() {
    let portal = Portal::start().await;
    let mut browser = portal.browser();
    for (accepted, expected) in [("nl-NL,nl;q=0.9", "nl"), ("en-GB", "en"), ("fr", "nl")] {
        browser.language = accepted;
        assert_eq!(browser.get("/").await.attributes("html", "lang"), [expected], "{accepted}");
    }
    browser.language = "en";
    let page = browser.get("/invitation?code=x").await;
    let chosen = browser.post("/language", &page.form("/language")).await;
    assert_eq!(chosen.leads_to(&portal.url), "/invitation?code=x");
    let dutch = browser.get("/").await;
    assert_eq!((dutch.attributes("html", "lang"), dutch.all("h1")), (vec!["nl".to_owned()], vec!["Samen de zorg rond".to_owned()]));
}
