//! The identity provider of a demo: whoever is asked for, it proves. It exists in demo mode only.
//!
//! It keeps nothing: its codes are signed texts that last a minute, its key follows from the session key, so that every replica of the
//! portal can answer.

use std::path::PathBuf;

use askama::Template;
use axum::{
    Json, Router,
    extract::{Query, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{
    config::{Demo, Settings},
    error::{Error, Result},
    time::real_now,
};
use ed25519_dalek::{SigningKey, pkcs8::EncodePrivateKey};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use proto::members::Role;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use wording::{Words, states};

use crate::{
    app::App,
    failure::Failure,
    forms::Input,
    view::{Page, encode, html},
    visit::Visit,
};

/// Where codes are exchanged; asked by programs.
pub(crate) const TOKEN_PATH: &str = "/demo-issuer/token";
const CODE_LASTS_S: i64 = 60;
const ID_TOKEN_LASTS_S: i64 = 600;
const KEY_ID: &str = "demo";
/// The audience of a code, so that no code passes as an ID token.
const CODE_AUDIENCE: &str = "regiopool-demo-code";

/// The identity provider of a demo.
pub(crate) struct DemoIssuer {
    issuer: String,
    client: String,
    redirect: String,
    public: [u8; 32],
    encoding: EncodingKey,
    decoding: DecodingKey,
    /// File of the people that are offered by name.
    people: PathBuf,
}

/// Somebody that the demo offers by name.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Person {
    pub(crate) subject: String,
    pub(crate) name: String,
    role: String,
    #[serde(default)]
    pub(crate) organisation: String,
}

impl Person {
    /// The role in words.
    fn role(&self, words: &Words) -> String {
        let role = Role::from_str_name(&format!("ROLE_{}", self.role.to_uppercase().replace('-', "_")));
        role.map_or_else(|| self.role.clone(), |role| states::role(words.0, role).to_owned())
    }
}

/// What the browser brings along.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    pub(crate) response_type: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: String,
    pub(crate) nonce: String,
    pub(crate) code_challenge: String,
    pub(crate) code_challenge_method: String,
}

#[derive(Serialize, Deserialize)]
struct Code {
    aud: String,
    sub: String,
    name: String,
    redirect_uri: String,
    nonce: String,
    challenge: String,
    exp: i64,
}

#[derive(Serialize)]
struct IdToken<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    name: &'a str,
    nonce: &'a str,
    iat: i64,
    exp: i64,
}

#[derive(Template)]
#[template(path = "demo_authorize.html")]
struct AuthorizePage {
    page: Page,
    wish: Wish,
    people: Vec<Person>,
}

fn now_s() -> i64 {
    real_now().0 / 1_000_000
}

impl DemoIssuer {
    /// The issuer of a portal at `url`; `None` outside demo mode.
    pub(crate) fn new(settings: &Settings, url: &str, session_key: &[u8]) -> Result<Option<Self>> {
        if settings.demo == Demo::Off {
            return Ok(None);
        }
        let seed = Sha256::new_with_prefix(b"regiopool demo issuer").chain_update(session_key).finalize();
        let key = SigningKey::from_bytes(&seed.into());
        let public = key.verifying_key().to_bytes();
        let private = key.to_pkcs8_der().map_err(|error| Error::internal(error.to_string()))?;
        Ok(Some(Self {
            issuer: format!("{url}/demo-issuer"),
            client: settings.client_id().unwrap_or_default(),
            redirect: format!("{url}/sign-in/callback"),
            public,
            encoding: EncodingKey::from_ed_der(private.as_bytes()),
            decoding: DecodingKey::from_ed_der(&public),
            people: settings.data.join("demo-people.json"),
        }))
    }

    /// The people that are offered; none while nobody wrote them down.
    async fn people(&self) -> Vec<Person> {
        let text = tokio::fs::read(&self.people).await.unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn accepts(&self, wish: &Wish) -> bool {
        wish.response_type == "code"
            && wish.client_id == self.client
            && wish.redirect_uri == self.redirect
            && wish.code_challenge_method == "S256"
            && !wish.code_challenge.is_empty()
    }

    fn sign(&self, claims: &impl Serialize) -> Result<String, Failure> {
        let header = Header { kid: Some(KEY_ID.to_owned()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &self.encoding).map_err(|_| Failure::Broken)
    }

    fn code(&self, code: &str) -> Option<Code> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[CODE_AUDIENCE]);
        validation.leeway = 0;
        jsonwebtoken::decode::<Code>(code, &self.decoding, &validation).ok().map(|data| data.claims)
    }
}

