//! Agreements, what works councils decided, and what people cost.

use bus::log;
use chassis::{
    caller::{Call, Role},
    error::{Error, Refusal, Result},
    ids::{AgreementId, OrganisationId},
    page::Page,
    time::LocalDate,
};
use chrono::Duration;
use proto::members::Reason;
use sea_orm::ConnectionTrait;

use crate::{
    domain::agreement::{Agreement, AgreementRefused, Approval, CouncilDecision, NewAgreement, Party, Programme, Standing, WageCost},
    events,
    store::{
        agreements::{self as store, ByDay},
        organisations, refusal,
    },
};

/// Who sees what an organisation agreed to; operators see all.
const OWN: &[Role] = &[Role::Planner, Role::Hr, Role::Finance];
/// Who speaks for an organisation.
const SPEAKERS: &[Role] = &[Role::Hr, Role::Finance];

impl From<AgreementRefused> for Error {
    fn from(refused: AgreementRefused) -> Self {
        Self::Refused(reason(refused))
    }
}

fn reason(refused: AgreementRefused) -> Refusal {
    match refused {
        AgreementRefused::Overlaps { from } => refusal(Reason::AgreementOverlaps).with("from", from),
        AgreementRefused::WorksCouncilDecisionMissing { programme } => {
            refusal(Reason::WorksCouncilDecisionMissing).with("programme", programme.number())
        }
        AgreementRefused::LenderNotRegistered => refusal(Reason::LenderNotRegistered),
        AgreementRefused::WageCostMissing { level } => refusal(Reason::WageCostMissing).with("function_level", level.number()),
        AgreementRefused::TariffAboveWageCost { level, tariff, cost } => refusal(Reason::TariffAboveWageCost)
            .with("function_level", level.number())
            .with("tariff_cents", tariff)
            .with("wage_cost_cents", cost),
        AgreementRefused::SamePerson => refusal(Reason::ApprovedBySamePerson),
        AgreementRefused::NotInForce => refusal(Reason::AgreementNotInForce),
        AgreementRefused::Stale => refusal(Reason::ChangedMeanwhile),
    }
}

/// When both sides signed on paper: the association, the organisation.
pub(crate) type Signatures = Option<(LocalDate, LocalDate)>;

pub(crate) async fn create(txn: &impl ConnectionTrait, call: &Call, (new, signed): (NewAgreement, Signatures)) -> Result<Agreement> {
    let standing = standing(txn, call, new.organisation).await?;
    allowed_until(&new, &standing.1)?;
    standing.0.allows(&new, None)?;
    let by = call.caller.subject.to_string();
    let on_paper = |on| Approval { by: by.clone(), on, on_paper: true };
    let (association, organisation) = match signed {
        Some((association, organisation)) => (on_paper(association), Some(on_paper(organisation))),
        None => (approval(call), None),
    };
    let id = AgreementId::new();
    let agreement = Agreement { id, first: id, amends: None, about: new, association: Some(association), organisation, version: 1 };
    store::insert(txn, call.region, call.now, &agreement).await?;
    note_council(txn, call, &agreement.about).await?;
    if agreement.is_approved() {
        log::append(txn, call.region, call.now, id.0, &events::agreement_created(&agreement)).await?;
    }
    Ok(agreement)
}

fn approval(call: &Call) -> Approval {
    Approval { by: call.caller.subject.to_string(), on: call.now.local_date(), on_paper: false }
}

/// What is known about an organisation, and its last day. Nobody changes any of it until the transaction ends.
async fn standing(txn: &impl ConnectionTrait, call: &Call, id: OrganisationId) -> Result<(Standing, Option<LocalDate>)> {
    // Two agreements recorded at once must see each other.
    let organisation = organisations::find_locked(txn, call.region, id).await?.ok_or(Error::NotFound("organisation"))?;
    let mut approved = store::of(txn, call.region, id).await?;
    approved.retain(Agreement::is_approved);
    let decisions = store::decisions(txn, call.region, id).await?;
    let wage_costs = store::wage_costs(txn, call.region, id).await?;
    Ok((Standing { approved, decisions, wage_costs }, organisation.leaves_on))
}

