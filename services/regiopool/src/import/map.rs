//! The map of an export: a TOML file that says how one roster system writes, and which organisation it writes about.
//!
//! Every mistake in a map names itself with its place, before anything is sent. What single values look like says [`map_value`](super::map_value).

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result, bail, ensure};
use proto::{
    flexpool::WorkKind,
    members::{Basis, Branch, EmploymentKind, FunctionLevel},
};
use serde::Deserialize;

use super::{
    columns::{RosterColumns, ShiftColumns, WorkerColumns},
    dialect::Wish,
    map_value::{Column, Day, FileName, Name, all_names, by_key, words_by_key},
    notation::key,
};

/// A map is written by a person: a megabyte is a mistake.
const MAX_BYTES: u64 = 1 << 20;

/// How one roster system writes, and about whom.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Map {
    pub(super) organisation: Organisation,
    pub(super) pool: Option<Pool>,
    pub(super) agreement: Option<Agreement>,
    /// How its files are written; what is left out is found in each of them.
    #[serde(default)]
    pub(super) dialect: Wish,
    /// Job titles, as their look-up keys; without them the names of the API.
    #[serde(default = "all_names", deserialize_with = "by_key")]
    pub(super) function_levels: BTreeMap<String, FunctionLevel>,
    /// Kinds of contract, as their look-up keys; without them the names of the API.
    #[serde(default = "all_names", deserialize_with = "by_key")]
    pub(super) employment_kinds: BTreeMap<String, EmploymentKind>,
    /// Codes of the region for skills that the system calls otherwise, by the look-up keys of its own words.
    #[serde(default, deserialize_with = "words_by_key")]
    pub(super) competence_codes: BTreeMap<String, String>,
    /// Kinds of work in the roster, as their look-up keys; a roster without such a column has only ordinary work.
    #[serde(default = "all_names", deserialize_with = "by_key")]
    pub(super) work_kinds: BTreeMap<String, WorkKind>,
    pub(super) locations: Option<Section>,
    pub(super) wards: Option<Section>,
    pub(super) agreements: Option<Section>,
    pub(super) workers: Option<Workers>,
    pub(super) employments: Option<Section>,
    pub(super) competences: Option<Section>,
    pub(super) unavailability: Option<Section>,
    pub(super) roster: Option<Roster>,
    pub(super) calendar: Option<CalendarFile>,
    pub(super) shifts: Option<Shifts>,
}

/// A file whose rows are known by the names of their fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Section {
    pub(super) file: FileName,
    /// Where this file is written otherwise than the others.
    #[serde(default)]
    pub(super) dialect: Wish,
    /// Titles of the columns by field; without them the fields' own names.
    #[serde(default)]
    pub(super) columns: BTreeMap<String, Column>,
}

/// What belongs to the region and to no organisation alone: `region.toml` beside the folders of the organisations.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RegionMap {
    #[serde(default)]
    pub(super) dialect: Wish,
    pub(super) organisations: Option<Section>,
    pub(super) pools: Option<Section>,
    pub(super) pool_members: Option<Section>,
    /// The folders of organisations, in the order in which they are taken.
    #[serde(default)]
    pub(super) folders: Vec<FileName>,
}

impl RegionMap {
    /// Reads it. Errors name the file, the line and what was expected.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let bytes = std::fs::metadata(path).with_context(|| format!("the map {shown}"))?.len();
        ensure!(bytes <= MAX_BYTES, "the map {shown} has {bytes} bytes: expected at most {MAX_BYTES}");
        let text = std::fs::read_to_string(path).with_context(|| format!("the map {shown}"))?;
        toml::from_str(&text).with_context(|| format!("the map {shown}"))
    }
}

/// The employer; created when the region has none with this KvK number, for which its name must be given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Organisation {
    pub(super) kvk_number: String,
    pub(super) name: Option<String>,
    pub(super) branch: Option<Name<Branch>>,
    pub(super) joined_on: Option<Day>,
    #[serde(default)]
    pub(super) wards: Vec<Ward>,
}

/// A ward; created when the organisation has none with this name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ward {
    pub(super) name: String,
    pub(super) postcode: String,
    /// What the system calls it too.
    #[serde(default)]
    pub(super) called: Vec<String>,
}

