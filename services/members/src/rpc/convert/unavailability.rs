//! When somebody cannot work, and what rosters must keep to.

use chassis::{
    error::Result,
    ids::{UnavailabilityId, WorkerId},
    page::Page,
    time::Timestamp,
    validate::Fields,
};
use proto::members as pb;
use uuid::Uuid;

use super::{choice, etag, mask, message, page, span};
use crate::{
    domain::unavailability::{Away, AwayChange, Constraint, ConstraintKind, MAX_CONSTRAINTS, NewConstraint, Unavailability, is_near},
    events::schedule_constraint,
    store::unavailability::ByBegin,
};

fn moment(fields: &mut Fields, field: &str, moment: Option<&prost_types::Timestamp>, now: Timestamp) -> Option<Timestamp> {
    let moment = fields.timestamp(field, moment)?;
    if !is_near(moment, now) {
        fields.violation(field, "is not between two years ago and five years ahead");
        return None;
    }
    Some(moment)
}

fn optional_moment(fields: &mut Fields, field: &str, text: Option<&prost_types::Timestamp>, now: Timestamp) -> Option<Timestamp> {
    text.and_then(|_| moment(fields, field, text, now))
}

pub(in crate::rpc) fn create_unavailability(msg: &pb::CreateUnavailabilityRequest, now: Timestamp) -> Result<((WorkerId, Away), Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "unavailability", msg.unavailability.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        fields.output_only("unavailability.id", msg.id.is_empty());
        fields.output_only("unavailability.etag", msg.etag.is_empty());
        let worker = fields.id("unavailability.worker", &msg.worker);
        let from = moment(fields, "unavailability.from", msg.from.as_ref(), now);
        let until = optional_moment(fields, "unavailability.until", msg.until.as_ref(), now);
        let away = Away::new(from?, until);
        if away.is_none() {
            fields.violation("unavailability.until", "is not after the start");
        }
        worker.zip(away)
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id))
}

/// Which period, as it was read, and what is to be different.
pub(in crate::rpc) type ChangedAway = (UnavailabilityId, String, AwayChange);

pub(in crate::rpc) fn update_unavailability(msg: &pb::UpdateUnavailabilityRequest, now: Timestamp) -> Result<(ChangedAway, Uuid)> {
    let mut fields = Fields::new();
    let paths = mask(&mut fields, msg.update_mask.as_ref(), &["from", "until"]);
    let change = message(&mut fields, "unavailability", msg.unavailability.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        let id = fields.id("unavailability.id", &msg.id);
        fields.output_only("unavailability.worker", msg.worker.is_empty());
        let etag = etag(fields, "unavailability.etag", &msg.etag);
        let from = paths.contains(&"from").then(|| moment(fields, "unavailability.from", msg.from.as_ref(), now));
        let until = paths.contains(&"until").then(|| optional_moment(fields, "unavailability.until", msg.until.as_ref(), now));
        Some((id?, etag?, AwayChange { from: from.flatten(), until }))
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(change.zip(request_id))
}

pub(in crate::rpc) fn withdraw_unavailability(msg: &pb::WithdrawUnavailabilityRequest) -> Result<(UnavailabilityId, Uuid)> {
    let mut fields = Fields::new();
    let id = fields.id("id", &msg.id);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(id.zip(request_id))
}

pub(in crate::rpc) fn list_unavailabilities(msg: &pb::ListUnavailabilitiesRequest) -> Result<(WorkerId, Page<ByBegin>)> {
    let mut fields = Fields::new();
    let worker = fields.id("worker", &msg.worker);
    let page = page(&mut fields, msg.page_size, &msg.page_token, &format!("unavailabilities/{}", msg.worker));
    fields.finish_with(worker.zip(page))
}

pub(in crate::rpc) fn unavailability(period: &Unavailability) -> pb::Unavailability {
    pb::Unavailability {
        id: period.id.to_string(),
        worker: period.worker.to_string(),
        from: Some(period.away.from.to_proto()),
        until: period.away.until.map(Timestamp::to_proto),
        etag: period.revision.to_string(),
    }
}

pub(in crate::rpc) fn get_schedule_constraints(msg: &pb::GetScheduleConstraintsRequest) -> Result<WorkerId> {
    let mut fields = Fields::new();
    let worker = fields.id("worker", &msg.worker);
    fields.finish_with(worker)
}

/// Whose constraints, as they were read, and what they are to be.
pub(in crate::rpc) type NewConstraints = (WorkerId, String, Vec<NewConstraint>);

pub(in crate::rpc) fn set_schedule_constraints(msg: &pb::SetScheduleConstraintsRequest) -> Result<(NewConstraints, Uuid)> {
    let mut fields = Fields::new();
    let worker = fields.id("worker", &msg.worker);
    let etag = etag(&mut fields, "etag", &msg.etag);
    if msg.constraints.len() > MAX_CONSTRAINTS {
        fields.violation("constraints", format!("are more than {MAX_CONSTRAINTS}"));
    }
    // Not stopped at the first: every wrong one is told.
    let constraints: Vec<Option<NewConstraint>> =
        msg.constraints.iter().take(MAX_CONSTRAINTS).enumerate().map(|(n, msg)| constraint(&mut fields, n, msg)).collect();
    let constraints: Option<Vec<NewConstraint>> = constraints.into_iter().collect();
    let request_id = fields.request_id(&msg.request_id);
    let all = || Some(((worker?, etag?, constraints?), request_id?));
    fields.finish_with(all())
}

fn constraint(fields: &mut Fields, n: usize, msg: &pb::ScheduleConstraint) -> Option<NewConstraint> {
    let field = |name: &str| format!("constraints[{n}].{name}");
    fields.output_only(&field("id"), msg.id.is_empty());
    let kind = choice(fields, &field("kind"), msg.kind, ConstraintKind::from_number);
    let minutes = match kind.map(ConstraintKind::minutes) {
        Some(Some((min, max))) => fields.number(&field("minutes"), msg.minutes, min, max).map(Some),
        Some(None) if msg.minutes != 0 => {
            fields.violation(field("minutes"), "must be empty for this kind");
            None
        }
        _ => Some(None),
    };
    let from = fields.date(&field("from"), msg.from.as_ref());
    let until = fields.optional_date(&field("until"), msg.until.as_ref());
    span(fields, &field("until"), from, until);
    Some(NewConstraint { kind: kind?, minutes: minutes?, from: from?, until })
}

pub(in crate::rpc) fn schedule_constraints((constraints, revision): &(Vec<Constraint>, i64)) -> (Vec<pb::ScheduleConstraint>, String) {
    (constraints.iter().map(schedule_constraint).collect(), revision.to_string())
}
