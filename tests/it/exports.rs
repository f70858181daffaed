//! The files of three roster systems come in, bad rows and all, and a worker of one of them claims one of its open shifts.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use chassis::{
    caller::Role,
    time::{LocalDate, real_now},
};
use proto::members::ListWorkersRequest;
use reqwest::StatusCode;
use serde_json::Value;
use testkit::{
    as_token,
    process::{Installation, Options},
    wait_until,
};

use crate::browser::Browser;

/// When the files were written: their shifts lie in the four months after it.
const TODAY: &str = "2026-11-22";
/// A carer of the file, whom open shifts of the own organisation fit.
const CARER: &str = "10003";

pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

fn folder() -> PathBuf {
    data().join("zonnehof")
}

/// An installation whose business time is on the day of the files, whenever the test runs.
pub(crate) async fn installation(clock: &Path) -> Installation {
    let today: LocalDate = TODAY.parse().expect("a day");
    let noon = today.at_minute(12 * 60, false).expect("noon");
    fs::write(clock, ((noon.0 - real_now().0) / 1_000_000).to_string()).expect("the clock file");
    let variables = vec![("REGIOPOOL_CLOCK_FILE", clock.display().to_string())];
    Installation::start(Options { variables, ..Options::default() }).await
}

/// Runs `regiopool import` on a folder, and gives its report.
fn import(installation: &Installation, folder: &Path, more: &[&str]) -> Value {
    let (settings, folder) = (installation.settings(), folder.to_str().expect("a path"));
    let (members, flexpool) = (settings.url("members"), settings.url("flexpool"));
    let here = ["--region", &installation.region.slug, "--members-url", &members, "--flexpool-url", &flexpool];
    let done = installation.run(&[&["import", folder, "--json"], &here[..], more].concat());
    assert!(done.status.success(), "regiopool import: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("a report as JSON")
}

/// What is to be said of a row for each reason of `expected.json`: the place of the column among those of [`TITLES`], and a part of the
/// text.
fn column_and_part(why: &str) -> (usize, &'static str) {
    match why {
        "date does not exist" => (1, "does not exist"),
        "personnel number missing" => (2, "is required"),
        "postcode malformed" => (3, "IDN-06"),
        "unknown function" => (4, "unknown function"),
        "same row twice (harmless: nothing changes)" => (0, "same row twice"),
        "citizen service number in free text" => (5, "citizen service number"),
        "break longer than the shift" => (6, "shorter than the shift"),
        "unknown ward" => (7, "unknown ward"),
        "time does not exist" => (8, "does not exist"),
        "places must be at least 1" => (9, "is not between 1 and 100"),
        "02:30 does not exist on 2027-03-28 in Europe/Amsterdam" => (8, "does not exist"),
        other => panic!("expected.json has a reason that this test does not know: {other}"),
    }
}

/// What each system calls what is wrong: none for the whole row.
const TITLES: [(&str, [&str; 10]); 3] = [
    ("zonnehof", ["", "Geboortedatum", "Personeelsnummer", "Postcode", "Functie", "Opmerking", "Pauze", "Afdeling", "Van", "Aantal"]),
    ("maasoever", ["", "birth_date", "employee_id", "postal_code", "job_title", "remarks", "break_minutes", "unit", "start", "positions"]),
    ("geleenbeek", ["", "geb_dat", "mdw_nr", "pc", "fnc", "memo", "pauze_min", "team", "begin", "fmt"]),
];

/// Holds that the report names exactly the rows of `expected.json`, each for its reason; all others were `fresh`, or there already. Gives
/// how many workers came in.
fn holds_what_is_expected(system: usize, report: &Value, fresh: bool) -> u64 {
    let (system, titles) = TITLES[system];
    let text = fs::read_to_string(data().join(system).join("expected.json")).expect("expected.json");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    let mut workers = 0;
    // Its counts leave out the row that stands there twice, and the one of the night in which an hour is skipped.
    for (file, count) in [("medewerkers.csv", "workers"), ("openstaand.csv", "gaps")] {
        let rows = expected[count].as_u64().expect("a count") + 1;
        let found = report["files"].as_array().and_then(|files| files.iter().find(|told| told["file"] == file)).expect(file);
        let problems = |row: &Value| row["problems"].as_array().expect("problems").clone();
        let told: BTreeMap<u64, Vec<Value>> =
            found["not_taken"].as_array().expect("rows").iter().map(|row| (row["line"].as_u64().expect("a line"), problems(row))).collect();
        let bad: BTreeMap<u64, &str> = expected["not_taken"]
            .as_array()
            .expect("rows")
            .iter()
            .filter(|row| row["file"] == file)
            .map(|row| (row["line"].as_u64().expect("a line"), row["why"].as_str().expect("a reason")))
            .collect();
        assert_eq!(told.keys().collect::<Vec<_>>(), bad.keys().collect::<Vec<_>>(), "{system} {file}: {told:?}");
        for (line, why) in &bad {
            let (column, part) = column_and_part(why);
            let is_of = |problem: &Value| problem["column"] == titles[column] || (column == 8 && problem["column"] == end_of(titles[8]));
            let says = |problem: &Value| is_of(problem) && problem["reason"].as_str().is_some_and(|text| text.contains(part));
            assert!(told[line].len() == 1 && told[line].iter().all(says), "{system} {file} line {line}, {why}: {:?}", told[line]);
        }
        let good = rows - bad.len() as u64;
        let (taken, unchanged) = if fresh { (good, 0) } else { (0, good) };
        assert_eq!(
            (&found["rows"], &found["taken"], &found["unchanged"]),
            (&rows.into(), &taken.into(), &unchanged.into()),
            "{system} {file}"
        );
        if count == "workers" {
            workers = good;
        }
    }
    workers
}

/// What a system calls the end of a shift that begins under this title.
fn end_of(start: &str) -> &'static str {
    match start {
        "Van" => "Tot",
        "start" => "end",
        _ => "eind",
    }
}