/// The pool in which the shifts are shared; created, or joined, when needed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pool {
    pub(super) name: String,
}

/// What the organisation agreed to; recorded when it has no agreement that begins on this day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agreement {
    pub(super) from: Day,
    pub(super) until: Option<Day>,
    pub(super) bases: Vec<Name<Basis>>,
    pub(super) works_council_decided_on: Day,
}

/// The file of workers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workers {
    pub(super) file: FileName,
    /// Where this file is written otherwise than the others.
    #[serde(default)]
    pub(super) dialect: Wish,
    /// Without them the fields' own names.
    #[serde(default)]
    pub(super) columns: WorkerColumns,
}

/// The file of the organisation's own roster.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Roster {
    pub(super) file: FileName,
    /// Where this file is written otherwise than the others.
    #[serde(default)]
    pub(super) dialect: Wish,
    /// Without them the fields' own names.
    #[serde(default)]
    pub(super) columns: RosterColumns,
}

/// The organisation's own roster as an iCalendar file, with the properties of its events.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CalendarFile {
    pub(super) file: FileName,
    pub(super) personnel_number: String,
    pub(super) break_minutes: Option<String>,
    pub(super) kind: Option<String>,
}

/// The file of open shifts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Shifts {
    pub(super) file: FileName,
    /// Where this file is written otherwise than the others.
    #[serde(default)]
    pub(super) dialect: Wish,
    /// Without them the fields' own names.
    #[serde(default)]
    pub(super) columns: ShiftColumns,
}

impl Map {
    /// Reads a map. Errors name the file, the line and what was expected.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let shown = path.display();
        let bytes = std::fs::metadata(path).with_context(|| format!("the map {shown}"))?.len();
        ensure!(bytes <= MAX_BYTES, "the map {shown} has {bytes} bytes: expected at most {MAX_BYTES}");
        let text = std::fs::read_to_string(path).with_context(|| format!("the map {shown}"))?;
        Self::parse(&text).with_context(|| format!("the map {shown}"))
    }

    fn parse(text: &str) -> Result<Self> {
        let map: Self = toml::from_str(text)?;
        let records = [&map.locations, &map.wards, &map.agreements, &map.employments, &map.competences, &map.unavailability];
        let has_files = map.workers.is_some() || map.roster.is_some() || map.calendar.is_some() || map.shifts.is_some();
        if !has_files && records.iter().all(|section| section.is_none()) {
            bail!("describes no file: expected [workers], [roster], [calendar] or [shifts]");
        }
        let said = [map.organisation.name.is_some(), map.organisation.branch.is_some(), map.organisation.joined_on.is_some()];
        if said.iter().any(|said| *said) && !said.iter().all(|said| *said) {
            bail!("organisation: expected name, branch and joined_on, or only the kvk_number of one that is there");
        }
        if map.pool.is_none() && map.shifts.as_ref().is_some_and(|shifts| shifts.columns.pool.is_none()) {
            bail!("shifts: expected a [pool], or a column of it");
        }
        let mut names: Vec<String> =
            map.organisation.wards.iter().flat_map(|ward| ward.called.iter().chain([&ward.name])).map(|name| key(name)).collect();
        names.sort();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            bail!("organisation.wards: {:?} stands twice", twice[0]);
        }
        if map.shifts.as_ref().is_some_and(|shifts| shifts.columns.external_reference.titles().is_empty()) {
            bail!("shifts.columns.external_reference: expected at least one title: without it a repeated import would publish twice");
        }
        if map.roster.as_ref().is_some_and(|roster| roster.columns.external_reference.titles().is_empty()) {
            bail!("roster.columns.external_reference: expected at least one title: without it nobody knows what has changed");
        }
        if map.roster.is_some() && map.calendar.is_some() {
            bail!("has a [roster] and a [calendar]: expected one of them, as the whole roster");
        }
        let (workers, roster) = (map.workers.as_ref().map(|file| &file.dialect), map.roster.as_ref().map(|file| &file.dialect));
        let shifts = map.shifts.as_ref().map(|file| &file.dialect);
        let own = [workers, roster, shifts].into_iter().flatten();
        for wish in own.map(|own| map.dialect.or(own)).chain([map.dialect.clone()]) {
            if wish.list.zip(wish.separator).is_some_and(|(list, separator)| list == char::from(separator.0)) {
                bail!("dialect.list: is the separator of the cells too");
            }
            if wish.full_week.is_some_and(|hours| !(1..=60).contains(&hours)) {
                bail!("dialect.full_week: expected 1 to 60 hours");
            }
        }
        Ok(map)
    }
}

