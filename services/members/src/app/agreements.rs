//! Agreements: proposed by one side, approved by both, changed by another version, and ended.

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

use super::terms;
use crate::{
    domain::{
        agreement::{Agreement, AgreementRefused, Approval, NewAgreement, Party, Withdrawn},
        organisation::OrganisationKind,
        standing::Standing,
    },
    events,
    store::{
        agreements::{self as store, ByDay},
        organisations, refusal,
    },
};

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
        AgreementRefused::Pending { agreement } => refusal(Reason::ProposalPending).with("agreement", agreement),
        AgreementRefused::WorksCouncilDecisionMissing { programme } => {
            refusal(Reason::WorksCouncilDecisionMissing).with("programme", programme.number())
        }
        AgreementRefused::LenderNotRegistered => refusal(Reason::LenderNotRegistered),
        AgreementRefused::LendingIsItsWork => refusal(Reason::CollegialLendingByPool),
        AgreementRefused::WageCostMissing { level, on } => {
            refusal(Reason::WageCostMissing).with("function_level", level.number()).with("on", on)
        }
        AgreementRefused::TariffAboveWageCost { level, on, tariff, cap } => refusal(Reason::TariffAboveWageCost)
            .with("function_level", level.number())
            .with("on", on)
            .with("tariff_cents", tariff)
            .with("cap_cents", cap),
        AgreementRefused::SamePerson => refusal(Reason::ApprovedBySamePerson),
        AgreementRefused::NotInForce => refusal(Reason::AgreementNotInForce),
        AgreementRefused::NoProposal => refusal(Reason::ProposalClosed),
        AgreementRefused::TooLate { today } => refusal(Reason::AmendmentTooLate).with("today", today),
        AgreementRefused::InUse { agreement } => refusal(Reason::DecisionInUse).with("agreement", agreement),
        AgreementRefused::Stale => refusal(Reason::ChangedMeanwhile),
    }
}

/// When both sides signed on paper: the association, the organisation.
pub(crate) type Signatures = Option<(LocalDate, LocalDate)>;

pub(crate) async fn create(txn: &impl ConnectionTrait, call: &Call, (new, signed): (NewAgreement, Signatures)) -> Result<Agreement> {
    allowed(txn, call, &new, None, None).await?;
    let by = who(call);
    let on_paper = |on| Approval { by: by.clone(), on, on_paper: true };
    let (association, organisation) = match signed {
        Some((association, organisation)) => (on_paper(association), Some(on_paper(organisation))),
        None => (approval(call), None),
    };
    let id = AgreementId::new();
    let agreement =
        Agreement { id, first: id, amends: None, about: new, association: Some(association), organisation, withdrawn: None, version: 1 };
    store::insert(txn, call.region, call.now, &agreement).await?;
    terms::keep_decision(txn, call, &agreement.about).await?;
    if agreement.is_approved() {
        tell(txn, call, &agreement, &events::agreement_created(&agreement)).await?;
    }
    Ok(agreement)
}

fn who(call: &Call) -> String {
    call.caller.subject.to_string()
}

fn approval(call: &Call) -> Approval {
    Approval { by: who(call), on: call.now.local_date(), on_paper: false }
}

/// All versions are one subject, so that nobody hears of them in another order.
async fn tell(txn: &impl ConnectionTrait, call: &Call, agreement: &Agreement, event: &impl prost::Name) -> Result<()> {
    log::append(txn, call.region, call.now, agreement.first.0, event).await
}

/// What is known about an organisation, and its last day. Nobody changes any of it until the transaction ends.
pub(super) async fn standing(txn: &impl ConnectionTrait, call: &Call, id: OrganisationId) -> Result<(Standing, Option<LocalDate>)> {
    // Two agreements recorded at once must see each other.
    let organisation = organisations::find_locked(txn, call.region, id).await?.ok_or(Error::NotFound("organisation"))?;
    let standing = Standing {
        is_association: organisation.about.kind == OrganisationKind::Association,
        agreements: store::of(txn, call.region, id).await?,
        decisions: store::decisions(txn, call.region, id).await?,
        wage_costs: store::wage_costs(txn, call.region, id).await?,
    };
    Ok((standing, organisation.leaves_on))
}

/// Refuses what cannot stand, in the place of `amends`; `this` is the proposal, once there is one. Gives what is known otherwise.
async fn allowed(
    txn: &impl ConnectionTrait,
    call: &Call,
    new: &NewAgreement,
    amends: Option<AgreementId>,
    this: Option<AgreementId>,
) -> Result<Standing> {
    let (standing, leaves_on) = standing(txn, call, new.organisation).await?;
    // An organisation that leaves agrees to nothing that begins afterwards.
    if let Some(on) = leaves_on.filter(|on| *on < new.from) {
        return Err(Error::Refused(refusal(Reason::OrganisationLeft).with("on", on)));
    }
    standing.allows(new, amends, this)?;
    Ok(standing)
}

/// The agreement as it was read, which the caller speaks about: for the association or for its organisation.
async fn locked(txn: &impl ConnectionTrait, call: &Call, id: AgreementId, version: i64) -> Result<Agreement> {
    let known = store::find(txn, call.region, id).await?.ok_or(Error::NotFound("agreement"))?;
    let organisation = call.scope.organisation(known.about.organisation, "agreement")?;
    // The organisation's lock is that of all its agreements.
    organisations::lock(txn, call.region, *organisation).await?;
    let agreement = store::find(txn, call.region, id).await?.ok_or(Error::NotFound("agreement"))?;
    agreement.read_as(version)?;
    Ok(agreement)
}