/// An organisation that leaves agrees to nothing that begins afterwards.
fn allowed_until(new: &NewAgreement, leaves_on: &Option<LocalDate>) -> Result<()> {
    match leaves_on {
        Some(on) if *on < new.from => Err(Error::Refused(refusal(Reason::OrganisationLeft).with("on", on))),
        _ => Ok(()),
    }
}

/// Keeps the decision that was told with an agreement.
async fn note_council(txn: &impl ConnectionTrait, call: &Call, new: &NewAgreement) -> Result<()> {
    let Some(decided_on) = new.works_council_decided_on else { return Ok(()) };
    let decision = CouncilDecision { programme: Programme::Flexpool, decided_on, agreed: true, note: String::new() };
    store::record_decision(txn, call.region, call.now, &call.caller.subject.to_string(), new.organisation, &decision).await
}

/// The agreement, which the caller speaks about: for the association or for its organisation.
async fn locked(txn: &impl ConnectionTrait, call: &Call, id: AgreementId) -> Result<Agreement> {
    let agreement = store::find(txn, call.region, id).await?.ok_or(Error::NotFound("agreement"))?;
    if !call.caller.has(Role::Operator) {
        call.require(agreement.about.organisation, SPEAKERS, "agreement")?;
    }
    // The organisation's lock is that of all its agreements.
    organisations::lock(txn, call.region, agreement.about.organisation).await?;
    store::find(txn, call.region, id).await?.ok_or(Error::NotFound("agreement"))
}

/// Proposes another version in the place of `amends`, which was read as `version`.
pub(crate) async fn amend(
    txn: &impl ConnectionTrait,
    call: &Call,
    amends: AgreementId,
    version: i64,
    new: NewAgreement,
) -> Result<Agreement> {
    let before = locked(txn, call, amends).await?;
    before.can_be_amended(version, new.from)?;
    let new = NewAgreement { organisation: before.about.organisation, ..new };
    let (standing, leaves_on) = standing(txn, call, new.organisation).await?;
    allowed_until(&new, &leaves_on)?;
    standing.allows(&new, Some(amends))?;
    let (mut association, mut organisation) = (None, None);
    if call.caller.has(Role::Operator) {
        association = Some(approval(call))
    } else {
        organisation = Some(approval(call))
    }
    let id = AgreementId::new();
    let proposed = Agreement { id, first: before.first, amends: Some(amends), about: new, association, organisation, version: 1 };
    store::insert(txn, call.region, call.now, &proposed).await?;
    note_council(txn, call, &proposed.about).await?;
    Ok(proposed)
}

/// Approves for one side what was read as `version`. When both have, it comes into force, and what it amends ends the day before.
pub(crate) async fn approve(txn: &impl ConnectionTrait, call: &Call, id: AgreementId, version: i64, party: Party) -> Result<Agreement> {
    let agreement = locked(txn, call, id).await?;
    let may = match party {
        Party::Association => call.caller.has(Role::Operator),
        Party::Organisation => call.caller.acts_for(agreement.about.organisation, SPEAKERS),
    };
    if !may {
        return Err(Error::Forbidden);
    }
    let Some(approved) = agreement.approved(version, party, approval(call))? else { return Ok(agreement) };
    if approved.is_approved() {
        come_into_force(txn, call, &approved).await?;
    }
    store::update(txn, call.region, &approved).await?;
    Ok(approved)
}

async fn come_into_force(txn: &impl ConnectionTrait, call: &Call, agreement: &Agreement) -> Result<()> {
    let (standing, leaves_on) = standing(txn, call, agreement.about.organisation).await?;
    allowed_until(&agreement.about, &leaves_on)?;
    standing.allows(&agreement.about, agreement.amends)?;
    if let Some(amends) = agreement.amends {
        let before = standing.approved.iter().find(|one| one.id == amends).ok_or(AgreementRefused::NotInForce)?;
        before.can_be_amended(before.version, agreement.about.from)?;
        let ended = before.until(LocalDate(agreement.about.from.0 - Duration::days(1)));
        end_version(txn, call, &ended).await?;
    }
    log::append(txn, call.region, call.now, agreement.id.0, &events::agreement_created(agreement)).await
}

