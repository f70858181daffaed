//! Signing in: to the identity provider and back, with PKCE, state and nonce (D14). The provider proves who somebody is; members says what
//! that person may do.

mod demo_issuer;
mod provider;

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use proto::members::{SignInRequest, SignOutRequest, identity_service_client::IdentityServiceClient};
use serde::{Deserialize, Serialize};
use tonic::Code;

use crate::{
    app::App,
    cookies,
    failure::{self, Failure},
    session::Session,
    view::{Page, encode, html, local_path},
    visit::Visit,
};

pub(crate) use demo_issuer::{DemoIssuer, TOKEN_PATH, routes as demo_routes};
pub(crate) use provider::Provider;

/// A sign-in on its way: what must come back unchanged, in an encrypted cookie.
#[derive(Serialize, Deserialize)]
pub(crate) struct Attempt {
    state: String,
    nonce: String,
    verifier: String,
    /// Where the person wanted to go.
    to: String,
}

/// A proof of identity of somebody who is not known yet.
#[derive(Serialize, Deserialize)]
pub(crate) struct Proof {
    pub(crate) id_token: String,
    pub(crate) to: String,
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default, rename = "return")]
    to: String,
}

/// `GET /sign-in`: off to the provider.
pub(crate) async fn start(State(app): State<App>, visit: Visit, headers: HeaderMap, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    // The cookie of the attempt must be set where the provider comes back to.
    if let Some(url) = elsewhere(&app.url, &headers) {
        return Ok(Redirect::to(&format!("{url}/sign-in?return={}", encode(local_path(&wish.to)))).into_response());
    }
    let provider = app.provider.as_ref().ok_or(Failure::SignInFailed("no provider is set"))?;
    let start = provider.start().await?;
    let attempt = Attempt { state: start.state, nonce: start.nonce, verifier: start.verifier, to: local_path(&wish.to).to_owned() };
    let jar = cookies::write(&visit.app, cookies::jar(&visit.app, &headers), cookies::ATTEMPT, &attempt);
    Ok((jar, Redirect::to(&start.url)).into_response())
}

/// The portal's own address when the browser knows it by another name.
fn elsewhere<'a>(url: &'a str, headers: &HeaderMap) -> Option<&'a str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let (_, own) = url.split_once("://")?;
    let alike = ["localhost", "127.0.0.1", "[::1]"];
    let name = |address: &str| address.rsplit_once(':').map_or(address, |(name, _)| name).to_owned();
    // Only names of this machine: behind a proxy the host may be anything, and a loop would be worse.
    (host != own && alike.contains(&name(host).as_str()) && alike.contains(&name(own).as_str())).then_some(url)
}

#[derive(Deserialize)]
pub(crate) struct Answer {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
    /// Who answers, where the provider says it (RFC 9207).
    iss: Option<String>,
}

impl Answer {
    /// The code that came back for this attempt.
    fn code(self, attempt: &Attempt, issuer: &str) -> Result<String, Failure> {
        if self.state != attempt.state {
            return Err(Failure::SignInFailed("the state is not the one that was sent"));
        }
        if self.iss.is_some_and(|answers| answers != issuer) {
            return Err(Failure::SignInFailed("another provider answered"));
        }
        match self.error.as_str() {
            "" => Ok(self.code),
            "access_denied" => Err(Failure::SignInCancelled),
            "server_error" | "temporarily_unavailable" => Err(Failure::Unavailable),
            _ => Err(Failure::SignInFailed("the provider refused")),
        }
    }
}

/// `GET /sign-in/callback`: back from the provider.
pub(crate) async fn callback(visit: Visit, headers: HeaderMap, Query(answer): Query<Answer>) -> Result<Response, Failure> {
    let app = visit.app.clone();
    let jar = cookies::jar(&app, &headers);
    let attempt: Attempt = cookies::read(&app, &jar, cookies::ATTEMPT).ok_or(Failure::SignInFailed("no attempt is under way"))?;
    let provider = app.provider.as_ref().ok_or(Failure::SignInFailed("no provider is set"))?;
    let code = answer.code(&attempt, provider.issuer())?;
    let id_token = provider.finish(code, attempt.verifier, attempt.nonce).await?;
    let jar = cookies::remove(&app, jar, cookies::ATTEMPT);
    visit.count();
    let mut members = IdentityServiceClient::new(app.members.clone());
    match members.sign_in(SignInRequest { id_token: id_token.clone() }).await {
        Ok(response) => {
            let session = response.into_inner().session.and_then(Session::new).ok_or(Failure::Broken)?;
            end_old(&visit).await;
            let jar = cookies::write(&app, jar, cookies::SESSION, &session.for_cookie());
            let jar = cookies::remove(&app, cookies::remove(&app, jar, cookies::PROOF), cookies::ONCE);
            Ok((jar, Redirect::to(local_path(&attempt.to))).into_response())
        }
        Err(status) if failure::reason(&status).1 == "IDENTITY_UNKNOWN" => {
            // Whoever came by the link of an invitation goes on with its code.
            let code = attempt.to.split_once("/invitation?code=").map(|(_, code)| code.to_owned());
            let to = code.map_or("/invitation".to_owned(), |code| format!("/invitation?code={code}"));
            let proof = Proof { id_token, to: attempt.to };
            if !cookies::fits(&proof) {
                return Err(Failure::SignInFailed("the proof of identity is too large for a cookie: let the provider say less in it"));
            }
            let jar = cookies::write(&app, jar, cookies::PROOF, &proof);
            Ok((jar, Redirect::to(&to)).into_response())
        }
        Err(status) if status.code() == Code::Unauthenticated => Err(Failure::SignInFailed("members did not accept the proof")),
        Err(status) => Err(status.into()),
    }
}

/// Ends the session that this browser had before it gets another; a session that nobody can use should not stay open.
pub(crate) async fn end_old(visit: &Visit) {
    if let Some(session) = &visit.session {
        visit.count();
        let mut members = IdentityServiceClient::new(visit.app.members.clone());
        if let Err(status) = members.sign_out(SignOutRequest { secret: session.secret().to_owned() }).await {
            tracing::warn!(code = ?status.code(), "a session could not be ended");
        }
    }
}

/// `POST /sign-out`. The session ends at members too; when members cannot be asked, at least this browser forgets it.
pub(crate) async fn sign_out(visit: Visit, headers: HeaderMap) -> Response {
    end_old(&visit).await;
    left(&visit, &headers).await
}

/// The answer to who has no session any more. A form must not lead to the provider: the pages' own rules forbid that.
pub(crate) async fn left(visit: &Visit, headers: &HeaderMap) -> Response {
    let app = &visit.app;
    let jar = cookies::remove(app, cookies::jar(app, headers), cookies::SESSION);
    let jar = cookies::remove(app, cookies::remove(app, jar, cookies::ONCE), cookies::PROOF);
    let to = if end_there(app).await.is_some() { "/signed-out" } else { "/" };
    (jar, Redirect::to(to)).into_response()
}

async fn end_there(app: &App) -> Option<String> {
    app.provider.as_ref()?.sign_out().await
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage {
    page: Page,
    there: String,
}

/// `GET /signed-out`: whoever shares a computer signs out of the provider too.
pub(crate) async fn signed_out(State(app): State<App>, visit: Visit) -> Response {
    match end_there(&app).await {
        Some(there) if visit.session.is_none() => {
            let page = Page::new(&visit, visit.words().signed_out_title());
            html(StatusCode::OK, &SignedOutPage { page, there })
        }
        _ => Redirect::to("/").into_response(),
    }
}
