//! The code that links a sign-in to a user who was invited.

use askama::Template;
use axum::{
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use proto::members::{RedeemInvitationRequest, identity_service_client::IdentityServiceClient};
use serde::Deserialize;
use tonic::Code;

use crate::{
    app::App,
    cookies,
    failure::{Failure, Problems},
    forms::{Form, Input, Kind},
    session::Session,
    sign_in::{self, Proof},
    view::{Page, encode, html, local_path},
    visit::Visit,
};

/// The code of an invitation's link.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    code: String,
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct InvitationPage {
    page: Page,
    form: Option<Form>,
    /// Where to sign in first.
    sign_in: String,
}

/// `GET /invitation`. Whoever did not sign in at the provider yet does so first and comes back with the code.
pub(crate) async fn show(State(app): State<App>, visit: Visit, headers: HeaderMap, Query(wish): Query<Wish>) -> Response {
    let has_proof = cookies::read::<Proof>(&app, &cookies::jar(&app, &headers), cookies::PROOF).is_some();
    html(StatusCode::OK, &page(&visit, &wish.code, has_proof, None))
}

fn page(visit: &Visit, code: &str, has_proof: bool, sent: Option<(Input, Problems)>) -> InvitationPage {
    let words = visit.words();
    let form = has_proof.then(|| {
        let form = Form::new("invitation", "/invitation", words.invitation_submit())
            .field("code", words.field_code(), Kind::Text(40))
            .value(code)
            .hint(words.hint_code());
        match sent {
            Some((input, problems)) => form.filled(&input).blamed(words, problems),
            None => form,
        }
    });
    InvitationPage {
        page: Page::new(visit, words.invitation_title()),
        form,
        sign_in: format!("/sign-in?return={}", encode(&format!("/invitation?code={}", encode(code)))),
    }
}

/// `POST /invitation`.
pub(crate) async fn redeem(State(app): State<App>, visit: Visit, headers: HeaderMap, input: Input) -> Result<Response, Failure> {
    let jar = cookies::jar(&app, &headers);
    let Some(proof) = cookies::read::<Proof>(&app, &jar, cookies::PROOF) else {
        return Ok(html(StatusCode::BAD_REQUEST, &page(&visit, input.text("code"), false, None)));
    };
    let request = RedeemInvitationRequest { id_token: proof.id_token, code: input.text("code").to_owned() };
    visit.count();
    match IdentityServiceClient::new(app.members.clone()).redeem_invitation(request).await {
        Ok(answer) => {
            let session = answer.into_inner().session.and_then(Session::new).ok_or(Failure::Broken)?;
            let jar = cookies::write(&app, jar, cookies::SESSION, &session.for_cookie());
            let jar = cookies::remove(&app, jar, cookies::PROOF);
            sign_in::end_old(&visit).await;
            let to = if proof.to.starts_with("/invitation") { "/" } else { local_path(&proof.to) };
            Ok((jar, Redirect::to(to)).into_response())
        }
        Err(status) if status.code() == Code::Unauthenticated => Err(Failure::SignInFailed("the proof of identity is too old")),
        Err(status) => {
            let problems = Problems::of(visit.language, status)?;
            let template = page(&visit, "", true, Some((input, problems)));
            let status = template.form.as_ref().map_or(StatusCode::OK, |form| form.status);
            Ok(html(status, &template))
        }
    }
}
