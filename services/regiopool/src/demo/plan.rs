//! What stands in the demo region: all of it follows from a seed and a day, nothing from chance, the clock or a service.

use chassis::time::LocalDate;
use chrono::{Datelike, Days, Months};
use proto::members::{EmploymentKind, FunctionLevel};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::{
    names,
    profile::{PROFILES, Pattern, Profile, is_registered, skills},
};

/// Open shifts lie in so many days after the anchor.
pub(super) const DAYS: u32 = 28;

/// The region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    /// The day from which everything counts.
    pub(super) anchor: LocalDate,
    /// The workers.
    pub(super) workers: Vec<PlannedWorker>,
    /// The open shifts, by start.
    pub(super) shifts: Vec<PlannedShift>,
}

/// A worker. Organisations are told by their place among the profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedWorker {
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) birth_date: LocalDate,
    pub(super) postcode: String,
    /// Number and last day of the BIG registration.
    pub(super) registration: Option<(String, LocalDate)>,
    /// The first employment, and sometimes a second one.
    pub(super) employments: Vec<PlannedEmployment>,
    /// Codes with their last day.
    pub(super) competences: Vec<(&'static str, Option<LocalDate>)>,
    /// Can sign in.
    pub(super) signs_in: bool,
}

/// A contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedEmployment {
    pub(super) organisation: usize,
    pub(super) personnel_number: String,
    pub(super) level: FunctionLevel,
    pub(super) kind: EmploymentKind,
    pub(super) minutes_per_week: i32,
    pub(super) from: LocalDate,
    pub(super) until: Option<LocalDate>,
}

/// An open shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlannedShift {
    pub(super) organisation: usize,
    pub(super) ward: usize,
    pub(super) pool: usize,
    pub(super) date: LocalDate,
    /// Minutes since midnight.
    pub(super) starts: u32,
    pub(super) ends: u32,
    pub(super) ends_on: LocalDate,
    pub(super) break_minutes: i32,
    pub(super) level: FunctionLevel,
    pub(super) competence: Option<&'static str>,
    pub(super) places: i32,
    pub(super) reference: String,
}

impl Plan {
    /// The region of a seed, seen from a day.
    pub(super) fn new(seed: u64, anchor: LocalDate) -> Self {
        let mut draw = Draw { random: StdRng::seed_from_u64(seed), anchor };
        let workers = PROFILES.iter().enumerate().flat_map(|(index, profile)| draw.workers(index, profile)).collect();
        let shifts: Vec<PlannedShift> = PROFILES.iter().enumerate().flat_map(|(index, profile)| draw.shifts(index, profile)).collect();
        let mut shifts = shifts;
        shifts.sort_by(|a, b| (a.date, a.starts, &a.reference).cmp(&(b.date, b.starts, &b.reference)));
        Self { anchor, workers, shifts }
    }
}

pub(super) fn plus(day: LocalDate, days: u32) -> LocalDate {
    LocalDate(day.0.checked_add_days(Days::new(days.into())).unwrap_or(day.0))
}

pub(super) fn minus(day: LocalDate, days: u32) -> LocalDate {
    LocalDate(day.0.checked_sub_days(Days::new(days.into())).unwrap_or(day.0))
}

struct Draw {
    random: StdRng,
    anchor: LocalDate,
}

impl Draw {
    /// One of the values, by weight.
    fn weighted<T: Copy>(&mut self, values: &[T], weight: impl Fn(&T) -> u32) -> T {
        let total: u32 = values.iter().map(&weight).sum();
        let mut left = self.random.random_range(0..total.max(1));
        for value in values {
            match left.checked_sub(weight(value)) {
                Some(rest) => left = rest,
                None => return *value,
            }
        }
        values[0]
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        *values.choose(&mut self.random).expect("the lists of the demo are not empty")
    }

