//! What an organisation agreed to, and when that can stand.

use chassis::{
    ids::{AgreementId, OrganisationId},
    time::LocalDate,
};

use super::{numbered, span::Span, worker::FunctionLevel};

numbered! {
    /// The legal basis on which somebody works a claimed shift (D12).
    Basis {
        /// Extra hours at the own employer.
        OwnExtraHours = 1,
        /// Collegial lending without profit (LEN-04).
        CollegialLending = 2,
        /// Lending by a registered lender (LEN-02).
        RegisteredLending = 3,
        /// A second contract, with the host.
        SecondContract = 4,
        /// An assignment to a self-employed person (ZZP-05).
        SelfEmployed = 5,
    }
}

numbered! {
    /// What members do together.
    Programme {
        /// Shared open shifts.
        Flexpool = 1,
        /// See-Try-Fly.
        Mobility = 2,
        /// The second track.
        Reintegration = 3,
    }
}

numbered! {
    /// What an organisation shares.
    SharingScope {
        /// Its people and its shifts.
        Both = 1,
        /// Its shifts only.
        Shifts = 2,
        /// Its people only.
        People = 3,
    }
}

numbered! {
    /// How lending is taxed (VAT-07).
    VatTreatment {
        /// At the general rate (VAT-01).
        Standard = 1,
        /// Exempt for intramural care (VAT-04).
        ExemptIntramural = 2,
        /// Outside: structural lending (VAT-03).
        OutsideStructural = 3,
        /// Outside: two contracts (VAT-06).
        OutsideTwoContracts = 4,
    }
}

numbered! {
    /// A side of an agreement.
    Party {
        /// The association.
        Association = 1,
        /// The organisation.
        Organisation = 2,
    }
}

/// What was decided about VAT (VAT-07).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VatDecision {
    /// How.
    pub treatment: VatTreatment,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub decided_by: String,
    /// First day.
    pub valid_from: LocalDate,
}

/// That an organisation is registered as a lender (LEN-02).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LenderRegistration {
    /// Day of the check.
    pub checked_on: LocalDate,
    /// Where or by whom.
    pub checked_by: String,
}

/// What somebody proposes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAgreement {
    /// Whose agreement it is.
    pub organisation: OrganisationId,
    /// First day.
    pub from: LocalDate,
    /// Last day; absent while there is no end.
    pub until: Option<LocalDate>,
    /// The accepted bases, each once, in order; at least one.
    pub bases: Vec<Basis>,
    /// Day on which the works council agreed to the flexpool, where it is recorded with the agreement.
    pub works_council_decided_on: Option<LocalDate>,
    /// What it is about, each once, in order; at least one.
    pub programmes: Vec<Programme>,
    /// What the organisation shares.
    pub scope: SharingScope,
    /// Cents an hour by level, each level once, in order.
    pub tariffs: Vec<(FunctionLevel, i32)>,
    /// How lending is taxed.
    pub vat: Option<VatDecision>,
    /// The check of the registration as a lender.
    pub lender: Option<LenderRegistration>,
    /// Days of notice to end it.
    pub notice_days: i32,
}

impl NewAgreement {
    /// Its days.
    pub fn span(&self) -> Span {
        Span::from_day(self.from, self.until)
    }

    /// Whether the organisation's people go to others on this basis.
    fn lends_on(&self, basis: Basis) -> bool {
        self.scope != SharingScope::Shifts && self.bases.contains(&basis)
    }
}

/// One side's approval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Who, as tokens name them.
    pub by: String,
    /// When.
    pub on: LocalDate,
    /// Whether it was signed on paper, and `by` recorded that.
    pub on_paper: bool,
}

/// A version of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its id.
    pub id: AgreementId,
    /// The first version; of the first one itself.
    pub first: AgreementId,
    /// The version that it takes the place of.
    pub amends: Option<AgreementId>,
    /// Its content.
    pub about: NewAgreement,
    /// Of the association.
    pub association: Option<Approval>,
    /// Of the organisation.
    pub organisation: Option<Approval>,
    /// Raised by every change.
    pub version: i64,
}

/// What a works council decided about a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouncilDecision {
    /// About what.
    pub programme: Programme,
    /// When.
    pub decided_on: LocalDate,
    /// Whether it agreed.
    pub agreed: bool,
    /// A note.
    pub note: String,
}

/// What an hour of somebody of a level costs the employer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WageCost {
    /// Level.
    pub level: FunctionLevel,
    /// First day.
    pub from: LocalDate,
    /// Cents an hour.
    pub cents: i32,
}

