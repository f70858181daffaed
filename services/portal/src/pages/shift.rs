//! One shift: for the worker whether it is theirs, for the planner who is on it; and taking it back.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chassis::{ids::random_uuid, time::Timestamp};
use proto::{
    flexpool::{
        Audience, CancelShiftRequest, Claim, GetShiftRequest, ListClaimsRequest, ListClaimsResponse, ListMyClaimsRequest,
        ListMyClaimsResponse, MyClaim, Shift, WithdrawClaimRequest,
    },
    members::{Basis, Role},
};
use serde::Deserialize;
use tonic::Status;
use wording::{Words, clock, states};

use super::{
    waits::{self, Waiting},
    who_could::{self, Why},
};
use crate::{
    cards::Card,
    failure::{self, Failure, Problems},
    forms::Input,
    names::Names,
    view::{Page, encode, html},
    visit::Signed,
};

/// What was just done.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wish {
    done: String,
}

struct OnIt {
    name: String,
    basis: &'static str,
    since: String,
}

#[derive(Template)]
#[template(path = "shift.html")]
struct ShiftPage {
    page: Page,
    card: Card,
    heading: String,
    request_id: String,
    is_worker: bool,
    /// The caller's own claim.
    mine: Option<Mine>,
    waiting: Option<Waiting>,
    /// What holds the worker back.
    why: Why,
    /// Who is on it, for its planners.
    claims: Option<Vec<OnIt>>,
    can_cancel: bool,
    /// Whether the caller may see who could work it.
    can_ask: bool,
    /// For whom it opens when, for its planners; empty when it is open for everybody.
    stages: Vec<(&'static str, String)>,
    problem: Option<String>,
    /// What the person has just done.
    notice: Option<&'static str>,
}

/// The caller's own claim and how it can be given back.
struct Mine {
    claim: String,
    /// Until when it can be undone; absent when that time is over.
    undo_until: Option<String>,
    give_back_until: String,
    /// Whether it can still be given back.
    may_go: bool,
}

impl Mine {
    fn new(signed: &Signed, mine: &MyClaim, now: Timestamp) -> Option<Self> {
        let terms = mine.withdrawal.as_ref()?;
        let moment = |time| clock::moment(signed.language(), time);
        let undo_until = terms.undo_until.as_ref().and_then(Timestamp::from_proto).filter(|until| now < *until);
        let until = terms.withdraw_until.as_ref().and_then(Timestamp::from_proto)?;
        Some(Self {
            claim: mine.claim.as_ref()?.id.clone(),
            undo_until: undo_until.map(moment),
            give_back_until: moment(until),
            may_go: undo_until.is_some() || now < until,
        })
    }
}

/// `GET /shifts/{id}`.
pub(crate) async fn show(signed: Signed, Path(id): Path<String>, Query(wish): Query<Wish>) -> Result<Response, Failure> {
    page(&signed, id, &wish.done, None).await
}

/// The page again, with what was wrong.
pub(crate) async fn again(signed: &Signed, id: String, problems: Problems) -> Result<Response, Failure> {
    page(signed, id, "", Some(problems)).await
}

/// `POST /shifts/{id}/give-back`.
pub(crate) async fn give_back(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let request = WithdrawClaimRequest { id: input.text("claim").to_owned(), request_id: input.text("request_id").to_owned() };
    match signed.claims().withdraw_claim(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/shifts/{}?done=given-back", encode(&id))).into_response()),
        Err(status) => again(&signed, id, Problems::of(signed.language(), status)?).await,
    }
}

/// `POST /shifts/{id}/cancel`.
pub(crate) async fn cancel(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let request = CancelShiftRequest { id: id.clone(), request_id: input.text("request_id").to_owned() };
    match signed.shifts().cancel_shift(signed.ask(request)).await {
        Ok(answer) => {
            let organisation = answer.into_inner().shift.map(|shift| shift.organisation).unwrap_or_default();
            Ok(Redirect::to(&format!("/board?organisation={}&done=cancelled", encode(&organisation))).into_response())
        }
        Err(status) => again(&signed, id, Problems::of(signed.language(), status)?).await,
    }
}

async fn page(signed: &Signed, id: String, done: &str, problems: Option<Problems>) -> Result<Response, Failure> {
    let now = signed.visit.app.frame.clock.now();
    let (shift, mine, claims, waits, why) = tokio::join!(
        async { signed.shifts().get_shift(signed.ask(GetShiftRequest { id: id.clone() })).await },
        my_claims(signed, now),
        claims(signed, &id),
        waits::mine(signed),
        who_could::why_not(signed, &id),
    );
    let shift = shift?.into_inner().shift.ok_or(Failure::NotFound)?;
    let card = Card::new(signed.words(), &shift, now);
    let of_it = |mine: &&MyClaim| mine.claim.as_ref().is_some_and(|claim| claim.shift == id);
    let mine = mine.and_then(|mine| mine.claims.iter().find(of_it).and_then(|mine| Mine::new(signed, mine, now)));
    let waiting = waits::by_shift(signed, &waits).remove(&id);
    let claims = match claims {
        Some(claims) => {
            let names = Names::of(signed, claims.claims.iter().map(|claim| &claim.worker)).await;
            Some(claims.claims.iter().map(|claim| on_it(signed, &names, claim)).collect::<Vec<_>>())
        }
        None => None,
    };
    let stages = if claims.is_some() { stages(signed.words(), &shift, now) } else { Vec::new() };
    let can_ask = [Role::Planner, Role::WardLead].into_iter().any(|role| signed.session.acts_for(role, &card.organisation));
    let can_cancel = signed.session.acts_for(Role::Planner, &card.organisation) && card.is_open && !card.has_begun;
    let status = problems.as_ref().map_or(StatusCode::OK, |problems| problems.status);
    let problem = problems.and_then(|problems| problems.general.or_else(|| problems.fields.into_iter().next().map(|(_, text)| text)));
    let template = ShiftPage {
        page: Page::new(&signed.visit, signed.words().shift_title()).live(),
        heading: clock::title(signed.language(), card.day),
        card,
        request_id: random_uuid().to_string(),
        is_worker: signed.session.is_worker(),
        notice: done_notice(signed, done, mine.is_some()),
        mine,
        waiting,
        why,
        claims,
        can_cancel,
        can_ask,
        stages,
        problem,
    };
    Ok(html(status, &template))
}

/// What the person has just done; a link to it says nothing that is not so.
fn done_notice(signed: &Signed, done: &str, is_mine: bool) -> Option<&'static str> {
    let words = signed.words();
    match done {
        "claimed" if is_mine => Some(words.claimed_notice()),
        "given-back" if !is_mine => Some(words.given_back_notice()),
        "joined" => Some(words.joined_notice()),
        "left" => Some(words.left_notice()),
        _ => None,
    }
}

