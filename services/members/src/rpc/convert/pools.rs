//! Pools.

use chassis::{
    error::Result,
    ids::{OrganisationId, PoolId},
    page::Page,
    validate::Fields,
};
use proto::members as pb;
use uuid::Uuid;

use super::{NAME, choice, ids, mask, message, page, version};
use crate::{
    domain::{
        pool::{
            ClaimMode, MAX_ELSEWHERE_MINUTES, MAX_NOTICE_MINUTES, MAX_ORGANISATIONS, NewPool, OFFER_MINUTES, Pool, PoolEdit, PoolKind,
            PoolTerms, QuietHours, ReleasePlan,
        },
        text::open_text,
    },
    events,
    store::organisations::ByName,
};

pub(in crate::rpc) fn create_pool(msg: &pb::CreatePoolRequest) -> Result<(NewPool, Uuid)> {
    let mut fields = Fields::new();
    let new = message(&mut fields, "pool", msg.pool.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        fields.output_only("pool.id", msg.id.is_empty());
        let name = open_text(fields, "pool.name", &msg.name, NAME);
        let organisations: Option<Vec<OrganisationId>> = ids(fields, "pool.organisations", &msg.organisations, 1, MAX_ORGANISATIONS);
        for (n, organisation) in organisations.iter().flatten().enumerate() {
            if organisations.iter().flatten().take(n).any(|earlier| earlier == organisation) {
                fields.violation(format!("pool.organisations[{n}]"), "is there twice");
            }
        }
        let kind = kind(fields, msg.kind);
        let terms = terms(fields, msg.terms.as_ref());
        fields.output_only("pool.hours_elsewhere", msg.hours_elsewhere.is_empty());
        fields.output_only("pool.etag", msg.etag.is_empty());
        Some(NewPool { name: name?, kind: kind?, terms: terms?, organisations: organisations? })
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(new.zip(request_id))
}

/// A pool, the version that was read, and what is to be otherwise.
type Update = (PoolId, i64, PoolEdit);

pub(in crate::rpc) fn update_pool(msg: &pb::UpdatePoolRequest) -> Result<(Update, Uuid)> {
    let mut fields = Fields::new();
    let paths = mask(&mut fields, msg.update_mask.as_ref(), &["name", "kind", "terms"]);
    let update = message(&mut fields, "pool", msg.pool.as_ref()).and_then(|msg| {
        let fields = &mut fields;
        let id = fields.id("pool.id", &msg.id);
        let version = version(fields, "pool.etag", &msg.etag);
        as_read(fields, msg);
        let wants = |path: &str| paths.contains(&path);
        let edit = PoolEdit {
            name: wants("name").then(|| open_text(fields, "pool.name", &msg.name, NAME)).flatten(),
            kind: wants("kind").then(|| kind(fields, msg.kind)).flatten(),
            terms: wants("terms").then(|| terms(fields, msg.terms.as_ref())).flatten(),
        };
        Some((id?, version?, edit))
    });
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(update.zip(request_id))
}

/// What an update leaves alone comes as it was read, with the rest of the pool.
fn as_read(fields: &mut Fields, msg: &pb::Pool) {
    let _: Option<Vec<OrganisationId>> = ids(fields, "pool.organisations", &msg.organisations, 0, MAX_ORGANISATIONS);
    if msg.hours_elsewhere.len() > MAX_ORGANISATIONS {
        fields.violation("pool.hours_elsewhere", format!("is not 0 to {MAX_ORGANISATIONS} limits"));
        return;
    }
    for (n, limit) in msg.hours_elsewhere.iter().enumerate() {
        let _: Option<OrganisationId> = fields.id(&format!("pool.hours_elsewhere[{n}].organisation"), &limit.organisation);
    }
}

fn kind(fields: &mut Fields, number: i32) -> Option<PoolKind> {
    if number == 0 { Some(PoolKind::Region) } else { choice(fields, "pool.kind", number, PoolKind::from_number) }
}

fn terms(fields: &mut Fields, msg: Option<&pb::PoolTerms>) -> Option<PoolTerms> {
    let Some(msg) = msg else { return Some(PoolTerms::default()) };
    let mode = if msg.mode == 0 { Some(ClaimMode::Claim) } else { choice(fields, "pool.terms.mode", msg.mode, ClaimMode::from_number) };
    let cancellation = fields.number("pool.terms.cancellation_minutes", msg.cancellation_minutes, 0, MAX_NOTICE_MINUTES);
    let withdrawal = fields.number("pool.terms.withdrawal_minutes", msg.withdrawal_minutes, 0, MAX_NOTICE_MINUTES);
    let offer = match msg.offer_minutes {
        0 => Some(OFFER_MINUTES),
        minutes => fields.number("pool.terms.offer_minutes", minutes, 5, 7 * 24 * 60),
    };
    let quiet_hours = msg.quiet_hours.as_ref().map(|hours| quiet_hours(fields, hours));
    let release = msg.release.as_ref().map_or(Some(ReleasePlan::AT_ONCE), |plan| release(fields, plan));
    Some(PoolTerms {
        mode: mode?,
        cancellation_minutes: cancellation?,
        withdrawal_minutes: withdrawal?,
        offer_minutes: offer?,
        quiet_hours: match quiet_hours {
            Some(hours) => Some(hours?),
            None => None,
        },
        release: release?,
        own_gaps_first: msg.own_gaps_first,
    })
}

fn quiet_hours(fields: &mut Fields, msg: &pb::QuietHours) -> Option<QuietHours> {
    let from = fields.number("pool.terms.quiet_hours.from_minute", msg.from_minute, 0, 24 * 60 - 1);
    let until = fields.number("pool.terms.quiet_hours.until_minute", msg.until_minute, 0, 24 * 60 - 1);
    if from.is_some() && from == until {
        fields.violation("pool.terms.quiet_hours.until_minute", "is the begin itself");
        return None;
    }
    Some(QuietHours { from: from?, until: until? })
}

fn release(fields: &mut Fields, msg: &pb::ReleasePlan) -> Option<ReleasePlan> {
    let mut minutes = |name: &str, minutes: i32| fields.number(&format!("pool.terms.release.{name}"), minutes, 0, MAX_NOTICE_MINUTES);
    let own_team = minutes("own_team_minutes", msg.own_team_minutes);
    let own_organisation = minutes("own_organisation_minutes", msg.own_organisation_minutes);
    let pool = minutes("pool_minutes", msg.pool_minutes);
    let self_employed = msg.self_employed_minutes.map(|after| minutes("self_employed_minutes", after));
    let everybody_within = minutes("everybody_within_minutes", msg.everybody_within_minutes);
    let plan = ReleasePlan {
        own_team: own_team?,
        own_organisation: own_organisation?,
        pool: pool?,
        self_employed: match self_employed {
            Some(minutes) => Some(minutes?),
            None => None,
        },
        everybody_within: everybody_within?,
    };
    for name in plan.out_of_order() {
        fields.violation(format!("pool.terms.release.{name}"), "is earlier than for those who come first");
    }
    Some(plan)
}

/// A pool and an organisation.
type Membership = (PoolId, OrganisationId);

fn membership(fields: &mut Fields, pool: &str, organisation: &str) -> Option<Membership> {
    let pool = fields.id("pool", pool);
    let organisation = fields.id("organisation", organisation);
    pool.zip(organisation)
}

pub(in crate::rpc) fn add_pool_member(msg: &pb::AddPoolMemberRequest) -> Result<(Membership, Uuid)> {
    let mut fields = Fields::new();
    let membership = membership(&mut fields, &msg.pool, &msg.organisation);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(membership.zip(request_id))
}

pub(in crate::rpc) fn remove_pool_member(msg: &pb::RemovePoolMemberRequest) -> Result<(Membership, Uuid)> {
    let mut fields = Fields::new();
    let membership = membership(&mut fields, &msg.pool, &msg.organisation);
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(membership.zip(request_id))
}

pub(in crate::rpc) fn limit_hours_elsewhere(msg: &pb::LimitHoursElsewhereRequest) -> Result<((Membership, Option<i32>), Uuid)> {
    let mut fields = Fields::new();
    let membership = membership(&mut fields, &msg.pool, &msg.organisation);
    let minutes = msg.minutes_per_week.and_then(|minutes| fields.number("minutes_per_week", minutes, 0, MAX_ELSEWHERE_MINUTES));
    let request_id = fields.request_id(&msg.request_id);
    fields.finish_with(membership.map(|membership| (membership, minutes)).zip(request_id))
}

pub(in crate::rpc) fn get_pool(msg: &pb::GetPoolRequest) -> Result<PoolId> {
    let mut fields = Fields::new();
    let id = fields.id("id", &msg.id);
    fields.finish_with(id)
}

pub(in crate::rpc) fn list_pools(msg: &pb::ListPoolsRequest) -> Result<Page<ByName>> {
    let mut fields = Fields::new();
    let page = page(&mut fields, msg.page_size, &msg.page_token, "pools");
    fields.finish_with(page)
}

pub(in crate::rpc) fn pool(pool: &Pool) -> pb::Pool {
    pb::Pool {
        id: pool.id.to_string(),
        name: pool.about.name.clone(),
        organisations: pool.about.organisations.iter().map(ToString::to_string).collect(),
        kind: pool.about.kind.number(),
        terms: Some(events::pool_terms(&pool.about.terms)),
        hours_elsewhere: events::hours_elsewhere(pool),
        etag: pool.version.to_string(),
    }
}
