//! What belongs to the region and to no organisation alone.

use std::{collections::HashMap, path::Path};

use anyhow::{Context, Result};
use proto::members::{Branch, ClaimMode, CollectiveAgreement, ListPoolsRequest, Organisation, OrganisationKind, Pool, PoolKind};

use super::{
    Written,
    cells::{day, list, name, number},
    table::{DIALECT, Table, write_map},
};
use crate::{
    client::Client,
    import::{
        REGION_MAP,
        records::{Organisations, Pools, Record, Shares},
    },
};

/// The names of a record's fields.
pub(crate) fn fields<R: Record>() -> impl Iterator<Item = &'static str> {
    R::FIELDS.iter().map(|(field, ..)| *field)
}

/// Writes organisations and pools, and the map that names the folders of the organisations.
pub(super) async fn write(client: &Client, folder: &Path, organisations: &[Organisation]) -> Result<Vec<Written>> {
    let numbers: HashMap<&str, &str> = organisations.iter().map(|one| (one.id.as_str(), one.kvk_number.as_str())).collect();
    let number_of = |id: &str| numbers.get(id).map(|number| (*number).to_owned()).unwrap_or_default();
    let mut table = Table::begin(folder, "organisations.csv", fields::<Organisations>())?;
    for one in organisations {
        table.row(&organisation(one))?;
    }
    let mut written = vec![table.end()?];
    let mut pools = Table::begin(folder, "pools.csv", fields::<Pools>())?;
    let mut shares = Table::begin(folder, "pool_members.csv", fields::<Shares>())?;
    let mut all = client.all(ListPoolsRequest::default()).await.context("the pools")?;
    all.sort_by(|a, b| a.name.cmp(&b.name));
    for one in &all {
        let mut members: Vec<String> = one.organisations.iter().map(|id| number_of(id)).collect();
        members.sort();
        pools.row(&pool(one, &members))?;
        for member in &members {
            let limit = one.hours_elsewhere.iter().find(|limit| number_of(&limit.organisation) == *member);
            shares.row(&[one.name.clone(), member.clone(), number(limit.map(|limit| limit.minutes_per_week))])?;
        }
    }
    written.extend([pools.end()?, shares.end()?]);
    map(folder, organisations.iter().map(|one| one.kvk_number.as_str()), &["organisations", "pools", "pool_members"])?;
    Ok(written)
}

/// Writes the map of a region, with these folders and a section for each of these files.
pub(crate) fn map<'a>(folder: &Path, folders: impl Iterator<Item = &'a str>, sections: &[&str]) -> Result<()> {
    let folders: Vec<String> = folders.map(|name| format!("\"{name}\"")).collect();
    let sections: Vec<String> = sections.iter().map(|name| format!("[{name}]\nfile = \"{name}.csv\"\n")).collect();
    let map = format!(
        "# Written by `regiopool export`; `regiopool import` takes it in.\nfolders = [{}]\n\n{DIALECT}\n{}",
        folders.join(", "),
        sections.join("\n")
    );
    write_map(folder, REGION_MAP, &map)
}

fn organisation(one: &Organisation) -> Vec<String> {
    let sorted = |texts: &[String]| {
        let mut texts = texts.to_vec();
        texts.sort();
        list(texts)
    };
    let agreements = one.collective_agreements.iter();
    let agreements = agreements.map(|agreed| format!("{}@{}", name::<CollectiveAgreement>(agreed.agreement), day(agreed.from)));
    vec![
        one.kvk_number.clone(),
        one.name.clone(),
        name::<Branch>(one.branch),
        day(one.joined_on),
        day(one.leaves_on),
        name::<OrganisationKind>(one.kind),
        sorted(&one.establishment_numbers),
        one.rsin.clone(),
        one.vat_number.clone(),
        sorted(&one.agb_codes),
        list(agreements),
    ]
}

fn pool(one: &Pool, members: &[String]) -> Vec<String> {
    let terms = one.terms.unwrap_or_default();
    let (quiet, release) = (terms.quiet_hours, terms.release);
    vec![
        one.name.clone(),
        name::<PoolKind>(one.kind),
        list(members),
        name::<ClaimMode>(terms.mode),
        terms.cancellation_minutes.to_string(),
        terms.withdrawal_minutes.to_string(),
        terms.offer_minutes.to_string(),
        number(quiet.map(|quiet| quiet.from_minute)),
        number(quiet.map(|quiet| quiet.until_minute)),
        number(release.map(|release| release.own_team_minutes)),
        number(release.map(|release| release.own_organisation_minutes)),
        number(release.map(|release| release.pool_minutes)),
        number(release.and_then(|release| release.self_employed_minutes)),
        number(release.map(|release| release.everybody_within_minutes)),
        if terms.own_gaps_first { "yes" } else { "no" }.to_owned(),
    ]
}