/// For whom the shift opens when, unless everybody can take it by now.
fn stages(words: Words, shift: &Shift, now: Timestamp) -> Vec<(&'static str, String)> {
    let opens = |audience: Audience| {
        let found = shift.openings.iter().find(|opening| opening.audience() == audience)?;
        found.opens_at.as_ref().and_then(Timestamp::from_proto)
    };
    let all = (1..).map_while(|number| Audience::try_from(number).ok());
    let stages: Vec<(Audience, Option<Timestamp>)> = all.map(|audience| (audience, opens(audience))).collect();
    if stages.iter().all(|(_, opens)| opens.is_some_and(|at| at <= now)) {
        return Vec::new();
    }
    let told = |(audience, opens): (Audience, Option<Timestamp>)| {
        let when = match opens {
            None => words.stage_never().to_owned(),
            Some(at) if at <= now => words.stage_open().to_owned(),
            Some(at) => words.opens_on(&clock::moment(words.0, at)),
        };
        (states::audience(words.0, audience), when)
    };
    stages.into_iter().map(told).collect()
}

fn on_it(signed: &Signed, names: &Names, claim: &Claim) -> OnIt {
    let confirmed = claim.confirmed_at.as_ref().and_then(Timestamp::from_proto);
    let since =
        |time: Timestamp| format!("{} {}", clock::short_date(signed.language(), time.local_date()), clock::time(signed.language(), time));
    OnIt {
        name: names.get(&claim.worker),
        basis: states::basis(signed.language(), Basis::try_from(claim.basis).unwrap_or_default()),
        since: confirmed.map(since).unwrap_or_default(),
    }
}

/// The worker's own claims; nobody has more than one page of them ahead.
async fn my_claims(signed: &Signed, now: Timestamp) -> Option<ListMyClaimsResponse> {
    if !signed.session.is_worker() {
        return None;
    }
    let request = ListMyClaimsRequest { ends_after: Some(now.to_proto()), page_size: 200, ..Default::default() };
    let answer = signed.claims().list_my_claims(signed.ask(request)).await;
    answer.inspect_err(note).ok().map(tonic::Response::into_inner)
}

/// Who is on the shift, for those who may see it.
async fn claims(signed: &Signed, id: &str) -> Option<ListClaimsResponse> {
    let session = &signed.session;
    if !(session.is_operator() || session.has(Role::Planner) || session.has(Role::WardLead)) {
        return None;
    }
    let request = ListClaimsRequest { shift: id.to_owned(), page_size: 200, page_token: String::new(), shifts: Vec::new() };
    // Somebody else's planner may see the shift as a worker, but not who is on it.
    signed.claims().list_claims(signed.ask(request)).await.inspect_err(note).ok().map(tonic::Response::into_inner)
}

pub(crate) fn note(status: &Status) {
    if failure::http_status(status.code()).is_server_error() {
        tracing::warn!(code = ?status.code(), "a part of a page is missing");
    }
}
