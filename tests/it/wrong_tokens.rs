//! Every method of every service refuses a token of each kind of wrongness (D14). Each kind has a test of its own at the door that all services
//! share, in `services/chassis/tests/it/wrong_tokens.rs`; ID tokens have theirs in `services/members/tests/it/id_tokens.rs`. A good token of
//! another region finds nothing of this one: `access.rs`.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{
    auth::{Claims, Signer},
    caller::{Caller, Grant, Role, Subject},
    config::Settings,
    frame::connect,
    ids::UserId,
    time::real_now,
};
use testkit::{Testbed, matrix};

const TTL: Duration = Duration::from_secs(600);

/// A wrong token of each kind, of somebody with every role, with the reason for which it is refused.
fn wrong(bed: &Testbed) -> Vec<(String, &'static str)> {
    let grants = Role::ALL.iter().map(|role| Grant { role: *role, organisation: None }).collect();
    let caller = Caller { subject: Subject::User(UserId::new()), region: Some(bed.region), grants, worker: None };
    let good = Claims::new(&caller, TTL, Some("ended"));
    let now = real_now().0 / 1_000_000;
    let signer = Signer::new(&bed.frame.settings).expect("keys");
    let sign = |claims: &Claims| signer.sign_claims(claims).expect("a token");
    let stranger = |kid: &str| {
        let settings = Settings { token_keys: Some(Signer::new_key(kid)), ..Settings::default() };
        Signer::new(&settings).expect("keys").sign_claims(&good).expect("a token")
    };
    bed.frame.tokens.revoke("ended", real_now().plus(TTL));
    let token = sign(&good);
    let body = token.split('.').nth(1).expect("a body");
    let none = format!("{}.{body}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT","kid":"test"}"#));
    vec![
        (sign(&Claims { iss: "https://login.example".to_owned(), ..good.clone() }), "TOKEN_ISSUER"),
        (sign(&Claims { aud: "somebody-else".to_owned(), ..good.clone() }), "TOKEN_AUDIENCE"),
        (sign(&Claims { exp: now - 60, ..good.clone() }), "TOKEN_EXPIRED"),
        (sign(&Claims { nbf: Some(now + 60), ..good.clone() }), "TOKEN_NOT_YET_VALID"),
        (none, "TOKEN_INVALID"),
        // Of another installation: under our name for its key, and under its own.
        (stranger("test"), "TOKEN_INVALID"),
        (stranger("elsewhere"), "TOKEN_KEY_UNKNOWN"),
        (token, "SESSION_ENDED"),
    ]
}

#[tokio::test]
async fn every_method_of_every_service_refuses_a_token_of_each_kind_of_wrongness() {
    let mut bed = Testbed::start().await;
    let (peer, wrong) = (connect(&bed.address).expect("an address"), wrong(&bed));
    for (package, table) in crate::access::tables() {
        let accepted = matrix::accepted(&peer, table, &wrong).await;
        assert!(accepted.is_empty(), "{package}: {accepted:#?}");
    }
    bed.stop().await;
}
