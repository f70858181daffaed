//! ID tokens at the sign-in: each kind of wrongness is refused, for itself, and leaves nothing behind (D14). To which second clocks may
//! differ is tested beside the code.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ed25519_dalek::SigningKey;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use testkit::Testbed;
use tonic::Code;

use crate::{
    issuer::{CLIENT, Issuer},
    keys::{RSA_MODULUS, RSA_PRIVATE, sign, sign_ec, sign_rsa, sign_rsa_pss, sign_shared, signed},
    sessions::{sam, sign_in},
    support::{assert_refusal, rows},
};

/// Members that know `sam`, and the provider.
async fn scene() -> (Testbed, Issuer) {
    let issuer = Issuer::start().await;
    let bed = issuer.bed().await;
    sam(&bed, &issuer).await;
    (bed, issuer)
}

/// Holds that each of these tokens is refused, leaves nothing behind, and is followed by a good one that is not.
async fn refuses_each(bed: &Testbed, issuer: &Issuer, tokens: impl IntoIterator<Item = String>) {
    let before = rows(&bed.db("members")).await;
    for token in tokens {
        let status = sign_in(bed, token.clone()).await.expect_err(&token);
        assert_refusal(&status, Code::Unauthenticated, "IDENTITY_INVALID", &[]);
    }
    assert_eq!(rows(&bed.db("members")).await, before, "something was left behind");
    sign_in(bed, issuer.token("sam")).await.expect("a good one");
}

/// The provider's own tokens with one claim that is another.
fn with(issuer: &Issuer, claim: &str, values: impl IntoIterator<Item = Value>) -> Vec<String> {
    let token = |value| {
        let mut claims = issuer.claims("sam");
        claims[claim] = value;
        issuer.sign(&claims)
    };
    values.into_iter().map(token).collect()
}

fn now() -> i64 {
    chassis::time::real_now().0 / 1_000_000
}

#[tokio::test]
async fn an_id_token_of_another_issuer_is_refused() {
    let (bed, issuer) = scene().await;
    // The same address written otherwise is another issuer (OpenID Connect Core, 3.1.3.7).
    let others = [json!("https://login.example"), json!(format!("{}/", issuer.url)), json!(""), Value::Null];
    refuses_each(&bed, &issuer, with(&issuer, "iss", others)).await;
}

#[tokio::test]
async fn an_id_token_for_another_audience_is_refused() {
    let (bed, issuer) = scene().await;
    let others = [json!("somebody-else"), json!([]), json!([CLIENT, "somebody-else"]), json!(""), Value::Null];
    refuses_each(&bed, &issuer, with(&issuer, "aud", others)).await;
    sign_in(&bed, with(&issuer, "aud", [json!([CLIENT])]).remove(0)).await.expect("a list of one is the same");
}

#[tokio::test]
async fn an_id_token_that_another_party_asked_for_is_refused() {
    let (bed, issuer) = scene().await;
    refuses_each(&bed, &issuer, with(&issuer, "azp", [json!("somebody-else"), json!("")])).await;
    sign_in(&bed, with(&issuer, "azp", [json!(CLIENT)]).remove(0)).await.expect("this installation asked");
}

#[tokio::test]
async fn an_expired_id_token_is_refused() {
    let (bed, issuer) = scene().await;
    refuses_each(&bed, &issuer, with(&issuer, "exp", [json!(now() - 61), json!(0), json!(-1), Value::Null])).await;
    sign_in(&bed, with(&issuer, "exp", [json!(now() - 30)]).remove(0)).await.expect("clocks differ by less than a minute");
}

#[tokio::test]
async fn an_id_token_that_is_not_valid_yet_is_refused() {
    let (bed, issuer) = scene().await;
    refuses_each(&bed, &issuer, with(&issuer, "nbf", [json!(now() + 120), json!("tomorrow")])).await;
    for good in [json!(now() - 10), json!(now() + 30)] {
        sign_in(&bed, with(&issuer, "nbf", [good.clone()]).remove(0)).await.unwrap_or_else(|status| panic!("{good}: {status}"));
    }
}

