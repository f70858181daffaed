//! The branches of the full region, with its 90 employers and 75,000 workers: sizes, sites, functions and shifts of each (rules.md 7.3,
//! figures of a synthetic region; none of these employers exists).

use proto::members::{Branch, FunctionLevel as Level};

use crate::demo::profile::{HOME_CARE, HOSPITAL, MENTAL_HEALTH, Pattern, RESIDENTIAL};

/// A branch.
pub(super) struct Profile {
    pub(super) branch: Branch,
    /// What its employers are called before the name of their own.
    pub(super) called: &'static str,
    pub(super) organisations: usize,
    pub(super) workers: usize,
    /// How much sizes differ: sigma of a lognormal draw between these bounds, or the sizes themselves.
    pub(super) sizes: Sizes,
    /// Sites of the smallest and of the largest employer.
    pub(super) sites: (usize, usize),
    pub(super) functions: &'static [(Level, u32)],
    pub(super) patterns: &'static [Pattern],
    /// Percent of 55 and older more than the sector has.
    pub(super) older: i32,
    /// Percent without fixed hours.
    pub(super) on_call: u32,
}

/// How many people the employers of a branch have.
pub(super) enum Sizes {
    Drawn(f64, usize, usize),
    Fixed(&'static [usize]),
}

/// Who is outside the care ladder, in the household, the office or another profession, counts as support.
const SUPPORT: Level = Level::HouseholdHelp;

const NURSING: &[(Level, u32)] = &[
    (Level::CareAssistant, 8),
    (Level::Helper, 13),
    (Level::HelperPlus, 4),
    (Level::Carer, 31),
    (Level::Nurse, 8),
    (Level::NurseBachelor, 5),
    (Level::DistrictNurse, 3),
    (Level::SupportWorker, 3),
    (SUPPORT, 25),
];
const WARDS: &[(Level, u32)] = &[(Level::Nurse, 24), (Level::NurseBachelor, 19), (Level::CareAssistant, 10), (SUPPORT, 47)];
const DISABILITY: &[(Level, u32)] = &[
    (Level::SupportWorker, 30),
    (Level::PersonalSupportWorker, 30),
    (Level::CareAssistant, 10),
    (Level::Nurse, 3),
    (Level::NurseBachelor, 1),
    (SUPPORT, 26),
];
const PSYCHIATRY: &[(Level, u32)] =
    &[(Level::Nurse, 18), (Level::NurseBachelor, 10), (Level::SupportWorker, 12), (Level::PersonalSupportWorker, 10), (SUPPORT, 50)];

const SLEEP: &[Pattern] =
    &[((7, 0), (15, 0), 30, 36), ((15, 0), (23, 0), 30, 30), ((22, 30), (7, 0), 0, 18), ((7, 0), (11, 0), 0, 8), ((17, 0), (21, 0), 0, 8)];
const DAYS: &[Pattern] = &[((7, 30), (13, 0), 0, 50), ((13, 0), (18, 30), 0, 50)];

const fn profile(branch: Branch, called: &'static str, (organisations, workers): (usize, usize), sizes: Sizes) -> Profile {
    let (functions, patterns) = (DISABILITY, SLEEP);
    Profile { branch, called, organisations, workers, sizes, sites: (1, 12), functions, patterns, older: 0, on_call: 0 }
}

/// The branches. Those without a mix of functions of their own have that of the care for the disabled.
pub(super) const BRANCHES: &[Profile] = &[
    Profile {
        sites: (3, 45),
        functions: NURSING,
        patterns: RESIDENTIAL,
        older: 3,
        on_call: 5,
        ..profile(Branch::NursingAndHomeCare, "Zorggroep", (26, 27_000), Sizes::Drawn(1.0, 100, 4_500))
    },
    Profile {
        sites: (1, 3),
        functions: WARDS,
        patterns: HOSPITAL,
        ..profile(Branch::Hospital, "Ziekenhuis", (5, 17_500), Sizes::Fixed(&[7_000, 5_500, 2_500, 1_500, 1_000]))
    },
    Profile { sites: (5, 80), ..profile(Branch::DisabilityCare, "Stichting", (12, 11_000), Sizes::Drawn(0.9, 60, 3_500)) },
    Profile {
        sites: (2, 20),
        functions: PSYCHIATRY,
        patterns: MENTAL_HEALTH,
        ..profile(Branch::MentalHealth, "GGZ", (8, 6_000), Sizes::Drawn(0.9, 50, 2_200))
    },
    Profile {
        sites: (4, 60),
        patterns: DAYS,
        older: -11,
        on_call: 5,
        ..profile(Branch::ChildCare, "Kinderopvang", (10, 5_500), Sizes::Drawn(0.8, 60, 1_500))
    },
    Profile { sites: (1, 10), patterns: DAYS, ..profile(Branch::SocialWork, "Welzijn", (12, 3_000), Sizes::Drawn(0.7, 40, 700)) },
    Profile { sites: (2, 12), ..profile(Branch::YouthCare, "Jeugdzorg", (6, 2_000), Sizes::Drawn(0.7, 80, 800)) },
    Profile {
        functions: WARDS,
        patterns: HOME_CARE,
        ..profile(Branch::GeneralPractice, "Gezondheidscentrum", (8, 1_500), Sizes::Drawn(0.6, 60, 400))
    },
    Profile {
        sites: (1, 4),
        patterns: HOSPITAL,
        functions: WARDS,
        ..profile(Branch::Other, "Revalidatie", (3, 1_500), Sizes::Fixed(&[300, 500, 700]))
    },
];

/// Names of their own, none of them taken by an employer that exists.
pub(super) const NAMES: &[&str] = &[
    "Maretak",
    "Wilgenbroek",
    "Roerzicht",
    "Sterrebos",
    "Kersouwe",
    "Vossenberg",
    "Leudalhof",
    "Peelwende",
    "Sleedoorn",
    "Gulpdal",
    "Merelveld",
    "Zilverlinde",
    "Jekerhof",
    "Heideroos",
    "Geulrand",
    "Kastanjelaan",
    "Swalmoever",
    "Wijngaard",
    "Meinweg",
    "Korenbloem",
    "Ravensbosch",
    "Brunsdal",
    "Eikenhorst",
    "Waterlelie",
    "Mergelhof",
    "Zonneroos",
];
