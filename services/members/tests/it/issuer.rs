//! An OpenID Connect provider, as far as members asks one: its description and its public keys over HTTP.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Json, Router, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::time::real_now;
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use testkit::Testbed;

/// What the provider calls this installation.
pub(crate) const CLIENT: &str = "regiopool-test";

#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) url: String,
    keys: Arc<Mutex<Vec<(String, SigningKey)>>>,
    asked: Arc<AtomicUsize>,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let issuer = Self { url: url.clone(), keys: Arc::default(), asked: Arc::default() };
        issuer.change_key();
        let description = json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA", "RS256"],
        });
        let keys = issuer.clone();
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async move || Json(description)))
            .route("/jwks", get(async move || Json(keys.jwks())));
        tokio::spawn(async move { axum::serve(listener, router).await });
        issuer
    }

    /// Members with this provider.
    pub(crate) async fn bed(&self) -> Testbed {
        Testbed::with(|settings| {
            settings.oidc_issuer = Some(self.url.clone());
            settings.oidc_client_id = Some(CLIENT.to_owned());
        })
        .await
    }

    /// From now on signs with a new key and knows no other.
    pub(crate) fn change_key(&self) {
        let seed = rand::random::<[u8; 32]>();
        let kid = URL_SAFE_NO_PAD.encode(&seed[..6]);
        *self.keys.lock().expect("keys") = vec![(kid, SigningKey::from_bytes(&seed))];
    }

    /// How often the keys were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn jwks(&self) -> Value {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let keys = self.keys.lock().expect("keys");
        let key = |(kid, key): &(String, SigningKey)| {
            let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
            json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x })
        };
        let keys: Vec<Value> = keys.iter().map(key).chain([rsa_key()]).collect();
        json!({ "keys": keys })
    }

    /// What a good token says of somebody.
    pub(crate) fn claims(&self, subject: &str) -> Value {
        let now = real_now().0 / 1_000_000;
        json!({ "iss": self.url, "sub": subject, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": "the portal's" })
    }

    /// A good token.
    pub(crate) fn token(&self, subject: &str) -> String {
        self.sign(&self.claims(subject))
    }

    /// A token that says this, signed by the provider.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let (kid, key) = self.keys.lock().expect("keys")[0].clone();
        sign(&kid, &key, claims)
    }
}

/// A token that says this, signed with any key.
pub(crate) fn sign(kid: &str, key: &SigningKey, claims: &Value) -> String {
    let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
    let der = key.to_pkcs8_der().expect("a key");
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(der.as_bytes())).expect("a token")
}

/// A token signed the way most providers do.
pub(crate) fn sign_rsa(claims: &Value) -> String {
    let header = Header { kid: Some("rsa".to_owned()), ..Header::new(Algorithm::RS256) };
    let key = EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes()).expect("a key");
    jsonwebtoken::encode(&header, claims, &key).expect("a token")
}

fn rsa_key() -> Value {
    json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": "rsa", "n": RSA_MODULUS, "e": "AQAB" })
}

