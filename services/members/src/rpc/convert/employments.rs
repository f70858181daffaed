//! Employments, and why they ended.

use chassis::{
    caller::Call,
    error::Result,
    ids::{EmploymentId, OrganisationId, WorkerId},
    page::Page,
    time::LocalDate,
    validate::Fields,
};
use proto::members as pb;
use uuid::Uuid;

use super::{choice, etag, mask, message, page, span};
use crate::{
    domain::{
        employment::{Assessment, AssessmentResult, EmploymentChange, Exit, ExitDestination, ExitReason, Left},
        text::open_text,
        worker::{Employment, EmploymentKind, FunctionLevel, NewEmployment},
    },
    store::employments::ByEnd,
};

pub(super) fn new_employment(fields: &mut Fields, msg: &pb::Employment, call: &Call) -> Option<NewEmployment> {
    fields.output_only("employment.id", msg.id.is_empty());
    fields.output_only("employment.etag", msg.etag.is_empty());
    fields.output_only("employment.exit", msg.exit.is_none());
    let organisation = fields.id("employment.organisation", &msg.organisation);
    let personnel_number = personnel_number(fields, msg);
    let function_level = choice(fields, "employment.function_level", msg.function_level, FunctionLevel::from_number);
    let kind = choice(fields, "employment.kind", msg.kind, EmploymentKind::from_number);
    let minutes_per_week = minutes_per_week(fields, msg);
    let from = fields.date("employment.from", msg.from.as_ref());
    let until = fields.optional_date("employment.until", msg.until.as_ref());
    span(fields, "employment.until", from, until);
    let cost_centre = cost_centre(fields, msg);
    recorded_by_is_ours(fields, msg);
    let assessment = assessment(fields, msg, call);
    if assessment.is_some() && kind.is_some_and(|kind| kind != EmploymentKind::SelfEmployed) {
        fields.violation("employment.assessment", "is only for the self-employed");
    }
    Some(NewEmployment {
        organisation: organisation?,
        personnel_number: personnel_number?,
        function_level: function_level?,
        kind: kind?,
        minutes_per_week: minutes_per_week?,
        cost_centre,
        from: from?,
        until,
        assessment,
    })
}

/// A number of the employer's own making: nine digits that pass the test are no proof of anything here (D20).
fn personnel_number(fields: &mut Fields, msg: &pb::Employment) -> Option<String> {
    fields.text("employment.personnel_number", &msg.personnel_number, 40)
}

fn minutes_per_week(fields: &mut Fields, msg: &pb::Employment) -> Option<i32> {
    fields.number("employment.minutes_per_week", msg.minutes_per_week, 0, 3600)
}

/// `None` also when something is wrong with it, which is noted.
fn cost_centre(fields: &mut Fields, msg: &pb::Employment) -> Option<String> {
    let empty = msg.cost_centre.trim().is_empty();
    (!empty).then(|| open_text(fields, "employment.cost_centre", &msg.cost_centre, 40)).flatten()
}

fn recorded_by_is_ours(fields: &mut Fields, msg: &pb::Employment) {
    fields.output_only("employment.assessment.recorded_by", msg.assessment.as_ref().is_none_or(|one| one.recorded_by.is_empty()));
}

/// `None` also when something is wrong with it, which is noted.
fn assessment(fields: &mut Fields, msg: &pb::Employment, call: &Call) -> Option<Assessment> {
    let msg = msg.assessment.as_ref()?;
    let result = choice(fields, "employment.assessment.result", msg.result, AssessmentResult::from_number);
    let assessed_on = fields.date("employment.assessment.assessed_on", msg.assessed_on.as_ref());
    if assessed_on.is_some_and(|day| day > call.now.local_date()) {
        fields.violation("employment.assessment.assessed_on", "is in the future");
    }
    Some(Assessment { result: result?, assessed_on: assessed_on?, recorded_by: call.caller.subject.to_string() })
}

pub(in crate::rpc) fn create_employment(msg: &pb::CreateEmploymentRequest, call: &Call) -> Result<((WorkerId, NewEmployment), Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "employment", msg.employment.as_ref()).and_then(|employment| {
        let worker = fields.id("employment.worker", &employment.worker);
        let new = new_employment(&mut fields, employment, call);
        worker.zip(new)
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id))
}

const CHANGEABLE: &[&str] =
    &["personnel_number", "function_level", "kind", "minutes_per_week", "cost_centre", "from", "until", "assessment"];

/// Which employment, as it was read, and what is to be different.
pub(in crate::rpc) type Changed = (EmploymentId, String, EmploymentChange);

