//! What is exported goes in again and comes out the same; and whatever is imported in whatever order, with whatever bad rows between, ends
//! in the state of the good rows.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use chassis::{caller::Role, time::LocalDate};
use proto::{
    flexpool::{LocalTime, PublishShiftRequest},
    members::{
        CreateEmploymentRequest, CreateUnavailabilityRequest, Employment, EmploymentKind, FunctionLevel, LimitHoursElsewhereRequest,
        ListOrganisationsRequest, ListPoolsRequest, ListWardsRequest, ListWorkersRequest, Unavailability, UpdateWardRequest, WardCard,
        Worker,
    },
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::Value;
use testkit::{as_token, process::Installation, region::Region, request_id, wait_until};

use crate::exports::{data, installation};

/// Runs a command about a folder and a region, and gives what it says as JSON.
fn run(installation: &Installation, command: &str, folder: &Path, region: &str, more: &[&str]) -> Value {
    let (settings, folder) = (installation.settings(), folder.to_str().expect("a path"));
    let (members, flexpool) = (settings.url("members"), settings.url("flexpool"));
    let here = ["--region", region, "--members-url", &members, "--flexpool-url", &flexpool, "--json"];
    let done = installation.run(&[&[command, folder], &here[..], more].concat());
    assert!(done.status.success(), "regiopool {command}: {}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("JSON")
}

/// Every file under a folder, by its path there.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600, "{}", path.display());
            let text = fs::read_to_string(&path).expect("text");
            found.insert(path.strip_prefix(folder).expect("within").to_owned(), text);
        }
    }
    found
}

/// Rows of all reports: taken, unchanged, not taken.
fn counts(reports: &Value) -> (u64, u64, usize) {
    let files = reports.as_array().expect("reports").iter().flat_map(|report| report["files"].as_array().expect("files"));
    files.fold((0, 0, 0), |(taken, unchanged, wrong), file| {
        let count = |key: &str| file[key].as_u64().expect("a count");
        (taken + count("taken"), unchanged + count("unchanged"), wrong + file["not_taken"].as_array().expect("rows").len())
    })
}

async fn organisation(region: &Region, token: &str, name: &str) -> String {
    let all = region.organisations().list_organisations(as_token(ListOrganisationsRequest::default(), token)).await.expect("a list");
    all.into_inner().organisations.into_iter().find(|one| one.name == name).expect("the organisation").id
}

async fn worker(region: &Region, token: &str, organisation: &str) -> Worker {
    let request = ListWorkersRequest { organisation: organisation.to_owned(), page_size: 1, ..Default::default() };
    region.workers().list_workers(as_token(request, token)).await.expect("a list").into_inner().workers.remove(0)
}

fn day(text: &str) -> LocalDate {
    text.parse().expect("a day")
}

