//! The employers of the demo region: who they are, whom they employ and when they need somebody (rules.md, figures of a synthetic region).

use proto::members::{Basis, Branch, FunctionLevel as Level};

/// An employer.
pub(super) struct Profile {
    pub(super) name: &'static str,
    pub(super) kvk_number: &'static str,
    pub(super) branch: Branch,
    /// Name and postcode of each ward.
    pub(super) wards: &'static [(&'static str, &'static str)],
    /// How many of the region's workers and open shifts are theirs.
    pub(super) workers: usize,
    pub(super) shifts: usize,
    /// Function levels with their weight.
    pub(super) functions: &'static [(Level, u32)],
    /// Start, end and unpaid break in minutes of each kind of shift, with its weight.
    pub(super) patterns: &'static [Pattern],
    pub(super) bases: &'static [Basis],
    /// Takes part in the pool of the south too.
    pub(super) south: bool,
}

/// A kind of shift: start and end as hour and minute on the clock, unpaid break in minutes, weight.
pub(super) type Pattern = ((u32, u32), (u32, u32), i32, u32);

pub(super) const RESIDENTIAL: &[Pattern] =
    &[((7, 0), (15, 0), 30, 40), ((15, 0), (23, 0), 30, 32), ((23, 0), (7, 0), 30, 12), ((7, 0), (11, 0), 0, 8), ((17, 0), (21, 0), 0, 8)];
pub(super) const HOME_CARE: &[Pattern] = &[((7, 0), (11, 30), 0, 50), ((17, 0), (22, 0), 0, 38), ((23, 0), (7, 0), 30, 12)];
pub(super) const HOSPITAL: &[Pattern] = &[((7, 30), (16, 0), 30, 45), ((15, 0), (23, 30), 30, 33), ((23, 0), (7, 45), 45, 22)];
pub(super) const MENTAL_HEALTH: &[Pattern] = &[((7, 15), (15, 30), 30, 42), ((14, 45), (23, 0), 30, 36), ((22, 45), (7, 30), 45, 22)];

const NURSING: &[(Level, u32)] = &[
    (Level::CareAssistant, 8),
    (Level::Helper, 13),
    (Level::HelperPlus, 4),
    (Level::Carer, 31),
    (Level::Nurse, 8),
    (Level::NurseBachelor, 5),
    (Level::SupportWorker, 3),
    (Level::HouseholdHelp, 8),
];
const HOME: &[(Level, u32)] = &[
    (Level::Helper, 17),
    (Level::Carer, 31),
    (Level::Nurse, 9),
    (Level::NurseBachelor, 4),
    (Level::DistrictNurse, 6),
    (Level::HouseholdHelp, 12),
];
const WARDS: &[(Level, u32)] = &[(Level::CareAssistant, 6), (Level::Carer, 5), (Level::Nurse, 26), (Level::NurseBachelor, 18)];
const DISABILITY: &[(Level, u32)] =
    &[(Level::CareAssistant, 10), (Level::SupportWorker, 30), (Level::PersonalSupportWorker, 30), (Level::Carer, 4), (Level::Nurse, 4)];
const PSYCHIATRY: &[(Level, u32)] =
    &[(Level::Nurse, 18), (Level::NurseBachelor, 10), (Level::SupportWorker, 14), (Level::PersonalSupportWorker, 10)];

const LENDING: &[Basis] = &[Basis::OwnExtraHours, Basis::CollegialLending];
const LENDING_OR_CONTRACT: &[Basis] = &[Basis::OwnExtraHours, Basis::CollegialLending, Basis::SecondContract];
const EVERYTHING: &[Basis] = &[Basis::OwnExtraHours, Basis::CollegialLending, Basis::SecondContract, Basis::SelfEmployed];

