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

/// Who withdrew a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// Who, as tokens name them.
    pub by: String,
    /// When.
    pub on: LocalDate,
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
    /// That it was taken back, declined, or ended before it began.
    pub withdrawn: Option<Withdrawn>,
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
    /// Another proposal for these days, or in the place of the same version, waits.
    Pending {
        /// The other one.
        agreement: AgreementId,
    },
    /// The works council had not agreed when the programme would start (D12).
    WorksCouncilDecisionMissing {
        /// The programme.
        programme: Programme,
    },
    /// People are lent by a lender of whom nobody checked that it is registered (LEN-02).
    LenderNotRegistered,
    /// The lender is a pool of the association, whose work is lending (LEN-04, LEN-05).
    LendingIsItsWork,
    /// Nobody recorded what an hour of this level costs, so no tariff can be judged (LEN-04).
    WageCostMissing {
        /// The level.
        level: FunctionLevel,
        /// The day.
        on: LocalDate,
    },
    /// A tariff is above what may be asked (LEN-04, VAT-03).
    TariffAboveWageCost {
        /// The level.
        level: FunctionLevel,
        /// The day on which it is.
        on: LocalDate,
        /// Cents an hour of the tariff.
        tariff: i32,
        /// The most that may be asked.
        cap: i32,
    },
    /// Who approved for the other side cannot approve for this one.
    SamePerson,
    /// It is a proposal, or over, or another version follows it.
    NotInForce,
    /// It was approved by both, or withdrawn.
    NoProposal,
    /// It would change days that are over.
    TooLate {
        /// The first day on which it may begin.
        today: LocalDate,
    },
    /// An agreement rests on what would not be so any more.
    InUse {
        /// The agreement.
        agreement: AgreementId,
    },
    /// Somebody else changed it since it was read.
    Stale,
}

impl Agreement {
    /// Whether both sides approved it.
    pub fn is_approved(&self) -> bool {
        self.association.is_some() && self.organisation.is_some() && self.withdrawn.is_none()
    }

    /// Whether people claim shifts on it: both sides approved it, and it is about the flexpool.
    pub fn lets_claim(&self) -> bool {
        self.is_approved() && self.about.programmes.contains(&Programme::Flexpool)
    }

    /// Whether it may hold on this day or later.
    pub fn is_over(&self, today: LocalDate) -> bool {
        self.about.until.is_some_and(|until| until < today)
    }

    /// Refuses who did not read it as it is.
    pub fn read_as(&self, version: i64) -> Result<(), AgreementRefused> {
        if version == self.version { Ok(()) } else { Err(AgreementRefused::Stale) }
    }

    /// Whether another version may take its place from this day on: it is in force and begun before, and no day that is over changes.
    pub fn can_be_amended(&self, from: LocalDate, today: LocalDate) -> Result<(), AgreementRefused> {
        let holds = self.about.from < from && self.about.until.is_none_or(|until| from <= until);
        if !self.is_approved() || !holds {
            return Err(AgreementRefused::NotInForce);
        }
        if from < today { Err(AgreementRefused::TooLate { today }) } else { Ok(()) }
    }

    /// The agreement with one side's approval; `None` when that side has approved before.
    pub fn approved(&self, party: Party, approval: Approval) -> Result<Option<Self>, AgreementRefused> {
        if self.withdrawn.is_some() {
            return Err(AgreementRefused::NoProposal);
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

    /// The proposal, taken back or declined.
    pub fn declined(&self, withdrawn: Withdrawn) -> Result<Self, AgreementRefused> {
        if self.is_approved() || self.withdrawn.is_some() {
            return Err(AgreementRefused::NoProposal);
        }
        Ok(self.without(withdrawn))
    }

    fn without(&self, withdrawn: Withdrawn) -> Self {
        Self { withdrawn: Some(withdrawn), version: self.version + 1, ..self.clone() }
    }

    /// The agreement with a last day; withdrawn, when it would begin afterwards.
    #[must_use]
    pub fn until(&self, day: LocalDate, by: &str, on: LocalDate) -> Self {
        if day < self.about.from {
            return self.without(Withdrawn { by: by.to_owned(), on });
        }
        let about = NewAgreement { until: Some(day), ..self.about.clone() };
        Self { about, version: self.version + 1, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