#[cfg(test)]
impl CalendarFile {
    /// A calendar whose events have everything.
    pub(super) fn example() -> Self {
        let name = |text: &str| text.to_owned();
        let (break_minutes, kind) = (Some(name("X-PAUZE")), Some(name("CATEGORIES")));
        Self { file: FileName(name("rooster.ics")), personnel_number: name("X-PERSONEELSNUMMER"), break_minutes, kind }
    }
}

#[cfg(test)]
impl Map {
    /// The map of Zonnehof.
    pub(super) fn example() -> Self {
        Self::parse(tests::GOOD).expect("a map")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const GOOD: &str = include_str!("../../../../tests/data/zonnehof/zonnehof.toml");

    /// The good map with one piece of text replaced, and what it answers.
    fn error(old: &str, new: &str) -> String {
        assert!(GOOD.contains(old), "{old}");
        format!("{:#}", Map::parse(&GOOD.replacen(old, new, 1)).expect_err(new))
    }

    #[test]
    fn the_example_is_a_map() {
        let map = Map::parse(GOOD).expect("a map");
        assert_eq!(map.function_levels.get("verzorgende ig"), Some(&FunctionLevel::Carer));
        assert_eq!(map.employment_kinds.get("oproep"), Some(&EmploymentKind::OnCall));
        assert_eq!(map.organisation.wards.len(), 3);
    }

    #[test]
    fn a_mistake_in_a_map_names_itself() {
        for (old, new, part) in [
            ("separator = \";\"", "separator = \"ab\"", "separator"),
            ("separator = \";\"", "separator = \"|\"", "dialect.list"),
            ("separator = \";\"", "separator = \"\\\"\"", "stand between cells"),
            ("encoding = \"windows-1252\"", "encoding = \"latin-99\"", "\"latin-99\" is no encoding"),
            ("date = \"dd-mm-yyyy\"", "date = \"nl\"", "\"nl\" is no date notation"),
            ("time = \"hh:mm\"", "time = \"am/pm\"", "\"am/pm\" is no time notation"),
            ("decimal = \",\"", "decimal = \"'\"", "unknown variant `'`"),
            ("= \"household-help\"", "= \"astronaut\"", "\"astronaut\" is no function level: expected one of care-assistant, helper,"),
            ("= \"on-call\"", "= \"sometimes\"", "\"sometimes\" is no kind of contract: expected one of permanent, temporary, on-call"),
            ("\"zorgassistent\" =", "\"VERZORGENDE ig\" =", "\"verzorgende IG\" stands twice"),
            ("\"own-extra-hours\"", "\"charity\"", "\"charity\" is no legal basis"),
            ("branch = \"nursing-and-home-care\"", "branch = \"mining\"", "\"mining\" is no branch"),
            ("birth_date = ", "born = ", "unknown field `born`"),
            ("joined_on = 2026-", "joined_on = 2026-11-01T10:00:00 # ", "without a time"),
            ("file = \"medewerkers.csv\"", "file = \"../medewerkers.csv\"", "is no file name"),
            ("external_reference = [\"Dienstnr\", \"Datum\"]", "external_reference = []", "would publish twice"),
            ("external_reference = [\"Dienstnr\", \"Datum\"]", "external_reference = 1", "title of a column"),
            ("postcode = \"Postcode\"", "postcode = { column = \"Postcode\", until = \" \" }", "title of a column"),
            ("name = \"De Linde 2\"", "name = \"de  linde 1\"", "\"de linde 1\" stands twice"),
        ] {
            let error = error(old, new);
            assert!(error.contains(part), "{new}: {error}");
        }
        assert!(error("birth_date = ", "born = ").contains("line"), "the place is told");
    }

    #[test]
    fn a_map_without_files_is_refused() {
        let cut = GOOD.split("[workers]").next().expect("the part before the files");
        assert!(format!("{:#}", Map::parse(cut).expect_err("no files")).contains("describes no file"));
    }
}
