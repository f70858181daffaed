//! Organisations: who takes part, by which numbers they are known elsewhere, and until when.

use chassis::{ids::OrganisationId, time::LocalDate};

use super::numbered;

numbered! {
    /// Branch of the sector, as AZW divides it.
    Branch {
        /// University medical centres.
        Umc = 1,
        /// Hospitals and other specialist medical care.
        Hospital = 2,
        /// Mental health care (GGZ).
        MentalHealth = 3,
        /// General practice and health centres.
        GeneralPractice = 4,
        /// Nursing, care and home care (VVT).
        NursingAndHomeCare = 5,
        /// Care for the disabled (GHZ).
        DisabilityCare = 6,
        /// Youth care.
        YouthCare = 7,
        /// Social work.
        SocialWork = 8,
        /// Child care.
        ChildCare = 9,
        /// Other care and welfare.
        Other = 10,
    }
}

numbered! {
    /// What an organisation is to the region.
    OrganisationKind {
        /// An employer of the sector.
        Employer = 1,
        /// The association itself, which may employ a pool of its own; lending its people needs a registration (LEN-05).
        Association = 2,
    }
}

numbered! {
    /// A collective labour agreement (CAO).
    CollectiveAgreement {
        /// VVT.
        NursingAndHomeCare = 1,
        /// Ziekenhuizen.
        Hospitals = 2,
        /// GGZ.
        MentalHealth = 3,
        /// Gehandicaptenzorg.
        DisabilityCare = 4,
        /// Universitair medische centra.
        Umc = 5,
        /// Jeugdzorg.
        YouthCare = 6,
        /// Sociaal werk.
        SocialWork = 7,
        /// Kinderopvang.
        ChildCare = 8,
        /// Huisartsenzorg.
        GeneralPractice = 9,
        /// Another one, or none: the law alone holds.
        Other = 10,
    }
}

/// The numbers by which an organisation is known elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identifiers {
    /// Numbers of its establishments in the trade register (IDN-02).
    pub establishment_numbers: Vec<String>,
    /// Number of the legal person (IDN-03).
    pub rsin: Option<String>,
    /// VAT number (IDN-04).
    pub vat_number: Option<String>,
    /// Codes in the register of care providers (IDN-05).
    pub agb_codes: Vec<String>,
}

/// What an operator says about a new organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrganisation {
    /// Its name.
    pub name: String,
    /// Number in the trade register (IDN-01).
    pub kvk_number: String,
    /// Its branch.
    pub branch: Branch,
    /// First day of taking part.
    pub joined_on: LocalDate,
    /// What it is to the region.
    pub kind: OrganisationKind,
    /// Its other numbers.
    pub identifiers: Identifiers,
    /// The collective agreements, each from its first day on, in order of these days.
    pub collective_agreements: Vec<(LocalDate, CollectiveAgreement)>,
}

/// An employer that takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// What is known of it.
    pub about: NewOrganisation,
    /// Last day of taking part, once it is known.
    pub leaves_on: Option<LocalDate>,
    /// Raised by every change.
    pub version: i64,
}

/// What is to be otherwise about an organisation; what is absent stays.
#[derive(Debug, Clone, Default)]
pub struct OrganisationEdit {
    /// The name.
    pub name: Option<String>,
    /// The number in the trade register.
    pub kvk_number: Option<String>,
    /// The branch.
    pub branch: Option<Branch>,
    /// What it is to the region.
    pub kind: Option<OrganisationKind>,
    /// Numbers of its establishments.
    pub establishment_numbers: Option<Vec<String>>,
    /// Number of the legal person, or that it has none.
    pub rsin: Option<Option<String>>,
    /// VAT number, or that it has none.
    pub vat_number: Option<Option<String>>,
    /// Codes in the register of care providers.
    pub agb_codes: Option<Vec<String>>,
    /// The collective agreements, all of them.
    pub collective_agreements: Option<Vec<(LocalDate, CollectiveAgreement)>>,
}

/// Why an organisation cannot leave on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaveRefused {
    /// It had left before.
    Left {
        /// Its last day.
        on: LocalDate,
    },
    /// The day is over.
    Past,
    /// It had not joined by then.
    BeforeJoining,
}

