//! Draws of the full region: sizes, people, contracts and open shifts, all from one seed.

use chassis::time::LocalDate;
use chrono::{Datelike, Months};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::branches::{BRANCHES, NAMES, Profile, Sizes};
use crate::demo::{
    names,
    plan::{minus, plus},
    profile::{is_registered, skills},
};
use proto::members::FunctionLevel as Level;

/// The parts of the region with the digits of their postcodes: north, middle, south, and the old mining district.
pub(super) const PARTS: [(&str, &[&str]); 4] = [
    ("Noord", &["5801", "5911", "5915", "5921", "5953", "5961", "5981"]),
    ("Midden", &["6001", "6031", "6041", "6045", "6051", "6061", "6093", "6101"]),
    ("Heuvelland", &["6121", "6131", "6136", "6151", "6171", "6191", "6211", "6221", "6229", "6231", "6245", "6301"]),
    ("Parkstad", &["6351", "6371", "6411", "6419", "6431", "6441", "6461"]),
];
/// So many open shifts the whole region has.
const SHIFTS: usize = 20_000;

/// An employer.
pub(super) struct Employer {
    pub(super) profile: &'static Profile,
    pub(super) name: String,
    pub(super) kvk_number: String,
    pub(super) workers: usize,
    pub(super) sites: usize,
    pub(super) part: usize,
}

/// What is drawn from.
pub(super) struct Draw {
    pub(super) random: StdRng,
    pub(super) anchor: LocalDate,
}

impl Draw {
    pub(super) fn new(seed: u64, anchor: LocalDate) -> Self {
        Self { random: StdRng::seed_from_u64(seed), anchor }
    }

    /// Every employer, a `share`th of the size that it has in the full region.
    pub(super) fn employers(&mut self, share: usize) -> Vec<Employer> {
        let mut employers = Vec::new();
        for profile in BRANCHES {
            let (sizes, smallest, largest) = (self.sizes(profile), profile.sites.0, profile.sites.1);
            let most = sizes.iter().copied().max().unwrap_or(1).max(1);
            let first = employers.len();
            for (number, size) in sizes.into_iter().enumerate() {
                let sites = smallest + (largest - smallest) * size / most;
                employers.push(Employer {
                    profile,
                    name: format!("{} {}", profile.called, NAMES[(number + first) % NAMES.len()]),
                    kvk_number: format!("91{:06}", 100 + 11 * employers.len()),
                    workers: (size / share).max(2),
                    sites: (sites / share).max(1),
                    part: self.random.random_range(0..PARTS.len()),
                });
            }
        }
        employers
    }

    /// Sizes of a branch's employers, which together have its workers.
    fn sizes(&mut self, profile: &Profile) -> Vec<usize> {
        let Sizes::Drawn(sigma, least, most) = profile.sizes else {
            let Sizes::Fixed(sizes) = &profile.sizes else { return Vec::new() };
            return sizes.to_vec();
        };
        let drawn: Vec<f64> = (0..profile.organisations).map(|_| (sigma * self.normal()).exp()).collect();
        // The scale at which the bounded sizes sum up to the total, found by halving.
        let bounded = |scale: f64| drawn.iter().map(|one| (one * scale).clamp(least as f64, most as f64)).collect::<Vec<f64>>();
        let (mut low, mut high) = (0.0, 1e7);
        for _ in 0..100 {
            let middle = f64::midpoint(low, high);
            if bounded(middle).iter().sum::<f64>() < profile.workers as f64 { low = middle } else { high = middle }
        }
        let mut sizes: Vec<usize> = bounded(low).into_iter().map(|size| size.floor() as usize).collect();
        let mut missing = profile.workers.saturating_sub(sizes.iter().sum());
        while missing > 0 {
            for size in sizes.iter_mut().filter(|size| **size < most).take(missing) {
                *size += 1;
            }
            missing = profile.workers.saturating_sub(sizes.iter().sum());
        }
        sizes
    }

    /// A normal draw (Box and Muller).
    fn normal(&mut self) -> f64 {
        let (one, two): (f64, f64) = (self.random.random_range(f64::EPSILON..1.0), self.random.random());
        (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos()
    }

    pub(super) fn weighted<T: Copy>(&mut self, values: &[T], weight: impl Fn(&T) -> u32) -> T {
        *values.choose_weighted(&mut self.random, weight).expect("weights that are not all zero")
    }

    pub(super) fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        *values.choose(&mut self.random).expect("the lists of the demo are not empty")
    }

