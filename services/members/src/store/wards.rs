//! Locations and wards.

use chassis::{
    error::{Error, Result, violates},
    ids::{LocationId, OrganisationId, RegionId, WardId},
    page::Page,
    time::Timestamp,
};
use proto::members::Reason;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::{after, known, organisations::ByName, place_row, refusal, row};
use crate::domain::{
    text::name_key,
    ward::{Lead, Location, NewLocation, Ward, WardCard},
};

/// Errors: `Exists` when the organisation has a location of that name.
pub(crate) async fn insert_location(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, location: &Location) -> Result<()> {
    let about = &location.about;
    let model = place_row::location::Model {
        region,
        id: location.id,
        organisation: about.organisation,
        name: about.name.clone(),
        name_key: name_key(&about.name),
        postcode: about.postcode.clone(),
        version: location.version,
        created_at: now,
    };
    let inserted = place_row::location::Entity::insert(model.into_active_model()).exec_without_returning(db).await;
    inserted.map(drop).map_err(|error| location_taken(error, &about.name))
}

fn location_taken(error: DbErr, name: &str) -> Error {
    if violates(&error, "location_name", "location.region, location.organisation, location.name_key") {
        Error::Exists(refusal(Reason::LocationNameTaken).with("name", name))
    } else {
        error.into()
    }
}

/// Stores name and postcode of a locked location, and the postcode with its wards. Errors: as [`insert_location`].
pub(crate) async fn update_location(db: &impl ConnectionTrait, region: RegionId, location: &Location) -> Result<()> {
    use place_row::location::{ActiveModel, Column, Entity};
    let about = &location.about;
    let changed = ActiveModel {
        name: Set(about.name.clone()),
        name_key: Set(name_key(&about.name)),
        postcode: Set(about.postcode.clone()),
        version: Set(location.version),
        ..Default::default()
    };
    let update = Entity::update_many().set(changed).filter(Column::Region.eq(region)).filter(Column::Id.eq(location.id));
    update.exec(db).await.map_err(|error| location_taken(error, &about.name))?;
    let moved = row::ward::ActiveModel { postcode: Set(about.postcode.clone()), ..Default::default() };
    let wards = row::ward::Entity::update_many().set(moved).filter(row::ward::Column::Region.eq(region));
    wards.filter(row::ward::Column::Location.eq(location.id)).exec(db).await?;
    Ok(())
}

/// Keeps others from changing it until the transaction ends.
pub(crate) async fn lock_location(db: &impl ConnectionTrait, region: RegionId, id: LocationId) -> Result<Option<Location>> {
    Ok(place_row::location::Entity::find_by_id((region, id)).lock_exclusive().one(db).await?.map(location))
}

/// The organisation's location with this postcode, locked as by [`lock_location`]; of several the one that is there longest.
pub(crate) async fn location_at(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: OrganisationId,
    postcode: &str,
) -> Result<Option<Location>> {
    use place_row::location::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Organisation.eq(organisation));
    Ok(query.filter(Column::Postcode.eq(postcode)).order_by_asc(Column::Id).limit(1).lock_exclusive().one(db).await?.map(location))
}

pub(crate) async fn list_locations(
    db: &impl ConnectionTrait,
    region: RegionId,
    organisation: Option<OrganisationId>,
    page: &Page<ByName>,
) -> Result<(Vec<Location>, String)> {
    use place_row::location::{Column, Entity};
    let mut query = Entity::find().filter(Column::Region.eq(region));
    if let Some(organisation) = organisation {
        query = query.filter(Column::Organisation.eq(organisation));
    }
    if let Some((name, id)) = &page.after {
        query = query.filter(after((Column::NameKey.into_expr(), Column::Id.into_expr()), (name.as_str(), *id)));
    }
    let rows = query.order_by_asc(Column::NameKey).order_by_asc(Column::Id).limit(page.limit()).all(db).await?;
    let (rows, next) = page.cut(rows, |row| (row.name_key.clone(), row.id.0));
    Ok((rows.into_iter().map(location).collect(), next))
}

fn location(row: place_row::location::Model) -> Location {
    let about = NewLocation { organisation: row.organisation, name: row.name, postcode: row.postcode };
    Location { id: row.id, about, version: row.version }
}

/// Errors: `Exists` when the organisation has a ward of that name.
pub(crate) async fn insert_ward(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, ward: &Ward) -> Result<()> {
    let row = row::ward::ActiveModel {
        region: Set(region),
        id: Set(ward.id),
        organisation: Set(ward.organisation),
        created_at: Set(now),
        ..columns(ward)
    };
    let inserted = row::ward::Entity::insert(row).exec_without_returning(db).await;
    inserted.map(drop).map_err(|error| ward_taken(error, &ward.name))
}

/// Stores a locked ward. Errors: as [`insert_ward`].
pub(crate) async fn update_ward(db: &impl ConnectionTrait, region: RegionId, ward: &Ward) -> Result<()> {
    use row::ward::{Column, Entity};
    let update = Entity::update_many().set(columns(ward)).filter(Column::Region.eq(region)).filter(Column::Id.eq(ward.id));
    update.exec(db).await.map(drop).map_err(|error| ward_taken(error, &ward.name))
}

fn ward_taken(error: DbErr, name: &str) -> Error {
    if violates(&error, "ward_name", "ward.region, ward.organisation, ward.name_key") {
        Error::Exists(refusal(Reason::WardNameTaken).with("name", name))
    } else {
        error.into()
    }
}

/// What an edit can change.
fn columns(ward: &Ward) -> row::ward::ActiveModel {
    let (user, worker) = match ward.lead {
        None => (None, None),
        Some(Lead::User(user)) => (Some(user), None),
        Some(Lead::Worker(worker)) => (None, Some(worker)),
    };
    row::ward::ActiveModel {
        region: NotSet,
        id: NotSet,
        organisation: NotSet,
        created_at: NotSet,
        name: Set(ward.name.clone()),
        name_key: Set(name_key(&ward.name)),
        postcode: Set(ward.postcode.clone()),
        location: Set(Some(ward.location)),
        lead_user: Set(user),
        lead_worker: Set(worker),
        entrance: Set(ward.card.entrance.clone()),
        parking: Set(ward.card.parking.clone()),
        contact: Set(ward.card.contact.clone()),
        tasks: Set(ward.card.tasks.clone()),
        buddy: Set(ward.card.buddy.clone()),
        version: Set(ward.version),
    }
}

pub(crate) async fn find_ward(db: &impl ConnectionTrait, region: RegionId, id: WardId) -> Result<Option<Ward>> {
    row::ward::Entity::find_by_id((region, id)).one(db).await?.map(ward).transpose()
}

/// Keeps others from changing it until the transaction ends.
pub(crate) async fn lock_ward(db: &impl ConnectionTrait, region: RegionId, id: WardId) -> Result<Option<Ward>> {
    row::ward::Entity::find_by_id((region, id)).lock_exclusive().one(db).await?.map(ward).transpose()
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
    Ok((rows.into_iter().map(ward).collect::<Result<_>>()?, next))
}

pub(crate) fn ward(row: row::ward::Model) -> Result<Ward> {
    let card = WardCard { entrance: row.entrance, parking: row.parking, contact: row.contact, tasks: row.tasks, buddy: row.buddy };
    let lead = row.lead_user.map(Lead::User).or(row.lead_worker.map(Lead::Worker));
    Ok(Ward {
        id: row.id,
        organisation: row.organisation,
        name: row.name,
        // Empty only in a schema of before there were locations.
        location: known(row.location)?,
        postcode: row.postcode,
        lead,
        card,
        version: row.version,
    })
}
