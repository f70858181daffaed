//! Whether what an organisation agrees to can stand beside everything else that is known of it.

use chassis::{ids::AgreementId, time::LocalDate};

use super::{
    agreement::{Agreement, AgreementRefused, Basis, CouncilDecision, NewAgreement, Programme, SharingScope, VatTreatment, WageCost},
    worker::FunctionLevel,
};

/// What is known about the organisation.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Whether it is the association, with a pool of its own (LEN-05).
    pub is_association: bool,
    /// Its agreements and proposals that are not withdrawn.
    pub agreements: Vec<Agreement>,
    /// What its works council decided.
    pub decisions: Vec<CouncilDecision>,
    /// What its people cost.
    pub wage_costs: Vec<WageCost>,
}

impl Standing {
    /// Whether the content can stand, in the place of `amends` where that is given. `this` is the proposal whose content it is, once there
    /// is one.
    pub fn allows(&self, new: &NewAgreement, amends: Option<AgreementId>, this: Option<AgreementId>) -> Result<(), AgreementRefused> {
        for programme in &new.programmes {
            self.council_agreed(new, *programme)?;
        }
        for other in self.agreements.iter().filter(|other| Some(other.id) != this) {
            let meets = other.about.span().overlaps(&new.span());
            if other.is_approved() {
                if meets && Some(other.id) != amends {
                    return Err(AgreementRefused::Overlaps { from: other.about.from });
                }
            } else if meets || (amends.is_some() && other.amends == amends) {
                return Err(AgreementRefused::Pending { agreement: other.id });
            }
        }
        if lends_on(new, Basis::RegisteredLending) && new.lender.is_none() {
            return Err(AgreementRefused::LenderNotRegistered);
        }
        if lends_on(new, Basis::CollegialLending) && self.is_association {
            return Err(AgreementRefused::LendingIsItsWork);
        }
        self.without_profit(new, new.from)
    }

    /// The last decision about a programme by the first day counts; of one day, what was recorded by itself.
    fn council_agreed(&self, new: &NewAgreement, programme: Programme) -> Result<(), AgreementRefused> {
        let about = self.decisions.iter().filter(|decision| decision.programme == programme && decision.decided_on <= new.from);
        let last = about.max_by_key(|decision| decision.decided_on);
        let told = new.works_council_decided_on.filter(|day| programme == Programme::Flexpool && *day <= new.from);
        let agreed = match (last, told) {
            (Some(last), Some(told)) if told > last.decided_on => true,
            (Some(last), _) => last.agreed,
            (None, told) => told.is_some(),
        };
        if agreed { Ok(()) } else { Err(AgreementRefused::WorksCouncilDecisionMissing { programme }) }
    }

    /// Whether what is in force still rests on what works councils decided.
    pub fn rests_on_decisions(&self, today: LocalDate) -> Result<(), AgreementRefused> {
        for agreement in self.in_force(today) {
            for programme in &agreement.about.programmes {
                self.council_agreed(&agreement.about, *programme).map_err(|_| AgreementRefused::InUse { agreement: agreement.id })?;
            }
        }
        Ok(())
    }

    /// Whether nothing that is in force asks more than is allowed, today or later.
    pub fn asks_no_profit(&self, today: LocalDate) -> Result<(), AgreementRefused> {
        self.in_force(today).try_for_each(|agreement| self.without_profit(&agreement.about, agreement.about.from.max(today)))
    }

    fn in_force(&self, today: LocalDate) -> impl Iterator<Item = &Agreement> {
        self.agreements.iter().filter(move |agreement| agreement.is_approved() && !agreement.is_over(today))
    }

    /// Whether no tariff is above what may be asked on any day from `since` on.
    fn without_profit(&self, new: &NewAgreement, since: LocalDate) -> Result<(), AgreementRefused> {
        let Some(margin) = margin(new) else { return Ok(()) };
        new.tariffs.iter().try_for_each(|(level, tariff)| {
            let of_level = || self.wage_costs.iter().filter(|cost| cost.level == *level);
            let first = of_level().filter(|cost| cost.from <= since).max_by_key(|cost| cost.from);
            let first = first.ok_or(AgreementRefused::WageCostMissing { level: *level, on: since })?;
            let later = of_level().filter(|cost| cost.from > since && new.until.is_none_or(|until| cost.from <= until));
            std::iter::once(first).chain(later).try_for_each(|cost| below(*level, *tariff, cost, margin, since))
        })
    }
}

/// Whether the organisation's people go to others on this basis.
fn lends_on(new: &NewAgreement, basis: Basis) -> bool {
    new.scope != SharingScope::Shifts && new.bases.contains(&basis)
}

/// By how many percent a tariff may be above what an hour costs; `None` where nothing limits it.
fn margin(new: &NewAgreement) -> Option<i64> {
    const REASONABLE_COST: i64 = 5;
    let is_structural = new.vat.as_ref().is_some_and(|vat| vat.treatment == VatTreatment::OutsideStructural);
    if lends_on(new, Basis::CollegialLending) {
        // Without profit (LEN-04).
        return Some(0);
    }
    (is_structural && lends_on(new, Basis::RegisteredLending)).then_some(REASONABLE_COST)
}

fn below(level: FunctionLevel, tariff: i32, cost: &WageCost, margin: i64, since: LocalDate) -> Result<(), AgreementRefused> {
    let cap = i64::from(cost.cents) * (100 + margin) / 100;
    if i64::from(tariff) <= cap {
        return Ok(());
    }
    let cap = i32::try_from(cap).unwrap_or(i32::MAX);
    Err(AgreementRefused::TariffAboveWageCost { level, on: cost.from.max(since), tariff, cap })
}

#[cfg(test)]
mod tests;