/// Gives the region what the files of roster systems do not have: somebody with two employers, an absence, a card, a limit, and a shift
/// that was published by hand.
async fn enrich(region: &Region) {
    let operator = region.token(&[(Role::Operator, None)]).await;
    let own = organisation(region, &operator, "Zorggroep Zonnehof").await;
    let other = organisation(region, &operator, "Thuiszorg Geleenbeek").await;
    let hr = region.token(&[(Role::Hr, Some(&own)), (Role::Planner, Some(&own))]).await;
    let somebody = worker(region, &operator, &own).await;
    let employment = Employment {
        worker: somebody.id.clone(),
        organisation: other.clone(),
        personnel_number: "A-1".to_owned(),
        function_level: FunctionLevel::Carer.into(),
        kind: EmploymentKind::OnCall.into(),
        minutes_per_week: 125,
        from: Some(day("2026-09-01").to_proto()),
        cost_centre: "K, 12".to_owned(),
        ..Employment::default()
    };
    let request = CreateEmploymentRequest { employment: Some(employment), request_id: request_id() };
    region.workers().create_employment(as_token(request, &operator)).await.expect("a second employment");
    let at = |text: &str| Some(day(text).at_minute(0, false).expect("a time").to_proto());
    let period = Unavailability { worker: somebody.id, from: at("2026-11-25"), until: at("2026-12-04"), ..Unavailability::default() };
    let request = CreateUnavailabilityRequest { unavailability: Some(period), request_id: request_id() };
    region.unavailabilities().create_unavailability(as_token(request, &hr)).await.expect("an absence");

    let request = ListWardsRequest { organisation: own.clone(), ..Default::default() };
    let mut ward = region.organisations().list_wards(as_token(request, &hr)).await.expect("a list").into_inner().wards.remove(0);
    let card = WardCard { entrance: "Achterom,\n\"de blauwe deur\"".to_owned(), ..WardCard::default() };
    ward.card = Some(card);
    let update_mask = Some(prost_types::FieldMask { paths: vec!["card".to_owned()] });
    let id = ward.id.clone();
    let request = UpdateWardRequest { ward: Some(ward), update_mask, request_id: request_id() };
    region.organisations().update_ward(as_token(request, &hr)).await.expect("a card");
    let all = region.pools().list_pools(as_token(ListPoolsRequest::default(), &operator)).await.expect("a list").into_inner();
    let pool = all.pools.first().expect("the pool").id.clone();
    let limit =
        LimitHoursElsewhereRequest { pool: pool.clone(), organisation: other, minutes_per_week: Some(480), request_id: request_id() };
    region.pools().limit_hours_elsewhere(as_token(limit, &operator)).await.expect("a limit");
    let time = |minute| Some(LocalTime { date: Some(day("2026-12-01").to_proto()), minute, second_pass: false });
    let shift = PublishShiftRequest {
        ward: id,
        pool,
        starts_at: time(480),
        ends_at: time(720),
        function_level: FunctionLevel::Carer.into(),
        places: 2,
        request_id: request_id(),
        ..PublishShiftRequest::default()
    };
    wait_until("flexpool to know the ward", async || {
        let again = PublishShiftRequest { request_id: request_id(), ..shift.clone() };
        region.shifts().publish_shift(as_token(again, &hr)).await.map(drop).map_err(|status| status.message().to_owned())
    })
    .await;
}

// The commands run while this test goes on carrying their calls to the replicas.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_region_that_is_exported_goes_in_elsewhere_and_comes_out_the_same() {
    let kept = tempfile::tempdir().expect("a folder");
    let mut installation = installation(&kept.path().join("clock")).await;
    let own = installation.region.slug.clone();
    for system in ["zonnehof", "geleenbeek"] {
        run(&installation, "import", &data().join(system), &own, &[]);
    }
    enrich(&installation.region).await;
    installation.caught_up().await;
    let (first, second) = (kept.path().join("first"), kept.path().join("second"));
    run(&installation, "export", &first, &own, &[]);
    let written = files(&first);
    assert_eq!(written.len(), 4 + 2 * 9, "{:?}", written.keys());
    let has = |file: &str, text: &str| written[Path::new(file)].contains(text);
    assert!(has("90210419/employments.csv", "90210417,10000,A-1,carer,on-call,2.0833,"));
    assert!(has("90210417/unavailability.csv", "10000,2026-11-24T23:00:00Z,") && has("90210417/shifts.csv", "\nshf_"));
    assert!(has("pool_members.csv", "90210419,480"));

    // Nothing is sent in a dry run, and nothing is found to be wrong with it.
    let (would, _, wrong) = counts(&run(&installation, "import", &first, &own, &["--dry-run"]));
    assert!(would > 4_000 && wrong == 0, "{would} {wrong}");
    let elsewhere = Region::create(installation.settings()).await;
    let came = run(&installation, "import", &first, &elsewhere.slug, &[]);
    assert_eq!(counts(&came), (would - 2, 2, 0), "members of pools come with them: {came}");
    run(&installation, "export", &second, &elsewhere.slug, &[]);
    let again = files(&second);
    for (file, text) in &written {
        assert!(again.get(file) == Some(text), "{} differs:\n{:.2000}\n{:.2000}", file.display(), text, again[file]);
    }
    // Into the region that it is from, and again into the other: all of it is there.
    for region in [&own, &elsewhere.slug] {
        assert_eq!(counts(&run(&installation, "import", &first, region, &[])), (0, would, 0));
    }
    // One organisation alone is one folder.
    let alone = kept.path().join("alone");
    run(&installation, "export", &alone, &own, &["--organisation", "90210419"]);
    assert_eq!(files(&alone).len(), 9);
    let report = run(&installation, "import", &alone, &own, &["--dry-run"]);
    assert_eq!(report["organisation"], "90210419");
    installation.check();
    installation.stop().await;
}

