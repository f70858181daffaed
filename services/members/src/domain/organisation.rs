//! Organisations and their wards.

use chassis::{
    ids::{OrganisationId, WardId},
    time::LocalDate,
};

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

/// What an operator says about a new organisation.
#[derive(Debug, Clone)]
pub struct NewOrganisation {
    /// Its name.
    pub name: String,
    /// Number in the trade register (IDN-01).
    pub kvk_number: String,
    /// Its branch.
    pub branch: Branch,
    /// First day of taking part.
    pub joined_on: LocalDate,
}

/// An employer that takes part.
#[derive(Debug, Clone)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// What is known of it.
    pub about: NewOrganisation,
}

/// What is said about a new ward.
#[derive(Debug, Clone)]
pub struct NewWard {
    /// The organisation it belongs to.
    pub organisation: OrganisationId,
    /// Its name, unique within the organisation whatever the case.
    pub name: String,
    /// Its postcode (IDN-06).
    pub postcode: String,
}

/// A team or department where work is done.
#[derive(Debug, Clone)]
pub struct Ward {
    /// Its id.
    pub id: WardId,
    /// What is known of it.
    pub about: NewWard,
}