async fn end_version(txn: &impl ConnectionTrait, call: &Call, ended: &Agreement) -> Result<()> {
    store::update(txn, call.region, ended).await?;
    log::append(txn, call.region, call.now, ended.id.0, &events::agreement_ended(ended)).await
}

/// Ends what was read as `version` on a day, after the notice.
pub(crate) async fn end(txn: &impl ConnectionTrait, call: &Call, id: AgreementId, version: i64, until: LocalDate) -> Result<Agreement> {
    let agreement = locked(txn, call, id).await?;
    if version != agreement.version {
        return Err(AgreementRefused::Stale.into());
    }
    let today = call.now.local_date();
    if !agreement.is_approved() || agreement.about.until.is_some_and(|last| last < today) {
        return Err(AgreementRefused::NotInForce.into());
    }
    let earliest = LocalDate(today.0 + Duration::days(i64::from(agreement.about.notice_days)));
    if until < earliest || until < agreement.about.from {
        return Err(Error::invalid("until", "is before the notice is over"));
    }
    match agreement.about.until {
        Some(last) if last < until => return Err(Error::invalid("until", "is after the last day that was agreed")),
        Some(last) if last == until => return Ok(agreement),
        _ => {}
    }
    let ended = agreement.until(until);
    end_version(txn, call, &ended).await?;
    Ok(ended)
}

/// Of one organisation, or of all that the caller may see.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    call: &Call,
    organisation: Option<OrganisationId>,
    page: &Page<ByDay>,
) -> Result<(Vec<Agreement>, String)> {
    let operator = call.caller.has(Role::Operator);
    let Some(organisation) = organisation else {
        let own = call.caller.organisations(OWN);
        return store::list(db, call.region, (!operator).then_some(own.as_slice()), page).await;
    };
    seen(db, call, organisation, OWN).await?;
    store::list(db, call.region, Some(&[organisation]), page).await
}

/// Refuses who may not see this of an organisation.
async fn seen(db: &impl ConnectionTrait, call: &Call, organisation: OrganisationId, roles: &[Role]) -> Result<()> {
    if !call.caller.has(Role::Operator) {
        call.require(organisation, roles, "organisation")?;
    }
    organisations::require(db, call.region, organisation).await
}

/// Every version of an agreement.
pub(crate) async fn versions(db: &impl ConnectionTrait, call: &Call, id: AgreementId) -> Result<Vec<Agreement>> {
    let agreement = store::find(db, call.region, id).await?.ok_or(Error::NotFound("agreement"))?;
    if !call.caller.has(Role::Operator) {
        call.require(agreement.about.organisation, OWN, "agreement")?;
    }
    store::versions(db, call.region, agreement.first).await
}

pub(crate) async fn record_decision(
    txn: &impl ConnectionTrait,
    call: &Call,
    organisation: OrganisationId,
    decision: CouncilDecision,
) -> Result<CouncilDecision> {
    call.require(organisation, &[Role::Operator, Role::Hr], "organisation")?;
    organisations::lock(txn, call.region, organisation).await?;
    store::record_decision(txn, call.region, call.now, &call.caller.subject.to_string(), organisation, &decision).await?;
    Ok(decision)
}

pub(crate) async fn decisions(db: &impl ConnectionTrait, call: &Call, organisation: OrganisationId) -> Result<Vec<CouncilDecision>> {
    seen(db, call, organisation, OWN).await?;
    store::decisions(db, call.region, organisation).await
}

pub(crate) async fn record_wage_cost(
    txn: &impl ConnectionTrait,
    call: &Call,
    organisation: OrganisationId,
    cost: WageCost,
) -> Result<WageCost> {
    call.require(organisation, SPEAKERS, "organisation")?;
    organisations::lock(txn, call.region, organisation).await?;
    store::record_wage_cost(txn, call.region, call.now, &call.caller.subject.to_string(), organisation, &cost).await?;
    Ok(cost)
}

pub(crate) async fn wage_costs(db: &impl ConnectionTrait, call: &Call, organisation: OrganisationId) -> Result<Vec<WageCost>> {
    seen(db, call, organisation, SPEAKERS).await?;
    store::wage_costs(db, call.region, organisation).await
}
