//! Between messages and commands about waiting for a place.

use chassis::{error::Result, ids::WaitId, page::Page, time::Timestamp, validate::Fields};
use proto::flexpool as api;
use uuid::Uuid;

use super::convert;
use crate::{
    app::wait::Join,
    domain::waitlist::WaitState,
    store::{
        shift::Key,
        wait::{MyWait, Wait},
    },
};

/// A list to join.
pub(super) fn join(message: &api::JoinWaitlistRequest) -> Result<(Join, Uuid)> {
    let mut fields = Fields::new();
    let shift = fields.id("shift", &message.shift);
    let employment = fields.optional_id("employment", &message.employment);
    let request_id = fields.request_id(&message.request_id);
    let at_once = message.at_once;
    fields.finish_with(shift.map(|shift| Join { shift, employment, at_once }).zip(request_id))
}

fn one_and_request(id: &str, request_id: &str) -> Result<(WaitId, Uuid)> {
    let mut fields = Fields::new();
    let id = fields.id("id", id);
    let request_id = fields.request_id(request_id);
    fields.finish_with(id.zip(request_id))
}

/// A wait to end.
pub(super) fn leave(message: &api::LeaveWaitlistRequest) -> Result<(WaitId, Uuid)> {
    one_and_request(&message.id, &message.request_id)
}

/// An offer to accept.
pub(super) fn accept(message: &api::AcceptOfferRequest) -> Result<(WaitId, Uuid)> {
    one_and_request(&message.id, &message.request_id)
}

/// Whether those that are over are asked for, and which page.
pub(super) fn list(message: &api::ListMyWaitsRequest) -> Result<(bool, Page<Key>)> {
    let page = Page::parse(message.page_size, &message.page_token, format!("my waits {}", message.include_closed))?;
    Ok((message.include_closed, page))
}

/// As shown to the worker; so many stand before.
pub(super) fn wait(wait: &Wait, before: i32) -> api::Wait {
    let offer_until = wait.offer_until.filter(|_| wait.state == WaitState::Offered);
    let skipped = wait.skipped.clone().map(|(reason, metadata)| api::Refusal { reason, metadata });
    api::Wait {
        id: wait.id.to_string(),
        shift: wait.shift.to_string(),
        employment: wait.employment.map(|id| id.to_string()).unwrap_or_default(),
        state: wait.state as i32,
        joined_at: Some(wait.joined_at.to_proto()),
        before,
        offer_until: offer_until.map(Timestamp::to_proto),
        at_once: wait.at_once,
        skipped,
    }
}

/// As shown to the worker.
pub(super) fn my_wait(mine: &MyWait) -> api::MyWait {
    api::MyWait { wait: Some(wait(&mine.wait, mine.before)), shift: Some(convert::shift(&mine.shift)) }
}