/// Proposes another version in the place of `amends`, which was read as `version`.
pub(crate) async fn amend(
    txn: &impl ConnectionTrait,
    call: &Call,
    amends: AgreementId,
    version: i64,
    new: NewAgreement,
) -> Result<Agreement> {
    let before = locked(txn, call, amends, version).await?;
    before.can_be_amended(new.from, call.now.local_date())?;
    let new = NewAgreement { organisation: before.about.organisation, ..new };
    allowed(txn, call, &new, Some(amends), None).await?;
    let is_operator = call.caller.has(Role::Operator);
    let proposed = Agreement {
        id: AgreementId::new(),
        first: before.first,
        amends: Some(amends),
        about: new,
        association: is_operator.then(|| approval(call)),
        organisation: (!is_operator).then(|| approval(call)),
        withdrawn: None,
        version: 1,
    };
    store::insert(txn, call.region, call.now, &proposed).await?;
    Ok(proposed)
}

/// Approves for one side what was read as `version`. When both have, it comes into force, and what it amends ends the day before.
pub(crate) async fn approve(txn: &impl ConnectionTrait, call: &Call, id: AgreementId, version: i64, party: Party) -> Result<Agreement> {
    let agreement = locked(txn, call, id, version).await?;
    let may = match party {
        Party::Association => call.caller.has(Role::Operator),
        Party::Organisation => call.caller.acts_for(agreement.about.organisation, SPEAKERS),
    };
    if !may {
        return Err(Error::Forbidden);
    }
    let Some(approved) = agreement.approved(party, approval(call))? else { return Ok(agreement) };
    if approved.is_approved() {
        come_into_force(txn, call, &approved).await?;
    }
    store::update(txn, call.region, &approved).await?;
    Ok(approved)
}

/// What was proposed may be right no more by now, so that everything is judged again.
async fn come_into_force(txn: &impl ConnectionTrait, call: &Call, agreement: &Agreement) -> Result<()> {
    let standing = allowed(txn, call, &agreement.about, agreement.amends, Some(agreement.id)).await?;
    if let Some(amends) = agreement.amends {
        let today = call.now.local_date();
        let before = standing.agreements.iter().find(|one| one.id == amends).ok_or(AgreementRefused::NotInForce)?;
        before.can_be_amended(agreement.about.from, today)?;
        let last = LocalDate(agreement.about.from.0 - Duration::days(1));
        store::update(txn, call.region, &before.until(last, &who(call), today)).await?;
    }
    tell(txn, call, agreement, &events::agreement_created(agreement)).await
}

/// Takes back or declines the proposal that was read as `version`.
pub(crate) async fn withdraw(txn: &impl ConnectionTrait, call: &Call, id: AgreementId, version: i64) -> Result<Agreement> {
    let agreement = locked(txn, call, id, version).await?;
    let declined = agreement.declined(Withdrawn { by: who(call), on: call.now.local_date() })?;
    store::update(txn, call.region, &declined).await?;
    Ok(declined)
}

/// Ends what was read as `version` on a day, after the notice; versions that would begin afterwards never do.
pub(crate) async fn end(txn: &impl ConnectionTrait, call: &Call, id: AgreementId, version: i64, until: LocalDate) -> Result<Agreement> {
    let agreement = locked(txn, call, id, version).await?;
    let today = call.now.local_date();
    let mut versions = store::of(txn, call.region, agreement.about.organisation).await?;
    versions.retain(|one| one.first == agreement.first && one.is_approved());
    versions.sort_by_key(|one| std::cmp::Reverse(one.about.from));
    if versions.first().map(|last| last.id) != Some(id) || agreement.is_over(today) {
        return Err(AgreementRefused::NotInForce.into());
    }
    let earliest = LocalDate(today.0 + Duration::days(i64::from(agreement.about.notice_days)));
    if until < earliest {
        return Err(Error::invalid("until", "is before the notice is over"));
    }
    if agreement.about.until.is_some_and(|last| last < until) {
        return Err(Error::invalid("until", "is after the last day that was agreed"));
    }
    for version in versions {
        if version.about.until == Some(until) {
            break;
        }
        let ended = version.until(until, &who(call), today);
        store::update(txn, call.region, &ended).await?;
        tell(txn, call, &ended, &events::agreement_ended(&ended, until)).await?;
        if ended.is_approved() {
            break;
        }
    }
    store::find(txn, call.region, id).await?.ok_or(Error::NotFound("agreement"))
}

/// Of one organisation, or of all that the caller may see.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    call: &Call,
    organisation: Option<OrganisationId>,
    page: &Page<ByDay>,
) -> Result<(Vec<Agreement>, String)> {
    let within = call.scope.within(organisation, "organisation")?;
    if let Some(organisation) = organisation {
        organisations::require(db, call.region, organisation).await?;
    }
    store::list(db, call.region, &within, page).await
}

/// Every version of an agreement.
pub(crate) async fn versions(db: &impl ConnectionTrait, call: &Call, id: AgreementId) -> Result<Vec<Agreement>> {
    let agreement = store::find(db, call.region, id).await?.ok_or(Error::NotFound("agreement"))?;
    call.scope.organisation(agreement.about.organisation, "agreement")?;
    store::versions(db, call.region, agreement.first).await
}