#[tokio::test]
async fn an_id_token_that_is_issued_in_the_future_is_refused() {
    let (bed, issuer) = scene().await;
    refuses_each(&bed, &issuer, with(&issuer, "iat", [json!(now() + 120), Value::Null])).await;
    sign_in(&bed, with(&issuer, "iat", [json!(now() + 30)]).remove(0)).await.expect("clocks differ by less than a minute");
}

#[tokio::test]
async fn an_id_token_without_a_signature_is_refused() {
    let (bed, issuer) = scene().await;
    let (good, (kid, _)) = (issuer.token("sam"), issuer.key());
    let parts: Vec<&str> = good.split('.').collect();
    let headed = |header: Value| format!("{}.{}.", URL_SAFE_NO_PAD.encode(header.to_string()), parts[1]);
    let none = ["none", "None", "NONE"].map(|algorithm| headed(json!({ "alg": algorithm, "kid": kid })));
    let cut = [headed(json!({ "alg": "none" })), headed(json!({ "alg": "EdDSA", "kid": kid })), format!("{}.{}", parts[0], parts[1])];
    refuses_each(&bed, &issuer, none.into_iter().chain(cut)).await;
}

#[tokio::test]
async fn an_id_token_signed_with_what_everybody_knows_as_a_shared_secret_is_refused() {
    let (bed, issuer) = scene().await;
    let claims = issuer.claims("sam");
    let (kid, key) = issuer.key();
    let public = key.verifying_key().to_bytes();
    let modulus = URL_SAFE_NO_PAD.decode(RSA_MODULUS).expect("base64");
    let secrets: [(&str, &[u8]); 4] = [(&kid, &public), ("rsa", &modulus), ("rsa", RSA_MODULUS.as_bytes()), ("rsa", CLIENT.as_bytes())];
    refuses_each(&bed, &issuer, secrets.map(|(kid, secret)| sign_shared(kid, secret, &claims))).await;
}

#[tokio::test]
async fn an_id_token_that_was_changed_is_refused() {
    let (bed, issuer) = scene().await;
    let good = issuer.token("sam");
    let parts: Vec<&str> = good.split('.').collect();
    let mut claims = issuer.claims("sam");
    claims["sub"] = json!("alex");
    let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode(claims.to_string()), parts[2]);
    refuses_each(&bed, &issuer, [forged, good.replace('.', ""), "no.id.token".to_owned(), format!("{good}.{}", parts[2])]).await;
}

#[tokio::test]
async fn an_id_token_signed_with_a_strangers_key_is_refused() {
    let (bed, issuer) = scene().await;
    let (stranger, claims) = (SigningKey::from_bytes(&[7; 32]), issuer.claims("sam"));
    let names = [issuer.key().0, "rsa".to_owned(), "ec".to_owned(), "enc".to_owned()];
    refuses_each(&bed, &issuer, names.map(|kid| sign(&kid, &stranger, &claims))).await;
}

#[tokio::test]
async fn another_kind_of_token_of_the_provider_is_no_id_token() {
    let (bed, issuer) = scene().await;
    let key = EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).expect("a key");
    // An access token, and a notice that somebody signed out, have the same claims and the same signature.
    let of_kind = |kind: &str| {
        let header = Header { typ: Some(kind.to_owned()), kid: Some("rsa".to_owned()), ..Header::new(Algorithm::RS256) };
        signed(&header, &issuer.claims("sam"), &key)
    };
    refuses_each(&bed, &issuer, ["at+jwt", "logout+jwt"].map(of_kind)).await;
}

#[tokio::test]
async fn every_algorithm_that_needs_the_providers_private_key_is_accepted() {
    let (bed, issuer) = scene().await;
    let claims = issuer.claims("sam");
    for (algorithm, token) in
        [("EdDSA", issuer.sign(&claims)), ("RS256", sign_rsa(&claims)), ("PS256", sign_rsa_pss(&claims)), ("ES256", sign_ec(&claims))]
    {
        sign_in(&bed, token).await.unwrap_or_else(|status| panic!("{algorithm}: {status}"));
    }
}