pub(in crate::rpc) fn update_employment(msg: &pb::UpdateEmploymentRequest, call: &Call) -> Result<(Changed, Uuid)> {
    let mut fields = Fields::new();
    let paths = mask(&mut fields, msg.update_mask.as_ref(), CHANGEABLE);
    let changed = message(&mut fields, "employment", msg.employment.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        let has = |path: &str| paths.contains(&path);
        let id = fields.id("employment.id", &msg.id);
        let etag = etag(fields, "employment.etag", &msg.etag);
        fields.output_only("employment.worker", msg.worker.is_empty());
        fields.output_only("employment.organisation", msg.organisation.is_empty());
        fields.output_only("employment.exit", msg.exit.is_none());
        // Texts are looked at whether they are named or not: nothing comes in that is longer than it may be.
        let given = has("personnel_number") || !msg.personnel_number.is_empty();
        let number = given.then(|| personnel_number(fields, msg)).flatten();
        let cost_centre = cost_centre(fields, msg);
        recorded_by_is_ours(fields, msg);
        let change = EmploymentChange {
            personnel_number: number.filter(|_| has("personnel_number")),
            function_level: has("function_level")
                .then(|| choice(fields, "employment.function_level", msg.function_level, FunctionLevel::from_number))
                .flatten(),
            kind: has("kind").then(|| choice(fields, "employment.kind", msg.kind, EmploymentKind::from_number)).flatten(),
            minutes_per_week: has("minutes_per_week").then(|| minutes_per_week(fields, msg)).flatten(),
            cost_centre: has("cost_centre").then_some(cost_centre),
            from: has("from").then(|| fields.date("employment.from", msg.from.as_ref())).flatten(),
            until: has("until").then(|| fields.optional_date("employment.until", msg.until.as_ref())),
            assessment: has("assessment").then(|| assessment(fields, msg, call)),
        };
        Some((id?, etag?, change))
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(changed.zip(request_id))
}

/// Which employment, as it was read, ends when and why.
pub(in crate::rpc) type Ended = (EmploymentId, String, LocalDate, Exit);

pub(in crate::rpc) fn end_employment(msg: &pb::EndEmploymentRequest) -> Result<(Ended, Uuid)> {
    let mut fields = Fields::new();
    let id = fields.id("id", &msg.id);
    let etag = etag(&mut fields, "etag", &msg.etag);
    let until = fields.date("until", msg.until.as_ref());
    let exit = message(&mut fields, "exit", msg.exit.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        fields.output_only("exit.employment", msg.employment.is_empty());
        fields.output_only("exit.worker", msg.worker.is_empty());
        fields.output_only("exit.left_on", msg.left_on.is_none());
        let reason = choice(fields, "exit.reason", msg.reason, ExitReason::from_number);
        let destination = choice(fields, "exit.destination", msg.destination, ExitDestination::from_number);
        Some(Exit { reason: reason?, destination: destination? })
    });
    let request_id = fields.request_id(&msg.request_id);
    let all = || Some(((id?, etag?, until?, exit?), request_id?));
    fields.finish_with(all())
}

pub(in crate::rpc) fn list_exits(msg: &pb::ListExitsRequest) -> Result<(OrganisationId, Page<ByEnd>)> {
    let mut fields = Fields::new();
    let organisation = fields.id("organisation", &msg.organisation);
    let page = page(&mut fields, msg.page_size, &msg.page_token, &format!("exits/{}", msg.organisation));
    fields.finish_with(organisation.zip(page))
}

pub(in crate::rpc) fn left(left: &Left) -> pb::Exit {
    pb::Exit {
        employment: left.employment.to_string(),
        worker: left.worker.to_string(),
        left_on: Some(left.left_on.to_proto()),
        reason: left.exit.reason.number(),
        destination: left.exit.destination.number(),
    }
}

/// All of it.
pub(in crate::rpc) fn employment(employment: &Employment) -> pb::Employment {
    let about = &employment.about;
    let exit = about
        .until
        .zip(employment.exit)
        .map(|(left_on, exit)| left(&Left { employment: employment.id, worker: employment.worker, left_on, exit }));
    pb::Employment {
        cost_centre: about.cost_centre.clone().unwrap_or_default(),
        assessment: about.assessment.as_ref().map(|assessment| pb::SelfEmployedAssessment {
            result: assessment.result.number(),
            assessed_on: Some(assessment.assessed_on.to_proto()),
            recorded_by: assessment.recorded_by.clone(),
        }),
        etag: employment.revision.to_string(),
        exit,
        ..roster_employment(employment)
    }
}

/// What a roster is made from.
pub(super) fn roster_employment(employment: &Employment) -> pb::Employment {
    let about = &employment.about;
    pb::Employment {
        id: employment.id.to_string(),
        worker: employment.worker.to_string(),
        organisation: about.organisation.to_string(),
        personnel_number: about.personnel_number.clone(),
        function_level: about.function_level.number(),
        kind: about.kind.number(),
        minutes_per_week: about.minutes_per_week,
        from: Some(about.from.to_proto()),
        until: about.until.map(|day| day.to_proto()),
        ..pb::Employment::default()
    }
}
