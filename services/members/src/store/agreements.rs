//! Agreements, decisions of works councils, and wage costs.

use chassis::{
    auth::Within,
    error::Result,
    ids::{AgreementId, OrganisationId, RegionId},
    page::Page,
    time::{LocalDate, Timestamp},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    sea_query::OnConflict,
};

use super::{
    agreement_row::{self as row, works_council_decision},
    before, known,
};
use crate::domain::{
    agreement::{
        Agreement, Approval, Basis, CouncilDecision, LenderRegistration, NewAgreement, Programme, SharingScope, VatDecision, VatTreatment,
        WageCost, Withdrawn,
    },
    worker::FunctionLevel,
};

/// The sort key of the list: first day and id, newest first.
pub(crate) type ByDay = (String, uuid::Uuid);

/// At most so many versions, and decisions, of one agreement or organisation are looked at.
const MOST: u64 = 200;
/// And so many wage costs.
const MOST_COSTS: u64 = 500;

pub(crate) async fn insert(db: &impl ConnectionTrait, region: RegionId, now: Timestamp, agreement: &Agreement) -> Result<()> {
    let row = row::agreement::ActiveModel { region: Set(region), id: Set(agreement.id), created_at: Set(now), ..columns(agreement) };
    row::agreement::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Stores an agreement whose organisation is locked.
pub(crate) async fn update(db: &impl ConnectionTrait, region: RegionId, agreement: &Agreement) -> Result<()> {
    use row::agreement::{Column, Entity};
    let update = Entity::update_many().set(columns(agreement)).filter(Column::Region.eq(region));
    update.filter(Column::Id.eq(agreement.id)).exec(db).await?;
    Ok(())
}

fn columns(agreement: &Agreement) -> row::agreement::ActiveModel {
    let about = &agreement.about;
    let numbers = |numbers: Vec<i32>| numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let tariffs = about.tariffs.iter().map(|(level, cents)| format!("{}:{cents}", level.number()));
    let (association, organisation) = (agreement.association.clone(), agreement.organisation.clone());
    let on_paper = |approval: &Option<Approval>| approval.as_ref().is_some_and(|approval| approval.on_paper);
    row::agreement::ActiveModel {
        region: NotSet,
        id: NotSet,
        created_at: NotSet,
        organisation: Set(about.organisation),
        from_on: Set(about.from),
        until_on: Set(about.until),
        bases: Set(numbers(about.bases.iter().map(|basis| basis.number()).collect())),
        // A schema of before wants a day: where the decision was recorded elsewhere, the first day stands for it.
        works_council_decided_on: Set(about.works_council_decided_on.unwrap_or(about.from)),
        council_told: Set(about.works_council_decided_on.is_some()),
        first: Set(Some(agreement.first)),
        amends: Set(agreement.amends),
        programmes: Set(numbers(about.programmes.iter().map(|programme| programme.number()).collect())),
        scope: Set(about.scope.number()),
        tariffs: Set(tariffs.collect::<Vec<_>>().join(",")),
        vat_treatment: Set(about.vat.as_ref().map(|vat| vat.treatment.number())),
        vat_reason: Set(about.vat.as_ref().map(|vat| vat.reason.clone())),
        vat_decided_by: Set(about.vat.as_ref().map(|vat| vat.decided_by.clone())),
        vat_valid_from: Set(about.vat.as_ref().map(|vat| vat.valid_from)),
        lender_checked_on: Set(about.lender.as_ref().map(|lender| lender.checked_on)),
        lender_checked_by: Set(about.lender.as_ref().map(|lender| lender.checked_by.clone())),
        notice_days: Set(about.notice_days),
        on_paper: Set(on_paper(&agreement.association) && on_paper(&agreement.organisation)),
        association_by: Set(association.as_ref().map(|approval| approval.by.clone())),
        association_on: Set(association.map(|approval| approval.on)),
        organisation_by: Set(organisation.as_ref().map(|approval| approval.by.clone())),
        organisation_on: Set(organisation.map(|approval| approval.on)),
        withdrawn_by: Set(agreement.withdrawn.as_ref().map(|withdrawn| withdrawn.by.clone())),
        withdrawn_on: Set(agreement.withdrawn.as_ref().map(|withdrawn| withdrawn.on)),
        version: Set(agreement.version),
    }
}

pub(crate) async fn find(db: &impl ConnectionTrait, region: RegionId, id: AgreementId) -> Result<Option<Agreement>> {
    row::agreement::Entity::find_by_id((region, id)).one(db).await?.map(agreement).transpose()
}

/// All of one organisation that are not withdrawn; there is one at a time, and one proposal, so they are few.
pub(crate) async fn of(db: &impl ConnectionTrait, region: RegionId, organisation: OrganisationId) -> Result<Vec<Agreement>> {
    use row::agreement::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Organisation.eq(organisation));
    let rows = query.filter(Column::WithdrawnOn.is_null()).all(db).await?;
    rows.into_iter().map(agreement).collect()
}

