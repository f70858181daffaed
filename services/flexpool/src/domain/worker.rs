//! Who somebody is at work: employments with their function level, registration and competences. Fed by events of members, without
//! anything that says who the person is (D6).

use std::cmp::Ordering;

use chassis::{
    ids::{EmploymentId, OrganisationId, WorkerId},
    time::LocalDate,
};

use super::calendar::Validity;

/// Level of the work (rules.md, who may do which work). The numbers are those of members' proto and of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(i32)]
pub enum FunctionLevel {
    /// Zorgassistent, gastvrouw.
    CareAssistant = 1,
    /// Helpende zorg en welzijn.
    Helper = 2,
    /// Helpende plus.
    HelperPlus = 3,
    /// Verzorgende IG.
    Carer = 4,
    /// Begeleider.
    SupportWorker = 5,
    /// Persoonlijk begeleider.
    PersonalSupportWorker = 6,
    /// Verpleegkundige mbo.
    Nurse = 7,
    /// Verpleegkundige hbo.
    NurseBachelor = 8,
    /// Wijkverpleegkundige.
    DistrictNurse = 9,
    /// Huishoudelijke hulp.
    HouseholdHelp = 10,
}

impl FunctionLevel {
    /// Every level, in the order of its number.
    pub const ALL: &'static [Self] = &[
        Self::CareAssistant,
        Self::Helper,
        Self::HelperPlus,
        Self::Carer,
        Self::SupportWorker,
        Self::PersonalSupportWorker,
        Self::Nurse,
        Self::NurseBachelor,
        Self::DistrictNurse,
        Self::HouseholdHelp,
    ];

    /// The level with this number.
    pub fn from_number(number: i32) -> Option<Self> {
        Self::ALL.iter().copied().find(|level| *level as i32 == number)
    }

    /// As in the metadata of reasons: the proto's name without its prefix.
    pub fn name(self) -> &'static str {
        match self {
            Self::CareAssistant => "CARE_ASSISTANT",
            Self::Helper => "HELPER",
            Self::HelperPlus => "HELPER_PLUS",
            Self::Carer => "CARER",
            Self::SupportWorker => "SUPPORT_WORKER",
            Self::PersonalSupportWorker => "PERSONAL_SUPPORT_WORKER",
            Self::Nurse => "NURSE",
            Self::NurseBachelor => "NURSE_BACHELOR",
            Self::DistrictNurse => "DISTRICT_NURSE",
            Self::HouseholdHelp => "HOUSEHOLD_HELP",
        }
    }

    fn ladder(self) -> Ladder {
        match self {
            Self::CareAssistant
            | Self::Helper
            | Self::HelperPlus
            | Self::Carer
            | Self::Nurse
            | Self::NurseBachelor
            | Self::DistrictNurse => Ladder::Care,
            Self::SupportWorker | Self::PersonalSupportWorker => Ladder::Support,
            Self::HouseholdHelp => Ladder::Household,
        }
    }

    /// Whether somebody at this level may do work of the `required` one: the same or a lower step of the same ladder (rules.md, who may do which work).
    pub fn covers(self, required: Self) -> bool {
        self.ladder() == required.ladder() && self as i32 >= required as i32
    }

    /// Whether the work may only be done by who is in the BIG register (QUA-01).
    pub fn needs_registration(self) -> bool {
        matches!(self, Self::Nurse | Self::NurseBachelor | Self::DistrictNurse)
    }
}

/// Levels of one ladder can be compared; between ladders nothing covers anything.
#[derive(PartialEq, Eq)]
enum Ladder {
    Care,
    Support,
    Household,
}

/// Kind of contract. The numbers are those of members' proto and of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum EmploymentKind {
    /// For an indefinite time.
    Permanent = 1,
    /// For a fixed time.
    Temporary = 2,
    /// On call, no fixed hours.
    OnCall = 3,
    /// Self-employed.
    SelfEmployed = 4,
}

impl EmploymentKind {
    /// The kind with this number.
    pub fn from_number(number: i32) -> Option<Self> {
        [Self::Permanent, Self::Temporary, Self::OnCall, Self::SelfEmployed].into_iter().find(|kind| *kind as i32 == number)
    }
}

