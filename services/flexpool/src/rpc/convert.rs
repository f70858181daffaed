//! Between messages and commands: every wrong field is found in one pass, and what comes out cannot be wrong.

use chassis::{
    error::Result,
    ids::{ClaimId, OrganisationId, PoolId, ShiftId, WardId},
    page::Page,
    time::Timestamp,
    validate::Fields,
};
use proto::flexpool as api;
use uuid::Uuid;
use working_time::Unit;

use crate::{
    app::{
        claim::ClaimShift,
        list::{Only, Open, OpenShifts},
    },
    domain::{
        calendar::{LocalTime, Period},
        claim::ClaimState,
        release::Audience,
        shift::{Draft, Shift},
        withdrawal,
        worker::FunctionLevel,
        working_time::{Told, Verdict},
    },
    reasons,
    store::{
        claim::{Claim, Mine, MyClaim},
        shift::{Key, LONGEST_MICROS},
    },
};

const MAX_COMPETENCES: usize = 20;
const MAX_CODE: usize = 60;
const MAX_REFERENCE: usize = 80;
const MAX_SHIFTS: usize = 200;

/// A gap to publish. Whether its start is over is decided later: a repetition must be answered even then.
pub(super) fn publish_shift(message: &api::PublishShiftRequest) -> Result<(Draft, Uuid)> {
    let mut fields = Fields::new();
    let ward: Option<WardId> = fields.id("ward", &message.ward);
    let pool: Option<PoolId> = fields.id("pool", &message.pool);
    let starts_at = local_time(&mut fields, "starts_at", message.starts_at.as_ref());
    let ends_at = local_time(&mut fields, "ends_at", message.ends_at.as_ref());
    let period = starts_at.zip(ends_at).and_then(|(start, end)| shift_period(&mut fields, start, end));
    let longest_break = period.and_then(|period| i32::try_from(period.minutes() - 1).ok()).unwrap_or(i32::MAX);
    let break_minutes = match message.break_minutes {
        negative if negative < 0 => {
            fields.violation("break_minutes", "is negative");
            None
        }
        long if long > longest_break => {
            fields.violation("break_minutes", "is not shorter than the shift");
            None
        }
        minutes => Some(minutes),
    };
    let level = FunctionLevel::from_number(message.function_level);
    if level.is_none() {
        fields.violation("function_level", "is not a known function level");
    }
    let competences = competences(&mut fields, &message.competences);
    let places = fields.number("places", message.places, 1, 100);
    let reference = fields.optional_text("external_reference", &message.external_reference, MAX_REFERENCE);
    let external_reference = Some(reference).filter(|text| !text.is_empty());
    let request_id = fields.request_id(&message.request_id);
    fields.finish_with((|| {
        let draft = Draft {
            ward: ward?,
            pool: pool?,
            period: period?,
            break_minutes: break_minutes?,
            level: level?,
            competences,
            places: places?,
            external_reference,
        };
        Some((draft, request_id?))
    })())
}

pub(super) fn local_time(fields: &mut Fields, field: &str, time: Option<&api::LocalTime>) -> Option<Timestamp> {
    let Some(time) = time else {
        fields.violation(field, "is required");
        return None;
    };
    let day = fields.date(&format!("{field}.date"), time.date.as_ref());
    let minute = fields.number(&format!("{field}.minute"), time.minute, 0, 24 * 60 - 1);
    let minute = u32::try_from(minute?).ok()?;
    let instant = LocalTime { day: day?, minute, second_pass: time.second_pass }.instant();
    instant.inspect_err(|expected| fields.violation(field, expected)).ok()
}

fn shift_period(fields: &mut Fields, starts_at: Timestamp, ends_at: Timestamp) -> Option<Period> {
    let period = Period::new(starts_at, ends_at);
    match period {
        None => fields.violation("ends_at", "is not after the start"),
        Some(_) if ends_at.0 - starts_at.0 > LONGEST_MICROS => fields.violation("ends_at", "is more than 24 hours after the start"),
        Some(period) => return Some(period),
    }
    None
}

fn competences(fields: &mut Fields, codes: &[String]) -> Vec<String> {
    if codes.len() > MAX_COMPETENCES {
        fields.violation("competences", format!("has more than {MAX_COMPETENCES} codes"));
        return Vec::new();
    }
    for (at, code) in codes.iter().enumerate() {
        let good = (1..=MAX_CODE).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if !good {
            let expected = format!("is not a code of 1 to {MAX_CODE} lower case letters, digits and hyphens");
            fields.violation(format!("competences[{at}]"), expected);
        } else if codes[..at].contains(code) {
            fields.violation(format!("competences[{at}]"), "stands there twice");
        }
    }
    codes.to_vec()
}

