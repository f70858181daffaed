//! Inviting people: a user with roles and a code that works once.

use askama::Template;
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use proto::members::{CreateUserRequest, InviteAgainRequest, Role, RoleGrant, User};
use serde::{Deserialize, Serialize};
use wording::{Words, states};

use crate::{
    app::App,
    cookies,
    failure::{self, Failure, Problems},
    forms::{Choice, Form, Input, Kind},
    pages::{board::organisations, organisations::sent_back, people::Wish},
    view::{Page, encode, html},
    visit::Signed,
};

/// Roles that somebody can be invited for, and whether they belong to one organisation.
const ROLES: [(Role, bool); 6] = [
    (Role::Planner, true),
    (Role::WardLead, true),
    (Role::Hr, true),
    (Role::Finance, true),
    (Role::Operator, false),
    (Role::Auditor, false),
];

/// An invitation that was just made. Its code is shown once, on the page after the form, and travels there in an encrypted cookie.
#[derive(Serialize, Deserialize)]
struct Invitation {
    name: String,
    code: String,
}

#[derive(Template)]
#[template(path = "invite.html")]
struct InvitePage {
    page: Page,
    form: Form,
}

#[derive(Template)]
#[template(path = "invited.html")]
struct InvitedPage {
    page: Page,
    name: String,
    code: String,
    link: String,
}

/// `GET /people/invite`.
pub(crate) async fn form(signed: Signed, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    page(&signed, &wish.organisation, None).await
}

/// `POST /people/invite`: somebody with a role.
pub(crate) async fn invite(State(app): State<App>, signed: Signed, headers: HeaderMap, input: Input) -> Result<Response, Failure> {
    let role = input.text("role").parse().unwrap_or(0);
    let regional = ROLES.iter().any(|(known, local)| *known as i32 == role && !local);
    let organisation = if regional { String::new() } else { input.text("organisation").to_owned() };
    let user = User {
        display_name: input.text("display_name").to_owned(),
        roles: vec![RoleGrant { role, organisation: organisation.clone() }],
        ..User::default()
    };
    match create(&app, &signed, &headers, user, input.text("request_id")).await? {
        Ok(done) => Ok(done),
        Err(problems) => page(&signed, &organisation, Some((input, problems))).await,
    }
}

/// `POST /people/{worker}/invite`: a worker.
pub(crate) async fn invite_worker(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    Path(worker): Path<String>,
    input: Input,
) -> Result<Response, Failure> {
    let user = User {
        display_name: input.text("display_name").to_owned(),
        roles: vec![RoleGrant { role: Role::Worker.into(), organisation: String::new() }],
        worker,
        ..User::default()
    };
    match create(&app, &signed, &headers, user, input.text("request_id")).await? {
        Ok(done) => Ok(done),
        Err(problems) => page(&signed, "", Some((input, problems))).await,
    }
}

async fn create(
    app: &App,
    signed: &Signed,
    headers: &HeaderMap,
    user: User,
    request_id: &str,
) -> Result<Result<Response, Problems>, Failure> {
    let (name, worker) = (user.display_name.clone(), user.worker.clone());
    let request = CreateUserRequest { user: Some(user), identity: None, request_id: request_id.to_owned() };
    let code = match signed.identity().create_user(signed.ask(request)).await {
        // The code was lost: there is a new one, and the one before works no longer.
        Err(status) if failure::reason(&status).1 == "WORKER_HAS_USER" => {
            let request = InviteAgainRequest { worker, request_id: request_id.to_owned(), ..InviteAgainRequest::default() };
            signed.identity().invite_again(signed.ask(request)).await.map(|answer| answer.into_inner().invitation_code)
        }
        answer => answer.map(|answer| answer.into_inner().invitation_code),
    };
    match code {
        Ok(code) => {
            let invitation = Invitation { name, code };
            let jar = cookies::write(app, cookies::jar(app, headers), cookies::ONCE, &invitation);
            Ok(Ok((jar, Redirect::to("/people/invited")).into_response()))
        }
        Err(status) => Ok(Err(Problems::of(signed.language(), status)?)),
    }
}

/// `GET /people/invited`: the code, for ten minutes or until the next one.
pub(crate) async fn invited(State(app): State<App>, signed: Signed, headers: HeaderMap) -> Result<Response, Failure> {
    let Some(invitation) = cookies::read::<Invitation>(&app, &cookies::jar(&app, &headers), cookies::ONCE) else {
        return Ok(Redirect::to("/people").into_response());
    };
    let template = InvitedPage {
        page: Page::new(&signed.visit, signed.words().invited_title()),
        link: format!("{}/invitation?code={}", app.url, encode(&invitation.code)),
        name: invitation.name,
        code: invitation.code,
    };
    Ok(html(StatusCode::OK, &template))
}

async fn page(signed: &Signed, organisation: &str, sent: Option<(Input, Problems)>) -> Result<Response, Failure> {
    if !signed.session.is_operator() {
        return Err(Failure::Forbidden);
    }
    let choices = organisations(signed, &[], organisation).await?;
    let words = signed.words();
    let form = Form::new("invite", "/people/invite", words.invite_submit())
        .field("display_name", words.field_display_name(), Kind::Text(120))
        .field("role", words.field_role(), Kind::Select(roles(words)))
        .field("organisation", words.field_organisation(), Kind::Select(choices))
        .optional()
        .hint(words.hint_role_organisation());
    let template = InvitePage { page: Page::new(&signed.visit, words.invite_title()), form: sent_back(words, form, sent) };
    Ok(html(template.form.status, &template))
}

fn roles(words: Words) -> Vec<Choice> {
    ROLES.iter().map(|(role, _)| Choice::new((*role as i32).to_string(), states::role(words.0, *role))).collect()
}
