//! Workers, their employments and what they are able to do.

use std::collections::BTreeSet;

use chassis::{
    ids::{CompetenceId, EmploymentId, OrganisationId, WorkerId},
    time::LocalDate,
};
use chrono::Datelike;

use super::{
    employment::{Assessment, Exit},
    numbered,
    span::Span,
};

/// Nobody works here before the 14th birthday.
pub const MIN_AGE: i32 = 14;
/// A birth date further back is taken for a mistake.
pub const MAX_AGE: i32 = 100;

numbered! {
    /// Level of the work.
    FunctionLevel {
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
        /// Huishoudelijke hulp, outside the ladder.
        HouseholdHelp = 10,
        /// Facilitair medewerker.
        Facility = 80,
        /// Keuken- en restaurantmedewerker.
        Kitchen = 81,
        /// Secretariaat en administratie.
        Secretary = 82,
        /// Staf.
        Staff = 83,
        /// Gespecialiseerd verpleegkundige.
        SpecialisedNurse = 84,
        /// Verpleegkundig specialist.
        NurseSpecialist = 85,
        /// Physician assistant.
        PhysicianAssistant = 86,
        /// Gz-psycholoog.
        HealthPsychologist = 87,
        /// Vaktherapeut.
        ArtsTherapist = 88,
        /// Geestelijk verzorger.
        SpiritualCarer = 89,
        /// Sociaal werker, jeugdprofessional.
        SocialWorker = 90,
        /// Pedagogisch medewerker.
        ChildCarer = 91,
        /// Doktersassistent.
        MedicalAssistant = 92,
    }
}

numbered! {
    /// Kind of contract.
    EmploymentKind {
        /// For an indefinite time.
        Permanent = 1,
        /// For a fixed time.
        Temporary = 2,
        /// On call, no fixed hours.
        OnCall = 3,
        /// Self-employed.
        SelfEmployed = 4,
    }
}

/// A registration in the BIG register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The number (QUA-02).
    pub big_number: String,
    /// Last day on which it holds.
    pub valid_until: LocalDate,
}

/// Who somebody is. Leaves members only in answers, never in events (D6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Given name.
    pub first_name: String,
    /// Family name with its prefix.
    pub last_name: String,
    /// Birth date.
    pub birth_date: LocalDate,
    /// Postcode of the home.
    pub postcode: String,
    /// BIG registration, if there is one.
    pub registration: Option<Registration>,
}

impl Person {
    /// The four digits of the postcode: as far as an event may say where somebody lives.
    pub fn pc4(&self) -> &str {
        self.postcode.get(..4).unwrap_or_default()
    }

    /// The 18th birthday, from which the rules about young workers no longer hold (YTH-01).
    pub fn adult_on(&self) -> LocalDate {
        birthday(self.birth_date, 18)
    }
}

/// The day on which somebody reaches an age. Who is born on 29 February does so on 1 March in other years.
pub fn birthday(born: LocalDate, age: i32) -> LocalDate {
    let day = born.plus_years(age);
    if day.0.day() == born.0.day() { day } else { LocalDate(day.0.succ_opt().unwrap_or(day.0)) }
}

/// Whether somebody born on this day can be a worker today.
pub fn is_working_age(born: LocalDate, today: LocalDate) -> bool {
    birthday(born, MIN_AGE) <= today && birthday(born, MAX_AGE) >= today
}

/// A person who works at one or more members.
#[derive(Debug, Clone)]
pub struct Worker {
    /// Random, so that it tells nothing (D6).
    pub id: WorkerId,
    /// Who it is.
    pub person: Person,
}

/// What is said about a contract.
#[derive(Debug, Clone)]
pub struct NewEmployment {
    /// The employer.
    pub organisation: OrganisationId,
    /// The employer's own number of the person, unique within the organisation (D13).
    pub personnel_number: String,
    /// Function level.
    pub function_level: FunctionLevel,
    /// Kind of contract.
    pub kind: EmploymentKind,
    /// Contract hours in minutes a week.
    pub minutes_per_week: i32,
    /// The employer's own code of who bears the cost.
    pub cost_centre: Option<String>,
    /// First day.
    pub from: LocalDate,
    /// Last day; absent while there is no end.
    pub until: Option<LocalDate>,
    /// Of somebody self-employed, that the work is no employment (ZZP-05).
    pub assessment: Option<Assessment>,
}

/// A worker's contract with one organisation.
#[derive(Debug, Clone)]
pub struct Employment {
    /// Its id.
    pub id: EmploymentId,
    /// Whose it is.
    pub worker: WorkerId,
    /// Its content.
    pub about: NewEmployment,
    /// How often it was changed; its etag.
    pub revision: i64,
    /// Why it was ended, when it was.
    pub exit: Option<Exit>,
}

numbered! {
    /// How well somebody can do something: a higher level covers a lower one.
    CompetenceLevel {
        /// Only while somebody looks on.
        Supervised = 1,
        /// Alone.
        Independent = 2,
        /// Well enough to teach and to judge others.
        Teaching = 3,
    }
}

/// What is said about a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCompetence {
    /// Code in the region's own scheme.
    pub code: String,
    /// How well.
    pub level: CompetenceLevel,
    /// The days on which it holds.
    pub valid: Span,
}

