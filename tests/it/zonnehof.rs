//! The files of a real roster system come in, bad rows and all, and one of its workers claims one of its open shifts.

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

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/zonnehof")
}

/// An installation whose business time is on the day of the files, whenever the test runs.
async fn installation(clock: &Path) -> Installation {
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

/// What is to be said of a row for each reason of `expected.json`: the column, and a part of the text.
fn column_and_part(why: &str) -> (&'static str, &'static str) {
    match why {
        "date does not exist" => ("Geboortedatum", "does not exist"),
        "personnel number missing" => ("Personeelsnummer", "is required"),
        "postcode malformed" => ("Postcode", "IDN-06"),
        "unknown function" => ("Functie", "unknown function"),
        "same row twice (harmless: nothing changes)" => ("", "same row twice"),
        "break longer than the shift" => ("Pauze", "shorter than the shift"),
        "unknown ward" => ("Afdeling", "unknown ward"),
        "time does not exist" => ("Van", "does not exist"),
        "places must be at least 1" => ("Aantal", "is not between 1 and 100"),
        "02:30 does not exist on 2027-03-28 in Europe/Amsterdam" => ("Van", "does not exist"),
        other => panic!("expected.json has a reason that this test does not know: {other}"),
    }
}

/// Holds that the report names exactly the rows of `expected.json`, each for its reason; all others were `fresh`, or there already.
fn holds_what_is_expected(report: &Value, fresh: bool) {
    let text = fs::read_to_string(folder().join("expected.json")).expect("expected.json");
    let expected: Value = serde_json::from_str(&text).expect("JSON");
    for (file, rows) in [("medewerkers.csv", 221), ("openstaand.csv", 313)] {
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
        assert_eq!(told.keys().collect::<Vec<_>>(), bad.keys().collect::<Vec<_>>(), "{file}: {told:?}");
        for (line, why) in &bad {
            let (column, part) = column_and_part(why);
            let says = |problem: &Value| problem["column"] == column && problem["reason"].as_str().is_some_and(|text| text.contains(part));
            assert!(told[line].len() == 1 && told[line].iter().all(says), "{file} line {line}, {why}: {:?}", told[line]);
        }
        let good = rows - bad.len() as u64;
        let (taken, unchanged) = if fresh { (good, 0) } else { (0, good) };
        assert_eq!((&found["rows"], &found["taken"], &found["unchanged"]), (&rows.into(), &taken.into(), &unchanged.into()), "{file}");
    }
}

/// Blocks of the roster that are of somebody who was taken.
const BLOCKS: u64 = 2_608;

/// Holds that the roster came in, but for the blocks of the four whose rows were not taken.
fn holds_the_roster(report: &Value, fresh: bool) {
    let found = report["files"].as_array().and_then(|files| files.iter().find(|told| told["file"] == "rooster.csv")).expect("the roster");
    let (taken, unchanged) = if fresh { (BLOCKS, 0) } else { (0, BLOCKS) };
    assert_eq!((&found["rows"], &found["taken"], &found["unchanged"]), (&2655.into(), &taken.into(), &unchanged.into()), "{found}");
    let strangers = found["not_taken"].as_array().expect("rows");
    assert!(strangers.iter().all(|row| row["problems"][0]["column"] == "Personeelsnummer"), "{strangers:?}");
    assert_eq!(found["warnings"], Value::Array(Vec::new()));
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

async fn workers(installation: &Installation) -> usize {
    let region = &installation.region;
    let token = region.token(&[(Role::Operator, None)]).await;
    let organisations = region.organisations().list_organisations(as_token(Default::default(), &token)).await.expect("organisations");
    let organisation = organisations.into_inner().organisations.first().expect("Zonnehof").id.clone();
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
    holds_what_is_expected(&report, true);
    holds_the_roster(&report, true);
    assert_eq!(report["made"].as_array().map(Vec::len), Some(6), "organisation, three wards, pool, agreement: {}", report["made"]);
    let codes = invitations(&file);
    assert_eq!(codes.len(), 216);
    assert_eq!(workers(&installation).await, 216);

    let again = import(&installation, &folder(), &invite);
    holds_what_is_expected(&again, false);
    holds_the_roster(&again, false);
    assert_eq!(again["made"], Value::Array(Vec::new()));
    assert_eq!(invitations(&file), codes, "a repetition gives the same codes");
    assert_eq!(workers(&installation).await, 216);

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
