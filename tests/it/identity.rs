//! Signing in at a real OpenID Connect provider: the whole way through the portal, and what can go wrong on it (D14).
//!
//! In both modes: distributed, every step may come to another replica of the portal, which knows of the others only through the cookies.

use proto::members::{CreateUserRequest, Identity, Role, RoleGrant, User};
use serde_json::json;
use testkit::{
    as_token,
    process::Installation,
    region::{Builder, Employer},
    request_id,
};

use crate::{browser::Browser, identity_provider::IdentityProvider};

/// An installation that trusts the provider, and an employer in it.
async fn scene(provider: &mut IdentityProvider) -> (Installation, Builder, Employer) {
    let installation = Installation::start(provider.options()).await;
    provider.serve(installation.portal());
    let builder = Builder::new(&installation.region).await;
    let employer = builder.employer_without_agreement("Zonnehof").await;
    (installation, builder, employer)
}

/// A planner; known to the provider as this subject, or invited by the code that is given.
async fn planner(installation: &Installation, builder: &Builder, employer: &Employer, identity: Option<Identity>) -> String {
    let roles = vec![RoleGrant { role: Role::Planner.into(), organisation: employer.id.clone() }];
    let user = User { display_name: "Noor Smit".to_owned(), roles, ..User::default() };
    let request = CreateUserRequest { user: Some(user), identity, request_id: request_id() };
    let made = installation.region.identity().create_user(as_token(request, builder.operator())).await;
    made.expect("a user").into_inner().invitation_code
}

fn is_signed_in(browser: &Browser) -> bool {
    browser.has("regiopool_session")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_signs_in_through_a_real_provider_and_out_of_both() {
    let mut provider = IdentityProvider::start(&json!({}));
    let (installation, builder, employer) = scene(&mut provider).await;
    let identity = Identity { issuer: provider.issuer.clone(), subject: "noor".to_owned() };
    planner(&installation, &builder, &employer, Some(identity)).await;

    let mut browser = provider.browser(installation.portal());
    let board = provider.sign_in(&mut browser, "noor").await;
    assert_eq!(board.path, "/board", "{}", board.text());
    assert!(board.text().contains("Noor Smit"), "{}", board.text());

    // Signed out of the portal alone: the provider still knows who it is.
    let out = browser.submit(&board.form("/sign-out")).await;
    assert_eq!(out.path, "/signed-out");
    assert!(!is_signed_in(&browser));
    let again = browser.get("/sign-in").await;
    assert_eq!(again.path, "/board", "{}", again.text());

    // Signed out of both: it asks for a name.
    let out = browser.submit(&again.form("/sign-out")).await;
    let there = out.links().into_iter().find(|link| link.starts_with(&provider.issuer)).expect("the way out of the provider");
    let asked = browser.get(&there).await;
    let form = asked.forms().into_iter().next().expect("the provider asks whether to sign out");
    let home = browser.submit(&form.with("logout", "yes")).await;
    assert_eq!(home.path, "/", "{}", home.text());
    let asked = browser.get("/sign-in").await;
    assert!(provider.is_at(&asked), "somebody else goes on as Noor: {}", asked.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_invited_person_links_the_identity_of_a_real_provider_with_the_code() {
    // This one takes the client's secret in the body alone.
    let mut provider = IdentityProvider::start(&json!({ "ways": ["client_secret_post"] }));
    let (installation, builder, employer) = scene(&mut provider).await;
    let code = planner(&installation, &builder, &employer, None).await;

    let mut browser = provider.browser(installation.portal());
    let asked = browser.get(&format!("/invitation?code={code}")).await;
    let sign_in = asked.links().into_iter().find(|link| link.starts_with("/sign-in?")).expect("the way to the provider");
    let asked = browser.get(&sign_in).await;
    let invited = provider.go_on(&mut browser, asked, "somebody-new").await;
    assert!(!is_signed_in(&browser));
    let board = browser.submit(&invited.form("/invitation")).await;
    assert_eq!(board.path, "/board", "{}", board.text());

    // From now on the identity is enough; another one is not.
    let mut later = provider.browser(installation.portal());
    assert_eq!(provider.sign_in(&mut later, "somebody-new").await.path, "/board");
    let mut other = provider.browser(installation.portal());
    assert_eq!(provider.sign_in(&mut other, "somebody-else").await.path, "/invitation");
    assert!(!is_signed_in(&other));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_provider_may_sign_in_every_way_and_change_its_keys() {
    let mut provider = IdentityProvider::start(&json!({}));
    let (installation, builder, employer) = scene(&mut provider).await;
    let identity = Identity { issuer: provider.issuer.clone(), subject: "noor".to_owned() };
    planner(&installation, &builder, &employer, Some(identity)).await;
    for algorithm in ["RS256", "PS256", "ES256", "EdDSA"] {
        provider.change(&json!({ "algorithm": algorithm }));
        let mut browser = provider.browser(installation.portal());
        let board = provider.sign_in(&mut browser, "noor").await;
        assert_eq!(board.path, "/board", "{algorithm}: {}", board.text());
    }
    provider.change(&json!({ "keys": true }));
    let mut browser = provider.browser(installation.portal());
    let board = provider.sign_in(&mut browser, "noor").await;
    assert_eq!(board.path, "/board", "with new keys: {}", board.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_turns_back_at_the_provider_or_is_refused_there_is_told_and_not_signed_in() {
    let mut provider = IdentityProvider::start(&json!({}));
    let (installation, builder, employer) = scene(&mut provider).await;
    let identity = Identity { issuer: provider.issuer.clone(), subject: "noor".to_owned() };
    planner(&installation, &builder, &employer, Some(identity)).await;

    let mut browser = provider.browser(installation.portal());
    let asked = browser.get("/sign-in").await;
    let cancel = asked.links().into_iter().find(|link| link.ends_with("/abort")).expect("a way back");
    let back = browser.get(&cancel).await;
    assert!(back.path.starts_with("/sign-in/callback?"), "{}", back.path);
    assert!(back.text().contains("You stopped signing in"), "{}", back.text());
    assert!(!is_signed_in(&browser));

    // The installation's secret is no longer the one that the provider knows.
    provider.change(&json!({ "secret": "another one" }));
    let failed = provider.sign_in(&mut browser, "noor").await;
    assert_eq!(failed.status, reqwest::StatusCode::INTERNAL_SERVER_ERROR);
    assert!(failed.text().contains("Something went wrong on our side"), "{}", failed.text());
    assert!(!is_signed_in(&browser));

    provider.change(&json!({ "secret": "the right one" }));
    let board = browser.get("/sign-in").await;
    assert_eq!(provider.go_on(&mut browser, board, "noor").await.path, "/board");
}