    pub(super) fn percent(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    /// A postcode in a part of the region.
    pub(super) fn postcode(&mut self, part: usize) -> String {
        let letters: String = (0..2).map(|_| char::from(self.one_of(names::LETTERS))).collect();
        format!("{}{letters}", self.one_of(PARTS[part].1))
    }

    /// A function of the branch's mix.
    pub(super) fn level(&mut self, profile: &Profile) -> Level {
        self.weighted(profile.functions, |(_, weight)| *weight).0
    }

    /// One worker's row, from name to competences. `age` years are given for who is to be of a certain age.
    pub(super) fn worker(&mut self, employer: &Employer, number: usize, level: Level) -> Vec<String> {
        let older = u32::try_from(23 + employer.profile.older).unwrap_or(1);
        let ages = [(18_u32, 24_u32, 12_u32), (25, 34, 22), (35, 44, 20), (45, 54, 20), (55, 64, older), (65, 66, 3)];
        let (youngest, oldest, _) = if number == 0 { (30, 45, 1) } else { self.weighted(&ages, |(_, _, weight)| *weight) };
        let age = self.random.random_range(youngest..=oldest);
        let birthday = self.anchor.0.checked_sub_months(Months::new(age * 12)).map_or(self.anchor, LocalDate);
        let born = minus(birthday, self.random.random_range(1..365));
        let part = if self.percent(80) { employer.part } else { self.random.random_range(0..PARTS.len()) };
        let (big_number, big_until) = if is_registered(level) {
            let digits = self.random.random_range(190_000_000..=690_000_000_u32);
            let days = self.random.random_range(10..1_800);
            (format!("{digits:09}30"), plus(self.anchor, days).to_string())
        } else {
            (String::new(), String::new())
        };
        let from = minus(self.anchor, 60 + self.random.random_range(0..=age.saturating_sub(18).min(30) * 365));
        let person = vec![
            format!("{number:05}"),
            self.one_of(names::FIRST).to_owned(),
            self.one_of(names::LAST).to_owned(),
            born.to_string(),
            self.postcode(part),
            big_number,
            big_until,
        ];
        let contract = self.contract(employer.profile, level, from);
        [person, contract, vec![self.skills(level)]].concat()
    }

    /// From the function level to the assessment.
    pub(super) fn contract(&mut self, profile: &Profile, level: Level, from: LocalDate) -> Vec<String> {
        use crate::import::Named;
        let bands: [(&[u32], u32); 5] = [(&[8, 12], 8), (&[16, 20], 16), (&[24, 28], 36), (&[32], 12), (&[36], 28)];
        let (band, _) = self.weighted(&bands, |(_, weight)| *weight);
        let hours = self.one_of(band);
        let (kind, hours, until) = if self.percent(profile.on_call) {
            ("on-call", 0, String::new())
        } else if self.percent(15) {
            ("temporary", hours, plus(self.anchor, self.random.random_range(45..400)).to_string())
        } else {
            ("permanent", hours, String::new())
        };
        let empty = String::new;
        vec![level.name(), kind.to_owned(), hours.to_string(), from.to_string(), until, empty(), empty(), empty()]
    }

    /// What somebody on a level can do: two to six skills.
    fn skills(&mut self, level: Level) -> String {
        let all = skills(level);
        let count = self.random.random_range(2..=6).min(all.len());
        let mut chosen: Vec<&str> = all.choose_multiple(&mut self.random, count).copied().collect();
        chosen.sort_unstable();
        chosen.join("|")
    }

    /// How many open shifts an employer has.
    pub(super) fn shifts_of(employer: &Employer) -> usize {
        employer.workers * SHIFTS / 75_000
    }

    /// A day on which a shift is open: most are near, and weekends need three quarters of a weekday's people.
    pub(super) fn shift_day(&mut self) -> LocalDate {
        loop {
            let days = match self.random.random_range(0..100) {
                0..40 => self.random.random_range(1..7),
                40..65 => self.random.random_range(7..=28),
                _ => self.random.random_range(29..=90),
            };
            let day = plus(self.anchor, days);
            if day.0.weekday().num_days_from_monday() < 5 || self.percent(75) {
                return day;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn draw(seed: u64) -> Draw {
        Draw::new(seed, "2026-11-22".parse().expect("a day"))
    }

    #[test]
    fn there_are_ninety_employers_with_seventy_five_thousand_workers_whatever_the_seed() {
        for seed in 0..10 {
            let employers = draw(seed).employers(1);
            assert_eq!((employers.len(), employers.iter().map(|one| one.workers).sum::<usize>()), (90, 75_000), "seed {seed}");
            for profile in BRANCHES {
                let of: Vec<usize> = employers.iter().filter(|one| one.profile.branch == profile.branch).map(|one| one.workers).collect();
                assert_eq!((of.len(), of.iter().sum::<usize>()), (profile.organisations, profile.workers));
                if let Sizes::Drawn(_, least, most) = profile.sizes {
                    assert!(of.iter().all(|size| (least..=most).contains(size)), "{of:?}");
                }
            }
            let names: BTreeSet<&str> = employers.iter().map(|one| one.name.as_str()).collect();
            assert_eq!(names.len(), 90, "each has a name of its own");
            let shifts: usize = employers.iter().map(Draw::shifts_of).sum();
            assert!((19_900..=20_000).contains(&shifts), "{shifts}");
        }
    }

    #[test]
    fn people_are_as_many_and_as_old_as_the_figures_say_and_the_same_for_the_same_seed() {
        let employer = draw(1).employers(1).remove(0);
        let people = |seed| {
            let mut draw = draw(seed);
            let one = |number| {
                let level = draw.level(employer.profile);
                draw.worker(&employer, number, level)
            };
            (1..4_000).map(one).collect::<Vec<_>>()
        };
        let all = people(7);
        assert_eq!(all, people(7));
        assert_ne!(all, people(8));
        let percent = |is: &dyn Fn(&Vec<String>) -> bool| all.iter().filter(|row| is(row)).count() * 100 / all.len();
        assert!((28..=34).contains(&percent(&|row| row[7] == "carer")), "31 percent are carers");
        assert!((24..=31).contains(&percent(&|row| row[9] == "36")), "28 percent of who has fixed hours work full time");
        assert!((3..=7).contains(&percent(&|row| row[8] == "on-call")), "5 percent have no fixed hours");
        // 26 of 103 weights are 55 to 64, 3 are older.
        assert!((25..=32).contains(&percent(&|row| row[3].as_str() < "1971-11-22")), "many are older than 54");
        assert!(all.iter().all(|row| row.len() == crate::export::WORKERS.len()));
    }
}
