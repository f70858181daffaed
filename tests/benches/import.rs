//! How long do 75,000 workers take, with employments and competences, from CSV to committed rows and events, beside `COPY` of the same rows?
//!
//! ```sh
//! cargo build --release --workspace
//! cargo bench --workspace --bench import            # three rounds, medians
//! cargo bench --workspace --bench import -- 1 7500  # one round with so many workers
//! ```
//!
//! A round imports a file into a new installation on a PostgreSQL with durable commits, with one process of members that publishes the
//! events while they come, and then times `COPY` of the rows that came to be, log rows included, from files into plain tables without a
//! key on the same server. It prints a table and, as its last line, the medians as JSON; it judges nothing.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::{
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use testkit::process::{Installation, Options};
use testservers::Postgres;

const WORKERS: usize = 75_000;
/// Tables of members that the import fills.
const TABLES: [&str; 5] = ["worker", "employment", "competence", "link_proposal", "event_log"];

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).filter_map(|argument| argument.parse().ok()).collect();
    let (rounds, workers) = (numbers.first().copied().unwrap_or(3), numbers.get(1).copied().unwrap_or(WORKERS));
    if testservers::variable("REGIOPOOL_TEST_POSTGRES").is_some() {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(measure(rounds, workers));
        return;
    }
    // The servers' addresses come from the environment: the same program again, with a server that keeps what it commits.
    let postgres = Postgres::durable();
    let mut again = Command::new(std::env::current_exe().expect("this program"));
    again.args([rounds.to_string(), workers.to_string()]);
    again.env("REGIOPOOL_TEST_POSTGRES", postgres.address()).env("REGIOPOOL_TEST_MODE", "distributed");
    assert!(again.status().expect("it runs").success());
}

async fn measure(rounds: usize, workers: usize) {
    let folder = testservers::temporary();
    // `psql` runs as the user that PostgreSQL runs as, and writes there too.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("a folder for both");
    write(folder.path(), workers);
    let (mut imports, mut copies, mut memory, mut served, mut rows) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), 0);
    for round in 1..=rounds {
        println!("round {round} of {rounds}");
        let mut installation = Installation::start(Options::default()).await;
        // Who reads the events, and a second process of the same, would share the cores with what is measured.
        for (service, replica) in [("flexpool", 0), ("flexpool", 1), ("portal", 0), ("portal", 1), ("members", 1)] {
            installation.process(service, replica).stop().await;
        }
        let members = installation.process("members", 0).pid();
        let (seconds, peak) = import(&installation, folder.path(), workers).await;
        imports.push(seconds);
        memory.push(peak);
        served.push(peak_of(members).unwrap_or(0) as f64 / 1024.0);
        let (seconds, copied) = copy(&installation, folder.path());
        copies.push(seconds);
        rows = copied;
    }
    let median = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    };
    let (import, copy) = (median(&mut imports), median(&mut copies));
    let (peak, served) = (median(&mut memory), median(&mut served));
    println!("\n{workers} workers, {rows} rows with their events");
    println!("{:<52} {import:>8.2} s   {:>8.2} to {:.2}", "import", imports[0], imports[imports.len() - 1]);
    println!("{:<52} {copy:>8.2} s   {:>8.2} to {:.2}", "COPY into plain tables", copies[0], copies[copies.len() - 1]);
    println!("{:<52} {peak:>8.1} MiB", "most memory of the import");
    println!("{:<52} {served:>8.1} MiB", "most memory of members");
    println!("import / COPY: {:.2}   (at most 5 is wanted)", import / copy);
    let figures = json!({"workers": workers, "rows": rows, "import_s": import, "copy_s": copy, "import_mib": peak, "members_mib": served});
    println!("{}", json!({"medians": figures, "ratios": {"import/copy": import / copy}}));
}