/// The routes of the issuer that belong to pages. They refuse outside demo mode.
pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/demo-issuer/.well-known/openid-configuration", get(configuration))
        .route("/demo-issuer/jwks", get(keys))
        .route("/demo-issuer/authorize", get(ask).post(choose))
        .route(TOKEN_PATH, post(token))
}

fn issuer(app: &App) -> Result<&DemoIssuer, Failure> {
    app.demo.as_ref().ok_or(Failure::NotFound)
}

async fn configuration(State(app): State<App>) -> Result<Response, Failure> {
    let at = &issuer(&app)?.issuer;
    let document = json!({
        "issuer": at,
        "authorization_endpoint": format!("{at}/authorize"),
        "token_endpoint": format!("{at}/token"),
        "jwks_uri": format!("{at}/jwks"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "profile"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
    });
    Ok(Json(document).into_response())
}

async fn keys(State(app): State<App>) -> Result<Response, Failure> {
    let x = URL_SAFE_NO_PAD.encode(issuer(&app)?.public);
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": KEY_ID, "x": x });
    Ok(Json(json!({ "keys": [key] })).into_response())
}

/// Asks who to be.
async fn ask(State(app): State<App>, visit: Visit, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    let issuer = issuer(&app)?;
    if !issuer.accepts(&wish) {
        return Err(Failure::SignInFailed("the demo's provider was asked wrongly"));
    }
    let page = Page::new(&visit, visit.words().demo_title());
    Ok(html(StatusCode::OK, &AuthorizePage { page, wish, people: issuer.people().await }))
}

/// Goes back to the portal as the chosen person.
async fn choose(State(app): State<App>, input: Input) -> Result<Response, Failure> {
    let issuer = issuer(&app)?;
    let text = |name: &str| input.text(name).to_owned();
    let wish = Wish {
        response_type: text("response_type"),
        client_id: text("client_id"),
        redirect_uri: text("redirect_uri"),
        state: text("state"),
        nonce: text("nonce"),
        code_challenge: text("code_challenge"),
        code_challenge_method: text("code_challenge_method"),
    };
    let subject: String = text("subject").chars().filter(|c| !c.is_control()).take(200).collect();
    if !issuer.accepts(&wish) || subject.is_empty() {
        return Err(Failure::SignInFailed("the demo's provider was asked wrongly"));
    }
    let known = issuer.people().await.into_iter().find(|person| person.subject == subject);
    let code = Code {
        aud: CODE_AUDIENCE.to_owned(),
        name: known.map_or_else(|| subject.clone(), |person| person.name),
        sub: subject,
        redirect_uri: wish.redirect_uri.clone(),
        nonce: wish.nonce,
        challenge: wish.code_challenge,
        exp: now_s() + CODE_LASTS_S,
    };
    let code = issuer.sign(&code)?;
    Ok(Redirect::to(&format!("{}?code={}&state={}", wish.redirect_uri, encode(&code), encode(&wish.state))).into_response())
}

/// Exchanges a code for an ID token, for whoever knows what the code's challenge was made of.
async fn token(State(app): State<App>, input: Input) -> Result<Response, Failure> {
    let issuer = issuer(&app)?;
    let refused = || (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    let Some(code) = issuer.code(input.text("code")) else { return Ok(refused()) };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(input.text("code_verifier")));
    let good = input.text("grant_type") == "authorization_code"
        && code.exp > now_s()
        && challenge == code.challenge
        && input.text("redirect_uri") == code.redirect_uri;
    if !good {
        return Ok(refused());
    }
    let id_token = issuer.sign(&IdToken {
        iss: &issuer.issuer,
        aud: &issuer.client,
        sub: &code.sub,
        name: &code.name,
        nonce: &code.nonce,
        iat: now_s(),
        exp: now_s() + ID_TOKEN_LASTS_S,
    })?;
    let answer = json!({ "access_token": "none", "token_type": "Bearer", "expires_in": ID_TOKEN_LASTS_S, "id_token": id_token });
    Ok(Json(answer).into_response())
}
