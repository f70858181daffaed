//! One request of a person: in which language, who it is, and what it costs in calls to the services.
//!
//! The layer renews the session where that is due, lets the handler work, and turns a [`Failure`] into a page in the person's language.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderMap, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chassis::frame::with_token;
use proto::{
    flexpool::{
        access_log_service_client::AccessLogServiceClient as SeenOnShiftsClient, claim_service_client::ClaimServiceClient,
        conflict_service_client::ConflictServiceClient, eligibility_service_client::EligibilityServiceClient,
        roster_service_client::RosterServiceClient, shift_service_client::ShiftServiceClient, wait_service_client::WaitServiceClient,
    },
    members::{
        access_log_service_client::AccessLogServiceClient, agreement_service_client::AgreementServiceClient,
        identity_service_client::IdentityServiceClient, link_service_client::LinkServiceClient,
        message_service_client::MessageServiceClient, organisation_service_client::OrganisationServiceClient,
        pool_service_client::PoolServiceClient, worker_service_client::WorkerServiceClient,
    },
};
use wording::{Language, Words};

use crate::{
    app::App,
    cookies,
    failure::{self, Failure},
    session::{RENEW_BEFORE, Renewal, Session},
};

type Peer = chassis::frame::Peer;

/// One request of a person.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) app: App,
    pub(crate) language: Language,
    pub(crate) session: Option<Session>,
    /// Path and query, to come back to.
    pub(crate) path: String,
    /// Whether the browser wants a page to show, and not a stream or a part of one.
    pub(crate) wants_page: bool,
    is_get: bool,
    calls: Arc<AtomicU32>,
}

impl Visit {
    /// The texts in the person's language.
    pub(crate) fn words(&self) -> Words {
        Words(self.language)
    }

    /// Where to come back to after signing in: this page, if it can be asked for again.
    pub(crate) fn return_to(&self) -> &str {
        if self.is_get { &self.path } else { "/" }
    }

    /// Counts one call to a service.
    pub(crate) fn count(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }
}

/// A visit of somebody who is signed in. Everybody else is led to the sign-in.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) visit: Visit,
    pub(crate) session: Session,
}

macro_rules! clients {
    ($($(#[doc = $doc:literal])* $name:ident $peer:ident $client:ident;)*) => { $(
        $(#[doc = $doc])*
        pub(crate) fn $name(&self) -> $client<Peer> {
            self.visit.count();
            $client::new(self.visit.app.$peer.clone())
        }
    )* };
}

impl Signed {
    clients! {
        /// To organisations and wards, for one call.
        organisations members OrganisationServiceClient;
        /// To pools, for one call.
        pools members PoolServiceClient;
        /// To agreements, for one call.
        agreements members AgreementServiceClient;
        /// To workers, for one call.
        workers members WorkerServiceClient;
        /// To what links workers, for one call.
        links members LinkServiceClient;
        /// To what people are told, for one call.
        messages members MessageServiceClient;
        /// To users, for one call.
        identity members IdentityServiceClient;
        /// To who looked at files, for one call.
        access_log members AccessLogServiceClient;
        /// To who saw whom on shifts, for one call.
        seen_on_shifts flexpool SeenOnShiftsClient;
        /// To shifts, for one call.
        shifts flexpool ShiftServiceClient;
        /// To claims, for one call.
        claims flexpool ClaimServiceClient;
        /// To who could have which shift, for one call.
        eligibility flexpool EligibilityServiceClient;
        /// To work outside claims, for one call.
        rosters flexpool RosterServiceClient;
        /// To claims that no longer fit, for one call.
        conflicts flexpool ConflictServiceClient;
        /// To waits for a place, for one call.
        waits flexpool WaitServiceClient;
    }

    /// The message as this person's request.
    pub(crate) fn ask<T>(&self, message: T) -> tonic::Request<T> {
        with_token(message, &self.session.token)
    }

    /// The language and texts of the person.
    pub(crate) fn language(&self) -> Language {
        self.visit.language
    }

    /// The texts in the person's language.
    pub(crate) fn words(&self) -> Words {
        self.visit.words()
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or(Failure::Broken)
    }
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let session = visit.session.clone().ok_or(Failure::SignIn)?;
        Ok(Self { visit, session })
    }
}

fn language(headers: &HeaderMap) -> Language {
    let chosen = || {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
        cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(name, _)| *name == cookies::LANGUAGE)
    };
    let accepted = || Language::accepted(headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default());
    chosen().and_then(|(_, tag)| Language::from_tag(tag)).unwrap_or_else(accepted)
}

fn wants_page(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    !text("accept").contains("text/event-stream") && !matches!(text("sec-fetch-mode"), "cors" | "no-cors" | "same-origin")
}

/// The layer around every page.
pub(crate) async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Ok(_permit) = app.pages.try_acquire() else {
        return failure::overloaded();
    };
    let headers = request.headers();
    let jar = cookies::jar(&app, headers);
    let mut visit = Visit {
        language: language(headers),
        session: cookies::read(&app, &jar, cookies::SESSION),
        path: request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        wants_page: wants_page(headers),
        is_get: request.method() == Method::GET,
        calls: Arc::default(),
        app: app.clone(),
    };
    let (mut renewed, mut ended, mut unavailable) = (None, false, false);
    if let Some(session) = visit.session.take_if(|session| session.left() < RENEW_BEFORE) {
        if let Err(wait) = app.pace.renewal(session.secret()) {
            return failure::page(&visit, &Failure::TooOften(wait));
        }
        visit.count();
        match session.renew(&app).await {
            Renewal::Renewed(session) => renewed = Some(session.clone()).inspect(|_| visit.session = Some(session)),
            Renewal::Ended => ended = true,
            // A token in hand is good until its end (D14).
            Renewal::Unavailable if session.left() > 0 => visit.session = Some(session),
            Renewal::Unavailable => unavailable = true,
        }
    }
    request.extensions_mut().insert(visit.clone());
    let mut response = if unavailable { Failure::Unavailable.into_response() } else { next.run(request).await };
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        ended |= matches!(failure, Failure::SignIn) && visit.session.is_some();
        response = failure::page(&visit, &failure);
    }
    tracing::Span::current().record("calls", visit.calls.load(Ordering::Relaxed));
    match renewed {
        _ if cookies::decides_session(&app, &response) => response,
        _ if ended => (cookies::remove(&app, jar, cookies::SESSION), response).into_response(),
        Some(session) => (cookies::write(&app, jar, cookies::SESSION, &session.for_cookie()), response).into_response(),
        None => response,
    }
}
