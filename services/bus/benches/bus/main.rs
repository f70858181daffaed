//! How fast is the bus, beside the limits of the same machine in the same minutes?
//!
//! ```sh
//! cargo bench -p bus             # three rounds, medians
//! cargo bench -p bus -- 5        # five
//! ```
//!
//! A round measures, one after the other: single-row inserts a second of `pgbench` (durable commits, fsync on), the bus on that PostgreSQL
//! with Redis, `XADD`s a second of `redis-benchmark`, single-row inserts a second into SQLite, the bus on SQLite. Machines differ and
//! drift, so what counts is the ratio inside a run. It prints a table and, as its last line, the medians as JSON; it judges nothing.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

mod flow;
mod limits;

use std::collections::BTreeMap;

use flow::Place;
use serde_json::json;
use testservers::{Postgres, Redis};

/// What is measured, in the order in which a round does.
const FIGURES: [(&str, &str); 13] = [
    ("pgbench_inserts", "pgbench: single-row inserts, each a durable commit, 16 clients"),
    ("postgres_bulk", "bus, PostgreSQL + Redis: committed in bulk, effects"),
    ("postgres_single", "bus, PostgreSQL + Redis: one event a commit, effects"),
    ("postgres_single_commits", "    the commits of those, by 16 writers"),
    ("postgres_p50_ms", "bus, PostgreSQL + Redis: p50 at 500 a second"),
    ("postgres_p99_ms", "bus, PostgreSQL + Redis: p99 at 500 a second"),
    ("redis_xadd", "redis-benchmark: XADD, 16 clients"),
    ("sqlite_inserts", "SQLite: single-row inserts, each a durable commit"),
    ("embedded_bulk", "bus, embedded on SQLite: committed in bulk, effects"),
    ("embedded_single", "bus, embedded on SQLite: one event a commit, effects"),
    ("embedded_single_commits", "    the commits of those, by 16 writers"),
    ("embedded_p50_ms", "bus, embedded on SQLite: p50 at 500 a second"),
    ("embedded_p99_ms", "bus, embedded on SQLite: p99 at 500 a second"),
];

/// What is put beside what it is measured by.
const RATIOS: [(&str, &str, &str); 5] = [
    ("postgres_bulk", "pgbench_inserts", "at least 1"),
    ("postgres_single", "pgbench_inserts", ""),
    ("postgres_bulk", "redis_xadd", ""),
    ("embedded_bulk", "pgbench_inserts", "at least 1"),
    ("embedded_bulk", "sqlite_inserts", ""),
];

#[tokio::main]
async fn main() {
    // Cargo adds `--bench`.
    let rounds: usize = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(3);
    let (postgres, redis) = (Postgres::durable(), Redis::start());
    let mut measured: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for round in 1..=rounds {
        println!("round {round} of {rounds}");
        let mut add = |name, value| measured.entry(name).or_default().push(value);
        add("pgbench_inserts", limits::pgbench(&postgres));
        let distributed = Place::distributed(&postgres, &redis).await;
        add("postgres_bulk", distributed.bulk().await);
        let (effects, commits) = distributed.single().await;
        add("postgres_single", effects);
        add("postgres_single_commits", commits);
        let (p50, p99) = distributed.latency().await;
        add("postgres_p50_ms", p50);
        add("postgres_p99_ms", p99);
        distributed.end().await;
        add("redis_xadd", limits::redis_benchmark(&redis));
        add("sqlite_inserts", limits::sqlite().await);
        let embedded = Place::embedded().await;
        add("embedded_bulk", embedded.bulk().await);
        let (effects, commits) = embedded.single().await;
        add("embedded_single", effects);
        add("embedded_single_commits", commits);
        let (p50, p99) = embedded.latency().await;
        add("embedded_p50_ms", p50);
        add("embedded_p99_ms", p99);
        embedded.end().await;
    }
    report(&measured);
}

/// Prints every figure's median with what lay around it, and the ratios of the medians.
fn report(measured: &BTreeMap<&str, Vec<f64>>) {
    let mut medians = BTreeMap::new();
    println!("\n{:<66} {:>10} {:>10} {:>10}", "", "median", "lowest", "highest");
    for (name, meaning) in FIGURES {
        let mut values = measured[name].clone();
        values.sort_by(f64::total_cmp);
        let unit = if name.ends_with("_ms") { "ms" } else { "/s" };
        let show = |value: f64| format!("{value:.*} {unit}", usize::from(unit == "ms"));
        let median = values[values.len() / 2];
        println!("{meaning:<66} {:>10} {:>10} {:>10}", show(median), show(values[0]), show(values[values.len() - 1]));
        medians.insert(name, median);
    }
    println!();
    let mut ratios = BTreeMap::new();
    for (name, limit, wanted) in RATIOS {
        let ratio = medians[name] / medians[limit];
        let wanted = if wanted.is_empty() { String::new() } else { format!("   ({wanted} is wanted)") };
        println!("{name} / {limit}: {ratio:.2}{wanted}");
        ratios.insert(format!("{name}/{limit}"), ratio);
    }
    println!("{}", json!({"medians": medians, "ratios": ratios}));
}
