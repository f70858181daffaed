//! Organisations and wards.

use chassis::{
    error::{Error, Result, violates},
    ids::{OrganisationId, RegionId},
    page::Page,
    time::Timestamp,
};
use proto::members::Reason;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::{after, known, refusal, row};
use crate::domain::{
    organisation::{Branch, NewOrganisation, NewWard, Organisation, Ward},
    text::name_key,
};

/// The sort key of lists by name.
pub(crate) type ByName = (String, uuid::Uuid);

/// Errors: `Exists` when the region knows the KvK number.
pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, organisation: &Organisation) -> Result<()> {
    let about = &organisation.about;
    let model = row::organisation::Model {
        region,
        id: organisation.id,
        name: about.name.clone(),
        name_key: name_key(&about.name),
        kvk_number: about.kvk_number.clone(),
        branch: about.branch.number(),
        joined_on: about.joined_on,
        created_at: now,
    };
    let inserted = row::organisation::Entity::insert(model.into_active_model()).exec_without_returning(db).await;
    inserted.map(drop).map_err(|error| {
        if violates(&error, "organisation_kvk_number", "organisation.region, organisation.kvk_number") {
            Error::Exists(refusal(Reason::KvkNumberTaken).with("kvk_number", &about.kvk_number))
        } else {
            error.into()
        }
    })
}

pub(crate) async fn find(db: &impl ConnectionTrait, region: RegionId, id: OrganisationId) -> Result<Option<Organisation>> {
    row::organisation::Entity::find_by_id((region, id)).one(db).await?.map(organisation).transpose()
}

/// Refuses with `NotFound` when the region has no such organisation.
pub(crate) async fn require(db: &impl ConnectionTrait, region: RegionId, id: OrganisationId) -> Result<()> {
    require_all(db, region, &[id]).await
}

/// Refuses with `NotFound` when the region lacks one of the organisations.
pub(crate) async fn require_all(db: &impl ConnectionTrait, region: RegionId, ids: &[OrganisationId]) -> Result<()> {
    let wanted: std::collections::HashSet<_> = ids.iter().copied().collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let found: Vec<OrganisationId> = row::organisation::Entity::find()
        .select_only()
        .column(row::organisation::Column::Id)
        .filter(row::organisation::Column::Region.eq(region))
        .filter(row::organisation::Column::Id.is_in(wanted.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    if found.len() == wanted.len() { Ok(()) } else { Err(Error::NotFound("organisation")) }
}

/// Keeps others from changing what hangs on the organisation until the transaction ends. Errors: `NotFound`.
pub(crate) async fn lock(db: &impl ConnectionTrait, region: RegionId, id: OrganisationId) -> Result<()> {
    let found = row::organisation::Entity::find_by_id((region, id)).lock_exclusive().one(db).await?;
    found.map(drop).ok_or(Error::NotFound("organisation"))
}

pub(crate) async fn list(db: &impl ConnectionTrait, region: RegionId, page: &Page<ByName>) -> Result<(Vec<Organisation>, String)> {
    use row::organisation::{Column, Entity};
    let mut query = Entity::find().filter(Column::Region.eq(region));
    if let Some((name, id)) = &page.after {
        query = query.filter(after((Column::NameKey.into_expr(), Column::Id.into_expr()), (name.as_str(), *id)));
    }
    let rows = query.order_by_asc(Column::NameKey).order_by_asc(Column::Id).limit(page.limit()).all(db).await?;
    let (rows, next) = page.cut(rows, |row| (row.name_key.clone(), row.id.0));
    Ok((rows.into_iter().map(organisation).collect::<Result<_>>()?, next))
}

/// Errors: `Exists` when the organisation has a ward of that name.
pub(crate) async fn insert_ward(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, ward: &Ward) -> Result<()> {
    let about = &ward.about;
    let model = row::ward::Model {
        region,
        id: ward.id,
        organisation: about.organisation,
        name: about.name.clone(),
        name_key: name_key(&about.name),
        postcode: about.postcode.clone(),
        created_at: now,
    };
    let inserted = row::ward::Entity::insert(model.into_active_model()).exec_without_returning(db).await;
    inserted.map(drop).map_err(|error| {
        if violates(&error, "ward_name", "ward.region, ward.organisation, ward.name_key") {
            Error::Exists(refusal(Reason::WardNameTaken).with("name", &about.name))
        } else {
            error.into()
        }
    })
}

pub(crate) async fn list_wards(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: Option<OrganisationId>,
    page: &Page<ByName>,
) -> Result<(Vec<Ward>, String)> {
    use row::ward::{Column, Entity};
    let mut query = Entity::find().filter(Column::Region.eq(region));
    if let Some(organisation) = organisation {
        query = query.filter(Column::Organisation.eq(organisation));
    }
    if let Some((name, id)) = &page.after {
        query = query.filter(after((Column::NameKey.into_expr(), Column::Id.into_expr()), (name.as_str(), *id)));
    }
    let rows = query.order_by_asc(Column::NameKey).order_by_asc(Column::Id).limit(page.limit()).all(db).await?;
    let (rows, next) = page.cut(rows, |row| (row.name_key.clone(), row.id.0));
    Ok((rows.into_iter().map(ward).collect(), next))
}

pub(crate) fn organisation(row: row::organisation::Model) -> Result<Organisation> {
    let branch = known(Branch::from_number(row.branch))?;
    let about = NewOrganisation { name: row.name, kvk_number: row.kvk_number, branch, joined_on: row.joined_on };
    Ok(Organisation { id: row.id, about })
}

pub(crate) fn ward(row: row::ward::Model) -> Ward {
    Ward { id: row.id, about: NewWard { organisation: row.organisation, name: row.name, postcode: row.postcode } }
}