/// Writes the file of one employer, and its map.
fn write(folder: &Path, workers: usize) {
    let levels = ["carer", "helper", "care-assistant", "support-worker", "carer"];
    let skills = ["bhv", "tilliften", "dementie", "medicatie-delen", "wondzorg", "insuline"];
    let names = ["Bouts", "de Groot", "Öztürk", "Nelissen", "Cremers", "van der Heijden", "Schröder", "Maassen", "Willems", "Houben"];
    let mut text =
        "personnel_number,first_name,last_name,birth_date,postcode,function_level,kind,hours_per_week,from,competences\n".to_owned();
    for number in 0..workers {
        let (year, month, day) = (1961 + number % 45, 1 + number / 45 % 12, 1 + number / 540 % 28);
        let (pc4, skill) = (5801 + number % 600, number % skills.len());
        let held = (0..4).map(|more| skills[(skill + more) % skills.len()]).collect::<Vec<_>>().join("|");
        let (level, last) = (levels[number % levels.len()], names[number / 7 % names.len()]);
        let first = ["Sanne", "Mehmet", "Els", "Joost", "Karin", "Fatima", "Zoë"][number % 7];
        let _ = writeln!(text, "{number:06},{first},{last},{year}-{month:02}-{day:02},{pc4}AB,{level},permanent,24,2020-04-01,{held}");
    }
    fs::write(folder.join("workers.csv"), text).expect("a file");
    let columns = ["personnel_number", "first_name", "last_name", "birth_date", "postcode", "function_level", "kind", "hours_per_week"];
    let columns = columns.into_iter().chain(["from", "competences"]).map(|name| format!("{name} = \"{name}\"\n")).collect::<String>();
    let organisation = "[organisation]\nname = \"Zorggroep Bench\"\nkvk_number = \"90210499\"\nbranch = \"nursing-and-home-care\"\njoined_on = 2026-01-01\n";
    fs::write(folder.join("map.toml"), format!("{organisation}[workers]\nfile = \"workers.csv\"\n[workers.columns]\n{columns}"))
        .expect("a map");
}

/// Imports the file; gives the seconds that the command took and the most memory that it had, in MiB.
async fn import(installation: &Installation, folder: &Path, workers: usize) -> (f64, f64) {
    let url = installation.settings().url("members");
    let folder = folder.display().to_string();
    let arguments = ["import", &folder, "--json", "--region", &installation.region.slug, "--members-url", &url];
    let (done, peak) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let watch = thread::spawn({
        let (done, peak, folder) = (done.clone(), peak.clone(), folder.clone());
        move || {
            while !done.load(Ordering::Relaxed) {
                let kib = child(&folder).and_then(peak_of).unwrap_or(0);
                peak.fetch_max(kib, Ordering::Relaxed);
                thread::park_timeout(Duration::from_millis(50));
            }
        }
    });
    let start = Instant::now();
    // What carries its calls runs on this runtime.
    let output = tokio::task::block_in_place(|| installation.run(&arguments));
    let seconds = start.elapsed().as_secs_f64();
    done.store(true, Ordering::Relaxed);
    watch.join().expect("the watch ends");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!(report["files"][0]["taken"], workers, "{}", String::from_utf8_lossy(&output.stderr));
    (seconds, peak.load(Ordering::Relaxed) as f64 / 1024.0)
}

/// The process that imports this folder.
fn child(folder: &str) -> Option<u32> {
    let processes = fs::read_dir("/proc").ok()?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let mut imports = processes.filter(|pid| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let words: Vec<&[u8]> = line.split(|byte| *byte == 0).collect();
        words.get(1) == Some(&&b"import"[..]) && words.get(2) == Some(&folder.as_bytes())
    });
    imports.next()
}

/// The most memory that a process had, in KiB.
fn peak_of(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().trim_end_matches(" kB").parse().ok())
}

/// Copies the rows out, and times how long they take into plain tables; gives the seconds and how many rows there are.
fn copy(installation: &Installation, folder: &Path) -> (f64, u64) {
    let database = installation.settings().members_database.as_ref().expect("a database").expose().to_owned();
    let psql = |sql: &str| {
        let output =
            Postgres::program("psql").args(["-qAt", "-v", "ON_ERROR_STOP=1", "-d", &database, "-c", sql]).output().expect("psql runs");
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let (mut seconds, mut rows) = (0.0, 0);
    for table in TABLES {
        let file = folder.join(table);
        psql(&format!("\\copy {table} TO '{}'", file.display()));
        psql(&format!("CREATE TABLE plain_{table} (LIKE {table})"));
        let start = Instant::now();
        psql(&format!("\\copy plain_{table} FROM '{}'", file.display()));
        seconds += start.elapsed().as_secs_f64();
        rows += psql(&format!("SELECT COUNT(*) FROM plain_{table}")).parse::<u64>().expect("a count");
    }
    (seconds, rows)
}