/// The employers, none of which exists.
pub(super) const PROFILES: &[Profile] = &[
    Profile {
        name: "Zorggroep Lindebloesem",
        kvk_number: "90010011",
        branch: Branch::NursingAndHomeCare,
        wards: &[("De Hof beneden", "6041BN"), ("De Hof boven", "6041BN"), ("Kasteelzicht", "6045GR"), ("Maasterras", "6051CK")],
        workers: 62,
        shifts: 42,
        functions: NURSING,
        patterns: RESIDENTIAL,
        bases: LENDING_OR_CONTRACT,
        south: false,
    },
    Profile {
        name: "Thuiszorg Mergelpad",
        kvk_number: "90010022",
        branch: Branch::NursingAndHomeCare,
        wards: &[("Route Heerlen", "6411GT"), ("Route Valkenburg", "6301HK"), ("Route Kerkrade", "6461BV")],
        workers: 44,
        shifts: 30,
        functions: HOME,
        patterns: HOME_CARE,
        bases: EVERYTHING,
        south: true,
    },
    Profile {
        name: "Ziekenhuis De Drie Torens",
        kvk_number: "90010033",
        branch: Branch::Hospital,
        wards: &[("Cardiologie", "6229HX"), ("Chirurgie", "6229HX"), ("Geriatrie", "6229HX")],
        workers: 48,
        shifts: 28,
        functions: WARDS,
        patterns: HOSPITAL,
        bases: LENDING,
        south: true,
    },
    Profile {
        name: "Stichting Zonnewijzer",
        kvk_number: "90010044",
        branch: Branch::DisabilityCare,
        wards: &[("Woning De Linde", "6136KR"), ("Woning De Beuk", "6121BT"), ("Dagbesteding Sittard", "6131EL")],
        workers: 36,
        shifts: 22,
        functions: DISABILITY,
        patterns: RESIDENTIAL,
        bases: LENDING_OR_CONTRACT,
        south: true,
    },
    Profile {
        name: "GGZ Het Baken",
        kvk_number: "90010055",
        branch: Branch::MentalHealth,
        wards: &[("Opname Venlo", "5911CJ"), ("Beschermd wonen Reuver", "5953BZ"), ("Kliniek Horst", "5961KN")],
        workers: 26,
        shifts: 14,
        functions: PSYCHIATRY,
        patterns: MENTAL_HEALTH,
        bases: LENDING,
        south: false,
    },
    Profile {
        name: "Woonzorg Peelhoeve",
        kvk_number: "90010066",
        branch: Branch::NursingAndHomeCare,
        wards: &[("De Heide", "5801PL"), ("Het Ven", "5801PL"), ("De Akker", "5981XC")],
        workers: 24,
        shifts: 14,
        functions: NURSING,
        patterns: RESIDENTIAL,
        bases: LENDING_OR_CONTRACT,
        south: false,
    },
];

/// The pools: their names, and whether only the south takes part.
pub(super) const POOLS: &[(&str, bool)] = &[("Regiopool Limburg", false), ("Flexpool Zuid", true)];

const BASIC: &[&str] = &["bhv", "tilliften", "dementie", "omgaan-met-agressie"];
const CARE: &[&str] = &["medicatie-delen", "tilliften", "dementie", "palliatieve-zorg", "bhv", "wondzorg"];
const RESERVED: &[&str] =
    &["insuline", "injecteren", "katheteriseren", "medicatie-delen", "wondzorg", "palliatieve-zorg", "tilliften", "bhv"];

/// The skills that somebody on a level may have, the most usual first. Reserved acts begin with the carer (QUA-06, QUA-07).
pub(super) fn skills(level: Level) -> &'static [&'static str] {
    match level {
        Level::Unspecified | Level::CareAssistant | Level::HouseholdHelp | Level::Helper => BASIC,
        Level::HelperPlus | Level::SupportWorker | Level::PersonalSupportWorker => CARE,
        Level::Carer | Level::Nurse | Level::NurseBachelor | Level::DistrictNurse => RESERVED,
    }
}

/// Whether the work needs a registration in the BIG register.
pub(super) fn is_registered(level: Level) -> bool {
    matches!(level, Level::Nurse | Level::NurseBachelor | Level::DistrictNurse)
}
