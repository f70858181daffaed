//! `regiopool import`: takes in the files of a member's HR and roster system through the public RPCs.
//!
//! A *map* ([`map`]) says how the system writes and about which organisation; the code knows no system, only a closed set of notations
//! ([`notation`]). Rows are read as a stream ([`letters`], [`table`]), become requests ([`workers`], [`shifts`]) and are sent with
//! several at once ([`rows`]). Only what a notation says is judged here; every other rule by the service that owns it, whose refusal is
//! reported with the line and the column that it is about ([`report`]).
//!
//! Request ids follow from what is asked, and what is asked from the row, so an import that is repeated, or goes on after a crash, changes
//! nothing that is there already (D25). Rows name what they are by a number that the region keeps (D13), so that holds also long after.

mod blocks;
mod calendar;
mod columns;
mod dialect;
mod files;
mod invitations;
mod letters;
mod map;
mod map_value;
mod notation;
mod number;
pub(crate) mod records;
mod region;
mod report;
mod rosters;
mod row;
mod rows;
mod shifts;
mod table;
mod workers;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use chassis::{config::Settings, frame::Frame};
use proto::members::{Agreement, Organisation, Role, Ward};

use self::{
    files::{Files, Take},
    map::Map,
    report::Report,
};
use crate::client::{Client, ensure, role};
pub(crate) use map_value::Named;
pub(crate) use region::MAP as REGION_MAP;
pub(crate) use rows::progress;
pub(crate) use shifts::ON_ITS_WAY;

/// What to import.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Folder with the files of an organisation, or with `region.toml`, as `export` writes it: then of a whole region.
    folder: PathBuf,
    /// Map that says how they are written; the only .toml file of the folder when left out.
    #[arg(long)]
    map: Option<PathBuf>,
    /// Slug of the region; may be left out when there is only one.
    #[arg(long)]
    region: Option<String>,
    /// Send nothing: say what would be sent, and what the files show to be wrong.
    #[arg(long)]
    dry_run: bool,
    /// Write an invitation for each worker of this import or its repetition: number, name and code, for the owner of the file only.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    invitations: Option<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Imports, prints the report, and gives the exit code: success also when rows were not taken, for the report to say so.
