//! The registry of regions.

use chassis::{
    error::{Error, Result, violates},
    ids::RegionId,
    time::Timestamp,
};
use proto::members::Reason;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::{refusal, row};
use crate::domain::identity::{NewRegion, Region};

/// Errors: `Exists` when the slug is taken.
pub(crate) async fn insert(db: &impl ConnectionTrait, now: Timestamp, region: &Region) -> Result<()> {
    let NewRegion { slug, name } = &region.about;
    let model = row::region::Model { id: region.id, slug: slug.clone(), name: name.clone(), created_at: now };
    row::region::Entity::insert(model.into_active_model()).exec_without_returning(db).await.map(drop).map_err(|error| {
        if violates(&error, "region_slug", "region.slug") {
            Error::Exists(refusal(Reason::RegionExists).with("slug", slug))
        } else {
            error.into()
        }
    })
}

pub(crate) async fn find(db: &impl ConnectionTrait, id: RegionId) -> Result<Option<Region>> {
    Ok(row::region::Entity::find_by_id(id).one(db).await?.map(region))
}

pub(crate) async fn find_by_slug(db: &impl ConnectionTrait, slug: &str) -> Result<Option<Region>> {
    Ok(row::region::Entity::find().filter(row::region::Column::Slug.eq(slug)).one(db).await?.map(region))
}

/// In order of slug; a few dozen at most.
pub(crate) async fn list(db: &impl ConnectionTrait) -> Result<Vec<Region>> {
    let rows = row::region::Entity::find().order_by_asc(row::region::Column::Slug).all(db).await?;
    Ok(rows.into_iter().map(region).collect())
}

fn region(row: row::region::Model) -> Region {
    Region { id: row.id, about: NewRegion { slug: row.slug, name: row.name } }
}