/// Blocks of Zonnehof's roster that are of somebody who was taken.
const BLOCKS: u64 = 2_608;

/// Holds that the roster came in, but for the blocks of those whose rows were not taken. Gives how many blocks the region has of it.
fn holds_the_roster(system: usize, report: &Value, fresh: bool) -> u64 {
    let (system, titles) = TITLES[system];
    let text = fs::read_to_string(data().join(system).join("expected.json")).expect("expected.json");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    let found = report["files"].as_array().and_then(|files| files.iter().find(|told| told["file"] == "rooster.csv")).expect("the roster");
    let strangers = found["not_taken"].as_array().expect("rows");
    assert!(strangers.iter().all(|row| row["problems"][0]["column"] == titles[2]), "{system}: {strangers:?}");
    let kept = expected["roster"].as_u64().expect("a count") - strangers.len() as u64;
    let (taken, unchanged) = if fresh { (kept, 0) } else { (0, kept) };
    let counts = (&found["rows"], &found["taken"], &found["unchanged"]);
    assert_eq!(counts, (&expected["roster"], &taken.into(), &unchanged.into()), "{system}: {found}");
    assert_eq!(found["warnings"], Value::Array(Vec::new()));
    kept
}

/// A copy of the files in which a postcode is written in another way, and a worker and a shift have changed.
fn changed(kept: &Path) -> PathBuf {
    let copy = kept.join("changed");
    fs::create_dir(&copy).expect("a folder");
    let edit = |file: &str, edits: &[(&str, &str)]| {
        let mut bytes = fs::read(folder().join(file)).expect(file);
        for (old, new) in edits {
            let at = bytes.windows(old.len()).position(|part| part == old.as_bytes()).expect("what is edited");
            bytes.splice(at..at + old.len(), new.bytes());
        }
        fs::write(copy.join(file), bytes).expect(file);
    };
    edit("zonnehof.toml", &[]);
    edit("rooster.csv", &[("08-12-2026;07:00;15:00;30", "08-12-2026;08:00;15:00;30")]);
    edit(
        "medewerkers.csv",
        &[
            (";6415CD;verzorgende IG;24,00;", ";6415 cd;verzorgende IG;24,00;"),
            ("6261EK;verpleegkundige hbo;20,00;", "6261EK;verpleegkundige hbo;22,50;"),
            ("BHV|insuline|katheteriseren;01-04-2015", "BHV|insuline;01-04-2015"),
        ],
    );
    edit("openstaand.csv", &[("07-12-2026;07:00;15:00;30;verzorgende IG;1;", "07-12-2026;07:30;15:00;30;verzorgende IG;3;")]);
    copy
}

/// Number and code of everybody who was invited.
fn invitations(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).expect("the invitations");
    let line = |line: &str| {
        let cells: Vec<&str> = line.split(';').collect();
        (cells[0].to_owned(), cells[2].to_owned())
    };
    text.lines().skip(1).map(line).collect()
}

