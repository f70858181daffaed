//! Between messages and commands about rosters and work elsewhere.

use std::collections::HashSet;

use ::working_time::{Block, Kind};
use chassis::{
    error::Result,
    ids::{EmploymentId, OrganisationId, WorkBlockId},
    page::Page,
    time::{LocalDate, Timestamp},
    validate::Fields,
};
use proto::flexpool as api;
use uuid::Uuid;

use super::convert::{ends_after, local_time};
use crate::{
    app::roster::{Done, Roster},
    domain::{
        calendar::Period,
        roster::{Planned, Time, WorkBlock, kind_from_number, kind_number},
    },
    store::shift::Key,
};

const MAX_BLOCKS: usize = 5_000;
const MAX_REFERENCE: usize = 120;
const MAX_DAYS: i64 = 62;

/// A part of an organisation's roster.
pub(super) fn put_roster_blocks(message: &api::PutRosterBlocksRequest) -> Result<(Roster, Uuid)> {
    let mut fields = Fields::new();
    let organisation: Option<OrganisationId> = fields.id("organisation", &message.organisation);
    let window = window(&mut fields, message);
    let lists = [("blocks", message.blocks.len()), ("employments", message.employments.len()), ("unread", message.unread.len())];
    for (field, count) in lists {
        if count > MAX_BLOCKS {
            fields.violation(field, format!("has more than {MAX_BLOCKS}"));
            return fields.finish_with(None);
        }
    }
    let ids = message.employments.iter().enumerate();
    let employments: HashSet<EmploymentId> = ids.filter_map(|(at, id)| fields.id(&format!("employments[{at}]"), id)).collect();
    let mut seen = HashSet::new();
    let mut blocks = Vec::with_capacity(message.blocks.len());
    for (at, block) in message.blocks.iter().enumerate() {
        let field = format!("blocks[{at}]");
        if !seen.insert(block.external_reference.trim()) {
            fields.violation(format!("{field}.external_reference"), "stands there twice");
        }
        let Some(planned) = planned(&mut fields, &field, block) else { continue };
        let start = planned.time.period.starts_at();
        if window.is_some_and(|(_, window)| start < window.starts_at() || window.ends_at() <= start) {
            fields.violation(format!("{field}.starts_at"), "is not in the window");
        }
        if !employments.is_empty() && !employments.contains(&planned.employment) {
            fields.violation(format!("{field}.employment"), "is not one of the employments");
        }
        blocks.push(planned);
    }
    let mut unread = HashSet::with_capacity(message.unread.len());
    for (at, reference) in message.unread.iter().enumerate() {
        let field = format!("unread[{at}]");
        unread.extend(fields.text(&field, reference, MAX_REFERENCE));
        if !seen.insert(reference.trim()) {
            fields.violation(field, "stands there twice");
        }
    }
    let request_id = fields.request_id(&message.request_id);
    fields.finish_with((|| Some((Roster { organisation: organisation?, window, employments, blocks, unread }, request_id?)))())
}

fn window(fields: &mut Fields, message: &api::PutRosterBlocksRequest) -> Option<((LocalDate, LocalDate), Period)> {
    let (from, until) = (fields.optional_date("from", message.from.as_ref()), fields.optional_date("until", message.until.as_ref()));
    if message.from.is_some() != message.until.is_some() {
        fields.violation(if message.from.is_some() { "until" } else { "from" }, "is required with the other end of the window");
    }
    let (from, until) = (from?, until?);
    let days = (until.0 - from.0).num_days();
    if days < 0 {
        fields.violation("until", "is before the first day");
    } else if days > MAX_DAYS {
        fields.violation("until", "is more than 62 days after the first day");
    } else {
        let end = LocalDate(until.0.succ_opt()?);
        return Some(((from, until), Period::new(from.at_minute(0, false).ok()?, end.at_minute(0, false).ok()?)?));
    }
    None
}

fn planned(fields: &mut Fields, field: &str, block: &api::RosterBlock) -> Option<Planned> {
    let external_reference = fields.text(&format!("{field}.external_reference"), &block.external_reference, MAX_REFERENCE);
    let employment = fields.id(&format!("{field}.employment"), &block.employment);
    let dot = format!("{field}.");
    let time = time(fields, &dot, (block.starts_at.as_ref(), block.ends_at.as_ref()), block.break_minutes, block.kind);
    Some(Planned { external_reference: external_reference?, employment: employment?, time: time? })
}

type Ends<'a> = (Option<&'a api::LocalTime>, Option<&'a api::LocalTime>);

