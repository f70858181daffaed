//! The provider itself: new keys, old ones, and every way in which it can answer badly (D14).

use ed25519_dalek::SigningKey;
use testkit::{Testbed, reason, wait_until};
use tonic::{Code, Status};

use crate::{
    issuer::{Issuer, Mood},
    keys::sign,
    sessions::{sam, sign_in},
    support::{assert_refusal, refuses},
};

const AWAY: &[(&str, &str)] = &[("dependency", "identity provider")];

/// A token under the name of a key that nobody has.
fn junk(issuer: &Issuer, number: u8) -> String {
    sign(&format!("junk-{number}"), &SigningKey::from_bytes(&[number; 32]), &issuer.claims("sam"))
}

#[tokio::test]
async fn a_new_key_is_fetched_when_its_first_token_comes_and_the_old_one_goes_on() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    let old = issuer.token("sam");
    sign_in(&bed, old.clone()).await.expect("a session");
    issuer.add_key();
    sign_in(&bed, issuer.token("sam")).await.expect("with the new key");
    sign_in(&bed, old).await.expect("with the old key");
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn a_key_that_was_withdrawn_is_refused_once_the_provider_was_asked_again() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    let old = issuer.token("sam");
    sign_in(&bed, old.clone()).await.expect("a session");
    issuer.change_key();
    sign_in(&bed, issuer.token("sam")).await.expect("with the new key");
    let status = sign_in(&bed, old).await.expect_err("the key is no more");
    assert_refusal(&status, Code::Unauthenticated, "IDENTITY_INVALID", &[]);
}

#[tokio::test]
async fn unknown_keys_do_not_make_members_ask_again_and_again() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    sign_in(&bed, issuer.token("sam")).await.expect("a session");
    for number in 0..20 {
        let status = sign_in(&bed, junk(&issuer, number)).await.expect_err("junk");
        assert_eq!(reason(&status), "IDENTITY_INVALID");
    }
    assert_eq!(issuer.asked(), 2);
    sign_in(&bed, issuer.token("sam")).await.expect("who is honest is not held up");
}

#[tokio::test]
async fn many_who_sign_in_at_once_ask_the_provider_once() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    let all = futures::future::join_all((0..10).map(|_| sign_in(&bed, issuer.token("sam")))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn a_provider_that_never_answered_is_told_as_away() {
    // Bound and not listening: nobody else gets the port, and nobody answers.
    let away = tokio::net::TcpSocket::new_v4().expect("a socket");
    away.bind("127.0.0.1:0".parse().expect("an address")).expect("bound");
    let address = away.local_addr().expect("its address");
    let bed = Testbed::with(|settings| {
        settings.oidc_issuer = Some(format!("http://{address}"));
        settings.oidc_client_id = Some("regiopool".to_owned());
    })
    .await;
    let issuer = Issuer::start().await;
    let send = async || sign_in(&bed, issuer.token("sam")).await;
    refuses(&bed, send, Code::Unavailable, "UNAVAILABLE", AWAY).await;
}

#[tokio::test]
async fn keys_in_hand_serve_while_the_provider_is_away() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    sign_in(&bed, issuer.token("sam")).await.expect("a session");
    issuer.turn(Mood::Broken);
    sign_in(&bed, issuer.token("sam")).await.expect("with the key in hand");
    let old = issuer.token("sam");
    issuer.change_key();
    // Whether the new key is good nobody can say now.
    let send = async || sign_in(&bed, issuer.token("sam")).await;
    refuses(&bed, send, Code::Unavailable, "UNAVAILABLE", AWAY).await;
    sign_in(&bed, old).await.expect("what is known is not forgotten for that");
}

#[tokio::test]
async fn a_silent_provider_holds_up_nobody_whose_key_is_known() {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    sign_in(&bed, issuer.token("sam")).await.expect("a session");
    issuer.turn(Mood::Silent);
    let token = junk(&issuer, 1);
    let mut members = bed.identity();
    let waiting = tokio::spawn(async move { members.sign_in(proto::members::SignInRequest { id_token: token }).await });
    wait_until("the provider to be asked for the unknown key", async || match issuer.described() {
        2 => Ok(()),
        number => Err(format!("asked {number} times")),
    })
    .await;
    sign_in(&bed, issuer.token("sam")).await.expect("at once");
    assert!(!waiting.is_finished(), "the junk was judged without the provider");
    waiting.abort();
}

/// What signing in comes to while the provider, of whom nothing is known, answers so.
async fn while_it_is(mood: Mood) -> (Testbed, Issuer, Status) {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    issuer.turn(mood);
    let status = sign_in(&bed, issuer.token("sam")).await.expect_err("no keys");
    assert_refusal(&status, Code::Unavailable, "UNAVAILABLE", AWAY);
    (bed, issuer, status)
}

#[tokio::test]
async fn a_description_of_another_issuer_is_not_believed() {
    let (_, issuer, _) = while_it_is(Mood::OtherIssuer).await;
    assert_eq!(issuer.asked(), 0, "its keys were asked for all the same");
}

#[tokio::test]
async fn a_description_that_is_none_is_told_as_away() {
    while_it_is(Mood::Garbage).await;
}

#[tokio::test]
async fn keys_that_are_none_are_told_as_away() {
    while_it_is(Mood::GarbageKeys).await;
}

#[tokio::test]
async fn more_keys_than_anybody_reads_are_told_as_away() {
    while_it_is(Mood::Huge).await;
}

#[tokio::test]
async fn a_provider_that_leads_elsewhere_is_not_followed() {
    let (_, issuer, _) = while_it_is(Mood::Elsewhere).await;
    assert_eq!(issuer.asked(), 0, "the redirect was followed");
}

#[tokio::test]
async fn a_provider_that_comes_back_is_asked_again_after_a_moment() {
    let (bed, issuer, _) = while_it_is(Mood::Broken).await;
    issuer.turn(Mood::Well);
    wait_until("the provider to be asked again", async || {
        sign_in(&bed, issuer.token("sam")).await.map(drop).map_err(|status| status.to_string())
    })
    .await;
}
