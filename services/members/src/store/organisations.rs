//! Organisations.

use chassis::{
    error::{Error, Result, violates},
    ids::{OrganisationId, RegionId},
    page::Page,
    time::{LocalDate, Timestamp},
};
use proto::members::Reason;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

use super::{after, known, refusal, row};
use crate::domain::{
    organisation::{Branch, CollectiveAgreement, Identifiers, NewOrganisation, Organisation, OrganisationKind},
    text::name_key,
};

/// The sort key of lists by name.
pub(crate) type ByName = (String, uuid::Uuid);

/// Errors: `Exists` when the region knows the KvK number.
pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, organisation: &Organisation) -> Result<()> {
    let row = row::organisation::ActiveModel {
        region: Set(region),
        id: Set(organisation.id),
        created_at: Set(now),
        joined_on: Set(organisation.about.joined_on),
        ..columns(organisation)
    };
    let inserted = row::organisation::Entity::insert(row).exec_without_returning(db).await;
    inserted.map(drop).map_err(|error| taken(error, organisation))
}

/// Stores a locked organisation. Errors: as [`insert`].
pub(crate) async fn update(db: &impl ConnectionTrait, region: RegionId, organisation: &Organisation) -> Result<()> {
    use row::organisation::{Column, Entity};
    let update = Entity::update_many().set(columns(organisation)).filter(Column::Region.eq(region));
    update.filter(Column::Id.eq(organisation.id)).exec(db).await.map(drop).map_err(|error| taken(error, organisation))
}

fn taken(error: DbErr, organisation: &Organisation) -> Error {
    if violates(&error, "organisation_kvk_number", "organisation.region, organisation.kvk_number") {
        Error::Exists(refusal(Reason::KvkNumberTaken).with("kvk_number", &organisation.about.kvk_number))
    } else {
        error.into()
    }
}

/// What a change can touch.
fn columns(organisation: &Organisation) -> row::organisation::ActiveModel {
    let about = &organisation.about;
    let numbers = &about.identifiers;
    let collective = about.collective_agreements.iter().map(|(from, agreement)| format!("{}:{from}", agreement.number()));
    row::organisation::ActiveModel {
        region: NotSet,
        id: NotSet,
        created_at: NotSet,
        joined_on: NotSet,
        name: Set(about.name.clone()),
        name_key: Set(name_key(&about.name)),
        kvk_number: Set(about.kvk_number.clone()),
        branch: Set(about.branch.number()),
        kind: Set(about.kind.number()),
        establishment_numbers: Set(numbers.establishment_numbers.join(",")),
        rsin: Set(numbers.rsin.clone()),
        vat_number: Set(numbers.vat_number.clone()),
        agb_codes: Set(numbers.agb_codes.join(",")),
        collective_agreements: Set(collective.collect::<Vec<_>>().join(",")),
        leaves_on: Set(organisation.leaves_on),
        version: Set(organisation.version),
    }
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
    find_locked(db, region, id).await?.map(drop).ok_or(Error::NotFound("organisation"))
}

/// Loads an organisation and keeps others from changing it, and what hangs on it, until the transaction ends.
pub(crate) async fn find_locked(db: &impl ConnectionTrait, region: RegionId, id: OrganisationId) -> Result<Option<Organisation>> {
    row::organisation::Entity::find_by_id((region, id)).lock_exclusive().one(db).await?.map(organisation).transpose()
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

pub(crate) fn organisation(row: row::organisation::Model) -> Result<Organisation> {
    let about = NewOrganisation {
        name: row.name,
        kvk_number: row.kvk_number,
        branch: known(Branch::from_number(row.branch))?,
        joined_on: row.joined_on,
        kind: known(OrganisationKind::from_number(row.kind))?,
        identifiers: Identifiers {
            establishment_numbers: list_of(&row.establishment_numbers),
            rsin: row.rsin,
            vat_number: row.vat_number,
            agb_codes: list_of(&row.agb_codes),
        },
        collective_agreements: list_of(&row.collective_agreements).iter().map(|entry| collective(entry)).collect::<Result<_>>()?,
    };
    Ok(Organisation { id: row.id, about, leaves_on: row.leaves_on, version: row.version })
}

fn list_of(text: &str) -> Vec<String> {
    text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// `1:2025-01-01`.
fn collective(entry: &str) -> Result<(LocalDate, CollectiveAgreement)> {
    let parsed = entry
        .split_once(':')
        .and_then(|(number, from)| Some((from.parse().ok()?, CollectiveAgreement::from_number(number.parse().ok()?)?)));
    known(parsed)
}
