//! An OpenID Connect provider, as far as members asks one: its description and its public keys over HTTP, well or badly.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::time::real_now;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use testkit::Testbed;

use crate::keys::{self, sign};

/// What the provider calls this installation.
pub(crate) const CLIENT: &str = "regiopool-test";

/// How the provider answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    /// As it should.
    Well,
    /// As if it were another one.
    OtherIssuer,
    /// With a description that is none.
    Garbage,
    /// With keys that are none.
    GarbageKeys,
    /// With more keys than anybody reads.
    Huge,
    /// With the way to somebody else.
    Elsewhere,
    /// With an error.
    Broken,
    /// Not at all.
    Silent,
}

#[derive(Clone)]
pub(crate) struct Issuer {
    pub(crate) url: String,
    keys: Arc<Mutex<Vec<(String, SigningKey)>>>,
    mood: Arc<Mutex<Mood>>,
    described: Arc<AtomicUsize>,
    asked: Arc<AtomicUsize>,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound port"));
        let mood = Arc::new(Mutex::new(Mood::Well));
        let issuer = Self { url, keys: Arc::default(), mood, described: Arc::default(), asked: Arc::default() };
        issuer.change_key();
        let (description, keys) = (issuer.clone(), issuer.clone());
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(async move || description.description().await))
            .route("/jwks", get(async move || keys.jwks()));
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
        self.keys.lock().expect("keys").clear();
        self.add_key();
    }

    /// From now on signs with a new key; the ones before are still good.
    pub(crate) fn add_key(&self) {
        let seed = rand::random::<[u8; 32]>();
        let kid = URL_SAFE_NO_PAD.encode(&seed[..6]);
        self.keys.lock().expect("keys").insert(0, (kid, SigningKey::from_bytes(&seed)));
    }

    /// From now on answers so.
    pub(crate) fn turn(&self, mood: Mood) {
        *self.mood.lock().expect("a mood") = mood;
    }

    fn mood(&self) -> Mood {
        *self.mood.lock().expect("a mood")
    }

    /// How often it was asked who it is.
    pub(crate) fn described(&self) -> usize {
        self.described.load(Ordering::SeqCst)
    }

    /// How often the keys were asked for.
    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    async fn description(&self) -> Response {
        self.described.fetch_add(1, Ordering::SeqCst);
        let url = &self.url;
        let mut description = json!({
            "issuer": url,
            "authorization_endpoint": format!("{url}/authorize"),
            "token_endpoint": format!("{url}/token"),
            "jwks_uri": format!("{url}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA", "RS256"],
        });
        match self.mood() {
            Mood::OtherIssuer => description["issuer"] = json!("https://login.example"),
            Mood::Garbage => return "<html>Welcome</html>".into_response(),
            Mood::Elsewhere => return (StatusCode::FOUND, [(header::LOCATION, format!("{url}/jwks"))]).into_response(),
            Mood::Broken => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
            Mood::Silent => std::future::pending().await,
            Mood::Well | Mood::GarbageKeys | Mood::Huge => {}
        }
        Json(description).into_response()
    }

    fn jwks(&self) -> Response {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let keys = self.keys.lock().expect("keys");
        let key = |(kid, key): &(String, SigningKey)| {
            let x = URL_SAFE_NO_PAD.encode(key.verifying_key().as_bytes());
            json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid, "x": x })
        };
        let mut keys: Vec<Value> = keys.iter().map(key).chain(keys::fixed()).collect();
        match self.mood() {
            Mood::GarbageKeys => return Json(json!({ "keys": "none today" })).into_response(),
            // A good one among them: the size alone must be reason enough.
            Mood::Huge => keys.extend((0..3_000).map(|n| json!({ "kty": "oct", "kid": n.to_string(), "k": "x".repeat(400) }))),
            _ => {}
        }
        Json(json!({ "keys": keys })).into_response()
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
        let (kid, key) = self.key();
        sign(&kid, &key, claims)
    }

    /// The key that it signs with, and its name.
    pub(crate) fn key(&self) -> (String, SigningKey) {
        self.keys.lock().expect("keys")[0].clone()
    }
}