/// A shift to take back.
pub(super) fn cancel_shift(message: &api::CancelShiftRequest) -> Result<(ShiftId, Uuid)> {
    let mut fields = Fields::new();
    let id = fields.id("id", &message.id);
    let request_id = fields.request_id(&message.request_id);
    fields.finish_with(id.zip(request_id))
}

/// A place to claim.
pub(super) fn claim_shift(message: &api::ClaimShiftRequest) -> Result<(ClaimShift, Uuid)> {
    let mut fields = Fields::new();
    let shift = fields.id("shift", &message.shift);
    let employment = fields.optional_id("employment", &message.employment);
    let request_id = fields.request_id(&message.request_id);
    fields.finish_with(shift.map(|shift| ClaimShift { shift, employment, offer: None }).zip(request_id))
}

/// A place to give back.
pub(super) fn withdraw_claim(message: &api::WithdrawClaimRequest) -> Result<(ClaimId, Uuid)> {
    let mut fields = Fields::new();
    let id = fields.id("id", &message.id);
    let request_id = fields.request_id(&message.request_id);
    fields.finish_with(id.zip(request_id))
}

/// A shift to show.
pub(super) fn get_shift(message: &api::GetShiftRequest) -> Result<ShiftId> {
    one_id("id", &message.id)
}

fn one_id<T: std::str::FromStr<Err = chassis::ids::InvalidId>>(field: &str, text: &str) -> Result<T> {
    let mut fields = Fields::new();
    let id = fields.id(field, text);
    fields.finish_with(id)
}

pub(super) fn ends_after(time: Option<&prost_types::Timestamp>) -> Result<Option<Timestamp>> {
    let mut fields = Fields::new();
    let ends_after = time.and_then(|_| fields.timestamp("ends_after", time));
    fields.finish()?;
    Ok(ends_after)
}

/// An organisation, from when on, and which page.
pub(super) fn list_shifts(message: &api::ListShiftsRequest) -> Result<(OrganisationId, Option<Timestamp>, Page<Key>)> {
    let organisation: OrganisationId = one_id("organisation", &message.organisation)?;
    let ends_after = ends_after(message.ends_after.as_ref())?;
    let page = Page::parse(message.page_size, &message.page_token, format!("shifts {organisation} {ends_after:?}"))?;
    Ok((organisation, ends_after, page))
}

/// What to leave out of the open shifts, and which page.
pub(super) fn list_open_shifts(message: &api::ListOpenShiftsRequest) -> Result<(Only, Page<Key>)> {
    let only = Only { claimable: message.claimable_only, wished: message.wished_only };
    Ok((only, Page::parse(message.page_size, &message.page_token, format!("open shifts {only:?}"))?))
}

/// Which claims, and which page.
pub(super) fn list_my_claims(message: &api::ListMyClaimsRequest) -> Result<(Mine, Page<Key>)> {
    let mine = Mine { ends_after: ends_after(message.ends_after.as_ref())?, include_ended: message.include_ended };
    Ok((mine, Page::parse(message.page_size, &message.page_token, format!("my claims {mine:?}"))?))
}

/// On which shifts claims are asked for.
pub(super) enum ClaimsOn {
    /// On one, which must be the caller's to see.
    One(ShiftId),
    /// On several, of which only those that are the caller's to see count.
    Several(Vec<ShiftId>),
}

/// The shifts, and which page.
pub(super) fn list_claims(message: &api::ListClaimsRequest) -> Result<(ClaimsOn, Page<Key>)> {
    let mut fields = Fields::new();
    let page = |list| Page::parse(message.page_size, &message.page_token, list);
    if message.shifts.is_empty() {
        let id: ShiftId = one_id("shift", &message.shift)?;
        return Ok((ClaimsOn::One(id), page(format!("claims {id}"))?));
    }
    if !message.shift.is_empty() {
        fields.violation("shift", "must be empty when `shifts` is given");
    }
    if message.shifts.len() > MAX_SHIFTS {
        fields.violation("shifts", format!("has more than {MAX_SHIFTS} ids"));
        return fields.finish_with(None);
    }
    let ids: Vec<ShiftId> = message.shifts.iter().enumerate().filter_map(|(at, id)| fields.id(&format!("shifts[{at}]"), id)).collect();
    fields.finish()?;
    let page = page(format!("claims {ids:?}"))?;
    Ok((ClaimsOn::Several(ids), page))
}