/// When and what; every field's name begins with `prefix`.
fn time(fields: &mut Fields, prefix: &str, (start, end): Ends<'_>, break_minutes: i32, kind: i32) -> Option<Time> {
    let starts_at = local_time(fields, &format!("{prefix}starts_at"), start);
    let ends_at = local_time(fields, &format!("{prefix}ends_at"), end);
    let kind = if kind == 0 { Some(Kind::Ordinary) } else { kind_from_number(kind) };
    if kind.is_none() {
        fields.violation(format!("{prefix}kind"), "is not a known kind of work");
    }
    let (starts_at, ends_at) = (starts_at?, ends_at?);
    let period = Period::new(starts_at, ends_at);
    if period.is_none() {
        fields.violation(format!("{prefix}ends_at"), "is not after the start");
    }
    let period = period?;
    // What the rules cannot look at is nothing that can be kept.
    match Block::new(starts_at, ends_at, i64::from(break_minutes)) {
        Ok(_) => {}
        Err(working_time::InvalidBlock::TooLong) => fields.violation(format!("{prefix}ends_at"), "is more than 72 hours after the start"),
        Err(working_time::InvalidBlock::Break) if break_minutes < 0 => fields.violation(format!("{prefix}break_minutes"), "is negative"),
        Err(working_time::InvalidBlock::Break) => fields.violation(format!("{prefix}break_minutes"), "is not shorter than the work"),
        Err(working_time::InvalidBlock::Empty) => fields.violation(format!("{prefix}ends_at"), "is not after the start"),
        Err(working_time::InvalidBlock::OutOfRange) => {
            fields.violation(format!("{prefix}starts_at"), "is not between the years 2000 and 2099")
        }
    }
    Some(Time { period, break_minutes, kind: kind? })
}

/// What was done with a roster.
pub(super) fn put(done: Done) -> api::PutRosterBlocksResponse {
    let Done { added, changed, unchanged, removed, not_taken, conflicts } = done;
    api::PutRosterBlocksResponse {
        added: count(added),
        changed: count(changed),
        unchanged: count(unchanged),
        removed: count(removed),
        not_taken,
        conflicts: count(conflicts),
    }
}

/// A number as on the wire.
pub(super) fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// Work elsewhere.
pub(super) fn declare_work(message: &api::DeclareWorkRequest) -> Result<(Time, Uuid)> {
    let mut fields = Fields::new();
    let ends = (message.starts_at.as_ref(), message.ends_at.as_ref());
    let time = time(&mut fields, "", ends, message.break_minutes, message.kind);
    let request_id = fields.request_id(&message.request_id);
    fields.finish_with(time.zip(request_id))
}

/// Work elsewhere to take back.
pub(super) fn remove_declared_work(message: &api::RemoveDeclaredWorkRequest) -> Result<(WorkBlockId, Uuid)> {
    let mut fields = Fields::new();
    let id = fields.id("id", &message.id);
    let request_id = fields.request_id(&message.request_id);
    fields.finish_with(id.zip(request_id))
}

/// Until when all work is known.
pub(super) fn confirm_work_known(message: &api::ConfirmWorkKnownRequest) -> Result<(LocalDate, Uuid)> {
    let mut fields = Fields::new();
    let until = fields.date("until", message.until.as_ref());
    let request_id = fields.request_id(&message.request_id);
    fields.finish_with(until.zip(request_id))
}

/// From when on, and which page.
pub(super) fn list_my_work(message: &api::ListMyWorkRequest) -> Result<(Option<Timestamp>, Page<Key>)> {
    let ends_after = ends_after(message.ends_after.as_ref())?;
    let page = Page::parse(message.page_size, &message.page_token, format!("my work {ends_after:?}"))?;
    Ok((ends_after, page))
}

pub(super) fn list_roster_blocks(message: &api::ListRosterBlocksRequest) -> Result<(OrganisationId, Page<String>)> {
    let mut fields = Fields::new();
    let organisation = fields.id("organisation", &message.organisation);
    let page = fields.page(message.page_size, &message.page_token, &format!("roster/{}", message.organisation));
    fields.finish_with(organisation.zip(page))
}

/// As its employer gave it.
pub(super) fn kept_block(block: &WorkBlock) -> api::KeptRosterBlock {
    let Time { period, break_minutes, kind } = block.time;
    api::KeptRosterBlock {
        external_reference: block.external_reference.clone().unwrap_or_default(),
        employment: block.employer.map(|(_, employment)| employment.to_string()).unwrap_or_default(),
        worker: block.worker.to_string(),
        starts_at: Some(period.starts_at().to_proto()),
        ends_at: Some(period.ends_at().to_proto()),
        break_minutes,
        kind: kind_number(kind),
    }
}

/// As its worker sees it.
pub(super) fn block(block: &WorkBlock) -> api::WorkBlock {
    let Time { period, break_minutes, kind } = block.time;
    api::WorkBlock {
        id: block.id.to_string(),
        organisation: block.employer.map(|(organisation, _)| organisation.to_string()).unwrap_or_default(),
        starts_at: Some(period.starts_at().to_proto()),
        ends_at: Some(period.ends_at().to_proto()),
        break_minutes,
        kind: kind_number(kind),
    }
}