/// Every version that began with this one, newest first.
pub(crate) async fn versions(db: &impl ConnectionTrait, region: RegionId, first: AgreementId) -> Result<Vec<Agreement>> {
    use row::agreement::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::First.eq(first)).limit(MOST);
    let rows = query.order_by_desc(Column::FromOn).order_by_desc(Column::Id).all(db).await?;
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
    let basis = |text: &str| known(text.parse().ok().and_then(Basis::from_number));
    let programme = |text: &str| known(text.parse().ok().and_then(Programme::from_number));
    let approval = |by: Option<String>, on: Option<LocalDate>| by.zip(on).map(|(by, on)| Approval { by, on, on_paper: row.on_paper });
    let vat = match (row.vat_treatment, row.vat_valid_from) {
        (Some(treatment), Some(valid_from)) => Some(VatDecision {
            treatment: known(VatTreatment::from_number(treatment))?,
            reason: row.vat_reason.unwrap_or_default(),
            decided_by: row.vat_decided_by.unwrap_or_default(),
            valid_from,
        }),
        _ => None,
    };
    let lender = row.lender_checked_on.zip(row.lender_checked_by);
    let about = NewAgreement {
        organisation: row.organisation,
        from: row.from_on,
        until: row.until_on,
        bases: row.bases.split(',').map(basis).collect::<Result<_>>()?,
        works_council_decided_on: row.council_told.then_some(row.works_council_decided_on),
        programmes: row.programmes.split(',').map(programme).collect::<Result<_>>()?,
        scope: known(SharingScope::from_number(row.scope))?,
        tariffs: row.tariffs.split(',').filter(|text| !text.is_empty()).map(tariff).collect::<Result<_>>()?,
        vat,
        lender: lender.map(|(checked_on, checked_by)| LenderRegistration { checked_on, checked_by }),
        notice_days: row.notice_days,
    };
    Ok(Agreement {
        id: row.id,
        first: row.first.unwrap_or(row.id),
        amends: row.amends,
        about,
        association: approval(row.association_by, row.association_on),
        organisation: approval(row.organisation_by, row.organisation_on),
        withdrawn: row.withdrawn_by.zip(row.withdrawn_on).map(|(by, on)| Withdrawn { by, on }),
        version: row.version,
    })
}

/// `4:3250`: level and cents an hour.
fn tariff(text: &str) -> Result<(FunctionLevel, i32)> {
    let parsed = text.split_once(':');
    known(parsed.and_then(|(level, cents)| Some((FunctionLevel::from_number(level.parse().ok()?)?, cents.parse().ok()?))))
}

/// Records a decision in the place of one about the same programme on the same day.
pub(crate) async fn record_decision(
    db: &impl ConnectionTrait,
    region: RegionId,
    now: Timestamp,
    by: &str,
    organisation: OrganisationId,
    decision: &CouncilDecision,
) -> Result<()> {
    use works_council_decision::{Column, Entity, Model};
    let model = Model {
        region,
        organisation,
        programme: decision.programme.number(),
        decided_on: decision.decided_on,
        decision: if decision.agreed { 1 } else { 2 },
        note: decision.note.clone(),
        recorded_by: by.to_owned(),
        created_at: now,
    };
    let replaced = OnConflict::columns([Column::Region, Column::Organisation, Column::Programme, Column::DecidedOn])
        .update_columns([Column::Decision, Column::Note, Column::RecordedBy, Column::CreatedAt])
        .to_owned();
    Entity::insert(model.into_active_model()).on_conflict(replaced).exec_without_returning(db).await?;
    Ok(())
}

/// What the works council of an organisation decided, latest first.
pub(crate) async fn decisions(db: &impl ConnectionTrait, region: RegionId, organisation: OrganisationId) -> Result<Vec<CouncilDecision>> {
    use works_council_decision::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Organisation.eq(organisation)).limit(MOST);
    let rows = query.order_by_desc(Column::DecidedOn).order_by_asc(Column::Programme).all(db).await?;
    let decision = |row: works_council_decision::Model| {
        let programme = known(Programme::from_number(row.programme))?;
        Ok(CouncilDecision { programme, decided_on: row.decided_on, agreed: row.decision == 1, note: row.note })
    };
    rows.into_iter().map(decision).collect()
}

/// Records a wage cost in the place of one of the same level from the same day.
pub(crate) async fn record_wage_cost(
    db: &impl ConnectionTrait,
    region: RegionId,
    now: Timestamp,
    by: &str,
    organisation: OrganisationId,
    cost: &WageCost,
) -> Result<()> {
    use row::wage_cost::{Column, Entity, Model};
    let (function_level, from_on, cents_per_hour) = (cost.level.number(), cost.from, cost.cents);
    let model = Model { region, organisation, function_level, from_on, cents_per_hour, recorded_by: by.to_owned(), created_at: now };
    let replaced = OnConflict::columns([Column::Region, Column::Organisation, Column::FunctionLevel, Column::FromOn])
        .update_columns([Column::CentsPerHour, Column::RecordedBy, Column::CreatedAt])
        .to_owned();
    Entity::insert(model.into_active_model()).on_conflict(replaced).exec_without_returning(db).await?;
    Ok(())
}

/// What an organisation's people cost, by level and latest first.
pub(crate) async fn wage_costs(db: &impl ConnectionTrait, region: RegionId, organisation: OrganisationId) -> Result<Vec<WageCost>> {
    use row::wage_cost::{Column, Entity};
    let query = Entity::find().filter(Column::Region.eq(region)).filter(Column::Organisation.eq(organisation)).limit(MOST_COSTS);
    let rows = query.order_by_asc(Column::FunctionLevel).order_by_desc(Column::FromOn).all(db).await?;
    let cost = |row: row::wage_cost::Model| {
        Ok(WageCost { level: known(FunctionLevel::from_number(row.function_level))?, from: row.from_on, cents: row.cents_per_hour })
    };
    rows.into_iter().map(cost).collect()
}