/// As shown.
pub(crate) fn shift(shift: &Shift) -> api::Shift {
    let terms = &shift.terms;
    let opening = |audience: &Audience| {
        let opens_at = terms.release.opens_at(*audience, terms.period.starts_at())?;
        Some(api::ShiftOpening { audience: *audience as i32, opens_at: Some(opens_at.to_proto()) })
    };
    api::Shift {
        id: terms.id.to_string(),
        organisation: terms.organisation.to_string(),
        ward: shift.ward.to_string(),
        pool: terms.pool.to_string(),
        starts_at: Some(terms.period.starts_at().to_proto()),
        ends_at: Some(terms.period.ends_at().to_proto()),
        break_minutes: terms.break_minutes,
        function_level: terms.level as i32,
        competences: terms.competences.clone(),
        places: terms.places,
        taken: terms.taken,
        held: terms.held,
        state: terms.state as i32,
        external_reference: shift.external_reference.clone().unwrap_or_default(),
        ward_name: shift.ward_name.clone(),
        organisation_name: shift.organisation_name.clone(),
        work_minutes: i32::try_from(terms.period.minutes()).unwrap_or(i32::MAX) - terms.break_minutes,
        published_at: Some(terms.release.published_at.to_proto()),
        openings: Audience::ALL.iter().filter_map(opening).collect(),
        closed_because: shift.closed_because.map_or(0, |closing| closing as i32),
    }
}

/// As shown to workers, with what holds them back. The planner's own number is nothing to them.
fn open_shift(open: &Open) -> api::OpenShift {
    let found = open.found.as_ref();
    api::OpenShift {
        shift: Some(shift(&open.shift)),
        refusal: found.err().map(reasons::shown),
        verdict: found.ok().map(verdict),
        unwished: open.unwished.iter().map(reasons::unwished).collect(),
        distance_km: open.km.and_then(|km| i32::try_from(km).ok()),
    }
}

/// A page of them.
pub(super) fn open_shifts(found: OpenShifts) -> api::ListOpenShiftsResponse {
    let left = found.left.map(|left| api::HoursLeft { week_minutes: left.week, month_minutes: left.month });
    let shifts = found.shifts.iter().map(open_shift).collect();
    api::ListOpenShiftsResponse { shifts, next_page_token: found.next_page_token, left }
}

/// As shown to the worker, whose work elsewhere it may tell of.
pub(super) fn verdict(verdict: &Verdict) -> api::Verdict {
    let findings = |told: &[Told]| told.iter().map(finding).collect();
    let (exceptions, warnings) = (findings(&verdict.exceptions), findings(&verdict.warnings));
    api::Verdict { exceptions, warnings, incomplete: verdict.incomplete }
}

fn finding(told: &Told) -> api::Finding {
    let unit = match told.measure.unit() {
        Unit::Minutes => api::finding::Unit::Minutes,
        Unit::Times => api::finding::Unit::Times,
        Unit::Days => api::finding::Unit::Days,
    };
    api::Finding {
        rule: told.rule.id().to_owned(),
        measure: told.measure.name().to_owned(),
        measured: told.measured,
        limit: told.limit,
        unit: unit.into(),
        from: Some(Timestamp(told.window.0).to_proto()),
        until: Some(Timestamp(told.window.1).to_proto()),
        other_work: told.other_work,
    }
}

/// A claim as its worker sees it.
pub(super) fn my_claim(mine: &MyClaim) -> api::MyClaim {
    let standing = mine.claim.state == ClaimState::Confirmed;
    api::MyClaim {
        claim: Some(claim(&mine.claim)),
        shift: Some(shift(&mine.shift)),
        verdict: Some(verdict(&mine.verdict)),
        withdrawal: standing.then(|| withdrawal(mine)),
    }
}

fn withdrawal(mine: &MyClaim) -> api::Withdrawal {
    let terms = withdrawal::Terms::new(mine.claim.confirmed_at, mine.shift.terms.period.starts_at(), mine.withdrawal_minutes);
    api::Withdrawal { undo_until: terms.undo_until.map(Timestamp::to_proto), withdraw_until: Some(terms.withdraw_until.to_proto()) }
}

/// As shown.
pub(super) fn claim(claim: &Claim) -> api::Claim {
    api::Claim {
        id: claim.id.to_string(),
        shift: claim.shift.to_string(),
        worker: claim.worker.to_string(),
        employment: claim.employment.to_string(),
        employer: claim.employer.to_string(),
        basis: claim.basis as i32,
        state: claim.state as i32,
        confirmed_at: Some(claim.confirmed_at.to_proto()),
        ended_at: claim.ended_at.map(Timestamp::to_proto),
    }
}
