//! The forty worked cases.

use serde::Deserialize;
use working_time::{Block, Norms, Person, Roster};

use crate::support::{LONG_BEFORE, at, employer, employment, ids, refused_on_the_way};

#[derive(Deserialize)]
struct Case {
    id: String,
    desc: String,
    shifts: Vec<Shift>,
    params: Params,
    expect: Vec<String>,
}

#[derive(Deserialize)]
struct Shift {
    start: String,
    end: String,
    break_min: i64,
    employer: String,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Params {
    series_max: Option<i32>,
    ext: bool,
}

impl Case {
    fn blocks(&self) -> Vec<Block> {
        let block = |shift: &Shift| {
            let number = u128::from(shift.employer.as_bytes()[0]);
            let block = Block::new(at(&shift.start), at(&shift.end), shift.break_min).expect("a block");
            block.at(employer(number)).under(employment(number))
        };
        self.shifts.iter().map(block).collect()
    }

    fn norms(&self) -> Norms {
        Norms { series_max: self.params.series_max.unwrap_or(7), night_extension: self.params.ext, ..Norms::LAW }
    }
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> = serde_json::from_str(include_str!("../data/atw_cases.json")).expect("the cases");
    assert_eq!(cases.len(), 40);
    cases
}

#[test]
fn every_case_breaks_exactly_its_rules_when_its_shifts_are_claimed_one_by_one() {
    for case in cases() {
        let refused = refused_on_the_way(&Person::default(), &case.norms(), &case.blocks());
        assert_eq!(refused, case.expect, "{}: {}", case.id, case.desc);
    }
}

#[test]
fn every_case_breaks_exactly_its_rules_as_a_whole() {
    for case in cases() {
        let blocks = case.blocks();
        let first = blocks.iter().map(|block| block.starts_at()).min().expect("a shift").local_date();
        let found = Roster::new(Person::default(), blocks).audit(first, None, &case.norms());
        assert_eq!(ids(&found), case.expect, "{}: {} {found:?}", case.id, case.desc);
    }
}

#[test]
fn the_last_shift_of_a_case_without_breaches_is_allowed_from_its_own_start() {
    for case in cases().into_iter().filter(|case| case.expect.is_empty()) {
        let blocks = case.blocks();
        let (last, others) = blocks.split_last().expect("a shift");
        let roster = Roster::new(Person::default(), others.to_vec());
        let norms = case.norms();
        assert!(roster.allows(last, &norms) && roster.judge(last, &norms, LONG_BEFORE).is_allowed(), "{}", case.id);
        assert_eq!(roster.next_allowed(last, &norms, std::time::Duration::ZERO), Some(last.starts_at()), "{}", case.id);
    }
}
