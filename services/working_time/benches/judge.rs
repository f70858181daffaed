//! One candidate beside 160 shifts, against the limit of the project's figures: a pass that does nothing but convert the instants of the
//! same shifts to local dates.
//!
//! `cargo bench -p working_time`; prints a table and a line of JSON. Both sides run in turn, the order changes every round, and medians of
//! the rounds are told.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::{hint::black_box, time::Instant};

use chassis::{
    ids::EmploymentId,
    time::{LocalDate, Timestamp},
};
use working_time::{Block, CaoTable, Norms, Person, Roster};

const ROUNDS: usize = 61;
const TIMES: usize = 400;

fn day(text: &str) -> LocalDate {
    text.parse().expect("a date")
}

fn shift(date: LocalDate, from: u32, hours: i64, employment: u128) -> Block {
    let start = date.at_minute(from * 60, false).expect("exists");
    let end = Timestamp(start.0 + hours * 3_600_000_000);
    Block::new(start, end, 30).expect("a block").under(EmploymentId(uuid::Uuid::from_u128(employment)))
}

/// 160 shifts in the 31 weeks around 2026-06-10: five or six a week, early and late, a week of nights now and then.
fn roster(employments: u128) -> Vec<Block> {
    let first = day("2026-02-22");
    let mut blocks = Vec::new();
    for week in 0..31_i64 {
        let (from, days): (u32, &[i64]) = match week % 4 {
            2 => (23, &[1, 2, 3, 4]),
            1 => (15, &[0, 1, 2, 4, 5]),
            _ => (7, &[1, 2, 3, 4, 5, 6]),
        };
        for at in days {
            let date = LocalDate(first.0 + chrono::Duration::days(week * 7 + at));
            blocks.push(shift(date, from, 8, 1 + u128::from(at % 3 == 0) * (employments - 1)));
        }
    }
    blocks.retain(|block| block.starts_at().local_date() != day("2026-06-10"));
    blocks.truncate(160);
    blocks
}

/// Nanoseconds of one call.
fn time(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..TIMES {
        work();
    }
    start.elapsed().as_secs_f64() * 1e9 / TIMES as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

struct Row {
    name: &'static str,
    ours: f64,
    limit: f64,
}

fn measure(name: &'static str, blocks: &[Block], mut ours: impl FnMut()) -> Row {
    let mut limit = || {
        for block in blocks {
            black_box(block.starts_at().local_date());
            black_box(block.ends_at().local_date());
        }
    };
    time(&mut ours);
    time(&mut limit);
    let (mut of_ours, mut of_limit) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            of_ours.push(time(&mut ours));
            of_limit.push(time(&mut limit));
        } else {
            of_limit.push(time(&mut limit));
            of_ours.push(time(&mut ours));
        }
    }
    Row { name, ours: median(of_ours), limit: median(of_limit) }
}

fn main() {
    let person = Person::default();
    let now = day("2026-04-01").at_minute(0, false).expect("exists");
    let (one, two) = (roster(1), roster(2));
    assert_eq!((one.len(), two.len()), (160, 160));
    let candidate = shift(day("2026-06-10"), 7, 8, 1);
    let refused = shift(day("2026-06-09"), 19, 8, 1);
    let (law, ggz) = (Norms::LAW, CaoTable::shipped().norms("GGZ", day("2026-06-10")));
    let (known, mixed) = (Roster::new(person.clone(), one.clone()), Roster::new(person.clone(), two.clone()));
    for (roster, norms) in [(&known, &law), (&mixed, &ggz)] {
        println!("{:?} {:?}", roster.judge(&candidate, norms, now).outcome, roster.judge(&refused, norms, now).outcome);
    }
    let mut rows = Vec::new();
    rows.push(measure("roster known, allowed", &one, || {
        black_box(known.judge(black_box(&candidate), &law, now));
    }));
    rows.push(measure("roster known, refused", &one, || {
        black_box(known.judge(black_box(&refused), &law, now));
    }));
    rows.push(measure("roster known, two employments and an agreement", &two, || {
        black_box(mixed.judge(black_box(&candidate), &ggz, now));
    }));
    rows.push(measure("roster made from blocks, allowed", &one, || {
        black_box(Roster::new(person.clone(), black_box(one.clone())).judge(&candidate, &law, now));
    }));
    rows.push(measure("roster made, two employments and an agreement", &two, || {
        black_box(Roster::new(person.clone(), black_box(two.clone())).judge(&candidate, &ggz, now));
    }));
    println!("{:<48} {:>12} {:>14} {:>7}", "one candidate beside 160 shifts", "ours (ns)", "dates (ns)", "ratio");
    for row in &rows {
        println!("{:<48} {:>12.0} {:>14.0} {:>7.2}", row.name, row.ours, row.limit, row.ours / row.limit);
    }
    let json: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                r#"{{"name":"{}","ours_ns":{:.0},"limit_ns":{:.0},"ratio":{:.3}}}"#,
                row.name,
                row.ours,
                row.limit,
                row.ours / row.limit
            )
        })
        .collect();
    println!(r#"{{"benchmark":"working_time","shifts":160,"to_reach":3.0,"rows":[{}]}}"#, json.join(","));
}