/// A worker's contract with one organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Employment {
    /// Its id.
    pub id: EmploymentId,
    /// The employer.
    pub organisation: OrganisationId,
    /// Function level.
    pub level: FunctionLevel,
    /// Kind of contract.
    pub kind: EmploymentKind,
    /// The days on which it holds.
    pub validity: Validity,
    /// Last day on which an assessment says that the work of somebody self-employed is no employment (ZZP-05); `None` without one.
    pub assessed_until: Option<LocalDate>,
}

/// A skill that somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Competence {
    /// Code in the region's own scheme.
    pub code: String,
    /// The days on which it holds.
    pub validity: Validity,
}

/// A person who works at members, as far as flexpool must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// The worker; of two that turned out to be one person, the kept one (D13).
    pub id: WorkerId,
    /// Lock counter: raised by everything that changes the worker's facts or time (D8).
    pub version: i64,
    /// Last day of the BIG registration; `None` without one.
    pub registered_until: Option<LocalDate>,
    /// The employments.
    pub employments: Vec<Employment>,
    /// The competences.
    pub competences: Vec<Competence>,
}

impl Worker {
    /// The first of these days on which the worker is not in the BIG register.
    pub fn unregistered_on(&self, days: [LocalDate; 2]) -> Option<LocalDate> {
        days.into_iter().find(|day| self.registered_until.is_none_or(|until| until < *day))
    }

    /// The first of the codes that does not hold on one of the days, with that day.
    pub fn lacks<'a>(&self, codes: &'a [String], days: [LocalDate; 2]) -> Option<(&'a str, LocalDate)> {
        let holds =
            |code: &str, day| self.competences.iter().any(|competence| competence.code == code && competence.validity.holds_on(day));
        codes.iter().find_map(|code| days.into_iter().find(|day| !holds(code, *day)).map(|day| (code.as_str(), day)))
    }

    /// The employments in the order in which a claim looks at them: with the host itself first, then by id.
    pub fn employments_for(&self, host: OrganisationId) -> Vec<&Employment> {
        let mut employments: Vec<&Employment> = self.employments.iter().collect();
        employments.sort_by(|a, b| match (a.organisation == host, b.organisation == host) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => a.id.cmp(&b.id),
        });
        employments
    }
}

#[cfg(test)]
mod tests {
    use FunctionLevel::*;

    use super::*;

    #[test]
    fn a_level_covers_itself_and_what_is_below_it_on_its_own_ladder() {
        let care = [CareAssistant, Helper, HelperPlus, Carer, Nurse, NurseBachelor, DistrictNurse];
        let support = [SupportWorker, PersonalSupportWorker];
        for held in FunctionLevel::ALL {
            for required in FunctionLevel::ALL {
                let place = |ladder: &[FunctionLevel]| {
                    let at = |level| ladder.iter().position(|step| step == level);
                    at(held).zip(at(required)).is_some_and(|(held, required)| held >= required)
                };
                let expected = place(&care) || place(&support) || place(&[HouseholdHelp]);
                assert_eq!(held.covers(*required), expected, "{} for {}", held.name(), required.name());
            }
        }
    }

    #[test]
    fn only_nurses_need_a_registration() {
        let needing: Vec<&str> = FunctionLevel::ALL.iter().filter(|level| level.needs_registration()).map(|level| level.name()).collect();
        assert_eq!(needing, ["NURSE", "NURSE_BACHELOR", "DISTRICT_NURSE"]);
    }

    #[test]
    fn a_number_outside_the_list_is_no_level_and_no_kind() {
        for number in [-1, 0, 11] {
            assert_eq!(FunctionLevel::from_number(number), None);
        }
        assert_eq!(FunctionLevel::from_number(10), Some(HouseholdHelp));
        assert_eq!(
            [0, 1, 4, 5].map(EmploymentKind::from_number),
            [None, Some(EmploymentKind::Permanent), Some(EmploymentKind::SelfEmployed), None]
        );
    }
}
