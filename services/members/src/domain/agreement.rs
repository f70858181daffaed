//! What an organisation agreed to, and when that can stand.

use chassis::{
    ids::{AgreementId, OrganisationId},
    time::LocalDate,
};

use super::{numbered, span::Span};

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

/// What an operator records.
#[derive(Debug, Clone)]
pub struct NewAgreement {
    /// Whose agreement it is.
    pub organisation: OrganisationId,
    /// First day.
    pub from: LocalDate,
    /// Last day; absent while there is no end.
    pub until: Option<LocalDate>,
    /// The accepted bases, each once, in order; at least one.
    pub bases: Vec<Basis>,
    /// Day on which the works council decided.
    pub works_council_decided_on: Option<LocalDate>,
}

impl NewAgreement {
    /// Its days.
    pub fn span(&self) -> Span {
        Span::from_day(self.from, self.until)
    }
}

/// An agreement in force.
#[derive(Debug, Clone)]
pub struct Agreement {
    /// Its id.
    pub id: AgreementId,
    /// Its content.
    pub about: NewAgreement,
}

/// Why an agreement cannot be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgreementRefused {
    /// The organisation has one in this period already, from this day on.
    Overlaps {
        /// First day of the one that is there.
        from: LocalDate,
    },
    /// The works council had not decided when the programme would start (D12).
    WorksCouncilDecisionMissing,
}

/// Whether the agreement can stand beside those that the organisation has.
pub fn decide(new: &NewAgreement, existing: &[Agreement]) -> Result<(), AgreementRefused> {
    if new.works_council_decided_on.is_none_or(|day| day > new.from) {
        return Err(AgreementRefused::WorksCouncilDecisionMissing);
    }
    match existing.iter().find(|other| other.about.span().overlaps(&new.span())) {
        Some(other) => Err(AgreementRefused::Overlaps { from: other.about.from }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDate {
        text.parse().expect("a day")
    }

    fn agreement(from: &str, until: Option<&str>, decided: Option<&str>) -> NewAgreement {
        NewAgreement {
            organisation: OrganisationId::new(),
            from: day(from),
            until: until.map(day),
            bases: vec![Basis::CollegialLending],
            works_council_decided_on: decided.map(day),
        }
    }

    #[test]
    fn an_agreement_needs_the_works_council_and_days_of_its_own() {
        let existing = [Agreement { id: AgreementId::new(), about: agreement("2026-01-01", Some("2026-12-31"), Some("2025-12-01")) }];
        for (new, expected) in [
            (agreement("2027-01-01", None, Some("2026-11-01")), Ok(())),
            (agreement("2025-01-01", Some("2025-12-31"), Some("2025-01-01")), Ok(())),
            (agreement("2026-12-31", None, Some("2026-11-01")), Err(AgreementRefused::Overlaps { from: day("2026-01-01") })),
            (agreement("2025-01-01", None, Some("2024-11-01")), Err(AgreementRefused::Overlaps { from: day("2026-01-01") })),
            (agreement("2027-01-01", None, None), Err(AgreementRefused::WorksCouncilDecisionMissing)),
            (agreement("2027-01-01", None, Some("2027-01-02")), Err(AgreementRefused::WorksCouncilDecisionMissing)),
        ] {
            assert_eq!(decide(&new, &existing), expected, "{new:?}");
        }
    }
}
