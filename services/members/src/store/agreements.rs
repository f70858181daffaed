//! Agreements.

use chassis::{
    auth::Within,
    error::{Error, Result},
    ids::{OrganisationId, RegionId},
    page::Page,
    time::Timestamp,
};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect};

use super::{before, known, row};
use crate::domain::agreement::{Agreement, Basis, NewAgreement};

/// The sort key of the list: first day and id, newest first.
pub(crate) type ByDay = (String, uuid::Uuid);

/// The agreement's works council decision is there: the decision came before.
pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, agreement: &Agreement) -> Result<()> {
    let about = &agreement.about;
    let decided = about.works_council_decided_on.ok_or_else(|| Error::internal("an agreement without the works council"))?;
    let model = row::agreement::Model {
        region,
        id: agreement.id,
        organisation: about.organisation,
        from_on: about.from,
        until_on: about.until,
        bases: about.bases.iter().map(|basis| basis.number().to_string()).collect::<Vec<_>>().join(","),
        works_council_decided_on: decided,
        created_at: now,
    };
    row::agreement::Entity::insert(model.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// All of one organisation; there is one at a time, so they are few.
pub(crate) async fn of(db: &impl ConnectionTrait, region: RegionId, organisation: OrganisationId) -> Result<Vec<Agreement>> {
    use row::agreement::{Column, Entity};
    let rows = Entity::find().filter(Column::Region.eq(region)).filter(Column::Organisation.eq(organisation)).all(db).await?;
    rows.into_iter().map(agreement).collect()
}

/// Newest first; of the organisations that the caller may know of.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    region: RegionId,
    within: &Within,
    page: &Page<ByDay>,
) -> Result<(Vec<Agreement>, String)> {
    use row::agreement::{Column, Entity};
    let mut query = Entity::find().filter(Column::Region.eq(region));
    if let Some(organisations) = within.ids() {
        query = query.filter(Column::Organisation.is_in(organisations.iter().copied()));
    }
    if let Some((from, id)) = &page.after {
        query = query.filter(before((Column::FromOn.into_expr(), Column::Id.into_expr()), (from.as_str(), *id)));
    }
    let rows = query.order_by_desc(Column::FromOn).order_by_desc(Column::Id).limit(page.limit()).all(db).await?;
    let (rows, next) = page.cut(rows, |row| (row.from_on.to_string(), row.id.0));
    Ok((rows.into_iter().map(agreement).collect::<Result<_>>()?, next))
}

pub(crate) fn agreement(row: row::agreement::Model) -> Result<Agreement> {
    let number = |text: &str| known(text.parse().ok().and_then(Basis::from_number));
    let about = NewAgreement {
        organisation: row.organisation,
        from: row.from_on,
        until: row.until_on,
        bases: row.bases.split(',').map(number).collect::<Result<_>>()?,
        works_council_decided_on: Some(row.works_council_decided_on),
    };
    Ok(Agreement { id: row.id, about })
}