impl Organisation {
    /// The organisation after an edit; `None` when the edit changes nothing.
    #[must_use]
    pub fn edited(&self, edit: OrganisationEdit) -> Option<Self> {
        let mut about = self.about.clone();
        about.name = edit.name.unwrap_or(about.name);
        about.kvk_number = edit.kvk_number.unwrap_or(about.kvk_number);
        about.branch = edit.branch.unwrap_or(about.branch);
        about.kind = edit.kind.unwrap_or(about.kind);
        let numbers = &mut about.identifiers;
        numbers.establishment_numbers = edit.establishment_numbers.unwrap_or(std::mem::take(&mut numbers.establishment_numbers));
        numbers.rsin = edit.rsin.unwrap_or(numbers.rsin.take());
        numbers.vat_number = edit.vat_number.unwrap_or(numbers.vat_number.take());
        numbers.agb_codes = edit.agb_codes.unwrap_or(std::mem::take(&mut numbers.agb_codes));
        about.collective_agreements = edit.collective_agreements.unwrap_or(about.collective_agreements);
        (about != self.about).then(|| Self { about, version: self.version + 1, ..self.clone() })
    }

    /// The organisation with its last day; `None` when that is so already. The day may be moved until it is over.
    pub fn leaves(&self, on: LocalDate, today: LocalDate) -> Result<Option<Self>, LeaveRefused> {
        match self.leaves_on {
            Some(left) if left < today => return Err(LeaveRefused::Left { on: left }),
            Some(same) if same == on => return Ok(None),
            _ => {}
        }
        if on < today {
            return Err(LeaveRefused::Past);
        }
        if on < self.about.joined_on {
            return Err(LeaveRefused::BeforeJoining);
        }
        Ok(Some(Self { leaves_on: Some(on), version: self.version + 1, ..self.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDate {
        text.parse().expect("a day")
    }

    fn organisation(leaves_on: Option<&str>) -> Organisation {
        let about = NewOrganisation {
            name: "Zonnehof".to_owned(),
            kvk_number: "12345678".to_owned(),
            branch: Branch::NursingAndHomeCare,
            joined_on: day("2026-01-01"),
            kind: OrganisationKind::Employer,
            identifiers: Identifiers { rsin: Some("123456782".to_owned()), ..Identifiers::default() },
            collective_agreements: vec![(day("2025-01-01"), CollectiveAgreement::NursingAndHomeCare)],
        };
        Organisation { id: OrganisationId::new(), about, leaves_on: leaves_on.map(day), version: 1 }
    }

    #[test]
    fn an_edit_changes_what_it_names() {
        let one = organisation(None);
        assert_eq!(one.edited(OrganisationEdit::default()), None);
        let edit = OrganisationEdit { rsin: Some(None), branch: Some(Branch::Hospital), ..OrganisationEdit::default() };
        let edited = one.edited(edit).expect("a change");
        assert_eq!((edited.version, edited.about.branch, &edited.about.identifiers.rsin), (2, Branch::Hospital, &None));
        assert_eq!(edited.about.collective_agreements, one.about.collective_agreements);
    }

    #[test]
    fn an_organisation_leaves_on_a_day_that_is_not_over() {
        let today = day("2026-05-04");
        for (leaves_on, on, expected) in [
            (None, "2026-05-04", Ok(true)),
            (None, "2026-12-31", Ok(true)),
            (Some("2026-12-31"), "2026-12-31", Ok(false)),
            (Some("2026-12-31"), "2026-06-30", Ok(true)),
            (None, "2026-05-03", Err(LeaveRefused::Past)),
            (Some("2026-05-03"), "2026-12-31", Err(LeaveRefused::Left { on: day("2026-05-03") })),
        ] {
            let left = organisation(leaves_on).leaves(day(on), today);
            assert_eq!(left.as_ref().map(Option::is_some).map_err(|refused| *refused), expected, "{leaves_on:?} {on}");
        }
        let early = organisation(None).leaves(day("2025-12-31"), day("2025-06-01"));
        assert_eq!(early, Err(LeaveRefused::BeforeJoining));
    }
}
