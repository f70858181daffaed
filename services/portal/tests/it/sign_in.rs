//! Signing in and out.

use proto::members::Role;
use reqwest::{Method, StatusCode, header};
use testkit::region::Person;

use crate::{
    browser::{Browser, with},
    cookies::{SESSION, expired},
    portal::Portal,
};

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
    for part in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=2592000"] {
        assert!(session.contains(part), "{session}");
    }
    assert!(!session.contains("Domain"), "{session}");
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
    for (wish, expected) in [
        ("/organisations", "/organisations"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/%09/evil.example", "/"),
        ("/%5Cevil.example", "/"),
    ] {
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

    // An answer of another provider (RFC 9207).
    let mut browser = portal.browser();
    let to = browser.get("/sign-in").await.leads_to(&portal.url);
    let fields = with(browser.get(&to).await.form("/demo-issuer/authorize"), &[("subject", &account)]);
    let chosen = browser.post("/demo-issuer/authorize", &fields).await.leads_to(&portal.url);
    assert_eq!(browser.get(&format!("{chosen}&iss=https://login.example")).await.status, StatusCode::BAD_REQUEST);
    assert!(!browser.cookies.contains_key(SESSION));

    // An answer that nobody asked for, as from another person's sign-in.
    let mut victim = portal.browser();
    for path in ["/sign-in/callback?code=x&state=y", "/sign-in/callback", "/sign-in/callback?error=access_denied"] {
        assert_eq!(victim.get(path).await.status, StatusCode::BAD_REQUEST, "{path}");
    }
}

#[tokio::test]
async fn who_turns_back_at_the_provider_is_told_so() {
    let portal = Portal::start().await;
    for (error, status, title) in [
        ("access_denied", StatusCode::BAD_REQUEST, "You are not signed in"),
        ("temporarily_unavailable", StatusCode::SERVICE_UNAVAILABLE, "Not reachable for a moment"),
        ("invalid_request", StatusCode::BAD_REQUEST, "Signing in failed"),
    ] {
        let mut browser = portal.browser();
        let to = browser.get("/sign-in").await.leads_to(&portal.url);
        let state = to.split(['?', '&']).find_map(|part| part.strip_prefix("state=")).expect("a state").to_owned();
        let back = browser.get(&format!("/sign-in/callback?error={error}&state={state}")).await;
        assert_eq!((back.status, back.all("h1")), (status, vec![title.to_owned()]), "{error}");
        // Said without the state it is of somebody else.
        let back = browser.get(&format!("/sign-in/callback?error={error}&state=other")).await;
        assert_eq!(back.all("h1"), ["Signing in failed"], "{error}");
    }
}

#[tokio::test]
async fn signing_in_again_is_another_session_and_ends_the_one_before() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let (first, second) = (portal.builder.planner_account(&employer).await, portal.account(Role::Operator, "").await);
    let mut browser = portal.signed_in(&first).await;
    let old = browser.clone();
    browser.sign_in(&second).await;
    assert_ne!(browser.cookies[SESSION], old.cookies[SESSION]);
    assert_eq!(expired(&portal, old, |_| {}).get("/board").await.leads_to(&portal.url), "/sign-in?return=/board");
    assert_eq!(expired(&portal, browser, |_| {}).get("/board").await.status, StatusCode::OK);
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