async fn workers(installation: &Installation, name: &str) -> usize {
    let region = &installation.region;
    let token = region.token(&[(Role::Operator, None)]).await;
    let organisations = region.organisations().list_organisations(as_token(Default::default(), &token)).await.expect("organisations");
    let organisation = organisations.into_inner().organisations.into_iter().find(|one| one.name == name).expect("the organisation").id;
    let (mut count, mut page_token) = (0, String::new());
    loop {
        let request = ListWorkersRequest { organisation: organisation.clone(), page_size: 200, page_token };
        let page = region.workers().list_workers(as_token(request, &token)).await.expect("workers").into_inner();
        count += page.workers.len();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return count;
        }
    }
}

// The commands run while this test goes on carrying their calls to the replicas.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_files_of_zonnehof_come_in_and_a_worker_of_theirs_claims_one_of_their_open_shifts() {
    let kept = tempfile::tempdir().expect("a folder");
    let mut installation = installation(&kept.path().join("clock")).await;
    let file = kept.path().join("invitations.csv");
    let invite = ["--invitations", file.to_str().expect("a path")];

    let dry = import(&installation, &folder(), &["--dry-run"]);
    assert_eq!((&dry["dry_run"], &dry["files"][0]["taken"]), (&true.into(), &218.into()));

    let report = import(&installation, &folder(), &invite);
    assert_eq!(holds_what_is_expected(0, &report, true), 216);
    assert_eq!(holds_the_roster(0, &report, true), BLOCKS);
    assert_eq!(report["made"].as_array().map(Vec::len), Some(6), "organisation, three wards, pool, agreement: {}", report["made"]);
    let codes = invitations(&file);
    assert_eq!(codes.len(), 216);
    assert_eq!(workers(&installation, "Zorggroep Zonnehof").await, 216);

    let again = import(&installation, &folder(), &invite);
    holds_what_is_expected(0, &again, false);
    holds_the_roster(0, &again, false);
    assert_eq!(again["made"], Value::Array(Vec::new()));
    assert_eq!(invitations(&file), codes, "a repetition gives the same codes");
    assert_eq!(workers(&installation, "Zorggroep Zonnehof").await, 216);

    let mut carer = Browser::new(installation.portal());
    let asked = carer.sign_in("the-carer-of-zonnehof").await;
    assert!(asked.path.starts_with("/invitation"), "{}: {}", asked.path, asked.text());
    let known = carer.submit(&asked.form("/invitation").with("code", &codes[CARER].to_lowercase())).await;
    assert_eq!(known.status, StatusCode::OK, "{}: {}", known.path, known.text());
    let claim = wait_until("the worker to be offered a shift", async || {
        let page = carer.get("/open?claimable=1").await;
        page.forms().into_iter().find(|form| form.action.ends_with("/claim")).ok_or_else(|| page.text())
    })
    .await;
    let claimed = carer.submit(&claim).await;
    assert!(claimed.path.contains("done=claimed"), "{}: {}", claimed.path, claimed.text());
    let mine = carer.get("/mine").await.text();
    assert!(mine.contains("De Linde") || mine.contains("Nachtteam Zuid"), "{mine}");

    // A system that writes the same in another way changes nothing, and one that writes something else is told so.
    let changed = import(&installation, &changed(kept.path()), &[]);
    assert_eq!((&changed["files"][0]["unchanged"], &changed["files"][2]["unchanged"]), (&215.into(), &298.into()));
    assert_eq!((&changed["files"][1]["taken"], &changed["files"][1]["unchanged"]), (&1.into(), &(BLOCKS - 1).into()));
    let told = |file: usize, line: u64| {
        let rows = changed["files"][file]["not_taken"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["line"] == line).expect("the changed row");
        row["problems"].as_array().expect("problems").iter().map(|problem| problem["column"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(told(0, 3), ["Uren per week", "Bekwaamheden"]);
    assert_eq!(told(2, 2), ["Van", "Aantal"]);
    assert_eq!(carer.get("/mine").await.text(), mine);
    installation.check();
    installation.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_files_of_other_systems_need_other_maps_and_exactly_their_bad_rows_stay_out() {
    let kept = tempfile::tempdir().expect("a folder");
    let mut installation = installation(&kept.path().join("clock")).await;
    for (system, name) in [(1, "Zorggroep Maasoever"), (2, "Thuiszorg Geleenbeek")] {
        let files = data().join(TITLES[system].0);
        let report = import(&installation, &files, &[]);
        let came = holds_what_is_expected(system, &report, true);
        holds_the_roster(system, &report, true);
        assert_eq!(workers(&installation, name).await as u64, came);
        let again = import(&installation, &files, &[]);
        holds_what_is_expected(system, &again, false);
        holds_the_roster(system, &again, false);
        assert_eq!(workers(&installation, name).await as u64, came);
    }
    installation.check();
    installation.stop().await;
}