/// Why an agreement cannot stand, or be changed so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgreementRefused {
    /// The organisation has one in this period already, from this day on.
    Overlaps {
        /// First day of the one that is there.
        from: LocalDate,
    },
    /// The works council had not agreed when the programme would start (D12).
    WorksCouncilDecisionMissing {
        /// The programme.
        programme: Programme,
    },
    /// People are lent by a lender of whom nobody checked that it is registered (LEN-02).
    LenderNotRegistered,
    /// Nobody recorded what an hour of this level costs, so no tariff can be judged (LEN-04).
    WageCostMissing {
        /// The level.
        level: FunctionLevel,
    },
    /// A tariff for collegial lending is above what an hour costs: that would be profit (LEN-04).
    TariffAboveWageCost {
        /// The level.
        level: FunctionLevel,
        /// Cents an hour of the tariff.
        tariff: i32,
        /// Cents an hour that it costs.
        cost: i32,
    },
    /// Who approved for the other side cannot approve for this one.
    SamePerson,
    /// It is a proposal, or over.
    NotInForce,
    /// Somebody else changed it since it was read.
    Stale,
}

/// What is known about the organisation.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Its agreements that both sides approved.
    pub approved: Vec<Agreement>,
    /// What its works council decided.
    pub decisions: Vec<CouncilDecision>,
    /// What its people cost.
    pub wage_costs: Vec<WageCost>,
}

impl Standing {
    /// Whether the content can stand, in the place of `amends` where that is given.
    pub fn allows(&self, new: &NewAgreement, amends: Option<AgreementId>) -> Result<(), AgreementRefused> {
        for programme in &new.programmes {
            self.council_agreed(new, *programme)?;
        }
        let others = self.approved.iter().filter(|other| Some(other.id) != amends);
        if let Some(other) = others.into_iter().find(|other| other.about.span().overlaps(&new.span())) {
            return Err(AgreementRefused::Overlaps { from: other.about.from });
        }
        if new.lends_on(Basis::RegisteredLending) && new.lender.is_none() {
            return Err(AgreementRefused::LenderNotRegistered);
        }
        if new.lends_on(Basis::CollegialLending) {
            new.tariffs.iter().try_for_each(|(level, tariff)| self.without_profit(*level, *tariff, new.from))?;
        }
        Ok(())
    }

    /// The last decision about a programme by the first day counts.
    fn council_agreed(&self, new: &NewAgreement, programme: Programme) -> Result<(), AgreementRefused> {
        let about = self.decisions.iter().filter(|decision| decision.programme == programme && decision.decided_on <= new.from);
        let last = about.max_by_key(|decision| decision.decided_on);
        let told = new.works_council_decided_on.filter(|day| programme == Programme::Flexpool && *day <= new.from);
        let agreed = match (last, told) {
            (Some(last), Some(told)) if told >= last.decided_on => true,
            (Some(last), _) => last.agreed,
            (None, told) => told.is_some(),
        };
        if agreed { Ok(()) } else { Err(AgreementRefused::WorksCouncilDecisionMissing { programme }) }
    }

    fn without_profit(&self, level: FunctionLevel, tariff: i32, on: LocalDate) -> Result<(), AgreementRefused> {
        let known = self.wage_costs.iter().filter(|cost| cost.level == level && cost.from <= on);
        let cost = known.max_by_key(|cost| cost.from).ok_or(AgreementRefused::WageCostMissing { level })?.cents;
        if tariff > cost { Err(AgreementRefused::TariffAboveWageCost { level, tariff, cost }) } else { Ok(()) }
    }
}

impl Agreement {
    /// Whether both sides approved it.
    pub fn is_approved(&self) -> bool {
        self.association.is_some() && self.organisation.is_some()
    }

    /// Whether people claim shifts on it: both sides approved it, and it is about the flexpool.
    pub fn lets_claim(&self) -> bool {
        self.is_approved() && self.about.programmes.contains(&Programme::Flexpool)
    }

    /// Whether it can be amended from this day on: in force, and begun before.
    pub fn can_be_amended(&self, version: i64, from: LocalDate) -> Result<(), AgreementRefused> {
        if version != self.version {
            return Err(AgreementRefused::Stale);
        }
        let holds = self.about.from < from && self.about.until.is_none_or(|until| from <= until);
        if self.is_approved() && holds { Ok(()) } else { Err(AgreementRefused::NotInForce) }
    }

    /// The agreement with one side's approval; `None` when that side has approved before.
    pub fn approved(&self, version: i64, party: Party, approval: Approval) -> Result<Option<Self>, AgreementRefused> {
        if version != self.version {
            return Err(AgreementRefused::Stale);
        }
        let (own, other) = match party {
            Party::Association => (&self.association, &self.organisation),
            Party::Organisation => (&self.organisation, &self.association),
        };
        if own.is_some() {
            return Ok(None);
        }
        if other.as_ref().is_some_and(|other| other.by == approval.by) {
            return Err(AgreementRefused::SamePerson);
        }
        let mut approved = Self { version: self.version + 1, ..self.clone() };
        match party {
            Party::Association => approved.association = Some(approval),
            Party::Organisation => approved.organisation = Some(approval),
        }
        Ok(Some(approved))
    }

    /// The agreement with a last day.
    #[must_use]
    pub fn until(&self, day: LocalDate) -> Self {
        let about = NewAgreement { until: Some(day), ..self.about.clone() };
        Self { about, version: self.version + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
