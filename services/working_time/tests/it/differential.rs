//! The library beside the naive implementation, on rosters that nobody thought of.

use std::collections::BTreeMap;

use chassis::time::Timestamp;
use rand::{Rng, SeedableRng, rngs::StdRng};
use working_time::{Block, Finding, Norms, Person, Roster, WeeklyRest};

use crate::{
    naive::{Broken, Choice, Work, judge},
    support::{LONG_BEFORE, at, day, employment, later},
};

fn block(work: &Work) -> Block {
    let (start, end) = (Timestamp(work.start * 60_000_000), Timestamp(work.end * 60_000_000));
    Block::new(start, end, work.pause).expect("a block").under(employment(if work.own { 1 } else { 2 }))
}

/// A day of work as rosters have it: early, late, night, short, long, or at any time.
fn work_on(random: &mut StdRng, midnight: i64) -> Work {
    let (from, hours) = match random.random_range(0..8) {
        0 | 1 => (7 * 60, 8),
        2 => (15 * 60, 8),
        3 | 4 => (23 * 60, 8),
        5 => (random.random_range(0..24) * 60, random.random_range(2..6)),
        6 => (random.random_range(5..21) * 60, random.random_range(9..13)),
        _ => (random.random_range(0..24) * 60 + 5 * random.random_range(0..12), random.random_range(3..12)),
    };
    let start = midnight + from + if random.random_bool(0.1) { random.random_range(-3..=3) } else { 0 };
    let length = hours * 60 + 15 * random.random_range(0..4);
    let pause = [0, 15, 30, 30, 45, 45, 60][random.random_range(0..7)];
    Work { start, end: start + length, pause: pause.min(length - 1), own: random.random_bool(0.7) }
}

/// Weeks of work, from some Monday on, about the clock changes too.
fn roster(random: &mut StdRng) -> (Vec<Work>, i64) {
    let monday = at(["2026-05-04 00:00", "2026-03-09 00:00", "2026-10-05 00:00"][random.random_range(0..3)]).0 / 60_000_000;
    let weeks = if random.random_bool(0.3) { random.random_range(10..20) } else { random.random_range(1..5) };
    let busy = random.random_range(2..11);
    let mut works: Vec<Work> = Vec::new();
    let mut habit = work_on(random, 0);
    for day in 0..weeks * 7 {
        if random.random_range(0..10) >= busy {
            continue;
        }
        if random.random_bool(0.25) {
            habit = work_on(random, 0);
        }
        let work = Work { start: habit.start + monday + day * 1440, end: habit.end + monday + day * 1440, ..habit };
        let free = |works: &[Work]| works.iter().all(|other| other.end <= work.start || other.start >= work.end);
        if free(&works) || random.random_bool(0.05) {
            works.push(work);
        }
    }
    (works, monday + random.random_range(-2..weeks * 7 + 2) * 1440)
}

fn choice(random: &mut StdRng) -> (Choice, Norms, Person) {
    let maybe = |random: &mut StdRng, value: i64| random.random_bool(0.5).then_some(value);
    let choice = Choice {
        series_max: if random.random_bool(0.5) { 7 } else { 8 },
        extension: random.random_bool(0.4),
        eighteen: random.random_bool(0.25).then(|| later(day("2026-03-20"), random.random_range(0..250))),
        shift: random.random_bool(0.5).then_some((600, 540)),
        four_week: maybe(random, 200 * 60),
        short_rest: maybe(random, 600),
        weekly: random.random_range(0..3),
        nights_in_row: maybe(random, 5),
        split: maybe(random, 60),
    };
    let short = |value: i64| i32::try_from(value).expect("small");
    let norms = Norms {
        series_max: short(choice.series_max),
        night_extension: choice.extension,
        shift: choice.shift.map(|(day, _)| short(day)),
        night_shift: choice.shift.map(|(_, night)| short(night)),
        four_week: choice.four_week,
        short_rest: choice.short_rest,
        weekly_rest: [WeeklyRest::Law, WeeklyRest::EveryWeek, WeeklyRest::EveryFortnight][usize::from(choice.weekly)],
        nights_in_row: choice.nights_in_row.map(short),
        split: choice.split,
        ..Norms::LAW
    };
    (choice, norms, Person { eighteen_on: choice.eighteen, ..Person::default() })
}