/// A row of a worker that is good.
fn good(number: usize) -> String {
    let (level, born) = (["verzorgende IG", "zorgassistent"][number % 2], 1 + number % 28);
    format!("P{number};Bouts;Els;{born:02}-04-1988;6131AB;{level};24,00;vast;;;BHV|tilliften;01-04-2020;")
}

/// The same row, wrong in one way: it can never come in.
fn bad(number: usize, random: &mut StdRng) -> String {
    let row = good(number);
    let cells: Vec<&str> = row.split(';').collect();
    let mut cells: Vec<String> = cells.into_iter().map(str::to_owned).collect();
    match random.random_range(0..7) {
        0 => cells[0] = String::new(),
        1 => cells[3] = "31-02-1988".to_owned(),
        2 => cells[4] = "6131".to_owned(),
        3 => cells[5] = "astronaut".to_owned(),
        4 => cells[6] = "veel".to_owned(),
        5 => cells[12] = "bsn 111222333".to_owned(),
        _ => cells.truncate(4),
    }
    cells.join(";")
}

/// Writes the files of one import, of workers alone.
fn write(folder: &Path, rows: &[String]) {
    fs::create_dir(folder).expect("a folder");
    let map = fs::read_to_string(data().join("zonnehof/zonnehof.toml")).expect("the map");
    let map = map.split("[roster]").next().expect("the part before").to_owned();
    fs::write(folder.join("map.toml"), map).expect("a map");
    let titles = "Personeelsnummer;Achternaam;Voornaam;Geboortedatum;Postcode;Functie;Uren per week;Contract;BIG;BIG t/m;Bekwaamheden;In dienst;Opmerking";
    fs::write(folder.join("medewerkers.csv"), format!("{titles}\n{}\n", rows.join("\n"))).expect("a file");
}

/// So many histories are tried.
const HISTORIES: u64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_order_and_repetition_with_bad_rows_ends_in_the_state_of_the_good_rows() {
    let kept = tempfile::tempdir().expect("a folder");
    let mut installation = installation(&kept.path().join("clock")).await;
    let state = |region: &str, name: &str| {
        let folder = kept.path().join(name);
        run(&installation, "export", &folder, region, &[]);
        files(&folder)
    };
    let everything: Vec<String> = (0..60).map(good).collect();
    let once = kept.path().join("once");
    write(&once, &everything);
    run(&installation, "import", &once, &installation.region.slug, &[]);
    let expected = state(&installation.region.slug, "expected");
    assert_eq!(expected[Path::new("90210417/workers.csv")].lines().count(), 61);
    for seed in 0..HISTORIES {
        let mut random = StdRng::seed_from_u64(seed);
        let region = Region::create(installation.settings()).await;
        // Files that overlap, each in an order of its own and some rows twice; together they hold every good row.
        let imports = random.random_range(2..5);
        let mut parts: Vec<Vec<String>> = (0..imports).map(|_| Vec::new()).collect();
        for (number, row) in everything.iter().enumerate() {
            let first = random.random_range(0..imports);
            for (at, part) in parts.iter_mut().enumerate() {
                if at == first || random.random_bool(0.4) {
                    part.push(row.clone());
                }
                if random.random_bool(0.2) {
                    part.push(row.clone());
                }
                if random.random_bool(0.3) {
                    part.push(bad(number, &mut random));
                }
            }
        }
        parts.extend(parts.first().cloned());
        for (at, part) in parts.iter_mut().enumerate() {
            part.shuffle(&mut random);
            let folder = kept.path().join(format!("history-{seed}-{at}"));
            write(&folder, part);
            run(&installation, "import", &folder, &region.slug, &[]);
        }
        assert_eq!(state(&region.slug, &format!("state-{seed}")), expected, "seed {seed}");
    }
    installation.stop().await;
}
