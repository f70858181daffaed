//! Signing in and out.

use axum_extra::extract::{
    PrivateCookieJar,
    cookie::{Cookie, Key},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use proto::members::Role;
use reqwest::{Method, StatusCode, header};
use serde_json::Value;
use testkit::region::Person;

use crate::{
    browser::{Browser, with},
    portal::Portal,
};

const SESSION: &str = "regiopool_session";

#[tokio::test]
async fn a_worker_signs_in_and_out_with_a_cookie_that_no_script_reads() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let worker = portal.builder.worker(&employer, &Person::default()).await;
    let account = portal.builder.worker_account(&worker).await;

    let mut browser = portal.browser();
    let welcome = browser.get("/").await;
    assert_eq!(welcome.status, StatusCode::OK);
    assert!(welcome.attributes("a.button", "href").contains(&"/sign-in".to_owned()), "{}", welcome.text());

    let signed_in = browser.sign_in_with(&account, |_| {}).await;
    assert_eq!((signed_in.status, signed_in.leads_to(&portal.url).as_str()), (StatusCode::SEE_OTHER, "/"));
    let cookies: Vec<_> = signed_in.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().unwrap()).collect();
    let session = cookies.iter().find(|cookie| cookie.starts_with(SESSION)).expect("a session");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(session.contains(part), "{session}");
    }
    assert!(!browser.cookies[SESSION].contains(&account), "the cookie is readable");
    let open = browser.follow(signed_in).await;
    assert_eq!(open.all("h1"), ["Open shifts"]);

    let old = browser.clone();
    let out = browser.post("/sign-out", &[]).await;
    assert_eq!(out.leads_to(&portal.url), "/");
    assert!(!browser.cookies.contains_key(SESSION));
    assert_eq!(browser.get("/open").await.leads_to(&portal.url), "/sign-in?return=/open");

    // A copy of the old cookie cannot be renewed: the session has ended at members too.
    let mut thief = expired(&portal, old, |_| {});
    let refused = thief.get("/open").await;
    assert_eq!(refused.leads_to(&portal.url), "/sign-in?return=/open");
    assert!(!thief.cookies.contains_key(SESSION));
}

/// The same browser with a session whose token has ended.
fn expired(portal: &Portal, mut browser: Browser, change: impl FnOnce(&mut Value)) -> Browser {
    let key = portal.bed.frame.settings.session_key.clone().expect("a key");
    let key = Key::from(&STANDARD.decode(key.expose()).expect("base64"));
    let mut headers = axum::http::HeaderMap::new();
    headers.insert(header::COOKIE, format!("{SESSION}={}", browser.cookies[SESSION]).parse().expect("a header"));
    let jar = PrivateCookieJar::from_headers(&headers, key);
    let mut session: Value = serde_json::from_str(jar.get(SESSION).expect("a session").value()).expect("JSON");
    session["e"] = 0.into();
    change(&mut session);
    let jar = jar.add(Cookie::new(SESSION, session.to_string()));
    let response = axum::response::IntoResponse::into_response(jar);
    let cookie = response.headers()[header::SET_COOKIE].to_str().expect("plain ASCII");
    browser.cookies.insert(SESSION.to_owned(), cookie.split_once('=').expect("a value").1.to_owned());
    browser
}

#[tokio::test]
async fn a_token_that_ends_is_renewed_and_an_unknown_session_leads_to_the_sign_in() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let account = portal.builder.planner_account(&employer).await;
    let browser = portal.signed_in(&account).await;

    let mut late = expired(&portal, browser.clone(), |_| {});
    let before = late.cookies[SESSION].clone();
    let board = late.get("/board").await;
    assert_eq!(board.status, StatusCode::OK, "{}", board.text());
    assert_ne!(late.cookies[SESSION], before, "the new token is not kept");
    assert_eq!(late.get("/board").await.headers.get(header::SET_COOKIE), None, "renewed without need");

    let mut stranger = expired(&portal, browser.clone(), |session| session["s"] = "no such session".into());
    assert_eq!(stranger.get("/board?page=1").await.leads_to(&portal.url), "/sign-in?return=/board%3Fpage%3D1");
    assert!(!stranger.cookies.contains_key(SESSION));

    let mut forger = browser.clone();
    forger.cookies.insert(SESSION.to_owned(), "bm90IG91cnM".to_owned());
    assert_eq!(forger.get("/board").await.leads_to(&portal.url), "/sign-in?return=/board");

    // A token in hand serves without members; an ended one cannot be renewed then.
    let url = portal.without_members().await;
    let at = |browser: &Browser| browser.at(&url);
    assert_eq!(at(&browser).get("/board").await.status, StatusCode::OK);
    let late = at(&expired(&portal, browser, |_| {})).get("/board").await;
    assert_eq!(late.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(late.all("h1"), ["Not reachable for a moment"]);
}

