//! The files of the region, in the form in which `export` writes one.

use std::path::Path;

use anyhow::{Context, Result};
use chassis::time::LocalDate;
use proto::members::{Branch, FunctionLevel as Level};
use rand::Rng;

use super::draw::{Draw, Employer, PARTS};
use crate::{
    demo::{
        plan::{minus, plus},
        profile::{Pattern, skills},
    },
    export::{self, SHIFTS, Table, WORKERS, fields},
    import::{
        Named,
        records::{Agreements, Contracts, Locations, Organisations, Pools, Wards},
    },
};

/// Percent of the workers who have a second employer.
const TWO_EMPLOYERS: u32 = 6;
/// The agreements began so many days before the anchor.
const AGREED: u32 = 183;
const REGIONAL: &str = "Regiopool Limburg";

/// A pool of one craft, and the branches that share it.
const CRAFTS: [(&str, &[Branch]); 6] = [
    ("Verpleegkundigen", &[Branch::Hospital, Branch::NursingAndHomeCare, Branch::MentalHealth]),
    ("Verzorgenden", &[Branch::NursingAndHomeCare, Branch::Other]),
    ("Begeleiders", &[Branch::DisabilityCare, Branch::MentalHealth, Branch::YouthCare]),
    ("Eerste lijn", &[Branch::GeneralPractice, Branch::NursingAndHomeCare]),
    ("Jeugd en kind", &[Branch::ChildCare, Branch::YouthCare]),
    ("Welzijn", &[Branch::SocialWork, Branch::YouthCare]),
];

/// A second employment that waits for the files of its employer.
struct Second {
    home: String,
    number: String,
    level: Level,
}

/// Writes all of it.
pub(super) fn write(folder: &Path, draw: &mut Draw, employers: &[Employer]) -> Result<()> {
    export::make_folder(folder)?;
    region(folder, draw, employers)?;
    let mut seconds: Vec<Vec<Second>> = employers.iter().map(|_| Vec::new()).collect();
    for (at, employer) in employers.iter().enumerate() {
        let own = folder.join(&employer.kvk_number);
        export::make_folder(&own)?;
        let wards = places(&own, draw, employer)?;
        workers(&own, draw, (at, employers), &mut seconds)?;
        contracts(&own, draw, employer, &seconds[at])?;
        shifts(&own, draw, employer, &wards)?;
        export::write_organisation(&own, &employer.kvk_number, &["locations", "wards", "agreements", "workers", "employments", "shifts"])?;
    }
    Ok(())
}

fn region(folder: &Path, draw: &Draw, employers: &[Employer]) -> Result<()> {
    let joined = minus(draw.anchor, AGREED).to_string();
    let mut table = Table::begin(folder, "organisations.csv", fields::<Organisations>())?;
    for one in employers {
        let said = [one.kvk_number.clone(), one.name.clone(), one.profile.branch.name(), joined.clone()];
        table.row(&said.into_iter().chain(std::iter::repeat_n(String::new(), 7)).collect::<Vec<_>>())?;
    }
    table.end()?;
    let mut table = Table::begin(folder, "pools.csv", fields::<Pools>())?;
    let mut pool = |name: &str, kind: &str, is_member: &dyn Fn(&Employer) -> bool| {
        let members: Vec<&str> = employers.iter().filter(|one| is_member(one)).map(|one| one.kvk_number.as_str()).collect();
        if members.is_empty() {
            return Ok(());
        }
        let said = [name, kind, &members.join("|"), "claim"].map(str::to_owned);
        table.row(&said.into_iter().chain(std::iter::repeat_n(String::new(), 11)).collect::<Vec<_>>())
    };
    pool(REGIONAL, "region", &|_| true)?;
    for (at, (part, _)) in PARTS.iter().enumerate() {
        pool(&sub_region(part), "sub-region", &|one| one.part == at)?;
    }
    for (name, branches) in CRAFTS {
        pool(name, "craft", &|one| branches.contains(&one.profile.branch))?;
    }
    table.end()?;
    export::write_region(folder, employers.iter().map(|one| one.kvk_number.as_str()), &["organisations", "pools"])
}

fn sub_region(part: &str) -> String {
    format!("Flexpool {part}")
}

