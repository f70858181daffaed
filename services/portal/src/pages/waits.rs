//! Waiting for a place on a full shift: what its page says of it, and joining, leaving and accepting.

use std::collections::HashMap;

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use chassis::time::Timestamp;
use proto::flexpool::{AcceptOfferRequest, JoinWaitlistRequest, LeaveWaitlistRequest, ListMyWaitsRequest, MyWait, Wait, wait::State};
use wording::clock;

use super::{claim, shift};
use crate::{
    failure::{Failure, Problems},
    forms::Input,
    view::encode,
    visit::Signed,
};

/// A wait as pages show it.
pub(crate) struct Waiting {
    pub(crate) id: String,
    pub(crate) before: i32,
    pub(crate) at_once: bool,
    /// Until when the place that is offered can be taken.
    pub(crate) offer_until: Option<String>,
}

impl Waiting {
    /// One that is open; `None` for one that is over.
    pub(crate) fn new(signed: &Signed, wait: &Wait) -> Option<Self> {
        let is_open = matches!(wait.state(), State::Waiting | State::Offered);
        let moment = |time: Timestamp| clock::moment(signed.language(), time);
        let offer_until = wait.offer_until.as_ref().and_then(Timestamp::from_proto).map(moment);
        is_open.then(|| Self { id: wait.id.clone(), before: wait.before, at_once: wait.at_once, offer_until })
    }
}

/// The worker's open waits; nobody has more than one page of them. Without an answer the page goes on.
pub(crate) async fn mine(signed: &Signed) -> Vec<MyWait> {
    if !signed.session.is_worker() {
        return Vec::new();
    }
    let request = ListMyWaitsRequest { page_size: 200, ..Default::default() };
    let answer = signed.waits().list_my_waits(signed.ask(request)).await.inspect_err(shift::note);
    answer.map(|answer| answer.into_inner().waits).unwrap_or_default()
}

/// The open waits by shift.
pub(crate) fn by_shift(signed: &Signed, waits: &[MyWait]) -> HashMap<String, Waiting> {
    let waits = waits.iter().filter_map(|mine| mine.wait.as_ref());
    waits.filter_map(|wait| Some((wait.shift.clone(), Waiting::new(signed, wait)?))).collect()
}

/// `POST /shifts/{id}/wait`.
pub(crate) async fn join(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let request = JoinWaitlistRequest {
        shift: id.clone(),
        employment: String::new(),
        at_once: input.text("at_once") == "1",
        request_id: input.text("request_id").to_owned(),
    };
    match signed.waits().join_waitlist(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/shifts/{}?done=joined", encode(&id))).into_response()),
        Err(status) => shift::again(&signed, id, Problems::of(signed.language(), status)?).await,
    }
}

/// `POST /shifts/{id}/leave`: off the list, or no to an offer.
pub(crate) async fn leave(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let request = LeaveWaitlistRequest { id: input.text("wait").to_owned(), request_id: input.text("request_id").to_owned() };
    match signed.waits().leave_waitlist(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/shifts/{}?done=left", encode(&id))).into_response()),
        Err(status) => shift::again(&signed, id, Problems::of(signed.language(), status)?).await,
    }
}

/// `POST /shifts/{id}/accept`. The place is then the worker's; a refusal says why not.
pub(crate) async fn accept(signed: Signed, Path(id): Path<String>, input: Input) -> Result<Response, Failure> {
    let (wait, request_id) = (input.text("wait").to_owned(), input.text("request_id").to_owned());
    let request = AcceptOfferRequest { id: wait, request_id: request_id.clone() };
    match signed.waits().accept_offer(signed.ask(request)).await {
        Ok(_) => Ok(Redirect::to(&format!("/shifts/{}?done=claimed", encode(&id))).into_response()),
        Err(status) => claim::refused(&signed, id, request_id, status),
    }
}
