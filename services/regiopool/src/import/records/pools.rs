//! Pools and what their members add to them.

use std::collections::HashMap;

use anyhow::{Context, Result};
use proto::members::{
    AddPoolMemberRequest, ClaimMode, CreatePoolRequest, LimitHoursElsewhereRequest, ListOrganisationsRequest, ListPoolsRequest, Pool,
    PoolKind, PoolTerms, QuietHours, ReleasePlan,
};
use tonic::Status;

use super::{Done, Field, FieldCells, Record, Shows, known};
use crate::{client::Client, import::notation::key};

/// What the region knows: pools by their names, and ids of organisations by their numbers.
#[derive(Default)]
struct Region {
    /// Nothing is known when nothing is sent.
    organisations: Option<HashMap<String, String>>,
    pools: HashMap<String, Pool>,
}

impl Region {
    async fn of(client: &Client) -> Result<Self> {
        let organisations = client.all(ListOrganisationsRequest::default()).await.context("the organisations")?;
        let pools = client.all(ListPoolsRequest::default()).await.context("the pools")?;
        Ok(Self {
            organisations: Some(organisations.into_iter().map(|one| (one.kvk_number, one.id)).collect()),
            pools: pools.into_iter().map(|pool| (key(&pool.name), pool)).collect(),
        })
    }

    fn organisation(&self, kvk_number: &str) -> Result<String, String> {
        match &self.organisations {
            None => Ok(String::new()),
            Some(known) => known.get(kvk_number.trim()).cloned().ok_or_else(|| "names an organisation that the region has not".to_owned()),
        }
    }
}

/// Pools by their names.
#[derive(Default)]
pub(crate) struct Pools(Region);

impl Pools {
    /// With what the region knows.
    pub(crate) async fn of(client: &Client) -> Result<Self> {
        Region::of(client).await.map(Self)
    }
}

fn terms(cells: &mut FieldCells<'_>) -> PoolTerms {
    let mut number = |field: &str| cells.number(field);
    let quiet = number("quiet_from_minute").zip(number("quiet_until_minute"));
    let stages = ["own_team_minutes", "own_organisation_minutes", "pool_minutes", "self_employed_minutes", "everybody_within_minutes"];
    let [own_team, own_organisation, pool, self_employed, everybody] = stages.map(&mut number);
    let planned = [own_team, own_organisation, pool, self_employed, everybody].iter().any(Option::is_some);
    let release = ReleasePlan {
        own_team_minutes: own_team.unwrap_or_default(),
        own_organisation_minutes: own_organisation.unwrap_or_default(),
        pool_minutes: pool.unwrap_or_default(),
        self_employed_minutes: self_employed,
        everybody_within_minutes: everybody.unwrap_or_default(),
    };
    PoolTerms {
        cancellation_minutes: number("cancellation_minutes").unwrap_or_default(),
        withdrawal_minutes: number("withdrawal_minutes").unwrap_or_default(),
        offer_minutes: number("offer_minutes").unwrap_or_default(),
        quiet_hours: quiet.map(|(from_minute, until_minute)| QuietHours { from_minute, until_minute }),
        release: planned.then_some(release),
        mode: cells.named::<ClaimMode>("mode").map_or(0, Into::into),
        own_gaps_first: cells.text("own_gaps_first") == "yes",
    }
}