/// A key that signs nothing but tokens of these tests.
const RSA_PRIVATE: &str = "-----BEGIN RSA PRIVATE KEY-----
MIIEowIBAAKCAQEApDSwSwZRfozEPmLttL/zaQ0be9RJAxzX6M2e3br4ORE8biZM
DeErGTsaYqBuxtJxsifiDcMkqO4gDvqKH43TiFtJOZKHxIDAkR8dYcrxK3xc4HUD
wvCzLYSCKr+3F787fzFjW8tDDBYhyJaasMqrkgVkKSCe3DwDseWPYAEJErUtsJ+Z
E0YiwACnmbDEniBHBEQlul/DLOq9XIPnNGrr/du8lR9RuQm+yUE7qCKN5wtWhVRT
JwR1J+VOJ4ZGDOmNxX8qJ9F77zqybwFKN/S0H9xduMiG5mGA96kxTFxhjGupjozN
zMnk+U+SAVM8PToEsKtawdR0SNkuPY9DwKEg8QIDAQABAoIBAAt9cQKRmsfnU19m
2RRHRDc1xsEM8zOdDpHzOr/Fh/388e9mjaGA/9zgRlyKtlsCOcN0x/wc4Lv+DE86
rR8/yNf8meybOhXVc+QTuyDEgcirB0K2MsEEH72PzUiZfqx84fhop80HYECAbJ/B
GL+bMZM3qQZkX8lbB7Uoh4ujtuil7oPAxMeJAtN9ykCAgKuafJkHJL98ZvOsE3HS
vJKEOz6zCjBdiZtdG7yGaNYYWqAiTtbuzyZBnu+7SSqLB6cy3tR/GWualbspGI0X
EJvgbSUElDhaEGKHE9c25vOZ3y1pJzvpBo7hjHxV9mTQ9Rm7Ga7wB4jLPX7F6/Dn
RAC0swsCgYEAzz6qoChtm9Yvo01sLydMXKnjFMCWENlclzETtKwq8Y8zbe20OtOU
FmGnfuQDulspGtCjVV+8/g5BxIbUDpRAexGz8hjDhyEvebJ6Csv6Hv5AlStMjsMY
wWs6qQj4Ied13jKykfL+xEspGN3qDmuep1phghdk5Mpn5NfCgKjLMsMCgYEAytX/
GkO9IAeG6lLLXu1q1X4cmexyZCP92LqK4xu6whAmZGcbCgsvRtN2kQ45v8kNUlQ8
1dxM6npqhN1Df0t89gtIjtqbhEvaZEJxn5djsFbe75F6egtwqRdKOmEQCoCvFccw
Dkju6xh4XRb6zP/+q9B3WpZtFo9ADndrX3U++jsCgYA8lr2bhTZGUSAsRf5S6tJQ
ZPqWnpdA5ctECH0SXSNQ6+TFRrFiYWjyAirN1iug1/X0ePrHgu3l+JURt7lXadBQ
KqTJKqQ/ZVxT3/H+JhRB62NGORpwwmkCYy8LLCwe/WRgScIbGUeSa8bgFkDPZndD
xhCrz9sXaHVnWgzrQG3nsQKBgGUyWQEIlL37I2ObBR4KQ4faUHi3D+dIUaikgRCH
0ChsGEt1aXccV2z1qaz7NPKrYzsVDfkA3VsK0kQRhFBpICI9ROkIxhg+I+prf/bI
eBMNdFJ/+WQUexPRq9XugStMQo4R/7bQymp+neaLxXsrqSqdaj7G2AwuUh4llGte
upnrAoGBAMGA3z3wC3OMynVpAb4Uw7FAK/fBSuCGKbfSh2h/jg7WuNPhSKycOBOM
+gp8mRyPqJneYCMVBdg4kjw6HZahiSDtncCEa7QmHhhC5sayqZ2f7a8ZNlb5+fEL
PcfVvaLB3khv2aPgntHAeL62VbRg9VWUyuXRH1r/VVhaMCLQq+K+
-----END RSA PRIVATE KEY-----
";

const RSA_MODULUS: &str = "pDSwSwZRfozEPmLttL_zaQ0be9RJAxzX6M2e3br4ORE8biZMDeErGTsaYqBuxtJxsifiDcMkqO4gDvqKH43TiFtJOZKHxIDAkR8dYcrxK3xc4HUDwvCzLYSC\
    Kr-3F787fzFjW8tDDBYhyJaasMqrkgVkKSCe3DwDseWPYAEJErUtsJ-ZE0YiwACnmbDEniBHBEQlul_DLOq9XIPnNGrr_du8lR9RuQm-yUE7qCKN5wtWhVRT\
    JwR1J-VOJ4ZGDOmNxX8qJ9F77zqybwFKN_S0H9xduMiG5mGA96kxTFxhjGupjozNzMnk-U-SAVM8PToEsKtawdR0SNkuPY9DwKEg8Q";
