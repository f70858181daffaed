//! One person over several employers.

use chassis::{
    error::Result,
    ids::{OrganisationId, WorkerId},
    validate::Fields,
};
use proto::members as pb;
use uuid::Uuid;

use crate::{
    app::links::Shown,
    domain::{identity::InvitationCode, link::Outcome},
};

pub(in crate::rpc) fn propose_links(msg: &pb::ProposeLinksRequest) -> Result<(WorkerId, Uuid)> {
    let mut fields = Fields::new();
    let worker = fields.id("worker", &msg.worker);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(worker.zip(request_id))
}

pub(in crate::rpc) fn confirm_link(msg: &pb::ConfirmLinkRequest) -> Result<((OrganisationId, String), Uuid)> {
    let mut fields = Fields::new();
    let organisation = fields.id("organisation", &msg.organisation);
    let number = fields.text("personnel_number", &msg.personnel_number, 40);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(organisation.zip(number).zip(request_id))
}

pub(in crate::rpc) fn decline_links(msg: &pb::DeclineLinksRequest) -> Result<((), Uuid)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(Some(()).zip(request_id))
}

/// The code is absent when it can be none: to who types it, that is a wrong code like any other.
pub(in crate::rpc) fn link_by_code(msg: &pb::LinkByCodeRequest) -> Result<(Option<InvitationCode>, Uuid)> {
    let mut fields = Fields::new();
    let code = fields.text("code", &msg.code, 40);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(code.zip(request_id)).map(|(code, request_id)| (InvitationCode::parse(&code), request_id))
}

pub(in crate::rpc) fn link_proposal(shown: &Shown) -> pb::LinkProposal {
    pb::LinkProposal { id: shown.id.to_string(), waiting: shown.waiting }
}

pub(in crate::rpc) fn link_outcome(outcome: Outcome) -> pb::LinkOutcome {
    match outcome {
        Outcome::Linked => pb::LinkOutcome::Linked,
        Outcome::Waiting => pb::LinkOutcome::Waiting,
        Outcome::WrongNumber => pb::LinkOutcome::WrongNumber,
        Outcome::Closed => pb::LinkOutcome::Closed,
    }
}
