//! What agreements rest on: what works councils decided, and what an hour costs.

use chassis::{caller::Call, error::Result, ids::OrganisationId};
use sea_orm::ConnectionTrait;

use super::agreements::standing;
use crate::{
    domain::agreement::{CouncilDecision, NewAgreement, Programme, WageCost},
    store::{agreements as store, organisations},
};

/// Keeps the decision that was told with an agreement, unless one of that day is known.
pub(super) async fn keep_decision(txn: &impl ConnectionTrait, call: &Call, new: &NewAgreement) -> Result<()> {
    let Some(decided_on) = new.works_council_decided_on else { return Ok(()) };
    let programme = Programme::Flexpool;
    let known = store::decisions(txn, call.region, new.organisation).await?;
    if known.iter().any(|decision| decision.programme == programme && decision.decided_on == decided_on) {
        return Ok(());
    }
    let decision = CouncilDecision { programme, decided_on, agreed: true, note: String::new() };
    record(txn, call, new.organisation, &decision).await
}

async fn record(txn: &impl ConnectionTrait, call: &Call, organisation: OrganisationId, decision: &CouncilDecision) -> Result<()> {
    store::record_decision(txn, call.region, call.now, &call.caller.subject.to_string(), organisation, decision).await
}

pub(crate) async fn record_decision(
    txn: &impl ConnectionTrait,
    call: &Call,
    organisation: OrganisationId,
    decision: CouncilDecision,
) -> Result<CouncilDecision> {
    let organisation = *call.scope.organisation(organisation, "organisation")?;
    let (mut standing, _) = standing(txn, call, organisation).await?;
    standing.decisions.retain(|known| (known.programme, known.decided_on) != (decision.programme, decision.decided_on));
    standing.decisions.push(decision.clone());
    standing.rests_on_decisions(call.now.local_date())?;
    record(txn, call, organisation, &decision).await?;
    Ok(decision)
}

pub(crate) async fn decisions(db: &impl ConnectionTrait, call: &Call, organisation: OrganisationId) -> Result<Vec<CouncilDecision>> {
    let organisation = *call.scope.organisation(organisation, "organisation")?;
    organisations::require(db, call.region, organisation).await?;
    store::decisions(db, call.region, organisation).await
}

pub(crate) async fn record_wage_cost(
    txn: &impl ConnectionTrait,
    call: &Call,
    organisation: OrganisationId,
    cost: WageCost,
) -> Result<WageCost> {
    let organisation = *call.scope.organisation(organisation, "organisation")?;
    let (mut standing, _) = standing(txn, call, organisation).await?;
    standing.wage_costs.retain(|known| (known.level, known.from) != (cost.level, cost.from));
    standing.wage_costs.push(cost);
    standing.asks_no_profit(call.now.local_date())?;
    store::record_wage_cost(txn, call.region, call.now, &call.caller.subject.to_string(), organisation, &cost).await?;
    Ok(cost)
}

pub(crate) async fn wage_costs(db: &impl ConnectionTrait, call: &Call, organisation: OrganisationId) -> Result<Vec<WageCost>> {
    let organisation = *call.scope.organisation(organisation, "organisation")?;
    organisations::require(db, call.region, organisation).await?;
    store::wage_costs(db, call.region, organisation).await
}
