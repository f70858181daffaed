//! What the same machine can do at most.

use std::{fs, process::Command, time::Instant};

use chassis::db::{Db, sqlite_url};
use sea_orm::ConnectionTrait;
use testservers::{Postgres, Redis};

/// About what an event's payload and its columns take.
const PAYLOAD: usize = 100;
const SECONDS: u64 = 4;
const SQLITE_ROWS: u32 = 1000;

/// Single-row inserts a second, each a durable commit, of 16 clients with prepared statements.
pub(crate) fn pgbench(postgres: &Postgres) -> f64 {
    let folder = testservers::temporary();
    let script = folder.path().join("insert.sql");
    fs::write(&script, format!("INSERT INTO bench (payload) VALUES ('{}');\n", "x".repeat(PAYLOAD))).expect("a script");
    let mut psql = Postgres::program("psql");
    let table =
        "DROP TABLE IF EXISTS bench; CREATE TABLE bench (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload TEXT NOT NULL)";
    psql.args(["-q", "-d", &postgres.address(), "-c", table]);
    assert!(psql.status().expect("psql runs").success());
    let mut pgbench = Postgres::program("pgbench");
    pgbench.args(["-n", "-M", "prepared", "-c", "16", "-j", "2", "-T", &SECONDS.to_string(), "-f"]).arg(&script).arg(postgres.address());
    number(&output(pgbench), "tps = ")
}

/// `XADD`s a second of 16 clients, as the relay writes them but not in pipelines.
pub(crate) fn redis_benchmark(redis: &Redis) -> f64 {
    let mut benchmark = Command::new("redis-benchmark");
    benchmark.args([
        "-p",
        &redis.port().to_string(),
        "-c",
        "16",
        "-n",
        "100000",
        "--csv",
        "XADD",
        "bench",
        "MAXLEN",
        "~",
        "4096",
        "*",
        "e",
    ]);
    benchmark.arg("x".repeat(PAYLOAD));
    // "name","requests a second",…
    let text = output(benchmark);
    let last = text.lines().last().expect("a line of figures");
    last.split("\",\"").nth(1).and_then(|field| field.parse().ok()).unwrap_or_else(|| panic!("redis-benchmark: {text}"))
}

/// Single-row inserts a second into an SQLite file, each a durable commit, as the embedded services write.
pub(crate) async fn sqlite() -> f64 {
    let folder = tempfile::tempdir().expect("a folder on the disk");
    let db = Db::connect(&sqlite_url(&folder.path().join("bench.sqlite")), 1).await.expect("a file");
    db.write().execute_unprepared("CREATE TABLE bench (id INTEGER PRIMARY KEY, payload TEXT NOT NULL)").await.expect("a table");
    let insert = format!("INSERT INTO bench (payload) VALUES ('{}')", "x".repeat(PAYLOAD));
    let start = Instant::now();
    for _ in 0..SQLITE_ROWS {
        db.write().execute_unprepared(&insert).await.expect("inserted");
    }
    let rate = f64::from(SQLITE_ROWS) / start.elapsed().as_secs_f64();
    db.close().await.expect("closed");
    rate
}

fn output(mut command: Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn number(text: &str, before: &str) -> f64 {
    let rest = text.split(before).nth(1).unwrap_or_else(|| panic!("no {before:?} in {text}"));
    let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    number.parse().expect("a number")
}