impl NewCompetence {
    /// Whether both are the same skill at the same level, and share a day.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.code == other.code && self.level == other.level && self.valid.overlaps(&other.valid)
    }
}

/// A skill that somebody has.
#[derive(Debug, Clone)]
pub struct Competence {
    /// Its id.
    pub id: CompetenceId,
    /// Whose it is.
    pub worker: WorkerId,
    /// Its content.
    pub about: NewCompetence,
}

/// Everything that members keeps about one worker, or the part of it that somebody may see.
#[derive(Debug, Clone)]
pub struct File {
    /// The worker.
    pub worker: Worker,
    /// Employments.
    pub employments: Vec<Employment>,
    /// The portfolio.
    pub competences: Vec<Competence>,
}

/// What a worker begins with.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Who it is.
    pub person: Person,
    /// The first employment.
    pub employment: NewEmployment,
    /// The skills.
    pub competences: Vec<NewCompetence>,
}

/// The fields of a row of which something else is stored under its number, by their paths in the contract.
pub fn differing(row: &NewFile, stored: &File) -> Vec<&'static str> {
    let (person, own) = (&row.person, &stored.worker.person);
    let registration = |person: &Person| person.registration.as_ref().map(|one| (one.big_number.clone(), one.valid_until)).unzip();
    let (number, valid_until) = registration(person);
    let (own_number, own_valid_until) = registration(own);
    let about = &row.employment;
    let Some(held) = stored.employments.first().map(|employment| &employment.about) else { return vec!["employment"] };
    // A file that says nothing of days says only which skills there are.
    let codes: BTreeSet<&str> = row.competences.iter().map(|one| one.code.as_str()).collect();
    let own_codes: BTreeSet<&str> = stored.competences.iter().map(|one| one.about.code.as_str()).collect();
    let dated = row.competences.iter().filter(|one| one.valid.from.is_some() || one.valid.until.is_some());
    let is_held = |one: &NewCompetence| stored.competences.iter().any(|own| own.about.code == one.code && own.about.valid == one.valid);
    let same_skills = codes == own_codes && dated.into_iter().all(is_held);
    let same = [
        ("worker.first_name", person.first_name == own.first_name),
        ("worker.last_name", person.last_name == own.last_name),
        ("worker.birth_date", person.birth_date == own.birth_date),
        ("worker.postcode", person.postcode == own.postcode),
        ("worker.big_number", number == own_number),
        ("worker.big_valid_until", valid_until == own_valid_until),
        ("employment.function_level", about.function_level == held.function_level),
        ("employment.kind", about.kind == held.kind),
        ("employment.minutes_per_week", about.minutes_per_week == held.minutes_per_week),
        ("employment.cost_centre", about.cost_centre == held.cost_centre),
        ("employment.from", about.from == held.from),
        ("employment.until", about.until == held.until),
        ("competences", same_skills),
    ];
    same.into_iter().filter(|(_, same)| !same).map(|(field, _)| field).collect()
}

/// The same competence is held at the same level in the same days already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompetenceOverlaps;

/// Whether the competence adds days to the portfolio.
pub fn decide_competence(new: &NewCompetence, held: &[Competence]) -> Result<(), CompetenceOverlaps> {
    if held.iter().any(|other| other.about.overlaps(new)) { Err(CompetenceOverlaps) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> LocalDate {
        text.parse().expect("a day")
    }

    #[test]
    fn somebody_born_on_a_leap_day_comes_of_age_on_the_first_of_march() {
        for (born, adult) in [("2008-02-29", "2026-03-01"), ("2008-02-28", "2026-02-28"), ("2000-12-31", "2018-12-31")] {
            assert_eq!(birthday(day(born), 18), day(adult), "{born}");
        }
        assert_eq!(birthday(day("2000-02-29"), 20), day("2020-02-29"));
    }

    #[test]
    fn a_worker_is_between_14_and_100_years_old() {
        let today = day("2026-11-22");
        for (born, good) in [
            ("2012-11-22", true),
            ("2012-11-23", false),
            ("1926-11-22", true),
            ("1926-11-21", false),
            ("2030-01-01", false),
            ("1992-02-29", true),
        ] {
            assert_eq!(is_working_age(day(born), today), good, "{born}");
        }
    }

    #[test]
    fn a_competence_is_held_once_on_a_day() {
        let competence = |code: &str, from: &str, until: &str| NewCompetence {
            code: code.to_owned(),
            level: CompetenceLevel::Independent,
            valid: Span { from: Some(day(from)), until: Some(day(until)) },
        };
        let held =
            [Competence { id: CompetenceId::new(), worker: WorkerId::new(), about: competence("tilliften", "2026-01-01", "2026-12-31") }];
        assert_eq!(decide_competence(&competence("tilliften", "2026-12-31", "2028-01-01"), &held), Err(CompetenceOverlaps));
        assert_eq!(decide_competence(&competence("tilliften", "2027-01-01", "2028-01-01"), &held), Ok(()));
        assert_eq!(decide_competence(&competence("insuline", "2026-01-01", "2026-12-31"), &held), Ok(()));
        let better = NewCompetence { level: CompetenceLevel::Teaching, ..competence("tilliften", "2026-01-01", "2026-12-31") };
        assert_eq!(decide_competence(&better, &held), Ok(()));
    }
}