    fn percent(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn workers(&mut self, organisation: usize, profile: &Profile) -> Vec<PlannedWorker> {
        // The one who can sign in is somebody whom most open shifts of the own organisation fit, in the middle of working life.
        let usual = profile.functions.iter().max_by_key(|(level, weight)| (*weight, *level as i32)).map(|(level, _)| *level);
        let draw = |number: usize| {
            let signs_in = number == 0;
            let level = match usual {
                Some(level) if signs_in => level,
                _ => self.weighted(profile.functions, |(_, weight)| *weight).0,
            };
            let number = format!("{}{number:04}", organisation + 1);
            self.worker(organisation, level, number, signs_in)
        };
        (0..profile.workers).map(draw).collect()
    }

    fn worker(&mut self, organisation: usize, level: FunctionLevel, number: String, signs_in: bool) -> PlannedWorker {
        let ages = [(18, 24, 12), (25, 34, 22), (35, 44, 20), (45, 54, 20), (55, 64, 23), (65, 66, 3)];
        let (youngest, oldest, _) = if signs_in { (30, 45, 1) } else { self.weighted(&ages, |(_, _, weight)| *weight) };
        let age: u32 = self.random.random_range(youngest..=oldest);
        let birthday = self.anchor.0.checked_sub_months(Months::new(age * 12)).map_or(self.anchor, LocalDate);
        let birth_date = minus(birthday, self.random.random_range(1..365));
        let name = |names: &[&str], random: &mut StdRng| (*names.choose(random).expect("names")).to_owned();
        let (mut first_name, mut last_name) = (name(names::FIRST, &mut self.random), name(names::LAST, &mut self.random));
        if signs_in {
            [first_name, last_name] = names::WORKERS[organisation].map(str::to_owned);
        }
        let letters: String = (0..2).map(|_| char::from(self.one_of(names::LETTERS))).collect();
        let postcode = format!("{}{letters}", self.one_of(names::HOMES));
        let registration = is_registered(level).then(|| {
            let number = format!("{:09}30", self.random.random_range(190_000_000..=690_000_000_u32));
            // Soon to end for a few, so that the demo shows what that does.
            let days = if signs_in { 900 } else { self.random.random_range(10..1_800) };
            (number, plus(self.anchor, days))
        });
        let years_at_work = age.saturating_sub(18).min(30);
        let from = minus(self.anchor, 60 + self.random.random_range(0..=years_at_work * 365));
        let mut employments = vec![self.employment(organisation, level, number, from, signs_in)];
        // The one of the first organisation who can sign in shows what two employers are.
        if if signs_in { organisation == 0 } else { self.percent(6) } {
            employments.push(self.second(&employments[0]));
        }
        let competences = self.competences(level, signs_in);
        PlannedWorker { first_name, last_name, birth_date, postcode, registration, employments, competences, signs_in }
    }

    fn employment(
        &mut self,
        organisation: usize,
        level: FunctionLevel,
        number: String,
        from: LocalDate,
        signs_in: bool,
    ) -> PlannedEmployment {
        let bands: [(&[i32], u32); 5] = [(&[8, 12], 8), (&[16, 20], 16), (&[24, 28], 36), (&[32], 12), (&[36], 28)];
        let (band, _) = self.weighted(&bands, |(_, weight)| *weight);
        let hours = self.one_of(band);
        let kinds = [
            (EmploymentKind::Permanent, 76),
            (EmploymentKind::Temporary, 18),
            (EmploymentKind::OnCall, 5),
            (EmploymentKind::SelfEmployed, 1),
        ];
        let (kind, _) = if signs_in { kinds[0] } else { self.weighted(&kinds, |(_, weight)| *weight) };
        let days = self.random.random_range(45..400);
        PlannedEmployment {
            organisation,
            personnel_number: number,
            level,
            kind,
            minutes_per_week: match kind {
                EmploymentKind::OnCall | EmploymentKind::SelfEmployed => 0,
                _ if signs_in => 24 * 60,
                _ => hours * 60,
            },
            from,
            until: (kind == EmploymentKind::Temporary).then(|| plus(self.anchor, days)),
        }
    }

    /// A small job at another employer.
    fn second(&mut self, first: &PlannedEmployment) -> PlannedEmployment {
        let organisation = (first.organisation + self.random.random_range(1..PROFILES.len())) % PROFILES.len();
        let kind = self.one_of(&[EmploymentKind::OnCall, EmploymentKind::Permanent]);
        PlannedEmployment {
            organisation,
            // Numbers of first employments have five digits: no two can be the same.
            personnel_number: format!("{}{}", organisation + 1, first.personnel_number),
            level: first.level,
            kind,
            minutes_per_week: if kind == EmploymentKind::OnCall { 0 } else { 8 * 60 },
            from: minus(self.anchor, self.random.random_range(30..400)),
            until: None,
        }
    }

    fn competences(&mut self, level: FunctionLevel, signs_in: bool) -> Vec<(&'static str, Option<LocalDate>)> {
        let known = skills(level);
        let count = if signs_in { known.len() } else { self.random.random_range(2..=known.len().min(6)) };
        let chosen: Vec<&'static str> = known.choose_multiple(&mut self.random, count).copied().collect();
        let until = |draw: &mut Self| draw.percent(30).then(|| plus(draw.anchor, draw.random.random_range(20..900)));
        chosen.into_iter().map(|code| (code, if signs_in { None } else { until(self) })).collect()
    }

    fn shifts(&mut self, organisation: usize, profile: &Profile) -> Vec<PlannedShift> {
        (0..profile.shifts).map(|number| self.shift(organisation, profile, number)).collect()
    }

    fn shift(&mut self, organisation: usize, profile: &Profile, number: usize) -> PlannedShift {
        let date = self.shift_day();
        let (from, to, break_minutes, _): Pattern = self.weighted(profile.patterns, |(_, _, _, weight)| *weight);
        let (starts, ends) = (from.0 * 60 + from.1, to.0 * 60 + to.1);
        let levels: Vec<(FunctionLevel, u32)> =
            profile.functions.iter().copied().filter(|(level, _)| *level != FunctionLevel::HouseholdHelp).collect();
        let (level, _) = self.weighted(&levels, |(_, weight)| *weight);
        let competence = self.percent(40).then(|| self.one_of(&skills(level)[..3]));
        PlannedShift {
            organisation,
            ward: self.random.random_range(0..profile.wards.len()),
            pool: usize::from(profile.south && self.percent(35)),
            date,
            starts,
            ends,
            ends_on: if ends <= starts { plus(date, 1) } else { date },
            break_minutes,
            level,
            competence,
            places: self.weighted(&[(1, 84), (2, 12), (3, 4)], |(_, weight)| *weight).0,
            reference: format!("D{}-{number:03}", organisation + 1),
        }
    }

    /// Most gaps are near, and weekends need three quarters of a weekday's people.
    fn shift_day(&mut self) -> LocalDate {
        loop {
            let near = self.random.random_range(0..65) < 40;
            let days = if near { self.random.random_range(1..7) } else { self.random.random_range(7..=DAYS) };
            let day = plus(self.anchor, days);
            if day.0.weekday().num_days_from_monday() < 5 || self.percent(75) {
                return day;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use super::*;
    use crate::demo::profile::POOLS;

    fn plan(seed: u64) -> Plan {
        Plan::new(seed, "2026-11-22".parse().expect("a day"))
    }

    #[test]
    fn the_same_seed_and_day_make_the_same_region_and_others_another() {
        assert_eq!(plan(1), plan(1));
        assert_ne!(plan(1), plan(2));
        assert_ne!(plan(1).shifts, Plan::new(1, "2026-12-22".parse().expect("a day")).shifts);
    }

    #[test]
    fn the_region_has_the_size_that_the_demo_promises() {
        assert_eq!(PROFILES.len(), 6);
        assert!(PROFILES.iter().map(|profile| profile.wards.len()).sum::<usize>() >= 18);
        assert_eq!(plan(1).workers.len(), 240);
        assert_eq!(plan(1).shifts.len(), 150);
        for seed in 0..20 {
            let two = plan(seed).workers.iter().filter(|worker| worker.employments.len() == 2).count();
            assert!((4..=32).contains(&two), "{two} of 240 have two employments");
        }
    }

    #[test]
    fn nothing_in_it_is_refused_by_the_rules() {
        for seed in 0..20 {
            let Plan { anchor, workers, shifts } = plan(seed);
            let mut numbers = BTreeSet::new();
            for worker in &workers {
                let age = anchor.0.years_since(worker.birth_date.0).expect("born before");
                assert!((18..=67).contains(&age), "{age}");
                assert!(worker.registration.is_some() || !is_registered(worker.employments[0].level));
                assert!(worker.registration.iter().all(|(number, _)| number.len() == 11));
                let codes: BTreeSet<_> = worker.competences.iter().map(|(code, _)| code).collect();
                assert_eq!(codes.len(), worker.competences.len());
                for employment in &worker.employments {
                    assert!(numbers.insert((employment.organisation, employment.personnel_number.clone())));
                    assert!(employment.from < anchor && employment.until.is_none_or(|until| until > anchor));
                }
            }
            let references: BTreeSet<_> = shifts.iter().map(|shift| (shift.organisation, &shift.reference)).collect();
            assert_eq!(references.len(), shifts.len());
            for shift in &shifts {
                assert!(shift.date > anchor && shift.date <= plus(anchor, DAYS));
                assert!(!POOLS[shift.pool].1 || PROFILES[shift.organisation].south);
            }
        }
    }

    #[test]
    fn who_can_sign_in_finds_shifts_that_fit() {
        for seed in 0..20 {
            let Plan { workers, shifts, .. } = plan(seed);
            let people: Vec<_> = workers.iter().filter(|worker| worker.signs_in).collect();
            assert_eq!(people.len(), PROFILES.len());
            assert_eq!(people[0].employments.len(), 2);
            for worker in people {
                let first = &worker.employments[0];
                let fits = |shift: &&PlannedShift| shift.organisation == first.organisation && shift.level == first.level;
                assert!(shifts.iter().filter(fits).count() >= 2, "{} with seed {seed}", worker.first_name);
            }
        }
    }

    #[test]
    fn the_mix_is_that_of_the_branch() {
        let mut levels: HashMap<FunctionLevel, usize> = HashMap::new();
        for seed in 0..20 {
            for worker in plan(seed).workers.iter().filter(|worker| worker.employments[0].organisation == 0) {
                *levels.entry(worker.employments[0].level).or_default() += 1;
            }
        }
        let share = |level| levels[&level] * 100 / (20 * PROFILES[0].workers);
        // 31 of 80 weights are carers, 8 are care assistants.
        assert!((33..=45).contains(&share(FunctionLevel::Carer)), "{levels:?}");
        assert!((6..=14).contains(&share(FunctionLevel::CareAssistant)), "{levels:?}");
    }
}
