//! The cookies: which browsers may do what with them, and which keys they are encrypted with (D19).

use axum_extra::extract::{
    PrivateCookieJar,
    cookie::{Cookie, Key},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use proto::members::{CreateUserRequest, Identity, Role, RoleGrant, User};
use reqwest::{Method, StatusCode, header};
use serde_json::Value;
use testkit::{as_token, request_id};

use crate::{browser::Browser, portal::Portal};

pub(crate) const SESSION: &str = "regiopool_session";

/// A key of the setting.
fn key(named: &str) -> Key {
    let (_, key) = named.split_once(':').expect("a name");
    Key::from(&STANDARD.decode(key).expect("base64"))
}

fn own_key(portal: &Portal) -> String {
    portal.bed.frame.settings.session_key.as_ref().expect("a key").expose().to_owned()
}

/// What stands in a cookie.
fn open(key: Key, name: &str, value: &str) -> Option<Value> {
    let mut headers = axum::http::HeaderMap::new();
    headers.insert(header::COOKIE, format!("{name}={value}").parse().expect("a header"));
    let cookie = PrivateCookieJar::from_headers(&headers, key).get(name)?;
    serde_json::from_str(cookie.value()).ok()
}

/// A cookie in which this stands.
fn seal(key: Key, name: &'static str, value: &Value) -> String {
    let jar = PrivateCookieJar::new(key).add(Cookie::new(name, value.to_string()));
    let response = axum::response::IntoResponse::into_response(jar);
    let cookie = response.headers()[header::SET_COOKIE].to_str().expect("plain ASCII");
    cookie.split_once('=').expect("a value").1.to_owned()
}

/// The same browser with a session whose token has ended.
pub(crate) fn expired(portal: &Portal, mut browser: Browser, change: impl FnOnce(&mut Value)) -> Browser {
    let key = key(&own_key(portal));
    let mut session = open(key.clone(), SESSION, &browser.cookies[SESSION]).expect("a session");
    session["e"] = 0.into();
    change(&mut session);
    browser.cookies.insert(SESSION.to_owned(), seal(key, SESSION, &session));
    browser
}

async fn is_signed_in(browser: &mut Browser) -> bool {
    let board = browser.get("/board").await;
    assert!(board.status == StatusCode::OK || board.status == StatusCode::SEE_OTHER, "{}: {}", board.status, board.text());
    board.status == StatusCode::OK
}

#[tokio::test]
async fn behind_tls_cookies_are_of_this_host_alone() {
    let portal = Portal::start_behind("https://regio.example").await;
    let mut browser = portal.browser();
    let request = browser.request(Method::POST, "/sign-out").header(header::ORIGIN, "https://regio.example");
    let out = browser.send(request).await;
    let cookies: Vec<_> = out.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().expect("plain ASCII")).collect();
    assert_eq!(cookies.len(), 3, "{cookies:?}");
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-regiopool_"), "{cookie}");
        for part in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=0"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[tokio::test]
async fn a_cookie_that_was_tampered_with_is_as_good_as_absent() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let browser = portal.signed_in(&portal.builder.planner_account(&employer).await).await;
    let good = browser.cookies[SESSION].clone();
    let session = open(key(&own_key(&portal)), SESSION, &good).expect("a session");

    let mut changed = good.clone().into_bytes();
    let middle = changed.len() / 2;
    changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
    let stranger = key(&format!("k1:{}", STANDARD.encode([7; 64])));
    for (what, value) in [
        ("a changed letter", String::from_utf8(changed).expect("plain ASCII")),
        ("cut off", good[..good.len() / 2].to_owned()),
        ("nothing", String::new()),
        ("in clear", session.to_string().replace([',', ' ', '"'], "")),
        ("of another installation", seal(stranger, SESSION, &session)),
        ("of another cookie", seal(key(&own_key(&portal)), "regiopool_once", &session)),
        ("too large", "A".repeat(20_000)),
    ] {
        let mut forger = browser.clone();
        forger.cookies.insert(SESSION.to_owned(), value);
        assert!(!is_signed_in(&mut forger).await, "{what}");
    }
    assert!(is_signed_in(&mut browser.clone()).await);
}

#[tokio::test]
async fn a_new_key_keeps_everybody_signed_in_until_the_old_one_is_removed() {
    let portal = Portal::start().await;
    let employer = portal.builder.employer("Zonnehof").await;
    let browser = portal.signed_in(&portal.builder.planner_account(&employer).await).await;
    let (old, new) = (own_key(&portal), format!("k2:{}", STANDARD.encode([2; 64])));
    let both = portal.another(|settings| settings.session_key = Some(format!("{new},{old}").into())).await;
    let only_new = portal.another(|settings| settings.session_key = Some(new.clone().into())).await;

    assert!(is_signed_in(&mut browser.at(&both)).await);
    assert!(!is_signed_in(&mut browser.at(&only_new)).await);
    // The next renewal is kept under the new key.
    let mut renewed = expired(&portal, browser, |_| {}).at(&both);
    assert!(is_signed_in(&mut renewed).await);
    assert!(open(key(&new), SESSION, &renewed.cookies[SESSION]).is_some());
    assert!(is_signed_in(&mut renewed.at(&only_new)).await);
}

#[tokio::test]
async fn a_session_with_a_token_that_is_too_long_for_a_cookie_is_kept_without_it() {
    let portal = Portal::start().await;
    let mut roles = Vec::new();
    for name in ["A", "B", "C", "D", "E", "F", "G"] {
        let organisation = portal.builder.employer_without_agreement(name).await.id;
        let kinds = [Role::Planner, Role::WardLead, Role::Hr, Role::Finance, Role::Coach, Role::CaseManager];
        roles.extend(kinds.map(|role| RoleGrant { role: role.into(), organisation: organisation.clone() }));
    }
    let identity = Identity { issuer: portal.bed.frame.settings.issuer().expect("an issuer"), subject: "everybody".to_owned() };
    let user = User { display_name: "Everybody".to_owned(), roles, ..User::default() };
    let request = CreateUserRequest { user: Some(user), identity: Some(identity), request_id: request_id() };
    portal.bed.identity().create_user(as_token(request, portal.builder.operator())).await.expect("a user");

    let signed_in = portal.browser().sign_in_with("everybody", |_| {}).await;
    let cookies = signed_in.headers.get_all(header::SET_COOKIE).iter().map(|cookie| cookie.to_str().expect("plain ASCII"));
    let session = cookies.into_iter().find(|cookie| cookie.starts_with(SESSION)).expect("a session");
    let pair = session.split(';').next().expect("a pair");
    assert!(pair.len() <= 4_096, "browsers drop a cookie of {} bytes", pair.len());
    let kept = open(key(&own_key(&portal)), SESSION, pair.split_once('=').expect("a value").1).expect("a session");
    assert_eq!(kept["t"], "");
    let mut browser = portal.browser();
    browser.cookies.insert(SESSION.to_owned(), pair.split_once('=').expect("a value").1.to_owned());
    for _ in 0..2 {
        assert!(is_signed_in(&mut browser).await);
    }
}