/// Writes sites, wards and the agreement; gives the names of the wards.
fn places(folder: &Path, draw: &mut Draw, employer: &Employer) -> Result<Vec<String>> {
    let mut locations = Table::begin(folder, "locations.csv", fields::<Locations>())?;
    let mut wards = Table::begin(folder, "wards.csv", fields::<Wards>())?;
    let mut names = Vec::new();
    for site in 1..=employer.sites {
        let location = format!("Locatie {site}");
        locations.row(&[location.clone(), draw.postcode(employer.part)])?;
        for ward in 1..=draw.random.random_range(1..=2) {
            let name = format!("Afdeling {site}.{ward}");
            wards.row(&[vec![name.clone(), location.clone()], vec![String::new(); 6]].concat())?;
            names.push(name);
        }
    }
    let mut agreements = Table::begin(folder, "agreements.csv", fields::<Agreements>())?;
    let bases = "own-extra-hours|collegial-lending|second-contract";
    let (from, decided) = (minus(draw.anchor, AGREED).to_string(), minus(draw.anchor, AGREED + 30).to_string());
    agreements.row(&[from, String::new(), bases.to_owned(), decided])?;
    for table in [locations, wards, agreements] {
        table.end()?;
    }
    Ok(names)
}

/// Writes the workers; some of them have a second employment at an employer whose files come later.
fn workers(folder: &Path, draw: &mut Draw, (at, employers): (usize, &[Employer]), seconds: &mut [Vec<Second>]) -> Result<()> {
    let employer = &employers[at];
    let mut table = Table::begin(folder, "workers.csv", WORKERS.iter().copied())?;
    for number in 0..employer.workers {
        let level = draw.level(employer.profile);
        let row = draw.worker(employer, number, level);
        if at + 1 < employers.len() && draw.percent(TWO_EMPLOYERS) {
            let other = draw.random.random_range(at + 1..employers.len());
            seconds[other].push(Second { home: employer.kvk_number.clone(), number: row[0].clone(), level });
        }
        table.row(&row)?;
    }
    table.end().map(drop)
}

fn contracts(folder: &Path, draw: &mut Draw, employer: &Employer, seconds: &[Second]) -> Result<()> {
    let mut table = Table::begin(folder, "employments.csv", fields::<Contracts>())?;
    for (number, second) in seconds.iter().enumerate() {
        let from = minus(draw.anchor, draw.random.random_range(30..400));
        let contract = draw.contract(employer.profile, second.level, from);
        // Numbers of first employments have five digits: no two can be the same.
        let named = vec![second.home.clone(), second.number.clone(), format!("2{number:05}")];
        table.row(&[named, contract].concat())?;
    }
    table.end().map(drop)
}

fn shifts(folder: &Path, draw: &mut Draw, employer: &Employer, wards: &[String]) -> Result<()> {
    let crafts: Vec<&str> =
        CRAFTS.iter().filter(|(_, branches)| branches.contains(&employer.profile.branch)).map(|(name, _)| *name).collect();
    let care: Vec<(Level, u32)> = employer.profile.functions.iter().copied().filter(|(level, _)| *level != Level::HouseholdHelp).collect();
    let mut table = Table::begin(folder, "shifts.csv", SHIFTS.iter().copied())?;
    for number in 0..Draw::shifts_of(employer) {
        let date = draw.shift_day();
        let (from, to, break_minutes, _): Pattern = draw.weighted(employer.profile.patterns, |(_, _, _, weight)| *weight);
        let (level, _) = draw.weighted(&care, |(_, weight)| *weight);
        let pool = match draw.random.random_range(0..10) {
            0..5 => REGIONAL.to_owned(),
            5..8 => sub_region(PARTS[employer.part].0),
            _ if crafts.is_empty() => REGIONAL.to_owned(),
            _ => draw.one_of(&crafts).to_owned(),
        };
        let competence = if draw.percent(40) { draw.one_of(&skills(level)[..3]) } else { "" };
        let places = draw.weighted(&[(1, 84), (2, 12), (3, 4)], |(_, weight)| *weight).0;
        let ward = wards.get(draw.random.random_range(0..wards.len())).cloned().context("an employer without a ward")?;
        let time = |(hour, minute): (u32, u32)| format!("{hour:02}:{minute:02}");
        let ends_on: LocalDate = if to <= from { plus(date, 1) } else { date };
        table.row(&[
            format!("F{number:05}"),
            ward,
            pool,
            date.to_string(),
            time(from),
            ends_on.to_string(),
            time(to),
            break_minutes.to_string(),
            level.name(),
            places.to_string(),
            competence.to_owned(),
        ])?;
    }
    table.end().map(drop)
}