impl Record for Pools {
    type Request = CreatePoolRequest;
    const SECTION: &'static str = "pools";
    const ROWS_ARE: &'static str = "pools";
    const FIELDS: &'static [Field] = &[
        ("name", true, Shows::Nothing),
        ("kind", false, Shows::Nothing),
        ("organisations", true, Shows::Lists),
        ("mode", false, Shows::Nothing),
        ("cancellation_minutes", false, Shows::Nothing),
        ("withdrawal_minutes", false, Shows::Nothing),
        ("offer_minutes", false, Shows::Nothing),
        ("quiet_from_minute", false, Shows::Nothing),
        ("quiet_until_minute", false, Shows::Nothing),
        ("own_team_minutes", false, Shows::Nothing),
        ("own_organisation_minutes", false, Shows::Nothing),
        ("pool_minutes", false, Shows::Nothing),
        ("self_employed_minutes", false, Shows::Nothing),
        ("everybody_within_minutes", false, Shows::Nothing),
        ("own_gaps_first", false, Shows::Nothing),
    ];

    fn read(&self, cells: &mut FieldCells<'_>) -> (String, CreatePoolRequest) {
        let numbers = cells.list("organisations");
        let organisations: Result<Vec<String>, String> = numbers.iter().map(|number| self.0.organisation(number)).collect();
        let pool = Pool {
            name: cells.text("name"),
            organisations: cells.required("organisations", |_| organisations).unwrap_or_default(),
            kind: cells.named::<PoolKind>("kind").map_or(0, Into::into),
            terms: Some(terms(cells)).filter(|terms| *terms != PoolTerms::default()),
            ..Pool::default()
        };
        (key(&pool.name), CreatePoolRequest { pool: Some(pool), request_id: String::new() })
    }

    async fn send(&self, client: &Client, request: CreatePoolRequest) -> Result<Done, Status> {
        let asked = request.pool.clone().unwrap_or_default();
        let Some(own) = self.0.pools.get(&key(&asked.name)) else { return client.change(request).await.map(|_| Done::Made) };
        let missing: Vec<&String> = asked.organisations.iter().filter(|id| !own.organisations.contains(id)).collect();
        for organisation in &missing {
            let request = AddPoolMemberRequest { pool: own.id.clone(), organisation: (*organisation).clone(), ..Default::default() };
            client.change(request).await?;
        }
        // What a pool says by leaving it out is its default: compared is only what the file says.
        let (terms, own_terms) = (asked.terms.unwrap_or_default(), own.terms.unwrap_or_default());
        let same = |asked: i32, own: i32| asked == 0 || asked == own;
        let differences = known(&[
            ("kind", same(asked.kind, own.kind)),
            ("mode", same(terms.mode, own_terms.mode)),
            ("cancellation_minutes", terms.cancellation_minutes == own_terms.cancellation_minutes),
            ("withdrawal_minutes", terms.withdrawal_minutes == own_terms.withdrawal_minutes),
            ("offer_minutes", same(terms.offer_minutes, own_terms.offer_minutes)),
            ("quiet_from_minute", terms.quiet_hours == own_terms.quiet_hours),
            ("pool_minutes", terms.release.is_none() || terms.release == own_terms.release),
            ("own_gaps_first", terms.own_gaps_first == own_terms.own_gaps_first),
        ]);
        match differences {
            Done::Known(differing) if differing.is_empty() && !missing.is_empty() => Ok(Done::Made),
            differences => Ok(differences),
        }
    }
}

/// Members of pools, and how much of their people's time the others may claim.
#[derive(Default)]
pub(crate) struct Shares(Region);

impl Shares {
    /// With what the region knows.
    pub(crate) async fn of(client: &Client) -> Result<Self> {
        Region::of(client).await.map(Self)
    }
}

impl Record for Shares {
    type Request = LimitHoursElsewhereRequest;
    const SECTION: &'static str = "pool_members";
    const ROWS_ARE: &'static str = "members of pools";
    const FIELDS: &'static [Field] =
        &[("pool", true, Shows::Nothing), ("organisation", true, Shows::Nothing), ("minutes_elsewhere", false, Shows::Nothing)];

    fn read(&self, cells: &mut FieldCells<'_>) -> (String, LimitHoursElsewhereRequest) {
        let name = key(&cells.text("pool"));
        let pool = cells.required("pool", |_| match (&self.0.organisations, self.0.pools.get(&name)) {
            (None, _) => Ok(String::new()),
            (_, Some(pool)) => Ok(pool.id.clone()),
            _ => Err("is no pool of the region".to_owned()),
        });
        let organisation = cells.required("organisation", |cell| self.0.organisation(cell)).unwrap_or_default();
        let minutes_per_week = cells.number("minutes_elsewhere");
        let key = format!("{name} {}", cells.text("organisation"));
        let pool = pool.unwrap_or_default();
        (key, LimitHoursElsewhereRequest { pool, organisation, minutes_per_week, request_id: String::new() })
    }

    async fn send(&self, client: &Client, request: LimitHoursElsewhereRequest) -> Result<Done, Status> {
        let pool = self.0.pools.values().find(|pool| pool.id == request.pool).cloned().unwrap_or_default();
        let limit = pool.hours_elsewhere.iter().find(|limit| limit.organisation == request.organisation);
        let is_member = pool.organisations.contains(&request.organisation);
        if is_member && (request.minutes_per_week.is_none() || limit.map(|limit| limit.minutes_per_week) == request.minutes_per_week) {
            return Ok(Done::Known(Vec::new()));
        }
        if !is_member {
            let (pool, organisation) = (request.pool.clone(), request.organisation.clone());
            client.change(AddPoolMemberRequest { pool, organisation, ..Default::default() }).await?;
        }
        if request.minutes_per_week.is_some() {
            client.change(request).await?;
        }
        Ok(Done::Made)
    }
}