#[tokio::test]
async fn after_signing_in_a_person_comes_to_the_page_that_was_asked_for() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let account = portal.builder.planner_account(&employer).await;
    for (wish, expected) in [("/organisations", "/organisations"), ("//evil.example", "/"), ("https://evil.example/", "/")] {
        let mut browser = portal.browser();
        let asked = browser.get(&format!("/sign-in?return={wish}")).await;
        let authorize = browser.get(&asked.leads_to(&portal.url)).await;
        let fields = with(authorize.form("/demo-issuer/authorize"), &[("subject", &account)]);
        let chosen = browser.post("/demo-issuer/authorize", &fields).await;
        let back = browser.get(&chosen.leads_to(&portal.url)).await;
        assert_eq!(back.leads_to(&portal.url), expected, "{wish}");
    }
}

#[tokio::test]
async fn a_sign_in_that_was_tampered_with_is_refused() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let account = portal.builder.planner_account(&employer).await;
    let other = "0123456789012345678901234567890123456789012";
    for field in ["state", "nonce", "code_challenge", "redirect_uri", "client_id", "code_challenge_method", "response_type"] {
        let mut browser = portal.browser();
        let page = browser.sign_in_with(&account, |fields| *fields = with(fields.clone(), &[(field, other)])).await;
        assert_eq!((page.status, page.all("h1")), (StatusCode::BAD_REQUEST, vec!["Signing in failed".to_owned()]), "{field}");
        assert!(!browser.cookies.contains_key(SESSION), "{field}");
    }

    // An answer that nobody asked for, as from another person's sign-in.
    let mut victim = portal.browser();
    for path in ["/sign-in/callback?code=x&state=y", "/sign-in/callback", "/sign-in/callback?error=access_denied"] {
        assert_eq!(victim.get(path).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn a_code_serves_only_who_knows_what_its_challenge_was_made_of() {
    let portal = Portal::start().await;
    let mut browser = portal.browser();
    let to = browser.get("/sign-in").await.leads_to(&portal.url);
    let fields = with(browser.get(&to).await.form("/demo-issuer/authorize"), &[("subject", "somebody")]);
    let chosen = browser.post("/demo-issuer/authorize", &fields).await.leads_to(&portal.url);
    let code = chosen.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned();
    let redirect = format!("{}/sign-in/callback", portal.url);
    let exchange = [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", &redirect), ("code_verifier", "guess")];
    let request = browser.request(Method::POST, "/demo-issuer/token").form(&exchange);
    let answer = browser.send(request).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::BAD_REQUEST, r#"{"error":"invalid_grant"}"#));
}

#[tokio::test]
async fn the_demos_provider_refuses_outside_demo_mode() {
    let portal = Portal::start_for_real().await;
    let mut browser = portal.browser();
    for path in ["/demo-issuer/.well-known/openid-configuration", "/demo-issuer/jwks", "/demo-issuer/authorize"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/demo-issuer/authorize", "/demo-issuer/token"] {
        assert_eq!(browser.post(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let away = browser.get("/sign-in").await;
    assert_eq!((away.status, away.all("h1")), (StatusCode::SERVICE_UNAVAILABLE, vec!["Not reachable for a moment".to_owned()]));
}

#[tokio::test]
async fn an_invitation_makes_an_unknown_person_known_once() {
    let portal = Portal::start().await;
    let operator = portal.account(Role::Operator, "").await;
    let mut operator = portal.signed_in(&operator).await;
    let employer = portal.builder.employer("Zonnehof").await;

    let form = operator.get(&format!("/people/invite?organisation={}", employer.id)).await.form("/people/invite");
    let role = (Role::Planner as i32).to_string();
    let fields = with(form, &[("display_name", "Noor Smit"), ("role", &role)]);
    let invited = operator.post("/people/invite", &fields).await;
    assert_eq!(invited.leads_to(&portal.url), "/people/invited");
    let shown = operator.get("/people/invited").await;
    let code = shown.all(".code").remove(0);
    assert!(shown.text().contains("Noor Smit"), "{}", shown.text());
    let link = shown.attributes(".link a", "href").remove(0);

    // The link leads through the provider back to the form with the code in it.
    let mut noor = portal.browser();
    let first = noor.get(link.strip_prefix(&portal.url).unwrap()).await;
    let sign_in = first.attributes("main a.button", "href").remove(0);
    let to = noor.get(&sign_in).await.leads_to(&portal.url);
    let fields = with(noor.get(&to).await.form("/demo-issuer/authorize"), &[("subject", "noor-of-zonnehof")]);
    let chosen = noor.post("/demo-issuer/authorize", &fields).await;
    let asked = noor.follow(chosen).await;
    let form = asked.form("/invitation");
    assert!(form.contains(&("code".to_owned(), code.clone())), "{form:?}");

    let wrong = noor.post("/invitation", &with(form.clone(), &[("code", "WRONG")])).await;
    assert_eq!(wrong.status, StatusCode::CONFLICT);
    assert!(wrong.text().contains("This code is unknown, already used or expired."), "{}", wrong.text());
    let redeemed = noor.post("/invitation", &with(form, &[("code", &code.to_lowercase())])).await;
    let board = noor.follow(redeemed).await;
    assert_eq!(board.all("h1"), ["Shifts"], "{}", board.text());

    let mut second = portal.browser();
    let asked = second.sign_in("somebody-else").await;
    let used = second.post("/invitation", &with(asked.form("/invitation"), &[("code", &code)])).await;
    assert_eq!(used.status, StatusCode::CONFLICT);
    assert!(!second.cookies.contains_key(SESSION));
}