pub(crate) async fn command(settings: &Settings, args: Args) -> Result<ExitCode> {
    let json = args.json;
    if args.map.is_none() && region::is_one(&args.folder) {
        let reports = region::run(&args, settings).await?;
        if json {
            println!("{}", serde_json::to_string_pretty(&reports)?);
        } else {
            reports.iter().for_each(|report| print!("{report}"));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let report = run(args, settings).await?;
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Imports the folder of one organisation. Errors: a map or file that cannot be read at all, a service that does not answer. What was taken
/// before an error stays; the same import again goes on.
pub(crate) async fn run(args: Args, settings: &Settings) -> Result<Report> {
    let map = Map::read(&args.map.clone().map_or_else(|| find_map(&args.folder), Ok)?)?;
    let files = Files::look(&args.folder, &map)?;
    let bar = rows::progress(!args.json);
    let take = Take { folder: &args.folder, map: &map, invitations: args.invitations.as_deref(), bar: &bar };
    let report = if args.dry_run {
        files.take(&take, None).await
    } else {
        let admin = Client::platform_admin(&Frame::new(settings.clone())?, "import")?;
        let region = admin.region(args.region.as_deref()).await?;
        send(&admin, &region, files, &take).await
    };
    bar.finish_and_clear();
    report
}

/// Imports the files of a whole region.
pub(crate) async fn region(folder: PathBuf, slug: &str, settings: &Settings) -> Result<Vec<Report>> {
    let args = Args { folder, map: None, region: Some(slug.to_owned()), dry_run: false, invitations: None, json: false };
    region::run(&args, settings).await
}

/// The only map of a folder.
fn find_map(folder: &Path) -> Result<PathBuf> {
    let shown = folder.display();
    let mut maps = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("cannot read {shown}"))? {
        let path = entry.with_context(|| format!("cannot read {shown}"))?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            maps.push(path);
        }
    }
    match maps.as_slice() {
        [map] => Ok(map.clone()),
        [] => bail!("{shown} has no map: give one with --map"),
        _ => bail!("{shown} has several .toml files: choose the map with --map"),
    }
}

/// Sends the files of one organisation, after seeing that it is there.
async fn send(admin: &Client, region: &str, files: Files, take: &Take<'_>) -> Result<Report> {
    let operator = admin.acting(region, vec![role(Role::Operator, "")]);
    let (place, made) = place(&operator, take.map).await?;
    let id = place.organisation.as_str();
    let client = admin.acting(region, vec![role(Role::Operator, ""), role(Role::Hr, id), role(Role::Planner, id)]);
    let report = files.take(take, Some((&client, &place))).await?;
    Ok(Report { made, ..report })
}

/// Where the rows belong, as ids.
struct Place {
    organisation: String,
    /// The pool of the map; empty without one.
    pool: String,
}

/// Sees that the map's organisation, wards, pool and agreement are there. Gives also what had to be made.
async fn place(operator: &Client, map: &Map) -> Result<(Place, Vec<String>)> {
    let wanted = &map.organisation;
    let (organisation, is_new) = match (&wanted.name, wanted.branch, wanted.joined_on) {
        (Some(name), Some(branch), Some(joined_on)) => {
            let organisation = Organisation {
                name: name.clone(),
                kvk_number: wanted.kvk_number.clone(),
                branch: branch.0.into(),
                joined_on: Some(joined_on.0.to_proto()),
                ..Organisation::default()
            };
            ensure::organisation(operator, organisation).await?
        }
        _ => (ensure::known_organisation(operator, &wanted.kvk_number).await?, false),
    };
    let mut made: Vec<String> = is_new.then(|| format!("the organisation {:?}", organisation.name)).into_iter().collect();
    let id = organisation.id;
    let ward = |ward: &map::Ward| Ward { name: ward.name.clone(), postcode: ward.postcode.clone(), ..Ward::default() };
    let wanted_wards: Vec<Ward> = wanted.wards.iter().map(ward).collect();
    let (_, new_wards) = ensure::wards(operator, &id, &wanted_wards).await?;
    made.extend(new_wards.iter().map(|name| format!("the ward {name:?}")));
    let mut pool = String::new();
    if let Some(wanted) = &map.pool {
        let (found, joined) = ensure::pool(operator, &wanted.name, std::slice::from_ref(&id)).await?;
        made.extend(joined.then(|| format!("a place in the pool {:?}", wanted.name)));
        pool = found;
    }
    if let Some(wanted) = &map.agreement {
        let agreement = Agreement {
            organisation: id.clone(),
            from: Some(wanted.from.0.to_proto()),
            until: wanted.until.map(|day| day.0.to_proto()),
            bases: wanted.bases.iter().map(|basis| basis.0.into()).collect(),
            works_council_decided_on: Some(wanted.works_council_decided_on.0.to_proto()),
            ..Agreement::default()
        };
        let agreed = ensure::agreement(operator, agreement).await?;
        made.extend(agreed.then(|| format!("an agreement from {}", wanted.from.0)));
    }
    Ok((Place { organisation: id, pool }, made))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{report::FileReport, *};

    fn exports() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data")
    }

    /// A copy of an export whose map says nothing of the notations.
    fn silent(system: &str) -> tempfile::TempDir {
        let copy = tempfile::tempdir().expect("a folder");
        for entry in std::fs::read_dir(exports().join(system)).expect("the export") {
            let (from, name) = entry.map(|entry| (entry.path(), entry.file_name())).expect("a file");
            std::fs::copy(from, copy.path().join(name)).expect("a copy");
        }
        let path = copy.path().join(format!("{system}.toml"));
        let map = std::fs::read_to_string(&path).expect("the map");
        let (before, rest) = map.split_once("[dialect]").expect("notations");
        let (_, after) = rest.split_once("\n[").expect("what follows them");
        std::fs::write(&path, format!("{before}[{after}")).expect("a map");
        copy
    }

    fn args(folder: PathBuf, map: Option<PathBuf>) -> Args {
        Args { folder, map, region: None, dry_run: true, invitations: None, json: true }
    }

    async fn dry_run(folder: PathBuf, map: Option<PathBuf>) -> Result<Report> {
        run(args(folder, map), &Settings::default()).await
    }

    /// The rows of an export that must not be taken, with the reason.
    fn expected(system: &str) -> BTreeMap<(String, u64), String> {
        let text = std::fs::read_to_string(exports().join(system).join("expected.json")).expect("expected.json");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        let row = |row: &serde_json::Value| {
            let file = row["file"].as_str().expect("a file").to_owned();
            ((file, row["line"].as_u64().expect("a line")), row["why"].as_str().expect("a reason").to_owned())
        };
        json["not_taken"].as_array().expect("rows").iter().map(row).collect()
    }

    #[tokio::test]
    async fn another_system_needs_another_map_and_no_code() {
        // What only a service can judge stays for it.
        let for_a_service = |why: &str| {
            ["personnel number missing", "postcode malformed", "places must be at least 1", "break longer than the shift"].contains(&why)
                || why.ends_with("in Europe/Amsterdam")
        };
        for system in ["zonnehof", "maasoever", "geleenbeek"] {
            let report = dry_run(exports().join(system), None).await.expect(system);
            let mut expected = expected(system);
            for file in &report.files {
                assert_eq!(file.rows, file.taken + file.not_taken.len() as u64, "{system} {}", file.file);
                assert!(file.columns_not_read.is_empty() && file.warnings.is_empty(), "{file:?}");
                for row in &file.not_taken {
                    let why = expected.remove(&(file.file.clone(), row.line));
                    assert!(why.is_some_and(|why| !for_a_service(&why)), "{system} {} {row:?}", file.file);
                }
            }
            assert!(expected.values().all(|why| for_a_service(why)), "{system}: {expected:?}");
            // A map that says nothing of how they are written says enough.
            let copy = silent(system);
            let found = dry_run(copy.path().to_owned(), None).await.expect(system);
            let rows = |report: Report| {
                report.files.into_iter().map(|file| (file.file, file.rows, file.taken, file.not_taken)).collect::<Vec<_>>()
            };
            assert_eq!(rows(found), rows(report), "{system}");
        }
    }

    /// Nothing in the code was written for this system: names in one column, a moment in one, parts of a full week, words of its own.
    #[tokio::test]
    async fn a_fourth_system_needs_a_column_map_and_no_code() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            std::fs::write(folder.path().join(name), utf16).expect("a file");
        };
        std::fs::write(folder.path().join("anders.toml"), FOURTH_MAP).expect("a map");
        write(
            "personeel.txt",
            "Export personeel|||||||\r\n\r\nnummer|naam|geb.|pc cijfers|pc letters|baan|deel|kan\r\n\
             A1|Öztürk, Els|7 mrt 1988|6131|AB|Verz.|66,7 %|MED+BHV\r\n\
             A2|Bouts, Jan|31 feb 1990|6131|AB|Verz.|100 %|\r\n",
        );
        write(
            "gaten.txt",
            "gat|waar|van|tot|baan\r\n9|A-3|13-12-2026 7u00|13-12-2026 15u00|Verz.\r\n10|A-4|13-12-2026 7u00|13-12-2026 15u00|Verz.\r\n",
        );
        let report = dry_run(folder.path().to_owned(), None).await.expect("a report");
        let told = |file: &FileReport| {
            let problems = file.not_taken.iter().flat_map(|row| row.problems.iter().map(move |problem| (row.line, problem.column.clone())));
            (file.taken, problems.collect::<Vec<_>>())
        };
        assert_eq!(told(&report.files[0]), (1, vec![(5, "geb.".to_owned())]));
        assert_eq!(told(&report.files[1]), (1, vec![(3, "waar".to_owned())]));
        assert!(report.files[0].written.contains("utf-16le date dd mmm yyyy"), "{}", report.files[0].written);
    }

    const FOURTH_MAP: &str = r#"
        [organisation]
        name = "Zorghuis Anders"
        kvk_number = "90210420"
        branch = "nursing-and-home-care"
        joined_on = 2026-11-01
        [[organisation.wards]]
        name = "Afdeling 3"
        called = ["A-3"]
        postcode = "6131AB"
        [pool]
        name = "Regiopool Limburg"
        [agreement]
        from = 2026-11-01
        bases = ["own-extra-hours"]
        works_council_decided_on = 2026-10-12
        [dialect]
        hours = "percent"
        full_week = 36
        [function_levels]
        "Verz." = "carer"
        [employment_kinds]
        "vast" = "permanent"
        [competence_codes]
        "MED" = "medicatie-delen"
        [workers]
        file = "personeel.txt"
        [workers.columns]
        personnel_number = "nummer"
        first_name = { column = "naam", after = "," }
        last_name = { column = "naam", before = "," }
        birth_date = "geb."
        postcode = ["pc cijfers", "pc letters"]
        function_level = "baan"
        hours_per_week = "deel"
        kind = { always = "vast" }
        from = { always = "1 jan 2026" }
        competences = "kan"
        [shifts]
        file = "gaten.txt"
        [shifts.columns]
        external_reference = "gat"
        ward = "waar"
        date = { column = "van", before = " " }
        starts_at = { column = "van", after = " " }
        ends_at = { column = "tot", after = " " }
        function_level = "baan"
        places = { always = "1" }
    "#;

    #[tokio::test]
    async fn a_file_that_is_not_as_the_map_says_is_told_before_anything_is_sent() {
        let wrong = dry_run(exports().join("maasoever"), Some(exports().join("zonnehof/zonnehof.toml"))).await.expect_err("another system");
        assert!(wrong.to_string().contains("medewerkers.csv has no column \"Personeelsnummer\""), "{wrong}");
        let missing = dry_run(exports().join("nowhere"), None).await.expect_err("no folder");
        assert!(missing.to_string().contains("nowhere"), "{missing}");
        let two = dry_run(exports(), None).await.expect_err("no map");
        assert!(two.to_string().contains("has no map"), "{two}");
    }
}
