//! Makes what a region must have, unless it is there already: found by what people know it by, so that a repetition changes nothing,
//! however late it comes.

use std::collections::HashMap;

use anyhow::{Context, Result};
use proto::members::{
    AddPoolMemberRequest, Agreement, CreateAgreementRequest, CreateOrganisationRequest, CreatePoolRequest, CreateWardRequest,
    ListAgreementsRequest, ListOrganisationsRequest, ListPoolsRequest, ListWardsRequest, Organisation, PaperSignatures, Pool, Ward,
};

use super::{Client, reason};

/// The organisation with this KvK number, as stored, and whether it is new.
pub(crate) async fn organisation(client: &Client, wanted: Organisation) -> Result<(Organisation, bool)> {
    let doing = || format!("the organisation {:?}", wanted.name);
    let known = client.all(ListOrganisationsRequest::default()).await.with_context(doing)?;
    if let Some(found) = known.into_iter().find(|known| known.kvk_number == wanted.kvk_number) {
        return Ok((found, false));
    }
    let request = CreateOrganisationRequest { organisation: Some(wanted.clone()), ..Default::default() };
    let made = client.change(request).await.with_context(doing)?.organisation;
    Ok((made.with_context(doing)?, true))
}

/// The ids of the organisation's wards by their names in lower case, after making those of the wanted ones that are missing. Gives the
/// names of these too.
pub(crate) async fn wards(client: &Client, organisation: &str, wanted: &[Ward]) -> Result<(HashMap<String, String>, Vec<String>)> {
    let request = ListWardsRequest { organisation: organisation.to_owned(), ..Default::default() };
    let known = client.all(request).await.context("the wards")?;
    let mut ids: HashMap<String, String> = known.into_iter().map(|ward| (ward.name.to_lowercase(), ward.id)).collect();
    let mut made = Vec::new();
    for ward in wanted {
        let doing = || format!("the ward {:?}", ward.name);
        if ids.contains_key(&ward.name.to_lowercase()) {
            continue;
        }
        let ward = Ward { organisation: organisation.to_owned(), ..ward.clone() };
        let answer = client.change(CreateWardRequest { ward: Some(ward), ..Default::default() }).await.with_context(doing)?;
        let ward = answer.ward.with_context(doing)?;
        ids.insert(ward.name.to_lowercase(), ward.id);
        made.push(ward.name);
    }
    Ok((ids, made))
}

/// The id of the pool with this name, after making it, or adding the organisations that are not in it. Gives whether anything was done.
pub(crate) async fn pool(client: &Client, name: &str, organisations: &[String]) -> Result<(String, bool)> {
    let doing = || format!("the pool {name:?}");
    let known = client.all(ListPoolsRequest::default()).await.with_context(doing)?;
    let Some(pool) = known.into_iter().find(|pool| pool.name.to_lowercase() == name.to_lowercase()) else {
        let pool = Pool { name: name.to_owned(), organisations: organisations.to_vec(), ..Default::default() };
        let answer = client.change(CreatePoolRequest { pool: Some(pool), ..Default::default() }).await.with_context(doing)?;
        return Ok((answer.pool.with_context(doing)?.id, true));
    };
    let missing: Vec<&String> = organisations.iter().filter(|id| !pool.organisations.contains(id)).collect();
    for organisation in &missing {
        let request = AddPoolMemberRequest { pool: pool.id.clone(), organisation: (*organisation).clone(), ..Default::default() };
        client.change(request).await.with_context(doing)?;
    }
    Ok((pool.id, !missing.is_empty()))
}

/// Sees that the organisation has an agreement in this time; another one that it has stands. What comes from a file or a plan was signed on
/// paper on the day on which the works council decided. Gives whether it is new.
pub(crate) async fn agreement(client: &Client, wanted: Agreement) -> Result<bool> {
    let doing = "the agreement";
    let request = ListAgreementsRequest { organisation: wanted.organisation.clone(), ..Default::default() };
    let known = client.all(request).await.context(doing)?;
    if known.iter().any(|agreement| agreement.from == wanted.from) {
        return Ok(false);
    }
    let signed_on_paper =
        Some(PaperSignatures { association_on: wanted.works_council_decided_on, organisation_on: wanted.works_council_decided_on });
    match client.change(CreateAgreementRequest { agreement: Some(wanted), signed_on_paper, ..Default::default() }).await {
        Err(status) if reason(&status) == "AGREEMENT_OVERLAPS" => Ok(false),
        answer => answer.context(doing).map(|_| true),
    }
}