fn rules<'a>(found: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut rules: Vec<&str> = found.collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// The same rules, and every finding with the same figures; of windows that slide the library tells only the worst.
fn assert_same(ours: &[Finding], theirs: &[Broken], told: &str) {
    let ours: Vec<&Finding> = ours.iter().filter(|finding| finding.rule.id() != "OVERLAP").collect();
    let theirs: Vec<&Broken> = theirs.iter().filter(|broken| broken.rule != "OVERLAP").collect();
    let ids = rules(ours.iter().map(|finding| finding.rule.id()));
    assert_eq!(ids, rules(theirs.iter().map(|broken| broken.rule)), "{told}\nours {ours:#?}\ntheirs {theirs:#?}");
    for finding in ours {
        let same = |broken: &&&Broken| (broken.rule, broken.measured, broken.limit) == (finding.rule.id(), finding.measured, finding.limit);
        assert!(theirs.iter().any(|broken| same(&broken)), "{told}\nours {finding:#?}\ntheirs {theirs:#?}");
    }
}

#[test]
fn the_library_and_the_naive_implementation_agree() {
    let mut refused: BTreeMap<&str, u32> = BTreeMap::new();
    let mut allowed = 0;
    for seed in 0..250_u64 {
        let mut random = StdRng::seed_from_u64(seed);
        let (works, mut centre) = roster(&mut random);
        let (choice, norms, person) = choice(&mut random);
        let blocks: Vec<Block> = works.iter().map(block).collect();
        let roster = Roster::new(person, blocks);
        let around = roster.around(
            block(&Work { start: centre, end: centre + 1, pause: 0, own: true }).starts_at().local_date(),
            Some(employment(1)),
            &norms,
        );
        for step in 0..4 {
            let candidate = Work { own: true, ..work_on(&mut random, centre) };
            let verdict = roster.judge(&block(&candidate), &norms, LONG_BEFORE);
            let (new, old) = judge(&works, candidate, &choice);
            let told = format!("seed {seed} step {step}: {:?} with {choice:?}", block(&candidate));
            assert_eq!(
                verdict.refusals.iter().any(|finding| finding.rule.id() == "OVERLAP"),
                new.iter().any(|b| b.rule == "OVERLAP"),
                "{told}"
            );
            assert_same(&verdict.refusals, &new, &told);
            assert_same(&verdict.older, &old, &told);
            assert_eq!(roster.allows(&block(&candidate), &norms), new.is_empty(), "{told}");
            assert_eq!(around.judge(&block(&candidate), LONG_BEFORE), verdict, "{told}");
            allowed += u32::from(new.is_empty());
            for rule in rules(new.iter().map(|broken| broken.rule)) {
                *refused.entry(rule).or_default() += 1;
            }
            centre += random.random_range(-6..7) * 1440;
        }
    }
    // The rosters are worth something only if every rule is broken by some of them.
    let all = [
        "ATW-01", "ATW-02", "ATW-03", "ATW-04a", "ATW-04b", "ATW-05", "ATW-06", "ATW-09", "ATW-11", "ATW-12", "ATW-13", "ATW-14", "ATW-15",
        "CAO-04", "CAO-05", "CAO-06", "CAO-07", "CAO-09", "CAO-12", "OVERLAP", "YTH-01",
    ];
    assert_eq!(refused.keys().copied().collect::<Vec<_>>(), all, "{refused:?}");
    assert!(allowed > 50, "{allowed} allowed, {refused:?}");
}

#[test]
fn the_next_start_that_is_allowed_is_the_first_of_all_minutes() {
    let within = 480;
    for seed in 0..48_u64 {
        let mut random = StdRng::seed_from_u64(1_000_000 + seed);
        let (works, centre) = roster(&mut random);
        let (_, norms, person) = choice(&mut random);
        let roster = Roster::new(person, works.iter().map(block).collect());
        let candidate = block(&Work { own: true, ..work_on(&mut random, centre) });
        let ours = roster.next_allowed(&candidate, &norms, std::time::Duration::from_secs(within * 60));
        let minutes = (0..=i64::try_from(within).expect("small")).map(|minute| Timestamp(candidate.starts_at().0 + minute * 60_000_000));
        let first = minutes.into_iter().find(|start| roster.allows(&candidate.moved_to(*start).expect("near"), &norms));
        assert_eq!(ours, first, "seed {seed}: {candidate:?}");
    }
}
