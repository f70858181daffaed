//! What workers agree to.

use chassis::{
    error::Result,
    ids::{ConsentId, WorkerId},
    time::Timestamp,
    validate::Fields,
};
use proto::members as pb;
use uuid::Uuid;

use super::choice;
use crate::domain::consent::{Consent, ConsentKind};

pub(in crate::rpc) fn give_consent(msg: &pb::GiveConsentRequest) -> Result<(ConsentKind, Uuid)> {
    let mut fields = Fields::new();
    let kind = choice(&mut fields, "kind", msg.kind, ConsentKind::from_number);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(kind.zip(request_id))
}

pub(in crate::rpc) fn revoke_consent(msg: &pb::RevokeConsentRequest) -> Result<(ConsentId, Uuid)> {
    let mut fields = Fields::new();
    let id = fields.id("id", &msg.id);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(id.zip(request_id))
}

pub(in crate::rpc) fn list_consents(msg: &pb::ListConsentsRequest) -> Result<WorkerId> {
    let mut fields = Fields::new();
    let worker = fields.id("worker", &msg.worker);
    fields.finish_with(worker)
}

pub(in crate::rpc) fn consent(consent: &Consent) -> pb::Consent {
    pb::Consent {
        id: consent.id.to_string(),
        kind: consent.kind.number(),
        given_at: Some(consent.given_at.to_proto()),
        revoked_at: consent.revoked_at.map(Timestamp::to_proto),
    }
}
